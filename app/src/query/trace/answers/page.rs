//! An answer with the words that a view says over its table: first the sentence, then what else must be known.

use std::sync::Arc;

use goscope_analysis::trace::model::TraceModel;

use super::cohort::{CohortAnswer, CohortQuery};
use super::cohort_sentence::cohort_sentence;
use super::gc_bill::{GcBillAnswer, GcBillQuery, gc_bill_notes, gc_bill_sentence};
use super::headlines::{NOTHING_TO_ASK_ABOUT, nothing};
use super::scheduler::{Scheduler, SchedulerQuery};
use super::scheduler_sentence::{scheduler_notes, scheduler_sentence, verdict_sentence};
use super::sentence::Sentence;
use super::signals::{SignalsAnswer, SignalsQuery, saturation_lines, signals_notes, signals_sentence};
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// A question whose answer can be said.
pub trait Sayable: Question {
    /// Says it.
    fn words(model: &TraceModel, answer: &Self::Answer) -> Words;
}

/// What is said of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The answer, then further verdicts.
    pub sentences: Vec<Sentence>,
    /// What it rests on, and what cannot be told, each a sentence.
    pub notes: Vec<String>,
}

/// Asks for an answer with its words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PageQuery<Q> {
    /// The question that is answered.
    pub of: Q,
}

/// An answer with its words.
#[derive(Debug)]
pub struct Page<A> {
    /// The answer.
    pub answer: Arc<A>,
    /// Its words.
    pub words: Words,
}

impl<Q: Sayable> Question for PageQuery<Q> {
    type Answer = Page<Q::Answer>;
    type Input = Q;

    fn input(&self) -> Q {
        self.of.clone()
    }

    fn answer(
        &self,
        documents: Documents<'_>,
        answer: Arc<Q::Answer>,
    ) -> Result<Page<Q::Answer>, QuestionError> {
        let words = Q::words(documents.model()?, &answer);
        Ok(Page { answer, words })
    }
}

impl Words {
    fn nothing(why: impl Into<String>) -> Self {
        Self { sentences: vec![Sentence::new(why)], notes: Vec::new() }
    }
}

impl Sayable for CohortQuery {
    fn words(model: &TraceModel, answer: &CohortAnswer) -> Words {
        let CohortAnswer { population: Some(population), cohort } = answer else {
            return Words::nothing(NOTHING_TO_ASK_ABOUT);
        };
        if cohort.slow == 0 {
            return Words::nothing(nothing(population, cohort.incomplete));
        }
        let sentences = vec![cohort_sentence(model, population, cohort)];
        let unexplained = cohort.features.is_empty() && cohort.typical > 0;
        let notes = unexplained.then(|| {
            "Looked at are names, regions, logs, the P and the tenth of the trace they begin in, collections, pauses, \
             what ended the longest wait, and how many others were open."
                .to_owned()
        });
        Words { sentences, notes: notes.into_iter().collect() }
    }
}

impl Sayable for SignalsQuery {
    fn words(model: &TraceModel, answer: &SignalsAnswer) -> Words {
        let Some(population) = &answer.population else { return Words::nothing(NOTHING_TO_ASK_ABOUT) };
        let Some(sentence) = signals_sentence(answer) else {
            return Words::nothing(nothing(population, answer.signals.incomplete));
        };
        let notes = saturation_lines(answer).into_iter().chain(signals_notes(model, answer));
        Words { sentences: vec![sentence], notes: notes.collect() }
    }
}

impl Sayable for SchedulerQuery {
    fn words(model: &TraceModel, answer: &Scheduler) -> Words {
        let others = answer.verdicts.iter().skip(1).map(|verdict| verdict_sentence(model, answer, verdict));
        Words {
            sentences: std::iter::once(scheduler_sentence(model, answer)).chain(others).collect(),
            notes: scheduler_notes(model, answer),
        }
    }
}

impl Sayable for GcBillQuery {
    fn words(model: &TraceModel, answer: &GcBillAnswer) -> Words {
        let Some(sentence) = gc_bill_sentence(model, answer) else {
            let nothing = answer.population.as_ref().map_or_else(
                || "There is no goroutine of the program.".to_owned(),
                |population| nothing(population, answer.bill.incomplete),
            );
            return Words::nothing(nothing);
        };
        Words { sentences: vec![sentence], notes: gc_bill_notes(answer) }
    }
}
