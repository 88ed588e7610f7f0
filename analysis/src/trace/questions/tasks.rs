//! User tasks: their tree, what belongs to each, how long those of a type take.
//!
//! ```text
//! TaskIndex   children, regions and logs of each task, as rows sorted by task
//! Elapsed     the time of a task; where begin or end are missing, up to the bounds of the trace
//! ```

use std::ops::RangeInclusive;

use goscope_parsers::trace::{GoId, StringId, TaskId, Time};

use crate::histogram::DurationHistogram;
use crate::trace::model::TraceModel;
use crate::trace::store::rows::{LogRow, RegionRow, TaskRow};
use crate::trace::words::time::nanos_between;

/// What belongs to each task.
#[derive(Debug)]
pub struct TaskIndex<'m> {
    model: &'m TraceModel,
    /// (parent, child)
    children: Vec<(TaskId, TaskId)>,
    /// (task, row)
    regions: Vec<(TaskId, u32)>,
    logs: Vec<(TaskId, u32)>,
}

impl<'m> TaskIndex<'m> {
    /// Sorts children, regions and logs by task.
    pub fn new(model: &'m TraceModel) -> Self {
        let tasks = model.task_ids().filter_map(|id| Some((model.task(id)?.parent, id)));
        let mut children: Vec<(TaskId, TaskId)> = tasks.filter(|(parent, _)| parent.is_some()).collect();
        let regions = model.regions().iter().enumerate().filter(|(_, region)| !region.is_inherited);
        let mut regions: Vec<_> = regions.map(|(row, region)| (region.task, row as u32)).collect();
        let mut logs: Vec<_> =
            model.logs().iter().enumerate().map(|(row, log)| (log.task, row as u32)).collect();
        children.sort_unstable();
        regions.sort_unstable();
        logs.sort_unstable();
        Self { model, children, regions, logs }
    }

    /// The model.
    pub fn model(&self) -> &'m TraceModel {
        self.model
    }

    /// The tasks created from a task, in order of first appearance.
    pub fn children(&self, id: TaskId) -> Vec<TaskId> {
        of(&self.children, id).map(|&(_, child)| child).collect()
    }

    /// A task and all below it: depth first, itself first, with its depth. A tree that bites its tail is cut.
    pub fn descendants(&self, id: TaskId) -> Vec<(TaskId, u32)> {
        let mut seen = rustc_hash::FxHashSet::default();
        let mut found = Vec::new();
        let mut open = vec![(id, 0)];
        while let Some((task, depth)) = open.pop() {
            if seen.insert(task) {
                found.push((task, depth));
                open.extend(self.children(task).into_iter().rev().map(|child| (child, depth + 1)));
            }
        }
        found
    }

    /// The regions of a task: their places in [`TraceData::regions`](crate::trace::store::data::TraceData::regions)
    /// and themselves. Inherited ones are not among them.
    pub fn regions(&self, id: TaskId) -> impl Iterator<Item = (usize, &'m RegionRow)> + '_ {
        of(&self.regions, id).map(|&(_, row)| (row as usize, &self.model.regions()[row as usize]))
    }

    /// The log messages of a task, in order of time.
    pub fn logs(&self, id: TaskId) -> impl Iterator<Item = &'m LogRow> + '_ {
        of(&self.logs, id).map(|&(_, row)| &self.model.logs()[row as usize])
    }

    /// The goroutines of a task, by id: those that began or ended it, logged in it or had a region of it.
    pub fn goroutines(&self, id: TaskId) -> Vec<GoId> {
        let mut found: Vec<GoId> = self.regions(id).map(|(_, region)| region.goroutine).collect();
        found.extend(self.logs(id).map(|log| log.goroutine));
        if let Some(task) = self.model.task(id) {
            found.extend([task.begin_goroutine, task.end_goroutine]);
        }
        found.retain(|id| id.is_some());
        found.sort_unstable();
        found.dedup();
        found
    }

    /// What happened in a task, in order of time.
    pub fn events(&self, id: TaskId) -> Vec<TaskEvent> {
        let mut events = Vec::new();
        let mut add = |time, goroutine, what| events.push(TaskEvent { time, goroutine, what });
        if let Some(task) = self.model.task(id) {
            if let Some(time) = task.begin.get() {
                add(time, task.begin_goroutine, TaskEventKind::Begin);
            }
            if let Some(time) = task.end.get() {
                add(time, task.end_goroutine, TaskEventKind::End);
            }
        }
        for log in self.logs(id) {
            add(log.time, log.goroutine, TaskEventKind::Log { category: log.category, message: log.message });
        }
        for (row, region) in self.regions(id) {
            if region.bounds.has_begin {
                add(region.begin, region.goroutine, TaskEventKind::RegionBegin { row });
            }
            if region.bounds.has_end {
                add(region.end, region.goroutine, TaskEventKind::RegionEnd { row });
            }
        }
        events.sort_by_key(|event| event.time);
        events
    }

    /// Whether a text occurs in a task's type, its regions' types, or its log categories or messages.
    pub fn mentions(&self, id: TaskId, text: &str) -> bool {
        let tables = self.model.tables();
        let has = |string: StringId| tables.string_lossy(string).contains(text);
        self.model.task(id).is_some_and(|task| has(task.name))
            || self.regions(id).any(|(_, region)| has(region.name))
            || self.logs(id).any(|log| has(log.category) || has(log.message))
    }
}

/// The rows of a task among rows sorted by task.
fn of<T: Copy>(rows: &[(TaskId, T)], id: TaskId) -> impl Iterator<Item = &(TaskId, T)> {
    let begin = rows.partition_point(|(task, _)| *task < id);
    let end = rows.partition_point(|(task, _)| *task <= id);
    rows[begin..end].iter()
}

/// Something that happened in a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskEvent {
    /// When.
    pub time: Time,
    /// Who.
    pub goroutine: GoId,
    /// What.
    pub what: TaskEventKind,
}

/// The kinds of events in a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskEventKind {
    /// The task began.
    Begin,
    /// The task ended.
    End,
    /// A message.
    Log {
        /// The category.
        category: StringId,
        /// The message.
        message: StringId,
    },
    /// A region began.
    RegionBegin {
        /// Its place in [`TraceData::regions`](crate::trace::store::data::TraceData::regions).
        row: usize,
    },
    /// A region ended.
    RegionEnd {
        /// Its place in [`TraceData::regions`](crate::trace::store::data::TraceData::regions).
        row: usize,
    },
}

/// The time of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed {
    /// When it began, or the trace.
    pub begin: Time,
    /// When it ended, or the trace.
    pub end: Time,
    /// Whether both are in the trace.
    pub is_complete: bool,
}

impl Elapsed {
    /// The time of a task in a trace.
    pub fn of(task: &TaskRow, model: &TraceModel) -> Self {
        let range = model.range();
        Self {
            begin: task.begin.get().unwrap_or(range.start),
            end: task.end.get().unwrap_or(range.end),
            is_complete: task.begin.get().is_some() && task.end.get().is_some(),
        }
    }

    /// From begin to end.
    pub fn nanos(&self) -> u64 {
        nanos_between(self.begin, self.end)
    }
}

/// All tasks of a type.
#[derive(Clone, Debug)]
pub struct TaskType {
    /// The type; also the empty text, and then it depends on `is_named` whether that is one.
    pub name: StringId,
    /// Whether the type is known: that of tasks begun before the trace is not.
    pub is_named: bool,
    /// How many there are.
    pub count: u64,
    /// How long the complete ones took.
    pub durations: DurationHistogram,
}

/// All types of tasks, by name.
pub fn task_types(model: &TraceModel) -> Vec<TaskType> {
    let mut types: Vec<TaskType> = Vec::new();
    let mut places = rustc_hash::FxHashMap::default();
    for task in model.task_ids().filter_map(|id| model.task(id)) {
        let (name, is_named) = (task.name, task.has_name());
        let place = *places.entry((name, is_named)).or_insert_with(|| {
            types.push(TaskType { name, is_named, count: 0, durations: DurationHistogram::default() });
            types.len() - 1
        });
        types[place].count += 1;
        let elapsed = Elapsed::of(task, model);
        if elapsed.is_complete {
            types[place].durations.record(elapsed.nanos());
        }
    }
    types.sort_by_key(|it| (model.tables().string(it.name), it.is_named));
    types
}

/// Selects tasks. The default is all.
#[derive(Clone, Debug, Default)]
pub struct TaskFilter {
    /// Of this type.
    pub name: Option<String>,
    /// Only complete ones, or only others.
    pub is_complete: Option<bool>,
    /// Complete ones with a duration within these bounds, in nanoseconds.
    pub nanos: Option<RangeInclusive<u64>>,
    /// In whose type, regions or logs this text occurs.
    pub text: Option<String>,
}

impl TaskFilter {
    /// The tasks that match, shortest first; equal ones in order of first appearance.
    pub fn select(&self, index: &TaskIndex<'_>) -> Vec<(TaskId, Elapsed)> {
        let model = index.model();
        let tasks = model.task_ids().filter_map(|id| {
            let task = model.task(id)?;
            let elapsed = Elapsed::of(task, model);
            self.fits(index, id, task, elapsed).then_some((id, elapsed))
        });
        let mut tasks: Vec<(TaskId, Elapsed)> = tasks.collect();
        tasks.sort_by_key(|(_, elapsed)| elapsed.nanos());
        tasks
    }

    fn fits(&self, index: &TaskIndex<'_>, id: TaskId, task: &TaskRow, elapsed: Elapsed) -> bool {
        let tables = index.model().tables();
        let has = |name: &String| task.has_name() && tables.string(task.name) == name.as_bytes();
        let fits_name = self.name.as_ref().is_none_or(has);
        let fits_nanos =
            self.nanos.as_ref().is_none_or(|nanos| elapsed.is_complete && nanos.contains(&elapsed.nanos()));
        fits_name
            && fits_nanos
            && self.is_complete.is_none_or(|is_complete| is_complete == elapsed.is_complete)
            && self.text.as_ref().is_none_or(|text| index.mentions(id, text))
    }
}
