//! The longest spans of a row; skips everything that cannot contain a span that is long enough.
//!
//! ```text
//! lengths of the row's spans, by digest   ▇▆▅▃▂▁▁▁│▁    so many are at least this long: the floor
//! instance    shorter than the floor          left out
//! piece       its longest is below the floor  left out
//! ```

use std::cmp::Reverse;
use std::ops::Range;

use goscope_parsers::trace::Time;
use rustc_hash::FxHashSet;

use crate::histogram::OpenHistogram;
use crate::trace::digest::PieceRow;
use crate::trace::model::TraceModel;
use crate::trace::questions::instances::InstanceSet;
use crate::trace::questions::parallel_tally::{Coverage, Tally, tally_all, tally_one};
use crate::trace::store::data::{Span, SpanId};
use crate::trace::store::walk::{Single, Sink};
use crate::trace::words::breakdown_key::BreakdownKey;
use crate::trace::words::instance::Instance;

/// How many more spans are looked through if the longest turn out to be a few that were counted many times.
const SPANS_A_SPAN: u64 = 16;

/// Spans of a run that are looked through at once for one that is long.
const AT_ONCE: usize = 64;

/// The longest spans of a row within instances, with their lengths there: the longest first; of equal ones the
/// earliest. A span that lies in several instances occurs once, with its longest part; one without length is none.
pub fn longest_spans(
    model: &TraceModel,
    instances: &InstanceSet,
    key: BreakdownKey,
    limit: usize,
) -> Vec<(Span, u64)> {
    let Some(row) = model.digest().rows.find(key).filter(|_| limit > 0) else { return Vec::new() };
    let mut wanted = limit as u64;
    loop {
        let floor = floor_of(model, instances, row, wanted);
        let found = spans_from(model, instances, row, (floor, limit));
        if found.len() >= limit || floor == 0 {
            return found;
        }
        // A span that lies in many tasks or regions was counted in each.
        wanted = wanted.saturating_mul(SPANS_A_SPAN);
    }
}

/// The longest spans of a row, of those that are not shorter than a floor.
fn spans_from(
    model: &TraceModel,
    instances: &InstanceSet,
    row: u32,
    (floor, limit): (u64, usize),
) -> Vec<(Span, u64)> {
    let is_long = |instance: &Instance| instance.nanos() >= floor;
    let mut some: Vec<Instance> = instances.listed.iter().copied().filter(is_long).collect();
    if let Some(covered) = &instances.covered {
        some.append(&mut covered.with_spans(model, row, floor));
    }
    let empty = || Longest::new(model, row, limit, floor);
    tally_all(model, &some, Coverage::Nothing, empty).into_spans()
}

/// The longest span of a row in an instance.
pub(super) fn longest_in(model: &TraceModel, instance: &Instance, row: u32) -> Option<Span> {
    let mut longest = Longest::new(model, row, 1, model.digest().longest_inside(model, instance, row));
    tally_one(model, instance, Coverage::Nothing, &mut longest);
    longest.into_spans().pop().map(|(span, _)| span)
}

/// A length that so many of the spans have at least.
fn floor_of(model: &TraceModel, instances: &InstanceSet, row: u32, wanted: u64) -> u64 {
    let Some(covered) = &instances.covered else { return 0 };
    let mut lengths = OpenHistogram::default();
    for digest in covered.digests(model) {
        let of_row = digest.rows.iter().filter(|it| it.row == row);
        of_row.for_each(|it| lengths.merge_packed(&it.spans));
    }
    lengths.close().reached_by(wanted)
}

/// A span that may be among the longest.
#[derive(Clone, Copy)]
struct Found {
    nanos: u64,
    start: Time,
    id: SpanId,
}

/// The longest so far, with some that are shorter.
struct Longest<'m> {
    model: &'m TraceModel,
    row: u32,
    limit: usize,
    /// Shorter ones are not among them.
    floor: u64,
    found: Vec<Found>,
}

impl<'m> Longest<'m> {
    fn new(model: &'m TraceModel, row: u32, limit: usize, floor: u64) -> Self {
        Self { model, row, limit, floor: floor.max(1), found: Vec::new() }
    }

    #[inline]
    fn add(&mut self, (number, at): (usize, usize), start: Time, nanos: u64) {
        let block = &self.model.blocks[number];
        let row = self.model.digest().kind_rows[number][block.kind_row(at)];
        if row != self.row || nanos < self.floor {
            return;
        }
        self.found.push(Found { nanos, start, id: SpanId(block.first_span + at as u32) });
        // Sorted now and then only, so that each span costs little.
        if self.found.len() > 4 * self.limit + 1024 {
            self.shorten();
        }
    }

    fn shorten(&mut self) {
        let order = |found: &Found| (Reverse(found.nanos), found.start, found.id);
        self.found.sort_unstable_by_key(order);
        let mut known = FxHashSet::default();
        self.found.retain(|found| known.insert(found.id));
        self.found.truncate(self.limit);
        if let Some(last) = self.found.get(self.limit - 1) {
            self.floor = self.floor.max(last.nanos);
        }
    }

    fn into_spans(mut self) -> Vec<(Span, u64)> {
        self.shorten();
        let spans = self.found.iter().filter_map(|found| Some((self.model.span_row(found.id)?, found.nanos)));
        spans.collect()
    }
}

impl Sink for Longest<'_> {
    fn run(&mut self, number: usize, places: Range<usize>) {
        let block = &self.model.blocks[number];
        let mut from = places.start;
        while from < places.end {
            let until = (from + AT_ONCE).min(places.end);
            let longest = block.lengths(from..until).map(|(_, nanos)| nanos).max().unwrap_or(0);
            if u64::from(longest) >= self.floor {
                for at in from..until {
                    self.add((number, at), block.start(at), u64::from(block.nanos_between(at..at + 1)));
                }
            }
            from = until;
        }
    }

    fn single(&mut self, span: Single) {
        self.add((span.block, span.at), span.start, span.nanos);
    }
}

impl Tally for Longest<'_> {
    type Part = ();

    fn skips<'d>(&self, rows: impl FnOnce() -> Option<&'d [PieceRow]>) -> bool {
        let is_below = |it: &PieceRow| it.longest < self.floor;
        rows().is_some_and(|rows| rows.iter().find(|it| it.row == self.row).is_none_or(is_below))
    }

    fn take_part(&mut self) {}

    fn add_part(&mut self, (): ()) {}

    fn end_instance(&mut self, _instance: &Instance) {}

    fn merge(&mut self, mut other: Self) {
        self.found.append(&mut other.found);
        self.shorten();
    }
}
