//! `goscope tree`, `peek`, `list`, `traces`, `tags`, `comments` and `raw`: pprof's text reports.
//!
//! A report may be far larger than the profile, so it is written while it is made.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use goscope_analysis::profile::query::{QueryError, StackQuery};
use goscope_analysis::report::{
    MissingSource, ReportOptions, Warnings, annotated_source, comments_text, list_text, peek_text, raw_text,
    tags_text, traces_text, tree_text,
};
use goscope_parsers::pprof::Profile;

use super::args::QueryArgs;
use super::failure::{Failure, warn};
use super::input::InputArgs;
use super::output::OutputArgs;
use super::report_args::ReportArgs;
use super::source_page::write_source_page;
use crate::document::Document;

/// Arguments of a report on a whole profile.
#[derive(Debug, clap::Args)]
pub(super) struct WholeArgs {
    /// Profile to read
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    shared: SharedArgs,
}

impl WholeArgs {
    /// The profile.
    pub(super) fn document(&self) -> Result<Arc<Document>, Failure> {
        self.shared.input.document(&self.file)
    }

    /// The samples that are asked about.
    pub(super) fn stacks(&self) -> StackQuery {
        self.shared.query.query()
    }

    /// Where the report goes.
    pub(super) const fn output(&self) -> &OutputArgs {
        &self.shared.output
    }
}

/// Arguments of a report on functions by name.
#[derive(Debug, clap::Args)]
pub(super) struct NamedArgs {
    /// Functions to show: those whose name matches
    #[arg(value_name = "REGEX")]
    pattern: String,
    /// Profile to read
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    shared: SharedArgs,
}

/// Arguments of `goscope list`.
#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {
    /// Write a web page, in which inlined calls unfold (with -o FILE)
    #[arg(long)]
    html: bool,
    #[command(flatten)]
    named: NamedArgs,
}

#[derive(Debug, clap::Args)]
struct SharedArgs {
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    query: QueryArgs,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// A report on a whole profile.
#[derive(Clone, Copy, Debug)]
pub(super) enum Whole {
    Tree,
    Traces,
    Tags,
    Comments,
    Raw,
}

/// Prints a report on a whole profile.
pub(super) fn run_whole(report: Whole, args: &WholeArgs) -> Result<(), Failure> {
    let text = match report {
        Whole::Tree => tree_text,
        Whole::Traces => traces_text,
        Whole::Tags => tags_text,
        Whole::Comments => comments_text,
        Whole::Raw => raw_text,
    };
    args.shared.print(&args.file, |profile, options, out| text(profile, options, out))
}

/// Prints functions between their callers and callees.
pub(super) fn run_peek(args: &NamedArgs) -> Result<(), Failure> {
    args.shared.print(&args.file, |profile, options, out| peek_text(profile, options, &args.pattern, out))
}

/// Prints the source of functions.
pub(super) fn run_list(ListArgs { html, named }: &ListArgs) -> Result<(), Failure> {
    let NamedArgs { pattern, file, shared } = named;
    let sources = shared.report.source_finder();
    if !html {
        return shared
            .print(file, |profile, options, out| list_text(profile, options, pattern, &sources, out));
    }
    let profile = shared.input.profile(file)?;
    let profile = profile.printable();
    let (source, warnings) = annotated_source(&profile, &shared.report.options(&shared.query), pattern)?;
    warn(&warnings);
    shared.output.write(|out| write_source_page(&source, pattern, &sources, out))
}

impl SharedArgs {
    fn print(
        &self,
        file: &Path,
        text: impl FnOnce(&Profile, &ReportOptions, &mut dyn fmt::Write) -> Result<Warnings, QueryError>,
    ) -> Result<(), Failure> {
        let profile = self.input.profile(file)?;
        let profile = profile.printable();
        let options =
            ReportOptions { missing_source: MissingSource::Values, ..self.report.options(&self.query) };
        print(&self.output, |out| text(&profile, &options, out))
    }
}

/// Writes a report to its target, then its warnings. A report that fails replaces no file.
pub(super) fn print(
    output: &OutputArgs,
    text: impl FnOnce(&mut dyn fmt::Write) -> Result<Warnings, QueryError>,
) -> Result<(), Failure> {
    let mut said = Ok(Warnings::new());
    let written = output.write(|out| {
        let mut sink = Sink { out, failure: None };
        said = text(&mut sink);
        match (sink.failure, &said) {
            (Some(failure), _) => Err(failure),
            (None, Err(_)) => Err(io::Error::other("there is no report")),
            (None, Ok(_)) => Ok(()),
        }
    });
    match said {
        Ok(warnings) => warn(&warnings),
        Err(QueryError::Write(_)) => {}
        Err(error) => return Err(error.into()),
    }
    written
}

/// Writes text to bytes; keeps the error of a failed write.
struct Sink<'o> {
    out: &'o mut dyn Write,
    failure: Option<io::Error>,
}

impl fmt::Write for Sink<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.out.write_all(text.as_bytes()).map_err(|error| {
            self.failure = Some(error);
            fmt::Error
        })
    }
}
