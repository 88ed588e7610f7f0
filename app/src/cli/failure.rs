//! How a command ends: the exit code for scripts and the sentence for people; and the warnings on the way.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use goscope_analysis::profile::query::QueryError;
use goscope_parsers::{ParseError, printable, printable_lines};
use goscope_store::StoreError;

use crate::input_bytes::shown_name;
use crate::notice::Notice;
use crate::query::QuestionError;
use crate::run_notes::NotesError;
use crate::store_input::store_error;

/// How a command ends that Ctrl-C ended: 128 and the number of the signal, as shells have it.
pub(super) const STOPPED: u8 = 130;

/// Why a command failed; each kind has its exit code.
#[derive(Debug)]
pub(super) enum Failure {
    /// The command line asks for something that does not exist or cannot be (2).
    Usage(anyhow::Error),
    /// The input cannot be read (3).
    Input(anyhow::Error),
    /// There is not enough data to decide (4).
    NoData(anyhow::Error),
    /// A gate did not pass, and what has been written says why: a regression (1), nothing captured (3) or compared (4),
    /// Ctrl-C (130).
    Gate(u8),
    /// The reader of the output closed it; this is not an error (0).
    BrokenPipe,
}

impl Failure {
    /// Prints on standard error what is wrong, and returns the exit code.
    pub(super) fn report(self) -> ExitCode {
        let (code, error) = match self {
            Self::Usage(error) => (2, error),
            Self::Input(error) => (3, error),
            Self::NoData(error) => (4, error),
            Self::Gate(code) => return ExitCode::from(code),
            Self::BrokenPipe => return ExitCode::SUCCESS,
        };
        // What a compiler said has lines of its own; `say` keeps them.
        say(&format!("goscope: {}", sentence(&error).replace('\r', "\\r")));
        ExitCode::from(code)
    }

    /// What is wrong, in a sentence; empty where there is none.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::Usage(error) | Self::Input(error) | Self::NoData(error) => sentence(error),
            Self::Gate(_) | Self::BrokenPipe => String::new(),
        }
    }

    /// A file that cannot be parsed.
    pub(super) fn from_parse(error: ParseError, path: &Path) -> Self {
        if let Some(error) = store_error(&error) {
            return Self::from_store(error);
        }
        Self::Input(anyhow::Error::new(error).context(printable(&shown_name(path)).into_owned()))
    }

    /// A store that cannot be read or written, or has not what was asked for.
    pub(super) fn from_store(error: &StoreError) -> Self {
        let sentence = anyhow::anyhow!("{error}");
        match error {
            StoreError::Usage(_) => Self::Usage(sentence),
            StoreError::Empty(_) => Self::NoData(sentence),
            StoreError::Io { .. }
            | StoreError::Damaged { .. }
            | StoreError::Server(_)
            | StoreError::Busy(_) => Self::Input(sentence),
        }
    }

    /// A write that failed: [`Self::BrokenPipe`] if the reader closed the pipe, else an error that names the target.
    pub(super) fn from_write(error: io::Error, target: &str) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::BrokenPipe;
        }
        Self::Usage(anyhow::Error::new(error).context(format!("cannot write {target}")))
    }
}

/// Prints on standard error what a query could not use, such as filters without a match; the report is still printed.
pub(super) fn warn(warnings: &[String]) {
    for warning in warnings {
        say(&format!("goscope: {}", printable(warning)));
    }
}

/// Prints on standard error what opening an input tells.
pub(super) fn tell(notice: Notice<'_>) {
    match notice {
        Notice::Waiting(text) => say(text),
        Notice::Lost(text) => warn(&[text.to_owned()]),
    }
}

/// Prints on standard error, which standard output is kept free of, for somebody who waits or wonders. That nobody reads it is
/// no reason to fail.
pub(super) fn say(message: &str) {
    let _ = writeln!(io::stderr(), "{}", printable_lines(message));
}

/// An error with its causes. Many errors already include their cause or the file, so repeated parts are left out.
pub(super) fn sentence(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if cause.starts_with(&text) {
            text = cause;
        } else if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

impl From<QuestionError> for Failure {
    fn from(error: QuestionError) -> Self {
        Self::Usage(error.into())
    }
}

impl From<NotesError> for Failure {
    fn from(error: NotesError) -> Self {
        match error {
            NotesError::Wrong(_) => Self::Usage(error.into()),
            NotesError::Unreadable(_) => Self::Input(error.into()),
        }
    }
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        Self::Usage(error.into())
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;
    use goscope_parsers::FileBytes;

    use super::sentence;

    #[test]
    fn a_missing_file_is_named_once_with_one_reason() {
        let error =
            FileBytes::open("/no/such/file").context("/no/such/file").map(|_| ()).expect_err("missing");
        assert_eq!(sentence(&error), "/no/such/file: No such file or directory (os error 2)");
    }

    #[test]
    fn causes_stand_behind_what_they_caused() {
        let error = anyhow::anyhow!("disk full").context("cannot write a.txt");
        assert_eq!(sentence(&error), "cannot write a.txt: disk full");
    }
}
