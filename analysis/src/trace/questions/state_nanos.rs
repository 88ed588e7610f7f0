//! Time by state of one goroutine in a range of time: of long runs by the sums that blocks have.

use std::ops::Range;

use goscope_parsers::trace::{GoId, Time};

use crate::trace::model::TraceModel;
use crate::trace::store::block::{Block, SUM_STEP};
use crate::trace::store::data::Segment;
use crate::trace::store::walk::{Single, Sink, Walk};
use crate::trace::words::cause::{CauseId, SpanState};
use crate::trace::words::time::{add_up, nanos_between};

/// What a goroutine did in a range of time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StateNanos {
    /// Its life in the range, in nanoseconds.
    pub(crate) total: u64,
    /// The same by [`SpanState::index`].
    pub(crate) nanos: [u64; SpanState::COUNT],
    /// What it does at the end of its life or of the range.
    pub(crate) last: CauseId,
}

/// Adds up what a goroutine did in a range of time; nothing if it has no life.
pub(crate) fn state_nanos(model: &TraceModel, goroutine: GoId, range: &Range<Time>) -> StateNanos {
    let Some(life) = model.life(goroutine) else { return StateNanos::default() };
    let start = life.start.clamp(range.start, range.end);
    let part = start..life.end.clamp(start, range.end);
    let mut sums = Sums {
        model,
        times: StateNanos { total: nanos_between(part.start, part.end), ..StateNanos::default() },
    };
    if let Some(segment) = only_segment(model, goroutine, &life, range) {
        sums.add_life(segment, &life);
    } else if model.is_disorder(goroutine) {
        for span in model.spans_in(goroutine, range.clone()) {
            add_up(&mut sums.times.nanos[span.state.index()], span.nanos_in(&part));
            sums.times.last = span.cause;
        }
    } else if let Some(walk) = Walk::new(model, goroutine, range.clone()) {
        walk.visited().for_each(|segment| walk.segment(segment, &mut sums));
    }
    sums.times
}

/// The only segment of a goroutine that lies in a range with its whole life, as most do: there is nothing to look for.
#[inline]
fn only_segment(
    model: &TraceModel,
    goroutine: GoId,
    life: &Range<Time>,
    range: &Range<Time>,
) -> Option<Segment> {
    let is_inside = range.start <= life.start && life.end < range.end;
    match model.segments_of(goroutine) {
        [only] if is_inside && !model.is_disorder(goroutine) => Some(*only),
        _ => None,
    }
}

struct Sums<'m> {
    model: &'m TraceModel,
    times: StateNanos,
}

impl Sums<'_> {
    /// Adds the spans of a life that has one segment: the first begins with it, the last ends with it.
    fn add_life(&mut self, segment: Segment, life: &Range<Time>) {
        let number = segment.block as usize;
        let block = &self.model.blocks[number];
        let places = block.segment(segment.segment as usize);
        let last = places.end - 1;
        let mut single = |at: usize, start: Time, end: Time| {
            self.single(Single { block: number, at, start, end, nanos: nanos_between(start, end) });
        };
        if places.len() == 1 {
            single(last, life.start, life.end);
            return;
        }
        single(places.start, life.start, block.start(places.start + 1));
        single(last, block.start(last), life.end);
        self.run(number, places.start + 1..last);
    }

    /// Adds spans of which each ends where the next starts.
    #[inline]
    fn add_each(&mut self, block: &Block, places: Range<usize>) {
        for (kind, nanos) in block.lengths(places) {
            let state = block.dictionary[kind].state;
            add_up(&mut self.times.nanos[state.index()], u64::from(nanos));
        }
    }

    /// Adds whole rows of sums.
    fn add_rows(&mut self, block: &Block, places: &Range<usize>) {
        let (before, after) = (block.sums[places.start / SUM_STEP], block.sums[places.end / SUM_STEP]);
        let mut unknown = u64::from(block.nanos_between(places.clone()));
        for (column, state) in SpanState::ALL[1..].iter().enumerate() {
            let nanos = u64::from(after[column].wrapping_sub(before[column]));
            add_up(&mut self.times.nanos[state.index()], nanos);
            unknown -= nanos;
        }
        add_up(&mut self.times.nanos[SpanState::Unknown.index()], unknown);
    }
}

impl Sink for Sums<'_> {
    #[inline]
    fn run(&mut self, number: usize, places: Range<usize>) {
        let block = &self.model.blocks[number];
        let rows = places.start.next_multiple_of(SUM_STEP)..places.end / SUM_STEP * SUM_STEP;
        if rows.start < rows.end {
            self.add_each(block, places.start..rows.start);
            self.add_rows(block, &rows);
            self.add_each(block, rows.end..places.end);
        } else {
            self.add_each(block, places);
        }
    }

    #[inline]
    fn single(&mut self, span: Single) {
        let kind = self.model.blocks[span.block].kind(span.at);
        add_up(&mut self.times.nanos[kind.state.index()], span.nanos);
        self.times.last = kind.cause;
    }
}
