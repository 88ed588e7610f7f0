//! The table of a profile: one row a function with flat and cum, sorted and filtered by the analysis.

use std::borrow::Cow;

use eframe::egui::Ui;
use goscope_analysis::profile::frame::FrameTable;
use goscope_analysis::value::ValueFormat;

use super::flame_graph::menu_ui;
use crate::derived::Status;
use crate::gui::command::{Command, Motion};
use crate::gui::panels::placeholder::{computing_mark_ui, nothing_yet_ui, sentence_ui};
use crate::gui::selection::{FrameKey, Item};
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::widgets::search_box::{SearchLook, search_box_ui};
use crate::gui::widgets::value_table::{Cell, ColumnLook, TableEvents, TableLook, value_table_ui};
use crate::gui::widgets::view_bar_ui;
use crate::gui::workspace::{Content, Sort, SortColumn};
use crate::query::{Rows, Top, TopRowsQuery};
use crate::text;

/// The view.
pub struct TopTableView;

/// Width of a column of values, and of one of shares.
const VALUE_WIDTH: f32 = 96.0;
const SHARE_WIDTH: f32 = 100.0;

const COLUMNS: &[ColumnLook] = &[
    column("function", "Name; click to sort", None, true),
    column("flat", "Value of samples that end in the function", Some(VALUE_WIDTH), true),
    column("flat %", "Share of the total", Some(SHARE_WIDTH), false),
    column("cum", "Value of samples that pass through the function", Some(VALUE_WIDTH), true),
    column("cum %", "Share of the total", Some(SHARE_WIDTH), false),
];

pub(super) const fn column(
    title: &'static str,
    tooltip: &'static str,
    width: Option<f32>,
    is_sortable: bool,
) -> ColumnLook {
    ColumnLook { title, tooltip, width, is_sortable }
}

impl View for TopTableView {
    fn title(&self) -> &'static str {
        "Functions"
    }

    fn applies_to(&self, content: &Content) -> bool {
        matches!(content, Content::Profile(_))
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>) {
        let question = TopRowsQuery { stacks: ctx.lens().stack_query(), order: ctx.row_order() };
        let shown = ctx.ask("table", &question);
        let Some(rows) = &shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Adding up functions");
            return;
        };
        table_header_ui(ui, ctx, self.title(), rows.order.len(), &shown.status, |_| {});
        if rows.order.is_empty() {
            sentence_ui(ui, "No function has this text in its name.");
            return;
        }
        table_ui(ui, ctx, rows);
    }
}

/// The line above a table: its name, how many rows, and a field that narrows them.
pub(super) fn table_header_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    title: &str,
    n_rows: usize,
    status: &Status,
    buttons: impl FnOnce(&mut Ui),
) {
    let tokens = theme::tokens(ui);
    let left = |ui: &mut Ui| {
        ui.label(eframe::egui::RichText::new(title).strong().color(tokens.text));
        let count = eframe::egui::RichText::new(text::count(n_rows)).font(theme::mono_small());
        ui.label(count.color(tokens.text_faint));
        buttons(ui);
        if *status == Status::Computing {
            computing_mark_ui(ui);
        }
    };
    let right = |ui: &mut Ui| {
        let look = SearchLook {
            id: ui.make_persistent_id(("table filter", ctx.tab.id.0)),
            name: "Filter table",
            hint: "Filter by name",
            fact: "",
            width: 220.0,
        };
        if let Some(text) = search_box_ui(ui, look, &ctx.lens().table_filter).text {
            ctx.send(Command::FilterTable(text));
        }
    };
    view_bar_ui(ui, left, right);
}

fn table_ui(ui: &mut Ui, ctx: &ViewContext<'_>, rows: &Rows<Top>) {
    let top = &rows.table;
    let tokens = theme::tokens(ui);
    let row_of = |index: usize| &top.table.rows[rows.order[index] as usize];
    let format = ValueFormat::fixed(&top.unit, &top.shown_unit);
    let total = top.table.total;
    let frames = &top.table.frames;
    let selected = selected_row(ctx, frames, rows);
    let sort = ctx.lens().sort;
    let look = TableLook {
        id_salt: "functions",
        columns: COLUMNS,
        sort: (sort_index(sort.column), sort.is_descending),
        n_rows: rows.order.len(),
        selected,
        scroll_to: newly_selected(ctx, selected),
    };
    let events = value_table_ui(ui, &look, |index, column| {
        let row = row_of(index);
        let (value, is_share) = match column {
            1 => (row.flat, false),
            2 => (row.flat, true),
            3 => (row.cum, false),
            4 => (row.cum, true),
            _ => return name_cell(frames.frame(row.frame).printable_name()),
        };
        Cell {
            text: Cow::Owned(if is_share { text::share(value, total) } else { format.text(value) }),
            color: (value == 0).then_some(tokens.text_faint),
            meter: is_share.then(|| text::fraction(value, total)),
        }
    });
    let key_of = |index: usize| FrameKey::of(frames.frame(row_of(index).frame));
    apply_events(ctx, &events, key_of, |index| {
        [SortColumn::Name, SortColumn::Flat, SortColumn::Flat, SortColumn::Cum, SortColumn::Cum][index]
    });
}

pub(super) fn name_cell(name: String) -> Cell<'static> {
    Cell { text: Cow::Owned(name), color: None, meter: None }
}

const fn sort_index(column: SortColumn) -> usize {
    match column {
        SortColumn::Name => 0,
        SortColumn::Flat | SortColumn::BaseFlat | SortColumn::DeltaFlat => 1,
        SortColumn::Cum | SortColumn::BaseCum | SortColumn::DeltaCum => 3,
    }
}

/// The row of the chosen function.
pub(super) fn selected_row<T>(ctx: &ViewContext<'_>, frames: &FrameTable, rows: &Rows<T>) -> Option<usize> {
    let key = ctx.lens().selection.as_ref()?.frame()?;
    rows.place(frames.find(&key.frame())?)
}

/// The chosen row, once after it was chosen elsewhere: so that the table follows, but can be scrolled away.
pub(super) fn newly_selected(ctx: &ViewContext<'_>, selected: Option<usize>) -> Option<usize> {
    let mut passing = ctx.passing.borrow_mut();
    if passing.table_scrolled_to == ctx.lens().selection {
        return None;
    }
    passing.table_scrolled_to.clone_from(&ctx.lens().selection);
    selected
}

/// Turns what happened in a table into commands.
pub(super) fn apply_events(
    ctx: &ViewContext<'_>,
    events: &TableEvents,
    key_of: impl Fn(usize) -> FrameKey,
    column_of: impl Fn(usize) -> SortColumn,
) {
    if let Some(index) = events.sorted {
        let column = column_of(index);
        let sort = ctx.lens().sort;
        // Names begin with A, numbers with the largest.
        let is_descending =
            if sort.column == column { !sort.is_descending } else { column != SortColumn::Name };
        ctx.send(Command::SortTable(Sort { column, is_descending }));
    }
    let chosen = events.clicked.or(events.secondary_clicked);
    if let Some(index) = chosen {
        let item = Item::Function(key_of(index));
        // The row is in view already; it must not jump to another place under the pointer.
        ctx.passing.borrow_mut().table_scrolled_to = Some(item.clone());
        ctx.send(Command::Select(item));
    }
    if events.double_clicked.is_some() {
        ctx.send(Command::Move(Motion::FitSelection));
    }
    if let Some((_, response)) = &events.row_response {
        response.context_menu(|ui| menu_ui(ui, ctx));
    }
}
