//! From a program that is measured on a schedule to the version that made a function dearer.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

use super::servers::build;

/// A program that spends its time on two functions; `-price` says how much the one costs.
const PROGRAM: &str = r#"package main

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
)

var sink uint64

//go:noinline
func price(n int) {
	for i := range n {
		sink += uint64(i) * 31
	}
}

//go:noinline
func render(n int) {
	for i := range n {
		sink ^= uint64(i) * 17
	}
}

func main() {
	cost := flag.Int("price", 1, "")
	flag.Parse()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr())
	go http.Serve(listener, nil)
	for {
		price(*cost * 100_000)
		render(300_000)
	}
}
"#;

fn goscope(folder: &TempDir, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_goscope"));
    let output = command.args(arguments).current_dir(folder.path()).output().expect("goscope starts");
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {message}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_version_that_made_a_function_dearer_is_found_in_what_was_captured_on_a_schedule() {
    static BUILT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let Some(program) = build("priced", PROGRAM, &BUILT) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    for (version, cost) in [("1.3", "1"), ("1.4", "3")] {
        let mut server =
            Command::new(program).args(["-price", cost]).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut place = String::new();
        BufReader::new(server.stdout.take().expect("its output")).read_line(&mut place).expect("a line");
        let version = format!("version={version}");
        let printed = goscope(
            &folder,
            &[
                "capture",
                place.trim(),
                "--profile",
                "cpu",
                "--seconds",
                "1",
                "--every",
                "1s",
                "--count",
                "5",
                "--store",
                "profiles",
                "--label",
                "service=priced",
                "--label",
                &version,
            ],
        );
        let _ = server.kill();
        let _ = server.wait();
        // No files are kept that would have a name.
        assert_eq!(printed, "");
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 1);
    let listed = goscope(&folder, &["store", "ls", "profiles", "--profiles", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
    let rows = json["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 10);
    assert!(
        rows[0]["profile"]["labels"]["instance"].as_str().expect("an instance").starts_with("127.0.0.1:")
    );
    let verdict = goscope(&folder, &["diff", "store:profiles?version=1.3", "store:profiles?version=1.4"]);
    let first = verdict.lines().next().expect("a verdict");
    assert!(first.starts_with("regression: main.price "), "{verdict}");
    let share =
        goscope(&folder, &["query", "share", "profiles", "--function", "main.price", "--by", "version"]);
    let shares: Vec<f64> = share
        .lines()
        .skip(2)
        .map(|line| {
            line.split_whitespace()
                .nth(4)
                .and_then(|it| it.trim_end_matches('%').parse().ok())
                .expect("a share")
        })
        .collect();
    assert!(shares[0] < 40.0 && shares[1] > 40.0, "{share}");
}

#[test]
fn what_does_not_go_together_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    for (arguments, sentence) in [
        (&["localhost:1", "--every", "1m"][..], "--every goes with --count N, or with --store"),
        (&["localhost:1", "--label", "a=b"], "--label goes with --store"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goscope"));
        let output = command
            .arg("capture")
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .expect("goscope starts");
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(sentence), "{message}");
    }
}
