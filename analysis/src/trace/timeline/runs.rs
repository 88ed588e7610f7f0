//! The running spans on a P or a thread as a row: numbered through the whole trace, with their time so far.

use std::ops::Range;

use goscope_parsers::trace::{GoId, ProcId, ProcState, ThreadId, Time};
use rayon::prelude::*;

use crate::trace::store::data::{SpanId, TraceData};
use crate::trace::store::rows::BindingRow;
use crate::trace::store::spans::partition_point;
use crate::trace::timeline::blocks::BlockIndex;
use crate::trace::timeline::goroutine::GoroutineLane;
use crate::trace::timeline::grid::{ClassNanos, SpanRow, gallop};
use crate::trace::words::cause::CauseId;
use crate::trace::words::class::SpanClass;
use crate::trace::words::time::{add_up, nanos_between};

/// Runs between two sums.
const RUN_STEP: usize = 16;

/// The runs of a P.
#[derive(Debug, Default)]
pub(super) struct ProcRuns {
    /// Blocks in which the P ran anything.
    blocks: Vec<RunBlock>,
    /// Time of the runs of their block before the 1st, 17th, 33rd …
    sums: Vec<u64>,
    len: usize,
}

/// The runs of a P in one block.
#[derive(Clone, Copy, Debug)]
struct RunBlock {
    number: u32,
    /// Runs of the P in the blocks before.
    first_run: u32,
    /// Where its sums begin.
    first_sum: u32,
    /// When the first run begins.
    start: Time,
    /// Time of the runs in the blocks before.
    nanos_before: u64,
}

impl ProcRuns {
    pub(super) fn heap_bytes(&self) -> usize {
        self.blocks.len() * size_of::<RunBlock>() + self.sums.len() * 8
    }
}

/// The runs of all Ps and threads.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// By P.
    procs: Vec<ProcRuns>,
    /// By thread, each in order of time.
    threads: Vec<Vec<ThreadBinding>>,
}

impl Runs {
    pub(super) fn new(data: &TraceData, blocks: &[BlockIndex]) -> Self {
        let of_blocks: Vec<BlockRuns> =
            (0..data.blocks.len()).into_par_iter().map(|number| run_nanos(data, blocks, number)).collect();
        let procs = proc_runs(data, blocks, of_blocks);
        let runs = Self { procs, threads: Vec::new() };
        let threads = thread_bindings(&SpanRows { data, blocks, runs: &runs });
        Self { threads, ..runs }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.procs.iter().map(ProcRuns::heap_bytes).sum::<usize>()
            + self.threads.iter().map(|rows| rows.len() * size_of::<ThreadBinding>()).sum::<usize>()
    }
}

/// The rows of spans that lanes show, as they are looked up.
#[derive(Clone, Copy)]
pub(super) struct SpanRows<'m> {
    pub(super) data: &'m TraceData,
    pub(super) blocks: &'m [BlockIndex],
    pub(super) runs: &'m Runs,
}

impl<'m> SpanRows<'m> {
    /// All spans of a goroutine; `None` for one without a life.
    pub(super) fn goroutine(self, id: GoId) -> Option<GoroutineLane<'m>> {
        GoroutineLane::new(self.data, self.blocks, id)
    }

    /// The running spans on a P.
    pub(super) fn proc(self, id: ProcId) -> ProcLane<'m> {
        ProcLane { data: self.data, blocks: self.blocks, proc: id, runs: self.runs.procs.get(id.index()) }
    }

    /// The running spans on a thread.
    pub(super) fn thread(self, id: ThreadId) -> ThreadLane<'m> {
        ThreadLane { rows: self, bindings: self.runs.threads.get(id.index()).map_or(&[], Vec::as_slice) }
    }
}

/// The time of runs in one block, by P: sums every [`RUN_STEP`] runs, and of all.
type BlockRuns = Vec<(Vec<u64>, u64)>;

fn run_nanos(data: &TraceData, blocks: &[BlockIndex], number: usize) -> BlockRuns {
    let block = &blocks[number];
    let procs = block.proc_id_end();
    let of_proc = |proc: usize| {
        let (mut sums, mut nanos) = (Vec::new(), 0);
        for (run, &place) in block.running_of(ProcId(proc as u32)).iter().enumerate() {
            if run % RUN_STEP == 0 {
                sums.push(nanos);
            }
            let time = run_time(data, blocks, number, place as usize);
            add_up(&mut nanos, nanos_between(time.start, time.end));
        }
        (sums, nanos)
    };
    (0..procs).map(of_proc).collect()
}

fn run_time(data: &TraceData, blocks: &[BlockIndex], number: usize, at: usize) -> Range<Time> {
    let block = &data.blocks[number];
    let is_last = blocks[number].is_last(at);
    let end = if is_last { data.end_of_last(number, at) } else { block.start(at + 1) };
    run_start(data, number, at)..end
}

#[inline]
fn run_start(data: &TraceData, number: usize, at: usize) -> Time {
    let block = &data.blocks[number];
    // What began before its block is cut in it; only a life that begins so is known to.
    if block.start_in_block(at) == 0 { start_of_cut(data, number, at) } else { block.start(at) }
}

#[cold]
fn start_of_cut(data: &TraceData, number: usize, at: usize) -> Time {
    let block = &data.blocks[number];
    let segment = block.segment_of(at);
    let goroutine = block.segment_goroutines[segment];
    let first = data.segments_of(goroutine).first();
    let is_first = block.segment(segment).start == at
        && first.is_some_and(|first| (first.block as usize, first.segment as usize) == (number, segment));
    let life = data.goroutine(goroutine).filter(|_| is_first);
    life.map_or_else(|| block.start(at), |goroutine| goroutine.creation)
}

fn proc_runs(data: &TraceData, blocks: &[BlockIndex], of_blocks: Vec<BlockRuns>) -> Vec<ProcRuns> {
    let mut procs: Vec<ProcRuns> = Vec::new();
    let mut nanos_before: Vec<u64> = Vec::new();
    for (number, by_proc) in of_blocks.into_iter().enumerate() {
        let block = &blocks[number];
        if by_proc.len() > procs.len() {
            procs.resize_with(by_proc.len(), ProcRuns::default);
            nanos_before.resize(by_proc.len(), 0);
        }
        for (id, (sums, nanos)) in by_proc.into_iter().enumerate() {
            let runs = block.running_of(ProcId(id as u32));
            let Some(&first) = runs.first() else { continue };
            let proc = &mut procs[id];
            proc.blocks.push(RunBlock {
                number: number as u32,
                first_run: proc.len as u32,
                first_sum: proc.sums.len() as u32,
                start: run_start(data, number, first as usize),
                nanos_before: nanos_before[id],
            });
            proc.sums.extend(sums);
            proc.len += runs.len();
            add_up(&mut nanos_before[id], nanos);
        }
    }
    for proc in &mut procs {
        proc.blocks.shrink_to_fit();
        proc.sums.shrink_to_fit();
    }
    procs
}

/// The runs of a P by their numbers.
#[derive(Clone, Copy)]
pub(super) struct ProcLane<'m> {
    data: &'m TraceData,
    blocks: &'m [BlockIndex],
    proc: ProcId,
    runs: Option<&'m ProcRuns>,
}

impl<'m> ProcLane<'m> {
    fn len(&self) -> usize {
        self.runs.map_or(0, |runs| runs.len)
    }

    /// The block that a run is in, and its place among the runs of the P in it.
    fn block_of(&self, run: usize) -> Option<(&'m RunBlock, usize)> {
        let blocks = &self.runs?.blocks;
        let at = blocks.partition_point(|block| block.first_run as usize <= run).checked_sub(1)?;
        Some((&blocks[at], run - blocks[at].first_run as usize))
    }

    fn run_time(&self, run: usize) -> Range<Time> {
        let Some((block, at)) = self.block_of(run) else { return 0..0 };
        let number = block.number as usize;
        let place = self.blocks[number].running_of(self.proc)[at];
        run_time(self.data, self.blocks, number, place as usize)
    }

    fn run_span(&self, run: usize) -> (SpanId, SpanClass, CauseId) {
        let Some((block, at)) = self.block_of(run) else {
            return (SpanId(0), SpanClass::Running, CauseId(0));
        };
        let place = self.blocks[block.number as usize].running_of(self.proc)[at];
        let block = &self.data.blocks[block.number as usize];
        (SpanId(block.first_span + place), SpanClass::Running, block.kind(place as usize).cause)
    }

    /// The number of runs that begin before `is_before` stops to hold, at least `from`.
    fn count_from(&self, from: usize, is_before: impl Fn(Time) -> bool) -> usize {
        let Some(blocks) = self.runs.map(|runs| &runs.blocks) else { return 0 };
        let first = blocks.partition_point(|block| block.first_run as usize <= from).saturating_sub(1);
        let block = gallop(first..blocks.len(), |at| at == first || is_before(blocks[at].start));
        let Some(block) = block.checked_sub(1).and_then(|at| blocks.get(at)) else { return from };
        let rows = &self.blocks[block.number as usize];
        let runs = rows.running_of(self.proc);
        let begin = from.saturating_sub(block.first_run as usize).min(runs.len());
        let is_near = |at: usize| is_before(run_start(self.data, block.number as usize, runs[at] as usize));
        if begin >= runs.len() || !is_near(begin) {
            return block.first_run as usize + begin;
        }
        block.first_run as usize + gallop(begin..runs.len(), is_near)
    }

    /// Time of the runs before one.
    fn nanos_before(&self, run: usize) -> u64 {
        let (Some(runs), Some((block, at))) = (self.runs, self.block_of(run)) else { return 0 };
        let number = block.number as usize;
        let places = self.blocks[number].running_of(self.proc);
        let row = at.min(places.len()) / RUN_STEP;
        // A number past the end of a block whose runs fill their last row has no row of its own.
        let row = row.min(places.len().div_ceil(RUN_STEP).saturating_sub(1));
        let rest = places[row * RUN_STEP..at.min(places.len())].iter();
        let rest: u64 = rest
            .map(|&place| run_time(self.data, self.blocks, number, place as usize))
            .map(|time| nanos_between(time.start, time.end))
            .sum();
        block.nanos_before + runs.sums[block.first_sum as usize + row] + rest
    }
}

fn running(nanos: u64) -> ClassNanos {
    let mut by_class = [0; SpanClass::COUNT];
    by_class[SpanClass::Running.index()] = nanos;
    by_class
}

impl SpanRow for ProcLane<'_> {
    type Place = usize;

    fn first(&self) -> Option<usize> {
        (self.len() > 0).then_some(0)
    }

    fn last_until(&self, time: Time) -> Option<usize> {
        self.count_from(0, |start| start <= time).checked_sub(1)
    }

    fn last_from(&self, from: usize, time: Time) -> usize {
        self.count_from(from, |start| start <= time).saturating_sub(1).max(from)
    }

    fn next(&self, run: usize) -> Option<usize> {
        (run + 1 < self.len()).then_some(run + 1)
    }

    fn time(&self, run: usize) -> Range<Time> {
        self.run_time(run)
    }

    fn span(&self, run: usize) -> (SpanId, SpanClass, CauseId) {
        self.run_span(run)
    }

    fn sum(&self, from: usize, to: usize) -> (u64, ClassNanos) {
        let nanos = self.nanos_before(to + 1) - self.nanos_before(from);
        ((to + 1 - from) as u64, running(nanos))
    }
}

/// A thread runs a P, and what.
#[derive(Clone, Copy, Debug)]
struct ThreadBinding {
    proc: ProcId,
    /// The runs of the P in this time.
    first_run: u32,
    end_run: u32,
    /// Runs of the thread before.
    count_before: u32,
    /// When the first run begins.
    start: Time,
    /// Time of the thread's runs before.
    nanos_before: u64,
}

/// By thread, in order of time. A P stays with a thread until either is bound anew.
fn thread_bindings(rows: &SpanRows<'_>) -> Vec<Vec<ThreadBinding>> {
    let tables = rows.data.tables();
    let mut threads: Vec<Vec<ThreadBinding>> = vec![Vec::new(); tables.thread_count()];
    // Since when a P is with which thread; the first word about a P says what was so before, too.
    let mut of_procs: Vec<Option<(ThreadId, Time)>> = vec![None; tables.proc_count()];
    let mut of_threads: Vec<ProcId> = vec![ProcId::NONE; tables.thread_count()];
    let mut is_known = vec![false; tables.proc_count()];
    let mut end = |proc: ProcId, bound: Option<(ThreadId, Time)>, until: Time| {
        let Some((thread, since)) = bound else { return };
        let lane = rows.proc(proc);
        let first_run = lane.count_from(0, |start| start < since);
        let end_run = lane.count_from(first_run, |start| start < until);
        if first_run < end_run {
            let start = lane.run_time(first_run).start;
            let (first_run, end_run) = (first_run as u32, end_run as u32);
            let binding = ThreadBinding { proc, first_run, end_run, count_before: 0, start, nanos_before: 0 };
            threads[thread.index()].push(binding);
        }
    };
    for row in takes(rows.data) {
        let (proc, thread) = (row.proc.index(), row.thread.index());
        let other = std::mem::replace(&mut of_threads[thread], row.proc);
        let holder = of_procs[proc].map(|(holder, _)| holder);
        if holder == Some(row.thread) && other == row.proc {
            continue;
        }
        end(row.proc, of_procs[proc].take(), row.time);
        if other != row.proc && of_procs[other.index()].is_some_and(|(holder, _)| holder == row.thread) {
            end(other, of_procs[other.index()].take(), row.time);
        }
        let since = if is_known[proc] { row.time } else { Time::MIN };
        is_known[proc] = true;
        of_procs[proc] = Some((row.thread, since));
    }
    for (proc, bound) in of_procs.into_iter().enumerate() {
        end(ProcId(proc as u32), bound, Time::MAX);
    }
    for bindings in &mut threads {
        bindings.sort_by_key(|binding| binding.start);
        let (mut count, mut nanos) = (0, 0);
        for binding in bindings.iter_mut() {
            (binding.count_before, binding.nanos_before) = (count, nanos);
            let lane = rows.proc(binding.proc);
            count += binding.end_run - binding.first_run;
            nanos += lane.sum(binding.first_run as usize, binding.end_run as usize - 1).1
                [SpanClass::Running.index()];
        }
        bindings.shrink_to_fit();
    }
    threads
}

/// Each time that a thread takes a P. Bindings leave out that a thread comes back to a P that nobody else had
/// meanwhile; state changes of Ps leave out threads that show up in the middle of a P's run.
fn takes(data: &TraceData) -> impl Iterator<Item = BindingRow> + '_ {
    let rows = data.proc_rows().iter().filter(|row| row.to == ProcState::Running && row.thread.is_some());
    let mut of_procs =
        rows.map(|row| BindingRow { time: row.time, proc: row.proc, thread: row.thread }).peekable();
    let mut bindings = data.bindings().iter().copied().peekable();
    std::iter::from_fn(move || match (of_procs.peek(), bindings.peek()) {
        (Some(row), Some(binding)) if row.time <= binding.time => of_procs.next(),
        (Some(_), None) => of_procs.next(),
        _ => bindings.next(),
    })
}

/// The thread of the run on a P that is under way at a moment, or was the last one. Asks every thread.
pub(super) fn thread_of_run(rows: SpanRows<'_>, proc: ProcId, time: Time) -> Option<ThreadId> {
    let lane = rows.proc(proc);
    let run = lane.last_until(time)?;
    let start = lane.run_time(run).start;
    let has_run = |bindings: &Vec<ThreadBinding>| {
        let after = bindings.partition_point(|binding| binding.start <= start);
        let binding = after.checked_sub(1).map(|at| bindings[at]);
        let runs = |binding: ThreadBinding| binding.first_run as usize..binding.end_run as usize;
        binding.is_some_and(|binding| binding.proc == proc && runs(binding).contains(&run))
    };
    let thread = rows.runs.threads.iter().position(has_run)?;
    u32::try_from(thread).ok().map(ThreadId)
}

/// The runs on a thread.
pub(super) struct ThreadLane<'m> {
    rows: SpanRows<'m>,
    bindings: &'m [ThreadBinding],
}

/// A run: the binding that it is in, and its number on the P.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ThreadPlace {
    binding: usize,
    run: usize,
}

impl<'m> ThreadLane<'m> {
    fn lane(&self, binding: usize) -> ProcLane<'m> {
        self.rows.proc(self.bindings[binding].proc)
    }

    /// Number and time of the runs before one.
    fn before(&self, place: ThreadPlace) -> (u64, u64) {
        let binding = &self.bindings[place.binding];
        let lane = self.lane(place.binding);
        let nanos = lane.nanos_before(place.run) - lane.nanos_before(binding.first_run as usize);
        let count = place.run as u64 - u64::from(binding.first_run);
        (u64::from(binding.count_before) + count, binding.nanos_before.saturating_add(nanos))
    }
}

impl SpanRow for ThreadLane<'_> {
    type Place = ThreadPlace;

    fn first(&self) -> Option<ThreadPlace> {
        let first = self.bindings.first()?;
        Some(ThreadPlace { binding: 0, run: first.first_run as usize })
    }

    fn last_until(&self, time: Time) -> Option<ThreadPlace> {
        let first = self.first().filter(|_| self.bindings[0].start <= time)?;
        Some(self.last_from(first, time))
    }

    fn last_from(&self, from: ThreadPlace, time: Time) -> ThreadPlace {
        let is_before = |at: usize| self.bindings[at].start <= time;
        let rest = from.binding + 1..self.bindings.len();
        let binding = if rest.is_empty() || !is_before(rest.start) {
            from.binding
        } else {
            partition_point(rest, is_before) - 1
        };
        let row = &self.bindings[binding];
        let first = if binding == from.binding { from.run } else { row.first_run as usize };
        let after = self.lane(binding).count_from(first, |start| start <= time).min(row.end_run as usize);
        ThreadPlace { binding, run: after.saturating_sub(1).max(first) }
    }

    fn next(&self, place: ThreadPlace) -> Option<ThreadPlace> {
        if place.run + 1 < self.bindings[place.binding].end_run as usize {
            return Some(ThreadPlace { run: place.run + 1, ..place });
        }
        let binding = place.binding + 1;
        let next = self.bindings.get(binding)?;
        Some(ThreadPlace { binding, run: next.first_run as usize })
    }

    fn time(&self, place: ThreadPlace) -> Range<Time> {
        self.lane(place.binding).run_time(place.run)
    }

    fn span(&self, place: ThreadPlace) -> (SpanId, SpanClass, CauseId) {
        self.lane(place.binding).run_span(place.run)
    }

    fn sum(&self, from: ThreadPlace, to: ThreadPlace) -> (u64, ClassNanos) {
        let (first, last) = (self.before(from), self.before(ThreadPlace { run: to.run + 1, ..to }));
        (last.0 - first.0, running(last.1 - first.1))
    }
}
