//! The runs of the head as one profile, for views of one profile: its source, its call graph.

use std::sync::Arc;

use goscope_analysis::profile::merge::merge;
use goscope_parsers::pprof::Profile;

use super::documents::Documents;
use super::question::{Question, QuestionError};
use crate::document::Document;

/// Adds up the runs of the head.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HeadSumQuery;

impl Question for HeadSumQuery {
    type Answer = Document;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Document, QuestionError> {
        let [_, head] = documents.both_sides();
        let profile = |document: &Arc<Document>| -> Result<Profile, QuestionError> {
            Ok((*document.profile().ok_or(QuestionError::NoProfile)?.profile).clone())
        };
        let profiles = head.iter().map(profile).collect::<Result<Vec<Profile>, _>>()?;
        let sum = merge(profiles).map_err(|error| QuestionError::Merge(error.to_string()))?;
        Ok(Document::derived(documents.in_front()?, sum))
    }
}
