//! A whole trace in columns: goroutines with the spans of their lives, Ps, threads, tasks, regions, GC.
//!
//! ```text
//! goroutines  goid creation end parent …   ──► segments ──► blocks of spans (block.rs), by time
//! spans of a goroutine   │ runnable │ running │ waiting "chan receive" │ runnable │ running │   tile its life
//!                        creation                                                           end (or trace end)
//! P log       running spans by P and time, in the same blocks
//! rows        syncs, range events, metrics, labels, samples, logs, tasks, regions (rows.rs)
//! ```
//!
//! The builder makes it in one pass; it knows no index and no question. Ids are those of the parsers' [`Tables`],
//! which are part of it.

use std::ops::Range;

use goscope_parsers::trace::{
    ClockSnapshot, FrameId, GoId, Problem, ProcId, StackId, StringId, Tables, TaskId, ThreadId, Time,
    TraceVersion,
};

use rustc_hash::FxHashSet;

use crate::trace::store::block::Block;
use crate::trace::store::rows::{
    BindingRow, LabelRow, LogRow, MetricRow, ProcRow, RangeEventRow, RegionRow, SampleRow, SweepRow, SyncRow,
    TaskRow,
};
use crate::trace::words::cause::{Cause, CauseId, SpanState};
use crate::trace::words::time::nanos_between;

/// A span, by its place in the blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId(pub u32);

/// A piece of a goroutine's life in one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Which.
    pub id: SpanId,
    /// Whose.
    pub goroutine: GoId,
    /// When it began.
    pub start: Time,
    /// When the next began, or the life or the trace ended.
    pub end: Time,
    /// State, reason and stack as one id; see [`TraceData::cause`].
    pub cause: CauseId,
    /// The state.
    pub state: SpanState,
    /// Running, syscall: the P it runs on. Else: the P where the event came from that began it. None if unknown.
    pub proc: ProcId,
    /// Runnable: the goroutine that unblocked or created it, if any. Else none.
    pub waker: GoId,
}

impl Span {
    /// Its length.
    pub fn duration_nanos(&self) -> u64 {
        nanos_between(self.start, self.end)
    }

    /// How much of it lies in a range of time.
    pub fn nanos_in(&self, range: &Range<Time>) -> u64 {
        nanos_between(self.start.max(range.start), self.end.min(range.end))
    }
}

/// A goroutine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goroutine {
    /// Its id.
    pub id: GoId,
    /// Its number in the program.
    pub goid: i64,
    /// Its start: it was created, or (see `is_created`) existed when the trace started.
    pub creation: Time,
    /// Its life ends: it died, or (see `is_ended`) the trace ends.
    pub end: Time,
    /// Whether its creation is in the trace.
    pub is_created: bool,
    /// Whether its end is in the trace.
    pub is_ended: bool,
    /// Its creator; none if the trace does not have it, or if it was not a goroutine.
    pub parent: GoId,
    /// The stack it began with, or for one that was there before the trace, a later one. Its outermost frame
    /// names the goroutine's function.
    pub start_stack: StackId,
}

impl Goroutine {
    /// From its first to its last time in the trace.
    pub fn life(&self) -> Range<Time> {
        self.creation..self.end
    }
}

/// Columns by [`GoId`].
#[derive(Debug, Default)]
pub(crate) struct GoroutineColumns {
    pub(crate) creation: Vec<Time>,
    pub(crate) end: Vec<Time>,
    pub(crate) parent: Vec<GoId>,
    pub(crate) start_stack: Vec<StackId>,
    /// The function that each is named after; filled when all else is there.
    pub(crate) entry: Vec<StringId>,
    pub(crate) flags: Vec<u8>,
}

/// The goroutine has a life in this trace.
pub(crate) const LIVES: u8 = 1;
/// Its creation is in the trace.
pub(crate) const CREATED: u8 = 2;
/// Its end is in the trace.
pub(crate) const ENDED: u8 = 4;

/// A run of spans of one goroutine in one block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub(crate) block: u32,
    pub(crate) segment: u32,
}

/// Time by state of all goroutines together, from the start of the trace to a time.
#[derive(Clone, Copy, Debug)]
pub struct StateSum {
    /// The time.
    pub time: Time,
    /// Nanoseconds by [`SpanState::index`].
    pub nanos: [i64; SpanState::COUNT],
}

/// Time that all goroutines together spent for one cause while a block was filled.
#[derive(Clone, Copy, Debug)]
pub struct CauseSum {
    /// The cause.
    pub cause: CauseId,
    /// Goroutines in it when the block ended.
    pub open: u32,
    /// Nanoseconds of all goroutines together.
    pub nanos: i64,
}

/// A whole trace, without what is computed from it.
#[derive(Debug)]
pub struct TraceData {
    pub(crate) version: TraceVersion,
    pub(crate) tables: Tables,
    pub(crate) problems: Vec<Problem>,
    pub(crate) lost_share: f64,
    pub(crate) range: Range<Time>,
    pub(crate) event_count: u64,
    pub(crate) goroutines: GoroutineColumns,
    /// By goroutine, each in order of time.
    pub(crate) segments: Vec<Segment>,
    /// Where the segments of a goroutine begin, and the end of the last.
    pub(crate) segment_begins: Vec<u32>,
    /// Goroutines whose spans do not begin one after the other.
    pub(crate) disorder: FxHashSet<GoId>,
    /// Goroutines in order of their numbers.
    pub(crate) by_number: Vec<GoId>,
    pub(crate) blocks: Vec<Block>,
    /// When each of them was opened, side by side.
    pub(crate) blocks_opened: Vec<Time>,
    pub(crate) causes: Vec<Cause>,
    /// Of each block.
    pub(crate) cause_sums: Vec<Vec<CauseSum>>,
    pub(crate) state_sums: Vec<StateSum>,
    /// Goroutines that were there before their first event, with the time of that, in order of their ids.
    pub(crate) first_seen: Vec<(GoId, Time)>,
    pub(crate) syncs: Vec<SyncRow>,
    pub(crate) procs: Vec<ProcRow>,
    pub(crate) bindings: Vec<BindingRow>,
    pub(crate) range_events: Vec<RangeEventRow>,
    pub(crate) sweeps: Vec<SweepRow>,
    pub(crate) metrics: [Vec<MetricRow>; 3],
    pub(crate) allocators: Vec<GoId>,
    pub(crate) labels: Vec<LabelRow>,
    pub(crate) samples: Vec<SampleRow>,
    pub(crate) logs: Vec<LogRow>,
    pub(crate) tasks: Vec<TaskRow>,
    /// By goroutine, each in order of start.
    pub(crate) regions: Vec<RegionRow>,
}

impl TraceData {
    /// The version in the header.
    pub fn version(&self) -> TraceVersion {
        self.version
    }

    /// What the ids stand for: strings, stacks, numbers of goroutines, Ps, threads and tasks.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// What was found wrong while reading.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The part of the file that was not used because of problems, in 0..=1.
    pub fn lost_share(&self) -> f64 {
        self.lost_share
    }

    /// From the first to the last event.
    pub fn range(&self) -> Range<Time> {
        self.range.clone()
    }

    /// Nanoseconds from the first to the last event.
    pub fn duration_nanos(&self) -> u64 {
        nanos_between(self.range.start, self.range.end)
    }

    /// Number of events, including those that only start a generation.
    pub fn event_count(&self) -> u64 {
        self.event_count
    }

    /// How the trace's clock relates to the one on the wall (since Go 1.25).
    pub fn wall_clock(&self) -> Option<ClockSnapshot> {
        self.tables.generations().iter().find_map(|generation| generation.snapshot)
    }

    /// All goroutines that live in the trace, by id: in order of their first appearance.
    pub fn goroutine_ids(&self) -> impl Iterator<Item = GoId> + '_ {
        let flags = self.goroutines.flags.iter().enumerate();
        flags.filter(|(_, flags)| *flags & LIVES != 0).map(|(id, _)| GoId(id as u32))
    }

    /// Ids of goroutines are below this: the length of an array by goroutine.
    pub fn goroutine_id_end(&self) -> usize {
        self.goroutines.flags.len()
    }

    /// A goroutine; `None` if it has no life in the trace (only named, or none).
    pub fn goroutine(&self, id: GoId) -> Option<Goroutine> {
        let columns = &self.goroutines;
        let at = id.index();
        let flags = columns.flags.get(at).copied().filter(|flags| flags & LIVES != 0)?;
        Some(Goroutine {
            id,
            goid: self.tables.goid(id),
            creation: columns.creation[at],
            end: columns.end[at],
            is_created: flags & CREATED != 0,
            is_ended: flags & ENDED != 0,
            parent: columns.parent[at],
            start_stack: columns.start_stack[at],
        })
    }

    /// From begin to end of a goroutine; `None` if it has no life in the trace.
    #[inline]
    pub(crate) fn life(&self, id: GoId) -> Option<Range<Time>> {
        let (columns, at) = (&self.goroutines, id.index());
        columns.flags.get(at).filter(|flags| **flags & LIVES != 0)?;
        Some(columns.creation[at]..columns.end[at])
    }

    /// Whether the spans of a goroutine do not begin one after the other, so that nothing can be found in them by
    /// time.
    pub(crate) fn is_disorder(&self, id: GoId) -> bool {
        !self.disorder.is_empty() && self.disorder.contains(&id)
    }

    /// The goroutine with a number.
    pub fn goroutine_by_number(&self, goid: i64) -> Option<GoId> {
        let at = self.by_number.partition_point(|&id| self.tables.goid(id) < goid);
        self.by_number.get(at).copied().filter(|&id| self.tables.goid(id) == goid)
    }

    /// Where a goroutine began: the outermost frame of its start stack. Frame 0 if it is not known.
    pub fn start_frame(&self, id: GoId) -> FrameId {
        let stack = self.goroutines.start_stack.get(id.index()).copied().unwrap_or_default();
        self.tables.stack(stack).last().copied().unwrap_or_default()
    }

    /// The name of the function a goroutine runs, which names its group in all reports: where it began, or what the
    /// [wrapper](crate::trace::store::entry) runs that it began in. Empty if it is not known.
    pub fn start_function(&self, id: GoId) -> StringId {
        self.goroutines.entry.get(id.index()).copied().unwrap_or_default()
    }

    /// When a goroutine that was there before the trace (or a gap) was first mentioned: what it did before that
    /// is concluded from what it did then.
    pub fn first_seen(&self, id: GoId) -> Option<Time> {
        let at = self.first_seen.binary_search_by_key(&id, |&(id, _)| id).ok()?;
        Some(self.first_seen[at].1)
    }

    /// State, reason and stack behind an id.
    pub fn cause(&self, id: CauseId) -> Cause {
        self.causes.get(id.index()).copied().unwrap_or_default()
    }

    /// All causes, by id.
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }

    /// Time by state, of all goroutines together, every few hundred transitions.
    pub fn state_sums(&self) -> &[StateSum] {
        &self.state_sums
    }

    /// Bytes that spans take on the heap.
    pub fn span_bytes(&self) -> usize {
        self.blocks.iter().map(Block::heap_bytes).sum()
    }

    /// Time by cause, of all goroutines together, a block of spans after the other.
    pub fn cause_sums(&self) -> &[Vec<CauseSum>] {
        &self.cause_sums
    }

    /// Number of spans.
    pub fn span_count(&self) -> u64 {
        self.blocks.last().map_or(0, |last| u64::from(last.first_span) + last.len() as u64)
    }

    /// Generations, and the end of the trace.
    pub fn syncs(&self) -> &[SyncRow] {
        &self.syncs
    }

    /// State changes of Ps, in order of time. Ps above 1,000,000 in v1 traces are artificial.
    pub fn proc_rows(&self) -> &[ProcRow] {
        &self.procs
    }

    /// Which thread runs a P from when on, in order of time.
    pub fn bindings(&self) -> &[BindingRow] {
        &self.bindings
    }

    /// The thread that ran a P at a time.
    pub fn thread_of(&self, proc: ProcId, time: Time) -> ThreadId {
        let before = self.bindings.partition_point(|row| row.time <= time);
        let row = self.bindings[..before].iter().rev().find(|row| row.proc == proc);
        row.map_or(ThreadId::NONE, |row| row.thread)
    }

    /// Events about GC cycles, sweeps, assists and STW pauses, in order of time.
    pub fn range_events(&self) -> &[RangeEventRow] {
        &self.range_events
    }

    /// What sweeps did, in order of their ends.
    pub fn sweeps(&self) -> &[SweepRow] {
        &self.sweeps
    }

    /// GOMAXPROCS over time.
    pub fn gomaxprocs(&self) -> &[MetricRow] {
        &self.metrics[0]
    }

    /// Bytes of heap in use over time.
    pub fn heap_alloc(&self) -> &[MetricRow] {
        &self.metrics[1]
    }

    /// Of each row of [`heap_alloc`](Self::heap_alloc): the goroutine that ran where it was noticed, if any.
    pub fn allocators(&self) -> &[GoId] {
        &self.allocators
    }

    /// The heap goal over time, as the runtime says it; 0 while the GC is off, or above 1 PiB (Go 1.22, 1.23).
    pub fn heap_goal(&self) -> &[MetricRow] {
        &self.metrics[2]
    }

    /// Labels of GC workers, in order of time.
    pub fn labels(&self) -> &[LabelRow] {
        &self.labels
    }

    /// CPU samples, in order of time.
    pub fn samples(&self) -> &[SampleRow] {
        &self.samples
    }

    /// Log messages, in order of time.
    pub fn logs(&self) -> &[LogRow] {
        &self.logs
    }

    /// A task; `None` if nothing of it is in the trace. Also the background task, if something is in none.
    pub fn task(&self, id: TaskId) -> Option<&TaskRow> {
        self.tasks.get(id.index()).filter(|task| task.is_seen)
    }

    /// All tasks of which something is in the trace, by id. The background task, which only stands for "no task" of
    /// regions and logs, is not among them.
    pub fn task_ids(&self) -> impl Iterator<Item = TaskId> + '_ {
        let tasks = self.tasks.iter().enumerate().filter(|(_, task)| task.is_seen);
        tasks.map(|(id, _)| TaskId(id as u32)).filter(|&id| id != TaskId::BACKGROUND)
    }

    /// The task with a number. Costs a look through all tasks.
    pub fn task_by_number(&self, number: u64) -> Option<TaskId> {
        self.task_ids().find(|&id| self.tables.task_number(id) == number)
    }

    /// All regions: by goroutine, each in order of start.
    pub fn regions(&self) -> &[RegionRow] {
        &self.regions
    }

    /// The regions of a goroutine, in order of start.
    pub fn regions_of(&self, id: GoId) -> &[RegionRow] {
        let begin = self.regions.partition_point(|region| region.goroutine < id);
        let end = self.regions.partition_point(|region| region.goroutine <= id);
        &self.regions[begin..end]
    }
}
