//! The four golden signals of tasks, regions, requests or goroutines: latency, traffic, errors, saturation.
//!
//! The names are those of the book *Site Reliability Engineering* (Beyer et al., 2016, chapter 6). Errors are what the
//! program logs as such with `trace.Log`: a trace has no other. Waits that a deadline ended are only
//! suspected.

use std::cmp::Reverse;
use std::ops::Range;

use goscope_parsers::trace::{GoId, StringId, TaskId, Time};
use regex::bytes::Regex;
use rustc_hash::{FxHashMap, FxHashSet};

use super::facts::Facts;
use super::instances::{AnswerInstance, AnswerOf, answer_instances};
use super::population::Population;
use super::scheduler::{Scheduler, scheduler_with};
use crate::histogram::DurationHistogram;
use crate::trace::model::TraceModel;
use crate::trace::rows::LogRow;
use crate::trace::words::cause::SpanState;

/// Into so many parts a range is divided to show how traffic went.
pub const PARTS: usize = 10;

/// Categories of logs that are errors, where nobody says it otherwise.
pub const ERROR_CATEGORY: &str = "(?i)^(err|error|fatal|panic)";

/// Ancestors of a task that are looked at.
const MOST_ANCESTORS: usize = 1 << 10;

/// Asks for the four signals.
#[derive(Clone, Debug)]
pub struct SignalsQuestion {
    /// The instances.
    pub population: Population,
    /// The time that they must overlap; `None` for the whole trace.
    pub range: Option<Range<Time>>,
    /// Which logs are errors.
    pub errors: ErrorRule,
}

/// Which logs are errors.
#[derive(Clone, Debug)]
pub enum ErrorRule {
    /// Those whose category fits.
    Category(Regex),
    /// Those whose category and message, with a space between them, fit.
    Text(Regex),
}

impl ErrorRule {
    fn is_error(&self, model: &TraceModel, log: &LogRow) -> bool {
        let (category, message) = (model.tables().string(log.category), model.tables().string(log.message));
        match self {
            Self::Category(pattern) => pattern.is_match(category),
            Self::Text(pattern) => pattern.is_match(&[category, b" ", message].concat()),
        }
    }
}

/// Errors with the same words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorText {
    /// The category of the logs.
    pub category: StringId,
    /// Their message.
    pub message: StringId,
    /// How many.
    pub count: u64,
}

/// The errors of instances.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Errors {
    /// How many were logged.
    pub count: u64,
    /// Instances with one.
    pub instances: u64,
    /// By words, most first.
    pub by: Vec<ErrorText>,
    /// Instances in which a wait was ended by the deadline of a context, whether they log it or not.
    pub suspected: u64,
}

/// The signals of all instances of a name.
#[derive(Clone, Debug, Default)]
pub struct SignalRow {
    /// The name: task type, region, endpoint or function; none for all of them.
    pub name: StringId,
    /// How long they take.
    pub latency: DurationHistogram,
    /// Their errors.
    pub errors: Errors,
    /// How many begin in each tenth of the range.
    pub begins: [u64; PARTS],
}

impl SignalRow {
    /// How many there are.
    pub fn count(&self) -> u64 {
        self.latency.count()
    }
}

/// The four signals.
#[derive(Clone, Debug, Default)]
pub struct Signals {
    /// The range, in nanoseconds.
    pub nanos: u64,
    /// All instances.
    pub all: SignalRow,
    /// By name, most first.
    pub rows: Vec<SignalRow>,
    /// Instances whose begin or end the trace does not have.
    pub incomplete: u64,
    /// How full the machine was.
    pub saturation: Scheduler,
}

impl Signals {
    /// How many there are a second.
    pub fn per_second(&self, count: u64) -> f64 {
        count as f64 * 1e9 / self.nanos.max(1) as f64
    }
}

/// The four signals of instances.
pub fn signals(model: &TraceModel, question: &SignalsQuestion) -> Signals {
    let facts = Facts::new(model);
    let found = answer_instances(model, &question.population, question.range.as_ref());
    let range = question.range.clone().unwrap_or_else(|| model.range());
    let saturation = scheduler_with(&facts, question.range.as_ref());
    let errors = errors_by_instance(model, &found.complete, &question.errors);
    let deadlines = Deadlines::new(model);
    let mut all = Sums::default();
    let mut rows: FxHashMap<StringId, Sums> = FxHashMap::default();
    for (at, it) in found.complete.iter().enumerate() {
        let logs = errors.get(&at).map(Vec::as_slice).unwrap_or_default();
        let is_suspected = deadlines.ended_a_wait(it);
        let tenth = tenth_of(&range, it.begin);
        for sums in [&mut all, rows.entry(it.name).or_default()] {
            sums.add(it, logs, is_suspected, tenth);
        }
    }
    let mut rows: Vec<SignalRow> = rows.into_iter().map(|(name, sums)| sums.row(name)).collect();
    rows.sort_by_key(|row| (Reverse(row.count()), row.name));
    Signals {
        nanos: saturation.nanos,
        all: all.row(StringId::NONE),
        rows,
        incomplete: found.incomplete,
        saturation,
    }
}

/// In which part of a range a moment lies; `None` outside of it.
fn tenth_of(range: &Range<Time>, time: Time) -> Option<usize> {
    if !range.contains(&time) {
        return None;
    }
    let (nanos, whole) =
        (u128::from(time.abs_diff(range.start)), u128::from(range.end.abs_diff(range.start)));
    usize::try_from(nanos * PARTS as u128 / whole.max(1)).ok()
}

#[derive(Default)]
struct Sums {
    latency: DurationHistogram,
    errors: Errors,
    by: FxHashMap<(StringId, StringId), u64>,
    begins: [u64; PARTS],
}

impl Sums {
    fn add(&mut self, it: &AnswerInstance, logs: &[&LogRow], is_suspected: bool, tenth: Option<usize>) {
        self.latency.record(it.nanos());
        self.errors.count += logs.len() as u64;
        self.errors.instances += u64::from(!logs.is_empty());
        self.errors.suspected += u64::from(is_suspected);
        for log in logs {
            *self.by.entry((log.category, log.message)).or_default() += 1;
        }
        if let Some(tenth) = tenth {
            self.begins[tenth] += 1;
        }
    }

    fn row(self, name: StringId) -> SignalRow {
        let by = self.by.into_iter();
        let mut by: Vec<ErrorText> =
            by.map(|((category, message), count)| ErrorText { category, message, count }).collect();
        by.sort_by_key(|text| (Reverse(text.count), text.category, text.message));
        let Self { latency, errors, begins, .. } = self;
        SignalRow { name, latency, errors: Errors { by, ..errors }, begins }
    }
}

/// The errors that were logged in each instance, by its place: in its task, or by its goroutine while it lasts.
fn errors_by_instance<'m>(
    model: &'m TraceModel,
    instances: &[AnswerInstance],
    rule: &ErrorRule,
) -> FxHashMap<usize, Vec<&'m LogRow>> {
    let mut tasks: FxHashMap<TaskId, usize> = FxHashMap::default();
    let mut on: FxHashMap<GoId, Vec<usize>> = FxHashMap::default();
    for (at, it) in instances.iter().enumerate() {
        if let AnswerOf::Task(task) = it.of {
            tasks.insert(task, at);
        }
        on.entry(it.owner).or_default().push(at);
    }
    let mut found: FxHashMap<usize, Vec<&LogRow>> = FxHashMap::default();
    for log in model.logs().iter().filter(|log| rule.is_error(model, log)) {
        let of_task = task_with(model, &tasks, log.task);
        let around = || {
            // The innermost that lasts: the latest to begin.
            let own = on.get(&log.goroutine)?.iter().rev();
            own.copied().find(|&at| instances[at].begin <= log.time && log.time < instances[at].end)
        };
        if let Some(at) = of_task.or_else(around) {
            found.entry(at).or_default().push(log);
        }
    }
    found
}

/// The instance that is a task or the nearest of its ancestors.
fn task_with(model: &TraceModel, tasks: &FxHashMap<TaskId, usize>, mut task: TaskId) -> Option<usize> {
    for _ in 0..MOST_ANCESTORS {
        if task.is_none() || task == TaskId::BACKGROUND {
            return None;
        }
        if let Some(&at) = tasks.get(&task) {
            return Some(at);
        }
        task = model.task(task)?.parent;
    }
    None
}

/// Finds waits that the deadline of a context ended.
struct Deadlines<'m> {
    model: &'m TraceModel,
    /// Causes of becoming runnable where a context is cancelled.
    causes: FxHashSet<u32>,
}

impl<'m> Deadlines<'m> {
    fn new(model: &'m TraceModel) -> Self {
        let tables = model.tables();
        let cancels = |name: &[u8]| name.starts_with(b"context.(*") && name.ends_with(b"Ctx).cancel");
        let rows = model.causes().iter().zip(0_u32..);
        let causes = rows.filter(|(cause, _)| cause.state == SpanState::Runnable).filter(|(cause, _)| {
            let mut frames = tables.stack(cause.stack).iter();
            frames.any(|frame| cancels(tables.string(tables.frame(*frame).function)))
        });
        Self { model, causes: causes.map(|(_, id)| id).collect() }
    }

    fn ended_a_wait(&self, it: &AnswerInstance) -> bool {
        if self.causes.is_empty() {
            return false;
        }
        let spans = self.model.spans_in(it.owner, it.range());
        spans.filter(|span| self.causes.contains(&span.cause.0)).any(|span| self.is_deadline(span.waker))
    }

    /// Whether a goroutine is one that a deadline started. Cancelling what is done with is no error.
    fn is_deadline(&self, waker: GoId) -> bool {
        let name = self.model.tables().string(self.model.start_function(waker));
        waker.is_some() && name.starts_with(b"context.WithDeadline")
    }
}
