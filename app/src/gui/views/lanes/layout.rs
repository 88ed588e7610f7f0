//! Which rows are seen and where their spans are: laid out once for a time, a size and a set of rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use eframe::egui::{Color32, Vec2};
use goscope_analysis::symbol::short_name;
use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::model::{Span, TraceModel};
use goscope_analysis::trace::rows::RangeKind;
use goscope_parsers::trace::GoId;

use super::items::{LaneItem, Sight, What, lane_items};
use crate::gui::format::count_text;
use crate::gui::hue::hue_of;
use crate::gui::selection::Item;
use crate::gui::theme::{self, StateHue};
use crate::gui::trace_lens::TraceLens;
use crate::gui::view::ViewContext;
use crate::gui::widgets::lane_canvas::{GroupState, LaneArrow, LaneRow, LaneSpan, SpanFill, SpanStyle};
use crate::query::{Lane, LaneGroup, LaneKind, Lanes, TimeRange, waker_of};

/// Spans at least this wide get text, in points.
const MIN_TEXT_WIDTH: f32 = 24.0;

/// Groups are open to begin with as long as no more rows than this come of it: a screenful or so.
const ROWS_TO_BEGIN_WITH: usize = 32;

/// Lanes that are always there, above the groups.
const FIXED: [Lane; 2] = [Lane::Gc, Lane::StoppedWorlds];

/// The rows of all open groups, without a list of them: there may be millions.
pub(super) struct Rows<'a> {
    groups: Vec<(&'a LaneGroup, GroupState)>,
    /// The row of each group's name.
    begins: Vec<usize>,
    len: usize,
}

/// What is in a row.
pub(super) enum RowKind<'a> {
    /// The name of a group.
    Group(&'a LaneGroup, GroupState),
    /// A lane.
    Lane(Lane),
}

impl<'a> Rows<'a> {
    pub(super) fn new(lanes: &'a Lanes, lens: &TraceLens) -> Self {
        let mut rows = Self { groups: Vec::new(), begins: Vec::new(), len: FIXED.len() };
        // What is a single group anyway need not be opened first.
        let is_always_open =
            matches!(lens.lanes, LaneKind::Procs | LaneKind::Threads) || lanes.groups.len() == 1;
        for group in &lanes.groups {
            let fits = rows.len + group.lanes.len() <= ROWS_TO_BEGIN_WITH;
            let is_open = is_always_open
                || lens.open_groups.contains(&group.name)
                || (fits && !lens.closed_groups.contains(&group.name));
            rows.begins.push(rows.len);
            rows.groups.push((group, if is_open { GroupState::Open } else { GroupState::Closed }));
            rows.len += 1 + if is_open { group.lanes.len() } else { 0 };
        }
        rows
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn at(&self, row: usize) -> Option<RowKind<'a>> {
        if row >= self.len {
            return None;
        }
        if let Some(&lane) = FIXED.get(row) {
            return Some(RowKind::Lane(lane));
        }
        let group = self.begins.partition_point(|&begin| begin <= row).checked_sub(1)?;
        let (rows, offset) = (self.groups[group].0, row - self.begins[group]);
        match offset.checked_sub(1) {
            None => Some(RowKind::Group(rows, self.groups[group].1)),
            Some(lane) => rows.lanes.get(lane).map(|&lane| RowKind::Lane(lane)),
        }
    }

    /// The row of a goroutine, if its group is open.
    fn row_of(&self, id: GoId, function: &str) -> Option<usize> {
        let group = self.groups.iter().position(|(group, _)| group.name == function)?;
        let (rows, state) = self.groups[group];
        if state == GroupState::Closed {
            return None;
        }
        let lane = rows.lanes.iter().position(|&lane| lane == Lane::Goroutine(id))?;
        Some(self.begins[group] + 1 + lane)
    }
}

/// What is laid out.
pub(super) struct Placed<'a> {
    pub(super) model: &'a TraceModel,
    pub(super) lanes: &'a Arc<Lanes>,
    pub(super) rows: &'a Rows<'a>,
    pub(super) range: TimeRange,
    pub(super) size: Vec2,
}

/// What a layout was made for; another one is needed when any of it changes.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    lanes: usize,
    first_row: usize,
    n_rows: usize,
    groups: [BTreeSet<String>; 2],
    range: TimeRange,
    width: f32,
    is_dark: bool,
    selection: Option<Item>,
}

/// Scroll, and what the last layout gave.
#[derive(Debug, Default)]
pub struct LanesState {
    scroll: f32,
    key: Option<Key>,
    rows: Vec<LaneRow>,
    items: Vec<LaneItem>,
    spans: Vec<LaneSpan>,
    arrows: Vec<LaneArrow>,
    selected: Option<usize>,
    /// The selection that has been brought into view.
    followed: Option<Item>,
    /// The goroutine behind the number of the selection: looked up once, there may be millions.
    chosen: Option<(i64, Option<GoId>)>,
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

    pub(super) fn selected(&self) -> Option<usize> {
        self.selected
    }

    /// What a span of the picture stands for.
    pub(super) fn hit(&self, index: usize) -> &LaneItem {
        &self.items[index]
    }

    /// The first row that is seen at least in part.
    pub(super) fn first_row(&self) -> usize {
        (self.scroll / theme::LANE_HEIGHT) as usize
    }

    /// How much of that row is scrolled out.
    pub(super) fn row_offset(&self) -> f32 {
        self.scroll - self.first_row() as f32 * theme::LANE_HEIGHT
    }

    pub(super) fn scroll_by(&mut self, points: f32, n_rows: usize, height: f32) {
        let most = (n_rows as f32 * theme::LANE_HEIGHT - height).max(0.0);
        self.scroll = (self.scroll + points).clamp(0.0, most);
    }

    fn chosen_goroutine(&mut self, ctx: &ViewContext<'_>, model: &TraceModel) -> Option<GoId> {
        let goid = ctx.lens().selection.as_ref().and_then(Item::goroutine)?;
        if self.chosen.is_none_or(|(known, _)| known != goid) {
            self.chosen = Some((goid, model.goroutine_by_number(goid)));
        }
        self.chosen.and_then(|(_, id)| id)
    }

    /// Scrolls to the lane of what was chosen elsewhere.
    pub(super) fn follow_selection(
        &mut self,
        ctx: &ViewContext<'_>,
        model: &TraceModel,
        rows: &Rows<'_>,
        height: f32,
    ) {
        if self.followed == ctx.lens().selection {
            return;
        }
        self.followed = ctx.lens().selection.clone();
        let Some(id) = self.chosen_goroutine(ctx, model) else { return };
        let function = model.tables().string_lossy(model.start_function(id));
        let Some(row) = rows.row_of(id, &function) else { return };
        let top = row as f32 * theme::LANE_HEIGHT;
        if top < self.scroll || top + theme::LANE_HEIGHT > self.scroll + height {
            self.scroll = top - height / 2.0;
        }
        self.scroll_by(0.0, rows.len(), height);
    }

    /// Lays out what is seen, unless it is laid out already.
    pub(super) fn lay_out(&mut self, ctx: &ViewContext<'_>, placed: &Placed<'_>, is_dark: bool) {
        self.scroll_by(0.0, placed.rows.len(), placed.size.y);
        let n_rows = (placed.size.y / theme::LANE_HEIGHT) as usize + 2;
        let first_row = self.first_row();
        let key = Key {
            lanes: Arc::as_ptr(placed.lanes) as usize,
            first_row,
            n_rows,
            groups: [ctx.lens().trace.open_groups.clone(), ctx.lens().trace.closed_groups.clone()],
            range: placed.range,
            width: placed.size.x,
            is_dark,
            selection: ctx.lens().selection.clone(),
        };
        if self.key.as_ref() == Some(&key) {
            return;
        }
        let chosen = self.chosen_goroutine(ctx, placed.model);
        self.key = Some(key);
        self.rows.clear();
        self.items.clear();
        self.spans.clear();
        for row in first_row..(first_row + n_rows).min(placed.rows.len()) {
            self.lay_out_row(placed, row, row - first_row, (chosen, is_dark));
        }
        self.selected = self.find_selected(ctx, placed);
        self.arrows = self.arrows_of_selected(placed);
    }

    fn lay_out_row(
        &mut self,
        placed: &Placed<'_>,
        row: usize,
        at: usize,
        (chosen, is_dark): (Option<GoId>, bool),
    ) {
        let model = placed.model;
        let Some(kind) = placed.rows.at(row) else { return };
        match kind {
            RowKind::Group(group, state) => self.rows.push(LaneRow {
                label: group.title.as_str().into(),
                detail: count_text(group.lanes.len()).into(),
                group: Some(state),
                indent: 0,
                is_selected: false,
            }),
            RowKind::Lane(lane) => {
                let is_selected = chosen.is_some_and(|id| lane == Lane::Goroutine(id));
                self.rows.push(LaneRow {
                    label: lane_label(model, lane).into(),
                    detail: "".into(),
                    group: None,
                    indent: u8::from(row >= FIXED.len()),
                    is_selected,
                });
                let sight = sight(placed);
                for item in lane_items(model, lane, &sight) {
                    if let Some(span) = place(placed, &item, at, is_dark) {
                        self.spans.push(span);
                        self.items.push(item);
                    }
                }
            }
        }
    }

    fn find_selected(&self, ctx: &ViewContext<'_>, placed: &Placed<'_>) -> Option<usize> {
        let Some(Item::Span(goid, start)) = ctx.lens().selection else { return None };
        let model = placed.model;
        let start = model.range().start.saturating_add(start);
        self.items.iter().position(|item| match &item.what {
            What::Span(span) => span.start == start && model.tables().goid(span.goroutine) == goid,
            _ => false,
        })
    }

    /// From who unblocked the chosen span to the moment when that happened.
    fn arrows_of_selected(&self, placed: &Placed<'_>) -> Vec<LaneArrow> {
        let chosen = self.selected.map(|index| &self.items[index].what);
        let Some(What::Span(span)) = chosen else { return Vec::new() };
        let Some(waker) = waker_of(placed.model, span) else { return Vec::new() };
        let row = |span: &Span| {
            let function = placed.model.tables().string_lossy(placed.model.start_function(span.goroutine));
            placed.rows.row_of(span.goroutine, &function).map(|row| row as f32 - self.first_row() as f32)
        };
        let moment = if span.state == SpanState::Runnable { span.start } else { span.end };
        let x = x_of(placed, moment);
        match (row(&waker), row(span)) {
            (Some(from), Some(to)) => vec![LaneArrow { from: (from, x), to: (to, x) }],
            _ => Vec::new(),
        }
    }
}

fn lanes_width(placed: &Placed<'_>) -> f32 {
    (placed.size.x - theme::LANE_LABEL_WIDTH).max(1.0)
}

fn sight(placed: &Placed<'_>) -> Sight {
    let origin = placed.model.range().start;
    let range =
        origin.saturating_add(placed.range.start_nanos)..origin.saturating_add(placed.range.end_nanos);
    Sight { range, nanos_per_point: placed.range.length() as f64 / f64::from(lanes_width(placed)) }
}

/// Where a moment is, in points from the left of the lanes.
fn x_of(placed: &Placed<'_>, time: i64) -> f32 {
    let since_start = time.saturating_sub(placed.model.range().start);
    let part = (since_start - placed.range.start_nanos) as f64 / placed.range.length().max(1) as f64;
    let width = f64::from(lanes_width(placed));
    // Far outside there is nothing to see, and floats would lose their grip.
    (part * width).clamp(-16.0, width + 16.0) as f32
}

fn place(placed: &Placed<'_>, item: &LaneItem, row: usize, is_dark: bool) -> Option<LaneSpan> {
    let (x0, x1) = (x_of(placed, item.time.start), x_of(placed, item.time.end));
    let model = placed.model;
    let plain = |hue: StateHue| SpanFill::One(hue.color(is_dark), hue.ink(is_dark));
    let (fill, style) = match &item.what {
        What::Span(span) => (plain(span_hue(model, span)), SpanStyle::Full),
        What::Merged { nanos, .. } => (mix(nanos, is_dark), SpanStyle::Full),
        What::Run(_) => (plain(StateHue::Running), SpanStyle::Full),
        What::Range(RangeKind::StopTheWorld) => (plain(StateHue::Sync), SpanStyle::Full),
        What::Range(_) => (plain(StateHue::Gc), SpanStyle::Full),
        What::Region(_) => (plain(StateHue::Network), SpanStyle::Under),
        What::Log(_) => (plain(StateHue::Runnable), SpanStyle::Mark),
        What::Task(_) => (plain(StateHue::Channel), SpanStyle::Full),
    };
    let x1 = if style == SpanStyle::Mark { x0 + 4.0 } else { x1 };
    let text =
        (x1 - x0 >= MIN_TEXT_WIDTH).then(|| item_text(model, &item.what)).filter(|text| !text.is_empty());
    Some(LaneSpan { row, x0, x1, fill, text: text.map(Into::into), style })
}

pub(super) fn span_hue(model: &TraceModel, span: &Span) -> StateHue {
    let reason = model.tables().string_lossy(model.cause(span.cause).reason);
    hue_of(span.state, &reason)
}

fn mix(nanos: &[u64; SpanState::COUNT], is_dark: bool) -> SpanFill {
    let total: u64 = nanos.iter().sum();
    let part = |state: SpanState| {
        let share = nanos[state.index()] as f32 / total.max(1) as f32;
        let color: Color32 = hue_of(state, "").color(is_dark);
        (color, share)
    };
    SpanFill::Mix(SpanState::ALL.map(part).into_iter().filter(|(_, share)| *share > 0.0).collect())
}

fn item_text(model: &TraceModel, what: &What) -> String {
    let tables = model.tables();
    match what {
        What::Span(span) => {
            let reason = tables.string_lossy(model.cause(span.cause).reason);
            if span.state == SpanState::Waiting && !reason.is_empty() {
                reason.into_owned()
            } else {
                span.state.name().to_owned()
            }
        }
        What::Run(span) => {
            let function = tables.string_lossy(model.start_function(span.goroutine));
            format!("G {} {}", tables.goid(span.goroutine), short_name(&function))
        }
        What::Task(id) => format!("task {}", tables.task_number(*id)),
        What::Range(RangeKind::GcMark) => "GC".to_owned(),
        What::Merged { .. } | What::Range(_) | What::Region(_) | What::Log(_) => String::new(),
    }
}

fn lane_label(model: &TraceModel, lane: Lane) -> String {
    let tables = model.tables();
    match lane {
        Lane::Gc => "GC".to_owned(),
        Lane::StoppedWorlds => "stopped worlds".to_owned(),
        Lane::Goroutine(id) => format!("G {}", tables.goid(id)),
        Lane::Proc(id) => format!("P {}", tables.proc_number(id)),
        Lane::Thread(id) => format!("thread {}", tables.thread_number(id)),
        Lane::Task(id) => format!("task {}", tables.task_number(id)),
    }
}
