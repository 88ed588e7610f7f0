//! What drawing needs of each block of spans beside its own columns and sums.

use goscope_parsers::trace::ProcId;

use crate::trace::store::block::{Block, SUM_STEP, begins_from_lens};
use crate::trace::words::cause::SpanState;
use crate::trace::words::class::{SpanClass, WAITS};

/// What belongs to one block.
#[derive(Debug, Default)]
pub(super) struct BlockIndex {
    kind_classes: Vec<SpanClass>,
    /// Of the spans before the 1st, 65th, 129th …; wrapping sums, of which only differences mean anything.
    pub(super) waits: Vec<[u32; WAITS.len()]>,
    lasts: Vec<u64>,
    /// Places of running spans by P, each in order of time.
    running: Vec<u32>,
    /// Where those of a P begin (by id), and the end of the last.
    running_begins: Vec<u32>,
}

impl BlockIndex {
    #[inline]
    pub(super) fn class(&self, kind: usize) -> SpanClass {
        self.kind_classes[kind]
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
        let (running, running_begins) = running_by_proc(block);
        let mut index = Self { kind_classes, waits: Vec::new(), lasts, running, running_begins };
        index.waits = index.sums_of_waits(block);
        index
    }

    /// The running spans of a P, in order of time.
    pub(super) fn running_of(&self, proc: ProcId) -> &[u32] {
        let ends = (self.running_begins.get(proc.index()), self.running_begins.get(proc.index() + 1));
        let (Some(&begin), Some(&end)) = ends else { return &[] };
        &self.running[begin as usize..end as usize]
    }

    /// Ids of Ps with running spans are below this.
    pub(super) fn proc_id_end(&self) -> usize {
        self.running_begins.len().saturating_sub(1)
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
                let sum = &mut so_far[columns[block.kind_row(at)]];
                let nanos = block.nanos_between(at..at + 1);
                *sum = sum.wrapping_add(nanos);
            }
        }
        sums
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.kind_classes.len()
            + self.waits.len() * size_of::<[u32; WAITS.len()]>()
            + self.lasts.len() * 8
            + (self.running.len() + self.running_begins.len()) * 4
    }
}

/// Places of running spans by P, each in order of time, and where those of a P begin.
fn running_by_proc(block: &Block) -> (Vec<u32>, Vec<u32>) {
    let running = |kind: usize| block.dictionary[kind].state == SpanState::Running;
    let proc_of = |kind: usize| block.dictionary[kind].proc.index();
    let mut lens = vec![0; block.dictionary.iter().map(|kind| kind.proc.index() + 1).max().unwrap_or(0)];
    for kind in block.kind_rows().filter(|&kind| running(kind)) {
        lens[proc_of(kind)] += 1;
    }
    let begins = begins_from_lens(&lens);
    let mut next = begins.clone();
    let mut keys = vec![0_u64; next.last().map_or(0, |&end| end as usize)];
    for (at, kind) in block.kind_rows().enumerate().filter(|&(_, kind)| running(kind)) {
        let next = &mut next[proc_of(kind)];
        keys[*next as usize] = u64::from(block.start_in_block(at)) << 32 | at as u64;
        *next += 1;
    }
    for pair in begins.windows(2) {
        keys[pair[0] as usize..pair[1] as usize].sort_unstable();
    }
    (keys.into_iter().map(|key| key as u32).collect(), begins)
}
