//! Whose work a goroutine on a path does, by its regions: one that works for other tasks than the instance's is in the way.

use std::ops::Range;

use goscope_parsers::trace::{GoId, StringId, TaskId, Time};

use super::walk::Walker;

/// Regions of a goroutine that are looked through for one that is still open, at most.
const MOST_OPEN_REGIONS: usize = 256;

impl Walker<'_> {
    /// Fills in the moments of a range at which regions of a goroutine begin or end; false if no region is near.
    pub(super) fn cut_at_regions(&mut self, goroutine: GoId, range: &Range<Time>) -> bool {
        let regions = self.model().regions_of(goroutine);
        let later = regions.partition_point(|region| region.begin < range.end);
        if later == 0 {
            return false;
        }
        self.cuts.clear();
        self.cuts.extend([range.start, range.end]);
        for region in regions[..later].iter().rev().take(MOST_OPEN_REGIONS) {
            let inside = [region.begin, region.end]
                .into_iter()
                .filter(|time| range.start < *time && *time < range.end);
            self.cuts.extend(inside);
            if region.depth == 0 && region.begin <= range.start {
                break;
            }
        }
        self.cuts.sort_unstable();
        self.cuts.dedup();
        true
    }

    /// The type of the task that a goroutine works for at a moment, if that is none of the instance's family.
    pub(super) fn behind(&self, goroutine: GoId, time: Time) -> Option<StringId> {
        let regions = self.model().regions_of(goroutine);
        let later = regions.partition_point(|region| region.begin <= time);
        let mut open = regions[..later].iter().rev().take(MOST_OPEN_REGIONS);
        let region = open.find(|it| it.end > time && !it.is_inherited && is_task(it.task))?;
        let is_family = is_task(self.start.task) && self.is_family(region.task);
        let task = self.model().task(region.task)?;
        (!is_family && task.has_name()).then_some(task.name)
    }

    /// Whether a task is the instance's own, or an ancestor or descendant of it.
    fn is_family(&self, task: TaskId) -> bool {
        let own = self.start.task;
        let is_below = |mut task: TaskId, above: TaskId| {
            // Parents come before their children, but a damaged file can say anything.
            for _ in 0..1_000 {
                if task == above {
                    return true;
                }
                match self.model().task(task) {
                    Some(row) if is_task(row.parent) => task = row.parent,
                    _ => return false,
                }
            }
            false
        };
        is_below(task, own) || is_below(own, task)
    }
}

fn is_task(task: TaskId) -> bool {
    task.is_some() && task != TaskId::BACKGROUND
}
