//! What people met with traces in the field: each input has its right answer.

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use goscope_test_support::corpus;
use serde_json::Value;

use crate::field::gzip_bomb;
use crate::program;

const REPORTS: [&str; 12] = [
    "summary",
    "goroutines",
    "latency",
    "tasks",
    "regions",
    "blocked",
    "stw",
    "gc",
    "mmu",
    "events",
    "footprint",
    "profile",
];

/// Of `profile` the kind must be said.
fn with_kind<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    let kind: &[&str] = if arguments.get(1) == Some(&"profile") { &["--kind", "sync"] } else { &[] };
    [arguments, kind].concat()
}

fn goscope(arguments: &[&str]) -> Output {
    program::goscope(&with_kind(arguments))
}

#[track_caller]
fn text(arguments: &[&str]) -> String {
    program::stdout(&with_kind(arguments))
}

#[track_caller]
fn json(arguments: &[&str]) -> Value {
    program::json(&with_kind(arguments))
}

/// A file of the reports from the field; `None`, said aloud, where there is no corpus.
fn report(name: &str) -> Option<String> {
    Some(corpus(&format!("reports/{name}"))?.display().to_string())
}

#[test]
fn a_region_ended_out_of_order_costs_no_number() {
    let Some(trace) = report("misuse-40.trace") else { return };
    let tasks = json(&["trace", "tasks", "--json", &trace]);
    assert_eq!(
        (&tasks["types"][0]["count"], &tasks["types"][0]["complete"]["count"]),
        (&40.into(), &40.into())
    );
    let regions = json(&["trace", "regions", "--json", &trace]);
    for kind in 0..2 {
        assert_eq!(regions["types"][kind]["complete"], 40, "{}", regions["types"][kind]["name"]);
    }
    let output = goscope(&["trace", "summary", &trace]);
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(said.lines().count(), 1, "{said}");
    for part in ["\"parse\"", "task 21", "goroutine ", "main.main.func1", "main.go:"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn overlapping_regions_have_their_own_lengths() {
    for name in ["regionorder.trace", "regionorder-go1.21.trace"] {
        let Some(trace) = report(name) else { return };
        let found = json(&["trace", "regions", "--json", "--list", &trace]);
        let rows = found["regions"].as_array().expect("rows");
        assert_eq!(rows.len(), 3, "{name}");
        let tenths_of_milli = |region: &str| {
            let row = rows.iter().find(|row| row["name"] == region).expect("a row");
            assert_eq!(row["is_complete"], true, "{name}: {region}");
            (row["end_nanos"].as_i64().expect("a time") - row["begin_nanos"].as_i64().expect("a time"))
                / 100_000
        };
        assert!(
            (9..18).contains(&tenths_of_milli("outer")),
            "{name}: outer takes {}",
            tenths_of_milli("outer")
        );
        assert!(
            (19..30).contains(&tenths_of_milli("inner")),
            "{name}: inner takes {}",
            tenths_of_milli("inner")
        );
        assert_eq!(json(&["info", "--json", &trace])["lost_share"], 0.0);
    }
}

#[test]
fn no_task_is_no_task() {
    let Some(trace) = report("onlyregions.trace") else { return };
    for arguments in [
        &["trace", "tasks", &trace][..],
        &["trace", "tasks", "--list", &trace],
        &["trace", "latency", "--task", "*", &trace],
    ] {
        let output = goscope(arguments);
        assert_eq!(output.status.code(), Some(4), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    let output = goscope(&["trace", "tasks", "--id", "0", &trace]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(goscope(&["trace", "tasks", &trace]).stderr).expect("text");
    assert!(said.contains("there is no task in this trace"), "{said}");
}

#[test]
fn names_do_nothing_to_the_terminal_and_are_whole_in_json() {
    let Some(trace) = report("names.trace") else { return };
    let tasks = json(&["trace", "tasks", "--json", "--list", "--limit", "0", &trace]);
    let list = tasks["tasks"].as_array().expect("tasks");
    assert!(list.iter().all(|task| task["is_complete"] == true), "{list:?}");
    assert!(list.iter().any(|task| task["type"] == ""), "one has the empty name");
    assert!(list.iter().any(|task| task["type"].as_str().is_some_and(|name| name.contains('\u{1b}'))));
    let most = list.iter().filter_map(|task| Some(task["type"].as_str()?.chars().count())).max();
    assert!(most.is_some_and(|most| most > 200), "the longest has {most:?} characters");
    let id = list[0]["id"].to_string();
    for arguments in [
        &["trace", "tasks", &trace][..],
        &["trace", "tasks", "--list", &trace],
        &["trace", "tasks", "--id", &id, &trace],
        &["trace", "regions", &trace],
        &["trace", "regions", "--list", &trace],
        &["trace", "latency", "--task", "*", &trace],
        &["trace", "latency", "--region", "*", &trace],
        &["trace", "summary", &trace],
        &["trace", "goroutines", &trace],
        &["info", &trace],
    ] {
        let text = text(arguments);
        let is_told = |char: char| {
            char.is_control() && char != '\n'
                || matches!(char, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
        };
        assert!(!text.contains(is_told), "{arguments:?}: {text:?}");
        let longest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        assert!(longest < 320, "{arguments:?}: a line of {longest} characters");
    }
    let types = text(&["trace", "tasks", &trace]);
    assert!(!types.contains("outside the trace") && !types.contains("before the trace"), "{types}");
    let n_types = tasks["types"].as_array().map_or(0, Vec::len);
    assert_eq!(types.lines().count(), 1 + n_types, "a row each: {types}");
}

#[test]
fn comments_of_a_profile_stay_on_their_lines() {
    let Some(profile) = report("comments.pb.gz") else { return };
    let info = text(&["info", &profile]);
    let comments = json(&["info", "--json", &profile])["comments"].as_array().map_or(0, Vec::len);
    assert_eq!(info.lines().filter(|line| line.starts_with("comment ")).count(), comments, "{info}");
    assert!(info.lines().all(|line| !line.contains(char::is_control)), "{info:?}");
    assert!(info.contains(r"\x1b"), "{info}");
}

#[test]
fn a_trace_has_one_duration() {
    let Some(trace) = report("empty.trace") else { return };
    let info = json(&["info", "--json", &trace]);
    assert_eq!(info["duration_nanos"], 498_945);
    for report in ["summary", "goroutines", "stw", "mmu"] {
        let output = goscope(&["trace", report, "--json", &trace]);
        if output.status.code() != Some(4) {
            let value: Value = serde_json::from_slice(&output.stdout).expect("JSON");
            assert_eq!(value["duration_nanos"], 498_945, "{report}");
        }
    }
    assert!(text(&["info", &trace]).contains("498.9"), "{}", text(&["info", &trace]));
}

#[test]
fn goroutines_are_grouped_by_what_they_run() {
    let Some(trace) = report("wg.trace") else { return };
    let all = json(&["trace", "summary", "--json", &trace]);
    let groups = all["groups"].as_array().expect("groups");
    // main.main.func4 calls main.fetchOrders, main.main.func5 main.renderPage.
    let count = |function: &str| {
        let starts =
            |group: &&Value| group["function"].as_str().is_some_and(|name| name.starts_with(function));
        groups.iter().filter(starts).filter_map(|group| group["count"].as_u64()).sum::<u64>()
    };
    assert_eq!((count("main.main.func4"), count("main.main.func5"), count("sync.")), (3, 2, 0), "{groups:?}");
    for (function, expected) in [("main.main.func4", 3), ("sync.(*WaitGroup).Go.func1", 5)] {
        for report in ["summary", "goroutines", "latency"] {
            let found = json(&["trace", report, "--json", "--goroutine-func", function, &trace]);
            let n = match report {
                "summary" => found["groups"]
                    .as_array()
                    .expect("groups")
                    .iter()
                    .filter_map(|it| it["count"].as_u64())
                    .sum(),
                "goroutines" => found["count"].as_u64().expect("a number"),
                _ => found["wall"]["count"].as_u64().expect("a number"),
            };
            assert_eq!(n, expected, "{report} of {function}");
        }
        let profile = goscope(&["trace", "profile", "--goroutine-func", function, &trace]);
        assert!(matches!(profile.status.code(), Some(0 | 4)), "{}", String::from_utf8_lossy(&profile.stderr));
    }
}

#[test]
fn what_is_no_trace_is_named() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/pprof");
    let profile = samples.join("cpu.pb.gz").display().to_string();
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("written");
        path.display().to_string()
    };
    for (path, sentence) in [
        (profile, "this is a pprof profile, not an execution trace; see goscope top"),
        (
            file("heap.txt", b"heap profile: 1: 2 [3: 4] @ heap/1048576\n"),
            "this is a Go text profile (heap), not",
        ),
        (
            file("dump.txt", b"goroutine 1 [running]:\nmain.main()\n"),
            "this is a goroutine dump, not an execution trace",
        ),
        (file("a.folded", b"main;f 1\n"), "this is folded stacks, not an execution trace; see goscope top"),
        (
            file("hello.txt", b"hello world, this is no trace\n"),
            "unknown kind of file: it begins with the text",
        ),
        (file("binary", b"\x7fELF\x02\x01\x01\0\xff\xfe\xfd"), "a program or object file"),
        (file("bytes", &[0xff; 64]), "unknown kind of file"),
        (file("short", b"go 1.2"), "go 1.2"),
        (file("empty", b""), "the file is empty"),
    ] {
        for report in REPORTS {
            let output = goscope(&["trace", report, &path]);
            let said = String::from_utf8(output.stderr).expect("text");
            assert_eq!(output.status.code(), Some(3), "{report} of {path}: {said}");
            assert!(output.stdout.is_empty(), "{report} of {path}");
            assert!(said.contains(sentence), "{report} of {path}: {said}");
            assert!(!said.contains('\u{fffd}') && said.lines().count() == 1, "{report} of {path}: {said}");
        }
    }
}

#[test]
fn bombs_take_neither_time_nor_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, head, code) in [("zeros", &b""[..], 3), ("trace", b"go 1.26 trace\0\0\0", 4)] {
        let path = folder.path().join(name);
        std::fs::write(&path, gzip_bomb(head)).expect("written");
        let path = path.display().to_string();
        for report in REPORTS.iter().map(|report| vec!["trace", report]).chain([vec!["info"]]) {
            let start = Instant::now();
            let output = limited(&[&report[..], &[&path]].concat());
            let said = String::from_utf8_lossy(&output.stderr);
            // What can be counted of a trace without events is counted; what needs one says so.
            let is_counted =
                head.len() > 1 && matches!(report.last(), Some(&("info" | "events" | "footprint")));
            let expected = if is_counted { 0 } else { code };
            assert_eq!(output.status.code(), Some(expected), "{report:?} of {name}: {said}");
            assert!(start.elapsed() < Duration::from_secs(5), "{report:?} of {name}: {:?}", start.elapsed());
        }
    }
}

/// Runs with less memory than the bombs hold.
fn limited(arguments: &[&str]) -> Output {
    let kind: &[&str] = if arguments.get(1) == Some(&"profile") { &["--kind", "sync"] } else { &[] };
    if !cfg!(target_os = "linux") {
        return goscope(arguments);
    }
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -v 2000000 && exec \"$@\"", "sh", env!("CARGO_BIN_EXE_goscope")]);
    command.args(arguments).args(kind).output().expect("sh starts")
}
