//! The lanes of a trace: what each goroutine, P, thread or task did, over a common time axis.
//!
//! Rows, items and colors are laid out again only when the time, the rows or the size change; a frame that only
//! moves the pointer draws those of the frame before. What a layout costs depends on the room, not on the trace.

mod header;
mod hover;
mod look;
mod motion;
mod noted;
mod ribbon;

use std::sync::Arc;

use eframe::egui::{Color32, Margin, Sense, Ui, vec2};
use goscope_analysis::trace::model::TraceModel;

use self::header::header_ui;
use self::look::{PaintedLanes, palette};
use self::ribbon::ribbon_ui;
use crate::document::TraceDocument;
use crate::gui::command::{Command, Flight};
use crate::gui::lane_picture::input::LayoutInput;
use crate::gui::lane_picture::items::{ItemKind, LaneItem};
use crate::gui::lane_picture::layout::LaneLayout;
use crate::gui::lane_picture::rows::{RowKind, Rows};
use crate::gui::lane_picture::sub_lanes::SubLanes;
use crate::gui::parts::function_in_trace::chosen_spans;
use crate::gui::parts::placeholder::{nothing_yet_ui, sentence_ui};
use crate::gui::selection::Item;
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::lane_canvas::{LaneEvents, lane_canvas_ui};
use crate::gui::widgets::lane_shapes::{GroupState, LanePicture};
use crate::gui::widgets::time_axis::{TimeScale, paint_axis};
use crate::query::trace::answers::path::PathQuery;
use crate::query::trace::function_spans::FunctionSpans;
use crate::query::trace::group_areas::GroupAreasQuery;
use crate::query::trace::selection::{LaneKind, TimeRange};
use crate::text;
use goscope_analysis::trace::questions::lane_filter::LaneFilter;
use goscope_analysis::trace::questions::lane_groups::{Lane, LaneName, LaneQuery, Lanes};

/// The view.
pub struct LanesView;

/// The picture of the last frame, and the lane under the pointer.
#[derive(Debug, Default)]
pub struct LanesState {
    layout: LaneLayout,
    painted: PaintedLanes,
    hovered: Option<Lane>,
}

impl View for LanesView {
    type State = LanesState;

    fn id(&self) -> ViewId {
        ViewId::Lanes
    }

    fn frame(&self, tokens: &theme::Tokens) -> (Color32, Margin) {
        (tokens.ground, Margin::ZERO)
    }

    fn is_rough(&self, state: &LanesState) -> bool {
        state.layout.is_rough()
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, state: &mut LanesState) {
        let Some(trace) = ctx.trace_document() else { return };
        let lens = &ctx.lens().trace;
        let path = lens.path.and_then(|choice| ctx.ask("path", &PathQuery { choice }).answer);
        let (filter, problem) = LaneFilter::parse(&lens.lane_filter);
        let of_path = path.as_ref().filter(|_| lens.lanes == LaneKind::Goroutines);
        let query = LaneQuery {
            kind: lens.lanes,
            order: lens.lane_order,
            filter,
            mode: lens.lane_filter_mode,
            only: lens.only.clone(),
            first: of_path.map(|path| path.lanes.clone()).unwrap_or_default(),
        };
        let shown = ctx.ask("lanes", &query);
        header_ui(ui, ctx, &shown.status, (shown.answer.as_deref(), problem));
        let Some(lanes) = &shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Sorting lanes");
            return;
        };
        if lanes.groups.is_empty() {
            let text = if lens.lane_filter.is_empty() {
                "This trace has no such lanes."
            } else {
                "No lane matches the filter."
            };
            sentence_ui(ui, text);
            return;
        }
        let range = seen_range(ctx, &trace.model);
        axis_ui(ui, ctx, range);
        if let Some(path) = &path {
            ribbon_ui(ui, ctx, &trace.model, (path, range));
        }
        canvas_ui(ui, ctx, trace, (lanes, range, query), state);
    }
}

/// The time that is seen.
fn seen_range(ctx: &ViewContext<'_>, model: &TraceModel) -> TimeRange {
    let whole = TimeRange::of(model);
    ctx.lens().trace.range.map_or(whole, |range| range.inside(whole.end_nanos))
}

fn axis_ui(ui: &mut Ui, ctx: &ViewContext<'_>, range: TimeRange) {
    let size = vec2(ui.available_width(), theme::VIEW_HEADER_HEIGHT * 0.7);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let tokens = theme::tokens(ui);
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    painter.rect_filled(rect, 0.0, tokens.raised);
    let label = format!("{} shown", text::duration(range.length()));
    let at = rect.left_center() + vec2(theme::GAP, 0.0);
    painter.text(at, eframe::egui::Align2::LEFT_CENTER, label, theme::mono_small(), tokens.text_faint);
    let left = rect.left() + theme::LANE_LABEL_WIDTH;
    let scale =
        TimeScale { start_nanos: range.start_nanos, end_nanos: range.end_nanos, left, right: rect.right() };
    let strip = eframe::egui::Rect::from_min_max(eframe::egui::pos2(left, rect.top()), rect.max);
    let painter = painter.with_clip_rect(strip.intersect(painter.clip_rect()));
    paint_axis(&painter, strip, &scale, (tokens.text_quiet, tokens.line));
    noted::flags_ui(ui, ctx, &scale, strip);
}

fn canvas_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    trace: &TraceDocument,
    (lanes, range, query): (&Arc<Lanes>, TimeRange, LaneQuery),
    state: &mut LanesState,
) {
    let model = &trace.model;
    let whole = TimeRange::of(model);
    let place = ui.available_rect_before_wrap();
    motion::take(ctx, model, (range, state.hovered));
    let Ok(document) = ctx.documents.first().map(|document| document.id) else { return };
    let lens = &ctx.lens().trace;
    let LanesState { layout, painted, hovered } = state;
    let rows = layout.rows_for(model, lanes, lens);
    let mut input = LayoutInput {
        trace,
        document,
        range,
        size: place.size(),
        kind: lens.lanes,
        selection: ctx.lens().selection.as_ref(),
        has_overlay: !lens.is_gc_overlay_hidden,
        areas: None,
    };
    // While others are summed up, the last ones stay where they are in time.
    let areas = ctx.ask("group areas", &GroupAreasQuery { lanes: query, grid: input.area_grid() }).answer;
    input.areas = areas.as_ref();
    layout.lay_out(&input, &rows);
    let is_dark = ui.visuals().dark_mode;
    painted.paint(&input, layout, rows.lanes().spans.as_ref(), is_dark);
    if layout.is_rough() {
        ui.ctx().request_repaint();
    }
    let scale = TimeScale {
        start_nanos: range.start_nanos,
        end_nanos: range.end_nanos,
        left: place.left() + theme::LANE_LABEL_WIDTH,
        right: place.right(),
    };
    let related = related_items(layout, chosen_spans(ctx).as_deref());
    let (noted_rows, noted_spans) = noted::noted(ctx, model, layout, &rows);
    let picture = LanePicture {
        rows: layout.rows(),
        row_offset: layout.scroll().row_offset(),
        spans: &painted.spans,
        arrows: layout.arrows(),
        arrows_of: &|index| layout.arrows_of_hovered(&input, &rows, index),
        overlay: &painted.overlay,
        palette: palette(is_dark),
        selected: layout.selected(),
        related: &related,
        noted: (&noted_rows, &noted_spans),
        scale,
        describe: &|index| hover::spoken_text(trace, &layout.items()[index]),
    };
    let (response, events) = lane_canvas_ui(ui, ViewId::Lanes.title(), &picture);
    if let Some(index) = events.hovered {
        let flows = layout.flows_of_hovered(&input, index);
        hover::tooltip_ui(&response, trace, (&layout.items()[index], &flows));
    }
    apply_clicks(ctx, model, layout, &rows, &events);
    noted::menu_ui(ctx, &response, &scale);
    *hovered = lane_of_row(layout, &rows, events.hovered_row);
    if let Some((from, to)) = events.measured.filter(|_| events.measured_end) {
        let (start, end) = (scale.nanos(from.min(to)), scale.nanos(from.max(to)));
        let measured = TimeRange { start_nanos: start, end_nanos: end };
        ctx.send(Command::ShowTime(Some(measured.inside(whole.end_nanos))));
    }
    layout.scroll_by(-events.dragged.y - events.scrolled.y, rows.len(), place.height());
    motion::apply_wheel_and_drag(ctx, whole.end_nanos, range, &events, &scale);
}

/// What is marked because a function is chosen: its boxes below lanes, and spans with it on their stack. Items are as
/// many as there is room for.
fn related_items(layout: &LaneLayout, spans: Option<&FunctionSpans>) -> Vec<usize> {
    let is_marked = |item: &LaneItem| match (item.kind, item.lane, spans) {
        (ItemKind::Span(..) | ItemKind::Sum(..), Lane::Goroutine(id), Some(spans)) => {
            spans.is_in(id, &(item.start..item.end))
        }
        _ => false,
    };
    let marked = layout.items().iter().enumerate().filter(|(_, item)| is_marked(item));
    layout.related().iter().copied().chain(marked.map(|(index, _)| index)).collect()
}

fn apply_clicks(
    ctx: &ViewContext<'_>,
    model: &TraceModel,
    layout: &LaneLayout,
    rows: &Rows,
    events: &LaneEvents,
) {
    if let Some(row) = events.clicked_row.and_then(|row| rows.at(layout.scroll().first_row() + row)) {
        match row {
            RowKind::Group(group, _, GroupState::Open) => ctx.send(Command::CloseGroup(group.name.clone())),
            RowKind::Group(group, _, GroupState::Closed) => ctx.send(Command::OpenGroup(group.name.clone())),
            RowKind::Lane(Lane::Goroutine(id), ..) => {
                ctx.send(Command::Select(Item::Goroutine(model.tables().goid(id))));
            }
            RowKind::Lane(Lane::Task(id), ..) => {
                ctx.send(Command::Select(Item::Task(model.tables().task_number(id))));
            }
            RowKind::Lane(lane, _, state) => {
                // What cannot be chosen is unfolded wherever its name is clicked.
                if state == GroupState::Open || !SubLanes::of(model, lane).is_empty() {
                    toggle_lane(ctx, model, lane);
                }
            }
            RowKind::Sub(..) => {}
        }
    }
    if let Some(lane) = lane_of_row(layout, rows, events.toggled_row) {
        toggle_lane(ctx, model, lane);
    }
    if let Some(index) = events.clicked
        && let Some(item) = hover::item_of(model, &layout.items()[index])
    {
        ctx.send(Command::Select(item));
    }
    if let Some(index) = events.double_clicked {
        let hit = &layout.items()[index];
        let range = TimeRange::around(model, &(hit.start..hit.end));
        if let Some(item) = hover::item_of(model, &layout.items()[index]) {
            ctx.send(Command::FlyTo(Flight { item, range, group: None }));
        } else {
            ctx.send(Command::ShowTime(Some(range)));
        }
    }
}

/// The lane of a row that is seen.
fn lane_of_row(layout: &LaneLayout, rows: &Rows, row: Option<usize>) -> Option<Lane> {
    match rows.at(layout.scroll().first_row() + row?)? {
        RowKind::Lane(lane, ..) | RowKind::Sub(lane, _) => Some(lane),
        RowKind::Group(..) => None,
    }
}

/// Unfolds or folds a lane.
fn toggle_lane(ctx: &ViewContext<'_>, model: &TraceModel, lane: Lane) {
    if let Some(name) = LaneName::of(model, lane) {
        ctx.send(Command::ToggleLane(name));
    }
}
