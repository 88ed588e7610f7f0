//! What stands out, in sentences whose nouns are links: the words of `goscope goroutines`.

use std::sync::Arc;

use goscope_analysis::dump::{Certainty, Finding, FindingKind, call_site, user_frame};

use super::answer::DumpsAnswerQuery;
use super::names::Names;
use crate::query::documents::Documents;
use crate::query::dumps::Dumps;
use crate::query::question::{Question, QuestionError};
use crate::query::trace::answers::sentence::Sentence;
use crate::report::goroutines::text::{compared_line, finding_line, group_title, head_line};
use crate::text;

/// Findings that are told; of more, nobody reads all.
const MOST_FINDINGS: usize = 100;

/// Asks for the sentences.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ToldQuery {
    /// About what.
    pub of: DumpsAnswerQuery,
}

/// What there is to say about dumps.
#[derive(Debug)]
pub struct Told {
    /// The first sentence: the most important finding, or that there is none and what most goroutines do.
    pub first: Sentence,
    /// How bad it is.
    pub gravity: Gravity,
    /// What was read, in a line; of several dumps how many goroutines each has.
    pub about: String,
    /// All findings, the most important first.
    pub findings: Vec<ToldFinding>,
    /// What is odd about the files, a sentence each.
    pub warnings: Vec<String>,
}

/// A finding in words.
#[derive(Debug)]
pub struct ToldFinding {
    /// `deadlock (likely): …`.
    pub sentence: Sentence,
    /// How bad it is.
    pub gravity: Gravity,
    /// What it rests on, a sentence each.
    pub evidence: Vec<Sentence>,
    /// What to do next; empty if there is nothing to add.
    pub advice: String,
}

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gravity {
    /// The program died, stands still or leaks.
    Bad,
    /// A reason to look.
    Look,
    /// Nothing.
    Quiet,
}

impl Gravity {
    const fn of(finding: &Finding) -> Self {
        match (finding.kind, finding.certainty) {
            (FindingKind::Load | FindingKind::Many, _) | (_, Certainty::Hint) => Self::Look,
            (FindingKind::Convoy | FindingKind::NeverWakes, _) => Self::Look,
            _ => Self::Bad,
        }
    }
}

impl Question for ToldQuery {
    type Answer = Told;
    type Input = DumpsAnswerQuery;

    fn input(&self) -> DumpsAnswerQuery {
        self.of.clone()
    }

    fn answer(&self, _: Documents<'_>, dumps: Arc<Dumps>) -> Result<Told, QuestionError> {
        let names = Names::of(&dumps);
        let told = |finding: &Finding| ToldFinding {
            sentence: names.sentence(&finding_line(finding)),
            gravity: Gravity::of(finding),
            evidence: finding.evidence.iter().map(|line| names.sentence(line)).collect(),
            advice: finding.advice.clone(),
        };
        let findings: Vec<ToldFinding> = dumps.findings.iter().take(MOST_FINDINGS).map(told).collect();
        let first = findings.first();
        let about = compared_line(&dumps).or_else(|| head_line(&dumps)).unwrap_or_default();
        Ok(Told {
            first: first.map_or_else(|| names.sentence(&nothing(&dumps)), |first| first.sentence.clone()),
            gravity: first.map_or(Gravity::Quiet, |first| first.gravity),
            about,
            findings,
            warnings: dumps.warnings.clone(),
        })
    }
}

/// The first sentence where nothing was found.
fn nothing(dumps: &Dumps) -> String {
    let largest = || {
        let last = dumps.texts.last()?;
        let (_, groups) = last.shown()?;
        let group = groups.iter().max_by_key(|group| group.count())?;
        let tables = last.tables();
        let place = user_frame(tables, group.stack)
            .map(|frame| format!(" in {} ({})", tables.function(frame), call_site(tables, frame)));
        let (title, place) = (group_title(group, tables), place.unwrap_or_default());
        Some(format!(
            "nothing stands out; the largest group is {} × {title}{place}",
            text::count(group.count())
        ))
    };
    largest().unwrap_or_else(|| "nothing stands out".to_owned())
}
