//! Mutator utilization: the share of the Ps that the program has, and the garbage collector does not take, over
//! time.
//!
//! ```text
//! 1.00 ┐      ┌──────          a step function: value i holds from time i to time i + 1;
//! 0.75 └──────┘      │         the last point ends the series
//! 0.00               └
//! ```
//!
//! The rules are those of `go tool trace`, but for one: Go 1.22 to 1.27 never forget that a goroutine was a mark
//! worker ([`MarkRule`], `docs/mmu.md`).

use goscope_parsers::trace::Time;
use rustc_hash::FxHashMap;

use crate::trace::folds::mutator_log::{Entry, MutatorLog, Op};

/// The work of the garbage collector that counts as taken from the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GcWork(u8);

impl GcWork {
    /// Pauses in which the collector stops the world; pauses for other reasons never count.
    pub const STW: Self = Self(1);
    /// Mark workers that have a P or a part of it; idle ones never count.
    pub const BACKGROUND: Self = Self(2);
    /// Goroutines that must mark before they may allocate.
    pub const ASSIST: Self = Self(4);
    /// Sweeping before an allocation.
    pub const SWEEP: Self = Self(8);
    /// What `go tool trace` shows at first.
    pub const DEFAULT: Self = Self(7);
    /// None of it.
    pub const NONE: Self = Self(0);

    /// This work and that.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` counts.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Whose utilization.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Scope {
    /// All Ps together: one series.
    #[default]
    System,
    /// Each P for itself. Dedicated workers do not count: they leave no goroutine on their P to be delayed.
    PerProc,
}

/// When a goroutine stops to count as a mark worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MarkRule {
    /// When it stops executing, as before Go 1.22: each activation has its own label.
    #[default]
    UntilItStops,
    /// Never, as Go 1.22 to 1.27.3 do: from the second activation on each counts twice at its beginning and once
    /// at its end, so that the P never looks free again. To compare with those versions.
    NeverCleared,
}

/// Utilization over time: one series, or one for each P (again a new one for a P that comes back).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Utilization {
    /// Empty if the trace never says what GOMAXPROCS is.
    pub series: Vec<UtilizationSeries>,
}

/// A step function of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UtilizationSeries {
    /// Number of the P; `None` if it is of all.
    pub proc: Option<u32>,
    /// The start of each step, rising.
    pub times: Vec<Time>,
    /// The utilization from then on, in 0..=1. The last one is 0 and ends the series.
    pub values: Vec<f64>,
}

impl UtilizationSeries {
    fn starting(proc: Option<u32>, time: Time) -> Self {
        Self { proc, times: vec![time], values: vec![1.0] }
    }

    /// Goes on with a value; of two at the same time the lower one stays.
    fn push(&mut self, time: Time, value: f64) {
        if let (Some(&last_time), Some(last)) = (self.times.last(), self.values.last_mut()) {
            if value == *last {
                return;
            }
            if time == last_time {
                *last = last.min(value);
                return;
            }
        }
        self.times.push(time);
        self.values.push(value);
    }

    /// The part between two times; `None` if the series has no part there.
    fn clip(&self, from: Time, to: Time) -> Option<Self> {
        let (&first, &last) = (self.times.first()?, self.times.last()?);
        let (from, to) = (from.max(first), to.min(last));
        if from >= to {
            return None;
        }
        let begin = self.times.partition_point(|&time| time <= from) - 1;
        let end = self.times.partition_point(|&time| time < to);
        let (mut times, mut values) = (self.times[begin..end].to_vec(), self.values[begin..end].to_vec());
        times[0] = from;
        times.push(to);
        values.push(0.0);
        Some(Self { proc: self.proc, times, values })
    }
}

impl Utilization {
    /// The part between two times.
    #[must_use]
    pub fn clip(&self, from: Time, to: Time) -> Self {
        Self { series: self.series.iter().filter_map(|series| series.clip(from, to)).collect() }
    }
}

impl MutatorLog {
    /// The utilization when this work counts, of all Ps or of each.
    pub fn utilization(&self, work: GcWork, scope: Scope) -> Utilization {
        self.utilization_by_rule(work, scope, MarkRule::UntilItStops)
    }

    /// The same by one of the two rules for mark workers.
    pub fn utilization_by_rule(&self, work: GcWork, scope: Scope, rule: MarkRule) -> Utilization {
        let mut replay = Replay { work, scope, rule, ..Replay::default() };
        for entry in self.entries() {
            replay.entry(entry);
        }
        if let Some(time) = self.last_time() {
            replay.finish(time);
        }
        Utilization { series: replay.series }
    }
}

#[derive(Clone, Copy, Debug)]
struct Proc {
    /// How many reasons there are to call it taken. Below 0 after the end of what began before the trace.
    taken: i32,
    /// Its row in `series`.
    series: usize,
}

/// A goroutine assists.
const ASSISTS: u8 = 1;
/// A goroutine counts as a mark worker.
const MARKS: u8 = 2;

#[derive(Debug)]
struct Replay {
    work: GcWork,
    scope: Scope,
    rule: MarkRule,
    series: Vec<UtilizationSeries>,
    procs: Vec<Proc>,
    /// The number of Ps that are taken for at least one reason.
    n_taken: usize,
    /// When GOMAXPROCS changed, and its value from then on.
    proc_counts: Vec<(Time, usize)>,
    /// How many pauses are open.
    pauses: i32,
    goroutines: FxHashMap<u32, u8>,
}

impl Default for Replay {
    fn default() -> Self {
        Self {
            work: GcWork::NONE,
            scope: Scope::System,
            rule: MarkRule::UntilItStops,
            series: Vec::new(),
            procs: Vec::new(),
            n_taken: 0,
            proc_counts: Vec::new(),
            pauses: 0,
            goroutines: FxHashMap::default(),
        }
    }
}

impl Replay {
    fn entry(&mut self, entry: Entry) {
        if entry.op == Op::GoMaxProcs {
            self.set_proc_count(entry.time, entry.argument as usize);
        } else if self.procs.is_empty() {
            return;
        } else {
            self.apply(entry);
        }
        self.record(entry);
    }

    fn set_proc_count(&mut self, time: Time, count: usize) {
        for proc in self.procs.drain(count.min(self.procs.len())..) {
            self.n_taken -= usize::from(proc.taken > 0);
            if self.scope == Scope::PerProc {
                self.series[proc.series].push(time, 0.0);
            }
        }
        for number in self.procs.len()..count {
            if self.scope == Scope::PerProc || self.series.is_empty() {
                let proc = (self.scope == Scope::PerProc).then_some(number as u32);
                self.series.push(UtilizationSeries::starting(proc, time));
            }
            let series = if self.scope == Scope::PerProc { self.series.len() - 1 } else { 0 };
            self.procs.push(Proc { taken: 0, series });
        }
        if self.proc_counts.last().is_none_or(|&(_, last)| last != count) {
            self.proc_counts.push((time, count));
        }
    }

    fn apply(&mut self, entry: Entry) {
        let Entry { op, proc, argument: goroutine, .. } = entry;
        let counts = |work| self.work.contains(work);
        match op {
            Op::GoMaxProcs => {}
            Op::StwBegin if counts(GcWork::STW) => self.pauses += 1,
            Op::StwEnd if counts(GcWork::STW) => self.pauses -= 1,
            Op::SweepBegin if counts(GcWork::SWEEP) => self.take(proc, 1),
            Op::SweepActive if counts(GcWork::SWEEP) => {
                self.lower_the_past();
                self.take(proc, 1);
            }
            Op::SweepEnd if counts(GcWork::SWEEP) => self.take(proc, -1),
            Op::AssistBegin | Op::AssistActiveRunning | Op::AssistActiveStopped if counts(GcWork::ASSIST) => {
                if op == Op::AssistActiveRunning {
                    self.lower_the_past();
                }
                self.take(proc, 1);
                *self.goroutines.entry(goroutine).or_default() |= ASSISTS;
            }
            Op::AssistEnd if counts(GcWork::ASSIST) => {
                self.take(proc, -1);
                *self.goroutines.entry(goroutine).or_default() &= !ASSISTS;
            }
            Op::DedicatedWorker if self.scope == Scope::PerProc => {}
            Op::DedicatedWorker | Op::FractionalWorker if counts(GcWork::BACKGROUND) => {
                *self.goroutines.entry(goroutine).or_default() |= MARKS;
                self.take(proc, 1);
            }
            Op::Start if self.is_gc(goroutine) => self.take(proc, 1),
            Op::Stop if self.is_gc(goroutine) => {
                self.take(proc, -1);
                if self.rule == MarkRule::UntilItStops {
                    *self.goroutines.entry(goroutine).or_default() &= !MARKS;
                }
            }
            _ => {}
        }
    }

    fn is_gc(&self, goroutine: u32) -> bool {
        self.goroutines.get(&goroutine).is_some_and(|&roles| roles != 0)
    }

    /// Adds a reason to call a P taken, or takes one back. Go's tool fails on a P that is not there (none at all,
    /// or beyond GOMAXPROCS); here it does not count.
    fn take(&mut self, proc: u32, reasons: i32) {
        let Some(proc) = self.procs.get_mut(proc as usize) else { return };
        let was_taken = proc.taken > 0;
        proc.taken += reasons;
        self.n_taken = self.n_taken + usize::from(proc.taken > 0) - usize::from(was_taken);
    }

    /// A P turns out to have been taken since the trace began: all Ps together had less than thought.
    fn lower_the_past(&mut self) {
        let Some(series) = self.series.first_mut().filter(|_| self.scope == Scope::System) else { return };
        let mut at = 0;
        for (&time, value) in series.times.iter().zip(&mut series.values) {
            while self.proc_counts.get(at + 1).is_some_and(|&(changed, _)| changed < time) {
                at += 1;
            }
            *value = (*value - 1.0 / self.proc_counts[at].1 as f64).max(0.0);
        }
    }

    /// The utilization after an entry.
    fn record(&mut self, entry: Entry) {
        let Entry { time, op, proc, .. } = entry;
        let n_procs = self.procs.len();
        if n_procs == 0 {
            return;
        }
        if self.scope == Scope::System {
            let n_taken = if self.pauses > 0 { n_procs } else { self.n_taken };
            self.series[0].push(time, 1.0 - n_taken as f64 / n_procs as f64);
            return;
        }
        let touches_all = matches!(op, Op::GoMaxProcs | Op::StwBegin | Op::StwEnd);
        let proc = proc as usize;
        let touched = if touches_all { 0..n_procs } else { proc.min(n_procs)..(proc + 1).min(n_procs) };
        for proc in &self.procs[touched] {
            let is_taken = self.pauses > 0 || proc.taken > 0;
            self.series[proc.series].push(time, if is_taken { 0.0 } else { 1.0 });
        }
    }

    fn finish(&mut self, time: Time) {
        for proc in &self.procs {
            self.series[proc.series].push(time, 0.0);
        }
    }
}
