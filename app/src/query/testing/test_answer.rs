//! What a test run came to, in a sentence, and what to look at first.

use goscope_analysis::test_results::{PackageRun, TestCase, TestOutcome, TestRun, place_in};

use super::test_rows::TestKey;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};
use crate::report::test_results::text::sum_sentence;

/// Asks what a test run came to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TestAnswerQuery;

/// What a test run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestAnswer {
    /// The last line of `goscope test`.
    pub sentence: String,
    /// Whether somebody has to look at something.
    pub is_bad: bool,
    /// What to look at first, and what it says.
    pub first: Option<(TestKey, String)>,
}

impl Question for TestAnswerQuery {
    type Answer = TestAnswer;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<TestAnswer, QuestionError> {
        let run = documents.tests()?;
        let counts = run.counts();
        let is_bad = counts.failed + counts.flaky + run.n_failed_packages() > 0;
        Ok(TestAnswer { sentence: sum_sentence(run), is_bad, first: first(run) })
    }
}

/// What failed comes before what is flaky; of both, what `goscope test` prints first.
fn first(run: &TestRun) -> Option<(TestKey, String)> {
    let packages = || run.packages.iter();
    let build = packages().find(|package| !package.build_output.is_empty());
    if let Some(package) = build {
        return Some((TestKey::of_package(package), first_line(&package.build_output)));
    }
    let failures =
        || packages().flat_map(|package| package.failures().map(move |failure| (package, failure)));
    let is_failed =
        |(_, (_, outcome)): &(&PackageRun, (&TestCase, TestOutcome))| *outcome != TestOutcome::Flaky;
    let (package, (test, _)) = match failures().find(is_failed).or_else(|| failures().next()) {
        Some(failure) => failure,
        None => {
            let package = packages().find(|package| package.failed_by_itself())?;
            return Some((TestKey::of_package(package), first_line(&package.output.text())));
        }
    };
    let output = test.shown_run().map(|run| run.output.text().into_owned()).unwrap_or_default();
    Some((TestKey::of(package, test), first_line(&output)))
}

/// The first line that names a place, else the first one at all.
fn first_line(output: &str) -> String {
    let mut lines = output.lines().map(str::trim).filter(|line| !line.is_empty());
    let place = lines.clone().find(|line| place_in(line).is_some());
    goscope_parsers::printable_cut(place.or_else(|| lines.next()).unwrap_or_default(), MOST_CHARS)
        .into_owned()
}

/// Letters of a line that is shown beside a sentence.
const MOST_CHARS: usize = 160;
