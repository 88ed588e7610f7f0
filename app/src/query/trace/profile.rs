//! A profile made from a part of a trace, for its flame graph, table of functions and details.
//!
//! Samples are what goroutines did or waited for, weighted with time; the outermost frame is their state, so that
//! one flame graph shows running and waiting side by side.

use std::collections::BTreeMap;

use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::cause_totals::{CauseTotal, cause_totals, sample_totals};
use goscope_analysis::trace::instances::InstanceSet;
use goscope_analysis::trace::latency::BreakdownKey;
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::pprof::{Line, LocationId, Profile, ProfileBuilder};
use goscope_parsers::trace::{FrameId, StackId, Time};

use super::lanes::is_wanted;
use super::latency::selected_instances;
use super::subject::on_clock;
use super::{About, FlameKind, TraceSelection};
use crate::document::Document;

/// Counts one part of a trace.
pub(in crate::query) fn trace_profile(
    (from, model): (&Document, &TraceModel),
    selection: &TraceSelection,
    kind: FlameKind,
) -> Document {
    let profile = match kind {
        FlameKind::Cpu => cpu_profile(model, selection),
        FlameKind::Wall | FlameKind::Blocked | FlameKind::Sched => time_profile(model, selection, kind),
    };
    Document::derived(from, profile)
}

/// The range of a selection on the clock of the trace.
pub(in crate::query) fn clock_range(model: &TraceModel, selection: &TraceSelection) -> std::ops::Range<Time> {
    on_clock(model, selection.range)
}

fn cpu_profile(model: &TraceModel, selection: &TraceSelection) -> Profile {
    let range = clock_range(model, selection);
    let mut stacks = Stacks::new(model, &[("samples", "count")], &range);
    // Of goroutines all samples count, also those of the runtime's own, and those of none.
    let counts = match selection.about {
        About::Goroutines => sample_counts(model, selection, &range),
        About::Tasks(_) | About::Regions(_) => samples_in(model, &selected_instances(model, selection)),
    };
    for (stack, count) in counts {
        stacks.add(&[count], stack, None);
    }
    stacks.finish()
}

/// Samples of the CPU profiler by stack.
fn sample_counts(
    model: &TraceModel,
    selection: &TraceSelection,
    range: &std::ops::Range<Time>,
) -> BTreeMap<StackId, i64> {
    let samples = model.samples();
    let first = samples.partition_point(|sample| sample.time < range.start);
    let mut counts: BTreeMap<StackId, i64> = BTreeMap::new();
    for sample in samples[first..].iter().take_while(|sample| sample.time < range.end) {
        if is_wanted(model, sample.goroutine, selection.only.as_ref()) {
            *counts.entry(sample.stack).or_default() += 1;
        }
    }
    counts
}

/// Samples of the CPU profiler by stack that were taken within instances.
fn samples_in(model: &TraceModel, instances: &InstanceSet) -> BTreeMap<StackId, i64> {
    sample_totals(model, instances).into_iter().map(|(stack, count)| (stack, count as i64)).collect()
}

fn time_profile(model: &TraceModel, selection: &TraceSelection, kind: FlameKind) -> Profile {
    let range = clock_range(model, selection);
    let instances = selected_instances(model, selection);
    let totals = cause_totals(model, &instances, |state| counts(kind, state));
    let mut stacks = Stacks::new(model, &[("spans", "count"), ("time", "nanoseconds")], &range);
    let mut running = (0, 0);
    for CauseTotal { cause, count, nanos } in totals {
        let cause = model.cause(cause);
        let (count, nanos) = (count as i64, nanos as i64);
        if cause.state == SpanState::Running {
            running = (running.0 + count, running.1 + nanos);
            continue;
        }
        // What is runnable or in a system call is so whatever the reason of the step before.
        let state = BreakdownKey::of(cause).text(model.tables());
        stacks.add(&[count, nanos], cause.stack, Some(&state));
    }
    if running.0 > 0 {
        add_running(&mut stacks, running, &samples_in(model, &instances));
    }
    stacks.finish()
}

/// Who begins to run has no stack; the samples of the CPU profiler say where running time went, if there are any.
fn add_running(stacks: &mut Stacks<'_>, (count, nanos): (i64, i64), samples: &BTreeMap<StackId, i64>) {
    let n_samples: i64 = samples.values().sum();
    let (mut seen, mut given) = (0, (0, 0));
    for (&stack, &n) in samples {
        seen += n;
        // Rounded at the running sum, so that the parts add up to the whole.
        let until = |whole: i64| (i128::from(whole) * i128::from(seen) / i128::from(n_samples)) as i64;
        let values = [until(count) - given.0, until(nanos) - given.1];
        given = (until(count), until(nanos));
        stacks.add(&values, stack, Some(SpanState::Running.name()));
    }
    if n_samples == 0 {
        stacks.add(&[count, nanos], StackId::NONE, Some(SpanState::Running.name()));
    }
}

const fn counts(kind: FlameKind, state: SpanState) -> bool {
    match kind {
        FlameKind::Cpu => false,
        FlameKind::Wall => !matches!(state, SpanState::Unknown),
        FlameKind::Blocked => {
            matches!(state, SpanState::Waiting | SpanState::Syscall | SpanState::SyscallBlocked)
        }
        FlameKind::Sched => matches!(state, SpanState::Runnable),
    }
}

/// Stacks of a trace on their way into a profile; a frame becomes one location, once.
struct Stacks<'m> {
    model: &'m TraceModel,
    builder: ProfileBuilder,
    locations: BTreeMap<FrameId, LocationId>,
    states: BTreeMap<String, LocationId>,
    stack: Vec<LocationId>,
}

impl<'m> Stacks<'m> {
    fn new(model: &'m TraceModel, types: &[(&str, &str)], range: &std::ops::Range<Time>) -> Self {
        let mut builder = ProfileBuilder::new(types);
        builder.header().duration_nanos = range.end.saturating_sub(range.start);
        Self { model, builder, locations: BTreeMap::new(), states: BTreeMap::new(), stack: Vec::new() }
    }

    fn add(&mut self, values: &[i64], stack: StackId, state: Option<&str>) {
        self.stack.clear();
        for &frame in self.model.tables().stack(stack) {
            let location = self.location(frame);
            self.stack.push(location);
        }
        if let Some(state) = state {
            let location = self.state(state);
            self.stack.push(location);
        }
        self.builder.sample(values, &self.stack, &[]);
    }

    fn location(&mut self, id: FrameId) -> LocationId {
        if let Some(&known) = self.locations.get(&id) {
            return known;
        }
        let tables = self.model.tables();
        let frame = tables.frame(id);
        let (name, file) = (tables.string_lossy(frame.function), tables.string_lossy(frame.file));
        let function = self.builder.function(&name, &file, 0);
        let line = Line { function, line: frame.line as i64, ..Line::default() };
        let location = self.builder.location(None, frame.pc, &[line]);
        self.locations.insert(id, location);
        location
    }

    /// The frame that stands for a state.
    fn state(&mut self, name: &str) -> LocationId {
        if let Some(&known) = self.states.get(name) {
            return known;
        }
        let function = self.builder.function(name, "", 0);
        let location = self.builder.location(None, 0, &[Line { function, ..Line::default() }]);
        self.states.insert(name.to_owned(), location);
        location
    }

    fn finish(self) -> Profile {
        self.builder.finish()
    }
}
