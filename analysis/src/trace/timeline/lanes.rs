//! What is asked of lanes: their pieces in a grid, and sums of time by class.

use std::ops::Range;

use goscope_parsers::trace::{GoId, ProcId, ThreadId, Time};

use crate::trace::store::data::TraceData;
use crate::trace::timeline::grid::{ClassNanos, Grid, LaneOwner, SpanRow as _};
use crate::trace::timeline::index::Timeline;
use crate::trace::timeline::pieces::{Pieces, pieces, sum};
use crate::trace::timeline::runs::{SpanRows, thread_of_run};
use crate::trace::words::cause::CauseId;
use crate::trace::words::class::SpanClass;

/// The lanes of a trace: cheap to make, and to ask.
#[derive(Clone, Copy, Debug)]
pub struct Lanes<'m> {
    pub(super) data: &'m TraceData,
    pub(super) index: &'m Timeline,
}

impl<'m> Lanes<'m> {
    /// Of a trace and its timeline.
    pub(crate) const fn new(data: &'m TraceData, index: &'m Timeline) -> Self {
        Self { data, index }
    }

    fn rows(self) -> SpanRows<'m> {
        self.index.rows(self.data)
    }

    /// What to draw of a lane.
    pub fn pieces(self, owner: LaneOwner, grid: &Grid) -> Pieces {
        match owner {
            LaneOwner::Goroutine(id) => {
                self.rows().goroutine(id).map(|lane| pieces(&lane, grid)).unwrap_or_default()
            }
            LaneOwner::Proc(id) => pieces(&self.rows().proc(id), grid),
            LaneOwner::Thread(id) => pieces(&self.rows().thread(id), grid),
        }
    }

    /// Number and time of the spans of a lane that begin in a range of time.
    pub fn sum(self, owner: LaneOwner, range: &Range<Time>) -> (u64, ClassNanos) {
        match owner {
            LaneOwner::Goroutine(id) => {
                self.rows().goroutine(id).map(|lane| sum(&lane, range)).unwrap_or_default()
            }
            LaneOwner::Proc(id) => sum(&self.rows().proc(id), range),
            LaneOwner::Thread(id) => sum(&self.rows().thread(id), range),
        }
    }

    /// The thread on which a goroutine runs on a P at a time.
    pub fn thread_running(self, proc: ProcId, time: Time) -> Option<ThreadId> {
        thread_of_run(self.rows(), proc, time)
    }

    /// Time by class in the whole life of a goroutine.
    pub fn class_nanos(self, goroutine: GoId) -> ClassNanos {
        let Some(lane) = self.rows().goroutine(goroutine) else { return [0; SpanClass::COUNT] };
        match (lane.first(), lane.last_until(Time::MAX)) {
            (Some(first), Some(last)) => lane.sum(first, last).1,
            _ => [0; SpanClass::COUNT],
        }
    }

    /// The class of a cause.
    pub fn class_of(self, cause: CauseId) -> SpanClass {
        self.index.class_of(cause)
    }
}
