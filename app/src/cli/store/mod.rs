//! `goscope store`: many profiles in one place, and any set of them as an input of every report.

mod add;
mod ls;

use super::failure::Failure;

const MORE_HELP: &str = "\
Examples:
  goscope store add profiles/ cpu-*.pb.gz --label service=shop --label version=1.4
  goscope store ls profiles/
  goscope top 'store:profiles?service=shop&since=1h'
  goscope diff 'store:profiles?version=1.3' 'store:profiles?version=1.4'

A store is a folder, or clickhouse://HOST:8123/DATABASE.
Keys of a selection: service, version, type, kind, from, to, since, until, profile, and any label; key=a&key=b is either,
key!=a is not, key~=RE matches. docs/fleet.md has the whole.

Exit codes: 0 success, 2 wrong usage, 3 something could not be read (what could is in), 4 nothing matches.";

/// Arguments of `goscope store`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct StoreArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Add files; what is in the store already is not added twice
    Add(add::AddArgs),
    /// List what is in it: services, versions, kinds, times
    Ls(ls::LsArgs),
}

/// Runs a subcommand.
pub(super) fn run(args: &StoreArgs) -> Result<(), Failure> {
    match &args.command {
        Command::Add(args) => add::run(args),
        Command::Ls(args) => ls::run(args),
    }
}
