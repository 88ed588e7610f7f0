//! `goscope bench`: runs benchmarks, compares them with a commit, and says which functions made them slower; or says so of
//! what was recorded by hand.
//!
//! ```text
//! run       the process: packages, binaries, rounds, verdict, explanations
//! side      the work tree and the base's       binaries  go list, go test -c
//! listing   sub-benchmarks by running once     rounds    runs in turns, and under a profile
//! explain   files that were recorded by hand   recorded  which file is what
//! ```

mod args;
mod binaries;
mod explain;
mod listing;
mod progress;
mod recorded;
mod rounds;
mod run;
mod side;
mod stopped;

use super::failure::Failure;

const MORE_HELP: &str = "\
Each benchmark and side runs --count times, in turns, as a process of its own in its package's folder, with the same number \
of iterations on both sides. --base REF is checked out into a temporary folder, which is removed again; the head is this work \
tree as it is. What changed significantly then runs under a CPU profile, and the functions that explain it are told.

Ctrl-C ends it with the rounds that are complete, and exit code 130.

Examples:
  goscope bench ./codec --base main
  goscope bench ./... --bench Encode --base HEAD~1 --count 20 -o runs
  goscope bench --bench '^BenchmarkEncode$' --time 100ms -- -tags purego
  goscope bench explain new.txt new.cpu.pb.gz --base old.txt old.cpu.pb.gz

Exit codes: 0 success, 1 a benchmark got worse (with --fail-on) or is broken, 2 wrong usage, 3 a package does not build or git
does not know the commit, 4 nothing can be compared.";

/// Arguments of `goscope bench`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP, args_conflicts_with_subcommands = true)]
pub(super) struct BenchArgs {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: args::RunArgs,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Say which functions made a benchmark slower, from its output and CPU profile
    Explain(Box<explain::ExplainArgs>),
}

/// Runs benchmarks, or a subcommand.
pub(super) fn run(args: &BenchArgs) -> Result<(), Failure> {
    match &args.command {
        Some(Command::Explain(args)) => explain::run(args),
        None => run::run(&args.run),
    }
}
