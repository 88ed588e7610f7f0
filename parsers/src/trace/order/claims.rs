//! What a piece in the middle of a trace takes for granted about its past, to be checked when the past is known.
//!
//! A piece is put in order while those before it still are, so that all cores have something to do. That is possible
//! because every goroutine and every P gets a status before its first event of a generation. Where a rule asks for
//! something from before, it goes on as if the answer were the usual one and notes that here:
//!
//! ```text
//! M3 GoStatus g7 waiting      nobody knows g7       claim: g7 lives and waits
//! M3 GoStart g7               M3 runs nothing?      claim: M3 was bound to no P and no goroutine
//! M5 GCEnd seq 8              is the GC running?    claim: it runs, with number 7
//! ```
//!
//! If a claim does not hold ([`sew`](super::sew) sees to that), or any rule is broken, all of the piece is thrown
//! away and put in order again, with its past. So what comes out is the same as without pieces, to the last bit.

use super::super::annotation_log::AnnotationLog;
use super::super::event::{Event, GoId, ProcId, ThreadId};
use super::state::{Gc, GoStatus, Known, ProcStatus, RangeType};

/// What a piece takes for granted. All ids are its own.
#[derive(Debug, Default)]
pub(super) struct Claims {
    /// Goroutines that lived, with their status.
    pub(super) goroutines: Vec<(GoId, GoStatus)>,
    pub(super) procs: Vec<(ProcId, ProcStatus)>,
    pub(super) threads: Vec<ThreadClaim>,
    /// The GC's state and number before the first word about it.
    pub(super) gc: Option<Gc>,
    pub(super) ranges: Vec<RangeClaim>,
    /// Tasks and regions as they begin and end: their rules are applied when the past is known, since nothing else
    /// depends on them.
    pub(super) annotations: AnnotationLog,
}

/// What a thread was bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ThreadClaim {
    /// To this P, or to none.
    Proc(ThreadId, ProcId),
    /// To this goroutine, or to none.
    Goroutine(ThreadId, GoId),
    /// To this goroutine, if the thread was ever seen.
    GoroutineIfSeen(ThreadId, GoId),
    /// The P was held by some thread.
    Held(ProcId),
}

/// Whether a range was open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RangeClaim {
    pub(super) owner: RangeOwner,
    pub(super) range: RangeType,
    pub(super) is_open: bool,
}

/// What a range is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RangeOwner {
    Proc(ProcId),
    Goroutine(GoId),
}

impl Claims {
    /// A thread was bound to nothing, of what is not known about it.
    pub(super) fn bound_to_nothing(&mut self, thread: ThreadId, known: Known) {
        if thread.is_none() {
            return;
        }
        if !known.has_proc() {
            self.threads.push(ThreadClaim::Proc(thread, ProcId::NONE));
        }
        if !known.has_goroutine() {
            self.threads.push(ThreadClaim::Goroutine(thread, GoId::NONE));
        }
    }

    /// Takes up an annotation that was just delivered.
    pub(super) fn annotation(&mut self, events: &[Event]) {
        if let Some(event) = events.last() {
            self.annotations.push(event);
        }
    }
}
