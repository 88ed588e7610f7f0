//! The reports about traces as a script meets them: arguments in; text, JSON and exit codes out.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn sample(name: &str) -> String {
    let root: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("app/ has a parent").to_owned();
    root.join("samples").join(name).display().to_string()
}

fn latency() -> String {
    sample("trace/latency-go1.27.trace")
}

fn goscope(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_goscope")).args(arguments).output().expect("goscope starts")
}

#[track_caller]
fn stdout(arguments: &[&str]) -> Vec<u8> {
    let output = goscope(arguments);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "goscope {arguments:?}: {message}");
    output.stdout
}

#[track_caller]
fn json(arguments: &[&str]) -> Value {
    serde_json::from_slice(&stdout(arguments)).expect("JSON")
}

#[track_caller]
fn failure(code: i32, arguments: &[&str]) -> String {
    let output = goscope(arguments);
    assert_eq!(output.status.code(), Some(code), "goscope {arguments:?}");
    assert!(output.stdout.is_empty(), "nothing on standard output");
    String::from_utf8(output.stderr).expect("text")
}

#[test]
fn pauses_in_a_range_are_a_part_of_all() {
    let all = json(&["trace", "stw", "--json", &latency()]);
    assert_eq!(all["schema"], "goscope.trace_stw/1");
    assert_eq!(all["pauses"].as_array().map(Vec::len), Some(49));
    let part = json(&["trace", "stw", "--json", "--range", "300ms..400ms", &latency()]);
    assert_eq!(part["range_begin_nanos"], 300_000_000);
    let begins: Vec<i64> = part["pauses"]
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(|row| row["begin_nanos"].as_i64())
        .collect();
    assert!(
        !begins.is_empty() && begins.iter().all(|at| (300_000_000..400_000_000).contains(at)),
        "{begins:?}"
    );
    let text = String::from_utf8(stdout(&["trace", "stw", "--longest", "1", &latency()])).expect("text");
    assert!(text.starts_with("49 pauses, the world was stopped for 47.94ms (1.33 %) of 3.60s\n"), "{text}");
    assert_eq!(text.lines().count(), 9, "{text}");
}

#[test]
fn cycles_have_their_pauses_and_heaps() {
    let gc = json(&["trace", "gc", "--json", &latency()]);
    assert_eq!(gc["cycles"].as_array().map(Vec::len), Some(24));
    let first = &gc["cycles"][0];
    assert_eq!(first["pauses_nanos"], serde_json::json!([791_424, 80_384]));
    assert!(first["heap_before_bytes"].as_u64() > first["heap_after_bytes"].as_u64());
}

#[test]
fn mmu_of_one_window_and_its_worst_place() {
    let mmu = json(&["trace", "mmu", "--json", "--window", "10ms", "--worst", "1", &latency()]);
    let (least, worst) = (&mmu["windows"][0]["mmu"], &mmu["worst"][0]["utilization"]);
    assert!((least.as_f64().expect("a number") - worst.as_f64().expect("a number")).abs() < 1e-12);
    let like_go = json(&["trace", "mmu", "--json", "--like-go", "--window", "1s", &latency()]);
    let ours = json(&["trace", "mmu", "--json", "--window", "1s", &latency()]);
    assert!(like_go["windows"][0]["mmu"].as_f64() < ours["windows"][0]["mmu"].as_f64());
}

#[test]
fn a_profile_of_a_trace_is_read_again_and_drawn() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("search.pb.gz").display().to_string();
    stdout(&["trace", "profile", &latency(), "--kind", "sync", "--region", "search", "-o", &file]);
    let top = json(&["top", "--json", "--cum", "--no-trim", &file]);
    let row =
        |name: &str| top["rows"].as_array().expect("rows").iter().find(|row| row["name"] == name).cloned();
    let snapshot = row("example.com/shop/catalog.(*Index).snapshot").expect("a row");
    assert_eq!(snapshot["cum"], top["total"], "all waiting in searches is for the lock of the index");
    let svg = stdout(&["svg", &latency(), "--kind", "sync", "--region", "search"]);
    assert!(String::from_utf8_lossy(&svg).contains("catalog.(*Index).snapshot"));
}

#[test]
fn what_cannot_be_answered_is_said() {
    assert!(failure(2, &["trace", "stw", "--range", "1..2", &latency()]).contains("needs a unit"));
    assert!(failure(4, &["trace", "stw", "--range", "1m..", &latency()]).contains("no event"));
    assert!(failure(4, &["svg", "--kind", "cpu", &latency()]).contains("CPU profiler"));
    let unknown = failure(2, &["svg", "--kind", "wall", "--goroutine-func", "main.no", &latency()]);
    assert!(unknown.contains("no goroutine in this trace starts in \"main.no\""), "{unknown}");
    assert!(failure(2, &["svg", &latency()]).contains("--kind"));
    assert!(failure(2, &["svg", "--kind", "cpu", &sample("pprof/cpu.pb.gz")]).contains("profile"));
    assert!(failure(3, &["trace", "gc", &sample("pprof/cpu.pb.gz")]).contains("cpu.pb.gz"));
}

#[test]
fn a_cut_trace_gives_its_numbers_and_a_warning() {
    let output = goscope(&["trace", "stw", &sample("trace/truncated-go1.27.trace")]);
    assert_eq!(output.status.code(), Some(0));
    assert!(!output.stdout.is_empty() && !output.stderr.is_empty());
}

#[test]
fn of_a_cut_gzip_around_a_trace_the_sound_part_is_reported_with_the_loss() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cut.trace.gz");
    let trace = std::fs::read(latency()).expect("the sample");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&trace).expect("memory takes all");
    let gzip = gzip.finish().expect("memory takes all");
    std::fs::write(&path, &gzip[..gzip.len() / 2]).expect("written");
    let path = path.display().to_string();
    for report in ["stw", "gc", "events", "footprint"] {
        let output = goscope(&["trace", report, &path]);
        assert_eq!(output.status.code(), Some(0), "{report}");
        assert!(!output.stdout.is_empty(), "{report} has the numbers of what is there");
        let warnings = String::from_utf8(output.stderr).expect("text");
        assert!(warnings.contains("gzip"), "{report} says what is damaged: {warnings}");
    }
    let info = json(&["info", "--json", &path]);
    assert!(info["lost_share"].as_f64().is_some_and(|share| share > 0.0), "{info}");
}
