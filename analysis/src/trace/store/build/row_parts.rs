//! The plain rows of a trace, part by part until all are there: rows of pieces have ids of their own.

use std::sync::Arc;

use goscope_parsers::trace::{GoId, PieceIds, ProcId};
use rayon::prelude::*;

use crate::trace::store::rows::{
    BindingRow, LabelRow, MetricRow, ProcRow, RangeEventRow, RangeKind, SampleRow, SweepRow, SyncRow,
};

/// Rows in order of time.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) syncs: Vec<SyncRow>,
    pub(super) procs: Vec<ProcRow>,
    pub(super) bindings: Vec<BindingRow>,
    pub(super) range_events: Vec<RangeEventRow>,
    pub(super) sweeps: Vec<SweepRow>,
    pub(super) metrics: [Vec<MetricRow>; 3],
    /// Of each row of heap in use: who made it so.
    pub(super) allocators: Vec<GoId>,
    pub(super) labels: Vec<LabelRow>,
    pub(super) samples: Vec<SampleRow>,
}

/// Rows of parts of the trace, and what the ids of a part stand for, if they are its own.
#[derive(Debug, Default)]
pub(super) struct RowParts {
    rows: Vec<Rows>,
    ids: Vec<Option<Arc<PieceIds>>>,
}

impl RowParts {
    /// Adds the next part.
    pub(super) fn push(&mut self, rows: Rows, ids: Option<Arc<PieceIds>>) {
        self.rows.push(rows);
        self.ids.push(ids);
    }

    /// All rows, with ids of the trace. Column by column, so that there is never more than one twice.
    pub(super) fn join(mut self, last: Rows) -> Rows {
        self.push(last, None);
        let metrics = [0, 1, 2].map(|at| self.column(|rows| &mut rows.metrics[at], |_, _| ()));
        Rows {
            syncs: self.column(|rows| &mut rows.syncs, |_, _| ()),
            procs: self.column(
                |rows| &mut rows.procs,
                |row, ids| (row.proc, row.thread) = (ids.proc(row.proc), ids.thread(row.thread)),
            ),
            bindings: self.column(
                |rows| &mut rows.bindings,
                |row, ids| (row.proc, row.thread) = (ids.proc(row.proc), ids.thread(row.thread)),
            ),
            range_events: self.column(|rows| &mut rows.range_events, map_range_event),
            sweeps: self.column(|rows| &mut rows.sweeps, |row, ids| row.proc = ids.proc(row.proc)),
            metrics,
            allocators: self.column(|rows| &mut rows.allocators, |row, ids| *row = ids.goroutine(*row)),
            labels: self.column(
                |rows| &mut rows.labels,
                |row, ids| {
                    (row.goroutine, row.proc) = (ids.goroutine(row.goroutine), ids.proc(row.proc));
                    row.label = ids.string(row.label);
                },
            ),
            samples: self.column(
                |rows| &mut rows.samples,
                |row, ids| {
                    (row.goroutine, row.proc) = (ids.goroutine(row.goroutine), ids.proc(row.proc));
                    (row.thread, row.stack) = (ids.thread(row.thread), ids.stack(row.stack));
                },
            ),
        }
    }

    fn column<T: Copy + Send>(
        &mut self,
        column: impl Fn(&mut Rows) -> &mut Vec<T>,
        map: impl Fn(&mut T, &PieceIds) + Sync,
    ) -> Vec<T> {
        let parts: Vec<Vec<T>> = self.rows.iter_mut().map(|rows| std::mem::take(column(rows))).collect();
        let mut joined = Vec::with_capacity(parts.iter().map(Vec::len).sum());
        let mut rest = Vec::with_capacity(parts.len());
        for part in parts {
            rest.push(part.len());
            joined.extend_from_slice(&part);
        }
        let mut slices = Vec::with_capacity(rest.len());
        let mut tail = joined.as_mut_slice();
        for len in rest {
            let (slice, behind) = tail.split_at_mut(len);
            slices.push(slice);
            tail = behind;
        }
        slices.into_par_iter().zip(&self.ids).for_each(|(rows, ids)| {
            if let Some(ids) = ids {
                rows.iter_mut().for_each(|row| map(row, ids));
            }
        });
        joined
    }
}

fn map_range_event(row: &mut RangeEventRow, ids: &PieceIds) {
    row.scope = match row.kind {
        RangeKind::GcMark => 0,
        RangeKind::Sweep => ids.proc(ProcId(row.scope)).0,
        RangeKind::MarkAssist | RangeKind::StopTheWorld => ids.goroutine(GoId(row.scope)).0,
    };
    (row.goroutine, row.proc) = (ids.goroutine(row.goroutine), ids.proc(row.proc));
    (row.reason, row.stack) = (ids.string(row.reason), ids.stack(row.stack));
}
