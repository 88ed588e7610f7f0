//! What a piece of a trace notes for the time when its past is known.
//!
//! Everything that is older than the piece is *carried* into it. Of a carried goroutine nothing is known but that it is
//! in some span; so its first event ends a span that only [`sew`](super::sew) can name:
//!
//! ```text
//! g7  ─ waiting, since before the piece ─│ runnable │ running │ …
//!                              touched: (time, g7)  └ spans of the piece
//! ```

use goscope_parsers::trace::{GoId, ProcId, ThreadId, Time};

use super::sums::CauseDelta;

/// Whoever holds a P since before the piece, if anybody.
pub(super) const UNKNOWN_HOLDER: GoId = GoId(u32::MAX);

/// The thread that runs a P since before the piece, if any.
pub(super) const UNKNOWN_THREAD: ThreadId = ThreadId(u32::MAX);

/// What a piece notes for the time when its past is known.
#[derive(Debug, Default)]
pub(super) struct Carried {
    /// Carried goroutines with the time of their first event.
    pub(super) touched: Vec<(Time, GoId)>,
    /// Ps that became idle while nothing was known of who held them.
    pub(super) lost: Vec<LostProc>,
    /// Of each block: when it ended, and what the sums of causes grew by.
    pub(super) block_sums: Vec<(Time, Vec<CauseDelta>)>,
    /// Begins and ends of goroutines, on which the regions of others depend.
    pub(super) lives: Vec<LifeEvent>,
}

/// A P becomes idle. Whoever held it in a system call since before the piece, if anybody, goes on without it in a span
/// that begins here.
#[derive(Clone, Copy, Debug)]
pub(super) struct LostProc {
    pub(super) time: Time,
    pub(super) proc: ProcId,
    /// The block of the piece that was open then, and the time since its base.
    pub(super) block: usize,
    pub(super) start: u32,
}

/// A goroutine is born or dies.
#[derive(Clone, Copy, Debug)]
pub(super) struct LifeEvent {
    pub(super) time: Time,
    pub(super) goroutine: GoId,
    /// Its creator; [`DIES`] if it dies.
    pub(super) parent: GoId,
}

/// In the place of a creator: a goroutine dies.
pub(super) const DIES: GoId = GoId(u32::MAX);

impl Carried {
    pub(super) fn birth(&mut self, parent: GoId, goroutine: GoId, time: Time) {
        self.lives.push(LifeEvent { time, goroutine, parent });
    }

    pub(super) fn death(&mut self, goroutine: GoId, time: Time) {
        self.lives.push(LifeEvent { time, goroutine, parent: DIES });
    }
}
