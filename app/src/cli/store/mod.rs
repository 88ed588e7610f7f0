//! `goscope store`: many profiles in one place, and any set of them as an input of every report.

pub(super) mod add;
mod change;
mod ls;
mod sql;

use super::failure::Failure;
pub(crate) use sql::DialectName;

const MORE_HELP: &str = "\
Examples:
  goscope store add profiles/ cpu-*.pb.gz --label service=shop --label version=1.4
  goscope store ls profiles/
  goscope top 'store:profiles?service=shop&since=1h'
  goscope diff 'store:profiles?version=1.3' 'store:profiles?version=1.4'
  goscope store rm 'profiles?until=30d'
  goscope store export 'profiles?service=shop' clickhouse://localhost:8123/goscope

A store is a folder, or clickhouse://[USER[:PASSWORD]@]HOST:8123/DATABASE.
Keys of a selection: service, version, type, kind, from, to, since, until, profile, and any label; key=a&key=b is either,
key!=a is not, key~=RE matches, key!~=RE does not. docs/fleet.md has the whole.

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
    /// Take profiles away
    Rm(change::RemoveArgs),
    /// Bring what is scattered over many files together
    Compact(change::CompactArgs),
    /// Write profiles to files, or to another store
    Export(change::ExportArgs),
    /// Print the statements with which DuckDB and ClickHouse read it
    Sql(sql::SqlArgs),
}

/// Runs a subcommand.
pub(super) fn run(args: &StoreArgs) -> Result<(), Failure> {
    match &args.command {
        Command::Add(args) => add::run(args),
        Command::Ls(args) => ls::run(args),
        Command::Rm(args) => change::remove(args),
        Command::Compact(args) => change::compact(args),
        Command::Export(args) => change::export(args),
        Command::Sql(args) => sql::run(args),
    }
}
