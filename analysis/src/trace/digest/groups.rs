//! Goroutines in groups that are summed up together: those that run one function and live about as long.
//!
//! ```text
//! main.worker, lives of 1.0 to 1.2 ms   │ a group: these have more than a thousandth of all spans
//! main.worker, lives of 1.3 to 1.5 ms   │ another one
//! main.worker, other lives              │ what is left of a function that is frequent
//! other functions                       │ the program's own, and the runtime's
//! ```
//!
//! Rare functions share two groups. So a program that starts ten thousand different functions has a small digest all
//! the same, and whoever asks for one of the rare ones walks over few spans. Lengths are told apart as the bars do that
//! the window draws: what its brush chooses are whole groups.

use std::cmp::Reverse;
use std::ops::RangeInclusive;

use goscope_parsers::trace::{GoId, StringId};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::histogram::LengthBars;
use crate::trace::store::block::Block;
use crate::trace::store::data::TraceData;
use crate::trace::words::runtime_goroutine::is_runtime_goroutine;
use crate::trace::words::time::nanos_between;

/// A group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct GroupId(pub(crate) u16);

/// Groups of functions, and of functions with a length, at most so many of each.
const MOST: usize = 250;

/// A function is rare if it has less than this part of all spans.
const RARE: u64 = 250;

/// The same of the goroutines of a function with lives of about a length.
const RARE_LENGTH: u64 = 1_000;

/// Goroutines that one worker takes up at once, at least.
const AT_ONCE: usize = 4096;

/// The group of each goroutine.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// By goroutine.
    pub(super) of: Vec<GroupId>,
    pub(super) groups: Vec<Group>,
}

/// What the goroutines of a group have in common.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// Those that they run.
    pub(super) functions: Vec<StringId>,
    /// How long they live, in nanoseconds: from the shortest to the longest.
    pub(super) lives: RangeInclusive<u64>,
}

/// Function and bar of lengths.
type Kind = (StringId, u16);

impl Groups {
    pub(super) fn new(data: &TraceData) -> Self {
        let ids = || (0..data.goroutine_id_end() as u32).into_par_iter().with_min_len(AT_ONCE).map(GoId);
        let bars = LengthBars::new(ids().map(|id| life_nanos(data, id)).max().unwrap_or(0));
        let kind_of = |id| (data.start_function(id), bars.index_of(life_nanos(data, id)) as u16);
        let kinds: Vec<Kind> = ids().map(kind_of).collect();
        let counts = span_counts(data, &kinds);
        let places = Places::new(data, &counts);
        let of = kinds.par_iter().with_min_len(AT_ONCE).map(|kind| places.by_kind[kind]);
        let of: Vec<GroupId> = of.collect();
        let none = Group { functions: Vec::new(), lives: RangeInclusive::new(u64::MAX, 0) };
        let mut groups = vec![none; places.count];
        for (kind, _) in &counts {
            groups[usize::from(places.by_kind[kind].0)].functions.push(kind.0);
        }
        for group in &mut groups {
            group.functions.sort_unstable();
            group.functions.dedup();
        }
        for id in data.goroutine_ids() {
            let nanos = life_nanos(data, id);
            let lives = &mut groups[usize::from(of[id.index()].0)].lives;
            if !lives.contains(&nanos) {
                *lives = nanos.min(*lives.start())..=nanos.max(*lives.end());
            }
        }
        Self { of, groups }
    }
}

/// How long a goroutine lives; 0 without a life.
fn life_nanos(data: &TraceData, id: GoId) -> u64 {
    data.life(id).map_or(0, |life| nanos_between(life.start, life.end))
}

/// Which group the goroutines of a kind are in.
struct Places {
    by_kind: FxHashMap<Kind, GroupId>,
    count: usize,
}

impl Places {
    /// From the number of spans of each kind.
    fn new(data: &TraceData, counts: &[(Kind, u64)]) -> Self {
        let mut places = Self { by_kind: FxHashMap::default(), count: 0 };
        for kind in most_frequent(counts, data.span_count() / RARE_LENGTH) {
            let group = places.add();
            places.by_kind.insert(kind, group);
        }
        let mut left: FxHashMap<StringId, u64> = FxHashMap::default();
        let rest = counts.iter().filter(|(kind, _)| !places.by_kind.contains_key(kind));
        rest.for_each(|&((function, _), count)| *left.entry(function).or_default() += count);
        let mut left: Vec<(StringId, u64)> = left.into_iter().collect();
        left.sort_unstable();
        let of_function: FxHashMap<StringId, GroupId> = most_frequent(&left, data.span_count() / RARE)
            .into_iter()
            .map(|function| (function, places.add()))
            .collect();
        let rare = [places.add(), places.add()];
        for &(kind, _) in counts {
            let is_runtime = || is_runtime_goroutine(data.tables().string(kind.0));
            let other =
                || of_function.get(&kind.0).copied().unwrap_or_else(|| rare[usize::from(is_runtime())]);
            places.by_kind.entry(kind).or_insert_with(other);
        }
        places
    }

    fn add(&mut self) -> GroupId {
        self.count += 1;
        GroupId(self.count as u16 - 1)
    }
}

/// Those that have more spans than this, the most frequent first.
fn most_frequent<K: Copy + Ord>(counts: &[(K, u64)], least: u64) -> Vec<K> {
    let mut frequent: Vec<(K, u64)> = counts.iter().copied().filter(|it| it.1 > least).collect();
    frequent.sort_unstable_by_key(|&(key, count)| (Reverse(count), key));
    frequent.truncate(MOST);
    frequent.into_iter().map(|(key, _)| key).collect()
}

/// How many spans the goroutines of each kind have, in order of kinds; also of kinds without spans.
fn span_counts(data: &TraceData, kinds: &[Kind]) -> Vec<(Kind, u64)> {
    let add = |mut counts: FxHashMap<Kind, u64>, block: &Block| {
        for (goroutine, bounds) in block.segment_goroutines.iter().zip(block.segment_begins.windows(2)) {
            *counts.entry(kinds[goroutine.index()]).or_default() += u64::from(bounds[1] - bounds[0]);
        }
        counts
    };
    let merge = |mut left: FxHashMap<Kind, u64>, right: FxHashMap<Kind, u64>| {
        // Sums: the order shows nowhere.
        right.into_iter().for_each(|(kind, count)| *left.entry(kind).or_default() += count);
        left
    };
    let counts = data.blocks.par_iter().fold(FxHashMap::default, add).reduce(FxHashMap::default, merge);
    let see = |mut counts: FxHashMap<Kind, u64>, &kind: &Kind| {
        counts.entry(kind).or_default();
        counts
    };
    let seen = kinds.par_iter().with_min_len(AT_ONCE).fold(FxHashMap::default, see);
    let counts = merge(counts, seen.reduce(FxHashMap::default, merge));
    let mut counts: Vec<(Kind, u64)> = counts.into_iter().collect();
    counts.sort_unstable();
    counts
}
