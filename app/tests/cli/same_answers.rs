//! What `--json` prints and what the window shows are the same numbers: for every sample, the command line is run and
//! the window's question is asked, and what both say is compared.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use goscope::document::{Document, Source};
use goscope::query::diff_rows::DiffRowsQuery;
use goscope::query::rows::{RowKey, RowOrder, Rows};
use goscope::query::top_rows::TopRowsQuery;
use goscope::query::trace::latency::LatencyQuery;
use goscope::query::trace::selection::TraceSelection;
use goscope::query::trace::table::{TraceRows, TraceTableQuery};
use goscope::query::trace::table_columns::TraceTable;
use goscope::query::{Documents, Question, answer};
use goscope_analysis::profile::diff::DiffScale;
use goscope_analysis::profile::frame::Frame;
use goscope_analysis::profile::query::StackQuery;
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::Progress;
use serde_json::{Value, json};

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("app/ has a parent").join("samples")
}

/// The files of a folder of samples whose names end in one of these ways, in order.
fn files(folder: &str, ends: &[&str]) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(samples().join(folder)).expect("samples").flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|path| ends.iter().any(|end| path.to_string_lossy().ends_with(end)));
    files.sort();
    assert!(!files.is_empty(), "there are samples in {folder}");
    files
}

/// What the command line prints; `Null` if it says that there is nothing (exit code 4).
#[track_caller]
fn printed(arguments: &[&str], files: &[&Path]) -> Value {
    let command = || Command::new(env!("CARGO_BIN_EXE_goscope"));
    let output = command().args(arguments).arg("--json").args(files).output().expect("goscope starts");
    match output.status.code() {
        Some(0) => serde_json::from_slice(&output.stdout).expect("JSON"),
        Some(4) => Value::Null,
        _ => panic!("goscope {arguments:?} {files:?}: {}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// What the window gets.
#[track_caller]
fn shown<Q: Question>(documents: &[Arc<Document>], question: &Q) -> Q::Answer {
    answer(question, Documents::of_tab(documents)).expect("an answer")
}

pub(crate) fn load(path: &Path) -> Arc<Document> {
    let source = Source::File(path.to_owned());
    Arc::new(Document::load(&source, &Progress::new()).unwrap_or_else(|error| panic!("{path:?}: {error}")))
}

/// Columns of the rows of a report.
fn columns(rows: &Value, names: &[&str]) -> Vec<Vec<Value>> {
    let row = |row: &Value| names.iter().map(|&name| row[name].clone()).collect();
    rows.as_array().map(|rows| rows.iter().map(row).collect()).unwrap_or_default()
}

fn name_of(frame: &Frame) -> String {
    if frame.name.is_empty() { frame.printable_name() } else { frame.name.clone() }
}

fn by(key: RowKey) -> RowOrder {
    RowOrder { by: key, is_descending: true, containing: String::new() }
}

/// Rows in an order that does not depend on how equal ones were sorted.
fn in_order(mut rows: Vec<Vec<Value>>) -> Vec<Vec<Value>> {
    rows.sort_by_cached_key(|row| format!("{row:?}"));
    rows
}

#[test]
fn top_prints_the_rows_of_the_function_table() {
    for path in files("pprof", &[".pb.gz"]) {
        let report = printed(&["top", "--no-trim"], &[&path]);
        let question = TopRowsQuery { stacks: StackQuery::default(), order: by(RowKey::Flat) };
        let Rows { table, .. } = shown(&[load(&path)], &question);
        let rows = table.table.rows.iter().map(|row| {
            let frame = table.table.frames.frame(row.frame);
            vec![json!(name_of(frame)), json!(row.flat), json!(row.cum)]
        });
        let expected = in_order(rows.collect());
        assert!(!expected.is_empty(), "{path:?}");
        assert_eq!(in_order(columns(&report["rows"], &["name", "flat", "cum"])), expected, "{path:?}");
        assert_eq!((&report["total"], &report["unit"]), (&json!(table.table.total), &json!(table.unit)));
    }
}

#[test]
fn diff_prints_the_rows_of_the_table_of_changes() {
    let pair = ["base1.cpu.pb.gz", "head1.cpu.pb.gz"].map(|name| samples().join("diff").join(name));
    let documents = [load(&pair[0]), load(&pair[1])];
    for (scale, option) in [(DiffScale::Totals, "--cum"), (DiffScale::PerSecond, "--per-second")] {
        let report = printed(&["diff", option], &[&pair[0], &pair[1]]);
        let question = DiffRowsQuery { stacks: StackQuery::default(), scale, order: by(RowKey::DeltaCum) };
        let Rows { table, .. } = shown(&documents, &question);
        let rows = table.table.rows.iter().map(|row| {
            let frame = table.table.frames.frame(row.frame);
            let numbers = [row.base_flat, row.base_cum, row.head_flat, row.head_cum];
            [json!(name_of(frame))].into_iter().chain(numbers.map(|number| json!(number))).collect()
        });
        let names = ["name", "base_flat", "base_cum", "head_flat", "head_cum"];
        assert_eq!(in_order(columns(&report["rows"], &names)), in_order(rows.collect()), "{option}");
        assert_eq!(report["head_total"], json!(table.table.head_total), "{option}");
    }
}

/// All sample traces with what the window loads of them.
fn traces() -> Vec<(PathBuf, [Arc<Document>; 1])> {
    files("trace", &[".trace"]).into_iter().map(|path| (path.clone(), [load(&path)])).collect()
}

fn model(documents: &[Arc<Document>]) -> &TraceModel {
    documents[0].model().expect("a trace")
}

/// The rows of a table of the window: their names, and the columns at these places.
fn table_rows(documents: &[Arc<Document>], table: TraceTable, columns: &[usize]) -> Vec<Vec<Value>> {
    let question = TraceTableQuery {
        table,
        selection: TraceSelection::default(),
        sort: table.first_sort(),
        containing: String::new(),
    };
    let rows: TraceRows = shown(documents, &question);
    let name = |row: usize| json!(model(documents).tables().string_lossy(rows.name(model(documents), row)));
    let cells = |row: usize| columns.iter().map(move |&column| (row, column));
    let row = |row: usize| {
        let values = cells(row).map(|(row, column)| json!(rows.value(model(documents), row, column)));
        [name(row)].into_iter().chain(values).collect()
    };
    (0..rows.len()).map(row).collect()
}

#[test]
fn goroutines_prints_the_rows_of_their_table() {
    for (path, documents) in traces() {
        let report = printed(&["trace", "goroutines", "--system", "--limit", "0"], &[&path]);
        let names =
            ["function", "goroutine", "total_nanos", "running_nanos", "runnable_nanos", "waiting_nanos"];
        let expected = table_rows(&documents, TraceTable::Goroutines, &[0, 1, 2, 3, 4]);
        assert!(!expected.is_empty(), "{path:?}");
        assert_eq!(in_order(columns(&report["goroutines"], &names)), in_order(expected), "{path:?}");
    }
}

#[test]
fn tasks_prints_the_rows_of_their_table() {
    let mut n_rows = 0;
    for (path, documents) in traces() {
        let report = printed(&["trace", "tasks", "--list", "--limit", "0"], &[&path]);
        let expected = table_rows(&documents, TraceTable::Tasks, &[0, 1, 3]);
        n_rows += expected.len();
        let printed = columns(&report["tasks"], &["type", "id", "begin_nanos", "regions"]);
        assert_eq!(in_order(printed), in_order(expected), "{path:?}");
    }
    assert!(n_rows > 0, "some sample has tasks");
}

#[test]
fn regions_prints_the_rows_of_their_table() {
    let mut n_rows = 0;
    for (path, documents) in traces() {
        let report = printed(&["trace", "regions", "--list", "--limit", "0"], &[&path]);
        let expected = table_rows(&documents, TraceTable::Regions, &[0, 1]);
        n_rows += expected.len();
        let printed = columns(&report["regions"], &["name", "goroutine", "begin_nanos"]);
        assert_eq!(in_order(printed), in_order(expected), "{path:?}");
    }
    assert!(n_rows > 0, "some sample has regions");
}

#[test]
fn latency_prints_the_breakdown() {
    for (path, documents) in traces() {
        let report = printed(&["trace", "latency", "--idle", "hide"], &[&path]);
        let latency = shown(&documents, &LatencyQuery::of_selection(&TraceSelection::default()));
        let tables = model(&documents).tables();
        let rows = latency.breakdown.rows.iter().map(|row| {
            let p = row.spans.percentiles();
            let total = row.spans.total_nanos() as u64;
            let reason = tables.string_lossy(row.key.reason);
            let numbers = [row.spans.count(), total, p.p50, p.p99, p.max].map(|number| json!(number));
            [json!(row.key.state.name()), json!(reason)].into_iter().chain(numbers).collect()
        });
        let names = ["count", "total_nanos", "p50_nanos", "p99_nanos", "max_nanos"];
        let printed = report["rows"].as_array().expect("rows").iter().map(|row| {
            let numbers = names.iter().map(|&name| row["spans"][name].clone());
            [row["state"].clone(), row["reason"].clone()].into_iter().chain(numbers).collect()
        });
        assert_eq!(printed.collect::<Vec<Vec<Value>>>(), rows.collect::<Vec<Vec<Value>>>(), "{path:?}");
        let slowest = |length: u64| report["slowest"][0]["length_nanos"] == json!(length);
        assert!(slowest(latency.slowest[0].parts.instance.nanos()), "{path:?}");
    }
}
