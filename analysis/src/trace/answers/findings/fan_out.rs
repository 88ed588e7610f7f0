//! One of the branches that an instance waits for is late, in most instances.
//!
//! ```text
//! owner     starts three │ WaitGroup.Wait ……………………………………………… │
//! branch 1               │ ▇▇▇▇▇▇▇▇▇ │
//! branch 2               │ ▇▇▇▇▇▇▇▇▇▇▇ │                              the one before the last
//! branch 3               │ ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇ │  1.5 times as long, and a fifth of the whole later
//! ```

use std::collections::BTreeMap;

use goscope_parsers::trace::{GoId, StringId, Time};
use rayon::prelude::*;

use super::examples::{example, longest};
use super::finding::{About, Example, Finding, FindingId};
use super::group::Group;
use crate::trace::answers::children::Children;
use crate::trace::answers::facts::Facts;
use crate::trace::answers::instances::AnswerInstance;
use crate::trace::answers::waits::of_goroutine;
use crate::trace::words::time::sum_up;

const FEWEST_BRANCHES: usize = 3;
const FEWEST_INSTANCES: usize = 5;
const TIMES: f64 = 1.5;
const LEAST_SHARE: f64 = 0.2;
/// A goroutine that calls `Done` last ends a little after the wait that it ends.
const LAST_DONE_NANOS: Time = 1_000_000;

/// The branch that was late in an instance.
struct Late {
    branch: StringId,
    at: Example,
    late_nanos: u64,
}

pub(super) fn finding(facts: &Facts<'_>, children: &Children, group: &Group<'_>) -> Option<Finding> {
    let instances = group.instances;
    let late = instances.par_iter().with_min_len(64).filter_map(|it| late_branch(facts, children, it));
    let late: Vec<Late> = late.collect();
    if instances.len() < FEWEST_INSTANCES || late.len() * 2 < instances.len() {
        return None;
    }
    let mut by_branch: BTreeMap<StringId, (usize, u64)> = BTreeMap::new();
    for late in &late {
        let sums = by_branch.entry(late.branch).or_default();
        *sums = (sums.0 + 1, sums.1 + late.late_nanos);
    }
    let (&branch, _) = by_branch.iter().max_by_key(|(_, sums)| **sums)?;
    Some(Finding {
        count: late.len() as u64,
        branch: Some(branch),
        share: late.len() as f64 / instances.len() as f64,
        examples: longest(late.iter().filter(|it| it.branch == branch).map(|it| it.at).collect()),
        ..Finding::new(
            FindingId::FanOutStraggler,
            About::Group(group.population.clone()),
            sum_up(late.iter().map(|it| it.late_nanos)),
        )
    })
}

fn late_branch(facts: &Facts<'_>, children: &Children, instance: &AnswerInstance) -> Option<Late> {
    let model = facts.model;
    if children.of(instance.owner, instance.begin, instance.end).len() < FEWEST_BRANCHES {
        return None;
    }
    let waits = of_goroutine(facts, instance.owner, instance.range());
    let join = waits.filter(|wait| facts.is_wait_group(wait.cause)).last()?;
    let branches = children.of(instance.owner, instance.begin, join.end);
    let lives = branches.iter().filter_map(|&id| model.goroutine(id)).filter(|it| it.is_ended);
    let mut lives: Vec<(Time, Time, GoId)> = lives.map(|it| (it.end, it.creation, it.id)).collect();
    lives.sort_unstable();
    // Whoever ends the wait is the last; others may go on for another reason.
    lives.truncate(lives.partition_point(|&(end, ..)| end <= join.end.saturating_add(LAST_DONE_NANOS)));
    let [.., (before_end, before_begin, _), (end, begin, id)] = lives[..] else { return None };
    let late_nanos = end.abs_diff(before_end);
    let is_late = end > join.begin
        && (end - begin) as f64 >= TIMES * (before_end - before_begin) as f64
        && late_nanos as f64 >= LEAST_SHARE * instance.nanos() as f64;
    if branches.len() < FEWEST_BRANCHES || !is_late {
        return None;
    }
    let region = model.regions_of(id).iter().find(|region| !region.is_inherited);
    let branch = region.map_or_else(|| model.start_function(id), |region| region.name);
    Some(Late { branch, at: example(id, begin, end), late_nanos })
}
