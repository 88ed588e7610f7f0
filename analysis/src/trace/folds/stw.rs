//! Stop-the-world (STW) pauses: start, duration, reason, goroutine.

use std::ops::Range as Span;

use goscope_parsers::trace::{Event, EventKind, GoId, Range, StackId, StringId, Tables, Time};

use crate::histogram::DurationHistogram;
use crate::trace::folds::mutator_log::is_by_gc;
use crate::trace::words::time::overlap_nanos;

/// The world was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// When the runtime started to stop the world.
    pub begin: Time,
    /// When the world started again, or the end of the trace.
    pub end: Time,
    /// The reason in the runtime's words: `GC mark termination`, `start trace`, `GOMAXPROCS`, …
    pub kind: StringId,
    /// Whether it was for the garbage collector.
    pub is_by_gc: bool,
    /// The goroutine that stopped the world.
    pub goroutine: GoId,
    /// Where that goroutine was.
    pub stack: StackId,
}

impl Pause {
    /// How long it took.
    pub fn nanos(&self) -> u64 {
        self.end.abs_diff(self.begin)
    }

    /// The part of it between two times.
    pub fn nanos_in(&self, span: &Span<Time>) -> u64 {
        overlap_nanos(self.begin..self.end, span)
    }
}

/// Collects the pauses of a trace.
#[derive(Debug, Default)]
pub struct StwLog {
    pauses: Vec<Pause>,
    /// Rows of `pauses` that have no end yet.
    open: Vec<usize>,
    last_time: Time,
}

impl StwLog {
    /// Takes up the next event of a trace.
    #[inline]
    pub fn event(&mut self, event: &Event, tables: &Tables) {
        self.last_time = event.time;
        match event.kind {
            EventKind::RangeBegin(Range::StopTheWorld { goroutine, kind }) => {
                self.open.push(self.pauses.len());
                let is_by_gc = is_by_gc(tables.string(kind));
                let (begin, stack) = (event.time, event.stack);
                self.pauses.push(Pause { begin, end: begin, kind, is_by_gc, goroutine, stack });
            }
            EventKind::RangeEnd(Range::StopTheWorld { goroutine, kind }) => {
                let of_range =
                    |&row: &usize| self.pauses[row].goroutine == goroutine && self.pauses[row].kind == kind;
                if let Some(at) = self.open.iter().position(of_range) {
                    let row = self.open.remove(at);
                    self.pauses[row].end = event.time;
                }
            }
            _ => {}
        }
    }

    /// All pauses, in order of start; an open one ends with the trace.
    pub fn finish(mut self) -> Vec<Pause> {
        for row in self.open {
            self.pauses[row].end = self.last_time;
        }
        self.pauses
    }
}

/// The pauses of one kind.
#[derive(Clone, Debug)]
pub struct PauseKind {
    /// What for.
    pub kind: StringId,
    /// Whether they were for the garbage collector.
    pub is_by_gc: bool,
    /// How long they took.
    pub durations: DurationHistogram,
}

/// Pauses by kind, those that took longest in sum first.
pub fn pause_kinds(pauses: &[Pause]) -> Vec<PauseKind> {
    let mut kinds: Vec<PauseKind> = Vec::new();
    for pause in pauses {
        let row = kinds.iter().position(|row| row.kind == pause.kind).unwrap_or_else(|| {
            let durations = DurationHistogram::default();
            kinds.push(PauseKind { kind: pause.kind, is_by_gc: pause.is_by_gc, durations });
            kinds.len() - 1
        });
        kinds[row].durations.record(pause.nanos());
    }
    kinds.sort_by_key(|row| std::cmp::Reverse(row.durations.total_nanos()));
    kinds
}
