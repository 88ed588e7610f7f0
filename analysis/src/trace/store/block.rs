//! A block: some hundred thousand spans that begin one after the other, sorted by goroutine, in a few bytes each.
//!
//! ```text
//! as they came  g7 g9 g7 g8 g9 …          sorted  segment of g7 │ segment of g9 │ g8 …
//!                                         starts  12  40        │ 15  90        │ 61      ns since the block began
//!                                         kinds   3   1         │ 2   3         │ 3       rows of the dictionary
//!                                         wakers      g9        │               │ g7      only of spans that have one
//! dictionary    kind → cause, P           sums    running 28 …  every 64 spans, summed up so far
//! ```
//!
//! A span ends where the next of its goroutine begins, in this block or a later one. Some 4 bytes a span instead of
//! 30: times are short because a block is, the few hundred pairs of cause and P that occur in it have numbers, and
//! either takes as many bits as the largest in the block. A block ends when it has [`BLOCK_SPANS`] spans, when its
//! times would not fit into 32 bits, or the dictionary is full.

use std::ops::{Range, RangeInclusive};

use goscope_parsers::trace::{GoId, ProcId, StackId, StringId, Time};

use crate::trace::store::packed::Packed;
use crate::trace::store::wakers::{WakerRows, Wakers};
use crate::trace::words::cause::{Cause, CauseId, Causes, SpanState, mix};

/// Spans of a full block: few enough to be sorted in the cache, many enough that segments are long.
pub(crate) const BLOCK_SPANS: usize = 1 << 16;

/// Blocks of a chunk. More of them make digests smaller, and the two chunks larger in which a selection begins and
/// ends: a million spans take some milliseconds.
pub(crate) const CHUNK_BLOCKS: usize = 16;

/// Spans between two rows of sums.
pub(crate) const SUM_STEP: usize = 64;

/// Nanoseconds by state, without [`SpanState::Unknown`]: wrapping sums, of which only differences mean anything.
pub(crate) type Sums = [u32; SpanState::COUNT - 1];

/// What a span's kind stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) cause: CauseId,
    pub(crate) proc: ProcId,
    pub(crate) state: SpanState,
}

/// Spans sorted by goroutine; see the drawing at the head of the file.
#[derive(Debug, Default)]
pub(crate) struct Block {
    /// What `starts` count from.
    base: Time,
    /// When its first span came: all before it came not later, all in it not earlier.
    pub(crate) opened: Time,
    /// Spans in the blocks before.
    pub(crate) first_span: u32,
    pub(super) starts: Packed,
    pub(super) kinds: Packed,
    pub(crate) dictionary: Vec<Kind>,
    pub(crate) segment_goroutines: Vec<GoId>,
    /// Where segments begin, and the end of the last.
    pub(crate) segment_begins: Vec<u32>,
    pub(super) wakers: Wakers,
    /// Segments in which spans do not begin one after the other.
    pub(super) disordered: Vec<u32>,
    /// Sums of the spans before the 1st, 65th, 129th …; the last span of a segment counts as 0.
    pub(crate) sums: Vec<Sums>,
}

impl Block {
    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    /// What times in the block count from.
    pub(crate) fn base(&self) -> Time {
        self.base
    }

    #[inline]
    pub(crate) fn kind(&self, at: usize) -> Kind {
        self.dictionary[self.kind_row(at)]
    }

    /// The row of the dictionary that is a span's kind.
    #[inline]
    pub(crate) fn kind_row(&self, at: usize) -> usize {
        self.kinds.at(at) as usize
    }

    /// The rows of the dictionary that are the kinds of all spans.
    pub(crate) fn kind_rows(&self) -> impl Iterator<Item = usize> + '_ {
        self.kinds.range(0..self.len()).map(|row| row as usize)
    }

    #[inline]
    pub(crate) fn start(&self, at: usize) -> Time {
        self.base.wrapping_add(i64::from(self.starts.at(at)))
    }

    /// When a span starts, in nanoseconds since the base of the block.
    #[inline]
    pub(crate) fn start_in_block(&self, at: usize) -> u32 {
        self.starts.at(at)
    }

    /// When spans start, in nanoseconds since the base of the block.
    #[inline]
    pub(crate) fn starts_in_block(&self, places: Range<usize>) -> impl Iterator<Item = u32> + '_ {
        self.starts.range(places)
    }

    /// The time from the start of a span to the start of another of the same segment; nanoseconds.
    #[inline]
    pub(crate) fn nanos_between(&self, places: Range<usize>) -> u32 {
        self.starts.at(places.end).wrapping_sub(self.starts.at(places.start))
    }

    /// Rows of the dictionary and nanoseconds of spans that end where the next of the segment starts.
    #[inline]
    pub(crate) fn lengths(&self, places: Range<usize>) -> impl Iterator<Item = (usize, u32)> + '_ {
        let mut start = self.starts.at(places.start);
        places.map(move |at| {
            let end = self.starts.at(at + 1);
            (self.kind_row(at), end.wrapping_sub(std::mem::replace(&mut start, end)))
        })
    }

    /// The goroutine that unblocked the goroutine of a span.
    pub(crate) fn waker(&self, at: usize) -> GoId {
        self.wakers.at(at)
    }

    /// The spans that a goroutine made runnable.
    pub(crate) fn woken_by(&self, waker: GoId) -> impl Iterator<Item = usize> + '_ {
        self.wakers.spans_of(waker)
    }

    /// The spans of a segment.
    #[inline]
    pub(crate) fn segment(&self, segment: usize) -> Range<usize> {
        self.segment_begins[segment] as usize..self.segment_begins[segment + 1] as usize
    }

    /// The segment that a span is in.
    pub(crate) fn segment_of(&self, at: usize) -> usize {
        self.segment_begins.partition_point(|&begin| begin as usize <= at).saturating_sub(1)
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.starts.heap_bytes()
            + self.kinds.heap_bytes()
            + self.dictionary.len() * size_of::<Kind>()
            + self.segment_begins.len() * 8
            + self.wakers.heap_bytes()
            + self.sums.len() * size_of::<Sums>()
    }
}

/// A span that is added to a finished block; it has a segment of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExtraSpan {
    pub(crate) goroutine: GoId,
    /// Since the base of the block.
    pub(crate) start: u32,
    pub(crate) kind: Kind,
}

/// A span that starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begin {
    pub(crate) goroutine: GoId,
    pub(crate) time: Time,
    pub(crate) cause: Cause,
    pub(crate) proc: ProcId,
    pub(crate) waker: GoId,
}

/// Where a goroutine's spans of the current block are collected.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    block: u32,
    segment: u32,
}

impl Place {
    /// Not in any block yet.
    pub(crate) const NONE: Self = Self { block: u32::MAX, segment: 0 };

    /// In blocks that are finished.
    pub(crate) const ELSEWHERE: Self = Self { block: u32::MAX - 1, segment: 0 };

    /// Whether the goroutine has had no span so far.
    pub(crate) fn is_none(self) -> bool {
        self.block == u32::MAX
    }
}

/// Collects the spans of one block in the order in which they begin.
#[derive(Debug)]
pub(crate) struct BlockBuilder {
    /// Spans of a full block.
    most_spans: usize,
    number: u32,
    first_span: u32,
    base: Time,
    opened: Time,
    is_open: bool,
    spans: Vec<Arrival>,
    segment_goroutines: Vec<GoId>,
    segment_lens: Vec<u32>,
    dictionary: Dictionary,
    /// Memory for sorting, used again for each block.
    sorted: Vec<Arrival>,
    waker_rows: WakerRows,
}

/// A span as it came: in one row, so that it is written to one place.
#[derive(Clone, Copy, Debug, Default)]
struct Arrival {
    /// Since the base.
    time: u32,
    segment: u32,
    waker: GoId,
    kind: u16,
}

impl Default for BlockBuilder {
    fn default() -> Self {
        Self { spans: Vec::with_capacity(BLOCK_SPANS), ..Self::without_memory() }
    }
}

impl BlockBuilder {
    /// One that allocates only when it is used.
    pub(crate) fn without_memory() -> Self {
        Self {
            most_spans: BLOCK_SPANS,
            number: 0,
            first_span: 0,
            base: 0,
            opened: 0,
            is_open: false,
            spans: Vec::new(),
            segment_goroutines: Vec::new(),
            segment_lens: Vec::new(),
            dictionary: Dictionary::default(),
            sorted: Vec::new(),
            waker_rows: WakerRows::default(),
        }
    }
}

impl BlockBuilder {
    /// Builds blocks of another size.
    #[cfg(feature = "testing")]
    pub(crate) fn with_spans(most_spans: usize) -> Self {
        Self { most_spans, ..Self::default() }
    }

    /// Whether a block was begun.
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Begins anew, with the memory it has.
    pub(crate) fn restart(&mut self) {
        (self.number, self.first_span) = (0, 0);
    }

    /// Takes a number and places for the spans of a block that was made elsewhere; the place of the first.
    pub(crate) fn skip(&mut self, spans: usize) -> u32 {
        self.number += 1;
        let first_span = self.first_span;
        self.first_span = self.first_span.saturating_add(spans as u32);
        first_span
    }

    /// Whether a span at `time` has to go into the next block.
    #[inline]
    pub(crate) fn is_full(&self, time: Time) -> bool {
        self.is_open
            && (self.spans.len() >= self.most_spans
                || time.wrapping_sub(self.base) as u64 > u64::from(u32::MAX)
                || self.dictionary.is_full())
    }

    /// Begins an empty block at `now`. Spans may begin as early as `since`, or half of what fits before `now`.
    #[cold]
    pub(crate) fn open(&mut self, now: Time, since: Time) {
        self.base = now.saturating_sub(1 << 31).max(since).min(now);
        self.opened = now;
        self.is_open = true;
    }

    /// The earliest time that a span in it may begin at.
    pub(crate) fn base(&self) -> Time {
        self.base
    }

    /// Adds a span that begins not before the block's base; gives its cause.
    #[inline(always)]
    pub(crate) fn push(&mut self, begin: Begin, place: &mut Place, causes: &mut Causes) -> CauseId {
        if place.block != self.number {
            *place = Place { block: self.number, segment: self.segment_goroutines.len() as u32 };
            self.segment_goroutines.push(begin.goroutine);
            self.segment_lens.push(0);
        }
        self.segment_lens[place.segment as usize] += 1;
        let (kind, cause) = self.dictionary.kind(begin.cause, begin.proc, causes);
        let time = begin.time.wrapping_sub(self.base) as u32;
        self.spans.push(Arrival { time, segment: place.segment, waker: begin.waker, kind });
        cause
    }

    /// Sorts what was collected and begins the next block.
    pub(crate) fn finish(&mut self) -> Block {
        let segment_begins = begins_from_lens(&self.segment_lens);
        let (sorted, seen) = sorted(&self.spans, &segment_begins, &mut self.sorted);
        let dictionary = self.dictionary.take_rows();
        let spans = sorted.iter().map(|span| (span.time, u32::from(span.kind)));
        let (sums, disordered) = sums(spans.clone(), &dictionary, &segment_begins);
        let wakers = sorted.iter().map(|span| span.waker);
        let block = Block {
            base: self.base,
            opened: self.opened,
            first_span: self.first_span,
            sums,
            disordered,
            starts: Packed::within(seen.times, spans.clone().map(|(time, _)| time)),
            kinds: Packed::within(
                0..=(dictionary.len() as u32).saturating_sub(1),
                spans.map(|(_, kind)| kind),
            ),
            dictionary,
            segment_goroutines: self.segment_goroutines.clone(),
            segment_begins,
            wakers: Wakers::new(wakers, seen.wakers, &mut self.waker_rows),
        };
        self.begin_next(block.len());
        block
    }

    fn begin_next(&mut self, len: usize) {
        self.number += 1;
        self.is_open = false;
        self.first_span = self.first_span.saturating_add(len as u32);
        self.spans.clear();
        self.segment_goroutines.clear();
        self.segment_lens.clear();
    }
}

/// Begins of rows that lie one after the other, and the end of the last.
pub(crate) fn begins_from_lens(lens: &[u32]) -> Vec<u32> {
    let mut begins = Vec::with_capacity(lens.len() + 1);
    let mut begin = 0;
    for &len in lens {
        begins.push(begin);
        begin += len;
    }
    begins.push(begin);
    begins
}

/// Spans by segment, those of a segment in the order in which they came.
fn sorted<'s>(
    spans: &[Arrival],
    segment_begins: &[u32],
    sorted: &'s mut Vec<Arrival>,
) -> (&'s [Arrival], Seen) {
    let mut next = segment_begins.to_vec();
    sorted.resize(sorted.len().max(spans.len()), Arrival::default());
    let (mut first, mut last, mut wakers) = (u32::MAX, 0, 0);
    for span in spans {
        let next = &mut next[span.segment as usize];
        sorted[*next as usize] = *span;
        *next += 1;
        (first, last) = (first.min(span.time), last.max(span.time));
        wakers += usize::from(span.waker.is_some());
    }
    (&sorted[..spans.len()], Seen { times: first..=last, wakers })
}

/// What spans are like, all together.
struct Seen {
    /// Of their starts.
    times: RangeInclusive<u32>,
    /// How many have a waker.
    wakers: usize,
}

/// Of spans as start and kind, the row of sums before every [`SUM_STEP`]th; and the segments whose spans are not in order.
pub(super) fn sums(
    spans: impl ExactSizeIterator<Item = (u32, u32)>,
    dictionary: &[Kind],
    segment_begins: &[u32],
) -> (Vec<Sums>, Vec<u32>) {
    let states: Vec<u8> = dictionary.iter().map(|kind| kind.state as u8).collect();
    let mut sums = Vec::with_capacity(spans.len() / SUM_STEP + 1);
    // The first column takes what is not counted.
    let mut by_state = [0_u32; SpanState::COUNT];
    let mut disordered = Vec::new();
    let (mut segment, mut segment_end, mut begun, mut state) = (0, 0, 0, 0);
    for (at, (start, kind)) in spans.enumerate() {
        if at < segment_end {
            by_state[state] = by_state[state].wrapping_add(start.wrapping_sub(begun));
            if start < begun && disordered.last() != Some(&(segment - 1)) {
                disordered.push(segment - 1);
            }
        } else {
            segment += 1;
            segment_end = segment_begins[segment as usize] as usize;
        }
        if at % SUM_STEP == 0 {
            let [_, counted @ ..] = by_state;
            sums.push(counted);
        }
        (begun, state) = (start, usize::from(states[kind as usize]));
    }
    (sums, disordered)
}

/// Pairs of cause and P that occur in a block, each once.
#[derive(Debug)]
struct Dictionary {
    rows: Vec<Kind>,
    /// Rows + 1 of running without a reason, by P: every third span is one.
    running: Vec<u32>,
    keys: Vec<(Cause, ProcId)>,
    /// Rows + 1 by hash, 0 where there is none; a power of two of them, at most half used.
    slots: Vec<u32>,
}

/// The cause of most spans in which a goroutine runs.
const RUNNING: Cause = Cause { state: SpanState::Running, reason: StringId::NONE, stack: StackId::NONE };

/// Rows that 16 bits can name, but for some that may be added to a finished block.
const MAX_KINDS: usize = (1 << 16) - (1 << 12);

impl Default for Dictionary {
    fn default() -> Self {
        Self { rows: Vec::new(), running: Vec::new(), keys: Vec::new(), slots: vec![0; 1 << 10] }
    }
}

impl Dictionary {
    fn is_full(&self) -> bool {
        self.rows.len() >= MAX_KINDS
    }

    #[inline(always)]
    fn kind(&mut self, cause: Cause, proc: ProcId, causes: &mut Causes) -> (u16, CauseId) {
        if cause == RUNNING
            && let Some(row) = self.running.get(proc.index()).and_then(|row| row.checked_sub(1))
        {
            return (row as u16, self.rows[row as usize].cause);
        }
        let mask = self.slots.len() - 1;
        let mut slot = hash_of(cause, proc) as usize & mask;
        loop {
            let Some(row) = self.slots[slot].checked_sub(1) else {
                return self.add(slot, cause, proc, causes);
            };
            if self.keys[row as usize] == (cause, proc) {
                return (row as u16, self.rows[row as usize].cause);
            }
            slot = (slot + 1) & mask;
        }
    }

    #[cold]
    fn add(&mut self, slot: usize, cause: Cause, proc: ProcId, causes: &mut Causes) -> (u16, CauseId) {
        let row = self.rows.len();
        let id = causes.id(cause);
        self.rows.push(Kind { cause: id, proc, state: cause.state });
        self.keys.push((cause, proc));
        if cause == RUNNING && proc.index() < MAX_KINDS {
            if proc.index() >= self.running.len() {
                self.running.resize(proc.index() + 1, 0);
            }
            self.running[proc.index()] = row as u32 + 1;
        }
        self.slots[slot] = row as u32 + 1;
        if self.rows.len() * 2 > self.slots.len() {
            self.grow();
        }
        (row as u16, id)
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 2 - 1;
        self.slots.clear();
        self.slots.resize(mask + 1, 0);
        for (row, &(cause, proc)) in self.keys.iter().enumerate() {
            let mut slot = hash_of(cause, proc) as usize & mask;
            while self.slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = row as u32 + 1;
        }
    }

    fn take_rows(&mut self) -> Vec<Kind> {
        self.keys.clear();
        self.running.clear();
        self.slots.fill(0);
        let rows = self.rows.as_slice().to_vec();
        self.rows.clear();
        rows
    }
}

#[inline]
fn hash_of(cause: Cause, proc: ProcId) -> u64 {
    mix(
        u64::from(cause.reason.0) << 32 | u64::from(cause.stack.0),
        u64::from(proc.0) << 8 | u64::from(cause.state as u8),
    )
}
