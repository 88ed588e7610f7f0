//! Tables of a trace: goroutines, tasks, regions, pauses and GC cycles, one row each, as columns of numbers.
//!
//! What a table has of each row is in `table_rows.rs`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use goscope_analysis::order::rows_by_number;
use goscope_analysis::trace::goroutine_times::GoroutineTimes;
use goscope_analysis::trace::goroutines::{GoroutineFilter, IdleGoroutines, SystemGoroutines};
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::trace::{GoId, StringId, Time};

use super::regions::RegionsQuery;
use super::selection::TraceSelection;
use super::subject::{Subject, on_clock};
use super::table_columns::{TableSort, TraceTable};
pub use super::table_rows::TraceRows;
use super::table_rows::{FoundRows, NumberRows, Target, since_start};
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

/// Rows with numbers of their own, as they are found.
struct Found<'t> {
    trace: &'t TraceDocument,
    range: Range<Time>,
    rows: NumberRows,
}

impl Found<'_> {
    fn since_start(&self, time: Time) -> i64 {
        since_start(&self.trace.model, time)
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
    let found = match query.table {
        TraceTable::Goroutines => {
            let goroutines = goroutines_of(&query.selection);
            FoundRows::Goroutines(Box::new(GoroutineTimes::new(&trace.model, &goroutines, &range)))
        }
        TraceTable::Regions => FoundRows::Regions(regions(&trace.model, &query.selection)),
        TraceTable::Tasks | TraceTable::GcCycles | TraceTable::Pauses => {
            let mut found = Found { trace, range, rows: NumberRows::default() };
            match query.table {
                TraceTable::GcCycles => add_cycles(&mut found),
                TraceTable::Pauses => add_pauses(&mut found),
                _ => add_tasks(&mut found, &query.selection),
            }
            FoundRows::Numbers(found.rows)
        }
    };
    let columns = query.table.columns();
    let order = order(&trace.model, &found, query);
    TraceRows { columns, found, order }
}

/// The goroutines of a selection; without one, all including the runtime's.
fn goroutines_of(selection: &TraceSelection) -> GoroutineFilter {
    let (system, idle) = (SystemGoroutines::Included, IdleGoroutines::Included);
    GoroutineFilter { system, idle, ..Subject::from(selection).goroutines }
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

/// The regions of a selection, in order.
fn regions(model: &TraceModel, selection: &TraceSelection) -> Vec<u32> {
    let goroutines = selection.only.is_some().then(|| goroutines_of(selection));
    let question = RegionsQuery { range: selection.range, goroutines, ..RegionsQuery::default() };
    question.of(model).rows.into_iter().map(|row| row as u32).collect()
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

/// The places of the rows whose names contain the text, sorted.
fn order(model: &TraceModel, found: &FoundRows, query: &TraceTableQuery) -> Vec<u32> {
    let columns = query.table.columns();
    let by = columns.iter().position(|column| column.id == query.sort.column);
    let mut order = match by {
        Some(column) => {
            let number = |place: usize| found.value(model, place, (columns, column));
            rows_by_number(found.len(), number)
        }
        None => {
            let ranks = ranks(model, found);
            rows_by_number(found.len(), |place| ranks[&found.name(model, place)])
        }
    };
    if !query.containing.is_empty() {
        let mut known: BTreeMap<StringId, bool> = BTreeMap::new();
        let mut contains = |name: StringId| {
            let text = || model.tables().string_lossy(name).contains(&query.containing);
            *known.entry(name).or_insert_with(text)
        };
        order.retain(|&place| contains(found.name(model, place as usize)));
    }
    if query.sort.is_descending {
        order.reverse();
    }
    order
}

/// The place of each name in the order of their texts.
fn ranks(model: &TraceModel, found: &FoundRows) -> BTreeMap<StringId, i64> {
    let names: BTreeSet<StringId> = (0..found.len()).map(|place| found.name(model, place)).collect();
    let mut texts: Vec<(Cow<'_, str>, StringId)> =
        names.into_iter().map(|name| (model.tables().string_lossy(name), name)).collect();
    texts.sort_unstable();
    let mut ranks = BTreeMap::new();
    let mut rank = 0;
    for (at, (text, name)) in texts.iter().enumerate() {
        // Bytes that are no text may look the same.
        rank += i64::from(at > 0 && texts[at - 1].0 != *text);
        ranks.insert(*name, rank);
    }
    ranks
}
