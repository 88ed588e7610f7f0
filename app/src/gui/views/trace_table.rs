//! Tables of a trace: goroutines, tasks, regions, GC cycles, pauses. A click goes to what a row is about.

use std::borrow::Cow;

use eframe::egui::{Button, RichText, Ui};
use goscope_analysis::symbol::short_name;
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::names::{BEGUN_BEFORE, given_name};

use crate::gui::command::{Command, Flight};
use crate::gui::parts::function_table::table_header_ui;
use crate::gui::parts::placeholder::{nothing_yet_ui, sentence_ui};
use crate::gui::selection::Item;
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::value_table::{
    Cell, ColumnLook, TableEvents, TableLook, column, function_column, value_table_ui,
};
use crate::query::trace::selection::{Only, TimeRange};
use crate::query::trace::table::{TraceRows, TraceTableQuery};
use crate::query::trace::table_columns::{ColumnId, TableSort, TraceTable, ValueKind};
use crate::text;

/// A table as a view.
pub struct TraceTableView {
    id: ViewId,
    /// Where it asks, and what it is called in egui's memory.
    place: &'static str,
    table: TraceTable,
    /// What its rows are called when there are none.
    nothing: &'static str,
}

/// Goroutines.
pub const GOROUTINES: TraceTableView = TraceTableView {
    id: ViewId::Goroutines,
    place: "table of goroutines",
    table: TraceTable::Goroutines,
    nothing: "No goroutine exists in the selected time.",
};

/// User tasks.
pub const TASKS: TraceTableView = TraceTableView {
    id: ViewId::Tasks,
    place: "table of tasks",
    table: TraceTable::Tasks,
    nothing: "No tasks in the selected time. A program creates them with trace.NewTask.",
};

/// User regions.
pub const REGIONS: TraceTableView = TraceTableView {
    id: ViewId::Regions,
    place: "table of regions",
    table: TraceTable::Regions,
    nothing: "No regions in the selected time. A program creates them with trace.StartRegion or trace.WithRegion.",
};

/// Cycles of the garbage collector.
pub const GC_CYCLES: TraceTableView = TraceTableView {
    id: ViewId::GcCycles,
    place: "table of GC cycles",
    table: TraceTable::GcCycles,
    nothing: "No GC cycle in the selected time.",
};

/// Stop-the-world pauses.
pub const PAUSES: TraceTableView = TraceTableView {
    id: ViewId::Pauses,
    place: "table of pauses",
    table: TraceTable::Pauses,
    nothing: "No stop-the-world pause in the selected time.",
};

impl View for TraceTableView {
    type State = ();

    fn id(&self) -> ViewId {
        self.id
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, _: &mut ()) {
        let Some(model) = ctx.trace() else { return };
        let lens = ctx.lens();
        let sorts = &lens.trace.table_sorts;
        let query = TraceTableQuery {
            table: self.table,
            selection: lens.trace.selection(),
            sort: sorts.get(&self.table).copied().unwrap_or_else(|| self.table.first_sort()),
            containing: lens.table_filter.clone(),
        };
        let sort = query.sort;
        let shown = ctx.ask(self.place, &query);
        let Some(rows) = &shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Adding up");
            return;
        };
        table_header_ui(ui, ctx, self.id.title(), rows.len(), &shown.status, |ui| {
            self.copy_ui(ui, ctx, (model, rows));
        });
        if rows.is_empty() {
            sentence_ui(ui, self.nothing);
            return;
        }
        self.table_ui(ui, ctx, (model, rows), sort);
    }
}

impl TraceTableView {
    /// Copies the rows, in their order.
    fn copy_ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, (model, rows): (&TraceModel, &TraceRows)) {
        let text = RichText::new("Copy CSV").font(theme::small()).color(theme::tokens(ui).text_quiet);
        let button = ui.add_enabled(!rows.is_empty(), Button::new(text).frame_when_inactive(false));
        if button.on_hover_text("All rows as CSV, durations in ns").clicked() {
            ctx.send(Command::CopyText(rows.csv(model, self.columns()[0].title)));
        }
    }

    fn table_ui(
        &self,
        ui: &mut Ui,
        ctx: &ViewContext<'_>,
        (model, rows): (&TraceModel, &TraceRows),
        sort: TableSort,
    ) {
        let look = TableLook {
            id_salt: self.place,
            columns: &self.columns(),
            sort: (self.index_of(sort.column), sort.is_descending),
            n_rows: rows.len(),
            selected: None,
            scroll_to: None,
        };
        let faint = theme::tokens(ui).text_faint;
        let events = value_table_ui(ui, &look, |row, column| match column.checked_sub(1) {
            None => Cell::plain(name_text(self.table, model, rows, row)),
            Some(column) => {
                let value = rows.value(model, row, column);
                let text = Cow::Owned(value_text(value, rows.columns[column].kind));
                Cell { text, color: (value <= 0).then_some(faint), ..Cell::default() }
            }
        });
        self.apply(ctx, (model, rows), sort, &events);
    }

    fn columns(&self) -> Vec<ColumnLook> {
        let name = match self.table {
            TraceTable::Goroutines => ("function", "The function it runs"),
            TraceTable::Tasks | TraceTable::Regions => ("type", "The name given by the program"),
            TraceTable::GcCycles => ("cycle", "Numbered in the order of the table"),
            TraceTable::Pauses => ("reason", "Why the world was stopped"),
        };
        let first = match self.table {
            TraceTable::Goroutines | TraceTable::Tasks | TraceTable::Regions => {
                function_column(name.0, name.1)
            }
            TraceTable::GcCycles | TraceTable::Pauses => column(name.0, name.1, None, true),
        };
        let columns = self.table.columns().iter();
        let others = columns.map(|number| column(number.title, number.tooltip, Some(76.0), true));
        std::iter::once(first).chain(others).collect()
    }

    /// The place of a column in the table; the name is the first.
    fn index_of(&self, id: ColumnId) -> usize {
        self.table.columns().iter().position(|column| column.id == id).map_or(0, |index| index + 1)
    }

    /// The column at a place.
    fn column_at(&self, index: usize) -> ColumnId {
        let number = index.checked_sub(1).and_then(|index| self.table.columns().get(index));
        number.map_or(ColumnId::Name, |column| column.id)
    }

    fn apply(
        &self,
        ctx: &ViewContext<'_>,
        (model, rows): (&TraceModel, &TraceRows),
        sort: TableSort,
        events: &TableEvents,
    ) {
        if let Some(column) = events.sorted {
            let column = self.column_at(column);
            // Names begin with A, numbers with the largest.
            let is_descending =
                if column == sort.column { !sort.is_descending } else { column != ColumnId::Name };
            ctx.send(Command::SortTraceTable(self.table, TableSort { column, is_descending }));
        }
        if let Some(row) = events.clicked.or(events.secondary_clicked) {
            let target = rows.target(model, row);
            let item = match self.table {
                TraceTable::Tasks => {
                    let number = rows.number(model, row, ColumnId::Task).unwrap_or_default();
                    Item::Task(u64::try_from(number).unwrap_or_default())
                }
                _ => Item::Goroutine(model.tables().goid(target.goroutine)),
            };
            if self.table == TraceTable::Goroutines {
                ctx.send(Command::Select(item));
            } else {
                let start = model.range().start;
                let time = start.saturating_add(target.time.0)..start.saturating_add(target.time.1);
                let group = match self.table {
                    TraceTable::Tasks => rows.name(model, row),
                    _ => model.start_function(target.goroutine),
                };
                let group = model.tables().string_lossy(group).into_owned();
                let range = TimeRange::around(model, &time);
                ctx.send(Command::FlyTo(Flight { item, range, group: Some(group) }));
            }
        }
        if let Some((row, response)) = &events.row_response {
            let goroutine = rows.target(model, *row).goroutine;
            let goid = model.tables().goid(goroutine);
            let function = model.start_function(goroutine);
            let function = model.tables().string_lossy(function).into_owned();
            response.context_menu(|ui| menu_ui(ui, ctx, goid, &function));
        }
    }
}

fn menu_ui(ui: &mut Ui, ctx: &ViewContext<'_>, goid: i64, function: &str) {
    ui.set_min_width(200.0);
    let choices = [
        (format!("Only goroutine {goid}"), Only::Goroutine(goid)),
        (format!("Only goroutines of {}", short_name(function)), Only::Function(function.to_owned())),
    ];
    for (text, only) in choices {
        if ui.button(text).clicked() {
            ctx.send(Command::ShowOnly(Some(only)));
            ui.close();
        }
    }
    if ui.button("Copy name").clicked() {
        ctx.send(Command::CopyText(function.to_owned()));
        ui.close();
    }
}

fn name_text(table: TraceTable, model: &TraceModel, rows: &TraceRows, row: usize) -> String {
    let name = model.tables().printable(rows.name(model, row));
    match table {
        TraceTable::GcCycles => format!("GC {}", row + 1),
        TraceTable::Goroutines if name.is_empty() => "(unknown function)".to_owned(),
        TraceTable::Goroutines => short_name(&name).into_owned(),
        // One that began before the trace "begins" with it, at 0; no event has that time.
        TraceTable::Tasks if name.is_empty() && rows.value(model, row, 1) == 0 => BEGUN_BEFORE.to_owned(),
        TraceTable::Tasks | TraceTable::Regions => given_name(model.tables(), rows.name(model, row)),
        TraceTable::Pauses => name.into_owned(),
    }
}

fn value_text(value: i64, kind: ValueKind) -> String {
    match kind {
        ValueKind::Duration if value == 0 => "–".to_owned(),
        ValueKind::Duration | ValueKind::Moment => text::duration(value),
        ValueKind::Bytes if value < 0 => "–".to_owned(),
        ValueKind::Bytes => text::bytes(value.unsigned_abs()),
        ValueKind::Count => text::count(usize::try_from(value).unwrap_or(0)),
        ValueKind::Number => value.to_string(),
    }
}
