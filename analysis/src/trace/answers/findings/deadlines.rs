//! Waits of instances that ended because a context's deadline was over.
//!
//! The runtime runs the end of a deadline on a goroutine of its own, which starts in a function literal of
//! `context.WithDeadlineCause` (or `WithDeadline`, before Go 1.21) and cancels the context.

use std::collections::BTreeMap;

use goscope_parsers::trace::StringId;

use super::examples::{example, longest};
use super::finding::{About, Example, Finding, FindingId};
use super::group::Group;
use crate::trace::answers::critical_path::Waking;
use crate::trace::answers::facts::Facts;
use crate::trace::answers::waits::{Wait, in_instances};
use crate::trace::store::backward::Backward;
use crate::trace::store::names::user_function;

/// Fewer are chance.
const FEWEST: usize = 3;

pub(super) fn finding(facts: &Facts<'_>, group: &Group<'_>) -> Option<Finding> {
    let waits = in_instances(facts, &group.instances.complete);
    let mut by_function: BTreeMap<StringId, Vec<Example>> = BTreeMap::new();
    for wait in waits.iter().filter(|wait| is_by_deadline(facts, wait)) {
        let function = user_function(facts.tables(), facts.model.cause(wait.cause).stack);
        by_function.entry(function).or_default().push(example(wait.goroutine, wait.begin, wait.end));
    }
    let count: usize = by_function.values().map(Vec::len).sum();
    if count < FEWEST {
        return None;
    }
    let (function, examples) = by_function.into_iter().max_by_key(|(_, examples)| examples.len())?;
    let nanos = examples.iter().map(|it| it.end.abs_diff(it.begin)).sum();
    Some(Finding {
        count: count as u64,
        function: Some(function),
        examples: longest(examples),
        ..Finding::new(FindingId::DeadlineExceeded, About::Group(group.population.clone()), nanos)
    })
}

fn is_by_deadline(facts: &Facts<'_>, wait: &Wait) -> bool {
    let Some(place) = Backward::before(facts.model.data(), wait.goroutine, wait.end) else { return false };
    let waking = Waking::of(facts, &place, wait.end);
    let Some(waker) = waking.waker else { return false };
    let tables = facts.tables();
    let function = tables.string(facts.model.start_function(waker));
    function.starts_with(b"context.WithDeadline")
        && tables.stack(waking.stack).iter().any(|frame| {
            let name = tables.string(facts.function(*frame));
            name.starts_with(b"context.(*") && name.ends_with(b".cancel")
        })
}
