//! Servers for captures: Go's own, one a process, and scripted ones for what no Go of today says any more.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use goscope_test_support::{Need, has_programs, is_live};
use tempfile::TempDir;

/// Builds a Go program of one file; `None` where no Go is.
pub(super) fn build(
    name: &str,
    content: &str,
    built: &'static OnceLock<(TempDir, PathBuf)>,
) -> Option<&'static Path> {
    if !is_live() || !has_programs(Need::Go, &["go"]) {
        return None;
    }
    let (_, path) = built.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let module = format!("module example.com/{name}\n\ngo 1.22\n");
        fs::write(folder.path().join("go.mod"), module).expect("written");
        fs::write(folder.path().join("main.go"), content).expect("written");
        let mut go = Command::new("go");
        let output =
            go.args(["build", "-o", name, "."]).current_dir(folder.path()).output().expect("go runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let path = folder.path().join(name);
        (folder, path)
    });
    Some(path)
}

/// A server of `servers.go`, ended with the test.
pub(super) struct GoServer {
    process: Child,
    /// Where it listens.
    pub(super) place: String,
    folder: TempDir,
}

impl GoServer {
    /// In one of its modes, with further arguments.
    pub(super) fn start(mode: &str, arguments: &[&str]) -> Option<Self> {
        static BUILT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
        let program = build("servers", include_str!("servers.go"), &BUILT)?;
        let folder = tempfile::tempdir().expect("a folder");
        let mut process = Command::new(program)
            .args(["-mode", mode, "-folder"])
            .arg(folder.path())
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut place = String::new();
        BufReader::new(process.stdout.take().expect("its output")).read_line(&mut place).expect("a line");
        Some(Self { process, place: place.trim().to_owned(), folder })
    }

    /// A file of its folder, as an argument.
    pub(super) fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Its requests so far, a line when one comes and one when it has ended.
    pub(super) fn requests(&self) -> String {
        fs::read_to_string(self.folder.path().join("requests.log")).expect("the log")
    }

    /// Waits until there is such a line.
    #[track_caller]
    pub(super) fn wait_for(&self, line: &str) {
        let started = Instant::now();
        while !self.requests().contains(line) {
            assert!(started.elapsed() < Duration::from_secs(10), "no {line:?} in\n{}", self.requests());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for GoServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A server whose every connection does the same once its request is read; gives `HOST:PORT`.
pub(super) fn serve(answer: impl Fn(&mut TcpStream, &str) + Send + Sync + Clone + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let place = listener.local_addr().expect("an address").to_string();
    thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let answer = answer.clone();
            thread::spawn(move || {
                let request = head(&mut stream);
                answer(&mut stream, &request);
            });
        }
    });
    place
}

/// A request up to its empty line.
pub(super) fn head(stream: &mut TcpStream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n_read| n_read == 1) {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// A server that says the same to everybody: a status line with headers, and a body with its length.
pub(super) fn says(start: &str, body: &[u8]) -> String {
    let length = body.len();
    sends(&[
        format!("HTTP/1.1 {start}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n").as_bytes(),
        body,
    ])
}

/// A server that sends these bytes to everybody, and closes.
pub(super) fn sends(parts: &[&[u8]]) -> String {
    let bytes = parts.concat();
    // What is not there in time is not read: the client may have gone.
    serve(move |stream, _| drop(stream.write_all(&bytes)))
}

/// A server that sends these bytes to everybody, and nothing more for a long time.
pub(super) fn stalls(bytes: &[u8]) -> String {
    let bytes = bytes.to_vec();
    serve(move |stream, _| {
        let _ = stream.write_all(&bytes);
        thread::sleep(Duration::from_secs(60));
    })
}

/// A port at which nobody is.
pub(super) fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    listener.expect("a port").to_string()
}

/// A proxy that connects everybody with one server, whatever host is asked for.
pub(super) fn proxy(server: &str, asked: std::sync::mpsc::Sender<String>) -> String {
    let server = server.to_owned();
    serve(move |stream, request| {
        let _ = asked.send(request.to_owned());
        let Ok(mut onward) = TcpStream::connect(&server) else { return };
        let _ = stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n");
        let (Ok(mut from), Ok(mut back)) = (stream.try_clone(), onward.try_clone()) else { return };
        thread::spawn(move || drop(std::io::copy(&mut from, &mut onward)));
        let _ = std::io::copy(&mut back, stream);
    })
}

/// A program with a heap and a goroutine profile, by the samples; with a header in each answer.
pub(super) fn serve_samples(header: &str) -> String {
    let file = |name: &str| fs::read(goscope_test_support::sample(name)).expect("a sample");
    let (heap, goroutine) = (file("pprof/heap.pb.gz"), file("pprof/goroutine.pb.gz"));
    let header = header.to_owned();
    serve(move |stream, request| {
        let path = request.split(' ').nth(1).unwrap_or_default();
        let row = |name: &str| format!("<tr><td>1</td><td><a href='{name}?debug=1'>{name}</a></td></tr>");
        let index = format!("<html><table>{}{}</table></html>", row("heap"), row("goroutine"));
        let (status, body) = match path.split('?').next() {
            Some("/debug/pprof/") => ("200 OK", index.into_bytes()),
            Some("/debug/pprof/heap") => ("200 OK", heap.clone()),
            Some("/debug/pprof/goroutine") => ("200 OK", goroutine.clone()),
            Some("/debug/pprof/cmdline") => ("200 OK", b"./shop\0-db-password=pa55word".to_vec()),
            _ => ("404 Not Found", b"404 page not found\n".to_vec()),
        };
        let head = format!("HTTP/1.1 {status}\r\n{header}\r\nContent-Length: {}\r\n\r\n", body.len());
        let _ = stream.write_all(&[head.as_bytes(), &body].concat());
    })
}
