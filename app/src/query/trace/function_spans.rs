//! The spans of goroutines that have a function on their stack: where in the lanes it is found.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::model::{Span, TraceModel};
use goscope_parsers::trace::{GoId, StackId, StringId, Time};

use super::selection::TimeRange;
use super::subject::on_clock;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// Spans that are listed.
const LISTED: usize = 12;

/// Asks for the spans with a function on their stack.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FunctionSpansQuery {
    /// Its full name.
    pub function: String,
    /// When; `None` for the whole trace.
    pub range: Option<TimeRange>,
}

/// The spans with a function on their stack: of what waits, the stack it waits in; of what runs, those of CPU samples.
#[derive(Clone, Debug, Default)]
pub struct FunctionSpans {
    /// The longest, longest first.
    pub longest: Vec<Span>,
    /// How long all of them take together, in ns.
    pub nanos: u128,
    /// All of them, in order of goroutine and time.
    marks: Vec<(GoId, Time, Time)>,
}

impl FunctionSpans {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.marks.len()
    }

    /// Whether one of them lies in a range of time of a goroutine, at least in part.
    pub fn is_in(&self, goroutine: GoId, range: &Range<Time>) -> bool {
        let at = self.marks.partition_point(|&(id, _, end)| (id, end) <= (goroutine, range.start));
        self.marks.get(at).is_some_and(|&(id, start, _)| id == goroutine && start < range.end)
    }
}

impl Question for FunctionSpansQuery {
    type Answer = FunctionSpans;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<FunctionSpans, QuestionError> {
        let model = documents.model()?;
        let range = on_clock(model, self.range);
        let mut stacks =
            Stacks { model, function: &self.function, names: HashMap::new(), known: HashMap::new() };
        // Of what is runnable, the stack is that of whoever made it so.
        let holds: Vec<bool> = model
            .causes()
            .iter()
            .map(|cause| cause.state != SpanState::Runnable && stacks.hold(cause.stack))
            .collect();
        let mut spans: Vec<Span> = Vec::new();
        if holds.contains(&true) {
            for id in model.goroutine_ids() {
                spans.extend(model.spans_in(id, range.clone()).filter(|span| holds[span.cause.index()]));
            }
        }
        for sample in model.samples().iter().filter(|sample| range.contains(&sample.time)) {
            if stacks.hold(sample.stack) {
                spans.extend(model.span_at(sample.goroutine, sample.time));
            }
        }
        spans.sort_unstable_by_key(|span| (span.goroutine, span.start));
        spans.dedup_by_key(|span| span.id);
        let marks = spans.iter().map(|span| (span.goroutine, span.start, span.end)).collect();
        let nanos = spans.iter().map(|span| u128::from(span.nanos_in(&range))).sum();
        spans.sort_by_key(|span| Reverse(span.duration_nanos()));
        spans.truncate(LISTED);
        Ok(FunctionSpans { longest: spans, nanos, marks })
    }
}

/// Which stacks hold the function, each found out once.
struct Stacks<'a> {
    model: &'a TraceModel,
    function: &'a str,
    names: HashMap<StringId, bool>,
    known: HashMap<StackId, bool>,
}

impl Stacks<'_> {
    fn hold(&mut self, stack: StackId) -> bool {
        if let Some(&known) = self.known.get(&stack) {
            return known;
        }
        let (model, function) = (self.model, self.function);
        let tables = model.tables();
        let names = &mut self.names;
        let mut is_it =
            |name: StringId| *names.entry(name).or_insert_with(|| tables.string_lossy(name) == function);
        let holds = tables.stack(stack).iter().any(|&frame| is_it(tables.frame(frame).function));
        self.known.insert(stack, holds);
        holds
    }
}
