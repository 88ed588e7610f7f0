//! Numbers over the time of a trace: one for each column, all columns of equal length.
//!
//! ```text
//! edges     0      1      2      3        n + 1 for n columns
//! means       ▂▂▂▂▂▂▇▇▇▇▇▇▃▃▃▃▃▃          goroutines in a state, on average, from differences of running sums
//! largest     12 M   14 M   14 M          the largest value of a metric; without a new one the last counts
//! ```

use std::ops::Range;

use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::model::StateSum;
use goscope_analysis::trace::rows::MetricRow;
use goscope_parsers::trace::Time;

/// Columns over a range of time.
pub(super) struct Columns {
    edges: Vec<Time>,
}

impl Columns {
    /// Splits a range into columns of equal length, at least one.
    pub(super) fn new(range: &Range<Time>, n_columns: usize) -> Self {
        let n_columns = n_columns.max(1);
        let nanos = i128::from(range.end) - i128::from(range.start);
        let edge = |column: usize| {
            let offset = nanos.max(1) * column as i128 / n_columns as i128;
            range.start.saturating_add(i64::try_from(offset).unwrap_or(i64::MAX))
        };
        Self { edges: (0..=n_columns).map(edge).collect() }
    }

    /// Mean number of goroutines that are in any of some states. The sums have a row every few hundred transitions,
    /// so columns that are shorter than that share their mean.
    pub(super) fn means(&self, sums: &[StateSum], states: &[SpanState]) -> Vec<f32> {
        let mut last = Moment::at(sums, self.edges[0]);
        let mean = |edges: &[Time]| {
            let moment = Moment::at(sums, edges[1]);
            let nanos = moment.nanos_since(&last, sums, states);
            last = moment;
            (nanos / (edges[1] - edges[0]).max(1) as f64).max(0.0) as f32
        };
        self.edges.windows(2).map(mean).collect()
    }

    /// The largest value of each column; a column without a new value keeps the last one, and before the first
    /// there is none.
    pub(super) fn largest(&self, rows: &[MetricRow]) -> Vec<Option<u64>> {
        let mut next = rows.partition_point(|row| row.time < self.edges[0]);
        let mut last = next.checked_sub(1).map(|before| rows[before].value);
        let column = |edges: &[Time]| {
            let mut largest = last;
            while let Some(row) = rows.get(next).filter(|row| row.time < edges[1]) {
                largest = largest.max(Some(row.value));
                last = Some(row.value);
                next += 1;
            }
            largest
        };
        self.edges.windows(2).map(column).collect()
    }
}

/// A place between two rows of sums.
struct Moment {
    /// The last row that is not later; none before the first.
    row: Option<usize>,
    /// How far on the way to the next row, 0 to 1.
    part: f64,
}

impl Moment {
    fn at(sums: &[StateSum], time: Time) -> Self {
        let after = sums.partition_point(|sum| sum.time <= time);
        let Some(row) = after.checked_sub(1) else { return Self { row: None, part: 0.0 } };
        let part = sums.get(after).map_or(0.0, |next| {
            let before = sums[row].time;
            (time - before) as f64 / (next.time - before).max(1) as f64
        });
        Self { row: Some(row), part }
    }

    /// Whole rows are subtracted as integers: their sums are too large for floats to tell columns apart.
    fn nanos_since(&self, earlier: &Self, sums: &[StateSum], states: &[SpanState]) -> f64 {
        let nanos = |row: usize| -> i64 {
            sums.get(row).map_or(0, |sum| states.iter().map(|state| sum.nanos[state.index()]).sum())
        };
        let whole = |moment: &Self| moment.row.map_or(0, nanos);
        let rest = |moment: &Self| match moment.row {
            Some(row) if moment.part > 0.0 => (nanos(row + 1) - nanos(row)) as f64 * moment.part,
            _ => 0.0,
        };
        (whole(self) - whole(earlier)) as f64 + rest(self) - rest(earlier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(time: Time, running: i64) -> StateSum {
        let mut nanos = [0; SpanState::COUNT];
        nanos[SpanState::Running.index()] = running;
        StateSum { time, nanos }
    }

    #[test]
    fn means_are_differences_of_sums_and_a_row_apart_they_are_shared() {
        let sums = [sum(100, 0), sum(200, 400), sum(300, 500)];
        let means = Columns::new(&(100..300), 4).means(&sums, &[SpanState::Running]);
        assert_eq!(means, [4.0, 4.0, 1.0, 1.0]);
        let closer = Columns::new(&(150..250), 2).means(&sums, &[SpanState::Running]);
        assert_eq!(closer, [4.0, 1.0]);
    }

    #[test]
    fn before_the_first_and_after_the_last_row_nothing_happens() {
        let sums = [sum(100, 0), sum(200, 400)];
        let means = Columns::new(&(0..400), 4).means(&sums, &[SpanState::Running]);
        assert_eq!(means, [0.0, 4.0, 0.0, 0.0]);
    }

    #[test]
    fn a_column_has_the_largest_value_and_keeps_the_last() {
        let row = |time, value| MetricRow { time, value };
        let rows = [row(5, 9), row(10, 1), row(11, 7), row(12, 3), row(40, 2)];
        assert_eq!(Columns::new(&(0..50), 5).largest(&rows), [Some(9), Some(9), Some(3), Some(3), Some(3)]);
        assert_eq!(Columns::new(&(20..60), 2).largest(&rows), [Some(3), Some(3)]);
        assert_eq!(Columns::new(&(0..5), 1).largest(&rows), [None]);
    }
}
