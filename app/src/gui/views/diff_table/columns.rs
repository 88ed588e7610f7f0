//! The columns that the tables of a comparison have in common, the line above them, and cells of which no verdict is known.

use eframe::egui::Ui;

use crate::derived::Status;
use crate::gui::command::Command;
use crate::gui::parts::function_table::{name_cell, table_header_ui};
use crate::gui::parts::judged_row::INTERVAL_TOOLTIP;
use crate::gui::theme::Tokens;
use crate::gui::view::ViewContext;
use crate::gui::view_id::ViewId;
use crate::gui::widgets::segmented::choice_ui;
use crate::gui::widgets::value_table::{Cell, ColumnLook, column, function_column};
use crate::gui::workspace::Compared;
use crate::query::rows::RowKey;
use crate::query::side_format::SideFormat;
use crate::text;

const VALUE_WIDTH: f32 = 84.0;
const CHANGE_WIDTH: f32 = 72.0;
const INTERVAL_WIDTH: f32 = 132.0;
const RUNS_WIDTH: f32 = 148.0;

const CHANGE_TOOLTIP: &str =
    "In percent of the base; ~ and grey where nothing can be said. Functions only, without filters.";
const RUNS_TOOLTIP: &str = "Every run is a dot, the base above, the head below; the lines are their means";

/// The columns: those that only a verdict can fill come last.
pub(super) const COLUMNS: [ColumnLook; 7] = [
    function_column("function", "Name; click to sort"),
    column("base", "Value in the base", Some(VALUE_WIDTH), true),
    column("head", "Value in the head", Some(VALUE_WIDTH), true),
    column("Δ", "What the head has more", Some(VALUE_WIDTH), true),
    column("change", CHANGE_TOOLTIP, Some(CHANGE_WIDTH), false),
    column("95%", INTERVAL_TOOLTIP, Some(INTERVAL_WIDTH), false),
    column("runs", RUNS_TOOLTIP, Some(RUNS_WIDTH), false),
];
/// How many columns there are without a verdict.
pub(super) const N_PLAIN: usize = 5;

/// What the table is sorted by after a click on each header, by the value that it shows.
pub(super) const fn sort_key(compared: Compared, column: usize) -> RowKey {
    match (compared, column) {
        (_, 0) => RowKey::Name,
        (Compared::Cum, 1) => RowKey::BaseCum,
        (Compared::Cum, 2) => RowKey::Cum,
        (Compared::Cum, _) => RowKey::DeltaCum,
        (_, 1) => RowKey::BaseFlat,
        (_, 2) => RowKey::Flat,
        (_, _) => RowKey::DeltaFlat,
    }
}

/// The line above the table, with the choice of what it compares.
pub(super) fn header_ui(ui: &mut Ui, ctx: &ViewContext<'_>, n_rows: usize, status: &Status) {
    let names = Compared::ALL.map(|compared| compared.text().to_owned());
    let shown = Compared::ALL.iter().position(|&compared| compared == ctx.lens().compared).unwrap_or(0);
    table_header_ui(ui, ctx, ViewId::Changes.title(), n_rows, status, |ui| {
        if let Some(index) = choice_ui(ui, "Compared value", &names, shown) {
            ctx.send(Command::ChooseCompared(Compared::ALL[index]));
        }
    });
}

/// The column that the table is sorted by.
pub(super) fn sorted_column(compared: Compared, key: RowKey) -> usize {
    (0..4).find(|&column| sort_key(compared, column) == key).unwrap_or(0)
}

/// A cell of which no verdict is known.
pub(super) fn plain_cell(
    column: usize,
    name: &str,
    (base, head): (i64, i64),
    format: &SideFormat,
    tokens: &Tokens,
) -> Cell<'static> {
    let change_color = match head.wrapping_sub(base) {
        0 => tokens.text_faint,
        1.. => tokens.increase,
        _ => tokens.decrease,
    };
    let quiet = |value: i64| if value == 0 { tokens.text_faint } else { tokens.text };
    match column {
        0 => name_cell(name.to_owned()),
        1 => Cell::colored(format.text(base), quiet(base)),
        2 => Cell::colored(format.text(head), quiet(head)),
        3 => Cell::colored(format.signed_text(head.wrapping_sub(base)), change_color),
        _ => Cell::colored(text::change(base, head), change_color),
    }
}
