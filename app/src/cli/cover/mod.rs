//! `goscope cover`: what of a Go program its tests ran.
//!
//! Every report takes text profiles (`go test -coverprofile`), folders of `GOCOVERDIR`, or several of both, and adds them up.

mod diff;
mod func;
mod gate;
mod html;
mod input;
mod lines;
mod merge;
mod report_args;
mod tree;

use super::failure::Failure;

const MORE_HELP: &str = "\
Examples:
  goscope cover func cover.out                     the report of `go tool cover -func`
  goscope cover tree --depth file cover.out        modules, packages and files
  goscope cover html cover.out -o cover.html       one page with the source
  goscope cover merge unit.out covdata/ -o all.out one profile, each block once
  goscope cover merge --lcov cover.out -o lcov.info
  goscope cover diff origin/main cover.out --min 90

Exit codes: 0 success, 1 coverage is below --min, 2 wrong usage, 3 unreadable input.";

/// Arguments of `goscope cover`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct CoverArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print the coverage of each function, as `go tool cover -func`
    Func(report_args::ReportArgs),
    /// Print coverage as a tree: modules, packages, files, functions
    Tree(tree::TreeArgs),
    /// Print the lines that did not run
    Lines(report_args::ReportArgs),
    /// Write one page with the source and how often each line ran
    Html(html::HtmlArgs),
    /// Add up profiles and write them as one; also as lcov or Cobertura
    Merge(merge::MergeArgs),
    /// Print the changed lines that did not run
    Diff(diff::DiffArgs),
}

/// Runs a subcommand.
pub(super) fn run(args: &CoverArgs) -> Result<(), Failure> {
    match &args.command {
        Command::Func(args) => func::run(args),
        Command::Tree(args) => tree::run(args),
        Command::Lines(args) => lines::run(args),
        Command::Html(args) => html::run(args),
        Command::Merge(args) => merge::run(args),
        Command::Diff(args) => diff::run(args),
    }
}

pub(super) use input::{Generated, Scope};
pub(super) use tree::{Depth, tree_text};
