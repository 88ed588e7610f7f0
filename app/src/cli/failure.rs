//! How a command ends: the exit code that scripts see and the one sentence that people read.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use goscope_analysis::profile::query::QueryError;
use goscope_parsers::ParseError;

/// Why a command could not do what was asked; each kind has its exit code.
#[derive(Debug)]
pub(super) enum Failure {
    /// The command line asks for something that does not exist or cannot be (2).
    Usage(anyhow::Error),
    /// The input cannot be read (3).
    Input(anyhow::Error),
    /// There is not enough data to decide (4).
    NoData(anyhow::Error),
    /// The reader of our output went away: nobody left to tell, so not an error (0).
    BrokenPipe,
}

impl Failure {
    /// The exit code, after saying on standard error what is wrong.
    #[expect(clippy::print_stderr, reason = "the one place where a command's failure is printed")]
    pub(super) fn report(self) -> ExitCode {
        let (code, error) = match self {
            Self::Usage(error) => (2, error),
            Self::Input(error) => (3, error),
            Self::NoData(error) => (4, error),
            Self::BrokenPipe => return ExitCode::SUCCESS,
        };
        eprintln!("goscope: {error:#}");
        ExitCode::from(code)
    }

    /// What is wrong, in a sentence; empty if nobody is left to be told.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::Usage(error) | Self::Input(error) | Self::NoData(error) => format!("{error:#}"),
            Self::BrokenPipe => String::new(),
        }
    }

    /// A file that cannot be read as what it is taken for.
    pub(super) fn from_parse(error: ParseError, path: &Path) -> Self {
        Self::Input(anyhow::Error::new(error).context(path.display().to_string()))
    }

    /// A write that failed: success if the reader is gone, else the fault of the given target.
    pub(super) fn from_write(error: io::Error, target: &str) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::BrokenPipe;
        }
        Self::Usage(anyhow::Error::new(error).context(format!("cannot write {target}")))
    }
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        Self::Usage(error.into())
    }
}
