//! An instance that answers are about: one time that something happened, with the goroutine that ended it and the one
//! that owns it.

use std::ops::Range;

use goscope_parsers::trace::{GoId, StringId, TaskId, Time};

use super::one::One;
use crate::trace::model::TraceModel;
use crate::trace::questions::regions::is_complete;
use crate::trace::words::time::nanos_between;

/// What an instance is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AnswerOf {
    /// This task.
    Task(TaskId),
    /// The region at this place in [`TraceData::regions`](crate::trace::store::data::TraceData::regions).
    Region(u32),
    /// A request.
    Request,
    /// A goroutine.
    Goroutine,
}

/// One time that something happened, from begin to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerInstance {
    /// What it is.
    pub of: AnswerOf,
    /// Its name: type of the task, name of the region, function of the endpoint or goroutine.
    pub name: StringId,
    /// The goroutine that ended it, where its critical path is followed back from.
    pub goroutine: GoId,
    /// The goroutine whose own time counts as the instance's own.
    pub owner: GoId,
    /// When it began.
    pub begin: Time,
    /// When it ended.
    pub end: Time,
}

impl AnswerInstance {
    /// How long it took.
    pub fn nanos(&self) -> u64 {
        nanos_between(self.begin, self.end)
    }

    /// From begin to end.
    pub fn range(&self) -> Range<Time> {
        self.begin..self.end
    }

    /// A task; `None` if the trace does not have its begin or end.
    pub fn of_task(model: &TraceModel, id: TaskId) -> Option<Self> {
        let task = model.task(id)?;
        let (begin, end) = (task.begin.get()?, task.end.get()?);
        let owner = task.begin_goroutine;
        let goroutine = if task.end_goroutine.is_some() { task.end_goroutine } else { owner };
        Some(Self { of: AnswerOf::Task(id), name: task.name, goroutine, owner, begin, end })
    }

    /// A region; `None` if the trace does not have its begin or end.
    pub fn of_region(model: &TraceModel, row: u32) -> Option<Self> {
        let region = model.regions().get(row as usize)?;
        let (goroutine, begin, end) = (region.goroutine, region.begin, region.end);
        let of = AnswerOf::Region(row);
        is_complete(region).then_some(Self { of, name: region.name, goroutine, owner: goroutine, begin, end })
    }

    /// An instance by its number; `None` if the trace does not have it, or not its begin or end. Of a goroutine it is
    /// what the trace has.
    pub fn of_one(model: &TraceModel, one: One) -> Option<Self> {
        match one {
            One::Task(number) => Self::of_task(model, model.task_by_number(number)?),
            One::Region(row) => Self::of_region(model, row),
            One::Goroutine(goid) => {
                let life = model.goroutine(model.goroutine_by_number(goid)?)?;
                let (name, owner) = (model.start_function(life.id), life.id);
                let (begin, end) = (life.creation, life.end);
                Some(Self { of: AnswerOf::Goroutine, name, goroutine: owner, owner, begin, end })
            }
            One::Stretch { goroutine, begin_nanos, end_nanos } => {
                let life = model.goroutine(model.goroutine_by_number(goroutine)?)?;
                let at = |nanos: i64| model.range().start.saturating_add(nanos);
                let range = at(begin_nanos).max(life.creation)..at(end_nanos).min(life.end);
                (range.start < range.end).then(|| Self::of_stretch(model, life.id, &range))
            }
        }
    }

    /// A stretch of time on a goroutine: the region with these bounds if there is one, else a request or a life.
    pub fn of_stretch(model: &TraceModel, goroutine: GoId, range: &Range<Time>) -> Self {
        let (begin, end) = (range.start, range.end);
        let mut regions = model.regions().iter().enumerate().filter(|(_, region)| !region.is_inherited);
        let same = regions.find(|(_, it)| (it.goroutine, it.begin, it.end) == (goroutine, begin, end));
        let (of, name) = match same {
            Some((row, region)) => (AnswerOf::Region(row as u32), region.name),
            None => (AnswerOf::Goroutine, model.start_function(goroutine)),
        };
        Self { of, name, goroutine, owner: goroutine, begin, end }
    }
}

/// The instances of a population.
#[derive(Clone, Debug, Default)]
pub struct AnswerInstances {
    /// Complete ones, in order of begin, then of goroutine.
    pub complete: Vec<AnswerInstance>,
    /// How many more there are whose begin or end the trace does not have.
    pub incomplete: u64,
}

impl AnswerInstances {
    /// Takes an instance, if it lies in the range.
    pub(super) fn add(&mut self, instance: AnswerInstance, range: &Range<Time>) {
        if instance.begin < range.end && instance.end >= range.start && instance.begin <= instance.end {
            self.complete.push(instance);
        }
    }
}
