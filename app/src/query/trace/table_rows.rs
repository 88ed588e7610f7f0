//! The rows of a table of a trace in their order. What the trace says of a row is read off the model when it is drawn:
//! there may be millions of goroutines and regions, of which a table shows some dozens.

use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::goroutine_times::GoroutineTimes;
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::trace::{GoId, StringId, Time};

use super::table_columns::{ColumnId, TraceColumn};

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
    pub(super) found: FoundRows,
    /// Places among what was found, from the first row to the last.
    pub(super) order: Vec<u32>,
}

/// Rows before they are sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FoundRows {
    Goroutines(Box<GoroutineTimes>),
    /// Their places among the regions of the model.
    Regions(Vec<u32>),
    Numbers(NumberRows),
}

/// Rows with all that there is to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NumberRows {
    /// A string of the trace for each.
    pub(super) names: Vec<StringId>,
    /// Row by row.
    pub(super) values: Vec<i64>,
    pub(super) targets: Vec<Target>,
}

impl Default for FoundRows {
    fn default() -> Self {
        Self::Numbers(NumberRows::default())
    }
}

impl TraceRows {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The name of a row: a string of the trace.
    pub fn name(&self, model: &TraceModel, row: usize) -> StringId {
        self.found.name(model, self.order[row] as usize)
    }

    /// What a click on a row shows.
    pub fn target(&self, model: &TraceModel, row: usize) -> Target {
        self.found.target(model, self.order[row] as usize)
    }

    /// The number of a row in a column; `None` if the table has no such column.
    pub fn number(&self, model: &TraceModel, row: usize, id: ColumnId) -> Option<i64> {
        let column = self.columns.iter().position(|column| column.id == id)?;
        Some(self.value(model, row, column))
    }

    /// The number in a cell; columns count from 0 after the name.
    pub fn value(&self, model: &TraceModel, row: usize, column: usize) -> i64 {
        self.found.value(model, self.order[row] as usize, (self.columns, column))
    }
}

impl FoundRows {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Goroutines(times) => times.len(),
            Self::Regions(rows) => rows.len(),
            Self::Numbers(rows) => rows.names.len(),
        }
    }

    pub(super) fn name(&self, model: &TraceModel, place: usize) -> StringId {
        match self {
            Self::Goroutines(times) => model.start_function(times.goroutine(place)),
            Self::Regions(rows) => model.regions()[rows[place] as usize].name,
            Self::Numbers(rows) => rows.names[place],
        }
    }

    fn target(&self, model: &TraceModel, place: usize) -> Target {
        match self {
            Self::Goroutines(times) => {
                let goroutine = times.goroutine(place);
                let life = model.goroutine(goroutine).map(|it| it.life()).unwrap_or_default();
                let time = (since_start(model, life.start), since_start(model, life.end));
                Target { goroutine, time }
            }
            Self::Regions(rows) => {
                let region = &model.regions()[rows[place] as usize];
                let time = (since_start(model, region.begin), since_start(model, region.end));
                Target { goroutine: region.goroutine, time }
            }
            Self::Numbers(rows) => rows.targets[place].clone(),
        }
    }

    pub(super) fn value(
        &self,
        model: &TraceModel,
        place: usize,
        (columns, column): (&[TraceColumn], usize),
    ) -> i64 {
        match self {
            Self::Goroutines(times) => goroutine_value(model, times, place, columns[column].id),
            Self::Regions(rows) => region_value(model, rows[place] as usize, columns[column].id),
            Self::Numbers(rows) => rows.values[place * columns.len() + column],
        }
    }
}

fn goroutine_value(model: &TraceModel, times: &GoroutineTimes, place: usize, column: ColumnId) -> i64 {
    let of = |state: SpanState| times.nanos(place, state) as i64;
    match column {
        ColumnId::Goroutine => model.tables().goid(times.goroutine(place)),
        ColumnId::Total => times.total_nanos(place) as i64,
        ColumnId::Running => of(SpanState::Running),
        ColumnId::Runnable => of(SpanState::Runnable),
        ColumnId::Blocked => of(SpanState::Waiting),
        ColumnId::Syscall => of(SpanState::Syscall) + of(SpanState::SyscallBlocked),
        _ => 0,
    }
}

fn region_value(model: &TraceModel, row: usize, column: ColumnId) -> i64 {
    let region = &model.regions()[row];
    match column {
        ColumnId::Goroutine => model.tables().goid(region.goroutine),
        ColumnId::Start => since_start(model, region.begin),
        ColumnId::Duration => region.end.saturating_sub(region.begin),
        _ => 0,
    }
}

/// Nanoseconds from the first event of a trace.
pub(super) fn since_start(model: &TraceModel, time: Time) -> i64 {
    time.saturating_sub(model.range().start)
}
