//! `bench/run.py --smoke` runs every command once, so that the bench still works on the day somebody wants its figures.

use std::path::Path;
use std::process::Command;

use goscope_test_support::{Need, has_programs, root};
use serde_json::Value;

/// All rows, in order, with what goscope's are compared with.
const ROWS: [(&str, &str); 31] = [
    ("goscope info", "Go's bare reader loop"),
    ("goscope trace summary", "Go's bare reader loop"),
    ("goscope trace latency", "Go's bare reader loop"),
    ("goscope trace why", "Go's bare reader loop"),
    ("goscope trace findings", "Go's bare reader loop"),
    ("Go's bare reader loop", ""),
    ("goscope trace profile --kind sched", "go tool trace -pprof=sched"),
    ("go tool trace -pprof=sched", ""),
    ("goscope top", "go tool pprof -top"),
    ("go tool pprof -top", ""),
    ("goscope pprof -proto", "go tool pprof -proto"),
    ("go tool pprof -proto", ""),
    ("goscope diff", "go tool pprof -top -diff_base"),
    ("goscope diff --totals", "go tool pprof -top -diff_base"),
    ("go tool pprof -top -diff_base", ""),
    ("goscope svg", ""),
    ("gzip -dc", ""),
    ("goscope benchstat", "benchstat"),
    ("goscope diff", "benchstat"),
    ("benchstat", ""),
    ("goscope cover func", "go tool cover -func"),
    ("goscope cover merge", ""),
    ("go tool cover -func", ""),
    ("goscope goroutines", ""),
    ("goscope store add", ""),
    ("goscope top, all of a day", ""),
    ("goscope svg, a service", ""),
    ("goscope top, a service, 1 h", ""),
    ("goscope query share", ""),
    ("goscope query find", ""),
    ("goscope diff of versions", ""),
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
    let (is_trace, is_profile) = (row["kind"] == "trace", row["kind"] == "profile");
    assert_eq!(row["holds"].is_boolean(), is_goscope && is_trace, "{row}");
    assert_eq!(row["of_gzip"].is_object(), is_goscope && is_profile, "{row}");
}

/// Runs the bench with the test's goscope, and gives its rows and its table; `None` where something is missing.
fn run_bench(arguments: &[&str]) -> Option<(Vec<Value>, String)> {
    run_bench_on(arguments, None)
}

/// The same on so many threads, however many cores there are.
fn run_bench_on(arguments: &[&str], threads: Option<&str>) -> Option<(Vec<Value>, String)> {
    if !has_programs(Need::Go, &["go", "python3", "gzip"]) {
        return None;
    }
    // What Go builds is kept there: only the first time on a machine takes longer than a few seconds.
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bench{}", arguments[0]));
    let json = cache.with_extension("json");
    let output = Command::new("python3")
        .arg(root().join("bench/run.py"))
        .args(arguments)
        .args(["--goscope", env!("CARGO_BIN_EXE_goscope")])
        .arg("--cache")
        .arg(&cache)
        .arg("--json")
        .arg(&json)
        .envs(threads.map(|threads| ("RAYON_NUM_THREADS", threads)))
        .output()
        .expect("python3 starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let results: Value = serde_json::from_slice(&std::fs::read(&json).expect("a file")).expect("JSON");
    let rows = results["results"].as_array().expect("rows").clone();
    Some((rows, String::from_utf8_lossy(&output.stdout).into_owned()))
}

#[test]
#[cfg_attr(
    not(target_os = "linux"),
    ignore = "only Linux tells the memory of one program, and runs it on one core"
)]
fn the_bench_runs_every_command_and_compares_it() {
    let Some((rows, table)) = run_bench(&["--smoke"]) else { return };
    let commands: Vec<&str> = rows.iter().filter_map(|row| row["command"].as_str()).collect();
    assert_eq!(commands, ROWS.map(|(command, _)| command));
    for (row, (_, peer)) in rows.iter().zip(ROWS) {
        check_row(row, peer);
    }
    for command in commands {
        assert!(table.contains(&format!("| {command} ")), "{command} is in the table: {table}");
    }
}

/// Of a trace of n bytes, no report of these sizes takes more than 2n + 60 MB: what spans, tasks and regions take per byte of the trace,
/// and what there is once.
#[test]
#[cfg_attr(
    not(target_os = "linux"),
    ignore = "only Linux tells the memory of one program, and runs it on one core"
)]
fn reports_of_a_trace_take_two_bytes_of_memory_for_each_of_its_own_and_60_mb() {
    let has_two = std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1);
    let cores = if has_two { "1,2" } else { "1" };
    let sizes = ["--only", "trace", "--sizes", "8,16,24", "--runs", "1", "--cores", cores];
    // As many threads as a large machine has: what each of them holds counts, too.
    for threads in [None, Some("16")] {
        let Some((rows, _)) = run_bench_on(&sizes, threads) else { return };
        let reports: Vec<&Value> = rows.iter().filter(|row| row["holds"].is_boolean()).collect();
        assert!(reports.len() >= 9, "three reports or more of three traces: {}", reports.len());
        for row in reports {
            let (rss, limit) = (row["rss_mb"].as_f64(), row["limit_mb"].as_f64());
            assert!(rss.is_some() && rss <= limit, "{threads:?} threads: {row}");
        }
    }
}
