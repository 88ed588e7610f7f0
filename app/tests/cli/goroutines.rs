//! `goscope goroutines`: counts and verdicts of the corpus, what it prints, exit codes, and bad input.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use goscope_test_support::{corpus, sample};
use serde_json::Value;

fn goroutines(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_goscope"));
    command.arg("goroutines").args(arguments).current_dir(folder).output().expect("goscope starts")
}

fn printed(arguments: &[&str]) -> String {
    let output = goroutines(&sample("dumps"), arguments);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {message}");
    String::from_utf8(output.stdout).expect("text")
}

fn failure(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = goroutines(folder, arguments);
    (output.status.code(), String::from_utf8_lossy(&output.stderr).trim_end().to_owned())
}

/// Goroutines and groups of each dump.
fn counts(json: &Value) -> Vec<(u64, u64)> {
    let dumps = json["dumps"].as_array().expect("dumps");
    let of_dump = |dump: &Value| {
        let groups = dump["groups"].as_array().expect("groups");
        let sum: u64 = groups.iter().map(|group| group["count"].as_u64().expect("a count")).sum();
        let goroutines = dump["goroutines"].as_u64().expect("a count");
        assert_eq!(sum, goroutines, "the groups add up");
        (goroutines, groups.len() as u64)
    };
    dumps.iter().map(of_dump).collect()
}

#[test]
fn the_corpus_has_the_counts_and_verdicts_of_its_index() {
    let Some(folder) = corpus("debugging") else { return };
    let index = fs::read_to_string(folder.join("index.tsv")).expect("the index");
    let (mut wrong, mut n_rows) = (Vec::new(), 0);
    for line in index.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let (name, verdict) = (fields[0], fields[10]);
        n_rows += 1;
        let numbers =
            |at: usize| fields[at].split(';').map(|number| number.parse::<u64>().expect("a number"));
        let want: Vec<(u64, u64)> =
            if fields[4] == "0" { Vec::new() } else { numbers(5).zip(numbers(7)).collect() };
        let output = goroutines(&folder, &["--json", name]);
        let json: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let races = json["races"].as_array().map_or(0, Vec::len);
        let is_right = json["dumps"].is_array() && counts(&json) == want && fields[9] == races.to_string();
        if !is_right {
            wrong.push(format!("{name}: {}", String::from_utf8_lossy(&output.stderr)));
        }
        if let [only] = want[..] {
            let top = (json["goroutines"].as_u64(), json["groups"].as_array().map(Vec::len));
            assert_eq!(top, (Some(only.0), Some(only.1 as usize)), "{name}: the same at the top");
        }
        let is_hang = name.starts_with("locks/") || name.starts_with("hang/") && !verdict.starts_with("hang");
        if is_hang {
            let code = if verdict.starts_with("no deadlock") { 0 } else { 1 };
            let (got, _) = failure(&folder, &["--fail-on", "deadlock", name]);
            if got != Some(code) {
                wrong.push(format!("{name}: exit {got:?} for {verdict}"));
            }
        }
    }
    for (name, code) in [("leak-a", 1), ("leak-b", 1), ("healthy-a", 0), ("healthy-b", 0)] {
        let files: Vec<String> = (1..=3).map(|number| format!("leak/{name}/{number}.txt")).collect();
        let arguments: Vec<&str> =
            ["--fail-on", "leak"].into_iter().chain(files.iter().map(String::as_str)).collect();
        let (got, message) = failure(&folder, &arguments);
        if got != Some(code) {
            wrong.push(format!("{name}: exit {got:?}: {message}"));
        }
    }
    assert!(n_rows > 100, "{n_rows} rows");
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn findings_come_first_then_groups() {
    insta::assert_snapshot!("deadlock", printed(&["deadlock.txt"]));
    insta::assert_snapshot!("queue", printed(&["queue.txt"]));
    insta::assert_snapshot!("leak", printed(&["leak1.txt", "leak2.txt", "leak3.txt"]));
    insta::assert_snapshot!("crash", printed(&["crash.cri.log"]));
    insta::assert_snapshot!("markdown", printed(&["--markdown", "deadlock.txt"]));
    insta::assert_snapshot!("labels", {
        let folder = sample("text");
        let output =
            goroutines(&folder, &["goroutine.debug2.txt", "--group", "label:tenant", "--limit", "3"]);
        String::from_utf8(output.stdout).expect("text")
    });
}

#[test]
fn snapshots_in_a_wrong_order_are_put_right() {
    let output = goroutines(&sample("dumps"), &["--fail-on", "leak", "leak3.txt", "leak1.txt", "leak2.txt"]);
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        message.trim_end(),
        "goscope: by the numbers of their goroutines, these dumps were taken in this order: leak1.txt, leak2.txt, leak3.txt"
    );
}

#[test]
fn the_json_of_several_files_has_snapshots() {
    let json: Value =
        serde_json::from_str(&printed(&["--json", "leak1.txt", "leak2.txt", "leak3.txt"])).expect("JSON");
    assert_eq!(json["schema"], "goscope.goroutines/1");
    assert_eq!(json["snapshots"].as_array().map(Vec::len), Some(3));
    let leak =
        json["findings"].as_array().and_then(|list| list.iter().find(|finding| finding["kind"] == "leak"));
    let leak = leak.expect("a leak");
    assert_eq!(leak["counts"], serde_json::json!([8, 16, 24]));
    let group = leak["group"].as_u64().expect("a group");
    assert_eq!(json["snapshots"][2]["groups"][group as usize]["count"], 24);
}

#[test]
fn the_exit_code_tells_what_is_missing() {
    let folder = sample("dumps");
    assert_eq!(failure(&folder, &["--fail-on", "deadlock", "deadlock.txt"]).0, Some(1));
    assert_eq!(failure(&folder, &["--fail-on", "deadlock,race", "queue.txt"]).0, Some(0));
    assert_eq!(
        failure(&folder, &["--fail-on", "leak", "queue.txt"]),
        (
            Some(4),
            "goscope: one dump does not tell a leak: give two or more of the same program, some time apart"
                .to_owned()
        )
    );
    assert_eq!(
        failure(&folder, &["queue.txt", "--state", "idle"]),
        (Some(4), "goscope: queue.txt: none of 8 goroutines matches the filters".to_owned())
    );
    assert_eq!(
        failure(&folder, &["queue.txt", "--dump", "2"]),
        (Some(2), "goscope: queue.txt: there is no dump 2; the text has 1".to_owned())
    );
    assert_eq!(
        failure(&folder, &["queue.txt", "--group", "size"]),
        (
            Some(2),
            "goscope: --group takes lines, exact, functions, creator or label:KEY, not \"size\"".to_owned()
        )
    );
    assert_eq!(
        failure(&folder, &["../pprof/cpu.pb.gz"]),
        (
            Some(3),
            "goscope: ../pprof/cpu.pb.gz: this is a pprof profile of samples, cpu, not of goroutines; see goscope top"
                .to_owned()
        )
    );
    assert_eq!(
        failure(&folder, &["../trace/shop-go1.27.trace"]),
        (
            Some(3),
            "goscope: ../trace/shop-go1.27.trace: this is an execution trace, not a goroutine dump; see goscope trace goroutines"
                .to_owned()
        )
    );
    let (code, message) = failure(&folder, &["../README.md"]);
    assert_eq!(code, Some(3), "{message}");
    assert!(message.contains("there is no goroutine, panic or race report in it"), "{message}");
}

#[test]
fn standard_input_and_gzip_are_read_alike() {
    let text = fs::read(sample("dumps/deadlock.txt")).expect("a sample");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&text).expect("written");
    let zipped = encoder.finish().expect("written");
    let run = |bytes: &[u8]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_goscope"))
            .args(["goroutines", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("goscope starts");
        child.stdin.take().expect("a pipe").write_all(bytes).expect("written");
        String::from_utf8(child.wait_with_output().expect("an end").stdout).expect("text")
    };
    assert_eq!(run(&text), run(&zipped));
    assert!(run(&text).contains("goroutines wait for each other in main.transfer"), "{}", run(&text));
}

#[test]
fn other_commands_say_what_a_dump_is() {
    let goscope = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goscope"));
        command.args(arguments).current_dir(sample("dumps")).output().expect("goscope starts")
    };
    let output = goscope(&["diff", "leak1.txt", "leak2.txt"]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert_eq!(
        message.trim_end(),
        "goscope: these are goroutine dumps: `goscope goroutines leak1.txt leak2.txt` compares them, and --window does so in the window"
    );
    let info = goscope(&["info", "deadlock.txt"]);
    insta::assert_snapshot!("info", String::from_utf8_lossy(&info.stdout));
}

#[test]
fn a_profile_has_groups_without_states() {
    let output = goroutines(&sample("pprof"), &["goroutineleak.pb.gz", "--json"]);
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(json["dumps"][0]["kind"], "profile");
    assert!(json["goroutines"].as_u64().is_some_and(|count| count > 0), "{json}");
    let leaked =
        json["findings"].as_array().expect("findings").iter().any(|finding| finding["kind"] == "leaked");
    assert!(leaked, "{json}");
}
