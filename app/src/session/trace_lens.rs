//! What of a trace a tab looks at: a range of time, some goroutines, and how lanes and flame graph show them. Plain
//! data, saved and undone with the rest of the workspace.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::query::trace::answers::kind::AnswerKind;
use crate::query::trace::answers::path::PathChoice;
use crate::query::trace::answers::slowest::CauseChoice;
use crate::query::trace::answers::why::WhyQuery;
use crate::query::trace::heat::HeatOf;
use crate::query::trace::mmu::MmuOptions;
use crate::query::trace::selection::{
    Flame, LaneKind, LaneOrder, Only, StateChoice, TimeRange, TraceSelection,
};
use crate::query::trace::table_columns::{TableSort, TraceTable};
use goscope_analysis::trace::instances::InstanceKind;
use goscope_analysis::trace::questions::lane_filter::FilterMode;
use goscope_analysis::trace::questions::lane_groups::LaneName;

/// Slow instances that are listed with their paths.
const SLOWEST: usize = 20;

/// What of a trace is looked at, and how.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TraceLens {
    /// The time that all panels show; `None` for all of it.
    pub range: Option<TimeRange>,
    /// Only these goroutines.
    pub only: Option<Only>,
    /// What flame graph and breakdown are about.
    pub about: InstanceKind,
    /// Only what took so long, from and to in ns, both included.
    pub length: Option<(u64, u64)>,
    /// Whether goroutines that did next to nothing are among those of flame graph and breakdown.
    pub with_idle: bool,
    /// The row of the breakdown whose spans are listed.
    pub breakdown_row: Option<StateChoice>,
    /// The name of the answer in the band; `None` for the first.
    pub headline: Option<String>,
    /// The answer whose view is shown.
    pub answer: AnswerKind,
    /// The part of the time of slow instances that is looked at.
    pub cause: Option<CauseChoice>,
    /// The instance whose critical path is shown above the lanes.
    pub path: Option<PathChoice>,
    /// What the lanes are.
    pub lanes: LaneKind,
    /// In which order.
    pub lane_order: LaneOrder,
    /// What lanes are looked for, as it is typed.
    pub lane_filter: String,
    /// What becomes of the others.
    pub lane_filter_mode: FilterMode,
    /// Whether GC cycles and stop-the-world pauses are not shown across all lanes.
    pub is_gc_overlay_hidden: bool,
    /// Groups that were opened by hand or for something that was flown to.
    pub open_groups: BTreeSet<String>,
    /// Groups that were closed by hand.
    pub closed_groups: BTreeSet<String>,
    /// Lanes that show what is in them: logs, regions, stacks of CPU samples.
    pub unfolded: BTreeSet<LaneName>,
    /// What the flame graph counts.
    pub flame: Flame,
    /// What the heat map counts; `None` for what the trace has.
    pub heat: Option<HeatOf>,
    /// What counts as taken from the program by the garbage collector.
    pub mmu: MmuOptions,
    /// The order of tables that were sorted.
    pub table_sorts: BTreeMap<TraceTable, TableSort>,
}

impl TraceLens {
    /// What flame graph, breakdown and tables are about.
    pub fn selection(&self) -> TraceSelection {
        TraceSelection {
            range: self.range,
            only: self.only.clone(),
            about: self.about.clone(),
            length: self.length,
            with_idle: self.with_idle,
        }
    }

    /// Why the slow ones are slow, in the whole trace: the answer stays while one looks around.
    pub fn why(&self) -> WhyQuery {
        WhyQuery { population: self.selection().population(), limit: SLOWEST, ..WhyQuery::default() }
    }
}
