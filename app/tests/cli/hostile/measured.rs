//! The program under a watch: how long it took, how much memory, and what it said.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Read as _, Seek as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longer than this is a hang. What it takes in a build for tests, on a machine that does other things, and with patience for
/// pipes that nobody writes to.
const TOO_LONG: Duration = Duration::from_secs(30);

/// How often memory is looked at.
const PAUSE: Duration = Duration::from_millis(1);

/// What the program's code, libraries and stacks take, which are no data and which it does not count.
pub(super) const PROGRAM_BYTES: u64 = 64 << 20;

/// A run that has ended.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) code: Option<i32>,
    pub(super) signal: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) took: Duration,
    /// The largest resident size that was seen.
    pub(super) peak_bytes: u64,
}

/// A run that goes on.
pub(super) struct Running {
    child: Child,
    began: Instant,
    peak_bytes: u64,
    stdout: File,
    stderr: File,
}

/// Starts the program where there is no display. Pipes could fill up, so what it says goes to files.
pub(super) fn start(command: &mut Command) -> Running {
    let file = || tempfile::tempfile().expect("a file");
    let (stdout, stderr) = (file(), file());
    let other = |file: &File| Stdio::from(file.try_clone().expect("a handle"));
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
    command.stdin(Stdio::null()).stdout(other(&stdout)).stderr(other(&stderr));
    let child = command.spawn().expect("goscope starts");
    Running { child, began: Instant::now(), peak_bytes: 0, stdout, stderr }
}

/// The program with these arguments.
pub(super) fn goscope(arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_goscope"));
    command.args(arguments);
    command
}

/// Runs it to its end.
pub(super) fn run(arguments: &[impl AsRef<OsStr>]) -> Measured {
    start(&mut goscope(arguments)).finish()
}

impl Running {
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a child").is_some()
    }

    /// Waits for the end; one that does not come fails the test.
    pub(super) fn finish(mut self) -> Measured {
        let status = loop {
            self.peak_bytes = self.peak_bytes.max(resident_peak(self.child.id()));
            if let Some(status) = self.child.try_wait().expect("a child") {
                break status;
            }
            if self.began.elapsed() > TOO_LONG {
                let _ = self.child.kill().and_then(|()| self.child.wait());
                panic!("it hangs: {TOO_LONG:?}; it has said: {}", text(&mut self.stderr));
            }
            std::thread::sleep(PAUSE);
        };
        Measured {
            code: status.code(),
            signal: status.signal(),
            took: self.began.elapsed(),
            peak_bytes: self.peak_bytes,
            stdout: text(&mut self.stdout),
            stderr: text(&mut self.stderr),
        }
    }
}

impl Measured {
    /// It ended by itself, in good order, and below this much memory.
    #[track_caller]
    pub(super) fn is_fine(&self, what: &str, most_bytes: u64) {
        let Self { code, signal, stderr, peak_bytes, took, .. } = self;
        assert!(matches!(code, Some(0..=4)), "{what}: exit code {code:?}, signal {signal:?}: {stderr}");
        assert!(!stderr.contains("panicked"), "{what}: {stderr}");
        assert!(*code != Some(3) || stderr.contains(": "), "{what}: no reason: {stderr:?}");
        let mib = peak_bytes >> 20;
        assert!(*peak_bytes <= most_bytes + PROGRAM_BYTES, "{what}: {mib} MiB after {took:?}: {stderr}");
    }
}

fn text(file: &mut File) -> String {
    let mut bytes = Vec::new();
    file.rewind().and_then(|()| file.read_to_end(&mut bytes)).expect("what it said");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The most memory that a process ever had, which the system keeps until it ends.
fn resident_peak(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) << 10
}
