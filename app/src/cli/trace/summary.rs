//! `goscope trace summary`: what the goroutines of each start function spent their time on.

use std::fmt::Write as _;

use goscope_analysis::histogram::DurationHistogram;
use goscope_analysis::trace::groups::{Group, Measure, MeasureKind};
use goscope_analysis::trace::summary::Counting;
use serde::Serialize;

use super::about::Narrow;
use super::goroutine_args::GoroutineFilterArgs;
use super::json::{DurationsJson, HeadJson};
use super::read::{ModelFacts, ReadArgs};
use super::time_range::named;
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::query::trace::summary::SummaryQuery;
use crate::text::{self, Table, column};

const MORE_HELP: &str = "\
Numbers are Go's: sched wait is the time from ready to running, block the time
waiting for a reason, syscall block what a system call took after it had lost
its P, in ranges mark assists, sweeping and pauses, which overlap with the rest.

Examples:
  goscope trace summary trace.out
  goscope trace summary trace.out --goroutine-func main.worker --percentiles
  goscope trace summary trace.out --range 1.2s..1.4s --json";

/// Arguments of `goscope trace summary`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct SummaryArgs {
    #[command(flatten)]
    read: ReadArgs,
    /// Show min, mean and percentiles of everything over the goroutines of each group
    #[arg(long)]
    percentiles: bool,
    /// Count a system call that is open at the end twice, as Go does
    #[arg(long)]
    like_go: bool,
    /// Print JSON with raw integers (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: GoroutineFilterArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints the groups.
pub(super) fn run(args: &SummaryArgs) -> Result<(), Failure> {
    let facts = args.read.model(Narrow::Goroutines)?;
    let counting = if args.like_go { Counting::LikeGo } else { Counting::Sane };
    let question =
        SummaryQuery { range: facts.range(), goroutines: args.which.filter(&facts.about), counting };
    let found = facts.ask(&question)?.groups;
    if found.is_empty() {
        facts.warn();
        return Err(args.read.no_data("no goroutine fits"));
    }
    if args.json {
        args.output.write_json(&json(&facts, &found))?;
    } else if args.percentiles {
        args.output.write_text(&percentiles_text(&facts, &found))?;
    } else {
        args.output.write_text(&text(&facts, &found))?;
    }
    facts.warn();
    Ok(())
}

fn head_text(facts: &ModelFacts, found: &[Group]) -> String {
    let count: u64 = found.iter().map(|group| group.count).sum();
    let goroutines = column::counted(usize::try_from(count).unwrap_or(usize::MAX), "goroutine");
    format!("{goroutines} of {} in {}\n", column::counted(found.len(), "function"), facts.part.range_text())
}

/// The name of a group.
fn name(facts: &ModelFacts, group: &Group) -> String {
    named(facts.text(group.name))
}

fn text(facts: &ModelFacts, found: &[Group]) -> String {
    let mut table = Table::new(&[
        "count",
        "total",
        "exec",
        "sched wait",
        "block",
        "syscall",
        "syscall block",
        "in ranges",
        "<function",
    ]);
    for group in found {
        let ranges = group.measures.iter().filter(|it| matches!(it.kind, MeasureKind::InRange(_)));
        let kinds = [MeasureKind::Total, MeasureKind::Exec, MeasureKind::SchedWait].map(|it| group.sum(it));
        let syscalls = [MeasureKind::Syscall, MeasureKind::SyscallBlock].map(|it| group.sum(it));
        let mut cells = vec![group.count.to_string()];
        cells.extend(kinds.map(column::duration_sum));
        cells.push(column::duration_sum(group.block_sum()));
        cells.extend(syscalls.map(column::duration_sum));
        cells.push(column::duration_sum(ranges.map(|it| it.nanos.total_nanos()).sum()));
        cells.push(name(facts, group));
        table.row(cells);
    }
    format!("{}\n{}", head_text(facts, found), table.text())
}

/// The name of a measure.
fn measure_name(facts: &ModelFacts, measure: &Measure) -> String {
    match measure.kind {
        MeasureKind::Total => "total".to_owned(),
        MeasureKind::Exec => "exec".to_owned(),
        MeasureKind::SchedWait => "sched wait".to_owned(),
        MeasureKind::Block(reason) => match facts.text(reason) {
            reason if reason.is_empty() => "block (reason unknown)".to_owned(),
            reason => format!("block ({reason})"),
        },
        MeasureKind::Syscall => "syscall".to_owned(),
        MeasureKind::SyscallBlock => "syscall block".to_owned(),
        MeasureKind::Unknown => "unknown".to_owned(),
        MeasureKind::InRange(name) => format!("in {}", name.text(facts.model().tables())),
    }
}

fn percentiles_text(facts: &ModelFacts, found: &[Group]) -> String {
    let mut text = head_text(facts, found);
    for group in found {
        let mut table = Table::new(&["sum", "min", "mean", "p50", "p90", "p99", "max", "<"]);
        for measure in &group.measures {
            let nanos = &measure.nanos;
            let p = nanos.percentiles();
            let mut cells = vec![column::duration_sum(nanos.total_nanos())];
            let numbers = [nanos.min_nanos(), nanos.mean_nanos(), p.p50, p.p90, p.p99, p.max];
            cells.extend(numbers.map(column::duration));
            cells.push(measure_name(facts, measure));
            table.row(cells);
        }
        let _ = write!(text, "\n{} ({})\n{}", text::name(&name(facts, group)), group.count, table.text());
    }
    text
}

/// What `--json` prints.
#[derive(Serialize)]
struct SummaryJson {
    #[serde(flatten)]
    head: HeadJson,
    groups: Vec<GroupJson>,
}

#[derive(Serialize)]
struct GroupJson {
    function: String,
    is_system: bool,
    count: u64,
    measures: Vec<MeasureJson>,
}

#[derive(Serialize)]
struct MeasureJson {
    measure: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(flatten)]
    nanos: DurationsJson,
}

fn json(facts: &ModelFacts, found: &[Group]) -> SummaryJson {
    let group = |group: &Group| GroupJson {
        function: facts.text(group.name),
        is_system: group.is_system,
        count: group.count,
        measures: group.measures.iter().map(|it| measure_json(facts, it.kind, &it.nanos)).collect(),
    };
    SummaryJson { head: facts.head("goscope.trace_summary/1"), groups: found.iter().map(group).collect() }
}

fn measure_json(facts: &ModelFacts, kind: MeasureKind, nanos: &DurationHistogram) -> MeasureJson {
    let (measure, reason) = match kind {
        MeasureKind::Total => ("total", None),
        MeasureKind::Exec => ("exec", None),
        MeasureKind::SchedWait => ("sched_wait", None),
        MeasureKind::Block(reason) => ("block", Some(facts.text(reason))),
        MeasureKind::Syscall => ("syscall", None),
        MeasureKind::SyscallBlock => ("syscall_block", None),
        MeasureKind::Unknown => ("unknown", None),
        MeasureKind::InRange(name) => ("in_range", Some(name.text(facts.model().tables()))),
    };
    MeasureJson { measure, reason, nanos: nanos.into() }
}
