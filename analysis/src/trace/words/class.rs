//! What a span is, as finely as a timeline shows it: the states, and waiting goroutines by what they wait for.

use goscope_parsers::trace::{StringId, Tables};

use crate::trace::words::cause::{Cause, SpanState};

/// A state with its reason; each has one color everywhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum SpanClass {
    /// Nothing is known.
    #[default]
    Unknown,
    /// Waits for a P.
    Runnable,
    /// Runs.
    Running,
    /// Waits for something that has no class of its own: sleep, forever, and words that no Go version uses yet.
    Waiting,
    /// In a system call or C code, with or without its P.
    Syscall,
    /// Waits for a lock, a wait group or a condition.
    Sync,
    /// Waits for a channel, alone or in a select.
    Channel,
    /// Waits for the network poller.
    Network,
    /// Waits for the garbage collector, or is a part of it that has nothing to do.
    Gc,
}

/// The classes that a block's own sums do not tell apart.
pub(crate) const WAITS: [SpanClass; 4] =
    [SpanClass::Sync, SpanClass::Channel, SpanClass::Network, SpanClass::Gc];

impl SpanClass {
    /// All, in the order of [`index`](Self::index).
    pub const ALL: [Self; 9] = [
        Self::Unknown,
        Self::Runnable,
        Self::Running,
        Self::Waiting,
        Self::Syscall,
        Self::Sync,
        Self::Channel,
        Self::Network,
        Self::Gc,
    ];

    /// How many there are: arrays by class have this length.
    pub const COUNT: usize = 9;

    /// The place in an array by class.
    #[inline]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The class of a state; `reason` tells waiting goroutines apart (the words of Go 1.22 to 1.27, and of the
    /// older versions as their traces are converted).
    pub fn new(state: SpanState, reason: &[u8]) -> Self {
        match state {
            SpanState::Unknown => Self::Unknown,
            SpanState::Runnable => Self::Runnable,
            SpanState::Running => Self::Running,
            SpanState::Syscall | SpanState::SyscallBlocked => Self::Syscall,
            SpanState::Waiting => Self::of_wait(reason),
        }
    }

    /// The class of a cause.
    pub fn of_cause(cause: Cause, tables: &Tables) -> Self {
        let reason =
            if cause.reason == StringId::NONE { b"".as_slice() } else { tables.string(cause.reason) };
        Self::new(cause.state, reason)
    }

    fn of_wait(reason: &[u8]) -> Self {
        if reason.starts_with(b"chan ") || reason == b"select" {
            Self::Channel
        } else if reason.starts_with(b"sync") && reason != b"synctest" {
            Self::Sync
        } else if reason == b"network" {
            Self::Network
        } else if reason.windows(2).any(|letters| letters == b"GC") {
            Self::Gc
        } else {
            Self::Waiting
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_goroutine_waits_for_decides_its_class() {
        let class = |reason: &str| SpanClass::new(SpanState::Waiting, reason.as_bytes());
        assert_eq!(class("chan receive"), SpanClass::Channel);
        assert_eq!(class("select"), SpanClass::Channel);
        assert_eq!(class("sync"), SpanClass::Sync);
        assert_eq!(class("sync.(*Cond).Wait"), SpanClass::Sync);
        assert_eq!(class("synctest"), SpanClass::Waiting);
        assert_eq!(class("network"), SpanClass::Network);
        assert_eq!(class("GC mark assist wait for work"), SpanClass::Gc);
        assert_eq!(class("wait until GC ends"), SpanClass::Gc);
        assert_eq!(class("sleep"), SpanClass::Waiting);
        assert_eq!(SpanClass::new(SpanState::SyscallBlocked, b"sync"), SpanClass::Syscall);
    }

    #[test]
    fn classes_stand_where_their_index_says() {
        for (index, class) in SpanClass::ALL.into_iter().enumerate() {
            assert_eq!(class.index(), index);
        }
    }
}
