//! `goscope trace cohort`: what slow instances have in common that typical ones do not, beside time.

use std::fmt::Write as _;

use goscope_analysis::trace::answers::instances::AnswerInstance;
use goscope_analysis::trace::answers::population::Population;
use serde::Serialize;

use super::about::Narrow;
use super::answer_args::{PopulationArgs, SlowArg};
use super::json::HeadJson;
use super::read::{ModelFacts, ReadArgs};
use super::why::NOTHING_TO_ASK_ABOUT;
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::query::trace::answers::cohort::{Cohort, CohortQuery, Feature, FeatureRow};
use crate::query::trace::answers::cohort_sentence::cohort_sentence;
use crate::query::trace::answers::why_sentence::nothing_complete;
use crate::text::Table;

const MORE_HELP: &str = "\
Compares slow instances with typical ones by what they are and had: name, regions,
logs (as trace.Log(ctx, \"tenant\", \"north\")), the P and the tenth of the trace that
they begin in, collections and pauses meanwhile, what ended their longest wait, how
many others were open. Shown is what chance does not explain: corrected p below 5 %,
and five slow instances that have it.

Example:
  goscope trace cohort trace.out --task checkout --slow p95";

/// Arguments of `goscope trace cohort`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct CohortArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    population: PopulationArgs,
    /// What counts as slow: auto (what stands out), a percentile as p99, or a duration as 20ms
    #[arg(long, value_name = "RULE", default_value = "auto")]
    slow: SlowArg,
    /// List no more than N features
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Print JSON with raw integers (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    output: OutputArgs,
}

struct CohortReport {
    facts: ModelFacts,
    population: Population,
    found: Cohort,
    limit: usize,
}

/// Prints the answer.
pub(super) fn run(args: &CohortArgs) -> Result<(), Failure> {
    let facts = args.read.model(Narrow::Instances)?;
    let query = CohortQuery {
        population: args.population.population(&args.read, &facts)?,
        range: facts.range(),
        slow: args.slow.0,
    };
    let answer = facts.ask(&query)?;
    let Some(population) = answer.population else {
        facts.warn();
        return Err(args.read.no_data(NOTHING_TO_ASK_ABOUT));
    };
    let found = answer.cohort;
    if found.slow == 0 {
        facts.warn();
        return Err(args.read.no_data(&nothing_complete(
            &population,
            found.incomplete,
            facts.range().is_some(),
        )));
    }
    let report = CohortReport { facts, population, found, limit: args.limit };
    if args.json {
        args.output.write_json(&report.json())?;
    } else {
        args.output.write_text(&report.text())?;
    }
    report.facts.warn();
    Ok(())
}

impl CohortReport {
    fn sentence(&self) -> String {
        let sentence = cohort_sentence(self.facts.model(), &self.population, &self.found).text();
        format!("{sentence}.")
    }

    fn cells(&self, row: &FeatureRow) -> [String; 2] {
        let Cohort { slow, typical, .. } = &self.found;
        match row.feature {
            Feature::Burst => [format!("{:.1}", row.slow), format!("{:.1}", row.typical)],
            _ => [format!("{}/{slow}", row.slow), format!("{}/{typical}", row.typical)],
        }
    }

    fn handles(&self, instances: &[AnswerInstance]) -> Vec<String> {
        instances.iter().map(|it| self.facts.handle(it)).collect()
    }

    fn text(&self) -> String {
        let mut text = format!("{}\n", self.sentence());
        if self.found.features.is_empty() {
            return text;
        }
        let mut table = Table::new(&[
            "slow",
            "typical",
            "effect",
            "p",
            "<feature",
            "<value",
            "<slow with it",
            "<against it",
        ]);
        for row in self.found.features.iter().take(self.limit) {
            let (name, value) = row.feature.text(self.facts.model(), &self.population);
            let [slow, typical] = self.cells(row);
            table.row(vec![
                slow,
                typical,
                format!("{:+.2}", row.effect),
                format!("{:.1e}", row.p),
                name,
                value,
                self.handles(&row.examples).join(" "),
                self.handles(&row.counter_examples).join(" "),
            ]);
        }
        let _ = write!(text, "\n{}", table.text());
        let left_out = self.found.features.len().saturating_sub(self.limit);
        if left_out > 0 {
            let _ = writeln!(text, "… {left_out} more (--limit)");
        }
        text
    }

    fn json(&self) -> CohortJson {
        let Cohort { cohorts, slow, typical, looked_at, features, .. } = &self.found;
        let rows = features.iter().take(self.limit).map(|row| {
            let (name, value) = row.feature.text(self.facts.model(), &self.population);
            FeatureJson {
                name,
                value,
                slow: row.slow,
                typical: row.typical,
                effect: row.effect,
                p: row.p,
                examples: self.handles(&row.examples),
                counter_examples: self.handles(&row.counter_examples),
            }
        });
        CohortJson {
            head: self.facts.head("goscope.trace_cohort/1"),
            about: self.population.text(),
            sentence: self.sentence(),
            slow_from_nanos: cohorts.slow_from_nanos,
            slow_rule: cohorts.rule,
            slow: *slow,
            typical: *typical,
            looked_at: *looked_at,
            features: rows.collect(),
            features_left_out: features.len().saturating_sub(self.limit),
        }
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct CohortJson {
    #[serde(flatten)]
    head: HeadJson,
    about: String,
    sentence: String,
    slow_from_nanos: u64,
    slow_rule: &'static str,
    slow: u64,
    typical: u64,
    looked_at: usize,
    features: Vec<FeatureJson>,
    features_left_out: usize,
}

#[derive(Serialize)]
struct FeatureJson {
    name: String,
    value: String,
    slow: f64,
    typical: f64,
    effect: f64,
    p: f64,
    examples: Vec<String>,
    counter_examples: Vec<String>,
}
