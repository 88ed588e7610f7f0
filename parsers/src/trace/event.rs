//! The event model: what every trace, old or new, is turned into.
//!
//! An [`Event`] is 40 bytes, holds no reference and is `Copy`: ids lead to the [`Tables`](super::Tables).
//!
//! ```text
//! Event   time  thread proc goroutine  stack   kind
//!         i64   u32    u32  u32        u32     16 bytes: tag, states, ids
//!               └── the context *before* the event ──┘
//! ```
//!
//! All ids count from 1 in the order of first appearance; 0 is "none" (the empty string, no stack, no P, …).
//! They are the same over the whole trace, whatever ids a generation of the file used, so they index arrays.

/// Nanoseconds on the trace's clock: the monotonic clock of the machine (v2), or since the first event (v1).
pub type Time = i64;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// The absence of one.
            pub const NONE: Self = Self(0);

            /// The row that this id names.
            #[inline]
            pub const fn index(self) -> usize {
                self.0 as usize
            }

            /// Whether this is the absence of one.
            #[inline]
            pub const fn is_none(self) -> bool {
                self.0 == 0
            }

            /// Whether there is one.
            #[inline]
            pub const fn is_some(self) -> bool {
                self.0 != 0
            }
        }
    )* };
}

ids! {
    /// A string; 0 is the empty string.
    StringId,
    /// A stack; equal stacks have equal ids. 0 is "no stack".
    StackId,
    /// A frame of a stack.
    FrameId,
    /// A goroutine. Its number (goid) is [`Tables::goid`](super::Tables::goid).
    GoId,
    /// A P. Its number is [`Tables::proc_number`](super::Tables::proc_number).
    ProcId,
    /// An operating system thread (M). Its number is [`Tables::thread_number`](super::Tables::thread_number).
    ThreadId,
    /// A user task. Its number is [`Tables::task_number`](super::Tables::task_number).
    TaskId,
    /// A generation of the file, see [`Tables::generations`](super::Tables::generations).
    GenerationId,
    /// Arguments that do not fit into an event, see [`Tables::wide_args`](super::Tables::wide_args).
    /// Valid until the next generation begins.
    WideArgsId,
}

impl TaskId {
    /// The background task (number 0): regions and logs outside any task.
    pub const BACKGROUND: Self = Self(1);
}

/// Something that happened, in the context it happened in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// When; strictly increasing over the trace (simultaneous events are set 1 ns apart, as Go does).
    pub time: Time,
    /// The thread that did it.
    pub thread: ThreadId,
    /// The P the thread had *before* the event.
    pub proc: ProcId,
    /// The goroutine that ran on the thread *before* the event.
    pub goroutine: GoId,
    /// Where the goroutine was (the stack of the context, not of a goroutine that changes state).
    pub stack: StackId,
    /// What happened.
    pub kind: EventKind,
}

/// What an event says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum EventKind {
    /// A generation begins (or, with [`GenerationId::NONE`], the trace ends).
    Sync {
        /// Counts from 1.
        n: u32,
        /// The generation whose events follow.
        generation: GenerationId,
    },
    /// A number that the runtime reports changed.
    Metric {
        /// Which.
        metric: Metric,
        /// Its value from now on.
        value: u64,
    },
    /// The running goroutine got a label; Go labels only its GC workers.
    Label {
        /// The text.
        label: StringId,
    },
    /// A sample of the CPU profiler; its context comes from the sample and may contradict the events around.
    StackSample,
    /// A range begins.
    RangeBegin(Range),
    /// A range was already open when tracing began, or (in later generations) still is.
    RangeActive(Range),
    /// A range ends.
    RangeEnd(Range),
    /// `trace.NewTask`.
    TaskBegin {
        /// The new task.
        task: TaskId,
        /// Its parent, if any.
        parent: TaskId,
        /// The task's type.
        name: StringId,
    },
    /// `Task.End`; parent and name are those of the begin, where that is in the trace.
    TaskEnd {
        /// The task that ends.
        task: TaskId,
        /// Its parent, if any.
        parent: TaskId,
        /// The task's type.
        name: StringId,
    },
    /// `trace.StartRegion`.
    RegionBegin {
        /// The task the region belongs to.
        task: TaskId,
        /// The region's type.
        name: StringId,
    },
    /// `Region.End`.
    RegionEnd {
        /// The task the region belongs to.
        task: TaskId,
        /// The region's type.
        name: StringId,
    },
    /// `trace.Log`.
    Log {
        /// The task the message belongs to.
        task: TaskId,
        /// The category.
        category: StringId,
        /// The message.
        message: StringId,
    },
    /// A goroutine changes its state. `from == to` for the reminders that later generations begin with.
    GoTransition {
        /// Whose state changes.
        goroutine: GoId,
        /// The state before.
        from: GoState,
        /// The state after.
        to: GoState,
        /// Why it stopped or blocked, in the runtime's words.
        reason: StringId,
        /// The stack of the goroutine that changes (of a new one: its entry function).
        stack: StackId,
    },
    /// A P changes its state.
    ProcTransition {
        /// Whose state changes.
        proc: ProcId,
        /// The state before.
        from: ProcState,
        /// The state after.
        to: ProcState,
    },
    /// An experimental event (`GODEBUG=traceallocfree=1`).
    Experimental {
        /// Which.
        event: Experimental,
        /// Its arguments, named by [`Experimental::arg_names`].
        args: WideArgsId,
    },
}

/// A number that the runtime reports whenever it changes, and again at the start of each generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Metric {
    /// GOMAXPROCS.
    GoMaxProcs,
    /// Bytes of heap in use.
    HeapAlloc,
    /// Bytes of heap at which the next GC ends; 0 while the GC is off (Go 1.22 and 1.23 may say > 1 PiB).
    HeapGoal,
}

impl Metric {
    /// The name in Go's `runtime/metrics`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GoMaxProcs => "/sched/gomaxprocs:threads",
            Self::HeapAlloc => "/memory/classes/heap/objects:bytes",
            Self::HeapGoal => "/gc/heap/goal:bytes",
        }
    }
}

/// A special range of time, and what it is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Range {
    /// The concurrent mark phase of the GC.
    GcMark,
    /// Sweeping done by a P on behalf of an allocation.
    Sweep {
        /// The P that sweeps.
        proc: ProcId,
        /// At the end: bytes swept, bytes reclaimed.
        bytes: WideArgsId,
    },
    /// A goroutine helps the GC to mark.
    MarkAssist {
        /// The goroutine.
        goroutine: GoId,
    },
    /// The world is stopped.
    StopTheWorld {
        /// The goroutine that stopped it.
        goroutine: GoId,
        /// What for.
        kind: StringId,
    },
}

/// The states of a goroutine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum GoState {
    /// Not known (before the first word about it).
    Undetermined,
    /// Not yet born, or dead.
    NotExist,
    /// Waits for a P.
    Runnable,
    /// Runs.
    Running,
    /// Blocked.
    Waiting,
    /// In a system call or C code.
    Syscall,
}

impl GoState {
    /// Go's name of the state.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Undetermined => "Undetermined",
            Self::NotExist => "NotExist",
            Self::Runnable => "Runnable",
            Self::Running => "Running",
            Self::Waiting => "Waiting",
            Self::Syscall => "Syscall",
        }
    }

    /// Whether the goroutine is bound to a thread in this state.
    pub const fn is_executing(self) -> bool {
        matches!(self, Self::Running | Self::Syscall)
    }
}

/// The states of a P.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ProcState {
    /// Not known (before the first word about it).
    Undetermined,
    /// Not yet there.
    NotExist,
    /// Bound to a thread.
    Running,
    /// Free.
    Idle,
}

impl ProcState {
    /// Go's name of the state.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Undetermined => "Undetermined",
            Self::NotExist => "NotExist",
            Self::Running => "Running",
            Self::Idle => "Idle",
        }
    }
}

/// The events of the AllocFree experiment (Go 1.23, `GODEBUG=traceallocfree=1`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Experimental {
    /// A heap span exists.
    Span,
    /// A heap span is allocated.
    SpanAlloc,
    /// A heap span is freed.
    SpanFree,
    /// A heap object exists.
    HeapObject,
    /// A heap object is allocated.
    HeapObjectAlloc,
    /// A heap object is freed.
    HeapObjectFree,
    /// A goroutine's stack exists.
    GoroutineStack,
    /// A goroutine's stack is allocated.
    GoroutineStackAlloc,
    /// A goroutine's stack is freed.
    GoroutineStackFree,
}

impl Experimental {
    const ALL: [Self; 9] = [
        Self::Span,
        Self::SpanAlloc,
        Self::SpanFree,
        Self::HeapObject,
        Self::HeapObjectAlloc,
        Self::HeapObjectFree,
        Self::GoroutineStack,
        Self::GoroutineStackAlloc,
        Self::GoroutineStackFree,
    ];

    /// The event with this number on the wire (128 to 136).
    pub(crate) fn from_wire(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number.checked_sub(128)?)).copied()
    }

    /// Go's name of the event.
    pub fn name(self) -> &'static str {
        super::spec::SPECS[128 + self as usize].name
    }

    /// Names of the arguments; ids and addresses are explained in [`alloc_free`](super::alloc_free).
    pub fn arg_names(self) -> &'static [&'static str] {
        super::spec::SPECS[128 + self as usize].args
    }
}

impl EventKind {
    /// Go's name of the kind of event.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Sync { .. } => "Sync",
            Self::Metric { .. } => "Metric",
            Self::Label { .. } => "Label",
            Self::StackSample => "StackSample",
            Self::RangeBegin(_) => "RangeBegin",
            Self::RangeActive(_) => "RangeActive",
            Self::RangeEnd(_) => "RangeEnd",
            Self::TaskBegin { .. } => "TaskBegin",
            Self::TaskEnd { .. } => "TaskEnd",
            Self::RegionBegin { .. } => "RegionBegin",
            Self::RegionEnd { .. } => "RegionEnd",
            Self::Log { .. } => "Log",
            Self::GoTransition { .. } | Self::ProcTransition { .. } => "StateTransition",
            Self::Experimental { .. } => "Experimental",
        }
    }
}

const _: () = assert!(size_of::<Event>() == 40);
