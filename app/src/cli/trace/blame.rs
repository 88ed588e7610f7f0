//! `goscope trace blame`: who waited where, who woke it from where, and what went on meanwhile.

use std::fmt::Write as _;

use goscope_parsers::trace::StringId;
use serde::Serialize;

use super::about::Narrow;
use super::answer_args::PopulationArgs;
use super::blame_matrix::{CellJson, KnotJson, cells_json, knots_json, matrix_text};
use super::json::HeadJson;
use super::read::{ModelFacts, ReadArgs};
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::query::trace::answers::blame::{
    BlameAnswer, BlameCause, BlameQuery, BlameRow, BlameScope, lock_of,
};
use crate::query::trace::answers::blame_sentence::{blame_sentence, user_function, waker_text};
use crate::query::trace::answers::why_sentence::class_text;
use crate::query::trace::handle::Handle;
use crate::text::{self, Table, column};

const MORE_HELP: &str = "\
The unit is the time of goroutines: ten that wait for one lock count ten times.
Causes are what went on while the goroutines of a row waited, across goroutines;
they add up to it. Without --task, --region, --function, --http and --all it is
about the waits of the owners of tasks, else of regions, else of requests, while
these last; of a trace without them, about locks, wait groups and conditions.

Examples:
  goscope trace blame trace.out --task checkout
  goscope trace blame trace.out --matrix           who waits for whom
  goscope trace blame trace.out 'lock:main.(*Store).get'
  goscope trace blame trace.out --all --range 1s..2s --limit 50";

/// Arguments of `goscope trace blame`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct BlameArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    population: PopulationArgs,
    /// All waits with a function of the program's own on their stack; idle workers are the most of them
    #[arg(long, conflicts_with = "population")]
    all: bool,
    /// Show who waits for whom as a matrix, and functions whose goroutines wait for each other
    #[arg(long)]
    matrix: bool,
    /// List no more than N pairs of waiter and waker
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Print JSON with raw integers (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints the answer.
pub(super) fn run(args: &BlameArgs) -> Result<(), Failure> {
    let facts = args.read.model(Narrow::Waits)?;
    let lock = facts.about.lock.clone();
    let scope = match args.population.population(&args.read, &facts)? {
        _ if args.all => Some(BlameScope::All),
        Some(population) => Some(BlameScope::Of(population)),
        None => lock.is_some().then_some(BlameScope::Sync),
    };
    let answer = facts.ask(&BlameQuery { scope, lock, range: facts.range() })?;
    if let Some(lock) = answer.lock.as_ref().filter(|_| answer.blame.rows.is_empty()) {
        facts.warn();
        return Err(args.read.no_data(&format!("nobody waited for a lock in {}", text::name(lock))));
    }
    if let Some(nothing) = answer.nothing.as_ref().filter(|_| answer.lock.is_none()) {
        facts.warn();
        return Err(args.read.no_data(nothing));
    }
    let report = BlameReport { facts, answer, limit: args.limit };
    if args.json {
        args.output.write_json(&json(&report))?;
    } else {
        args.output.write_text(&text(&report, args.matrix))?;
    }
    report.facts.warn();
    Ok(())
}

struct BlameReport {
    facts: ModelFacts,
    answer: BlameAnswer,
    limit: usize,
}

impl BlameReport {
    fn scope_text(&self) -> String {
        if let Some(lock) = &self.answer.lock {
            return format!("the lock in {lock}");
        }
        match &self.answer.scope {
            BlameScope::Of(population) => population.text(),
            BlameScope::All => "all goroutines".to_owned(),
            BlameScope::Sync => "locks, wait groups and conditions".to_owned(),
        }
    }

    fn rows(&self) -> impl Iterator<Item = &BlameRow> {
        self.answer.blame.rows.iter().take(self.limit)
    }

    fn left_out(&self) -> usize {
        self.answer.blame.rows.len().saturating_sub(self.limit)
    }
}

fn text(report: &BlameReport, is_matrix: bool) -> String {
    let (facts, blame) = (&report.facts, &report.answer.blame);
    let model = facts.model();
    let Some(sentence) = blame_sentence(model, &report.answer) else {
        return format!("{}: nobody waited in {}\n", report.scope_text(), facts.part.range_text());
    };
    let mut text = format!("{}\n\n", sentence.text());
    if is_matrix {
        return text + &matrix_text(facts, &report.answer.matrix, report.limit);
    }
    let mut table =
        Table::new(&["waited", "share", "count", "longest", "<for", "<where", "<ended by", "<what went on"]);
    for row in report.rows() {
        let by = match row.key.waker_kind.name() {
            "goroutine" => waker_text(model, row),
            kind => format!("({kind})"),
        };
        table.row(vec![
            column::duration(row.nanos),
            column::percent(u128::from(row.nanos), u128::from(blame.total_nanos)),
            row.count.to_string(),
            column::duration(row.max_nanos),
            facts.text(row.key.reason),
            user_function(model, row.key.waiter_stack),
            by,
            causes_text(report, row),
        ]);
    }
    text.push_str(&table.text());
    if report.left_out() > 0 {
        let _ = writeln!(text, "… {} more (--limit)", report.left_out());
    }
    text
}

/// The two largest causes of a row.
fn causes_text(report: &BlameReport, row: &BlameRow) -> String {
    let each = row.causes.iter().take(2).map(|cause| {
        let share = text::percent(cause.nanos as f64 / row.nanos.max(1) as f64);
        format!("{share} {} in {}", class_text(cause.class), text::name(&report.facts.text(cause.function)))
    });
    each.collect::<Vec<_>>().join(", ")
}

/// What `--json` prints.
#[derive(Serialize)]
struct BlameJson {
    #[serde(flatten)]
    head: HeadJson,
    about: String,
    sentence: String,
    total_nanos: u64,
    rows: Vec<RowJson>,
    rows_left_out: usize,
    matrix: Vec<CellJson>,
    matrix_left_out: usize,
    knots: Vec<KnotJson>,
}

#[derive(Serialize)]
struct RowJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    handle: Option<String>,
    reason: String,
    waiter: String,
    waiter_stack: Vec<String>,
    waker_kind: &'static str,
    waker: Option<String>,
    waker_stack: Vec<String>,
    waker_goroutine_function: Option<String>,
    count: u64,
    nanos: u64,
    max_nanos: u64,
    causes: Vec<CauseJson>,
}

#[derive(Serialize)]
struct CauseJson {
    class: &'static str,
    goroutine_function: Option<String>,
    function: String,
    path: Vec<String>,
    nanos: u64,
}

fn json(report: &BlameReport) -> BlameJson {
    let BlameReport { facts, answer, .. } = report;
    let cause = |cause: &BlameCause| CauseJson {
        class: cause.class.name(),
        goroutine_function: cause.role.map(|role| facts.text(role)),
        function: facts.text(cause.function),
        path: cause.path.iter().map(|name| facts.text(*name)).collect(),
        nanos: cause.nanos,
    };
    let function = |name: StringId| (name != StringId::NONE).then(|| facts.text(name));
    let rows = report.rows().map(|row| RowJson {
        handle: lock_of(facts.model(), row).map(|lock| Handle::Lock(lock).to_string()),
        reason: facts.text(row.key.reason),
        waiter: user_function(facts.model(), row.key.waiter_stack),
        waiter_stack: facts.functions(row.key.waiter_stack),
        waker_kind: row.key.waker_kind.name(),
        waker: Some(waker_text(facts.model(), row)).filter(|name| !name.is_empty()),
        waker_stack: facts.functions(row.key.waker_stack),
        waker_goroutine_function: function(row.key.waker_goroutine_function),
        count: row.count,
        nanos: row.nanos,
        max_nanos: row.max_nanos,
        causes: row.causes.iter().map(cause).collect(),
    });
    BlameJson {
        head: facts.head("goscope.trace_blame/1"),
        about: report.scope_text(),
        sentence: blame_sentence(facts.model(), answer).map_or(String::new(), |sentence| sentence.text()),
        total_nanos: answer.blame.total_nanos,
        rows: rows.collect(),
        rows_left_out: report.left_out(),
        matrix: cells_json(facts, &answer.matrix, report.limit),
        matrix_left_out: answer.matrix.cells.len().saturating_sub(report.limit),
        knots: knots_json(facts, &answer.matrix),
    }
}
