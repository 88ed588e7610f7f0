//! What is counted, and of what: the words that the parts of the fold share.

use std::ops::Range as TimeSpan;

use goscope_parsers::trace::{GoId, GoState, StackId, Time};

/// What a profile is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProfileKind {
    /// Waiting for the network.
    Network,
    /// Waiting for channels, mutexes and other goroutines.
    Sync,
    /// In system calls and C code.
    Syscall,
    /// Able to run, and waiting for a P. The stack is that of whoever made it so.
    Sched,
}

impl ProfileKind {
    /// Whether a goroutine in this state, for this reason, is what the profile is about.
    pub(super) fn counts(self, state: GoState, reason: &[u8]) -> bool {
        let has = |word: &[u8]| reason.windows(word.len()).any(|part| part == word);
        match self {
            Self::Network => state == GoState::Waiting && reason == b"network",
            Self::Sync => state == GoState::Waiting && (has(b"chan") || has(b"sync") || has(b"select")),
            Self::Syscall => state == GoState::Syscall,
            Self::Sched => state == GoState::Runnable,
        }
    }
}

/// What to count.
#[derive(Clone, Debug)]
pub struct ProfileRequest {
    /// What the profile is about.
    pub kind: ProfileKind,
    /// Only goroutines that start in this function (its full name).
    pub function: Option<String>,
    /// Only what happens in regions of this type; the outermost one counts where they are nested.
    pub region: Option<String>,
    /// Only what happens between these times.
    pub range: Option<TimeSpan<Time>>,
}

/// A time in which a goroutine was in one state.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) goroutine: GoId,
    pub(super) begin: Time,
    pub(super) end: Time,
    /// Where it began.
    pub(super) stack: StackId,
}
