//! The answer of `goscope trace latency`, before it becomes text or JSON.

use std::sync::Arc;

use goscope_analysis::trace::answers::population::One;
use goscope_analysis::trace::blockers::BlockedStack;
use goscope_analysis::trace::instances::{Instance, InstanceOf};

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

impl LatencyReport {
    /// What other commands find an instance by.
    pub(super) fn handle(&self, instance: &Instance) -> String {
        let tables = self.facts.model().tables();
        self.facts.handle_of(match instance.of {
            InstanceOf::Task(task) => One::Task(tables.task_number(task)),
            InstanceOf::Region(row) => One::Region(row),
            InstanceOf::Goroutine => One::Goroutine(tables.goid(instance.goroutine)),
        })
    }
}
