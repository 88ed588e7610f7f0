//! The arguments of reports that print places in the source.

use super::gate::GateArgs;
use super::input::CoverInput;
use crate::cli::output::OutputArgs;

/// Arguments of `goscope cover func` and `goscope cover lines`.
#[derive(Debug, clap::Args)]
pub(super) struct ReportArgs {
    #[command(flatten)]
    pub(super) cover: CoverInput,
    /// Print JSON: the tree of `goscope cover tree --json`
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) gate: GateArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}
