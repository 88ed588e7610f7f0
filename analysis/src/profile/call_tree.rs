//! The call tree: one node per call path, as an arena of columns.
//!
//! ```text
//! samples (root first)      nodes, level by level           first_child (one longer than nodes)
//!   main;serve;read  5        0 (root)  flat 0 cum 9           [1, 2, 4, 4, 4]
//!   main;serve       3        1 main    flat 0 cum 9            │  │  └──┴── leaves
//!   main;parse       1        2 serve …                         │  └ children of 1 are 2..4
//!                                                               └ children of 0 are 1..2
//! ```
//!
//! Nodes are numbered level by level, so parents come before children, the children of a node are
//! neighbors, and `first_child` alone says where they are. Sums over subtrees are one backward pass, and
//! a view that shows only wide nodes never touches the narrow ones: children are sorted by |cum|,
//! largest first, ties by frame name.

use super::direction::Direction;
use super::frame::FrameTable;
use super::stacks::Stacks;
use super::tree::{self, Reading, StackSource, Tree};
pub use super::tree::{NodeId, TreeShape};

/// One node per call path, with its own value (flat) and that of its subtree (cum).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallTree {
    /// What frame ids of `shape` mean.
    pub frames: FrameTable,
    /// Who calls whom.
    pub shape: TreeShape,
    /// Value of the samples that end at each node.
    pub flat: Vec<i64>,
    /// Value of the samples that pass through each node; `cum[0]` is the value of all.
    pub cum: Vec<i64>,
}

/// The tree of all stacks, outermost callers below the root.
pub fn call_tree(stacks: &Stacks<'_>) -> CallTree {
    build_tree(stacks, Direction::TopDown.into(), 0.0)
}

/// The tree of all stacks read from the leaf: below the root stand the functions that cost, below them their callers.
pub fn inverted_tree(stacks: &Stacks<'_>) -> CallTree {
    build_tree(stacks, Direction::Inverted.into(), 0.0)
}

/// The part of the tree that a picture shows whose boxes have at least `min_percent` of the whole: a node that has less
/// has no children, and all of its value is its own. Read from the leaf, most stacks share little, so that this takes a
/// small part of the time and memory of the whole tree.
///
/// Where values have both signs, a narrow node may have wide children, and the tree is whole.
pub fn wide_tree(stacks: &Stacks<'_>, direction: Direction, min_percent: f64) -> CallTree {
    // Never so much that the root itself would be narrow.
    let min_percent = min_percent.clamp(0.0, 100.0);
    let min_magnitude = magnitude(stacks).map_or(0.0, |whole| whole as f64 * min_percent / 100.0);
    build_tree(stacks, direction.into(), min_magnitude)
}

/// The magnitude of all stacks together; `None` if values have both signs, or do not fit.
fn magnitude(stacks: &Stacks<'_>) -> Option<u64> {
    let weights = || (0..stacks.len()).map(|index| stacks.weight(index));
    let has_both_signs = weights().any(|weight| weight > 0) && weights().any(|weight| weight < 0);
    let sum = weights().try_fold(0_i64, i64::checked_add)?;
    (!has_both_signs).then_some(sum.unsigned_abs())
}

/// The tree of the stacks as they are read.
pub(super) fn build_tree(stacks: &Stacks<'_>, reading: Reading, min_magnitude: f64) -> CallTree {
    let source =
        StackSource { stacks, location_frames: &stacks.location_frames, value: Box::new(|weight| [weight]) };
    let Tree { shape, flat: [flat], cum: [cum] } =
        tree::build(&[source], stacks.frames(), reading, [1.0], min_magnitude);
    CallTree { frames: stacks.frames().clone(), shape, flat, cum }
}

#[cfg(test)]
mod tests {
    use goscope_parsers::pprof::Profile;
    use insta::assert_snapshot;
    use proptest::prelude::*;
    use rustc_hash::FxHashMap;

    use super::*;
    use crate::profile::frame::{FrameId, Granularity};
    use crate::profile::query::StackQuery;
    use crate::profile::stacks::select;
    use crate::testing::{profile, tree_text};

    fn check(text: &str) -> String {
        let profile = profile(text);
        tree_text(&call_tree(&select(&profile, &StackQuery::default()).expect("a query without filters")))
    }

    fn check_inverted(text: &str) -> String {
        let profile = profile(text);
        tree_text(&inverted_tree(&select(&profile, &StackQuery::default()).expect("a query without filters")))
    }

    #[test]
    fn samples_share_the_nodes_of_their_common_callers() {
        assert_snapshot!(check(
            "main;serve;read 5
             main;serve 3
             main;parse 1"
        ), @r"
        (root) 0 9
          main 0 9
            serve 3 8
              read 5 5
            parse 1 1
        ");
    }

    #[test]
    fn siblings_are_sorted_by_magnitude_and_then_by_name() {
        assert_snapshot!(check(
            "main;b 2
             main;small 1
             main;a 2
             main;minus -7"
        ), @r"
        (root) 0 -2
          main 0 -2
            minus -7 -7
            a 2 2
            b 2 2
            small 1 1
        ");
    }

    #[test]
    fn recursion_nests() {
        assert_snapshot!(check(
            "main;f;f;f 2
             main;f;f 1"
        ), @r"
        (root) 0 3
          main 0 3
            f 0 3
              f 1 3
                f 2 2
        ");
    }

    #[test]
    fn inlined_functions_are_nodes() {
        assert_snapshot!(check("main;serve+handle+parse;read 5"), @r"
        (root) 0 5
          main 0 5
            serve 0 5
              handle 0 5
                parse 0 5
                  read 5 5
        ");
    }

    #[test]
    fn samples_without_a_stack_are_flat_at_the_root() {
        assert_snapshot!(check(
            "- 4
             main 1"
        ), @r"
        (root) 4 5
          main 1 1
        ");
    }

    #[test]
    fn samples_without_a_value_have_no_nodes() {
        assert_snapshot!(check(
            "main;idle 0
             main;busy 1"
        ), @r"
        (root) 0 1
          main 0 1
            busy 1 1
        ");
    }

    #[test]
    fn a_profile_without_samples_is_a_root() {
        assert_snapshot!(check("types: samples/count"), @"(root) 0 0");
    }

    #[test]
    fn the_inverted_tree_begins_with_what_costs() {
        assert_snapshot!(check_inverted(
            "main;serve;read 5
             main;parse+read 2
             main;serve 3
             - 1"
        ), @r"
        (root) 1 11
          read 0 7
            serve 0 5
              main 5 5
            parse 0 2
              main 2 2
          serve 0 3
            main 3 3
        ");
    }

    #[test]
    fn a_wide_tree_ends_at_nodes_below_the_share() {
        let profile =
            profile("main;serve;read;wait 5\nmain;serve;parse;x 2\nmain;serve;parse;y 1\nmain;idle 2");
        let stacks = select(&profile, &StackQuery::default()).expect("a query without filters");
        assert_snapshot!(tree_text(&wide_tree(&stacks, Direction::TopDown, 40.0)), @r"
        (root) 0 10
          main 0 10
            serve 0 8
              read 0 5
                wait 5 5
              parse 3 3
            idle 2 2
        ");
        assert_eq!(wide_tree(&stacks, Direction::Inverted, 0.0), inverted_tree(&stacks));
    }

    #[test]
    fn a_path_leads_to_its_node_and_back() {
        let profile = profile("main;serve;read 5\nmain;parse 1");
        let tree = call_tree(&select(&profile, &StackQuery::default()).expect("a query without filters"));
        for row in 0..tree.shape.len() {
            let node = NodeId(u32::try_from(row).expect("a small tree"));
            assert_eq!(tree.shape.find(&tree.shape.path(node)), Some(node));
        }
    }

    /// What a tree says, in a form that the obvious algorithm can make too: path → flat, cum.
    type Paths = FxHashMap<Vec<FrameId>, (i64, i64)>;

    fn paths_of(tree: &CallTree) -> Paths {
        let path_and_values = |row: usize| {
            let node = NodeId(u32::try_from(row).expect("a small tree"));
            (tree.shape.path(node), (tree.flat[row], tree.cum[row]))
        };
        (0..tree.shape.len()).map(path_and_values).collect()
    }

    fn paths_by_hand(stacks: &Stacks<'_>, is_inverted: bool) -> Paths {
        let mut paths = Paths::default();
        paths.insert(Vec::new(), (0, 0));
        let mut stack = Vec::new();
        for index in (0..stacks.len()).filter(|&index| stacks.weight(index) != 0) {
            stacks.read_stack(index, &mut stack);
            if is_inverted {
                stack.reverse();
            }
            for depth in 0..=stack.len() {
                paths.entry(stack[..depth].to_vec()).or_default().1 += stacks.weight(index);
            }
            paths.entry(stack.clone()).or_default().0 += stacks.weight(index);
        }
        paths
    }

    /// Profiles of few functions, so that paths meet, some of them inlined, with stacks up to 12 locations deep.
    fn any_profile(max_value: i64) -> impl Strategy<Value = Profile> {
        let stack = prop::collection::vec((0_u8..5, prop::bool::weighted(0.2)), 0..12);
        let sample = (stack, -max_value..=max_value);
        prop::collection::vec(sample, 0..60).prop_map(|samples| {
            let line = |(stack, value): (Vec<(u8, bool)>, i64)| {
                let locations: Vec<String> = stack
                    .iter()
                    .map(|(function, is_inlined)| {
                        format!("f{function}{}", if *is_inlined { "+i" } else { "" })
                    })
                    .collect();
                format!("{} {value}", if locations.is_empty() { "-".to_owned() } else { locations.join(";") })
            };
            profile(&samples.into_iter().map(line).collect::<Vec<_>>().join("\n"))
        })
    }

    proptest! {
        #[test]
        fn trees_say_what_adding_up_paths_says(profile in any_profile(3)) {
            let stacks = select(&profile, &StackQuery::default()).expect("a query without filters");
            prop_assert_eq!(paths_of(&call_tree(&stacks)), paths_by_hand(&stacks, false));
            prop_assert_eq!(paths_of(&inverted_tree(&stacks)), paths_by_hand(&stacks, true));
        }

        #[test]
        fn every_tree_is_well_formed(profile in any_profile(9)) {
            let query = StackQuery { granularity: Granularity::Lines, ..StackQuery::default() };
            let stacks = select(&profile, &query).expect("a query without filters");
            let tree = call_tree(&stacks);
            let n = tree.shape.len();
            prop_assert_eq!(tree.flat.len(), n);
            prop_assert_eq!(tree.shape.first_child.len(), n + 1);
            prop_assert_eq!(tree.flat.iter().sum::<i64>(), tree.cum[0]);
            let ranks = tree.frames.unique_ranks();
            for row in 0..n {
                let children = tree.shape.children(NodeId(u32::try_from(row).expect("a small tree")));
                prop_assert!(children.is_empty() || children.start > row);
                let below: i64 = children.clone().map(|child| tree.cum[child]).sum();
                prop_assert_eq!(tree.flat[row] + below, tree.cum[row]);
                for child in children.clone() {
                    prop_assert_eq!(tree.shape.parent[child].index(), row);
                }
                let keys: Vec<_> = children
                    .map(|child| (std::cmp::Reverse(tree.cum[child].abs()), ranks[tree.shape.frame[child].index()]))
                    .collect();
                prop_assert!(keys.is_sorted() && keys.windows(2).all(|pair| pair[0].1 != pair[1].1));
            }
        }
    }

    /// What of a tree is left if nodes below a magnitude have no children.
    fn cut(tree: &CallTree, min_magnitude: f64) -> Paths {
        let is_narrow = |node: NodeId| (tree.cum[node.index()].unsigned_abs() as f64) < min_magnitude;
        let mut paths = Paths::default();
        let mut nodes = vec![NodeId::ROOT];
        while let Some(node) = nodes.pop() {
            let (flat, cum) = (tree.flat[node.index()], tree.cum[node.index()]);
            paths.insert(tree.shape.path(node), (if is_narrow(node) { cum } else { flat }, cum));
            if !is_narrow(node) {
                nodes.extend(
                    tree.shape.children(node).map(|row| NodeId(u32::try_from(row).expect("a small tree"))),
                );
            }
        }
        paths
    }

    #[test]
    fn a_wide_tree_is_the_whole_tree_cut_at_narrow_nodes() {
        let line = |index: u64| {
            let depth = 1 + index % 19;
            let frames: Vec<String> =
                (0..depth).map(|depth| format!("f{}", ((index * index) >> (depth % 11)) % 5)).collect();
            format!("{} {}", frames.join(";"), index % 5)
        };
        let profile = profile(&(0..9000).map(line).collect::<Vec<_>>().join("\n"));
        let stacks = select(&profile, &StackQuery::default()).expect("a query without filters");
        for (direction, whole) in
            [(Direction::TopDown, call_tree(&stacks)), (Direction::Inverted, inverted_tree(&stacks))]
        {
            for percent in [0.01, 0.1, 2.0, 30.0, 100.0] {
                let expected = cut(&whole, whole.cum[0] as f64 * percent / 100.0);
                assert_eq!(paths_of(&wide_tree(&stacks, direction, percent)), expected, "{percent} %");
            }
        }
    }

    #[test]
    fn trees_do_not_depend_on_the_number_of_threads() {
        let line = |index: u64| {
            let frames: Vec<String> =
                (0..index % 23).map(|depth| format!("f{}", (index >> (depth % 13)) % 7)).collect();
            format!(
                "root;{}leaf {}",
                frames.iter().map(|frame| format!("{frame};")).collect::<String>(),
                index % 5
            )
        };
        let profile = profile(&(0..9000).map(line).collect::<Vec<_>>().join("\n"));
        let stacks = select(&profile, &StackQuery::default()).expect("a query without filters");
        let on_threads = |n_threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(n_threads)
                .build()
                .expect("threads can be started");
            pool.install(|| (call_tree(&stacks), inverted_tree(&stacks)))
        };
        let one = on_threads(1);
        assert_eq!(one, on_threads(2));
        assert_eq!(one, on_threads(5));
        assert_eq!(paths_of(&one.0), paths_by_hand(&stacks, false));
        assert_eq!(paths_of(&one.1), paths_by_hand(&stacks, true));
    }
}
