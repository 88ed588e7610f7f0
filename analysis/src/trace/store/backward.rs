//! The spans of a goroutine, from a moment backward: how a critical path is followed.

use std::ops::Range;

use goscope_parsers::trace::{GoId, Time};

use crate::trace::store::data::{Segment, Span, SpanId, TraceData};
use crate::trace::store::spans::partition_point;

/// A place among the spans of a goroutine. Where those are not in order of time, it finds some span, never none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backward<'m> {
    data: &'m TraceData,
    goroutine: GoId,
    life: (Time, Time),
    segments: &'m [Segment],
    segment: usize,
    at: usize,
}

impl<'m> Backward<'m> {
    /// The place of the last span that begins before `time`; `None` if the goroutine did not live then.
    pub(crate) fn before(data: &'m TraceData, goroutine: GoId, time: Time) -> Option<Self> {
        let life = data.life(goroutine).filter(|life| life.start < time)?;
        let segments = data.segments_of(goroutine);
        if segments.is_empty() {
            return None;
        }
        let later = segments.partition_point(|&segment| data.segment_start(segment) < time);
        let segment = later.saturating_sub(1);
        let mut place = Self { data, goroutine, life: (life.start, life.end), segments, segment, at: 0 };
        let places = place.places();
        let block = &data.blocks[place.block()];
        let later = partition_point(places.clone(), |at| block.start(at) < time);
        place.at = later.saturating_sub(1).max(places.start);
        Some(place)
    }

    fn block(&self) -> usize {
        self.segments[self.segment].block as usize
    }

    fn places(&self) -> Range<usize> {
        let segment = self.segments[self.segment];
        self.data.blocks[segment.block as usize].segment(segment.segment as usize)
    }

    /// The span here.
    pub(crate) fn span(&self) -> Span {
        let (number, places) = (self.block(), self.places());
        let block = &self.data.blocks[number];
        let is_first = self.segment == 0 && self.at == places.start;
        let start = if is_first { self.life.0 } else { block.start(self.at) };
        let end = if self.at + 1 < places.end {
            block.start(self.at + 1)
        } else {
            self.segments.get(self.segment + 1).map_or(self.life.1, |&next| self.data.segment_start(next))
        };
        let (kind, waker) = (block.kind(self.at), block.waker(self.at));
        let id = SpanId(block.first_span + self.at as u32);
        let (goroutine, cause, state, proc) = (self.goroutine, kind.cause, kind.state, kind.proc);
        Span { id, goroutine, start, end, cause, state, proc, waker }
    }

    /// The place of the span before.
    pub(crate) fn earlier(mut self) -> Option<Self> {
        if self.at > self.places().start {
            self.at -= 1;
            return Some(self);
        }
        self.segment = self.segment.checked_sub(1)?;
        self.at = self.places().end - 1;
        Some(self)
    }

    /// The place of the span after.
    pub(crate) fn later(mut self) -> Option<Self> {
        if self.at + 1 < self.places().end {
            self.at += 1;
            return Some(self);
        }
        self.segment += 1;
        if self.segment >= self.segments.len() {
            return None;
        }
        self.at = self.places().start;
        Some(self)
    }
}
