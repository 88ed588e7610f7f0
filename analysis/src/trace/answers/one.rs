//! One instance that an answer is about, by its number.

/// One instance, by numbers that mean the same whenever the file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum One {
    /// The task with this number.
    Task(u64),
    /// The region at this place in [`TraceData::regions`](crate::trace::store::data::TraceData::regions).
    Region(u32),
    /// What the trace has of the goroutine with this number.
    Goroutine(i64),
    /// A stretch of time on a goroutine, such as a request.
    Stretch {
        /// The goroutine's number.
        goroutine: i64,
        /// Nanoseconds from the first event of the trace to its begin.
        begin_nanos: i64,
        /// And to its end.
        end_nanos: i64,
    },
}

impl One {
    pub(super) const fn noun(self) -> &'static str {
        match self {
            Self::Task(_) => "task",
            Self::Region(_) => "region",
            Self::Goroutine(_) => "goroutine",
            Self::Stretch { .. } => "stretch",
        }
    }

    pub(super) fn text(self) -> String {
        match self {
            Self::Task(number) => format!("task {number}"),
            Self::Region(row) => format!("region {row}"),
            Self::Goroutine(goid) => format!("goroutine {goid}"),
            Self::Stretch { goroutine, .. } => format!("a stretch of goroutine {goroutine}"),
        }
    }
}
