//! One user task: its parent and children, the goroutines that worked on it, and its events.

use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::names::given_name;
use goscope_analysis::trace::tasks::{Elapsed, TaskEvent, TaskEventKind, TaskIndex};
use goscope_parsers::trace::{GoId, TaskId};

use super::tasks::ListedTask;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// Asks for a user task with its events.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TaskQuery {
    /// Its number.
    pub number: u64,
}

/// A task with its events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskFacts {
    /// The task.
    pub task: TaskRef,
    /// Whether the trace has its start and end.
    pub is_complete: bool,
    /// The task it was created from.
    pub parent: Option<TaskRef>,
    /// The tasks created from it, in order of first appearance.
    pub children: Vec<TaskRef>,
    /// The numbers of the goroutines that worked on it.
    pub goroutines: Vec<i64>,
    /// The task and all tasks below it, depth first, each with its depth.
    pub tree: Vec<(ListedTask, u32)>,
    /// Its events, in order of time.
    pub events: Vec<TaskMoment>,
}

/// A link to a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskRef {
    /// Its type; empty if the trace does not have its start.
    pub name: String,
    /// Its number.
    pub number: u64,
    /// Start and end, in ns since the start of the trace; the bounds of the trace where it does not have them.
    pub time: (i64, i64),
}

/// An event in a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskMoment {
    /// Time, in ns since the start of the trace.
    pub nanos: i64,
    /// The number of the goroutine; negative if unknown.
    pub goid: i64,
    /// The event as text: a log, or a region that starts or ends.
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
