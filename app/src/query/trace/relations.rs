//! The goroutines that created and unblocked one goroutine.

use goscope_analysis::trace::goroutines::{RELATED_DEPTH, creation_chain, related};
use goscope_analysis::trace::model::Goroutine;
use goscope_parsers::trace::GoId;

use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// Asks for the goroutines that created and unblocked one goroutine.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RelationsQuery {
    /// Its number.
    pub goid: i64,
}

/// The goroutines that created and unblocked one goroutine.
#[derive(Clone, Debug, Default)]
pub struct Relations {
    /// The goroutine, its creator, the creator of that, and so on.
    pub chain: Vec<Goroutine>,
    /// The goroutines that unblocked it, directly or through others, as in `go tool trace`.
    pub related: Vec<GoId>,
}

impl Question for RelationsQuery {
    type Answer = Relations;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Relations, QuestionError> {
        let model = documents.model()?;
        let id = model
            .goroutine_by_number(self.goid)
            .ok_or_else(|| QuestionError::NotInTrace { what: format!("goroutine {}", self.goid) })?;
        let others = related(model, id, RELATED_DEPTH).into_iter().filter(|&other| other != id);
        Ok(Relations { chain: creation_chain(model, id), related: others.collect() })
    }
}
