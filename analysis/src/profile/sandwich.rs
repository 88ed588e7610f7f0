//! One function between all that calls it and all that it calls: two trees that share its box.
//!
//! ```text
//!   main   │ init │        callers: read from the function up, merged; its root stands for the function
//!   serve         │ cron
//! ─────────────────────────
//!   parse                  the function: the one child of the root of the callees, as wide as the root of the callers
//! ─────────────────────────
//!   scan      │ alloc │ ·  callees: all below it, merged; what is left at the right is its own
//! ```
//!
//! Every sample that holds the function counts once, whole, and is cut at the function's *outermost* occurrence, where
//! pprof's `show_from` cuts: what is above are the callers, and recursion is seen below, as a callee of itself. So the
//! callers, with what nothing calls, add up to the function's cum, and so do its callees with what is its own.
//! Without recursion these are the numbers of [`peek`](super::peek::peek), which counts every call of a sample.

use super::call_tree::{self, CallTree};
use super::diff::{self, Comparison, DiffTree};
use super::direction::Direction;
use super::frame::Frame;
use super::frame::FrameTable;
use super::stacks::Stacks;
use super::tree::Reading;

/// One of the two trees of a sandwich: with [`Direction::TopDown`] the callees, whose root has the function as its one
/// child; with [`Direction::Inverted`] the callers, whose root is the function. `None` if the stacks do not hold it.
pub fn half(stacks: &Stacks<'_>, around: &Frame, direction: Direction) -> Option<CallTree> {
    Some(call_tree::build_tree(stacks, reading(stacks.frames(), around, direction)?, 0.0))
}

/// The same of two sides. `None` if neither holds the function.
pub fn diff_half(comparison: &Comparison<'_>, around: &Frame, direction: Direction) -> Option<DiffTree> {
    Some(diff::build_tree(comparison, reading(&comparison.frames, around, direction)?))
}

fn reading(frames: &FrameTable, around: &Frame, direction: Direction) -> Option<Reading> {
    Some(Reading { direction, around: Some(frames.find(around)?) })
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;
    use crate::profile::call_tree::NodeId;
    use crate::profile::diff::{DiffScale, compare};
    use crate::profile::peek::{Call, peek};
    use crate::profile::query::StackQuery;
    use crate::profile::stacks::select;
    use crate::testing::{profile, tree_text};

    fn function(name: &str) -> Frame {
        Frame { name: name.to_owned(), ..Frame::default() }
    }

    /// Callers and callees of `f`.
    fn check(text: &str) -> String {
        let profile = profile(text);
        let stacks = select(&profile, &StackQuery::default()).expect("a query without filters");
        let text = |direction| half(&stacks, &function("f"), direction).map(|tree| tree_text(&tree));
        let none = || "no f\n".to_owned();
        let callers = text(Direction::Inverted).unwrap_or_else(none);
        format!("callers {callers}callees {}", text(Direction::TopDown).unwrap_or_else(none))
    }

    #[test]
    fn callers_grow_up_from_the_function_and_callees_down() {
        assert_snapshot!(check(
            "main;serve;f;a;x 5
             main;serve;f;b 2
             init;f;a 1
             f 4
             main;g 9"
        ), @r"
        callers (root) 4 12
          serve 0 7
            main 7 7
          init 1 1
        callees (root) 0 12
          f 4 12
            a 1 6
              x 5 5
            b 2 2
        ");
    }

    #[test]
    fn recursion_is_cut_at_the_outermost_call_and_seen_below() {
        assert_snapshot!(check("main;f;g;f;f 5\nmain;f 1"), @r"
        callers (root) 0 6
          main 6 6
        callees (root) 0 6
          f 1 6
            g 0 5
              f 0 5
                f 5 5
        ");
    }

    #[test]
    fn inlined_calls_are_calls() {
        assert_snapshot!(check("main;serve+f+a;b 3"), @r"
        callers (root) 0 3
          serve 0 3
            main 3 3
        callees (root) 0 3
          f 0 3
            a 0 3
              b 3 3
        ");
    }

    #[test]
    fn a_function_that_nothing_holds_has_no_halves() {
        assert_snapshot!(check("main;g 3"), @r"
        callers no f
        callees no f
        ");
    }

    #[test]
    fn two_sides_are_cut_alike() {
        let (base, head) = (profile("main;f;a 5\nmain;g 1"), profile("init;f;a 2\nmain;f 3"));
        let sides =
            [&base, &head].map(|side| vec![select(side, &StackQuery::default()).expect("no filters")]);
        let comparison = compare(&sides[0], &sides[1], DiffScale::Totals).expect("one type");
        let callers = diff_half(&comparison, &function("f"), Direction::Inverted).expect("both hold it");
        let callees = diff_half(&comparison, &function("f"), Direction::TopDown).expect("both hold it");
        assert_eq!((callers.base_cum[0], callers.head_cum[0]), (5, 5));
        assert_eq!((callees.base_cum[0], callees.head_cum[0]), (5, 5));
        assert_eq!(callers.base_cum, [5, 5, 0]);
        assert_eq!(callers.head_cum, [5, 3, 2]);
        assert_eq!(callees.head_flat, [0, 3, 2]);
    }

    /// Samples of few functions, so that recursion is common.
    fn any_samples() -> impl Strategy<Value = String> {
        let stack = prop::collection::vec((0_u8..5, prop::bool::weighted(0.2)), 1..9);
        prop::collection::vec((stack, -3_i64..9), 1..40).prop_map(|samples| {
            let frame = |(name, is_inlined): &(u8, bool)| {
                let name = if *name == 0 { "f".to_owned() } else { format!("g{name}") };
                if *is_inlined { format!("{name}+i") } else { name }
            };
            let line = |(stack, value): &(Vec<(u8, bool)>, i64)| {
                format!("{} {value}", stack.iter().map(frame).collect::<Vec<_>>().join(";"))
            };
            samples.iter().map(line).collect::<Vec<_>>().join("\n")
        })
    }

    fn children(tree: &CallTree, node: NodeId) -> Vec<(String, i64)> {
        let name = |row: usize| tree.frames.frame(tree.shape.frame[row]).name.clone();
        let mut all: Vec<_> = tree.shape.children(node).map(|row| (name(row), tree.cum[row])).collect();
        all.sort();
        all
    }

    fn calls(calls: &[Call], frames: &FrameTable) -> Vec<(String, i64)> {
        let mut all: Vec<_> =
            calls.iter().map(|call| (frames.frame(call.frame).name.clone(), call.weight)).collect();
        all.sort();
        all
    }

    /// A call that adds up to nothing is a call all the same for `peek`, and no less for trees.
    fn is_recursive(stacks: &Stacks<'_>) -> bool {
        let Some(id) = stacks.frames().find(&function("f")) else { return false };
        let mut stack = Vec::new();
        (0..stacks.len()).any(|index| {
            stacks.read_stack(index, &mut stack);
            stack.iter().filter(|&&frame| frame == id).count() > 1
        })
    }

    proptest! {
        #[test]
        fn both_halves_add_up_to_the_function(text in any_samples()) {
            let profile = profile(&text);
            let stacks = select(&profile, &StackQuery::default()).expect("a query without filters");
            let halves = [Direction::Inverted, Direction::TopDown].map(|direction| half(&stacks, &function("f"), direction));
            let [Some(callers), Some(callees)] = halves else {
                prop_assert!(stacks.frames().find(&function("f")).is_none());
                return Ok(());
            };
            let around = peek(&stacks, stacks.frames().find(&function("f")).expect("it has halves"));
            prop_assert_eq!(callers.cum[0], around.cum);
            prop_assert_eq!(callees.cum[0], around.cum);
            let sum = |tree: &CallTree, node| children(tree, node).iter().map(|(_, value)| value).sum::<i64>();
            prop_assert_eq!(sum(&callers, NodeId::ROOT) + callers.flat[0], around.cum, "callers and what nothing calls");
            prop_assert_eq!(callees.flat[0], 0, "every stack begins with it");
            if callees.shape.len() == 1 {
                return Ok(());
            }
            let itself = NodeId(1);
            prop_assert_eq!(children(&callees, NodeId::ROOT).len(), 1);
            prop_assert_eq!(sum(&callees, itself) + callees.flat[1], around.cum, "callees and its own");
            let names = callers.shape.frame.iter().skip(1).map(|&frame| &callers.frames.frame(frame).name);
            prop_assert!(names.into_iter().all(|name| name != "f"), "nothing above the outermost call is a call of it");
            if !is_recursive(&stacks) {
                prop_assert_eq!(callees.flat[1], around.flat);
                prop_assert_eq!(children(&callers, NodeId::ROOT), calls(&around.callers, &callers.frames));
                prop_assert_eq!(children(&callees, itself), calls(&around.callees, &callees.frames));
            }
        }
    }
}
