//! What the window says of a trace before anything else: sentences, each with its evidence and where to look.

use std::sync::Arc;

use goscope_analysis::trace::answers::population::Population;
use goscope_analysis::trace::answers::why::PathOfInstance;

use super::findings::Severity;
use super::kind::AnswerKind;
use super::path::InstancePlace;
use super::sentence::{Link, Sentence};
use super::why::{WhyAnswer, WhyQuery};
use super::why_sentence::{nothing_complete, why_evidence, why_notes, why_sentence};
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// Asks for the headlines of a trace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct HeadlinesQuery {
    /// Whose slow instances they are about.
    pub why: WhyQuery,
}

/// The headlines of a trace.
#[derive(Clone, Debug)]
pub struct Headlines {
    /// What there is to say, what matters most first.
    pub items: Vec<Headline>,
    /// Why there is nothing to say, in a sentence, where that is so.
    pub nothing: Option<String>,
}

/// A sentence, with its evidence.
#[derive(Clone, Debug)]
pub struct Headline {
    /// Tells it from the others, in every session: [`WHY`], `slow-tail tasks checkout`.
    pub name: String,
    /// How severe it is, if it is a finding.
    pub severity: Option<Severity>,
    /// What it says.
    pub sentence: Sentence,
    /// What it rests on.
    pub evidence: Sentence,
    /// What else a reader must know, in sentences.
    pub notes: Vec<String>,
    /// Where it is seen best.
    pub look: Option<Look>,
    /// The answer that says more.
    pub more: AnswerKind,
    /// The command that says the same.
    pub command: String,
}

impl Headline {
    /// Where the first noun of the sentence leads that leads anywhere.
    pub fn first_link(&self) -> Option<&Link> {
        self.sentence.phrases.iter().filter_map(|phrase| phrase.link.as_ref()).find(|link| link.is_known())
    }
}

/// The name of the headline that says why slow ones are slow.
pub const WHY: &str = "why";

/// Where to look.
#[derive(Clone, Debug)]
pub struct Look {
    /// What is there, in a word.
    pub title: &'static str,
    /// Where it is.
    pub place: InstancePlace,
}

impl Question for HeadlinesQuery {
    type Answer = Headlines;
    type Input = WhyQuery;

    fn input(&self) -> WhyQuery {
        self.why.clone()
    }

    fn answer(&self, documents: Documents<'_>, why: Arc<WhyAnswer>) -> Result<Headlines, QuestionError> {
        let model = documents.model()?;
        let Some(population) = &why.population else {
            return Ok(Headlines { items: Vec::new(), nothing: Some(NOTHING_TO_ASK_ABOUT.to_owned()) });
        };
        let (Some(sentence), Some(evidence)) = (why_sentence(model, &why), why_evidence(&why)) else {
            let nothing = self::nothing(population, why.why.incomplete);
            return Ok(Headlines { items: Vec::new(), nothing: Some(nothing) });
        };
        let slowest = |path: &PathOfInstance| Look {
            title: "Slowest",
            place: InstancePlace::of(model, &path.instance),
        };
        let item = Headline {
            name: WHY.to_owned(),
            severity: None,
            sentence,
            evidence,
            notes: why_notes(&why),
            look: why.why.slowest.first().map(slowest),
            more: AnswerKind::Why,
            command: AnswerKind::Why.command(&documents.first()?.source, Some(population)),
        };
        Ok(Headlines { items: vec![item], nothing: None })
    }
}

/// What is said of a trace that has nothing to ask about by itself.
pub(super) const NOTHING_TO_ASK_ABOUT: &str =
    "This trace has no tasks, no regions and no HTTP requests: slow ones cannot be told from typical ones.";

/// What is said where no instance is complete, as a sentence of its own.
pub(super) fn nothing(population: &Population, incomplete: u64) -> String {
    let nothing = nothing_complete(population, incomplete, false);
    let mut letters = nothing.chars();
    letters.next().map_or(String::new(), |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}
