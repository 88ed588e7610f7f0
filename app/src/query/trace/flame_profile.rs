//! The profile that flame graph, table and details of a trace are about.

use super::profile::trace_profile;
use super::{FlameKind, TraceSelection};
use crate::document::Document;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// A profile made from a part of a trace.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FlameProfileQuery {
    /// Which part.
    pub selection: TraceSelection,
    /// What it counts.
    pub kind: FlameKind,
}

impl Question for FlameProfileQuery {
    type Answer = Document;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Document, QuestionError> {
        let model = documents.model()?;
        Ok(trace_profile((documents.first()?, model), &self.selection, self.kind))
    }
}
