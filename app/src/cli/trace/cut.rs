//! `goscope trace cut`: a range of a trace as a smaller trace.

use std::io::{self, IsTerminal as _};

use goscope_parsers::trace::CutError;

use super::problems::warn_of;
use super::read::ReadArgs;
use crate::cli::failure::{Failure, say, warn};
use crate::cli::output::OutputArgs;
use crate::export::trace_range::{WrittenRange, write_range};
use crate::input_bytes::shown_name;

const MORE_HELP: &str = "\
The new trace has exactly the events of the range, and begins with the state of
everything that lives then, so `go tool trace` opens it, too. Two things cannot
be told at its begin: why a goroutine waits, and what a task or region that had
begun is called. It begins a little earlier where the world was stopped at the
moment asked for, or where the clocks of threads disagree. Of a damaged trace it has what Go's own reader reads. Traces of
Go 1.21 and older cannot be cut.

Examples:
  goscope trace cut trace.out --range 1.2s..1.4s -o part.out
  goscope trace cut trace.out task:125 -o slow.out      all that happened meanwhile
  goscope trace cut trace.out --range 1.2s.. | gzip > part.out.gz";

/// Arguments of `goscope trace cut`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct CutArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Writes the trace.
pub(super) fn run(args: &CutArgs) -> Result<(), Failure> {
    if !args.read.is_narrowed() {
        return Err(args.read.wrong_usage("which part of it? Say --range 1.2s..1.4s, or task:51"));
    }
    if args.output.is_standard_output() && io::stdout().is_terminal() {
        return Err(args.read.wrong_usage("a trace is not for a terminal: write it to a file with -o"));
    }
    let (file, times, note) = args.read.opened_at()?;
    warn(note.as_slice());
    let range = (times.begin_nanos, times.end_nanos.map_or(i64::MAX, |end| end.saturating_sub(1)));
    let written = args.read.input.with_trace(&args.read.file, &file, |content, progress| {
        let mut result = None;
        let output =
            args.output.write(|out| match result.insert(write_range(content, range, progress, out)) {
                Ok(_) => Ok(()),
                // What was written so far is thrown away.
                Err(CutError::Write(error)) => Err(io::Error::new(error.kind(), error.to_string())),
                Err(_) => Err(io::Error::other("nothing was cut out")),
            });
        match result {
            Some(Err(error)) if !matches!(error, CutError::Write(_)) => Err(args.failure(error)),
            Some(Ok(written)) => output.map(|()| written),
            _ => output.and(Err(args.read.no_data("nothing was cut out"))),
        }
    })??;
    tell(&written, range.0, &shown_name(&args.read.file));
    Ok(())
}

/// Standard output may be the trace.
fn tell(written: &WrittenRange, wanted_nanos: i64, file: &str) {
    written.summary(wanted_nanos, file).iter().for_each(|line| say(line));
    warn_of(&written.cut.problems);
}

impl CutArgs {
    fn failure(&self, error: CutError) -> Failure {
        match error {
            CutError::Parse(error) => Failure::from_parse(error, &self.read.file),
            CutError::TooOld(_) => self.read.wrong_usage(&error.to_string()),
            CutError::Nothing(_) | CutError::Empty | CutError::Write(_) => {
                self.read.no_data(&error.to_string())
            }
        }
    }
}
