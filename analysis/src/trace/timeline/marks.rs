//! What lies on top of spans: regions, log messages and CPU samples, as finely as a grid can show them.
//!
//! ```text
//! regions   ▔▔▔▔▔▔▔▔ A ▔▔▔▔▔▔▔▔  ▔▔ 12 ▔▔   long ones alone, short ones of a column together
//!               ▔▔ B ▔▔                     each knows the one around it, so those open at a moment are a chain
//! logs        ▾    ▾3
//! samples   ····  ······ ··
//! ```

use std::ops::Range;

use goscope_parsers::trace::{GoId, TaskId, Time};

use super::Grid;
use crate::trace::model::TraceModel;
use crate::trace::rows::{LogRow, RegionRow, SampleRow};

const NONE: u32 = u32::MAX;

/// Orders of rows that drawing needs.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// Rows of logs and of samples by goroutine, each in order of time.
    logs: Vec<u32>,
    samples: Vec<u32>,
    /// Rows of regions by task, each in order of their begins.
    task_regions: Vec<u32>,
    /// By region: the row of the one around it.
    around: Vec<u32>,
}

impl Marks {
    pub(crate) fn new(logs: &[LogRow], samples: &[SampleRow], regions: &[RegionRow]) -> Self {
        let mut task_regions: Vec<u32> = rows(regions.len())
            .filter(|&row| {
                let region = &regions[row as usize];
                region.task != TaskId::BACKGROUND && region.task.is_some() && !region.is_inherited
            })
            .collect();
        task_regions.sort_by_key(|&row| (regions[row as usize].task, regions[row as usize].begin));
        Self {
            logs: by_goroutine(logs.len(), |row| logs[row].goroutine),
            samples: by_goroutine(samples.len(), |row| samples[row].goroutine),
            task_regions,
            around: around(regions),
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        (self.logs.len() + self.samples.len() + self.task_regions.len() + self.around.len()) * 4
    }
}

fn rows(len: usize) -> impl Iterator<Item = u32> {
    0..u32::try_from(len).unwrap_or(NONE - 1)
}

/// Rows that come in order of time, by goroutine.
fn by_goroutine(len: usize, goroutine: impl Fn(usize) -> GoId) -> Vec<u32> {
    let mut sorted: Vec<u32> = rows(len).filter(|&row| goroutine(row as usize).is_some()).collect();
    sorted.sort_by_key(|&row| goroutine(row as usize));
    sorted
}

fn around(regions: &[RegionRow]) -> Vec<u32> {
    let mut open: Vec<u32> = Vec::new();
    let mut around = vec![NONE; regions.len()];
    for (row, region) in rows(regions.len()).zip(regions) {
        if region.is_inherited {
            continue;
        }
        let is_over = |&row: &u32| {
            let outer = &regions[row as usize];
            outer.goroutine != region.goroutine || outer.end <= region.begin
        };
        while open.last().is_some_and(is_over) {
            open.pop();
        }
        around[row as usize] = open.last().copied().unwrap_or(NONE);
        open.push(row);
    }
    around
}

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

impl TraceModel {
    /// The log messages of a goroutine in a grid.
    pub fn log_marks(&self, goroutine: GoId, grid: &Grid) -> Vec<Mark> {
        let (logs, rows) = (self.logs(), &self.timeline.marks.logs);
        let of_goroutine = equal_range(rows, |row| logs[row].goroutine.cmp(&goroutine));
        marks(&rows[of_goroutine], |row| logs[row].time, grid)
    }

    /// The CPU samples of a goroutine in a grid.
    pub fn sample_marks(&self, goroutine: GoId, grid: &Grid) -> Vec<Mark> {
        let (samples, rows) = (self.samples(), &self.timeline.marks.samples);
        let of_goroutine = equal_range(rows, |row| samples[row].goroutine.cmp(&goroutine));
        marks(&rows[of_goroutine], |row| samples[row].time, grid)
    }

    /// The rows of the regions of a task, in order of their begins.
    pub fn task_regions(&self, task: TaskId) -> impl Iterator<Item = usize> + '_ {
        let rows = &self.timeline.marks.task_regions;
        let of_task = equal_range(rows, |row| self.regions[row].task.cmp(&task));
        rows[of_task].iter().map(|&row| row as usize)
    }

    /// The regions of a goroutine in a grid, those around others before them.
    pub fn region_pieces(&self, goroutine: GoId, grid: &Grid) -> Vec<RegionPiece> {
        let time = grid.time();
        let first = self.regions.partition_point(|region| region.goroutine < goroutine);
        let regions = &self.regions[first..];
        let regions = &regions[..regions.partition_point(|region| region.goroutine == goroutine)];
        let place = |from: usize, moment: Time| {
            from + regions[from..].partition_point(|region| region.begin < moment)
        };
        let mut next = place(0, time.start);
        let mut found = self.open_regions(goroutine, first + next, Time::MIN..time.start);
        while let Some(region) = regions.get(next).filter(|region| region.begin < time.end) {
            let end = grid.column_end(region.begin).min(time.end);
            let until = place(next, end);
            let open = self.open_regions(goroutine, first + until, region.begin..end);
            found.extend(self.short_regions(first + next..first + until, open.len(), end));
            found.extend(open);
            next = until;
        }
        found
    }

    /// Of the regions of a goroutine before a row: those that began in a range of time and are open at its end,
    /// outermost first.
    fn open_regions(&self, goroutine: GoId, before: usize, begins: Range<Time>) -> Vec<RegionPiece> {
        let mut open = Vec::new();
        let mut row = before.checked_sub(1).map_or(NONE, |row| row as u32);
        while let Some(region) = self.regions.get(row as usize).filter(|row| row.goroutine == goroutine) {
            if region.end > begins.end && begins.contains(&region.begin) && !region.is_inherited {
                open.push(alone(region, row as usize));
            }
            row = self.timeline.marks.around[row as usize];
        }
        open.reverse();
        open
    }

    /// The regions of a column that end in it, as one; `n_open` others go on.
    fn short_regions(&self, mut rows: Range<usize>, n_open: usize, end: Time) -> Option<RegionPiece> {
        // An inherited one comes before all others of a goroutine.
        if self.regions[rows.start].is_inherited {
            rows.start += 1;
        }
        let count = rows.len().checked_sub(n_open).filter(|&count| count > 0)?;
        let is_short = |row: &usize| self.regions[*row].end <= end;
        // No more than the open ones have to be passed over.
        let first = rows.clone().find(is_short)?;
        let last = rows.rev().find(is_short)?;
        let (begins, ends) = (&self.regions[first], &self.regions[last]);
        let (start, end) = (begins.begin, ends.end.max(begins.end));
        Some(RegionPiece { start, end, row: first, count, depth: begins.depth })
    }
}

fn alone(region: &RegionRow, row: usize) -> RegionPiece {
    RegionPiece { start: region.begin, end: region.end, row, count: 1, depth: region.depth }
}

/// The places of rows that compare equal, of rows in that order.
fn equal_range(rows: &[u32], compare: impl Fn(usize) -> std::cmp::Ordering) -> Range<usize> {
    let begin = rows.partition_point(|&row| compare(row as usize).is_lt());
    let end = begin + rows[begin..].partition_point(|&row| compare(row as usize).is_eq());
    begin..end
}

fn marks(rows: &[u32], time: impl Fn(usize) -> Time, grid: &Grid) -> Vec<Mark> {
    let Range { start, end } = grid.time();
    let mut marks = Vec::new();
    let mut next = rows.partition_point(|&row| time(row as usize) < start);
    while let Some(&row) = rows.get(next) {
        let first = time(row as usize);
        if first >= end {
            break;
        }
        let column_end = grid.column_end(first).min(end);
        let count = rows[next..].partition_point(|&row| time(row as usize) < column_end);
        marks.push(Mark { time: first, row: row as usize, count });
        next += count;
    }
    marks
}
