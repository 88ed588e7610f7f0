//! Where a trace has no event for long though something runs: the process as a whole was stopped.
//!
//! A goroutine that computes makes an event every 10 to 20 ms, since the runtime preempts it; on an overloaded
//! machine every 37 ms at most. So if nothing at all is heard for 25 ms while a goroutine runs, then nothing ran: a CPU
//! quota, a signal, a virtual machine that was paused.

use std::ops::Range;

use goscope_parsers::trace::Time;
use rustc_hash::FxHashMap;

use crate::trace::store::data::TraceData;
use crate::trace::words::time::nanos_between;

/// The shortest silence that is one: longer than what passes between two events of a goroutine that computes.
pub(super) const SILENCE_NANOS: u64 = 25_000_000;

/// Cells of 2²⁴ ns, 17 ms: what is in one is nearer to each other than a silence is long.
const CELL_BITS: u32 = 24;

/// A time in which nothing is heard of the process though a goroutine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SilentGap {
    /// The last event before it.
    pub begin: Time,
    /// The first event after it.
    pub end: Time,
}

impl SilentGap {
    /// How long it is.
    pub fn nanos(&self) -> u64 {
        nanos_between(self.begin, self.end)
    }

    /// From begin to end.
    pub fn range(&self) -> Range<Time> {
        self.begin..self.end
    }
}

/// Where events are: the first and the last of each cell.
#[derive(Debug, Default)]
pub(super) struct Cells {
    cells: FxHashMap<i64, (Time, Time)>,
    /// The cell of the event before: mostly that of the next too.
    latest: Option<(i64, (Time, Time))>,
}

impl Cells {
    #[inline]
    pub(super) fn add(&mut self, time: Time) {
        let cell = time >> CELL_BITS;
        match &mut self.latest {
            Some((own, (first, last))) if *own == cell => {
                (*first, *last) = ((*first).min(time), (*last).max(time));
            }
            _ => self.change_cell(cell, time),
        }
    }

    #[cold]
    fn change_cell(&mut self, cell: i64, time: Time) {
        let bounds = self.cells.remove(&cell).unwrap_or((time, time));
        let new = (cell, (bounds.0.min(time), bounds.1.max(time)));
        if let Some((cell, bounds)) = self.latest.replace(new) {
            self.cells.insert(cell, bounds);
        }
    }

    /// The bounds, in any order.
    pub(super) fn into_bounds(self) -> impl Iterator<Item = (Time, Time)> {
        self.latest.map(|(_, bounds)| bounds).into_iter().chain(self.cells.into_values())
    }
}

/// Where all events are that are no begins of spans and no ends of lives.
pub(super) fn cells_of_rows(data: &TraceData) -> Cells {
    let mut cells = Cells::default();
    let range = data.range();
    let mut add = |time: Time| cells.add(time);
    add(range.start);
    add(range.end);
    data.syncs().iter().for_each(|row| add(row.time));
    data.proc_rows().iter().for_each(|row| add(row.time));
    data.bindings().iter().for_each(|row| add(row.time));
    data.range_events().iter().for_each(|row| add(row.time));
    data.sweeps().iter().for_each(|row| add(row.time));
    data.metrics.iter().flatten().for_each(|row| add(row.time));
    data.labels().iter().for_each(|row| add(row.time));
    data.samples().iter().for_each(|row| add(row.time));
    data.logs().iter().for_each(|row| add(row.time));
    data.first_seen.iter().for_each(|&(_, time)| add(time));
    for task in &data.tasks {
        [task.begin, task.end].into_iter().filter_map(|time| time.get()).for_each(&mut add);
    }
    for region in data.regions() {
        add(region.begin);
        add(region.end);
    }
    cells
}

/// The silences between cells of events, in order; what runs there is not known yet.
pub(super) fn silences(mut bounds: Vec<(Time, Time)>) -> Vec<Range<Time>> {
    bounds.sort_unstable();
    let mut found = Vec::new();
    let mut heard = Time::MAX;
    for (first, last) in bounds {
        if nanos_between(heard, first) >= SILENCE_NANOS {
            found.push(heard..first);
        }
        heard = if heard == Time::MAX { last } else { heard.max(last) };
    }
    found
}
