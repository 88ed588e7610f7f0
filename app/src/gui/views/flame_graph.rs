//! The flame graph of a tab: asks for the tree, lays out what is seen of it, turns clicks and keys into commands.
//!
//! Boxes are laid out again only when tree, zoom, size, theme or search change; a frame that only moves the
//! pointer draws those of the frame before.

mod geometry;
mod header;
mod hover;
mod layout;
mod motion;
mod pane;
mod sandwich;

use std::sync::Arc;

use eframe::egui::{Color32, Margin, Ui};
use goscope_analysis::profile::call_tree::NodeId;

use self::geometry::Geometry;
use self::header::header_ui;
use self::layout::FlameState;
pub use self::pane::canvas_id;
use self::pane::{Pane, found, pane_ui, selected_node, take_motions};
use crate::gui::parts::placeholder::{nothing_yet_ui, sentence_ui};
use crate::gui::selection::{FrameKey, node_of};
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::workspace::{ContentKind, Orientation};
use crate::query::side_format::SideFormat;
use crate::query::trace::selection::{Flame, FlameKind};
use crate::query::tree::{Tree, TreeQuery};

/// The view.
pub struct FlameGraph;

/// The boxes of the last frame: of whole stacks, and of the two halves of a sandwich.
#[derive(Debug, Default)]
pub struct FlameGraphState {
    whole: FlameState,
    halves: sandwich::HalfStates,
}

impl View for FlameGraph {
    type State = FlameGraphState;

    fn id(&self) -> ViewId {
        ViewId::FlameGraph
    }

    fn frame(&self, tokens: &theme::Tokens) -> (Color32, Margin) {
        (tokens.ground, Margin::ZERO)
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, state: &mut FlameGraphState) {
        let documents = match ctx.profile_documents() {
            Ok(documents) => documents,
            Err(status) => {
                nothing_yet_ui(ui, &status, ctx.making());
                return;
            }
        };
        let ctx = &ctx.about(documents.get());
        if let Some(around) = &ctx.lens().around {
            sandwich::sandwich_ui(ui, ctx, around, &mut state.halves);
            return;
        }
        if ctx.tab.content.kind() == ContentKind::Benchmarks && ctx.explain_query().is_none() {
            let text =
                "Add the CPU profiles of these runs (go test -cpuprofile): how they differ is drawn here.";
            sentence_ui(ui, text);
            return;
        }
        let (question, scale) = match ctx.tree_query() {
            Ok(query) => query,
            Err(status) => {
                nothing_yet_ui(ui, &status, "Judging the comparison");
                return;
            }
        };
        let shown = ctx.ask("flame graph", &question);
        let Some(tree) = shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Building the call tree");
            return;
        };
        let format = scale.format(tree.format(), &tree.unit);
        if has_header(ctx, &tree) {
            header_ui(ui, ctx, (&tree, &format), &shown.status);
        }
        if tree.cum(NodeId::ROOT) == 0 && tree.shape().len() <= 1 {
            sentence_ui(ui, nothing_left(ctx));
            return;
        }
        canvas_ui(ui, ctx, &question, (&tree, &format), &mut state.whole);
    }
}

/// Of a whole profile the first row says all that the header would: the room is for one more row.
fn has_header(ctx: &ViewContext<'_>, tree: &Tree) -> bool {
    let is_whole = ctx.lens().zoom.path.is_empty();
    let has_kind =
        matches!(ctx.tab.content.kind(), ContentKind::Trace | ContentKind::Benchmarks | ContentKind::Dumps);
    !is_whole || tree.base(NodeId::ROOT).is_some() || has_kind
}

const fn nothing_left(ctx: &ViewContext<'_>) -> &'static str {
    match (ctx.tab.content.kind(), ctx.tab.lens.trace.flame) {
        (ContentKind::Trace, Flame::Time(FlameKind::Cpu)) => {
            "No CPU samples here: a trace has them if the CPU profiler ran at the same time."
        }
        (ContentKind::Trace, Flame::Answer(_)) => {
            "Nothing to show here: this is about tasks, regions or requests, and nothing of theirs waits."
        }
        (ContentKind::Trace, _) => "Nothing to show here. Select a longer time or other goroutines.",
        (ContentKind::Dumps, _) => "No goroutine is in it, or the filters leave none.",
        _ => "No samples are left. Switch off a filter, or choose another sample type.",
    }
}

fn canvas_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    question: &TreeQuery,
    (tree, format): (&Arc<Tree>, &SideFormat),
    state: &mut FlameState,
) {
    let lens = ctx.lens();
    let zoom = node_of(tree.shape(), tree.frames(), &lens.zoom.path);
    // A frame that filters have removed takes its part of the width with it.
    let is_there = tree.frame(zoom).map(FrameKey::of).as_ref() == lens.zoom.path.last();
    let range = if is_there { lens.zoom.range } else { (0.0, 1.0) };
    let pane = Pane {
        name: "Flame graph",
        geometry: Geometry { tree: Arc::clone(tree), zoom, range },
        format,
        found: found(ctx, "search", question, tree),
        selected: selected_node(ctx, tree),
        first_row: 0,
        is_root_below: lens.orientation == Orientation::Flame,
        is_folded: !lens.is_unfolded,
    };
    let motions = take_motions(ctx);
    let rect = ui.available_rect_before_wrap();
    pane_ui(ui, ctx, &pane, rect, state);
    for motion in motions {
        motion::apply(ctx, &pane.geometry, pane.selected, pane.found.as_deref(), (&mut *state, motion));
    }
}
