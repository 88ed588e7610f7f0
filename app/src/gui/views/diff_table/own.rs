//! Own code with the library functions below it: `report.contains`, and under it `→ memeqbody`.

use eframe::egui::Ui;
use goscope_analysis::symbol::short_name;

use super::columns::{COLUMNS, N_PLAIN, header_ui, plain_cell, sort_key, sorted_column};
use crate::gui::parts::function_table::TableState;
use crate::gui::parts::placeholder::{nothing_yet_ui, sentence_ui};
use crate::gui::selection::FrameKey;
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets::value_table::{Cell, TableLook, value_table_ui};
use crate::gui::workspace::Compared;
use crate::query::own_rows::{OwnRows, OwnRowsQuery, OwnTableQuery};
use crate::query::side_format::SideScale;
use crate::text::ValueText;

/// Shows the table.
pub(super) fn table_ui(ui: &mut Ui, ctx: &ViewContext<'_>, scale: &SideScale, state: &mut TableState) {
    let verdict = match ctx.judged_query() {
        Some(Ok(question)) => question.verdict,
        Some(Err(status)) => return nothing_yet_ui(ui, &status, "Judging the comparison"),
        None => return,
    };
    let table = OwnTableQuery { stacks: ctx.lens().stack_query(), scale: scale.diff, verdict };
    let shown = ctx.ask("own code", &OwnRowsQuery { table, order: ctx.row_order() });
    let Some(rows) = &shown.answer else {
        // The other tables need no verdict.
        header_ui(ui, ctx, 0, &shown.status);
        nothing_yet_ui(ui, &shown.status, "Looking for own code");
        return;
    };
    header_ui(ui, ctx, rows.n_functions, &shown.status);
    if rows.lines.is_empty() {
        let is_narrowed = !ctx.lens().table_filter.is_empty();
        let text = if is_narrowed {
            "No function of own code has this text in its name."
        } else {
            "No own code was found."
        };
        sentence_ui(ui, text);
        return;
    }
    rows_ui(ui, ctx, (rows, scale), state);
}

fn rows_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    (rows, scale): (&OwnRows, &SideScale),
    state: &mut TableState,
) {
    let own = &rows.own;
    let (table, tokens) = (&own.table, theme::tokens(ui));
    let format = scale.format(ValueText::column(&table.unit, &own.shown_unit), &table.unit);
    let selected = ctx
        .lens()
        .selection
        .as_ref()
        .and_then(|item| item.frame())
        .and_then(|key| rows.place(table.frames.find(&key.frame())?));
    let sort = ctx.lens().sort;
    let look = TableLook {
        id_salt: "own code",
        columns: &COLUMNS[..N_PLAIN],
        sort: (sorted_column(Compared::Own, sort.column), sort.is_descending),
        n_rows: rows.lines.len(),
        selected,
        scroll_to: state.newly_selected(ctx, selected),
    };
    let events = value_table_ui(ui, &look, |index, column| {
        let line = rows.lines[index];
        let name = table.frames.frame(line.frame).printable_name();
        let name = if line.is_leaf { format!("    → {}", short_name(&name)) } else { name };
        let cell = plain_cell(column, &name, (line.value.base, line.value.head), &format, tokens);
        // A leaf has its short name already.
        let cell = if line.is_leaf { Cell { name: None, ..cell } } else { cell };
        if line.is_leaf && column < 3 { Cell { color: Some(tokens.text_quiet), ..cell } } else { cell }
    });
    let key_of = |index: usize| FrameKey::of(table.frames.frame(rows.lines[index].frame));
    state.apply_events(ctx, &events, key_of, |column| sort_key(Compared::Own, column));
}
