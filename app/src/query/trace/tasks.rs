//! User tasks, one by one.

use std::ops::RangeInclusive;

use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::tasks::{Elapsed, TaskFilter, TaskIndex};
use goscope_parsers::trace::TaskId;

use super::selection::TimeRange;
use super::subject::on_clock;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// The tasks that overlap a range of time and match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TasksQuery {
    /// The range of time; `None` for the whole trace.
    pub range: Option<TimeRange>,
    /// Only those of this type.
    pub name: Option<String>,
    /// Only complete ones (start and end in the trace), or only incomplete ones.
    pub is_complete: Option<bool>,
    /// Only those with a duration in this range, in ns.
    pub nanos: Option<RangeInclusive<u64>>,
    /// Only those with this text in their type, regions or logs.
    pub containing: Option<String>,
}

/// Tasks.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    /// The longest first.
    pub rows: Vec<ListedTask>,
}

/// A task with the number of its regions and logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedTask {
    /// Its id.
    pub id: TaskId,
    /// How long it took.
    pub elapsed: Elapsed,
    /// The number of its regions.
    pub n_regions: usize,
    /// The number of its logs.
    pub n_logs: usize,
}

impl ListedTask {
    /// A task of an index.
    pub(super) fn new(index: &TaskIndex<'_>, id: TaskId, elapsed: Elapsed) -> Self {
        Self { id, elapsed, n_regions: index.regions(id).count(), n_logs: index.logs(id).count() }
    }
}

impl Question for TasksQuery {
    type Answer = Tasks;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Tasks, QuestionError> {
        Ok(self.of(documents.model()?))
    }
}

impl TasksQuery {
    /// The tasks of a trace.
    pub(super) fn of(&self, model: &TraceModel) -> Tasks {
        let (index, mut rows) = self.selected(model);
        rows.reverse();
        Tasks { rows: rows.into_iter().map(|(id, elapsed)| ListedTask::new(&index, id, elapsed)).collect() }
    }

    /// The tasks of a trace, the shortest first, and what belongs to each.
    pub(super) fn selected<'m>(&self, model: &'m TraceModel) -> (TaskIndex<'m>, Vec<(TaskId, Elapsed)>) {
        let filter = TaskFilter {
            name: self.name.clone(),
            is_complete: self.is_complete,
            nanos: self.nanos.clone(),
            text: self.containing.clone(),
        };
        let range = on_clock(model, self.range);
        let index = TaskIndex::new(model);
        let mut rows = filter.select(&index);
        rows.retain(|(_, it)| it.begin < range.end && it.end >= range.start);
        (index, rows)
    }
}
