//! Makes one report: turns settings into options of the analysis, and writes the result to its target.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};

use goscope_analysis::profile::call_tree::{call_tree, wide_tree};
use goscope_analysis::profile::direction::Direction;
use goscope_analysis::profile::frame::Granularity;
use goscope_analysis::profile::query::{Filters, Inlines, QueryError, StackQuery};
use goscope_analysis::profile::stacks::{Stacks, select};
use goscope_analysis::profile::top::SortOrder;
use goscope_analysis::report::{
    LabelOptions, MissingSource, Percentages, ReportOptions, SourcePaths, Warnings, annotated_source,
    callgrind_text, comments_text, dot_text, list_text, peek_text, proto, raw_text, tags_text, top_text,
    topproto, traces_text, tree_text,
};
use goscope_flamegraph::folded::write_folded;
use goscope_flamegraph::layout::Orientation;
use goscope_flamegraph::svg::{SvgOptions, write_svg};
use goscope_parsers::pprof::{Profile, write_profile_gzip};

use super::commands::Format;
use super::flags::{Inputs, Report};
use super::outlet::Outlet;
use super::settings::{Mode, Settings};
use super::window;
use crate::cli::failure::{Failure, warn};
use crate::cli::source_page::write_source_page;
use crate::source::SourceFinder;

/// Makes reports of one profile.
pub(super) struct Reporter<'a> {
    pub(super) profile: &'a Profile,
    pub(super) inputs: &'a Inputs,
    pub(super) mode: Mode,
}

impl Reporter<'_> {
    /// Makes a report and writes it to its target.
    pub(super) fn run(&self, report: &Report, settings: &Settings) -> Result<(), Failure> {
        match report.command.format {
            Format::Elsewhere(reason) => {
                return Err(Failure::Usage(anyhow::anyhow!("{}: {reason}", report.command.name)));
            }
            Format::Window => return window::open(self.profile, self.inputs, self.mode),
            _ => {}
        }
        let outlet = Outlet::of(report.command, settings, self.mode)?;
        let mut failure = None;
        let mut warnings = Warnings::new();
        let written = outlet.write(|out| {
            // An error in the question is not an error of the output: it is kept for later.
            match self.write(report, settings, out) {
                Ok(more) => warnings = more,
                Err(Unwritten::Output(error)) => return Err(error),
                Err(Unwritten::Question(error)) => {
                    let message = error.to_string();
                    failure = Some(Failure::from(error));
                    return Err(io::Error::other(message));
                }
            }
            Ok(())
        });
        match failure {
            Some(failure) => Err(failure),
            None => {
                warn(&warnings);
                written
            }
        }
    }

    fn write(
        &self,
        report: &Report,
        settings: &Settings,
        out: &mut dyn Write,
    ) -> Result<Warnings, Unwritten> {
        let options = report_options(settings);
        let pattern = report.pattern.as_deref().unwrap_or_default();
        // Profiles are written as they are, and folded stacks escape by their own rules; all else is looked at.
        let is_kept = matches!(report.command.format, Format::Proto | Format::TopProto | Format::Folded);
        let shown = if is_kept { Cow::Borrowed(self.profile) } else { self.profile.printable() };
        let profile = &*shown;
        match report.command.format {
            Format::Text => text(out, |out| top_text(profile, &options, out)),
            Format::Tree if report.command.has_pattern => {
                text(out, |out| peek_text(profile, &options, pattern, out))
            }
            Format::Tree => text(out, |out| tree_text(profile, &options, out)),
            Format::Comments => text(out, |out| comments_text(profile, &options, out)),
            Format::Folded => {
                let stacks = select(profile, &options.query)?;
                write_folded(&call_tree(&stacks), stacks.unit(), out)?;
                Ok(stacks.warnings().to_vec())
            }
            Format::Svg => {
                let stacks = select(profile, &options.query)?;
                let options = flame_graph_options(&stacks);
                let tree = wide_tree(&stacks, Direction::TopDown, options.min_width_percent);
                write_svg(&tree, &options, out)?;
                Ok(stacks.warnings().to_vec())
            }
            Format::Traces => text(out, |out| traces_text(profile, &options, out)),
            Format::Tags => text(out, |out| tags_text(profile, &options, out)),
            Format::Raw => text(out, |out| raw_text(profile, &options, out)),
            Format::Proto => {
                let (profile, warnings) = proto(profile, &options)?;
                write_profile_gzip(&profile, out)?;
                Ok(warnings)
            }
            Format::TopProto => {
                let (profile, warnings) = topproto(profile, &options)?;
                write_profile_gzip(&profile, out)?;
                Ok(warnings)
            }
            Format::Dot | Format::Picture(_) => text(out, |out| dot_text(profile, &options, out)),
            Format::Callgrind => text(out, |out| callgrind_text(profile, &options, out)),
            Format::List => {
                let sources = source_finder(settings);
                text(out, |out| list_text(profile, &options, pattern, &sources, out))
            }
            Format::Weblist => {
                let (source, warnings) = annotated_source(profile, &options, pattern)?;
                write_source_page(&source, pattern, &source_finder(settings), out)?;
                Ok(warnings)
            }
            // `run` has handled these.
            Format::Window | Format::Elsewhere(_) => Ok(Warnings::new()),
        }
    }
}

/// The lines above every report, which describe the profile.
pub(super) fn profile_labels(profile: &Profile, settings: &Settings) -> Option<String> {
    let settings =
        Settings { compact_labels: false, nodecount: 1, unit: "auto".to_owned(), ..settings.clone() };
    let mut text = String::new();
    top_text(&profile.printable(), &report_options(&settings), &mut text).ok()?;
    let is_label = |line: &&str| !line.starts_with("Showing nodes") && *line != "Active filters:";
    Some(text.lines().take_while(is_label).collect::<Vec<_>>().join("\n"))
}

/// Why a report was not written.
enum Unwritten {
    Question(QueryError),
    Output(io::Error),
}

impl From<QueryError> for Unwritten {
    fn from(error: QueryError) -> Self {
        Self::Question(error)
    }
}

impl From<io::Error> for Unwritten {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Lets a report write text to a writer of bytes.
fn text(
    out: &mut dyn Write,
    report: impl FnOnce(&mut dyn fmt::Write) -> Result<Warnings, QueryError>,
) -> Result<Warnings, Unwritten> {
    let mut sink = TextSink { out, error: None };
    let result = report(&mut sink);
    match sink.error {
        Some(error) => Err(Unwritten::Output(error)),
        None => Ok(result?),
    }
}

/// A writer of bytes as a writer of text, with the error that `fmt` cannot carry.
struct TextSink<'a> {
    out: &'a mut dyn Write,
    error: Option<io::Error>,
}

impl fmt::Write for TextSink<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.out.write_all(text.as_bytes()).map_err(|error| {
            self.error = Some(error);
            fmt::Error
        })
    }
}

/// The settings as options of the analysis.
fn report_options(settings: &Settings) -> ReportOptions {
    let given = |text: &String| (!text.is_empty()).then(|| text.clone());
    let list = |text: &String| {
        let paths = std::env::split_paths(text).map(|path| path.display().to_string());
        paths.filter(|path| !path.is_empty()).collect()
    };
    ReportOptions {
        query: StackQuery {
            sample_type: given(&settings.sample_index),
            granularity: granularity(&settings.granularity),
            inlines: if settings.noinlines { Inlines::Hide } else { Inlines::Show },
            filters: Filters {
                focus: given(&settings.focus),
                ignore: given(&settings.ignore),
                hide: given(&settings.hide),
                show: given(&settings.show),
                show_from: given(&settings.show_from),
                prune_from: given(&settings.prune_from),
                tag_focus: given(&settings.tagfocus),
                tag_ignore: given(&settings.tagignore),
                labels: Vec::new(),
            },
        },
        labels: LabelOptions {
            show: given(&settings.tagshow),
            hide: given(&settings.taghide),
            root: given(&settings.tagroot),
            leaf: given(&settings.tagleaf),
        },
        sort: if settings.sort == "cum" { SortOrder::Cum } else { SortOrder::Flat },
        node_count: (settings.nodecount != -1).then(|| usize::try_from(settings.nodecount).unwrap_or(0)),
        node_fraction: settings.nodefraction,
        edge_fraction: settings.edgefraction,
        trim: settings.trim,
        unit: settings.unit.clone(),
        divide_by: settings.divide_by,
        mean: settings.mean,
        relative_percentages: settings.relative_percentages,
        call_tree: settings.call_tree,
        drop_negative: settings.drop_negative,
        compact_labels: settings.compact_labels,
        show_columns: settings.showcolumns,
        percentages: if settings.signed_percentages { Percentages::Signed } else { Percentages::Unsigned },
        paths: SourcePaths { trim: list(&settings.trim_path), search: list(&settings.source_path) },
        missing_source: MissingSource::Reason,
    }
}

fn granularity(name: &str) -> Granularity {
    match name {
        "filefunctions" => Granularity::FileFunctions,
        "files" => Granularity::Files,
        "lines" => Granularity::Lines,
        "addresses" => Granularity::Addresses,
        _ => Granularity::Functions,
    }
}

fn flame_graph_options(stacks: &Stacks<'_>) -> SvgOptions {
    SvgOptions {
        title: stacks.kind().to_owned(),
        unit: stacks.unit().to_owned(),
        total: Some(stacks.total()),
        orientation: Orientation::Icicle,
        ..SvgOptions::default()
    }
}

fn source_finder(settings: &Settings) -> SourceFinder {
    SourceFinder::of_user(&settings.source_path, &settings.trim_path)
}
