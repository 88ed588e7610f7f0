//! Latency, traffic, errors and saturation.

use eframe::egui::Ui;
use goscope_analysis::symbol::short_name;
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::printable;

use super::page::page_ui;
use crate::gui::parts::sentence::follow;
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets::upper_and_lower_ui;
use crate::gui::widgets::value_table::{Cell, ColumnLook, TableLook, column, value_table_ui};
use crate::query::trace::answers::sentence::Link;
use crate::query::trace::answers::signals::{SignalRow, SignalsAnswer, SignalsQuery, sparkline};
use crate::query::trace::answers::why_sentence::instance_name;
use crate::text;

const TIME_WIDTH: f32 = 76.0;

const COLUMNS: &[ColumnLook] = &[
    column("name", "Click for where their time went", None, false),
    column("count", "How many are complete in the trace", Some(60.0), false),
    column("a second", "How many begin in a second", Some(64.0), false),
    column("p50", "Half of them take no longer", Some(TIME_WIDTH), false),
    column("p99", "99 of 100 take no longer", Some(TIME_WIDTH), false),
    column("errors", "Logs of errors, by their category (trace.Log)", Some(56.0), false),
    column("over time", "How many begin in each tenth of the trace", Some(92.0), false),
    column("max", "The slowest", Some(TIME_WIDTH), false),
    column("p90", "Nine of ten take no longer", Some(TIME_WIDTH), false),
];

const ERROR_COLUMNS: &[ColumnLook] = &[
    column("error", "Category and message of the log", None, false),
    column("count", "How often it was logged", Some(60.0), false),
];

pub(super) fn signals_ui(ui: &mut Ui, ctx: &ViewContext<'_>, model: &TraceModel) {
    let why = ctx.lens().trace.why();
    let query = SignalsQuery { population: why.population, range: why.range, error_log: None };
    let whose = |answer: &SignalsAnswer| answer.population.clone();
    page_ui(ui, ctx, ("signals", query), whose, |ui, answer| tables_ui(ui, ctx, model, answer));
}

fn tables_ui(ui: &mut Ui, ctx: &ViewContext<'_>, model: &TraceModel, answer: &SignalsAnswer) {
    let n_rows = answer.signals.rows.len();
    if n_rows == 0 {
        return;
    }
    let height = theme::CONTROL_HEIGHT + n_rows as f32 * theme::ROW_HEIGHT + theme::GRID;
    let upper = |ui: &mut Ui| rows_ui(ui, ctx, model, answer);
    if answer.signals.all.errors.by.is_empty() {
        upper(ui);
    } else {
        upper_and_lower_ui(ui, height, upper, |ui| errors_ui(ui, model, answer));
    }
}

fn rows_ui(ui: &mut Ui, ctx: &ViewContext<'_>, model: &TraceModel, answer: &SignalsAnswer) {
    let rows = &answer.signals.rows;
    let look = TableLook {
        id_salt: "signals by name",
        columns: COLUMNS,
        // As the answer has them: most first.
        sort: (usize::MAX, true),
        n_rows: rows.len(),
        selected: None,
        scroll_to: None,
    };
    let events =
        value_table_ui(ui, &look, |row, column| Cell::plain(cell(model, answer, &rows[row], column)));
    if let Some(row) = events.clicked {
        follow(ctx, &Link::of_name(model, answer.population.as_ref(), rows[row].name));
    }
}

fn cell(model: &TraceModel, answer: &SignalsAnswer, row: &SignalRow, column: usize) -> String {
    let count = |count: u64| text::count(usize::try_from(count).unwrap_or(usize::MAX));
    let duration = |nanos: u64| text::duration(i64::try_from(nanos).unwrap_or(i64::MAX));
    let p = row.latency.percentiles();
    match column {
        0 => {
            let name = answer.population.as_ref().map(|it| instance_name(model, it, row.name));
            printable(&short_name(&name.unwrap_or_default())).into_owned()
        }
        1 => count(row.count()),
        2 => format!("{:.1}", answer.signals.per_second(row.count())),
        3 => duration(p.p50),
        4 => duration(p.p99),
        5 if row.errors.count == 0 => "–".to_owned(),
        5 => count(row.errors.count),
        6 => sparkline(&row.begins),
        7 => duration(p.max),
        _ => duration(p.p90),
    }
}

fn errors_ui(ui: &mut Ui, model: &TraceModel, answer: &SignalsAnswer) {
    let errors = &answer.signals.all.errors.by;
    let name = |id| printable(&model.tables().string_lossy(id)).into_owned();
    let look = TableLook {
        id_salt: "errors by text",
        columns: ERROR_COLUMNS,
        sort: (1, true),
        n_rows: errors.len(),
        selected: None,
        scroll_to: None,
    };
    value_table_ui(ui, &look, |row, column| {
        let it = &errors[row];
        Cell::plain(match column {
            0 => format!("{}: {}", name(it.category), name(it.message)),
            _ => text::count(usize::try_from(it.count).unwrap_or(usize::MAX)),
        })
    });
}
