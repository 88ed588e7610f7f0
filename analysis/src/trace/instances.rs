//! What a question about latency is asked of: each time that something happened, on one goroutine, from when to when.
//!
//! ```text
//! goroutines   the part of each life that lies in the range
//! tasks        each complete task that overlaps the range, on the goroutine that began it
//! regions      each complete region that overlaps the range, on its goroutine
//! ```
//!
//! Tasks and regions count as long as they are: how long a request took does not depend on where one looks. Of a task
//! the beginning goroutine is followed, because what *its* time went to is what the caller waited for; work that it
//! gave to other goroutines is in there as time blocked on them. Nested regions of one name count each.

use std::ops::{Range, RangeInclusive};

use goscope_parsers::trace::{GoId, TaskId, Time};
use rustc_hash::FxHashSet;

use super::goroutines::{GoroutineFilter, SystemGoroutines, part_of};
use super::model::{TraceModel, nanos_between};
use super::regions::{RegionFilter, is_complete};

/// What kind of thing is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum InstanceKind {
    /// Goroutines.
    #[default]
    Goroutines,
    /// User tasks of a type, or all.
    Tasks(Option<String>),
    /// User regions with a name, or all.
    Regions(Option<String>),
}

/// Which instances a question is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct InstanceFilter {
    /// What they are.
    pub kind: InstanceKind,
    /// The time that they must overlap; `None` for the whole trace.
    pub range: Option<Range<Time>>,
    /// The goroutines that they must be on.
    pub goroutines: GoroutineFilter,
    /// How long they took, in nanoseconds.
    pub nanos: Option<RangeInclusive<u64>>,
}

/// What an instance is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstanceOf {
    /// A goroutine.
    Goroutine,
    /// This task.
    Task(TaskId),
    /// The region at this place in [`TraceModel::regions`].
    Region(u32),
}

/// One time that something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instance {
    /// What it is.
    pub of: InstanceOf,
    /// The goroutine whose time it was.
    pub goroutine: GoId,
    /// When it began.
    pub begin: Time,
    /// When it ended.
    pub end: Time,
}

impl Instance {
    /// How long it took.
    pub fn nanos(&self) -> u64 {
        nanos_between(self.begin, self.end)
    }

    /// From begin to end.
    pub fn range(&self) -> Range<Time> {
        self.begin..self.end
    }
}

/// All instances that are meant: goroutines by id, tasks by id, regions by goroutine and begin.
pub fn instances(model: &TraceModel, filter: &InstanceFilter) -> Vec<Instance> {
    let range = filter.range.clone().unwrap_or_else(|| model.range());
    let mut found = match &filter.kind {
        InstanceKind::Goroutines => goroutine_parts(model, filter, &range),
        InstanceKind::Tasks(name) => tasks(model, filter, name.as_deref(), &range),
        InstanceKind::Regions(name) => regions(model, filter, name.clone(), &range),
    };
    if let Some(nanos) = &filter.nanos {
        found.retain(|instance| nanos.contains(&instance.nanos()));
    }
    found
}

fn goroutine_parts(model: &TraceModel, filter: &InstanceFilter, range: &Range<Time>) -> Vec<Instance> {
    let ids = filter.goroutines.select(model, range);
    let parts = ids.into_iter().filter_map(|id| {
        let part = part_of(&model.goroutine(id)?, range);
        Some(Instance { of: InstanceOf::Goroutine, goroutine: id, begin: part.start, end: part.end })
    });
    parts.collect()
}

fn tasks(
    model: &TraceModel,
    filter: &InstanceFilter,
    name: Option<&str>,
    range: &Range<Time>,
) -> Vec<Instance> {
    let wanted = wanted_goroutines(model, filter);
    let found = model.task_ids().filter_map(|id| {
        let task = model.task(id)?;
        let (begin, end) = (task.begin?, task.end?);
        let fits = name.is_none_or(|name| model.tables().string(task.name) == name.as_bytes())
            && overlaps(begin, end, range)
            && wanted.as_ref().is_none_or(|wanted| wanted.contains(&task.begin_goroutine))
            && model.goroutine(task.begin_goroutine).is_some();
        fits.then_some(Instance { of: InstanceOf::Task(id), goroutine: task.begin_goroutine, begin, end })
    });
    found.collect()
}

fn regions(
    model: &TraceModel,
    filter: &InstanceFilter,
    name: Option<String>,
    range: &Range<Time>,
) -> Vec<Instance> {
    let wanted = wanted_goroutines(model, filter);
    let rows = RegionFilter { name, is_complete: Some(true), ..RegionFilter::default() }.select(model);
    let found = rows.into_iter().filter_map(|row| {
        let region = &model.regions()[row];
        let fits = is_complete(region)
            && overlaps(region.begin, region.end, range)
            && wanted.as_ref().is_none_or(|wanted| wanted.contains(&region.goroutine));
        let of = InstanceOf::Region(row as u32);
        fits.then_some(Instance { of, goroutine: region.goroutine, begin: region.begin, end: region.end })
    });
    found.collect()
}

/// The goroutines that tasks and regions must be on; `None` if none is left out. Tasks and regions are the
/// program's own work wherever they run.
fn wanted_goroutines(model: &TraceModel, filter: &InstanceFilter) -> Option<FxHashSet<GoId>> {
    let all = GoroutineFilter { system: SystemGoroutines::Included, ..filter.goroutines.clone() };
    let everything = GoroutineFilter { system: SystemGoroutines::Included, ..GoroutineFilter::default() };
    (all != everything).then(|| all.select(model, &model.range()).into_iter().collect())
}

fn overlaps(begin: Time, end: Time, range: &Range<Time>) -> bool {
    begin < range.end && end >= range.start
}
