//! The table of a comparison: one row per function with both sides and the change.

use std::borrow::Cow;

use eframe::egui::Ui;
use goscope_analysis::value::ValueFormat;

use crate::gui::parts::function_table::{TableState, selected_row, table_header_ui};
use crate::gui::parts::placeholder::{nothing_yet_ui, sentence_ui};
use crate::gui::selection::FrameKey;
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::value_table::{Cell, ColumnLook, TableLook, column, value_table_ui};
use crate::query::diff_rows::DiffRowsQuery;
use crate::query::diff_table::Diff;
use crate::query::rows::RowKey;
use crate::query::rows::Rows;
use crate::text;

/// The view.
pub struct DiffTableView;

const VALUE_WIDTH: f32 = 88.0;
const CHANGE_WIDTH: f32 = 76.0;

const COLUMNS: &[ColumnLook] = &[
    column("function", "Name; click to sort", None, true),
    column("flat base", "Own value in the base", Some(VALUE_WIDTH), true),
    column("flat head", "Own value in the head", Some(VALUE_WIDTH), true),
    column("Δ flat", "Change of the own value", Some(VALUE_WIDTH), true),
    column("Δ flat %", "In percent of the base", Some(CHANGE_WIDTH), false),
    column("cum base", "Value with callees in the base", Some(VALUE_WIDTH), true),
    column("cum head", "Value with callees in the head", Some(VALUE_WIDTH), true),
    column("Δ cum", "Change of the value with callees", Some(VALUE_WIDTH), true),
    column("Δ cum %", "In percent of the base", Some(CHANGE_WIDTH), false),
];

const SORT_COLUMNS: [RowKey; 9] = [
    RowKey::Name,
    RowKey::BaseFlat,
    RowKey::Flat,
    RowKey::DeltaFlat,
    RowKey::DeltaFlat,
    RowKey::BaseCum,
    RowKey::Cum,
    RowKey::DeltaCum,
    RowKey::DeltaCum,
];

impl View for DiffTableView {
    type State = TableState;

    fn id(&self) -> ViewId {
        ViewId::Changes
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, state: &mut TableState) {
        let (stacks, scale) = (ctx.lens().stack_query(), ctx.diff_scale().unwrap_or_default());
        let shown = ctx.ask("table", &DiffRowsQuery { stacks, scale, order: ctx.row_order() });
        let Some(rows) = &shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Comparing functions");
            return;
        };
        table_header_ui(ui, ctx, ViewId::Changes.title(), rows.order.len(), &shown.status, |_| {});
        if rows.order.is_empty() {
            sentence_ui(ui, "No function has this text in its name.");
            return;
        }
        table_ui(ui, ctx, rows, state);
    }
}

fn table_ui(ui: &mut Ui, ctx: &ViewContext<'_>, rows: &Rows<Diff>, state: &mut TableState) {
    let table = &rows.table.table;
    let tokens = theme::tokens(ui);
    let row_of = |index: usize| &table.rows[rows.order[index] as usize];
    let format = ValueFormat::fixed(&table.unit, &rows.table.shown_unit);
    let selected = selected_row(ctx, &table.frames, rows);
    let sort = ctx.lens().sort;
    let sorted = SORT_COLUMNS.iter().position(|&column| column == sort.column).unwrap_or(0);
    let look = TableLook {
        id_salt: "changes",
        columns: COLUMNS,
        sort: (sorted, sort.is_descending),
        n_rows: rows.order.len(),
        selected,
        scroll_to: state.newly_selected(ctx, selected),
    };
    let events = value_table_ui(ui, &look, |index, column| {
        let row = row_of(index);
        let (base, head) =
            if column <= 4 { (row.base_flat, row.head_flat) } else { (row.base_cum, row.head_cum) };
        let delta = head.wrapping_sub(base);
        let change_color = match delta {
            0 => tokens.text_faint,
            1.. => tokens.increase,
            _ => tokens.decrease,
        };
        let (text, color) = match column {
            1 | 5 => (format.text(base), (base == 0).then_some(tokens.text_faint)),
            2 | 6 => (format.text(head), (head == 0).then_some(tokens.text_faint)),
            3 | 7 => (format.signed_text(delta), Some(change_color)),
            4 | 8 => (text::change(base, head), Some(change_color)),
            _ => return Cell::plain(table.frames.frame(row.frame).printable_name()),
        };
        Cell { text: Cow::Owned(text), color, meter: None }
    });
    let key_of = |index: usize| FrameKey::of(table.frames.frame(row_of(index).frame));
    state.apply_events(ctx, &events, key_of, |index| SORT_COLUMNS[index]);
}
