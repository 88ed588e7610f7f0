//! Who takes a P and who leaves it, off the spans of a block.

use std::ops::Range;

use goscope_parsers::trace::{GoId, Time};
use rustc_hash::FxHashMap;

use crate::trace::store::block::Block;
use crate::trace::store::data::{Segment, TraceData};
use crate::trace::words::cause::SpanState;
use crate::trace::words::runtime_goroutine::{is_gc_worker, is_runtime_goroutine};

/// What a goroutine does with a P, in four bits.
pub(super) type Use = u8;

/// It has one: it runs, or is in a system call with the P at hand.
const HOLDS: Use = 1;
/// It runs.
const RUNS: Use = 2;
/// It runs, and is a worker of the garbage collector.
const COLLECTS: Use = 4;
/// It could run, and is one of the program's.
const WAITS: Use = 8;

/// What is asked of goroutines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asks {
    /// Who has a P.
    Uses,
    /// That, and which goroutines of the program wait for one: half as many changes more.
    Waits,
}

/// A goroutine changes its use of a P: what it was, and what it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Change(u8);

impl Change {
    /// Bits that one takes.
    pub(super) const BITS: u32 = 8;

    fn new(before: Use, after: Use) -> Self {
        Self(before << 4 | after)
    }

    pub(super) fn bits(self) -> u8 {
        self.0
    }

    /// The lowest bits of a number that has others above.
    #[inline]
    pub(super) fn from_low_bits(number: u64) -> Self {
        Self(number as u8)
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
    /// Goroutines of the program that could run, where that is asked for.
    pub(super) waiting: i64,
}

impl Counts {
    #[inline]
    pub(super) fn apply(&mut self, change: Change) {
        let difference = |bit: Use| i64::from(change.0 & bit != 0) - i64::from(change.0 >> 4 & bit != 0);
        self.busy += difference(HOLDS);
        self.running += difference(RUNS);
        self.collecting += difference(COLLECTS);
        self.waiting += difference(WAITS);
    }

    pub(super) fn add(&mut self, other: Self) {
        self.busy += other.busy;
        self.running += other.running;
        self.collecting += other.collecting;
        self.waiting += other.waiting;
    }
}

/// The spans of a goroutine in a block.
struct OwnSegment {
    places: Range<usize>,
    life: Range<Time>,
    /// What of its use counts.
    seen: Use,
    /// What it did before.
    before: Use,
    /// Whether its life begins with them, and ends.
    is_first: bool,
    is_last: bool,
}

/// Finds changes in blocks.
pub(super) struct Changes<'d> {
    pub(super) data: &'d TraceData,
    /// By goroutine: what of its use counts.
    seen: Vec<Use>,
}

impl<'d> Changes<'d> {
    pub(super) fn new(data: &'d TraceData, asks: Asks) -> Self {
        let mut by_function: FxHashMap<_, Use> = FxHashMap::default();
        let mut of_function = |function| {
            *by_function.entry(function).or_insert_with(|| {
                let name = data.tables().string(function);
                let is_user = asks == Asks::Waits && !is_runtime_goroutine(name);
                HOLDS | RUNS | if is_gc_worker(name) { COLLECTS } else { 0 } | if is_user { WAITS } else { 0 }
            })
        };
        let ids = (0..data.goroutine_id_end() as u32).map(GoId);
        let mut seen: Vec<Use> = ids.map(|id| of_function(data.start_function(id))).collect();
        // What Go labels are workers, whatever their function is called.
        for row in data.labels() {
            if let Some(seen) = seen.get_mut(row.goroutine.index()).filter(|_| row.goroutine.is_some()) {
                *seen = (*seen | COLLECTS) & !WAITS;
            }
        }
        Self { data, seen }
    }

    /// The segments of a block, but those of goroutines whose spans are not in order.
    fn segments(&self, number: usize) -> impl Iterator<Item = OwnSegment> + '_ {
        let data = self.data;
        let block = &data.blocks[number];
        let segments = block.segment_goroutines.iter().enumerate();
        segments.filter(|&(_, &goroutine)| !data.is_disorder(goroutine)).filter_map(
            move |(segment, &goroutine)| {
                let life = data.life(goroutine)?;
                let segments = data.segments_of(goroutine);
                let at = place_of(segments, number, segment);
                let seen = self.seen[goroutine.index()];
                let before = at.checked_sub(1).map_or(0, |at| self.last_use(segments[at])) & seen;
                let places = block.segment(segment);
                let (is_first, is_last) = (at == 0, at + 1 == segments.len());
                Some(OwnSegment { places, life, seen, before, is_first, is_last })
            },
        )
    }

    /// Hands over the changes that the spans of a block begin, and those of lives that end with one of them. Not in
    /// order of time. Goroutines whose spans are not in order are left out.
    pub(super) fn of_block(&self, number: usize, mut add: impl FnMut(Time, Change)) {
        let block = &self.data.blocks[number];
        let uses: Vec<Use> = block.dictionary.iter().map(|kind| use_of(kind.state)).collect();
        for mut segment in self.segments(number) {
            let mut before = segment.before;
            if segment.is_first
                && let Some(first) = segment.places.next()
            {
                // It begins with the life, whatever is stored of it.
                let now = uses[block.kind_row(first)] & segment.seen;
                if now != before {
                    add(segment.life.start, Change::new(before, now));
                }
                before = now;
            }
            for place in segment.places {
                let now = uses[block.kind_row(place)] & segment.seen;
                if now != before {
                    add(block.start(place), Change::new(before, now));
                    before = now;
                }
            }
            if before != 0 && segment.is_last {
                add(segment.life.end, Change::new(before, 0));
            }
        }
    }

    /// Hands over what the changes of a block add up to, as changes at the begin of each goroutine's spans in it, and at
    /// the ends of lives. `hear` gets all ends of lives.
    pub(super) fn sum_of_block(
        &self,
        number: usize,
        mut add: impl FnMut(Time, Change),
        mut hear: impl FnMut(Time),
    ) {
        let block = &self.data.blocks[number];
        for segment in self.segments(number) {
            let now = use_of(block.kind(segment.places.end - 1).state) & segment.seen;
            if now != segment.before {
                add(block.start(segment.places.start), Change::new(segment.before, now));
            }
            if segment.is_last {
                hear(segment.life.end);
                if now != 0 {
                    add(segment.life.end, Change::new(now, 0));
                }
            }
        }
    }

    /// The changes of goroutines whose spans are not in order: each span by itself.
    pub(super) fn of_disorder(&self, mut add: impl FnMut(Time, Change)) {
        let all = self.data.goroutine_ids().filter(|&id| self.data.is_disorder(id));
        for goroutine in all {
            let seen = self.seen[goroutine.index()];
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

/// What any goroutine does in a state; of most, not all bits count.
fn use_of(state: SpanState) -> Use {
    match state {
        SpanState::Running => HOLDS | RUNS | COLLECTS,
        SpanState::Syscall => HOLDS,
        SpanState::Runnable => WAITS,
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
