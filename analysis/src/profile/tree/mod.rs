//! Builds a tree of call paths from samples without a hash table of nodes: samples that share their path so far lie
//! together, and are sorted by what comes next, several frames at a time.
//!
//! ```text
//! samples of one node            keys of the next frames       below the node, level by level
//! | s0 s1 s2 s3 s4 |             ab· abc ab· x·· abc           a (4)  x (1)
//!                                                              b (4)
//! sorted: | s0 s2 | s1 s4 | s3 | ab· ×2  abc ×2  x·· ×1        c (2)     and flat 2 in b
//! ```
//!
//! A key packs some frames into one word (`key`); all stacks are packed at the start (`item`), so that comparing words
//! compares several levels at once; the distinct keys of a node's samples say all about the levels below it
//! (`block`). Groups of many samples are split one after the other, each in parallel (`partition`); runs of small groups are copied into memory that fits into
//! the cache and finished there, many at a time (`forest`); `assembly` lays all levels out as columns. Nodes are
//! born in their final order and never move.
//!
//! Rejected: a hash table of (parent, frame), which misses the cache once per frame of every sample (46 M times for
//! 1 M samples); sorting whole stacks, which compares long shared prefixes again and again; one frame at a time,
//! which takes three times as long.

mod assembly;
mod block;
mod forest;
mod item;
mod key;
mod partition;
mod reading;
mod rules;
mod shape;

use super::frame::FrameTable;
use item::Coding;
pub(super) use item::StackSource;
use key::{Coder, Packing};
pub(super) use reading::Reading;
use rules::{Rules, SiblingOrder};
pub(super) use shape::Tree;
pub use shape::{NodeId, TreeShape};

/// Samples up to which a group is finished by one thread: with 46 frames each, they fill half of a core's cache.
const SMALL: u32 = 2048;

/// The tree of all samples of all sources. Siblings are sorted by magnitude, each value multiplied with its `scale`,
/// then by name. A node whose magnitude is below `min_magnitude` gets no children: all of its value is its own.
pub(super) fn build<const N: usize>(
    sources: &[StackSource<'_, N>],
    frames: &FrameTable,
    reading: Reading,
    scale: [f64; N],
    min_magnitude: f64,
) -> Tree<N> {
    let ranks = frames.unique_ranks();
    let codes =
        sources.iter().map(|source| source.location_frames.map(|frame| key::code(ranks[frame.index()])));
    let codes: Vec<_> = codes.collect();
    let around = reading.around.map(|frame| key::code(ranks[frame.index()]));
    let reading = Reading { around, ..reading };
    let coding = Coding { codes: &codes, reading, packing: Packing::of(frames.len()) };
    let rules =
        Rules { packing: coding.packing, order: SiblingOrder::new(scale), small: SMALL, min_magnitude };
    build_coded(sources, &coding, &Coder::new(ranks), &rules)
}

fn build_coded<const N: usize>(
    sources: &[StackSource<'_, N>],
    coding: &Coding<'_>,
    coder: &Coder,
    rules: &Rules<N>,
) -> Tree<N> {
    let packed = item::pack(sources, coding);
    let mut items = item::items(&packed);
    let crown = partition::partition(&mut items, rules);
    let forests = forest::grow(&crown, &items, rules);
    drop(items);
    drop(packed);
    assembly::assemble(&crown, forests, coder)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::profile::direction::Direction;
    use crate::profile::query::StackQuery;
    use crate::profile::stacks::select;
    use crate::testing::profile;

    proptest! {
        /// How many frames a key holds and where the partition hands over to the forests is a matter of speed only.
        #[test]
        fn trees_do_not_depend_on_how_they_are_built(
            stacks in prop::collection::vec((prop::collection::vec(0_u8..4, 1..10), 1_i64..4), 1..80),
            small in 1_u32..12,
            n_frames in prop::sample::select(vec![4_usize, 100, 70_000, 1 << 22, 1 << 30]),
        ) {
            let line = |(stack, value): &(Vec<u8>, i64)| {
                let names: Vec<String> = stack.iter().map(|function| format!("f{function}")).collect();
                format!("{} {value}", names.join(";"))
            };
            let profile = profile(&stacks.iter().map(line).collect::<Vec<_>>().join("\n"));
            let stacks = select(&profile, &StackQuery::default()).expect("a query without filters");
            let sources = [StackSource {
                stacks: &stacks,
                location_frames: &stacks.location_frames,
                value: Box::new(|weight| [weight, -weight]),
            }];
            let usual = build(&sources, stacks.frames(), Direction::TopDown.into(), [1.0, 1.0], 0.0);
            let ranks = stacks.frames().unique_ranks();
            let codes = [stacks.location_frames.map(|frame| key::code(ranks[frame.index()]))];
            let coding = Coding { codes: &codes, reading: Direction::TopDown.into(), packing: Packing::of(n_frames) };
            let order = SiblingOrder::new([1.0, 1.0]);
            let rules = Rules { packing: coding.packing, order, small, min_magnitude: 0.0 };
            let other = build_coded(&sources, &coding, &Coder::new(ranks), &rules);
            prop_assert_eq!(usual.shape, other.shape);
            prop_assert_eq!(usual.flat, other.flat);
            prop_assert_eq!(usual.cum, other.cum);
        }
    }
}
