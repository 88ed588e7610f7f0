//! What the model holds beside spans: one plain row each, in order of time.

use goscope_parsers::trace::{GoId, ProcId, ProcState, StackId, StringId, TaskId, ThreadId, Time};

/// A generation of the trace starts, or (in the last row) the trace ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncRow {
    /// When.
    pub time: Time,
    /// Whether something is missing before it, so that all states begin anew. Never set of the first.
    pub is_after_gap: bool,
}

/// A P changes its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcRow {
    /// When.
    pub time: Time,
    /// The P.
    pub proc: ProcId,
    /// The state before; [`ProcState::Undetermined`] for the first word about it.
    pub from: ProcState,
    /// The state after.
    pub to: ProcState,
    /// The thread that did it.
    pub thread: ThreadId,
}

/// From now on, a P is run by this thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BindingRow {
    /// When.
    pub time: Time,
    /// The P.
    pub proc: ProcId,
    /// The thread.
    pub thread: ThreadId,
}

/// What a special range of time is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum RangeKind {
    /// The concurrent mark phase of the GC; bound to nothing.
    GcMark,
    /// Sweeping on behalf of an allocation; bound to a P.
    Sweep,
    /// A goroutine helps the GC to mark; bound to the goroutine.
    MarkAssist,
    /// The world is stopped; bound to the goroutine that stopped it.
    StopTheWorld,
}

/// What an event says about a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum RangePhase {
    /// It starts.
    Begin,
    /// It was open already when its generation began.
    Active,
    /// It ends.
    End,
}

/// An event about a special range of time, as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangeEventRow {
    /// When.
    pub time: Time,
    /// Begin, active or end.
    pub phase: RangePhase,
    /// What for.
    pub kind: RangeKind,
    /// The id it is bound to: a [`ProcId`] for sweeps, a [`GoId`] for assists and STW pauses, else 0.
    pub scope: u32,
    /// Why the world is stopped ("GC mark termination"); none for the other kinds.
    pub reason: StringId,
    /// The goroutine that was running where the event came from.
    pub goroutine: GoId,
    /// The P where the event came from.
    pub proc: ProcId,
    /// Where in the code it began; often none.
    pub stack: StackId,
}

/// The result of a sweep, at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepRow {
    /// When it ended.
    pub time: Time,
    /// The P that swept.
    pub proc: ProcId,
    /// Bytes looked at.
    pub swept_bytes: u64,
    /// Bytes of them that are free now.
    pub reclaimed_bytes: u64,
}

/// A number that changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricRow {
    /// Since when.
    pub time: Time,
    /// Its value from now on.
    pub value: u64,
}

/// A running goroutine got a label; Go labels its GC workers, each time that they begin to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelRow {
    /// When.
    pub time: Time,
    /// The goroutine.
    pub goroutine: GoId,
    /// The P it runs on.
    pub proc: ProcId,
    /// The text, as "GC (dedicated)".
    pub label: StringId,
}

/// A sample of the CPU profiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleRow {
    /// When.
    pub time: Time,
    /// The goroutine, if any.
    pub goroutine: GoId,
    /// The P, if any.
    pub proc: ProcId,
    /// The thread, if it is known.
    pub thread: ThreadId,
    /// Where it was.
    pub stack: StackId,
}

/// A message of `trace.Log`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogRow {
    /// When.
    pub time: Time,
    /// Who.
    pub goroutine: GoId,
    /// The task it belongs to; [`TaskId::BACKGROUND`] if it belongs to none.
    pub task: TaskId,
    /// The category.
    pub category: StringId,
    /// The message.
    pub message: StringId,
    /// Where in the code.
    pub stack: StackId,
}

/// A time that may not be known, in eight bytes: there may be millions of tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaybeTime(Time);

impl MaybeTime {
    /// Not known.
    pub const NONE: Self = Self(Time::MIN);

    /// The time, if it is known.
    pub fn get(self) -> Option<Time> {
        (self != Self::NONE).then_some(self.0)
    }
}

impl Default for MaybeTime {
    fn default() -> Self {
        Self::NONE
    }
}

impl From<Time> for MaybeTime {
    fn from(time: Time) -> Self {
        Self(time)
    }
}

/// A user task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaskRow {
    /// Its type; none where [`has_name`](Self::has_name) says so, and for the empty text.
    pub name: StringId,
    /// The task it was created from; none for one without parent, in v1 traces also the background task.
    pub parent: TaskId,
    /// When it began; not known if that was before the trace.
    pub begin: MaybeTime,
    /// When it ended; not known if the trace ends before.
    pub end: MaybeTime,
    /// The goroutine that started it.
    pub begin_goroutine: GoId,
    /// The goroutine that ended it.
    pub end_goroutine: GoId,
    /// Where it was begun.
    pub begin_stack: StackId,
    /// Whether anything of it is in the trace: its begin or end, a region, a log, a child.
    pub is_seen: bool,
}

impl TaskRow {
    /// Whether its type is known, be it the empty text: it is what the begin says.
    pub fn has_name(&self) -> bool {
        self.begin.get().is_some()
    }
}

/// Which bounds of a region the trace has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegionBounds {
    /// Whether the trace has its start; if not, it starts with its goroutine.
    pub has_begin: bool,
    /// Whether the program ended it; if not it "ends" with its goroutine or the trace.
    pub has_end: bool,
}

/// A region of a goroutine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegionRow {
    /// When it began.
    pub begin: Time,
    /// When it ended.
    pub end: Time,
    /// The goroutine.
    pub goroutine: GoId,
    /// The task it belongs to; [`TaskId::BACKGROUND`] if it belongs to none.
    pub task: TaskId,
    /// Its type; none for an inherited one.
    pub name: StringId,
    /// Where it was begun.
    pub begin_stack: StackId,
    /// Where it was ended.
    pub end_stack: StackId,
    /// How many regions of the goroutine were open around it when it began, up to 255.
    pub depth: u8,
    /// Which of start and end the trace has.
    pub bounds: RegionBounds,
    /// A nameless one that a goroutine has for its whole life because its creator was in a region of this task.
    pub is_inherited: bool,
}
