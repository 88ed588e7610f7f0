//! Profiles out of a trace: where goroutines waited, were blocked or ran, by stack.
//!
//! `network`, `sync`, `syscall` and `sched` have the stacks, counts and delays of `go tool trace -pprof=…` (Go 1.27);
//! `wall` and `block` tile the lives of goroutines; `cpu` has the samples of the CPU profiler.
//!
//! ```text
//! events ─► spans (here): goroutine, from, to, stack ─► tally: which count, how much of them ─► build: pprof
//!                                                       (functions, regions, ranges)
//! ```

mod build;
mod regions;
mod tally;

use std::ops::Range as TimeSpan;

use goscope_parsers::pprof::Profile;
use goscope_parsers::trace::{Event, EventKind, GoId, GoState, StackId, StringId, Tables, Time};

use super::stw::overlap_nanos;
use tally::Tally;

/// What a profile is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProfileKind {
    /// Waiting for the network.
    Network,
    /// Waiting for channels, mutexes and other goroutines.
    Sync,
    /// In system calls and C code.
    Syscall,
    /// Able to run, and waiting for a P. The stack is that of whoever made it so.
    Sched,
    /// On a CPU, by the samples of the CPU profiler, if it was on.
    Cpu,
    /// All the time of all goroutines, by state.
    Wall,
    /// Blocked: waiting for anything, or in system calls.
    Block,
}

impl ProfileKind {
    /// Whether a goroutine in this state, for this reason, is what the profile is about.
    fn wants(self, state: GoState, reason: &[u8]) -> bool {
        let has = |word: &[u8]| reason.windows(word.len()).any(|part| part == word);
        match self {
            Self::Network => state == GoState::Waiting && reason == b"network",
            Self::Sync => state == GoState::Waiting && (has(b"chan") || has(b"sync") || has(b"select")),
            Self::Syscall => state == GoState::Syscall,
            Self::Sched => state == GoState::Runnable,
            Self::Cpu => false,
            Self::Wall => !matches!(state, GoState::NotExist | GoState::Undetermined),
            Self::Block => matches!(state, GoState::Waiting | GoState::Syscall),
        }
    }

    /// Whether the numbers are those of `go tool trace`, oddities included.
    fn is_of_go(self) -> bool {
        matches!(self, Self::Network | Self::Sync | Self::Syscall | Self::Sched)
    }
}

/// What to count.
#[derive(Clone, Debug)]
pub struct ProfileRequest {
    /// What the profile is about.
    pub kind: ProfileKind,
    /// Only goroutines that start in this function (its full name).
    pub function: Option<String>,
    /// Only what happens in regions of this type; the outermost one counts where they are nested.
    pub region: Option<String>,
    /// Only what happens between these times.
    pub range: Option<TimeSpan<Time>>,
}

/// Why there is no profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// The name is not that of any goroutine's function.
    #[error("no goroutine in this trace starts in {0:?}")]
    UnknownFunction(String),
    /// The name is not that of any region.
    #[error("no region in this trace is called {0:?}")]
    UnknownRegion(String),
}

/// A time in which a goroutine was in one state.
#[derive(Clone, Copy, Debug)]
struct Span {
    goroutine: GoId,
    begin: Time,
    end: Time,
    what: What,
}

/// What spans are counted together by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct What {
    /// The stack at the begin.
    stack: StackId,
    /// For running goroutines: the stack at the end.
    end_stack: StackId,
    state: GoState,
    reason: StringId,
}

/// What is known of a goroutine while events go by.
#[derive(Clone, Copy, Debug)]
struct Current {
    /// Since when it is in a state that counts; meaningless if it is not.
    since: Time,
    what: Option<What>,
    /// Where it stopped last.
    stack: StackId,
}

/// Makes one profile out of the events of a trace.
#[derive(Debug)]
pub struct TraceProfiler {
    kind: ProfileKind,
    tally: Tally,
    goroutines: Vec<Current>,
    first_time: Option<Time>,
    last_time: Time,
    sync_time: Time,
}

impl TraceProfiler {
    /// A profile without events yet.
    pub fn new(request: ProfileRequest) -> Self {
        Self {
            kind: request.kind,
            tally: Tally::new(request),
            goroutines: Vec::new(),
            first_time: None,
            last_time: 0,
            sync_time: 0,
        }
    }

    /// Takes up the next event of a trace.
    #[inline]
    pub fn event(&mut self, event: &Event, tables: &Tables) {
        if self.first_time.is_none() {
            (self.first_time, self.sync_time) = (Some(event.time), event.time);
        }
        self.last_time = event.time;
        match event.kind {
            EventKind::GoTransition { .. } => self.transition(event, tables),
            EventKind::Sync { .. } => self.sync_time = event.time,
            EventKind::StackSample if self.kind == ProfileKind::Cpu => {
                let (begin, end) = (event.time, event.time);
                let (stack, end_stack) = (event.stack, StackId::NONE);
                let what = What { stack, end_stack, state: GoState::Running, reason: StringId::NONE };
                self.tally.count(Span { goroutine: event.goroutine, begin, end, what });
            }
            EventKind::RegionBegin { task, name } => self.tally.region_begins(event, (task, name)),
            EventKind::RegionEnd { task, name } => self.tally.region_ends(event, (task, name), tables),
            _ => {}
        }
    }

    /// The profile of everything so far.
    ///
    /// # Errors
    /// If a goroutine function or a region is asked for that is not in the trace.
    pub fn finish(mut self, tables: &Tables) -> Result<Profile, ProfileError> {
        let first = self.first_time.unwrap_or_default();
        // Go does not count what is still open; tiles that end with the trace are tiles all the same.
        if !self.kind.is_of_go() {
            for at in 0..self.goroutines.len() {
                self.leave(GoId(at as u32), self.last_time, StackId::NONE);
            }
        }
        let range = self.tally.range().unwrap_or(first..self.last_time);
        let duration_nanos = overlap_nanos(range, &(first..self.last_time));
        let counts = self.tally.finish(first..self.last_time, tables)?;
        Ok(build::profile(self.kind, counts, duration_nanos, tables))
    }

    fn transition(&mut self, event: &Event, tables: &Tables) {
        let EventKind::GoTransition { goroutine, from, to, reason, stack } = event.kind else { return };
        self.tally.transition(event, tables);
        if self.goroutines.len() <= goroutine.index() {
            let unknown = Current { since: 0, what: None, stack: StackId::NONE };
            self.goroutines.resize(goroutine.index() + 1, unknown);
        }
        let is_wanted = self.kind.wants(to, tables.string(reason));
        let current = &mut self.goroutines[goroutine.index()];
        // A reminder of the state that it is in; Go begins with it all the same if it did not count so far.
        if let Some(what) = current.what
            && (what.state == to || from == to)
        {
            return;
        }
        if !self.kind.is_of_go() && from == to {
            return;
        }
        self.leave(goroutine, event.time, stack);
        let current = &mut self.goroutines[goroutine.index()];
        if stack.is_some() {
            current.stack = stack;
        } else if event.goroutine == goroutine && event.stack.is_some() {
            current.stack = event.stack;
        }
        if is_wanted {
            let is_news = !self.kind.is_of_go() && from == GoState::Undetermined;
            current.since = if is_news { self.sync_time } else { event.time };
            let stack = if self.kind.is_of_go() { event.stack } else { current.stack };
            current.what = Some(What { stack, end_stack: StackId::NONE, state: to, reason });
        }
    }

    /// Counts the state that a goroutine is in, if it counts, and ends it.
    fn leave(&mut self, goroutine: GoId, end: Time, end_stack: StackId) {
        let current = &mut self.goroutines[goroutine.index()];
        let Some(mut what) = current.what.take() else { return };
        if what.state == GoState::Running {
            what.end_stack = end_stack;
        }
        let begin = current.since;
        self.tally.count(Span { goroutine, begin, end, what });
    }
}
