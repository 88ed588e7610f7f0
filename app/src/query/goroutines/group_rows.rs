//! Groups of goroutines as rows of a table: of one dump, or over several with how they grew.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use goscope_analysis::dump::{Group, Growth, call_site, user_frame};
use goscope_analysis::trace::class::SpanClass;
use goscope_parsers::dump::{Dump, LabelsId, StackId, StateId, Tables};
use serde::{Deserialize, Serialize};

use super::answer::DumpsAnswerQuery;
use super::chosen::{first_number, looked_at, number_of};
use super::state_class::class_of;
use crate::query::documents::Documents;
use crate::query::dumps::Dumps;
use crate::query::question::{Question, QuestionError};
use crate::report::goroutines::text::state_title;

/// What groups are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum GroupColumn {
    /// The function that a reader knows them by.
    Name,
    /// How many there are.
    Count,
    /// How many more there are than in the first dump.
    Change,
    /// What they do.
    State,
    /// How long the one that has not run for longest has not.
    Longest,
    /// Who created them.
    Creator,
}

impl GroupColumn {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Name, Self::Count, Self::Change, Self::State, Self::Longest, Self::Creator];

    /// Whether it is text, which begins with A, and not with the largest.
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Name | Self::State | Self::Creator)
    }
}

/// The order of groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GroupSort {
    /// By what.
    pub column: GroupColumn,
    /// Largest first.
    pub is_descending: bool,
}

/// Asks for the rows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupRowsQuery {
    /// Of what.
    pub of: DumpsAnswerQuery,
    /// Their order; `None` for the most important first, or those that grew most.
    pub sort: Option<GroupSort>,
    /// What a function, a file, the creator or the state contains.
    pub containing: String,
}

/// The rows.
#[derive(Debug, Default)]
pub struct GroupRows {
    /// From the first to the last.
    pub rows: Vec<GroupRow>,
    /// Goroutines in them.
    pub n_goroutines: usize,
    /// How many there are in the largest of them.
    pub most: usize,
    /// Whether they are followed over several dumps.
    pub is_compared: bool,
    /// The goroutine that is told of while none is chosen.
    pub first: Option<i64>,
    /// The keys of labels by which goroutines can be grouped.
    pub label_keys: Vec<String>,
    /// By dump and number of a goroutine, the row that it is in.
    row_of: HashMap<(usize, i64), u32>,
    /// The dump that is looked at as a rule.
    last: usize,
}

impl GroupRows {
    /// The row that a goroutine is in.
    pub fn row_of(&self, number: i64, looked_at: Option<usize>) -> Option<usize> {
        let at = looked_at.filter(|_| self.is_compared).unwrap_or(self.last);
        self.row_of.get(&(at, number)).map(|&row| row as usize)
    }
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRow {
    /// One of them, by which the row is chosen.
    pub number: i64,
    /// The dump in which that one is looked at; `None` for the last one.
    pub looked_at: Option<usize>,
    /// The function that a reader knows them by, or the value of the label.
    pub name: String,
    /// Where in it.
    pub place: String,
    /// How many there are in each dump.
    pub counts: Vec<usize>,
    /// What they do.
    pub state: String,
    /// The same, as far as colors tell it.
    pub class: SpanClass,
    /// Minutes of the one that has not run for longest; 0 if none is known.
    pub longest_minutes: u32,
    /// Who created them; empty if that is not said.
    pub creator: String,
}

impl GroupRow {
    /// How many there are now.
    pub fn count(&self) -> usize {
        self.counts.last().copied().unwrap_or(0)
    }

    /// How many more there are than in the first dump.
    pub fn change(&self) -> i64 {
        let signed = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        signed(self.count()) - self.counts.first().map_or(0, |&count| signed(count))
    }
}

impl Question for GroupRowsQuery {
    type Answer = GroupRows;
    type Input = DumpsAnswerQuery;

    fn input(&self) -> DumpsAnswerQuery {
        self.of.clone()
    }

    fn answer(&self, _: Documents<'_>, dumps: Arc<Dumps>) -> Result<GroupRows, QuestionError> {
        let mut found = if dumps.n_snapshots > 1 { self.over_time(&dumps) } else { self.of_one(&dumps) };
        if let Some(sort) = self.sort {
            found.sort_by(|(a, _), (b, _)| sort.compare(a, b));
        }
        let mut rows = GroupRows {
            is_compared: dumps.n_snapshots > 1,
            first: first_number(&dumps),
            label_keys: label_keys(&dumps),
            last: dumps.snapshots.len().saturating_sub(1),
            n_goroutines: found.iter().map(|(row, _)| row.count()).sum(),
            most: found.iter().map(|(row, _)| row.count()).max().unwrap_or(0),
            ..GroupRows::default()
        };
        for ((row, numbers), at) in found.into_iter().zip(0_u32..) {
            let dump = row.looked_at.unwrap_or(rows.last);
            rows.row_of.extend(numbers.into_iter().map(|number| ((dump, number), at)));
            rows.rows.push(row);
        }
        Ok(rows)
    }
}

/// A row, and the numbers of its goroutines.
type Found = (GroupRow, Vec<i64>);

impl GroupRowsQuery {
    fn of_one(&self, dumps: &Dumps) -> Vec<Found> {
        let Some(shown) = looked_at(dumps, None) else { return Vec::new() };
        let (dump, tables) = (shown.dump, shown.text.tables());
        let words = self.containing.to_lowercase();
        let is_found = |group: &&Group| contains(tables, group.stack, (&group.name, group.state), &words);
        let row = |group: &Group| {
            let row = GroupRow {
                counts: vec![group.count()],
                state: state_title(group.state, tables),
                longest_minutes: group.minutes.max,
                ..look(tables, group.stack, &group.name)
            };
            let class = group.state.map_or(SpanClass::Unknown, |state| class_of(&tables.state(state).name));
            with_numbers(GroupRow { class, ..row }, dump, &group.rows)
        };
        shown.groups.iter().filter(is_found).map(row).collect()
    }

    fn over_time(&self, dumps: &Dumps) -> Vec<Found> {
        let words = self.containing.to_lowercase();
        let selected: Vec<Option<HashSet<u32>>> =
            (0..dumps.snapshots.len()).map(|at| selected(dumps, at)).collect();
        let row = |growth: &Growth| {
            let (at, example) = growth.example;
            let (text, dump) = dumps.snapshot(at)?;
            let is_left = |left: &HashSet<u32>| growth.rows.iter().any(|row| left.contains(row));
            if selected[at].as_ref().is_some_and(|left| !is_left(left)) {
                return None;
            }
            let tables = text.tables();
            let goroutine = dump.goroutines.get(example as usize)?;
            let name = &growth.name;
            if !contains(tables, goroutine.stack, (name, Some(goroutine.state)), &words) {
                return None;
            }
            let is_one =
                growth.rows.iter().all(|&row| dump.goroutines[row as usize].state == goroutine.state);
            let state = is_one.then_some(goroutine.state);
            let row = GroupRow {
                looked_at: (at + 1 < dumps.snapshots.len()).then_some(at),
                counts: growth.counts.clone(),
                state: state_title(state, tables),
                class: state.map_or(SpanClass::Unknown, |state| class_of(&tables.state(state).name)),
                longest_minutes: growth.max_minutes.last().copied().unwrap_or(0),
                ..look(tables, goroutine.stack, name)
            };
            Some(with_numbers(row, dump, &growth.rows))
        };
        dumps.growth.iter().filter_map(row).collect()
    }
}

/// The keys of the labels in the dump that is shown.
fn label_keys(dumps: &Dumps) -> Vec<String> {
    const MOST_KEYS: usize = 30;
    let Some(shown) = looked_at(dumps, None) else { return Vec::new() };
    let sets: BTreeSet<LabelsId> = shown.dump.goroutines.iter().map(|row| row.labels).collect();
    let labels = sets.into_iter().flat_map(|labels| shown.text.tables().labels(labels));
    let keys: BTreeSet<&str> = labels.map(|(key, _)| key).collect();
    keys.into_iter().take(MOST_KEYS).map(str::to_owned).collect()
}

/// The rows of a dump that the filters leave; `None` for all.
fn selected(dumps: &Dumps, at: usize) -> Option<HashSet<u32>> {
    let (text, dump) = *dumps.snapshots.get(at)?;
    let groups = dumps.texts[text].groups.get(dump)?;
    let n_all = dumps.texts[text].file().dumps[dump].goroutines.len();
    if groups.iter().map(Group::count).sum::<usize>() == n_all {
        return None;
    }
    Some(groups.iter().flat_map(|group| &group.rows).copied().collect())
}

/// What a stack is known by.
fn look(tables: &Tables, stack: StackId, name: &str) -> GroupRow {
    let frame = user_frame(tables, stack);
    let creator = tables.stack(stack).creator;
    let creator = creator.map(|frame| tables.function(frame).to_owned()).unwrap_or_default();
    let function = frame.map(|frame| tables.function(frame).to_owned());
    let function = function.unwrap_or_else(|| match &*creator {
        "" => "(no stack)".to_owned(),
        creator => format!("(no stack, created by {creator})"),
    });
    GroupRow {
        number: 0,
        looked_at: None,
        name: if name.is_empty() { function } else { name.to_owned() },
        place: frame.map(|frame| call_site(tables, frame)).unwrap_or_default(),
        counts: Vec::new(),
        state: String::new(),
        class: SpanClass::Unknown,
        longest_minutes: 0,
        creator,
    }
}

fn with_numbers(row: GroupRow, dump: &Dump, rows: &[u32]) -> Found {
    let numbers: Vec<i64> = rows.iter().map(|&row| number_of(dump.goroutines[row as usize].id)).collect();
    (GroupRow { number: numbers.first().copied().unwrap_or(0), ..row }, numbers)
}

/// Whether a group has these words somewhere.
fn contains(tables: &Tables, stack: StackId, (name, state): (&str, Option<StateId>), words: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(words);
    if words.is_empty() || has(name) || state.is_some_and(|state| has(&tables.state(state).name)) {
        return true;
    }
    let stack = tables.stack(stack);
    let mut frames = stack.frames.iter().chain(&stack.creator);
    frames.any(|&frame| has(tables.function(frame)) || has(tables.file(frame)))
}

impl GroupSort {
    fn compare(self, a: &GroupRow, b: &GroupRow) -> Ordering {
        let order = match self.column {
            GroupColumn::Name => a.name.cmp(&b.name),
            GroupColumn::Count => a.count().cmp(&b.count()),
            GroupColumn::Change => a.change().cmp(&b.change()),
            GroupColumn::State => a.state.cmp(&b.state),
            GroupColumn::Longest => a.longest_minutes.cmp(&b.longest_minutes),
            GroupColumn::Creator => a.creator.cmp(&b.creator),
        };
        if self.is_descending { order.reverse() } else { order }
    }
}
