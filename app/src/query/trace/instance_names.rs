//! The types of tasks and names of regions in a trace, which the breakdown can cover.

use goscope_analysis::trace::regions::region_types;
use goscope_analysis::trace::tasks::task_types;

use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// Asks for the types of tasks and the names of regions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InstanceNamesQuery;

/// The types of tasks and the names of regions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstanceNames {
    /// Types with complete tasks.
    pub tasks: Vec<String>,
    /// Names with complete regions.
    pub regions: Vec<String>,
}

impl Question for InstanceNamesQuery {
    type Answer = InstanceNames;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<InstanceNames, QuestionError> {
        let model = documents.model()?;
        let text = |id| model.tables().string_lossy(id).into_owned();
        let tasks = task_types(model).into_iter().filter(|it| !it.durations.is_empty());
        let regions = region_types(model).into_iter().filter(|it| it.complete > 0);
        let mut regions: Vec<String> = regions.map(|it| text(it.key.name)).collect();
        regions.dedup();
        Ok(InstanceNames { tasks: tasks.map(|it| text(it.name)).collect(), regions })
    }
}
