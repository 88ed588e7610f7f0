//! Answers to the questions of the views, computed on workers and kept while a view asks for them.
//!
//! ```text
//! frame:  view ──ask(slot, question)──► Ready      the answer
//!                                   ├─► Computing  the answer last shown in this slot, until the new one is there
//!                                   └─► Failed     one sentence
//!         end_frame: what no view asked for is canceled; old answers are dropped, the oldest first
//! ```
//!
//! A slot is one place in the window. Each slot remembers the answer it showed last, so that the old picture stays
//! while a filter changes. Nothing here knows what questions mean: they are kept by the documents, the type of the
//! question and its value, and [`Derived::ask`] gives each answer back with its type.

mod erased;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use self::erased::{AnyAnswer, Key, Sides};
use crate::document::DocumentId;
use crate::jobs::{CancelFlag, JobEnd, JobId, Jobs};
use crate::query::{Answers, Documents, Input as _, Question};

/// How many answers to keep that no view asks for, for undo and for going back to a tab.
const KEPT_ANSWERS: usize = 12;

/// A place in the window that shows one answer at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slot {
    /// The tab.
    pub tab: u32,
    /// The place in it.
    pub place: &'static str,
}

/// What a slot shows.
#[derive(Debug)]
pub struct Shown<A> {
    /// The answer, or the one shown before while it is computed.
    pub answer: Option<Arc<A>>,
    /// Whether `answer` belongs to the question.
    pub status: Status,
}

/// The state of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is ready.
    Ready,
    /// A worker computes it.
    Computing,
    /// There is none, for this reason.
    Failed(Arc<str>),
}

#[derive(Debug)]
enum Entry {
    Ready(AnyAnswer),
    Waiting,
    Computing(CancelFlag),
    Failed(Arc<str>),
}

#[derive(Debug)]
struct Kept {
    entry: Entry,
    last_asked_frame: u64,
}

/// The answer that a slot showed last, and the family of its documents.
#[derive(Debug)]
struct Picture {
    family: Sides,
    question: Key,
}

/// All answers of the window.
pub struct Derived {
    jobs: Jobs<Result<AnyAnswer, String>>,
    kept: HashMap<Key, Kept>,
    running: HashMap<JobId, Key>,
    shown: HashMap<Slot, Picture>,
    frame: u64,
}

impl Derived {
    /// Starts `n_workers`; `wake` is called when an answer is there.
    pub fn new(n_workers: usize, wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            jobs: Jobs::new("analysis", n_workers, wake),
            kept: HashMap::new(),
            running: HashMap::new(),
            shown: HashMap::new(),
            frame: 0,
        }
    }

    /// Takes what workers have finished; once at the start of a frame.
    pub fn begin_frame(&mut self) {
        self.frame += 1;
        for (job, end) in self.jobs.drain() {
            let Some(question) = self.running.remove(&job) else { continue };
            let Some(kept) = self.kept.get_mut(&question) else { continue };
            kept.entry = match end {
                JobEnd::Done(Ok(answer)) => Entry::Ready(answer),
                JobEnd::Done(Err(reason)) => Entry::Failed(reason.into()),
                JobEnd::Panicked(message) => Entry::Failed(bug_sentence(&message).into()),
                JobEnd::Canceled => {
                    self.kept.remove(&question);
                    continue;
                }
            };
        }
    }

    /// What a slot can show for a question. Costs a look-up and never waits.
    pub fn ask<Q: Question>(
        &mut self,
        slot: Slot,
        documents: Documents<'_>,
        question: &Q,
    ) -> Shown<Q::Answer> {
        let family = Sides::of(documents, |document| document.family);
        let key = self.want(&Asked::new(documents), question);
        let status = match &self.kept[&key].entry {
            Entry::Ready(answer) => {
                let answer = answer.of_type();
                self.shown.insert(slot, Picture { family, question: key });
                return Shown { answer, status: Status::Ready };
            }
            Entry::Failed(reason) => Status::Failed(Arc::clone(reason)),
            Entry::Waiting | Entry::Computing(_) => Status::Computing,
        };
        let answer = if status == Status::Computing { self.last_shown(slot, &family) } else { None };
        Shown { answer, status }
    }

    /// How many answers are being computed or queued.
    pub fn n_computing(&self) -> usize {
        self.running.len()
    }

    /// Drops everything about a document.
    pub fn forget(&mut self, document: DocumentId) {
        self.kept.retain(|question, kept| {
            let is_about = question.is_about(document);
            if let (true, Entry::Computing(cancel)) = (is_about, &kept.entry) {
                cancel.cancel();
            }
            !is_about
        });
        self.shown.retain(|_, picture| !picture.family.holds(document));
    }

    /// Cancels the questions that no view asked in this frame, and drops the oldest answers.
    pub fn end_frame(&mut self) {
        let frame = self.frame;
        self.kept.retain(|_, kept| match &kept.entry {
            _ if kept.last_asked_frame == frame => true,
            Entry::Computing(cancel) => {
                cancel.cancel();
                false
            }
            Entry::Waiting | Entry::Failed(_) => false,
            Entry::Ready(_) => true,
        });
        let mut unasked: Vec<(u64, Key)> = self
            .kept
            .iter()
            .filter(|(_, kept)| kept.last_asked_frame != frame)
            .map(|(question, kept)| (kept.last_asked_frame, question.clone()))
            .collect();
        if unasked.len() > KEPT_ANSWERS {
            unasked.sort_by_key(|&(last_asked, _)| std::cmp::Reverse(last_asked));
            for (_, question) in unasked.drain(KEPT_ANSWERS..) {
                self.kept.remove(&question);
            }
        }
    }

    /// Queues a question and its inputs, unless they are queued already.
    fn want<Q: Question>(&mut self, asked: &Asked<'_>, question: &Q) -> Key {
        let key = Key::new(&asked.ids, question);
        // Its input is asked for in every frame, so that it stays as long as what is made from it.
        let input = question.input().given_by(&mut Wanting { derived: self, asked });
        let frame = self.frame;
        let kept =
            self.kept.entry(key.clone()).or_insert(Kept { entry: Entry::Waiting, last_asked_frame: frame });
        kept.last_asked_frame = frame;
        if !matches!(kept.entry, Entry::Waiting) {
            return key;
        }
        match input {
            Ok(input) => {
                let cancel = CancelFlag::default();
                kept.entry = Entry::Computing(cancel.clone());
                let [base, head] = asked.documents.both_sides().map(<[_]>::to_vec);
                let question = question.clone();
                let job = self.jobs.spawn(cancel, move || {
                    let answer = question.answer(Documents::sides(&base, &head), input);
                    answer.map(AnyAnswer::new).map_err(|error| error.to_string())
                });
                self.running.insert(job, key.clone());
            }
            Err(Missing::Failed(reason)) => kept.entry = Entry::Failed(reason),
            Err(Missing::NotYet) => {}
        }
        key
    }

    /// The answer that a slot showed last, if its documents are of the same family.
    fn last_shown<A: Send + Sync + 'static>(&mut self, slot: Slot, family: &Sides) -> Option<Arc<A>> {
        let picture = self.shown.get(&slot)?;
        if picture.family != *family {
            return None;
        }
        let kept = self.kept.get_mut(&picture.question)?;
        kept.last_asked_frame = self.frame;
        match &kept.entry {
            Entry::Ready(answer) => answer.of_type(),
            _ => None,
        }
    }
}

/// The documents of one question, and their ids as a key holds them.
struct Asked<'d> {
    documents: Documents<'d>,
    ids: Arc<Sides>,
}

impl<'d> Asked<'d> {
    fn new(documents: Documents<'d>) -> Self {
        Self { documents, ids: Arc::new(Sides::of(documents, |document| document.id)) }
    }
}

/// Queues inputs, and returns those that are ready.
struct Wanting<'a> {
    derived: &'a mut Derived,
    asked: &'a Asked<'a>,
}

/// Why an input is missing.
enum Missing {
    NotYet,
    Failed(Arc<str>),
}

impl Answers for Wanting<'_> {
    type Missing = Missing;

    fn answer_to<Q: Question>(&mut self, question: &Q) -> Result<Arc<Q::Answer>, Missing> {
        let key = self.derived.want(self.asked, question);
        match &self.derived.kept[&key].entry {
            Entry::Ready(answer) => answer.of_type().ok_or(Missing::NotYet),
            Entry::Failed(reason) => Err(Missing::Failed(Arc::clone(reason))),
            Entry::Waiting | Entry::Computing(_) => Err(Missing::NotYet),
        }
    }
}

fn bug_sentence(message: &str) -> String {
    format!("goscope has a bug here ({message}); please report it together with the file")
}
