//! One user task with its surroundings: its parent and children, who worked on it, and what happened in it.

use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::names::given_name;
use goscope_analysis::trace::tasks::{Elapsed, TaskEvent, TaskEventKind, TaskIndex};
use goscope_parsers::trace::{GoId, TaskId};

use super::tasks::ListedTask;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// A user task with what happened in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TaskQuery {
    /// Its number.
    pub number: u64,
}

/// What is known of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskFacts {
    /// It itself.
    pub task: TaskRef,
    /// Whether begin and end are in the trace.
    pub is_complete: bool,
    /// The task it was created from.
    pub parent: Option<TaskRef>,
    /// The tasks created from it, in order of first appearance.
    pub children: Vec<TaskRef>,
    /// The numbers of the goroutines that worked on it.
    pub goroutines: Vec<i64>,
    /// It and all tasks below it: depth first, itself first, with its depth.
    pub tree: Vec<(ListedTask, u32)>,
    /// What happened, in order of time.
    pub events: Vec<TaskMoment>,
}

/// A task that can be gone to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskRef {
    /// Its type; empty if its begin is not in the trace.
    pub name: String,
    /// Its number.
    pub number: u64,
    /// Begin and end, in ns since the trace began; the bounds of the trace where they are not in it.
    pub time: (i64, i64),
}

/// Something that happened in a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskMoment {
    /// When, in ns since the trace began.
    pub nanos: i64,
    /// The number of the goroutine; negative if it is not known.
    pub goid: i64,
    /// In words: a message, or a region that begins or ends.
    pub text: String,
    /// The event itself.
    pub event: TaskEvent,
}

impl Question for TaskQuery {
    type Answer = TaskFacts;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<TaskFacts, QuestionError> {
        let model = documents.model()?;
        let found = model.task_by_number(self.number).and_then(|id| task_facts(model, id));
        found.ok_or_else(|| QuestionError::NotInTrace { what: format!("task {}", self.number) })
    }
}

/// `None` for a task of which nothing is in the trace.
fn task_facts(model: &TraceModel, id: TaskId) -> Option<TaskFacts> {
    let task = model.task(id)?;
    let index = TaskIndex::new(model);
    let goid = |id: GoId| model.tables().goid(id);
    let listed = |id| Some(ListedTask::new(&index, id, Elapsed::of(model.task(id)?, model)));
    Some(TaskFacts {
        task: task_ref(model, id).unwrap_or_default(),
        is_complete: Elapsed::of(task, model).is_complete,
        parent: task_ref(model, task.parent).filter(|_| task.parent != TaskId::BACKGROUND),
        children: index.children(id).into_iter().filter_map(|child| task_ref(model, child)).collect(),
        goroutines: index.goroutines(id).into_iter().map(goid).collect(),
        tree: index
            .descendants(id)
            .into_iter()
            .filter_map(|(id, depth)| Some((listed(id)?, depth)))
            .collect(),
        events: index.events(id).into_iter().map(|event| moment(model, &event)).collect(),
    })
}

/// `None` for a task of which nothing is in the trace.
fn task_ref(model: &TraceModel, id: TaskId) -> Option<TaskRef> {
    let tables = model.tables();
    let task = model.task(id)?;
    let elapsed = Elapsed::of(task, model);
    let since = |time: i64| time.saturating_sub(model.range().start);
    let name = tables.string_lossy(task.name).into_owned();
    let time = (since(elapsed.begin), since(elapsed.end));
    Some(TaskRef { name, number: tables.task_number(id), time })
}

fn moment(model: &TraceModel, event: &TaskEvent) -> TaskMoment {
    let tables = model.tables();
    let region = |row: usize| model.regions().get(row).map(|region| given_name(tables, region.name));
    let region = |row: usize| region(row).unwrap_or_default();
    let text = match event.what {
        TaskEventKind::Begin => "begins".to_owned(),
        TaskEventKind::End => "ends".to_owned(),
        TaskEventKind::Log { category, message } => {
            let (category, message) = (tables.printable(category), tables.printable(message));
            if category.is_empty() { message.into_owned() } else { format!("{category}: {message}") }
        }
        TaskEventKind::RegionBegin { row } => format!("region {} begins", region(row)),
        TaskEventKind::RegionEnd { row } => format!("region {} ends", region(row)),
    };
    let goid = if event.goroutine.is_some() { tables.goid(event.goroutine) } else { -1 };
    TaskMoment { nanos: event.time.saturating_sub(model.range().start), goid, text, event: *event }
}
