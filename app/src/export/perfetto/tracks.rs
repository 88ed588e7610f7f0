//! Numbers and names of tracks, and what all of them need.

use std::collections::HashMap;

use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::interop::{PerfettoWriter, TrackId};
use goscope_parsers::trace::{GoId, StackId, Time};

/// The process; traces do not say which one it was.
pub(super) const PID: u64 = 1;

/// What a track is of; the number of the one thing is added.
#[derive(Clone, Copy)]
pub(super) enum TrackOf {
    Counter = 1,
    Pauses,
    AllProcs,
    Proc,
    AllTasks,
    Task,
    Function,
    Goroutine,
    Regions,
    Thread,
}

/// The track of the process.
pub(super) const PROCESS: TrackId = TrackId(1);

impl TrackOf {
    pub(super) const fn number(self, id: u32) -> TrackId {
        TrackId((self as u64) << 32 | id as u64)
    }
}

/// A trace on its way out.
pub(super) struct Export<'m, 'w> {
    pub(super) model: &'m TraceModel,
    pub(super) writer: PerfettoWriter<'w>,
    stacks: HashMap<StackId, String>,
}

impl<'m, 'w> Export<'m, 'w> {
    pub(super) fn new(model: &'m TraceModel, writer: PerfettoWriter<'w>) -> Self {
        Self { model, writer, stacks: HashMap::new() }
    }

    /// Nanoseconds since the first event.
    pub(super) fn nanos(&self, time: Time) -> u64 {
        time.saturating_sub(self.model.range().start).max(0).cast_unsigned()
    }

    /// `G7 main.work`
    pub(super) fn goroutine_name(&self, goroutine: GoId) -> String {
        let tables = self.model.tables();
        let function = tables.string_lossy(self.model.start_function(goroutine));
        format!("G{} {function}", tables.goid(goroutine)).trim_end().to_owned()
    }

    /// A stack as text, a frame a line, innermost first. Made once.
    pub(super) fn make_stack_text(&mut self, stack: StackId) {
        if stack != StackId::NONE && !self.stacks.contains_key(&stack) {
            let tables = self.model.tables();
            let line = |&frame: &_| {
                let frame = tables.frame(frame);
                let (function, file) = (tables.string_lossy(frame.function), tables.string_lossy(frame.file));
                format!("{function} {file}:{}", frame.line)
            };
            let lines: Vec<String> = tables.stack(stack).iter().map(line).collect();
            self.stacks.insert(stack, lines.join("\n"));
        }
    }

    /// The text of a stack that was made; empty if there is none.
    pub(super) fn writer_and_stack(&mut self, stack: StackId) -> (&mut PerfettoWriter<'w>, &str) {
        (&mut self.writer, self.stacks.get(&stack).map_or("", String::as_str))
    }
}

/// The stack as what the viewer lists, if there is one.
pub(super) fn stack_fact(stack: &str) -> Vec<(&'static str, &str)> {
    if stack.is_empty() { Vec::new() } else { vec![("stack", stack)] }
}
