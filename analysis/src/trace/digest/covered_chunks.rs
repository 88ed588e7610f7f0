//! Which chunks of the digest a selection covers: those that lie in its time, of groups of which all goroutines match.

use std::ops::{Range, RangeInclusive};

use goscope_parsers::trace::{GoId, StringId, Time};
use rustc_hash::FxHashSet;

use crate::trace::digest::chunk::{ChunkDigest, GroupDigest};
use crate::trace::digest::groups::{Group, GroupId};
use crate::trace::digest::index::Digest;
use crate::trace::store::block::CHUNK_BLOCKS;
use crate::trace::store::data::TraceData;

/// Which goroutines a filter selects, by the functions that they run.
#[derive(Debug)]
pub(crate) struct GoroutineSelection {
    /// By function: whether goroutines that run it match. `None` where none runs it.
    functions: Vec<Option<bool>>,
}

impl GoroutineSelection {
    /// Asks for each function only once.
    pub(crate) fn new(data: &TraceData, matches: impl Fn(&[u8]) -> bool) -> Self {
        let mut functions = vec![None; data.tables().string_count()];
        for function in &data.goroutines.entry {
            functions[function.index()].get_or_insert_with(|| matches(data.tables().string(*function)));
        }
        Self { functions }
    }

    #[inline]
    pub(crate) fn matches(&self, data: &TraceData, goroutine: GoId) -> bool {
        self.matches_function(data.start_function(goroutine))
    }

    #[inline]
    fn matches_function(&self, function: StringId) -> bool {
        self.functions.get(function.index()).copied().flatten().unwrap_or(false)
    }

    /// Whether all goroutines of a group match.
    fn matches_group(&self, group: &Group) -> bool {
        !group.functions.is_empty() && group.functions.iter().all(|&function| self.matches_function(function))
    }
}

/// See the head of the file.
#[derive(Debug, Default)]
pub(crate) struct CoveredChunks {
    /// By chunk.
    chunks: Vec<bool>,
    /// By group.
    groups: Vec<bool>,
    /// Chunks and groups that have goroutines which do not fit.
    spoiled: FxHashSet<(u32, GroupId)>,
}

impl CoveredChunks {
    /// With `nanos` only groups of goroutines that all live so long.
    pub(crate) fn new(
        digest: &Digest,
        range: &Range<Time>,
        selection: &GoroutineSelection,
        nanos: Option<&RangeInclusive<u64>>,
    ) -> Self {
        let is_inside = |chunk: &ChunkDigest| chunk.lies_in(range, &digest.lives);
        let fits = |group: &Group| {
            let all_fit = |nanos: &RangeInclusive<u64>| {
                nanos.contains(group.lives.start()) && nanos.contains(group.lives.end())
            };
            nanos.is_none_or(all_fit)
        };
        let groups = digest.groups.groups.iter();
        Self {
            chunks: digest.chunks.iter().map(is_inside).collect(),
            groups: groups.map(|group| selection.matches_group(group) && fits(group)).collect(),
            spoiled: FxHashSet::default(),
        }
    }

    /// Leaves out what has spans of a goroutine that does not match, though its group does.
    pub(crate) fn leave_out(&mut self, data: &TraceData, digest: &Digest, goroutine: GoId) {
        let group = digest.group_of(goroutine);
        if !digest.is_disorder(goroutine) && self.has_group(group) {
            let chunks = data.segments_of(goroutine).iter().map(|it| it.block / CHUNK_BLOCKS as u32);
            self.spoiled.extend(chunks.map(|chunk| (chunk, group)));
        }
    }

    /// Whether all goroutines of a group match if their lives lie in the range.
    #[inline]
    pub(crate) fn has_group(&self, group: GroupId) -> bool {
        self.groups[usize::from(group.0)]
    }

    #[inline]
    pub(crate) fn has(&self, chunk: usize, group: GroupId) -> bool {
        let is_covered = self.chunks[chunk] && self.has_group(group);
        is_covered && (self.spoiled.is_empty() || !self.spoiled.contains(&(chunk as u32, group)))
    }

    /// What the digest has of all that is covered.
    pub(crate) fn digests<'d>(&'d self, digest: &'d Digest) -> impl Iterator<Item = &'d GroupDigest> + 'd {
        let chunks = digest.chunks.iter().enumerate();
        let groups = chunks.flat_map(|(chunk, digest)| digest.groups.iter().map(move |group| (chunk, group)));
        groups.filter(|&(chunk, group)| self.has(chunk, group.group)).map(|(_, group)| group)
    }
}
