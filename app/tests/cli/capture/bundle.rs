//! What a bundle says of itself: digests of its members and the clock of the program; and what `goscope info` says of one
//! that is damaged.

use std::fs;
use std::path::Path;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::servers::{GoServer, serve_samples};
use super::{capture, captured, said};
use crate::program::{goscope, json, stdout};

/// Captures a bundle of a program with two profiles; gives its path.
fn bundle(folder: &Path, header: &str) -> String {
    let place = serve_samples(header);
    captured(folder, &[&place, "--profile", "heap,goroutine", "-o", "x.goscope.zip"]);
    folder.join("x.goscope.zip").display().to_string()
}

/// The SHA-256 of the bytes behind a member's own head, as any tool unpacks them.
fn digest(bundle: &str, member: &Value) -> String {
    let bytes = fs::read(bundle).expect("a bundle");
    let file = member["file"].as_str().expect("a name");
    let n_bytes = usize::try_from(member["bytes"].as_u64().expect("a size")).expect("a size");
    let heads = bytes.windows(4).enumerate().filter(|(_, window)| *window == b"PK\x03\x04");
    let is_its =
        |&name: &usize| bytes[name..].starts_with(file.as_bytes()) && bytes[name - 4] as usize == file.len();
    let name = heads.map(|(head, _)| head + 30).find(is_its).unwrap_or_else(|| panic!("{file}"));
    let content = &bytes[name + file.len()..][..n_bytes];
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_manifest_has_digests_and_the_clock_of_the_program() {
    let Some(server) = GoServer::start("pprof", &[]) else { return };
    let other = GoServer::start("pprof", &[]).expect("Go is there");
    let folder = tempfile::tempdir().expect("a folder");
    captured(
        folder.path(),
        &[&server.place, &other.place, "--seconds", "1", "--trace-seconds", "0.3", "-o", "x.goscope.zip"],
    );
    let bundle = folder.path().join("x.goscope.zip").display().to_string();
    let info = json(&["info", "--json", &bundle]);
    let hosts = info["manifest"]["hosts"].as_array().expect("hosts");
    assert_eq!(hosts.len(), 2);
    let mut n_members = 0;
    let merged = info["manifest"]["merged"].as_array().expect("sums");
    let members = hosts.iter().flat_map(|host| host["members"].as_array().expect("members"));
    for member in members.chain(merged) {
        assert_eq!(member["sha256"], Value::from(digest(&bundle, member)), "{member}");
        n_members += 1;
    }
    assert!(merged.iter().any(|member| member["file"] == "merged/cpu.pb.gz"), "{merged:?}");
    assert_eq!(info["sound"], n_members);
    assert_eq!((&info["damaged"], &info["cut"]), (&Value::Array(Vec::new()), &Value::from(false)));
    for host in hosts {
        // The same machine has the same clock.
        let number = |name: &str| host[name].as_i64().unwrap_or_else(|| panic!("{name} of {host}"));
        let (offset, error) = (number("clock_offset_ms"), number("clock_offset_error_ms"));
        assert!(offset.abs() <= error && error <= 501, "{offset} ± {error}");
        assert!(host["program"]["go"].as_str().is_some_and(|go| go.starts_with("go1.")), "{host}");
    }
    let text = stdout(&["info", &bundle]);
    assert!(
        text.contains(&format!("checked    {n_members} of {n_members} members are as they were captured"))
    );
    assert!(text.contains(&format!(
        "clock      {} had the same time as the machine that captured, ± ",
        server.place
    )));
}

#[test]
fn a_clock_that_is_wrong_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    for (date, side) in
        [("Fri, 01 Jan 2100 00:00:00 GMT", "ahead of"), ("Mon, 03 Jan 2000 00:00:00 GMT", "behind")]
    {
        let bundle = bundle(folder.path(), &format!("Date: {date}"));
        let text = stdout(&["info", &bundle]);
        let line = text.lines().find(|line| line.starts_with("clock ")).expect("a line");
        assert!(line.contains(&format!(" ms {side} the machine that captured, ± ")), "{line}");
        fs::remove_file(bundle).expect("removed");
    }
    let text = stdout(&["info", &bundle(folder.path(), "X: y")]);
    assert!(!text.contains("\nclock "), "without a date nothing is known: {text}");
}

/// What `goscope info` prints, which must end as an unreadable input does, and the sentence.
fn damaged(bundle: &str) -> (String, String) {
    let output = goscope(&["info", bundle]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    let sentence = said(&output).replace(bundle, "BUNDLE");
    (String::from_utf8(output.stdout).expect("text"), sentence)
}

#[test]
fn info_says_what_of_a_bundle_is_damaged() {
    let folder = tempfile::tempdir().expect("a folder");
    let bundle = bundle(folder.path(), "X: y");
    let bytes = fs::read(&bundle).expect("a bundle");
    let text = stdout(&["info", &bundle]);
    assert!(text.contains("checked    3 of 3 members are as they were captured (SHA-256)\n"), "{text}");

    let heap = bytes.windows(10).position(|window| window == b"heap.pb.gz").expect("the manifest names it");
    let start =
        heap + bytes[heap + 10..].windows(10).position(|window| window == b"heap.pb.gz").expect("its head");
    let mut flipped = bytes.clone();
    flipped[start + 200] ^= 1;
    fs::write(&bundle, &flipped).expect("written");
    let (text, sentence) = damaged(&bundle);
    assert!(
        text.contains("damaged    heap.pb.gz is not what was captured: its SHA-256 is another\n"),
        "{text}"
    );
    assert!(text.contains("checked    2 of 3 members"), "{text}");
    assert_eq!(sentence, "goscope: BUNDLE is damaged: 1 of 3 members are not as they were captured\n");
    assert!(json_of(&bundle)["damaged"][0]["file"] == "heap.pb.gz");
    // The others are opened all the same, and this one is not.
    assert!(stdout(&["top", &format!("{bundle}:goroutine.pb.gz")]).contains("goroutine"));
    let output = goscope(&["top", &format!("{bundle}:heap.pb.gz")]);
    assert_eq!(output.status.code(), Some(3));
    assert!(said(&output).contains("heap.pb.gz in the archive is damaged"), "{}", said(&output));

    // Of a copy that broke off, what is whole is found.
    fs::write(&bundle, &bytes[..bytes.len() - 300]).expect("written");
    let (text, sentence) = damaged(&bundle);
    assert!(text.contains("checked    2 of 3 members") && text.contains("cmdline.txt is missing"), "{text}");
    assert_eq!(sentence, "goscope: BUNDLE is cut off: 1 of 3 members are not as they were captured\n");
    assert!(stdout(&["top", &format!("{bundle}:heap.pb.gz")]).contains("inuse_space"));
    fs::write(&bundle, &bytes[..start + 20]).expect("written");
    let output = goscope(&["info", &bundle]);
    assert_eq!(output.status.code(), Some(3));
    assert!(said(&output).contains("damaged or cut off"), "nothing is whole: {}", said(&output));
}

fn json_of(bundle: &str) -> Value {
    serde_json::from_slice(&goscope(&["info", "--json", bundle]).stdout).expect("JSON")
}

#[test]
fn sums_in_a_bundle_are_the_sums_of_its_members() {
    let (Some(one), Some(two)) = (GoServer::start("pprof", &[]), GoServer::start("pprof", &[])) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let arguments =
        [&*one.place, &two.place, "--profile", "heap,goroutine,allocs", "-o", "x.goscope.zip", "--json"];
    let output = capture(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let bundle = folder.path().join("x.goscope.zip").display().to_string();
    for kind in ["heap", "goroutine", "allocs"] {
        let member = |host: &str| format!("{bundle}:{}/{kind}.pb.gz", host.replace(':', "_"));
        let sum = stdout(&["pprof", "-raw", &member(&one.place), &member(&two.place)]);
        assert_eq!(stdout(&["pprof", "-raw", &member("merged")]), sum, "{kind}");
    }
}

#[test]
fn different_builds_are_said() {
    let (Some(one), Some(two)) = (super::Shop::start(&[]), GoServer::start("pprof", &[])) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let output = capture(folder.path(), &[&one.place, &two.place, "--profile", "heap", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let sentence = "goscope: heap.pb.gz: 2 builds among 2 programs are added up by the names of functions\n";
    assert_eq!(said(&output), sentence);
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let build = |host: usize| json["captures"][0]["hosts"][host]["program"]["build_id"].as_str();
    assert!(build(0).is_some() && build(1).is_some() && build(0) != build(1), "{json}");
}
