//! The answer of `goscope trace latency`, before it becomes text or JSON.

use std::sync::Arc;

use goscope_analysis::trace::blockers::BlockedStack;

use super::read::ModelFacts;
use crate::query::trace::latency::Latency;

/// The breakdown with everything that is printed beside it.
pub(super) struct LatencyReport {
    pub(super) facts: ModelFacts,
    /// What the report covers: `catalog tasks`.
    pub(super) title: String,
    pub(super) latency: Arc<Latency>,
    pub(super) stacks: Vec<BlockedStack>,
    /// The most frames of a stack to show.
    pub(super) frames: usize,
}
