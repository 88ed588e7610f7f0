//! How long user tasks of each type take.

use goscope_analysis::trace::tasks::{TaskType, task_types};

use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// All types of tasks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TaskTypesQuery;

/// Types of tasks.
#[derive(Clone, Debug, Default)]
pub struct TaskTypes {
    /// By name.
    pub types: Vec<TaskType>,
}

impl Question for TaskTypesQuery {
    type Answer = TaskTypes;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<TaskTypes, QuestionError> {
        Ok(TaskTypes { types: task_types(documents.model()?) })
    }
}
