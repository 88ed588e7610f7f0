//! The spans of a goroutine, from a moment backward: how a critical path is followed.

use goscope_parsers::trace::{GoId, Time};

use crate::trace::store::block::Block;
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
    /// The block of the segment, and where its spans begin and end there.
    block: &'m Block,
    begin: usize,
    end: usize,
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
        // All that begins before is in blocks opened before. Numbers of blocks lie side by side; starts do not.
        let block = data.blocks.partition_point(|block| block.opened < time).saturating_sub(1);
        let later = segments.partition_point(|segment| segment.block as usize <= block);
        let mut segment = later.saturating_sub(1);
        while segment + 1 < segments.len() && data.segment_start(segments[segment + 1]) < time {
            segment += 1;
        }
        while segment > 0 && data.segment_start(segments[segment]) >= time {
            segment -= 1;
        }
        let mut place = Self::in_segment(data, (goroutine, (life.start, life.end)), segments, segment);
        let later = partition_point(place.begin..place.end, |at| place.block.start(at) < time);
        place.at = later.saturating_sub(1).max(place.begin);
        Some(place)
    }

    /// The place of a span of a block.
    pub(crate) fn at(data: &'m TraceData, number: usize, at: usize) -> Option<Self> {
        let block = &data.blocks[number];
        let goroutine = block.segment_goroutines[block.segment_of(at)];
        let life = data.life(goroutine)?;
        let segments = data.segments_of(goroutine);
        let segment = segments.partition_point(|segment| (segment.block as usize) < number);
        let place = Self::in_segment(data, (goroutine, (life.start, life.end)), segments, segment);
        Some(Self { at, ..place })
    }

    /// The first place of a segment.
    fn in_segment(
        data: &'m TraceData,
        (goroutine, life): (GoId, (Time, Time)),
        segments: &'m [Segment],
        segment: usize,
    ) -> Self {
        let Segment { block, segment: place } = segments[segment];
        let block = &data.blocks[block as usize];
        let places = block.segment(place as usize);
        let (begin, end) = (places.start, places.end);
        Self { data, goroutine, life, segments, segment, block, begin, end, at: begin }
    }

    /// When the span here starts.
    #[inline]
    pub(crate) fn start(&self) -> Time {
        let is_first = self.segment == 0 && self.at == self.begin;
        if is_first { self.life.0 } else { self.block.start(self.at) }
    }

    /// The span here.
    #[inline]
    pub(crate) fn span(&self) -> Span {
        let (block, start) = (self.block, self.start());
        let end = if self.at + 1 < self.end {
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
    #[inline]
    pub(crate) fn earlier(mut self) -> Option<Self> {
        if self.at > self.begin {
            self.at -= 1;
            return Some(self);
        }
        let segment = self.segment.checked_sub(1)?;
        self = Self::in_segment(self.data, (self.goroutine, self.life), self.segments, segment);
        self.at = self.end - 1;
        Some(self)
    }

    /// The place of the span after.
    #[inline]
    pub(crate) fn later(mut self) -> Option<Self> {
        if self.at + 1 < self.end {
            self.at += 1;
            return Some(self);
        }
        let segment = self.segment + 1;
        (segment < self.segments.len())
            .then(|| Self::in_segment(self.data, (self.goroutine, self.life), self.segments, segment))
    }
}
