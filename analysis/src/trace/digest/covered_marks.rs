//! Which cells of tasks or regions a selection covers, and which of the others it selects one by one.

use std::ops::{Range, RangeInclusive};

use goscope_parsers::trace::{GoId, StringId, Time};
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::histogram::{DurationHistogram, OpenHistogram};
use crate::trace::digest::chunk::GroupDigest;
use crate::trace::digest::marks::{MarkCell, MarkDigest, MarkKey};
use crate::trace::store::data::TraceData;
use crate::trace::words::instance::Instance;

/// Which tasks or regions are selected.
pub(crate) struct MarkFilter<'f, N, G> {
    /// The time that they overlap.
    pub(crate) range: &'f Range<Time>,
    /// How long they take, in nanoseconds.
    pub(crate) nanos: Option<&'f RangeInclusive<u64>>,
    /// Whether they match by what they are called and what their goroutine runs.
    pub(crate) matches: N,
    /// Whether their goroutine is selected.
    pub(crate) is_on: G,
    /// Whether all goroutines are selected that run what matches.
    pub(crate) is_by_function: bool,
}

/// Cells that are selected as a whole.
#[derive(Debug, Default)]
pub(crate) struct CoveredMarks {
    /// Their places, in order.
    cells: Vec<u32>,
}

/// Which marks of a group match.
enum GroupMatch {
    None,
    All,
    Some(FxHashSet<MarkKey>),
}

impl MarkDigest {
    /// What is selected as a whole, and the others, by goroutine and time.
    pub(crate) fn select<N, G>(
        &self,
        data: &TraceData,
        filter: &MarkFilter<'_, N, G>,
    ) -> (CoveredMarks, Vec<Instance>)
    where
        N: Fn(StringId, StringId) -> bool,
        G: Fn(GoId) -> bool + Sync,
    {
        let groups: Vec<GroupMatch> = self.groups.iter().map(|keys| group_match(keys, filter)).collect();
        let (range, nanos) = (filter.range, filter.nanos);
        let mut covered = CoveredMarks::default();
        // Places of marks that are looked at one by one.
        let mut some: Vec<(Range<usize>, Option<&FxHashSet<MarkKey>>)> = Vec::new();
        for (place, cell) in self.cells.iter().enumerate() {
            let keys = match &groups[usize::from(cell.sums.group.0)] {
                GroupMatch::None => continue,
                GroupMatch::All => None,
                GroupMatch::Some(keys) => Some(keys),
            };
            if !cell.may_have(range, nanos) {
                continue;
            }
            if filter.is_by_function && keys.is_none() && cell.lies_in(range, nanos) {
                covered.cells.push(place as u32);
            } else {
                some.push((cell.summed.clone(), keys));
            }
            some.push((cell.others.clone(), keys));
        }
        let is_on = &filter.is_on;
        let fits = |instance: &Instance| {
            instance.begin < range.end
                && instance.end >= range.start
                && nanos.is_none_or(|nanos| nanos.contains(&instance.nanos()))
                && is_on(instance.goroutine)
        };
        let listed = some.into_par_iter().flat_map_iter(|(places, keys)| {
            let ids = self.ids[places].iter().copied();
            ids.filter_map(move |id| {
                let instance = self.kind.instance(data, id).filter(fits)?;
                let has_key =
                    |keys: &FxHashSet<MarkKey>| keys.contains(&self.kind.key(data, id, instance.goroutine));
                keys.is_none_or(has_key).then_some(instance)
            })
        });
        let mut listed: Vec<Instance> = listed.collect();
        listed.par_sort_unstable_by_key(|it| (it.goroutine, it.begin, it.of));
        (covered, listed)
    }
}

fn group_match<N: Fn(StringId, StringId) -> bool, G>(
    keys: &[MarkKey],
    filter: &MarkFilter<'_, N, G>,
) -> GroupMatch {
    let matching = keys.iter().copied().filter(|key| (filter.matches)(key.name, key.function));
    let matching: FxHashSet<MarkKey> = matching.collect();
    match matching.len() {
        0 => GroupMatch::None,
        n if n == keys.len() => GroupMatch::All,
        _ => GroupMatch::Some(matching),
    }
}

impl MarkCell {
    /// Whether any of its marks may overlap a range and have a length.
    fn may_have(&self, range: &Range<Time>, nanos: Option<&RangeInclusive<u64>>) -> bool {
        let has_length = |nanos: &RangeInclusive<u64>| {
            self.nanos.start() <= nanos.end() && nanos.start() <= self.nanos.end()
        };
        *self.begins.start() < range.end && *self.ends.end() >= range.start && nanos.is_none_or(has_length)
    }

    /// Whether all do.
    fn lies_in(&self, range: &Range<Time>, nanos: Option<&RangeInclusive<u64>>) -> bool {
        let has_lengths = |nanos: &RangeInclusive<u64>| {
            nanos.contains(self.nanos.start()) && nanos.contains(self.nanos.end())
        };
        *self.begins.end() < range.end && *self.ends.start() >= range.start && nanos.is_none_or(has_lengths)
    }
}

impl CoveredMarks {
    fn cells<'d>(&'d self, digest: &'d MarkDigest) -> impl Iterator<Item = &'d MarkCell> + 'd {
        self.cells.iter().map(|&place| &digest.cells[place as usize])
    }

    /// What the digest has of all that is covered.
    pub(crate) fn digests<'d>(
        &'d self,
        digest: &'d MarkDigest,
    ) -> impl Iterator<Item = &'d GroupDigest> + 'd {
        self.cells(digest).map(|cell| &cell.sums)
    }

    /// How long all take that are covered.
    pub(crate) fn wall(&self, digest: &MarkDigest) -> DurationHistogram {
        let mut wall = OpenHistogram::default();
        self.cells(digest).for_each(|cell| wall.merge_packed(&cell.wall));
        wall.close()
    }

    /// How many marks of each kind that a length has; longer ones have no lower kind.
    pub(crate) fn count_by(
        &self,
        data: &TraceData,
        digest: &MarkDigest,
        kind_of: impl Fn(u64) -> usize,
    ) -> Vec<u64> {
        let mut counts = Vec::new();
        let mut add = |kind: usize, count: u64| {
            if kind >= counts.len() {
                counts.resize(kind + 1, 0);
            }
            counts[kind] += count;
        };
        for cell in self.cells(digest).filter(|cell| !cell.summed.is_empty()) {
            let (least, most) = (kind_of(*cell.nanos.start()), kind_of(*cell.nanos.end()));
            if least == most {
                add(least, cell.summed.len() as u64);
            } else {
                digest.instances(data, cell.summed.clone()).for_each(|it| add(kind_of(it.nanos()), 1));
            }
        }
        counts
    }

    /// Marks that are covered and take at least this long, of cells of which the sums may have them.
    pub(crate) fn instances(
        &self,
        data: &TraceData,
        digest: &MarkDigest,
        nanos: u64,
        may_have: impl Fn(&GroupDigest) -> bool + Sync,
    ) -> Vec<Instance> {
        let cells = self.cells.par_iter().map(|&place| &digest.cells[place as usize]);
        let cells = cells.filter(|cell| *cell.nanos.end() >= nanos && may_have(&cell.sums));
        let instances = cells.flat_map_iter(|cell| digest.instances(data, cell.summed.clone()));
        instances.filter(|instance| instance.nanos() >= nanos).collect()
    }
}
