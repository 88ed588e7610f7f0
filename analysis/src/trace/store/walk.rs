//! The spans of a goroutine in a range of time, as columns: what [`TraceData::spans_in`] gives one by one.
//!
//! ```text
//! segments      │ ▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪ │ ▪▪▪▪▪▪▪ │ ▪▪▪▪▪▪▪▪▪▪▪ │
//! range              [───────────────────────────)
//! handed over        s└── run ──┘s └ run ┘s └run┘s     s: one span, cut at the bounds of the range
//! ```
//!
//! Spans of a run lie in the range and end where the next of them begins, so that a loop over two columns of the
//! block says all about them.

use std::ops::Range;

use goscope_parsers::trace::{GoId, Time};

use crate::trace::store::block::{Block, CHUNK_BLOCKS};
use crate::trace::store::data::{Segment, TraceData};
use crate::trace::store::spans::partition_point;
use crate::trace::words::time::nanos_between;

/// Takes spans.
pub(crate) trait Sink {
    /// Spans of a block: each ends where the one at the next place begins, and lies in the range.
    fn run(&mut self, block: usize, places: Range<usize>);
    /// A span by itself.
    fn single(&mut self, span: Single);
}

/// A span that does not end where the next in its block begins, or that is cut.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Single {
    pub(crate) block: usize,
    pub(crate) at: usize,
    /// From begin to end, however much of that lies in the range.
    pub(crate) start: Time,
    pub(crate) end: Time,
    /// How much of it lies in the range.
    pub(crate) nanos: u64,
}

/// The way through the spans of a goroutine whose spans are in order.
#[derive(Clone, Debug)]
pub(crate) struct Walk<'m> {
    data: &'m TraceData,
    life: Range<Time>,
    range: Range<Time>,
    segments: &'m [Segment],
    /// The segments with spans in the range.
    visited: Range<usize>,
    /// The first span in the range, in the first of them.
    first: usize,
}

/// Where a walk began. Whoever walks over many short ranges of a goroutine in order of time finds the next near by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Near {
    goroutine: GoId,
    segment: usize,
    first: usize,
}

impl Default for Near {
    fn default() -> Self {
        Self { goroutine: GoId::NONE, segment: 0, first: 0 }
    }
}

impl<'m> Walk<'m> {
    /// `None` if no span lies in the range.
    pub(crate) fn new(data: &'m TraceData, goroutine: GoId, range: Range<Time>) -> Option<Self> {
        Self::near(data, goroutine, range, &mut Near::default())
    }

    /// The same, looked for first where the walk before began.
    pub(crate) fn near(
        data: &'m TraceData,
        goroutine: GoId,
        range: Range<Time>,
        near: &mut Near,
    ) -> Option<Self> {
        let life = data.life(goroutine)?;
        if range.start >= range.end || life.start >= range.end || life.end < range.start {
            return None;
        }
        let segments = data.segments_of(goroutine);
        let known = Some(*near).filter(|near| near.goroutine == goroutine);
        let first = match segments {
            [] => return None,
            [_] => 0,
            _ => {
                let is_before = |at: usize| data.segment_start(segments[at]) <= range.start;
                first_after(0..segments.len(), known.map(|near| near.segment), is_before).saturating_sub(1)
            }
        };
        let is_before = |&segment: &Segment| data.segment_start(segment) < range.end;
        let later = &segments[first + 1..];
        // Most ranges are short: then it is the next segment that is past them.
        let n_later = if later.first().is_some_and(is_before) { later.partition_point(is_before) } else { 0 };
        let visited = first..first + 1 + n_later;
        let mut walk = Self { data, life, range, segments, visited, first: 0 };
        let known = known.filter(|near| near.segment == first).map(|near| near.first);
        walk.first = walk.first_span(known);
        *near = Near { goroutine, segment: first, first: walk.first };
        Some(walk)
    }

    /// The place of the first span in the range.
    fn first_span(&self, near: Option<usize>) -> usize {
        let segment = self.visited.start;
        let Segment { block, segment: place } = self.segments[segment];
        let block = &self.data.blocks[block as usize];
        let all = block.segment(place as usize);
        let is_before = |at| self.start_of(segment, block, &all, at) <= self.range.start;
        first_after(all.clone(), near, is_before).saturating_sub(1).max(all.start)
    }

    /// When a span begins. The first of a life begins with it, however long before its block that was.
    #[inline]
    fn start_of(&self, segment: usize, block: &Block, all: &Range<usize>, at: usize) -> Time {
        if segment == 0 && at == all.start { self.life.start } else { block.start(at) }
    }

    /// Spans in the range.
    pub(crate) fn count(&self) -> usize {
        self.visited().map(|segment| self.count_in(segment)).sum()
    }

    /// Spans of a visited segment that lie in the range.
    pub(crate) fn count_in(&self, segment: usize) -> usize {
        self.places(segment).len()
    }

    /// The places in its block of the spans of a visited segment that lie in the range.
    #[inline]
    fn places(&self, segment: usize) -> Range<usize> {
        let Segment { block, segment: place } = self.segments[segment];
        let block = &self.data.blocks[block as usize];
        let all = block.segment(place as usize);
        let is_before = |at| self.start_of(segment, block, &all, at) < self.range.end;
        if segment == self.visited.start {
            return self.first..first_after(self.first..all.end, Some(self.first), is_before);
        }
        let is_whole = is_before(all.end - 1);
        all.start..if is_whole { all.end } else { partition_point(all.clone(), is_before) }
    }

    /// The segments with spans in the range, as places among those of the goroutine.
    pub(crate) fn visited(&self) -> Range<usize> {
        self.visited.clone()
    }

    pub(crate) fn block_of(&self, segment: usize) -> usize {
        self.segments[segment].block as usize
    }

    /// Spans of a segment, in the range or not.
    pub(crate) fn span_count(&self, segment: usize) -> usize {
        let Segment { block, segment } = self.segments[segment];
        self.data.blocks[block as usize].segment(segment as usize).len()
    }

    /// The next of the visited segments, as many as lie in one chunk.
    pub(crate) fn take_piece(&self, rest: &mut Range<usize>) -> Option<(usize, Range<usize>)> {
        let begin = rest.start;
        let chunk = self.block_of(rest.clone().next()?) / CHUNK_BLOCKS;
        let is_in = |segment: &Segment| segment.block as usize / CHUNK_BLOCKS == chunk;
        let end = begin + self.segments[rest.clone()].partition_point(is_in);
        rest.start = end;
        Some((chunk, begin..end))
    }

    /// Hands over the spans of a visited segment.
    #[inline]
    pub(crate) fn segment(&self, segment: usize, sink: &mut impl Sink) {
        let Segment { block: number, segment: place } = self.segments[segment];
        let number = number as usize;
        let block = &self.data.blocks[number];
        let all = block.segment(place as usize);
        let is_first = segment == self.visited.start;
        let Range { start: mut from, end: until } = self.places(segment);
        let single = |at: usize| {
            let start = self.start_of(segment, block, &all, at);
            let end = if at + 1 < all.end { block.start(at + 1) } else { self.end_of_segment(segment) };
            let nanos = nanos_between(start.max(self.range.start), end.min(self.range.end));
            Single { block: number, at, start, end, nanos }
        };
        if is_first && from < until {
            sink.single(single(from));
            from += 1;
        }
        if from + 1 < until {
            sink.run(number, from..until - 1);
        }
        if from < until {
            sink.single(single(until - 1));
        }
    }

    /// When the last span of a segment ends.
    fn end_of_segment(&self, segment: usize) -> Time {
        self.segments.get(segment + 1).map_or(self.life.end, |&next| self.data.segment_start(next))
    }
}

/// The first place in a range of which `is_before` does not hold. Steps from `near` on become longer and longer, so
/// that what is near is found in few.
#[inline]
fn first_after(range: Range<usize>, near: Option<usize>, is_before: impl Fn(usize) -> bool) -> usize {
    let Some(near) = near.filter(|near| range.contains(near)) else {
        return partition_point(range, is_before);
    };
    if !is_before(near) {
        return partition_point(range.start..near, is_before);
    }
    let (mut low, mut step) = (near + 1, 1);
    while low + step <= range.end {
        let probe = low + step - 1;
        if !is_before(probe) {
            return partition_point(low..probe, is_before);
        }
        (low, step) = (probe + 1, step * 2);
    }
    partition_point(low..range.end, is_before)
}

/// Hands over the spans of a goroutine whose spans are not in order, one by one.
pub(crate) fn walk_disorder(data: &TraceData, goroutine: GoId, range: &Range<Time>, sink: &mut impl Sink) {
    for span in data.spans_in(goroutine, range.clone()) {
        let block = data.blocks.partition_point(|block| block.first_span <= span.id.0) - 1;
        let at = (span.id.0 - data.blocks[block].first_span) as usize;
        sink.single(Single { block, at, start: span.start, end: span.end, nanos: span.nanos_in(range) });
    }
}
