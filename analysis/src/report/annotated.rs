//! What `-weblist` shows, without the page around it: functions line by line, with the numbers of `-list`.

use goscope_parsers::pprof::Profile;

use super::numbers::Numbers;
use super::options::{Kind, ReportOptions, Warnings};
use super::selection::{Subject, numbers};
use crate::profile::annotate::{AnnotatedFunction, annotate};
use crate::profile::filter::compile;
use crate::profile::query::QueryError;

/// Functions line by line, and how their numbers print.
#[derive(Clone, Debug)]
pub struct AnnotatedSource {
    /// Largest flat first.
    pub functions: Vec<AnnotatedFunction>,
    /// The value that is 100 %.
    pub total: i64,
    /// What is counted: the name of the sample type.
    pub kind: String,
    numbers: Numbers,
}

impl AnnotatedSource {
    /// A value with its unit; nothing for 0.
    pub fn text(&self, value: i64) -> String {
        if value == 0 { String::new() } else { self.numbers.text(value) }
    }

    /// Its share of the total, as `12.34%`.
    pub fn share_text(&self, value: i64) -> String {
        self.numbers.share(value, self.total).trim().to_owned()
    }
}

/// The functions whose name matches.
///
/// # Errors
/// A pattern that matches nothing, a filter or sample type that does not fit.
pub fn annotated_source(
    profile: &Profile,
    options: &ReportOptions,
    pattern: &str,
) -> Result<(AnnotatedSource, Warnings), QueryError> {
    let regex = compile("weblist", Some(pattern))?;
    let subject = Subject::new(profile, options)?;
    let stacks = subject.stacks(options, Kind::List)?;
    let functions =
        annotate(&stacks, |frame| regex.as_ref().is_none_or(|regex| regex.is_match(frame.name.as_bytes())));
    if functions.is_empty() {
        return Err(QueryError::NoMatch { pattern: pattern.to_owned() });
    }
    let source = AnnotatedSource {
        functions,
        total: stacks.total(),
        kind: stacks.kind().to_owned(),
        numbers: numbers(&stacks, options),
    };
    Ok((source, subject.warnings(&stacks)))
}
