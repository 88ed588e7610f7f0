//! Regions and logs, which lie on top of spans, as finely as a grid can show them.
//!
//! ```text
//! regions   ▔▔▔▔▔▔▔▔ A ▔▔▔▔▔▔▔▔  ▔▔ 12 ▔▔   long ones alone, short ones of a column together
//!               ▔▔ B ▔▔                     each knows the one around it, so those open at a moment are a chain
//! of a task ▔▔▔ A ▔▔▔▔▔▔▔▔                  of several goroutines: those open at a moment are found by their ends
//!              ▔▔▔▔ C ▔▔▔▔▔▔▔▔
//! logs        ▾    ▾3
//! ```

use std::ops::Range;

use goscope_parsers::trace::{GoId, TaskId, Time};

use crate::trace::store::rows::RegionRow;
use crate::trace::store::spans::partition_point;
use crate::trace::timeline::grid::{Grid, gallop};
use crate::trace::timeline::lanes::Lanes;
use crate::trace::timeline::marks::{Marks, NONE, equal_range, level_of};

/// Regions of a task that begin in one column and are told apart; more than that lie on top of each other.
const MAX_OPEN: usize = 8;

/// Regions of a task that are open when a grid begins and are told apart.
const MAX_ENTERING: usize = 64;

/// Rows of one kind in one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When the first was.
    pub time: Time,
    /// Its row in the model.
    pub row: usize,
    /// How many there are.
    pub count: usize,
}

/// A region, or several that are shorter than a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegionPiece {
    /// When the first begins.
    pub start: Time,
    /// When the last ends.
    pub end: Time,
    /// The row of the first in the model.
    pub row: usize,
    /// How many there are.
    pub count: usize,
    /// How many regions are around the first.
    pub depth: u16,
}

impl<'m> Lanes<'m> {
    /// The log messages of a goroutine in a grid.
    pub fn log_marks(self, goroutine: GoId, grid: &Grid) -> Vec<Mark> {
        let (logs, rows) = (self.data.logs(), &self.index.marks.logs);
        let of_goroutine = equal_range(rows, |row| logs[row].goroutine.cmp(&goroutine));
        marks(&rows[of_goroutine], |row| logs[row].time, grid)
    }

    /// How many log messages a goroutine has.
    pub fn log_count(self, goroutine: GoId) -> usize {
        equal_range(&self.index.marks.logs, |row| self.data.logs()[row].goroutine.cmp(&goroutine)).len()
    }

    /// How many regions of a goroutine lie in each other at most.
    pub fn region_levels(self, goroutine: GoId) -> u16 {
        let first = self.data.regions.partition_point(|region| region.goroutine < goroutine);
        let end = first + self.data.regions[first..].partition_point(|region| region.goroutine == goroutine);
        self.index.marks.levels.max(first..end, |row| level_of(&self.data.regions[row])).unwrap_or(0)
    }

    /// The places of the regions of a task.
    fn places_of_task(self, task: TaskId) -> Range<usize> {
        equal_range(&self.index.marks.task_regions, |row| self.data.regions[row].task.cmp(&task))
    }

    /// The rows of the regions of a task, in order of their begins.
    pub fn task_regions(self, task: TaskId) -> impl Iterator<Item = usize> + 'm {
        let rows = &self.index.marks.task_regions;
        rows[self.places_of_task(task)].iter().map(|&row| row as usize)
    }

    /// The regions of a task in a grid. Those that go on after their column come alone, the others of the column
    /// together; of very many that lie on top of each other, the latest come alone.
    pub fn task_region_pieces(self, task: TaskId, grid: &Grid) -> Vec<RegionPiece> {
        let places = self.places_of_task(task);
        let time = grid.time();
        let begin = |at: usize| self.data.regions[self.index.marks.task_regions[at] as usize].begin;
        let seen = partition_point(places.clone(), |at| begin(at) < time.start);
        let mut found = self.task_regions_open(places.start..seen, time.start);
        let mut next = seen;
        while next < places.end && begin(next) < time.end {
            let end = grid.column_end(begin(next)).min(time.end);
            let until = gallop(next..places.end, |at| at == next || begin(at) < end);
            self.push_task_column(next..until, end, &mut found);
            next = until;
        }
        found
    }

    /// Of regions of a task, the latest that are open at a moment, in order of their begins.
    fn open_places(self, places: Range<usize>, moment: Time, limit: usize) -> Vec<usize> {
        let Marks { task_regions, task_ends, .. } = &self.index.marks;
        let end_of = |at: usize| self.data.regions[task_regions[at] as usize].end;
        let mut open = Vec::new();
        let mut rest = places;
        while let Some(at) = task_ends.last_above(rest.clone(), moment, end_of).filter(|_| open.len() < limit)
        {
            open.push(at);
            rest.end = at;
        }
        open.reverse();
        open
    }

    /// Those that are open when a grid begins; of very many the latest, which lie on top, and the one that ends last.
    fn task_regions_open(self, places: Range<usize>, moment: Time) -> Vec<RegionPiece> {
        let Marks { task_regions, task_ends, .. } = &self.index.marks;
        let end_of = |at: usize| self.data.regions[task_regions[at] as usize].end;
        let mut open = self.open_places(places.clone(), moment, MAX_ENTERING);
        if open.len() == MAX_ENTERING {
            let rest = places.start..open[0];
            let longest = task_ends.max(rest.clone(), end_of).filter(|&end| end > moment);
            let longest = longest.and_then(|end| task_ends.last_above(rest, end - 1, end_of));
            open.splice(0..0, longest);
        }
        open.into_iter().map(|at| self.task_region(at)).collect()
    }

    fn task_region(self, at: usize) -> RegionPiece {
        let row = self.index.marks.task_regions[at] as usize;
        alone(&self.data.regions[row], row)
    }

    /// Regions of a task as pieces: those that are open at `end` alone, after what the others are together.
    fn push_task_column(self, places: Range<usize>, end: Time, found: &mut Vec<RegionPiece>) {
        let Marks { task_regions, task_ends, .. } = &self.index.marks;
        let end_of = |at: usize| self.data.regions[task_regions[at] as usize].end;
        let open = self.open_places(places.clone(), end, MAX_OPEN);
        let first = places.clone().find(|at| open.binary_search(at).is_err());
        if let Some(first) = first.map(|at| self.task_region(at)) {
            let count = places.len() - open.len();
            let last_end = match count {
                1 => first.end,
                // With fewer that are open, all others have ended.
                _ if open.len() < MAX_OPEN => end,
                _ => task_ends.max(places, end_of).unwrap_or(end),
            };
            found.push(RegionPiece { end: last_end, count, ..first });
        }
        found.extend(open.into_iter().map(|at| self.task_region(at)));
    }

    /// The regions of a goroutine in a grid, those around others before them.
    pub fn region_pieces(self, goroutine: GoId, grid: &Grid) -> Vec<RegionPiece> {
        let time = grid.time();
        let first = self.data.regions.partition_point(|region| region.goroutine < goroutine);
        let regions = &self.data.regions[first..];
        let regions = &regions[..regions.partition_point(|region| region.goroutine == goroutine)];
        let mut next = regions.partition_point(|region| region.begin < time.start);
        let mut found = self.open_regions(goroutine, first + next, Time::MIN..time.start);
        while let Some(region) = regions.get(next).filter(|region| region.begin < time.end) {
            let end = grid.column_end(region.begin).min(time.end);
            // A column has few of all regions of a goroutine.
            let until = gallop(next..regions.len(), |at| regions[at].begin < end);
            let open = self.open_regions(goroutine, first + until, region.begin..end);
            found.extend(self.short_regions(first + next..first + until, open.len(), end));
            found.extend(open);
            next = until;
        }
        found
    }

    /// Of the regions of a goroutine before a row: those that began in a range of time and are open at its end,
    /// outermost first.
    fn open_regions(self, goroutine: GoId, before: usize, begins: Range<Time>) -> Vec<RegionPiece> {
        let mut open = Vec::new();
        let mut row = before.checked_sub(1).map_or(NONE, |row| row as u32);
        while let Some(region) = self.data.regions.get(row as usize).filter(|row| row.goroutine == goroutine)
        {
            if region.end > begins.end && begins.contains(&region.begin) && !region.is_inherited {
                open.push(alone(region, row as usize));
            }
            row = self.index.marks.around[row as usize];
        }
        open.reverse();
        open
    }

    /// The regions of a column that end in it, as one; `n_open` others go on.
    fn short_regions(self, mut rows: Range<usize>, n_open: usize, end: Time) -> Option<RegionPiece> {
        // An inherited one comes before all others of a goroutine.
        if self.data.regions[rows.start].is_inherited {
            rows.start += 1;
        }
        let count = rows.len().checked_sub(n_open).filter(|&count| count > 0)?;
        let is_short = |row: &usize| self.data.regions[*row].end <= end;
        // No more than the open ones have to be passed over.
        let first = rows.clone().find(is_short)?;
        let last = rows.rev().find(is_short)?;
        let (begins, ends) = (&self.data.regions[first], &self.data.regions[last]);
        let (start, end) = (begins.begin, ends.end.max(begins.end));
        Some(RegionPiece { start, end, row: first, count, depth: u16::from(begins.depth) })
    }
}

fn alone(region: &RegionRow, row: usize) -> RegionPiece {
    RegionPiece { start: region.begin, end: region.end, row, count: 1, depth: u16::from(region.depth) }
}

pub(super) fn marks(rows: &[u32], time: impl Fn(usize) -> Time, grid: &Grid) -> Vec<Mark> {
    let Range { start, end } = grid.time();
    let mut marks = Vec::new();
    let mut next = rows.partition_point(|&row| time(row as usize) < start);
    while let Some(&row) = rows.get(next) {
        let first = time(row as usize);
        if first >= end {
            break;
        }
        let column_end = grid.column_end(first).min(end);
        let until = gallop(next..rows.len(), |at| time(rows[at] as usize) < column_end);
        marks.push(Mark { time: first, row: row as usize, count: until - next });
        next = until;
    }
    marks
}
