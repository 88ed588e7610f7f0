//! The index of the timeline: sums, beyond those of the blocks, that make drawing lanes independent of the trace.
//!
//! ```text
//! block      classes   kind → class                       waits   sync, channel, network, GC every 64 spans
//!            lasts     one bit a span: the last of its goroutine in the block
//! P          blocks    first run, its start, time so far  sums    running time every 16 runs
//! thread     bindings  from when on which P, first run, runs and time so far
//! ```
//!
//! Less than a byte a span in sum.

use rayon::prelude::*;

use crate::trace::store::data::TraceData;
use crate::trace::timeline::blocks::BlockIndex;
use crate::trace::timeline::marks::Marks;
use crate::trace::timeline::runs::{Runs, SpanRows};
use crate::trace::timeline::samples::SampleOrders;
use crate::trace::words::cause::CauseId;
use crate::trace::words::class::SpanClass;

/// See the drawing at the head of the file.
#[derive(Debug)]
pub(crate) struct Timeline {
    /// By cause.
    classes: Vec<SpanClass>,
    blocks: Vec<BlockIndex>,
    runs: Runs,
    pub(super) marks: Marks,
    pub(super) samples: SampleOrders,
}

impl Timeline {
    /// Makes it, in parallel where it takes long.
    pub(crate) fn new(data: &TraceData) -> Self {
        let classes: Vec<SpanClass> =
            data.causes().iter().map(|&cause| SpanClass::of_cause(cause, data.tables())).collect();
        let blocks: Vec<BlockIndex> =
            data.blocks.par_iter().map(|block| BlockIndex::new(block, &classes)).collect();
        let runs = Runs::new(data, &blocks);
        let marks = Marks::new(&data.logs, &data.regions);
        let samples = SampleOrders::new(&SpanRows { data, blocks: &blocks, runs: &runs });
        Self { classes, blocks, runs, marks, samples }
    }

    /// The rows of spans that lanes show.
    pub(super) fn rows<'m>(&'m self, data: &'m TraceData) -> SpanRows<'m> {
        SpanRows { data, blocks: &self.blocks, runs: &self.runs }
    }

    pub(super) fn class_of(&self, cause: CauseId) -> SpanClass {
        self.classes.get(cause.index()).copied().unwrap_or_default()
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.classes.len()
            + self.marks.heap_bytes()
            + self.samples.heap_bytes()
            + self.blocks.iter().map(BlockIndex::heap_bytes).sum::<usize>()
            + self.runs.heap_bytes()
    }
}
