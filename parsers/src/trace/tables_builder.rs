//! Tables made piece by piece, for traces that tests write down as text.

use rustc_hash::FxHashMap;

use super::event::{GoId, ProcId, StackId, StringId, TaskId, ThreadId};
use super::tables::{Frame, Tables};

/// Adds what is not there yet, and gives ids.
#[derive(Debug, Default)]
pub struct TablesBuilder {
    tables: Tables,
    goroutines: FxHashMap<u64, GoId>,
}

impl TablesBuilder {
    /// A string.
    pub fn string(&mut self, text: &str) -> StringId {
        self.tables.add_string(text.as_bytes())
    }

    /// A stack of these functions, innermost first; each has one address and one line.
    pub fn stack(&mut self, functions: &[&str]) -> StackId {
        let mut frames = Vec::new();
        for name in functions {
            let function = self.string(name);
            let file = self.string("main.go");
            let (pc, line) = (u64::from(function.0) << 4, u64::from(function.0));
            frames.push(self.tables.add_frame(Frame { pc, function, file, line }));
        }
        self.tables.add_stack(&frames)
    }

    /// A goroutine, by its number.
    pub fn goroutine(&mut self, goid: u64) -> GoId {
        let tables = &mut self.tables;
        *self.goroutines.entry(goid).or_insert_with(|| tables.add_goroutine(goid))
    }

    /// A P, by its number.
    pub fn proc(&mut self, number: u64) -> ProcId {
        self.tables.proc_id(number)
    }

    /// A thread, by its number.
    pub fn thread(&mut self, number: u64) -> ThreadId {
        self.tables.thread_id(number)
    }

    /// A task, by its number.
    pub fn task(&mut self, number: u64) -> TaskId {
        self.tables.task_id(number)
    }

    /// The tables with all of this.
    pub fn finish(self) -> Tables {
        self.tables
    }
}
