//! What answers need to know of a trace beside its spans: what frames and causes are, mark assists and CPU samples of
//! each goroutine.

use std::ops::Range;

use goscope_parsers::trace::{FrameId, GoId, StackId, StringId, Tables, Time};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::symbol::{FrameKind, kind_of};
use crate::trace::model::TraceModel;
use crate::trace::store::rows::{RangeKind, RangePhase};
use crate::trace::words::cause::{Cause, CauseId, SpanState};
use crate::trace::words::runtime_goroutine::is_of_collector;

/// What a frame is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct FrameFacts(u8);

impl FrameFacts {
    const USER: u8 = 1;
    const RUNTIME: u8 = 2;
    /// Of the packages that make locks.
    const LOCKING: u8 = 4;
    const POLL: u8 = 8;
    const LOCK: u8 = 16;
    const COND: u8 = 32;
    const READ_LOCK: u8 = 64;
    const COLLECTOR: u8 = 128;

    fn of(function: &str) -> Self {
        let kind = kind_of(function);
        let mut bits = match kind {
            FrameKind::User | FrameKind::Unknown => Self::USER,
            FrameKind::Runtime => Self::RUNTIME,
            FrameKind::StdLib => 0,
        };
        let is_sync = function.starts_with("sync.") || function.starts_with("internal/sync.");
        if is_sync || kind == FrameKind::Runtime {
            bits |= Self::LOCKING;
        }
        if function.starts_with("internal/poll.") {
            bits |= Self::POLL;
        }
        if is_of_collector(function.as_bytes()) {
            bits |= Self::COLLECTOR;
        }
        if is_sync {
            let is_read = function.contains("(*RWMutex).RLock");
            let is_lock = is_read || function.contains("Mutex).Lock") || function.contains("Mutex).lockSlow");
            bits |= if is_lock { Self::LOCK } else { 0 } | if is_read { Self::READ_LOCK } else { 0 };
            bits |= if function == "sync.(*Cond).Wait" { Self::COND } else { 0 };
        }
        Self(bits)
    }

    const fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    /// Code of the program and its modules, or C.
    pub(super) const fn is_user(self) -> bool {
        self.has(Self::USER)
    }

    pub(super) const fn is_runtime(self) -> bool {
        self.has(Self::RUNTIME)
    }

    /// Of sync, internal/sync or the runtime.
    pub(super) const fn is_locking(self) -> bool {
        self.has(Self::LOCKING)
    }
}

/// What a waiting goroutine waits for, as far as it matters to whom it may be put down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum WaitKind {
    /// Something that a goroutine or a timer ends.
    #[default]
    Any,
    /// It helps the collector and there is nothing to do yet.
    GcAssist,
    Gc,
    Network,
    Sleep,
    /// `Mutex.Lock`, `RWMutex.Lock`, `RWMutex.RLock`.
    Lock,
    ReadLock,
}

impl WaitKind {
    pub(super) const fn is_lock(self) -> bool {
        matches!(self, Self::Lock | Self::ReadLock)
    }
}

/// What a cause is, as far as answers ask again and again.
#[derive(Clone, Copy, Debug, Default)]
struct CauseFacts {
    wait: WaitKind,
    /// Somebody works on a file or connection there, not only the poller.
    is_poll: bool,
    /// The scheduler interrupted a goroutine outside of the runtime.
    is_preempted: bool,
    /// Somebody waits for a wait group there.
    is_wait_group: bool,
    /// See [`Facts::lock_user`].
    lock_user: StringId,
}

/// Rows in order of goroutine and time.
#[derive(Debug)]
struct ByGoroutine<T> {
    rows: Vec<T>,
    /// Where those of each goroutine are.
    places: FxHashMap<GoId, Range<u32>>,
}

impl<T> ByGoroutine<T> {
    fn new(rows: Vec<T>, goroutine_of: impl Fn(&T) -> GoId) -> Self {
        let mut places: FxHashMap<GoId, Range<u32>> = FxHashMap::default();
        for (at, row) in (0_u32..).zip(&rows) {
            places.entry(goroutine_of(row)).or_insert(at..at).end = at + 1;
        }
        Self { rows, places }
    }

    fn of(&self, goroutine: GoId) -> &[T] {
        let places = self.places.get(&goroutine);
        places.map_or(&[], |places| &self.rows[places.start as usize..places.end as usize])
    }
}

/// See the head of the file.
#[derive(Debug)]
pub(super) struct Facts<'m> {
    pub(super) model: &'m TraceModel,
    frames: Vec<FrameFacts>,
    /// By [`CauseId`].
    causes: Vec<CauseFacts>,
    /// Functions that are parts of the collector.
    collectors: FxHashSet<StringId>,
    /// Each as long as it is.
    assists: ByGoroutine<(GoId, Time, Time)>,
    samples: ByGoroutine<(GoId, Time, StackId)>,
}

impl<'m> Facts<'m> {
    pub(super) fn new(model: &'m TraceModel) -> Self {
        let tables = model.tables();
        let frames: Vec<FrameFacts> = (0..tables.frame_count())
            .into_par_iter()
            .with_min_len(1 << 10)
            .map(|at| FrameFacts::of(&tables.string_lossy(tables.frame(FrameId(at as u32)).function)))
            .collect();
        let is_collector = |at: &usize| frames[*at].has(FrameFacts::COLLECTOR);
        let collectors = (0..frames.len()).filter(is_collector);
        let collectors = collectors.map(|at| tables.frame(FrameId(at as u32)).function).collect();
        let samples = model.samples().iter().filter(|sample| sample.goroutine.is_some());
        let mut samples: Vec<(GoId, Time, StackId)> =
            samples.map(|sample| (sample.goroutine, sample.time, sample.stack)).collect();
        samples.par_sort_by_key(|&(goroutine, time, _)| (goroutine, time));
        let mut facts = Self {
            model,
            frames,
            causes: Vec::new(),
            collectors,
            assists: ByGoroutine::new(assists(model), |row| row.0),
            samples: ByGoroutine::new(samples, |row| row.0),
        };
        facts.causes =
            model.causes().par_iter().with_min_len(1 << 10).map(|cause| facts.cause_facts(cause)).collect();
        facts
    }

    fn cause_facts(&self, cause: &Cause) -> CauseFacts {
        let mut frames = self.tables().stack(cause.stack).iter();
        let user = frames.find(|frame| !self.frame(**frame).is_locking());
        CauseFacts {
            wait: self.wait_of(cause),
            is_poll: self.has(cause.stack, |frame| frame.has(FrameFacts::POLL)),
            is_preempted: cause.state == SpanState::Runnable
                && self.tables().string(cause.reason) == b"preempted"
                && self.is_outside_runtime(cause.stack),
            is_wait_group: self.has_text(cause.stack, b"sync.(*WaitGroup).Wait"),
            lock_user: user.map_or(StringId::NONE, |frame| self.function(*frame)),
        }
    }

    fn has(&self, stack: StackId, is_wanted: impl Fn(FrameFacts) -> bool) -> bool {
        self.tables().stack(stack).iter().any(|frame| is_wanted(self.frame(*frame)))
    }

    pub(super) fn tables(&self) -> &'m Tables {
        self.model.tables()
    }

    fn wait_of(&self, cause: &Cause) -> WaitKind {
        if cause.state != SpanState::Waiting {
            return WaitKind::Any;
        }
        let reason = self.tables().string(cause.reason);
        if reason == b"GC mark assist wait for work" {
            return WaitKind::GcAssist;
        }
        if reason.windows(2).any(|letters| letters == b"GC") {
            return WaitKind::Gc;
        }
        if reason == b"network" {
            return WaitKind::Network;
        }
        if reason == b"sleep" {
            return WaitKind::Sleep;
        }
        let mut all = 0;
        for frame in
            self.tables().stack(cause.stack).iter().take_while(|frame| self.frame(**frame).is_locking())
        {
            all |= self.frame(*frame).0;
        }
        let all = FrameFacts(all);
        match () {
            () if !reason.starts_with(b"sync") || !all.has(FrameFacts::LOCK) || all.has(FrameFacts::COND) => {
                WaitKind::Any
            }
            () if all.has(FrameFacts::READ_LOCK) => WaitKind::ReadLock,
            () => WaitKind::Lock,
        }
    }

    pub(super) fn frame(&self, frame: FrameId) -> FrameFacts {
        self.frames.get(frame.index()).copied().unwrap_or_default()
    }

    /// What a cause waits for.
    pub(super) fn wait(&self, cause: CauseId) -> WaitKind {
        self.cause(cause).wait
    }

    fn cause(&self, cause: CauseId) -> CauseFacts {
        self.causes.get(cause.index()).copied().unwrap_or_default()
    }

    /// Whether it interrupted a goroutine where it did not expect it.
    pub(super) fn is_preempted(&self, cause: CauseId) -> bool {
        self.cause(cause).is_preempted
    }

    pub(super) fn function(&self, frame: FrameId) -> StringId {
        self.tables().frame(frame).function
    }

    /// The innermost function of a cause's stack that is not of the packages that make locks: which lock is waited for,
    /// or who gives it up, as far as a trace says.
    pub(super) fn lock_user(&self, cause: CauseId) -> StringId {
        self.cause(cause).lock_user
    }

    pub(super) fn has_function(&self, stack: StackId, function: StringId) -> bool {
        self.tables().stack(stack).iter().any(|frame| self.function(*frame) == function)
    }

    /// Whether a cause's stack is one of somebody who works on a file or connection, not only of the poller.
    pub(super) fn is_poll(&self, cause: CauseId) -> bool {
        self.cause(cause).is_poll
    }

    /// Whether a stack says more than that the runtime was at work.
    pub(super) fn is_outside_runtime(&self, stack: StackId) -> bool {
        self.has(stack, |frame| !frame.is_runtime())
    }

    /// Whether a stack has a frame of the program's own.
    pub(super) fn is_of_program(&self, stack: StackId) -> bool {
        self.has(stack, FrameFacts::is_user)
    }

    /// The outermost function of a stack that is the program's own: what the runtime calls there.
    pub(super) fn outermost_of_program(&self, stack: StackId) -> StringId {
        let mut frames = self.tables().stack(stack).iter().rev();
        frames
            .find(|frame| self.frame(**frame).is_user())
            .map_or(StringId::NONE, |frame| self.function(*frame))
    }

    /// Whether a function of a stack has a name with this text in it.
    pub(super) fn has_text(&self, stack: StackId, text: &[u8]) -> bool {
        self.tables().stack(stack).iter().any(|frame| {
            self.tables().string(self.function(*frame)).windows(text.len()).any(|part| part == text)
        })
    }

    /// Whether somebody waits for a wait group.
    pub(super) fn is_wait_group(&self, cause: CauseId) -> bool {
        self.cause(cause).is_wait_group
    }

    /// Whether somebody waits for a lock, be it below `Cond.Wait`.
    pub(super) fn is_lock_wait(&self, cause: CauseId) -> bool {
        let frames = self.tables().stack(self.model.cause(cause).stack).iter();
        let mut inner = frames.take_while(|frame| self.frame(**frame).is_locking());
        self.wait(cause).is_lock() || inner.any(|frame| self.frame(*frame).has(FrameFacts::LOCK))
    }

    /// Whether a goroutine is a part of the collector.
    pub(super) fn is_of_collector(&self, id: GoId) -> bool {
        self.collectors.contains(&self.model.start_function(id))
    }

    /// How many outermost functions two stacks have in common.
    pub(super) fn common_outer(&self, a: StackId, b: StackId) -> u16 {
        let (a, b) = (self.tables().stack(a).iter().rev(), self.tables().stack(b).iter().rev());
        let common = a.zip(b).take_while(|(a, b)| self.function(**a) == self.function(**b)).count();
        u16::try_from(common).unwrap_or(u16::MAX)
    }

    /// The mark assists of a goroutine that overlap a range of time, in order of time.
    pub(super) fn assists_in(&self, goroutine: GoId, range: &Range<Time>) -> &[(GoId, Time, Time)] {
        let rows = self.assists.of(goroutine);
        let from = rows.partition_point(|&(.., end)| end <= range.start);
        let until = rows.partition_point(|&(_, begin, _)| begin < range.end);
        rows.get(from..until).unwrap_or_default()
    }

    /// The CPU samples of a goroutine in a range of time.
    pub(super) fn samples_in(&self, goroutine: GoId, range: &Range<Time>) -> &[(GoId, Time, StackId)] {
        let rows = self.samples.of(goroutine);
        let place = |time| rows.partition_point(|&(_, at, _)| at < time);
        rows.get(place(range.start)..place(range.end)).unwrap_or_default()
    }
}

/// All mark assists, by goroutine and time; of one goroutine they do not overlap. One without begin or end goes as far
/// as the goroutine's life.
fn assists(model: &TraceModel) -> Vec<(GoId, Time, Time)> {
    let rows = model.range_events().iter().filter(|row| row.kind == RangeKind::MarkAssist);
    let mut rows: Vec<(GoId, Time, RangePhase)> =
        rows.map(|row| (GoId(row.scope), row.time, row.phase)).collect();
    rows.sort_by_key(|&(goroutine, time, _)| (goroutine, time));
    let mut assists: Vec<(GoId, Time, Time)> = Vec::new();
    let mut open: Option<(GoId, Time)> = None;
    let end_of = |id| model.goroutine(id).map_or(model.range().end, |life| life.end);
    for (goroutine, time, phase) in rows {
        if let Some((before, begin)) = open.filter(|(before, _)| *before != goroutine) {
            assists.push((before, begin, end_of(before)));
            open = None;
        }
        match (phase, open) {
            (RangePhase::Begin | RangePhase::Active, None) => open = Some((goroutine, time)),
            (RangePhase::End, Some((_, begin))) => {
                assists.push((goroutine, begin, time));
                open = None;
            }
            // An end alone: it went on since before the trace.
            (RangePhase::End, None) => {
                let is_first = assists.last().is_none_or(|(last, ..)| *last != goroutine);
                let begin = model.goroutine(goroutine).map(|it| it.creation).filter(|_| is_first);
                assists.extend(begin.map(|begin| (goroutine, begin, time)));
            }
            _ => {}
        }
    }
    assists.extend(open.map(|(goroutine, begin)| (goroutine, begin, end_of(goroutine))));
    assists
}
