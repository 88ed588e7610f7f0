//! `goscope convert`: a profile in another tool's format.

use std::path::PathBuf;

use clap::ValueEnum;
use goscope_analysis::profile::call_tree::call_tree;
use goscope_analysis::profile::stacks::select;
use goscope_analysis::report::{ReportOptions, callgrind_text, dot_text, proto, topproto};
use goscope_flamegraph::folded::write_folded;
use goscope_parsers::pprof::write_profile_gzip;

use super::args::QueryArgs;
use super::failure::{Failure, warn};
use super::input::InputArgs;
use super::output::OutputArgs;
use super::report::print;
use super::report_args::ReportArgs;

/// A format that can be written.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// One line per stack, `outer;inner 12`, as flame graph scripts read it
    Folded,
    /// profile.proto, gzipped, as `go tool pprof` reads it; without filters the whole profile unchanged
    Pprof,
    /// The table of functions as profile.proto: one sample per function, with cum and flat
    Topproto,
    /// The call graph for Graphviz
    Dot,
    /// The whole call graph for KCachegrind
    Callgrind,
}

/// Arguments of `goscope convert`.
#[derive(Debug, clap::Args)]
pub(super) struct ConvertArgs {
    /// Profile to read
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Format to write
    #[arg(long, value_enum, value_name = "FORMAT")]
    to: Format,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    query: QueryArgs,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Converts the profile.
pub(super) fn run(args: &ConvertArgs) -> Result<(), Failure> {
    let profile = args.input.profile(&args.file)?;
    let options = args.report.options(&args.query);
    match args.to {
        Format::Folded => {
            let stacks = select(&profile, &args.query.query())?;
            warn(stacks.warnings());
            let tree = call_tree(&stacks);
            args.output.write(|out| write_folded(&tree, stacks.unit(), out))
        }
        Format::Pprof if options == ReportOptions::default() => {
            args.output.write(|out| write_profile_gzip(&profile, out))
        }
        Format::Pprof => {
            let (filtered, warnings) = proto(&profile, &options)?;
            warn(&warnings);
            args.output.write(|out| write_profile_gzip(&filtered, out))
        }
        Format::Topproto => {
            let (table, warnings) = topproto(&profile, &options)?;
            warn(&warnings);
            args.output.write(|out| write_profile_gzip(&table, out))
        }
        Format::Dot => print(&args.output, |out| dot_text(&profile, &options, out)),
        Format::Callgrind => print(&args.output, |out| callgrind_text(&profile, &options, out)),
    }
}
