//! The rules of tasks and regions of a piece, applied when its past is known.
//!
//! A task may begin in one piece and end in another, and a region too. What a piece knows lies over what was before:
//!
//! ```text
//! regions of g7   before the piece   | "run" | "load" |        the innermost last
//!                 in the piece              popped └──┘ | "store" |
//! ```
//!
//! Any rule that a program broke makes the piece be read again, with its past, since the sentence about it names a
//! place.

use super::super::annotation_log::AnnotationLog;
use super::super::event::{EventKind, GoId, StringId, TaskId};
use super::super::tables::Tables;
use super::Order;
use super::state::{NO_SLOT, OpenTask};

/// What the annotations of a piece leave behind. Ids are those of the piece, where nothing else is said.
#[derive(Debug, Default)]
pub(super) struct PutOff {
    /// By goroutine: what became of its regions, if anything.
    pub(super) regions: Vec<Option<Box<RegionsAfter>>>,
    /// By task.
    pub(super) tasks: Vec<TaskAfter>,
    /// Of each end of a task in order: what its begin said.
    pub(super) ends: Vec<TaskBefore>,
}

/// What became of the open regions of a goroutine.
#[derive(Clone, Debug, Default)]
pub(super) struct RegionsAfter {
    /// Its slot before the piece.
    slot: Option<u32>,
    /// How many of those from before are closed.
    pub(super) closed: usize,
    /// Opened in the piece, and still open.
    pub(super) open: Vec<(TaskId, StringId)>,
}

/// What became of a task.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum TaskAfter {
    #[default]
    Unheard,
    Open(OpenTask),
    Closed,
}

/// What the begin of a task said, if there is one.
#[derive(Clone, Copy, Debug)]
pub(super) enum TaskBefore {
    None,
    /// In the piece.
    Own(OpenTask),
    /// Before it, with ids of the trace.
    Past(OpenTask),
}

/// The annotations of a piece, and what is known of the past.
pub(super) struct Annotations<'m> {
    pub(super) log: &'m AnnotationLog,
    /// Of the piece.
    pub(super) local: &'m Tables,
    pub(super) past: &'m Order,
    pub(super) tables: &'m Tables,
}

impl Annotations<'_> {
    /// Applies the rules; `None` if one is broken.
    pub(super) fn apply(&self, slot_of: impl Fn(GoId) -> Option<u32>) -> Option<PutOff> {
        let mut after = PutOff::default();
        for event in self.log.events() {
            match event.kind {
                EventKind::TaskBegin { task, parent, name } => {
                    let state = row_of(&mut after.tasks, task.index());
                    let was_open = match state {
                        TaskAfter::Unheard => self.past_task(task).is_some(),
                        TaskAfter::Open(_) => true,
                        TaskAfter::Closed => false,
                    };
                    *state = TaskAfter::Open(OpenTask { parent, name });
                    if was_open {
                        return None;
                    }
                }
                EventKind::TaskEnd { task, .. } => {
                    let state = row_of(&mut after.tasks, task.index());
                    let before = match std::mem::replace(state, TaskAfter::Closed) {
                        TaskAfter::Unheard => self.past_task(task).map_or(TaskBefore::None, TaskBefore::Past),
                        TaskAfter::Open(task) => TaskBefore::Own(task),
                        TaskAfter::Closed => TaskBefore::None,
                    };
                    after.ends.push(before);
                }
                EventKind::RegionBegin { task, name } => {
                    self.regions(&mut after, event.goroutine, &slot_of).open.push((task, name));
                }
                EventKind::RegionEnd { task, name } => {
                    let regions = self.regions(&mut after, event.goroutine, &slot_of);
                    if !self.close(regions, (task, name)) {
                        return None;
                    }
                }
                _ => {}
            }
        }
        Some(after)
    }

    fn past_task(&self, task: TaskId) -> Option<OpenTask> {
        let id = self.tables.find_task(self.local.task_number(task))?;
        self.past.tasks.get(id.index()).copied().flatten()
    }

    fn regions<'o>(
        &self,
        after: &'o mut PutOff,
        goroutine: GoId,
        slot_of: impl Fn(GoId) -> Option<u32>,
    ) -> &'o mut RegionsAfter {
        let regions = row_of(&mut after.regions, goroutine.index());
        regions.get_or_insert_with(|| {
            Box::new(RegionsAfter { slot: slot_of(goroutine), ..RegionsAfter::default() })
        })
    }

    /// Closes the innermost region if it is this one; one that was never opened is older than the trace.
    fn close(&self, regions: &mut RegionsAfter, region: (TaskId, StringId)) -> bool {
        if let Some(innermost) = regions.open.pop() {
            return innermost == region;
        }
        let past = self.past.goroutines.peek_open(regions.slot.unwrap_or(NO_SLOT));
        let past = past.map_or(&[][..], |open| &open.regions);
        let Some(&(task, name)) = past.len().checked_sub(regions.closed + 1).and_then(|at| past.get(at))
        else {
            return true;
        };
        regions.closed += 1;
        self.tables.task_number(task) == self.local.task_number(region.0)
            && self.tables.string(name) == self.local.string(region.1)
    }
}

fn row_of<T: Default>(rows: &mut Vec<T>, at: usize) -> &mut T {
    if at >= rows.len() {
        rows.resize_with(at + 1, T::default);
    }
    &mut rows[at]
}
