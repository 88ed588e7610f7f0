//! Orders of regions and log messages, by which those of a lane are found.

use goscope_parsers::trace::{GoId, TaskId, Time};

use crate::trace::store::rows::{LogRow, RegionRow};
use crate::trace::timeline::range_max::RangeMax;

/// No row.
pub(super) const NONE: u32 = u32::MAX;

/// Orders of rows that drawing needs.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// Rows of logs by goroutine, each in order of time.
    pub(super) logs: Vec<u32>,
    /// Rows of regions by task, each in order of their begins, and when they end.
    pub(super) task_regions: Vec<u32>,
    pub(super) task_ends: RangeMax<Time>,
    /// How many regions there are at a moment.
    pub(super) levels: RangeMax<u16>,
    /// By region: the row of the one around it.
    pub(super) around: Vec<u32>,
}

impl Marks {
    pub(crate) fn new(logs: &[LogRow], regions: &[RegionRow]) -> Self {
        let mut task_regions: Vec<u32> = rows(regions.len())
            .filter(|&row| {
                let region = &regions[row as usize];
                region.task != TaskId::BACKGROUND && region.task.is_some() && !region.is_inherited
            })
            .collect();
        task_regions.sort_by_key(|&row| (regions[row as usize].task, regions[row as usize].begin));
        Self {
            logs: by_goroutine(logs.len(), |row| logs[row].goroutine),
            task_ends: RangeMax::new(task_regions.len(), |at| regions[task_regions[at] as usize].end),
            task_regions,
            levels: RangeMax::new(regions.len(), |row| level_of(&regions[row])),
            around: around(regions),
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        (self.logs.len() + self.task_regions.len() + self.around.len()) * 4
            + self.task_ends.heap_bytes()
            + self.levels.heap_bytes()
    }
}

/// How many regions are open in a region, itself included.
pub(super) const fn level_of(region: &RegionRow) -> u16 {
    if region.is_inherited { 0 } else { region.depth as u16 + 1 }
}

pub(super) fn rows(len: usize) -> impl Iterator<Item = u32> {
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

/// The places of rows that compare equal, of rows in that order.
pub(super) fn equal_range(
    rows: &[u32],
    compare: impl Fn(usize) -> std::cmp::Ordering,
) -> std::ops::Range<usize> {
    let begin = rows.partition_point(|&row| compare(row as usize).is_lt());
    let end = begin + rows[begin..].partition_point(|&row| compare(row as usize).is_eq());
    begin..end
}
