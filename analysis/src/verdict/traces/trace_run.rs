//! One trace, as far as it is compared: quantiles by group and measure, a few kilobytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use goscope_parsers::trace::StringId;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::assists::Assists;
use super::group::{Group, GroupKind, Measured};
use super::names::group_name;
use super::times::{Times, WINDOWS, Windowed};
use crate::trace::model::TraceModel;
use crate::trace::questions::instances::{InstanceFilter, InstanceKind, instances};
use crate::trace::questions::latency::{BreakdownKey, InstanceBreakdown, breakdown_of};
use crate::trace::words::cause::SpanState;
use crate::trace::words::instance::{Instance, InstanceOf};
use crate::verdict::run::{RunContext, RunInfo};

/// Instances of a group whose times are looked at; of more, each second, third … in the order that they came. Half a
/// million know each quantile to 0.3% of its level.
const MOST_INSTANCES: usize = 1 << 20;
/// Instances that are broken down at once: what they are broken down into takes memory.
const AT_ONCE: usize = 1 << 15;

/// What a comparison needs of a trace. The model is not needed any more.
#[derive(Clone, Debug)]
pub struct TraceRun {
    pub(super) info: RunInfo,
    /// The part of the events that is lost.
    pub(super) lost_share: f64,
    /// In the order of groups.
    pub(super) groups: Vec<GroupTimes>,
}

/// The instances of a group.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GroupTimes {
    pub(super) group: Group,
    /// How many begin and end in the trace.
    pub(super) count: u64,
    /// Of what any of them has, in the order of measures; the latency always.
    pub(super) measures: Vec<(Measured, Times)>,
}

impl GroupTimes {
    pub(super) fn times(&self, measured: &Measured) -> Option<&Times> {
        let place = self.measures.binary_search_by(|(known, _)| known.cmp(measured)).ok()?;
        Some(&self.measures[place].1)
    }
}

impl TraceRun {
    /// The quantiles of a trace. What `context` does not say of GOMAXPROCS is taken from the trace.
    pub fn of(model: &TraceModel, context: RunContext) -> Self {
        let assists = Assists::new(model);
        let mut groups: Vec<GroupTimes> = groups_of(model)
            .into_iter()
            .map(|(group, instances)| GroupTimes {
                group,
                count: instances.len() as u64,
                measures: measures(model, &instances, &assists),
            })
            .collect();
        groups.sort_by(|a, b| a.group.cmp(&b.group));
        let n_instances: u64 = groups.iter().map(|group| group.count).sum();
        let info = RunInfo {
            time_nanos: time_nanos(model),
            duration_nanos: i64::try_from(model.duration_nanos()).unwrap_or(i64::MAX),
            exposure: n_instances as f64,
            context: RunContext { gomaxprocs: context.gomaxprocs.or_else(|| gomaxprocs(model)), ..context },
            ..RunInfo::default()
        };
        Self { info, lost_share: model.lost_share(), groups }
    }

    /// What is known of the run.
    pub fn info(&self) -> &RunInfo {
        &self.info
    }

    /// Whether nothing in the trace begins and ends in it.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    pub(super) fn group(&self, group: &Group) -> Option<&GroupTimes> {
        let place = self.groups.binary_search_by(|known| known.group.cmp(group)).ok()?;
        Some(&self.groups[place])
    }
}

/// When the trace began, in ns since 1970; 0 where it does not say.
fn time_nanos(model: &TraceModel) -> i64 {
    let Some(clock) = model.wall_clock() else { return 0 };
    let (seconds, nanos) = clock.wall_at(model.range().start);
    seconds.saturating_mul(1_000_000_000).saturating_add(i64::from(nanos))
}

/// GOMAXPROCS, if it did not change.
fn gomaxprocs(model: &TraceModel) -> Option<u32> {
    let (first, rest) = model.gomaxprocs().split_first()?;
    let is_constant = rest.iter().all(|row| row.value == first.value);
    u32::try_from(first.value).ok().filter(|_| is_constant)
}

/// All instances that begin and end in the trace, by group.
fn groups_of(model: &TraceModel) -> BTreeMap<Group, Vec<Instance>> {
    let mut groups: BTreeMap<Group, Vec<Instance>> = BTreeMap::new();
    for (kind, asked) in [
        (GroupKind::Task, InstanceKind::Tasks(None)),
        (GroupKind::Region, InstanceKind::Regions(None)),
        (GroupKind::Goroutine, InstanceKind::Goroutines),
    ] {
        let filter = InstanceFilter { kind: asked, ..InstanceFilter::default() };
        let mut by_name: BTreeMap<StringId, Vec<Instance>> = BTreeMap::new();
        for instance in instances(model, &filter).list(model) {
            if let Some(name) = name_of(model, &instance) {
                by_name.entry(name).or_default().push(instance);
            }
        }
        for (name, mut instances) in by_name {
            let group = Group { kind, name: group_name(model, kind, name).into() };
            groups.entry(group).or_default().append(&mut instances);
        }
    }
    // Several functions may be called the same by two builds.
    groups.values_mut().for_each(|list| list.par_sort_unstable_by_key(|it| (it.of, it.goroutine, it.begin)));
    groups
}

/// What names the group of an instance; `None` if its begin or end is not in the trace.
fn name_of(model: &TraceModel, instance: &Instance) -> Option<StringId> {
    match instance.of {
        InstanceOf::Goroutine => {
            let goroutine = model.goroutine(instance.goroutine)?;
            let is_complete = goroutine.is_created && goroutine.is_ended;
            is_complete.then(|| model.start_function(instance.goroutine))
        }
        InstanceOf::Task(id) => Some(model.task(id)?.name),
        InstanceOf::Region(row) => Some(model.regions().get(row as usize)?.name),
    }
}

/// What instances of a group spent their time on.
fn measures(model: &TraceModel, instances: &[Instance], assists: &Assists) -> Vec<(Measured, Times)> {
    let mut counts = [0; WINDOWS];
    let mut latency = Windowed::default();
    let mut assisted = Windowed::default();
    // By state and reason; several states may be one measure.
    let mut spent: BTreeMap<Measured, Windowed> = BTreeMap::new();
    let mut measured_of: FxHashMap<BreakdownKey, Option<Measured>> = FxHashMap::default();
    let every = instances.len().div_ceil(MOST_INSTANCES).max(1);
    let chosen: Vec<Instance> = instances.iter().step_by(every).copied().collect();
    for chunk in chosen.chunks(AT_ONCE) {
        let parts: Vec<InstanceBreakdown> =
            chunk.par_iter().with_min_len(64).map(|&instance| breakdown_of(model, instance)).collect();
        for InstanceBreakdown { instance, rows } in parts {
            let window = window_of(model, &instance);
            counts[window] += 1;
            latency.push(window, instance.nanos());
            match assists.nanos_in(&instance) {
                0 => {}
                nanos => assisted.push(window, nanos),
            }
            let mut syscall = 0;
            for (key, nanos) in rows {
                match measured_of.entry(key).or_insert_with(|| measured(model, key)) {
                    Some(Measured::Syscall) => syscall += nanos,
                    Some(measured) => match spent.get_mut(measured) {
                        Some(windowed) => windowed.push(window, nanos),
                        None => {
                            spent.entry(measured.clone()).or_default().push(window, nanos);
                        }
                    },
                    None => {}
                }
            }
            if syscall > 0 {
                spent.entry(Measured::Syscall).or_default().push(window, syscall);
            }
        }
    }
    if assisted.total_nanos() > 0 {
        spent.insert(Measured::GcAssist, assisted);
    }
    spent.insert(Measured::Latency, latency);
    spent.into_par_iter().map(|(measured, windowed)| (measured, windowed.into_times(&counts))).collect()
}

/// The measure that time of a state belongs to; `None` where nothing is known.
fn measured(model: &TraceModel, key: BreakdownKey) -> Option<Measured> {
    match key.state {
        SpanState::Unknown => None,
        SpanState::Running => Some(Measured::Running),
        SpanState::Runnable => Some(Measured::SchedulerWait),
        SpanState::Waiting => {
            let reason: Arc<str> = model.tables().printable(key.reason).into();
            Some(Measured::Blocked(reason))
        }
        SpanState::Syscall | SpanState::SyscallBlocked => Some(Measured::Syscall),
    }
}

/// The window of time in which an instance begins.
fn window_of(model: &TraceModel, instance: &Instance) -> usize {
    let range = model.range();
    let length = (i128::from(range.end) - i128::from(range.start)).max(1);
    let place = (i128::from(instance.begin) - i128::from(range.start)) * WINDOWS as i128 / length;
    usize::try_from(place).unwrap_or(0).min(WINDOWS - 1)
}
