//! Equal goroutines, put together: by state and stack, and by other keys.

use std::collections::BTreeMap;

use goscope_parsers::dump::{Dump, DumpKind, Goroutine, StackId, StateId, StringId, Tables};
use rustc_hash::{FxHashMap, FxHashSet};

/// What makes goroutines equal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Grouping {
    /// State with its flags, functions, files, lines and creator. Arguments, minutes and the creator's number do not count.
    #[default]
    Lines,
    /// The same, and the text of the arguments.
    Exact,
    /// State and names of functions: what stays equal over builds.
    Functions,
    /// The `go` statement.
    Creator,
    /// The value of a label.
    Label(String),
}

/// Goroutines that are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The value of the label, or the creator; empty where state and stack say all.
    pub name: String,
    /// The state; `None` if they are in several.
    pub state: Option<StateId>,
    /// The stack; of several, that of most of them.
    pub stack: StackId,
    /// How many different pairs of state and stack they have.
    pub n_variants: usize,
    /// Rows of the dump, in its order.
    pub rows: Vec<u32>,
    /// Minutes since they last ran.
    pub minutes: Minutes,
    /// How many are locked to a thread.
    pub n_locked: usize,
}

/// Minutes of several goroutines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Minutes {
    /// Of the one that ran last.
    pub min: u32,
    /// Of the one in the middle.
    pub median: u32,
    /// Of the one that has not run for longest.
    pub max: u32,
}

impl Group {
    /// How many goroutines there are.
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// The goroutines.
    pub fn goroutines<'a>(&'a self, dump: &'a Dump) -> impl Iterator<Item = &'a Goroutine> + use<'a> {
        self.rows.iter().map(|&row| &dump.goroutines[row as usize])
    }

    /// The goroutines that created them, each once, sorted.
    pub fn parents(&self, dump: &Dump) -> Vec<u64> {
        let parents: FxHashSet<u64> =
            self.goroutines(dump).map(|row| row.parent).filter(|&parent| parent != 0).collect();
        sorted(parents)
    }

    /// How many have each label, most first.
    pub fn labels<'a>(&self, dump: &Dump, tables: &'a Tables) -> Vec<(&'a str, &'a str, usize)> {
        let mut of_sets = BTreeMap::new();
        self.goroutines(dump).for_each(|row| *of_sets.entry(row.labels).or_insert(0) += 1);
        let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for (labels, count) in of_sets {
            tables.labels(labels).for_each(|label| *counts.entry(label).or_insert(0) += count);
        }
        let mut counts: Vec<_> =
            counts.into_iter().map(|((key, value), count)| (key, value, count)).collect();
        counts.sort_by_key(|&(_, _, count)| std::cmp::Reverse(count));
        counts
    }
}

fn sorted(set: FxHashSet<u64>) -> Vec<u64> {
    let mut list = Vec::from_iter(set);
    list.sort_unstable();
    list
}

/// What rows are equal by.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Lines(StateId, StackId),
    Exact(StateId, StackId, u64),
    Functions(StateId, Box<[StringId]>),
    Named(String),
}

/// Puts rows of a dump into groups: the goroutine that panicked first, then those that are many or old.
pub fn groups(dump: &Dump, tables: &Tables, grouping: &Grouping, rows: &[u32]) -> Vec<Group> {
    let mut of_keys: FxHashMap<Key, usize> = FxHashMap::default();
    let mut groups: Vec<Group> = Vec::new();
    // Equal stacks stand beside each other in most dumps: the key of the row before is the key of this one.
    for &row in rows {
        let goroutine = &dump.goroutines[row as usize];
        let (key, name) = key_of(goroutine, tables, grouping);
        let at = *of_keys.entry(key).or_insert_with(|| {
            groups.push(Group {
                name,
                state: Some(goroutine.state),
                stack: goroutine.stack,
                n_variants: 1,
                rows: Vec::new(),
                minutes: Minutes::default(),
                n_locked: 0,
            });
            groups.len() - 1
        });
        let group = &mut groups[at];
        group.rows.push(row);
        group.n_locked += usize::from(goroutine.is_locked);
    }
    for group in &mut groups {
        finish(group, dump);
    }
    let is_first = |group: &Group| {
        let has_failed = matches!(dump.kind, DumpKind::Panic | DumpKind::Fatal);
        has_failed && group.rows.first() == Some(&0)
    };
    let weight = |group: &Group| group.count() as f64 * (1.0 + f64::from(group.minutes.max).ln_1p());
    groups.sort_by(|a, b| {
        let first = is_first(b).cmp(&is_first(a));
        first.then(weight(b).total_cmp(&weight(a))).then(a.rows.first().cmp(&b.rows.first()))
    });
    groups
}

fn key_of(row: &Goroutine, tables: &Tables, grouping: &Grouping) -> (Key, String) {
    match grouping {
        Grouping::Lines => (Key::Lines(row.state, row.stack), String::new()),
        Grouping::Exact => (Key::Exact(row.state, row.stack, row.arguments), String::new()),
        Grouping::Functions => {
            let frames = tables.stack(row.stack).frames;
            let functions = frames.iter().map(|&frame| tables.frame(frame).function).collect();
            (Key::Functions(row.state, functions), String::new())
        }
        Grouping::Creator | Grouping::Label(_) => {
            let name = name_of(row, tables, grouping).unwrap_or_default().to_owned();
            (Key::Named(name.clone()), name)
        }
    }
}

/// By what a group is known that is one of creators or labels.
pub(super) fn name_of<'a>(row: &Goroutine, tables: &'a Tables, grouping: &Grouping) -> Option<&'a str> {
    match grouping {
        Grouping::Lines | Grouping::Exact | Grouping::Functions => None,
        Grouping::Creator => {
            let creator = tables.stack(row.stack).creator;
            Some(creator.map_or("(not said)", |frame| tables.function(frame)))
        }
        Grouping::Label(key) => {
            let value = tables.labels(row.labels).find(|(known, _)| known == key);
            Some(value.map_or("(none)", |(_, value)| value))
        }
    }
}

/// Counts what differs inside a group.
fn finish(group: &mut Group, dump: &Dump) {
    let mut minutes: Vec<u32> = group.goroutines(dump).map(|row| row.minutes).collect();
    minutes.sort_unstable();
    group.minutes = Minutes {
        min: minutes.first().copied().unwrap_or(0),
        median: minutes.get(minutes.len() / 2).copied().unwrap_or(0),
        max: minutes.last().copied().unwrap_or(0),
    };
    let mut variants: BTreeMap<(StateId, StackId), usize> = BTreeMap::new();
    group.goroutines(dump).for_each(|row| *variants.entry((row.state, row.stack)).or_insert(0) += 1);
    let most = variants.iter().max_by_key(|&(_, count)| *count).map(|(key, _)| *key);
    if let Some((state, stack)) = most {
        let is_one = variants.keys().all(|key| key.0 == state);
        (group.state, group.stack) = (is_one.then_some(state), stack);
    }
    group.n_variants = variants.len();
}
