//! Where to begin in a profile: what own code costs with all that it calls, and in which packages stacks end.

use goscope_analysis::profile::frame::{FrameId, FrameTable, Granularity};
use goscope_analysis::profile::query::{QueryError, StackQuery};
use goscope_analysis::profile::stacks::select;
pub use goscope_analysis::profile::starting_points::StartingPoints;
use goscope_analysis::profile::starting_points::starting_points;
use goscope_analysis::symbol::short_name;
use goscope_parsers::pprof::Profile;

use super::documents::Documents;
use super::question::{Question, QuestionError};
use crate::text::{ValueText, counted, share};

/// Functions that a sentence names.
const MOST_NAMES: usize = 3;

/// Asks where to begin. Frames are whole functions, whatever the query says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct StartingPointsQuery {
    /// The stacks to read.
    pub stacks: StackQuery,
}

/// Where to begin in a profile.
#[derive(Debug)]
pub struct WhereToBegin {
    /// Functions and packages.
    pub points: StartingPoints,
    /// What the ids of the functions mean.
    pub frames: FrameTable,
    /// Name of the sample type.
    pub sample_type: String,
    /// Unit of all values.
    pub unit: String,
}

impl Question for StartingPointsQuery {
    type Answer = WhereToBegin;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<WhereToBegin, QuestionError> {
        WhereToBegin::of(&documents.profile_in_front()?.profile, &self.stacks).map_err(QuestionError::from)
    }
}

impl WhereToBegin {
    /// Where to begin in the stacks of a profile.
    ///
    /// # Errors
    /// If the query does not fit the profile.
    pub fn of(profile: &Profile, stacks: &StackQuery) -> Result<Self, QueryError> {
        let query = StackQuery { granularity: Granularity::Functions, ..stacks.clone() };
        let stacks = select(profile, &query)?;
        Ok(Self {
            points: starting_points(&stacks),
            frames: stacks.frames().clone(),
            sample_type: stacks.kind().to_owned(),
            unit: stacks.unit().to_owned(),
        })
    }

    /// A value, with the name of the sample type where its unit says nothing.
    pub fn value_text(&self, value: i64) -> String {
        let text = ValueText::alone(&self.unit).text(value);
        match self.sample_type.as_str() {
            _ if self.unit != "count" => text,
            "threadcreate" => format!("{text} threads"),
            kind if kind.ends_with('s') => format!("{text} {kind}"),
            kind => format!("{text} {kind}s"),
        }
    }

    /// Short name of a function.
    pub fn name(&self, function: FrameId) -> String {
        short_name(&self.frames.frame(function).printable_name()).into_owned()
    }

    /// The answer in a sentence: the functions in which half of it is spent, or that there is no own code.
    pub fn sentence(&self) -> String {
        let points = &self.points;
        let all = self.value_text(points.sum);
        if points.sum == 0 {
            return "There is nothing in this profile.".to_owned();
        }
        let half = points.sum.unsigned_abs().div_ceil(2);
        let mut reached = 0_u64;
        let n_half = points.functions.iter().position(|&(_, value)| {
            reached = reached.saturating_add(value.unsigned_abs());
            reached >= half
        });
        let Some(last) = n_half else {
            if points.functions.is_empty() {
                return format!("Nothing of {all} has code of the program itself on its stack.");
            }
            let part = share(points.without_own, points.sum);
            return format!("{part} of {all} has no code of the program itself on its stack.");
        };
        let named = points.functions.iter().take((last + 1).min(MOST_NAMES));
        let names: Vec<String> = named
            .map(|&(function, value)| format!("{} {}", self.name(function), share(value, points.sum)))
            .collect();
        let more = if last + 1 > MOST_NAMES { ", …" } else { "" };
        let functions = counted(last + 1, "function");
        let they_call = if last == 0 { "it calls" } else { "they call" };
        format!("Half of {all} is in {functions} and what {they_call}: {}{more}", names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use goscope_parsers::Progress;

    use super::*;
    use crate::document::{Document, Source};
    use crate::query::answer;
    use crate::samples::SAMPLES;

    #[test]
    fn the_sentence_of_each_sample() {
        let sentence = |name: &str| {
            let source = Source::Sample(name.to_owned());
            let document = Document::load(&source, &Progress::new()).expect("a sample");
            document.profile()?;
            let documents = [Arc::new(document)];
            let found =
                answer(&StartingPointsQuery::default(), Documents::of_tab(&documents)).expect("an answer");
            Some(format!("{name}: {}", found.sentence()))
        };
        let sentences: Vec<String> = SAMPLES.iter().filter_map(|sample| sentence(sample.name)).collect();
        insta::assert_snapshot!(sentences.join("\n"), @"
        cpu-labels.pb.gz: Half of 10.4 s is in 6 functions and what they call: checkout.stretch 11.3%, report.export 11.2%, catalog.(*postings).addProduct 10.8%, …
        heap.pb.gz: Half of 11.4 MB is in 3 functions and what they call: report.export 18.3%, catalog.(*postings).addProduct 17.3%, catalog.(*Handler).Serve 14.6%
        goroutine.pb.gz: Half of 278 goroutines is in 1 function and what it calls: checkout.shipping.func1 82.0%
        mutex.pb.gz: Half of 8.20 s is in 1 function and what it calls: catalog.(*Index).rebuildIndex.deferwrap2 95.9%
        ");
    }
}
