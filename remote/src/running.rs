//! Runs a program that may be given up: its output is kept as far as it came.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use crate::program::ProgramError;

/// How often it is asked whether to give up: rare enough to take no time from what is measured.
const ASK_EVERY: Duration = Duration::from_millis(100);

/// The most that is kept of what a program prints, and of what it says on standard error.
const MAX_BYTES: u64 = 64 << 20;

/// How a program ended, and what it wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// Its exit status; `None` if a signal ended it.
    pub status: Option<i32>,
    /// What it printed on standard output.
    pub printed: Vec<u8>,
    /// What it said on standard error.
    pub said: String,
}

/// Runs a program in a folder. `gives_up` is asked ten times a second; the program is ended when it says yes, and the result
/// is `None`.
///
/// # Errors
/// [`ProgramError::Missing`] and [`ProgramError::System`]; its exit status is no error.
pub fn run_unless(
    name: &OsStr,
    arguments: &[OsString],
    folder: &Path,
    gives_up: &mut dyn FnMut() -> bool,
) -> Result<Option<Finished>, ProgramError> {
    let shown = name.to_string_lossy().into_owned();
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound if folder.is_dir() => ProgramError::Missing { name: shown.clone() },
        _ => ProgramError::System { name: shown.clone(), source },
    };
    let mut command = Command::new(name);
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    let (ends, ended) = channel();
    read_beside(child.stdout.take(), true, ends.clone());
    read_beside(child.stderr.take(), false, ends);
    let mut finished = Finished::default();
    if !collect(&ended, &mut finished, gives_up) {
        give_up(&mut child);
        return Ok(None);
    }
    // Both pipes are closed; the program itself may go on for a while.
    loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            finished.status = status.code();
            return Ok(Some(finished));
        }
        if gives_up() {
            give_up(&mut child);
            return Ok(None);
        }
        thread::sleep(ASK_EVERY / 10);
    }
}

/// Waits for the ends of both pipes; false if it is given up.
fn collect(
    ended: &Receiver<(bool, Vec<u8>)>,
    finished: &mut Finished,
    gives_up: &mut dyn FnMut() -> bool,
) -> bool {
    loop {
        match ended.recv_timeout(ASK_EVERY) {
            Ok((true, bytes)) => finished.printed = bytes,
            Ok((false, bytes)) => finished.said = String::from_utf8_lossy(&bytes).into_owned(),
            Err(RecvTimeoutError::Disconnected) => return true,
            Err(RecvTimeoutError::Timeout) if gives_up() => return false,
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// A program that has ended by itself meanwhile is fine, too.
fn give_up(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// Reads a pipe to its end on a thread: a program that fills the one that nobody reads would wait forever. What is more
/// than can be kept is read all the same.
fn read_beside(pipe: Option<impl Read + Send + 'static>, is_output: bool, end: Sender<(bool, Vec<u8>)>) {
    let Some(mut pipe) = pipe else { return };
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before an error is kept: the exit status tells what it was worth.
        let _ = pipe.by_ref().take(MAX_BYTES).read_to_end(&mut bytes);
        let _ = io::copy(&mut pipe, &mut io::sink());
        // Nobody listens if the program was given up.
        let _ = end.send((is_output, bytes));
    });
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Instant;

    use super::*;

    fn run(script: &str, gives_up: &mut dyn FnMut() -> bool) -> Option<Finished> {
        let words = ["-c", script].map(OsString::from);
        run_unless(OsStr::new("sh"), &words, Path::new("."), gives_up).expect("it runs")
    }

    #[test]
    fn both_streams_and_the_status_are_kept() {
        let finished = run("printf out; printf err >&2; exit 3", &mut || false).expect("it ends");
        assert_eq!(finished, Finished { status: Some(3), printed: b"out".to_vec(), said: "err".to_owned() });
    }

    #[test]
    fn a_program_is_ended_when_it_is_given_up() {
        let begin = Instant::now();
        assert_eq!(run("exec sleep 60", &mut || true), None);
        assert!(begin.elapsed() < Duration::from_secs(30));
    }
}
