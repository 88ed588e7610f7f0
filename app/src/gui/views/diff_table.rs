//! The table of a comparison: one row per function with both sides and the change.

use std::borrow::Cow;
use std::sync::Arc;

use eframe::egui::Ui;
use goscope_analysis::profile::frame::Granularity;
use goscope_analysis::value::ValueFormat;
use goscope_analysis::verdict::Significance;

use crate::gui::parts::function_table::{TableState, selected_row, table_header_ui};
use crate::gui::parts::placeholder::{nothing_yet_ui, sentence_ui};
use crate::gui::selection::FrameKey;
use crate::gui::theme::{self, Tokens};
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::value_table::{Cell, ColumnLook, TableLook, column, value_table_ui};
use crate::query::diff_rows::DiffRowsQuery;
use crate::query::diff_table::Diff;
use crate::query::judged::Judged;
use crate::query::rows::RowKey;
use crate::query::rows::Rows;
use crate::report::rows::{NOTHING, ShownRow};
use crate::text;

/// The view.
pub struct DiffTableView;

const VALUE_WIDTH: f32 = 80.0;
const CHANGE_WIDTH: f32 = 72.0;
const VERDICT_WIDTH: f32 = 120.0;

const VERDICT_TOOLTIP: &str = "Where the true change of the value with callees is, in 95 of 100 comparisons: of the share, \
                               or per second. ~ where nothing can be said. Functions only, without filters.";

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
    column("95%", VERDICT_TOOLTIP, Some(VERDICT_WIDTH), false),
];

/// The column of the verdict.
const VERDICT: usize = 9;

const SORT_COLUMNS: [RowKey; 10] = [
    RowKey::Name,
    RowKey::BaseFlat,
    RowKey::Flat,
    RowKey::DeltaFlat,
    RowKey::DeltaFlat,
    RowKey::BaseCum,
    RowKey::Cum,
    RowKey::DeltaCum,
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
    let judged = judged(ctx);
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
        if column == VERDICT {
            let name = &table.frames.frame(row.frame).name;
            return judged
                .as_ref()
                .map_or(Cell::plain(String::new()), |judged| verdict_cell(judged, name, tokens));
        }
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

/// The verdict, where its rows are those of the table: whole functions, and all of their samples.
fn judged(ctx: &ViewContext<'_>) -> Option<Arc<Judged>> {
    if ctx.lens().granularity != Granularity::Functions || ctx.is_filtered() {
        return None;
    }
    ctx.ask("judged", &ctx.judged_query()?).answer
}

/// Where the true change of a function is, behind `~` and in grey where it may as well be none.
fn verdict_cell(judged: &Judged, function: &str, tokens: &Tokens) -> Cell<'static> {
    let Some(row) = judged.row(function) else { return Cell::plain(String::new()) };
    let shown = ShownRow::new(&judged.verdict, row);
    let text = match (shown.change.as_str(), shown.interval) {
        (NOTHING, interval) if interval.is_empty() => NOTHING.to_owned(),
        (NOTHING, interval) => format!("{NOTHING} {interval}"),
        (change, interval) if interval.is_empty() => change.to_owned(),
        (_, interval) => interval,
    };
    let color = match row.significance {
        Significance::Regressed | Significance::Grew => tokens.increase,
        Significance::Fell if row.is_shift => tokens.text_quiet,
        Significance::Fell => tokens.decrease,
        Significance::Unclear | Significance::Untested(_) => tokens.text_faint,
    };
    Cell { text: Cow::Owned(text), color: Some(color), meter: None }
}

#[cfg(test)]
mod tests {
    use goscope_analysis::verdict::{Presence, Row, interval_text};
    use goscope_parsers::Progress;

    use super::*;
    use crate::document::{Document, Source};
    use crate::query::judged::JudgedQuery;
    use crate::query::{Documents, answer};
    use crate::samples::PAIR;

    #[test]
    fn a_cell_has_the_interval_in_color_or_a_tilde_in_grey() {
        let [base, head] = PAIR.map(|sample| {
            let source = Source::Sample(sample.name.to_owned());
            vec![Arc::new(Document::load(&source, &Progress::new()).expect("a sample"))]
        });
        let judged = answer(&JudgedQuery::default(), Documents::sides(&base, &head)).expect("a verdict");
        let tokens = theme::tokens_of(true);
        let cell = |name: &str| {
            let cell = verdict_cell(&judged, name, tokens);
            (cell.text.into_owned(), cell.color)
        };

        let row = &judged.verdict.failures().next().expect("a culprit").row;
        let interval = interval_text(row.interval.expect("it was tested"), " … ");
        assert_eq!(cell(&row.name), (interval, Some(tokens.increase)));

        let of = |wanted: fn(&Row) -> bool| {
            let mut names = judged.verdict.rows.iter().map(|row| &row.name);
            let name = names.find(|name| judged.row(name).is_some_and(wanted));
            cell(name.expect("such a row"))
        };
        let (text, color) = of(|row| row.significance == Significance::Unclear);
        assert!(text.starts_with("~ ") && color == Some(tokens.text_faint), "{text}");
        let is_untested = |row: &Row| {
            matches!(row.significance, Significance::Untested(_)) && row.presence == Presence::Both
        };
        assert_eq!(of(is_untested), ("~".to_owned(), Some(tokens.text_faint)));
        assert_eq!(cell("main.noSuchFunction"), (String::new(), None));
    }
}
