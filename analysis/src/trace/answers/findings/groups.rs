//! Findings about groups of instances: what much of their time goes to.
//!
//! A group has at least five instances and 20 ms in all; a part of it counts by its share of all time or of the slow
//! ones' time, whichever is larger.

use std::ops::Range;

use goscope_parsers::trace::{StringId, Time};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::deadlines::{self, DeadlineFunctions};
use super::examples::MOST_EXAMPLES;
use super::fan_out;
use super::finding::{About, Example, Finding, FindingId};
use super::group::Group;
use crate::trace::answers::children::Children;
use crate::trace::answers::critical_path::{LockSites, PathClass};
use crate::trace::answers::facts::Facts;
use crate::trace::answers::instances::{AnswerInstance, answer_instances};
use crate::trace::answers::population::Population;
use crate::trace::answers::requests::endpoint_text;
use crate::trace::answers::slow::SlowRule;
use crate::trace::answers::why::{Answer, middle_of, why_of};
use crate::trace::words::time::sum_up;

const FEWEST_INSTANCES: usize = 5;
const LEAST_NANOS: u64 = 20_000_000;

pub(super) fn findings(facts: &Facts<'_>, sites: &LockSites, range: Option<&Range<Time>>) -> Vec<Finding> {
    let Some(population) = Population::of_trace(facts.model) else { return Vec::new() };
    let mut all = answer_instances(facts.model, &population, range).complete;
    all.par_sort_unstable_by_key(|it| (it.name, it.begin, it.end, it.owner, it.of));
    let deadlines = DeadlineFunctions::new(facts);
    let children = Children::new(facts.model);
    let mut found = Vec::new();
    for instances in all.chunk_by(|one, other| one.name == other.name) {
        let nanos = sum_up(instances.iter().map(AnswerInstance::nanos));
        if instances.len() < FEWEST_INSTANCES || nanos < LEAST_NANOS {
            continue;
        }
        let why = why_of(facts, sites, instances, (SlowRule::Auto, MOST_EXAMPLES));
        let name = instances[0].name;
        let group = Group { population: named(facts, &population, name), instances, why };
        let first = found.len();
        of_group(facts, &group, &mut found);
        found.extend(deadlines::finding(facts, &deadlines, &group));
        found.extend(fan_out::finding(facts, &children, &group));
        let tail =
            slow_tail(&group).filter(|tail| found[first..].iter().all(|it| it.function != tail.function));
        found.extend(tail);
    }
    found
}

fn named(facts: &Facts<'_>, population: &Population, name: StringId) -> Population {
    let text = facts.tables().string_lossy(name).into_owned();
    match population {
        Population::Tasks(_) => Population::Tasks(Some(text)),
        Population::Regions(_) => Population::Regions(Some(text)),
        Population::Requests(_) => Population::Requests(Some(endpoint_text(facts.model, name))),
        Population::Goroutines(_) | Population::One(_) => Population::Goroutines(text),
    }
}

/// When a part of a group's time is a finding.
struct Rule {
    id: FindingId,
    least_share: f64,
    least_nanos: u64,
    counts: fn(&Answer) -> bool,
    /// Only segments that are long for their class.
    is_long: bool,
}

const RULES: [Rule; 8] = [
    // Below, collections and bursts do that.
    rule(FindingId::CpuStarved, 0.3, LEAST_NANOS, |it| it.key.class == PathClass::Starved),
    rule(FindingId::Queueing, 0.3, LEAST_NANOS, |it| it.key.behind.is_some()),
    // The collector's own aim is 25 % of the CPU, by its workers; assists come on top.
    rule(FindingId::GcAssist, 0.1, 10_000_000, |it| it.key.class == PathClass::GcAssist),
    rule(FindingId::LostP, 0.2, LEAST_NANOS, |it| it.key.class == PathClass::LostP),
    Rule {
        is_long: true,
        ..rule(FindingId::WakeupDelay, 0.2, LEAST_NANOS, |it| it.key.class == PathClass::Wakeup)
    },
    Rule {
        is_long: true,
        ..rule(FindingId::SlowSyscall, 0.3, LEAST_NANOS, |it| it.key.class == PathClass::Syscall)
    },
    Rule {
        is_long: true,
        ..rule(FindingId::SlowNetwork, 0.3, LEAST_NANOS, |it| it.key.class == PathClass::Network)
    },
    // Polling, back-off, a limit of rate. One that sleeps itself means it.
    rule(FindingId::WaitsForSleeper, 0.3, LEAST_NANOS, |it| {
        it.key.class == PathClass::Timer && it.key.role.is_some()
    }),
];

const fn rule(id: FindingId, least_share: f64, least_nanos: u64, counts: fn(&Answer) -> bool) -> Rule {
    Rule { id, least_share, least_nanos, counts, is_long: false }
}

fn of_group(facts: &Facts<'_>, group: &Group<'_>, found: &mut Vec<Finding>) {
    for rule in &RULES {
        found.extend(by_rule(group, rule));
    }
    found.extend(cause_changes(facts, group));
}

fn by_rule(group: &Group<'_>, rule: &Rule) -> Option<Finding> {
    let why = &group.why;
    let nanos_of = |answer: &Answer| {
        if rule.is_long { answer.long_nanos } else { (answer.total_nanos, answer.slow_nanos) }
    };
    let parts: Vec<&Answer> = why.answers.iter().filter(|answer| (rule.counts)(answer)).collect();
    let sum = |of: fn((u64, u64)) -> u64| sum_up(parts.iter().map(|answer| of(nanos_of(answer))));
    let (nanos, slow_nanos) = (sum(|(all, _)| all), sum(|(_, slow)| slow));
    let share_of_all = nanos as f64 / (why.wall.total_nanos() as f64).max(1.0);
    let share_of_slow = slow_nanos as f64 / (why.slow.1 as f64).max(1.0);
    let share = share_of_all.max(share_of_slow);
    if share < rule.least_share || nanos < rule.least_nanos {
        return None;
    }
    let is_by_all = share_of_all >= share_of_slow;
    let weight = |answer: &&&Answer| if is_by_all { nanos_of(answer).0 } else { nanos_of(answer).1 };
    let main = parts.iter().max_by_key(|answer| (weight(answer), std::cmp::Reverse(answer.key)))?;
    Some(Finding {
        share,
        count: parts.iter().map(|answer| answer.instances).max().unwrap_or(0),
        path: main.path.clone(),
        function: Some(main.function).filter(|name| *name != StringId::NONE),
        by: main.key.role.filter(|_| rule.id != FindingId::CpuStarved),
        examples: examples_of(group, main),
        ..Finding::new(rule.id, About::Group(group.population.clone()), nanos)
    })
}

/// The longest segments of an answer in the slowest instances.
fn examples_of(group: &Group<'_>, answer: &Answer) -> Vec<Example> {
    let segments = group.why.slowest.iter().filter_map(|path| {
        let fits = path
            .segments
            .iter()
            .filter(|segment| segment.class == answer.key.class && segment.behind == answer.key.behind);
        fits.max_by_key(|segment| segment.nanos())
    });
    let examples = segments.map(|it| Example { goroutine: it.goroutine, begin: it.begin, end: it.end });
    examples.take(MOST_EXAMPLES).collect()
}

/// Slow ones are much slower, and one part of their paths makes the difference.
fn slow_tail(group: &Group<'_>) -> Option<Finding> {
    const TIMES: f64 = 5.0;
    const LEAST_OF_GAP: f64 = 0.5;
    let why = &group.why;
    let main = why.answers.first()?;
    let is_tail = why.typical.0 > 0 && why.slow_mean() >= TIMES * why.typical_mean();
    let gap_share = why.gap_share_of(main)?;
    if !is_tail || gap_share < LEAST_OF_GAP || main.slow_nanos < LEAST_NANOS {
        return None;
    }
    Some(Finding {
        share: gap_share,
        count: why.slow.0,
        path: main.path.clone(),
        function: Some(main.function).filter(|name| *name != StringId::NONE),
        by: main.key.role,
        answer: Some(Box::new(main.clone())),
        examples: examples_of(group, main),
        ..Finding::new(FindingId::SlowTail, About::Group(group.population.clone()), main.slow_nanos)
    })
}

/// The slow ones of the halves of the trace have different main causes.
fn cause_changes(facts: &Facts<'_>, group: &Group<'_>) -> Option<Finding> {
    const FEWEST_SLOW: usize = 4;
    let (why, middle) = (&group.why, middle_of(facts.model));
    let slow = group.instances.iter().filter(|it| why.cohorts.is_slow(it.nanos()));
    let (early, late): (Vec<_>, Vec<_>) = slow.partition(|it| it.begin < middle);
    if early.len() < FEWEST_SLOW || late.len() < FEWEST_SLOW {
        return None;
    }
    let wall =
        |instances: &[&_]| -> f64 { instances.iter().map(|it: &&AnswerInstance| it.nanos() as f64).sum() };
    let (early, late) = (wall(&early), wall(&late));
    // By what was done and by whom: a queue behind other work is the same cause as that work.
    let mut shares: FxHashMap<(PathClass, Option<StringId>), (f64, f64)> = FxHashMap::default();
    for answer in &why.answers {
        let share = shares.entry((answer.key.class, answer.key.role)).or_default();
        share.0 += answer.slow_early_nanos as f64 / early;
        share.1 += (answer.slow_nanos - answer.slow_early_nanos) as f64 / late;
    }
    let of = |is_main: fn(f64, f64) -> bool| {
        let mut main: Vec<_> = shares.iter().filter(|(_, share)| is_main(share.0, share.1)).collect();
        main.sort_by_key(|(key, _)| **key);
        main.first().map(|(key, _)| **key)
    };
    let first = of(|early, late| early >= 0.5 && late < 0.2)?;
    let second = of(|early, late| late >= 0.5 && early < 0.2)?;
    let of_key = |key| why.answers.iter().find(|it| (it.key.class, it.key.role) == key);
    let (first, second) = (of_key(first)?, of_key(second)?);
    let example = |it: &AnswerInstance| Example { goroutine: it.owner, begin: it.begin, end: it.end };
    Some(Finding {
        count: why.slow.0,
        path: vec![first.function, second.function],
        function: Some(second.function),
        by: Some(first.function),
        examples: why.slowest.iter().map(|path| example(&path.instance)).collect(),
        ..Finding::new(FindingId::CauseChanges, About::Group(group.population.clone()), why.slow.1)
    })
}
