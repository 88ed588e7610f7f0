//! One time that something happened: what questions about latency are asked of.

use std::ops::Range;

use goscope_parsers::trace::{GoId, TaskId, Time};

use crate::trace::words::time::nanos_between;

/// What an instance is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstanceOf {
    /// A goroutine.
    Goroutine,
    /// This task.
    Task(TaskId),
    /// The region at this place in [`TraceData::regions`](crate::trace::store::data::TraceData::regions).
    Region(u32),
}

/// One time that something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instance {
    /// What it is.
    pub of: InstanceOf,
    /// The goroutine whose time it was.
    pub goroutine: GoId,
    /// When it began.
    pub begin: Time,
    /// When it ended.
    pub end: Time,
}

impl Instance {
    /// How long it took.
    pub fn nanos(&self) -> u64 {
        nanos_between(self.begin, self.end)
    }

    /// From begin to end.
    pub fn range(&self) -> Range<Time> {
        self.begin..self.end
    }
}
