//! The instances that answers are about: complete ones, each with the goroutine that ended it and the one that owns it.
//!
//! | | begins and ends | followed back from | owner |
//! |---|---|---|---|
//! | task | with the task | the goroutine that ended it | the goroutine that began it |
//! | region | with the region | its goroutine | the same |
//! | request | see [`super::requests`] | the goroutine that serves the connection | the same |
//! | goroutine | with its life | itself | the same |
//!
//! What began before the trace or had not ended when it ended is counted and never mixed in: nobody knows how long it
//! took.

use std::ops::Range;

use goscope_parsers::trace::Time;
use rayon::prelude::*;

pub use super::instance::{AnswerInstance, AnswerInstances, AnswerOf};
use super::one::One;
use super::population::Population;
use super::requests::requests;
use crate::trace::model::TraceModel;

/// The instances of a population that overlap a range of time (`None`: the whole trace); those that do count as long
/// as they are.
pub fn answer_instances(
    model: &TraceModel,
    population: &Population,
    range: Option<&Range<Time>>,
) -> AnswerInstances {
    let range = range.cloned().unwrap_or(Time::MIN..Time::MAX);
    let mut found = match population {
        Population::Tasks(name) => tasks(model, name.as_deref(), &range),
        Population::Regions(name) => regions(model, name.as_deref(), &range),
        Population::Requests(endpoint) => requests(model, endpoint.as_deref(), &range),
        Population::Goroutines(function) => goroutines(model, function, &range),
        Population::One(one) => self::one(model, *one, &range),
    };
    found.complete.par_sort_unstable_by_key(|it| (it.begin, it.end, it.owner, it.of));
    found
}

fn tasks(model: &TraceModel, name: Option<&str>, range: &Range<Time>) -> AnswerInstances {
    let mut found = AnswerInstances::default();
    for id in model.task_ids() {
        let Some(task) = model.task(id) else { continue };
        let is_wanted =
            name.is_none_or(|name| task.has_name() && model.tables().string(task.name) == name.as_bytes());
        if !is_wanted {
            continue;
        }
        match AnswerInstance::of_task(model, id) {
            Some(instance) => found.add(instance, range),
            None => found.incomplete += 1,
        }
    }
    found
}

/// One instance; none at all if the trace does not have it.
fn one(model: &TraceModel, one: One, range: &Range<Time>) -> AnswerInstances {
    let mut found = AnswerInstances::default();
    let is_there = match one {
        One::Task(number) => model.task_by_number(number).is_some(),
        One::Region(row) => model.regions().get(row as usize).is_some(),
        One::Goroutine(goid) | One::Stretch { goroutine: goid, .. } => {
            model.goroutine_by_number(goid).is_some()
        }
    };
    match AnswerInstance::of_one(model, one) {
        Some(instance) => found.add(instance, range),
        None => found.incomplete = u64::from(is_there),
    }
    found
}

fn regions(model: &TraceModel, name: Option<&str>, range: &Range<Time>) -> AnswerInstances {
    let mut found = AnswerInstances::default();
    for (row, region) in model.regions().iter().enumerate() {
        let is_wanted = name.is_none_or(|name| model.tables().string(region.name) == name.as_bytes());
        if region.is_inherited || !is_wanted {
            continue;
        }
        match AnswerInstance::of_region(model, row as u32) {
            Some(instance) => found.add(instance, range),
            None => found.incomplete += 1,
        }
    }
    found
}

fn goroutines(model: &TraceModel, function: &str, range: &Range<Time>) -> AnswerInstances {
    let mut found = AnswerInstances::default();
    for id in model.goroutine_ids() {
        let name = model.start_function(id);
        if model.tables().string(name) != function.as_bytes() {
            continue;
        }
        let Some(life) = model.goroutine(id) else { continue };
        if !(life.is_created && life.is_ended) {
            found.incomplete += 1;
            continue;
        }
        let (begin, end) = (life.creation, life.end);
        found.add(
            AnswerInstance { of: AnswerOf::Goroutine, name, goroutine: id, owner: id, begin, end },
            range,
        );
    }
    found
}
