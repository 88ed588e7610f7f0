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
    /// What stands now, in this generation. What runs without a thread, which only happens in broken traces, is left out; what
    /// runs on several is there for each, but what it is in the middle of is said once.
    pub(crate) fn standing(&self, generation: u64) -> Standing {
        let mut standing = Standing::default();
        let mut open_regions = 0;
        for (slot, goroutine) in self.goroutines.living() {
            let open = self.goroutines.peek_open(slot);
            open_regions += open.map_or(0, |open| open.regions.len());
            let holder = |thread: &super::Thread| thread.goroutine == goroutine.id;
            let status = go_number(goroutine.status);
            let binds = matches!(status, GO_RUNNING | GO_SYSCALL);
            let in_generation = goroutine.seq.generation == generation;
            let assists = open.is_some_and(|open| open.ranges.is_open(RangeType::MarkAssist));
            for (at, thread) in self.threads_where(binds, holder).enumerate() {
                standing.goroutines.push(StandingGoroutine {
                    id: goroutine.id,
                    goid: goroutine.goid,
                    status,
                    seq: if in_generation { goroutine.seq.number } else { 0 },
                    thread,
                    assists: assists && at == 0,
                });
            }
        }
        for (index, proc) in self.procs.iter().enumerate() {
            standing.procs.extend(self.standing_proc(index, proc, generation));
        }
        standing.marking = (self.gc.state == GcState::Running).then_some(self.gc.seq);
        standing.open_tasks = self.tasks.iter().flatten().count();
        standing.open_regions = open_regions;
        standing
    }

    fn standing_proc(
        &self,
        index: usize,
        proc: &Proc,
        generation: u64,
    ) -> impl Iterator<Item = StandingProc> {
        let status = proc.status.map(proc_number);
        let binds = matches!(status, Some(PROC_RUNNING | PROC_SYSCALL));
        let threads = self.threads_where(binds, move |thread| thread.proc.index() == index);
        let seq = if proc.seq.generation == generation { proc.seq.number } else { 0 };
        let sweeps = proc.ranges.is_open(RangeType::Sweep);
        threads.enumerate().filter_map(move |(at, thread)| {
            Some(StandingProc { index, status: status?, seq, thread, sweeps: sweeps && at == 0 })
        })
    }

    /// The threads that something is bound to; of what is bound to none, none, once.
    fn threads_where(
        &self,
        binds: bool,
        is_it: impl Fn(&super::Thread) -> bool,
    ) -> impl Iterator<Item = Option<ThreadId>> {
        let all = if binds { self.threads.as_slice() } else { &[] };
        let is_holder = move |(_, thread): &(usize, &super::Thread)| thread.known.is_seen() && is_it(thread);
        let holders = all.iter().enumerate().filter(is_holder).map(|(at, _)| Some(ThreadId(at as u32)));
        holders.chain((!binds).then_some(None))
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
