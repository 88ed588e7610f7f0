//! `bench/run.py --smoke` runs every command once, so that the bench still works on the day somebody wants its figures.

use std::path::Path;
use std::process::Command;

use goscope_test_support::{Need, has_programs, root};
use serde_json::Value;

/// All rows, in order, with what goscope's are compared with.
const ROWS: [(&str, &str); 14] = [
    ("goscope info", "Go's bare reader loop"),
    ("goscope trace summary", "Go's bare reader loop"),
    ("goscope trace latency", "Go's bare reader loop"),
    ("Go's bare reader loop", ""),
    ("goscope trace profile --kind sched", "go tool trace -pprof=sched"),
    ("go tool trace -pprof=sched", ""),
    ("goscope top", "go tool pprof -top"),
    ("go tool pprof -top", ""),
    ("goscope pprof -proto", "go tool pprof -proto"),
    ("go tool pprof -proto", ""),
    ("goscope diff", "go tool pprof -top -diff_base"),
    ("go tool pprof -top -diff_base", ""),
    ("goscope svg", ""),
    ("gzip -dc", ""),
];

/// A figure of a row, which must be more than nothing and no more than a tiny input may cost.
#[track_caller]
fn check(row: &Value, figure: &str, most: f64) {
    let value = row[figure].as_f64().unwrap_or_else(|| panic!("no {figure} in {row}"));
    assert!(value > 0.0 && value < most, "{figure} in {row}");
}

#[track_caller]
fn check_row(row: &Value, peer: &str) {
    assert_eq!(row["missing"], "", "{row}");
    assert_eq!(row["runs"].as_array().map(Vec::len), Some(1), "{row}");
    check(row, "wall_s", 60.0);
    check(row, "cpu_s", 60.0);
    check(row, "rss_mb", 1000.0);
    assert_eq!(row["of_go"]["peer"].as_str().unwrap_or_default(), peer, "{row}");
    if !peer.is_empty() {
        check(&row["of_go"], "wall_s", 1000.0);
        check(&row["of_go"], "cpu_s", 1000.0);
    }
    let is_goscope = row["command"].as_str().is_some_and(|name| name.starts_with("goscope"));
    let is_trace = row["kind"] == "trace";
    assert_eq!(row["holds"].is_boolean(), is_goscope && is_trace, "{row}");
    assert_eq!(row["of_gzip"].is_object(), is_goscope && !is_trace, "{row}");
}

#[test]
#[cfg_attr(
    not(target_os = "linux"),
    ignore = "only Linux tells the memory of one program, and runs it on one core"
)]
fn the_bench_runs_every_command_and_compares_it() {
    if !has_programs(Need::Go, &["go", "python3", "gzip"]) {
        return;
    }
    // What Go builds is kept there: only the first time on a machine takes longer than a few seconds.
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench");
    let json = cache.with_extension("json");
    let output = Command::new("python3")
        .arg(root().join("bench/run.py"))
        .args(["--smoke", "--goscope", env!("CARGO_BIN_EXE_goscope")])
        .arg("--cache")
        .arg(&cache)
        .arg("--json")
        .arg(&json)
        .output()
        .expect("python3 starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let results: Value = serde_json::from_slice(&std::fs::read(&json).expect("a file")).expect("JSON");
    let rows = results["results"].as_array().expect("rows");
    let commands: Vec<&str> = rows.iter().filter_map(|row| row["command"].as_str()).collect();
    assert_eq!(commands, ROWS.map(|(command, _)| command));
    for (row, (_, peer)) in rows.iter().zip(ROWS) {
        check_row(row, peer);
    }
    let table = String::from_utf8_lossy(&output.stdout);
    for command in commands {
        assert!(table.contains(&format!("| {command} ")), "{command} is in the table: {table}");
    }
}
