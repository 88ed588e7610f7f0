//! A trace as a heat map: what went on at the same moment of each second, second beside second.
//!
//! ```text
//! offset    0 s   1 s   2 s   3 s      one column a second, or another length that fits the trace
//!   0 ms    ░     ░     ▓     ░        50 rows in each; time goes down, and on at the top of the next column
//!  20 ms    ░     ░     ▓     ░
//!  …              █                    the darker, the more CPU samples, or the more Ps that run goroutines
//! ```
//!
//! The idea is Netflix's FlameScope: what repeats each second is a line across, what happens once is a dark spot.

use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::trace::Time;
use serde::{Deserialize, Serialize};

use super::selection::TimeRange;
use super::series::Columns;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// Rows of a column.
pub const N_ROWS: usize = 50;
/// Most columns: a longer trace has longer columns.
const MAX_COLUMNS: i64 = 120;
/// The shortest column: 1 ms.
const MIN_COLUMN_NANOS: i64 = 1_000_000;

/// What is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeatOf {
    /// CPU samples.
    #[default]
    Samples,
    /// Ps that run goroutines, on average.
    Running,
}

impl HeatOf {
    /// Both, in the order of the switch.
    pub const ALL: [Self; 2] = [Self::Samples, Self::Running];

    /// What it is called.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Samples => "CPU samples",
            Self::Running => "running Ps",
        }
    }
}

/// Asks for the heat map of a trace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct HeatQuery {
    /// What is counted; `None` for CPU samples, or running Ps where the trace has none.
    pub of: Option<HeatOf>,
}

/// A heat map: columns of [`N_ROWS`] cells, cell after cell in order of time. Times in ns since the trace began.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMap {
    /// What is counted.
    pub of: HeatOf,
    /// Length of a cell.
    pub cell_nanos: i64,
    /// Samples of each cell, or the mean number of Ps that run goroutines in it. Cells after the end of the trace are absent.
    pub cells: Vec<f32>,
    /// The largest of them.
    pub most: f32,
    /// Length of the trace.
    pub trace_nanos: i64,
}

impl HeatMap {
    /// Length of a column.
    pub const fn column_nanos(&self) -> i64 {
        self.cell_nanos * N_ROWS as i64
    }

    /// Number of columns.
    pub const fn n_columns(&self) -> usize {
        self.cells.len().div_ceil(N_ROWS)
    }

    /// The cells of a column, from the top.
    pub fn column(&self, column: usize) -> &[f32] {
        let start = (column * N_ROWS).min(self.cells.len());
        &self.cells[start..(start + N_ROWS).min(self.cells.len())]
    }

    /// The time from one cell to another, both included, in any order.
    pub fn range(&self, one: usize, other: usize) -> TimeRange {
        let (first, last) = (one.min(other) as i64, one.max(other) as i64);
        let end_nanos = (last + 1).saturating_mul(self.cell_nanos).min(self.trace_nanos);
        TimeRange { start_nanos: first.saturating_mul(self.cell_nanos).min(end_nanos), end_nanos }
    }

    /// The cell with the largest value, the first of several.
    pub fn hottest(&self) -> Option<usize> {
        (self.most > 0.0).then(|| self.cells.iter().position(|&cell| cell == self.most)).flatten()
    }
}

impl Question for HeatQuery {
    type Answer = HeatMap;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<HeatMap, QuestionError> {
        Ok(heat_map(documents.model()?, self.of))
    }
}

fn heat_map(model: &TraceModel, of: Option<HeatOf>) -> HeatMap {
    let has_samples = !model.samples().is_empty();
    let of = of.unwrap_or(if has_samples { HeatOf::Samples } else { HeatOf::Running });
    let trace_nanos = i64::try_from(model.duration_nanos()).unwrap_or(i64::MAX).max(1);
    let cell_nanos = column_nanos(trace_nanos) / N_ROWS as i64;
    let n_cells = usize::try_from(trace_nanos.div_euclid(cell_nanos) + 1).unwrap_or(1);
    // A trace that ends where a cell does has no cell after it.
    let n_cells = if trace_nanos % cell_nanos == 0 { (n_cells - 1).max(1) } else { n_cells };
    let start = model.range().start;
    let cells = match of {
        HeatOf::Samples => {
            count(model.samples().iter().map(|sample| sample.time - start), cell_nanos, n_cells)
        }
        HeatOf::Running => {
            let end = start.saturating_add(cell_nanos.saturating_mul(n_cells as i64));
            Columns::new(&(start..end), n_cells).means(model.state_sums(), &[SpanState::Running])
        }
    };
    let most = cells.iter().copied().fold(0.0, f32::max);
    HeatMap { of, cell_nanos, cells, most, trace_nanos }
}

/// The length of a column: the shortest power of ten, from 1 ms on, of which few enough make the trace.
fn column_nanos(trace_nanos: i64) -> i64 {
    let mut nanos = MIN_COLUMN_NANOS;
    while trace_nanos / nanos >= MAX_COLUMNS && nanos < i64::MAX / 10 {
        nanos *= 10;
    }
    nanos
}

/// How many times lie in each cell; those outside of the trace are in none.
fn count(times: impl Iterator<Item = Time>, cell_nanos: i64, n_cells: usize) -> Vec<f32> {
    let mut counts = vec![0_u32; n_cells];
    for time in times {
        let cell = usize::try_from(time.div_euclid(cell_nanos)).ok();
        if let Some(count) = cell.and_then(|cell| counts.get_mut(cell)) {
            *count += 1;
        }
    }
    counts.into_iter().map(|count| count as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_the_shortest_power_of_ten_of_which_few_make_the_trace() {
        let seconds = |seconds: f64| (seconds * 1e9) as i64;
        let table = [(0.05, 0.001), (0.5, 0.01), (5.0, 0.1), (11.9, 0.1), (12.0, 1.0), (900.0, 10.0)];
        for (trace, column) in table {
            assert_eq!(column_nanos(seconds(trace)), seconds(column), "{trace} s");
        }
    }

    #[test]
    fn every_time_is_counted_in_one_cell() {
        assert_eq!(count([0, 19, 20, 21, 59, 60, -1].into_iter(), 20, 3), [2.0, 2.0, 1.0]);
    }

    #[test]
    fn a_range_goes_from_the_start_of_one_cell_to_the_end_of_another() {
        let map = HeatMap {
            of: HeatOf::Samples,
            cell_nanos: 20,
            cells: vec![1.0; 120],
            most: 1.0,
            trace_nanos: 2_390,
        };
        let range = |start_nanos, end_nanos| TimeRange { start_nanos, end_nanos };
        assert_eq!(map.range(3, 3), range(60, 80));
        assert_eq!(map.range(60, 3), range(60, 1_220));
        assert_eq!(map.range(0, 119), range(0, 2_390));
        assert_eq!((map.n_columns(), map.column(2).len()), (3, 20));
    }
}
