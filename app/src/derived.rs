//! Answers to the questions that the views of this frame ask, computed on workers and kept while asked for.
//!
//! ```text
//! frame:  view ──ask(slot, question)──► Ready      the answer
//!                                   ├─► Computing  the answer last shown in this slot, until the new one is there
//!                                   └─► Failed     one sentence
//!         end_frame: what no view asked for is canceled; old answers are dropped, the oldest first
//! ```
//!
//! A slot is one place on the window; remembering per slot what it showed last is what keeps the old picture
//! while a filter changes. Nothing here knows what questions mean.

use std::collections::HashMap;
use std::sync::Arc;

use crate::document::{Document, DocumentId};
use crate::jobs::{CancelFlag, JobEnd, JobId, Jobs};
use crate::query::{Answer, Query, compute};

/// How many answers that nobody asks for are kept, for undo and for going back to a tab.
const KEPT_ANSWERS: usize = 12;

/// A query to certain documents.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    /// One document, or base and head.
    pub documents: Vec<DocumentId>,
    /// What is asked of them.
    pub query: Query,
}

/// A place on the window that shows one answer at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slot {
    /// The tab.
    pub tab: u32,
    /// The place in it.
    pub place: &'static str,
}

/// What there is to show.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The answer, or while it is computed the one shown before.
    pub answer: Option<Answer>,
    /// Whether `answer` belongs to the question.
    pub status: Status,
}

/// How far an answer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Here it is.
    Ready,
    /// A worker has it.
    Computing,
    /// There is none, for this reason.
    Failed(Arc<str>),
}

#[derive(Debug)]
enum Entry {
    Ready(Answer),
    Waiting,
    Computing(CancelFlag),
    Failed(Arc<str>),
}

#[derive(Debug)]
struct Kept {
    entry: Entry,
    last_asked_frame: u64,
}

/// What a slot showed last, and the family of documents it was about.
#[derive(Debug)]
struct Picture {
    family: Vec<DocumentId>,
    question: Question,
}

/// All answers of the window.
pub struct Derived {
    jobs: Jobs<Result<Answer, String>>,
    kept: HashMap<Question, Kept>,
    running: HashMap<JobId, Question>,
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

    /// What a place on the window can show for a question. Costs a look-up; never waits.
    pub fn ask(&mut self, slot: Slot, documents: &[Arc<Document>], query: Query) -> Shown {
        let question = Question { documents: documents.iter().map(|document| document.id).collect(), query };
        let family: Vec<DocumentId> = documents.iter().map(|document| document.family).collect();
        self.want(&question, documents);
        let status = match &self.kept[&question].entry {
            Entry::Ready(answer) => {
                let answer = Some(answer.clone());
                self.shown.insert(slot, Picture { family, question });
                return Shown { answer, status: Status::Ready };
            }
            Entry::Failed(reason) => Status::Failed(Arc::clone(reason)),
            Entry::Waiting | Entry::Computing(_) => Status::Computing,
        };
        let answer = if status == Status::Computing { self.last_shown(slot, &family) } else { None };
        Shown { answer, status }
    }

    /// How many answers workers are at or are waiting for.
    pub fn n_computing(&self) -> usize {
        self.running.len()
    }

    /// Forgets all about a document.
    pub fn forget(&mut self, document: DocumentId) {
        self.kept.retain(|question, _| !question.documents.contains(&document));
        self.shown.retain(|_, picture| !picture.family.contains(&document));
    }

    /// Cancels what no view asked for in this frame, and drops the oldest answers.
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
        let mut unasked: Vec<(u64, Question)> = self
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

    /// Makes sure that a question, and what its answer is made from, is on its way.
    fn want(&mut self, question: &Question, documents: &[Arc<Document>]) {
        let needed =
            question.query.needs().map(|query| Question { documents: question.documents.clone(), query });
        if let Some(needed) = &needed {
            self.want(needed, documents);
        }
        let frame = self.frame;
        let kept = self
            .kept
            .entry(question.clone())
            .or_insert(Kept { entry: Entry::Waiting, last_asked_frame: frame });
        kept.last_asked_frame = frame;
        if !matches!(kept.entry, Entry::Waiting) {
            return;
        }
        let input = match needed.map(|needed| &self.kept[&needed].entry) {
            None => None,
            Some(Entry::Ready(answer)) => Some(answer.clone()),
            Some(Entry::Failed(reason)) => {
                let reason = Arc::clone(reason);
                self.set(question, Entry::Failed(reason));
                return;
            }
            Some(Entry::Waiting | Entry::Computing(_)) => return,
        };
        let cancel = CancelFlag::default();
        let (documents, query) = (documents.to_vec(), question.query.clone());
        let job = self.jobs.spawn(cancel.clone(), move || compute(&query, &documents, input.as_ref()));
        self.running.insert(job, question.clone());
        self.set(question, Entry::Computing(cancel));
    }

    fn set(&mut self, question: &Question, entry: Entry) {
        if let Some(kept) = self.kept.get_mut(question) {
            kept.entry = entry;
        }
    }

    /// The answer that a slot showed last, if it was about the same documents or others made from the same.
    fn last_shown(&mut self, slot: Slot, family: &[DocumentId]) -> Option<Answer> {
        let picture = self.shown.get(&slot)?;
        if picture.family != family {
            return None;
        }
        let kept = self.kept.get_mut(&picture.question)?;
        kept.last_asked_frame = self.frame;
        match &kept.entry {
            Entry::Ready(answer) => Some(answer.clone()),
            _ => None,
        }
    }
}

fn bug_sentence(message: &str) -> String {
    format!("goscope has a bug here ({message}); please report it together with the file")
}
