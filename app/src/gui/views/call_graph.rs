//! The call graph of a tab: the functions that tell most as boxes, callers above callees, hot ones colored and large.
//!
//! Which boxes and where is worked out by a worker; a frame paints those that are seen.

use std::sync::Arc;

use eframe::egui::{Color32, Label, Margin, Rect, RichText, Ui, Vec2, pos2, vec2};
use goscope_flamegraph::palette::{Theme, change_color};

use crate::derived::Status;
use crate::gui::command::Command;
use crate::gui::parts::frame_menu::frame_menu_ui;
use crate::gui::parts::placeholder::{computing_mark_ui, nothing_yet_ui, sentence_ui};
use crate::gui::selection::{FrameKey, Item};
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::graph_camera::{CameraChange, CameraState, camera_buttons_ui};
use crate::gui::widgets::graph_canvas::{Camera, CanvasLine, CanvasNode, graph_canvas_ui};
use crate::gui::widgets::view_bar_ui;
use crate::query::call_graph::{CallGraphQuery, GraphFacts};
use crate::text::{self, ValueText};

/// The view.
pub struct CallGraphView;

/// Smaller than this nobody can read, so a large graph is not fitted at first.
const READABLE_ZOOM: f32 = 0.85;

/// The widest line, and how much wider than the thinnest it is.
const LINE_GROWTH: f32 = 5.0;

/// How a graph is looked at; passes with the graph.
#[derive(Debug, Default)]
pub struct GraphState {
    camera: CameraState<GraphFacts>,
    /// The selection that it has brought into view.
    scrolled_to: Option<Item>,
}

impl View for CallGraphView {
    type State = GraphState;

    fn id(&self) -> ViewId {
        ViewId::CallGraph
    }

    fn frame(&self, tokens: &theme::Tokens) -> (Color32, Margin) {
        (tokens.ground, Margin::ZERO)
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, state: &mut GraphState) {
        let documents = match ctx.code_documents() {
            Ok(documents) => documents,
            Err(status) => {
                nothing_yet_ui(ui, &status, "Summing up the selected part of the trace");
                return;
            }
        };
        let ctx = &ctx.about(documents.get());
        let shown = ctx.ask("call graph", &CallGraphQuery { stacks: ctx.lens().stack_query() });
        let Some(facts) = shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Laying out the call graph");
            return;
        };
        let change = header_ui(ui, &facts, &shown.status);
        if facts.boxes.is_empty() {
            sentence_ui(ui, "No samples are left. Switch off a filter, or choose another sample type.");
            return;
        }
        canvas_ui(ui, ctx, &facts, (state, change));
    }
}

/// How much room there must be for the number of boxes, in points.
const LEAST_FOR_COUNT: f32 = 72.0;

fn header_ui(ui: &mut Ui, facts: &GraphFacts, status: &Status) -> Option<CameraChange> {
    let tokens = theme::tokens(ui);
    let left = |ui: &mut Ui| {
        ui.add(Label::new(RichText::new("Call graph").strong().color(tokens.text)).truncate());
        let n_shown = facts.boxes.len();
        let count = match facts.graph.n_left_out {
            0 => text::count(n_shown),
            left_out => format!("{} of {}", text::count(n_shown), text::count(n_shown + left_out)),
        };
        let count = RichText::new(count).font(theme::mono_small()).color(tokens.text_faint);
        if ui.available_width() > LEAST_FOR_COUNT {
            ui.add(Label::new(count).truncate());
        }
        if *status == Status::Computing {
            computing_mark_ui(ui);
        }
    };
    let mut change = None;
    let right = |ui: &mut Ui| change = camera_buttons_ui(ui);
    view_bar_ui(ui, left, right);
    change
}

fn canvas_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    facts: &Arc<GraphFacts>,
    (state, change): (&mut GraphState, Option<CameraChange>),
) {
    let canvas = ui.available_size();
    let first = || first_camera(facts, canvas);
    let mut camera = state.camera.camera(facts, first, change, (picture_size(facts), canvas));
    let palette = theme::flame_theme(ui);
    let selected = ctx.lens().selection.as_ref().and_then(Item::frame).map(FrameKey::frame);
    let selected = selected.and_then(|frame| facts.graph.nodes.iter().position(|node| node.frame == frame));
    let rects = rects(facts);
    if let Some(at) = selected.filter(|_| state.is_newly_selected(ctx)) {
        camera = camera.showing(rects[at], canvas);
    }
    let nodes = nodes(facts, &rects, selected, palette);
    let lines = lines(ui, facts, &rects, selected);
    let events = graph_canvas_ui(ui, "Call graph of the profile", camera, (&nodes, &lines));
    state.camera.set(events.camera);
    if let Some(index) = events.clicked {
        ctx.send(Command::Select(Item::Function(FrameKey::of(&facts.graph.nodes[index].frame))));
    }
    if let Some(response) = events.menu {
        response.context_menu(|ui| frame_menu_ui(ui, ctx));
    }
    if let Some((index, response)) = events.hovered {
        response.on_hover_text(nodes[index].label.clone());
    }
}

impl GraphState {
    /// Whether something else was chosen since the last frame.
    fn is_newly_selected(&mut self, ctx: &ViewContext<'_>) -> bool {
        let is_new = self.scrolled_to != ctx.lens().selection;
        self.scrolled_to.clone_from(&ctx.lens().selection);
        is_new
    }
}

/// For a new graph: so that it can be read, beginning at its top.
fn first_camera(facts: &GraphFacts, canvas: Vec2) -> Camera {
    let mut camera = Camera::fitting(picture_size(facts), canvas);
    if camera.zoom < READABLE_ZOOM {
        camera.zoom = READABLE_ZOOM;
        let largest = facts.graph.nodes.iter().map(|node| node.cum.unsigned_abs()).max();
        let entry = (0..facts.boxes.len())
            .filter(|&index| Some(facts.graph.nodes[index].cum.unsigned_abs()) == largest)
            .min_by_key(|&index| facts.picture.boxes[index].layer)
            .unwrap_or(0);
        let center = facts.picture.boxes[entry].x + facts.boxes[entry].size.width / 2.0;
        let top = facts.picture.boxes[entry].y;
        camera.origin = vec2(center - canvas.x / camera.zoom / 2.0, top - theme::SECTION);
    }
    camera
}

const fn picture_size(facts: &GraphFacts) -> Vec2 {
    vec2(facts.picture.width, facts.picture.height)
}

fn rects(facts: &GraphFacts) -> Vec<Rect> {
    let places = facts.picture.boxes.iter().zip(&facts.boxes);
    places
        .map(|(place, look)| {
            Rect::from_min_size(pos2(place.x, place.y), vec2(look.size.width, look.size.height))
        })
        .collect()
}

fn nodes<'a>(
    facts: &'a GraphFacts,
    rects: &[Rect],
    selected: Option<usize>,
    palette: Theme,
) -> Vec<CanvasNode<'a>> {
    let graph = &facts.graph;
    let node = |(index, node): (usize, &goscope_analysis::profile::call_graph::GraphNode)| {
        let text = |value: i64| {
            let shown = ValueText::alone(&graph.unit).text(value);
            format!("{shown} ({})", text::share(value, graph.total))
        };
        // The square root leaves small shares visible.
        let heat = f64::from(text::fraction(node.cum, graph.total)).sqrt();
        CanvasNode {
            rect: rects[index],
            fill: theme::color_from_rgb(palette.root().mix(change_color(1.0, palette), heat)),
            lines: &facts.boxes[index].lines,
            font_size: facts.boxes[index].font_size,
            label: format!(
                "{}, flat {}, cum {}",
                node.frame.printable_name(),
                text(node.flat),
                text(node.cum)
            ),
            is_selected: selected == Some(index),
        }
    };
    graph.nodes.iter().enumerate().map(node).collect()
}

fn lines<'a>(ui: &Ui, facts: &'a GraphFacts, rects: &[Rect], selected: Option<usize>) -> Vec<CanvasLine<'a>> {
    let tokens = theme::tokens(ui);
    let graph = &facts.graph;
    let line = |(index, call): (usize, &goscope_analysis::profile::call_graph::GraphCall)| {
        let is_at_selected = selected.is_some_and(|at| call.caller == at || call.callee == at);
        CanvasLine {
            points: &facts.picture.lines[index],
            own: rects[call.caller],
            color: if is_at_selected { tokens.accent } else { tokens.text_faint },
            width: 1.0 + LINE_GROWTH * text::fraction(call.weight, graph.total),
            is_dashed: call.is_residual,
            is_across: false,
            text: &facts.weights[index],
        }
    };
    graph.calls.iter().enumerate().map(line).collect()
}
