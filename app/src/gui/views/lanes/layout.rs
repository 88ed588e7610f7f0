//! Which rows are seen and where their spans are: laid out once for a time, a size and a set of rows.

use std::sync::Arc;

use eframe::egui::{Color32, Vec2};
use goscope_analysis::symbol::short_name;
use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::class::SpanClass;
use goscope_analysis::trace::model::{Span, SpanId, TraceModel};
use goscope_parsers::trace::{GoId, Time};

use super::items::{LaneItem, Sight, What, add_items, cycles, pauses};
use super::rows::{FIXED, RowKind, Rows};
use super::tiles::{Level, Shares, Tiles};
use crate::document::{DocumentId, TraceDocument};
use crate::gui::format::count_text;
use crate::gui::hue::hue_of_class;
use crate::gui::selection::Item;
use crate::gui::theme::{self, StateHue, Tokens};
use crate::gui::trace_lens::TraceLens;
use crate::gui::view::ViewContext;
use crate::gui::widgets::lane_canvas::{
    Fit, LaneArrow, LaneRow, LaneSpan, N_SHARES, OverlayRange, SpanFill, SpanStyle,
};
use crate::query::{Lane, Lanes, SpanTest, TimeRange, waker_of};

/// Spans at least this wide get text, in points.
const MIN_TEXT_WIDTH: f32 = 24.0;

/// How much of its color is left of what does not fit a filter.
const DIMMED: f32 = 0.22;

/// Arrows from a span to those that it unblocked: more are a blur.
const MAX_ARROWS: usize = 100;

/// The classes of a sum from the bottom up: what runs, what wants to, what is blocked, what nobody knows.
const STACKED: [SpanClass; N_SHARES] = [
    SpanClass::Running,
    SpanClass::Runnable,
    SpanClass::Syscall,
    SpanClass::Gc,
    SpanClass::Sync,
    SpanClass::Channel,
    SpanClass::Network,
    SpanClass::Waiting,
    SpanClass::Unknown,
];

/// What is laid out.
pub(super) struct Placed<'a> {
    pub(super) trace: &'a TraceDocument,
    pub(super) document: DocumentId,
    pub(super) range: TimeRange,
    pub(super) size: Vec2,
    pub(super) is_dark: bool,
}

impl Placed<'_> {
    fn model(&self) -> &TraceModel {
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
    fn x_of(&self, time: i64) -> f32 {
        let since_start = time.saturating_sub(self.model().range().start);
        let part = (since_start - self.range.start_nanos) as f64 / self.range.length().max(1) as f64;
        let width = f64::from(self.lanes_width());
        // Far outside there is nothing to see, and floats would lose their grip.
        (part * width).clamp(-16.0, width + 16.0) as f32
    }

    fn tokens(&self) -> &'static Tokens {
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
    /// The selection that has been brought into view.
    followed: Option<Item>,
    /// Whom the chosen span unblocked: looked for once.
    woken: Option<(SpanId, Vec<Span>)>,
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

    /// What a span of the picture stands for.
    pub(super) fn hit(&self, index: usize) -> &LaneItem {
        &self.items[index]
    }

    /// Whether a part of the picture is still rougher than it will be.
    pub fn is_rough(&self) -> bool {
        !self.tiles.is_complete()
    }

    /// The rows of lanes as the lens looks at them; made anew only when something about them changes.
    pub(super) fn rows_for(&mut self, lanes: &Arc<Lanes>, lens: &TraceLens) -> Arc<Rows> {
        let version = match &self.rows_of_lens {
            Some((rows, _)) if rows.are_of(lanes, lens) => return Arc::clone(rows),
            Some((_, version)) => version + 1,
            None => 0,
        };
        let rows = Arc::new(Rows::new(lanes, lens));
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

    /// Scrolls to the lane of what was chosen elsewhere.
    pub(super) fn follow_selection(
        &mut self,
        ctx: &ViewContext<'_>,
        model: &TraceModel,
        rows: &Rows,
        height: f32,
    ) {
        if self.followed == ctx.lens().selection {
            return;
        }
        self.followed = ctx.lens().selection.clone();
        let Some(row) = chosen_goroutine(ctx, model).and_then(|id| rows.row_of(id)) else { return };
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
        let selection = ctx.lens().selection.as_ref().filter(|item| item.goroutine().is_some());
        let key = Key {
            rows_version: self.rows_of_lens.as_ref().map_or(0, |(_, version)| *version),
            first_row,
            n_rows,
            range: placed.range,
            size: placed.size,
            is_dark: placed.is_dark,
            is_overlay_hidden: ctx.lens().trace.is_gc_overlay_hidden,
            selection: selection.cloned(),
        };
        if self.key.as_ref() == Some(&key) && self.tiles.is_complete() {
            return;
        }
        self.tiles.begin_frame(Some(placed.document));
        self.rows.clear();
        self.items.clear();
        self.spans.clear();
        let chosen = chosen_goroutine(ctx, placed.model());
        let sight = placed.sight();
        for row in first_row..(first_row + n_rows).min(rows.len()) {
            self.lay_out_row((placed, &sight), rows, row, chosen);
        }
        self.selected = self.find_selected(ctx, placed, chosen);
        self.arrows = self.arrows_of_selected(placed, rows);
        self.overlay = if key.is_overlay_hidden { Vec::new() } else { overlay(placed, &sight) };
        self.key = Some(key);
    }

    fn lay_out_row(
        &mut self,
        (placed, sight): (&Placed<'_>, &Sight),
        rows: &Rows,
        row: usize,
        chosen: Option<GoId>,
    ) {
        let at = row - self.first_row();
        let (lane, fits) = match rows.at(row) {
            None => return,
            Some(RowKind::Group(group, state)) => {
                return self.rows.push(LaneRow {
                    label: group.title.as_str().into(),
                    detail: count_text(group.lanes.len()).into(),
                    group: Some(state),
                    indent: 0,
                    is_selected: false,
                    fit: if group.fits.iter().any(|fits| *fits) || group.fits.is_empty() {
                        Fit::Fits
                    } else {
                        Fit::Dimmed
                    },
                });
            }
            Some(RowKind::Lane(lane, fits)) => (lane, fits),
        };
        let is_selected = chosen.is_some_and(|id| lane == Lane::Goroutine(id));
        let (label, detail) = lane_label(placed.model(), lane);
        self.rows.push(LaneRow {
            label: label.into(),
            detail: detail.into(),
            group: None,
            indent: u8::from(row >= FIXED.len()),
            is_selected,
            fit: if fits { Fit::Fits } else { Fit::Dimmed },
        });
        let from = self.items.len();
        add_items(placed.trace, lane, (sight, &mut self.tiles), &mut self.items);
        let test = rows.lanes().spans.as_ref().filter(|_| !FIXED.contains(&lane));
        let look = Look { placed, row: at, fits, test };
        self.spans.extend(self.items[from..].iter().map(|item| look.place(item)));
    }

    fn find_selected(&self, ctx: &ViewContext<'_>, placed: &Placed<'_>, id: Option<GoId>) -> Option<usize> {
        let (Some(Item::Span(_, start)), Some(id)) = (&ctx.lens().selection, id) else { return None };
        let start = placed.model().range().start.saturating_add(*start);
        self.items.iter().position(|item| {
            item.start == start && item.lane == Lane::Goroutine(id) && matches!(item.what, What::Span(..))
        })
    }

    /// From who unblocked the chosen span, and to whom it unblocked, at the moments when that happened.
    fn arrows_of_selected(&mut self, placed: &Placed<'_>, rows: &Rows) -> Vec<LaneArrow> {
        let Some(What::Span(id, ..)) = self.selected.map(|index| self.items[index].what) else {
            return Vec::new();
        };
        let model = placed.model();
        let Some(span) = model.span(id) else { return Vec::new() };
        if self.woken.as_ref().is_none_or(|(known, _)| *known != id) {
            let is_at_work = span.state.is_executing();
            let range = if is_at_work { span.start..span.end.saturating_add(1) } else { 0..0 };
            self.woken = Some((id, model.woken_by(span.goroutine, range, MAX_ARROWS)));
        }
        let first_row = self.first_row() as f32;
        let row = |span: &Span| rows.row_of(span.goroutine).map(|row| row as f32 - first_row);
        let Some(chosen) = row(&span) else { return Vec::new() };
        let arrow = |from: f32, to: f32, moment: Time| {
            let x = placed.x_of(moment);
            LaneArrow { from: (from, x), to: (to, x) }
        };
        let woken = self.woken.iter().flat_map(|(_, woken)| woken);
        let mut arrows: Vec<LaneArrow> =
            woken.filter_map(|woken| Some(arrow(chosen, row(woken)?, woken.start))).collect();
        let moment = if span.state == SpanState::Runnable { span.start } else { span.end };
        let waker = waker_of(model, &span).and_then(|waker| row(&waker));
        arrows.extend(waker.map(|from| arrow(from, chosen, moment)));
        arrows
    }
}

fn chosen_goroutine(ctx: &ViewContext<'_>, model: &TraceModel) -> Option<GoId> {
    let goid = ctx.lens().selection.as_ref().and_then(Item::goroutine)?;
    model.goroutine_by_number(goid)
}

/// The colors of the parts of sums, and of those that are dimmed.
pub(super) fn palette(is_dark: bool) -> [[Color32; N_SHARES]; 2] {
    let ground = theme::tokens_of(is_dark).sunken;
    let plain = STACKED.map(|class| hue_of_class(class).color(is_dark));
    [plain, plain.map(|color| theme::faded(color, ground, DIMMED))]
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

/// How the items of one row are drawn.
struct Look<'a> {
    placed: &'a Placed<'a>,
    row: usize,
    /// Whether the lane fits the filter.
    fits: bool,
    test: Option<&'a SpanTest>,
}

impl Look<'_> {
    fn place(&self, item: &LaneItem) -> LaneSpan {
        let (x0, x1) = (self.placed.x_of(item.start), self.placed.x_of(item.end));
        let tokens = self.placed.tokens();
        let (fill, style) = match item.what {
            What::Span(_, class, _) => (self.plain(hue_of_class(class), item), SpanStyle::Full),
            What::Sum(_, shares) => (self.sum(&shares, item), SpanStyle::Full),
            What::Pauses(..) => (SpanFill::One(tokens.danger, Color32::WHITE), SpanStyle::Full),
            What::Cycles(..) => (self.plain(StateHue::Gc, item), SpanStyle::Full),
            What::Regions(_, _, depth) => match item.lane {
                Lane::Task(_) => (self.no_state(tokens.accent, item), SpanStyle::Inset),
                _ => (self.no_state(tokens.accent, item), SpanStyle::Under(depth.min(2) as u8)),
            },
            What::Logs(..) => (self.no_state(tokens.text_quiet, item), SpanStyle::Mark),
            What::Samples(..) => (self.no_state(tokens.text_quiet, item), SpanStyle::Tick),
            What::Task(_) => (self.plain(StateHue::Waiting, item), SpanStyle::Full),
        };
        let x1 = match style {
            SpanStyle::Mark => x0 + 2.0,
            SpanStyle::Tick => x0 + 1.5,
            _ => x1,
        };
        let text = (x1 - x0 >= MIN_TEXT_WIDTH).then(|| item_text(self.placed.trace, item));
        let text = text.filter(|text| !text.is_empty());
        LaneSpan { row: self.row, x0, x1, fill, text: text.map(Into::into), style }
    }

    fn plain(&self, hue: StateHue, item: &LaneItem) -> SpanFill {
        let is_dark = self.placed.is_dark;
        let ink = if self.item_fits(item) { hue.ink(is_dark) } else { self.placed.tokens().text_quiet };
        SpanFill::One(self.dimmed(hue.color(is_dark), item), ink)
    }

    /// What is no state has none of their colors.
    fn no_state(&self, color: Color32, item: &LaneItem) -> SpanFill {
        SpanFill::One(self.dimmed(color, item), self.placed.tokens().on_accent)
    }

    fn dimmed(&self, color: Color32, item: &LaneItem) -> Color32 {
        match self.item_fits(item) {
            true => color,
            false => theme::faded(color, self.placed.tokens().sunken, DIMMED),
        }
    }

    fn item_fits(&self, item: &LaneItem) -> bool {
        let Some(test) = self.test else { return self.fits };
        let length = item.end.saturating_sub(item.start).unsigned_abs();
        self.fits
            && match item.what {
                What::Span(_, _, cause) => test.fits(cause, length),
                What::Sum(..) => true,
                _ => false,
            }
    }

    fn sum(&self, shares: &Shares, item: &LaneItem) -> SpanFill {
        let longest = item.end.saturating_sub(item.start).unsigned_abs();
        let fits = |class: SpanClass| self.fits && self.test.is_none_or(|test| test.may_fit(class, longest));
        let bits = STACKED.iter().enumerate().map(|(at, &class)| u16::from(!fits(class)) << at);
        SpanFill::Mix { shares: STACKED.map(|class| shares[class.index()]), dimmed: bits.sum() }
    }
}

fn item_text(trace: &TraceDocument, item: &LaneItem) -> String {
    let model = &trace.model;
    let tables = model.tables();
    match (item.what, item.lane) {
        (What::Span(id, ..), Lane::Proc(_) | Lane::Thread(_)) => {
            let Some(span) = model.span(id) else { return String::new() };
            let function = tables.string_lossy(model.start_function(span.goroutine));
            format!("G {} {}", tables.goid(span.goroutine), short_name(&function))
        }
        (What::Span(_, _, cause), _) => {
            let cause = model.cause(cause);
            let reason = tables.string_lossy(cause.reason);
            if cause.state == SpanState::Waiting && !reason.is_empty() {
                reason.into_owned()
            } else {
                cause.state.name().to_owned()
            }
        }
        (What::Task(id), _) => {
            let name = model.task(id).map(|task| tables.string_lossy(task.name)).unwrap_or_default();
            name.into_owned()
        }
        (What::Regions(row, 1, _), Lane::Task(_)) => {
            let region = model.regions().get(row);
            region.map(|region| tables.string_lossy(region.name).into_owned()).unwrap_or_default()
        }
        (What::Cycles(_, 1), _) => "GC".to_owned(),
        (What::Pauses(row, 1), _) => {
            let pause = trace.pauses.get(row);
            pause.map(|pause| tables.string_lossy(pause.kind).into_owned()).unwrap_or_default()
        }
        _ => String::new(),
    }
}

/// The name of a lane, and what stands behind it.
fn lane_label(model: &TraceModel, lane: Lane) -> (String, &'static str) {
    let tables = model.tables();
    let label = match lane {
        Lane::Gc => "GC".to_owned(),
        Lane::StoppedWorlds => "stopped worlds".to_owned(),
        Lane::Goroutine(id) => format!("G {}", tables.goid(id)),
        Lane::Proc(id) => format!("P {}", tables.proc_number(id)),
        Lane::Thread(id) => format!("thread {}", tables.thread_number(id)),
        Lane::Task(id) => format!("task {}", tables.task_number(id)),
    };
    (label, "")
}
