//! `goscope trace footprint`: how many bytes of the file each type of event takes.

use std::path::PathBuf;

use goscope_parsers::trace::footprint;

use super::problems::warn_of;
use crate::cli::failure::Failure;
use crate::cli::input::InputArgs;
use crate::cli::output::OutputArgs;

/// Arguments of `goscope trace footprint`.
#[derive(Debug, clap::Args)]
pub(super) struct FootprintArgs {
    /// Trace to read
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints the table.
pub(super) fn run(args: &FootprintArgs) -> Result<(), Failure> {
    let file = args.input.open(&args.file)?;
    let content = args.input.trace(&args.file, &file)?;
    let footprint = footprint(&content).map_err(|error| Failure::from_parse(error, &args.file))?;
    args.output.write_text(&footprint.text())?;
    let problems: Vec<_> = content.cut().cloned().into_iter().chain(footprint.problems).collect();
    warn_of(&problems);
    Ok(())
}
