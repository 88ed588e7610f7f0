//! Where the time of many stacks was spent, in one function: a headline needs one, where samples, preemptions and call
//! sites split a cause over many stacks.
//!
//! ```text
//! main.handle        100 %
//! └ main.search       96 %     from the root down, while one callee has 70 % of all
//!   ├ main.rank       41 %
//!   └ main.read       55 %     no further: main.search it is
//! ```

use std::hash::Hash;

use goscope_parsers::trace::StringId;
use rustc_hash::FxHashMap;

use super::critical_path::StackPart;
use super::facts::Facts;
use crate::trace::words::time::{add_up, sum_up};

/// The part of the whole that a callee must have to be gone down into.
const SHARE: f64 = 0.7;

/// What a goroutine returns to when its function is done.
const GOEXIT: &[u8] = b"runtime.goexit";

/// Time by stack: of all instances, and of slow ones.
#[derive(Debug)]
pub(super) struct Weights<K> {
    by_stack: FxHashMap<K, (u64, u64)>,
}

impl<K> Default for Weights<K> {
    fn default() -> Self {
        Self { by_stack: FxHashMap::default() }
    }
}

impl<K: Eq + Hash + Copy + Ord> Weights<K> {
    pub(super) fn add(&mut self, key: K, nanos: u64, slow_nanos: u64) {
        let weight = self.by_stack.entry(key).or_default();
        *weight = (weight.0.saturating_add(nanos), weight.1.saturating_add(slow_nanos));
    }

    /// All time.
    pub(super) fn total(&self) -> u64 {
        sum_up(self.by_stack.values().map(|weight| weight.0))
    }

    #[expect(clippy::iter_over_hash_type, reason = "sums do not depend on the order")]
    pub(super) fn merge(&mut self, other: Self) {
        for (key, (nanos, slow)) in other.by_stack {
            self.add(key, nanos, slow);
        }
    }

    /// What to weigh by: the time in slow instances, or in all if there is none in slow ones.
    fn weighted(&self) -> Vec<(K, u64)> {
        let has_slow = self.by_stack.values().any(|weight| weight.1 > 0);
        let weights =
            self.by_stack.iter().map(|(key, weight)| (*key, if has_slow { weight.1 } else { weight.0 }));
        let mut weights: Vec<(K, u64)> = weights.filter(|(_, weight)| *weight > 0).collect();
        weights.sort_unstable_by_key(|(key, _)| *key);
        weights
    }
}

/// Goes down the stacks of a trace.
#[derive(Clone, Copy, Debug)]
pub(super) struct Descent<'m> {
    facts: &'m Facts<'m>,
}

impl<'m> Descent<'m> {
    pub(super) fn new(facts: &'m Facts<'m>) -> Self {
        Self { facts }
    }

    /// The path and function of segments, of which the functions are known that their goroutines run; where there is no
    /// stack, of these.
    pub(super) fn of_segments(&self, weights: &Weights<(StackPart, StringId)>) -> (Vec<StringId>, StringId) {
        let stacks = weights.weighted().into_iter().map(|((part, start), weight)| {
            let functions = self.functions(part);
            (if functions.is_empty() { vec![start] } else { functions }, weight)
        });
        self.down(&merged(stacks))
    }

    /// The path and function of stacks.
    pub(super) fn of_stacks(&self, weights: &Weights<StackPart>) -> (Vec<StringId>, StringId) {
        let stacks = weights.weighted().into_iter().map(|(part, weight)| (self.functions(part), weight));
        self.down(&merged(stacks))
    }

    /// The functions of a stack, outermost first. CPU samples have `runtime.goexit` below the function that the goroutine
    /// runs, events do not: without it both begin alike.
    pub(super) fn functions(&self, part: StackPart) -> Vec<StringId> {
        let tables = self.facts.tables();
        let frames = tables.stack(part.stack).iter().rev().take(usize::from(part.frames));
        let frames = frames.skip_while(|frame| tables.string(tables.frame(**frame).function) == GOEXIT);
        frames.map(|frame| self.facts.function(*frame)).filter(|name| *name != StringId::NONE).collect()
    }

    fn down(&self, stacks: &[(Vec<StringId>, u64)]) -> (Vec<StringId>, StringId) {
        let whole = sum_up(stacks.iter().map(|(_, weight)| *weight));
        let mut path: Vec<StringId> = Vec::new();
        while let Some(next) = self.heaviest(stacks, &path, whole) {
            path.push(next);
        }
        let function = self.headline(&path);
        (path, function)
    }

    fn heaviest(&self, stacks: &[(Vec<StringId>, u64)], path: &[StringId], whole: u64) -> Option<StringId> {
        let mut below: FxHashMap<StringId, u64> = FxHashMap::default();
        for (functions, weight) in stacks.iter().filter(|(functions, _)| functions.starts_with(path)) {
            if let Some(next) = functions.get(path.len()) {
                *below.entry(*next).or_default() += weight;
            }
        }
        // More than half: there is at most one.
        below.into_iter().find(|(_, weight)| *weight as f64 >= SHARE * whole as f64).map(|(name, _)| name)
    }

    /// The innermost function of a path that is not of the standard library; if there is none, the innermost.
    pub(super) fn headline(&self, path: &[StringId]) -> StringId {
        let tables = self.facts.tables();
        let is_user = |name: &&StringId| {
            let kind = crate::symbol::kind_of(&tables.string_lossy(**name));
            matches!(kind, crate::symbol::FrameKind::User | crate::symbol::FrameKind::Unknown)
        };
        path.iter().rev().find(is_user).or(path.last()).copied().unwrap_or_default()
    }
}

/// Stacks with equal functions are one.
fn merged(stacks: impl Iterator<Item = (Vec<StringId>, u64)>) -> Vec<(Vec<StringId>, u64)> {
    let mut by_functions: FxHashMap<Vec<StringId>, u64> = FxHashMap::default();
    for (functions, weight) in stacks {
        add_up(by_functions.entry(functions).or_default(), weight);
    }
    let mut merged: Vec<(Vec<StringId>, u64)> = by_functions.into_iter().collect();
    merged.sort_unstable();
    merged
}
