//! Which goroutines of a dump are looked at.

use goscope_parsers::dump::{Dump, Goroutine, StackId, Tables};
use regex::bytes::Regex;
use rustc_hash::FxHashMap;

/// Which goroutines are looked at; the default takes all.
#[derive(Clone, Debug, Default)]
pub struct DumpFilter {
    /// States, any of them: `chan receive` also takes `chan receive (nil chan)`; `leaked` and `durable` take the flags.
    pub states: Vec<String>,
    /// Minutes since they last ran, at least.
    pub min_minutes: u32,
    /// Minutes since they last ran, at most.
    pub max_minutes: Option<u32>,
    /// Stacks with a function, file or creator that matches.
    pub focus: Option<Regex>,
    /// Stacks without one that matches.
    pub ignore: Option<Regex>,
    /// A label, and its value unless any will do.
    pub label: Option<(String, Option<String>)>,
    /// Patterns for labels; a goroutine has to pass all of them.
    pub label_tests: Vec<LabelTest>,
}

/// What is asked of the labels of a goroutine.
#[derive(Clone, Debug)]
pub struct LabelTest {
    /// Whether those that match are kept, or left out.
    pub keeps: bool,
    /// The key; `None` for any.
    pub key: Option<String>,
    /// What its value matches.
    pub value: Regex,
}

impl LabelTest {
    fn passes(&self, row: &Goroutine, tables: &Tables) -> bool {
        let is_it = |(key, value): (&str, &str)| {
            self.key.as_deref().is_none_or(|wanted| wanted == key) && self.value.is_match(value.as_bytes())
        };
        tables.labels(row.labels).any(is_it) == self.keeps
    }
}

impl DumpFilter {
    fn takes(&self, row: &Goroutine, tables: &Tables, stacks: &mut FxHashMap<StackId, bool>) -> bool {
        let state = tables.state(row.state);
        let has_state = |wanted: &String| {
            let begins =
                state.name.get(..wanted.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(wanted));
            let is_word = state.name[wanted.len().min(state.name.len())..]
                .chars()
                .next()
                .is_none_or(|next| next == ' ');
            begins && is_word
                || wanted == "leaked" && state.is_leaked
                || wanted == "durable" && state.is_durable
        };
        if !self.states.is_empty() && !self.states.iter().any(has_state) {
            return false;
        }
        if row.minutes < self.min_minutes || self.max_minutes.is_some_and(|most| row.minutes > most) {
            return false;
        }
        if let Some((key, value)) = &self.label {
            let is_it = |(known, text): (&str, &str)| {
                known == key && value.as_deref().is_none_or(|value| value == text)
            };
            if !tables.labels(row.labels).any(is_it) {
                return false;
            }
        }
        if !self.label_tests.iter().all(|test| test.passes(row, tables)) {
            return false;
        }
        if self.focus.is_none() && self.ignore.is_none() {
            return true;
        }
        *stacks.entry(row.stack).or_insert_with(|| self.takes_stack(row.stack, tables))
    }

    fn takes_stack(&self, stack: StackId, tables: &Tables) -> bool {
        let stack = tables.stack(stack);
        let has = |pattern: &Regex| {
            stack.frames.iter().chain(&stack.creator).any(|&frame| {
                let names = [tables.function(frame), tables.file(frame)];
                names.iter().any(|name| pattern.is_match(name.as_bytes()))
            })
        };
        self.focus.as_ref().is_none_or(has) && !self.ignore.as_ref().is_some_and(has)
    }
}

/// The rows of a dump that a filter takes.
pub fn select(dump: &Dump, tables: &Tables, filter: &DumpFilter) -> Vec<u32> {
    let mut stacks = FxHashMap::default();
    let rows = dump.goroutines.iter().zip(0_u32..);
    rows.filter(|(row, _)| filter.takes(row, tables, &mut stacks)).map(|(_, index)| index).collect()
}
