//! `goscope cover merge`: one profile out of many, each block once. Tools that do not merge by themselves report wrong
//! percentages of a profile that `-coverpkg` wrote.

use super::gate::GateArgs;
use super::input::{CoverInput, Generated, repository_above};
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::report::coverage::cobertura::cobertura;
use crate::report::coverage::lcov::lcov;

/// Arguments of `goscope cover merge`.
#[derive(Debug, clap::Args)]
pub(super) struct MergeArgs {
    #[command(flatten)]
    cover: CoverInput,
    /// Write an lcov tracefile: genhtml, editors, Codecov and Coveralls read it
    #[arg(long, conflicts_with = "cobertura")]
    lcov: bool,
    /// Write Cobertura's XML: GitLab and Jenkins read it
    #[arg(long)]
    cobertura: bool,
    #[command(flatten)]
    gate: GateArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Writes the profile.
pub(super) fn run(args: &MergeArgs) -> Result<(), Failure> {
    let is_text = !args.lcov && !args.cobertura;
    if is_text && !args.gate.is_set() && !args.cover.scope.drops_generated(Generated::Keep) {
        // The source is not asked.
        let profile = args.cover.scope.load_profile(&args.cover.files)?;
        return args.output.write(|out| profile.write_text(out));
    }
    let loaded = args.cover.load(Generated::Keep)?;
    if is_text {
        args.output.write(|out| loaded.profile.write_text(out))?;
        return args.gate.check(&loaded.tree());
    }
    let tree = loaded.tree();
    let root = repository_above(&args.cover.scope.folder);
    let path_of = |name: &str| loaded.path_below(name, &root).into_owned();
    let text =
        if args.lcov { lcov(&tree, path_of) } else { cobertura(&tree, &root.to_string_lossy(), path_of) };
    args.output.write_text(&text)?;
    args.gate.check(&tree)
}
