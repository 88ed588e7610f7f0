//! The table of a profile: one row per function with flat and cum, sorted and filtered by the analysis.

use std::borrow::Cow;

use eframe::egui::Ui;

use crate::gui::parts::function_table::{TableState, name_cell, selected_row, table_header_ui};
use crate::gui::parts::placeholder::{nothing_yet_ui, sentence_ui};
use crate::gui::selection::FrameKey;
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::value_table::{
    Cell, ColumnLook, TableLook, column, function_column, value_table_ui,
};
use crate::query::rows::RowKey;
use crate::query::rows::Rows;
use crate::query::top::Top;
use crate::query::top_rows::TopRowsQuery;
use crate::text::{self, ValueText};

/// The view.
pub struct TopTableView;

/// Width of a column of values, and of one of shares.
const VALUE_WIDTH: f32 = 88.0;
const SHARE_WIDTH: f32 = 72.0;

const COLUMNS: &[ColumnLook] = &[
    function_column("function", "Name; click to sort"),
    column("flat", "Value of samples that end in the function", Some(VALUE_WIDTH), true),
    column("flat %", "Share of the total", Some(SHARE_WIDTH), true),
    column("cum", "Value of samples that pass through the function", Some(VALUE_WIDTH), true),
    column("cum %", "Share of the total", Some(SHARE_WIDTH), true),
];

impl View for TopTableView {
    type State = TableState;

    fn id(&self) -> ViewId {
        ViewId::Functions
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, state: &mut TableState) {
        let question = TopRowsQuery { stacks: ctx.lens().stack_query(), order: ctx.row_order() };
        let shown = ctx.ask("table", &question);
        let Some(rows) = &shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Adding up functions");
            return;
        };
        table_header_ui(ui, ctx, ViewId::Functions.title(), rows.order.len(), &shown.status, |_| {});
        if rows.order.is_empty() {
            sentence_ui(ui, "No function has this text in its name.");
            return;
        }
        table_ui(ui, ctx, rows, state);
    }
}

fn table_ui(ui: &mut Ui, ctx: &ViewContext<'_>, rows: &Rows<Top>, state: &mut TableState) {
    let top = &rows.table;
    let tokens = theme::tokens(ui);
    let row_of = |index: usize| &top.table.rows[rows.order[index] as usize];
    let format = ValueText::column(&top.unit, &top.shown_unit);
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
        scroll_to: state.newly_selected(ctx, selected),
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
            ..Cell::default()
        }
    });
    let key_of = |index: usize| FrameKey::of(frames.frame(row_of(index).frame));
    state.apply_events(ctx, &events, key_of, |index| {
        [RowKey::Name, RowKey::Flat, RowKey::Flat, RowKey::Cum, RowKey::Cum][index]
    });
}

const fn sort_index(column: RowKey) -> usize {
    match column {
        RowKey::Name => 0,
        RowKey::Flat | RowKey::BaseFlat | RowKey::DeltaFlat => 1,
        RowKey::Cum | RowKey::BaseCum | RowKey::DeltaCum => 3,
    }
}
