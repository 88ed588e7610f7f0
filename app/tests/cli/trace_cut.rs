//! A range of a trace as a trace.

use std::fs;

use serde_json::Value;
use tempfile::tempdir;

use crate::program::{failure, goscope, json, latency, sample};

#[test]
fn a_part_of_a_trace_is_a_trace_that_says_the_same_of_that_part() {
    let folder = tempdir().expect("a folder");
    let part = folder.path().join("part.trace").display().to_string();
    let file = latency();
    let range = ["--range", "1s..1.5s"];
    let output = goscope(&["trace", "cut", &file, range[0], range[1], "-o", &part]);
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8_lossy(&output.stderr).replace(&file, "FILE");
    insta::assert_snapshot!(said, @r"
    kept 1.000000s to 1.499285s of FILE: 98.9 kB of 642 kB
    2 tasks and 3 regions had begun before: their begins and names are not in it
    ");
    // Pauses and cycles are all in the range, and so is what each goroutine did.
    let pauses = |file: &str, range: &[&str]| {
        let mut arguments = vec!["trace", "stw", file, "--json"];
        arguments.extend(range);
        durations(&json(&arguments)["pauses"])
    };
    assert_eq!(pauses(&part, &[]), pauses(&file, &range));
    let states = |file: &str, range: &[&str]| {
        let mut arguments = vec!["trace", "latency", file, "--json"];
        arguments.extend(range);
        json(&arguments)["wall"]["total_nanos"].as_u64().expect("a total")
    };
    let (in_part, in_whole) = (states(&part, &[]), states(&file, &range));
    let off = in_part.abs_diff(in_whole) as f64 / in_whole as f64;
    assert!(off < 0.01, "{in_part} and {in_whole} ns");
}

fn durations(pauses: &Value) -> Vec<u64> {
    let rows = pauses.as_array().expect("a list").iter();
    rows.map(|row| row["length_nanos"].as_u64().expect("a duration")).collect()
}

#[test]
fn a_task_is_cut_out_with_all_that_happened_meanwhile() {
    let folder = tempdir().expect("a folder");
    let part = folder.path().join("task.trace").display().to_string();
    let output = goscope(&["trace", "cut", &latency(), "task:125", "-o", &part]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let task = json(&["trace", "tasks", &part, "task:125", "--json"]);
    let whole = json(&["trace", "tasks", &latency(), "task:125", "--json"]);
    assert_eq!(task["task"]["tree"][0]["elapsed_nanos"], whole["task"]["tree"][0]["elapsed_nanos"]);
}

#[test]
fn what_cannot_be_cut_is_said_in_a_sentence() {
    let folder = tempdir().expect("a folder");
    let part = folder.path().join("part.trace");
    let out = part.display().to_string();
    let old = sample("trace/shop-go1.21.trace");
    let said = |code: i32, arguments: &[&str]| {
        let mut all = vec!["trace", "cut"];
        all.extend(arguments);
        all.extend(["-o", &out]);
        failure(code, &all).replace(&old, "OLD").replace(&latency(), "FILE")
    };
    insta::assert_snapshot!(said(2, &[&old, "--range", "1ms..2ms"]), @"goscope: OLD: no range can be cut out of a trace of go 1.21, which is one piece; those of Go 1.22 and later are made of pieces");
    insta::assert_snapshot!(said(2, &[&latency()]), @"goscope: FILE: which part of it? Say --range 1.2s..1.4s, or task:51");
    insta::assert_snapshot!(said(4, &[&latency(), "--range", "100s..101s"]), @"goscope: FILE: there is no event in that range: what can be read of the trace ends after 3.597534 s");
    insta::assert_snapshot!(said(4, &[&latency(), "--range", "1000000001ns..1000000003ns"]), @"goscope: FILE: nothing happens in that range: take a longer one");
    insta::assert_snapshot!(said(2, &[&latency(), "func:main.main"]), @"goscope: FILE: func:main.main: goroutines of a function are no time, and this report takes nothing but a time: of a task, a region, a goroutine, or as 1.2s..1.4s");
    assert!(!part.exists(), "nothing half written");
    let broken = folder.path().join("broken.trace");
    let bytes = fs::read(latency()).expect("a sample");
    fs::write(&broken, &bytes[..bytes.len() / 2]).expect("written");
    let output = goscope(&["trace", "cut", &broken.display().to_string(), "--range", "1s..", "-o", &out]);
    let said = String::from_utf8_lossy(&output.stderr).replace(&broken.display().to_string(), "BROKEN");
    assert_eq!(output.status.code(), Some(0), "{said}");
    insta::assert_snapshot!(said, @r"
    kept 1.000000s to 1.007442s of BROKEN: 12.0 kB of 321 kB
    2 tasks and 3 regions had begun before: their begins and names are not in it
    goscope: the batch is cut off: 14353 of 28080 bytes are there (byte 314104, generation 2, 14381 bytes lost)
    ");
}
