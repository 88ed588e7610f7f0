//! What drawing needs of each block of spans beside its own columns and sums.

use crate::trace::store::block::{Block, SUM_STEP};
use crate::trace::words::class::{SpanClass, WAITS};

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

    pub(super) fn new(block: &Block, classes: &[SpanClass]) -> Self {
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

    pub(super) fn heap_bytes(&self) -> usize {
        self.kind_classes.len() + self.waits.len() * size_of::<[u32; WAITS.len()]>() + self.lasts.len() * 8
    }
}
