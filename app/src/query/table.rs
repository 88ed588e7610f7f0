//! One row a frame, of one profile or of two, and which rows to show in which order.

use std::sync::Arc;

use goscope_analysis::profile::diff::{DiffScale, DiffTable, compare, diff_rows};
use goscope_analysis::profile::frame::{Frame, FrameId};
use goscope_analysis::profile::query::StackQuery;
use goscope_analysis::profile::top::{TopTable, top};
use goscope_analysis::value::common_unit;

use super::{smallest_value, stacks_of};
use crate::document::Document;

/// Which rows of a table, in which order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RowOrder {
    /// By what.
    pub by: RowKey,
    /// Largest first.
    pub is_descending: bool,
    /// Only rows whose name contains this, in any case.
    pub containing: String,
}

/// What rows are sorted by; in a diff, flat and cum are those of the head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RowKey {
    /// Name.
    Name,
    /// Own value.
    #[default]
    Flat,
    /// Value with callees.
    Cum,
    /// Own value of the base.
    BaseFlat,
    /// Value with callees of the base.
    BaseCum,
    /// Change of the own value.
    DeltaFlat,
    /// Change of the value with callees.
    DeltaCum,
}

/// One row a frame, with what is needed to print values.
#[derive(Debug)]
pub struct Top {
    /// The rows.
    pub table: TopTable,
    /// Unit of all values.
    pub unit: String,
    /// The unit to print them in, the same for all, so that a column can be compared at a glance.
    pub shown_unit: String,
}

/// One row a frame of either side, with what is needed to print values.
#[derive(Debug)]
pub struct Diff {
    /// The rows.
    pub table: DiffTable,
    /// The unit to print values in, the same for all.
    pub shown_unit: String,
}

/// Rows of a table, filtered and sorted.
#[derive(Debug)]
pub struct Rows<T> {
    /// The table: the one that `order` is about, even if there is a newer one by now.
    pub table: Arc<T>,
    /// Indices into the rows of the table, in the order to show.
    pub order: Vec<u32>,
    /// Where each frame is in `order`; `u32::MAX` if it is not.
    place_of_frame: Vec<u32>,
}

impl<T> Rows<T> {
    fn new(table: &Arc<T>, order: Vec<u32>, n_frames: usize, frame: impl Fn(u32) -> FrameId) -> Self {
        let mut place_of_frame = vec![u32::MAX; n_frames];
        for (place, &row) in (0_u32..).zip(&order) {
            place_of_frame[frame(row).index()] = place;
        }
        Self { table: Arc::clone(table), order, place_of_frame }
    }

    /// Where a frame is in the order.
    pub fn place(&self, frame: FrameId) -> Option<usize> {
        self.place_of_frame
            .get(frame.index())
            .filter(|&&place| place != u32::MAX)
            .map(|&place| place as usize)
    }
}

pub(super) fn top_of(query: &StackQuery, documents: &[Arc<Document>]) -> Result<Top, String> {
    let stacks = stacks_of(query, documents, 0)?;
    let (table, unit) = (top(&stacks), stacks.unit().to_owned());
    let smallest = smallest_value(table.rows.iter().map(|row| (row.flat, row.cum)));
    let shown_unit = common_unit(smallest, table.total, &unit);
    Ok(Top { table, unit, shown_unit })
}

pub(super) fn diff_table(
    query: &StackQuery,
    scale: DiffScale,
    documents: &[Arc<Document>],
) -> Result<Diff, String> {
    let (base, head) = ([stacks_of(query, documents, 0)?], [stacks_of(query, documents, 1)?]);
    let comparison = compare(&base, &head, scale).map_err(|error| error.to_string())?;
    let table = diff_rows(&comparison);
    let sides =
        table.rows.iter().flat_map(|row| [(row.base_flat, row.base_cum), (row.head_flat, row.head_cum)]);
    let shown_unit = common_unit(smallest_value(sides), table.base_total.max(table.head_total), &table.unit);
    Ok(Diff { table, shown_unit })
}

pub(super) fn top_rows(top: &Arc<Top>, order: &RowOrder) -> Rows<Top> {
    let table = &top.table;
    let value = |index: u32| {
        let row = &table.rows[index as usize];
        match order.by {
            RowKey::Cum | RowKey::BaseCum | RowKey::DeltaCum => row.cum,
            RowKey::Name | RowKey::Flat | RowKey::BaseFlat | RowKey::DeltaFlat => row.flat,
        }
    };
    let frame = |index: u32| table.rows[index as usize].frame;
    let rows = sorted_rows(table.rows.len(), order, |index| table.frames.frame(frame(index)), value);
    Rows::new(top, rows, table.frames.len(), frame)
}

pub(super) fn diff_order(diff: &Arc<Diff>, order: &RowOrder) -> Rows<Diff> {
    let table = &diff.table;
    let value = |index: u32| {
        let row = &table.rows[index as usize];
        match order.by {
            RowKey::Name | RowKey::DeltaFlat => row.head_flat.wrapping_sub(row.base_flat),
            RowKey::DeltaCum => row.head_cum.wrapping_sub(row.base_cum),
            RowKey::Flat => row.head_flat,
            RowKey::Cum => row.head_cum,
            RowKey::BaseFlat => row.base_flat,
            RowKey::BaseCum => row.base_cum,
        }
    };
    let frame = |index: u32| table.rows[index as usize].frame;
    let rows = sorted_rows(table.rows.len(), order, |index| table.frames.frame(frame(index)), value);
    Rows::new(diff, rows, table.frames.len(), frame)
}

/// The rows that contain the text, sorted: by name, or by magnitude with ties by name.
fn sorted_rows<'t>(
    n_rows: usize,
    order: &RowOrder,
    frame: impl Fn(u32) -> &'t Frame,
    value: impl Fn(u32) -> i64,
) -> Vec<u32> {
    let needle = order.containing.to_lowercase();
    let n_rows = u32::try_from(n_rows).expect("frames are u32 ids");
    let mut rows: Vec<(String, u32)> = (0..n_rows)
        .map(|index| (frame(index).printable_name(), index))
        .filter(|(name, _)| needle.is_empty() || name.to_lowercase().contains(&needle))
        .collect();
    rows.sort_by(|(name_a, a), (name_b, b)| {
        let by_name = name_a.cmp(name_b);
        match (order.by, order.is_descending) {
            (RowKey::Name, true) => by_name.reverse(),
            (RowKey::Name, false) => by_name,
            (_, true) => value(*b).unsigned_abs().cmp(&value(*a).unsigned_abs()).then(by_name),
            (_, false) => value(*a).unsigned_abs().cmp(&value(*b).unsigned_abs()).then(by_name),
        }
    });
    rows.into_iter().map(|(_, index)| index).collect()
}
