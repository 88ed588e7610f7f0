//! `goscope goroutines dlv:…` with a real debugger: what is read, and that the program always runs on.

mod debugged;

use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use debugged::{Debugged, Manner, cut_after, line_of};
use goscope_test_support::dlv;
use serde_json::{Value, json};

fn goroutines(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_goscope"))
        .arg("goroutines")
        .args(arguments)
        .output()
        .expect("goscope starts")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn printed(arguments: &[&str]) -> String {
    let output = goroutines(arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", said(&output));
    String::from_utf8(output.stdout).expect("text")
}

/// Number, state and labels of goroutines that stand in a function.
fn standing_in(json: &Value, function: &str) -> Vec<(u64, String, Value)> {
    let groups = json["groups"].as_array().expect("groups");
    let is_there = |group: &&Value| {
        group["frames"].as_array().expect("frames").iter().any(|frame| frame["function"] == function)
    };
    let mut found = Vec::new();
    for group in groups.iter().filter(is_there) {
        for id in group["ids"].as_array().expect("ids") {
            let state = group["state"].as_str().expect("a state").to_owned();
            found.push((id.as_u64().expect("a number"), state, group["labels"].clone()));
        }
    }
    found.sort_by_key(|row| row.0);
    found
}

#[test]
fn live_goroutines_are_those_of_a_dump() {
    let Some(debugged) = Debugged::start(Manner::Started) else { return };
    let live: Value =
        serde_json::from_str(&printed(&[&debugged.name(), "--json", "--group", "label:tenant"]))
            .expect("JSON");
    assert_eq!((&live["dumps"][0]["kind"], &live["live"]["left"]), (&json!("delve"), &json!("running")));
    let acme = live["groups"].as_array().expect("groups").iter().find(|group| group["name"] == "acme");
    assert_eq!(acme.map(|group| &group["count"]), Some(&json!(1)), "{live}");

    let live: Value = serde_json::from_str(&printed(&[&debugged.name(), "--json"])).expect("JSON");
    let url = format!("http://{}/debug/pprof/goroutine?debug=2", debugged.program);
    let dump: Value = serde_json::from_str(&printed(&[&url, "--json"])).expect("JSON");
    for function in ["main.worker", "main.transfer", "main.main"] {
        let [live, dump] = [&live, &dump].map(|json| standing_in(json, function));
        let numbers =
            |rows: &[(u64, String, Value)]| rows.iter().map(|row| (row.0, row.1.clone())).collect::<Vec<_>>();
        assert_eq!(numbers(&live), numbers(&dump), "{function}");
        assert!(!live.is_empty(), "{function}");
    }
    let labels: Vec<Value> = standing_in(&live, "main.worker").into_iter().map(|row| row.2).collect();
    assert!(labels.contains(&json!([{ "key": "tenant", "value": "acme", "count": 1 }])), "{labels:?}");
    let findings = live["findings"].as_array().expect("findings");
    let deadlock = findings.iter().find(|finding| finding["kind"] == "deadlock").expect("a deadlock");
    assert_eq!(deadlock["cycle"].as_array().map(Vec::len), Some(2), "{deadlock}");
    debugged.assert_runs();
}

#[test]
fn variables_are_shown_below_their_frames() {
    let Some(debugged) = Debugged::start(Manner::Started) else { return };
    let text = printed(&[&debugged.name(), "--locals", "--focus", "main.worker"]);
    assert!(text.contains("        jobs = chan *main.order, unbuffered, receivers wait\n"), "{text}");
    assert!(text.contains("        name = \"worker 0\"\n"), "{text}");
    let comment = printed(&[&debugged.name(), "--locals", "--focus", "main.worker", "--markdown"]);
    assert!(comment.contains("\n```text\n    variables of goroutine "), "{comment}");
    let json: Value = serde_json::from_str(&printed(&[&debugged.name(), "--json", "--focus", "main.worker"]))
        .expect("JSON");
    let (id, _, _) = standing_in(&json, "main.worker").pop().expect("a worker");
    let output = goroutines(&[&debugged.name(), "--goroutine", &id.to_string()]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains(&format!("variables of goroutine {id}\n")), "{text}");
    assert!(
        said(&output).contains("the program stands still while its goroutines are read"),
        "{}",
        said(&output)
    );
    let missing = goroutines(&[&debugged.name(), "--goroutine", "99999"]);
    assert_eq!(missing.status.code(), Some(4));
    assert!(said(&missing).ends_with(
        "there is no goroutine 99999: it has ended, or belongs to the runtime; the program runs on\n"
    ));
    debugged.assert_runs();
}

#[test]
fn the_goroutine_that_reaches_a_line_is_shown_and_the_program_goes_on() {
    let Some(debugged) = Debugged::start(Manner::Started) else { return };
    let line = format!("main.go:{}", line_of("// the hot line"));
    let json: Value =
        serde_json::from_str(&printed(&[&debugged.name(), "--json", "--break", &line])).expect("JSON");
    assert_eq!(json["live"]["hit"]["function"], "main.step", "{json}");
    assert_eq!(json["live"]["hit"]["line"], line_of("// the hot line"));
    let frames = &json["groups"][0]["variables"]["frames"];
    assert_eq!((&frames[0]["function"], &frames[1]["function"]), (&json!("main.step"), &json!("main.hot")));
    let variables = frames[0]["arguments"].as_array().expect("arguments");
    let value =
        |name: &str| variables.iter().find(|known| known["name"] == name).map(|known| &known["value"]);
    assert_eq!(
        value("o"),
        Some(&json!("&main.order{ID: 7, Name: \"tea \\x1b[31mpot\", Items: []string{\"a\", \"b\"}}")),
        "{variables:?}"
    );
    assert!(value("number").and_then(Value::as_str).is_some_and(|text| text.parse::<u64>().is_ok()));
    // The line is reached all the time: were the breakpoint still there, the program would stand.
    debugged.assert_runs();
    let named = format!("{}@main.step", debugged.name());
    let output = goroutines(&[&named, "--goroutine", "1"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(printed(&[&named]).contains("reached main.step (main.go:"), "a name may say it");
    let text = printed(&[&debugged.name(), "--break", "main.step"]);
    assert!(text.contains("reached main.step (main.go:"), "{text}");
    assert!(text.contains("the program stood still for 0.") && text.contains(" and runs on\n"), "{text}");
    debugged.assert_runs();
}

#[test]
fn a_line_that_nobody_reaches_is_waited_for_as_long_as_said() {
    let Some(debugged) = Debugged::start(Manner::Started) else { return };
    let line = line_of("// the cold line");
    let output = goroutines(&[&debugged.name(), "--break", "main.never", "--wait", "1"]);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    let sentence = "was not reached within 1 s; the breakpoint is removed; the program runs on\n";
    assert!(said(&output).ends_with(sentence), "{}", said(&output));
    debugged.assert_runs();
    // Were it still there, the program would stand in it now.
    debugged.get("/never");
    for (place, code) in [("nosuch", 2), ("main.go:1", 2), (&*format!("nosuch.go:{line}"), 2)] {
        let output = goroutines(&[&debugged.name(), "--break", place]);
        assert_eq!(output.status.code(), Some(code), "{}", said(&output));
        assert!(
            said(&output).contains(&format!("there is no place {place} for a breakpoint")),
            "{}",
            said(&output)
        );
    }
    debugged.assert_runs();
}

#[test]
fn ctrl_c_removes_the_breakpoint_and_the_program_goes_on() {
    let Some(debugged) = Debugged::start(Manner::Started) else { return };
    for signal in ["-INT", "-TERM"] {
        let process = Command::new(env!("CARGO_BIN_EXE_goscope"))
            .args(["goroutines", &debugged.name(), "--break", "main.never"])
            .stderr(Stdio::piped())
            .spawn()
            .expect("goscope starts");
        thread::sleep(Duration::from_secs(1));
        let kill =
            Command::new("kill").args([signal, &process.id().to_string()]).status().expect("kill runs");
        assert!(kill.success());
        let output = process.wait_with_output().expect("an end");
        assert_eq!(output.status.code(), Some(130), "{}", said(&output));
        assert!(said(&output).ends_with("stopped; the program runs on\n"), "{}", said(&output));
        debugged.get("/never");
        debugged.assert_runs();
    }
}

#[test]
fn after_a_lost_connection_the_program_runs_on() {
    let Some(debugged) = Debugged::start(Manner::Started) else { return };
    let mut codes = Vec::new();
    for n_bytes in [500, 1500, 4_000, 9_000, 20_000] {
        let name = format!("dlv:{}", cut_after(n_bytes, &debugged.dlv));
        let output = goroutines(&[&name]);
        codes.push(output.status.code());
        debugged.assert_runs();
        let name = format!("dlv:{}", cut_after(n_bytes, &debugged.dlv));
        let output = goroutines(&[&name, "--break", "main.step"]);
        codes.push(output.status.code());
        debugged.assert_runs();
    }
    let lost = codes.iter().filter(|code| **code == Some(3)).count();
    assert!(lost >= 6, "few connections were lost: {codes:?}");
}

#[test]
fn the_only_client_of_an_attached_debugger_detaches() {
    let Some(mut debugged) = Debugged::start(Manner::AttachedForOne) else { return };
    let text = printed(&[&debugged.name()]);
    assert!(text.contains("the program stood still before and runs on without dlv"), "{text}");
    debugged.wait_for_end_of_dlv();
    debugged.assert_runs();
}

#[test]
fn a_program_that_dlv_started_is_never_ended_by_goscope() {
    let Some(debugged) = Debugged::start(Manner::Started) else { return };
    let output = goroutines(&[&debugged.name(), "--detach"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("started this program and would end it"), "{}", said(&output));
    debugged.assert_runs();
    let Some(single) = Debugged::start(Manner::StartedForOne) else { return };
    let output = goroutines(&[&single.name()]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("start dlv with --accept-multiclient --continue"), "{}", said(&output));
}

#[test]
fn a_core_file_is_read_through_dlv() {
    let Some(debugged) = Debugged::start(Manner::Started) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let core = folder.path().join("core");
    debugged.write_core(&core);
    let name = format!("core:{}:{}", debugged.executable().display(), core.display());
    let with_dlv = |arguments: &[&str]| {
        let folder = dlv().and_then(std::path::Path::parent).expect("a folder").display().to_string();
        let mut goscope = Command::new(env!("CARGO_BIN_EXE_goscope"));
        goscope.arg("goroutines").args(arguments).env("PATH", folder).output().expect("goscope starts")
    };
    let output = with_dlv(&[&name, "--json", "--locals"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&json["dumps"][0]["kind"], &json["live"]["left"]), (&json!("core"), &json!("core")));
    assert_eq!(standing_in(&json, "main.worker").len(), 4, "{json}");
    let output = with_dlv(&[&name, "--break", "main.step"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    let damaged = folder.path().join("damaged");
    std::fs::write(&damaged, "no core").expect("written");
    let output = with_dlv(&[&format!("core:{}:{}", debugged.executable().display(), damaged.display())]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("dlv cannot open the core file: "), "{}", said(&output));
    let mut goscope = Command::new(env!("CARGO_BIN_EXE_goscope"));
    let output =
        goscope.args(["goroutines", &name]).env("PATH", "/nowhere").output().expect("goscope starts");
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("there is no `dlv` on the PATH"), "{}", said(&output));
    debugged.assert_runs();
}

#[test]
fn a_dlv_that_does_not_fit_says_so_in_its_own_words() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let dlv = folder.path().join("dlv");
    let words = "Version of Delve is too old for Go version go1.99.0 (maximum supported version 1.27)";
    std::fs::write(&dlv, format!("#!/bin/sh\necho '{words}' >&2\nexit 1\n")).expect("written");
    std::fs::set_permissions(&dlv, std::fs::Permissions::from_mode(0o755)).expect("it may run");
    let dump = goscope_test_support::sample("dumps/deadlock.txt").display().to_string();
    let mut goscope = Command::new(env!("CARGO_BIN_EXE_goscope"));
    goscope.args(["goroutines", &format!("core:{dump}:{dump}")]).env("PATH", folder.path());
    let output = goscope.output().expect("goscope starts");
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(
        said(&output).ends_with(&format!(": dlv cannot open the core file: {words}\n")),
        "{}",
        said(&output)
    );
}

#[test]
fn options_of_the_debugger_are_refused_for_texts() {
    let dump = goscope_test_support::sample("dumps/deadlock.txt").display().to_string();
    for options in [&["--locals"][..], &["--goroutine", "1"], &["--break", "main.f"], &["--detach"]] {
        let output = goroutines(&[&[&*dump][..], options].concat());
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(" needs a debugger: "), "{}", said(&output));
    }
    for command in [&["info"][..], &["top"], &[]] {
        let mut goscope = Command::new(env!("CARGO_BIN_EXE_goscope"));
        let output = goscope.args(command).arg("dlv:localhost:4000").output().expect("goscope starts");
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(
            said(&output).contains("`goscope goroutines dlv:localhost:4000` asks it"),
            "{}",
            said(&output)
        );
    }
    let output = goroutines(&["dlv:localhost"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    let output = goroutines(&["dlv:127.0.0.1:1"]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
}
