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

use super::documents::Documents;
pub use super::error::QuestionError;

/// A question to the documents of a tab or of a command line.
pub trait Question: Clone + Debug + Eq + Hash + Send + Sync + 'static {
    /// The answer.
    type Answer: Debug + Send + Sync + 'static;

    /// The question whose answer this one is made from; `()` if it is made from the documents alone.
    type Input: Input;

    /// The input of this question.
    fn input(&self) -> Self::Input;

    /// Computes the answer. It is pure, except that it may read source files, which happens on workers only.
    ///
    /// # Errors
    /// If the documents do not fit the question, or a pattern or filter is invalid.
    fn answer(&self, documents: Documents<'_>, input: Given<Self>) -> Result<Self::Answer, QuestionError>;
}

/// The input of a question: the answer to another one, or nothing.
pub type Given<Q> = <<Q as Question>::Input as Input>::Given;

/// The question that an input answers, or `()`.
pub trait Input {
    /// A shared answer, or `()`.
    type Given: Send + 'static;

    /// Gets the answer from `answers`.
    ///
    /// # Errors
    /// If `answers` has no answer.
    fn given_by<A: Answers>(&self, answers: &mut A) -> Result<Self::Given, A::Missing>;
}

impl Input for () {
    type Given = ();

    fn given_by<A: Answers>(&self, _: &mut A) -> Result<(), A::Missing> {
        Ok(())
    }
}

/// Both are asked for before one is waited for.
impl<A: Input, B: Input> Input for (A, B) {
    type Given = (A::Given, B::Given);

    fn given_by<S: Answers>(&self, answers: &mut S) -> Result<Self::Given, S::Missing> {
        let (first, second) = (self.0.given_by(answers), self.1.given_by(answers));
        Ok((first?, second?))
    }
}

/// An input that is not always needed.
impl<I: Input> Input for Option<I> {
    type Given = Option<I::Given>;

    fn given_by<S: Answers>(&self, answers: &mut S) -> Result<Self::Given, S::Missing> {
        self.as_ref().map(|input| input.given_by(answers)).transpose()
    }
}

impl<Q: Question> Input for Q {
    type Given = Arc<Q::Answer>;

    fn given_by<A: Answers>(&self, answers: &mut A) -> Result<Arc<Q::Answer>, A::Missing> {
        answers.answer_to(self)
    }
}

/// Something that answers questions.
pub trait Answers {
    /// The error if there is no answer.
    type Missing;

    /// Answers a question.
    ///
    /// # Errors
    /// If there is no answer, or none yet.
    fn answer_to<Q: Question>(&mut self, question: &Q) -> Result<Arc<Q::Answer>, Self::Missing>;
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
