//! A verdict as the window shows it: with the row of each function, and the function that its line names.
//!
//! A verdict compares functions without type arguments and wrappers; a window chooses functions by the names that the
//! profiles have. This is where the two meet.

use std::collections::HashMap;
use std::sync::Arc;

use goscope_analysis::verdict::profiles::compared_name;
use goscope_analysis::verdict::{Measure, Row, Verdict};

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
    /// The function that its line names, as the head calls it (the base, if the head has none); `None` if it names none.
    pub named_function: Option<String>,
    /// The row by which the gate decides, by the name of the function in the verdict.
    row_of_name: HashMap<Arc<str>, usize>,
}

impl Judged {
    /// What the verdict says of a function, by its name in a profile.
    pub fn row(&self, function: &str) -> Option<&Row> {
        self.row_of_name.get(&*compared_name(function)).map(|&row| &self.verdict.rows[row])
    }
}

impl Question for JudgedQuery {
    type Answer = Judged;
    type Input = VerdictQuery;

    fn input(&self) -> VerdictQuery {
        self.verdict.clone()
    }

    fn answer(&self, documents: Documents<'_>, verdict: Arc<Verdict>) -> Result<Judged, QuestionError> {
        let measure = Measure::of_function(verdict.gate.by);
        let decisive = verdict.rows.iter().enumerate().filter(|(_, row)| row.measure == measure);
        let row_of_name = decisive.map(|(at, row)| (Arc::clone(&row.name), at)).collect();
        let [base, head] = documents.both_sides();
        let name = line(&verdict).name;
        let named_function = name.and_then(|name| {
            head.iter().chain(base).find_map(|document| function_compared_as(document, &name))
        });
        Ok(Judged { verdict, named_function, row_of_name })
    }
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
