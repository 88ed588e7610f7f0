//! Every trace of the conformance corpus, against what Go 1.27's own reader makes of it.
//!
//! `index.tsv` says, per file: whether Go reads it, how many events it delivers before the end or the error, how
//! many of them are Sync events, and hashes of their texts. [`Strictness::LikeGo`] must give the same. Where we
//! go on deliberately is tested in words in `trace_salvage.rs`.

use std::fmt::Write as _;
use std::path::PathBuf;

use goscope_parsers::trace::{Strictness, TraceReader, write_event};
use goscope_test_support::{corpus, sample};
use sha2::{Digest as _, Sha256};

/// A row of the index.
struct Row {
    name: String,
    path: PathBuf,
    trace_version: u32,
    result: String,
    events: usize,
    syncs: usize,
    parsed_hash: String,
    multiset_hash: String,
}

fn rows() -> Vec<Row> {
    let Some(folder) = corpus("trace-conformance") else { return Vec::new() };
    let index = std::fs::read_to_string(folder.join("index.tsv")).expect("the index is readable");
    index.lines().skip(1).map(|line| row(&folder, line)).collect()
}

/// Our own samples, with the same columns, as Go 1.27.3 reads them.
fn sample_rows() -> Vec<Row> {
    let folder = sample("");
    include_str!("trace_samples.tsv").lines().skip(1).map(|line| row(&folder, line)).collect()
}

fn row(folder: &std::path::Path, line: &str) -> Row {
    let columns: Vec<&str> = line.split('\t').collect();
    Row {
        name: format!("{}/{}", columns[0], columns[1]),
        path: folder.join(columns[0]).join(columns[1]),
        trace_version: columns[3].trim_start_matches("1.").parse().expect("a version"),
        result: columns[7].to_owned(),
        events: columns[8].parse().expect("a count"),
        syncs: columns[9].parse().expect("a count"),
        parsed_hash: columns[12].to_owned(),
        multiset_hash: columns[13].to_owned(),
    }
}

/// What we make of a trace.
#[derive(Default)]
struct Outcome {
    error: Option<String>,
    events: usize,
    syncs: usize,
    parsed_hash: String,
    multiset_hash: String,
}

fn outcome(bytes: &[u8], strictness: Strictness) -> Outcome {
    let mut outcome = Outcome::default();
    let mut reader = match TraceReader::with_strictness(bytes, strictness) {
        Ok(reader) => reader,
        Err(error) => return Outcome { error: Some(error.to_string()), ..outcome },
    };
    let mut texts = Vec::new();
    let mut parsed = Sha256::new();
    while let Some(chunk) = reader.next_chunk() {
        for event in chunk.events {
            let mut text = String::new();
            write_event(&mut text, event, chunk.tables);
            parsed.update(&text);
            texts.push(without_time(&text));
            outcome.events += 1;
            outcome.syncs += usize::from(event.is_sync());
        }
    }
    texts.sort_unstable();
    let mut multiset = Sha256::new();
    texts.iter().for_each(|text| multiset.update(text));
    outcome.parsed_hash = hex(parsed);
    outcome.multiset_hash = hex(multiset);
    outcome.error = reader.problems().first().map(ToString::to_string);
    outcome
}

/// The text without every ` Time=N`, as the index wants it: in log messages too.
fn without_time(text: &str) -> String {
    let mut parts = text.split(" Time=");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let unsigned = part.strip_prefix('-').unwrap_or(part);
        let rest = unsigned.trim_start_matches(|character: char| character.is_ascii_digit());
        if rest.len() == unsigned.len() {
            result.push_str(" Time=");
            result.push_str(part);
        } else {
            result.push_str(rest);
        }
    }
    result
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().take(8).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// What differs between our outcome and Go's.
fn differences(row: &Row, ours: &Outcome) -> Vec<String> {
    let mut differences = Vec::new();
    let is_ok = row.result == "ok";
    if is_ok != ours.error.is_none() {
        differences.push(format!("Go: {}; we: {:?}", row.result, ours.error));
    }
    // Go dies while it prints the event; we stop before the event, and its text is not in Go's hash either.
    let go_events = if row.result.starts_with("panic") { row.events - 1 } else { row.events };
    let go_syncs = if go_events == 0 { 0 } else { row.syncs };
    if (ours.events, ours.syncs) != (go_events, go_syncs) {
        differences.push(format!(
            "events {} and syncs {} instead of {go_events} and {go_syncs}",
            ours.events, ours.syncs
        ));
    }
    if ours.multiset_hash != row.multiset_hash {
        differences.push("the texts differ as a set".to_owned());
    }
    // Go's order of simultaneous v1 events differs from run to run.
    if row.trace_version >= 22 && ours.parsed_hash != row.parsed_hash {
        differences.push("the text differs".to_owned());
    }
    differences
}

fn check(rows: &[Row]) {
    let mut report = String::new();
    for row in rows {
        let bytes = std::fs::read(&row.path).expect("the trace is readable");
        let ours = outcome(&bytes, Strictness::LikeGo);
        for difference in differences(row, &ours) {
            let _ = writeln!(report, "{}: {difference} (Go: {}; we: {:?})", row.name, row.result, ours.error);
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn traces_of_go_1_22_and_later_give_exactly_the_text_of_go_tool_trace() {
    let rows: Vec<Row> = rows().into_iter().filter(|row| row.trace_version >= 22).collect();
    check(&rows);
}

#[test]
fn traces_of_go_1_11_to_1_21_give_the_same_events_as_go_tool_trace() {
    let rows: Vec<Row> = rows().into_iter().filter(|row| row.trace_version < 22).collect();
    check(&rows);
}

#[test]
fn the_samples_give_the_same_events_as_go_tool_trace() {
    check(&sample_rows());
}

/// Better than Go on purpose: Go takes the first GOMAXPROCS of an old trace only as a sign that all goroutines
/// have been listed, and then knows none until the world is stopped the next time.
#[test]
fn the_first_gomaxprocs_of_an_old_trace_is_delivered_beside_what_go_delivers() {
    for row in sample_rows().into_iter().filter(|row| row.trace_version < 22) {
        let bytes = std::fs::read(&row.path).expect("the trace is readable");
        assert_eq!(outcome(&bytes, Strictness::Salvage).events, row.events + 1, "{}", row.name);
    }
}

/// A trace without problems reads the same in both modes; one with problems gives what Go gives and more.
#[test]
fn salvaging_takes_nothing_away() {
    let mut rows = rows();
    rows.extend(sample_rows());
    for row in rows.iter().filter(|row| row.trace_version >= 22 && !row.result.starts_with("panic")) {
        let bytes = std::fs::read(&row.path).expect("the trace is readable");
        let ours = outcome(&bytes, Strictness::Salvage);
        if row.result == "ok" {
            assert_eq!((ours.events, &ours.parsed_hash), (row.events, &row.parsed_hash), "{}", row.name);
            assert_eq!(ours.error, None, "{}", row.name);
        } else {
            assert!(ours.events >= row.events, "{}: {} < {}", row.name, ours.events, row.events);
            assert!(ours.error.is_some(), "{}", row.name);
        }
    }
}
