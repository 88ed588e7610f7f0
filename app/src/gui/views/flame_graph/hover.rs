//! What the pointer learns about a box, at once: name, flat, cum, share of the total and of the caller.

use eframe::egui::{Frame, Margin, PopupAnchor, Response, RichText, Tooltip, Ui};
use goscope_analysis::profile::call_tree::NodeId;
use goscope_flamegraph::layout::{BoxKind, FlameBox};

use crate::gui::theme::{self, Tokens};
use crate::gui::widgets::number_grid::{GridCell, number_grid_ui};
use crate::query::side_format::SideFormat;
use crate::query::tree::Tree;
use crate::text;
use goscope_analysis::profile::direction::Direction;

/// What screen readers say of a box.
pub(super) fn spoken_text(tree: &Tree, format: &SideFormat, node: NodeId) -> String {
    let cum = tree.cum(node);
    format!("{}, {}, {}", tree.title(node), format.text(cum), text::share(cum, tree.total))
}

/// Shows the facts beside the pointer.
pub(super) fn tooltip_ui(
    ui: &Ui,
    canvas: &Response,
    (tree, format): (&Tree, &SideFormat),
    hovered: &FlameBox,
) {
    let tooltip = Tooltip::always_open(
        ui.ctx().clone(),
        canvas.layer_id,
        canvas.id.with("hover"),
        PopupAnchor::Pointer,
    );
    tooltip.gap(14.0).show(|ui| {
        ui.set_max_width(560.0);
        Frame::new().inner_margin(Margin::same(6)).show(ui, |ui| match hovered.kind {
            BoxKind::Node => {
                facts_ui(ui, (tree, format), hovered.node);
                hint_ui(ui, "click: select · double click: zoom · right click: filter");
            }
            BoxKind::Trunk { last, count } => trunk_ui(ui, (tree, format), (hovered.node, last), count),
            BoxKind::Merged { count, weight } => merged_ui(ui, format, count, weight),
        });
    });
}

fn facts_ui(ui: &mut Ui, (tree, format): (&Tree, &SideFormat), node: NodeId) {
    let tokens = theme::tokens(ui);
    ui.label(RichText::new(tree.title(node)).font(theme::mono()).color(tokens.text));
    ui.add_space(theme::GRID);
    let parent = tree.shape().parent(node);
    match tree.base(node) {
        None => single_grid_ui(ui, (tree, format), node, parent),
        Some(base) => diff_grid_ui(ui, (tree, format), node, base),
    }
}

fn single_grid_ui(ui: &mut Ui, (tree, format): (&Tree, &SideFormat), node: NodeId, parent: Option<NodeId>) {
    let tones = Tones::of(ui);
    let (cum, flat) = (tree.cum(node), tree.flat(node));
    // The function of a sandwich stands below its callers, not below everything.
    let parent = parent.filter(|&parent| !tree.is_around(node, parent));
    let of_caller = parent.map(|parent| text::share(cum, tree.cum(parent))).unwrap_or_default();
    // With the leaves at the root, a box further out calls the one under it.
    let (above, is_top_down) = match tree.direction {
        Direction::TopDown => ("of caller", true),
        Direction::Inverted => ("of callee", false),
    };
    let mut rows = vec![
        ["", "value", "of total", above].map(|text| tones.head(text)).to_vec(),
        vec![
            tones.name("cum"),
            tones.number(format.text(cum)),
            tones.number(text::share(cum, tree.total)),
            tones.number(of_caller),
        ],
    ];
    if is_top_down {
        rows.push(vec![
            tones.name("flat"),
            tones.number(format.text(flat)),
            tones.number(text::share(flat, tree.total)),
        ]);
    }
    number_grid_ui(ui, &rows);
}

fn diff_grid_ui(
    ui: &mut Ui,
    (tree, format): (&Tree, &SideFormat),
    node: NodeId,
    (base_flat, base_cum): (i64, i64),
) {
    let tones = Tones::of(ui);
    let row = |name: &str, base: i64, head: i64| {
        let delta = head.wrapping_sub(base);
        vec![
            tones.name(name),
            tones.number(format.text(base)),
            tones.number(format.text(head)),
            tones.change(format.signed_text(delta), delta),
            tones.change(text::change(base, head), delta),
        ]
    };
    number_grid_ui(
        ui,
        &[
            ["", "base", "head", "change", ""].map(|text| tones.head(text)).to_vec(),
            row("cum", base_cum, tree.cum(node)),
            row("flat", base_flat, tree.flat(node)),
        ],
    );
}

/// The frames of a chain, from the outermost.
fn trunk_ui(ui: &mut Ui, (tree, format): (&Tree, &SideFormat), (first, last): (NodeId, NodeId), count: u32) {
    const MAX_FRAMES: usize = 24;
    let tokens = theme::tokens(ui);
    let shape = tree.shape();
    let mut frames: Vec<NodeId> =
        std::iter::successors(Some(last), |&node| shape.parent(node).filter(|_| node != first)).collect();
    frames.reverse();
    let head = format!("{count} frames that pass on all they get, {}", format.text(tree.cum(first)));
    ui.label(RichText::new(head).font(theme::body()).color(tokens.text));
    for node in frames.iter().take(MAX_FRAMES) {
        ui.label(RichText::new(tree.title(*node)).font(theme::mono_small()).color(tokens.text_quiet));
    }
    if frames.len() > MAX_FRAMES {
        hint_ui(ui, &format!("and {} more", frames.len() - MAX_FRAMES));
    }
    hint_ui(ui, "click: a row for each of them");
}

fn hint_ui(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).font(theme::small()).color(theme::tokens(ui).text_faint));
}

fn merged_ui(ui: &mut Ui, format: &SideFormat, count: u32, weight: u64) {
    let tokens = theme::tokens(ui);
    let value = i64::try_from(weight).unwrap_or(i64::MAX);
    ui.label(RichText::new(format!("{count} narrow frames")).font(theme::body()).color(tokens.text));
    let facts = format!("{} together. Click to zoom in.", format.text(value));
    ui.label(RichText::new(facts).font(theme::small()).color(tokens.text_quiet));
}

/// How loud the parts of the grid are.
struct Tones(&'static Tokens);

impl Tones {
    fn of(ui: &Ui) -> Self {
        Self(theme::tokens(ui))
    }

    fn head(&self, text: &str) -> GridCell {
        GridCell { text: text.to_owned(), font: theme::small(), color: self.0.text_faint }
    }

    fn name(&self, text: &str) -> GridCell {
        GridCell { text: text.to_owned(), font: theme::small(), color: self.0.text_quiet }
    }

    fn number(&self, text: String) -> GridCell {
        GridCell { text, font: theme::mono(), color: self.0.text }
    }

    fn change(&self, text: String, delta: i64) -> GridCell {
        let color = match delta {
            0 => self.0.text_faint,
            1.. => self.0.increase,
            _ => self.0.decrease,
        };
        GridCell { text, font: theme::mono(), color }
    }
}
