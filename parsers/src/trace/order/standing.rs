//! What stands between two events: all that the status events at the start of a generation can say.

use super::super::event::{GoId, ThreadId};
use super::Order;
use super::state::{GcState, GoStatus, Proc, ProcStatus, RangeType};

/// The state of the world at a moment, in the numbers of the wire format.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    /// All that live.
    pub(crate) goroutines: Vec<StandingGoroutine>,
    /// All that are known.
    pub(crate) procs: Vec<StandingProc>,
    /// The number of the last event about the GC, if it is marking.
    pub(crate) marking: Option<u64>,
    /// User tasks that have begun and not ended.
    pub(crate) open_tasks: usize,
    /// User regions that have begun and not ended.
    pub(crate) open_regions: usize,
}

/// A goroutine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StandingGoroutine {
    pub(crate) id: GoId,
    pub(crate) goid: u64,
    /// Status number of the wire format.
    pub(crate) status: u64,
    /// The last sequence number of this generation.
    pub(crate) seq: u64,
    /// The thread that it is bound to.
    pub(crate) thread: Option<ThreadId>,
    /// Whether it is in a mark assist.
    pub(crate) assists: bool,
}

/// A P.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StandingProc {
    /// Its place among all Ps of the tables.
    pub(crate) index: usize,
    /// Status number of the wire format.
    pub(crate) status: u64,
    /// The last sequence number of this generation.
    pub(crate) seq: u64,
    /// The thread that it is bound to.
    pub(crate) thread: Option<ThreadId>,
    /// Whether it is sweeping.
    pub(crate) sweeps: bool,
}

/// The numbers of goroutine status on the wire that bind it to a thread.
pub(crate) const GO_RUNNING: u64 = 2;
pub(crate) const GO_SYSCALL: u64 = 3;
/// The numbers of P status on the wire that bind it to a thread.
pub(crate) const PROC_RUNNING: u64 = 1;
pub(crate) const PROC_SYSCALL: u64 = 3;

impl Order {
    /// What stands now, in this generation. What contradicts itself, which only broken traces do, is left out.
    pub(crate) fn standing(&self, generation: u64) -> Standing {
        let mut standing = Standing::default();
        let mut open_regions = 0;
        for (slot, goroutine) in self.goroutines.living() {
            let open = self.goroutines.peek_open(slot);
            open_regions += open.map_or(0, |open| open.regions.len());
            let holder = |thread: &super::Thread| thread.goroutine == goroutine.id;
            let status = go_number(goroutine.status);
            let binds = matches!(status, GO_RUNNING | GO_SYSCALL);
            let thread = if binds { self.thread_where(holder) } else { None };
            if binds && thread.is_none() {
                continue;
            }
            let in_generation = goroutine.seq.generation == generation;
            standing.goroutines.push(StandingGoroutine {
                id: goroutine.id,
                goid: goroutine.goid,
                status,
                seq: if in_generation { goroutine.seq.number } else { 0 },
                thread,
                assists: open.is_some_and(|open| open.ranges.is_open(RangeType::MarkAssist)),
            });
        }
        for (index, proc) in self.procs.iter().enumerate() {
            standing.procs.extend(self.standing_proc(index, proc, generation));
        }
        standing.marking = (self.gc.state == GcState::Running).then_some(self.gc.seq);
        standing.open_tasks = self.tasks.iter().flatten().count();
        standing.open_regions = open_regions;
        standing
    }

    fn standing_proc(&self, index: usize, proc: &Proc, generation: u64) -> Option<StandingProc> {
        let status = proc_number(proc.status?);
        let binds = matches!(status, PROC_RUNNING | PROC_SYSCALL);
        let thread = if binds { self.thread_where(|thread| thread.proc.index() == index) } else { None };
        (!binds || thread.is_some()).then_some(StandingProc {
            index,
            status,
            seq: if proc.seq.generation == generation { proc.seq.number } else { 0 },
            thread,
            sweeps: proc.ranges.is_open(RangeType::Sweep),
        })
    }

    fn thread_where(&self, is_it: impl Fn(&super::Thread) -> bool) -> Option<ThreadId> {
        let at = self.threads.iter().position(|thread| thread.known.is_seen() && is_it(thread))?;
        Some(ThreadId(at as u32))
    }
}

fn go_number(status: GoStatus) -> u64 {
    match status {
        GoStatus::Bad | GoStatus::Absent => 0,
        GoStatus::Runnable => 1,
        GoStatus::Running => GO_RUNNING,
        GoStatus::Syscall => GO_SYSCALL,
        GoStatus::Waiting => 4,
    }
}

fn proc_number(status: ProcStatus) -> u64 {
    match status {
        ProcStatus::Bad => 0,
        ProcStatus::Running => PROC_RUNNING,
        ProcStatus::Idle => 2,
        ProcStatus::Syscall => PROC_SYSCALL,
        ProcStatus::Abandoned => 4,
    }
}
