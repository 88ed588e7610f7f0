//! Traces written as text: lines become events, which become a model as those of a file do.
//!
//! ```text
//! G1 main.serve: 0 runnable, 5 running P0, 12 waiting "sync" @ mu.Lock<main.f, 40 runnable by G2, 41 running P1, 60 end
//! G2 main.main: 0 was waiting, 20 runnable          there before the trace; what made it runnable was no goroutine
//! task 7 "checkout" G1: 3..50 parent 2              also `3..` and `..50`
//! region "search" G1 task 7: 5..20                  also `5..` and `..20`; without a task in the background task
//! log G1 task 7: 12 "category" "message"
//! sample G1 P0: 6 @ main.g<main.serve
//! stw "GC mark termination" G1: 10..12
//! gc: 10..30
//! assist G1 P0: 12..14                              on a P: utilization counts what it takes of it
//! procs: 0 4                                        GOMAXPROCS from 0 on; also `heap G1:` and `goal:`, in bytes
//! end: 100                                          the last event
//! ```
//!
//! Times are nanoseconds, stacks innermost function first. A goroutine that blocks or makes a system call does so where
//! `@` says; one that becomes runnable `by G2 @ main.unlock` because of G2, which is there. What waits or is in a system
//! call keeps the P it had until something else says so. Events of equal time are in the order of their lines.

use goscope_parsers::trace::{
    Event, EventKind, GoId, GoState, Metric, ProcId, ProcState, Range as TraceRange, StackId, StringId,
    Tables, TablesBuilder, TaskId, ThreadId, Time, TraceVersion,
};

use crate::trace::model::TraceModel;
use crate::trace::store::build::{Builder, Reading};

/// The events of a trace that was written as text, and what their ids stand for.
#[derive(Debug)]
pub struct TraceText {
    /// In order of time.
    pub events: Vec<Event>,
    /// The tables.
    pub tables: Tables,
}

impl TraceText {
    /// The model, with blocks of so many spans.
    pub fn model(self, block_spans: usize) -> TraceModel {
        let mut builder = Builder::with_block_spans(block_spans);
        builder.chunk(&self.events, &self.tables);
        let (version, tables) = (TraceVersion::NEWEST, self.tables);
        TraceModel::new(builder.finish(Reading { version, tables, problems: Vec::new(), lost_share: 0.0 }))
    }
}

/// The model of a trace that is written as text.
///
/// # Panics
/// The text is not as described above: the test is wrong.
pub fn trace(text: &str) -> TraceModel {
    trace_text(text).model(1 << 10)
}

/// The events of a trace that is written as text.
///
/// # Panics
/// The text is not as described above: the test is wrong.
pub fn trace_text(text: &str) -> TraceText {
    let mut fixture = Fixture { tables: TablesBuilder::default(), events: Vec::new() };
    // The background task has a fixed id.
    fixture.tables.task(0);
    text.lines().map(str::trim).filter(|line| !line.is_empty()).for_each(|line| fixture.line(line));
    fixture.events.sort_by_key(|event| event.time);
    TraceText { events: fixture.events, tables: fixture.tables.finish() }
}

struct Fixture {
    tables: TablesBuilder,
    events: Vec<Event>,
}

/// Where an event comes from.
#[derive(Clone, Copy, Default)]
struct Context {
    proc: ProcId,
    thread: ThreadId,
    goroutine: GoId,
    stack: StackId,
}

impl Fixture {
    fn line(&mut self, line: &str) {
        let (head, rest) = line.split_once(':').expect("a colon after what the line is about");
        let (word, about) = head.split_once(' ').unwrap_or((head, ""));
        let rest = rest.trim();
        match word {
            "task" => self.task(about, rest),
            "region" => self.region(about, rest),
            "log" => self.log(about, rest),
            "sample" => self.sample(about, rest),
            "stw" | "gc" | "assist" => self.range((word, about), rest),
            "procs" => self.metric(Metric::GoMaxProcs, about, rest),
            "heap" => self.metric(Metric::HeapAlloc, about, rest),
            "goal" => self.metric(Metric::HeapGoal, about, rest),
            "end" => {
                let kind = self.nothing();
                self.push(number(rest) as Time, Context::default(), kind);
            }
            // A function may have colons in its name.
            _ => {
                let (head, rest) = line.split_once(": ").expect("a colon and steps");
                let (number, function) = head.split_once(' ').unwrap_or((head, ""));
                self.goroutine(number, function, rest);
            }
        }
    }

    fn push(&mut self, time: Time, context: Context, kind: EventKind) {
        let Context { proc, thread, goroutine, stack } = context;
        self.events.push(Event { time, thread, proc, goroutine, stack, kind });
    }

    /// An event that changes nothing.
    fn nothing(&mut self) -> EventKind {
        EventKind::ProcTransition { proc: self.tables.proc(0), from: ProcState::Idle, to: ProcState::Idle }
    }

    fn goroutine(&mut self, name: &str, function: &str, steps: &str) {
        let id = self.named_goroutine(name);
        let start = if function.is_empty() { StackId::NONE } else { self.tables.stack(&[function]) };
        let (mut state, mut on) = (GoState::NotExist, Context::default());
        for step in steps.split(", ") {
            let (time, step) = step.split_once(' ').expect("a time and a state");
            let (step, stack) = step.split_once(" @ ").map_or((step, None), |(step, at)| (step, Some(at)));
            let stack = stack.map_or(StackId::NONE, |at| self.stack(at));
            let (was, step) = step.strip_prefix("was ").map_or((false, step), |step| (true, step));
            let mut words = step.splitn(2, ' ');
            let to = words.next().expect("a state");
            let more = words.next().unwrap_or("");
            let from = if was { GoState::Undetermined } else { state };
            state = state_of(to);
            let mut reason = StringId::NONE;
            let mut context = Context { goroutine: id, stack, ..on };
            match state {
                GoState::Running => {
                    on = self.on_proc(more.strip_prefix('P').map_or(0, number));
                    context = Context { stack: StackId::NONE, ..on };
                }
                GoState::Runnable if more.starts_with("by ") => {
                    context =
                        Context { goroutine: self.named_goroutine(&more[3..]), stack, ..Context::default() };
                }
                GoState::Runnable if from != GoState::Running => {
                    context = Context { stack, ..Context::default() };
                }
                _ => reason = self.tables.string(more.trim_matches('"')),
            }
            let is_first = matches!(from, GoState::NotExist | GoState::Undetermined);
            let own = match (is_first, context.goroutine == id) {
                (true, _) => start,
                (false, true) => stack,
                (false, false) => StackId::NONE,
            };
            let kind = EventKind::GoTransition { goroutine: id, from, to: state, reason, stack: own };
            self.push(number(time) as Time, context, kind);
        }
    }

    fn on_proc(&mut self, number: u64) -> Context {
        let (proc, thread) = (self.tables.proc(number), self.tables.thread(number + 1));
        Context { proc, thread, ..Context::default() }
    }

    fn task(&mut self, about: &str, rest: &str) {
        let (number_text, about) = about.split_once(' ').expect("a number and a name");
        let (name, about) = quoted(about);
        let name = self.tables.string(name);
        let (times, parent) = rest.split_once(" parent ").unwrap_or((rest, ""));
        let parent = if parent.is_empty() { TaskId::NONE } else { self.tables.task(number(parent)) };
        let task = self.tables.task(number(number_text));
        let context = self.context(about);
        let (begin, end) = times_of(times);
        if let Some(begin) = begin {
            self.push(begin, context, EventKind::TaskBegin { task, parent, name });
        }
        if let Some(end) = end {
            self.push(end, context, EventKind::TaskEnd { task, parent, name });
        }
    }

    fn region(&mut self, about: &str, rest: &str) {
        let (name, about) = quoted(about);
        let name = self.tables.string(name);
        let task = self.task_in(about);
        let context = self.context(about);
        let (begin, end) = times_of(rest);
        if let Some(begin) = begin {
            self.push(begin, context, EventKind::RegionBegin { task, name });
        }
        if let Some(end) = end {
            self.push(end, context, EventKind::RegionEnd { task, name });
        }
    }

    fn log(&mut self, about: &str, rest: &str) {
        let task = self.task_in(about);
        let context = self.context(about);
        let (time, texts) = rest.split_once(' ').expect("a time and two texts");
        let (category, texts) = quoted(texts);
        let (message, _) = quoted(texts.trim());
        let (category, message) = (self.tables.string(category), self.tables.string(message));
        self.push(number(time) as Time, context, EventKind::Log { task, category, message });
    }

    fn sample(&mut self, about: &str, rest: &str) {
        let (time, at) = rest.split_once(" @ ").expect("a time and a stack");
        let stack = self.stack(at);
        let context = Context { stack, ..self.context(about) };
        self.push(number(time) as Time, context, EventKind::StackSample);
    }

    fn range(&mut self, (word, about): (&str, &str), rest: &str) {
        let (text, about) = if about.starts_with('"') { quoted(about) } else { ("", about) };
        let context = self.context(about);
        let goroutine = context.goroutine;
        let range = match word {
            "gc" => TraceRange::GcMark,
            "assist" => TraceRange::MarkAssist { goroutine },
            _ => TraceRange::StopTheWorld { goroutine, kind: self.tables.string(text) },
        };
        let (begin, end) = times_of(rest);
        if let Some(begin) = begin {
            self.push(begin, context, EventKind::RangeBegin(range));
        }
        if let Some(end) = end {
            self.push(end, context, EventKind::RangeEnd(range));
        }
    }

    fn metric(&mut self, metric: Metric, about: &str, rest: &str) {
        let context = self.context(about);
        let (time, value) = rest.split_once(' ').expect("a time and a value");
        let kind = EventKind::Metric { metric, value: number(value) };
        self.push(number(time) as Time, context, kind);
    }

    /// The goroutine and the P among the words of a head.
    fn context(&mut self, about: &str) -> Context {
        let mut context = Context::default();
        for word in about.split_whitespace() {
            if word.starts_with('G') {
                context.goroutine = self.named_goroutine(word);
            } else if let Some(proc) = word.strip_prefix('P') {
                let on = self.on_proc(number(proc));
                (context.proc, context.thread) = (on.proc, on.thread);
            }
        }
        context
    }

    fn task_in(&mut self, about: &str) -> TaskId {
        let number_of = about.split_once("task ").map_or(0, |(_, task)| number(task));
        self.tables.task(number_of)
    }

    fn named_goroutine(&mut self, name: &str) -> GoId {
        self.tables.goroutine(number(name.trim().strip_prefix('G').expect("a goroutine is G and its number")))
    }

    /// `leaf<caller<outermost`
    fn stack(&mut self, text: &str) -> StackId {
        let functions: Vec<&str> = text.split('<').map(str::trim).collect();
        self.tables.stack(&functions)
    }
}

fn number(text: &str) -> u64 {
    text.trim().parse().unwrap_or_else(|_| panic!("{text:?} is no number"))
}

fn state_of(word: &str) -> GoState {
    match word {
        "runnable" => GoState::Runnable,
        "running" => GoState::Running,
        "waiting" => GoState::Waiting,
        "syscall" => GoState::Syscall,
        "end" => GoState::NotExist,
        _ => panic!("{word:?} is no state"),
    }
}

/// A text in quotes, and what comes after it.
fn quoted(text: &str) -> (&str, &str) {
    let text = text.strip_prefix('"').expect("a text in quotes");
    text.split_once('"').expect("a text in quotes")
}

/// `5..20`, `5..`, `..20`
fn times_of(text: &str) -> (Option<Time>, Option<Time>) {
    let (begin, end) = text.split_once("..").expect("from..to");
    let time = |text: &str| (!text.trim().is_empty()).then(|| number(text) as Time);
    (time(begin), time(end))
}
