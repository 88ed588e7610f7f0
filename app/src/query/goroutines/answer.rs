//! The answer that window and command line share: texts, groups, findings.

use goscope_analysis::dump::{DumpFilter, Grouping, LabelTest};
use goscope_analysis::profile::query::Filters;
use goscope_analysis::regex_dialect::compile;
use regex::bytes::Regex;

use crate::query::documents::Documents;
use crate::query::dumps::{Dumps, DumpsQuery};
use crate::query::question::{Question, QuestionError};

/// Asks for the groups of dumps and what stands out in them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DumpsAnswerQuery {
    /// What makes goroutines equal.
    pub grouping: Grouping,
    /// Which dump of a text is shown, counted from 1; `None` for the last one.
    pub dump: Option<usize>,
    /// Which goroutines are looked at: of the filters those that keep or drop whole stacks.
    pub filters: Filters,
    /// States of goroutines that are looked at, any of them; none for all.
    pub states: Vec<String>,
    /// Minutes since they last ran, at least.
    pub min_minutes: u32,
}

impl Question for DumpsAnswerQuery {
    type Answer = Dumps;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Dumps, QuestionError> {
        let texts = documents.dumps()?;
        let filter = DumpFilter {
            states: self.states.clone(),
            min_minutes: self.min_minutes,
            ..filter(&self.filters)?
        };
        let query = DumpsQuery { grouping: self.grouping.clone(), filter, dump: self.dump };
        query.answer(&texts).map_err(QuestionError::Dump)
    }
}

/// The same as a filter of goroutines.
fn filter(filters: &Filters) -> Result<DumpFilter, QuestionError> {
    let optional = |text: &Option<String>| text.as_deref().map(pattern).transpose();
    let label_tests = filters.labels.iter().map(|filter| {
        let (key, value) = match filter.text.split_once('=') {
            Some((key, value)) => (Some(key.to_owned()), value),
            None => (None, &*filter.text),
        };
        Ok(LabelTest { keeps: filter.keeps, key, value: pattern(value)? })
    });
    Ok(DumpFilter {
        focus: optional(&filters.focus)?,
        ignore: optional(&filters.ignore)?,
        label_tests: label_tests.collect::<Result<_, QuestionError>>()?,
        ..DumpFilter::default()
    })
}

fn pattern(text: &str) -> Result<Regex, QuestionError> {
    // What the flame graph writes for a creator is its name to a filter, which looks at creators too.
    let names = text.replace("^created by ", "^");
    compile(&names).map_err(|why| QuestionError::Pattern { pattern: text.to_owned(), why })
}
