//! What one report on a trace prints can be given to another one: handles.

use goscope_test_support::corpus;
use serde_json::Value;

use crate::program::{failure, goscope, json, latency, stdout};

#[test]
fn the_slowest_of_a_report_is_the_same_in_all_others() {
    let file = latency();
    let why = json(&["trace", "why", &file, "--task", "catalog", "--limit", "1", "--json"]);
    let slowest = &why["instances"][0];
    let handle = slowest["handle"].as_str().expect("a handle");
    assert_eq!(handle, "task:125");
    let one = json(&["trace", "why", &file, handle, "--json"]);
    assert_eq!(&one["instances"][0], slowest);
    assert_eq!(one["wall"]["total_nanos"], slowest["length_nanos"]);
    let same = json(&["trace", "why", &file, "--task", handle, "--json"]);
    assert_eq!(one["answers"], same["answers"]);
    let waited = json(&["trace", "blame", &file, handle, "--json"]);
    assert!(waited["total_nanos"].as_u64() < slowest["length_nanos"].as_u64(), "{waited}");
    let task = json(&["trace", "tasks", &file, handle, "--json"]);
    assert_eq!(task["task"]["tree"][0]["handle"], handle);
    let latency = json(&["trace", "latency", &file, handle, "--json"]);
    assert_eq!(latency["wall"]["total_nanos"], slowest["length_nanos"]);
    let sched = json(&["trace", "sched", &file, handle, "--json"]);
    assert_eq!(
        (&sched["range_begin_nanos"], &sched["range_end_nanos"]),
        (&slowest["begin_nanos"], &slowest["end_nanos"])
    );
    let by_range = json(&["trace", "sched", &file, "--range", handle, "--json"]);
    assert_eq!(sched, by_range);
    let pauses = json(&["trace", "stw", &file, handle, "--json"]);
    assert_eq!(pauses["range_begin_nanos"], slowest["begin_nanos"]);
}

#[test]
fn every_handle_that_is_printed_is_found() {
    let file = latency();
    let lists = [
        (json(&["trace", "goroutines", &file, "--limit", "3", "--json"]), "goroutines"),
        (json(&["trace", "tasks", &file, "--list", "--limit", "3", "--json"]), "tasks"),
        (json(&["trace", "regions", &file, "--list", "--limit", "3", "--json"]), "regions"),
        (json(&["trace", "latency", &file, "--region", "*", "--slowest", "3", "--json"]), "slowest"),
        (json(&["trace", "blocked", &file, "--limit", "3", "--json"]), "places"),
        (json(&["trace", "stw", &file, "--longest", "3", "--json"]), "pauses"),
        (json(&["trace", "why", &file, "--http", "--limit", "3", "--json"]), "instances"),
    ];
    let findings = json(&["trace", "findings", &file, "--json"]);
    let examples = findings["findings"].as_array().expect("findings").iter().map(|it| &it["examples"]);
    let lists = lists.iter().map(|(report, list)| &report[list]).chain(examples);
    let mut count = 0;
    for row in lists.flat_map(|list| list.as_array().expect("a list")) {
        let handle = row["handle"].as_str().expect("a handle");
        let goroutines = json(&["trace", "goroutines", &file, handle, "--json"]);
        assert!(goroutines["count"].as_u64() > Some(0), "{handle}");
        count += 1;
    }
    assert!(count >= 21, "{count} handles");
    let blame = json(&["trace", "blame", &file, "--json"]);
    let lock = blame["rows"].as_array().expect("rows").iter().find_map(|row| row["handle"].as_str());
    let of_lock = json(&["trace", "blame", &file, lock.expect("a lock"), "--json"]);
    assert_eq!(of_lock["rows"].as_array().map(Vec::len), Some(1));
    assert_eq!(of_lock["total_nanos"], of_lock["rows"][0]["nanos"]);
}

#[test]
fn options_take_handles_beside_names() {
    let file = latency();
    let same = |one: &[&str], other: &[&str]| assert_eq!(stdout(one), stdout(other), "{one:?} {other:?}");
    same(&["trace", "goroutines", &file, "-g", "52"], &["trace", "goroutines", &file, "--goroutine", "g:52"]);
    same(&["trace", "goroutines", &file, "-g", "52"], &["trace", "goroutines", &file, "g:52"]);
    same(&["trace", "tasks", &file, "--id", "125"], &["trace", "tasks", &file, "--id", "task:125"]);
    same(
        &["trace", "latency", &file, "task:125", "--json"],
        &["trace", "latency", &file, "--range", "task:125", "-g", "18", "--json"],
    );
    let function = "example.com/shop/checkout.shipping.func1";
    same(
        &["trace", "why", &file, "--function", function],
        &["trace", "why", &file, &format!("func:{function}")],
    );
}

#[test]
fn a_moment_begins_the_events_and_the_rest_is_counted() {
    let file = latency();
    let output = goscope(&["trace", "events", &file, "--at", "1.2s", "--limit", "3", "--json"]);
    let text = String::from_utf8(output.stdout).expect("text");
    assert_eq!(text.lines().count(), 3);
    let message = String::from_utf8(output.stderr).expect("text");
    assert!(message.starts_with("goscope: … ") && message.contains(" more events (--limit)"), "{message}");
    let of_task = stdout(&["trace", "events", &file, "task:125", "--json"]);
    let events: Vec<Value> = of_task.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(events.first().is_some_and(|event| event["kind"] == "TaskBegin"), "{events:?}");
    let concerns = |event: &Value| {
        event["goroutine"] == 18
            || event.to_string().contains("\"id\":18")
            || event.to_string().contains(":18")
    };
    assert!(events.iter().all(concerns));
    let blocked = stdout(&["trace", "blocked", &file, "1.2s"]);
    assert!(blocked.contains("blocked at the end of 1ns of 3.60s"), "{blocked}");
}

#[test]
fn a_flame_graph_is_of_what_a_handle_names() {
    let file = latency();
    let folder = tempfile::tempdir().expect("a folder");
    let profile = folder.path().join("wall.pb.gz").display().to_string();
    stdout(&["trace", "profile", &file, "task:125", "--kind", "wall", "-o", &profile]);
    let top = stdout(&["top", &profile]);
    assert!(top.contains("132.61ms"), "{top}");
    let picture = folder.path().join("path.svg").display().to_string();
    stdout(&["svg", &file, "task:125", "--kind", "path", "-o", &picture]);
    let message = failure(2, &["trace", "profile", &file, "task:125", "--kind", "sync", "-o", &profile]);
    assert!(
        message.contains("task:125: --kind network, sync, syscall and sched count as Go does"),
        "{message}"
    );
}

#[test]
fn a_handle_that_names_nothing_is_said() {
    let file = latency();
    let said = |handle: &str| failure(2, &["trace", "why", &file, handle]);
    assert!(said("task:99999").ends_with("there is no task 99999 in this trace\n"));
    assert!(said("g:99999").ends_with("there is no goroutine 99999 in this trace\n"));
    assert!(said("region:99999").ends_with("there is no region 99999 in this trace\n"));
    assert!(said("func:main.x").ends_with("there is no goroutine that runs main.x in this trace\n"));
    assert!(said("99s").ends_with("99.000000s is not in this trace, which ends at 3.597534s\n"));
    assert!(said("lock:main.x").ends_with("lock:main.x: only `goscope trace blame` looks at one lock\n"));
    assert!(said("checkout").contains("\"checkout\" is no handle: g:412, task:51, region:17"));
    let message = failure(2, &["trace", "why", &file, "task:125", "--task", "catalog"]);
    assert!(message.contains("give either task:125 or one of --task"), "{message}");
    let message = failure(2, &["trace", "sched", &file, "task:125", "--range", "1s..2s"]);
    assert!(message.contains("task:125 and --range are both a time: give one of them"), "{message}");
    let message = failure(2, &["trace", "gc", &file, "func:main.x"]);
    assert!(message.contains("goroutines of a function are no time"), "{message}");
    let message = failure(4, &["trace", "blame", &file, "lock:main.x"]);
    assert!(message.ends_with("nobody waited for a lock in main.x\n"), "{message}");
    let message = failure(4, &["trace", "why", &file, "1.5s"]);
    assert!(
        message.ends_with("none of all tasks that are complete lies in this part of the trace\n"),
        "{message}"
    );
}

#[test]
fn of_what_is_cut_it_is_said() {
    let output = goscope(&["trace", "why", &latency(), "g:1"]);
    assert_eq!(output.status.code(), Some(0));
    let message = String::from_utf8(output.stderr).expect("text");
    assert_eq!(message, "goscope: the trace does not have all of goroutine 1: this is about what it has\n");
}

#[test]
fn lists_end_at_their_limit_and_say_so() {
    let starved = corpus("truths").map(|folder| folder.join("starved.trace.gz").display().to_string());
    let file = latency();
    let lists = [("gcbill", "rows"), ("cpu", "rows"), ("signals", "rows"), ("blame", "rows")];
    let lists = lists.map(|(report, list)| (&file, report, list)).into_iter();
    for (file, report, list) in lists.chain(starved.iter().map(|file| (file, "sched", "by"))) {
        let all = json(&["trace", report, file, "--json", "--limit", "10000"]);
        let some = json(&["trace", report, file, "--json", "--limit", "1"]);
        let count = |report: &Value| report[list].as_array().map_or(0, Vec::len) as u64;
        assert_eq!(
            (count(&some), &some[format!("{list}_left_out")]),
            (1, &(count(&all) - 1).into()),
            "{report}"
        );
        let text = stdout(&["trace", report, file, "--limit", "1"]);
        assert!(text.contains(&format!("… {} more (--limit)", count(&all) - 1)), "{text}");
    }
}
