//! What is known of the spans of a chunk: by group of goroutines, and by goroutine with many spans.

use std::ops::Range;

use goscope_parsers::trace::{GoId, Time};

use crate::histogram::PackedHistogram;
use crate::trace::digest::groups::GroupId;
use crate::trace::words::cause::CauseTotal;

/// The sums of a chunk.
#[derive(Debug, Default)]
pub(crate) struct ChunkDigest {
    /// From when to when spans belong to it.
    pub(super) bounds: Range<Time>,
    /// From when to when it has spans.
    pub(super) extent: Range<Time>,
    /// In order of their ids.
    pub(super) groups: Vec<GroupDigest>,
    /// In order of their ids, with the begin of their rows.
    pub(super) pieces: Vec<(GoId, u32)>,
    pub(super) rows: Vec<PieceRow>,
}

/// The spans of a group in a chunk.
#[derive(Debug)]
pub(crate) struct GroupDigest {
    pub(crate) group: GroupId,
    /// In order of their ids.
    pub(crate) causes: Vec<CauseTotal>,
    pub(crate) rows: Vec<RowDigest>,
}

/// The spans of a row of the breakdown.
#[derive(Debug)]
pub(crate) struct RowDigest {
    pub(crate) row: u32,
    /// Each span.
    pub(crate) spans: PackedHistogram,
    /// The sum of each goroutine that is at home in the chunk and has any.
    pub(crate) per_instance: PackedHistogram,
}

/// The spans of a goroutine in a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PieceRow {
    pub(crate) row: u32,
    /// All together.
    pub(crate) nanos: u64,
    /// The longest.
    pub(crate) longest: u64,
}

impl ChunkDigest {
    /// Whether all its spans lie in a range: strictly, as one without length at the edge of a range counts only where
    /// the life begins or ends.
    pub(super) fn lies_in(&self, range: &Range<Time>, lives: &Range<Time>) -> bool {
        let begins = range.start < self.extent.start || range.start <= lives.start;
        let ends = self.extent.end < range.end || lives.end <= range.end;
        begins && ends
    }

    /// Whether a span is among those summed up.
    #[inline]
    pub(crate) fn has(&self, start: Time, end: Time) -> bool {
        start >= self.bounds.start && end <= self.bounds.end
    }

    pub(crate) fn group(&self, group: GroupId) -> Option<&GroupDigest> {
        let at = self.groups.binary_search_by_key(&group, |it| it.group).ok()?;
        Some(&self.groups[at])
    }

    /// The sums of a goroutine, in order of rows; `None` if it has few spans here.
    pub(crate) fn piece(&self, goroutine: GoId) -> Option<&[PieceRow]> {
        let at = self.pieces.binary_search_by_key(&goroutine, |&(id, _)| id).ok()?;
        let begin = self.pieces[at].1 as usize;
        let end = self.pieces.get(at + 1).map_or(self.rows.len(), |&(_, end)| end as usize);
        Some(&self.rows[begin..end])
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let of_group = |group: &GroupDigest| size_of::<GroupDigest>() + group.heap_bytes();
        self.pieces.len() * size_of::<(GoId, u32)>()
            + self.rows.len() * size_of::<PieceRow>()
            + self.groups.iter().map(of_group).sum::<usize>()
    }
}

impl GroupDigest {
    pub(super) fn heap_bytes(&self) -> usize {
        let of_row =
            |row: &RowDigest| size_of::<RowDigest>() + row.spans.heap_bytes() + row.per_instance.heap_bytes();
        self.causes.len() * size_of::<CauseTotal>() + self.rows.iter().map(of_row).sum::<usize>()
    }

    /// The longest span of a row; `None` if there is none.
    pub(crate) fn longest(&self, row: u32) -> Option<u64> {
        let row = self.rows.iter().find(|it| it.row == row)?;
        Some(row.spans.max_nanos())
    }
}
