//! `goscope query`: questions about the profiles of a store, over time, versions and instances.

mod answers;
mod args;

use goscope_store::{By, Place, Selector, Store, StoreError};

use super::failure::{Failure, warn};
use crate::store_input::{read_store, store_and_selection};
use answers::{find, instances, share, top, traces};
use args::{FindArgs, InstancesArgs, ShareArgs, TopArgs, TracesArgs};

const MORE_HELP: &str = "\
Examples:
  goscope query top 'store:profiles?service=shop&since=1d' --by hour
  goscope query share 'store:profiles?service=shop' --function main.scoreDocument --by version
  goscope query instances 'store:profiles?version=1.3' 'store:profiles?version=1.4' --function main.scoreDocument
  goscope query find 'store:profiles?service=*&kind=cpu' --function encoding/json.Unmarshal
  goscope query share 'store:profiles?service=shop' --function main.main --sql duckdb

Shares are of a function with what it calls. --sql prints the statement that gives the same rows; `goscope store sql` prints
what has to be said before it.

Exit codes: 0 success, 2 wrong usage, 3 the store cannot be read, 4 nothing matches.";

/// Arguments of `goscope query`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct QueryArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// The functions that take most, by time, version or label
    Top(TopArgs),
    /// The share of a function, by time, version or label: of all profiles together, and its median and 95th percentile
    Share(ShareArgs),
    /// Which instances spend more on a function than before
    Instances(InstancesArgs),
    /// The profiles that hold a function
    Find(FindArgs),
    /// How long goroutines, tasks and regions took in many traces, in all and in each state
    Traces(TracesArgs),
}

/// Answers a question.
pub(super) fn run(args: &QueryArgs) -> Result<(), Failure> {
    let failure = |error: StoreError| Failure::from_store(&error);
    match &args.command {
        Command::Top(args) => {
            let (store, selector) = open(&args.store)?;
            let by = By::named(&args.by);
            if let Some(dialect) = args.shown.dialect() {
                let statement = store.top_sql(&selector, &by, args.limit, dialect).map_err(failure)?;
                return args.shown.output.write_text(&statement);
            }
            let taken = store.top(&selector, &by, args.limit).map_err(failure)?;
            warn(&taken.warnings);
            top(&args.shown, &by, &taken.value)
        }
        Command::Share(args) => {
            let (store, selector) = open(&args.store)?;
            let by = By::named(&args.by);
            if let Some(dialect) = args.shown.dialect() {
                let statement = store.share_sql(&selector, &args.function, &by, dialect).map_err(failure)?;
                return args.shown.output.write_text(&statement);
            }
            let taken = store.share(&selector, &args.function, &by).map_err(failure)?;
            warn(&taken.warnings);
            share(&args.shown, &by, &args.function, &taken.value)
        }
        Command::Instances(args) => {
            let (store, base) = open(&args.base)?;
            let (place, head) = parts(&args.head)?;
            if place != *store.place() {
                return Err(Failure::Usage(anyhow::anyhow!("both sides have to be of the same store")));
            }
            let sides = [&base, &head];
            if let Some(dialect) = args.shown.dialect() {
                let statement =
                    store.instances_sql(sides, &args.function, &args.label, dialect).map_err(failure)?;
                return args.shown.output.write_text(&statement);
            }
            let taken = store.instances(sides, &args.function, &args.label).map_err(failure)?;
            warn(&taken.warnings);
            instances(&args.shown, &args.label, args.limit, &taken.value)
        }
        Command::Find(args) => {
            let (store, selector) = open(&args.store)?;
            if let Some(dialect) = args.shown.dialect() {
                let statement = store.find_sql(&selector, &args.function, dialect).map_err(failure)?;
                return args.shown.output.write_text(&statement);
            }
            let taken = store.find(&selector, &args.function).map_err(failure)?;
            warn(&taken.warnings);
            find(&args.shown, args.limit, &taken.value)
        }
        Command::Traces(args) => {
            let (store, selector) = open(&args.store)?;
            let by = By::named(&args.by);
            let taken = store.traces(&selector, args.name.as_deref(), &by).map_err(failure)?;
            warn(&taken.warnings);
            traces(args, &by, &taken.value)
        }
    }
}

fn parts(text: &str) -> Result<(Place, Selector), Failure> {
    store_and_selection(text).map_err(|error| Failure::from_store(&error))
}

fn open(text: &str) -> Result<(Store, Selector), Failure> {
    let (place, selector) = parts(text)?;
    let store = read_store(&place).map_err(|error| Failure::from_store(&error))?;
    Ok((store, selector))
}
