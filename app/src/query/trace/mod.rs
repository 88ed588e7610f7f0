//! The questions to a trace.

mod counters;
mod csv;
mod flame_profile;
mod instance_names;
mod lane_filter;
mod lane_list;
mod lanes;
mod latency;
mod long_spans;
mod mmu;
mod overview;
mod profile;
mod selection;
mod series;
mod span_facts;
mod table;
mod task_facts;

pub use self::counters::{Counters, CountersQuery};
pub use self::flame_profile::FlameProfileQuery;
pub use self::instance_names::{InstanceNames, InstanceNamesQuery};
pub use self::lane_filter::{FILTER_HELP, FilterMode, LaneFilter, SpanTest, class_word};
pub use self::lanes::{Lane, LaneGroup, LaneName, LaneQuery, Lanes};
pub use self::latency::{Latency, LatencyQuery, LengthBar, SlowInstance};
pub use self::long_spans::{LongSpans, LongSpansQuery};
pub use self::mmu::{Mmu, MmuOptions};
pub use self::overview::{Overview, OverviewQuery};
pub use self::selection::{
    About, FlameKind, LaneKind, LaneOrder, Only, StateChoice, TimeRange, TraceSelection,
};
pub use self::span_facts::{SpanFacts, SpanQuery, SpanRef, StackLine, waker_of};
pub use self::table::{Target, TraceColumn, TraceRows, TraceTable, TraceTableQuery, ValueKind};
pub use self::task_facts::{TaskFacts, TaskMoment, TaskQuery, TaskRef};
