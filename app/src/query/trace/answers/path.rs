//! The critical path of one instance, and where an instance is found in the lanes.

use goscope_analysis::trace::answers::critical_path::PathSegment;
use goscope_analysis::trace::answers::instances::{AnswerInstance, AnswerOf};
use goscope_analysis::trace::answers::why::{PathOfInstance, path_of};
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::names::given_name;
use goscope_parsers::trace::{StackId, StringId};
use serde::{Deserialize, Serialize};

use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};
use crate::query::trace::selection::TimeRange;
use crate::query::trace::subject::on_clock;

/// Goroutines of a path whose lanes are pulled together; paths through more are rare and would fill the window.
const MOST_LANES: usize = 16;

/// The instance whose critical path is looked at, by numbers that mean the same in every session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PathChoice {
    /// A user task, by its number.
    Task(u64),
    /// A stretch of time on a goroutine: a region, a request, a life.
    Stretch {
        /// The goroutine's number.
        goroutine: i64,
        /// When.
        range: TimeRange,
    },
}

/// Where an instance is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstancePlace {
    /// Its name in questions.
    pub choice: PathChoice,
    /// The number of the goroutine that it belongs to.
    pub goroutine: i64,
    /// When the span of that goroutine began in which most of its time went by, in ns since the trace began.
    pub mark_nanos: i64,
    /// From its begin to its end.
    pub range: TimeRange,
}

impl InstancePlace {
    /// The place of a stretch of time on a goroutine.
    pub const fn of_stretch(goroutine: i64, range: TimeRange) -> Self {
        let choice = PathChoice::Stretch { goroutine, range };
        Self { choice, goroutine, mark_nanos: range.start_nanos, range }
    }

    /// The place of an instance.
    pub fn of(model: &TraceModel, it: &AnswerInstance) -> Self {
        let since_start = |time: i64| time.saturating_sub(model.range().start);
        let range = TimeRange { start_nanos: since_start(it.begin), end_nanos: since_start(it.end) };
        let goroutine = model.tables().goid(it.owner);
        let choice = match it.of {
            AnswerOf::Task(task) => PathChoice::Task(model.tables().task_number(task)),
            _ => PathChoice::Stretch { goroutine, range },
        };
        let spans = model.spans_in(it.owner, it.range());
        let within = |span: &goscope_analysis::trace::model::Span| {
            span.end.min(it.end).saturating_sub(span.start.max(it.begin))
        };
        let longest = spans.max_by_key(within).map_or(it.begin, |span| span.start);
        Self { choice, goroutine, mark_nanos: since_start(longest), range }
    }
}

/// Asks for the critical path of an instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PathQuery {
    /// Which.
    pub choice: PathChoice,
}

/// The critical path of an instance.
#[derive(Clone, Debug)]
pub struct InstancePath {
    /// What it is called.
    pub title: String,
    /// The path; its segments tile the instance.
    pub path: PathOfInstance,
    /// The numbers of the goroutines on it, those that the instance waits for directly first.
    pub lanes: Vec<i64>,
}

impl Question for PathQuery {
    type Answer = InstancePath;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<InstancePath, QuestionError> {
        let model = documents.model()?;
        let (instance, title) = self.instance(model)?;
        let path = path_of(model, &instance);
        let lanes = lanes(model, &path);
        Ok(InstancePath { title, path, lanes })
    }
}

impl PathQuery {
    fn instance(&self, model: &TraceModel) -> Result<(AnswerInstance, String), QuestionError> {
        let missing = |what: String| QuestionError::NotInTrace { what };
        let name = |instance: &AnswerInstance| given_name(model.tables(), instance.name);
        match self.choice {
            PathChoice::Task(number) => {
                let task = model.task_by_number(number).and_then(|id| AnswerInstance::of_task(model, id));
                let task = task.ok_or_else(|| missing(format!("all of task {number}")))?;
                let title = format!("{} #{number}", name(&task));
                Ok((task, title))
            }
            PathChoice::Stretch { goroutine, range } => {
                let id = model.goroutine_by_number(goroutine);
                let id = id.ok_or_else(|| missing(format!("goroutine {goroutine}")))?;
                let instance = AnswerInstance::of_stretch(model, id, &on_clock(model, Some(range)));
                let title = match instance.of {
                    AnswerOf::Region(_) => name(&instance),
                    _ => format!("G {goroutine}"),
                };
                Ok((instance, title))
            }
        }
    }
}

/// The goroutines of a path from the outermost waiter inward, each where it comes first.
fn lanes(model: &TraceModel, path: &PathOfInstance) -> Vec<i64> {
    let mut found = vec![(0, path.instance.owner)];
    for segment in &path.segments {
        match found.iter().position(|(_, goroutine)| *goroutine == segment.goroutine) {
            Some(at) => found[at].0 = segment.depth.min(found[at].0),
            None if found.len() < MOST_LANES => found.push((segment.depth, segment.goroutine)),
            None => {}
        }
    }
    // Stable: of one depth in order of time.
    found.sort_by_key(|(depth, _)| *depth);
    found.into_iter().map(|(_, goroutine)| model.tables().goid(goroutine)).collect()
}

/// The innermost function of where a segment is, of the runtime only if there is no other; empty if nothing is known.
pub fn segment_function(model: &TraceModel, segment: &PathSegment) -> String {
    let tables = model.tables();
    let frames = tables.stack(segment.stack.stack);
    let inner = frames.len().saturating_sub(usize::from(segment.stack.frames));
    let mut functions = frames.iter().skip(inner).map(|&frame| tables.frame(frame).function);
    let innermost = functions.clone().next().unwrap_or_else(|| model.start_function(segment.goroutine));
    let is_own = |function: &StringId| !tables.string(*function).starts_with(b"runtime.");
    tables.string_lossy(functions.find(is_own).unwrap_or(innermost)).into_owned()
}

/// Where the instance's own goroutine waits during a segment, if it does.
pub fn waiter_function(model: &TraceModel, segment: &PathSegment) -> Option<String> {
    (segment.waiter != StackId::NONE).then(|| super::blame_sentence::user_function(model, segment.waiter))
}
