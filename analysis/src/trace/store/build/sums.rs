//! Time by cause and by state of all goroutines together, kept up with every transition.
//!
//! The time that goroutines have spent for a cause up to `t` is Σ (left − entered) of those that left it, and
//! n·t − Σ entered for the n that are in it. So a transition costs two additions, and nobody is ever looked for:
//!
//! ```text
//! sum[cause] += t when left, −= t when entered      nanos up to t = sum + open · t
//! ```

use goscope_parsers::trace::Time;

use crate::trace::store::data::{CauseSum, StateSum};
use crate::trace::words::cause::{CauseId, SpanState};

/// Transitions between two rows of sums by state.
const STATE_STEP: u32 = 256;

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    sum: i64,
    open: u32,
    /// What the rows before have got of it.
    told: i64,
}

impl Sum {
    /// Adds a sum whose times count from another begin, so much earlier than this.
    fn add(&mut self, sum: i64, open: u32, earlier: i64) {
        self.sum = self.sum.wrapping_add(sum).wrapping_add(earlier.wrapping_mul(i64::from(open as i32)));
        self.open = self.open.wrapping_add(open);
    }

    /// Times are relative to the start of the trace, so that a million goroutines over hours fit; beyond, it wraps.
    #[inline]
    fn nanos(&self, time: i64) -> i64 {
        self.sum.wrapping_add(time.wrapping_mul(i64::from(self.open)))
    }
}

/// What the sum of a cause grew by, relative to the begin of a piece.
pub(super) type CauseDelta = (CauseId, i64, u32);

/// See the head of the file.
#[derive(Debug, Default)]
pub(super) struct RunningSums {
    begin: Time,
    causes: Vec<Sum>,
    states: [Sum; SpanState::COUNT],
    until_row: u32,
    rows: Vec<StateSum>,
}

impl RunningSums {
    /// The start of the trace, or of a piece.
    pub(super) fn begin(&mut self, time: Time) {
        self.begin = time;
        self.rows.push(StateSum { time, nanos: [0; SpanState::COUNT] });
    }

    /// A goroutine leaves a state.
    #[inline]
    pub(super) fn leave(&mut self, cause: CauseId, state: SpanState, time: Time) {
        let time = time.wrapping_sub(self.begin);
        for sum in [&mut self.causes[cause.index()], &mut self.states[state.index()]] {
            sum.sum = sum.sum.wrapping_add(time);
            sum.open = sum.open.wrapping_sub(1);
        }
    }

    /// A goroutine enters a state.
    #[inline]
    pub(super) fn enter(&mut self, cause: CauseId, state: SpanState, time: Time) {
        if cause.index() >= self.causes.len() {
            self.causes.resize(cause.index() + 1, Sum::default());
        }
        let relative = time.wrapping_sub(self.begin);
        for sum in [&mut self.causes[cause.index()], &mut self.states[state.index()]] {
            sum.sum = sum.sum.wrapping_sub(relative);
            sum.open = sum.open.wrapping_add(1);
        }
        if self.until_row == 0 {
            self.until_row = STATE_STEP;
            self.push_row(time);
        }
        self.until_row -= 1;
    }

    fn push_row(&mut self, time: Time) {
        if self.rows.last().is_none_or(|last| last.time < time) {
            let relative = time.wrapping_sub(self.begin);
            self.rows.push(StateSum { time, nanos: self.states.map(|sum| sum.nanos(relative)) });
        }
    }

    /// The time of each cause since the last call.
    pub(super) fn take_causes(&mut self, time: Time) -> Vec<CauseSum> {
        let time = time.wrapping_sub(self.begin);
        let mut sums = Vec::new();
        for (id, sum) in self.causes.iter_mut().enumerate() {
            let nanos = sum.nanos(time);
            if nanos != sum.told || sum.open != 0 {
                let cause = CauseId(id as u32);
                sums.push(CauseSum { cause, open: sum.open, nanos: nanos.wrapping_sub(sum.told) });
                sum.told = nanos;
            }
        }
        sums
    }

    /// What the sums of causes grew by since the last call.
    pub(super) fn take_deltas(&mut self) -> Vec<CauseDelta> {
        let sums = std::mem::take(&mut self.causes);
        self.causes.resize(sums.len(), Sum::default());
        let sums = sums.into_iter().enumerate().filter(|(_, sum)| sum.sum != 0 || sum.open != 0);
        sums.map(|(id, sum)| (CauseId(id as u32), sum.sum, sum.open)).collect()
    }

    /// Adds what the sum of a cause grew by in a piece that began at `begin`.
    pub(super) fn add_delta(&mut self, cause: CauseId, (sum, open): (i64, u32), begin: Time) {
        if cause.index() >= self.causes.len() {
            self.causes.resize(cause.index() + 1, Sum::default());
        }
        self.causes[cause.index()].add(sum, open, self.begin.wrapping_sub(begin));
    }

    /// Adds a row by state of a piece to what is known here of everything outside it.
    pub(super) fn add_row(&mut self, row: &StateSum) {
        if self.rows.last().is_none_or(|last| last.time < row.time) {
            let relative = row.time.wrapping_sub(self.begin);
            let mut nanos = row.nanos;
            for (nanos, sum) in nanos.iter_mut().zip(&self.states) {
                *nanos = nanos.wrapping_add(sum.nanos(relative));
            }
            self.rows.push(StateSum { time: row.time, nanos });
        }
    }

    /// What times of a piece count from.
    pub(super) fn begins_at(&self) -> Time {
        self.begin
    }

    /// The rows by state so far.
    pub(super) fn rows(&self) -> &[StateSum] {
        &self.rows
    }

    /// A goroutine enters a state, between two rows.
    pub(super) fn enter_between_rows(&mut self, cause: CauseId, state: SpanState, time: Time) {
        let until_row = std::mem::replace(&mut self.until_row, 1);
        self.enter(cause, state, time);
        self.until_row = until_row;
    }

    /// Goes on with what is open at the end of a piece.
    pub(super) fn go_on_behind(&mut self, piece: &Self) {
        let earlier = self.begin.wrapping_sub(piece.begin);
        for (own, sum) in self.states.iter_mut().zip(&piece.states) {
            own.add(sum.sum, sum.open, earlier);
        }
        self.until_row = piece.until_row;
    }

    /// All rows by state; the last is at the end of the trace.
    pub(super) fn take_states(&mut self, end: Time) -> Vec<StateSum> {
        self.push_row(end);
        std::mem::take(&mut self.rows)
    }
}
