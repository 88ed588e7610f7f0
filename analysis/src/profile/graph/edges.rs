//! Adds up calls: one pass over the stacks, between the nodes that are kept.
//!
//! What a location contributes is worked out once (`Steps`): the kept nodes of its frames, and where others between
//! them are left out. A call counts once a sample, and its first occurrence says whether it is inlined or residual.
//! Few nodes have all their possible calls in a table (callers × callees), many in a hash table.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::Edge;
use crate::profile::stacks::Stacks;

/// Up to so many nodes, a table of all pairs stays in a core's cache.
const MAX_TABLE_NODES: usize = 256;

/// Calls between the kept nodes (all of them, if `kept` is `None`), sorted by caller and callee. Nodes are frames.
pub(super) fn edges(stacks: &Stacks<'_>, kept: Option<&[u32]>) -> Vec<Edge> {
    let steps = Steps::new(stacks, kept);
    let n_nodes = kept.map_or(stacks.frames().len(), <[u32]>::len);
    let sums = stacks.chunks().into_par_iter().map(|chunk| {
        let calls = if n_nodes <= MAX_TABLE_NODES {
            Calls::Table(n_nodes, vec![CallSum::NONE; n_nodes * n_nodes])
        } else {
            Calls::Map(FxHashMap::default())
        };
        let mut walk = Walk { stacks, steps: &steps, calls, stamp: 0 };
        chunk.for_each(|index| walk.add_sample(index));
        walk.calls.into_sorted()
    });
    let sums = sums.reduce(Vec::new, merged);
    let row = |node: u32| kept.map_or(node, |kept| kept[node as usize]);
    let mut edges: Vec<Edge> = sums
        .into_iter()
        .map(|((caller, callee), sum)| Edge {
            caller: row(caller),
            callee: row(callee),
            weight: sum.weight,
            divisor: sum.divisor,
            is_residual: sum.is_residual,
            is_inlined: sum.is_inlined,
        })
        .collect();
    edges.sort_unstable_by_key(|edge| (edge.caller, edge.callee));
    edges
}

/// What each location adds to a walk from root to leaf: nodes with bits, and [`GAP`].
struct Steps {
    /// Where the list of each location begins in `lists`.
    starts: Vec<u32>,
    /// A count, then that many steps.
    lists: Vec<u32>,
}

/// Frames that are not kept, at the end of a location.
const GAP: u32 = u32::MAX;
/// The step's node comes after frames of its location that are not kept.
const AFTER_GAP: u32 = 1 << 31;
/// The step's node is inlined.
const INLINED: u32 = 1 << 30;
const NODE: u32 = INLINED - 1;

impl Steps {
    fn new(stacks: &Stacks<'_>, kept: Option<&[u32]>) -> Self {
        let node_of_frame = kept.map(|kept| {
            let mut nodes = vec![GAP; stacks.frames().len()];
            (0..).zip(kept).for_each(|(node, &frame)| nodes[frame as usize] = node);
            nodes
        });
        let mut steps = Self { starts: Vec::new(), lists: Vec::new() };
        for location in stacks.profile().locations.iter() {
            let start = steps.lists.len();
            steps.starts.push(u32::try_from(start).expect("fewer than 2^32 frames of locations"));
            steps.lists.push(0);
            let mut gap = 0;
            for (depth, frame) in stacks.location_frames.of(location).iter().enumerate() {
                let node = node_of_frame.as_ref().map_or(frame.0, |nodes| nodes[frame.index()]);
                if node == GAP {
                    gap = AFTER_GAP;
                    continue;
                }
                steps.lists.push(node | gap | if depth > 0 { INLINED } else { 0 });
                gap = 0;
            }
            if gap != 0 {
                steps.lists.push(GAP);
            }
            steps.lists[start] =
                u32::try_from(steps.lists.len() - start - 1).expect("a location has few frames");
        }
        steps
    }

    #[inline]
    fn of(&self, location: usize) -> &[u32] {
        let start = self.starts[location] as usize;
        &self.lists[start + 1..][..self.lists[start] as usize]
    }
}

/// A call, added up.
#[derive(Clone, Copy)]
struct CallSum {
    weight: i64,
    divisor: i64,
    /// The last sample, counted from 1, that was counted.
    stamp: u32,
    is_residual: bool,
    is_inlined: bool,
}

impl CallSum {
    const NONE: Self = Self { weight: 0, divisor: 0, stamp: 0, is_residual: false, is_inlined: true };

    /// Counts a call unless this sample has counted it already.
    #[inline]
    fn add(&mut self, call: Self) {
        if self.stamp != call.stamp {
            self.stamp = call.stamp;
            self.join(call);
        }
    }

    fn join(&mut self, other: Self) {
        self.weight = self.weight.wrapping_add(other.weight);
        self.divisor = self.divisor.wrapping_add(other.divisor);
        self.is_residual |= other.is_residual;
        self.is_inlined &= other.is_inlined;
    }
}

/// Calls by (caller, callee).
enum Calls {
    Table(usize, Vec<CallSum>),
    Map(FxHashMap<(u32, u32), CallSum>),
}

type Sorted = Vec<((u32, u32), CallSum)>;

impl Calls {
    #[inline]
    fn add(&mut self, caller: u32, callee: u32, call: CallSum) {
        match self {
            Self::Table(n_nodes, sums) => sums[caller as usize * *n_nodes + callee as usize].add(call),
            Self::Map(sums) => sums.entry((caller, callee)).or_insert(CallSum::NONE).add(call),
        }
    }

    fn into_sorted(self) -> Sorted {
        let mut calls: Sorted = match self {
            Self::Table(n_nodes, sums) => {
                let pair = |at: usize| (row(at / n_nodes), row(at % n_nodes));
                let calls = sums.into_iter().enumerate().map(|(at, sum)| (pair(at), sum));
                calls.filter(|(_, sum)| sum.stamp > 0).collect()
            }
            Self::Map(sums) => sums.into_iter().collect(),
        };
        calls.sort_unstable_by_key(|&(pair, _)| pair);
        calls
    }
}

fn row(index: usize) -> u32 {
    u32::try_from(index).expect("nodes have u32 rows")
}

/// Adds up two sorted lists.
fn merged(a: Sorted, b: Sorted) -> Sorted {
    if a.is_empty() {
        return b;
    }
    let mut calls: Sorted = a.into_iter().chain(b).collect();
    // Two sorted runs: merging them is all that a stable sort does.
    calls.sort_by_key(|&(pair, _)| pair);
    calls.dedup_by(|next, call| {
        let is_same = next.0 == call.0;
        if is_same {
            call.1.join(next.1);
        }
        is_same
    });
    calls
}

struct Walk<'a, 'p> {
    stacks: &'a Stacks<'p>,
    steps: &'a Steps,
    calls: Calls,
    stamp: u32,
}

impl Walk<'_, '_> {
    fn add_sample(&mut self, index: usize) {
        let (weight, divisor) = (self.stacks.weight(index), self.stacks.divisor(index));
        if weight == 0 && divisor == 0 {
            return;
        }
        self.stamp += 1;
        let call = CallSum { weight, divisor, stamp: self.stamp, is_residual: false, is_inlined: false };
        let mut caller = GAP;
        let mut has_gap = false;
        for location in self.stacks.locations(index).iter().rev() {
            for &step in self.steps.of(location.index()) {
                if step == GAP {
                    has_gap = true;
                    continue;
                }
                let callee = step & NODE;
                if caller != GAP && caller != callee {
                    let is_residual = has_gap || step & AFTER_GAP != 0;
                    let is_inlined = step & INLINED != 0;
                    self.calls.add(caller, callee, CallSum { is_residual, is_inlined, ..call });
                }
                caller = callee;
                has_gap = false;
            }
        }
    }
}
