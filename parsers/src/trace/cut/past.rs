//! What a cut in the middle of a generation has to know of what is gone: the status events that begin the new trace, and
//! how the events behind them change.
//!
//! ```text
//! kept of the file            M3 GoStart g7 seq 12    M3 GoBlock    M5 GoStatus g8 waiting    M5 GoUnblock g8 seq 1
//! state at the cut            g7 runnable, seq 11; g8 waiting, not heard of in this generation
//! written   -1 GoStatus g7 runnable    -1 GoStatus g8 waiting │
//!           M3 GoStart g7 seq 1    M3 GoBlock    M5 GoUnblock g8 seq 1
//! ```
//!
//! Sequence numbers count from the status, so they are moved by what they had reached. A status that comes later in the
//! file is left out: the new trace has begun with it.

use std::collections::{HashMap, HashSet};

use super::super::TraceVersion;
use super::super::event::{Event, EventKind, GoState, Metric, StackId};
use super::super::order::{GO_RUNNING, PROC_RUNNING, Standing, StandingGoroutine};
use super::super::spec::wire;
use super::super::tables::Tables;
use super::steps::WireRecord;

/// What has passed before the cut and no status of the merge holds.
#[derive(Debug, Default)]
pub(super) struct Passed {
    /// Where each goroutine is, while it does not run; by its id.
    stacks: Vec<StackId>,
    /// The last value of each metric, by the number of its event.
    metrics: Vec<(u8, u64)>,
}

impl Passed {
    pub(super) fn see(&mut self, events: &[Event]) {
        for event in events {
            match event.kind {
                EventKind::GoTransition { goroutine, from, to, stack, .. } => {
                    let at = goroutine.index();
                    if at >= self.stacks.len() {
                        self.stacks.resize(at + 1, StackId::NONE);
                    }
                    let leaves = from == GoState::Running || from == GoState::NotExist;
                    if stack.is_some() || (leaves && from != to) {
                        self.stacks[at] = stack;
                    }
                }
                EventKind::Metric { metric, value } => {
                    let kind = metric_event(metric);
                    self.metrics.retain(|&(known, _)| known != kind);
                    self.metrics.push((kind, value));
                }
                _ => {}
            }
        }
    }

    /// Where a goroutine stands still; none of one that runs.
    pub(super) fn stack(&self, goroutine: &StandingGoroutine) -> StackId {
        let is_still = goroutine.status != GO_RUNNING;
        let stack = self.stacks.get(goroutine.id.index()).copied().filter(|_| is_still);
        stack.unwrap_or(StackId::NONE)
    }
}

const fn metric_event(metric: Metric) -> u8 {
    match metric {
        Metric::GoMaxProcs => wire::PROCS_CHANGE,
        Metric::HeapAlloc => wire::HEAP_ALLOC,
        Metric::HeapGoal => wire::HEAP_GOAL,
    }
}

/// A status event: the number of the thread it belongs to, its type and its arguments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) thread: u64,
    pub(super) kind: u8,
    args: [u64; 4],
    len: usize,
}

/// The number of a thread that is none.
const NO_THREAD: u64 = u64::MAX;

impl Told {
    fn new(thread: u64, kind: u8, given: &[u64]) -> Self {
        let mut args = [0; 4];
        args[..given.len()].copy_from_slice(given);
        Self { thread, kind, args, len: given.len() }
    }

    pub(super) fn args(&self) -> &[u64] {
        &self.args[..self.len]
    }
}

/// What is told of a goroutine or P.
#[derive(Clone, Copy, Debug, Default)]
struct Stood {
    /// How far its sequence number was.
    seq: u64,
    /// The number of the thread on which it is told.
    thread: u64,
}

/// The past of a generation that is told from its middle on.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// The goroutines that stood, by goid. One that is not there shows up later.
    goroutines: HashMap<u64, Stood>,
    /// The Ps that stood, by number.
    procs: HashMap<u64, Stood>,
    /// The goroutines that help the collector, by goid.
    assists: HashSet<u64>,
    /// The Ps that sweep, by number.
    sweeps: HashSet<u64>,
    /// The number of the last word about a collection that is marking.
    marking: Option<u64>,
    /// Metrics that are to be told as soon as a goroutine runs.
    metrics: Vec<(u8, u64)>,
    /// The status events.
    told: Vec<Told>,
}

impl Past {
    /// The past at a moment. `stacks`: the stack ids, in the file, of the goroutines that stand.
    pub(super) fn new(
        standing: &Standing,
        stacks: &[u64],
        passed: &Passed,
        (version, tables): (TraceVersion, &Tables),
    ) -> Self {
        let mut past = Self { marking: standing.marking, ..Self::default() };
        let number = |thread: Option<_>| thread.map_or(NO_THREAD, |id| tables.thread_number(id) as u64);
        // The context of a thread: first its P, then its goroutine.
        for proc in &standing.procs {
            let id = tables.proc_numbers().get(proc.index).copied().unwrap_or(u64::MAX);
            let thread = number(proc.thread);
            past.procs.insert(id, Stood { seq: proc.seq, thread });
            past.told.push(Told::new(thread, wire::PROC_STATUS, &[id, proc.status]));
            if proc.sweeps {
                past.sweeps.insert(id);
                past.told.push(Told::new(thread, wire::GC_SWEEP_ACTIVE, &[id]));
            }
        }
        for (goroutine, &stack) in standing.goroutines.iter().zip(stacks) {
            let StandingGoroutine { goid, status, seq, .. } = *goroutine;
            let thread = number(goroutine.thread);
            past.goroutines.insert(goid, Stood { seq, thread });
            // With a stack since Go 1.23.
            past.told.push(if stack != 0 && version >= TraceVersion(23) {
                Told::new(thread, wire::GO_STATUS_STACK, &[goid, thread, status, stack])
            } else {
                Told::new(thread, wire::GO_STATUS, &[goid, thread, status])
            });
            if goroutine.assists {
                past.assists.insert(goid);
                past.told.push(Told::new(thread, wire::GC_MARK_ASSIST_ACTIVE, &[goid]));
            }
        }
        let is_with_proc = |goroutine: &&StandingGoroutine| {
            let mut running = standing.procs.iter().filter(|proc| proc.status == PROC_RUNNING);
            goroutine.status == GO_RUNNING && running.any(|proc| proc.thread == goroutine.thread)
        };
        past.metrics.clone_from(&passed.metrics);
        if let Some(runner) = standing.goroutines.iter().find(is_with_proc) {
            let metrics = std::mem::take(&mut past.metrics);
            past.told.extend(metrics.iter().map(|&metric| metric_told(number(runner.thread), metric)));
        }
        past
    }

    /// What an event that is kept becomes; `false` if nothing. `proc`, `thread`: the numbers of the P and the thread that it
    /// happens on.
    pub(super) fn change(&mut self, record: &mut WireRecord, (proc, thread): (u64, u64)) -> bool {
        let kind = record.kind;
        let args = record.args_mut();
        let seq_of = |stood: &HashMap<u64, Stood>, id: u64| stood.get(&id).copied().unwrap_or_default().seq;
        // A damaged trace may have something run on two threads. Its reader takes that, if both say so.
        let is_told = |stood: &HashMap<u64, Stood>, id: u64, is_running: bool| {
            stood.get(&id).is_some_and(|stood| !is_running || stood.thread == thread)
        };
        match kind {
            wire::GO_STATUS | wire::GO_STATUS_STACK => {
                return !is_told(&self.goroutines, args[0], args[2] == GO_RUNNING);
            }
            wire::PROC_STATUS => return !is_told(&self.procs, args[0], args[1] == PROC_RUNNING),
            // These come behind the status, and the cut may lie between the two.
            wire::GC_MARK_ASSIST_ACTIVE => return !self.assists.contains(&args[0]),
            wire::GC_SWEEP_ACTIVE => return !self.sweeps.contains(&args[0]),
            wire::GC_ACTIVE if self.marking.is_some() => {
                // The status says this instead.
                self.marking = Some(args[0]);
                return false;
            }
            wire::GO_CREATE | wire::GO_CREATE_BLOCKED | wire::GO_CREATE_SYSCALL => {
                self.goroutines.remove(&args[0]);
            }
            wire::GO_START | wire::GO_UNBLOCK | wire::GO_SWITCH | wire::GO_SWITCH_DESTROY => {
                args[1] = args[1].wrapping_sub(seq_of(&self.goroutines, args[0]));
            }
            wire::PROC_START | wire::PROC_STEAL => {
                args[1] = args[1].wrapping_sub(seq_of(&self.procs, args[0]));
            }
            wire::GO_SYSCALL_BEGIN => args[0] = args[0].wrapping_sub(seq_of(&self.procs, proc)),
            wire::PROCS_CHANGE | wire::HEAP_ALLOC | wire::HEAP_GOAL => {
                self.metrics.retain(|&(known, _)| known != kind);
            }
            _ => {}
        }
        true
    }

    /// What is to be told after an event of a thread, because it could not be told before.
    pub(super) fn told_after(&mut self, kind: u8, thread: u64) -> Vec<Told> {
        if kind != wire::GO_START {
            return Vec::new();
        }
        std::mem::take(&mut self.metrics).into_iter().map(|metric| metric_told(thread, metric)).collect()
    }

    /// All status events, in the order in which a thread has to tell its own.
    pub(super) fn finish(mut self) -> Vec<Told> {
        if let Some(seq) = self.marking {
            self.told.push(Told::new(NO_THREAD, wire::GC_ACTIVE, &[seq]));
        }
        self.told
    }
}

fn metric_told(thread: u64, (kind, value): (u8, u64)) -> Told {
    // GOMAXPROCS comes with a stack, which is not known any more.
    if kind == wire::PROCS_CHANGE {
        Told::new(thread, kind, &[value, 0])
    } else {
        Told::new(thread, kind, &[value])
    }
}
