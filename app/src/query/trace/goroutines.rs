//! Goroutines, one row each: time alive in a range, and time by state.

use goscope_analysis::order::rows_by_number;
use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::goroutine_times::GoroutineTimes;
use goscope_analysis::trace::goroutines::{GoroutineFilter, GoroutineRow, goroutine_rows};
use goscope_parsers::trace::GoId;

use super::selection::TimeRange;
use super::subject::on_clock;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// The goroutines that live in a range of time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GoroutinesQuery {
    /// The range of time; `None` for the whole trace.
    pub range: Option<TimeRange>,
    /// The goroutines to include.
    pub goroutines: GoroutineFilter,
}

/// One row per goroutine.
#[derive(Clone, Debug, Default)]
pub struct Goroutines {
    /// The rows, by id.
    pub rows: Vec<GoroutineRow>,
}

impl Question for GoroutinesQuery {
    type Answer = Goroutines;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Goroutines, QuestionError> {
        let model = documents.model()?;
        let range = on_clock(model, self.range);
        let ids = self.goroutines.select(model, &range);
        Ok(Goroutines { rows: goroutine_rows(model, &ids, &range) })
    }
}

/// What goroutines are listed by, most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GoroutineOrder {
    /// Time alive in the range.
    Total,
    /// Time running.
    Running,
    /// Time waiting for a P.
    Runnable,
    /// Time waiting for anything else, or in system calls that lost their P.
    Blocked,
    /// Time in system calls.
    Syscall,
    /// Start, earliest first.
    Start,
}

/// The first of the goroutines that live in a range of time. There may be millions: rows are made of those only that
/// are listed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FirstGoroutinesQuery {
    /// The range of time; `None` for the whole trace.
    pub range: Option<TimeRange>,
    /// The goroutines to include.
    pub goroutines: GoroutineFilter,
    /// Their order; equal ones by id.
    pub order: GoroutineOrder,
    /// How many to list at most; `None` for all.
    pub limit: Option<usize>,
}

/// The first goroutines.
#[derive(Clone, Debug, Default)]
pub struct FirstGoroutines {
    /// How many there are.
    pub count: usize,
    /// The rows of the first.
    pub rows: Vec<GoroutineRow>,
}

impl Question for FirstGoroutinesQuery {
    type Answer = FirstGoroutines;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<FirstGoroutines, QuestionError> {
        let model = documents.model()?;
        let range = on_clock(model, self.range);
        let times = GoroutineTimes::new(model, &self.goroutines, &range);
        let of = |row: usize, state: SpanState| times.nanos(row, state);
        let most_first = |nanos: u64| -i64::try_from(nanos).unwrap_or(i64::MAX);
        let number = |row: usize| match self.order {
            GoroutineOrder::Total => most_first(times.total_nanos(row)),
            GoroutineOrder::Running => most_first(of(row, SpanState::Running)),
            GoroutineOrder::Runnable => most_first(of(row, SpanState::Runnable)),
            GoroutineOrder::Blocked => {
                most_first(of(row, SpanState::Waiting) + of(row, SpanState::SyscallBlocked))
            }
            GoroutineOrder::Syscall => {
                most_first(of(row, SpanState::Syscall) + of(row, SpanState::SyscallBlocked))
            }
            GoroutineOrder::Start => model.goroutine(times.goroutine(row)).map_or(0, |it| it.creation),
        };
        let order = rows_by_number(times.len(), number);
        let first = order.iter().take(self.limit.unwrap_or(usize::MAX));
        let ids: Vec<GoId> = first.map(|&row| times.goroutine(row as usize)).collect();
        Ok(FirstGoroutines { count: times.len(), rows: goroutine_rows(model, &ids, &range) })
    }
}
