//! The profile that flame graph, table and details of a trace are about.

use goscope_analysis::trace::questions::profile::flame_profile;

use super::selection::{FlameKind, TraceSelection};
use super::subject::Subject;
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
        let mut profile = flame_profile(model, &Subject::from(&self.selection).filter(model), self.kind);
        if self.kind == FlameKind::Cpu {
            // The window counts samples: how much time each stands for is not in the trace.
            profile.default_sample_type = profile.sample_types[0].kind;
        }
        Ok(Document::derived(documents.first()?, profile))
    }
}
