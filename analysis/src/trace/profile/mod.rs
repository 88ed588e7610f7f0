//! Go's own profiles out of a trace: `network`, `sync`, `syscall` and `sched`, with the stacks, counts and delays of
//! `go tool trace -pprof=…` (Go 1.27), oddities included.
//!
//! ```text
//! events ─► spans (here): goroutine, from, to, stack ─► tally: which count, how much of them ─► build: pprof
//!                                                       (functions, regions, ranges)
//! ```
//!
//! A fold over the events: it needs little memory and no model. What Go has no profile for (`cpu`, `wall`, `block`)
//! is made from the model, see [`questions::profile`](super::questions::profile).

mod build;
mod regions;
mod tally;

use std::ops::Range as TimeSpan;

use goscope_parsers::pprof::Profile;
use goscope_parsers::trace::{Event, EventKind, GoId, GoState, StackId, Tables, Time};

use super::stw::overlap_nanos;
use super::words::no_such_name::NoSuchName;
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
        }
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

/// A time in which a goroutine was in one state.
#[derive(Clone, Copy, Debug)]
struct Span {
    goroutine: GoId,
    begin: Time,
    end: Time,
    /// Where it began.
    stack: StackId,
}

/// A state that counts, since when, and where it began.
#[derive(Clone, Copy, Debug)]
struct Current {
    since: Time,
    state: GoState,
    stack: StackId,
}

/// Makes one profile out of the events of a trace.
#[derive(Debug)]
pub struct TraceProfiler {
    kind: ProfileKind,
    tally: Tally,
    /// What each goroutine is in, if that counts.
    goroutines: Vec<Option<Current>>,
    first_time: Option<Time>,
    last_time: Time,
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
        }
    }

    /// Takes up the next event of a trace.
    #[inline]
    pub fn event(&mut self, event: &Event, tables: &Tables) {
        self.first_time.get_or_insert(event.time);
        self.last_time = event.time;
        match event.kind {
            EventKind::GoTransition { .. } => self.transition(event, tables),
            EventKind::RegionBegin { task, name } => self.tally.region_begins(event, (task, name)),
            EventKind::RegionEnd { task, name } => self.tally.region_ends(event, (task, name), tables),
            _ => {}
        }
    }

    /// The profile of everything so far.
    ///
    /// # Errors
    /// If a goroutine function or a region is asked for that is not in the trace.
    pub fn finish(self, tables: &Tables) -> Result<Profile, NoSuchName> {
        // Go does not count what is still open.
        let first = self.first_time.unwrap_or_default();
        let range = self.tally.range().unwrap_or(first..self.last_time);
        let duration_nanos = overlap_nanos(range, &(first..self.last_time));
        let counts = self.tally.finish(first..self.last_time, tables)?;
        Ok(build::profile(counts, duration_nanos, tables))
    }

    fn transition(&mut self, event: &Event, tables: &Tables) {
        let EventKind::GoTransition { goroutine, from, to, reason, .. } = event.kind else { return };
        self.tally.transition(event, tables);
        if self.goroutines.len() <= goroutine.index() {
            self.goroutines.resize(goroutine.index() + 1, None);
        }
        let current = &mut self.goroutines[goroutine.index()];
        // A reminder of the state that it is in; Go begins with it all the same if it did not count so far.
        if current.is_some_and(|current| current.state == to || from == to) {
            return;
        }
        let ended = current.take();
        if self.kind.wants(to, tables.string(reason)) {
            *current = Some(Current { since: event.time, state: to, stack: event.stack });
        }
        if let Some(Current { since, stack, .. }) = ended {
            self.tally.count(Span { goroutine, begin: since, end: event.time, stack });
        }
    }
}
