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
    /// Goroutines that run, as far as the trace knows.
    pub running: u32,
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

/// Where spans of a block begin. Times in a block have 32 bits, so it has few cells.
pub(super) struct BlockEvents {
    base: Time,
    cells: [(u32, u32); Self::CELLS],
    /// Begins that were too early to be stored.
    early: Vec<Time>,
}

impl BlockEvents {
    const CELLS: usize = 1 << (u32::BITS - CELL_BITS);
    const NOTHING: (u32, u32) = (u32::MAX, 0);

    pub(super) fn new(data: &TraceData, number: usize) -> Self {
        let block = &data.blocks[number];
        let mut cells = [Self::NOTHING; Self::CELLS];
        for start in block.starts_in_block(0..block.len()) {
            let cell = &mut cells[(start >> CELL_BITS) as usize];
            *cell = (cell.0.min(start), cell.1.max(start));
        }
        let mut events = Self { base: block.base(), cells, early: Vec::new() };
        if cells[0].0 == 0 {
            events.look_at_early(data, number);
        }
        events
    }

    /// A life that begins before what the block can store is stored as if it began with it.
    #[cold]
    fn look_at_early(&mut self, data: &TraceData, number: usize) {
        let block = &data.blocks[number];
        let mut is_any_at_base = false;
        for (segment, &goroutine) in block.segment_goroutines.iter().enumerate() {
            let mut places = block.segment(segment);
            if is_first_of_life(data, number, segment) && block.start_in_block(places.start) == 0 {
                self.early.extend(data.life(goroutine).map(|life| life.start));
                places.start += 1;
            }
            is_any_at_base |= places.into_iter().any(|place| block.start_in_block(place) == 0);
        }
        if !is_any_at_base {
            let later = block.starts_in_block(0..block.len()).filter(|&start| start > 0);
            let first = later.filter(|start| start >> CELL_BITS == 0).min();
            // Without any the cell is empty.
            self.cells[0] = first.map_or(Self::NOTHING, |first| (first, self.cells[0].1));
        }
    }

    /// The first and the last begin; `None` if some are too early to be stored.
    pub(super) fn bounds(&self) -> Option<(Time, Time)> {
        let is_plain = self.early.is_empty() && self.cells[0].0 > 0;
        let first = self.cells.iter().map(|cell| cell.0).min()?;
        let last = self.cells.iter().map(|cell| cell.1).max()?;
        let time = |start: u32| self.base.wrapping_add(i64::from(start));
        (is_plain && first <= last).then(|| (time(first), time(last)))
    }

    /// Adds first and last of each cell.
    pub(super) fn add_to(&self, bounds: &mut Vec<(Time, Time)>) {
        let time = |start: u32| self.base.wrapping_add(i64::from(start));
        let cells = self.cells.iter().filter(|cell| cell.0 <= cell.1);
        bounds.extend(cells.map(|cell| (time(cell.0), time(cell.1))));
        bounds.extend(self.early.iter().map(|&time| (time, time)));
    }
}

/// Whether a segment of a block has the first span of its goroutine's life.
fn is_first_of_life(data: &TraceData, number: usize, segment: usize) -> bool {
    let goroutine = data.blocks[number].segment_goroutines[segment];
    let first = data.segments_of(goroutine).first();
    first.is_some_and(|it| (it.block as usize, it.segment as usize) == (number, segment))
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
