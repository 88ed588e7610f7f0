//! Who takes a P and who leaves it, off the spans of a block.

use goscope_parsers::trace::{GoId, Time};
use rustc_hash::FxHashSet;

use crate::trace::store::block::Block;
use crate::trace::store::data::{Segment, TraceData};
use crate::trace::words::cause::SpanState;
use crate::trace::words::runtime_goroutine::is_gc_worker;

/// What a goroutine does with a P, in three bits.
pub(super) type Use = u8;

/// It has one: it runs, or is in a system call with the P at hand.
const HOLDS: Use = 1;
/// It runs.
const RUNS: Use = 2;
/// It runs, and is a worker of the garbage collector.
const COLLECTS: Use = 4;

/// A goroutine changes its use of a P: what it was, and what it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Change(u8);

impl Change {
    /// Bits that one takes.
    pub(super) const BITS: u32 = 6;

    fn new(before: Use, after: Use) -> Self {
        Self(before << 3 | after)
    }

    pub(super) fn bits(self) -> u8 {
        self.0
    }

    /// The lowest bits of a number that has others above.
    #[inline]
    pub(super) fn from_low_bits(number: u64) -> Self {
        Self(number as u8 & ((1 << Self::BITS) - 1))
    }
}

/// How many goroutines do what. Sums of changes that come in another order than in the trace may pass below 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Hold a P.
    pub(super) busy: i64,
    pub(super) running: i64,
    /// Run, and are workers of the garbage collector.
    pub(super) collecting: i64,
}

impl Counts {
    #[inline]
    pub(super) fn apply(&mut self, change: Change) {
        let difference = |bit: Use| i64::from(change.0 & bit != 0) - i64::from(change.0 >> 3 & bit != 0);
        self.busy += difference(HOLDS);
        self.running += difference(RUNS);
        self.collecting += difference(COLLECTS);
    }

    pub(super) fn add(&mut self, other: Self) {
        self.busy += other.busy;
        self.running += other.running;
        self.collecting += other.collecting;
    }
}

/// Finds changes in blocks.
pub(super) struct Changes<'d> {
    pub(super) data: &'d TraceData,
    workers: FxHashSet<GoId>,
}

impl<'d> Changes<'d> {
    pub(super) fn new(data: &'d TraceData) -> Self {
        let is_worker = |id: &GoId| is_gc_worker(data.tables().string(data.start_function(*id)));
        let labelled = data.labels().iter().map(|row| row.goroutine);
        let mut workers: FxHashSet<GoId> = data.goroutine_ids().filter(is_worker).collect();
        workers.extend(labelled.filter(|id| id.is_some()));
        Self { data, workers }
    }

    /// Hands over the changes that the spans of a block begin, and those of lives that end with one of them. Not in
    /// order of time. Goroutines whose spans are not in order are left out.
    pub(super) fn of_block(&self, number: usize, mut add: impl FnMut(Time, Change)) {
        let data = self.data;
        let block = &data.blocks[number];
        let uses: Vec<Use> = block.dictionary.iter().map(|kind| use_of(kind.state)).collect();
        for (segment, &goroutine) in block.segment_goroutines.iter().enumerate() {
            if data.is_disorder(goroutine) {
                continue;
            }
            let Some(life) = data.life(goroutine) else { continue };
            let segments = data.segments_of(goroutine);
            let at = place_of(segments, number, segment);
            let seen = if self.workers.contains(&goroutine) { COLLECTS | RUNS | HOLDS } else { RUNS | HOLDS };
            let mut before = at.checked_sub(1).map_or(0, |at| self.last_use(segments[at])) & seen;
            let mut places = block.segment(segment);
            if at == 0
                && let Some(first) = places.next()
            {
                // It begins with the life, whatever is stored of it.
                let now = uses[block.kind_row(first)] & seen;
                if now != before {
                    add(life.start, Change::new(before, now));
                }
                before = now;
            }
            for place in places {
                let now = uses[block.kind_row(place)] & seen;
                if now != before {
                    add(block.start(place), Change::new(before, now));
                    before = now;
                }
            }
            if before != 0 && at + 1 == segments.len() {
                add(life.end, Change::new(before, 0));
            }
        }
    }

    /// The changes of goroutines whose spans are not in order: each span by itself.
    pub(super) fn of_disorder(&self, mut add: impl FnMut(Time, Change)) {
        let all = self.data.goroutine_ids().filter(|&id| self.data.is_disorder(id));
        for goroutine in all {
            let seen = if self.workers.contains(&goroutine) { COLLECTS | RUNS | HOLDS } else { RUNS | HOLDS };
            for span in self.data.spans(goroutine).filter(|span| span.start < span.end) {
                let now = use_of(span.state) & seen;
                if now != 0 {
                    add(span.start, Change::new(0, now));
                    add(span.end, Change::new(now, 0));
                }
            }
        }
    }

    fn last_use(&self, segment: Segment) -> Use {
        let block: &Block = &self.data.blocks[segment.block as usize];
        use_of(block.kind(block.segment(segment.segment as usize).end - 1).state)
    }
}

/// What any goroutine does in a state; only of workers the last bit counts.
fn use_of(state: SpanState) -> Use {
    match state {
        SpanState::Running => HOLDS | RUNS | COLLECTS,
        SpanState::Syscall => HOLDS,
        _ => 0,
    }
}

/// Which of the segments of a goroutine the one of a block is.
fn place_of(segments: &[Segment], block: usize, segment: usize) -> usize {
    if segments.len() == 1 {
        return 0;
    }
    segments.partition_point(|it| (it.block as usize, it.segment as usize) < (block, segment))
}
