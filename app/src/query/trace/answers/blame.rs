//! Who is to blame for waits.

use goscope_analysis::trace::answers::blame::blame;
pub use goscope_analysis::trace::answers::blame::{Blame, BlameCause, BlameRow, BlameScope, WakerKind};

use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};
use crate::query::trace::selection::TimeRange;
use crate::query::trace::subject::on_clock;

/// Asks who is to blame for waits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BlameQuery {
    /// Whose waits; `None` for those of the trace's tasks, regions or requests, else for locks.
    pub scope: Option<BlameScope>,
    /// The time that they must overlap; `None` for the whole trace.
    pub range: Option<TimeRange>,
}

/// Who is to blame.
#[derive(Clone, Debug)]
pub struct BlameAnswer {
    /// Whose waits were looked at.
    pub scope: BlameScope,
    /// The answer.
    pub blame: Blame,
}

impl Question for BlameQuery {
    type Answer = BlameAnswer;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<BlameAnswer, QuestionError> {
        let model = documents.model()?;
        let scope = self.scope.clone().unwrap_or_else(|| BlameScope::of_trace(model));
        let range = self.range.map(|range| on_clock(model, Some(range)));
        Ok(BlameAnswer { blame: blame(model, &scope, range.as_ref()), scope })
    }
}
