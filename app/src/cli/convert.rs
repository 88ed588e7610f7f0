//! `goscope convert`: a profile or a trace in another tool's format.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::anyhow;
use clap::ValueEnum;
use goscope_analysis::profile::call_tree::call_tree;
use goscope_analysis::profile::stacks::select;
use goscope_analysis::report::{ReportOptions, callgrind_text, dot_text, proto, topproto};
use goscope_analysis::trace::load::model_of;
use goscope_flamegraph::folded::write_folded;
use goscope_parsers::interop::{write_firefox, write_otlp, write_speedscope};
use goscope_parsers::pprof::{Profile, write_profile_gzip};
use goscope_parsers::{FileBytes, FileKind, detect};
use goscope_store::write_parquet;

use super::args::QueryArgs;
use super::failure::{Failure, warn};
use super::input::InputArgs;
use super::output::OutputArgs;
use super::report::print;
use super::report_args::ReportArgs;
use crate::document::Source;
use crate::export::firefox_trace::write_firefox_trace;
use crate::export::perfetto::write_perfetto;
use crate::export::sample_rows::{write_csv, write_json};
use crate::export::whose_code::frame_category;
use crate::input_bytes::shown_name;
use crate::text::shell_word;

/// A format that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
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
    /// speedscope's JSON: all sample types, equal stacks merged
    Speedscope,
    /// A processed profile for profiler.firefox.com (JSON); of a trace the goroutines with their states
    Firefox,
    /// OpenTelemetry profiles as protobuf (OTLP, proto 1.10 and later)
    Otlp,
    /// A row per sample: values, labels, stack (RFC 4180)
    Csv,
    /// Samples with values, labels and frames (docs/json.md)
    Json,
    /// A row per sample and type in columns, for DuckDB, Polars and others: type, value, stack, labels
    Parquet,
    /// An execution trace for ui.perfetto.dev (protobuf): goroutines, Ps, tasks, who unblocked whom
    Perfetto,
}

/// Arguments of `goscope convert`.
#[derive(Debug, clap::Args)]
pub(super) struct ConvertArgs {
    /// Profile to read, or an execution trace for --to perfetto and firefox
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

/// Converts the file.
pub(super) fn run(args: &ConvertArgs) -> Result<(), Failure> {
    let bytes = args.input.open(&args.file)?;
    let is_trace = detect(&bytes).is_ok_and(|found| matches!(found.kind, FileKind::Trace { .. }));
    match (is_trace, args.to) {
        (true, Format::Perfetto | Format::Firefox) => return write_trace(args, &bytes),
        (true, _) => return Err(trace_is_no_profile(args)),
        (false, Format::Perfetto) => {
            let name = shown_name(&args.file);
            return Err(Failure::Usage(anyhow!(
                "{name}: a profile has no time line; Perfetto shows execution traces"
            )));
        }
        (false, _) => {}
    }
    let profile = args.input.profile_in(&args.file, &bytes)?;
    let options = args.report.options(&args.query);
    match args.to {
        Format::Folded => {
            let stacks = select(&profile, &args.query.query())?;
            warn(stacks.warnings());
            let tree = call_tree(&stacks);
            args.output.write(|out| write_folded(&tree, stacks.unit(), out))
        }
        Format::Topproto => {
            let (table, warnings) = topproto(&profile, &options)?;
            warn(&warnings);
            args.output.write(|out| write_profile_gzip(&table, out))
        }
        Format::Dot => print(&args.output, |out| dot_text(&profile.printable(), &options, out)),
        Format::Callgrind => print(&args.output, |out| callgrind_text(&profile.printable(), &options, out)),
        _ if options == ReportOptions::default() => write_whole(args, &profile),
        _ => {
            let (filtered, warnings) = proto(&profile, &options)?;
            warn(&warnings);
            write_whole(args, &filtered)
        }
    }
}

/// Writes an execution trace.
fn write_trace(args: &ConvertArgs, bytes: &FileBytes) -> Result<(), Failure> {
    let model = args.input.read_trace(&args.file, bytes, model_of)?;
    let problems = model.problems().len();
    if problems > 0 {
        warn(&[format!(
            "{problems} problems while reading: `goscope info` lists them; what is sound is written"
        )]);
    }
    // What its process is called: traces do not say which program it was.
    let name = Source::named(args.file.clone()).name();
    if args.to == Format::Perfetto {
        return args.output.write(|out| write_perfetto(&model, &name, out));
    }
    let mut n_left_out = 0;
    args.output.write(|out| {
        n_left_out = write_firefox_trace(&model, &name, out)?;
        Ok(())
    })?;
    if n_left_out > 0 {
        warn(&[format!(
            "{n_left_out} goroutines are left out, those that ran least: the viewer shows some hundred threads"
        )]);
    }
    Ok(())
}

fn trace_is_no_profile(args: &ConvertArgs) -> Failure {
    let name = shown_name(&args.file);
    let word = shell_word(&name);
    Failure::Usage(anyhow!(
        "{name} is an execution trace: it converts to perfetto and firefox; `goscope trace profile {word} --kind cpu -o cpu.pb.gz` makes a \
         profile of it first"
    ))
}

/// Writes all that is left of a profile.
fn write_whole(args: &ConvertArgs, profile: &Profile) -> Result<(), Failure> {
    let write: fn(&Profile, &mut dyn Write) -> io::Result<()> = match args.to {
        Format::Speedscope => write_speedscope,
        Format::Firefox => |profile, out| write_firefox(profile, &frame_category, out),
        Format::Otlp => write_otlp,
        Format::Csv => write_csv,
        Format::Json => write_json,
        Format::Parquet => write_parquet,
        _ => |profile, out| write_profile_gzip(profile, out),
    };
    if matches!(args.to, Format::Speedscope | Format::Firefox) {
        warn_of_lost_digits(profile);
    }
    args.output.write(|out| write(profile, out))
}

/// JavaScript's numbers are whole up to here.
const MAX_EXACT: u64 = 1 << 53;

fn warn_of_lost_digits(profile: &Profile) {
    let largest = profile.samples.all_values().iter().map(|value| value.unsigned_abs()).max();
    if largest.is_some_and(|largest| largest > MAX_EXACT) {
        warn(&["some values are above 2^53: the viewer, which runs in a browser, shows them without their last digits".to_owned()]);
    }
}
