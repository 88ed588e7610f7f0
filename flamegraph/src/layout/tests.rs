//! Boxes as text, and what must hold for every tree and viewport.

use std::collections::BTreeMap;

use goscope_analysis::profile::call_tree::CallTree;
use proptest::prelude::*;

use super::*;
use crate::fixture::call_tree;
use crate::flame_tree::{DepthTable, Weights};

const SHOP: &str = "
    main;serve;read 40
    main;serve;write 20
    main;serve;log 1
    main;serve;trace 1
    main;serve 8
    main;gc 30";

fn name(tree: &CallTree, node: NodeId) -> &str {
    tree.shape.frame(node).map_or("all", |frame| &tree.frames.frame(frame).name)
}

fn node(tree: &CallTree, wanted: &str) -> NodeId {
    let nodes = (0..tree.shape.len()).map(|row| NodeId(u32::try_from(row).unwrap()));
    nodes.into_iter().find(|&node| name(tree, node) == wanted).unwrap()
}

/// One line a box: row, edges, name or what was merged or folded.
fn lines(tree: &CallTree, boxes: &[FlameBox]) -> String {
    let line = |flame_box: &FlameBox| {
        let FlameBox { node, row, x0, x1, kind } = flame_box;
        let what = match kind {
            BoxKind::Node => name(tree, *node).to_owned(),
            BoxKind::Merged { count, weight } => {
                format!("({count} of {weight}, first {})", name(tree, *node))
            }
            BoxKind::Trunk { last, count } => {
                format!("▸ {count} {} … {}", name(tree, *node), name(tree, *last))
            }
        };
        format!("{row} {x0:.2}..{x1:.2} {what}")
    };
    boxes.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn boxes_text(tree: &CallTree, viewport: &Viewport) -> String {
    lines(tree, &visible_boxes(tree, viewport))
}

#[test]
fn heavy_siblings_come_first_and_own_value_is_the_gap_at_the_end() {
    let tree = call_tree(SHOP);
    insta::assert_snapshot!(boxes_text(&tree, &Viewport::zoomed_to(NodeId::ROOT, 1000.0)), @"
    0 0.00..1.00 all
    1 0.00..1.00 main
    2 0.00..0.70 serve
    2 0.70..1.00 gc
    3 0.00..0.40 read
    3 0.40..0.60 write
    3 0.60..0.61 log
    3 0.61..0.62 trace
    ");
}

#[test]
fn siblings_that_are_too_narrow_merge_into_one_box() {
    let tree = call_tree(SHOP);
    let viewport = Viewport { min_box_px: 15.0, ..Viewport::zoomed_to(NodeId::ROOT, 1000.0) };
    insta::assert_snapshot!(boxes_text(&tree, &viewport), @"
    0 0.00..1.00 all
    1 0.00..1.00 main
    2 0.00..0.70 serve
    2 0.70..1.00 gc
    3 0.00..0.40 read
    3 0.40..0.60 write
    3 0.60..0.62 (2 of 2, first log)
    ");
}

#[test]
fn ancestors_of_the_zoomed_node_are_as_wide_as_the_picture() {
    let tree = call_tree(SHOP);
    insta::assert_snapshot!(boxes_text(&tree, &Viewport::zoomed_to(node(&tree, "serve"), 1000.0)), @"
    0 0.00..1.00 all
    1 0.00..1.00 main
    2 0.00..1.00 serve
    3 0.00..0.57 read
    3 0.57..0.86 write
    3 0.86..0.87 log
    3 0.87..0.89 trace
    ");
}

#[test]
fn by_name_sorts_what_is_seen_and_puts_the_merged_last() {
    let tree = call_tree("m;zebra 50\nm;ant 30\nm;bee 1\nm;cat 1\nm;yak 18");
    let viewport =
        Viewport { min_box_px: 20.0, order: SiblingOrder::Name, ..Viewport::zoomed_to(NodeId::ROOT, 1000.0) };
    insta::assert_snapshot!(boxes_text(&tree, &viewport), @"
    0 0.00..1.00 all
    1 0.00..1.00 m
    2 0.00..0.30 ant
    2 0.30..0.48 yak
    2 0.48..0.98 zebra
    2 0.98..1.00 (2 of 2, first bee)
    ");
}

#[test]
fn a_window_shows_what_it_cuts_and_magnifies_what_was_merged() {
    let tree = call_tree(SHOP);
    let viewport =
        Viewport { min_box_px: 15.0, window: 0.55..0.65, ..Viewport::zoomed_to(NodeId::ROOT, 1000.0) };
    insta::assert_snapshot!(boxes_text(&tree, &viewport), @"
    0 0.00..1.00 all
    1 0.00..1.00 main
    2 0.00..0.70 serve
    3 0.40..0.60 write
    3 0.60..0.61 log
    3 0.61..0.62 trace
    ");
    assert!((viewport.px_from_x(0.6) - 500.0).abs() < 1e-6);
    assert!((viewport.x_from_px(500.0) - 0.6).abs() < 1e-9);
}

#[test]
fn rows_outside_the_viewport_are_left_out() {
    let tree = call_tree(SHOP);
    let viewport = Viewport { rows: 2..3, ..Viewport::zoomed_to(NodeId::ROOT, 1000.0) };
    insta::assert_snapshot!(boxes_text(&tree, &viewport), @"
    2 0.00..0.70 serve
    2 0.70..1.00 gc
    ");
}

#[test]
fn a_tree_without_values_is_a_root() {
    let tree = call_tree("");
    insta::assert_snapshot!(boxes_text(&tree, &Viewport::zoomed_to(NodeId::ROOT, 1000.0)), @"0 0.00..1.00 all");
    let tree = call_tree("main;parse 0");
    insta::assert_snapshot!(boxes_text(&tree, &Viewport::zoomed_to(NodeId(1), 1000.0)), @"
    0 0.00..1.00 all
    1 0.00..1.00 main
    ");
}

#[test]
fn the_node_under_a_point_has_a_name_even_where_boxes_merge() {
    let tree = call_tree(SHOP);
    let viewport = Viewport { min_box_px: 15.0, ..Viewport::zoomed_to(NodeId::ROOT, 1000.0) };
    let boxes = visible_boxes(&tree, &viewport);
    let merged = box_at(&boxes, 0.615, 3).unwrap();
    assert!(matches!(merged.kind, BoxKind::Merged { count: 2, weight: 2 }));
    let names = [(0.605, 3), (0.615, 3), (0.65, 3), (0.1, 4), (0.5, 0), (1.0, 0)]
        .map(|(x, row)| node_at(&tree, &viewport, x, row).map_or("nothing", |node| name(&tree, node)));
    assert_eq!(names, ["log", "trace", "nothing", "nothing", "all", "nothing"]);
}

#[test]
fn above_the_zoomed_node_a_point_names_its_ancestor() {
    let tree = call_tree(SHOP);
    let viewport = Viewport::zoomed_to(node(&tree, "serve"), 1000.0);
    let names = [0, 1, 2, 3].map(|row| name(&tree, node_at(&tree, &viewport, 0.01, row).unwrap()));
    assert_eq!(names, ["all", "main", "serve", "read"]);
}

#[test]
fn flames_grow_upwards_and_icicles_downwards() {
    let flame = [0, 1, 2].map(|row| Orientation::Flame.screen_row_from_row(row, 3));
    let icicle = [0, 1, 2].map(|row| Orientation::Icicle.screen_row_from_row(row, 3));
    assert_eq!((flame, icicle), ([2, 1, 0], [0, 1, 2]));
}

#[test]
fn work_depends_on_the_pixels_and_not_on_the_tree() {
    let stacks: String = (0..5_000).map(|n| format!("main;f{n} {}\n", 5_000 - n)).collect();
    let tree = call_tree(&stacks);
    let boxes =
        visible_boxes(&tree, &Viewport { min_box_px: 4.0, ..Viewport::zoomed_to(NodeId::ROOT, 400.0) });
    assert_eq!(boxes.len(), 3, "root, main and one box for 5,000 narrow functions");
    assert!(matches!(boxes[2].kind, BoxKind::Merged { count: 5_000, weight: 12_502_500 }));
}

/// Stacks of up to six frames of four functions, with values of both signs if asked for.
fn stacks(values: std::ops::Range<i64>) -> impl Strategy<Value = String> {
    let stack = prop::collection::vec(prop::sample::select(vec!["a", "b", "c", "d"]), 1..6);
    let stacks = prop::collection::vec((stack, values), 1..40);
    stacks.prop_map(|stacks| {
        stacks.iter().map(|(stack, value)| format!("{} {value}\n", stack.join(";"))).collect()
    })
}

fn viewports() -> impl Strategy<Value = Viewport> {
    let order = prop::sample::select(vec![SiblingOrder::Weight, SiblingOrder::Name]);
    (0.0..0.9_f64, 0.05..1.0_f64, 1.0..500.0_f64, 0.0..20.0_f64, order).prop_map(
        |(start, len, width_px, min_box_px, order)| Viewport {
            window: start..(start + len).min(1.0),
            min_box_px,
            order,
            ..Viewport::zoomed_to(NodeId::ROOT, width_px)
        },
    )
}

/// Boxes of a row lie side by side, each on its caller's, and inside the window.
fn check_boxes(tree: &impl FlameTree, viewport: &Viewport) -> Result<(), TestCaseError> {
    let boxes = visible_boxes(tree, viewport);
    let drawn: BTreeMap<NodeId, &FlameBox> =
        boxes.iter().filter(|one| one.kind == BoxKind::Node).map(|one| (one.node, one)).collect();
    for pair in boxes.windows(2) {
        prop_assert!((pair[0].row, pair[0].x1) <= (pair[1].row, pair[1].x0) || pair[0].row < pair[1].row);
    }
    for one in boxes.iter().filter(|one| one.row > 0) {
        let parent = drawn[&tree.shape().parent(one.node).unwrap()];
        prop_assert!(parent.row + 1 == one.row && parent.x0 <= one.x0 && one.x1 <= parent.x1);
        prop_assert!(one.x0 < viewport.window.end && one.x1 > viewport.window.start);
        let middle = f64::midpoint(one.x0, one.x1);
        prop_assert_eq!(box_at(&boxes, middle, one.row), Some(one));
        let under = node_at(tree, viewport, middle, one.row).unwrap();
        let siblings = tree.shape().children(parent.node);
        prop_assert!(siblings.contains(&under.index()) && (one.kind != BoxKind::Node || under == one.node));
    }
    Ok(())
}

/// Stacks that go a long way together before they part.
fn trunks() -> impl Strategy<Value = String> {
    let stack = (0..3_u8, 0..9_usize, 0..9_usize, 0..60_i64);
    prop::collection::vec(stack, 1..6).prop_map(|stacks| {
        let line = |(which, common, own, value): (u8, usize, usize, i64)| {
            let common = (0..common).map(|level| format!("t{which}.{level}"));
            let own = (0..own).map(|level| format!("o{level}"));
            format!(
                "{} {value}\n",
                std::iter::once("main".to_owned()).chain(common).chain(own).collect::<Vec<_>>().join(";")
            )
        };
        stacks.into_iter().map(line).collect()
    })
}

proptest! {
    #[test]
    fn every_box_lies_on_its_caller(text in stacks(0..100), viewport in viewports()) {
        check_boxes(&call_tree(&text), &viewport)?;
    }

    #[test]
    fn so_it_does_where_values_cancel(text in stacks(-50..50), viewport in viewports()) {
        let tree = call_tree(&text);
        let weights = Weights::of_magnitudes(&tree);
        check_boxes(&weights.on(&tree), &viewport)?;
    }

    #[test]
    fn nothing_is_lost_by_merging(text in stacks(1..100), min_box_px in 0.0..200.0_f64) {
        let tree = call_tree(&text);
        let viewport = Viewport { min_box_px, ..Viewport::zoomed_to(NodeId::ROOT, 200.0) };
        let boxes = visible_boxes(&tree, &viewport);
        for parent in boxes.iter().filter(|one| one.kind == BoxKind::Node) {
            let children = boxes.iter().filter(|one| tree.shape.parent(one.node) == Some(parent.node));
            let (mut weight, mut count) = (tree.self_weight(parent.node), 0);
            for child in children {
                match child.kind {
                    BoxKind::Node => { weight += tree.weight(child.node); count += 1; }
                    BoxKind::Merged { count: merged, weight: of_merged } => { weight += of_merged; count += merged; }
                    BoxKind::Trunk { .. } => prop_assert!(false, "nothing was to be folded"),
                }
            }
            prop_assert_eq!(weight, tree.weight(parent.node));
            prop_assert_eq!(count as usize, tree.shape.children(parent.node).len());
        }
    }

    #[test]
    fn folding_moves_boxes_up_and_hides_none_but_those_in_trunks(text in trunks(), kept in 0..40_u32) {
        let tree = call_tree(&text);
        let viewport = Viewport::zoomed_to(NodeId::ROOT, 1000.0);
        let is_kept = |node: NodeId| node.0 == kept;
        let folding = Folding { is_kept: &is_kept };
        let folded = folded_boxes(&tree, &viewport, Some(folding));
        let mut hidden = std::collections::BTreeSet::new();
        // All but the last of each trunk: what little they pass on to others is not drawn either.
        let mut inner = std::collections::BTreeSet::new();
        for one in &folded {
            if let BoxKind::Trunk { mut last, count } = one.kind {
                for _ in 1..count {
                    hidden.insert(last);
                    last = tree.shape.parent(last).unwrap();
                    inner.insert(last);
                }
                prop_assert_eq!(last, one.node);
                prop_assert!(count >= 4);
            }
        }
        prop_assert!(!hidden.contains(&NodeId(kept)));
        let parent = |node: NodeId| tree.shape.parent(node);
        let is_beside = |node: NodeId| {
            let mut path = std::iter::successors(Some(node), |&node| parent(node));
            path.any(|node| !hidden.contains(&node) && parent(node).is_some_and(|it| inner.contains(&it)))
        };
        for one in visible_boxes(&tree, &viewport) {
            if is_beside(one.node) {
                let percent = 100 * tree.weight(one.node) / tree.weight(NodeId::ROOT);
                prop_assert!(percent <= 1, "{percent} % are beside a trunk");
                continue;
            }
            let same = folded.iter().find(|other| (other.node, other.x0, other.x1) == (one.node, one.x0, one.x1));
            prop_assert_eq!(same.is_none(), one.kind == BoxKind::Node && hidden.contains(&one.node));
            prop_assert!(same.is_none_or(|same| same.row <= one.row));
            if let (Some(same), BoxKind::Node) = (same, one.kind) {
                prop_assert_eq!(folded_row(&tree, &viewport, folding, one.node), same.row);
            }
        }
        let last = folded.iter().map(|one| one.row).max().unwrap_or(0);
        prop_assert_eq!(n_folded_rows(&tree, &viewport, folding), last + 1);
    }

    #[test]
    fn the_last_row_is_the_depth(text in stacks(1..100)) {
        let tree = call_tree(&text);
        let viewport = Viewport { min_box_px: 0.0, ..Viewport::zoomed_to(NodeId::ROOT, 1000.0) };
        let last = visible_boxes(&tree, &viewport).last().unwrap().row;
        prop_assert_eq!(last + 1, DepthTable::new(&tree.shape).n_rows(&tree.shape, NodeId::ROOT));
    }
}

const TRUNK: &str = "
    main;a;b;c;d;e;read 60
    main;a;b;c;d;e;write 40
    main;other;x;y;z 300";

fn none_kept(_: NodeId) -> bool {
    false
}

fn folded_text(tree: &CallTree, viewport: &Viewport, is_kept: &dyn Fn(NodeId) -> bool) -> String {
    lines(tree, &folded_boxes(tree, viewport, Some(Folding { is_kept })))
}

#[test]
fn a_chain_that_passes_on_all_it_gets_is_one_row_and_what_spends_time_is_not_folded() {
    let tree = call_tree(TRUNK);
    let viewport = Viewport::zoomed_to(NodeId::ROOT, 1000.0);
    insta::assert_snapshot!(folded_text(&tree, &viewport, &none_kept), @"
    0 0.00..1.00 all
    1 0.00..1.00 main
    2 0.00..0.75 other
    2 0.75..1.00 ▸ 5 a … e
    3 0.00..0.75 x
    3 0.75..0.90 read
    3 0.90..1.00 write
    4 0.00..0.75 y
    5 0.00..0.75 z
    ");
    assert_eq!(n_folded_rows(&tree, &viewport, Folding { is_kept: &none_kept }), 6);
}

#[test]
fn what_is_kept_has_a_row_of_its_own() {
    let tree = call_tree(TRUNK);
    let viewport = Viewport { rows: 2..4, ..Viewport::zoomed_to(node(&tree, "a"), 1000.0) };
    let is_e = |other: NodeId| other == node(&tree, "e");
    insta::assert_snapshot!(folded_text(&tree, &viewport, &is_e), @"
    2 0.00..1.00 a
    3 0.00..1.00 b
    ");
    let viewport = Viewport::zoomed_to(NodeId::ROOT, 1000.0);
    insta::assert_snapshot!(folded_text(&tree, &viewport, &is_e), @"
    0 0.00..1.00 all
    1 0.00..1.00 main
    2 0.00..0.75 other
    2 0.75..1.00 ▸ 4 a … d
    3 0.00..0.75 x
    3 0.75..1.00 e
    4 0.00..0.75 y
    4 0.75..0.90 read
    4 0.90..1.00 write
    5 0.00..0.75 z
    ");
    let folding = Folding { is_kept: &none_kept };
    let row = |wanted: &str| folded_row(&tree, &viewport, folding, node(&tree, wanted));
    assert_eq!([row("e"), row("c"), row("read"), row("z"), row("main")], [3, 4, 3, 5, 1]);
}

#[test]
fn callers_of_the_zoomed_node_are_folded_too() {
    let tree = call_tree(TRUNK);
    let viewport = Viewport::zoomed_to(node(&tree, "write"), 1000.0);
    insta::assert_snapshot!(folded_text(&tree, &viewport, &none_kept), @"
    0 0.00..1.00 all
    1 0.00..1.00 main
    2 0.00..1.00 ▸ 5 a … e
    3 0.00..1.00 write
    ");
}

#[test]
fn narrow_chains_keep_their_rows() {
    let tree = call_tree(TRUNK);
    let viewport = Viewport::zoomed_to(NodeId::ROOT, 400.0);
    assert!(!folded_text(&tree, &viewport, &none_kept).contains('▸'));
}
