//! From the ids that a piece gave to goroutines, Ps, stacks and all else to those of the whole trace.
//!
//! A piece counts from 1 in the order of first appearance, as the trace does; so ids of the trace that are given in
//! the order of a piece's own are those that it would have got without pieces.

use super::event::{Event, EventKind, FrameId, GoId, ProcId, Range, StackId, StringId, TaskId, ThreadId};
use super::tables::{Frame, Tables};

/// Ids of the trace by ids of a piece.
#[derive(Debug, Default)]
pub struct PieceIds {
    pub(super) goroutines: Vec<GoId>,
    pub(super) procs: Vec<ProcId>,
    pub(super) threads: Vec<ThreadId>,
    pub(super) tasks: Vec<TaskId>,
    pub(super) strings: Vec<StringId>,
    pub(super) stacks: Vec<StackId>,
}

macro_rules! look_ups {
    ($($(#[$doc:meta])* $name:ident: $id:ident in $column:ident),* $(,)?) => { $(
        $(#[$doc])*
        #[inline]
        pub fn $name(&self, id: $id) -> $id {
            self.$column.get(id.index()).copied().unwrap_or_default()
        }
    )* };
}

impl PieceIds {
    look_ups! {
        /// The goroutine.
        goroutine: GoId in goroutines,
        /// The P.
        proc: ProcId in procs,
        /// The thread.
        thread: ThreadId in threads,
        /// The task.
        task: TaskId in tasks,
        /// The string.
        string: StringId in strings,
        /// The stack.
        stack: StackId in stacks,
    }

    /// How many goroutines the piece knows, "none" included.
    pub fn goroutine_count(&self) -> usize {
        self.goroutines.len()
    }

    /// Gives all that is in the tables of a piece ids of the trace, but for goroutines, which have a past.
    pub(super) fn of_tables(local: &Tables, tables: &mut Tables) -> Self {
        let strings: Vec<StringId> = rows(local.string_count())
            .map(|id| if id == 0 { StringId::NONE } else { tables.add_string(local.string(StringId(id))) })
            .collect();
        let string = |id: StringId| strings.get(id.index()).copied().unwrap_or_default();
        let frames: Vec<FrameId> = rows(local.frame_count())
            .map(|id| {
                let Frame { pc, function, file, line } = local.frame(FrameId(id));
                if id == 0 {
                    return FrameId::NONE;
                }
                tables.add_frame(Frame { pc, function: string(function), file: string(file), line })
            })
            .collect();
        let mut stack = Vec::new();
        let stacks = rows(local.stack_count())
            .map(|id| {
                if id == 0 {
                    return StackId::NONE;
                }
                stack.clear();
                stack.extend(local.stack(StackId(id)).iter().map(|frame| frames[frame.index()]));
                tables.add_stack(&stack)
            })
            .collect();
        let threads = rows(local.thread_count())
            .map(|id| tables.thread_id(local.thread_number(ThreadId(id)) as u64))
            .collect();
        let procs =
            rows(local.proc_count()).map(|id| tables.proc_id(local.proc_number(ProcId(id)) as u64)).collect();
        let tasks =
            rows(local.task_count()).map(|id| tables.task_id(local.task_number(TaskId(id)))).collect();
        Self { goroutines: Vec::new(), procs, threads, tasks, strings, stacks }
    }

    /// An event of the piece with ids of the trace.
    pub fn event(&self, event: &Event) -> Event {
        Event {
            time: event.time,
            thread: self.thread(event.thread),
            proc: self.proc(event.proc),
            goroutine: self.goroutine(event.goroutine),
            stack: self.stack(event.stack),
            kind: self.kind(event.kind),
        }
    }

    fn kind(&self, kind: EventKind) -> EventKind {
        match kind {
            EventKind::Sync { .. }
            | EventKind::Metric { .. }
            | EventKind::StackSample
            | EventKind::Experimental { .. } => kind,
            EventKind::Label { label } => EventKind::Label { label: self.string(label) },
            EventKind::RangeBegin(range) => EventKind::RangeBegin(self.range(range)),
            EventKind::RangeActive(range) => EventKind::RangeActive(self.range(range)),
            EventKind::RangeEnd(range) => EventKind::RangeEnd(self.range(range)),
            EventKind::TaskBegin { task, parent, name } => EventKind::TaskBegin {
                task: self.task(task),
                parent: self.task(parent),
                name: self.string(name),
            },
            EventKind::TaskEnd { task, parent, name } => EventKind::TaskEnd {
                task: self.task(task),
                parent: self.task(parent),
                name: self.string(name),
            },
            EventKind::RegionBegin { task, name } => {
                EventKind::RegionBegin { task: self.task(task), name: self.string(name) }
            }
            EventKind::RegionEnd { task, name } => {
                EventKind::RegionEnd { task: self.task(task), name: self.string(name) }
            }
            EventKind::Log { task, category, message } => EventKind::Log {
                task: self.task(task),
                category: self.string(category),
                message: self.string(message),
            },
            EventKind::GoTransition { goroutine, from, to, reason, stack } => EventKind::GoTransition {
                goroutine: self.goroutine(goroutine),
                from,
                to,
                reason: self.string(reason),
                stack: self.stack(stack),
            },
            EventKind::ProcTransition { proc, from, to } => {
                EventKind::ProcTransition { proc: self.proc(proc), from, to }
            }
        }
    }

    fn range(&self, range: Range) -> Range {
        match range {
            Range::GcMark => Range::GcMark,
            Range::Sweep { proc, bytes } => Range::Sweep { proc: self.proc(proc), bytes },
            Range::MarkAssist { goroutine } => Range::MarkAssist { goroutine: self.goroutine(goroutine) },
            Range::StopTheWorld { goroutine, kind } => {
                Range::StopTheWorld { goroutine: self.goroutine(goroutine), kind: self.string(kind) }
            }
        }
    }
}

fn rows(count: usize) -> std::ops::Range<u32> {
    0..u32::try_from(count).unwrap_or(u32::MAX)
}
