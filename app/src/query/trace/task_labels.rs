//! What user tasks log, as labels: for each category its messages, and how long the tasks took that have them.

use goscope_analysis::trace::task_labels::{TaskLabels, task_labels};

use super::tasks::TasksQuery;
use crate::query::documents::Documents;
use crate::query::label_pivot::LabelLine;
use crate::query::question::{Question, QuestionError};

/// The labels of some tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TaskLabelsQuery {
    /// Which tasks.
    pub tasks: TasksQuery,
    /// Only logs of this category.
    pub key: Option<String>,
}

/// The labels of tasks.
#[derive(Clone, Debug, Default)]
pub struct LabeledTasks {
    /// How many tasks were looked at.
    pub n_tasks: usize,
    /// How long those took together whose begin and end are in the trace.
    pub total_nanos: u128,
    /// What they log.
    pub labels: TaskLabels,
    /// The lines of the list of all that, so that only those that are seen are drawn.
    pub lines: Vec<LabelLine>,
}

impl Question for TaskLabelsQuery {
    type Answer = LabeledTasks;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<LabeledTasks, QuestionError> {
        let (index, tasks) = self.tasks.selected(documents.model()?);
        let complete = tasks.iter().filter(|(_, elapsed)| elapsed.is_complete);
        let labels = task_labels(&index, &tasks, self.key.as_deref());
        Ok(LabeledTasks {
            n_tasks: tasks.len(),
            total_nanos: complete.map(|(_, elapsed)| u128::from(elapsed.nanos())).sum(),
            lines: LabelLine::of_keys(
                labels.keys.iter().map(|key| (key.values.len(), key.without.count > 0)),
            ),
            labels,
        })
    }
}
