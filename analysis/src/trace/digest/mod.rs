//! Spans summed up ahead of every question, so that what a selection covers as a whole is not walked over.
//!
//! ```text
//! blocks    │ 0 │ 1 │ 2 │ 3 │ 4 │ 5 │ 6 │ 7 │ 8 │ 9 │ 10 │ …
//! chunks    │       0       │       1       │       2 …
//! g7        r w r w r w r w r w w w w w w w r w r           lives in several: its spans are summed up, its lives not
//! g8            r w r                                       is at home in chunk 0
//!
//! chunk     groups   by start function: time by cause, lengths of spans by row, time of each at home by row
//!           pieces   by goroutine with many spans here: time and longest span by row
//! ```
//!
//! A chunk has what begins not before it opens and ends not after the next opens. The span that a goroutine leaves
//! it with is nobody's, and so is one that began long before its first event: whoever asks takes these one by one.
//! Goroutines whose spans are not in order (damaged traces) are in no digest.

mod build;
mod groups;
mod taken;

use std::ops::Range;

use goscope_parsers::trace::{GoId, Time};

pub(crate) use self::groups::GroupId;
use self::groups::Groups;
pub(crate) use self::taken::{Taken, Wanted};
use super::cause_totals::CauseTotal;
use super::instances::Instance;
use super::latency::RowKeys;
use super::model::TraceModel;
use crate::histogram::PackedHistogram;

/// Blocks of a chunk. More of them make digests smaller, and the two chunks larger in which a selection begins and
/// ends: a million spans take some milliseconds.
pub(crate) const CHUNK_BLOCKS: usize = 4;

/// Of a goroutine with fewer spans in a chunk no sums are kept: it is walked over as quickly.
const FEW: usize = 64;

/// Where a goroutine lives.
type Home = u16;
/// In several chunks.
const NO_HOME: Home = Home::MAX;
/// Its spans are not in order.
const DISORDER: Home = Home::MAX - 1;

/// See the drawing at the head of the file.
#[derive(Debug, Default)]
pub(crate) struct Digest {
    /// The rows of the breakdown.
    pub(crate) rows: RowKeys,
    /// By block: kind → row.
    pub(crate) kind_rows: Vec<Vec<u32>>,
    pub(crate) chunks: Vec<ChunkDigest>,
    /// By goroutine.
    homes: Vec<Home>,
    groups: Groups,
    /// From the first begin to the last end of a life.
    lives: Range<Time>,
}

/// What is known of the spans of a chunk.
#[derive(Debug, Default)]
pub(crate) struct ChunkDigest {
    /// From when to when spans belong to it.
    bounds: Range<Time>,
    /// From when to when it has spans.
    extent: Range<Time>,
    /// In order of their ids.
    groups: Vec<GroupDigest>,
    /// In order of their ids, with the begin of their rows.
    pieces: Vec<(GoId, u32)>,
    rows: Vec<PieceRow>,
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

impl Digest {
    pub(crate) fn group_of(&self, goroutine: GoId) -> GroupId {
        self.groups.of.get(goroutine.index()).copied().unwrap_or_default()
    }

    /// Whether the spans of a goroutine are not in order, so that nothing of it is known.
    pub(crate) fn is_disorder(&self, goroutine: GoId) -> bool {
        self.homes.get(goroutine.index()).is_none_or(|&home| home == DISORDER)
    }

    /// The chunk that a goroutine spends its whole life in.
    #[inline]
    pub(crate) fn home_of(&self, goroutine: GoId) -> Option<usize> {
        let home = self.homes.get(goroutine.index()).copied().filter(|&home| home < DISORDER)?;
        Some(usize::from(home))
    }

    /// By chunk and group: the longest span of a row, if there is any.
    pub(crate) fn longest_by_chunk(&self, row: u32) -> Vec<Vec<Option<u64>>> {
        let groups = 0..self.groups.functions.len();
        let of_chunk = |chunk: &ChunkDigest| {
            let longest = |group: usize| chunk.group(GroupId(group as u8))?.longest(row);
            groups.clone().map(longest).collect()
        };
        self.chunks.iter().map(of_chunk).collect()
    }

    /// A length that the longest span of a row in an instance has at least.
    pub(crate) fn longest_inside(&self, model: &TraceModel, instance: &Instance, row: u32) -> u64 {
        let segments = model.segments_of(instance.goroutine);
        let mut chunks: Vec<usize> = segments.iter().map(|it| it.block as usize / CHUNK_BLOCKS).collect();
        chunks.dedup();
        let inside = chunks.into_iter().filter(|&chunk| self.is_inside(model, chunk, instance));
        let rows = inside.filter_map(|chunk| self.chunks[chunk].piece(instance.goroutine)).flatten();
        rows.filter(|it| it.row == row).map(|it| it.longest).max().unwrap_or(0)
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.homes.len() * size_of::<Home>()
            + self.groups.of.len() * size_of::<GroupId>()
            + self.kind_rows.iter().map(|rows| rows.len() * 4).sum::<usize>()
            + self.chunks.iter().map(ChunkDigest::heap_bytes).sum::<usize>()
    }
}

impl ChunkDigest {
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

    fn heap_bytes(&self) -> usize {
        let of_row =
            |row: &RowDigest| size_of::<RowDigest>() + row.spans.heap_bytes() + row.per_instance.heap_bytes();
        let of_group = |group: &GroupDigest| {
            size_of::<GroupDigest>()
                + group.causes.len() * size_of::<CauseTotal>()
                + group.rows.iter().map(of_row).sum::<usize>()
        };
        self.pieces.len() * size_of::<(GoId, u32)>()
            + self.rows.len() * size_of::<PieceRow>()
            + self.groups.iter().map(of_group).sum::<usize>()
    }
}

impl GroupDigest {
    /// The longest span of a row; `None` if there is none.
    pub(crate) fn longest(&self, row: u32) -> Option<u64> {
        let row = self.rows.iter().find(|it| it.row == row)?;
        Some(row.spans.max_nanos())
    }
}

impl TraceModel {
    /// Bytes on the heap that make the sums of a selection quick, beside the spans.
    pub fn digest_bytes(&self) -> usize {
        self.digest.heap_bytes()
    }
}
