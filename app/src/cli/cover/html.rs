//! `goscope cover html`: one page with the source.

use super::gate::GateArgs;
use super::input::{CoverInput, Generated};
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::report::coverage::html::coverage_html;

/// Arguments of `goscope cover html`.
#[derive(Debug, clap::Args)]
pub(super) struct HtmlArgs {
    #[command(flatten)]
    cover: CoverInput,
    #[command(flatten)]
    gate: GateArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Writes the page.
pub(super) fn run(args: &HtmlArgs) -> Result<(), Failure> {
    let loaded = args.cover.load(Generated::Keep)?;
    let tree = loaded.tree();
    let page = coverage_html(&tree, &loaded.profile, |name| loaded.found.text(name));
    args.output.write_text(&page)?;
    args.gate.check(&tree)
}
