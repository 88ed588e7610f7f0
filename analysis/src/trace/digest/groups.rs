//! Goroutines in groups that are summed up together: those that run one function, where that is not rare.
//!
//! Rare functions share two groups, the program's own and the runtime's. So a program that starts ten thousand
//! different functions has a small digest all the same, and whoever asks for one of the rare ones walks over few
//! spans.

use std::cmp::Reverse;

use goscope_parsers::trace::{GoId, StringId};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::trace::store::block::Block;
use crate::trace::store::data::TraceData;
use crate::trace::words::runtime_goroutine::is_runtime_goroutine;

/// A group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GroupId(pub(crate) u8);

/// Groups with a function of their own, at most.
const MOST: usize = 250;

/// A function is rare if it has less than this part of all spans.
const RARE: u64 = 250;

/// The group of each goroutine.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// By goroutine.
    pub(super) of: Vec<GroupId>,
    /// The functions of each group; those of the last two are rare.
    pub(super) functions: Vec<Vec<StringId>>,
}

impl Groups {
    pub(super) fn new(data: &TraceData) -> Self {
        let ids = 0..data.goroutine_id_end() as u32;
        let functions: Vec<StringId> =
            ids.into_par_iter().with_min_len(4096).map(|id| data.start_function(GoId(id))).collect();
        let counts = span_counts(data, &functions);
        let least = data.span_count() / RARE;
        let mut frequent: Vec<(StringId, u64)> = counts.iter().copied().filter(|it| it.1 > least).collect();
        frequent.sort_unstable_by_key(|&(function, count)| (Reverse(count), function));
        frequent.truncate(MOST);
        let mut groups: Vec<Vec<StringId>> = frequent.iter().map(|&(function, _)| vec![function]).collect();
        let mut places: FxHashMap<StringId, u8> =
            frequent.iter().enumerate().map(|(group, &(function, _))| (function, group as u8)).collect();
        let own = groups.len();
        groups.extend([Vec::new(), Vec::new()]);
        for &function in &all_functions(&functions) {
            places.entry(function).or_insert_with(|| {
                let group = own + usize::from(is_runtime_goroutine(data.tables().string(function)));
                groups[group].push(function);
                group as u8
            });
        }
        let of = functions.par_iter().with_min_len(4096);
        let of = of.map(|function| places.get(function).map_or(GroupId::default(), |&group| GroupId(group)));
        Self { of: of.collect(), functions: groups }
    }
}

/// How many spans the goroutines have that run a function, by function.
fn span_counts(data: &TraceData, functions: &[StringId]) -> Vec<(StringId, u64)> {
    let add = |mut counts: FxHashMap<StringId, u64>, block: &Block| {
        for (goroutine, bounds) in block.segment_goroutines.iter().zip(block.segment_begins.windows(2)) {
            *counts.entry(functions[goroutine.index()]).or_default() += u64::from(bounds[1] - bounds[0]);
        }
        counts
    };
    let parts = data.blocks.par_iter().fold(FxHashMap::default, add);
    let counts = parts.reduce(FxHashMap::default, |mut left, right| {
        // Sums: the order shows nowhere.
        right.into_iter().for_each(|(function, count)| *left.entry(function).or_default() += count);
        left
    });
    let mut counts: Vec<(StringId, u64)> = counts.into_iter().collect();
    counts.sort_unstable();
    counts
}

/// The functions that goroutines run, each once: also those of goroutines without spans.
fn all_functions(by_goroutine: &[StringId]) -> Vec<StringId> {
    let add = |mut all: FxHashSet<StringId>, &function: &StringId| {
        all.insert(function);
        all
    };
    let parts = by_goroutine.par_iter().with_min_len(4096).fold(FxHashSet::default, add);
    let all = parts.reduce(FxHashSet::default, |mut left, right| {
        left.extend(right);
        left
    });
    let mut all: Vec<StringId> = all.into_iter().collect();
    all.sort_unstable();
    all
}
