//! Tables of a trace: goroutines, tasks, regions, pauses and GC cycles, one row each, as columns of numbers.
//!
//! Names are made from ids when a row is drawn: there may be millions of goroutines.

use std::ops::Range;

use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::goroutines::{GoroutineFilter, SystemGoroutines};
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::trace::{GoId, StringId, Time};

use super::goroutines::GoroutinesQuery;
use super::regions::RegionsQuery;
use super::selection::TraceSelection;
use super::subject::{Subject, on_clock};
use super::table_columns::{ColumnId, TableSort, TraceColumn, TraceTable};
use super::tasks::{ListedTask, TasksQuery};
use crate::document::TraceDocument;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// Asks for the rows of a table.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TraceTableQuery {
    /// The table.
    pub table: TraceTable,
    /// The time and the goroutines that it covers.
    pub selection: TraceSelection,
    /// The order of the rows.
    pub sort: TableSort,
    /// Text that names must contain.
    pub containing: String,
}

/// What a click on a row shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The goroutine to select.
    pub goroutine: GoId,
    /// Start and end, in ns since the start of the trace.
    pub time: (i64, i64),
}

/// Rows of numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceRows {
    /// The columns after the name.
    pub columns: &'static [TraceColumn],
    /// Name of each row: a string of the trace.
    pub names: Vec<StringId>,
    /// Numbers, row by row.
    pub values: Vec<i64>,
    /// What a click on each row shows.
    pub targets: Vec<Target>,
}

impl TraceRows {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The number of a row in a column; `None` if the table has no such column.
    pub fn number(&self, row: usize, id: ColumnId) -> Option<i64> {
        let column = self.columns.iter().position(|column| column.id == id)?;
        Some(self.value(row, column))
    }

    /// The number in a cell; columns count from 0 after the name.
    pub fn value(&self, row: usize, column: usize) -> i64 {
        self.values[row * self.columns.len() + column]
    }
}

/// Rows before they are sorted.
struct Found<'t> {
    trace: &'t TraceDocument,
    range: Range<Time>,
    rows: TraceRows,
}

impl Found<'_> {
    fn since_start(&self, time: Time) -> i64 {
        time.saturating_sub(self.trace.model.range().start)
    }

    fn is_in_range(&self, time: &Range<Time>) -> bool {
        time.start < self.range.end && time.end >= self.range.start
    }

    fn add(&mut self, name: StringId, values: &[i64], goroutine: GoId, time: &Range<Time>) {
        self.rows.names.push(name);
        self.rows.values.extend_from_slice(values);
        let time = (self.since_start(time.start), self.since_start(time.end));
        self.rows.targets.push(Target { goroutine, time });
    }
}

impl Question for TraceTableQuery {
    type Answer = TraceRows;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<TraceRows, QuestionError> {
        Ok(trace_table(documents.trace()?, self))
    }
}

fn trace_table(trace: &TraceDocument, query: &TraceTableQuery) -> TraceRows {
    let range = on_clock(&trace.model, query.selection.range);
    let rows = TraceRows { columns: query.table.columns(), ..TraceRows::default() };
    let mut found = Found { trace, range, rows };
    match query.table {
        TraceTable::Goroutines => add_goroutines(&mut found, &query.selection),
        TraceTable::Tasks => add_tasks(&mut found, &query.selection),
        TraceTable::Regions => add_regions(&mut found, &query.selection),
        TraceTable::GcCycles => add_cycles(&mut found),
        TraceTable::Pauses => add_pauses(&mut found),
    }
    sorted(&trace.model, &found.rows, query)
}

/// The goroutines of a selection; without one, all including the runtime's.
fn goroutines_of(selection: &TraceSelection) -> GoroutineFilter {
    GoroutineFilter { system: SystemGoroutines::Included, ..Subject::from(selection).goroutines }
}

fn add_goroutines(found: &mut Found<'_>, selection: &TraceSelection) {
    let question = GoroutinesQuery { range: selection.range, goroutines: goroutines_of(selection) };
    for row in question.of(&found.trace.model).rows {
        let of = |state: SpanState| row.nanos(state) as i64;
        let values = [
            row.goroutine.goid,
            row.total_nanos as i64,
            of(SpanState::Running),
            of(SpanState::Runnable),
            of(SpanState::Waiting),
            of(SpanState::Syscall) + of(SpanState::SyscallBlocked),
        ];
        found.add(row.function, &values, row.goroutine.id, &row.goroutine.life());
    }
}

fn add_tasks(found: &mut Found<'_>, selection: &TraceSelection) {
    let model = &found.trace.model;
    let mut rows = TasksQuery { range: selection.range, ..TasksQuery::default() }.of(model).rows;
    rows.sort_by_key(|row| row.id);
    for ListedTask { id, elapsed, n_regions, .. } in rows {
        let Some(task) = model.task(id) else { continue };
        let time = elapsed.begin..elapsed.end;
        let number = i64::try_from(model.tables().task_number(id)).unwrap_or(i64::MAX);
        let duration = time.end.saturating_sub(time.start);
        let values = [number, found.since_start(time.start), duration, n_regions as i64];
        found.add(task.name, &values, task.begin_goroutine, &time);
    }
}

fn add_regions(found: &mut Found<'_>, selection: &TraceSelection) {
    let model = &found.trace.model;
    let goroutines = selection.only.is_some().then(|| goroutines_of(selection));
    let question = RegionsQuery { range: selection.range, goroutines, ..RegionsQuery::default() };
    for row in question.of(model).rows {
        let region = &model.regions()[row];
        let time = region.begin..region.end;
        let goid = model.tables().goid(region.goroutine);
        let values = [goid, found.since_start(time.start), time.end.saturating_sub(time.start)];
        found.add(region.name, &values, region.goroutine, &time);
    }
}

fn add_cycles(found: &mut Found<'_>) {
    let whole = found.trace.model.range();
    for cycle in &found.trace.gc.cycles {
        let time = cycle.mark_span(&whole);
        if found.is_in_range(&time) {
            let pauses: u64 = cycle.pauses(&found.trace.pauses, &whole).map(|pause| pause.nanos()).sum();
            let bytes =
                |value: Option<u64>| value.map_or(-1, |value| i64::try_from(value).unwrap_or(i64::MAX));
            let values = [
                found.since_start(time.start),
                time.end.saturating_sub(time.start),
                pauses as i64,
                cycle.assists.nanos as i64,
                bytes(cycle.heap_before),
                bytes(cycle.heap_after),
                bytes(cycle.goal),
            ];
            found.add(StringId::NONE, &values, cycle.goroutine, &time);
        }
    }
}

fn add_pauses(found: &mut Found<'_>) {
    for pause in &found.trace.pauses {
        let time = pause.begin..pause.end;
        if found.is_in_range(&time) {
            let goid = found.trace.model.tables().goid(pause.goroutine);
            let values = [goid, found.since_start(pause.begin), pause.nanos() as i64];
            found.add(pause.kind, &values, pause.goroutine, &time);
        }
    }
}

/// The rows whose names contain the text, sorted.
fn sorted(model: &TraceModel, rows: &TraceRows, query: &TraceTableQuery) -> TraceRows {
    let name = |row: usize| model.tables().string_lossy(rows.names[row]);
    let mut order: Vec<usize> = (0..rows.len())
        .filter(|&row| query.containing.is_empty() || name(row).contains(&query.containing))
        .collect();
    let by = rows.columns.iter().position(|column| column.id == query.sort.column);
    match by {
        None => order.sort_by(|&one, &other| name(one).cmp(&name(other))),
        Some(column) => order.sort_by_key(|&row| rows.value(row, column)),
    }
    if query.sort.is_descending {
        order.reverse();
    }
    let n_columns = rows.columns.len();
    TraceRows {
        columns: rows.columns,
        names: order.iter().map(|&row| rows.names[row]).collect(),
        values: order
            .iter()
            .flat_map(|&row| &rows.values[row * n_columns..(row + 1) * n_columns])
            .copied()
            .collect(),
        targets: order.iter().map(|&row| rows.targets[row].clone()).collect(),
    }
}
