//! `goscope capture` of real Go programs with net/http/pprof, and of servers that cut and stall.

mod bundle;
mod errors;
#[cfg(target_os = "linux")]
mod flaky;
#[cfg(unix)]
mod kubernetes;
mod secrets;
mod servers;
mod store;
mod watch;
mod ways;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use goscope_test_support::root;
use serde_json::Value;
use tempfile::TempDir;

use self::servers::GoServer;
use crate::program::{sample, stdout};

/// A server that burns CPU time, and says where it listens.
const PROGRAM: &str = r#"package main

import (
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
)

var sink int

func spin() {
	for i := 0; i < 1e6; i++ {
		sink += i % 7
	}
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr())
	go func() {
		for {
			spin()
		}
	}()
	http.Serve(listener, nil)
}
"#;

/// The program, built once for all tests; `None` where no Go is.
fn program() -> Option<&'static Path> {
    static BUILT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    servers::build("shop", PROGRAM, &BUILT)
}

/// A running program, ended with the test.
struct Shop {
    process: Child,
    place: String,
}

impl Shop {
    fn start(arguments: &[&str]) -> Option<Self> {
        let mut process =
            Command::new(program()?).args(arguments).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut place = String::new();
        BufReader::new(process.stdout.take().expect("its output")).read_line(&mut place).expect("a line");
        Some(Self { process, place: place.trim().to_owned() })
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs `goscope capture` in a folder.
fn capture(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_goscope"))
        .arg("capture")
        .args(arguments)
        .current_dir(folder)
        .env_remove("GOSCOPE_AUTH")
        .output()
        .expect("goscope starts")
}

/// Somebody else's request, which has begun; it ends when it is dropped.
fn begin(server: &GoServer, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(&server.place).expect("a connection");
    let ask = format!("GET /debug/pprof/{request} HTTP/1.1\r\nHost: x\r\n\r\n");
    stream.write_all(ask.as_bytes()).expect("it is asked");
    server.wait_for(&format!("/debug/pprof/{request} x"));
    // The line stands in the log before the handler begins.
    thread::sleep(Duration::from_millis(200));
    stream
}

/// The lines that it prints, where it succeeds.
#[track_caller]
fn captured(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let output = capture(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", said(&output));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The names in a folder, hidden ones too.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn each_endpoint_of_a_go_program_is_one_file() {
    let Some(shop) = Shop::start(&[]) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    for (kind, format) in [
        ("cpu", "pprof profile"),
        ("heap", "pprof profile"),
        ("allocs", "pprof profile"),
        ("goroutine", "pprof profile"),
        ("mutex", "pprof profile"),
        ("block", "pprof profile"),
        ("threadcreate", "pprof profile"),
        ("trace", "Go execution trace"),
        ("dump", "goroutine dump"),
    ] {
        let arguments = [
            &*shop.place,
            "--profile",
            kind,
            "--seconds",
            "1",
            "--trace-seconds",
            "0.3",
            "-o",
            "x",
            "--json",
        ];
        let output = capture(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(0), "{kind}: {}", said(&output));
        let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let member = &json["captures"][0]["hosts"][0]["members"][0];
        assert_eq!((&member["kind"], &member["format"]), (&Value::from(kind), &Value::from(format)));
    }
    // Nothing is overwritten, nobody else reads them, and no part is left.
    assert_eq!(names(folder.path()), ["x", "x-2", "x-3", "x-4", "x-5", "x-6", "x-7", "x-8", "x-9"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(folder.path().join("x-9")).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let exact = captured(folder.path(), &[&format!("http://{}/debug/pprof/heap?seconds=1", shop.place)]);
    assert!(exact[0].ends_with(".heap.pb.gz"), "{exact:?}");
    let output = capture(folder.path(), &[&shop.place, "--profile", "nosuch"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(said(&output).contains("has no profile nosuch; it has allocs, block, "), "{}", said(&output));
}

#[test]
fn a_bundle_overlaps_in_time_and_its_members_are_opened_by_name() {
    let Some(shop) = Shop::start(&["-db-password=s3cret"]) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("http://me:pa55word@{}", shop.place);
    let output =
        capture(folder.path(), &[&url, "--seconds", "3", "--trace-seconds", "1", "-o", "shop.goscope.zip"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "shop.goscope.zip\n", "{}", said(&output));
    assert!(said(&output).contains("runtime.SetMutexProfileFraction(5)"), "{}", said(&output));
    assert!(!said(&output).contains("pa55word"));
    assert_eq!(names(folder.path()), ["shop.goscope.zip"]);
    let bundle = folder.path().join("shop.goscope.zip").display().to_string();
    let bytes = fs::read(&bundle).expect("a bundle");
    for secret in ["pa55word", "s3cret"] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }

    let info: Value = serde_json::from_str(&stdout(&["info", "--json", &bundle])).expect("JSON");
    let members = info["manifest"]["hosts"][0]["members"].as_array().expect("members");
    let time = |file: &str, field: &str| {
        let member = members.iter().find(|member| member["file"] == file).unwrap_or_else(|| panic!("{file}"));
        member[field].as_str().expect("a time").to_owned()
    };
    assert!(time("cpu.pb.gz", "started") < time("trace.out", "started"));
    assert!(time("trace.out", "ended") < time("cpu.pb.gz", "ended"), "the trace lies within the CPU profile");
    assert!(time("heap.0.pb.gz", "ended") <= time("cpu.pb.gz", "started"));
    assert!(time("cpu.pb.gz", "ended") <= time("heap.1.pb.gz", "started"));

    // The goroutine that burns time is the same in dump and trace; those of another run are not taken for them.
    let (dump, trace) = (format!("{bundle}:goroutine.1.debug2.txt"), format!("{bundle}:trace.out"));
    let text = stdout(&["goroutines", &dump, "--trace", &trace, "--focus", "main.spin"]);
    assert!(text.contains("    1 of 1 in the trace, ") && text.contains(": running 9"), "{text}");
    let json: Value =
        serde_json::from_str(&stdout(&["goroutines", &dump, "--trace", &trace, "--json"])).expect("JSON");
    let (groups, times) = (json["groups"].as_array(), json["in_trace"].as_array());
    assert_eq!(groups.map(Vec::len), times.map(Vec::len), "{json}");
    let other = stdout(&["goroutines", &dump, "--trace", &sample("trace/latency-go1.27.trace"), "--json"]);
    assert!(other.contains("of another run"), "{other}");

    // The page about it has the same lines, and the same members.
    let page = fs::read_to_string(root().join("docs/capture.md")).expect("the page");
    let block = page.split("\n```text\n").find(|block| block.starts_with("file ")).expect("what info prints");
    let block = block.split("\n```").next().expect("its end");
    let listed = |text: &str| -> Vec<String> {
        let word = |line: &str, at| line.split_whitespace().nth(at).map(str::to_owned).unwrap_or_default();
        let name = |line: &str| if line.starts_with("member ") { word(line, 1) } else { String::new() };
        text.lines().map(|line| format!("{} {}", word(line, 0), name(line))).collect()
    };
    let shown = stdout(&["info", &bundle]);
    assert_eq!(listed(&shown), listed(block));

    assert!(stdout(&["top", &format!("{bundle}:cpu.pb.gz")]).contains("main.spin"));
    assert!(stdout(&["trace", "summary", &format!("{bundle}:trace.out")]).contains("net/http"));
    stdout(&["diff", "--totals", &format!("{bundle}:heap.0.pb.gz"), &format!("{bundle}:heap.1.pb.gz")]);
    let whole =
        Command::new(env!("CARGO_BIN_EXE_goscope")).args(["top", &bundle]).output().expect("it starts");
    assert_eq!(whole.status.code(), Some(3));
    assert!(said(&whole).contains("name one of its members"), "{}", said(&whole));
}

#[test]
fn two_programs_add_up_to_the_sum_of_their_files() {
    let (Some(one), Some(two)) = (Shop::start(&[]), Shop::start(&[])) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let files = captured(folder.path(), &[&one.place, &two.place, "--profile", "cpu", "--seconds", "2"]);
    let files: Vec<String> =
        files.iter().map(|file| folder.path().join(file).display().to_string()).collect();
    let [first, second, merged] = files.as_slice() else { panic!("{files:?}") };
    assert!(merged.ends_with(".merged.cpu.pb.gz"), "{merged}");
    let sum = stdout(&["pprof", "-raw", first, second]);
    assert!(sum.contains("main.spin"));
    assert_eq!(stdout(&["pprof", "-raw", merged]), sum);
    // And so says Go's own tool of its own sum.
    let top = |files: &[&String]| {
        let mut go = Command::new("go");
        let output = go.args(["tool", "pprof", "-top", "-nodecount=10000"]).args(files).output();
        let output = output.expect("go runs");
        assert!(output.status.success(), "{}", said(&output));
        String::from_utf8(output.stdout).expect("text")
    };
    let sum = top(&[first, second]);
    assert!(sum.contains("main.spin"), "{sum}");
    assert_eq!(top(&[merged]), sum);

    // One that is gone does not take the other with it.
    let gone = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let output =
        capture(folder.path(), &[&one.place, &gone.to_string(), "--profile", "heap", "-o", "alone/"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(said(&output).contains(&format!("nothing listens at {gone}")), "{}", said(&output));
    assert_eq!(names(&folder.path().join("alone")).len(), 1);
    let strict = [&one.place, &*gone.to_string(), "--profile", "heap", "--strict"].map(str::to_owned);
    let strict: Vec<&str> = strict.iter().map(String::as_str).collect();
    assert_eq!(capture(folder.path(), &strict).status.code(), Some(1));
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_the_trace_and_drops_half_a_profile() {
    let Some(shop) = Shop::start(&[]) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let mut process = Command::new(env!("CARGO_BIN_EXE_goscope"))
        .args(["capture", &shop.place, "--profile", "cpu,trace", "--seconds", "30", "--trace-seconds", "20"])
        .args(["-o", "x.goscope.zip"])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("goscope starts");
    // The trace begins 2 s after the CPU profile.
    thread::sleep(Duration::from_secs(5));
    let kill = Command::new("kill").args(["-INT", &process.id().to_string()]).status().expect("kill runs");
    assert!(kill.success());
    let asked = Instant::now();
    let status = process.wait().expect("it ends");
    assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
    let mut message = String::new();
    process.stderr.take().expect("its messages").read_to_string(&mut message).expect("text");
    assert_eq!(status.code(), Some(130), "{message}");
    assert_eq!(names(folder.path()), ["x.goscope.zip"], "{message}");
    let bundle = folder.path().join("x.goscope.zip").display().to_string();
    let info = stdout(&["info", &bundle]);
    assert!(info.contains("member     trace.out") && info.contains("failed     cpu.pb.gz"), "{info}");
    assert!(stdout(&["trace", "summary", &format!("{bundle}:trace.out")]).contains("net/http"));
    // The server is free again at once.
    captured(folder.path(), &[&shop.place, "--profile", "cpu", "--seconds", "1"]);
}

/// A server that answers everybody with the first bytes of a file, and cuts or stalls.
fn serve_part(file: &str, n_bytes: usize, stalls: bool) -> String {
    let content = fs::read(sample(file)).expect("a sample");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let place = listener.local_addr().expect("an address").to_string();
    thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let (mut request, mut byte) = (Vec::new(), [0]);
            while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n_read| n_read == 1) {
                request.push(byte[0]);
            }
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", content.len());
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(content.get(..n_bytes).unwrap_or(&content));
            if stalls {
                thread::sleep(Duration::from_secs(30));
            }
        }
    });
    place
}

#[test]
fn of_an_answer_that_is_cut_a_trace_is_kept_and_a_profile_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let trace = serve_part("trace/latency-go1.27.trace", 200_000, false);
    let url = format!("http://{trace}/debug/pprof/trace?seconds=1");
    let output = capture(folder.path(), &[&url, "-o", "cut.trace"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(
        said(&output).contains("200000 of ") && said(&output).contains("can be read"),
        "{}",
        said(&output)
    );
    assert_eq!(names(folder.path()), ["cut.trace"]);
    stdout(&["info", &folder.path().join("cut.trace").display().to_string()]);
    assert_eq!(capture(folder.path(), &[&url, "-o", "y/", "--strict"]).status.code(), Some(1));

    let empty = tempfile::tempdir().expect("a folder");
    let profile = serve_part("pprof/cpu.pb.gz", 1000, false);
    let output = capture(empty.path(), &[&format!("http://{profile}/debug/pprof/heap")]);
    assert_eq!(output.status.code(), Some(3));
    assert!(said(&output).contains(" and 1000 of "), "{}", said(&output));
    let slow = serve_part("pprof/cpu.pb.gz", 1000, true);
    let started = Instant::now();
    let output = capture(empty.path(), &[&format!("http://{slow}/debug/pprof/heap"), "--timeout", "1"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    let large = serve_part("pprof/cpu.pb.gz", usize::MAX, false);
    let output = capture(empty.path(), &[&format!("http://{large}/debug/pprof/heap"), "--max-size", "1kB"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(said(&output).contains("more than 1000 bytes"), "{}", said(&output));
    let text = serve_part("README.md", usize::MAX, false);
    let output = capture(empty.path(), &[&format!("http://{text}/debug/pprof/heap")]);
    assert_eq!(output.status.code(), Some(3), "what is no profile is not kept: {}", said(&output));
    assert_eq!(names(empty.path()), Vec::<String>::new(), "nothing is left");
}

#[test]
fn what_cannot_be_is_said_before_anybody_is_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    for (arguments, expected) in [
        (&["ftp://h/x"][..], "no address"),
        (&["h:1", "h:1"], "h:1 is given twice"),
        (&["http://h/debug/pprof/heap", "--profile", "cpu"], "goes without --profile"),
        (&["h:1", "--profile", "../x"], "is no name of a profile"),
        (&["h:1", "--profile", "cpu", "--delta"], "--delta goes with"),
        (&["h:1", "--header", "X: a\nY: s3cret"], "the header X has line breaks"),
        (&["h:1", "--max-size", "0"], "a size is more than 0"),
        (&["h:1", "--trace-seconds", "NaN"], "--trace-seconds is more than 0"),
    ] {
        let output = capture(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains(expected), "{arguments:?}: {}", said(&output));
        assert!(!said(&output).contains("s3cret"));
    }
    let output = capture(folder.path(), &["http://me:pa55word@192.0.2.1:6060", "--profile", "heap"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        said(&output).contains("credentials for 192.0.2.1:6060 would go over plain http"),
        "{}",
        said(&output)
    );
    assert!(!said(&output).contains("pa55word"));
    assert_eq!(names(folder.path()), Vec::<String>::new());
}
