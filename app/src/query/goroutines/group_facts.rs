//! The group that the chosen goroutine is in: its stack with places, its goroutines, the lock that they wait for, and how it
//! grew.

use std::collections::HashSet;
use std::sync::Arc;

use goscope_analysis::dump::{Group, Growth, call_site};
use goscope_analysis::symbol::{FrameKind, kind_of};
use goscope_analysis::trace::class::SpanClass;
use goscope_parsers::dump::{Dump, Goroutine, Tables};

use super::answer::DumpsAnswerQuery;
use super::chosen::{LookedAt, first_number, group_of, looked_at, number_of};
use super::locks::{Locks, LocksQuery};
use super::names::place_of;
use super::state_class::class_of;
use crate::dump_input::DumpText;
use crate::query::documents::Documents;
use crate::query::dumps::Dumps;
use crate::query::question::{Question, QuestionError};
use crate::query::testing::code::CodePlace;
use crate::query::trace::answers::sentence::{Link, Sentence};
use crate::report::goroutines::stack::stack_lines;
use crate::report::goroutines::text::{group_title, minutes_text};
use crate::report::goroutines::variables::{variables_of, write_variables};
use crate::text;

/// Labels that are named.
const MOST_LABELS: usize = 5;
/// Goroutines that created them and are named.
const MOST_PARENTS: usize = 5;

/// Asks for a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupFactsQuery {
    /// Of what.
    pub of: DumpsAnswerQuery,
    /// A goroutine of it; `None` for the group that the first finding is about, or the first one.
    pub number: Option<i64>,
    /// Of several dumps that are compared, the one in which it is looked at.
    pub looked_at: Option<usize>,
}

/// A group.
#[derive(Debug)]
pub struct GroupFacts {
    /// `696 × chan send (leaked)`.
    pub title: String,
    /// What they do, as far as colors tell it.
    pub class: SpanClass,
    /// What is to be said of them, a sentence each.
    pub sentences: Vec<Sentence>,
    /// The stack as a reader needs it.
    pub stack: Vec<StackRow>,
    /// All of its frames.
    pub whole_stack: Vec<StackRow>,
    /// Variables of one of them, as lines; empty where no debugger read any.
    pub variables: Vec<String>,
    /// The goroutines.
    pub members: Members,
}

/// A line of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackRow {
    /// The function, or what stands for several frames.
    pub text: String,
    /// The function, if it is one.
    pub function: Option<String>,
    /// File and line as they are shown.
    pub place_text: String,
    /// The line of source.
    pub place: Option<CodePlace>,
    /// Whether it is code of the program itself.
    pub is_own: bool,
}

/// The goroutines of a group: a line is made when it is seen.
#[derive(Debug)]
pub struct Members {
    text: Arc<DumpText>,
    dump: usize,
    rows: Vec<u32>,
}

/// A goroutine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberLine {
    /// Its number.
    pub number: i64,
    /// `3 min`, `locked to a thread`, `tenant=acme`, `from goroutine 7`.
    pub facts: Vec<String>,
}

impl Members {
    /// How many there are.
    pub const fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// One of them.
    pub fn line(&self, at: usize) -> Option<MemberLine> {
        let dump = self.text.file.dumps.get(self.dump)?;
        let row = dump.goroutines.get(*self.rows.get(at)? as usize)?;
        let mut facts = Vec::new();
        if row.minutes > 0 {
            facts.push(format!("{} min", text::count(row.minutes as usize)));
        }
        if row.is_locked {
            facts.push("locked to a thread".to_owned());
        }
        if row.bubble > 0 {
            facts.push(format!("synctest bubble {}", row.bubble));
        }
        if row.parent > 0 {
            facts.push(format!("from goroutine {}", row.parent));
        }
        let labels = self.text.file.tables.labels(row.labels);
        facts.extend(labels.map(|(key, value)| format!("{}={}", text::name(key), text::name(value))));
        Some(MemberLine { number: number_of(row.id), facts })
    }
}

impl Question for GroupFactsQuery {
    /// The group, or why there is none.
    type Answer = Result<GroupFacts, String>;
    type Input = (DumpsAnswerQuery, LocksQuery);

    fn input(&self) -> Self::Input {
        (self.of.clone(), LocksQuery { of: self.of.clone() })
    }

    fn answer(
        &self,
        _: Documents<'_>,
        (dumps, locks): (Arc<Dumps>, Arc<Locks>),
    ) -> Result<Self::Answer, QuestionError> {
        let Some(shown) = looked_at(&dumps, self.looked_at) else {
            return Ok(Err("There is no goroutine in it.".to_owned()));
        };
        let Some(number) = self.number.or_else(|| first_number(&dumps)) else {
            return Ok(Err("No goroutine is left. Switch off a filter.".to_owned()));
        };
        let Some(group) = group_of(&shown, number) else {
            return Ok(Err(format!("Goroutine {number} is not in this dump, or the filters leave it out.")));
        };
        let lock = group.rows.iter().find_map(|&row| locks.of_row(row)).filter(|_| self.looked_at.is_none());
        let mut sentences = said(&dumps, &shown, group, self.looked_at);
        if let Some(lock) = lock {
            sentences.extend([lock.what.clone(), lock.holder.clone()]);
        }
        Ok(Ok(facts(&shown, group, sentences)))
    }
}

fn facts(shown: &LookedAt<'_>, group: &Group, sentences: Vec<Sentence>) -> GroupFacts {
    let tables = shown.text.tables();
    let class = group.state.map_or(SpanClass::Unknown, |state| class_of(&tables.state(state).name));
    let dumps = &shown.text.file().dumps;
    let dump = dumps.iter().position(|dump| std::ptr::eq(dump, shown.dump)).unwrap_or(0);
    GroupFacts {
        title: format!("{} × {}", text::count(group.count()), group_title(group, tables)),
        class,
        sentences,
        stack: stack(tables, group, false),
        whole_stack: stack(tables, group, true),
        variables: variable_lines(shown, group),
        members: Members { text: Arc::clone(&shown.text.text), dump, rows: group.rows.clone() },
    }
}

/// As the command line prints them, without its indent.
fn variable_lines(shown: &LookedAt<'_>, group: &Group) -> Vec<String> {
    let live = shown.text.text.live.as_deref();
    let Some(variables) = live.and_then(|live| variables_of(live, group, shown.dump)) else {
        return Vec::new();
    };
    let mut text = String::new();
    write_variables(variables, shown.text.tables(), group.stack, &mut text);
    text.lines().map(|line| line.strip_prefix("    ").unwrap_or(line).to_owned()).collect()
}

fn stack(tables: &Tables, group: &Group, is_whole: bool) -> Vec<StackRow> {
    let lines = stack_lines(tables, group.stack, is_whole).into_iter();
    let row = |line: crate::report::goroutines::stack::StackLine| StackRow {
        text: text::name(&line.function),
        is_own: line.frame.is_some() && kind_of(&line.function) == FrameKind::User,
        function: line.frame.map(|_| line.function.clone()),
        place_text: text::name(&line.place),
        place: line.frame.filter(|_| !line.place.is_empty()).map(|frame| place_of(tables, frame)),
    };
    lines.map(row).collect()
}

/// What is to be said of a group.
fn said(dumps: &Dumps, shown: &LookedAt<'_>, group: &Group, at: Option<usize>) -> Vec<Sentence> {
    let (dump, tables) = (shown.dump, shown.text.tables());
    let mut said = Vec::new();
    said.extend(growth_sentence(dumps, group, at));
    if group.minutes.max > 0 {
        said.push(Sentence::new(format!("not run for at least {}", minutes_text(group.minutes))));
    }
    if group.n_locked > 0 {
        said.push(Sentence::new(format!("{} locked to a thread", text::count(group.n_locked))));
    }
    said.extend(creator_sentence(dump, tables, group));
    let labels = group.labels(dump, tables);
    if !labels.is_empty() {
        let shown = labels.iter().take(MOST_LABELS).map(|(key, value, count)| {
            format!("{}={} ({})", text::name(key), text::name(value), text::count(*count))
        });
        let more = labels.len().saturating_sub(MOST_LABELS);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let shown: Vec<String> = shown.collect();
        said.push(Sentence::new(format!("labels {}{more}", shown.join(", "))));
    }
    if group.n_variants > 1 {
        let others = text::counted(group.n_variants - 1, "other stack");
        said.push(Sentence::new(format!("the stack of most of them; there are {others}")));
    }
    said
}

/// `84 → 388 → 696; of those before, 100% stayed`.
fn growth_sentence(dumps: &Dumps, group: &Group, at: Option<usize>) -> Option<Sentence> {
    if dumps.n_snapshots < 2 {
        return None;
    }
    let at = at.unwrap_or(dumps.snapshots.len().checked_sub(1)?);
    let row = *group.rows.first()?;
    let is_it = |growth: &&Growth| growth.example.0 == at && growth.rows.binary_search(&row).is_ok();
    let growth = dumps.growth.iter().find(is_it)?;
    let counts: Vec<String> = growth.counts.iter().map(|&count| text::count(count)).collect();
    let stay = growth.survivors.iter().flatten().copied().reduce(f64::min);
    let stay =
        stay.map_or_else(String::new, |stay| format!("; of those before, {:.0}% stayed", stay * 100.0));
    Some(Sentence::new(format!("{}{stay}", counts.join(" → "))))
}

/// `created by main.serve (main.go:12), from goroutine 1, 7 (gone)`.
fn creator_sentence(dump: &Dump, tables: &Tables, group: &Group) -> Option<Sentence> {
    let creator = tables.stack(group.stack).creator?;
    let place = Link::Place(place_of(tables, creator));
    let mut said = Sentence::new("created by ").function(tables.function(creator)).plain(" ");
    said = said.noun(format!("({})", text::name(&call_site(tables, creator))), place);
    let parents = group.parents(dump);
    let alive: HashSet<u64> = dump.goroutines.iter().map(|row: &Goroutine| row.id).collect();
    for (parent, at) in parents.iter().take(MOST_PARENTS).zip(0..) {
        said = said.plain(if at == 0 { ", from goroutine " } else { ", " });
        said = match alive.contains(parent) {
            true => said.noun(parent.to_string(), Link::Goroutine(number_of(*parent))),
            // With one goroutine in the dump nothing is known about the others.
            false if dump.goroutines.len() > 1 => said.plain(format!("{parent} (gone)")),
            false => said.plain(parent.to_string()),
        };
    }
    let more = parents.len().saturating_sub(MOST_PARENTS);
    Some(if more > 0 { said.plain(format!(" and {} more", text::count(more))) } else { said })
}
