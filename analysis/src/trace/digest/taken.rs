//! What of the digest a selection takes as it is: chunks that lie in its time, of groups that are meant as a whole.

use std::ops::Range;

use goscope_parsers::trace::{GoId, StringId, Time};
use rustc_hash::FxHashMap;

use super::{ChunkDigest, Digest, GroupDigest, GroupId};
use crate::trace::instances::Instance;
use crate::trace::model::TraceModel;

/// Which goroutines are meant, by the functions that they run.
#[derive(Debug)]
pub(crate) struct Wanted {
    by_group: Vec<GroupWish>,
}

/// What is wanted of a group.
#[derive(Debug)]
enum GroupWish {
    Nobody,
    Everybody,
    /// Goroutines that run one of these functions.
    Some(FxHashMap<StringId, bool>),
}

impl Wanted {
    /// Asks each function only once.
    pub(crate) fn new(model: &TraceModel, is_meant: impl Fn(&[u8]) -> bool) -> Self {
        let wish = |functions: &Vec<StringId>| {
            let meant =
                functions.iter().map(|&function| (function, is_meant(model.tables().string(function))));
            let meant: FxHashMap<StringId, bool> = meant.collect();
            let n_meant = meant.values().filter(|is_meant| **is_meant).count();
            match n_meant {
                0 => GroupWish::Nobody,
                _ if n_meant == meant.len() => GroupWish::Everybody,
                _ => GroupWish::Some(meant),
            }
        };
        Self { by_group: model.digest.groups.functions.iter().map(wish).collect() }
    }

    #[inline]
    pub(crate) fn has(&self, model: &TraceModel, goroutine: GoId) -> bool {
        match self.by_group.get(usize::from(model.digest.group_of(goroutine).0)) {
            None | Some(GroupWish::Nobody) => false,
            Some(GroupWish::Everybody) => true,
            Some(GroupWish::Some(functions)) => {
                functions.get(&model.start_function(goroutine)).copied().unwrap_or(false)
            }
        }
    }

    fn has_group(&self, group: GroupId) -> bool {
        matches!(self.by_group.get(usize::from(group.0)), Some(GroupWish::Everybody))
    }
}

/// See the head of the file.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// By chunk.
    chunks: Vec<bool>,
    /// By group.
    groups: Vec<bool>,
}

impl Taken {
    pub(crate) fn new(digest: &Digest, range: &Range<Time>, wanted: &Wanted) -> Self {
        let is_inside = |chunk: &ChunkDigest| digest.has_inside(chunk, range, &digest.lives);
        let groups = 0..digest.groups.functions.len();
        Self {
            chunks: digest.chunks.iter().map(is_inside).collect(),
            groups: groups.map(|group| wanted.has_group(GroupId(group as u8))).collect(),
        }
    }

    #[inline]
    pub(crate) fn has(&self, chunk: usize, group: GroupId) -> bool {
        self.chunks[chunk] && self.groups[usize::from(group.0)]
    }

    /// What the digest has of all that is taken.
    pub(crate) fn digests<'d>(&'d self, digest: &'d Digest) -> impl Iterator<Item = &'d GroupDigest> + 'd {
        let chunks = digest.chunks.iter().zip(&self.chunks).filter(|(_, is_taken)| **is_taken);
        let groups = chunks.flat_map(|(chunk, _)| &chunk.groups);
        groups.filter(|group| self.groups[usize::from(group.group.0)])
    }
}

impl Digest {
    /// Whether all spans that a chunk has lie in a range: strictly, as one without length at the edge of a range
    /// counts only where the life begins or ends.
    fn has_inside(&self, chunk: &ChunkDigest, range: &Range<Time>, lives: &Range<Time>) -> bool {
        let begins = range.start < chunk.extent.start || range.start <= lives.start;
        let ends = chunk.extent.end < range.end || lives.end <= range.end;
        begins && ends
    }

    /// Whether all spans of its goroutine that a chunk has lie in an instance.
    pub(crate) fn is_inside(&self, model: &TraceModel, chunk: usize, instance: &Instance) -> bool {
        let Some(life) = model.life(instance.goroutine) else { return false };
        self.has_inside(&self.chunks[chunk], &instance.range(), &life)
    }
}
