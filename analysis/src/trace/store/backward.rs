//! The spans of a goroutine, from a moment backward: how a critical path is followed.

use std::ops::Range;

use goscope_parsers::trace::{GoId, Time};
use rayon::prelude::*;

use crate::trace::store::block::{Block, Kind};
use crate::trace::store::data::{Segment, Span, SpanId, TraceData};
use crate::trace::store::spans::partition_point;

/// A place among the spans of a goroutine. Where those are not in order of time, it finds some span, never none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backward<'m> {
    data: &'m TraceData,
    /// The block of the segment.
    block: &'m Block,
    goroutine: GoId,
    /// The goroutine's segments in the data, and the one that this is in.
    segments: (u32, u32),
    segment: u32,
    /// Where the segment's spans begin and end in the block.
    begin: u32,
    end: u32,
    at: u32,
    /// From begin to end of the span here.
    time: (Time, Time),
}

impl<'m> Backward<'m> {
    /// The place of the last span that begins before `time`; `None` if the goroutine did not live then.
    pub(crate) fn before(data: &'m TraceData, goroutine: GoId, time: Time) -> Option<Self> {
        data.life(goroutine).filter(|life| life.start < time)?;
        let places = data.segment_places(goroutine);
        let segments = data.segments.get(places.clone()).filter(|segments| !segments.is_empty())?;
        // All that begins before is in blocks opened before. Numbers of blocks lie side by side; starts do not.
        let block = data.blocks_opened.partition_point(|opened| *opened < time).saturating_sub(1);
        let mut segment = last_not_after(segments, block);
        while segment + 1 < segments.len() && data.segment_start(segments[segment + 1]) < time {
            segment += 1;
        }
        while segment > 0 && data.segment_start(segments[segment]) >= time {
            segment -= 1;
        }
        let place = Self::in_segment(data, goroutine, &places, places.start + segment);
        let later = place.first_from(time);
        Some(place.moved(later.saturating_sub(1).max(place.begin)))
    }

    /// The place of a span of a block.
    pub(crate) fn at(data: &'m TraceData, number: usize, at: usize) -> Option<Self> {
        let block = &data.blocks[number];
        let goroutine = block.segment_goroutines[block.segment_of(at)];
        data.life(goroutine)?;
        let places = data.segment_places(goroutine);
        let segment =
            data.segments[places.clone()].partition_point(|segment| (segment.block as usize) < number);
        let place = Self::in_segment(data, goroutine, &places, places.start + segment);
        Some(place.moved(at as u32))
    }

    /// The first place of a segment; its time is not known yet.
    #[inline]
    fn in_segment(data: &'m TraceData, goroutine: GoId, segments: &Range<usize>, segment: usize) -> Self {
        let Segment { block, segment: place } = data.segments[segment];
        let block = &data.blocks[block as usize];
        let places = block.segment(place as usize);
        Self {
            data,
            block,
            goroutine,
            segments: (segments.start as u32, segments.end as u32),
            segment: segment as u32,
            begin: places.start as u32,
            end: places.end as u32,
            at: places.start as u32,
            time: (Time::MIN, Time::MIN),
        }
    }

    /// The first place of the segment whose span does not begin before `time`. Times of a segment lie about evenly: it
    /// is looked for around where it would be if they did.
    fn first_from(&self, time: Time) -> u32 {
        let (begin, end) = (self.begin as usize, self.end as usize);
        let is_before = |at: usize| self.block.start(at) < time;
        let (first, last) = (self.block.start(begin), self.block.start(end - 1));
        if time <= first || last < time {
            return if time <= first { self.begin } else { self.end };
        }
        let part = (time.abs_diff(first) as f64) / (last.abs_diff(first).max(1) as f64);
        let guess = begin + ((end - 1 - begin) as f64 * part) as usize;
        gallop(begin..end, guess, is_before) as u32
    }

    /// Another place of the same segment.
    #[inline]
    fn moved(self, at: u32) -> Self {
        let place = Self { at, ..self };
        Self { time: (place.start_of(at), place.end_of(at)), ..place }
    }

    #[inline]
    fn start_of(&self, at: u32) -> Time {
        let is_first = at == self.begin && self.segment == self.segments.0;
        let begin = || self.data.life(self.goroutine).map(|life| life.start);
        is_first.then(begin).flatten().unwrap_or_else(|| self.block.start(at as usize))
    }

    #[inline]
    fn end_of(&self, at: u32) -> Time {
        if at + 1 < self.end {
            return self.block.start(at as usize + 1);
        }
        let life_end = || self.data.life(self.goroutine).map_or(Time::MIN, |life| life.end);
        let next = (self.segment + 1 < self.segments.1)
            .then(|| self.data.segment_start(self.data.segments[self.segment as usize + 1]));
        next.unwrap_or_else(life_end)
    }

    /// Whose spans they are.
    #[inline]
    pub(crate) fn goroutine(&self) -> GoId {
        self.goroutine
    }

    /// When the span here starts.
    #[inline]
    pub(crate) fn start(&self) -> Time {
        self.time.0
    }

    /// When the span here ends.
    #[inline]
    pub(crate) fn end(&self) -> Time {
        self.time.1
    }

    /// The goroutine that made this one ready, if the span begins with that; else none.
    #[inline]
    pub(crate) fn waker(&self) -> GoId {
        self.block.waker(self.at as usize)
    }

    /// What the span here is: its cause, state and P.
    #[inline]
    pub(crate) fn kind(&self) -> Kind {
        self.block.kind(self.at as usize)
    }

    /// The span here.
    #[inline]
    pub(crate) fn span(&self) -> Span {
        let Kind { cause, state, proc } = self.kind();
        let waker = self.waker();
        let id = SpanId(self.block.first_span + self.at);
        let (goroutine, (start, end)) = (self.goroutine, self.time);
        Span { id, goroutine, start, end, cause, state, proc, waker }
    }

    /// The place of the span before.
    #[inline]
    pub(crate) fn earlier(mut self) -> Option<Self> {
        let end = self.time.0;
        if self.at > self.begin {
            self.at -= 1;
        } else if self.segment > self.segments.0 {
            self = self.in_other(self.segment - 1);
            self.at = self.end - 1;
        } else {
            return None;
        }
        self.time = (self.start_of(self.at), end);
        Some(self)
    }

    /// The place of the span after.
    #[inline]
    pub(crate) fn later(mut self) -> Option<Self> {
        let start = self.time.1;
        if self.at + 1 < self.end {
            self.at += 1;
        } else if self.segment + 1 < self.segments.1 {
            self = self.in_other(self.segment + 1);
        } else {
            return None;
        }
        self.time = (start, self.end_of(self.at));
        Some(self)
    }

    fn in_other(&self, segment: u32) -> Self {
        let segments = self.segments.0 as usize..self.segments.1 as usize;
        Self::in_segment(self.data, self.goroutine, &segments, segment as usize)
    }
}

/// Makes something of each span of a kind that is wanted, on all cores; in order of the blocks that they are in, so that
/// those of one time are near to each other.
pub(crate) fn map_places<T: Send>(
    data: &TraceData,
    is_wanted: impl Fn(&Kind) -> bool + Sync,
    map: impl Fn(&Backward<'_>) -> Option<T> + Sync,
) -> Vec<T> {
    let blocks = (0..data.blocks.len()).into_par_iter().map(|number| {
        let block = &data.blocks[number];
        let wanted: Vec<bool> = block.dictionary.iter().map(&is_wanted).collect();
        if !wanted.contains(&true) {
            return Vec::new();
        }
        let places = block.kind_rows().enumerate().filter(|(_, row)| wanted[*row]).map(|(at, _)| at);
        places.filter_map(|at| map(&Backward::at(data, number, at)?)).collect()
    });
    blocks.collect::<Vec<Vec<T>>>().into_iter().flatten().collect()
}

/// The last segment that is in a block up to this one, or the first. Whoever lives long has one in nearly every block.
fn last_not_after(segments: &[Segment], block: usize) -> usize {
    let is_before = |at: usize| segments[at].block as usize <= block;
    let guess = block.saturating_sub(segments[0].block as usize).min(segments.len() - 1);
    gallop(0..segments.len(), guess, is_before).saturating_sub(1)
}

/// The first place in a range of which `is_before` does not hold, looked for from a guess in it on: near it, in few steps.
pub(crate) fn gallop(range: Range<usize>, guess: usize, is_before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (range.start, range.end);
    let mut step = 1;
    if is_before(guess) {
        low = guess + 1;
        while low + step <= high && is_before(low + step - 1) {
            low += step;
            step *= 2;
        }
        high = high.min(low + step - 1);
    } else {
        high = guess;
        while low + step <= high && !is_before(high - step) {
            high -= step;
            step *= 2;
        }
        low = low.max((high + 1).saturating_sub(step));
    }
    partition_point(low..high, is_before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_from_any_guess() {
        for len in 1..40 {
            for place in 0..=len {
                for guess in 0..len {
                    assert_eq!(gallop(0..len, guess, |at| at < place), place, "{len} {place} {guess}");
                }
            }
        }
    }
}
