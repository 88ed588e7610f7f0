//! The answer of `goscope trace latency`, before it becomes text or JSON.

use goscope_analysis::trace::blockers::BlockedStack;
use goscope_analysis::trace::latency::{Breakdown, InstanceBreakdown};

use super::read::ModelFacts;

/// The breakdown with everything that is printed beside it.
pub(super) struct LatencyReport {
    pub(super) facts: ModelFacts,
    /// What the report covers: `catalog tasks`.
    pub(super) title: String,
    pub(super) breakdown: Breakdown,
    pub(super) slowest: Vec<InstanceBreakdown>,
    pub(super) stacks: Vec<BlockedStack>,
    /// The most frames of a stack to show.
    pub(super) frames: usize,
}
