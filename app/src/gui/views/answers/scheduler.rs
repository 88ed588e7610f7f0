//! What goroutines that could run waited for, and who had the Ps meanwhile.

use std::borrow::Cow;

use eframe::egui::Ui;
use goscope_analysis::symbol::short_name;
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::printable;

use super::page::page_ui;
use crate::gui::command::Command;
use crate::gui::parts::sentence::follow;
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::view_id::ViewId;
use crate::gui::widgets::upper_and_lower_ui;
use crate::gui::widgets::value_table::{Cell, ColumnLook, TableLook, column, value_table_ui};
use crate::query::trace::answers::scheduler::{Scheduler, SchedulerQuery};
use crate::query::trace::answers::sentence::Link;
use crate::query::trace::selection::{Flame, FlameKind};
use crate::text;

const WAIT_COLUMNS: &[ColumnLook] = &[
    column("what was in the way", "Click for where goroutines waited for a P", None, false),
    column("runnable", "Time of goroutines that could run and did not", Some(84.0), false),
    column("share", "Share of that time", Some(64.0), false),
];

const BY_COLUMNS: &[ColumnLook] = &[
    column("had the Ps meanwhile", "Click to select the function", None, false),
    column("P time", "Of all Ps, while somebody found none free", Some(84.0), false),
    column("share", "Share of that time", Some(64.0), false),
];

pub(super) fn scheduler_ui(ui: &mut Ui, ctx: &ViewContext<'_>, model: &TraceModel) {
    let query = SchedulerQuery { range: ctx.lens().trace.why().range };
    page_ui(ui, ctx, ("scheduler", query), |_| None, |ui, answer| tables_ui(ui, ctx, model, answer));
}

fn tables_ui(ui: &mut Ui, ctx: &ViewContext<'_>, model: &TraceModel, it: &Scheduler) {
    let waits = waits(it);
    let height = theme::CONTROL_HEIGHT + waits.len() as f32 * theme::ROW_HEIGHT + theme::GRID;
    let upper = |ui: &mut Ui| waits_ui(ui, ctx, &waits, it.runnable.nanos());
    if it.by.is_empty() {
        upper(ui);
    } else {
        upper_and_lower_ui(ui, height, upper, |ui| by_ui(ui, ctx, model, it));
    }
}

/// What was in the way, and for how long in ns.
fn waits(it: &Scheduler) -> Vec<(&'static str, u64)> {
    let runnable = &it.runnable;
    let mut rows = vec![
        ("all Ps in use", runnable.starved_nanos),
        ("all Ps in use, after a system call that cost the P", runnable.lost_p_nanos),
        ("wake-up: a P was idle", runnable.wakeup_nanos),
        ("world stopped", runnable.stw_nanos),
        ("process stopped", runnable.throttled_nanos),
    ];
    if runnable.starved_with_gc_nanos > 0 {
        rows.push(("of all Ps in use: one by the garbage collector", runnable.starved_with_gc_nanos));
    }
    rows
}

fn waits_ui(ui: &mut Ui, ctx: &ViewContext<'_>, waits: &[(&'static str, u64)], all: u64) {
    let look = TableLook {
        id_salt: "what was in the way",
        columns: WAIT_COLUMNS,
        sort: (usize::MAX, true),
        n_rows: waits.len(),
        selected: None,
        scroll_to: None,
    };
    let events = value_table_ui(ui, &look, |row, column| match column {
        0 => Cell::plain(waits[row].0.to_owned()),
        _ => share_cell(waits[row].1, all, column == 1),
    });
    if events.clicked.is_some() {
        ctx.send(Command::ChooseFlame(Flame::Time(FlameKind::Sched)));
        ctx.send(Command::ShowView(ViewId::FlameGraph));
    }
}

fn by_ui(ui: &mut Ui, ctx: &ViewContext<'_>, model: &TraceModel, it: &Scheduler) {
    let all = it.by.iter().map(|row| row.nanos).sum();
    let name = |row: usize| model.tables().string_lossy(it.by[row].function).into_owned();
    let look = TableLook {
        id_salt: "who had the Ps",
        columns: BY_COLUMNS,
        sort: (usize::MAX, true),
        n_rows: it.by.len(),
        selected: None,
        scroll_to: None,
    };
    let events = value_table_ui(ui, &look, |row, column| match column {
        0 => Cell::plain(printable(&short_name(&name(row))).into_owned()),
        _ => share_cell(it.by[row].nanos, all, column == 1),
    });
    if let Some(row) = events.clicked {
        follow(ctx, &Link::Function(name(row)));
    }
}

/// A part of a time: as long as it is, with a bar, or as a share.
fn share_cell(nanos: u64, all: u64, is_duration: bool) -> Cell<'static> {
    let share = nanos as f64 / all.max(1) as f64;
    let (text, meter) = match (nanos, is_duration) {
        (0, _) => ("–".to_owned(), None),
        (_, true) => (text::duration(i64::try_from(nanos).unwrap_or(i64::MAX)), Some(share as f32)),
        (_, false) => (text::percent(share), None),
    };
    Cell { text: Cow::Owned(text), meter, ..Cell::default() }
}
