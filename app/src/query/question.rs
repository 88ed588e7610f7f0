//! What a question is, and how one is answered.
//!
//! A question is a value that can be compared and hashed, so that its answer can be kept and found again; an answer
//! is immutable and shared. A question may be made from the answer to another one, its *input*:
//!
//! ```text
//! TopRowsQuery ──input──► TopQuery ──input──► ()        nothing
//!      ▲                     │
//!      └── answer(documents, Arc<Top>)                  never without it: the types leave no other way
//! ```
//!
//! Whoever answers questions is an [`Answers`]: the window keeps answers and computes the missing ones on workers,
//! [`answer`] computes everything at once.

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

use goscope_analysis::profile::query::QueryError;
use thiserror::Error;

use super::documents::Documents;

/// A question to the documents of a tab or of a command line.
pub trait Question: Clone + Debug + Eq + Hash + Send + Sync + 'static {
    /// What it gives.
    type Answer: Debug + Send + Sync + 'static;

    /// The question whose answer this one is made from; `()` if it is made from the documents alone.
    type Input: Input;

    /// That question.
    fn input(&self) -> Self::Input;

    /// Answers it. Pure but for source files, which only workers read.
    ///
    /// # Errors
    /// The documents do not fit the question, or what a user typed cannot be understood.
    fn answer(&self, documents: Documents<'_>, input: Given<Self>) -> Result<Self::Answer, QuestionError>;
}

/// What a question gets as its input.
pub type Given<Q> = <<Q as Question>::Input as Input>::Given;

/// What a question is made from: another question, or nothing.
pub trait Input {
    /// What it gives: a shared answer, or nothing.
    type Given: Send + 'static;

    /// Lets `answers` answer it.
    ///
    /// # Errors
    /// There is no answer, for the reason that `answers` gives.
    fn given_by<A: Answers>(&self, answers: &mut A) -> Result<Self::Given, A::Missing>;
}

impl Input for () {
    type Given = ();

    fn given_by<A: Answers>(&self, _: &mut A) -> Result<(), A::Missing> {
        Ok(())
    }
}

impl<Q: Question> Input for Q {
    type Given = Arc<Q::Answer>;

    fn given_by<A: Answers>(&self, answers: &mut A) -> Result<Arc<Q::Answer>, A::Missing> {
        answers.answer_to(self)
    }
}

/// Whoever answers questions.
pub trait Answers {
    /// Why there is no answer.
    type Missing;

    /// Answers a question.
    ///
    /// # Errors
    /// There is no answer, or none yet.
    fn answer_to<Q: Question>(&mut self, question: &Q) -> Result<Arc<Q::Answer>, Self::Missing>;
}

/// Why a question has no answer; each is one sentence.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum QuestionError {
    /// What was typed cannot be understood, or two profiles do not go together.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The question is about a profile.
    #[error("this question is about a profile, and there is none")]
    NoProfile,
    /// The question is about a trace.
    #[error("this question is about a trace, and there is none")]
    NoTrace,
    /// The question is about a goroutine, a task or a region that the trace does not hold.
    #[error("{what} is not in this trace")]
    NotInTrace {
        /// Which: `goroutine 7`.
        what: String,
    },
}

/// Answers a question, and the ones it is made from, at once.
///
/// # Errors
/// As [`Question::answer`].
pub fn answer<Q: Question>(question: &Q, documents: Documents<'_>) -> Result<Q::Answer, QuestionError> {
    let input = question.input().given_by(&mut AtOnce(documents))?;
    question.answer(documents, input)
}

/// Computes answers and keeps none.
struct AtOnce<'d>(Documents<'d>);

impl Answers for AtOnce<'_> {
    type Missing = QuestionError;

    fn answer_to<Q: Question>(&mut self, question: &Q) -> Result<Arc<Q::Answer>, QuestionError> {
        answer(question, self.0).map(Arc::new)
    }
}
