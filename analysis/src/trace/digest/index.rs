//! The digest of a whole trace, and what can be looked up in it.

use std::ops::Range;

use goscope_parsers::trace::{GoId, Time};

use crate::trace::digest::chunk::ChunkDigest;
use crate::trace::digest::groups::{GroupId, Groups};
use crate::trace::store::block::CHUNK_BLOCKS;
use crate::trace::store::data::TraceData;
use crate::trace::words::breakdown_key::RowKeys;
use crate::trace::words::instance::Instance;

/// Where a goroutine lives.
pub(super) type Home = u16;
/// In several chunks.
pub(super) const NO_HOME: Home = Home::MAX;
/// Its spans are not in order.
pub(super) const DISORDER: Home = Home::MAX - 1;

/// Spans summed up, chunk by chunk.
#[derive(Debug)]
pub(crate) struct Digest {
    /// The rows of the breakdown.
    pub(crate) rows: RowKeys,
    /// By block: kind → row.
    pub(crate) kind_rows: Vec<Vec<u32>>,
    pub(crate) chunks: Vec<ChunkDigest>,
    /// By goroutine.
    pub(super) homes: Vec<Home>,
    pub(super) groups: Groups,
    /// Goroutines that live in several chunks.
    pub(crate) travelers: Vec<GoId>,
    /// From the first begin to the last end of a life.
    pub(super) lives: Range<Time>,
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
        let groups = 0..self.groups.groups.len();
        let of_chunk = |chunk: &ChunkDigest| {
            let longest = |group: usize| chunk.group(GroupId(group as u16))?.longest(row);
            groups.clone().map(longest).collect()
        };
        self.chunks.iter().map(of_chunk).collect()
    }

    /// A length that the longest span of a row in an instance has at least.
    pub(crate) fn longest_inside(&self, data: &TraceData, instance: &Instance, row: u32) -> u64 {
        let segments = data.segments_of(instance.goroutine);
        let mut chunks: Vec<usize> = segments.iter().map(|it| it.block as usize / CHUNK_BLOCKS).collect();
        chunks.dedup();
        let inside = chunks.into_iter().filter(|&chunk| self.is_inside(data, chunk, instance));
        let rows = inside.filter_map(|chunk| self.chunks[chunk].piece(instance.goroutine)).flatten();
        rows.filter(|it| it.row == row).map(|it| it.longest).max().unwrap_or(0)
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.homes.len() * size_of::<Home>()
            + self.travelers.len() * size_of::<GoId>()
            + self.groups.of.len() * size_of::<GroupId>()
            + self.kind_rows.iter().map(|rows| rows.len() * 4).sum::<usize>()
            + self.chunks.iter().map(ChunkDigest::heap_bytes).sum::<usize>()
    }

    /// Whether all spans of its goroutine that a chunk has lie in an instance.
    pub(crate) fn is_inside(&self, data: &TraceData, chunk: usize, instance: &Instance) -> bool {
        let Some(life) = data.life(instance.goroutine) else { return false };
        self.chunks[chunk].lies_in(&instance.range(), &life)
    }
}
