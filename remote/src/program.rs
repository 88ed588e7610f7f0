//! Runs programs of the user's, `go` and `git`, and gives what they print.

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

/// Bytes that are taken at a time.
const PIECE_BYTES: usize = 64 << 10;

/// The most that is kept of what a program says on standard error.
const MAX_SAID_BYTES: u64 = 16 << 20;

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Its exit status; `None` if a signal ended it.
    pub status: Option<i32>,
    /// What it said on standard error.
    pub said: String,
}

/// Why a program did not run.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It is not there.
    #[error("there is no `{name}` on the PATH; install it, or run goscope where it is")]
    Missing {
        /// Its name.
        name: String,
    },
    /// The system did not start it, or broke off what it printed.
    #[error("`{name}` does not run: {source}")]
    System {
        /// Its name.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// It ran and failed.
    #[error("`{command}` failed: {said}")]
    Failed {
        /// What was run.
        command: String,
        /// What it said, in a line.
        said: String,
    },
}

/// Runs a program in a folder and gives what it prints to `take`, piece by piece as it comes.
///
/// # Errors
/// [`ProgramError::Missing`] and [`ProgramError::System`]; its exit status is no error.
pub fn stream(
    name: &str,
    arguments: &[OsString],
    folder: &Path,
    take: &mut dyn FnMut(&[u8]),
) -> Result<Ended, ProgramError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound if folder.is_dir() => ProgramError::Missing { name: name.to_owned() },
        _ => ProgramError::System { name: name.to_owned(), source },
    };
    let mut command = Command::new(name);
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    // Both pipes are read at once: a program that fills the one that nobody reads would wait forever.
    let (printed, said) = thread::scope(|scope| {
        let said = scope.spawn(move || {
            let mut said = Vec::new();
            let read = stderr.map(|stderr| stderr.take(MAX_SAID_BYTES).read_to_end(&mut said));
            read.transpose().map(|_| String::from_utf8_lossy(&said).into_owned())
        });
        (
            stdout.map_or(Ok(()), |stdout| pieces(stdout, take)),
            said.join().unwrap_or_else(|_| Ok(String::new())),
        )
    });
    let ended = child.wait().map_err(failed)?;
    printed.map_err(failed)?;
    Ok(Ended { status: ended.code(), said: said.map_err(failed)? })
}

fn pieces(mut from: impl Read, take: &mut dyn FnMut(&[u8])) -> io::Result<()> {
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        match from.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(read) => take(piece.get(..read).unwrap_or(&[])),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Runs a program in a folder and gives all that it prints.
///
/// # Errors
/// Also [`ProgramError::Failed`] if its exit status is not 0.
pub fn output(name: &str, arguments: &[&str], folder: &Path) -> Result<Vec<u8>, ProgramError> {
    let words: Vec<OsString> = arguments.iter().map(OsString::from).collect();
    let mut printed = Vec::new();
    let ended = stream(name, &words, folder, &mut |piece| printed.extend_from_slice(piece))?;
    if ended.status == Some(0) {
        return Ok(printed);
    }
    let said = ended.said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
    Err(ProgramError::Failed { command: format!("{name} {}", arguments.join(" ")), said: said.to_owned() })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_prints_and_says_is_kept_apart() {
        let script = "printf out; printf err >&2; head -c 300000 /dev/zero >&2; exit 3";
        let mut printed = Vec::new();
        let words = ["-c", script].map(OsString::from);
        let ended = stream("sh", &words, Path::new("."), &mut |piece| printed.extend_from_slice(piece))
            .expect("it runs");
        assert_eq!((ended.status, ended.said.len()), (Some(3), 300_003));
        assert_eq!(printed, b"out");
    }

    #[test]
    fn what_went_wrong_is_one_sentence() {
        let said = |name: &str, words: &[&str]| {
            output(name, words, Path::new(".")).map_err(|error| error.to_string())
        };
        assert_eq!(
            said("sh", &["-c", "echo no >&2; exit 1"]),
            Err("`sh -c echo no >&2; exit 1` failed: no".to_owned())
        );
        assert_eq!(
            said("no-such-program", &[]),
            Err("there is no `no-such-program` on the PATH; install it, or run goscope where it is"
                .to_owned())
        );
    }
}
