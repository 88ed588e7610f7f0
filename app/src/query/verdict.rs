//! The regression verdict: did the head get worse than the base, where, and can that be trusted?

use std::sync::Arc;

use goscope_analysis::verdict::profiles::compare;
use goscope_analysis::verdict::{Options, Verdict};

use super::documents::Documents;
use super::question::{Question, QuestionError};
use super::runs::{Runs, RunsQuery};
use crate::run_notes::RunNotes;

/// Asks whether the head got worse than the base; each side is one or several runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct VerdictQuery {
    /// Name or number of the sample type; `None` for the one that all profiles have in common.
    pub sample_type: Option<String>,
    /// How runs are put on one scale, and what fails.
    pub options: Options,
    /// What is known of the runs beside their profiles.
    pub notes: RunNotes,
}

impl Question for VerdictQuery {
    type Answer = Verdict;
    type Input = RunsQuery;

    fn input(&self) -> RunsQuery {
        RunsQuery { sample_type: self.sample_type.clone(), notes: self.notes.clone() }
    }

    fn answer(&self, _: Documents<'_>, runs: Arc<Runs>) -> Result<Verdict, QuestionError> {
        Ok(compare(&runs.base, &runs.head, &self.options)?)
    }
}
