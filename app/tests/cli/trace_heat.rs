//! `goscope trace heat`: second beside second.

use insta::assert_snapshot;
use serde_json::Value;

use crate::program::{failure, json, latency, sample, stdout};

#[test]
fn the_map_says_what_its_cells_are_and_where_most_is() {
    let text = stdout(&["trace", "heat", &latency()]);
    let mut lines = text.lines();
    assert_snapshot!(
        lines.next().expect("a sentence"),
        @"Running Ps over 3.60 s: a column is 100 ms, a row 2.00 ms. The darkest has 2.2, at 3.27 s."
    );
    let rows: Vec<&str> = lines.skip(1).collect();
    assert_eq!(rows.len(), 50);
    assert!(rows.iter().all(|row| row.len() == rows[0].len()), "every row has all columns");
    assert!(text.contains('@'), "the largest is the darkest");
}

#[test]
fn every_sample_is_in_one_cell() {
    for name in ["trace/shop-go1.27.trace", "trace/shop-go1.24.trace"] {
        let file = sample(name);
        let map = json(&["trace", "heat", "--of", "samples", "--json", &file]);
        let cells: f64 = map["columns"]
            .as_array()
            .expect("columns")
            .iter()
            .flat_map(|column| column.as_array().expect("cells"))
            .filter_map(Value::as_f64)
            .sum();
        let listed = stdout(&["trace", "events", &file]).matches(" StackSample Time=").count();
        assert_eq!(cells, listed as f64, "{name}");
        let column = map["column_nanos"].as_i64().expect("a number");
        assert_eq!(column, 50 * map["cell_nanos"].as_i64().expect("a number"));
    }
}

#[test]
fn what_the_trace_does_not_have_is_said() {
    let message = failure(4, &["trace", "heat", "--of", "samples", &latency()]);
    assert!(message.contains("there are no CPU samples: a trace has them if"), "{message}");
    let message = failure(2, &["trace", "heat", "--range", "1s..2s", &latency()]);
    assert!(message.contains("the heat map is of the whole trace"), "{message}");
}
