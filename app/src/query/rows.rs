//! Filters and sorts the rows of a table of frames.

use std::sync::Arc;

use goscope_analysis::profile::frame::FrameId;
use serde::{Deserialize, Serialize};

/// How to filter and sort the rows of a table.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RowOrder {
    /// The column to sort by.
    pub by: RowKey,
    /// Largest first.
    pub is_descending: bool,
    /// Only rows whose name contains this, in any case.
    pub containing: String,
}

/// A column to sort by; in a diff, flat and cum are those of the head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

/// Rows of a table, filtered and sorted.
#[derive(Debug)]
pub struct Rows<T> {
    /// The table that `order` belongs to, which may be older than the current one.
    pub table: Arc<T>,
    /// Indices into the rows of the table, in the order to show.
    pub order: Vec<u32>,
    /// Where each frame is in `order`; `u32::MAX` if it is not.
    place_of_frame: Vec<u32>,
}

impl<T> Rows<T> {
    pub(super) fn new(
        table: &Arc<T>,
        order: Vec<u32>,
        n_frames: usize,
        frame: impl Fn(u32) -> FrameId,
    ) -> Self {
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

/// The rows that contain the text, sorted: by name, or by magnitude with ties by name.
pub(super) fn sorted_rows(
    n_rows: usize,
    order: &RowOrder,
    name: impl Fn(u32) -> String,
    value: impl Fn(u32) -> i64,
) -> Vec<u32> {
    let needle = order.containing.to_lowercase();
    let n_rows = u32::try_from(n_rows).expect("frames are u32 ids");
    let mut rows: Vec<(String, u32)> = (0..n_rows)
        .map(|index| (name(index), index))
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
