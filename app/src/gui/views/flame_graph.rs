//! The flame graph of a tab: asks for the tree, lays out what is seen of it, turns clicks and keys into commands.
//!
//! Boxes are laid out again only when tree, zoom, size, theme or search change; a frame that only moves the
//! pointer draws those of the frame before.

mod geometry;
mod hover;
mod layout;
mod motion;

use std::sync::Arc;

use eframe::egui::{
    Button, Color32, Context, EventFilter, Id, Margin, Popup, Rect, Response, RichText, Role, Sense,
    SetOpenCommand, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};
use goscope_analysis::profile::call_tree::NodeId;
use goscope_analysis::profile::frame::FrameId;
use goscope_analysis::value::are_compatible;
use goscope_flamegraph::layout::{BoxKind, FlameBox};
use goscope_flamegraph::palette::change_color;

use self::geometry::Geometry;
pub use self::layout::FlameState;
use crate::derived::Status;
use crate::gui::command::{Command, Motion};
use crate::gui::parts::frame_menu::frame_menu_ui;
use crate::gui::parts::placeholder::{computing_mark_ui, nothing_yet_ui, sentence_ui};
use crate::gui::selection::{FrameKey, Item, node_of, path_of};
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::bar_inside_ui;
use crate::gui::widgets::flame_canvas::{CanvasEvents, Picture, flame_canvas_ui};
use crate::gui::widgets::segmented::choice_ui;
use crate::gui::workspace::{Content, ContentKind, Orientation, Zoom};
use crate::query::search::{Found, SearchQuery};
use crate::query::side_format::SideFormat;
use crate::query::trace::answers::kind::answer_flame_command;
use crate::query::trace::selection::{Flame, FlameKind};
use crate::query::tree::Tree;
use crate::text;

/// The view.
pub struct FlameGraph;

impl View for FlameGraph {
    type State = FlameState;

    fn id(&self) -> ViewId {
        ViewId::FlameGraph
    }

    fn frame(&self, tokens: &theme::Tokens) -> (Color32, Margin) {
        (tokens.ground, Margin::ZERO)
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, state: &mut FlameState) {
        let documents = match ctx.profile_documents() {
            Ok(documents) => documents,
            Err(status) => {
                nothing_yet_ui(ui, &status, "Summing up the selected part of the trace");
                return;
            }
        };
        let ctx = &ctx.about(documents.get());
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
        header_ui(ui, ctx, (&tree, &format), &shown.status);
        if tree.cum(NodeId::ROOT) == 0 && tree.shape().len() <= 1 {
            sentence_ui(ui, nothing_left(ctx));
            return;
        }
        canvas_ui(ui, ctx, (&tree, &format), state);
    }
}

/// The way down to the zoomed frame, each step a way back.
fn header_ui(ui: &mut Ui, ctx: &ViewContext<'_>, (tree, format): (&Tree, &SideFormat), status: &Status) {
    let (rect, _) =
        ui.allocate_exact_size(vec2(ui.available_width(), theme::VIEW_HEADER_HEIGHT), Sense::hover());
    let left = |ui: &mut Ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        flame_kind_ui(ui, ctx);
        breadcrumbs_ui(ui, ctx, tree, format);
        if *status == Status::Computing {
            computing_mark_ui(ui);
        }
    };
    let right = |ui: &mut Ui| {
        if tree.base(NodeId::ROOT).is_some() {
            legend_ui(ui, &tree.unit);
        }
        copy_command_ui(ui, ctx);
    };
    bar_inside_ui(ui, rect.shrink2(vec2(theme::GAP, 2.0)), left, right);
}

/// The command that says what the flame graph of an answer shows.
fn copy_command_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let (Content::Trace(source), Flame::Answer(kind)) = (&ctx.tab.content, ctx.lens().trace.flame) else {
        return;
    };
    let population = ctx.lens().trace.why().population;
    let command = answer_flame_command(kind, source, population.as_ref());
    let button = ui.add(Button::new("Copy as command").small());
    if button.on_hover_text(&command).clicked() {
        ctx.send(Command::CopyText(command));
    }
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
        _ => "No samples are left. Switch off a filter, or choose another sample type.",
    }
}

/// What the flame graph of a trace counts.
fn flame_kind_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    if ctx.tab.content.kind() != ContentKind::Trace {
        return;
    }
    let names: Vec<String> = Flame::all().map(|flame| flame.text().to_owned()).collect();
    let shown = Flame::all().position(|flame| flame == ctx.lens().trace.flame).unwrap_or(0);
    let chosen = choice_ui(ui, "Flame graph of", &names, shown);
    if let Some(flame) = chosen.and_then(|index| Flame::all().nth(index)) {
        ctx.send(Command::ChooseFlame(flame));
    }
}

/// What the colors of a comparison mean.
fn legend_ui(ui: &mut Ui, unit: &str) {
    const STEPS: [f64; 7] = [1.0, 0.6, 0.3, 0.0, -0.3, -0.6, -1.0];
    let tokens = theme::tokens(ui);
    let palette = theme::flame_theme(ui);
    let word = |ui: &mut Ui, text: &str| {
        ui.label(RichText::new(text).font(theme::small()).color(tokens.text_quiet));
    };
    let is_time = are_compatible(unit, "nanoseconds");
    ui.spacing_mut().item_spacing.x = theme::GRID;
    word(ui, if is_time { "slower" } else { "more" });
    let (rect, response) = ui.allocate_exact_size(vec2(84.0, 10.0), Sense::hover());
    let width = rect.width() / STEPS.len() as f32;
    for (index, part) in STEPS.into_iter().rev().enumerate() {
        let left = rect.left() + width * index as f32;
        let step = Rect::from_min_size(pos2(left, rect.top()), vec2(width, rect.height()));
        ui.painter().rect_filled(step, 0.0, theme::color_from_rgb(change_color(part, palette)));
    }
    response.on_hover_text(
        "By how much a box adds to the change. Grey: no change, or none that can be told from chance.",
    );
    word(ui, if is_time { "faster" } else { "less" });
}

fn breadcrumbs_ui(ui: &mut Ui, ctx: &ViewContext<'_>, tree: &Tree, format: &SideFormat) {
    const SHOWN: usize = 4;
    let path = &ctx.lens().zoom.path;
    let total = format.text(tree.cum(NodeId::ROOT));
    let total = match tree.base(NodeId::ROOT) {
        None => format!("all {total}"),
        // Of shares both are all.
        Some(_) if format.is_share() => "all".to_owned(),
        Some((_, base)) => {
            let change = text::change(base, tree.cum(NodeId::ROOT));
            format!("all {} → {total}, {change}", format.text(base))
        }
    };
    if crumb_ui(ui, &total, "Everything", path.is_empty()) {
        ctx.send(Command::ZoomTo(Zoom::default()));
    }
    let hidden = path.len().saturating_sub(SHOWN);
    for (index, frame) in path.iter().enumerate() {
        let is_ellipsis = hidden > 0 && index == hidden - 1;
        if index < hidden && !is_ellipsis {
            continue;
        }
        ui.label(RichText::new("›").color(theme::tokens(ui).text_faint));
        let title = frame.title();
        let short = if is_ellipsis { "…".to_owned() } else { layout::short_title(&title) };
        if crumb_ui(ui, &short, &title, index + 1 == path.len()) {
            ctx.send(Command::ZoomTo(Zoom::to(path[..=index].to_vec())));
        }
    }
}

fn crumb_ui(ui: &mut Ui, text: &str, full: &str, is_last: bool) -> bool {
    let tokens = theme::tokens(ui);
    let color = if is_last { tokens.text } else { tokens.text_quiet };
    let text = RichText::new(text).font(theme::mono()).color(color);
    let button = Button::new(text).frame_when_inactive(false).truncate();
    let response = ui.add(button);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Zoom to {full}")));
    response.on_hover_text(full).clicked()
}

fn canvas_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    (tree, format): (&Arc<Tree>, &SideFormat),
    state: &mut FlameState,
) {
    let found = found(ctx).filter(|found| Arc::ptr_eq(&found.tree, tree));
    let lens = ctx.lens();
    let zoom = node_of(tree.shape(), tree.frames(), &lens.zoom.path);
    // A frame that filters have removed takes its part of the width with it.
    let is_there = tree.frame(zoom).map(FrameKey::of).as_ref() == lens.zoom.path.last();
    let range = if is_there { lens.zoom.range } else { (0.0, 1.0) };
    let geometry = Geometry { tree: Arc::clone(tree), zoom, range };

    let motions = take_motions(ctx);
    let rect = ui.available_rect_before_wrap();
    state.lay_out(&geometry, found.as_ref(), rect.size(), theme::flame_theme(ui));

    let selected = selected_node(ctx, tree);
    let related = related_frame(ctx, tree);
    let picture = Picture {
        boxes: state.boxes(),
        n_rows: state.n_rows(),
        scroll: state.scroll(),
        is_root_below: lens.orientation == Orientation::Flame,
        selected: selected.map(|node| node.0),
        related: &|node| related.is_some() && tree.shape().frame(NodeId(node)) == related,
        describe: &|node| hover::spoken_text(tree, format, NodeId(node)),
    };
    let (response, events) = flame_canvas_ui(ui, "Flame graph", &picture);
    take_keyboard(ui, &response);
    for motion in motions {
        motion::apply(ctx, &geometry, selected, found.as_deref(), (&mut *state, motion));
    }
    let boxes = state.flame_boxes();
    if let Some(index) = events.hovered
        && !Popup::is_any_open(ui.ctx())
    {
        hover::tooltip_ui(ui, &response, (tree, format), &boxes[index]);
    }
    if let Some(index) = events.secondary_clicked {
        ctx.send(Command::Select(Item::CallPath(path_at(tree, &boxes[index]))));
    }
    if let Some(index) = events.clicked {
        let path = path_at(tree, &boxes[index]);
        ctx.send(Command::SelectAndZoom(Item::CallPath(path.clone()), Zoom::to(path)));
    }
    apply_wheel_and_drag(ctx, &geometry, &events, state, response.rect);
    // Opened by hand: a box that screen readers know takes the click in place of the canvas.
    let open = events.secondary_clicked.map(|_| SetOpenCommand::Bool(true));
    Popup::menu(&response).open_memory(open).at_pointer_fixed().show(|ui| frame_menu_ui(ui, ctx));
}

/// The steps that are for the flame graph: of a trace, the lanes take those that move in time.
fn take_motions(ctx: &ViewContext<'_>) -> Vec<Motion> {
    let mut motions = ctx.motions.borrow_mut();
    if ctx.tab.content.kind() != ContentKind::Trace {
        return std::mem::take(&mut motions);
    }
    let (in_time, ours) = motions.drain(..).partition(|motion: &Motion| motion.is_about_time());
    *motions = in_time;
    ours
}

/// While the canvas has the focus, the arrows move in it and not to the next button.
fn take_keyboard(ui: &Ui, response: &Response) {
    ui.data_mut(|data| data.insert_temp(Id::unique(CANVAS), response.id));
    if response.has_focus() {
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let stroke = Stroke::new(1.0, theme::tokens(ui).accent);
        ui.painter().rect_stroke(response.rect, 0.0, stroke, StrokeKind::Inside);
    }
}

/// Where the id of the canvas of the last frame is kept.
const CANVAS: &str = "flame graph canvas";

/// The id of the canvas, as of the last frame.
pub fn canvas_id(ctx: &Context) -> Option<Id> {
    ctx.data(|data| data.get_temp(Id::unique(CANVAS)))
}

/// The frames down to what a box means: of a merged box, down to the caller of what is merged.
fn path_at(tree: &Tree, hit: &FlameBox) -> Vec<FrameKey> {
    let node = match hit.kind {
        BoxKind::Node => hit.node,
        BoxKind::Merged { .. } => tree.shape().parent(hit.node).unwrap_or(NodeId::ROOT),
    };
    path_of(tree.shape(), tree.frames(), node)
}

/// What the search of this tab found in the tree, if there is one.
fn found(ctx: &ViewContext<'_>) -> Option<Arc<Found>> {
    if ctx.lens().search.is_empty() {
        return None;
    }
    let (tree, _) = ctx.tree_query().ok()?;
    let question = SearchQuery { tree, text: ctx.lens().search.clone() };
    ctx.ask("search", &question).answer
}

/// The node of a chosen place; `None` if a function is chosen, or nothing.
fn selected_node(ctx: &ViewContext<'_>, tree: &Tree) -> Option<NodeId> {
    let Some(Item::CallPath(path)) = &ctx.lens().selection else { return None };
    let node = node_of(tree.shape(), tree.frames(), path);
    let is_there = tree.frame(node).map(FrameKey::of).as_ref() == path.last();
    is_there.then_some(node)
}

/// The frame whose other boxes are marked.
fn related_frame(ctx: &ViewContext<'_>, tree: &Tree) -> Option<FrameId> {
    let frame = ctx.lens().selection.as_ref()?.frame()?;
    tree.frames().find(&frame.frame())
}

fn apply_wheel_and_drag(
    ctx: &ViewContext<'_>,
    geometry: &Geometry,
    events: &CanvasEvents,
    state: &mut FlameState,
    rect: Rect,
) {
    // Content follows the hand; with the root below, scrolling counts from the bottom.
    let up = if ctx.lens().orientation == Orientation::Flame { 1.0 } else { -1.0 };
    let moved = events.dragged + events.scrolled;
    state.scroll_by(up * moved.y);
    motion::pan(ctx, geometry, f64::from(-moved.x / rect.width()));
    if let Some((factor, anchor)) = events.zoomed {
        motion::zoom(ctx, geometry, f64::from(factor), f64::from(anchor));
    }
}
