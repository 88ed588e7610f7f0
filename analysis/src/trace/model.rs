//! The model of a trace: its data, and the indexes that make questions quick.
//!
//! ```text
//! data       what the trace says, in columns                           spans, rows, tables
//! timeline   what is needed to draw lanes, whatever the number of spans  ─► lanes()
//! digest     spans summed up ahead of every question
//! ```
//!
//! Both indexes are made once, from finished data. Whoever only reads what the trace says reads it off the model as
//! if it were the data.

use std::ops::Deref;

pub use crate::trace::store::data::{CauseSum, Goroutine, Span, SpanId, StateSum, TraceData};
pub use crate::trace::words::time::nanos_between;

use crate::trace::digest::Digest;
use crate::trace::timeline::{Lanes, Timeline};

/// A whole trace, ready for questions.
#[derive(Debug)]
pub struct TraceModel {
    data: TraceData,
    timeline: Timeline,
    pub(crate) digest: Digest,
}

impl TraceModel {
    /// Makes the indexes.
    pub fn new(data: TraceData) -> Self {
        let timeline = Timeline::new(&data);
        let digest = Digest::new(&data);
        Self { data, timeline, digest }
    }

    /// What the trace says.
    pub fn data(&self) -> &TraceData {
        &self.data
    }

    /// What to draw of lanes.
    pub fn lanes(&self) -> Lanes<'_> {
        Lanes::new(&self.data, &self.timeline)
    }

    /// Bytes on the heap that drawing lanes quickly takes, beside the spans.
    pub fn timeline_bytes(&self) -> usize {
        self.timeline.heap_bytes()
    }

    /// Bytes on the heap that make the sums of a selection quick, beside the spans.
    pub fn digest_bytes(&self) -> usize {
        self.digest.heap_bytes()
    }
}

impl Deref for TraceModel {
    type Target = TraceData;

    fn deref(&self) -> &TraceData {
        &self.data
    }
}
