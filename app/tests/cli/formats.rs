//! Formats of other tools from outside: the corpus with its right totals, conversions, and the tools' own readers.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Output};

use goscope_test_support::{Need, corpus, sample, skip};
use serde_json::Value;

fn goscope(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_goscope")).args(arguments).output().expect("goscope starts")
}

fn printed(arguments: &[&str]) -> Vec<u8> {
    let output = goscope(arguments);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {message}");
    output.stdout
}

fn failure(arguments: &[&str]) -> (Option<i32>, String) {
    let output = goscope(arguments);
    (output.status.code(), String::from_utf8_lossy(&output.stderr).trim_end().to_owned())
}

/// Flat and cum by function, and the total, in nanoseconds, bytes or counts.
#[derive(Debug, PartialEq)]
struct Top {
    total: f64,
    rows: BTreeMap<String, (f64, f64)>,
}

fn top(arguments: &[&str]) -> Top {
    let all = [&["top", "--json", "-n", "0"], arguments].concat();
    let json: Value = serde_json::from_slice(&printed(&all)).expect("JSON");
    let scale = scale(json["unit"].as_str().expect("a unit"));
    let number = |value: &Value| value.as_f64().expect("a number") * scale;
    let rows = json["rows"].as_array().expect("rows").iter();
    let name = |row: &Value| row["name"].as_str().expect("a name").to_owned();
    Top {
        total: number(&json["total"]),
        rows: rows.map(|row| (name(row), (number(&row["flat"]), number(&row["cum"])))).collect(),
    }
}

fn scale(unit: &str) -> f64 {
    match unit {
        "microseconds" => 1e3,
        "milliseconds" => 1e6,
        "seconds" => 1e9,
        _ => 1.0,
    }
}

#[test]
fn the_corpus_has_the_totals_of_its_index() {
    let Some(folder) = corpus("interop") else { return };
    let index = fs::read_to_string(folder.join("expected.tsv")).expect("the index");
    let mut n_files = 0;
    for line in index.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let (name, format, kind) = (fields[0], fields[1], fields[2]);
        let file = folder.join(name).display().to_string();
        if ["chrome-trace", "perfetto"].contains(&format) {
            let (status, message) = failure(&["top", &file]);
            assert_eq!(status, Some(3), "{name}: {message}");
            continue;
        }
        let chosen: &[&str] = if format.starts_with("otlp") { &["--sample-index", kind] } else { &[] };
        let found = top(&[chosen, &[file.as_str()]].concat());
        let wanted = |at: usize| fields[at].parse::<f64>().expect("a number") * scale(fields[3]);
        assert!((found.total - wanted(4)).abs() < 1.0, "{name}: {} instead of {}", found.total, wanted(4));
        if fields[6] != "-" {
            let (flat, cum) = found.rows.get(fields[6]).copied().unwrap_or_default();
            assert!((flat - wanted(7)).abs() < 1.0 && (cum - wanted(8)).abs() < 1.0, "{name}: {flat} {cum}");
        }
        n_files += 1;
    }
    assert!(n_files > 10, "the index is read");
}

#[test]
fn every_format_that_is_read_again_has_the_same_table() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, kind) in
        [("cpu", "cpu"), ("heap", "inuse_space"), ("mutex", "delay"), ("cpu-labels", "samples")]
    {
        let file = sample(&format!("pprof/{name}.pb.gz")).display().to_string();
        for format in ["speedscope", "firefox", "otlp"] {
            let out = folder.path().join(format).display().to_string();
            printed(&["convert", &file, "--to", format, "-o", &out]);
            let kind = ["--sample-index", kind];
            assert_eq!(
                top(&[&kind[..], &[&out]].concat()),
                top(&[&kind[..], &[&file]].concat()),
                "{name} {format}"
            );
            assert_eq!(
                printed(&["convert", &file, "--to", format, "-o", "-"]),
                fs::read(&out).expect("written")
            );
        }
    }
}

#[test]
fn a_table_of_samples_has_values_labels_and_stacks() {
    let file = sample("pprof/cpu-labels.pb.gz").display().to_string();
    let csv = String::from_utf8(printed(&["convert", &file, "--to", "csv"])).expect("text");
    let title = csv.lines().next().expect("a title");
    assert!(title.starts_with("samples/count,cpu/nanoseconds,") && title.ends_with(",stack"), "{title}");
    let json: Value = serde_json::from_slice(&printed(&["convert", &file, "--to", "json"])).expect("JSON");
    assert_eq!(json["schema"], "goscope.profile/1");
    let samples = json["samples"].as_array().expect("samples");
    assert_eq!(samples.len(), csv.lines().count() - 1);
    let total: i64 = samples.iter().map(|sample| sample["values"][1].as_i64().expect("a value")).sum();
    assert_eq!(total as f64, top(&[&file]).total);
    assert!(samples.iter().any(|sample| sample["labels"].is_array()));
}

#[test]
fn filters_leave_out_of_a_converted_profile_what_they_leave_out_of_reports() {
    let file = sample("pprof/cpu.pb.gz").display().to_string();
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out").display().to_string();
    printed(&["convert", &file, "--to", "speedscope", "--focus", "runtime", "-o", &out]);
    let focused = top(&["--focus", "runtime", &file]);
    let found = top(&[&out]);
    assert_eq!(found.rows, focused.rows);
    assert!(found.total < top(&[&file]).total);
}

#[test]
fn a_trace_and_a_profile_convert_to_what_they_can_be() {
    let profile = sample("pprof/cpu.pb.gz").display().to_string();
    let (status, message) = failure(&["convert", &profile, "--to", "perfetto"]);
    assert_eq!(status, Some(2));
    assert!(message.ends_with("a profile has no time line; Perfetto shows execution traces"), "{message}");
    let trace = sample("trace/shop-go1.27.trace").display().to_string();
    let (status, message) = failure(&["convert", &trace, "--to", "speedscope"]);
    assert_eq!(status, Some(2));
    assert!(message.contains("is an execution trace: it converts to perfetto and firefox"), "{message}");
}

#[test]
fn a_trace_is_the_same_packets_each_time() {
    let trace = sample("trace/shop-go1.27.trace").display().to_string();
    let packets = printed(&["convert", &trace, "--to", "perfetto"]);
    // A packet is field 1 of the trace.
    assert_eq!(packets.first(), Some(&0x0a));
    assert!(packets.len() > 100_000, "{} bytes", packets.len());
    assert_eq!(printed(&["convert", &trace, "--to", "perfetto"]), packets);
}

#[test]
fn goroutines_of_a_trace_are_threads_with_markers_and_samples() {
    let trace = sample("trace/shop-go1.27.trace").display().to_string();
    let output = goscope(&["convert", &trace, "--to", "firefox"]);
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let threads = json["threads"].as_array().expect("threads");
    assert!(threads.len() > 10 && threads.len() <= 300, "{} threads", threads.len());
    let length = |thread: &Value, table: &str| thread[table]["length"].as_u64().expect("a length");
    assert!(threads.iter().all(|thread| length(thread, "markers") > 0));
    assert!(threads.iter().map(|thread| length(thread, "samples")).sum::<u64>() > 0);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(message.contains("goroutines are left out"), threads.len() == 300, "{message}");
    // It is a profile, too: of its CPU samples.
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("trace.json");
    fs::write(&file, &output.stdout).expect("written");
    let found = top(&[&file.display().to_string()]);
    assert!(found.rows.keys().any(|name| name.starts_with("runtime.")), "{:?}", found.rows.keys());
}

/// Whether an interpreter has the packages that the tools' own readers are in.
fn has_readers(python: &str) -> bool {
    let imports = "import duckdb, opentelemetry.proto.profiles.v1development.profiles_pb2";
    Command::new(python).args(["-c", imports]).output().is_ok_and(|output| output.status.success())
}

#[test]
fn other_tools_read_what_is_written_for_them() {
    let Some(folder) = corpus("interop") else { return };
    let python = std::env::var("GOSCOPE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    if !has_readers(&python) {
        return skip(Need::Python, "GOSCOPE_PYTHON names no interpreter with opentelemetry-proto and duckdb");
    }
    // The check looks for real profiles where they lie beside a checkout of the corpus: two folders up, in shared/.
    let place = tempfile::tempdir().expect("a folder");
    let beside = place.path().join("corpus/interop");
    fs::create_dir_all(&beside).expect("made");
    for entry in fs::read_dir(&folder).expect("listed") {
        let entry = entry.expect("listed");
        std::os::unix::fs::symlink(entry.path(), beside.join(entry.file_name())).expect("linked");
    }
    let shared = folder.join("../..").canonicalize().expect("found");
    std::os::unix::fs::symlink(shared, place.path().join("shared")).expect("linked");
    let check = beside.join("check");
    let output = Command::new(&python).arg(check).args([env!("CARGO_BIN_EXE_goscope"), &python]).output();
    let output = output.expect("the interpreter starts");
    let said = String::from_utf8_lossy(&output.stdout);
    // Parquet files are the store's.
    let is_failure = |line: &&str| line.starts_with("failed ") && !line.contains("parquet");
    let failed: Vec<&str> = said.lines().filter(is_failure).collect();
    assert!(failed.is_empty() && said.contains(" passed, "), "{said}");
    let exports = said.lines().filter(|line| line.starts_with("passed ") && line.contains("export"));
    assert!(exports.count() >= 6, "{said}");
}
