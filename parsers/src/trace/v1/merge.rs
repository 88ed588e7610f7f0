//! One order for the events of all Ps of a v1 trace.
//!
//! As in v2, times cannot be trusted alone: of all Ps whose next event is *ready* the one with the smallest time
//! goes first. Ready means that the goroutine concerned has the state and sequence number the event wants:
//!
//! | event | wants | leaves |
//! |---|---|---|
//! | GoCreate | dead, 0 | runnable, 1 |
//! | GoWaiting, GoInSyscall | runnable, 1 | waiting, 2 |
//! | GoStart, GoStartLabel (seq) | runnable, seq | running, seq + 1 |
//! | GoStartLocal | runnable | running, + 1 |
//! | GoBlock…, GoSleep, GoSysBlock | running | waiting |
//! | GoSched, GoPreempt | running | runnable |
//! | GoUnblock, GoSysExit (seq) | waiting, seq | runnable, seq + 1 |
//! | GoUnblockLocal, GoSysExitLocal | waiting | runnable, + 1 |
//! | GCStart (seq) | the GC at seq | seq + 1 |
//!
//! All others are always ready. Go 1.5 has a global sequence number instead, which is the order.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::super::problem::{Fault, Faulty};
use super::super::version::TraceVersion;
use super::event::OldEvent;
use super::spec;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Status {
    #[default]
    Dead,
    Runnable,
    Running,
    Waiting,
}

/// State and sequence number of a goroutine.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    status: Status,
    seq: u64,
}

/// What an event wants and leaves; `seq` is `None` where any is fine.
struct Transition {
    goroutine: u64,
    wants: (Status, Option<u64>),
    leaves: (Status, SeqAfter),
}

enum SeqAfter {
    Set(u64),
    Keep,
    Increment,
}

/// The GC as if it were a goroutine; no real one has this number.
const GC: u64 = u64::MAX - 1;

fn transition(event: &OldEvent) -> Option<Transition> {
    use Status::{Dead, Runnable, Running, Waiting};
    let own = event.goroutine;
    let [first, seq, ..] = event.args;
    let next = SeqAfter::Set(seq.wrapping_add(1));
    let (goroutine, wants, leaves) = match event.kind {
        spec::GO_CREATE => (first, (Dead, Some(0)), (Runnable, SeqAfter::Set(1))),
        spec::GO_WAITING | spec::GO_IN_SYSCALL => (own, (Runnable, Some(1)), (Waiting, SeqAfter::Set(2))),
        spec::GO_START | spec::GO_START_LABEL => (own, (Runnable, Some(seq)), (Running, next)),
        spec::GO_START_LOCAL => (own, (Runnable, None), (Running, SeqAfter::Increment)),
        spec::GO_SLEEP
        | spec::GO_BLOCK
        | spec::GO_BLOCK_SEND..=spec::GO_BLOCK_NET
        | spec::GO_SYS_BLOCK
        | spec::GO_BLOCK_GC => (own, (Running, None), (Waiting, SeqAfter::Keep)),
        spec::GO_SCHED | spec::GO_PREEMPT => (own, (Running, None), (Runnable, SeqAfter::Keep)),
        spec::GO_UNBLOCK | spec::GO_SYS_EXIT => (first, (Waiting, Some(seq)), (Runnable, next)),
        spec::GO_UNBLOCK_LOCAL | spec::GO_SYS_EXIT_LOCAL => {
            (first, (Waiting, None), (Runnable, SeqAfter::Increment))
        }
        spec::GC_START => (GC, (Dead, Some(first)), (Dead, SeqAfter::Set(first.wrapping_add(1)))),
        _ => return None,
    };
    Some(Transition { goroutine, wants, leaves })
}

/// Merges the events of all Ps; CPU samples, ordered by their own times, count as one more.
pub(super) fn merge(
    mut procs: Vec<Vec<OldEvent>>,
    mut samples: Vec<OldEvent>,
    version: TraceVersion,
) -> Faulty<Vec<OldEvent>> {
    if version.0 < 7 {
        return merge_by_seq(procs);
    }
    samples.sort_by_key(|sample| sample.time);
    procs.push(samples);
    let mut events = Merger::new(&procs).run()?;
    if !events.is_sorted_by_key(|event| event.time) {
        return Err(Fault::order("time stamps out of order"));
    }
    set_syscall_exit_times(&mut events)?;
    events.sort_by_key(|event| event.time);
    Ok(events)
}

/// Go 1.5: the order is that of the sequence numbers. The end of a system call is written late and carries its
/// real number and time.
fn merge_by_seq(procs: Vec<Vec<OldEvent>>) -> Faulty<Vec<OldEvent>> {
    let mut events: Vec<OldEvent> = procs.into_iter().flatten().collect();
    for event in events.iter_mut().filter(|event| event.kind == spec::GO_SYS_EXIT) {
        event.seq = event.args[1] as i64;
        if event.args[2] != 0 {
            event.time = event.args[2] as i64;
        }
    }
    events.sort_by_key(|event| event.seq);
    if events.is_sorted_by_key(|event| event.time) {
        Ok(events)
    } else {
        Err(Fault::order("time stamps out of order"))
    }
}

/// Moves the ends of system calls to when they really happened: they are written only when the goroutine has
/// found a P again. Moving them earlier would have spoiled the merge.
fn set_syscall_exit_times(events: &mut [OldEvent]) -> Faulty<()> {
    let mut began = HashMap::new();
    for event in events {
        match event.kind {
            spec::GO_SYS_BLOCK | spec::GO_IN_SYSCALL => {
                began.insert(event.goroutine, event.time);
            }
            spec::GO_SYS_EXIT if event.args[2] != 0 => {
                let time = event.args[2] as i64;
                match began.get(&event.goroutine) {
                    None | Some(0) => return Err(Fault::order("the end of a system call that never began")),
                    Some(&began) if time < began => return Err(Fault::order("time stamps out of order")),
                    Some(_) => event.time = time,
                }
            }
            _ => {}
        }
    }
    Ok(())
}

struct Merger<'a> {
    procs: &'a [Vec<OldEvent>],
    /// Place of the next event of each P.
    next: Vec<usize>,
    states: HashMap<u64, State>,
    /// Ps whose next event waits for a goroutine.
    waiting: HashMap<u64, Vec<u32>>,
    /// Time of the next event, P. Simultaneous events come in the order of the Ps.
    ready: BinaryHeap<Reverse<(i64, u32)>>,
    left: usize,
}

impl<'a> Merger<'a> {
    fn new(procs: &'a [Vec<OldEvent>]) -> Self {
        Self {
            procs,
            next: vec![0; procs.len()],
            states: HashMap::new(),
            waiting: HashMap::new(),
            ready: BinaryHeap::new(),
            left: procs.iter().map(Vec::len).sum(),
        }
    }

    fn run(mut self) -> Faulty<Vec<OldEvent>> {
        let mut events = Vec::with_capacity(self.left);
        for proc in 0..self.procs.len() as u32 {
            self.offer(proc);
        }
        while let Some(Reverse((_, proc))) = self.ready.pop() {
            let at = &mut self.next[proc as usize];
            let mut event = self.procs[proc as usize][*at];
            *at += 1;
            let changed = self.apply(&event)?;
            event.kind = match event.kind {
                spec::GO_START_LOCAL => spec::GO_START,
                spec::GO_UNBLOCK_LOCAL => spec::GO_UNBLOCK,
                spec::GO_SYS_EXIT_LOCAL => {
                    // Its real time is the second number here; Go looks at the third and so never uses it.
                    spec::GO_SYS_EXIT
                }
                kind => kind,
            };
            events.push(event);
            for proc in changed.and_then(|goroutine| self.waiting.remove(&goroutine)).unwrap_or_default() {
                self.offer(proc);
            }
            self.offer(proc);
        }
        if events.len() < self.left {
            return Err(Fault::order("no consistent order of events is possible"));
        }
        Ok(events)
    }

    fn is_ready(&self, transition: &Transition) -> bool {
        let state = self.states.get(&transition.goroutine).copied().unwrap_or_default();
        let (status, seq) = transition.wants;
        state.status == status && seq.is_none_or(|seq| seq == state.seq)
    }

    /// Queues the next event of a P, or remembers what it waits for.
    fn offer(&mut self, proc: u32) {
        let Some(event) = self.procs[proc as usize].get(self.next[proc as usize]) else { return };
        match transition(event) {
            Some(transition) if !self.is_ready(&transition) => {
                self.waiting.entry(transition.goroutine).or_default().push(proc);
            }
            _ => self.ready.push(Reverse((event.time, proc))),
        }
    }

    /// Changes the goroutine's state; gives the goroutine.
    fn apply(&mut self, event: &OldEvent) -> Faulty<Option<u64>> {
        let Some(transition) = transition(event) else { return Ok(None) };
        // Two Ps may both have been ready for the same state, in broken traces.
        if !self.is_ready(&transition) {
            return Err(Fault::order("two events want the same state of a goroutine"));
        }
        let state = self.states.entry(transition.goroutine).or_default();
        let (status, seq) = transition.leaves;
        state.status = status;
        state.seq = match seq {
            SeqAfter::Set(seq) => seq,
            SeqAfter::Keep => state.seq,
            SeqAfter::Increment => state.seq.wrapping_add(1),
        };
        Ok(Some(transition.goroutine))
    }
}
