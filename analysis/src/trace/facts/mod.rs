//! What answers need to know of a trace beside its spans, found out once: what frames and causes are, mark assists and CPU
//! samples of each goroutine, and who may have held which lock.
//!
//! ```text
//! locks         who sits where locks are released
//! mod           Facts: the view of all that is known; what causes are
//! by_goroutine  rows of goroutines by time         frames   what a frame is
//! ```

mod by_goroutine;
mod frames;
mod locks;

use std::ops::Range;

use goscope_parsers::trace::{FrameId, GoId, StackId, StringId, Tables, Time};
use rayon::prelude::*;
use rustc_hash::FxHashSet;

pub(crate) use self::by_goroutine::RecentPlaces;
use self::by_goroutine::{Assist, ByGoroutine, assists};
use self::frames::FrameFacts;
pub(crate) use self::locks::LockSites;
use crate::trace::store::backward::gallop;
use crate::trace::store::data::TraceData;
use crate::trace::words::cause::{Cause, CauseId, SpanState};

/// What a waiting goroutine waits for, as far as it matters to whom it may be put down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum WaitKind {
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
    pub(crate) const fn is_lock(self) -> bool {
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

/// What is found out once of a trace, from its data.
#[derive(Debug)]
pub(crate) struct KnownFacts {
    frames: Vec<FrameFacts>,
    /// By [`CauseId`].
    causes: Vec<CauseFacts>,
    /// Functions that are parts of the collector.
    collectors: FxHashSet<StringId>,
    assists: ByGoroutine<Assist>,
    samples: ByGoroutine<(GoId, Time, StackId)>,
}

impl KnownFacts {
    /// Looks through all tables, on all cores.
    pub(crate) fn new(data: &TraceData) -> Self {
        let tables = data.tables();
        let frames: Vec<FrameFacts> = (0..tables.frame_count())
            .into_par_iter()
            .with_min_len(1 << 10)
            .map(|at| FrameFacts::of(&tables.string_lossy(tables.frame(FrameId(at as u32)).function)))
            .collect();
        let is_collector = |at: &usize| frames[*at].is_of_collector();
        let collectors = (0..frames.len()).filter(is_collector);
        let collectors = collectors.map(|at| tables.frame(FrameId(at as u32)).function).collect();
        let samples = data.samples().iter().filter(|sample| sample.goroutine.is_some());
        let mut samples: Vec<(GoId, Time, StackId)> =
            samples.map(|sample| (sample.goroutine, sample.time, sample.stack)).collect();
        samples.par_sort_by_key(|&(goroutine, time, _)| (goroutine, time));
        let mut known = Self {
            frames,
            causes: Vec::new(),
            collectors,
            assists: ByGoroutine::new(assists(data), |row| row.0),
            samples: ByGoroutine::new(samples, |row| row.0),
        };
        let facts = Facts { data, known: &known };
        known.causes =
            data.causes().par_iter().with_min_len(1 << 10).map(|cause| facts.cause_facts(cause)).collect();
        known
    }
}

/// What is known of a trace; see the head of the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'m> {
    pub(crate) data: &'m TraceData,
    known: &'m KnownFacts,
}

impl<'m> Facts<'m> {
    /// Of this data, by what was found out of it.
    pub(crate) fn new(data: &'m TraceData, known: &'m KnownFacts) -> Self {
        Self { data, known }
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

    pub(crate) fn tables(&self) -> &'m Tables {
        self.data.tables()
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
        let frames = self.tables().stack(cause.stack).iter().map(|frame| self.frame(*frame));
        let all = frames.take_while(|frame| frame.is_locking()).fold(FrameFacts::default(), FrameFacts::or);
        match () {
            () if !reason.starts_with(b"sync") || !all.has(FrameFacts::LOCK) || all.has(FrameFacts::COND) => {
                WaitKind::Any
            }
            () if all.has(FrameFacts::READ_LOCK) => WaitKind::ReadLock,
            () => WaitKind::Lock,
        }
    }

    pub(crate) fn frame(&self, frame: FrameId) -> FrameFacts {
        self.known.frames.get(frame.index()).copied().unwrap_or_default()
    }

    /// What a cause waits for.
    pub(crate) fn wait(&self, cause: CauseId) -> WaitKind {
        self.cause(cause).wait
    }

    fn cause(&self, cause: CauseId) -> CauseFacts {
        self.known.causes.get(cause.index()).copied().unwrap_or_default()
    }

    /// Whether it interrupted a goroutine where it did not expect it.
    pub(crate) fn is_preempted(&self, cause: CauseId) -> bool {
        self.cause(cause).is_preempted
    }

    pub(crate) fn function(&self, frame: FrameId) -> StringId {
        self.tables().frame(frame).function
    }

    /// The innermost function of a cause's stack that is not of the packages that make locks: which lock is waited for,
    /// or who gives it up, as far as a trace says.
    pub(crate) fn lock_user(&self, cause: CauseId) -> StringId {
        self.cause(cause).lock_user
    }

    pub(crate) fn has_function(&self, stack: StackId, function: StringId) -> bool {
        self.tables().stack(stack).iter().any(|frame| self.function(*frame) == function)
    }

    /// Whether a cause's stack is one of somebody who works on a file or connection, not only of the poller.
    pub(crate) fn is_poll(&self, cause: CauseId) -> bool {
        self.cause(cause).is_poll
    }

    /// Whether a stack says more than that the runtime was at work.
    pub(crate) fn is_outside_runtime(&self, stack: StackId) -> bool {
        self.has(stack, |frame| !frame.is_runtime())
    }

    /// Whether a stack has a frame of the program's own.
    pub(crate) fn is_of_program(&self, stack: StackId) -> bool {
        self.has(stack, FrameFacts::is_user)
    }

    /// The outermost function of a stack that is the program's own: what the runtime calls there.
    pub(crate) fn outermost_of_program(&self, stack: StackId) -> StringId {
        let mut frames = self.tables().stack(stack).iter().rev();
        frames
            .find(|frame| self.frame(**frame).is_user())
            .map_or(StringId::NONE, |frame| self.function(*frame))
    }

    /// Whether a function of a stack has a name with this text in it.
    pub(crate) fn has_text(&self, stack: StackId, text: &[u8]) -> bool {
        self.tables().stack(stack).iter().any(|frame| {
            self.tables().string(self.function(*frame)).windows(text.len()).any(|part| part == text)
        })
    }

    /// Whether somebody waits for a wait group.
    pub(crate) fn is_wait_group(&self, cause: CauseId) -> bool {
        self.cause(cause).is_wait_group
    }

    /// Whether somebody waits for a lock, be it below `Cond.Wait`.
    pub(crate) fn is_lock_wait(&self, cause: CauseId) -> bool {
        let frames = self.tables().stack(self.data.cause(cause).stack).iter();
        let mut inner = frames.take_while(|frame| self.frame(**frame).is_locking());
        self.wait(cause).is_lock() || inner.any(|frame| self.frame(*frame).has(FrameFacts::LOCK))
    }

    /// Whether a goroutine is a part of the collector.
    pub(crate) fn is_of_collector(&self, id: GoId) -> bool {
        self.known.collectors.contains(&self.data.start_function(id))
    }

    /// How many outermost functions two stacks have in common.
    pub(crate) fn common_outer(&self, a: StackId, b: StackId) -> u16 {
        let (a, b) = (self.tables().stack(a).iter().rev(), self.tables().stack(b).iter().rev());
        let common = a.zip(b).take_while(|(a, b)| self.function(**a) == self.function(**b)).count();
        u16::try_from(common).unwrap_or(u16::MAX)
    }

    /// The mark assists of a goroutine that overlap a range of time, in order of time.
    pub(crate) fn assists_in(&self, goroutine: GoId, range: &Range<Time>) -> &'m [Assist] {
        let rows = self.known.assists.of(goroutine);
        let from = rows.partition_point(|&(.., end)| end <= range.start);
        let until = rows.partition_point(|&(_, begin, _)| begin < range.end);
        rows.get(from..until).unwrap_or_default()
    }

    /// The same, looked for around where this goroutine's were looked for last.
    pub(crate) fn assists_near(
        &self,
        goroutine: GoId,
        range: &Range<Time>,
        recent: &mut RecentPlaces,
    ) -> &'m [Assist] {
        let (rows, place) = self.known.assists.near(goroutine, recent);
        let Some(last) = rows.len().checked_sub(1) else { return rows };
        let from = gallop(0..rows.len(), last.min(*place as usize), |at| rows[at].2 <= range.start);
        *place = from as u32;
        let n_rows = rows[from..].iter().take_while(|&&(_, begin, _)| begin < range.end).count();
        &rows[from..from + n_rows]
    }

    /// The CPU samples of a goroutine in a range of time.
    pub(crate) fn samples_in(&self, goroutine: GoId, range: &Range<Time>) -> &'m [(GoId, Time, StackId)] {
        let rows = self.known.samples.of(goroutine);
        let place = |time| rows.partition_point(|&(_, at, _)| at < time);
        rows.get(place(range.start)..place(range.end)).unwrap_or_default()
    }
}
