//! What tasks log, as labels: the categories of their logs with all messages, and how long the tasks took that have them.
//!
//! ```text
//! trace.Log(ctx, "tenant", "north")     tenant  north   184 tasks, 612 ms in all
//! trace.Log(ctx, "tenant", "south")             south   230 tasks, 488 ms in all
//! trace.Log(ctx, "", "cache is cold")   is a remark and no label
//! ```
//!
//! A task that logs the same twice has it once. One with two messages of a category counts for both, and once for the
//! category, as samples with two values of a key do in a profile.

use std::cmp::Reverse;

use goscope_parsers::trace::{StringId, TaskId};
use rustc_hash::FxHashMap;

use super::tasks::{Elapsed, TaskIndex};
use crate::histogram::DurationHistogram;

/// Messages of a category that are told apart: a number that differs with each request is no label anybody could look
/// through.
pub const MOST_VALUES: usize = 1_000;

/// Categories that are told apart, as a program may also log its number as the category.
pub const MOST_KEYS: usize = 100;

/// What some tasks log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskLabels {
    /// By category.
    pub keys: Vec<TaskLabelKey>,
    /// Categories that are left out, because there are more than [`MOST_KEYS`]: those that fewest tasks have.
    pub n_left_out: usize,
}

/// The logs of one category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskLabelKey {
    /// The category; never the empty text.
    pub category: StringId,
    /// The messages: first those whose tasks took most time together, equal ones in order of the text.
    pub values: Vec<TaskLabelValue>,
    /// Messages that are left out, because there are more than [`MOST_VALUES`].
    pub n_left_out: usize,
    /// Tasks that log nothing of this category.
    pub without: TaskSums,
}

/// The tasks that log the same message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskLabelValue {
    /// The message.
    pub message: StringId,
    /// The tasks.
    pub tasks: TaskSums,
}

/// How many tasks, and how long they took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskSums {
    /// How many there are.
    pub count: u64,
    /// How long those took whose begin and end are in the trace.
    pub durations: DurationHistogram,
}

impl TaskSums {
    fn add(&mut self, elapsed: Elapsed) {
        self.count += 1;
        if elapsed.is_complete {
            self.durations.record(elapsed.nanos());
        }
    }
}

/// What these tasks log, of one category or all.
pub fn task_labels(index: &TaskIndex<'_>, tasks: &[(TaskId, Elapsed)], category: Option<&str>) -> TaskLabels {
    let labels_of = |id: TaskId| labels_of(index, id, category);
    let (mut keys, n_left_out) = keys_of(index, tasks, labels_of);
    let places: FxHashMap<Label, (usize, usize)> = keys
        .iter()
        .enumerate()
        .flat_map(|(at, key)| {
            let values = key.values.iter().enumerate();
            values.map(move |(value_at, value)| ((key.category, value.message), (at, value_at)))
        })
        .collect();
    for &(id, elapsed) in tasks {
        let labels = labels_of(id);
        for label in &labels {
            if let Some(&(key, value)) = places.get(label) {
                keys[key].values[value].tasks.add(elapsed);
            }
        }
        for key in &mut keys {
            if labels.iter().all(|(category, _)| *category != key.category) {
                key.without.add(elapsed);
            }
        }
    }
    TaskLabels { keys, n_left_out }
}

/// A category and a message.
type Label = (StringId, StringId);

/// The labels of a task, each once.
fn labels_of(index: &TaskIndex<'_>, id: TaskId, category: Option<&str>) -> Vec<Label> {
    let tables = index.model().tables();
    let is_wanted = |name: &[u8]| !name.is_empty() && category.is_none_or(|wanted| wanted.as_bytes() == name);
    let logs = index.logs(id).filter(|log| is_wanted(tables.string(log.category)));
    let mut labels: Vec<_> = logs.map(|log| (log.category, log.message)).collect();
    labels.sort_unstable();
    labels.dedup();
    labels
}

/// Categories with their messages in order, without sums, and how many are left out.
fn keys_of(
    index: &TaskIndex<'_>,
    tasks: &[(TaskId, Elapsed)],
    labels_of: impl Fn(TaskId) -> Vec<Label>,
) -> (Vec<TaskLabelKey>, usize) {
    // By category: how many labels tasks have of it, and how long the tasks of each message took.
    let mut found: FxHashMap<StringId, (u64, FxHashMap<StringId, u128>)> = FxHashMap::default();
    for &(id, elapsed) in tasks {
        for (category, message) in labels_of(id) {
            let took = if elapsed.is_complete { u128::from(elapsed.nanos()) } else { 0 };
            let (count, messages) = found.entry(category).or_default();
            *count += 1;
            *messages.entry(message).or_default() += took;
        }
    }
    let tables = index.model().tables();
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_unstable_by_key(|&(category, (count, _))| (Reverse(count), tables.string(category)));
    let n_left_out = found.len().saturating_sub(MOST_KEYS);
    found.truncate(MOST_KEYS);
    let key = |(category, (_, messages))| {
        let mut messages: Vec<(StringId, u128)> = FxHashMap::into_iter(messages).collect();
        messages.sort_unstable_by_key(|&(message, nanos)| (Reverse(nanos), tables.string(message)));
        let n_left_out = messages.len().saturating_sub(MOST_VALUES);
        messages.truncate(MOST_VALUES);
        let value = |(message, _)| TaskLabelValue { message, tasks: TaskSums::default() };
        let values = messages.into_iter().map(value).collect();
        TaskLabelKey { category, values, n_left_out, without: TaskSums::default() }
    };
    let mut keys: Vec<TaskLabelKey> = found.into_iter().map(key).collect();
    keys.sort_unstable_by_key(|key| tables.string(key.category));
    (keys, n_left_out)
}
