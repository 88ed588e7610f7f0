//! What examples on one trace have in common: a file as argument, its model, lines as output.

use std::process::ExitCode;

use goscope_analysis::trace::load::model_of;
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::trace::{TraceContent, TraceOptions};
use goscope_parsers::{FileBytes, ParseError};

/// Does something with the file that is named on the command line.
pub(crate) fn with_file(
    example: &str,
    print_about: impl FnOnce(&FileBytes) -> Result<(), ParseError>,
) -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        return fail(&format!("usage: {example} FILE"));
    };
    match FileBytes::open(&path).and_then(|file| print_about(&file)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

/// The model of a trace.
pub(crate) fn model_in(file: &FileBytes) -> Result<TraceModel, ParseError> {
    model_of(TraceContent::new(file, u64::MAX, None)?.reader(&TraceOptions::default())?)
}

#[expect(clippy::print_stdout, reason = "printing is what this program is for")]
pub(crate) fn print(line: &str) {
    println!("{line}");
}

#[expect(clippy::print_stderr, reason = "printing is what this program is for")]
fn fail(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::FAILURE
}
