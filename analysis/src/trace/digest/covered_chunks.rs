//! Which chunks of the digest a selection covers: those that lie in its time, of groups of which all goroutines match.

use std::ops::{Range, RangeInclusive};

use goscope_parsers::trace::{GoId, StringId, Time};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::trace::digest::chunk::{ChunkDigest, GroupDigest};
use crate::trace::digest::groups::{Group, GroupId, Groups};
use crate::trace::digest::index::Digest;
use crate::trace::store::block::CHUNK_BLOCKS;
use crate::trace::store::data::TraceData;

/// Which goroutines a filter selects, by the functions that they run.
#[derive(Debug)]
pub(crate) struct GoroutineSelection {
    by_group: Vec<GroupMatch>,
}

/// Which goroutines of a group match.
#[derive(Debug)]
enum GroupMatch {
    None,
    All,
    /// Goroutines that run one of these functions.
    Some(FxHashMap<StringId, bool>),
}

impl GoroutineSelection {
    /// Asks for each function of a group only once.
    fn new(data: &TraceData, groups: &Groups, matches: impl Fn(&[u8]) -> bool) -> Self {
        let match_of = |group: &Group| {
            let functions = group.functions.iter();
            let matching = functions.map(|&function| (function, matches(data.tables().string(function))));
            let matching: FxHashMap<StringId, bool> = matching.collect();
            let n_matching = matching.values().filter(|matches| **matches).count();
            match n_matching {
                0 => GroupMatch::None,
                _ if n_matching == matching.len() => GroupMatch::All,
                _ => GroupMatch::Some(matching),
            }
        };
        Self { by_group: groups.groups.iter().map(match_of).collect() }
    }

    #[inline]
    pub(crate) fn matches(&self, data: &TraceData, digest: &Digest, goroutine: GoId) -> bool {
        match self.by_group.get(usize::from(digest.group_of(goroutine).0)) {
            None | Some(GroupMatch::None) => false,
            Some(GroupMatch::All) => true,
            Some(GroupMatch::Some(functions)) => {
                functions.get(&data.start_function(goroutine)).copied().unwrap_or(false)
            }
        }
    }

    fn matches_group(&self, group: usize) -> bool {
        matches!(self.by_group.get(group), Some(GroupMatch::All))
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
        let groups = digest.groups.groups.iter().enumerate();
        Self {
            chunks: digest.chunks.iter().map(is_inside).collect(),
            groups: groups.map(|(id, group)| selection.matches_group(id) && fits(group)).collect(),
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

impl Digest {
    /// Which goroutines match, by the names of their functions.
    pub(crate) fn selection(&self, data: &TraceData, matches: impl Fn(&[u8]) -> bool) -> GoroutineSelection {
        GoroutineSelection::new(data, &self.groups, matches)
    }
}
