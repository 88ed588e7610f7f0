//! A verdict as JUnit's XML, which CI systems list among the tests: one case for the verdict, one for each function.

use std::fmt::Write as _;

use goscope_analysis::verdict::{Outcome, Verdict};

use super::escape::xml;
use super::evidence::{line, notes};
use super::rows::{ShownRow, table_rows};

/// The verdict as JUnit XML. A regression is a failure, of the verdict and of each culprit; where nothing could be said,
/// the verdict is an error: it did not pass.
pub fn verdict_junit(verdict: &Verdict) -> String {
    let suite = format!("goscope diff: {}", verdict.subject.words);
    let culprits: Vec<_> = verdict.failures().collect();
    let rows: Vec<ShownRow<'_>> =
        table_rows(verdict).into_iter().filter(|shown| shown.row.test.is_some()).collect();
    let is_culprit = |shown: &ShownRow<'_>| {
        culprits
            .iter()
            .any(|culprit| culprit.row.name == shown.row.name && culprit.row.measure == shown.row.measure)
    };
    let is_error = matches!(verdict.outcome, Outcome::NothingComparable(_));
    let is_failure = matches!(verdict.outcome, Outcome::Regression);
    let n_failures = usize::from(is_failure) + rows.iter().filter(|shown| is_culprit(shown)).count();
    let counts = format!(
        "tests=\"{}\" failures=\"{n_failures}\" errors=\"{}\"",
        rows.len() + 1,
        usize::from(is_error)
    );
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {counts}>\n<testsuite name=\"{}\" {counts}>\n",
        xml(&suite)
    );
    let sentence = xml(&line(verdict).text);
    let result = match &verdict.outcome {
        Outcome::Regression => format!("<failure type=\"regression\" message=\"{sentence}\"/>"),
        Outcome::NothingComparable(_) => format!("<error type=\"nothing compared\" message=\"{sentence}\"/>"),
        Outcome::NoRegression | Outcome::Undecided(_) => String::new(),
    };
    let notes: Vec<String> = notes(verdict).iter().map(|(kind, note)| format!("{kind}: {note}")).collect();
    let _ = writeln!(
        text,
        "<testcase classname=\"goscope\" name=\"verdict\">{result}<system-out>{sentence}\n{}</system-out></testcase>",
        notes.iter().map(|note| xml(note)).collect::<Vec<_>>().join("\n")
    );
    for shown in &rows {
        let [base, head, change, interval, q] = shown.numbers();
        let facts = xml(&format!("{base} → {head}, {change} ({interval}), q {q}"));
        let failure = if is_culprit(shown) {
            format!("<failure type=\"regression\" message=\"{facts}\"/>")
        } else {
            format!("<system-out>{facts}</system-out>")
        };
        let _ = writeln!(
            text,
            "<testcase classname=\"{}\" name=\"{}\">{failure}</testcase>",
            xml(&suite),
            xml(&shown.row.name)
        );
    }
    text + "</testsuite>\n</testsuites>\n"
}
