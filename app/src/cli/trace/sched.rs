//! `goscope trace sched`: what goroutines that could run waited for, and who had the Ps meanwhile.

use std::fmt::Write as _;

use serde::Serialize;

use super::about::Narrow;
use super::answer_args::RowLimitArgs;
use super::json::{DurationsJson, HeadJson};
use super::read::{ModelFacts, ReadArgs};
use super::time_range::named;
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::query::trace::answers::scheduler::{Scheduler, SchedulerQuery};
use crate::query::trace::answers::scheduler_sentence::{
    scheduler_notes, scheduler_sentence, verdict_sentence,
};
use crate::text::{self, Table, column};

const MORE_HELP: &str = "\
A goroutine that could run waits because all Ps are in use (starved; lost P where
a system call cost it its own), because an idle P takes time to wake up, because
the world is stopped, or because the whole process does not run: no event for
25 ms though a goroutine runs, as under a CPU quota. These add up to all of the
runnable time of the program's goroutines, to the nanosecond.

With CPU samples in the trace (a CPU profile ran while it was recorded), it is
also told whether what runs has a CPU.

Examples:
  goscope trace sched trace.out                    who stands in the way?
  goscope trace sched trace.out --range 1s..2s
  goscope trace sched trace.out --json | jq .runnable";

/// Arguments of `goscope trace sched`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct SchedArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    limit: RowLimitArgs,
    /// Print JSON with raw integers (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints the answer.
pub(super) fn run(args: &SchedArgs) -> Result<(), Failure> {
    let facts = args.read.model(Narrow::Time)?;
    let scheduler = facts.ask(&SchedulerQuery { range: facts.range() })?;
    if args.json {
        args.output.write_json(&json(&facts, &scheduler, args.limit))?;
    } else {
        args.output.write_text(&text(&facts, &scheduler, args.limit))?;
    }
    facts.warn();
    Ok(())
}

fn text(facts: &ModelFacts, it: &Scheduler, limit: RowLimitArgs) -> String {
    let model = facts.model();
    let mut text = format!("{}.\n", scheduler_sentence(model, it).text());
    for verdict in it.verdicts.iter().skip(1) {
        let _ = writeln!(text, "{}.", verdict_sentence(model, it, verdict).text());
    }
    let procs = it.gomaxprocs.map_or("?".to_owned(), |procs| procs.to_string());
    let busy = column::percent(u128::from(it.busy_nanos), u128::from(it.proc_nanos));
    let _ = writeln!(text, "\nGOMAXPROCS {procs}, Ps in use {busy} of {}", facts.part.range_text());
    if let Some(ratio) = it.on_cpu_ratio() {
        let expected = it.expected_samples();
        let share = text::percent(ratio);
        let _ =
            writeln!(text, "{} CPU samples of {expected} expected: {share} of running had a CPU", it.samples);
    }
    for note in scheduler_notes(model, it) {
        let _ = writeln!(text, "{note}");
    }
    let _ = write!(text, "\n{}", runnable_table(it));
    if !it.by.is_empty() {
        let _ = write!(text, "\n{}", by_table(facts, it, limit.of_text()));
    }
    text
}

/// What goroutines that could run waited for.
fn runnable_table(it: &Scheduler) -> String {
    let runnable = &it.runnable;
    let mut table = Table::new(&["runnable", "share", "<what was in the way"]);
    let rows = [
        (runnable.starved_nanos, "all Ps in use"),
        (runnable.lost_p_nanos, "all Ps in use, after a system call that cost the P"),
        (runnable.wakeup_nanos, "wake-up: a P was idle"),
        (runnable.stw_nanos, "world stopped"),
        (runnable.throttled_nanos, "process stopped"),
    ];
    for (nanos, what) in rows {
        let share = column::percent(u128::from(nanos), u128::from(runnable.nanos()));
        table.row(vec![column::duration(nanos), share, what.to_owned()]);
    }
    if runnable.starved_with_gc_nanos > 0 {
        let share = column::percent(u128::from(runnable.starved_with_gc_nanos), u128::from(runnable.nanos()));
        let what = "of all Ps in use: one by the garbage collector".to_owned();
        table.row(vec![column::duration(runnable.starved_with_gc_nanos), share, what]);
    }
    table.text()
}

/// Who had the Ps meanwhile.
fn by_table(facts: &ModelFacts, it: &Scheduler, limit: usize) -> String {
    let all: u128 = it.by.iter().map(|row| u128::from(row.nanos)).sum();
    let mut table = Table::new(&["P time", "share", "<had the Ps meanwhile"]);
    for row in it.by.iter().take(limit) {
        let name = named(facts.text(row.function));
        let share = column::percent(u128::from(row.nanos), all);
        table.row(vec![column::duration(row.nanos), share, name]);
    }
    let mut text = table.text();
    if it.by.len() > limit {
        let _ = writeln!(text, "… {} more (--limit)", it.by.len() - limit);
    }
    text
}

/// What `--json` prints.
#[derive(Serialize)]
struct SchedJson {
    #[serde(flatten)]
    head: HeadJson,
    sentence: String,
    notes: Vec<String>,
    gomaxprocs: Option<u64>,
    proc_nanos: u64,
    busy_nanos: u64,
    running_nanos: u64,
    user_running_nanos: u64,
    gc_nanos: u64,
    runnable: RunnableJson,
    latency: DurationsJson,
    wakeups: DurationsJson,
    gaps: GapsJson,
    samples: u64,
    expected_samples: u64,
    on_cpu_ratio: Option<f64>,
    verdicts: Vec<VerdictJson>,
    by: Vec<ByJson>,
    by_left_out: usize,
}

#[derive(Serialize)]
struct RunnableJson {
    stw_nanos: u64,
    starved_nanos: u64,
    lost_p_nanos: u64,
    wakeup_nanos: u64,
    throttled_nanos: u64,
    starved_with_gc_nanos: u64,
}

#[derive(Serialize)]
struct GapsJson {
    count: u64,
    total_nanos: u64,
    median_nanos: Option<u64>,
    period_nanos: Option<u64>,
    looks_like_quota: bool,
}

#[derive(Serialize)]
struct VerdictJson {
    id: &'static str,
    sentence: String,
}

#[derive(Serialize)]
struct ByJson {
    goroutine_function: String,
    nanos: u64,
}

fn json(facts: &ModelFacts, it: &Scheduler, limit: RowLimitArgs) -> SchedJson {
    let model = facts.model();
    let verdicts = it.verdicts.iter().map(|verdict| VerdictJson {
        id: verdict.id(),
        sentence: verdict_sentence(model, it, verdict).text(),
    });
    let listed = it.by.iter().take(limit.of_json());
    let by = listed.map(|row| ByJson { goroutine_function: facts.text(row.function), nanos: row.nanos });
    SchedJson {
        head: facts.head("goscope.trace_sched/1"),
        sentence: scheduler_sentence(model, it).text(),
        notes: scheduler_notes(model, it),
        gomaxprocs: it.gomaxprocs,
        proc_nanos: it.proc_nanos,
        busy_nanos: it.busy_nanos,
        running_nanos: it.running_nanos,
        user_running_nanos: it.user_running_nanos,
        gc_nanos: it.gc_nanos,
        runnable: RunnableJson {
            stw_nanos: it.runnable.stw_nanos,
            starved_nanos: it.runnable.starved_nanos,
            lost_p_nanos: it.runnable.lost_p_nanos,
            wakeup_nanos: it.runnable.wakeup_nanos,
            throttled_nanos: it.runnable.throttled_nanos,
            starved_with_gc_nanos: it.runnable.starved_with_gc_nanos,
        },
        latency: (&it.latency).into(),
        wakeups: (&it.wakeups).into(),
        gaps: GapsJson {
            count: it.gaps.count,
            total_nanos: it.gaps.total_nanos,
            median_nanos: it.gaps.median_nanos,
            period_nanos: it.gaps.period_nanos,
            looks_like_quota: it.gaps.looks_like_quota(),
        },
        samples: it.samples,
        expected_samples: it.expected_samples(),
        on_cpu_ratio: it.on_cpu_ratio(),
        verdicts: verdicts.collect(),
        by: by.collect(),
        by_left_out: it.by.len().saturating_sub(limit.of_json()),
    }
}
