//! `goscope trace sched`, `cpu`, `gcbill` and `signals` as a script meets them, and beside recordings of programs in
//! which the cause was planted.

use std::path::Path;

use goscope_test_support::{corpus, files_below};
use serde_json::Value;

use crate::program::{failure, json, latency, sample, stdout};

#[test]
fn a_report_begins_with_its_sentence_and_says_what_cannot_be_told() {
    let text = stdout(&["trace", "sched", &latency()]);
    assert!(text.starts_with("Idle: Ps are in use 7% of their time; CPU is not the problem"), "{text}");
    assert!(text.contains("There are no CPU samples"), "{text}");
    let it = json(&["trace", "sched", "--json", &latency()]);
    assert_eq!((&it["schema"], &it["gomaxprocs"]), (&"goscope.trace_sched/1".into(), &8.into()));
    assert_eq!(it["on_cpu_ratio"], Value::Null);
    let text = stdout(&["trace", "cpu", &latency()]);
    assert!(text.contains("There are no CPU samples: how long goroutines ran is exact"), "{text}");
    let text = stdout(&["trace", "gcbill", &latency()]);
    assert!(
        text.starts_with("report allocates 35% of all bytes (102 MB) and pays 1.71 ms of assists"),
        "{text}"
    );
    let text = stdout(&["trace", "signals", &latency()]);
    assert!(text.starts_with("all tasks: 221.0 a second"), "{text}");
}

#[test]
fn signals_count_what_why_counts() {
    for file in ["trace/latency-go1.27.trace", "trace/shop-go1.21.trace"] {
        let (why, signals) = (["trace", "why", "--json"], ["trace", "signals", "--json"]);
        let [why, signals] = [why, signals].map(|report| json(&[&report[..], &[&sample(file)]].concat()));
        assert_eq!(signals["latency"], why["wall"], "{file}");
        assert_eq!(signals["traffic"]["count"], why["wall"]["count"], "{file}");
    }
}

#[test]
fn samples_in_the_trace_come_before_those_of_a_profile() {
    let trace = sample("trace/shop-go1.27.trace");
    let it = json(&["trace", "cpu", "--json", &trace]);
    assert_eq!(it["samples_from"], "trace");
    assert!(it["samples"].as_u64() > Some(0));
    let profile = files_below(&goscope_test_support::sample("pprof"), &[".pb.gz"]);
    let cpu = profile.iter().find(|path| path.display().to_string().contains("cpu")).expect("a CPU profile");
    let cpu = cpu.display().to_string();
    let with_profile = json(&["trace", "cpu", "--json", &trace, "--profile", &cpu]);
    assert_eq!(with_profile["rows"], it["rows"]);
    assert!(with_profile["notes"].to_string().contains("not of the same time"), "{}", with_profile["notes"]);
    let message = failure(4, &["trace", "cpu", &latency(), "--profile", &cpu]);
    assert!(message.contains("the profile is not of the same time as the trace"), "{message}");
    let heap =
        profile.iter().find(|path| path.display().to_string().contains("heap")).expect("a heap profile");
    let message = failure(2, &["trace", "cpu", &trace, "--profile", &heap.display().to_string()]);
    assert!(message.contains("is no CPU profile"), "{message}");
}

#[test]
fn a_profile_of_the_heap_lies_beside_the_bill() {
    let heap = sample("pprof/heap.pb.gz");
    let alone = json(&["trace", "gcbill", "--json", &latency()]);
    let it = json(&["trace", "gcbill", "--json", "--profile", &heap, &latency()]);
    assert_eq!(
        (&alone["rows"], &alone["sites"]),
        (&it["rows"], &Value::Null),
        "nothing of it is added to the rows"
    );
    let sites = it["sites"].as_array().expect("sites");
    let shares: f64 = sites.iter().filter_map(|site| site["share"].as_f64()).sum();
    assert!((shares - 1.0).abs() < 1e-9, "{shares}");
    let text = stdout(&["trace", "gcbill", "--profile", &heap, &latency()]);
    assert!(text.contains("\nby the profile, of the whole run ("), "{text}");
    let message = failure(2, &["trace", "gcbill", "--profile", &sample("pprof/cpu.pb.gz"), &latency()]);
    assert!(message.contains("is no heap or allocation profile"), "{message}");
}

#[test]
fn a_flame_graph_of_running_time_adds_up_to_it() {
    let trace = sample("trace/shop-go1.27.trace");
    let folder = tempfile::tempdir().expect("a folder");
    let profile = folder.path().join("cpu.pb.gz").display().to_string();
    stdout(&["trace", "profile", "--kind", "cpu", &trace, "-o", &profile]);
    let total = |report: &Value| report["total"].as_i64().unwrap_or(0);
    let flame = json(&["top", "--json", &profile]);
    let running: i64 = json(&["trace", "summary", "--json", &trace])["groups"]
        .as_array()
        .expect("groups")
        .iter()
        .flat_map(|group| group["measures"].as_array().expect("measures"))
        .filter(|measure| measure["measure"] == "exec")
        .filter_map(|measure| measure["total_nanos"].as_i64())
        .sum();
    assert_eq!((&flame["unit"], total(&flame)), (&"nanoseconds".into(), running));
}

#[test]
fn what_is_not_there_is_said_in_one_sentence() {
    let message = failure(4, &["trace", "gcbill", &latency(), "--task", "no such"]);
    assert!(message.ends_with("there are no tasks no such in this trace\n"), "{message}");
    let message = failure(4, &["trace", "signals", &latency(), "--function", "main.none"]);
    assert!(message.ends_with("there are no goroutines of main.none in this trace\n"), "{message}");
    let message = failure(2, &["trace", "signals", &latency(), "--error-log", "("]);
    assert_eq!(message, "goscope: \"(\" is no regular expression: unclosed group\n");
}

/// Whether what a report says is what was planted: the kinds of checks that these four reports have.
fn miss(check: &Value, report: &Value) -> Option<String> {
    let within = |what: &str, value: &Value| {
        let (value, bounds) = (value.as_f64()?, check["in"].as_array()?);
        let (low, high) = (bounds[0].as_f64()?, bounds[1].as_f64()?);
        (value < low || value > high).then(|| format!("{what} is {value}, not in {low}..{high}"))
    };
    let row = |key: &str, name: &str| report["rows"].as_array()?.iter().position(|row| row[key] == name);
    if let Some(path) = check["value"].as_str() {
        let value = path.split('.').fold(report, |value, key| &value[key]);
        return if value.is_number() { within(path, value) } else { Some(format!("{path} is {value}")) };
    }
    if let Some(name) = check["bill"].as_str() {
        let Some(at) = row("name", name) else { return Some(format!("no row {name}")) };
        let is_late = check["rank"].as_u64().is_some_and(|rank| at as u64 >= rank);
        let field = check["field"].as_str()?;
        return if is_late { Some(format!("rank {at}")) } else { within(field, &report["rows"][at][field]) };
    }
    if let Some(name) = check["group"].as_str() {
        let Some(at) = row("goroutine_function", name) else { return Some(format!("no row {name}")) };
        let field = check["field"].as_str()?;
        return within(field, &report["rows"][at][field]);
    }
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    let rows = report["rows"].as_array()?;
    let widths = |row: &Value| {
        let stacks =
            row["stacks"].as_array().map_or(0, |all| all.iter().map(|it| number(&it["nanos"])).sum());
        stacks + number(&row["unsampled_nanos"]) == number(&row["running_nanos"])
    };
    let whole = rows.iter().map(|row| number(&row["running_nanos"])).sum::<u64>();
    let adds_up = rows.iter().all(widths) && whole == number(&report["running_nanos"]);
    (!adds_up).then(|| "widths do not add up".to_owned())
}

#[test]
fn reports_find_what_was_planted() {
    let Some(truths) = corpus("truths") else { return };
    let mut n_checks = 0;
    for path in files_below(&truths, &[".truth.json"]) {
        let truth: Value = serde_json::from_slice(&std::fs::read(&path).expect("a file")).expect("JSON");
        let trace = Path::new(&path.display().to_string().replace(".truth.json", ".trace.gz")).to_owned();
        for check in truth["checks"].as_array().expect("checks") {
            let run: Vec<&str> =
                check["run"].as_array().expect("words").iter().filter_map(Value::as_str).collect();
            if !["sched", "cpu", "gcbill", "signals"].contains(&run[0]) {
                continue;
            }
            let trace = trace.display().to_string();
            let report = json(&[&["trace", run[0], &trace], &run[1..], &["--json"]].concat());
            assert_eq!(miss(check, &report), None, "{}: {}", path.display(), check["id"]);
            n_checks += 1;
        }
    }
    assert!(n_checks >= 18, "{n_checks} checks");
}
