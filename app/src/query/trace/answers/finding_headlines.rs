//! Findings as headlines: what stands out in a trace beside its slow requests.

use std::sync::Arc;

use goscope_analysis::trace::model::TraceModel;

use super::command_line::findings_line;
use super::finding_sentence::finding_sentence;
use super::findings::{About, Example, Finding, FindingsQuery};
use super::headlines::{Headline, Look};
use super::kind::AnswerKind;
use super::path::InstancePlace;
use super::sentence::{Link, Sentence};
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};
use crate::query::trace::selection::TimeRange;
use crate::text;

/// Findings that become headlines, most severe first: as many as `goscope trace findings` lists.
const MOST: usize = 20;

/// Asks for the findings of a trace as headlines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FindingHeadlinesQuery;

impl Question for FindingHeadlinesQuery {
    type Answer = Vec<Headline>;
    type Input = FindingsQuery;

    fn input(&self) -> FindingsQuery {
        FindingsQuery::default()
    }

    fn answer(
        &self,
        documents: Documents<'_>,
        found: Arc<Vec<Finding>>,
    ) -> Result<Vec<Headline>, QuestionError> {
        let model = documents.model()?;
        let command = findings_line(&documents.first()?.source);
        let items = found.iter().take(MOST).enumerate().map(|(at, finding)| Headline {
            name: name(model, &found[..at], finding),
            severity: Some(finding.id.severity()),
            sentence: finding_sentence(model, finding),
            evidence: evidence(model, finding),
            notes: finding.id.remedy().map(str::to_owned).into_iter().collect(),
            look: finding
                .examples
                .first()
                .map(|example| Look { title: "Example", place: place(model, example) }),
            more: AnswerKind::of_finding(finding.id),
            command: command.clone(),
        });
        Ok(items.collect())
    }
}

/// `slow-tail tasks checkout`; counted where several say the same of the same.
fn name(model: &TraceModel, before: &[Finding], finding: &Finding) -> String {
    let about = match &finding.about {
        About::Group(population) => population.text(),
        About::Function(name) => model.tables().string_lossy(*name).into_owned(),
        About::Process => "process".to_owned(),
    };
    let name = format!("{} {about}", finding.id.name());
    match before.iter().filter(|it| it.id == finding.id && it.about == finding.about).count() {
        0 => name,
        n => format!("{name} {}", n + 1),
    }
}

/// How severe it is, and where it can be seen.
fn evidence(model: &TraceModel, finding: &Finding) -> Sentence {
    let head = format!("{} severity: {}", finding.id.severity().name(), finding.id.name());
    let mut sentence = Sentence::new(head);
    for (at, example) in finding.examples.iter().enumerate() {
        let range = range_of(model, example);
        let goroutine = model.tables().goid(example.goroutine);
        let words = format!("G {goroutine}, {}", text::duration(range.length()));
        let before = if at == 0 { " · seen in " } else { " · " };
        sentence = sentence.plain(before).noun(words, Link::Moment { goroutine, range });
    }
    sentence
}

fn place(model: &TraceModel, example: &Example) -> InstancePlace {
    let (goroutine, range) = (model.tables().goid(example.goroutine), range_of(model, example));
    InstancePlace::of_stretch(goroutine, range)
}

fn range_of(model: &TraceModel, example: &Example) -> TimeRange {
    let since_start = |time: i64| time.saturating_sub(model.range().start);
    TimeRange { start_nanos: since_start(example.begin), end_nanos: since_start(example.end) }
}
