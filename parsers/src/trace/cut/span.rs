//! Where to begin and where to end: the events that a cut keeps.
//!
//! A trace can be told from any moment on, if nobody has to know what was before. Two things cannot be told, and so a cut
//! begins a little earlier than it was asked for:
//!
//! * a stopped world: no event says that the world *is* stopped, and its end without a begin is an error;
//! * an event that was moved behind another one in time (times of several threads contradict each other by some
//!   nanoseconds): without the other one it would be moved back.

use super::super::event::{Event, EventKind, GoId, GoState, Range, Time};
use super::super::options::TraceOptions;
use super::super::problem::{Problem, Strictness};
use super::super::reader::TraceReader;
use crate::{ParseError, Progress};

/// A place between two events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The generation, counted from 0.
    pub(super) generation: usize,
    /// How many events of it come before, its Sync event not counted.
    pub(super) events: u64,
}

/// What is kept of a trace.
#[derive(Debug)]
pub(super) struct Span {
    /// Time of the first event of the trace.
    pub(super) trace_start: Time,
    /// Time of the last event that was looked at, before the end that was asked for.
    pub(super) last: Time,
    pub(super) from: Place,
    /// The moment of the begin: that which was asked for, or of the first event where it is earlier.
    pub(super) from_time: Time,
    /// `None`: all to the end.
    pub(super) to: Option<Place>,
    /// Time of the last event that is kept.
    pub(super) to_time: Time,
    pub(super) problems: Vec<Problem>,
}

/// Reads as far as needed. Times count from the first event.
pub(super) fn find_span(
    data: &[u8],
    (begin_nanos, end_nanos): (i64, i64),
    progress: Option<&Progress>,
) -> Result<Option<Span>, ParseError> {
    let options = TraceOptions { strictness: Strictness::LikeGo, progress, ..TraceOptions::default() };
    let mut reader = TraceReader::with_options(data, &options)?;
    let mut finder: Option<Finder> = None;
    'all: while let Some(chunk) = reader.next_chunk() {
        for event in chunk.events {
            let after = |nanos: i64| event.time.saturating_add(nanos);
            let finder =
                finder.get_or_insert_with(|| Finder::new(event.time, after(begin_nanos), after(end_nanos)));
            if !finder.see(event) {
                break 'all;
            }
        }
    }
    if reader.is_cancelled() {
        return Err(ParseError::Cancelled);
    }
    Ok(finder.map(|finder| finder.finish(reader.problems().to_vec())))
}

struct Finder {
    begin: Time,
    end: Time,
    trace_start: Time,
    here: Place,
    last: Time,
    from: (Place, Time),
    to: Option<Place>,
    to_time: Time,
    /// Goroutines that have stopped the world.
    stoppers: Vec<GoId>,
}

impl Finder {
    fn new(first: Time, begin: Time, end: Time) -> Self {
        let here = Place { generation: 0, events: 0 };
        Self {
            begin,
            end,
            trace_start: first,
            here,
            last: Time::MIN,
            from: (here, first),
            to: None,
            to_time: first,
            stoppers: Vec::new(),
        }
    }

    /// Takes the next event; `false` if no more are needed.
    fn see(&mut self, event: &Event) -> bool {
        if let EventKind::Sync { generation, .. } = event.kind {
            if event.time > self.end || generation.is_none() {
                self.to = generation.is_some().then_some(self.here);
                return generation.is_none();
            }
            self.here = Place { generation: generation.index() - 1, events: 0 };
            if self.last < self.begin && !self.is_moved(event) {
                self.from = (self.here, event.time);
            }
            self.last = event.time;
            return true;
        }
        if self.last < self.begin && !self.is_moved(event) && self.stoppers.is_empty() && self.here.events > 0
        {
            self.from = (self.here, event.time);
        }
        if event.time > self.end {
            self.to = Some(self.here);
            return false;
        }
        self.note_stops(&event.kind);
        self.here.events += 1;
        (self.last, self.to_time) = (event.time, event.time);
        true
    }

    /// Whether the event may have been moved behind the one before it.
    const fn is_moved(&self, event: &Event) -> bool {
        event.time < self.last.saturating_add(2)
    }

    fn note_stops(&mut self, kind: &EventKind) {
        match *kind {
            EventKind::RangeBegin(Range::StopTheWorld { goroutine, .. }) => self.stoppers.push(goroutine),
            EventKind::RangeEnd(Range::StopTheWorld { goroutine, .. }) => {
                if let Some(at) = self.stoppers.iter().position(|&stopper| stopper == goroutine) {
                    self.stoppers.swap_remove(at);
                }
            }
            EventKind::GoTransition { goroutine, to: GoState::NotExist, .. } => {
                self.stoppers.retain(|&stopper| stopper != goroutine);
            }
            _ => {}
        }
    }

    fn finish(self, problems: Vec<Problem>) -> Span {
        // What cannot be read is left out, and all before it written anew.
        let to = self.to.or((!problems.is_empty()).then_some(self.here));
        Span {
            trace_start: self.trace_start,
            last: self.last,
            from: self.from.0,
            from_time: self.from.1.min(self.begin.max(self.trace_start)),
            to,
            to_time: self.to_time,
            problems,
        }
    }
}
