//! The questions to a trace that the window asks.

mod counters;
mod csv;
mod lane_filter;
mod lanes;
mod latency;
mod mmu;
mod overview;
mod profile;
mod selection;
mod series;
mod span_facts;
mod table;
mod task_facts;

pub use self::counters::Counters;
pub(super) use self::counters::counters;
pub use self::lane_filter::{FILTER_HELP, FilterMode, LaneFilter, SpanTest, class_word};
pub(super) use self::lanes::lanes;
pub use self::lanes::{Lane, LaneGroup, LaneName, LaneQuery, Lanes};
pub use self::latency::{InstanceNames, Latency, LengthBar, LongSpans, SlowInstance};
pub(super) use self::latency::{instance_names, latency, long_spans};
pub(super) use self::mmu::mmu;
pub use self::mmu::{Mmu, MmuOptions};
pub use self::overview::Overview;
pub(super) use self::overview::overview;
pub(super) use self::profile::trace_profile;
pub use self::selection::{
    About, FlameKind, LaneKind, LaneOrder, Only, StateChoice, TimeRange, TraceSelection,
};
pub(super) use self::span_facts::span_facts;
pub use self::span_facts::{SpanFacts, SpanQuery, SpanRef, StackLine, waker_of};
pub(super) use self::table::trace_table;
pub use self::table::{Target, TraceColumn, TraceRows, TraceTable, TraceTableQuery, ValueKind};
pub(super) use self::task_facts::task_facts;
pub use self::task_facts::{TaskFacts, TaskMoment, TaskRef};
