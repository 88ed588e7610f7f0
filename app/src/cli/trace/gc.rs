//! `goscope trace gc`: every cycle of the garbage collector.

use std::fmt::Write as _;

use goscope_analysis::trace::gc::{GcCycle, GcCycles, GcLog, Work};
use goscope_analysis::trace::stw::{Pause, StwLog};
use serde::Serialize;

use super::json::HeadJson;
use super::read::{ReadArgs, TraceFacts};
use super::time_range::start_function;
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::text::{self, Table, column};

/// Arguments of `goscope trace gc`.
#[derive(Debug, clap::Args)]
pub(super) struct GcArgs {
    #[command(flatten)]
    read: ReadArgs,
    /// Print JSON with raw integers (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints the cycles.
pub(super) fn run(args: &GcArgs) -> Result<(), Failure> {
    let (mut gc, mut stw) = (GcLog::default(), StwLog::default());
    let facts = args.read.read(|event, tables| {
        gc.event(event, tables);
        stw.event(event, tables);
    })?;
    let (GcCycles { cycles, before }, pauses) = (gc.finish(), stw.finish());
    let in_range = |cycle: &&GcCycle| {
        let span = cycle.mark_span(&facts.part.trace);
        span.start < facts.part.range.end && span.end > facts.part.range.start
    };
    let cycles: Vec<&GcCycle> = cycles.iter().filter(in_range).collect();
    let report = Report { facts: &facts, pauses: &pauses, cycles, before: &before };
    if args.json {
        args.output.write_json(&report.json())?;
    } else {
        args.output.write_text(&report.text())?;
    }
    facts.warn();
    Ok(())
}

struct Report<'a> {
    facts: &'a TraceFacts,
    pauses: &'a [Pause],
    cycles: Vec<&'a GcCycle>,
    before: &'a GcCycle,
}

impl Report<'_> {
    fn mark_nanos(&self, cycle: &GcCycle) -> u64 {
        let span = cycle.mark_span(&self.facts.part.trace);
        span.end.abs_diff(span.start)
    }

    fn text(&self) -> String {
        let marked: u64 = self.cycles.iter().map(|cycle| self.mark_nanos(cycle)).sum();
        let assists: u64 = self.cycles.iter().map(|cycle| cycle.assists.nanos).sum();
        let mut text = format!(
            "{} cycles, marking for {}, mark assists for {}, in {}\n\n",
            self.cycles.len(),
            column::duration(marked),
            column::duration(assists),
            self.facts.part.range_text(),
        );
        let mut table = Table::new(&[
            "at",
            "mark",
            "pauses",
            "before",
            "peak",
            "after",
            "goal",
            "next",
            "assists",
            "dedicated",
            "fractional",
            "idle",
            "sweep",
            "<started by",
        ]);
        for cycle in &self.cycles {
            table.row(self.row(cycle));
        }
        let _ = write!(text, "{}", table.text());
        let is_cut = |cycle: &&GcCycle| cycle.mark_begin.is_none() || cycle.mark_end.is_none();
        if self.cycles.iter().any(is_cut) {
            text.push_str("< began before the trace, > goes on after it\n");
        }
        let Work { count, nanos, .. } = self.before.sweep.work;
        if count > 0 {
            let nanos = column::duration(nanos);
            let _ = writeln!(text, "before the first cycle: swept {count} times for {nanos}");
        }
        text
    }

    fn row(&self, cycle: &GcCycle) -> Vec<String> {
        let begin = self.facts.part.since_start(cycle.mark_span(&self.facts.part.trace).start);
        let before = if cycle.mark_begin.is_none() { "<" } else { "" };
        let after = if cycle.mark_end.is_none() { ">" } else { "" };
        let pauses: u64 = cycle.pauses(self.pauses, &self.facts.part.trace).map(Pause::nanos).sum();
        let bytes = |bytes: Option<u64>| bytes.map_or("-".to_owned(), text::column::bytes);
        let work = |work: Work| if work.count == 0 { "-".to_owned() } else { column::duration(work.nanos) };
        let mut cells = vec![
            format!("{before}{}", column::moment(begin)),
            format!("{}{after}", column::duration(self.mark_nanos(cycle))),
            column::duration(pauses),
        ];
        cells.extend(
            [cycle.heap_before, cycle.heap_peak, cycle.heap_after, cycle.goal, cycle.next_goal].map(bytes),
        );
        let sweep = cycle.sweep.work;
        cells.extend([cycle.assists, cycle.dedicated, cycle.fractional, cycle.idle, sweep].map(work));
        cells.push(self.starter(cycle));
        cells
    }

    /// The goroutine that started the cycle, and its start function.
    fn starter(&self, cycle: &GcCycle) -> String {
        let function = start_function(&self.facts.tables, cycle.stack);
        let goid = self.facts.goid(cycle.goroutine).filter(|_| cycle.mark_begin.is_some());
        goid.map_or(String::new(), |goid| format!("{goid} {function}"))
    }

    fn json(&self) -> GcJson {
        let cycles = self.cycles.iter().map(|cycle| self.cycle_json(cycle));
        GcJson {
            head: self.facts.head("goscope.trace_gc/1"),
            cycles: cycles.collect(),
            sweep_before: self.before.sweep.into(),
        }
    }

    fn cycle_json(&self, cycle: &GcCycle) -> CycleJson {
        let time = |time| self.facts.part.since_start(time);
        let pauses = cycle.pauses(self.pauses, &self.facts.part.trace);
        CycleJson {
            mark_begin_nanos: cycle.mark_begin.map(time),
            mark_end_nanos: cycle.mark_end.map(time),
            pauses_nanos: pauses.map(Pause::nanos).collect(),
            heap_before_bytes: cycle.heap_before,
            heap_peak_bytes: cycle.heap_peak,
            heap_after_bytes: cycle.heap_after,
            goal_bytes: cycle.goal,
            next_goal_bytes: cycle.next_goal,
            assists: cycle.assists.into(),
            dedicated: cycle.dedicated.into(),
            fractional: cycle.fractional.into(),
            idle: cycle.idle.into(),
            sweep: cycle.sweep.into(),
            goroutine: self.facts.goid(cycle.goroutine).filter(|_| cycle.mark_begin.is_some()),
            stack: self.facts.functions(cycle.stack),
        }
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct GcJson {
    #[serde(flatten)]
    head: HeadJson,
    cycles: Vec<CycleJson>,
    sweep_before: SweepJson,
}

#[derive(Serialize)]
struct CycleJson {
    mark_begin_nanos: Option<i64>,
    mark_end_nanos: Option<i64>,
    pauses_nanos: Vec<u64>,
    heap_before_bytes: Option<u64>,
    heap_peak_bytes: Option<u64>,
    heap_after_bytes: Option<u64>,
    goal_bytes: Option<u64>,
    next_goal_bytes: Option<u64>,
    assists: WorkJson,
    dedicated: WorkJson,
    fractional: WorkJson,
    idle: WorkJson,
    sweep: SweepJson,
    goroutine: Option<i64>,
    stack: Vec<String>,
}

#[derive(Serialize)]
struct WorkJson {
    count: u64,
    total_nanos: u64,
    longest_nanos: u64,
}

impl From<Work> for WorkJson {
    fn from(work: Work) -> Self {
        Self { count: work.count, total_nanos: work.nanos, longest_nanos: work.longest_nanos }
    }
}

#[derive(Serialize)]
struct SweepJson {
    #[serde(flatten)]
    work: WorkJson,
    bytes_swept: u64,
    bytes_reclaimed: u64,
}

impl From<goscope_analysis::trace::gc::Sweep> for SweepJson {
    fn from(sweep: goscope_analysis::trace::gc::Sweep) -> Self {
        let (bytes_swept, bytes_reclaimed) = (sweep.bytes_swept, sweep.bytes_reclaimed);
        Self { work: sweep.work.into(), bytes_swept, bytes_reclaimed }
    }
}
