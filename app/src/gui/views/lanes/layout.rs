//! Which rows are seen and where their spans are: laid out once for a time, a size and a set of rows.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use eframe::egui::{Color32, Vec2};
use goscope_analysis::trace::model::TraceModel;

use super::flows::{Flow, KeptFlows, arrows, lane_of_span};
use super::items::{LaneItem, Sight, What, add_items, cycles, pauses};
use super::look::{FunctionLooks, Look, lane_label};
use super::motion::selected_span;
use super::rows::{FIXED, RowKind, Rows};
use super::sub_lanes::{SubLane, SubLanes, Unfolded, sub_lane_label, sub_lane_note};
use super::tiles::{Level, Tiles};
use crate::document::{DocumentId, TraceDocument};
use crate::gui::selection::Item;
use crate::gui::theme::{self, StateHue, Tokens};
use crate::gui::trace_lens::TraceLens;
use crate::gui::view::ViewContext;
use crate::gui::widgets::lane_arrows::{ArrowLook, LaneArrow};
use crate::gui::widgets::lane_picture::{Fit, GroupState, LaneRow, LaneSpan, OverlayRange, RowStyle};
use crate::query::{Lane, LaneGroup, LaneKind, LaneName, Lanes, TimeRange};
use crate::text;

/// Lanes of which is remembered whether they can be unfolded.
const MAX_KNOWN: usize = 10_000;

/// What is laid out.
pub(super) struct Placed<'a> {
    pub(super) trace: &'a TraceDocument,
    pub(super) document: DocumentId,
    pub(super) range: TimeRange,
    pub(super) size: Vec2,
    pub(super) is_dark: bool,
}

impl Placed<'_> {
    pub(super) fn model(&self) -> &TraceModel {
        &self.trace.model
    }

    fn lanes_width(&self) -> f32 {
        (self.size.x - theme::LANE_LABEL_WIDTH).max(1.0)
    }

    fn sight(&self) -> Sight {
        let origin = self.model().range().start;
        let range =
            origin.saturating_add(self.range.start_nanos)..origin.saturating_add(self.range.end_nanos);
        let nanos_per_point = self.range.length() as f64 / f64::from(self.lanes_width());
        Sight { range, level: Level::new(nanos_per_point), nanos_per_point }
    }

    /// Where a moment is, in points from the left of the lanes.
    pub(super) fn x_of(&self, time: i64) -> f32 {
        let since_start = time.saturating_sub(self.model().range().start);
        let part = (since_start - self.range.start_nanos) as f64 / self.range.length().max(1) as f64;
        let width = f64::from(self.lanes_width());
        // Far outside there is nothing to see, and floats would lose their grip.
        (part * width).clamp(-16.0, width + 16.0) as f32
    }

    pub(super) fn tokens(&self) -> &'static Tokens {
        theme::tokens_of(self.is_dark)
    }
}

/// What a layout was made for; another one is needed when any of it changes.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    rows_version: u64,
    first_row: usize,
    n_rows: usize,
    range: TimeRange,
    size: Vec2,
    is_dark: bool,
    is_overlay_hidden: bool,
    selection: Option<Item>,
}

/// What one layout needs for all its rows.
struct Layout<'a> {
    placed: &'a Placed<'a>,
    sight: Sight,
    rows: &'a Rows,
    chosen: Option<Lane>,
    /// The unfolded lane whose rows come next.
    unfolded: Option<Unfolded>,
}

/// Scroll, and what the last layout gave.
#[derive(Debug, Default)]
pub struct LanesState {
    /// In points: with millions of rows, more than single precision can tell apart.
    scroll: f64,
    rows_of_lens: Option<(Arc<Rows>, u64)>,
    tiles: Tiles,
    key: Option<Key>,
    rows: Vec<LaneRow>,
    items: Vec<LaneItem>,
    spans: Vec<LaneSpan>,
    arrows: Vec<LaneArrow>,
    overlay: Vec<OverlayRange>,
    selected: Option<usize>,
    /// Boxes of the chosen function.
    related: Vec<usize>,
    looks: FunctionLooks,
    /// The lane under the pointer.
    pub(super) hovered: Option<Lane>,
    /// The selection that has been brought into view.
    followed: (Option<Item>, LaneKind),
    /// Lanes of a trace of which it is known whether they can be unfolded.
    unfoldable: (Option<DocumentId>, HashMap<Lane, bool>),
    /// The lane of what was chosen.
    chosen: Option<((DocumentId, Item, LaneKind), Option<Lane>)>,
    /// Rows that are to be brought into view.
    reveal: Option<std::ops::Range<usize>>,
    chosen_flows: KeptFlows,
    hovered_flows: RefCell<KeptFlows>,
}

impl LanesState {
    pub(super) fn rows(&self) -> &[LaneRow] {
        &self.rows
    }

    pub(super) fn spans(&self) -> &[LaneSpan] {
        &self.spans
    }

    pub(super) fn arrows(&self) -> &[LaneArrow] {
        &self.arrows
    }

    pub(super) fn overlay(&self) -> &[OverlayRange] {
        &self.overlay
    }

    pub(super) fn selected(&self) -> Option<usize> {
        self.selected
    }

    pub(super) fn related(&self) -> &[usize] {
        &self.related
    }

    /// What a span of the picture stands for.
    pub(super) fn hit(&self, index: usize) -> &LaneItem {
        &self.items[index]
    }

    /// Whether a part of the picture is still rougher than it will be.
    pub(super) fn is_rough(&self) -> bool {
        !self.tiles.is_complete()
    }

    /// The rows of lanes as the lens looks at them; made anew only when something about them changes.
    pub(super) fn rows_for(&mut self, model: &TraceModel, lanes: &Arc<Lanes>, lens: &TraceLens) -> Arc<Rows> {
        let version = match &self.rows_of_lens {
            Some((rows, _)) if rows.are_of(lanes, lens) => return Arc::clone(rows),
            Some((_, version)) => version + 1,
            None => 0,
        };
        let before = self.rows_of_lens.take();
        let find =
            |name: LaneName| lanes.lane_named(model, name).map(|lane| (lane, SubLanes::of(model, lane)));
        let rows = Arc::new(Rows::new(lanes, lens, &find));
        // What is unfolded in other lanes, or was so when the trace was opened, stays where it is.
        let before = before.filter(|(before, _)| before.lanes_are(lanes));
        self.reveal = before.and_then(|(before, _)| rows.newly_unfolded(&before));
        self.rows_of_lens = Some((Arc::clone(&rows), version));
        rows
    }

    /// The first row that is seen at least in part.
    pub(super) fn first_row(&self) -> usize {
        (self.scroll / f64::from(theme::LANE_HEIGHT)) as usize
    }

    /// How much of that row is scrolled out.
    pub(super) fn row_offset(&self) -> f32 {
        (self.scroll - self.first_row() as f64 * f64::from(theme::LANE_HEIGHT)) as f32
    }

    pub(super) fn scroll_by(&mut self, points: f32, n_rows: usize, height: f32) {
        let most = (n_rows as f64 * f64::from(theme::LANE_HEIGHT) - f64::from(height)).max(0.0);
        self.scroll = (self.scroll + f64::from(points)).clamp(0.0, most);
    }

    /// Scrolls to what was unfolded, as far as there is room for it.
    pub(super) fn reveal_unfolded(&mut self, height: f32) {
        let Some(rows) = self.reveal.take() else { return };
        let [top, bottom] = [rows.start, rows.end].map(|row| row as f64 * f64::from(theme::LANE_HEIGHT));
        self.scroll = self.scroll.max(bottom - f64::from(height)).min(top);
    }

    /// Scrolls to the lane of what was chosen elsewhere.
    pub(super) fn follow_selection(
        &mut self,
        ctx: &ViewContext<'_>,
        model: &TraceModel,
        rows: &Rows,
        height: f32,
    ) {
        let kind = ctx.lens().trace.lanes;
        let is_followed = self.followed.0 == ctx.lens().selection && self.followed.1 == kind;
        // While other lanes are looked for, there is no place to go to.
        if is_followed || rows.lanes().kind != kind {
            return;
        }
        self.followed = (ctx.lens().selection.clone(), kind);
        let Some(row) = chosen_lane(ctx, model).and_then(|lane| rows.row_of(lane)) else { return };
        let (lane, height) = (f64::from(theme::LANE_HEIGHT), f64::from(height));
        let top = row as f64 * lane;
        if top < self.scroll || top + lane > self.scroll + height {
            self.scroll = top - height / 2.0;
        }
        self.scroll_by(0.0, rows.len(), height as f32);
    }

    /// Lays out what is seen, unless it is laid out already.
    pub(super) fn lay_out(&mut self, ctx: &ViewContext<'_>, placed: &Placed<'_>, rows: &Rows) {
        self.scroll_by(0.0, rows.len(), placed.size.y);
        let n_rows = (placed.size.y / theme::LANE_HEIGHT) as usize + 2;
        let first_row = self.first_row();
        let matters = |item: &&Item| item.frame().is_none() || rows.has_sub_lanes();
        let key = Key {
            rows_version: self.rows_of_lens.as_ref().map_or(0, |(_, version)| *version),
            first_row,
            n_rows,
            range: placed.range,
            size: placed.size,
            is_dark: placed.is_dark,
            is_overlay_hidden: ctx.lens().trace.is_gc_overlay_hidden,
            selection: ctx.lens().selection.as_ref().filter(matters).cloned(),
        };
        if self.key.as_ref() == Some(&key) && self.tiles.is_complete() {
            return;
        }
        self.tiles.begin_frame(Some(placed.document));
        self.rows.clear();
        self.items.clear();
        self.spans.clear();
        let chosen = self.chosen_lane(ctx, placed);
        let mut layout = Layout { placed, sight: placed.sight(), rows, chosen, unfolded: None };
        for row in first_row..(first_row + n_rows).min(rows.len()) {
            self.lay_out_row(&mut layout, row);
        }
        self.selected = self.find_selected(ctx, placed);
        self.related = self.find_related(ctx, placed.model());
        self.arrows = self.arrows_of_selected(ctx, placed, rows);
        self.overlay = if key.is_overlay_hidden { Vec::new() } else { overlay(placed, &layout.sight) };
        self.key = Some(key);
    }

    fn lay_out_row(&mut self, layout: &mut Layout<'_>, row: usize) {
        let at = row - self.first_row();
        match layout.rows.at(row) {
            Some(RowKind::Group(group, state)) => self.rows.push(group_row(group, state)),
            Some(RowKind::Lane(lane, fits, state)) => self.lay_out_lane(layout, lane, (at, fits, state)),
            Some(RowKind::Sub(lane, sub)) => self.lay_out_sub_lane(layout, lane, (at, sub)),
            None => {}
        }
    }

    fn lay_out_lane(
        &mut self,
        layout: &Layout<'_>,
        lane: Lane,
        (at, fits, state): (usize, bool, GroupState),
    ) {
        let (placed, model) = (layout.placed, layout.placed.model());
        let is_fixed = FIXED.contains(&lane);
        let can_unfold = state == GroupState::Open || self.has_sub_lanes(placed, lane);
        self.rows.push(LaneRow {
            label: lane_label(model, lane).into(),
            kind: if is_fixed { RowStyle::Fixed } else { RowStyle::Lane(can_unfold.then_some(state)) },
            is_selected: layout.chosen == Some(lane),
            fit: if fits { Fit::Fits } else { Fit::Dimmed },
            ..LaneRow::default()
        });
        let from = self.items.len();
        add_items(placed.trace, lane, (&layout.sight, &mut self.tiles), &mut self.items);
        let test = layout.rows.lanes().spans.as_ref().filter(|_| !is_fixed);
        let look = Look { placed, row: at, fits, test };
        self.spans.extend(self.items[from..].iter().map(|item| look.place(item)));
    }

    /// Whether there is anything to show below a lane: asked in every layout, and looked for once.
    fn has_sub_lanes(&mut self, placed: &Placed<'_>, lane: Lane) -> bool {
        if self.unfoldable.0 != Some(placed.document) || self.unfoldable.1.len() > MAX_KNOWN {
            self.unfoldable = (Some(placed.document), HashMap::new());
        }
        *self.unfoldable.1.entry(lane).or_insert_with(|| !SubLanes::of(placed.model(), lane).is_empty())
    }

    fn lay_out_sub_lane(&mut self, layout: &mut Layout<'_>, lane: Lane, (at, sub): (usize, SubLane)) {
        let (placed, model) = (layout.placed, layout.placed.model());
        let (label, detail) = sub_lane_label(model, lane, sub);
        self.rows.push(LaneRow {
            label: label.into(),
            detail: detail.into(),
            note: sub_lane_note(model, lane, sub).into(),
            kind: RowStyle::Sub,
            ..LaneRow::default()
        });
        let unfolded = match layout.unfolded.take() {
            Some(unfolded) if unfolded.is_of(lane) => unfolded,
            _ => Unfolded::new(model, lane, &layout.sight),
        };
        let from = self.items.len();
        unfolded.add_items(model, sub, &layout.sight, &mut self.items);
        layout.unfolded = Some(unfolded);
        let look = Look { placed, row: at, fits: true, test: None };
        let looks = &mut self.looks;
        self.spans.extend(self.items[from..].iter().map(|item| look.place_below(item, looks)));
    }

    /// Boxes of the chosen function.
    fn find_related(&self, ctx: &ViewContext<'_>, model: &TraceModel) -> Vec<usize> {
        let Some(name) = ctx.lens().selection.as_ref().and_then(Item::frame).map(|frame| &frame.name) else {
            return Vec::new();
        };
        let is_it = |item: &LaneItem| match item.what {
            What::Stack { function: Some(function), .. } => {
                model.tables().string(function) == name.as_bytes()
            }
            _ => false,
        };
        let items = self.items.iter().enumerate();
        items.filter(|(_, item)| is_it(item)).map(|(index, _)| index).collect()
    }

    /// The lane of what is chosen, looked for once.
    fn chosen_lane(&mut self, ctx: &ViewContext<'_>, placed: &Placed<'_>) -> Option<Lane> {
        let selection = ctx.lens().selection.as_ref().filter(|item| item.frame().is_none())?;
        let of = (placed.document, selection.clone(), ctx.lens().trace.lanes);
        match &self.chosen {
            Some((known, lane)) if *known == of => *lane,
            _ => {
                let lane = chosen_lane(ctx, placed.model());
                self.chosen = Some((of, lane));
                lane
            }
        }
    }

    /// The chosen span, if it is drawn alone.
    fn find_selected(&self, ctx: &ViewContext<'_>, placed: &Placed<'_>) -> Option<usize> {
        let chosen = selected_span(ctx, placed.model())?;
        self.items.iter().position(|item| matches!(item.what, What::Span(span, ..) if span == chosen.id))
    }

    /// From who unblocked the chosen span, and to whom it unblocked, wherever it is.
    fn arrows_of_selected(
        &mut self,
        ctx: &ViewContext<'_>,
        placed: &Placed<'_>,
        rows: &Rows,
    ) -> Vec<LaneArrow> {
        let Some(span) = selected_span(ctx, placed.model()) else { return Vec::new() };
        let first_row = self.first_row();
        let flows = self.chosen_flows.of(placed, ctx.lens().trace.lanes, &span);
        arrows(placed, (rows, first_row), flows, ArrowLook::Chosen)
    }

    /// Who unblocked what is under the pointer, and whom that unblocked.
    pub(super) fn flows_of_hovered(
        &self,
        (placed, kind): (&Placed<'_>, LaneKind),
        index: usize,
    ) -> Vec<Flow> {
        let What::Span(id, ..) = self.hit(index).what else { return Vec::new() };
        let Some(span) = placed.model().span(id) else { return Vec::new() };
        self.hovered_flows.borrow_mut().of(placed, kind, &span).to_vec()
    }

    /// The same as arrows; none if it is chosen, so that there are some already.
    pub(super) fn arrows_of_hovered(
        &self,
        of: (&Placed<'_>, LaneKind),
        rows: &Rows,
        index: usize,
    ) -> Vec<LaneArrow> {
        if self.selected == Some(index) {
            return Vec::new();
        }
        arrows(of.0, (rows, self.first_row()), &self.flows_of_hovered(of, index), ArrowLook::Hovered)
    }
}

fn group_row(group: &LaneGroup, state: GroupState) -> LaneRow {
    let fits = group.fits.iter().any(|fits| *fits) || group.fits.is_empty();
    LaneRow {
        label: group.title.as_str().into(),
        detail: text::count(group.lanes.len()).into(),
        kind: RowStyle::Group(state),
        fit: if fits { Fit::Fits } else { Fit::Dimmed },
        ..LaneRow::default()
    }
}

/// The lane of what is chosen, among lanes of the kind that is shown.
fn chosen_lane(ctx: &ViewContext<'_>, model: &TraceModel) -> Option<Lane> {
    match (ctx.lens().trace.lanes, ctx.lens().selection.as_ref()?) {
        (LaneKind::Goroutines, item) => model.goroutine_by_number(item.goroutine()?).map(Lane::Goroutine),
        (LaneKind::Tasks, Item::Task(number)) => model.task_by_number(*number).map(Lane::Task),
        (kind, _) => selected_span(ctx, model).and_then(|span| lane_of_span(model, kind, &span, span.start)),
    }
}

/// Mark phases and stopped worlds, for all lanes.
fn overlay(placed: &Placed<'_>, sight: &Sight) -> Vec<OverlayRange> {
    let place = |item: &LaneItem, color: Color32| OverlayRange {
        x0: placed.x_of(item.start),
        x1: placed.x_of(item.end),
        color,
    };
    let gc = StateHue::Gc.color(placed.is_dark);
    let stopped = placed.tokens().danger;
    let cycles = cycles(placed.trace, sight);
    let pauses = pauses(placed.trace, sight);
    let cycles = cycles.iter().map(|item| place(item, gc));
    cycles.chain(pauses.iter().map(|item| place(item, stopped))).collect()
}
