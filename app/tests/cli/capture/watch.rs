//! Files that a program writes by itself: named as they come into a folder; and addresses of its own that give a trace.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use goscope_test_support::sample;

use super::servers::{says, sends};
use super::{capture, captured, names, said};

/// A program that watches a folder, and the line that it begins with.
fn watching(folder: &Path, arguments: &[&str]) -> Child {
    let mut process = Command::new(env!("CARGO_BIN_EXE_goscope"))
        .args(["capture", "--watch"])
        .arg(folder)
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("goscope starts");
    let mut line = String::new();
    BufReader::new(process.stderr.as_mut().expect("its messages")).read_line(&mut line).expect("a line");
    assert!(line.starts_with("Waiting for new files in "), "{line}");
    process
}

#[test]
fn files_are_named_as_they_come() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    fs::copy(sample("trace/latency-go1.27.trace"), file("before.trace")).expect("copied");
    let process = watching(folder.path(), &["--as", "trace", "--count", "2", "--timeout", "20"]);
    fs::copy(sample("pprof/heap.pb.gz"), file("heap.pb.gz")).expect("copied");
    fs::write(file("notes.txt"), "go 1.26 trace, but not really").expect("written");
    // Written in two parts, as a slow disk does.
    let content = fs::read(sample("trace/latency-go1.27.trace")).expect("a sample");
    fs::write(file("one.trace"), &content[..1000]).expect("written");
    thread::sleep(Duration::from_millis(300));
    fs::write(file("one.trace"), &content).expect("written");
    thread::sleep(Duration::from_millis(1500));
    fs::write(file("two.trace"), &content).expect("written");
    let output = process.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let expected = ["one.trace", "two.trace"].map(|name| file(name).display().to_string());
    assert_eq!(lines.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn waiting_has_an_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = watching(folder.path(), &["--timeout", "1"]).wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(3));
    assert!(said(&output).ends_with(" within 1 s\n"), "{}", said(&output));
    let place = folder.path().display().to_string();
    for (arguments, code, expected) in [
        (&["--watch", "no/such/folder"][..], 3, "no/such/folder: "),
        (&["--watch", &place, "localhost:6060"], 2, "cannot be used with"),
        (&["--watch", &place, "--as", "jpeg"], 2, "--as: \"jpeg\" is none of cpu, trace, heap, "),
        (&["localhost:6060", "--as", "trace"], 2, "--as goes with an address that says exactly what to take"),
        (&["localhost:6060", "--count", "2"], 2, "--count goes with --every TIME, or with --watch FOLDER"),
        (&[], 2, "required"),
    ] {
        let output = capture(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains(expected), "{arguments:?}: {}", said(&output));
    }
}

#[test]
fn an_address_of_the_program_gives_a_trace() {
    let folder = tempfile::tempdir().expect("a folder");
    let content = fs::read(sample("trace/latency-go1.27.trace")).expect("a sample");
    let url = format!("http://{}/snapshot", says("200 OK", &content));
    let files = captured(folder.path(), &[&url, "--as", "trace"]);
    assert!(files[0].ends_with(".trace.out"), "{files:?}");
    // What is cut is kept, as of any trace.
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", content.len());
    let cut = format!("http://{}/snapshot", sends(&[head.as_bytes(), &content[..200_000]]));
    let output = capture(folder.path(), &[&cut, "--as", "trace", "-o", "cut.trace"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains(" cut snapshot off after "), "{}", said(&output));
    assert_eq!(names(folder.path()).len(), 2);
    // And nothing else is taken for one.
    let heap = fs::read(sample("pprof/heap.pb.gz")).expect("a sample");
    let place = says("200 OK", &heap);
    let output = capture(folder.path(), &[&format!("http://{place}/snapshot"), "--as", "trace"]);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(said(&output), format!("goscope: {place} answers snapshot with a pprof profile\n"));
    assert_eq!(names(folder.path()).len(), 2);
}
