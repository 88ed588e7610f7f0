//! The events of a trace that decide which share of the Ps the program had, and which the garbage collector took.
//!
//! One pass keeps only the events that matter, in columns (17 bytes each): GOMAXPROCS, the ranges of the collector,
//! the labels of its workers, and starts and stops of goroutines that assist or have been workers.
//! [`utilization`](crate::trace::folds::utilization) replays them for any choice of what counts, as often as asked.
//!
//! ```text
//! time        op            proc   argument
//! 1000        GoMaxProcs       0   8            the value
//! 1730        AssistBegin      3   goroutine
//! 1912        Stop             3   goroutine    the assist goes on, but not on a P
//! ```

use goscope_parsers::trace::{Event, EventKind, GoId, GoState, Metric, Range, StringId, Tables, Time};

/// A larger value of GOMAXPROCS is taken for damage and ignored.
const MAX_PROCS: u64 = 1 << 16;

/// What happened; the argument is a goroutine unless it says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    /// GOMAXPROCS has the value of the argument from now on.
    GoMaxProcs,
    /// The collector stops the world.
    StwBegin,
    StwEnd,
    SweepBegin,
    SweepEnd,
    AssistBegin,
    AssistEnd,
    /// In the first generation only: the P has been sweeping since the trace began.
    SweepActive,
    /// In the first generation only: the goroutine has been assisting since the trace began, and running.
    AssistActiveRunning,
    /// The same, not running.
    AssistActiveStopped,
    /// A worker says that it has this P for itself.
    DedicatedWorker,
    /// A worker says that it takes a share of this P.
    FractionalWorker,
    /// A goroutine that assists or was a worker gets a thread.
    Start,
    /// It stops executing.
    Stop,
}

/// One row of the log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) time: Time,
    pub(super) op: Op,
    /// Number of the P in whose context it happened; `u32::MAX` is none.
    pub(super) proc: u32,
    pub(super) argument: u32,
}

/// The state of a goroutine while the log is written.
const EXECUTING: u8 = 1;
/// It assists, or has been a worker.
const FOLLOWED: u8 = 2;

/// The part of a trace that says how well the program could run.
#[derive(Debug, Default)]
pub struct MutatorLog {
    times: Vec<Time>,
    ops: Vec<Op>,
    procs: Vec<u32>,
    arguments: Vec<u32>,
    goroutines: Vec<u8>,
    last_time: Option<Time>,
    is_after_first_generation: bool,
    has_procs: bool,
}

impl MutatorLog {
    /// Takes up the next event of a trace.
    #[inline]
    pub fn event(&mut self, event: &Event, tables: &Tables) {
        self.last_time = Some(event.time);
        match event.kind {
            EventKind::GoTransition { goroutine, from, to, .. } => {
                self.transition(event, goroutine, [from, to], tables);
            }
            EventKind::RangeBegin(range) => self.range(event, range, Edge::Begin, tables),
            EventKind::RangeEnd(range) => self.range(event, range, Edge::End, tables),
            EventKind::RangeActive(range) => self.range(event, range, Edge::Active, tables),
            EventKind::Label { label } => self.label(event, label, tables),
            EventKind::Sync { n, .. } => self.is_after_first_generation = n > 1,
            EventKind::Metric { metric: Metric::GoMaxProcs, value } if value <= MAX_PROCS => {
                self.has_procs |= value > 0;
                self.push(event, Op::GoMaxProcs, value as u32, tables);
            }
            _ => {}
        }
    }

    fn push(&mut self, event: &Event, op: Op, argument: u32, tables: &Tables) {
        self.times.push(event.time);
        self.ops.push(op);
        self.procs.push(u32::try_from(tables.proc_number(event.proc)).unwrap_or(u32::MAX));
        self.arguments.push(argument);
    }

    /// Go forgets what happened before the first word about GOMAXPROCS, states of goroutines included.
    fn goroutine(&mut self, id: GoId) -> &mut u8 {
        if self.goroutines.len() <= id.index() {
            self.goroutines.resize(id.index() + 1, 0);
        }
        &mut self.goroutines[id.index()]
    }

    fn transition(&mut self, event: &Event, id: GoId, states: [GoState; 2], tables: &Tables) {
        if !self.has_procs {
            return;
        }
        let [was_executing, is_executing] = states.map(GoState::is_executing);
        let goroutine = self.goroutine(id);
        let is_followed = *goroutine & FOLLOWED != 0;
        *goroutine = *goroutine & FOLLOWED | if is_executing { EXECUTING } else { 0 };
        if is_followed && was_executing != is_executing {
            self.push(event, if is_executing { Op::Start } else { Op::Stop }, id.0, tables);
        }
    }

    fn range(&mut self, event: &Event, range: Range, edge: Edge, tables: &Tables) {
        if !self.has_procs || edge == Edge::Active && self.is_after_first_generation {
            return;
        }
        match range {
            Range::GcMark => {}
            Range::StopTheWorld { kind, .. } if is_by_gc(tables.string(kind)) => {
                self.push(event, if edge == Edge::End { Op::StwEnd } else { Op::StwBegin }, 0, tables);
            }
            Range::StopTheWorld { .. } => {}
            Range::Sweep { .. } => {
                let op = edge.choose(Op::SweepBegin, Op::SweepActive, Op::SweepEnd);
                self.push(event, op, 0, tables);
            }
            Range::MarkAssist { goroutine } => {
                *self.goroutine(goroutine) |= FOLLOWED;
                let is_running = *self.goroutine(event.goroutine) & EXECUTING != 0;
                let active = if is_running { Op::AssistActiveRunning } else { Op::AssistActiveStopped };
                self.push(event, edge.choose(Op::AssistBegin, active, Op::AssistEnd), goroutine.0, tables);
            }
        }
    }

    /// Idle workers use only idle Ps: they do not count.
    fn label(&mut self, event: &Event, label: StringId, tables: &Tables) {
        let label = tables.string(label);
        if !self.has_procs || !label.starts_with(b"GC ") || label == b"GC (idle)" {
            return;
        }
        *self.goroutine(event.goroutine) |= FOLLOWED;
        let is_dedicated = label == b"GC (dedicated)";
        let op = if is_dedicated { Op::DedicatedWorker } else { Op::FractionalWorker };
        self.push(event, op, event.goroutine.0, tables);
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        let ops = self.times.iter().zip(&self.ops);
        let contexts = self.procs.iter().zip(&self.arguments);
        ops.zip(contexts).map(|((&time, &op), (&proc, &argument))| Entry { time, op, proc, argument })
    }

    /// When the last event happened.
    pub(super) fn last_time(&self) -> Option<Time> {
        self.last_time
    }
}

/// Which side of a range an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    Begin,
    Active,
    End,
}

impl Edge {
    fn choose(self, begin: Op, active: Op, end: Op) -> Op {
        match self {
            Self::Begin => begin,
            Self::Active => active,
            Self::End => end,
        }
    }
}

/// Whether the world is stopped for the collector, by the kind of the stop.
pub(crate) fn is_by_gc(kind: &[u8]) -> bool {
    kind.windows(2).any(|pair| pair == b"GC")
}
