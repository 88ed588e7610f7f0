//! Tasks, regions and logs of the program, as they come.

use goscope_parsers::trace::{
    Event, EventKind, GoId, PieceAnnotations, PieceIds, StackId, StringId, TaskId, Time,
};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::carried::{DIES, LifeEvent};
use super::grow::{push, resize};
use crate::trace::store::rows::{LogRow, RegionBounds, RegionRow, TaskRow};
use crate::trace::words::open_regions::closed_by;

/// The tasks, regions and logs so far.
#[derive(Debug, Default)]
pub(super) struct Annotations {
    tasks: Vec<TaskRow>,
    regions: Vec<RegionRow>,
    logs: Vec<LogRow>,
    /// Rows of the open regions of each goroutine, the innermost last.
    open: FxHashMap<GoId, Vec<u32>>,
}

impl Annotations {
    /// Adds those of a piece, and what is inherited at births in it.
    pub(super) fn sew(&mut self, lives: &[LifeEvent], annotations: &PieceAnnotations, ids: &PieceIds) {
        let mut annotations = annotations.events(ids).peekable();
        for life in lives {
            while let Some(event) = annotations.next_if(|event| event.time < life.time) {
                self.event(&event);
            }
            let goroutine = ids.goroutine(life.goroutine);
            match life.parent {
                DIES => self.end_goroutine(goroutine, life.time),
                parent => self.inherit(ids.goroutine(parent), goroutine, life.time),
            }
        }
        annotations.for_each(|event| self.event(&event));
    }

    pub(super) fn event(&mut self, event: &Event) {
        let Event { time, goroutine, stack, .. } = *event;
        match event.kind {
            EventKind::TaskBegin { task, parent, name } => {
                let row = self.named(task, parent, name);
                (row.begin, row.begin_goroutine, row.begin_stack) = (time.into(), goroutine, stack);
            }
            EventKind::TaskEnd { task, parent, name } => {
                let row = self.named(task, parent, name);
                (row.end, row.end_goroutine) = (time.into(), goroutine);
            }
            EventKind::RegionBegin { task, name } => {
                self.task(task);
                self.begin_region(event, task, name);
            }
            EventKind::RegionEnd { task, name } => {
                self.task(task);
                self.end_region(event, task, name);
            }
            EventKind::Log { task, category, message } => {
                self.task(task);
                self.logs.push(LogRow { time, goroutine, task, category, message, stack });
            }
            _ => {}
        }
    }

    fn task(&mut self, id: TaskId) -> &mut TaskRow {
        let at = id.index();
        if at >= self.tasks.len() {
            resize(&mut self.tasks, at + 1, TaskRow::default());
        }
        let row = &mut self.tasks[at];
        row.is_seen = id.is_some();
        row
    }

    /// The row of a task that begins or ends. Both say its name and parent; a parent exists by being named.
    fn named(&mut self, id: TaskId, parent: TaskId, name: StringId) -> &mut TaskRow {
        if parent.is_some() {
            self.task(parent);
        }
        let row = self.task(id);
        if name.is_some() {
            row.name = name;
        }
        if parent.is_some() {
            row.parent = parent;
        }
        row
    }

    fn begin_region(&mut self, event: &Event, task: TaskId, name: StringId) {
        let open = self.open.entry(event.goroutine).or_default();
        // Below the innermost one, also where that outlives one around it.
        let depth = open.last().map_or(0, |&row| self.regions[row as usize].depth.saturating_add(1));
        open.push(self.regions.len() as u32);
        push(
            &mut self.regions,
            RegionRow {
                begin: event.time,
                end: event.time,
                goroutine: event.goroutine,
                task,
                name,
                begin_stack: event.stack,
                end_stack: StackId::NONE,
                depth,
                bounds: RegionBounds { has_begin: true, has_end: false },
                is_inherited: false,
            },
        );
    }

    /// Ends the region that this is the end of. If it began before the trace, [`Self::finish`] says when.
    fn end_region(&mut self, event: &Event, task: TaskId, name: StringId) {
        let open = self.open.entry(event.goroutine).or_default();
        let key_of = |row: &u32| {
            let region = &self.regions[*row as usize];
            (!region.is_inherited).then_some((region.task, region.name))
        };
        if let Some(at) = closed_by(open, key_of, (task, name)) {
            let row = &mut self.regions[open.remove(at) as usize];
            (row.end, row.end_stack, row.bounds.has_end) = (event.time, event.stack, true);
            return;
        }
        push(
            &mut self.regions,
            RegionRow {
                begin: event.time,
                end: event.time,
                goroutine: event.goroutine,
                task,
                name,
                begin_stack: StackId::NONE,
                end_stack: event.stack,
                depth: 0,
                bounds: RegionBounds { has_begin: false, has_end: true },
                is_inherited: false,
            },
        );
    }

    /// A goroutine created within a region has a nameless one of the same task, as in Go's summary.
    #[inline]
    pub(super) fn inherit(&mut self, parent: GoId, child: GoId, time: Time) {
        let Some(&around) = self.open.get(&parent).and_then(|open| open.last()) else { return };
        let task = self.regions[around as usize].task;
        self.open.insert(child, vec![self.regions.len() as u32]);
        push(
            &mut self.regions,
            RegionRow {
                begin: time,
                end: time,
                goroutine: child,
                task,
                name: StringId::NONE,
                begin_stack: StackId::NONE,
                end_stack: StackId::NONE,
                depth: 0,
                bounds: RegionBounds { has_begin: true, has_end: false },
                is_inherited: true,
            },
        );
    }

    /// Regions that are open at the end of a goroutine end with it.
    #[inline]
    pub(super) fn end_goroutine(&mut self, goroutine: GoId, time: Time) {
        for row in self.open.remove(&goroutine).unwrap_or_default() {
            self.regions[row as usize].end = time;
        }
    }

    /// Regions that are open before a gap have an unknown end.
    pub(super) fn forget_open(&mut self, time: Time) {
        self.end_open(time);
        self.open.clear();
    }

    /// Regions that are open at the end of the trace end with it. Those that were begun before it "begin" with their
    /// goroutine, where that has a life.
    pub(super) fn finish(&mut self, end: Time, creation: impl Fn(GoId) -> Option<Time> + Sync) {
        self.end_open(end);
        self.regions.par_iter_mut().filter(|row| !row.bounds.has_begin).for_each(|row| {
            row.begin = creation(row.goroutine).unwrap_or(row.begin);
        });
    }

    fn end_open(&mut self, end: Time) {
        let open: Vec<u32> = self.open.values().flatten().copied().collect();
        for row in open {
            self.regions[row as usize].end = end;
        }
    }

    /// Tasks by id; regions by goroutine, each in order of start, outer ones first; logs.
    pub(super) fn into_rows(mut self) -> (Vec<TaskRow>, Vec<RegionRow>, Vec<LogRow>) {
        // All that begin with their goroutine, since they began before it was seen, end one after the other.
        let key = |row: &RegionRow| (row.goroutine, row.begin, !row.is_inherited, row.end);
        self.regions.par_sort_unstable_by_key(key);
        (self.tasks, self.regions, self.logs)
    }
}
