//! Who pays for the garbage collector, and who allocates.

use std::borrow::Cow;

use eframe::egui::Ui;
use goscope_analysis::symbol::short_name;
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::printable;

use super::page::page_ui;
use crate::gui::parts::sentence::follow;
use crate::gui::view::ViewContext;
use crate::gui::widgets::value_table::{Cell, ColumnLook, TableLook, column, value_table_ui};
use crate::query::trace::answers::gc_bill::{BillRow, FEW_RISES, GcBillAnswer, GcBillQuery};
use crate::query::trace::answers::sentence::Link;
use crate::text;

const TIME_WIDTH: f32 = 76.0;

const COLUMNS: &[ColumnLook] = &[
    column("who", "Click for where their time went", None, false),
    column(
        "allocated",
        "Bytes by which the heap rose while they ran; ~ where few rises were noted",
        Some(84.0),
        false,
    ),
    column("share", "Share of all bytes", Some(60.0), false),
    column("assists", "Marking for the collector before they may allocate", Some(TIME_WIDTH), false),
    column("pauses", "Stop-the-world pauses of the collector meanwhile", Some(TIME_WIDTH), false),
    column("sweeps", "Sweeping before they may allocate", Some(TIME_WIDTH), false),
    column("waits", "Waiting for something to assist with", Some(TIME_WIDTH), false),
    column("stolen", "All Ps were in use, one by a worker of the collector", Some(TIME_WIDTH), false),
    column("count", "How many there are", Some(60.0), false),
];

pub(super) fn gc_bill_ui(ui: &mut Ui, ctx: &ViewContext<'_>, model: &TraceModel) {
    let why = ctx.lens().trace.why();
    let query = GcBillQuery { population: why.population, range: why.range, profile: None };
    let whose = |answer: &GcBillAnswer| answer.population.clone();
    page_ui(ui, ctx, ("gc bill", query), whose, |ui, answer| table_ui(ui, ctx, model, answer));
}

fn table_ui(ui: &mut Ui, ctx: &ViewContext<'_>, model: &TraceModel, answer: &GcBillAnswer) {
    let rows = &answer.bill.rows;
    if rows.is_empty() {
        return;
    }
    let look = TableLook {
        id_salt: "who pays for the collector",
        columns: COLUMNS,
        // By what they pay and cause together, which is no column.
        sort: (usize::MAX, true),
        n_rows: rows.len(),
        selected: None,
        scroll_to: None,
    };
    let events = value_table_ui(ui, &look, |row, column| cell(model, answer, &rows[row], column));
    if let Some(row) = events.clicked {
        follow(ctx, &Link::of_name(model, answer.population.as_ref(), rows[row].name));
    }
}

fn cell(model: &TraceModel, answer: &GcBillAnswer, row: &BillRow, column: usize) -> Cell<'static> {
    let share = row.alloc_bytes as f64 / answer.bill.alloc_bytes.max(1) as f64;
    let nanos = |nanos: u64| match nanos {
        0 => "–".to_owned(),
        _ => text::duration(i64::try_from(nanos).unwrap_or(i64::MAX)),
    };
    let (text, meter) = match column {
        0 => (printable(&short_name(&answer.name(model, row))).into_owned(), None),
        1 if row.alloc_bytes == 0 => ("–".to_owned(), None),
        1 => {
            let about = if row.rises < FEW_RISES { "~" } else { "" };
            (format!("{about}{}", text::bytes(row.alloc_bytes)), Some(share as f32))
        }
        2 => (text::percent(share), None),
        3 => (nanos(row.assist_nanos), None),
        4 => (nanos(row.stw_nanos), None),
        5 => (nanos(row.sweep_nanos), None),
        6 => (nanos(row.assist_wait_nanos), None),
        7 => (nanos(row.stolen_nanos), None),
        _ => (text::count(usize::try_from(row.instances).unwrap_or(usize::MAX)), None),
    };
    Cell { text: Cow::Owned(text), meter, ..Cell::default() }
}
