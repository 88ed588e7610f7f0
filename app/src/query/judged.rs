//! A verdict as the window shows it: with the row of each function, and the function that its line names.
//!
//! A verdict compares functions without type arguments and wrappers; a window chooses functions by the names that the
//! profiles have. This is where the two meet.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use goscope_analysis::verdict::profiles::compared_name;
use goscope_analysis::verdict::{By, Measure, Row, Verdict};

use super::documents::Documents;
use super::question::{Question, QuestionError};
use super::verdict::VerdictQuery;
use crate::document::Document;
use crate::report::evidence::line;

/// Asks for the verdict and what ties it to the functions of the profiles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct JudgedQuery {
    /// The question that is judged.
    pub verdict: VerdictQuery,
}

/// A verdict, tied to the functions of the profiles.
#[derive(Debug)]
pub struct Judged {
    /// The verdict.
    pub verdict: Arc<Verdict>,
    /// The function that its line names, as the head calls it (the base, if the head has none), or the benchmark; `None` if it
    /// names none.
    pub named_function: Option<String>,
    /// How far intervals reach: the largest distance from "no change" that is drawn, as a logarithm of the ratio.
    pub reach: f64,
    /// The rows by cum and by flat, by the name of the function in the verdict.
    row_of_name: HashMap<Arc<str>, [Option<usize>; 2]>,
}

/// The least and the most that intervals reach in a drawing: ×1.1 and ×4. What is farther is cut.
const REACHES: (f64, f64) = (0.095, 1.386);

impl Judged {
    /// The verdict on benchmarks: its line names a row.
    pub fn of_benchmarks(verdict: Arc<Verdict>) -> Self {
        let named_function = line(&verdict).name.map(|name| name.to_string());
        let reach = reach(&verdict);
        Self { verdict, named_function, reach, row_of_name: HashMap::new() }
    }

    /// What the verdict says of a function by the value that the gate decides by; the name is that in a profile.
    pub fn row(&self, function: &str) -> Option<&Row> {
        self.row_by(function, self.verdict.gate.by)
    }

    /// What the verdict says of a function by its value with callees, or alone.
    pub fn row_by(&self, function: &str, by: By) -> Option<&Row> {
        let rows = self.row_of_name.get(&*compared_name(function))?;
        rows[by as usize].map(|row| &self.verdict.rows[row])
    }
}

impl Question for JudgedQuery {
    type Answer = Judged;
    type Input = VerdictQuery;

    fn input(&self) -> VerdictQuery {
        self.verdict.clone()
    }

    fn answer(&self, documents: Documents<'_>, verdict: Arc<Verdict>) -> Result<Judged, QuestionError> {
        let mut row_of_name: HashMap<Arc<str>, [Option<usize>; 2]> = HashMap::new();
        for (at, row) in verdict.rows.iter().enumerate() {
            let by = [By::Cum, By::Flat].into_iter().find(|by| Measure::of_function(*by) == row.measure);
            if let Some(by) = by {
                row_of_name.entry(Arc::clone(&row.name)).or_default()[by as usize] = Some(at);
            }
        }
        let [base, head] = documents.both_sides();
        let name = line(&verdict).name;
        let named_function = name.and_then(|name| {
            head.iter().chain(base).find_map(|document| function_compared_as(document, &name))
        });
        let reach = reach(&verdict);
        Ok(Judged { verdict, named_function, reach, row_of_name })
    }
}

/// The functions that changed significantly, not only as a share.
pub fn changed_functions(verdict: &Verdict) -> BTreeSet<&str> {
    let changed = verdict.rows.iter().filter(|row| row.is_significant() && !row.is_shift);
    changed.map(|row| &*row.name).collect()
}

/// How far the intervals of the larger significant changes reach: a fifth of the largest growth or fall, or more.
fn reach(verdict: &Verdict) -> f64 {
    let significant = || verdict.rows.iter().filter(|row| row.is_significant());
    let largest = significant().map(|row| row.growth().abs()).fold(0.0, f64::max);
    let large = significant().filter(|row| row.growth().abs() >= 0.2 * largest);
    let intervals = large.filter_map(|row| row.interval);
    let ends = intervals.flat_map(|interval| [interval.low.ln().abs(), interval.high.ln().abs()]);
    ends.filter(|end| end.is_finite()).fold(REACHES.0, f64::max).min(REACHES.1)
}

/// The function of a profile that is compared under this name: the one that has it, else the first.
fn function_compared_as(document: &Document, name: &str) -> Option<String> {
    let profile = &document.profile()?.profile;
    let functions = || profile.functions.iter().map(|function| profile.text(function.name));
    let exact = functions().find(|function| function == name);
    exact
        .or_else(|| functions().find(|function| compared_name(function) == name))
        .map(|name| name.into_owned())
}

#[cfg(test)]
mod tests {
    use goscope_parsers::Progress;

    use super::*;
    use crate::document::Source;
    use crate::query::answer;
    use crate::samples::PAIR;

    #[test]
    fn the_culprit_is_a_function_of_the_head_and_has_its_row() {
        let [base, head] = PAIR.map(|sample| {
            let source = Source::Sample(sample.name.to_owned());
            vec![Arc::new(Document::load(&source, &Progress::new()).expect("a sample"))]
        });
        let judged = answer(&JudgedQuery::default(), Documents::sides(&base, &head)).expect("a verdict");
        let function = judged.named_function.as_deref().expect("the line names a function");
        let row = judged.row(function).expect("it was compared");
        assert!(judged.verdict.line().contains(&*row.name), "{}", judged.verdict.line());
        assert!(row.is_significant());
        assert!(judged.row("main.noSuchFunction").is_none());
    }
}
