//! The locks as a graph: who waits for whom, a cycle as a circle. Boxes lead to goroutines and places.

use std::sync::Arc;

use eframe::egui::{Color32, Rect, Ui, pos2, vec2};

use crate::gui::hue::hue_of_class;
use crate::gui::parts::placeholder::nothing_yet_ui;
use crate::gui::parts::sentence::follow;
use crate::gui::selection::Item;
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets::graph_camera::{CameraChange, CameraState};
use crate::gui::widgets::graph_canvas::{Camera, CanvasLine, CanvasNode, graph_canvas_ui};
use crate::query::goroutines::lock_graph::{FONT_SIZE, LockBox, LockGraph, LockGraphQuery};

/// Smaller than this nobody can read, so a large graph is not fitted at first.
const READABLE_ZOOM: f32 = 0.6;
/// How much of the color of a state is on the ground of a box.
const HUE_PART: f32 = 0.35;

/// What passes in it.
#[derive(Debug, Default)]
pub struct LockGraphState {
    /// Where it is looked at.
    camera: CameraState<LockGraph>,
    /// The selection that it has brought into view.
    scrolled_to: Option<Item>,
}

/// Shows the graph.
pub(super) fn graph_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    state: &mut LockGraphState,
    change: Option<CameraChange>,
) {
    let shown = ctx.ask("lock graph", &LockGraphQuery { of: ctx.dumps_query() });
    let Some(graph) = shown.answer else {
        nothing_yet_ui(ui, &shown.status, "Drawing who waits for whom");
        return;
    };
    let (picture, canvas) = (vec2(graph.picture.width, graph.picture.height), ui.available_size());
    let first = || {
        let fitting = Camera::fitting(picture, canvas);
        if fitting.zoom >= READABLE_ZOOM {
            return fitting;
        }
        // What is stuck comes first, at the left.
        Camera { origin: vec2(-theme::MARGIN, -theme::MARGIN), zoom: READABLE_ZOOM }
    };
    let camera = state.camera.camera(&graph, first, change, (picture, canvas));
    let selected = ctx.lens().selection.as_ref().and_then(Item::goroutine);
    let (rects, camera) = placed(&graph, selected, camera, canvas, state, ctx);
    let (nodes, lines) = (nodes(ui, &graph, &rects, selected), lines(ui, &graph, &rects));
    let events = graph_canvas_ui(ui, "Who waits for whom", camera, (&nodes, &lines));
    state.camera.set(events.camera);
    if let Some(index) = events.clicked {
        follow(ctx, &graph.boxes[index].link);
    }
    if let Some((index, response)) = events.hovered {
        response.on_hover_text(&graph.boxes[index].label);
    }
}

/// Places of the boxes, and the camera with what was chosen elsewhere in view.
fn placed(
    graph: &Arc<LockGraph>,
    selected: Option<i64>,
    camera: Camera,
    canvas: eframe::egui::Vec2,
    state: &mut LockGraphState,
    ctx: &ViewContext<'_>,
) -> (Vec<Rect>, Camera) {
    let place = |(place, it): (&goscope_flamegraph::graph_layout::PlacedBox, &LockBox)| {
        Rect::from_min_size(pos2(place.x, place.y), vec2(it.size.width, it.size.height))
    };
    let rects: Vec<Rect> = graph.picture.boxes.iter().zip(&graph.boxes).map(place).collect();
    let is_new = state.scrolled_to != ctx.lens().selection;
    state.scrolled_to.clone_from(&ctx.lens().selection);
    let at = selected.filter(|_| is_new).and_then(|number| graph.boxes.iter().position(|it| it.has(number)));
    let camera = at.map_or(camera, |at| camera.showing(rects[at], canvas));
    (rects, camera)
}

fn nodes<'a>(ui: &Ui, graph: &'a LockGraph, rects: &[Rect], selected: Option<i64>) -> Vec<CanvasNode<'a>> {
    let (tokens, dark_mode) = (theme::tokens(ui), ui.visuals().dark_mode);
    let fill = |it: &LockBox| match it.class {
        Some(_) if it.is_stuck => theme::faded(tokens.increase, tokens.raised, HUE_PART),
        Some(class) => theme::faded(hue_of_class(class).color(dark_mode), tokens.raised, HUE_PART),
        None => tokens.sunken,
    };
    let node = |(it, &rect): (&'a LockBox, &Rect)| CanvasNode {
        rect,
        fill: fill(it),
        lines: &it.lines,
        font_size: FONT_SIZE,
        label: it.label.clone(),
        is_selected: selected.is_some_and(|number| it.has(number)),
    };
    graph.boxes.iter().zip(rects).map(node).collect()
}

fn lines<'a>(ui: &Ui, graph: &'a LockGraph, rects: &[Rect]) -> Vec<CanvasLine<'a>> {
    let tokens = theme::tokens(ui);
    let color = |is_stuck: bool| -> Color32 { if is_stuck { tokens.increase } else { tokens.text_faint } };
    let line = |(index, line): (usize, &crate::query::goroutines::lock_graph::LockLink)| CanvasLine {
        points: &graph.picture.lines[index],
        own: rects[line.from],
        color: color(line.is_stuck),
        width: 1.5,
        is_dashed: line.is_hold,
        is_across: true,
        text: if line.is_hold { "probably held by" } else { "waits for" },
    };
    graph.lines.iter().enumerate().map(line).collect()
}
