//! A profile in which the values of a label are the outermost frames.

use goscope_analysis::profile::part::grouped_by_label;

use super::documents::Documents;
use super::question::{Question, QuestionError};
use crate::document::Document;

/// Asks for the profile with a frame for each value of a label.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupedQuery {
    /// The key of the label.
    pub key: String,
}

impl Question for GroupedQuery {
    type Answer = Document;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Document, QuestionError> {
        let profile = grouped_by_label(&documents.profile_in_front()?.profile, &self.key)?;
        Ok(Document::derived(documents.in_front()?, profile))
    }
}
