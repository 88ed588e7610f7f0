//! A verdict in the formats that are asked for, and the exit code of the gate: the same for profiles and traces.

use std::path::PathBuf;

use goscope_analysis::verdict::Verdict;

use super::args::{DiffArgs, is_printed};
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::report::junit::verdict_junit;
use crate::report::markdown::verdict_markdown;
use crate::report::text::verdict_text;

/// Makes the page, which costs more than the other formats.
pub(super) type Page<'a> = &'a dyn Fn() -> Result<String, Failure>;

/// Prints the format that has no file of its own, or text.
pub(super) fn print(args: &DiffArgs, verdict: &Verdict, page: Page<'_>) -> Result<(), Failure> {
    let formats = &args.formats;
    let text = if is_printed(formats.markdown.as_deref()) {
        verdict_markdown(verdict)
    } else if is_printed(formats.junit.as_deref()) {
        verdict_junit(verdict)
    } else if is_printed(formats.html.as_deref()) {
        page()?
    } else {
        verdict_text(verdict, formats.nodecount)
    };
    args.output.write_text(&text)
}

/// Writes the files beside what was printed, and ends as the gate says.
pub(super) fn finish(args: &DiffArgs, verdict: &Verdict, page: Page<'_>) -> Result<(), Failure> {
    let write = |file: &Option<PathBuf>, text: Page<'_>| match file {
        Some(file) if !is_printed(Some(file)) => {
            OutputArgs { output: Some(file.clone()) }.write_text(&text()?)
        }
        _ => Ok(()),
    };
    write(&args.formats.markdown, &|| Ok(verdict_markdown(verdict)))?;
    write(&args.formats.junit, &|| Ok(verdict_junit(verdict)))?;
    write(&args.formats.html, page)?;
    match verdict.exit_status() {
        code if code != 0 && args.gate.is_set() => Err(Failure::Gate(code)),
        _ => Ok(()),
    }
}
