//! `goscope trace whatif`: what would become of instances if a function took less time.

use std::fmt::Write as _;
use std::str::FromStr;

use goscope_analysis::histogram::DurationHistogram;
use goscope_analysis::trace::answers::population::Population;
use serde::Serialize;

use super::about::Narrow;
use super::answer_args::PopulationArgs;
use super::json::{DurationsJson, HeadJson};
use super::read::{ModelFacts, ReadArgs};
use super::why::NOTHING_TO_ASK_ABOUT;
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::query::trace::answers::what_if::{WhatIf, WhatIfQuery};
use crate::query::trace::answers::why_sentence::nothing_complete;
use crate::text::{self, Table, column};

const MORE_HELP: &str = "\
Replays each instance with the function, and all that it calls, shorter by so
much. Who waits for whom, the order of locks and the delays of the scheduler stay
as they were, so that the gain lies between what is given after and the bound,
which is what the critical path alone would allow.

Example:
  goscope trace whatif trace.out --task page --shrink main.fetchPrices=50";

/// A function, and how much less it takes.
#[derive(Clone, Debug)]
struct Shrink {
    function: String,
    percent: u8,
}

impl FromStr for Shrink {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let usage = || format!("{text:?} is not FUNCTION=PERCENT, as main.fetch=50");
        let (function, percent) = text.rsplit_once('=').ok_or_else(usage)?;
        let percent = percent.trim_end_matches('%').parse::<u8>().ok().ok_or_else(usage)?;
        if function.is_empty() || percent > 100 {
            return Err(usage());
        }
        Ok(Self { function: function.to_owned(), percent })
    }
}

/// Arguments of `goscope trace whatif`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct WhatIfArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    population: PopulationArgs,
    /// The function that takes less, and how much, in percent
    #[arg(long, value_name = "FUNCTION=PERCENT")]
    shrink: Shrink,
    /// Print JSON with raw integers (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints the answer.
pub(super) fn run(args: &WhatIfArgs) -> Result<(), Failure> {
    let facts = args.read.model(Narrow::Instances)?;
    let Shrink { function, percent } = &args.shrink;
    let query = WhatIfQuery {
        population: args.population.population(&args.read, &facts)?,
        range: facts.range(),
        function: function.clone(),
        percent: *percent,
    };
    let answer = facts.ask(&query)?;
    let Some(population) = answer.population else {
        facts.warn();
        return Err(args.read.no_data(NOTHING_TO_ASK_ABOUT));
    };
    let found = answer.what_if;
    if found.before.is_empty() {
        facts.warn();
        return Err(args.read.no_data(&nothing_complete(
            &population,
            found.incomplete,
            facts.range().is_some(),
        )));
    }
    if !found.is_known {
        facts.warn();
        let what = format!("no stack has the function {}", text::name(function));
        return Err(args.read.no_data(&what));
    }
    let report = WhatIfReport { facts, population, shrink: &args.shrink, found };
    if args.json {
        args.output.write_json(&json(&report))?;
    } else {
        args.output.write_text(&report.text())?;
    }
    report.facts.warn();
    Ok(())
}

struct WhatIfReport<'a> {
    facts: ModelFacts,
    population: Population,
    shrink: &'a Shrink,
    found: WhatIf,
}

impl WhatIfReport<'_> {
    fn sentence(&self) -> String {
        let WhatIf { before, after, bound, .. } = &self.found;
        let Shrink { function, percent } = self.shrink;
        let what = format!("with {} {percent}% shorter", text::name(function));
        let about = text::name(&self.population.text());
        if after.total_nanos() == before.total_nanos() {
            return format!("{about}: {what}, nothing changes: none of them waits for it.");
        }
        let points = [("median", 0.5), ("p90", 0.9), ("p99", 0.99), ("slowest", 1.0)];
        let shrinks = |quantile: f64| {
            after.percentile_nanos(quantile) as f64 <= 0.99 * before.percentile_nanos(quantile) as f64
        };
        let (name, quantile) = points.into_iter().find(|point| shrinks(point.1)).unwrap_or(points[0]);
        let at = |durations: &DurationHistogram| {
            text::duration(i64::try_from(durations.percentile_nanos(quantile)).unwrap_or(i64::MAX))
        };
        format!(
            "{about}: {what}, the {name} goes from {} to {} (at best {}), if waits and locks keep their order.",
            at(before),
            at(after),
            at(bound)
        )
    }

    fn text(&self) -> String {
        let mut text = format!("{}\n\n", self.sentence());
        let mut table = Table::new(&["", "p50", "p90", "p99", "max", "total"]);
        let WhatIf { before, after, bound, .. } = &self.found;
        for (name, durations) in [("before", before), ("after", after), ("at best", bound)] {
            let p = durations.percentiles();
            let mut cells = vec![name.to_owned()];
            cells.extend([p.p50, p.p90, p.p99, p.max].map(column::duration));
            cells.push(column::duration_sum(durations.total_nanos()));
            table.row(cells);
        }
        text.push_str(&table.text());
        if self.found.cut_off > 0 {
            let counted =
                text::counted(usize::try_from(self.found.cut_off).unwrap_or(usize::MAX), "instance");
            let _ = writeln!(text, "{counted} had over 100,000 spans to replay and count as unchanged.");
        }
        text
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct WhatIfJson {
    #[serde(flatten)]
    head: HeadJson,
    about: String,
    sentence: String,
    shrink: ShrinkJson,
    before: DurationsJson,
    after: DurationsJson,
    critical_path_bound: DurationsJson,
    on_path_nanos: u64,
    cut_off: u64,
}

#[derive(Serialize)]
struct ShrinkJson {
    function: String,
    percent: u8,
}

fn json(report: &WhatIfReport<'_>) -> WhatIfJson {
    let Shrink { function, percent } = report.shrink;
    WhatIfJson {
        head: report.facts.head("goscope.trace_whatif/1"),
        about: report.population.text(),
        sentence: report.sentence(),
        shrink: ShrinkJson { function: function.clone(), percent: *percent },
        before: (&report.found.before).into(),
        after: (&report.found.after).into(),
        critical_path_bound: (&report.found.bound).into(),
        on_path_nanos: report.found.on_path_nanos,
        cut_off: report.found.cut_off,
    }
}
