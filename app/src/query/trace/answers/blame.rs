//! Who is to blame for waits.

use goscope_analysis::trace::answers::blame::blame;
pub use goscope_analysis::trace::answers::blame::{Blame, BlameCause, BlameRow, BlameScope, WakerKind};
use goscope_analysis::trace::answers::instances::answer_instances;
use goscope_analysis::trace::answers::matrix::matrix;
pub use goscope_analysis::trace::answers::matrix::{Knot, Matrix, MatrixCell};
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::names;

use super::why_sentence::nothing_complete;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};
use crate::query::trace::selection::TimeRange;
use crate::query::trace::subject::on_clock;

/// Asks who is to blame for waits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BlameQuery {
    /// Whose waits; `None` for those of the trace's tasks, regions or requests, else for locks.
    pub scope: Option<BlameScope>,
    /// Only waits for the lock that is taken in this function.
    pub lock: Option<String>,
    /// The time that they must overlap; `None` for the whole trace.
    pub range: Option<TimeRange>,
}

/// Who is to blame.
#[derive(Clone, Debug)]
pub struct BlameAnswer {
    /// Whose waits were looked at.
    pub scope: BlameScope,
    /// The function whose lock it is about alone.
    pub lock: Option<String>,
    /// The answer.
    pub blame: Blame,
    /// Why there is nothing to look at, if there is not: no instance is complete.
    pub nothing: Option<String>,
    /// The same by who waits and who ends it.
    pub matrix: Matrix,
}

impl Question for BlameQuery {
    type Answer = BlameAnswer;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<BlameAnswer, QuestionError> {
        let model = documents.model()?;
        let scope = self.scope.clone().unwrap_or_else(|| BlameScope::of_trace(model));
        let range = self.range.map(|range| on_clock(model, Some(range)));
        let mut blame = blame(model, &scope, range.as_ref());
        if let Some(lock) = &self.lock {
            blame.rows.retain(|row| lock_of(model, row).as_ref() == Some(lock));
            blame.total_nanos = blame.rows.iter().map(|row| row.nanos).sum();
        }
        let nothing = match &scope {
            BlameScope::Of(population) if blame.rows.is_empty() => {
                let found = answer_instances(model, population, range.as_ref());
                let nothing = || nothing_complete(population, found.incomplete, range.is_some());
                found.complete.is_empty().then(nothing)
            }
            _ => None,
        };
        let matrix = matrix(model.tables(), &blame);
        Ok(BlameAnswer { blame, nothing, matrix, scope, lock: self.lock.clone() })
    }
}

/// The function that takes the lock that the goroutines of a row wait for; `None` if they wait for something else.
pub fn lock_of(model: &TraceModel, row: &BlameRow) -> Option<String> {
    let tables = model.tables();
    let mut frames = tables.stack(row.key.waiter_stack).iter();
    let is_lock = frames.any(|frame| {
        let function = tables.string(tables.frame(*frame).function);
        [&b"sync.(*Mutex).Lock"[..], b"sync.(*RWMutex).Lock", b"sync.(*RWMutex).RLock"].contains(&function)
    });
    is_lock.then(|| {
        let function = names::user_function(tables, row.key.waiter_stack);
        tables.string_lossy(function).into_owned()
    })
}
