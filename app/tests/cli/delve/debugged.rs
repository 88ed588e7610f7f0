//! A Go program under `dlv`, and a proxy between goscope and it that cuts connections.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use goscope_test_support::dlv;
use tempfile::TempDir;

pub(crate) const SOURCE: &str = include_str!("program.go");

/// The number of the line of [`SOURCE`] with this comment.
pub(crate) fn line_of(comment: &str) -> usize {
    SOURCE.lines().position(|line| line.ends_with(comment)).expect("the line") + 1
}

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program, compiled once without optimization, so that all variables can be read; `None` where no Go is.
fn program() -> Option<&'static Path> {
    static BUILT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    dlv()?;
    let (_, path) = BUILT.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("go.mod"), "module example.com/stuck\n\ngo 1.22\n").expect("written");
        fs::write(folder.path().join("main.go"), SOURCE).expect("written");
        let mut go = Command::new("go");
        go.args(["build", "-gcflags=-N -l", "-o", "stuck", "."]).current_dir(folder.path());
        let output = go.output().expect("go runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let path = folder.path().join("stuck");
        (folder, path)
    });
    Some(path)
}

/// How dlv comes to the program.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It starts the program and lets it run; any number of clients.
    Started,
    /// It starts the program, which waits for the only client.
    StartedForOne,
    /// It attaches to the program, which stands still from then on; one client.
    AttachedForOne,
}

/// The program under dlv. Both end with this.
pub(crate) struct Debugged {
    processes: Vec<Child>,
    /// `HOST:PORT` of dlv.
    pub(crate) dlv: String,
    /// `HOST:PORT` of the program; empty until it runs.
    pub(crate) program: String,
}

impl Debugged {
    pub(crate) fn start(manner: Manner) -> Option<Self> {
        let (dlv, path) = (dlv()?, program()?);
        let mut debugger = Command::new(dlv);
        let mut processes = Vec::new();
        let mut serving = String::new();
        match manner {
            Manner::Started => {
                debugger.arg("exec").arg(path).args(["--accept-multiclient", "--continue"]);
            }
            Manner::StartedForOne => {
                debugger.arg("exec").arg(path);
            }
            Manner::AttachedForOne => {
                let mut process = Command::new(path).stdout(Stdio::piped()).spawn().expect("it starts");
                serving = wait_for(&lines_of(&mut process), "serving ");
                debugger.arg("attach").arg(process.id().to_string());
                processes.push(process);
            }
        }
        debugger.args(["--headless", "--listen=127.0.0.1:0", "--api-version=2"]);
        let mut debugger = debugger.stdout(Stdio::piped()).spawn().expect("dlv starts");
        let lines = lines_of(&mut debugger);
        processes.insert(0, debugger);
        let place = wait_for(&lines, "API server listening at: ");
        if manner == Manner::Started {
            serving = wait_for(&lines, "serving ");
        }
        Some(Self { processes, dlv: place, program: serving })
    }

    /// `dlv:HOST:PORT`.
    pub(crate) fn name(&self) -> String {
        format!("dlv:{}", self.dlv)
    }

    /// How many steps the program has made.
    pub(crate) fn steps(&self) -> u64 {
        self.get("/steps").parse().expect("a number")
    }

    /// What the program answers.
    pub(crate) fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.program).expect("the program takes connections");
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").expect("written");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the program answers");
        answer.split_once("\r\n\r\n").expect("a body").1.to_owned()
    }

    /// The program's file.
    pub(crate) fn executable(&self) -> &'static Path {
        program().expect("it runs")
    }

    /// Has dlv write the memory of the program, which stands still for it.
    pub(crate) fn write_core(&self, to: &Path) {
        let mut stream = TcpStream::connect(&self.dlv).expect("dlv takes connections");
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        let mut answers = BufReader::new(stream.try_clone().expect("a copy")).lines();
        let mut ask = |method: &str, parameters: serde_json::Value| {
            let request = serde_json::json!({ "method": format!("RPCServer.{method}"), "params": [parameters], "id": 1 });
            writeln!(stream, "{request}").expect("written");
            answers.next().expect("an answer").expect("text")
        };
        ask("Command", serde_json::json!({ "name": "halt" }));
        ask("DumpStart", serde_json::json!({ "Destination": to }));
        while ask("DumpWait", serde_json::json!({ "Wait": 1000 })).contains("\"Dumping\":true") {}
        writeln!(
            stream,
            "{}",
            serde_json::json!({ "method": "RPCServer.Command", "params": [{ "name": "continue" }], "id": 2 })
        )
        .expect("written");
        thread::sleep(Duration::from_millis(500));
    }

    /// Fails unless the program goes on making steps.
    #[track_caller]
    pub(crate) fn assert_runs(&self) {
        let before = self.steps();
        thread::sleep(Duration::from_millis(100));
        let after = self.steps();
        assert!(after > before + 5, "{before} steps, then {after}: the program does not run");
    }

    /// Waits until dlv has ended.
    pub(crate) fn wait_for_end_of_dlv(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while self.processes[0].try_wait().expect("a child").is_none() {
            assert!(Instant::now() < deadline, "dlv goes on");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Debugged {
    fn drop(&mut self) {
        // An interrupt lets dlv end the program that it started.
        let dlv = self.processes[0].id().to_string();
        let _ = Command::new("kill").args(["-INT", &dlv]).stderr(Stdio::null()).status();
        let deadline = Instant::now() + Duration::from_secs(5);
        while self.processes[0].try_wait().is_ok_and(|ended| ended.is_none()) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(20));
        }
        for process in &mut self.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Lines of standard output, read to its end.
fn lines_of(process: &mut Child) -> Receiver<String> {
    let stdout = process.stdout.take().expect("its output");
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    lines
}

/// What stands behind these words on the first line that begins with them.
fn wait_for(lines: &Receiver<String>, begin: &str) -> String {
    loop {
        let line = lines.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("no line {begin:?}: {error}"));
        if let Some(rest) = line.strip_prefix(begin) {
            return rest.trim().to_owned();
        }
    }
}

/// A way to dlv on which the first connection is cut after so many bytes of answers; later ones are whole.
pub(crate) fn cut_after(n_bytes: usize, to: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let place = listener.local_addr().expect("an address").to_string();
    let to = to.to_owned();
    thread::spawn(move || {
        let mut room = n_bytes;
        while let Ok((client, _)) = listener.accept() {
            let server = TcpStream::connect(&to).expect("dlv takes connections");
            let (from_client, to_server) =
                (client.try_clone().expect("a copy"), server.try_clone().expect("a copy"));
            thread::spawn(move || pump(from_client, to_server, usize::MAX));
            let this = std::mem::replace(&mut room, usize::MAX);
            thread::spawn(move || pump(server, client, this));
        }
    });
    place
}

fn pump(mut from: TcpStream, mut to: TcpStream, mut room: usize) {
    let mut piece = [0; 1024];
    while let Ok(n_read @ 1..) = from.read(&mut piece) {
        if n_read > room || to.write_all(&piece[..n_read]).is_err() {
            break;
        }
        room -= n_read;
    }
    // Both sides see the end.
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
