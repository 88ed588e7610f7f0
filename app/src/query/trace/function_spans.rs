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

/// Spans that are kept to be marked in the lanes: of a function that is on most stacks these are the longest, and shorter
/// ones go without a mark. All of them would take more memory than the trace.
const MARKED: usize = 500_000;

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
    /// How many there are.
    pub count: usize,
    /// The longest of them, in order of goroutine and time.
    marks: Vec<(GoId, Time, Time)>,
}

impl FunctionSpans {
    /// Whether one of them lies in a range of time of a goroutine, at least in part.
    pub fn is_in(&self, goroutine: GoId, range: &Range<Time>) -> bool {
        let at = self.marks.partition_point(|&(id, _, end)| (id, end) <= (goroutine, range.start));
        self.marks.get(at).is_some_and(|&(id, start, _)| id == goroutine && start < range.end)
    }
}

/// The longest of many spans.
struct Longest {
    spans: Vec<Span>,
    range: Range<Time>,
    nanos: u128,
    count: usize,
}

impl Longest {
    fn add(&mut self, span: Span) {
        self.count += 1;
        self.nanos += u128::from(span.nanos_in(&self.range));
        self.spans.push(span);
        if self.spans.len() >= 2 * MARKED {
            self.keep_longest();
        }
    }

    fn keep_longest(&mut self) {
        if self.spans.len() > MARKED {
            let key = |span: &Span| (Reverse(span.duration_nanos()), span.id);
            self.spans.select_nth_unstable_by_key(MARKED, key);
            self.spans.truncate(MARKED);
        }
    }

    fn finish(mut self) -> FunctionSpans {
        self.keep_longest();
        self.spans.sort_unstable_by_key(|span| (span.goroutine, span.start));
        let marks = self.spans.iter().map(|span| (span.goroutine, span.start, span.end)).collect();
        self.spans.sort_by_key(|span| Reverse(span.duration_nanos()));
        self.spans.truncate(LISTED);
        FunctionSpans { longest: self.spans, nanos: self.nanos, count: self.count, marks }
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
        let mut found = Longest { spans: Vec::new(), range, nanos: 0, count: 0 };
        if holds.contains(&true) {
            for id in model.goroutine_ids() {
                let spans = model.spans_in(id, found.range.clone());
                spans.filter(|span| holds[span.cause.index()]).for_each(|span| found.add(span));
            }
        }
        let samples = model.samples().iter().filter(|sample| found.range.contains(&sample.time));
        let samples = samples.filter(|sample| stacks.hold(sample.stack));
        let mut running: Vec<Span> =
            samples.filter_map(|sample| model.span_at(sample.goroutine, sample.time)).collect();
        // Many samples are of one span, and some of one that is counted by its own stack.
        running.sort_unstable_by_key(|span| span.id);
        running.dedup_by_key(|span| span.id);
        running.into_iter().filter(|span| !holds[span.cause.index()]).for_each(|span| found.add(span));
        Ok(found.finish())
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
