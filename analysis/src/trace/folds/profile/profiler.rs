//! The fold: from events to the times in which goroutines were in a state that counts.

use goscope_parsers::pprof::Profile;
use goscope_parsers::trace::{Event, EventKind, GoState, StackId, Tables, Time};

use crate::trace::folds::profile::build;
use crate::trace::folds::profile::request::{ProfileKind, ProfileRequest, Span};
use crate::trace::folds::profile::tally::Tally;
use crate::trace::words::no_such_name::NoSuchName;
use crate::trace::words::time::overlap_nanos;

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
        if self.kind.counts(to, tables.string(reason)) {
            *current = Some(Current { since: event.time, state: to, stack: event.stack });
        }
        if let Some(Current { since, stack, .. }) = ended {
            self.tally.count(Span { goroutine, begin: since, end: event.time, stack });
        }
    }
}
