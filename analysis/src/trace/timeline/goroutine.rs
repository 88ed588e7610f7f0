//! All spans of a goroutine as a row: places in its segments, sums from the rows that blocks have every 64 spans.

use std::ops::Range;

use goscope_parsers::trace::{GoId, Time};

use crate::trace::store::block::{Block, SUM_STEP};
use crate::trace::store::data::{Segment, SpanId, TraceData};
use crate::trace::timeline::blocks::BlockIndex;
use crate::trace::timeline::grid::{ClassNanos, SpanRow, gallop};
use crate::trace::words::cause::{CauseId, SpanState};
use crate::trace::words::class::SpanClass;
use crate::trace::words::class::WAITS;
use crate::trace::words::time::{add_up, nanos_between};

/// Fewer spans than this are added up one by one.
const FEW: usize = 3 * SUM_STEP;

pub(super) struct GoroutineLane<'m> {
    data: &'m TraceData,
    blocks: &'m [BlockIndex],
    segments: &'m [Segment],
    life: Range<Time>,
}

/// A span: the number of its segment among those of the goroutine, and its place in the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    segment: usize,
    at: usize,
}

impl<'m> GoroutineLane<'m> {
    /// `None` for a goroutine without a life.
    pub(super) fn new(data: &'m TraceData, blocks: &'m [BlockIndex], id: GoId) -> Option<Self> {
        let life = data.goroutine(id)?.life();
        Some(Self { data, blocks, segments: data.segments_of(id), life })
    }

    fn block(&self, segment: usize) -> &'m Block {
        &self.data.blocks[self.segments[segment].block as usize]
    }

    /// The spans of a segment, as places in its block.
    fn places(&self, segment: usize) -> Range<usize> {
        self.block(segment).segment(self.segments[segment].segment as usize)
    }

    fn segment_start(&self, segment: usize) -> Time {
        if segment == 0 { self.life.start } else { self.data.segment_start(self.segments[segment]) }
    }

    /// When the last span of a segment ends.
    fn segment_end(&self, segment: usize) -> Time {
        if segment + 1 < self.segments.len() { self.segment_start(segment + 1) } else { self.life.end }
    }

    fn start(&self, place: Place) -> Time {
        let block = self.block(place.segment);
        // The first span of a life begins with it, however long before its block that was.
        let is_first = place.segment == 0 && place.at == self.places(0).start;
        if is_first { self.life.start } else { block.start(place.at) }
    }

    fn class(&self, place: Place) -> SpanClass {
        let block = self.segments[place.segment].block as usize;
        self.blocks[block].class(self.data.blocks[block].kind_row(place.at))
    }

    /// Adds spans of one segment, each of which but the last of the segment ends where the next begins.
    fn add(&self, segment: usize, places: Range<usize>, nanos: &mut ClassNanos) {
        let all = self.places(segment);
        let mut from = places.start;
        let until = places.end.min(all.end - 1);
        if from == all.start && segment == 0 && from < until {
            self.add_one(Place { segment, at: from }, nanos);
            from += 1;
        }
        if until.saturating_sub(from) < FEW {
            self.add_each(segment, from..until, nanos);
        } else {
            let rows = from.next_multiple_of(SUM_STEP)..until / SUM_STEP * SUM_STEP;
            self.add_each(segment, from..rows.start, nanos);
            self.add_rows(segment, rows.clone(), nanos);
            self.add_each(segment, rows.end..until, nanos);
        }
        if places.end == all.end && from < all.end {
            self.add_one(Place { segment, at: all.end - 1 }, nanos);
        }
    }

    fn add_one(&self, place: Place, nanos: &mut ClassNanos) {
        let time = self.time(place);
        add_up(&mut nanos[self.class(place).index()], nanos_between(time.start, time.end));
    }

    /// Adds spans that all end in their block.
    fn add_each(&self, segment: usize, places: Range<usize>, nanos: &mut ClassNanos) {
        if places.is_empty() {
            return;
        }
        let number = self.segments[segment].block as usize;
        let (block, classes) = (&self.data.blocks[number], &self.blocks[number]);
        for (kind, length) in block.lengths(places) {
            add_up(&mut nanos[classes.class(kind).index()], u64::from(length));
        }
    }

    /// Adds whole rows of sums.
    fn add_rows(&self, segment: usize, places: Range<usize>, nanos: &mut ClassNanos) {
        let number = self.segments[segment].block as usize;
        let (block, waits) = (&self.data.blocks[number], &self.blocks[number].waits);
        let rows = [places.start / SUM_STEP, places.end / SUM_STEP];
        let [before, after] = rows.map(|row| block.sums[row]);
        let of_state = |state: SpanState| {
            let column = state.index() - 1;
            u64::from(after[column].wrapping_sub(before[column]))
        };
        let [before, after] = rows.map(|row| waits[row]);
        let mut waiting = of_state(SpanState::Waiting);
        for (column, class) in WAITS.into_iter().enumerate() {
            let of_class = u64::from(after[column].wrapping_sub(before[column]));
            add_up(&mut nanos[class.index()], of_class);
            waiting = waiting.saturating_sub(of_class);
        }
        let known = [SpanState::Runnable, SpanState::Running, SpanState::Syscall, SpanState::SyscallBlocked];
        let known: u64 = known.into_iter().map(of_state).sum::<u64>() + of_state(SpanState::Waiting);
        add_up(&mut nanos[SpanClass::Waiting.index()], waiting);
        add_up(&mut nanos[SpanClass::Runnable.index()], of_state(SpanState::Runnable));
        add_up(&mut nanos[SpanClass::Running.index()], of_state(SpanState::Running));
        nanos[SpanClass::Syscall.index()] +=
            of_state(SpanState::Syscall) + of_state(SpanState::SyscallBlocked);
        let whole = block.nanos_between(places);
        nanos[SpanClass::Unknown.index()] += u64::from(whole).saturating_sub(known);
    }
}

impl SpanRow for GoroutineLane<'_> {
    type Place = Place;

    fn first(&self) -> Option<Place> {
        (!self.segments.is_empty()).then(|| Place { segment: 0, at: self.places(0).start })
    }

    fn last_until(&self, time: Time) -> Option<Place> {
        let first = self.first().filter(|_| self.life.start <= time)?;
        Some(self.last_from(first, time))
    }

    fn last_from(&self, from: Place, time: Time) -> Place {
        let segments = from.segment + 1..self.segments.len();
        let after = if segments.is_empty() || self.segment_start(segments.start) > time {
            segments.start
        } else {
            gallop(segments, |segment| self.segment_start(segment) <= time)
        };
        let segment = after - 1;
        let places = self.places(segment);
        let first = if segment == from.segment { from.at } else { places.start };
        let block = self.block(segment);
        let after = gallop(first + 1..places.end, |at| block.start(at) <= time);
        Place { segment, at: after - 1 }
    }

    fn next(&self, place: Place) -> Option<Place> {
        if place.at + 1 < self.places(place.segment).end {
            return Some(Place { at: place.at + 1, ..place });
        }
        let segment = place.segment + 1;
        (segment < self.segments.len()).then(|| Place { segment, at: self.places(segment).start })
    }

    fn time(&self, place: Place) -> Range<Time> {
        let end = if place.at + 1 < self.places(place.segment).end {
            self.block(place.segment).start(place.at + 1)
        } else {
            self.segment_end(place.segment)
        };
        self.start(place)..end
    }

    fn span(&self, place: Place) -> (SpanId, SpanClass, CauseId) {
        let block = self.block(place.segment);
        let id = SpanId(block.first_span + place.at as u32);
        (id, self.class(place), block.kind(place.at).cause)
    }

    fn sum(&self, from: Place, to: Place) -> (u64, ClassNanos) {
        let (mut count, mut nanos) = (0, [0; SpanClass::COUNT]);
        for segment in from.segment..=to.segment {
            let mut places = self.places(segment);
            if segment == from.segment {
                places.start = from.at;
            }
            if segment == to.segment {
                places.end = to.at + 1;
            }
            count += places.len() as u64;
            self.add(segment, places, &mut nanos);
        }
        (count, nanos)
    }
}
