//! `goscope trace blocked`: where goroutines are still blocked at the end, longest first.

use goscope_analysis::trace::answers::population::One;
use serde::Serialize;

use super::about::Narrow;
use super::goroutine_args::GoroutineFilterArgs;
use super::json::HeadJson;
use super::read::{ModelFacts, ReadArgs};
use super::time_range::named;
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::query::trace::still_blocked::{BlockedPlace, StillBlocked, StillBlockedQuery};
use crate::text::{Table, column};

const MORE_HELP: &str = "\
A goroutine that is blocked when the trace, or the range, ends may wait for the
next request, or forever: look at those that wait longest, and at places where
many do.

Examples:
  goscope trace blocked trace.out
  goscope trace blocked trace.out --goroutine-func main.worker
  goscope trace blocked trace.out --range ..2s --json";

/// Arguments of `goscope trace blocked`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct BlockedArgs {
    #[command(flatten)]
    read: ReadArgs,
    /// Show the first N places; 0 shows all
    #[arg(long, value_name = "N", default_value_t = 30)]
    limit: usize,
    /// Print JSON with raw integers (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: GoroutineFilterArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints the places.
pub(super) fn run(args: &BlockedArgs) -> Result<(), Failure> {
    let facts = args.read.model(Narrow::Goroutines)?;
    let goroutines = args.which.filter(&facts.about);
    let StillBlocked { mut places } = facts.ask(&StillBlockedQuery { range: facts.range(), goroutines })?;
    if places.is_empty() {
        facts.warn();
        return Err(args.read.no_data("no goroutine is blocked at the end"));
    }
    let count = places.iter().map(|place| place.count).sum();
    let limit = if args.limit == 0 { usize::MAX } else { args.limit };
    let left_out = places.len().saturating_sub(limit);
    places.truncate(limit);
    if args.json {
        args.output.write_json(&json(&facts, (count, left_out), &places))?;
    } else {
        args.output.write_text(&text(&facts, (count, left_out), &places))?;
    }
    facts.warn();
    Ok(())
}

fn text(facts: &ModelFacts, (count, left_out): (u64, usize), places: &[BlockedPlace]) -> String {
    let model = facts.model();
    let mut table = Table::new(&["count", "longest", "goroutine", "<state", "<at", "<function"]);
    for place in places {
        let cause = model.cause(place.cause);
        table.row(vec![
            place.count.to_string(),
            column::duration(place.longest_nanos),
            facts.goid(place.goroutine).map_or(String::new(), |goid| goid.to_string()),
            cause.text(model.tables()),
            named(facts.functions(cause.stack).into_iter().next().unwrap_or_default()),
            named(facts.function(place.goroutine)),
        ]);
    }
    let goroutines = column::counted(usize::try_from(count).unwrap_or(usize::MAX), "goroutine");
    let more = if left_out > 0 { format!("… {left_out} more (--limit)\n") } else { String::new() };
    format!("{goroutines} blocked at the end of {}\n\n{}{more}", facts.part.range_text(), table.text())
}

/// What `--json` prints.
#[derive(Serialize)]
struct BlockedJson {
    #[serde(flatten)]
    head: HeadJson,
    count: u64,
    places: Vec<PlaceJson>,
    places_left_out: usize,
}

#[derive(Serialize)]
struct PlaceJson {
    handle: Option<String>,
    count: u64,
    longest_nanos: u64,
    goroutine: Option<i64>,
    function: String,
    state: &'static str,
    reason: String,
    stack: Vec<String>,
}

fn json(facts: &ModelFacts, (count, left_out): (u64, usize), places: &[BlockedPlace]) -> BlockedJson {
    let place = |place: &BlockedPlace| {
        let cause = facts.model().cause(place.cause);
        PlaceJson {
            handle: facts.goid(place.goroutine).map(|goid| facts.handle_of(One::Goroutine(goid))),
            count: place.count,
            longest_nanos: place.longest_nanos,
            goroutine: facts.goid(place.goroutine),
            function: facts.function(place.goroutine),
            state: cause.state.name(),
            reason: facts.text(cause.reason),
            stack: facts.functions(cause.stack),
        }
    };
    BlockedJson {
        head: facts.head("goscope.trace_blocked/1"),
        count,
        places: places.iter().map(place).collect(),
        places_left_out: left_out,
    }
}
