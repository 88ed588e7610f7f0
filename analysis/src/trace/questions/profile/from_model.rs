//! Flame graphs of a part of a trace: what goroutines did or waited for, weighted with time.
//!
//! ```text
//! instances ─► cause totals ─► (state: reason) ◄ stack        wall, blocked, sched: spans and nanoseconds
//!         └──► CPU samples ──► stack                          cpu: samples, 10 ms each
//!                    └───────► (running)       ◄ stack        where running time went, if there are any
//! ```
//!
//! The outermost frame is the state, so that one flame graph shows running and waiting side by side; samples have it
//! as labels too (`state`, `reason`). The stack of a goroutine that waits or is in a system call is its own, that of
//! one that is runnable belongs to whoever made it so. Totals by state and reason are those of the latency breakdown.

use std::collections::BTreeMap;
use std::ops::Range;

use goscope_parsers::pprof::Profile;
use goscope_parsers::trace::{StackId, StringId, Time};

use super::stacks::Stacks;
use crate::trace::model::TraceModel;
use crate::trace::questions::cause_totals::{cause_totals, sample_totals};
use crate::trace::questions::goroutine_filter::{GoroutineFilter, SystemGoroutines};
use crate::trace::questions::instances::{InstanceFilter, InstanceKind, InstanceSet, instances};
use crate::trace::words::breakdown_key::BreakdownKey;
use crate::trace::words::cause::{CauseTotal, SpanState};
use crate::trace::words::time::SAMPLE_PERIOD_NANOS;

/// What a flame graph of a trace counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum FlameKind {
    /// Samples of the CPU profiler.
    Cpu,
    /// All time of the goroutines, by state.
    #[default]
    Wall,
    /// Time blocked: waiting for anything, or in system calls.
    Blocked,
    /// Time waiting for a P.
    Sched,
}

impl FlameKind {
    /// All, in the order of the switch.
    pub const ALL: [Self; 4] = [Self::Cpu, Self::Wall, Self::Blocked, Self::Sched];

    /// Its name.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Wall => "wall",
            Self::Blocked => "blocked",
            Self::Sched => "sched",
        }
    }

    /// Whether time in a state counts. Time of which nothing is known never does.
    const fn counts(self, state: SpanState) -> bool {
        match self {
            Self::Cpu => false,
            Self::Wall => !matches!(state, SpanState::Unknown),
            Self::Blocked => {
                matches!(state, SpanState::Waiting | SpanState::Syscall | SpanState::SyscallBlocked)
            }
            Self::Sched => matches!(state, SpanState::Runnable),
        }
    }
}

/// The flame graph of what a filter selects.
///
/// Of goroutines, `cpu` counts the samples of all, also of the runtime's own and of none, unless the filter names some.
pub fn flame_profile(model: &TraceModel, filter: &InstanceFilter, kind: FlameKind) -> Profile {
    let range = filter.range.clone().unwrap_or_else(|| model.range());
    if kind == FlameKind::Cpu && filter.kind == InstanceKind::Goroutines && filter.nanos.is_none() {
        return cpu_profile(model, &goroutine_samples(model, &filter.goroutines, &range), &range);
    }
    flame_profile_of(model, &instances(model, filter), kind, &range)
}

/// The flame graph of some instances, which lie in a range of time.
pub fn flame_profile_of(
    model: &TraceModel,
    instances: &InstanceSet,
    kind: FlameKind,
    range: &Range<Time>,
) -> Profile {
    match kind {
        FlameKind::Cpu => cpu_profile(model, &samples_in(model, instances), range),
        FlameKind::Wall | FlameKind::Blocked | FlameKind::Sched => {
            time_profile(model, instances, kind, range)
        }
    }
}

fn cpu_profile(model: &TraceModel, counts: &BTreeMap<StackId, i64>, range: &Range<Time>) -> Profile {
    let cpu = ("cpu", "nanoseconds");
    let mut stacks = Stacks::new(model, [("samples", "count"), cpu], range);
    stacks.period(cpu, SAMPLE_PERIOD_NANOS as i64);
    for (&stack, &count) in counts {
        stacks.add([count, count.saturating_mul(SAMPLE_PERIOD_NANOS as i64)], stack, None);
    }
    stacks.finish()
}

/// Samples of the CPU profiler by stack.
fn goroutine_samples(
    model: &TraceModel,
    filter: &GoroutineFilter,
    range: &Range<Time>,
) -> BTreeMap<StackId, i64> {
    let filter = GoroutineFilter { system: SystemGoroutines::Included, ..filter.clone() };
    let samples = model.samples();
    let first = samples.partition_point(|sample| sample.time < range.start);
    // The last event of a trace is a part of it.
    let is_whole = range.end >= model.range().end;
    let mut counts: BTreeMap<StackId, i64> = BTreeMap::new();
    for sample in samples[first..].iter().take_while(|sample| is_whole || sample.time < range.end) {
        if filter.names(model, sample.goroutine) {
            *counts.entry(sample.stack).or_default() += 1;
        }
    }
    counts
}

/// Samples of the CPU profiler by stack that were taken within instances.
fn samples_in(model: &TraceModel, instances: &InstanceSet) -> BTreeMap<StackId, i64> {
    sample_totals(model, instances).into_iter().map(|(stack, count)| (stack, count as i64)).collect()
}

fn time_profile(
    model: &TraceModel,
    instances: &InstanceSet,
    kind: FlameKind,
    range: &Range<Time>,
) -> Profile {
    let totals = cause_totals(model, instances, |state| kind.counts(state));
    let mut stacks = Stacks::new(model, [("spans", "count"), (kind.text(), "nanoseconds")], range);
    stacks.period(("trace", "count"), 1);
    let mut running = [0, 0];
    for CauseTotal { cause, count, nanos } in totals {
        let cause = model.cause(cause);
        let values = [count as i64, nanos as i64];
        if cause.state == SpanState::Running {
            running = [running[0] + values[0], running[1] + values[1]];
            continue;
        }
        stacks.add(values, cause.stack, Some(BreakdownKey::of(cause)));
    }
    if running[0] > 0 {
        add_running(&mut stacks, running, &samples_in(model, instances));
    }
    stacks.finish()
}

/// Who begins to run has no stack; the samples of the CPU profiler say where running time went, if there are any.
fn add_running(stacks: &mut Stacks<'_>, running: [i64; 2], samples: &BTreeMap<StackId, i64>) {
    let n_samples: i64 = samples.values().sum();
    let key = BreakdownKey { state: SpanState::Running, reason: StringId::NONE };
    if n_samples == 0 {
        stacks.add(running, StackId::NONE, Some(key));
        return;
    }
    let (mut seen, mut given) = (0, [0, 0]);
    for (&stack, &n) in samples {
        seen += n;
        // Rounded at the running sum, so that the parts add up to the whole.
        let until =
            running.map(|whole| (i128::from(whole) * i128::from(seen) / i128::from(n_samples)) as i64);
        stacks.add([until[0] - given[0], until[1] - given[1]], stack, Some(key));
        given = until;
    }
}
