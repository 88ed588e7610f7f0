//! What a frame is, as far as answers ask again and again.

use crate::symbol::{FrameKind, kind_of};
use crate::trace::words::runtime_goroutine::is_of_collector;

/// What a frame is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FrameFacts(u8);

impl FrameFacts {
    pub(super) const USER: u8 = 1;
    const RUNTIME: u8 = 2;
    /// Of the packages that make locks.
    const LOCKING: u8 = 4;
    pub(super) const POLL: u8 = 8;
    pub(super) const LOCK: u8 = 16;
    pub(super) const COND: u8 = 32;
    pub(super) const READ_LOCK: u8 = 64;
    const COLLECTOR: u8 = 128;

    pub(super) fn of(function: &str) -> Self {
        let kind = kind_of(function);
        let mut bits = match kind {
            FrameKind::User | FrameKind::Unknown => Self::USER,
            FrameKind::Runtime => Self::RUNTIME,
            FrameKind::StdLib => 0,
        };
        let is_sync = function.starts_with("sync.") || function.starts_with("internal/sync.");
        if is_sync || kind == FrameKind::Runtime {
            bits |= Self::LOCKING;
        }
        if function.starts_with("internal/poll.") {
            bits |= Self::POLL;
        }
        if is_of_collector(function.as_bytes()) {
            bits |= Self::COLLECTOR;
        }
        if is_sync {
            let is_read = function.contains("(*RWMutex).RLock");
            let is_lock = is_read || function.contains("Mutex).Lock") || function.contains("Mutex).lockSlow");
            bits |= if is_lock { Self::LOCK } else { 0 } | if is_read { Self::READ_LOCK } else { 0 };
            bits |= if function == "sync.(*Cond).Wait" { Self::COND } else { 0 };
        }
        Self(bits)
    }

    pub(super) const fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    /// Code of the program and its modules, or C.
    pub(crate) const fn is_user(self) -> bool {
        self.has(Self::USER)
    }

    pub(crate) const fn is_runtime(self) -> bool {
        self.has(Self::RUNTIME)
    }

    /// Of sync, internal/sync or the runtime.
    pub(crate) const fn is_locking(self) -> bool {
        self.has(Self::LOCKING)
    }

    pub(super) const fn is_of_collector(self) -> bool {
        self.has(Self::COLLECTOR)
    }

    /// What one of them is.
    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
