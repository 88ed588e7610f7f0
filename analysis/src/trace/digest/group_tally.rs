//! Adds up the spans of a group, one goroutine, task or region after the other.

use crate::histogram::OpenHistogram;
use crate::trace::digest::chunk::{GroupDigest, PieceRow, RowDigest};
use crate::trace::digest::groups::GroupId;
use crate::trace::words::cause::{CauseId, CauseTotal};
use crate::trace::words::time::add_up;

/// The spans of a group. Used again for the next one: its histograms are large.
pub(super) struct GroupTally {
    /// Number and time.
    causes: Vec<(u64, u64)>,
    /// Causes with spans.
    seen: Vec<u32>,
    rows: Vec<RowTally>,
    /// Rows with time of the instance at hand.
    touched: Vec<u32>,
}

#[derive(Clone, Default)]
struct RowTally {
    spans: OpenHistogram,
    per_instance: OpenHistogram,
    /// Of the instance at hand.
    nanos: u64,
    longest: u64,
    /// Bit by bit the other way around, so that it begins with 0.
    not_shortest: u64,
}

impl GroupTally {
    pub(super) fn new(n_rows: usize, n_causes: usize) -> Self {
        let rows = vec![RowTally::default(); n_rows];
        Self { causes: vec![(0, 0); n_causes], seen: Vec::new(), rows, touched: Vec::new() }
    }

    /// Adds a span of the instance at hand, by row and place of the cause.
    #[inline(always)]
    pub(super) fn add(&mut self, (row, cause): (u32, u32), nanos: u64) {
        let total = &mut self.causes[cause as usize];
        if total.0 == 0 {
            self.seen.push(cause);
        }
        *total = (total.0 + 1, total.1.saturating_add(nanos));
        if nanos == 0 {
            return;
        }
        let sums = &mut self.rows[row as usize];
        sums.spans.count(nanos);
        if sums.nanos == 0 {
            self.touched.push(row);
        }
        add_up(&mut sums.nanos, nanos);
        sums.longest = sums.longest.max(nanos);
        sums.not_shortest = sums.not_shortest.max(!nanos);
    }

    /// Ends an instance, whose sums are among those of whole ones, or not. Says what its rows are, in their order.
    pub(super) fn end_instance(&mut self, is_whole: bool, mut each_row: impl FnMut(PieceRow)) {
        self.touched.sort_unstable();
        for row in self.touched.drain(..) {
            let sums = &mut self.rows[row as usize];
            let (nanos, longest) = (std::mem::take(&mut sums.nanos), std::mem::take(&mut sums.longest));
            let shortest = !std::mem::take(&mut sums.not_shortest);
            sums.spans.add_extremes(u128::from(nanos), shortest, longest);
            if is_whole {
                sums.per_instance.record(nanos);
            }
            each_row(PieceRow { row, nanos, longest });
        }
    }

    /// What was added up, and begins anew; `ids` are the causes by place.
    pub(super) fn take(&mut self, group: GroupId, ids: impl Fn(u32) -> CauseId) -> GroupDigest {
        let causes = self.seen.drain(..).map(|place| {
            let (count, nanos) = std::mem::take(&mut self.causes[place as usize]);
            CauseTotal { cause: ids(place), count, nanos }
        });
        let mut causes: Vec<CauseTotal> = causes.collect();
        causes.sort_unstable_by_key(|total| total.cause);
        let rows = self.rows.iter_mut().enumerate().filter(|(_, sums)| !sums.spans.is_empty());
        let rows = rows.map(|(row, sums)| RowDigest {
            row: row as u32,
            spans: sums.spans.take_packed(),
            per_instance: sums.per_instance.take_packed(),
        });
        GroupDigest { group, causes, rows: rows.collect() }
    }
}
