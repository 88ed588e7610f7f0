//! Spans, read: of a goroutine, of a P, one by its id, the one at a moment.

use std::ops::Range;

use goscope_parsers::trace::{GoId, Time};

use crate::trace::store::block::Block;
use crate::trace::store::data::{Segment, Span, SpanId, TraceData};

impl TraceData {
    /// The segments of a goroutine, in order of time.
    pub(crate) fn segments_of(&self, goroutine: GoId) -> &[Segment] {
        &self.segments[self.segment_places(goroutine)]
    }

    /// Where the segments of a goroutine are among all.
    pub(crate) fn segment_places(&self, goroutine: GoId) -> Range<usize> {
        let at = goroutine.index();
        match (self.segment_begins.get(at), self.segment_begins.get(at + 1)) {
            (Some(&begin), Some(&end)) => begin as usize..end as usize,
            _ => 0..0,
        }
    }

    /// The start of the first span of a segment.
    pub(crate) fn segment_start(&self, segment: Segment) -> Time {
        let block = &self.blocks[segment.block as usize];
        block.start(block.segment(segment.segment as usize).start)
    }

    /// The spans of a goroutine, in order of time: each starts where the one before ends.
    pub fn spans(&self, goroutine: GoId) -> Spans<'_> {
        self.spans_in(goroutine, Time::MIN..Time::MAX)
    }

    /// The spans of a goroutine that overlap a range of time, as long as they are.
    pub fn spans_in(&self, goroutine: GoId, range: Range<Time>) -> Spans<'_> {
        let Some(life) = self.goroutine(goroutine).map(|goroutine| goroutine.life()) else {
            return Spans::empty(self);
        };
        if range.start >= range.end || life.start >= range.end || life.end < range.start {
            return Spans::empty(self);
        }
        let all = self.segment_places(goroutine);
        let later =
            self.segments[all.clone()].partition_point(|&segment| self.segment_start(segment) <= range.start);
        let first = all.start + later.saturating_sub(1);
        let mut spans = Spans {
            data: self,
            goroutine,
            life,
            until: range.end,
            first_segment: all.start,
            next_segment: first,
            last_segment: all.end,
            block: None,
            at: 0,
            segment_end: 0,
        };
        spans.open_segment();
        if let Some(block) = spans.block {
            let starts = spans.at..spans.segment_end;
            let later = partition_point(starts, |at| spans.start_at(block, at) <= range.start);
            spans.at = later.saturating_sub(1).max(spans.at);
        }
        spans
    }

    /// The span of a goroutine at a time.
    pub fn span_at(&self, goroutine: GoId, time: Time) -> Option<Span> {
        let mut spans = self.spans_in(goroutine, time..time.saturating_add(1));
        spans.find(|span| span.start <= time && time < span.end)
    }

    /// The span with an id.
    pub fn span(&self, id: SpanId) -> Option<Span> {
        let block = self.blocks.partition_point(|block| block.first_span <= id.0).checked_sub(1)?;
        let rows = &self.blocks[block];
        let at = (id.0 - rows.first_span) as usize;
        if at >= rows.len() {
            return None;
        }
        let goroutine = rows.segment_goroutines[rows.segment_of(at)];
        let start = rows.start(at);
        let life = self.goroutine(goroutine)?.life();
        let begin =
            if self.segments_of(goroutine).first().is_some_and(|first| self.is_first(*first, block, at)) {
                life.start
            } else {
                start
            };
        self.spans_in(goroutine, begin..Time::MAX).find(|span| span.id == id)
    }

    /// The span with an id, also where the spans of its goroutine are not in order.
    pub(crate) fn span_row(&self, id: SpanId) -> Option<Span> {
        let number = self.blocks.partition_point(|block| block.first_span <= id.0).checked_sub(1)?;
        let block = &self.blocks[number];
        let at = (id.0 - block.first_span) as usize;
        let place = block.segment_of(at);
        let goroutine = block.segment_goroutines[place];
        let life = self.goroutine(goroutine)?.life();
        let segments = self.segments_of(goroutine);
        let segment = segments.partition_point(|it| (it.block as usize) < number);
        let is_first = segment == 0 && block.segment(place).start == at;
        let start = if is_first { life.start } else { block.start(at) };
        let end = if at + 1 < block.segment(place).end {
            block.start(at + 1)
        } else {
            segments.get(segment + 1).map_or(life.end, |&next| self.segment_start(next))
        };
        let (kind, waker) = (block.kind(at), block.waker(at));
        Some(Span { id, goroutine, start, end, cause: kind.cause, state: kind.state, proc: kind.proc, waker })
    }

    fn is_first(&self, segment: Segment, block: usize, at: usize) -> bool {
        segment.block as usize == block && self.blocks[block].segment(segment.segment as usize).start == at
    }

    /// The span of the same goroutine that starts where this one ends.
    pub fn next_span(&self, span: &Span) -> Option<Span> {
        self.spans_in(span.goroutine, span.end..span.end.saturating_add(1))
            .find(|next| next.start >= span.end && next.id != span.id)
    }

    /// The spans in which goroutines became runnable because of another one, within a range of time: the first so
    /// many of them, in order of time. Costs a look through the blocks of that time.
    pub fn woken_by(&self, waker: GoId, range: Range<Time>, limit: usize) -> Vec<Span> {
        let first = self.blocks.partition_point(|block| block.opened <= range.start).saturating_sub(1);
        let blocks = self.blocks[first..].iter().take_while(|block| block.opened < range.end);
        let mut woken = Vec::new();
        for block in blocks {
            let from = woken.len();
            let places = block.woken_by(waker).filter(|&at| range.contains(&block.start(at)));
            woken.extend(places.map(|at| (block.start(at), SpanId(block.first_span + at as u32))));
            woken[from..].sort_unstable();
            if woken.len() >= limit {
                break;
            }
        }
        woken.truncate(limit);
        woken.into_iter().filter_map(|(_, id)| self.span(id)).collect()
    }

    /// The end of a span that is the last of its goroutine in its block.
    pub(crate) fn end_of_last(&self, number: usize, at: usize) -> Time {
        let block = &self.blocks[number];
        let segment = block.segment_of(at);
        let goroutine = block.segment_goroutines[segment];
        let segments = self.segments_of(goroutine);
        let next = segments.partition_point(|segment| segment.block as usize <= number);
        match segments.get(next) {
            Some(&next) => self.segment_start(next),
            None => self.goroutine(goroutine).map_or_else(|| block.start(at), |goroutine| goroutine.end),
        }
    }
}

/// The first place in a range of which `is_before` does not hold.
pub(crate) fn partition_point(range: Range<usize>, is_before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low + (high - low) / 2;
        if is_before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// Spans of one goroutine in order of time.
#[derive(Clone, Debug)]
pub struct Spans<'m> {
    data: &'m TraceData,
    goroutine: GoId,
    life: Range<Time>,
    until: Time,
    /// Places in the model's segments: the goroutine's first, the one after the open one, the end.
    first_segment: usize,
    next_segment: usize,
    last_segment: usize,
    block: Option<&'m Block>,
    at: usize,
    segment_end: usize,
}

impl<'m> Spans<'m> {
    fn empty(data: &'m TraceData) -> Self {
        Self {
            data,
            goroutine: GoId::NONE,
            life: 0..0,
            until: Time::MIN,
            first_segment: 0,
            next_segment: 0,
            last_segment: 0,
            block: None,
            at: 0,
            segment_end: 0,
        }
    }

    fn open_segment(&mut self) {
        self.block = None;
        if self.next_segment < self.last_segment {
            let segment = self.data.segments[self.next_segment];
            let block = &self.data.blocks[segment.block as usize];
            let places = block.segment(segment.segment as usize);
            (self.at, self.segment_end) = (places.start, places.end);
            self.block = Some(block);
            self.next_segment += 1;
        }
    }

    /// The first span of a goroutine starts with it, however long before its block that was.
    #[inline]
    fn start_at(&self, block: &Block, at: usize) -> Time {
        let is_first_segment = self.next_segment == self.first_segment + 1;
        if is_first_segment {
            let first = self.data.segments[self.first_segment];
            if self.data.is_first(first, first.block as usize, at) {
                return self.life.start;
            }
        }
        block.start(at)
    }
}

impl Iterator for Spans<'_> {
    type Item = Span;

    #[inline]
    fn next(&mut self) -> Option<Span> {
        let block = self.block?;
        let at = self.at;
        let start = self.start_at(block, at);
        if start >= self.until {
            self.block = None;
            return None;
        }
        let (kind, waker) = (block.kind(at), block.waker(at));
        let id = SpanId(block.first_span + at as u32);
        self.at += 1;
        let end = if self.at < self.segment_end {
            block.start(self.at)
        } else {
            self.open_segment();
            self.block.map_or(self.life.end, |next| next.start(self.at))
        };
        let (goroutine, cause, state, proc) = (self.goroutine, kind.cause, kind.state, kind.proc);
        Some(Span { id, goroutine, start, end, cause, state, proc, waker })
    }
}
