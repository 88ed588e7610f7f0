//! A trace in a few kilobytes: how long goroutines, tasks and regions of each name took, and on what, as histograms that add up
//! over traces.
//!
//! Counted are instances that begin and end in the trace: what is cut off would look short.

use std::collections::BTreeMap;

use goscope_parsers::trace::StringId;

use super::instances::{Instance, InstanceFilter, InstanceKind, InstanceOf, InstanceSet, instances};
use super::latency::breakdown;
use crate::histogram::DurationHistogram;
use crate::trace::folds::gc::GcCycles;
use crate::trace::folds::stw::{Pause, pause_kinds};
use crate::trace::model::TraceModel;
use crate::trace::words::breakdown_key::BreakdownKey;
use crate::trace::words::cause::SpanState;

/// How long the instances of a name took, in all or in one state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch {
    /// `goroutine`, `task`, `region`, `gc` or `stw`.
    pub group: &'static str,
    /// The function, the type, the name, the kind of pause.
    pub name: String,
    /// `total`, `running`, `runnable`, `syscall`, or `blocked:` and the reason.
    pub metric: String,
    /// One duration an instance; 0 where it has none of this.
    pub durations: DurationHistogram,
}

/// The sketches of a trace, by group, name and metric. Cycles and pauses come from the folds beside the model.
pub fn sketches(model: &TraceModel, cycles: &GcCycles, pauses: &[Pause]) -> Vec<Sketch> {
    let mut sketches: Vec<Sketch> = Vec::new();
    let kinds = [
        ("goroutine", InstanceKind::Goroutines),
        ("region", InstanceKind::Regions(None)),
        ("task", InstanceKind::Tasks(None)),
    ];
    for (group, kind) in kinds {
        for (name, instances) in by_name(model, kind) {
            sketches.extend(of_instances(model, group, &name, instances));
        }
    }
    let ended = cycles.cycles.iter().filter_map(|cycle| Some(cycle.mark_end?.abs_diff(cycle.mark_begin?)));
    let durations: DurationHistogram = ended.collect();
    if !durations.is_empty() {
        sketches.push(Sketch { group: "gc", name: "mark".to_owned(), metric: "total".to_owned(), durations });
    }
    for kind in pause_kinds(pauses) {
        let name = model.tables().printable(kind.kind).into_owned();
        sketches.push(Sketch { group: "stw", name, metric: "total".to_owned(), durations: kind.durations });
    }
    sketches.sort_by(|a, b| (a.group, &a.name, &a.metric).cmp(&(b.group, &b.name, &b.metric)));
    sketches
}

/// Instances that begin and end in the trace, by their name.
fn by_name(model: &TraceModel, kind: InstanceKind) -> BTreeMap<String, Vec<Instance>> {
    let filter = InstanceFilter { kind, ..InstanceFilter::default() };
    let mut by_id: BTreeMap<StringId, Vec<Instance>> = BTreeMap::new();
    for instance in instances(model, &filter).list(model) {
        if let Some(name) = name_of(model, &instance) {
            by_id.entry(name).or_default().push(instance);
        }
    }
    // Two texts may look the same once they can be printed.
    let mut by_name: BTreeMap<String, Vec<Instance>> = BTreeMap::new();
    for (name, mut instances) in by_id {
        by_name.entry(model.tables().printable(name).into_owned()).or_default().append(&mut instances);
    }
    by_name
}

fn name_of(model: &TraceModel, instance: &Instance) -> Option<StringId> {
    match instance.of {
        InstanceOf::Goroutine => {
            let goroutine = model.goroutine(instance.goroutine)?;
            let is_whole = goroutine.is_created && goroutine.is_ended;
            is_whole.then(|| model.start_function(instance.goroutine))
        }
        InstanceOf::Task(id) => Some(model.task(id)?.name),
        InstanceOf::Region(row) => Some(model.regions().get(row as usize)?.name),
    }
}

fn of_instances(
    model: &TraceModel,
    group: &'static str,
    name: &str,
    instances: Vec<Instance>,
) -> Vec<Sketch> {
    let sums = breakdown(model, &InstanceSet::from(instances));
    let mut metrics: BTreeMap<String, DurationHistogram> = BTreeMap::new();
    for row in sums.rows {
        let Some(metric) = metric(model, row.key) else { continue };
        match metrics.get_mut(&metric) {
            // Running is told apart by what it is for, and reasons may look the same once they can be printed. What an
            // instance has of both is not known here: it counts as two, which keeps sums exact and quantiles low.
            Some(durations) => durations.merge(&row.per_instance),
            None => drop(metrics.insert(metric, row.per_instance)),
        }
    }
    metrics.insert("total".to_owned(), sums.wall);
    let sketch = |(metric, durations)| Sketch { group, name: name.to_owned(), metric, durations };
    metrics.into_iter().map(sketch).collect()
}

/// The metric that time of a state belongs to; `None` where nothing is known.
fn metric(model: &TraceModel, key: BreakdownKey) -> Option<String> {
    Some(match key.state {
        SpanState::Unknown => return None,
        SpanState::Running => "running".to_owned(),
        SpanState::Runnable => "runnable".to_owned(),
        SpanState::Syscall => "syscall".to_owned(),
        SpanState::SyscallBlocked => "syscall blocked".to_owned(),
        SpanState::Waiting => format!("blocked:{}", model.tables().printable(key.reason)),
    })
}
