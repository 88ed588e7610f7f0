//! `dlv core`, run on this machine: a debugger whose program is a core file.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::fault::DelveFault;
use crate::fault::said;

/// How long it may take to read the debug information of a large program.
const START_WAIT: Duration = Duration::from_secs(120);
/// How long it may take to end after it has closed its connection.
const END_WAIT: Duration = Duration::from_secs(2);
const TICK: Duration = Duration::from_millis(50);
const GREETING: &str = "API server listening at: ";
/// The most that is kept of what it says.
const MAX_SAID_BYTES: u64 = 64 << 10;

/// A running `dlv core`; it ends with this.
#[derive(Debug)]
pub struct CoreServer {
    child: Child,
    place: String,
    /// Reads what it says until it ends.
    words: Option<JoinHandle<String>>,
}

impl CoreServer {
    /// Starts `dlv core EXE CORE`; `stop` gives it up.
    ///
    /// # Errors
    /// One sentence, if there is no dlv, or it cannot read the files.
    pub fn start(executable: &Path, core: &Path, stop: &AtomicBool) -> Result<Self, DelveFault> {
        let mut command = Command::new("dlv");
        command.arg("core").arg(executable).arg(core);
        // With one client: when goscope is killed, dlv ends, too.
        command.args(["--headless", "--listen=127.0.0.1:0", "--api-version=2"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => DelveFault::NoDlv,
            _ => DelveFault::NoCore { said: said(&error.to_string()) },
        })?;
        let mut server = Self { child, place: String::new(), words: None };
        server.place = server.greeting(stop)?;
        Ok(server)
    }

    /// `HOST:PORT`.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What is behind a fault: dlv listens before it reads the files, and ends if it cannot.
    pub fn explain(&mut self, fault: DelveFault) -> DelveFault {
        if !fault.is_of_connection() {
            return fault;
        }
        let deadline = Instant::now() + END_WAIT;
        while Instant::now() < deadline {
            if let Ok(Some(_)) = self.child.try_wait() {
                return self.what_it_said();
            }
            thread::sleep(TICK);
        }
        fault
    }

    /// The first line that it said, once it has ended.
    fn what_it_said(&mut self) -> DelveFault {
        let words = self.words.take().and_then(|words| words.join().ok()).unwrap_or_default();
        let line = words.lines().map(str::trim).find(|line| !line.is_empty());
        DelveFault::NoCore { said: said(line.unwrap_or("it ended without a word")) }
    }

    /// Waits until it says where it listens.
    fn greeting(&mut self, stop: &AtomicBool) -> Result<String, DelveFault> {
        let (sender, lines) = channel();
        if let Some(stdout) = self.child.stdout.take() {
            thread::spawn(move || {
                // Read to its end: a program that nobody reads would wait forever.
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    let _ = sender.send(line);
                }
            });
        }
        let stderr = self.child.stderr.take();
        self.words = Some(thread::spawn(move || {
            let mut words = Vec::new();
            // What came before an error is what there is.
            let _ = stderr.map(|stderr| stderr.take(MAX_SAID_BYTES).read_to_end(&mut words));
            String::from_utf8_lossy(&words).into_owned()
        }));
        let deadline = Instant::now() + START_WAIT;
        loop {
            match lines.recv_timeout(TICK) {
                Ok(line) => {
                    if let Some(place) = line.strip_prefix(GREETING) {
                        return Ok(place.trim().to_owned());
                    }
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let _ = self.child.kill();
                    return Err(self.what_it_said());
                }
                Err(RecvTimeoutError::Timeout) if stop.load(Ordering::Relaxed) => {
                    return Err(DelveFault::Stopped);
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() >= deadline => {
                    let words = format!("it was not ready within {} s", START_WAIT.as_secs());
                    return Err(DelveFault::NoCore { said: words });
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

impl Drop for CoreServer {
    fn drop(&mut self) {
        // Of a core file nothing can be killed but dlv itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
