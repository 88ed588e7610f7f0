//! Builds [`TraceData`](crate::trace::store::data::TraceData) from events in order.

use goscope_parsers::trace::{
    Event, EventKind, GoId, GoState, Metric, ProcId, ProcState, Range, StackId, StringId, Tables, ThreadId,
    Time,
};

use super::annotations::Annotations;
use super::carried::{Carried, LostProc, UNKNOWN_HOLDER, UNKNOWN_THREAD};
use super::chunk_notes::ChunkNotes;
use super::grow::resize;
use super::row_parts::{RowParts, Rows};
use super::sums::RunningSums;
use crate::trace::store::block::{Begin, Block, BlockBuilder, Place};
use crate::trace::store::block_ids::BlockIds;
use crate::trace::store::data::{CREATED, CauseSum, ENDED, GoroutineColumns, LIVES};
use crate::trace::store::rows::{
    BindingRow, LabelRow, MetricRow, ProcRow, RangeEventRow, RangeKind, RangePhase, SampleRow, SweepRow,
    SyncRow,
};
use crate::trace::words::cause::{Cause, CauseId, Causes, SpanState};

/// The state of a goroutine while it lives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Live {
    pub(super) cause: CauseId,
    pub(super) place: Place,
    pub(super) state: SpanState,
    /// Whether it is in `cause` now: born, and not dead.
    pub(super) is_open: bool,
    /// Whether it has a start stack.
    pub(super) has_stack: bool,
    /// What becomes of [`GoroutineColumns::flags`]; here so that a transition reads one place in memory.
    pub(super) flags: u8,
}

const _: () = assert!(size_of::<Live>() == 16);

const NOT_LIVE: Live = Live {
    cause: CauseId(0),
    place: Place::NONE,
    state: SpanState::Unknown,
    is_open: false,
    has_stack: false,
    flags: 0,
};

/// Builds [`TraceData`](crate::trace::store::data::TraceData) from events in order.
#[derive(Debug)]
pub struct Builder {
    pub(super) goroutines: GoroutineColumns,
    pub(super) live: Vec<Live>,
    pub(super) causes: Causes,
    pub(super) open_block: BlockBuilder,
    pub(super) blocks: Vec<Block>,
    /// Of blocks with ids of a piece: what they stand for.
    pub(super) block_ids: Vec<Option<BlockIds>>,
    pub(super) cause_sums: Vec<Vec<CauseSum>>,
    pub(super) sums: RunningSums,
    pub(super) annotations: Annotations,
    pub(super) first_seen: Vec<(GoId, Time)>,
    pub(super) rows: Rows,
    /// Rows before those.
    pub(super) row_parts: RowParts,
    /// What a piece does not know, if this is one.
    pub(super) carried: Option<Box<Carried>>,
    /// By P: the thread that runs it, and the goroutine whose system call holds it.
    pub(super) proc_threads: Vec<ThreadId>,
    pub(super) proc_syscalls: Vec<GoId>,
    /// Time of the latest Sync event (or of the first event).
    pub(super) sync_time: Time,
    pub(super) has_synced: bool,
    pub(super) first_time: Option<Time>,
    pub(super) last_time: Time,
    pub(super) event_count: u64,
    pub(super) notes: ChunkNotes,
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    /// An empty builder.
    pub fn new() -> Self {
        Self { open_block: BlockBuilder::default(), ..Self::without_memory() }
    }

    /// An empty builder that has to be given memory for blocks.
    pub(super) fn without_memory() -> Self {
        Self {
            goroutines: GoroutineColumns::default(),
            live: Vec::new(),
            causes: Causes::default(),
            open_block: BlockBuilder::without_memory(),
            blocks: Vec::new(),
            block_ids: Vec::new(),
            cause_sums: Vec::new(),
            sums: RunningSums::default(),
            annotations: Annotations::default(),
            first_seen: Vec::new(),
            rows: Rows::default(),
            row_parts: RowParts::default(),
            carried: None,
            proc_threads: Vec::new(),
            proc_syscalls: Vec::new(),
            sync_time: 0,
            has_synced: false,
            first_time: None,
            last_time: 0,
            event_count: 0,
            notes: ChunkNotes::default(),
        }
    }

    /// An empty builder that makes blocks of this many spans, so that small traces in tests have several blocks.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn with_block_spans(spans: usize) -> Self {
        Self { open_block: BlockBuilder::with_spans(spans.max(1)), ..Self::new() }
    }

    /// Takes the next events. `tables` must be those of the chunk that they come in.
    pub fn chunk(&mut self, events: &[Event], tables: &Tables) {
        let mut notes = std::mem::take(&mut self.notes);
        notes.take(events, tables);
        self.chunk_with(events, &notes);
        self.notes = notes;
    }

    /// Adds the next events with their notes.
    pub fn chunk_with(&mut self, events: &[Event], notes: &ChunkNotes) {
        let mut anew = notes.anew.iter().copied();
        let mut sweeps = notes.sweeps.iter().copied();
        self.event_count += events.len() as u64;
        for event in events {
            if self.first_time.is_none() {
                (self.first_time, self.sync_time, self.last_time) =
                    (Some(event.time), event.time, event.time);
                self.sums.begin(event.time);
            }
            match event.kind {
                EventKind::GoTransition { goroutine, from, to, stack, .. } if from != to => {
                    self.transition(event, goroutine, (from, to), stack);
                }
                EventKind::GoTransition { .. } => {}
                EventKind::Sync { .. } => self.sync(event.time, anew.next().unwrap_or(false)),
                EventKind::ProcTransition { proc, from, to } => self.proc_transition(event, proc, from, to),
                EventKind::RangeBegin(range) => self.range(event, RangePhase::Begin, range),
                EventKind::RangeActive(range) => self.range(event, RangePhase::Active, range),
                EventKind::RangeEnd(range) => {
                    self.range(event, RangePhase::End, range);
                    if let Range::Sweep { proc, .. } = range {
                        let [swept_bytes, reclaimed_bytes] = sweeps.next().unwrap_or_default();
                        self.rows.sweeps.push(SweepRow {
                            time: event.time,
                            proc,
                            swept_bytes,
                            reclaimed_bytes,
                        });
                    }
                }
                EventKind::Experimental { .. } => {}
                _ => self.other(event),
            }
            self.last_time = event.time;
        }
    }

    fn other(&mut self, event: &Event) {
        let Event { time, goroutine, proc, thread, stack, .. } = *event;
        match event.kind {
            EventKind::Metric { metric, value } => {
                let column = match metric {
                    Metric::GoMaxProcs => 0,
                    Metric::HeapAlloc => 1,
                    Metric::HeapGoal => 2,
                };
                self.rows.metrics[column].push(MetricRow { time, value });
                if metric == Metric::HeapAlloc {
                    self.rows.allocators.push(goroutine);
                }
            }
            EventKind::Label { label } => self.rows.labels.push(LabelRow { time, goroutine, proc, label }),
            EventKind::StackSample => {
                self.rows.samples.push(SampleRow { time, goroutine, proc, thread, stack });
            }
            // The reader hands over the annotations of a piece when it is sewn.
            _ if self.carried.is_some() => {}
            _ => self.annotations.event(event),
        }
    }

    fn sync(&mut self, time: Time, is_anew: bool) {
        let is_after_gap = is_anew && self.has_synced;
        self.has_synced = true;
        if is_after_gap {
            self.forget_states();
        }
        self.sync_time = time;
        self.rows.syncs.push(SyncRow { time, is_after_gap });
    }

    /// From the last event before a gap on, nothing is known of anybody.
    fn forget_states(&mut self) {
        let cause = Cause::default();
        for id in 0..self.live.len() {
            if self.live[id].is_open && self.live[id].state != SpanState::Unknown {
                let (goroutine, time) = (GoId(id as u32), self.last_time);
                self.begin_rare_span(Begin { goroutine, time, cause, proc: ProcId::NONE, waker: GoId::NONE });
            }
        }
        self.proc_syscalls.clear();
        self.proc_threads.clear();
        self.annotations.forget_open(self.last_time);
    }

    /// A goroutine goes from one state to another.
    fn transition(&mut self, event: &Event, goroutine: GoId, (from, to): (GoState, GoState), stack: StackId) {
        let at = goroutine.index();
        if at >= self.live.len() {
            self.add_rows(at + 1);
        }
        let time = event.time;
        let mut start = time;
        match from {
            GoState::Undetermined => start = self.appear(goroutine, time),
            GoState::NotExist => self.create(event, goroutine),
            GoState::Syscall => self.release_syscall(goroutine),
            _ => {}
        }
        if self.live[at].flags & LIVES == 0 {
            // An event about a goroutine that was not created or announced before.
            start = self.appear(goroutine, time);
        }
        let live = &mut self.live[at];
        if !live.has_stack && stack.is_some() {
            live.has_stack = true;
            self.goroutines.start_stack[at] = stack;
        }
        let state = match to {
            GoState::NotExist => return self.end(goroutine, time),
            GoState::Undetermined => SpanState::Unknown,
            GoState::Runnable => SpanState::Runnable,
            GoState::Running => SpanState::Running,
            GoState::Waiting => SpanState::Waiting,
            GoState::Syscall => self.enter_syscall(event, goroutine, from),
        };
        let reason = match event.kind {
            EventKind::GoTransition { reason, .. } => reason,
            _ => StringId::NONE,
        };
        let is_own_place = from != GoState::Undetermined || state.is_executing();
        let proc = if is_own_place { event.proc } else { ProcId::NONE };
        if state == SpanState::Running && proc.is_some() {
            self.bind(time, proc, event.thread);
        }
        let is_woken = to == GoState::Runnable && matches!(from, GoState::Waiting | GoState::NotExist);
        let waker = if is_woken { event.goroutine } else { GoId::NONE };
        let cause = Cause { state, reason, stack: event.stack };
        self.begin_span(Begin { goroutine, time: start, cause, proc, waker });
    }

    #[cold]
    pub(super) fn add_rows(&mut self, len: usize) {
        resize(&mut self.live, len, NOT_LIVE);
        resize(&mut self.goroutines.creation, len, 0);
        resize(&mut self.goroutines.end, len, 0);
        resize(&mut self.goroutines.parent, len, GoId::NONE);
        resize(&mut self.goroutines.start_stack, len, StackId::NONE);
    }

    /// A goroutine that was there before: what is said of it holds since its generation began, as in Go's summary.
    #[cold]
    fn appear(&mut self, goroutine: GoId, time: Time) -> Time {
        let at = goroutine.index();
        if self.live[at].flags & LIVES != 0 {
            self.revive(goroutine);
            return self.sync_time;
        }
        self.live[at].flags |= LIVES;
        if let Some(carried) = &mut self.carried {
            carried.touched.push((time, goroutine));
            return time;
        }
        self.goroutines.creation[at] = self.sync_time;
        self.first_seen.push((goroutine, time));
        self.sync_time
    }

    fn create(&mut self, event: &Event, goroutine: GoId) {
        let at = goroutine.index();
        if self.live[at].flags & LIVES != 0 {
            return self.revive(goroutine);
        }
        self.live[at].flags |= LIVES | CREATED;
        self.goroutines.creation[at] = event.time;
        self.goroutines.parent[at] = event.goroutine;
        match &mut self.carried {
            Some(carried) => carried.birth(event.goroutine, goroutine, event.time),
            None => self.annotations.inherit(event.goroutine, goroutine, event.time),
        }
    }

    /// A goroutine is back after a gap, or (only in odd traces) its number is used again: one life, of which
    /// nothing is known in between.
    #[cold]
    fn revive(&mut self, goroutine: GoId) {
        let at = goroutine.index();
        if self.live[at].flags & ENDED != 0 {
            self.live[at].flags &= !ENDED;
            let (time, cause) = (self.goroutines.end[at], Cause::default());
            self.begin_rare_span(Begin { goroutine, time, cause, proc: ProcId::NONE, waker: GoId::NONE });
        }
    }

    fn end(&mut self, goroutine: GoId, time: Time) {
        let at = goroutine.index();
        self.live[at].flags |= ENDED;
        self.goroutines.end[at] = time;
        let live = &mut self.live[at];
        if live.is_open {
            self.sums.leave(live.cause, live.state, time);
            live.is_open = false;
        }
        match &mut self.carried {
            Some(carried) => carried.death(goroutine, time),
            None => self.annotations.end_goroutine(goroutine, time),
        }
    }

    /// The state of a goroutine that enters a system call, and which P it holds there.
    fn enter_syscall(&mut self, event: &Event, goroutine: GoId, from: GoState) -> SpanState {
        if event.proc.is_some() {
            let at = event.proc.index();
            if at >= self.proc_syscalls.len() {
                self.proc_syscalls.resize(at + 1, self.unknown_holder());
            }
            self.proc_syscalls[at] = goroutine;
        } else if from == GoState::Undetermined {
            return SpanState::SyscallBlocked;
        }
        SpanState::Syscall
    }

    /// Who holds a P of which nothing was heard.
    fn unknown_holder(&self) -> GoId {
        if self.carried.is_some() { UNKNOWN_HOLDER } else { GoId::NONE }
    }

    fn release_syscall(&mut self, goroutine: GoId) {
        // Few Ps: looking through them is faster than a second table.
        if let Some(held) = self.proc_syscalls.iter_mut().find(|held| **held == goroutine) {
            *held = GoId::NONE;
        }
    }

    /// A P is run by this thread from now on, unless that is known.
    fn bind(&mut self, time: Time, proc: ProcId, thread: ThreadId) {
        let at = proc.index();
        if at >= self.proc_threads.len() {
            let unknown = if self.carried.is_some() { UNKNOWN_THREAD } else { ThreadId::NONE };
            self.proc_threads.resize(at + 1, unknown);
        }
        if self.proc_threads[at] != thread {
            self.proc_threads[at] = thread;
            self.rows.bindings.push(BindingRow { time, proc, thread });
        }
    }

    fn proc_transition(&mut self, event: &Event, proc: ProcId, from: ProcState, to: ProcState) {
        if from == to {
            return;
        }
        let Event { time, thread, .. } = *event;
        self.rows.procs.push(ProcRow { time, proc, from, to, thread });
        match to {
            ProcState::Running => self.bind(time, proc, thread),
            ProcState::Idle => self.lose_proc(proc, time),
            _ => {}
        }
    }

    /// A P is taken away from the goroutine whose system call holds it.
    fn lose_proc(&mut self, proc: ProcId, time: Time) {
        if proc.index() >= self.proc_syscalls.len() && self.carried.is_some() {
            self.proc_syscalls.resize(proc.index() + 1, UNKNOWN_HOLDER);
        }
        let Some(held) = self.proc_syscalls.get_mut(proc.index()) else { return };
        let goroutine = std::mem::take(held);
        if goroutine == UNKNOWN_HOLDER {
            return self.lose_carried_proc(proc, time);
        }
        let Some(live) = self.live.get(goroutine.index()).copied() else { return };
        if live.is_open && live.state == SpanState::Syscall {
            let cause = self.causes.row(live.cause);
            let cause = Cause { state: SpanState::SyscallBlocked, ..cause };
            self.begin_rare_span(Begin { goroutine, time, cause, proc, waker: GoId::NONE });
        }
    }

    /// A P is taken away from whoever has held it since before the piece, if anybody.
    #[cold]
    fn lose_carried_proc(&mut self, proc: ProcId, time: Time) {
        self.open_block_for(time);
        let (block, base) = (self.blocks.len(), self.open_block.base());
        if let Some(carried) = &mut self.carried {
            let start = time.wrapping_sub(base) as u32;
            carried.lost.push(LostProc { time, proc, block, start });
        }
    }

    /// Sees to it that a span that begins now has a block to go to.
    #[inline(always)]
    fn open_block_for(&mut self, now: Time) {
        if self.open_block.is_full(now) {
            self.close_block();
        }
        if !self.open_block.is_open() {
            self.open_block.open(now, self.sync_time);
        }
    }

    /// As [`begin_span`](Self::begin_span), where that is not worth a copy of its code.
    #[cold]
    #[inline(never)]
    fn begin_rare_span(&mut self, begin: Begin) {
        self.begin_span(begin);
    }

    /// Ends the open span of a goroutine, if any, and starts another. Inlined, because a span that begins would be
    /// written to memory in parts and read as a whole, which stalls the processor.
    #[inline(always)]
    fn begin_span(&mut self, mut begin: Begin) {
        self.open_block_for(self.last_time.max(begin.time));
        let live = &mut self.live[begin.goroutine.index()];
        let (mut start, base) = (begin.time, self.open_block.base());
        if start < base {
            // Known only now. A first span starts with its goroutine all the same; another one is cut.
            begin.time = base;
            start = if live.place.is_none() { start } else { base };
        }
        if live.is_open {
            self.sums.leave(live.cause, live.state, start);
        }
        let cause = self.open_block.push(begin, &mut live.place, &mut self.causes);
        (live.cause, live.state, live.is_open) = (cause, begin.cause.state, true);
        self.sums.enter(cause, begin.cause.state, start);
    }

    pub(super) fn close_block(&mut self) {
        let block = self.open_block.finish();
        match &mut self.carried {
            Some(carried) => carried.block_sums.push((self.last_time, self.sums.take_deltas())),
            None => self.cause_sums.push(self.sums.take_causes(self.last_time)),
        }
        self.blocks.push(block);
        self.block_ids.push(None);
    }

    fn range(&mut self, event: &Event, phase: RangePhase, range: Range) {
        let (kind, scope, reason) = match range {
            Range::GcMark => (RangeKind::GcMark, 0, StringId::NONE),
            Range::Sweep { proc, .. } => (RangeKind::Sweep, proc.0, StringId::NONE),
            Range::MarkAssist { goroutine } => (RangeKind::MarkAssist, goroutine.0, StringId::NONE),
            Range::StopTheWorld { goroutine, kind } => (RangeKind::StopTheWorld, goroutine.0, kind),
        };
        let Event { time, goroutine, proc, stack, .. } = *event;
        self.rows.range_events.push(RangeEventRow {
            time,
            phase,
            kind,
            scope,
            reason,
            goroutine,
            proc,
            stack,
        });
    }
}
