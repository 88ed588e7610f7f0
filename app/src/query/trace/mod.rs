//! The questions to a trace.

mod blocked_stacks;
mod counters;
mod csv;
mod flame_profile;
mod goroutines;
mod instance_names;
mod lane_list;
mod latency;
mod long_spans;
mod mmu;
mod overview;
mod region_types;
mod regions;
mod relations;
mod selection;
mod series;
mod span_facts;
mod subject;
mod summary;
mod table;
mod table_columns;
mod task_facts;
mod task_types;
mod tasks;

pub use goscope_analysis::trace::questions::lane_filter::{
    FILTER_HELP, FilterMode, LaneFilter, SpanTest, class_word,
};
pub use goscope_analysis::trace::questions::lane_groups::{Lane, LaneGroup, LaneName, LaneQuery, Lanes};

pub use self::blocked_stacks::{BlockedStacks, BlockedStacksQuery};
pub use self::counters::{Counters, CountersQuery};
pub use self::flame_profile::FlameProfileQuery;
pub use self::goroutines::{Goroutines, GoroutinesQuery};
pub use self::instance_names::{InstanceNames, InstanceNamesQuery};
pub use self::latency::{Latency, LatencyQuery, LengthBar, SlowInstance};
pub use self::long_spans::{LongSpans, LongSpansQuery};
pub use self::mmu::{Mmu, MmuOptions};
pub use self::overview::{Overview, OverviewQuery};
pub use self::region_types::{RegionTypes, RegionTypesQuery};
pub use self::regions::{Regions, RegionsQuery};
pub use self::relations::{Relations, RelationsQuery};
pub use self::selection::{FlameKind, LaneKind, LaneOrder, Only, StateChoice, TimeRange, TraceSelection};
pub use self::span_facts::{SpanFacts, SpanQuery, SpanRef, StackLine, waker_of};
pub use self::subject::Subject;
pub use self::summary::{Summary, SummaryQuery};
pub use self::table::{Target, TraceRows, TraceTableQuery};
pub use self::table_columns::{ColumnId, TableSort, TraceColumn, TraceTable, ValueKind};
pub use self::task_facts::{TaskFacts, TaskMoment, TaskQuery, TaskRef};
pub use self::task_types::{TaskTypes, TaskTypesQuery};
pub use self::tasks::{ListedTask, Tasks, TasksQuery};
