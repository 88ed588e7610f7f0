//! What a critical path is made of.

use goscope_parsers::trace::{GoId, StackId, StringId, Time};

use crate::trace::words::time::nanos_between;

/// What somebody did, or waited for, in a segment of a critical path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum PathClass {
    /// Computed.
    Running,
    /// Did the garbage collector's work, or waited for some to do, because it allocates.
    GcAssist,
    /// Waited for the garbage collector.
    GcWait,
    /// Was ready while the world was stopped.
    StopTheWorld,
    /// Was ready while all Ps were busy.
    Starved,
    /// The same, after a system call that lost its P.
    LostP,
    /// Was ready while a P was idle or looking for work.
    Wakeup,
    /// The whole process was stopped.
    Throttled,
    /// Was in a system call or C code.
    Syscall,
    /// Waited for the network.
    Network,
    /// Slept, or waited for a timer.
    Timer,
    /// Waited for something else: it was not woken, or nobody knows by whom.
    Waiting,
    /// The trace does not say.
    #[default]
    Unknown,
}

impl PathClass {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Running,
        Self::GcAssist,
        Self::GcWait,
        Self::StopTheWorld,
        Self::Starved,
        Self::LostP,
        Self::Wakeup,
        Self::Throttled,
        Self::Syscall,
        Self::Network,
        Self::Timer,
        Self::Waiting,
        Self::Unknown,
    ];

    /// The word for it in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::GcAssist => "gc_assist",
            Self::GcWait => "gc_wait",
            Self::StopTheWorld => "stw",
            Self::Starved => "starved",
            Self::LostP => "lost_p",
            Self::Wakeup => "wakeup",
            Self::Throttled => "throttled",
            Self::Syscall => "syscall",
            Self::Network => "network",
            Self::Timer => "timer",
            Self::Waiting => "waiting",
            Self::Unknown => "unknown",
        }
    }

    /// From how many nanoseconds on a single one is long. A system call or a wait for the network that takes 5 ms is no
    /// cached read and no hop within a data center; waking a P takes 5 to 100 µs.
    pub const fn long_nanos(self) -> u64 {
        match self {
            Self::Syscall | Self::Network => 5_000_000,
            Self::Wakeup => 1_000_000,
            _ => 0,
        }
    }

    /// What somebody does in it, in words.
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Running => "computes",
            Self::GcAssist => "does the collector's work",
            Self::GcWait => "waits for the garbage collector",
            Self::StopTheWorld => "waits while the world is stopped",
            Self::Starved => "waits for a P while all are busy",
            Self::LostP => "waits for a P after a system call",
            Self::Wakeup => "waits for an idle P to wake",
            Self::Throttled => "is stopped with the whole process",
            Self::Syscall => "is in a system call",
            Self::Network => "waits for the network",
            Self::Timer => "sleeps or waits for a timer",
            Self::Waiting => "waits for nobody knows whom",
            Self::Unknown => "does what the trace does not say",
        }
    }
}

/// The outermost frames of a stack: all that is known where a function computed between two calls that it made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StackPart {
    /// The stack.
    pub stack: StackId,
    /// How many of its outermost frames count; more than it has for all.
    pub frames: u16,
}

impl StackPart {
    /// All of a stack.
    pub const fn whole(stack: StackId) -> Self {
        Self { stack, frames: u16::MAX }
    }

    /// Whether there is no stack.
    pub fn is_none(self) -> bool {
        self.stack == StackId::NONE || self.frames == 0
    }
}

/// A piece of the critical path of an instance. The pieces of an instance tile it: each begins where the one before
/// ends, and none is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathSegment {
    /// When it begins.
    pub begin: Time,
    /// When it ends.
    pub end: Time,
    /// Whose doing, or waiting, it is.
    pub goroutine: GoId,
    /// What it does.
    pub class: PathClass,
    /// Whether whose it is was concluded: the holder of a lock is not in a trace.
    pub is_inferred: bool,
    /// How many goroutines wait for it, one for the other, the instance's own included.
    pub depth: u16,
    /// Why it waits, in the runtime's words.
    pub reason: StringId,
    /// Where it is, or from where on down it computes.
    pub stack: StackPart,
    /// The type of the task that it works for, if that is another one than the instance's.
    pub behind: Option<StringId>,
    /// Where the instance's own goroutine waits meanwhile; none if the segment is its own.
    pub waiter: StackId,
    /// Where that wait was ended from; none if the segment is its own.
    pub wake: StackId,
}

impl PathSegment {
    /// How long it is.
    pub fn nanos(&self) -> u64 {
        nanos_between(self.begin, self.end)
    }
}
