//! One span, or one goroutine as a whole, with its surroundings: what it is, who unblocked it, where in the code.

use goscope_analysis::symbol::short_name;
use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::model::{Goroutine, Span, TraceModel};
use goscope_parsers::trace::{GoId, StackId, Time};

use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// Which: the number of a goroutine, and of a span when it began, in ns since the trace began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SpanQuery {
    /// The goroutine.
    pub goid: i64,
    /// The moment; `None` for the goroutine as a whole.
    pub start_nanos: Option<i64>,
}

/// Another span or goroutine that can be gone to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanRef {
    /// What it is called.
    pub title: String,
    /// The number of its goroutine.
    pub goid: i64,
    /// Start and end, in ns since the start of the trace.
    pub time: (i64, i64),
    /// The start function of its goroutine, which is the group of its lane.
    pub function: String,
}

/// The facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpanFacts {
    /// `G 412`.
    pub title: String,
    /// The start function of the goroutine.
    pub function: String,
    /// The state of the span and its reason; empty for a goroutine as a whole.
    pub state: String,
    /// Start and end of the span or the goroutine, in ns since the start of the trace.
    pub time: (i64, i64),
    /// The P it ran on.
    pub proc: Option<i64>,
    /// The stack of the event that started the span, or that created the goroutine: function, file and line.
    pub stack: Vec<StackLine>,
    /// The goroutine that unblocked it; for a goroutine as a whole, its creator.
    pub waker: Option<SpanRef>,
    /// The stack of that goroutine at that time.
    pub waker_stack: Vec<StackLine>,
    /// The spans before and after.
    pub neighbors: [Option<SpanRef>; 2],
    /// Time of the goroutine by state, in ns, with the number of spans.
    pub totals: Vec<(String, u64, u64)>,
}

/// A frame of a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackLine {
    /// The full name of the function.
    pub function: String,
    /// Its source file.
    pub file: String,
    /// The line.
    pub line: u64,
}

impl Question for SpanQuery {
    type Answer = SpanFacts;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<SpanFacts, QuestionError> {
        let model = documents.model()?;
        let found = model.goroutine_by_number(self.goid).and_then(|id| model.goroutine(id));
        let goroutine =
            found.ok_or_else(|| QuestionError::NotInTrace { what: format!("goroutine {}", self.goid) })?;
        Ok(span_facts(model, &goroutine, self))
    }
}

fn span_facts(model: &TraceModel, goroutine: &Goroutine, query: &SpanQuery) -> SpanFacts {
    let start = model.range().start;
    let span = query.start_nanos.and_then(|nanos| model.span_at(goroutine.id, start.saturating_add(nanos)));
    let mut facts = SpanFacts {
        title: format!("G {}", query.goid),
        function: model.tables().printable(model.start_function(goroutine.id)).into_owned(),
        totals: totals(model, goroutine.id),
        ..SpanFacts::default()
    };
    match span {
        Some(span) => add_span(model, &mut facts, &span),
        None => {
            let life = goroutine.life();
            facts.time = (life.start.saturating_sub(start), life.end.saturating_sub(start));
            facts.stack = stack_lines(model, goroutine.start_stack);
            facts.waker = model
                .span_at(goroutine.parent, life.start)
                .or_else(|| model.span_at(goroutine.parent, life.start.saturating_sub(1)))
                .map(|span| span_ref(model, &span));
        }
    }
    facts
}

fn add_span(model: &TraceModel, facts: &mut SpanFacts, span: &Span) {
    let tables = model.tables();
    let cause = model.cause(span.cause);
    facts.state = cause.text(tables);
    facts.time = since_start(model, span);
    let is_on_proc = span.state.is_executing() && span.proc.is_some();
    facts.proc = is_on_proc.then(|| tables.proc_number(span.proc));
    facts.stack = stack_lines(model, cause.stack);
    if let Some(woken) = woken_span(model, span) {
        facts.waker = waker_of(model, span).map(|waker| span_ref(model, &waker));
        facts.waker_stack = stack_lines(model, model.cause(woken.cause).stack);
    }
    let before = model.span_at(span.goroutine, span.start.saturating_sub(1));
    let before = before.filter(|before| before.id != span.id);
    facts.neighbors = [before, model.next_span(span)].map(|span| span.map(|span| span_ref(model, &span)));
}

/// The runnable span that another goroutine began: the span itself, or the one that ends its wait.
fn woken_span(model: &TraceModel, span: &Span) -> Option<Span> {
    let woken = if span.state == SpanState::Runnable { *span } else { model.next_span(span)? };
    woken.waker.is_some().then_some(woken)
}

/// What the goroutine that unblocked a span was at when it did.
pub fn waker_of(model: &TraceModel, span: &Span) -> Option<Span> {
    let woken = woken_span(model, span)?;
    // Just before the moment: at the moment itself the waker may have gone on to something else already.
    let before = model.span_at(woken.waker, woken.start.saturating_sub(1));
    before.or_else(|| model.span_at(woken.waker, woken.start))
}

fn since_start(model: &TraceModel, span: &Span) -> (i64, i64) {
    let since = |time: Time| time.saturating_sub(model.range().start);
    (since(span.start), since(span.end))
}

/// The name and place of another span.
fn span_ref(model: &TraceModel, span: &Span) -> SpanRef {
    let tables = model.tables();
    let function = tables.string_lossy(model.start_function(span.goroutine)).into_owned();
    let goid = tables.goid(span.goroutine);
    let title = format!("G {goid} {}", short_name(&function));
    SpanRef { title, goid, time: since_start(model, span), function }
}

fn stack_lines(model: &TraceModel, stack: StackId) -> Vec<StackLine> {
    let tables = model.tables();
    let frames = tables.stack(stack).iter().map(|&id| tables.frame(id));
    let line = |frame: goscope_parsers::trace::Frame| StackLine {
        function: tables.string_lossy(frame.function).into_owned(),
        file: tables.string_lossy(frame.file).into_owned(),
        line: frame.line,
    };
    frames.map(line).collect()
}

/// Time by state, the longest first.
fn totals(model: &TraceModel, id: GoId) -> Vec<(String, u64, u64)> {
    let mut by_state = [(0_u64, 0_u64); SpanState::COUNT];
    for span in model.spans(id) {
        let total = &mut by_state[span.state.index()];
        *total = (total.0 + span.duration_nanos(), total.1 + 1);
    }
    let rows = SpanState::ALL.into_iter().zip(by_state).filter(|(_, (_, count))| *count > 0);
    let mut rows: Vec<(String, u64, u64)> =
        rows.map(|(state, (nanos, count))| (state.name().to_owned(), nanos, count)).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.1));
    rows
}
