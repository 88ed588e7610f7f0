//! `goscope convert`: a profile in another tool's format.

use std::path::PathBuf;

use clap::ValueEnum;
use goscope_analysis::profile::call_tree::call_tree;
use goscope_analysis::profile::stacks::select;
use goscope_flamegraph::folded::write_folded;
use goscope_parsers::pprof::write_profile_gzip;

use super::args::QueryArgs;
use super::failure::Failure;
use super::input::InputArgs;
use super::output::OutputArgs;
use super::warn;

/// A format that can be written.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// One line a stack, `outer;inner 12`: what flame graph scripts read
    Folded,
    /// profile.proto, gzipped: what `go tool pprof` reads; the whole profile, filters are not applied
    Pprof,
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
    query: QueryArgs,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Writes the other format.
pub(super) fn run(args: &ConvertArgs) -> Result<(), Failure> {
    let profile = args.input.profile(&args.file)?;
    match args.to {
        Format::Folded => {
            let stacks = select(&profile, &args.query.query())?;
            warn(stacks.warnings());
            let tree = call_tree(&stacks);
            args.output.write(|out| write_folded(&tree, out))
        }
        Format::Pprof => {
            args.query.refuse_all("convert --to pprof writes the whole profile")?;
            args.output.write(|out| write_profile_gzip(&profile, out))
        }
    }
}
