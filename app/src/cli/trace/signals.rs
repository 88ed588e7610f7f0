//! `goscope trace signals`: latency, traffic, errors and saturation.

use std::fmt::Write as _;

use goscope_analysis::trace::answers::population::Population;
use goscope_analysis::trace::answers::signals::Errors;
use serde::Serialize;

use super::about::Narrow;
use super::answer_args::{PopulationArgs, RowLimitArgs};
use super::json::{DurationsJson, HeadJson};
use super::read::{ModelFacts, ReadArgs};
use super::time_range::named;
use super::why::NOTHING_TO_ASK_ABOUT;
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::query::trace::answers::signals::{
    PARTS, SignalRow, SignalsAnswer, SignalsQuery, runnable_mean, saturation_lines, signals_notes,
    signals_sentence, sparkline,
};
use crate::query::trace::answers::why_sentence::{instance_name, nothing_complete};
use crate::text::{Table, column};

/// Texts of errors that are listed as text.
const MOST_ERRORS: usize = 5;

const MORE_HELP: &str = "\
Latency is of what is complete in the trace. Errors are logs (trace.Log) of a task
or its descendants, else of the goroutine meanwhile, whose category begins with
err, error, fatal or panic; --error-log takes a pattern for \"category message\"
instead. Waits that the deadline of a context ended are counted as suspected: who
waited may have logged no error. Saturation is of the whole process: Ps in
use, goroutines that could run, stops of the process, the share of the collector.

Examples:
  goscope trace signals trace.out
  goscope trace signals trace.out --task checkout --range 1s..2s
  goscope trace signals trace.out --http --error-log 'status 5..'";

/// Arguments of `goscope trace signals`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct SignalsArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    population: PopulationArgs,
    /// Count logs as errors whose "category message" fits this pattern
    #[arg(long, value_name = "REGEX")]
    error_log: Option<String>,
    #[command(flatten)]
    limit: RowLimitArgs,
    /// Print JSON with raw integers (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    output: OutputArgs,
}

struct Report {
    facts: ModelFacts,
    population: Population,
    answer: SignalsAnswer,
    limit: RowLimitArgs,
}

/// Prints the answer.
pub(super) fn run(args: &SignalsArgs) -> Result<(), Failure> {
    let facts = args.read.model(Narrow::Instances)?;
    let query = SignalsQuery {
        population: args.population.population(&args.read, &facts)?,
        range: facts.range(),
        error_log: args.error_log.clone(),
    };
    let answer = facts.ask(&query)?;
    let Some(population) = answer.population.clone() else {
        facts.warn();
        return Err(args.read.no_data(NOTHING_TO_ASK_ABOUT));
    };
    if answer.signals.all.count() == 0 {
        facts.warn();
        return Err(args.read.no_data(&nothing_complete(
            &population,
            answer.signals.incomplete,
            facts.range().is_some(),
        )));
    }
    let report = Report { facts, population, answer, limit: args.limit };
    if args.json {
        args.output.write_json(&report.json())?;
    } else {
        args.output.write_text(&report.text())?;
    }
    report.facts.warn();
    Ok(())
}

impl Report {
    fn name(&self, row: &SignalRow) -> String {
        instance_name(self.facts.model(), &self.population, row.name)
    }

    fn text(&self) -> String {
        let (signals, limit) = (&self.answer.signals, self.limit.of_text());
        let sentence = signals_sentence(&self.answer).map_or(String::new(), |sentence| sentence.text());
        let mut text = format!("{sentence}.\n");
        for note in signals_notes(self.facts.model(), &self.answer) {
            let _ = writeln!(text, "{note}");
        }
        let mut table = Table::new(&[
            "count",
            "a second",
            "p50",
            "p90",
            "p99",
            "max",
            "errors",
            "suspected",
            "<over time",
            "<name",
        ]);
        for row in signals.rows.iter().take(limit) {
            let p = row.latency.percentiles();
            let mut cells = vec![row.count().to_string(), format!("{:.1}", signals.per_second(row.count()))];
            cells.extend([p.p50, p.p90, p.p99, p.max].map(column::duration));
            cells.extend([row.errors.count, row.errors.suspected].map(|count| count.to_string()));
            cells.extend([sparkline(&row.begins), named(self.name(row))]);
            table.row(cells);
        }
        let _ = write!(text, "\n{}", table.text());
        if signals.rows.len() > limit {
            let _ = writeln!(text, "… {} more (--limit)", signals.rows.len() - limit);
        }
        self.write_errors(&mut text);
        self.write_saturation(&mut text);
        text
    }

    fn write_errors(&self, text: &mut String) {
        let by = &self.answer.signals.all.errors.by;
        if by.is_empty() {
            return;
        }
        let mut table = Table::new(&["errors", "<category", "<message"]);
        for it in by.iter().take(MOST_ERRORS) {
            table.row(vec![it.count.to_string(), self.facts.text(it.category), self.facts.text(it.message)]);
        }
        let _ = write!(text, "\n{}", table.text());
        if by.len() > MOST_ERRORS {
            let _ = writeln!(text, "… {} more (--json has all)", by.len() - MOST_ERRORS);
        }
    }

    fn write_saturation(&self, text: &mut String) {
        let _ = writeln!(text);
        for line in saturation_lines(&self.answer) {
            let _ = writeln!(text, "{line}");
        }
    }

    fn json(&self) -> SignalsJson {
        let signals = &self.answer.signals;
        let (all, saturation) = (&signals.all, &signals.saturation);
        let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        let limit = self.limit.of_json();
        let rows = signals.rows.iter().take(limit).map(|row| RowJson {
            name: self.name(row),
            latency: (&row.latency).into(),
            traffic: self.traffic_json(row),
            errors: self.errors_json(&row.errors),
        });
        SignalsJson {
            head: self.facts.head("goscope.trace_signals/1"),
            about: self.population.text(),
            sentence: signals_sentence(&self.answer).map_or(String::new(), |sentence| sentence.text()),
            notes: signals_notes(self.facts.model(), &self.answer),
            incomplete: signals.incomplete,
            latency: (&all.latency).into(),
            traffic: self.traffic_json(all),
            errors: self.errors_json(&all.errors),
            saturation: SaturationJson {
                procs_busy_share: saturation.busy_share(),
                runnable_mean: runnable_mean(&self.answer),
                starved_nanos: saturation.runnable.starved_nanos + saturation.runnable.lost_p_nanos,
                stopped_share: share(saturation.gaps.total_nanos, saturation.nanos),
                gc_share: share(saturation.gc_nanos, saturation.proc_nanos),
                scheduling_latency_p99_nanos: saturation.latency.percentiles().p99,
            },
            rows: rows.collect(),
            rows_left_out: signals.rows.len().saturating_sub(limit),
        }
    }

    fn traffic_json(&self, row: &SignalRow) -> TrafficJson {
        let count = row.count();
        TrafficJson { count, per_second: self.answer.signals.per_second(count), begins: row.begins }
    }

    fn errors_json(&self, errors: &Errors) -> ErrorsJson {
        let by = errors.by.iter().map(|it| ErrorTextJson {
            category: self.facts.text(it.category),
            message: self.facts.text(it.message),
            count: it.count,
        });
        let Errors { count, instances, suspected, .. } = *errors;
        ErrorsJson { count, instances, suspected, by: by.collect() }
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct SignalsJson {
    #[serde(flatten)]
    head: HeadJson,
    about: String,
    sentence: String,
    notes: Vec<String>,
    incomplete: u64,
    latency: DurationsJson,
    traffic: TrafficJson,
    errors: ErrorsJson,
    saturation: SaturationJson,
    rows: Vec<RowJson>,
    rows_left_out: usize,
}

#[derive(Serialize)]
struct RowJson {
    name: String,
    latency: DurationsJson,
    traffic: TrafficJson,
    errors: ErrorsJson,
}

#[derive(Serialize)]
struct TrafficJson {
    count: u64,
    per_second: f64,
    /// How many begin in each tenth of the range.
    begins: [u64; PARTS],
}

#[derive(Serialize)]
struct ErrorsJson {
    count: u64,
    instances: u64,
    suspected: u64,
    by: Vec<ErrorTextJson>,
}

#[derive(Serialize)]
struct ErrorTextJson {
    category: String,
    message: String,
    count: u64,
}

#[derive(Serialize)]
struct SaturationJson {
    procs_busy_share: Option<f64>,
    runnable_mean: f64,
    starved_nanos: u64,
    stopped_share: Option<f64>,
    gc_share: Option<f64>,
    scheduling_latency_p99_nanos: u64,
}
