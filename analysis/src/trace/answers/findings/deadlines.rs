//! Waits of instances that ended because a context's deadline was over.
//!
//! The runtime runs the end of a deadline on a goroutine of its own, which starts in a function literal of
//! `context.WithDeadlineCause` (or `WithDeadline`, before Go 1.21) and cancels the context.

use std::collections::BTreeMap;

use goscope_parsers::trace::{FrameId, StringId};
use rayon::prelude::*;

use super::examples::{Examples, example};
use super::finding::{About, Finding, FindingId};
use super::group::Group;
use crate::trace::answers::critical_path::Waking;
use crate::trace::answers::facts::Facts;
use crate::trace::answers::waits::{Wait, in_instances};
use crate::trace::store::backward::Backward;
use crate::trace::store::names::user_function;

/// Fewer are chance.
const FEWEST: usize = 3;

/// The functions that the goroutines run which end contexts, if there are such goroutines.
#[derive(Debug)]
pub(super) struct DeadlineFunctions(Vec<StringId>);

impl DeadlineFunctions {
    /// Looks through all frames of the trace, and all goroutines.
    pub(super) fn new(facts: &Facts<'_>) -> Self {
        let tables = facts.tables();
        let functions = (0..tables.frame_count()).map(|at| facts.function(FrameId(at as u32)));
        let mut functions: Vec<StringId> =
            functions.filter(|name| tables.string(*name).starts_with(b"context.WithDeadline")).collect();
        functions.sort_unstable();
        functions.dedup();
        let model = facts.model;
        let is_over = || model.goroutine_ids().any(|id| functions.contains(&model.start_function(id)));
        if functions.is_empty() || !is_over() {
            functions.clear();
        }
        Self(functions)
    }
}

pub(super) fn finding(
    facts: &Facts<'_>,
    functions: &DeadlineFunctions,
    group: &Group<'_>,
) -> Option<Finding> {
    if functions.0.is_empty() {
        return None;
    }
    let waits = in_instances(facts, group.instances);
    let ended: Vec<Wait> =
        waits.into_par_iter().filter(|wait| is_by_deadline(facts, functions, wait)).collect();
    let mut by_function: BTreeMap<StringId, Examples> = BTreeMap::new();
    for wait in ended {
        let function = user_function(facts.tables(), facts.model.cause(wait.cause).stack);
        by_function.entry(function).or_default().add(example(wait.goroutine, wait.begin, wait.end));
    }
    let count: usize = by_function.values().map(|examples| examples.count).sum();
    if count < FEWEST {
        return None;
    }
    let (function, examples) = by_function.into_iter().max_by_key(|(_, examples)| examples.count)?;
    let nanos = examples.nanos;
    Some(Finding {
        count: count as u64,
        function: Some(function),
        examples: examples.longest(),
        ..Finding::new(FindingId::DeadlineExceeded, About::Group(group.population.clone()), nanos)
    })
}

fn is_by_deadline(facts: &Facts<'_>, functions: &DeadlineFunctions, wait: &Wait) -> bool {
    let Some(place) = Backward::before(facts.model.data(), wait.goroutine, wait.end) else { return false };
    let waking = Waking::of(facts, &place, wait.end);
    let Some(waker) = waking.waker else { return false };
    let tables = facts.tables();
    functions.0.contains(&facts.model.start_function(waker))
        && tables.stack(waking.stack).iter().any(|frame| {
            let name = tables.string(facts.function(*frame));
            name.starts_with(b"context.(*") && name.ends_with(b".cancel")
        })
}
