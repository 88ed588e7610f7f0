//! The stacks with the most blocked time, and what unblocked them.

use std::sync::Arc;

use goscope_analysis::trace::blockers::{BlockedStack, blocked_stacks};

use super::latency::{Latency, LatencyQuery};
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// The stacks with the most blocked time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BlockedStacksQuery {
    /// The instances to measure.
    pub latency: LatencyQuery,
    /// The most stacks to return.
    pub limit: usize,
}

/// The stacks with the most blocked time.
#[derive(Clone, Debug, Default)]
pub struct BlockedStacks {
    /// Most time first.
    pub stacks: Vec<BlockedStack>,
}

impl Question for BlockedStacksQuery {
    type Answer = BlockedStacks;
    type Input = LatencyQuery;

    fn input(&self) -> LatencyQuery {
        self.latency.clone()
    }

    fn answer(
        &self,
        documents: Documents<'_>,
        latency: Arc<Latency>,
    ) -> Result<BlockedStacks, QuestionError> {
        let stacks = blocked_stacks(documents.model()?, &latency.instances, self.limit);
        Ok(BlockedStacks { stacks })
    }
}
