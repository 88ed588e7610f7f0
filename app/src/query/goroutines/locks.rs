//! The locks of the dump that is shown, each with who waits for it and who probably holds it, as sentences.

use std::sync::Arc;

use goscope_analysis::dump::{LockFacts, call_site, locks, user_frame};
use goscope_parsers::dump::{Dump, Tables};

use super::answer::DumpsAnswerQuery;
use super::chosen::{looked_at, number_of};
use super::names::place_of;
use crate::query::documents::Documents;
use crate::query::dumps::Dumps;
use crate::query::question::{Question, QuestionError};
use crate::query::trace::answers::sentence::{Link, Sentence};
use crate::text;

/// Locks that are listed: those with the most waiters.
const MOST_LOCKS: usize = 1_000;
/// Goroutines that are named of one lock.
const MOST_NAMED: usize = 8;

/// Asks for the locks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LocksQuery {
    /// Of which dump.
    pub of: DumpsAnswerQuery,
}

/// The locks.
#[derive(Debug, Default)]
pub struct Locks {
    /// Those that are stuck first, then those with the most waiters.
    pub locks: Vec<LockLine>,
    /// How many there are in all.
    pub n_all: usize,
}

/// A lock.
#[derive(Debug)]
pub struct LockLine {
    /// `5 goroutines wait for a mutex at 0xc000 in main.get (main.go:7)`.
    pub what: Sentence,
    /// `probably held by goroutine 7, which sleeps in main.put`.
    pub holder: Sentence,
    /// The first of those that wait.
    pub waiters: Sentence,
    /// Whether one of them is in a cycle, or behind one.
    pub is_stuck: bool,
    /// Rows of all that wait, in the order of the dump.
    pub(super) rows: Vec<u32>,
}

impl Locks {
    /// The lock that a row of the dump waits for.
    pub(super) fn of_row(&self, row: u32) -> Option<&LockLine> {
        self.locks.iter().find(|lock| lock.rows.binary_search(&row).is_ok())
    }
}

impl Question for LocksQuery {
    type Answer = Locks;
    type Input = DumpsAnswerQuery;

    fn input(&self) -> DumpsAnswerQuery {
        self.of.clone()
    }

    fn answer(&self, _: Documents<'_>, dumps: Arc<Dumps>) -> Result<Locks, QuestionError> {
        let Some(shown) = looked_at(&dumps, None) else { return Ok(Locks::default()) };
        let (dump, tables) = (shown.dump, shown.text.tables());
        let all = locks(dump, tables);
        let lines = all.iter().take(MOST_LOCKS).map(|lock| line(lock, dump, tables));
        Ok(Locks { locks: lines.collect(), n_all: all.len() })
    }
}

fn line(lock: &LockFacts, dump: &Dump, tables: &Tables) -> LockLine {
    let address = lock.address.map_or_else(String::new, |address| format!(" at {address:#x}"));
    let wait = match lock.waiters.len() {
        1 => "1 goroutine waits".to_owned(),
        count => format!("{} goroutines wait", text::count(count)),
    };
    let mut what = Sentence::new(format!("{wait} for {}{address}", lock.noun));
    if let Some(site) = lock.site {
        let place = Link::Place(place_of(tables, site));
        what = what.plain(" in ").function(tables.function(site)).plain(" ");
        what = what.noun(format!("({})", text::name(&call_site(tables, site))), place);
    }
    LockLine {
        what,
        holder: holder(lock, dump, tables),
        waiters: numbers(Sentence::new("waiting: "), &lock.waiters, dump),
        is_stuck: lock.is_stuck,
        rows: lock.waiters.clone(),
    }
}

fn holder(lock: &LockFacts, dump: &Dump, tables: &Tables) -> Sentence {
    let Some(&first) = lock.holders.first() else {
        return Sentence::new("the dump does not show who holds it");
    };
    let sentence = numbers(Sentence::new("probably held by "), &lock.holders, dump);
    if lock.holders.len() > 1 {
        return sentence;
    }
    let goroutine = &dump.goroutines[first as usize];
    let state = text::name(&tables.state(goroutine.state).name);
    let sentence = sentence.plain(format!(" ({state})"));
    match user_frame(tables, goroutine.stack) {
        Some(frame) => sentence.plain(" in ").function(tables.function(frame)),
        None => sentence,
    }
}

/// `goroutine 7, 9 and 3 more`, each a link.
fn numbers(mut sentence: Sentence, rows: &[u32], dump: &Dump) -> Sentence {
    for (at, &row) in rows.iter().take(MOST_NAMED).enumerate() {
        let id = dump.goroutines[row as usize].id;
        sentence = sentence.plain(if at == 0 { "goroutine " } else { ", " });
        sentence = sentence.noun(id.to_string(), Link::Goroutine(number_of(id)));
    }
    let more = rows.len().saturating_sub(MOST_NAMED);
    if more > 0 { sentence.plain(format!(" and {} more", text::count(more))) } else { sentence }
}
