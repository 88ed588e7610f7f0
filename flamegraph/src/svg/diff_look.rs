//! What the boxes of a differential tree show: name, values of both sides and the color of the change.

use goscope_analysis::profile::call_tree::NodeId;
use goscope_analysis::profile::diff::DiffTree;
use goscope_analysis::value::ValueFormat;

use super::interactive_svg::Look;
use super::options::SvgOptions;
use super::tree_look::{name_of, share};
use crate::flame_tree::{DiffWidth, change_part, node_id};
use crate::palette::change_color;

/// What the boxes of a differential tree show.
pub(super) struct DiffLook<'a> {
    tree: &'a DiffTree,
    /// What is 100 % of each side.
    totals: (i64, i64),
    /// The change that has the strongest color.
    largest: u64,
    format: ValueFormat,
    options: &'a SvgOptions,
}

impl<'a> DiffLook<'a> {
    pub(super) fn new(tree: &'a DiffTree, largest: u64, options: &'a SvgOptions) -> Self {
        let totals = (tree.base_cum[0], tree.head_cum[0]);
        Self { tree, totals, largest, format: ValueFormat::auto(&options.unit), options }
    }

    /// The same, where the tree is a part of something that has these totals.
    pub(super) fn of_totals(self, totals: (i64, i64)) -> Self {
        Self { totals, ..self }
    }

    /// What a box shows; grey if its change may be chance.
    pub(super) fn look(&self, node: NodeId, is_colored: bool) -> Look {
        let Self { tree, totals, largest, format, options } = self;
        let (base, head) = (tree.base_cum[node.index()], tree.head_cum[node.index()]);
        let facts = format!(
            "base {} {}, head {} {}, {}",
            format.text(base),
            share(base, totals.0),
            format.text(head),
            share(head, totals.1),
            change_text(base, head, format),
        );
        let part = if is_colored { change_part(tree, node, *largest) } else { 0.0 };
        Look { name: name_of(*tree, node), facts, fill: change_color(part, options.theme) }
    }

    /// What the picture is of, and how it is to be read.
    pub(super) fn facts(&self, width: DiffWidth) -> Vec<String> {
        let Self { tree, format, .. } = self;
        let (base, head) = (tree.base_cum[0], tree.head_cum[0]);
        let (drawn, other, missing) = match width {
            DiffWidth::Both => ("base + head", "", 0),
            DiffWidth::Head => ("head", "base", only_in(tree, &tree.base_cum, &tree.head_cum)),
            DiffWidth::Base => ("base", "head", only_in(tree, &tree.head_cum, &tree.base_cum)),
        };
        let mut facts = Vec::new();
        // Of sides on one scale the totals say nothing.
        if base != head {
            let change = change_text(base, head, format);
            facts.push(format!("base {} → head {}, {change}", format.text(base), format.text(head)));
        }
        facts.extend(["blue: less, orange: more, grey: unchanged".to_owned(), format!("width: {drawn}")]);
        if missing != 0 {
            facts.push(format!("not drawn: {} that only {other} has", format.text(missing)));
        }
        facts
    }
}

/// `+130ms +11.8%`, `new`, `gone` or `unchanged`.
fn change_text(base: i64, head: i64, format: &ValueFormat) -> String {
    match (base, head) {
        (base, head) if base == head => "unchanged".to_owned(),
        (0, _) => "new".to_owned(),
        (_, 0) => "gone".to_owned(),
        (base, head) => {
            let percent = 100.0 * (head as f64 - base as f64) / (base as f64).abs();
            format!("{} {percent:+.1}%", format.signed_text(head.saturating_sub(base)))
        }
    }
}

/// What one side has in frames that the other lacks altogether.
fn only_in(tree: &DiffTree, side: &[i64], other: &[i64]) -> i64 {
    let nodes = 1..tree.shape.len();
    let is_topmost = |&row: &usize| {
        let parent = tree.shape.parent(node_id(row)).map_or(0, NodeId::index);
        other[row] == 0 && (parent == 0 || other[parent] != 0)
    };
    nodes.filter(is_topmost).fold(0_i64, |sum, row| sum.saturating_add(side[row]))
}
