//! What makes drawing lanes independent of the number of spans: sums that the blocks do not have already.
//!
//! ```text
//! block      classes   kind → class                       waits   sync, channel, network, GC every 32 spans
//!            lasts     one bit a span: the last of its goroutine in the block
//! P          blocks    first run, its start, time so far  sums    running time every 16 runs
//! thread     bindings  from when on which P, first run, runs and time so far
//! ```
//!
//! Less than a byte a span in sum.

use goscope_parsers::trace::{ProcId, Tables, ThreadId, Time};
use rayon::prelude::*;

use super::marks::Marks;
use super::runs::{BlockRuns, ProcRuns, ThreadBinding, proc_runs, run_nanos, thread_bindings};
use super::samples::SampleOrders;
use crate::trace::block::{Block, SUM_STEP};
use crate::trace::cause::{Cause, CauseId};
use crate::trace::class::SpanClass;
use crate::trace::model::TraceModel;

/// The classes that a block's own sums do not tell apart.
pub(super) const WAITS: [SpanClass; 4] =
    [SpanClass::Sync, SpanClass::Channel, SpanClass::Network, SpanClass::Gc];

/// See the drawing at the head of the file.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    /// By cause.
    classes: Vec<SpanClass>,
    pub(super) blocks: Vec<BlockIndex>,
    /// By P.
    pub(super) procs: Vec<ProcRuns>,
    /// By thread, each in order of time.
    pub(super) threads: Vec<Vec<ThreadBinding>>,
    pub(super) marks: Marks,
    pub(super) samples: SampleOrders,
}

/// What belongs to one block.
#[derive(Debug, Default)]
pub(super) struct BlockIndex {
    kind_classes: Vec<SpanClass>,
    /// Of the spans before the 1st, 33rd, 65th …; wrapping sums, of which only differences mean anything.
    pub(super) waits: Vec<[u32; WAITS.len()]>,
    lasts: Vec<u64>,
}

impl BlockIndex {
    #[inline]
    pub(super) fn class(&self, kind: u16) -> SpanClass {
        self.kind_classes[usize::from(kind)]
    }

    /// Whether a span is the last of its goroutine in the block.
    #[inline]
    pub(super) fn is_last(&self, at: usize) -> bool {
        self.lasts[at / 64] >> (at % 64) & 1 == 1
    }

    fn new(block: &Block, classes: &[SpanClass]) -> Self {
        let kind_classes: Vec<SpanClass> =
            block.dictionary.iter().map(|kind| classes[kind.cause.index()]).collect();
        let mut lasts = vec![0_u64; block.len().div_ceil(64)];
        for &end in &block.segment_begins[1..] {
            // A segment is there because of its first span, so it has a last one.
            let last = end as usize - 1;
            lasts[last / 64] |= 1 << (last % 64);
        }
        let mut index = Self { kind_classes, waits: Vec::new(), lasts };
        index.waits = index.sums_of_waits(block);
        index
    }

    fn sums_of_waits(&self, block: &Block) -> Vec<[u32; WAITS.len()]> {
        let columns: Vec<usize> = self
            .kind_classes
            .iter()
            .map(|class| WAITS.iter().position(|wait| wait == class).unwrap_or(WAITS.len()))
            .collect();
        let mut sums = Vec::with_capacity(block.len() / SUM_STEP + 1);
        // The last column takes what is not counted.
        let mut so_far = [0_u32; WAITS.len() + 1];
        for at in 0..block.len() {
            if at % SUM_STEP == 0 {
                let [counted @ .., _] = so_far;
                sums.push(counted);
            }
            if !self.is_last(at) {
                let nanos = block.starts[at + 1].wrapping_sub(block.starts[at]);
                let sum = &mut so_far[columns[usize::from(block.kinds[at])]];
                *sum = sum.wrapping_add(nanos);
            }
        }
        sums
    }

    fn heap_bytes(&self) -> usize {
        self.kind_classes.len() + self.waits.len() * size_of::<[u32; WAITS.len()]>() + self.lasts.len() * 8
    }
}

impl Timeline {
    /// What can be said before the spans of goroutines can be looked up.
    pub(crate) fn of_blocks(blocks: &[Block], causes: &[Cause], tables: &Tables) -> Self {
        let classes: Vec<SpanClass> =
            causes.iter().map(|&cause| SpanClass::of_cause(cause, tables)).collect();
        let blocks = blocks.par_iter().map(|block| BlockIndex::new(block, &classes)).collect();
        Self { classes, blocks, ..Self::default() }
    }

    /// Adds what needs a model: the runs of Ps and threads, and what lies on top of spans.
    pub(crate) fn complete(model: &mut TraceModel) {
        model.timeline.marks = Marks::new(&model.logs, &model.regions);
        let of_blocks: Vec<BlockRuns> =
            (0..model.blocks.len()).into_par_iter().map(|number| run_nanos(model, number)).collect();
        model.timeline.procs = proc_runs(model, of_blocks);
        model.timeline.threads = thread_bindings(model);
        model.timeline.samples = SampleOrders::new(model);
    }

    pub(super) fn class_of(&self, cause: CauseId) -> SpanClass {
        self.classes.get(cause.index()).copied().unwrap_or_default()
    }

    pub(super) fn proc(&self, id: ProcId) -> Option<&ProcRuns> {
        self.procs.get(id.index())
    }

    pub(super) fn thread(&self, id: ThreadId) -> &[ThreadBinding] {
        self.threads.get(id.index()).map_or(&[], Vec::as_slice)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.classes.len()
            + self.marks.heap_bytes()
            + self.samples.heap_bytes()
            + self.blocks.iter().map(BlockIndex::heap_bytes).sum::<usize>()
            + self.procs.iter().map(ProcRuns::heap_bytes).sum::<usize>()
            + self.threads.iter().map(|rows| rows.len() * size_of::<ThreadBinding>()).sum::<usize>()
    }
}

/// The end of a span that is the last of its goroutine in its block.
pub(super) fn end_of_last(model: &TraceModel, number: usize, at: usize) -> Time {
    let block = &model.blocks[number];
    let segment = block.segment_of(at);
    let goroutine = block.segment_goroutines[segment];
    let segments = model.segments_of(goroutine);
    let next = segments.partition_point(|segment| segment.block as usize <= number);
    match segments.get(next) {
        Some(&next) => model.segment_start(next),
        None => model.goroutine(goroutine).map_or_else(|| block.start(at), |goroutine| goroutine.end),
    }
}
