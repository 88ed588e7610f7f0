//! The functions of the chosen profiles of a store, added up; the share of the one that is chosen is drawn over time.

use eframe::egui::{Label, RichText, Ui};

use crate::gui::command::Command;
use crate::gui::parts::function_table::{name_cell, table_header_ui};
use crate::gui::parts::placeholder::{nothing_yet_ui, sentence_ui};
use crate::gui::parts::store::{chosen_of, copy_command_ui, function_of, selection_word};
use crate::gui::selection::{FrameKey, Item};
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::value_table::{
    Cell, ColumnLook, TableEvents, TableLook, column, function_column, value_table_ui,
};
use crate::gui::workspace::Sort;
use crate::query::rows::RowKey;
use crate::query::store::top::{StoreTopQuery, StoreTopRows, StoreTopRowsQuery};
use crate::text::{self, ValueText};

/// The view.
pub struct TopFunctionsView;

const COLUMNS: &[ColumnLook] = &[
    function_column("function", "Name; click a row to draw its share over time"),
    column("flat", "Value of samples that end in the function", Some(88.0), true),
    column("flat %", "Share of the total", Some(72.0), true),
    column("cum", "Value of samples that pass through the function", Some(88.0), true),
    column("cum %", "Share of the total", Some(72.0), true),
];

/// What each column is sorted by.
const KEYS: [RowKey; 5] = [RowKey::Name, RowKey::Flat, RowKey::Flat, RowKey::Cum, RowKey::Cum];

/// The room that the button for the command needs, in points.
const LEAST_FOR_COPY: f32 = 136.0;

/// What passes in it: the function that it has brought into view.
#[derive(Debug, Default)]
pub struct TopFunctionsState {
    scrolled_to: Option<String>,
}

impl View for TopFunctionsView {
    type State = TopFunctionsState;

    fn id(&self) -> ViewId {
        ViewId::TopFunctions
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, state: &mut TopFunctionsState) {
        let of = StoreTopQuery { chosen: chosen_of(ctx) };
        let question = StoreTopRowsQuery { of, order: ctx.row_order() };
        let shown = ctx.ask("top functions", &question);
        let Some(rows) = &shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Adding up profiles");
            return;
        };
        table_header_ui(ui, ctx, ViewId::TopFunctions.title(), rows.len(), &shown.status, |ui| {
            header_ui(ui, ctx, rows);
        });
        if rows.is_empty() {
            let is_filtered = !ctx.lens().table_filter.is_empty();
            let why = if is_filtered {
                "No function has this text in its name."
            } else {
                "These profiles have no samples."
            };
            sentence_ui(ui, why);
            return;
        }
        table_ui(ui, ctx, rows, state);
    }
}

/// The sum, and the command that prints the same, where there is room.
fn header_ui(ui: &mut Ui, ctx: &ViewContext<'_>, rows: &StoreTopRows) {
    let total = format!("{} {}", rows.top.kind, ValueText::alone(&rows.top.unit).text(rows.top.total));
    let total = RichText::new(total).font(theme::mono_small()).color(theme::tokens(ui).text_faint);
    ui.add(Label::new(total).truncate());
    if ui.available_width() > LEAST_FOR_COPY {
        copy_command_ui(ui, ctx, "the goscope top that prints the same", || {
            Some(format!("goscope top {}", selection_word(ctx, &rows.top.selector)?))
        });
    }
}

fn table_ui(ui: &mut Ui, ctx: &ViewContext<'_>, rows: &StoreTopRows, state: &mut TopFunctionsState) {
    let tokens = theme::tokens(ui);
    let format = ValueText::column(&rows.top.unit, &rows.top.shown_unit);
    let total = rows.top.total;
    let function = function_of(ctx);
    let drawn = function.as_deref().or_else(|| rows.top.first());
    let selected = drawn.and_then(|function| rows.row_of(function));
    let is_new = state.scrolled_to.as_deref() != drawn;
    state.scrolled_to = drawn.map(str::to_owned);
    let sort = ctx.lens().sort;
    let look = TableLook {
        id_salt: "top functions",
        columns: COLUMNS,
        sort: (KEYS.iter().position(|key| *key == sort.column).unwrap_or(1), sort.is_descending),
        n_rows: rows.len(),
        selected,
        scroll_to: selected.filter(|_| is_new),
    };
    let events = value_table_ui(ui, &look, |index, column| {
        let row = rows.row(index);
        let value = if column < 3 { row.flat } else { row.cum };
        let color = (value == 0).then_some(tokens.text_faint);
        match column {
            0 => name_cell(text::name(&row.function)),
            1 | 3 => Cell { color, ..Cell::plain(format.text(value)) },
            _ => Cell {
                color,
                meter: Some(text::fraction(value, total)),
                ..Cell::plain(text::share(value, total))
            },
        }
    });
    apply(ctx, rows, &events, state);
}

fn apply(ctx: &ViewContext<'_>, rows: &StoreTopRows, events: &TableEvents, state: &mut TopFunctionsState) {
    if let Some(column) = events.sorted.map(|index| KEYS[index]) {
        let sort = ctx.lens().sort;
        // Names begin with A, numbers with the largest.
        let is_descending = if sort.column == column { !sort.is_descending } else { column != RowKey::Name };
        ctx.send(Command::SortTable(Sort { column, is_descending }));
    }
    if let Some(index) = events.clicked.or(events.secondary_clicked) {
        let name = rows.row(index).function.clone();
        // The row is in view already; it must not jump to another place under the pointer.
        state.scrolled_to = Some(name.clone());
        ctx.send(Command::Select(Item::Function(FrameKey { name, ..FrameKey::default() })));
    }
}
