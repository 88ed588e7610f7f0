//! Answers from a trace as a script meets them: why, blame, cohort, whatif, findings.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use goscope_test_support::{Need, corpus, files_below, has_programs, root};
use serde_json::Value;

use crate::program;

fn sample(name: &str) -> String {
    goscope_test_support::sample("trace").join(name).display().to_string()
}

/// The arguments of a report on a trace.
fn trace<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [&["trace"], arguments].concat()
}

fn goscope(arguments: &[&str]) -> Output {
    program::goscope(&trace(arguments))
}

#[track_caller]
fn stdout(arguments: &[&str]) -> String {
    program::stdout(&trace(arguments))
}

/// Whatever the exit code is: findings of some severity have one of their own.
#[track_caller]
fn json(arguments: &[&str]) -> Value {
    serde_json::from_slice(&goscope(arguments).stdout).expect("JSON")
}

#[track_caller]
fn failure(code: i32, arguments: &[&str]) -> String {
    program::failure(code, &trace(arguments))
}

#[test]
fn the_first_sentence_names_the_lock_and_who_releases_it() {
    let text = stdout(&["why", &sample("latency-go1.27.trace")]);
    let sentence = text.lines().next().expect("a sentence");
    for word in ["sync.(*RWMutex).RLock", "catalog.(*Index).snapshot", "catalog.(*Index).rebuildIndex"] {
        assert!(sentence.contains(word), "{sentence}");
    }
}

/// Runs the truths' own checker.
#[track_caller]
fn check_truths(folder: &Path, checker: &Path) {
    let output = Command::new("python3")
        .arg(checker)
        .arg(env!("CARGO_BIN_EXE_goscope"))
        .arg(folder)
        .output()
        .expect("python3 starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.trim_end().ends_with(" ok"), "{text}");
}

#[test]
fn every_planted_cause_is_found_and_nothing_else() {
    let Some(folder) = corpus("truths") else { return };
    if !has_programs(Need::Corpus, &["python3"]) {
        return;
    }
    let checker = folder.join("check");
    check_truths(&folder, &checker);
    check_truths(&folder.join("go1.23"), &checker);
}

#[test]
fn what_was_planted_tells_slow_ones_from_typical_ones() {
    let Some(folder) = corpus("truths") else { return };
    let first = |name: &str| {
        let report =
            json(&["cohort", "--json", &folder.join(format!("{name}.trace.gz")).display().to_string()]);
        let feature = &report["features"][0];
        let text = |field: &str| feature[field].as_str().unwrap_or_default().to_owned();
        let (slow, typical) =
            (feature["slow"].as_f64().unwrap_or(0.0), feature["typical"].as_f64().unwrap_or(0.0));
        let share = |count: f64, of: &str| count / report[of].as_f64().unwrap_or(1.0);
        (format!("{} {}", text("name"), text("value")), share(slow, "slow"), share(typical, "typical"))
    };
    for (name, feature) in [
        ("cancel", "log error context deadline exceeded"),
        ("gc-assist", "task heavy"),
        ("drift", "longest wait ended by main.visit"),
        ("lock-io", "longest wait ended by main.main.func1.1"),
        ("rwmutex-writer", "longest wait ended by main.main.func1.2"),
        ("select-fanin", "longest wait ended by main.askArchive"),
    ] {
        let (found, slow, typical) = first(name);
        assert_eq!(found, feature, "{name}");
        assert!(slow >= 0.5 && slow - typical >= 0.5, "{name}: {slow} against {typical}");
    }
    assert_eq!(first("semaphore").0, "others open when it begins ", "requests come in bursts for few places");
    assert_eq!(first("healthy").0, " ", "nothing was planted");
}

#[test]
fn who_waits_for_whom_is_a_matrix_that_adds_up() {
    let Some(folder) = corpus("truths") else { return };
    let file = folder.join("lock-io.trace.gz").display().to_string();
    let report = json(&["blame", "--json", "--limit", "1000", "--task", "request", &file]);
    let cells = report["matrix"].as_array().expect("cells");
    let sum: u64 = cells.iter().filter_map(|cell| cell["nanos"].as_u64()).sum();
    assert_eq!(Some(sum), report["total_nanos"].as_u64());
    // The job releases it, and then those that waited hand it on to each other.
    let of_lookup = cells.iter().filter(|cell| cell["waiter"] == "main.(*store).lookup");
    let wakers: Vec<&Value> = of_lookup.map(|cell| &cell["waker"]).collect();
    assert_eq!(wakers, ["main.(*store).lookup", "main.(*store).persist"]);
    let text = stdout(&["blame", "--matrix", "--task", "request", &file]);
    assert!(text.contains("  b  main.(*store).persist ("), "{text}");
    // Ten goroutines of one function hand one lock on to each other.
    let file = folder.join("mutex-convoy.trace.gz").display().to_string();
    let report = json(&["blame", "--json", &file]);
    let knot = &report["knots"][0];
    assert_eq!(
        (&knot["is_home"], knot["functions"].as_array().map(Vec::len)),
        (&true.into(), Some(1)),
        "{knot}"
    );
}

#[test]
fn what_fires_on_each_sample_is_known() {
    let mut found = String::new();
    for path in files_below(&root().join("samples/trace"), &[".trace"]) {
        let path = path.display().to_string();
        let report = json(&["findings", "--json", &path]);
        let name = path.rsplit('/').next().unwrap_or_default();
        let _ = writeln!(found, "{name}");
        for finding in report["findings"].as_array().expect("findings") {
            let text = |field: &str| finding[field].as_str().unwrap_or("-").to_owned();
            let function = text("function").replace("example.com/shop/", "");
            let _ = writeln!(found, "  {} {} {} {function}", text("severity"), text("id"), text("about"));
        }
    }
    insta::assert_snapshot!(found);
}

#[test]
fn a_pipeline_fails_on_findings_as_severe_as_it_asks_for() {
    let trace = sample("latency-go1.27.trace");
    assert_eq!(goscope(&["findings", &trace]).status.code(), Some(0));
    let output = goscope(&["findings", "--severity", "medium", "--markdown", &trace]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.starts_with("| | finding | look at |\n|---|---|---|\n| medium | tasks "), "{text}");
}

#[test]
fn answers_are_bounded_and_say_how_much_they_left_out() {
    let trace = sample("latency-go1.27.trace");
    let why = json(&["why", "--json", "--limit", "3", &trace]);
    assert_eq!(why["instances"].as_array().map(Vec::len), Some(3));
    assert_eq!(why["instances_left_out"], why["wall"]["count"].as_u64().expect("a count") - 3);
    assert_eq!(why["instances"][0]["handle"], "task:125");
    let blame = json(&["blame", "--json", "--limit", "1", &trace]);
    assert_eq!(blame["rows"].as_array().map(Vec::len), Some(1));
    assert!(blame["rows_left_out"].as_u64() > Some(0), "{blame}");
}

#[test]
fn what_cannot_be_asked_is_said_in_a_sentence() {
    let trace = sample("latency-go1.27.trace");
    let message = failure(4, &["why", "--task", "no such type", &trace]);
    assert!(message.ends_with("there are no tasks no such type in this trace\n"), "{message}");
    let message =
        failure(4, &["why", "--function", "example.com/shop/catalog.(*Index).RebuildEvery", &trace]);
    assert!(
        message.contains("none of goroutines of example.com/shop/catalog.(*Index).RebuildEvery is complete"),
        "{message}"
    );
    let message = failure(4, &["whatif", "--shrink", "main.nowhere=50", &trace]);
    assert!(message.ends_with("no stack has the function main.nowhere\n"), "{message}");
    let message = failure(2, &["whatif", "--shrink", "main.nowhere", &trace]);
    assert!(message.contains("is not FUNCTION=PERCENT, as main.fetch=50"), "{message}");
    let message = failure(2, &["why", "--slow", "fast", &trace]);
    assert!(message.contains("is none of auto, p95, 20ms"), "{message}");
    let message = failure(2, &["why", "--task", "a", "--region", "b", &trace]);
    assert!(message.contains("cannot be used with"), "{message}");
}

#[test]
fn a_cut_trace_gives_answers_and_says_what_is_lost() {
    let output = goscope(&["why", &sample("truncated-go1.27.trace")]);
    assert_eq!(output.status.code(), Some(0));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("9.5% of the trace is lost"), "{message}");
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("all tasks: "));
}
