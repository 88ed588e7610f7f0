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

use crate::trace::store::block::CHUNK_BLOCKS;
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
}

impl<'m> Walk<'m> {
    /// `None` if no span lies in the range.
    pub(crate) fn new(data: &'m TraceData, goroutine: GoId, range: Range<Time>) -> Option<Self> {
        let life = data.life(goroutine)?;
        if range.start >= range.end || life.start >= range.end || life.end < range.start {
            return None;
        }
        let segments = data.segments_of(goroutine);
        let first = match segments {
            [] => return None,
            [_] => 0,
            _ => segments.partition_point(|&it| data.segment_start(it) <= range.start).saturating_sub(1),
        };
        let is_before = |&segment: &Segment| data.segment_start(segment) < range.end;
        let later = &segments[first + 1..];
        // Most ranges are short: then it is the next segment that is past them.
        let n_later = if later.first().is_some_and(is_before) { later.partition_point(is_before) } else { 0 };
        let end = first + 1 + n_later;
        Some(Self { data, life, range, segments, visited: first..end })
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
        // The first span of a life begins with it, however long before its block that was.
        let start_of = |at| if segment == 0 && at == all.start { self.life.start } else { block.start(at) };
        let is_first = segment == self.visited.start;
        let mut from = all.start;
        if is_first {
            let later = partition_point(all.clone(), |at| start_of(at) <= self.range.start);
            from = later.saturating_sub(1).max(all.start);
        }
        let mut until = all.end;
        if start_of(until - 1) >= self.range.end {
            until = partition_point(from..until, |at| start_of(at) < self.range.end);
        }
        let single = |at: usize| {
            let start = start_of(at);
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

/// Hands over the spans of a goroutine whose spans are not in order, one by one.
pub(crate) fn walk_disorder(data: &TraceData, goroutine: GoId, range: &Range<Time>, sink: &mut impl Sink) {
    for span in data.spans_in(goroutine, range.clone()) {
        let block = data.blocks.partition_point(|block| block.first_span <= span.id.0) - 1;
        let at = (span.id.0 - data.blocks[block].first_span) as usize;
        sink.single(Single { block, at, start: span.start, end: span.end, nanos: span.nanos_in(range) });
    }
}
