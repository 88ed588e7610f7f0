//! `goscope trace why`: what the time of slow instances went to, across goroutines.

use super::about::Narrow;
use super::answer_args::{PopulationArgs, SlowArg};
use super::read::ReadArgs;
use super::why_json::json;
use super::why_report::WhyReport;
use super::why_text::text;
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::query::trace::answers::why::WhyQuery;
use crate::query::trace::answers::why_sentence::nothing_complete;

const MORE_HELP: &str = "\
Follows the critical path of each instance: what its goroutine did, and while it
waited, what the goroutine did that woke it, and so on. The parts tile each
instance to the nanosecond, and are summed up by what was done, by whom and
behind whose work. Slow instances are compared with typical ones: those between
the quartiles of the rest. Without --task, --region, --function and --http it is
about tasks, else regions, else requests, whichever the trace has first.

A trace does not say who holds a lock: the holder is whoever released it, or
concluded from where goroutines sat meanwhile, which is then said.

Examples:
  goscope trace why trace.out                          why are the slow ones slow?
  goscope trace why trace.out --task checkout --slow p99
  goscope trace why trace.out --http main.serveCart --range 1s..2s
  goscope trace why trace.out --json | jq '.answers[0]'";

/// Arguments of `goscope trace why`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct WhyArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    population: PopulationArgs,
    /// What counts as slow: auto (what stands out), a percentile as p99, or a duration as 20ms
    #[arg(long, value_name = "RULE", default_value = "auto")]
    slow: SlowArg,
    /// List no more than N instances with their paths
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Print JSON with raw integers (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints the answer.
pub(super) fn run(args: &WhyArgs) -> Result<(), Failure> {
    let facts = args.read.model(Narrow::Instances)?;
    let query = WhyQuery {
        population: args.population.population(&args.read, &facts)?,
        range: facts.range(),
        slow: args.slow.0,
        limit: args.limit,
    };
    let answer = facts.ask(&query)?;
    let Some(population) = answer.population.clone() else {
        facts.warn();
        return Err(args.read.no_data(NOTHING_TO_ASK_ABOUT));
    };
    if answer.why.wall.is_empty() {
        facts.warn();
        return Err(args.read.no_data(&nothing_complete(
            &population,
            answer.why.incomplete,
            facts.range().is_some(),
        )));
    }
    let report = WhyReport { facts, population, answer };
    if args.json {
        args.output.write_json(&json(&report))?;
    } else {
        args.output.write_text(&text(&report))?;
    }
    report.facts.warn();
    Ok(())
}

/// What to say of a trace that has nothing to ask about by itself.
pub(super) const NOTHING_TO_ASK_ABOUT: &str =
    "it has no tasks, no regions and no HTTP requests; name a function that goroutines run with --function";
