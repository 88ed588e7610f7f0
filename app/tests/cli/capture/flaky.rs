//! A schedule into a store, from a server that fails at random in every way that servers do: what was answered whole is in
//! the store once, nothing else is, and nothing is left behind.
//!
//! `GOSCOPE_SOAK_SECONDS=3600` is the long form (`scripts/soak-capture`); a usual run takes some seconds.

use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use goscope_parsers::pprof::{Line, ProfileBuilder, write_profile_gzip};
use goscope_test_support::{LongRun, Random};
use serde_json::Value;

use super::servers::head;

/// Seconds of a usual run.
const USUAL_SECONDS: u64 = 12;

/// How long goscope waits, and how long a server says nothing that stalls.
const TIMEOUT: Duration = Duration::from_secs(3);

/// What the resident memory may grow by beside its share.
const MOST_GROWTH_BYTES: u64 = 16 << 20;

/// Not where the servers of other tests listen: nobody takes the port while the server is away.
const PLACE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 7);

/// What the server lists.
const INDEX: &str = "<table><tr><td>1</td><td><a href='heap?debug=1'>heap</a></td></tr>\
    <tr><td>1</td><td><a href='allocs?debug=1'>allocs</a></td></tr></table>";

/// A server that fails at random.
struct Flaky {
    place: SocketAddr,
    random: Mutex<Random>,
    /// The number of the next profile, which is all its values.
    next: AtomicI64,
    /// The numbers of those that were sent whole.
    sent: Mutex<Vec<i64>>,
    /// No more profiles.
    is_done: AtomicBool,
}

impl Flaky {
    fn start() -> Arc<Self> {
        let listener = TcpListener::bind((PLACE, 0)).expect("a port");
        let server = Arc::new(Self {
            place: listener.local_addr().expect("an address"),
            random: Mutex::new(Random(7)),
            next: AtomicI64::new(1),
            sent: Mutex::default(),
            is_done: AtomicBool::new(false),
        });
        let running = Arc::clone(&server);
        thread::spawn(move || running.run(listener));
        server
    }

    fn below(&self, limit: usize) -> usize {
        self.random.lock().expect("no panic").below(limit)
    }

    /// Listens for some seconds, is away for a while, and comes back at the same place.
    fn run(self: Arc<Self>, mut listener: TcpListener) {
        loop {
            let until = Instant::now() + Duration::from_millis(1000 + self.below(5000) as u64);
            listener.set_nonblocking(true).expect("it waits for nobody");
            while Instant::now() < until {
                match listener.accept() {
                    Ok((stream, _)) => {
                        let server = Arc::clone(&self);
                        thread::spawn(move || server.answer(stream));
                    }
                    Err(_) => thread::sleep(Duration::from_millis(2)),
                }
            }
            drop(listener);
            thread::sleep(Duration::from_millis(self.below(1000) as u64));
            listener = TcpListener::bind(self.place).expect("the same port");
        }
    }

    fn answer(&self, mut stream: TcpStream) {
        stream.set_nonblocking(false).expect("it waits for its client");
        let request = head(&mut stream);
        let path = request.split(' ').nth(1).unwrap_or_default();
        if self.is_done.load(Ordering::SeqCst) || path.ends_with("/cmdline") {
            return send(&mut stream, "404 Not Found", b"404 page not found\n");
        }
        let is_profile = path.ends_with("/heap") || path.ends_with("/allocs");
        let number = is_profile.then(|| self.next.fetch_add(1, Ordering::SeqCst));
        let body = number.map_or_else(|| INDEX.as_bytes().to_vec(), profile);
        let half = &body[..body.len() / 2];
        let announced =
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        let mut raw = |parts: &[&[u8]]| drop(stream.write_all(&parts.concat()));
        match self.below(16) {
            0..6 => self.send_whole(stream, announced.as_bytes(), &body, number),
            6 => {
                // Slowly, but whole.
                raw(&[announced.as_bytes(), half]);
                thread::sleep(Duration::from_millis(300));
                self.send_whole(stream, &[], &body[half.len()..], number);
            }
            7 => raw(&[announced.as_bytes(), half]),
            8 => {
                raw(&[
                    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n",
                    &body[..0x40],
                    b"\r\n",
                ]);
            }
            9 => {
                raw(&[announced.as_bytes(), half]);
                thread::sleep(TIMEOUT * 3 / 2);
            }
            10 => send(&mut stream, "500 Internal Server Error", b"out of everything\n"),
            11 => send(&mut stream, "404 Not Found", b"404 page not found\n"),
            12 => send(&mut stream, "200 OK", half),
            13 => send(&mut stream, "200 OK", b"<!doctype html><p>Please log in"),
            14 => raw(&[b"HTTP/1.1 2"]),
            _ => {}
        }
    }

    /// Sends what is left of a whole answer; notes which profile it was if nobody hung up.
    fn send_whole(&self, mut stream: TcpStream, before: &[u8], rest: &[u8], number: Option<i64>) {
        if stream.write_all(&[before, rest].concat()).is_ok() {
            self.sent.lock().expect("no panic").extend(number);
        }
    }
}

fn send(stream: &mut TcpStream, status: &str, body: &[u8]) {
    let start = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    // The client may have gone.
    let _ = stream.write_all(&[start.as_bytes(), body].concat());
}

/// A heap profile all of whose values are its number.
fn profile(number: i64) -> Vec<u8> {
    let types = ["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"].map(|name| (name, "count"));
    let mut of = ProfileBuilder::new(&types);
    of.header().time_nanos = 1_795_600_800_000_000_000 + number;
    let stack: Vec<_> = (0..number % 20)
        .map(|depth| {
            let function = of.function(&format!("main.f{depth}"), "main.go", 1);
            of.location(None, 0, &[Line { function, line: depth, column: 0 }])
        })
        .collect();
    of.sample(&[number; 4], &stack, &[]);
    let mut bytes = Vec::new();
    write_profile_gzip(&of.finish(), &mut bytes).expect("memory takes everything");
    bytes
}

/// Starts the schedule in a folder. What it says goes into a file.
fn schedule(server: &Flaky, folder: &Path, every: &str) -> Child {
    let said = fs::File::create(folder.join("said.txt")).expect("a file");
    // Who runs the tests in the background may have signals ignored by all that they start.
    Command::new("env")
        .args(["--default-signal", env!("CARGO_BIN_EXE_goscope"), "capture", &server.place.to_string()])
        .args([
            "--profile",
            "heap,allocs",
            "--every",
            every,
            "--store",
            "profiles",
            "--label",
            "service=shop",
        ])
        .args(["--timeout", &TIMEOUT.as_secs().to_string()])
        .current_dir(folder)
        .env("TMPDIR", folder.join("tmp"))
        .stdout(Stdio::null())
        .stderr(said)
        .spawn()
        .expect("it starts")
}

/// The numbers of the profiles in the store.
fn kept(folder: &Path) -> Vec<i64> {
    let output = Command::new(env!("CARGO_BIN_EXE_goscope"))
        .args(["store", "ls", "profiles", "--profiles", "--json"])
        .current_dir(folder)
        .output()
        .expect("goscope starts");
    let listed: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let rows = listed["rows"].as_array().expect("rows");
    let mut kept: Vec<i64> =
        rows.iter().map(|row| row["profile"]["totals"][0].as_i64().expect("a total")).collect();
    kept.sort_unstable();
    kept
}

#[test]
fn what_a_server_that_fails_at_random_sent_whole_is_in_the_store_once() {
    let given = std::env::var("GOSCOPE_SOAK_SECONDS").ok();
    let seconds = given.as_ref().map_or(USUAL_SECONDS, |text| text.parse().expect("a number of seconds"));
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("tmp")).expect("a folder");
    let server = Flaky::start();
    let mut goscope = schedule(&server, folder.path(), if given.is_some() { "1s" } else { "50ms" });
    let (start, length, mut run) = (Instant::now(), Duration::from_secs(seconds), LongRun::default());
    while start.elapsed() < length {
        thread::sleep(Duration::from_millis(100));
        assert!(goscope.try_wait().expect("a child").is_none(), "it ended: {}", said(folder.path()));
        run.note(goscope.id(), start.elapsed().as_secs_f64() / length.as_secs_f64());
    }
    server.is_done.store(true, Ordering::SeqCst);
    thread::sleep(TIMEOUT * 2);
    let stop = Command::new("kill").args(["-TERM", &goscope.id().to_string()]).status().expect("kill runs");
    assert!(stop.success());
    let ended = goscope.wait().expect("a child");
    assert_eq!(ended.code(), Some(130), "{}", said(folder.path()));
    let mut sent = server.sent.lock().expect("no panic").clone();
    sent.sort_unstable();
    let n_asked = server.next.load(Ordering::SeqCst) - 1;
    let line = format!("soak: {seconds} s, {n_asked} requests, {} answered whole, {run}\n", sent.len());
    // Seen also where the test passes: docs/robustness.md has the figures.
    let _ = std::io::stderr().write_all(line.as_bytes());
    assert_eq!(kept(folder.path()), sent, "{}", said(folder.path()));
    assert!(sent.len() > 5, "{line}");
    assert!(run.is_flat(MOST_GROWTH_BYTES), "{line}");
    assert_eq!(fs::read_dir(folder.path().join("tmp")).expect("the folder").count(), 0, "nothing is left");
}

/// The end of what goscope said.
fn said(folder: &Path) -> String {
    let said = fs::read_to_string(folder.join("said.txt")).expect("the file");
    said[said.len().saturating_sub(4000)..].to_owned()
}
