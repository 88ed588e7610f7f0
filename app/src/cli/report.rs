//! `goscope tree`, `peek`, `list`, `traces`, `tags`, `comments` and `raw`: pprof's texts of one profile.
//!
//! A text may be far larger than the profile, so it goes out as it comes.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use goscope_analysis::profile::query::QueryError;
use goscope_analysis::report::{
    MissingSource, ReportOptions, SourceLines, Warnings, comments_text, list_text, peek_text, raw_text,
    tags_text, traces_text, tree_text,
};
use goscope_parsers::pprof::Profile;

use super::args::QueryArgs;
use super::failure::Failure;
use super::input::InputArgs;
use super::output::OutputArgs;
use super::report_args::ReportArgs;
use super::warn;

/// Arguments of a report on a whole profile.
#[derive(Debug, clap::Args)]
pub(super) struct WholeArgs {
    /// Profile to read
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    shared: SharedArgs,
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

/// A report on functions by name.
#[derive(Clone, Copy, Debug)]
pub(super) enum Named {
    Peek,
    List,
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

/// Prints a report on functions by name.
pub(super) fn run_named(report: Named, args: &NamedArgs) -> Result<(), Failure> {
    let sources = SourceFolders(args.shared.report.source_folders());
    args.shared.print(&args.file, |profile, options, out| match report {
        Named::Peek => peek_text(profile, options, &args.pattern, out),
        Named::List => list_text(profile, options, &args.pattern, &sources, out),
    })
}

impl SharedArgs {
    fn print(
        &self,
        file: &Path,
        text: impl FnOnce(&Profile, &ReportOptions, &mut dyn fmt::Write) -> Result<Warnings, QueryError>,
    ) -> Result<(), Failure> {
        let profile = self.input.profile(file)?;
        let options =
            ReportOptions { missing_source: MissingSource::Values, ..self.report.options(&self.query) };
        print(&self.output, |out| text(&profile, &options, out))
    }
}

/// Writes a report where it shall go, and its warnings. A report that cannot be made replaces no file.
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

/// Text into bytes; keeps why the bytes could not be written.
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

/// Source files by the path in the profile, or below some folders and those above them.
struct SourceFolders(Vec<PathBuf>);

impl SourceLines for SourceFolders {
    fn lines(&self, path: &str) -> Result<Vec<String>, String> {
        let relative = Path::new(path.trim_start_matches('/'));
        let below = self.0.iter().flat_map(|folder| folder.ancestors()).map(|folder| folder.join(relative));
        let mut places = std::iter::once(PathBuf::from(path)).chain(below);
        let text = places.find_map(|place| std::fs::read(place).ok());
        let text = text.ok_or_else(|| format!("could not find file {path}"))?;
        Ok(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect())
    }
}
