//! Time alive and time by state of very many goroutines, in columns: what a table of them shows.
//!
//! ```text
//! ids      g1   g2    g3  …
//! total    120  7000  ▪         32 bits each; of the few that do not fit (▪) the number is kept aside
//! running  14   900   30
//! …
//! ```
//!
//! A row of [`GoroutineRow`](crate::trace::questions::goroutines::GoroutineRow) says more, but takes six times the
//! memory; there may be millions.

use std::ops::Range;

use goscope_parsers::trace::{GoId, Time};
use rayon::prelude::*;

use crate::trace::model::TraceModel;
use crate::trace::questions::goroutine_filter::GoroutineFilter;
use crate::trace::questions::goroutine_parts::GoroutineParts;
use crate::trace::questions::state_nanos::state_nanos;
use crate::trace::words::cause::SpanState;

/// Goroutines that one worker takes up at once.
const AT_ONCE: usize = 1 << 13;

/// Columns: the total and one for each state but [`SpanState::Unknown`].
const COLUMNS: usize = SpanState::COUNT;

/// Stands for a number that is kept aside.
const ASIDE: u32 = u32::MAX;

/// The times of goroutines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoroutineTimes {
    ids: Vec<GoId>,
    /// Nanoseconds.
    columns: [Vec<u32>; COLUMNS],
    /// Row and nanoseconds of those that do not fit, by row.
    aside: [Vec<(u32, u64)>; COLUMNS],
}

/// A part of the columns.
type Slices<'a> = [&'a mut [u32]; COLUMNS];

impl GoroutineTimes {
    /// The times of the goroutines that match and live in a range of time, by id.
    pub fn new(model: &TraceModel, filter: &GoroutineFilter, range: &Range<Time>) -> Self {
        let parts = GoroutineParts::new(model, filter, range);
        let matches = |id: GoId| filter.is_by_name() || filter.matches(model, id, range);
        let mut times = Self { ids: parts.ids(model, matches), ..Self::default() };
        let n_rows = times.ids.len();
        times.columns.iter_mut().for_each(|column| *column = vec![0; n_rows]);
        let mut pieces: Vec<(&[GoId], Slices<'_>)> = Vec::with_capacity(n_rows / AT_ONCE + 1);
        let mut columns = times.columns.each_mut().map(|column| column.chunks_mut(AT_ONCE));
        for ids in times.ids.chunks(AT_ONCE) {
            pieces.push((ids, columns.each_mut().map(|column| column.next().unwrap_or_default())));
        }
        let fill = |(at, (ids, mut slices)): (usize, (&[GoId], Slices<'_>))| {
            fill((model, range), at * AT_ONCE, ids, &mut slices)
        };
        let found: Vec<Aside> = pieces.into_par_iter().with_max_len(1).enumerate().map(fill).collect();
        for (column, row, nanos) in found.into_iter().flatten() {
            times.aside[column].push((row, nanos));
        }
        times
    }

    /// How many goroutines there are.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The goroutine of a row.
    pub fn goroutine(&self, row: usize) -> GoId {
        self.ids[row]
    }

    /// Its life in the range, in nanoseconds.
    pub fn total_nanos(&self, row: usize) -> u64 {
        self.nanos_in(SpanState::Unknown.index(), row)
    }

    /// Its time in a state that is known, in nanoseconds.
    pub fn nanos(&self, row: usize, state: SpanState) -> u64 {
        if state == SpanState::Unknown { 0 } else { self.nanos_in(state.index(), row) }
    }

    #[inline]
    fn nanos_in(&self, column: usize, row: usize) -> u64 {
        match self.columns[column][row] {
            ASIDE => {
                let aside = &self.aside[column];
                let place = aside.partition_point(|&(at, _)| (at as usize) < row);
                aside[place].1
            }
            nanos => u64::from(nanos),
        }
    }
}

/// Column, row and nanoseconds of numbers that are kept aside.
type Aside = Vec<(usize, u32, u64)>;

/// Fills some rows, of which the first has this number.
fn fill(
    (model, range): (&TraceModel, &Range<Time>),
    first: usize,
    ids: &[GoId],
    slices: &mut Slices<'_>,
) -> Aside {
    let mut aside = Vec::new();
    for (at, &id) in ids.iter().enumerate() {
        let times = state_nanos(model, id, range);
        // No column says how long nothing was known: the total takes its place.
        let mut by_column = times.nanos;
        by_column[SpanState::Unknown.index()] = times.total;
        for (column, nanos) in by_column.into_iter().enumerate() {
            slices[column][at] = u32::try_from(nanos).unwrap_or(ASIDE);
            if nanos >= u64::from(ASIDE) {
                aside.push((column, (first + at) as u32, nanos));
            }
        }
    }
    aside
}
