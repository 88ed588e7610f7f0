//! Which chunks of the digest a selection covers: those that lie in its time, of groups of which all goroutines match.

use std::ops::Range;

use goscope_parsers::trace::{GoId, StringId, Time};
use rustc_hash::FxHashMap;

use crate::trace::digest::chunk::{ChunkDigest, GroupDigest};
use crate::trace::digest::groups::{GroupId, Groups};
use crate::trace::digest::index::Digest;
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
    /// Asks each function only once.
    fn new(data: &TraceData, groups: &Groups, matches: impl Fn(&[u8]) -> bool) -> Self {
        let match_of = |functions: &Vec<StringId>| {
            let matching =
                functions.iter().map(|&function| (function, matches(data.tables().string(function))));
            let matching: FxHashMap<StringId, bool> = matching.collect();
            let n_matching = matching.values().filter(|matches| **matches).count();
            match n_matching {
                0 => GroupMatch::None,
                _ if n_matching == matching.len() => GroupMatch::All,
                _ => GroupMatch::Some(matching),
            }
        };
        Self { by_group: groups.functions.iter().map(match_of).collect() }
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

    fn matches_group(&self, group: GroupId) -> bool {
        matches!(self.by_group.get(usize::from(group.0)), Some(GroupMatch::All))
    }
}

/// See the head of the file.
#[derive(Debug, Default)]
pub(crate) struct CoveredChunks {
    /// By chunk.
    chunks: Vec<bool>,
    /// By group.
    groups: Vec<bool>,
}

impl CoveredChunks {
    pub(crate) fn new(digest: &Digest, range: &Range<Time>, selection: &GoroutineSelection) -> Self {
        let is_inside = |chunk: &ChunkDigest| chunk.lies_in(range, &digest.lives);
        let groups = 0..digest.groups.functions.len();
        Self {
            chunks: digest.chunks.iter().map(is_inside).collect(),
            groups: groups.map(|group| selection.matches_group(GroupId(group as u8))).collect(),
        }
    }

    #[inline]
    pub(crate) fn has(&self, chunk: usize, group: GroupId) -> bool {
        self.chunks[chunk] && self.groups[usize::from(group.0)]
    }

    /// What the digest has of all that is covered.
    pub(crate) fn digests<'d>(&'d self, digest: &'d Digest) -> impl Iterator<Item = &'d GroupDigest> + 'd {
        let chunks = digest.chunks.iter().zip(&self.chunks).filter(|(_, is_covered)| **is_covered);
        let groups = chunks.flat_map(|(chunk, _)| &chunk.groups);
        groups.filter(|group| self.groups[usize::from(group.group.0)])
    }
}

impl Digest {
    /// Which goroutines match, by the names of their functions.
    pub(crate) fn selection(&self, data: &TraceData, matches: impl Fn(&[u8]) -> bool) -> GoroutineSelection {
        GoroutineSelection::new(data, &self.groups, matches)
    }
}
