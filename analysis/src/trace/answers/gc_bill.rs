//! Who pays for the garbage collector, and who causes it.
//!
//! ```text
//! pays      assists │ waits in assists │ sweeps │ pauses │ Ps taken by workers     side by side: they overlap
//! causes    HeapAlloc 8.0 → 8.3 MiB, noticed while g7 ran                          0.3 MiB of whoever g7 worked for
//! ```
//!
//! A trace notes the size of the heap each time that a P takes a fresh span of memory, so what a goroutine allocates is
//! known without a heap profile: in whole spans (8 KiB and more), hence too low for who allocates little or rarely.

use std::cmp::Reverse;
use std::ops::Range;

use goscope_parsers::trace::{GoId, StringId, Time};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::critical_path::{LockSites, PathClass, PathSegment, Walker};
use super::facts::{Facts, WaitKind};
use super::instances::{AnswerInstance, AnswerOf, answer_instances};
use super::population::Population;
use super::runnable::runnable_in;
use super::why::start_of;
use crate::trace::folds::mutator_log::is_by_gc;
use crate::trace::model::{Span, TraceModel, nanos_between};
use crate::trace::proc_time::stops;
use crate::trace::store::rows::{RangeKind, RangePhase};
use crate::trace::words::runtime_goroutine::is_runtime_goroutine;
use crate::trace::words::time::{add_up, overlap_nanos, sum_up};

/// Instances that one worker takes up at once.
const AT_ONCE: usize = 64;

/// With fewer rises of the heap, what was allocated is only about right.
pub const FEW_RISES: u64 = 100;

/// What instances of a name pay, and what they cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BillRow {
    /// The name: task type, region, endpoint or function.
    pub name: StringId,
    /// How many.
    pub instances: u64,
    /// How long they take together, in nanoseconds.
    pub wall_nanos: u64,
    /// In which their goroutines had to help the collector before they might allocate, running or not.
    pub assist_nanos: u64,
    /// In which they waited for something to help with.
    pub assist_wait_nanos: u64,
    /// In which they swept before they might allocate.
    pub sweep_nanos: u64,
    /// In which the world was stopped for the collector.
    pub stw_nanos: u64,
    /// The part of these pauses that lay on critical paths: the time that they cost.
    pub stw_on_path_nanos: u64,
    /// In which they could run, all Ps were in use, and a worker of the collector had one.
    pub stolen_nanos: u64,
    /// Bytes that they allocated, in whole spans.
    pub alloc_bytes: u64,
    /// In how many rises of the heap these were noticed.
    pub rises: u64,
}

impl BillRow {
    fn merge(&mut self, other: &Self) {
        self.instances += other.instances;
        add_up(&mut self.wall_nanos, other.wall_nanos);
        add_up(&mut self.assist_nanos, other.assist_nanos);
        add_up(&mut self.assist_wait_nanos, other.assist_wait_nanos);
        add_up(&mut self.sweep_nanos, other.sweep_nanos);
        add_up(&mut self.stw_nanos, other.stw_nanos);
        add_up(&mut self.stw_on_path_nanos, other.stw_on_path_nanos);
        add_up(&mut self.stolen_nanos, other.stolen_nanos);
        add_up(&mut self.alloc_bytes, other.alloc_bytes);
        self.rises += other.rises;
    }
}

/// Who pays for the collector, and who causes it.
#[derive(Clone, Debug, Default)]
pub struct GcBill {
    /// All bytes that the heap rose by in the range.
    pub alloc_bytes: u64,
    /// In how many rises; 0: the trace does not say who allocates.
    pub rises: u64,
    /// By name, most assists first, then most bytes.
    pub rows: Vec<BillRow>,
    /// Instances whose begin or end the trace does not have.
    pub incomplete: u64,
}

/// Who pays for the collector in a range of time (`None`: the whole trace), by the names of the instances of a
/// population; of `None`, by the functions of goroutines.
pub fn gc_bill(model: &TraceModel, population: Option<&Population>, range: Option<&Range<Time>>) -> GcBill {
    let facts = Facts::new(model);
    model.proc_time();
    let found = match population {
        Some(population) => answer_instances(model, population, range),
        None => lives(model, range),
    };
    let whole = range.cloned().unwrap_or_else(|| model.range());
    let ledger = Ledger::new(&facts, &whole);
    // The life of a goroutine is no wait of anybody: it has no critical path that matters.
    let sites = population.filter(|_| !ledger.pauses.is_empty()).map(|_| facts.lock_sites());
    let parts = found.complete.par_chunks(AT_ONCE).map(|instances| ledger.sum(instances, sites));
    let mut rows = parts.reduce(FxHashMap::default, |mut left, right| {
        // Sums: the order shows nowhere.
        right.into_iter().for_each(|(name, row): (StringId, BillRow)| {
            left.entry(name).or_insert(BillRow { name, ..BillRow::default() }).merge(&row);
        });
        left
    });
    ledger.book_allocations(&found.complete, &mut rows);
    let mut rows: Vec<BillRow> = rows.into_values().collect();
    rows.sort_by_key(|row| (Reverse((row.assist_nanos, row.alloc_bytes)), row.name));
    GcBill {
        alloc_bytes: sum_up(ledger.rises.iter().map(|rise| rise.2)),
        rises: ledger.rises.len() as u64,
        rows,
        incomplete: found.incomplete,
    }
}

/// The lives of goroutines of the program, complete or not: here it matters what they did, not how long they lived.
fn lives(model: &TraceModel, range: Option<&Range<Time>>) -> super::instances::AnswerInstances {
    let range = range.cloned().unwrap_or(Time::MIN..Time::MAX);
    let lives = model.goroutine_ids().filter_map(|id| {
        let (life, name) = (model.goroutine(id)?.life(), model.start_function(id));
        let is_wanted = !is_runtime_goroutine(model.tables().string(name));
        let is_inside = life.start < range.end && life.end > range.start;
        let of = AnswerOf::Goroutine;
        (is_wanted && is_inside).then_some(AnswerInstance {
            of,
            name,
            goroutine: id,
            owner: id,
            begin: life.start,
            end: life.end,
        })
    });
    super::instances::AnswerInstances { complete: lives.collect(), incomplete: 0 }
}

type Rows = FxHashMap<StringId, BillRow>;

/// What is booked.
struct Ledger<'m> {
    facts: &'m Facts<'m>,
    /// By goroutine and time.
    sweeps: Vec<(GoId, Time, Time)>,
    /// In order of time.
    pauses: Vec<Range<Time>>,
    /// Rises of the heap by goroutine and time.
    rises: Vec<(GoId, Time, u64)>,
}

impl<'m> Ledger<'m> {
    fn new(facts: &'m Facts<'m>, range: &Range<Time>) -> Self {
        let model = facts.model;
        let tables = model.tables();
        let pauses = stops(model.data(), |row| is_by_gc(tables.string(row.reason)));
        let mut rises = rises(model, range);
        rises.par_sort_unstable();
        Self { facts, sweeps: sweeps(model), pauses, rises }
    }

    /// What instances pay.
    fn sum(&self, instances: &[AnswerInstance], sites: Option<&LockSites>) -> Rows {
        let mut rows = Rows::default();
        let mut walker = sites.map(|sites| Walker::new(self.facts, sites));
        for it in instances {
            let row = rows.entry(it.name).or_insert(BillRow { name: it.name, ..BillRow::default() });
            let mut paid = self.paid_by(it);
            if let Some(walker) = walker.as_mut().filter(|_| paid.stw_nanos > 0) {
                paid.stw_on_path_nanos = self.pauses_on_path(walker, it);
            }
            row.merge(&paid);
        }
        rows
    }

    /// How long an instance had to wait for pauses of the collector, its own goroutine or those it waited for.
    fn pauses_on_path(&self, walker: &mut Walker<'_>, it: &AnswerInstance) -> u64 {
        let stopped = walker.path(start_of(self.facts.model, it)).iter();
        let stopped = stopped.filter(|segment| segment.class == PathClass::StopTheWorld);
        stopped.map(|segment| self.paused_in_segment(segment, &it.range())).sum()
    }

    /// The part of a stop that is for the collector. A path says how long the world was stopped while a goroutine could
    /// run, not when: that lies somewhere in the span.
    fn paused_in_segment(&self, segment: &PathSegment, instance: &Range<Time>) -> u64 {
        let span = self.facts.model.span_at(segment.goroutine, segment.begin);
        let of_span = |span: Span| span.start.max(instance.start)..span.end.min(instance.end);
        span.map_or(0, |span| self.paused_in(&of_span(span)).min(segment.nanos()))
    }

    fn paused_in(&self, range: &Range<Time>) -> u64 {
        let first = self.pauses.partition_point(|pause| pause.end <= range.start);
        let pauses = self.pauses[first..].iter().take_while(|pause| pause.start < range.end);
        pauses.map(|pause| overlap_nanos(pause.clone(), range)).sum()
    }

    fn paid_by(&self, it: &AnswerInstance) -> BillRow {
        let (model, range) = (self.facts.model, it.range());
        let overlap = |&(_, begin, end): &(GoId, Time, Time)| overlap_nanos(begin..end, &range);
        let waits = model.spans_in(it.owner, range.clone());
        let waits = waits.filter(|span| self.facts.wait(span.cause) == WaitKind::GcAssist);
        let first_sweep =
            self.sweeps.partition_point(|&(id, begin, _)| (id, begin) < (it.owner, range.start));
        let sweeps = self.sweeps[first_sweep..].iter();
        let sweeps = sweeps.take_while(|&&(id, begin, _)| id == it.owner && begin < range.end);
        BillRow {
            name: it.name,
            instances: 1,
            wall_nanos: it.nanos(),
            assist_nanos: self.facts.assists_in(it.owner, &range).iter().map(overlap).sum(),
            assist_wait_nanos: waits.map(|span| span.nanos_in(&range)).sum(),
            sweep_nanos: sweeps.map(|&(_, begin, end)| nanos_between(begin, end)).sum(),
            stw_nanos: self.paused_in(&range),
            stw_on_path_nanos: 0,
            stolen_nanos: runnable_in(model, it.owner, &range).starved_with_gc_nanos,
            alloc_bytes: 0,
            rises: 0,
        }
    }

    /// Books what was allocated to the names of the instances that it was allocated in: once to each, also where
    /// instances of one name lie in each other.
    fn book_allocations(&self, instances: &[AnswerInstance], rows: &mut Rows) {
        let mut order: Vec<&AnswerInstance> = instances.iter().collect();
        order.sort_by_key(|it| (it.name, it.owner, it.begin));
        for group in order.chunk_by(|one, other| (one.name, one.owner) == (other.name, other.owner)) {
            let Some(row) = rows.get_mut(&group[0].name) else { continue };
            let owner = group[0].owner;
            let mut next = self.rises.partition_point(|&(id, ..)| id < owner);
            for it in group {
                // What lies before it, or was booked to one before it, is passed.
                next += self.rises[next..].partition_point(|&(id, at, _)| id == owner && at < it.begin);
                let inside = self.rises[next..].iter().take_while(|&&(id, at, _)| id == owner && at < it.end);
                for &(.., bytes) in inside {
                    add_up(&mut row.alloc_bytes, bytes);
                    row.rises += 1;
                    next += 1;
                }
            }
        }
    }
}

/// Rises of the heap in a range of time: who ran where each was noticed, and by how many bytes. Falls (sweeping, the end
/// of a cycle) are no news about who allocates, nor is what lies before and after a gap.
fn rises(model: &TraceModel, range: &Range<Time>) -> Vec<(GoId, Time, u64)> {
    let mut lost = model.syncs().iter().filter(|row| row.is_after_gap).map(|row| row.time).peekable();
    let mut before: Option<u64> = None;
    let mut rises = Vec::new();
    for (row, &goroutine) in model.heap_alloc().iter().zip(model.allocators()) {
        while lost.next_if(|&time| time <= row.time).is_some() {
            before = None;
        }
        let rise = before.map_or(0, |before| row.value.saturating_sub(before));
        if rise > 0 && range.start <= row.time && row.time < range.end {
            rises.push((goroutine, row.time, rise));
        }
        before = Some(row.value);
    }
    rises
}

/// All sweeps, by the goroutine that ran where they began, and time.
fn sweeps(model: &TraceModel) -> Vec<(GoId, Time, Time)> {
    let mut open: FxHashMap<u32, (GoId, Time)> = FxHashMap::default();
    let mut sweeps = Vec::new();
    for row in model.range_events().iter().filter(|row| row.kind == RangeKind::Sweep) {
        match row.phase {
            RangePhase::Begin => {
                open.insert(row.scope, (row.goroutine, row.time));
            }
            RangePhase::Active => {}
            RangePhase::End => {
                if let Some((goroutine, begin)) = open.remove(&row.scope).filter(|it| it.0.is_some()) {
                    sweeps.push((goroutine, begin, row.time));
                }
            }
        }
    }
    sweeps.sort_unstable();
    sweeps
}
