//! Groups over several dumps of one program: how many there were each time, and how many stayed.

use std::fmt::Write as _;

use goscope_parsers::dump::{Goroutine, LabelsId, StackId, StateId, Tables};
use rustc_hash::{FxHashMap, FxHashSet};

use super::frames::{is_parking, is_wrapper};
use super::groups::{Grouping, name_of};
use super::snapshot::Snapshot;

/// A group over several snapshots.
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    /// State, frames and creator as text: equal in all snapshots, however they were taken.
    pub key: String,
    /// The creator or the value of the label, where that makes goroutines equal; else empty.
    pub name: String,
    /// How many there were each time.
    pub counts: Vec<usize>,
    /// Of those in a snapshot, the share that is in this group of the next one; `None` if it had none. One less than counts.
    pub survivors: Vec<Option<f64>>,
    /// The most minutes each time.
    pub max_minutes: Vec<u32>,
    /// Different creators that were alive each time.
    pub live_parents: Vec<usize>,
    /// A row of the last snapshot that has any, and which snapshot that is.
    pub example: (usize, u32),
    /// All rows of that snapshot.
    pub rows: Vec<u32>,
}

impl Growth {
    /// How many more there are at the end than at the beginning.
    pub fn grown(&self) -> i64 {
        let at = |index: Option<&usize>| index.map_or(0, |&count| i64::try_from(count).unwrap_or(i64::MAX));
        at(self.counts.last()) - at(self.counts.first())
    }

    /// Whether there were more each time.
    pub fn grows_always(&self) -> bool {
        self.counts.windows(2).all(|pair| pair[0] < pair[1])
    }
}

/// Follows the groups over the snapshots, those that grew most first. What makes goroutines equal is as in one dump, but frames
/// that only some kinds of dumps print do not count, neither do the flags of a state, and arguments never do: with
/// [`Grouping::Exact`] it is state, functions, lines and creator, as with [`Grouping::Lines`].
pub fn growth(snapshots: &[Snapshot<'_>], grouping: &Grouping) -> Vec<Growth> {
    let mut of_keys: FxHashMap<String, usize> = FxHashMap::default();
    let mut all: Vec<Growth> = Vec::new();
    let mut members: Vec<Vec<FxHashSet<u64>>> = Vec::new();
    for (at, snapshot) in snapshots.iter().enumerate() {
        let mut keys = Keys::new(snapshot.tables, grouping);
        let alive: FxHashSet<u64> = snapshot.dump.goroutines.iter().map(|row| row.id).collect();
        let mut parents: FxHashMap<usize, FxHashSet<u64>> = FxHashMap::default();
        for (row, goroutine) in (0_u32..).zip(&snapshot.dump.goroutines) {
            let key = keys.of(goroutine);
            let index = *of_keys.entry(key.to_owned()).or_insert_with(|| {
                all.push(Growth {
                    key: key.to_owned(),
                    name: name_of(goroutine, snapshot.tables, grouping).unwrap_or_default().to_owned(),
                    counts: vec![0; snapshots.len()],
                    survivors: Vec::new(),
                    max_minutes: vec![0; snapshots.len()],
                    live_parents: vec![0; snapshots.len()],
                    example: (at, row),
                    rows: Vec::new(),
                });
                members.push(vec![FxHashSet::default(); snapshots.len()]);
                all.len() - 1
            });
            let group = &mut all[index];
            group.counts[at] += 1;
            group.max_minutes[at] = group.max_minutes[at].max(goroutine.minutes);
            if group.example.0 != at {
                group.example = (at, row);
                group.rows.clear();
            }
            group.rows.push(row);
            members[index][at].insert(goroutine.id);
            if alive.contains(&goroutine.parent) {
                parents.entry(index).or_default().insert(goroutine.parent);
            }
        }
        for (index, group) in all.iter_mut().enumerate() {
            group.live_parents[at] = parents.get(&index).map_or(0, FxHashSet::len);
        }
    }
    for (group, members) in all.iter_mut().zip(&members) {
        group.survivors = members
            .windows(2)
            .map(|pair| {
                let n_stay = pair[0].intersection(&pair[1]).count();
                (!pair[0].is_empty()).then(|| n_stay as f64 / pair[0].len() as f64)
            })
            .collect();
    }
    all.sort_by(|a, b| b.grown().cmp(&a.grown()).then_with(|| a.key.cmp(&b.key)));
    all
}

/// The keys of one dump, each made once.
struct Keys<'a> {
    tables: &'a Tables,
    grouping: &'a Grouping,
    of_stacks: FxHashMap<(StateId, StackId, LabelsId), String>,
}

impl<'a> Keys<'a> {
    fn new(tables: &'a Tables, grouping: &'a Grouping) -> Self {
        Self { tables, grouping, of_stacks: FxHashMap::default() }
    }

    fn of(&mut self, row: &Goroutine) -> &str {
        let (tables, grouping) = (self.tables, self.grouping);
        // Of labels there are many sets, and mostly they do not count.
        let labels = if let Grouping::Label(_) = grouping { row.labels } else { LabelsId::default() };
        self.of_stacks.entry((row.state, row.stack, labels)).or_insert_with(|| key_of(row, tables, grouping))
    }
}

fn key_of(row: &Goroutine, tables: &Tables, grouping: &Grouping) -> String {
    if let Some(name) = name_of(row, tables, grouping) {
        return name.to_owned();
    }
    let mut key = tables.state(row.state).name.to_string();
    let stack = tables.stack(row.stack);
    let by_functions = *grouping == Grouping::Functions;
    for &frame in stack.frames.iter().chain(stack.creator.iter().filter(|_| !by_functions)) {
        let function = tables.function(frame);
        if is_parking(function) || is_wrapper(function) {
            continue;
        }
        let _ = write!(key, "\n{function}");
        if !by_functions {
            let _ = write!(key, " {}:{}", tables.file(frame), tables.frame(frame).line);
        }
    }
    key
}
