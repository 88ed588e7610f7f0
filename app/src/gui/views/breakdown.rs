//! The latency breakdown beside the flame graph: how long goroutines, tasks or regions took, what their time went to,
//! and the slowest of them.
//!
//! ```text
//! Breakdown  [goroutines ▾]      472 · p50 435 µs · p99 66.7 ms
//! ▁▂▅▇▅▃▁      ▁ ▂▁              histogram of lengths; a brush keeps some
//! sync            13  793 ms …   a click lists its longest spans
//! slowest: 98 % waiting: sync    a click shows it in the lanes
//! ```

use std::borrow::Cow;

use eframe::egui::{Rect, RichText, ScrollArea, Ui, UiBuilder, pos2};
use goscope_analysis::symbol::short_name;
use goscope_analysis::trace::latency::{BreakdownKey, BreakdownRow};
use goscope_analysis::trace::model::{Span, TraceModel};
use goscope_parsers::trace::GoId;

use crate::derived::Status;
use crate::gui::command::{Command, Flight};
use crate::gui::hue::hue_of;
use crate::gui::parts::placeholder::{computing_mark_ui, nothing_yet_ui, sentence_ui};
use crate::gui::selection::Item;
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::length_histogram::{Bar, LengthEvent, length_histogram_ui};
use crate::gui::widgets::value_table::{
    Cell, ColumnLook, TableLook, column, marked_table_ui, value_table_ui,
};
use crate::gui::widgets::{first_that_fits, inside, view_bar_ui};
use crate::query::trace::instance_names::{InstanceNames, InstanceNamesQuery};
use crate::query::trace::latency::{Latency, LatencyQuery};
use crate::query::trace::long_spans::LongSpansQuery;
use crate::query::trace::selection::{StateChoice, TimeRange};
use crate::text;
use goscope_analysis::trace::instances::InstanceKind;

const HISTOGRAM_HEIGHT: f32 = 56.0;
const VALUE_WIDTH: f32 = 68.0;
/// Rows of the breakdown that are seen before it scrolls, if there is room.
const MAX_ROWS_SEEN: usize = 8;

/// The view.
pub struct BreakdownView;

const ROW_COLUMNS: &[ColumnLook] = &[
    column("state", "What goroutines did or waited for. Click to list the longest spans", None, false),
    column("spans", "Number of spans", Some(52.0), false),
    column("total", "Total", Some(VALUE_WIDTH), false),
    column("share", "Share of the total time", Some(56.0), false),
    column("slowest 1%", "Share of the time of the slowest 1%", Some(70.0), false),
    column("p50", "Median", Some(VALUE_WIDTH), false),
    column("p90", "90th percentile", Some(VALUE_WIDTH), false),
    column("p99", "99th percentile", Some(VALUE_WIDTH), false),
    column("max", "Maximum", Some(VALUE_WIDTH), false),
];

const LIST_COLUMNS: &[ColumnLook] = &[
    column("slowest", "What most of its time went to. Click to show it in the lanes", None, false),
    column("goroutine", "Its number", Some(74.0), false),
    column("start", "Since the start of the trace", Some(VALUE_WIDTH), false),
    column("duration", "From start to end", Some(VALUE_WIDTH), false),
];

const SPAN_COLUMNS: &[ColumnLook] = &[
    column(
        "longest",
        "The function that the goroutine runs. Click to show the span in the lanes",
        None,
        false,
    ),
    column("goroutine", "Its number", Some(74.0), false),
    column("start", "Since the start of the trace", Some(VALUE_WIDTH), false),
    column("duration", "Within the selected time", Some(VALUE_WIDTH), false),
];

impl View for BreakdownView {
    type State = ();

    fn id(&self) -> ViewId {
        ViewId::Breakdown
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, _: &mut ()) {
        let Some(model) = ctx.trace() else { return };
        let selection = ctx.lens().trace.selection();
        let mut all = selection.clone();
        all.length = None;
        // The histogram keeps the bars that the brush leaves out.
        let whole = ctx.ask("all latency", &LatencyQuery::of_selection(&all));
        let shown = ctx.ask("latency", &LatencyQuery::of_selection(&selection));
        header_ui(ui, ctx, shown.answer.as_deref(), &shown.status);
        let (Some(whole), Some(latency)) = (&whole.answer, &shown.answer) else {
            nothing_yet_ui(ui, &shown.status, "Adding up states");
            return;
        };
        histogram_ui(ui, ctx, whole);
        if latency.breakdown.wall.is_empty() {
            sentence_ui(ui, nothing_text(&ctx.lens().trace.about));
            return;
        }
        let view = Breakdown { ctx, model, latency };
        let left = ui.available_rect_before_wrap();
        let rows = latency.breakdown.rows.len().min(MAX_ROWS_SEEN);
        let wanted = theme::CONTROL_HEIGHT + rows as f32 * theme::ROW_HEIGHT + theme::GRID;
        let middle = left.top() + wanted.min(left.height() * 0.55);
        let upper = Rect::from_min_max(left.min, pos2(left.right(), middle));
        let lower = Rect::from_min_max(pos2(left.left(), middle), left.max);
        inside(ui, UiBuilder::new().max_rect(upper), |ui| view.rows_ui(ui));
        inside(ui, UiBuilder::new().max_rect(lower), |ui| view.list_ui(ui));
    }
}

const fn nothing_text(about: &InstanceKind) -> &'static str {
    match about {
        InstanceKind::Goroutines => "No goroutine of the program exists in the selected time.",
        InstanceKind::Tasks(_) => "No complete task of this type overlaps the selected time.",
        InstanceKind::Regions(_) => "No complete region of this name overlaps the selected time.",
    }
}

fn header_ui(ui: &mut Ui, ctx: &ViewContext<'_>, latency: Option<&Latency>, status: &Status) {
    let tokens = theme::tokens(ui);
    let left = |ui: &mut Ui| {
        about_ui(ui, ctx);
        if *status == Status::Computing {
            computing_mark_ui(ui);
        }
    };
    let right = |ui: &mut Ui| {
        if let Some(latency) = latency {
            let room = ui.available_width() * 0.65;
            let text = first_that_fits(ui, lengths_texts(latency), &theme::mono_small(), room);
            ui.label(RichText::new(text).font(theme::mono_small()).color(tokens.text_quiet));
        }
    };
    view_bar_ui(ui, left, right);
}

/// How many there are and how long they took, from the longest text to the shortest.
fn lengths_texts(latency: &Latency) -> [String; 4] {
    let wall = &latency.breakdown.wall;
    let p = wall.percentiles();
    let count = text::count(usize::try_from(wall.count()).unwrap_or(usize::MAX));
    let [p50, p90, p99, max] = [("p50", p.p50), ("p90", p.p90), ("p99", p.p99), ("max", p.max)]
        .map(|(name, nanos)| format!("{name} {}", text::duration(nanos as i64)));
    [
        format!("{count}  {p50}  {p90}  {p99}  {max}"),
        format!("{count}  {p50}  {p99}  {max}"),
        format!("{count}  {p50}  {p99}"),
        count,
    ]
}

/// Chooses whose time it is about.
fn about_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let about = &ctx.lens().trace.about;
    let names = ctx.ask("instance names", &InstanceNamesQuery);
    let title = RichText::new(format!("{} ▾", about.text())).color(theme::tokens(ui).accent);
    let menu = ui.menu_button(title, |ui| {
        ui.set_min_width(220.0);
        ScrollArea::vertical().max_height(420.0).show(ui, |ui| {
            let choices = match &names.answer {
                Some(names) => choices(names),
                None => vec![InstanceKind::Goroutines],
            };
            for choice in choices {
                if ui.selectable_label(choice == *about, choice.text()).clicked() {
                    ctx.send(Command::ChooseAbout(choice));
                    ui.close();
                }
            }
        });
    });
    menu.response.on_hover_text("What flame graph and breakdown are about");
}

fn choices(names: &InstanceNames) -> Vec<InstanceKind> {
    let mut choices = vec![InstanceKind::Goroutines];
    if !names.tasks.is_empty() {
        choices.push(InstanceKind::Tasks(None));
    }
    choices.extend(names.tasks.iter().map(|name| InstanceKind::Tasks(Some(name.clone()))));
    if !names.regions.is_empty() {
        choices.push(InstanceKind::Regions(None));
    }
    choices.extend(names.regions.iter().map(|name| InstanceKind::Regions(Some(name.clone()))));
    choices
}

fn histogram_ui(ui: &mut Ui, ctx: &ViewContext<'_>, whole: &Latency) {
    let bars = whole.bars.iter();
    let bars: Vec<Bar> = bars
        .map(|bar| Bar { from_nanos: bar.from_nanos, to_nanos: bar.to_nanos, count: bar.count })
        .collect();
    match length_histogram_ui(ui, HISTOGRAM_HEIGHT, &bars, ctx.lens().trace.length) {
        Some(LengthEvent::Chosen(from, to)) => ctx.send(Command::ChooseLength(Some((from, to)))),
        Some(LengthEvent::Reset) => ctx.send(Command::ChooseLength(None)),
        None => {}
    }
}

struct Breakdown<'a> {
    ctx: &'a ViewContext<'a>,
    model: &'a TraceModel,
    latency: &'a Latency,
}

impl Breakdown<'_> {
    fn choice(&self, key: BreakdownKey) -> StateChoice {
        let reason = self.model.tables().string_lossy(key.reason).into_owned();
        StateChoice { state: key.state, reason }
    }

    /// The row that is chosen, if it has any time here.
    fn chosen(&self) -> Option<usize> {
        let wanted = self.ctx.lens().trace.breakdown_row.as_ref()?;
        self.latency.breakdown.rows.iter().position(|row| self.choice(row.key) == *wanted)
    }

    /// The reason alone where there is one: the color says that it waits, and the column is narrow.
    fn short_text(&self, key: BreakdownKey) -> String {
        let reason = self.model.tables().string_lossy(key.reason);
        if reason.is_empty() { key.state.name().to_owned() } else { reason.into_owned() }
    }

    fn rows_ui(&self, ui: &mut Ui) {
        let rows = &self.latency.breakdown.rows;
        let selected = self.chosen();
        let look = TableLook {
            id_salt: "breakdown rows",
            columns: ROW_COLUMNS,
            // By total, which is no column that can be sorted by.
            sort: (usize::MAX, true),
            n_rows: rows.len(),
            selected,
            scroll_to: None,
        };
        let is_dark = ui.visuals().dark_mode;
        let mark = |row: usize| {
            let BreakdownKey { state, reason } = rows[row].key;
            Some(hue_of(state, &self.model.tables().string_lossy(reason)).color(is_dark))
        };
        let events = marked_table_ui(ui, &look, mark, |row, column| self.row_cell(&rows[row], column));
        if let Some(row) = events.clicked {
            let choice = (selected != Some(row)).then(|| self.choice(rows[row].key));
            self.ctx.send(Command::ChooseBreakdownRow(choice));
        }
    }

    fn row_cell(&self, row: &BreakdownRow, column: usize) -> Cell<'static> {
        let found = &self.latency.breakdown;
        let part = |part: u128, whole: u128| if whole == 0 { 0.0 } else { part as f32 / whole as f32 };
        let share = part(row.spans.total_nanos(), found.wall.total_nanos());
        let slow = part(row.slow_nanos, found.slow.total_nanos());
        let p = row.per_instance.percentiles();
        // Of a percentile, nothing means that so many never were in this state.
        let nanos = |nanos: u64| if nanos == 0 { "–".to_owned() } else { text::duration(nanos as i64) };
        let percent = |share: f32| text::percent(share.into());
        let (text, meter) = match column {
            0 => (self.short_text(row.key), None),
            1 => (text::short_count(row.spans.count()), None),
            2 => (nanos(u64::try_from(row.spans.total_nanos()).unwrap_or(u64::MAX)), None),
            3 => (percent(share), Some(share)),
            4 => (percent(slow), Some(slow)),
            5 => (nanos(p.p50), None),
            6 => (nanos(p.p90), None),
            7 => (nanos(p.p99), None),
            _ => (nanos(p.max), None),
        };
        Cell { text: Cow::Owned(text), meter, ..Cell::default() }
    }

    fn list_ui(&self, ui: &mut Ui) {
        match self.chosen() {
            Some(row) => self.spans_ui(ui, self.latency.breakdown.rows[row].key),
            None => self.slowest_ui(ui),
        }
    }

    fn slowest_ui(&self, ui: &mut Ui) {
        let slowest = &self.latency.slowest;
        let look = list_look("slowest instances", LIST_COLUMNS, slowest.len());
        let events = value_table_ui(ui, &look, |row, column| {
            let instance = slowest[row].parts.instance;
            let text = match column {
                0 => self.mostly_text(&slowest[row].parts.rows, instance.nanos()),
                _ => self.place_text(column, instance.goroutine, (instance.begin, instance.end)),
            };
            Cell::plain(text)
        });
        if let Some(row) = events.clicked {
            let instance = slowest[row].parts.instance;
            self.fly(instance.goroutine, slowest[row].longest.as_ref(), &instance.range());
        }
    }

    fn spans_ui(&self, ui: &mut Ui, key: BreakdownKey) {
        let query = LongSpansQuery { selection: self.ctx.lens().trace.selection(), key };
        let shown = self.ctx.ask("long spans", &query);
        let Some(found) = &shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Looking for the longest");
            return;
        };
        let look = list_look("longest spans", SPAN_COLUMNS, found.spans.len());
        let events = value_table_ui(ui, &look, |row, column| {
            let (span, nanos) = found.spans[row];
            let text = match column {
                0 => short_name(&self.function(span.goroutine)).into_owned(),
                3 => text::duration(nanos as i64),
                _ => self.place_text(column, span.goroutine, (span.start, span.end)),
            };
            Cell::plain(text)
        });
        if let Some(row) = events.clicked {
            let span = found.spans[row].0;
            self.fly(span.goroutine, Some(&span), &(span.start..span.end));
        }
    }

    /// Its two states with most time.
    fn mostly_text(&self, rows: &[(BreakdownKey, u64)], whole: u64) -> String {
        let worth_a_word = |&&(_, nanos): &&(BreakdownKey, u64)| nanos >= whole / 100;
        let parts = rows.iter().take(2).filter(worth_a_word).map(|&(key, nanos)| {
            format!("{:.0}% {}", nanos as f64 / whole.max(1) as f64 * 100.0, key.text(self.model.tables()))
        });
        parts.collect::<Vec<_>>().join(", ")
    }

    fn place_text(&self, column: usize, goroutine: GoId, (begin, end): (i64, i64)) -> String {
        match column {
            1 => self.model.tables().goid(goroutine).to_string(),
            2 => text::duration(begin.saturating_sub(self.model.range().start)),
            _ => text::duration(end.saturating_sub(begin)),
        }
    }

    fn function(&self, goroutine: GoId) -> String {
        self.model.tables().string_lossy(self.model.start_function(goroutine)).into_owned()
    }

    /// Shows a stretch of time with the goroutine, or the span of it that is to be looked at.
    fn fly(&self, goroutine: GoId, span: Option<&Span>, time: &std::ops::Range<i64>) {
        let goid = self.model.tables().goid(goroutine);
        let start = self.model.range().start;
        let item = match span {
            Some(span) => Item::Span(goid, span.start.saturating_sub(start)),
            None => Item::Goroutine(goid),
        };
        let range = TimeRange::around(self.model, time);
        self.ctx.send(Command::FlyTo(Flight { item, range, group: Some(self.function(goroutine)) }));
    }
}

const fn list_look<'a>(id_salt: &'static str, columns: &'a [ColumnLook], n_rows: usize) -> TableLook<'a> {
    TableLook { id_salt, columns, sort: (3, true), n_rows, selected: None, scroll_to: None }
}
