//! The lanes of a trace, in groups.

use goscope_analysis::trace::questions::lane_groups::{LaneQuery, Lanes, lanes};

use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

impl Question for LaneQuery {
    type Answer = Lanes;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Lanes, QuestionError> {
        Ok(lanes(documents.model()?, self))
    }
}
