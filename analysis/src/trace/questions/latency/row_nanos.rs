//! Spans by the rows of the breakdown: those of a run, and the sums of one instance.

use std::ops::Range;

use crate::trace::digest::PieceRow;
use crate::trace::model::TraceModel;
use crate::trace::questions::parallel_tally::{Coverage, Tally, tally_one};
use crate::trace::store::walk::{Single, Sink};
use crate::trace::words::instance::Instance;
use crate::trace::words::time::add_up;

/// The rows and lengths of the spans of a run.
#[inline]
pub(super) fn for_each_span(
    model: &TraceModel,
    number: usize,
    places: Range<usize>,
    mut each: impl FnMut(u32, u64),
) {
    let (block, rows) = (&model.blocks[number], &model.digest().kind_rows[number]);
    for (kind, nanos) in block.lengths(places) {
        each(rows[kind], u64::from(nanos));
    }
}

/// The time of an instance by row, without what no span covers.
pub(super) fn row_nanos(model: &TraceModel, instance: &Instance) -> Vec<(u32, u64)> {
    let mut sums = RowNanos { model, nanos: vec![0; model.digest().rows.keys.len()] };
    tally_one(model, instance, Coverage::Inside, &mut sums);
    let rows = sums.nanos.into_iter().enumerate().filter(|&(_, nanos)| nanos > 0);
    rows.map(|(row, nanos)| (row as u32, nanos)).collect()
}

/// The time of an instance by row.
struct RowNanos<'m> {
    model: &'m TraceModel,
    nanos: Vec<u64>,
}

impl Sink for RowNanos<'_> {
    fn run(&mut self, number: usize, places: Range<usize>) {
        let sums = &mut self.nanos;
        for_each_span(self.model, number, places, |row, nanos| add_up(&mut sums[row as usize], nanos));
    }

    fn single(&mut self, span: Single) {
        let kind = self.model.blocks[span.block].kind_row(span.at);
        let row = self.model.digest().kind_rows[span.block][kind];
        add_up(&mut self.nanos[row as usize], span.nanos);
    }
}

impl Tally for RowNanos<'_> {
    type Part = ();

    fn run_in_digest(&mut self, number: usize, places: Range<usize>) {
        self.run(number, places);
    }

    fn single_in_digest(&mut self, span: Single) {
        self.single(span);
    }

    fn add_digest_rows(&mut self, rows: &[PieceRow]) {
        rows.iter().for_each(|row| add_up(&mut self.nanos[row.row as usize], row.nanos));
    }

    fn wants_digest(&self) -> bool {
        true
    }

    fn take_part(&mut self) {}

    fn add_part(&mut self, (): ()) {}

    fn end_instance(&mut self, _instance: &Instance) {}

    fn merge(&mut self, other: Self) {
        self.nanos.iter_mut().zip(other.nanos).for_each(|(sum, nanos)| add_up(sum, nanos));
    }
}
