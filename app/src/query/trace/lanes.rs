//! The lanes of a trace in groups: which goroutines, Ps, threads or tasks, in which order.

use std::collections::BTreeMap;

use goscope_analysis::symbol::short_name;
use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::trace::{GoId, ProcId, StringId, TaskId, ThreadId};

use super::{LaneKind, LaneOrder, Only};

/// Which lanes, and in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LaneQuery {
    /// What a lane is.
    pub kind: LaneKind,
    /// In which order.
    pub order: LaneOrder,
    /// Text that the name of a group, or the number of a goroutine, must hold.
    pub containing: String,
    /// Only these goroutines.
    pub only: Option<Only>,
}

/// What a lane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Mark phases of the GC.
    Gc,
    /// Stopped worlds.
    StoppedWorlds,
    /// A goroutine.
    Goroutine(GoId),
    /// A P.
    Proc(ProcId),
    /// A thread.
    Thread(ThreadId),
    /// A user task.
    Task(TaskId),
}

/// Lanes under a common name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneGroup {
    /// The whole name, by which it is opened and closed.
    pub name: String,
    /// What the window calls it.
    pub title: String,
    /// Its lanes, in order.
    pub lanes: Vec<Lane>,
}

/// All groups, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lanes {
    /// The groups.
    pub groups: Vec<LaneGroup>,
}

/// Finds, groups and sorts lanes.
pub(in crate::query) fn lanes(model: &TraceModel, query: &LaneQuery) -> Lanes {
    let groups = match query.kind {
        LaneKind::Goroutines => goroutine_groups(model, query),
        LaneKind::Procs => vec![group("Ps", procs(model))],
        LaneKind::Threads => vec![group("Threads", threads(model))],
        LaneKind::Tasks => task_groups(model, query),
    };
    Lanes { groups: groups.into_iter().filter(|group| !group.lanes.is_empty()).collect() }
}

fn group(name: &str, lanes: Vec<Lane>) -> LaneGroup {
    LaneGroup { name: name.to_owned(), title: name.to_owned(), lanes }
}

/// What lanes and groups are sorted by; the largest first.
type Weight = i64;

fn goroutine_groups(model: &TraceModel, query: &LaneQuery) -> Vec<LaneGroup> {
    let tables = model.tables();
    let mut by_function: BTreeMap<StringId, Vec<(Weight, GoId)>> = BTreeMap::new();
    for id in model.goroutine_ids().filter(|&id| is_wanted(model, id, query.only.as_ref())) {
        let weight = goroutine_weight(model, id, query.order);
        by_function.entry(model.start_function(id)).or_default().push((weight, id));
    }
    let mut groups = Vec::new();
    for (function, mut members) in by_function {
        let name = tables.string_lossy(function).into_owned();
        if !query.containing.is_empty() && !name.contains(&query.containing) {
            members.retain(|&(_, id)| tables.goid(id).to_string() == query.containing);
        }
        members.sort_by_key(|&(weight, id)| (std::cmp::Reverse(weight), id));
        let weight: Weight = match query.order {
            LaneOrder::Start | LaneOrder::Duration => members.first().map_or(Weight::MIN, |first| first.0),
            LaneOrder::Running | LaneOrder::Blocked => members.iter().map(|member| member.0).sum(),
        };
        let lanes = members.into_iter().map(|(_, id)| Lane::Goroutine(id)).collect();
        let title =
            if name.is_empty() { "(unknown function)".to_owned() } else { short_name(&name).into_owned() };
        groups.push((weight, LaneGroup { name, title, lanes }));
    }
    groups.sort_by(|(one, first), (other, second)| other.cmp(one).then_with(|| first.name.cmp(&second.name)));
    groups.into_iter().map(|(_, group)| group).collect()
}

/// Whether a goroutine passes a restriction.
pub(super) fn is_wanted(model: &TraceModel, id: GoId, only: Option<&Only>) -> bool {
    match only {
        None => true,
        Some(Only::Goroutine(goid)) => model.tables().goid(id) == *goid,
        Some(Only::Function(name)) => model.tables().string(model.start_function(id)) == name.as_bytes(),
    }
}

fn goroutine_weight(model: &TraceModel, id: GoId, order: LaneOrder) -> Weight {
    let total = |state: SpanState| {
        let spans = model.spans(id).filter(|span| span.state == state);
        spans.map(|span| span.duration_nanos()).sum::<u64>() as Weight
    };
    let life = model.goroutine(id).map(|goroutine| goroutine.life()).unwrap_or_default();
    match order {
        LaneOrder::Running => total(SpanState::Running),
        LaneOrder::Blocked => total(SpanState::Waiting) + total(SpanState::SyscallBlocked),
        LaneOrder::Duration => life.end.saturating_sub(life.start),
        LaneOrder::Start => life.start.saturating_neg(),
    }
}

/// Ps that ran; v1 traces have artificial ones above a million, which never did.
fn procs(model: &TraceModel) -> Vec<Lane> {
    let tables = model.tables();
    let ids = (1..tables.proc_count() as u32).map(ProcId);
    let mut real: Vec<ProcId> = ids.filter(|&id| tables.proc_number(id) < 1_000_000).collect();
    real.sort_by_key(|&id| tables.proc_number(id));
    real.into_iter().map(Lane::Proc).collect()
}

fn threads(model: &TraceModel) -> Vec<Lane> {
    let tables = model.tables();
    let mut ids: Vec<ThreadId> = (1..tables.thread_count() as u32).map(ThreadId).collect();
    ids.sort_by_key(|&id| tables.thread_number(id));
    ids.into_iter().map(Lane::Thread).collect()
}

fn task_groups(model: &TraceModel, query: &LaneQuery) -> Vec<LaneGroup> {
    let tables = model.tables();
    let whole = model.range();
    let mut by_type: BTreeMap<String, Vec<(Weight, TaskId)>> = BTreeMap::new();
    for id in model.task_ids().filter(|&id| id != TaskId::BACKGROUND) {
        let Some(task) = model.task(id) else { continue };
        let (begin, end) = (task.begin.unwrap_or(whole.start), task.end.unwrap_or(whole.end));
        let weight = match query.order {
            LaneOrder::Start => begin.saturating_neg(),
            _ => end.saturating_sub(begin),
        };
        by_type.entry(tables.string_lossy(task.name).into_owned()).or_default().push((weight, id));
    }
    let wanted = by_type.into_iter().filter(|(name, _)| name.contains(&query.containing));
    wanted
        .map(|(name, mut tasks)| {
            tasks.sort_by_key(|&(weight, id)| (std::cmp::Reverse(weight), id));
            group(&name, tasks.into_iter().map(|(_, id)| Lane::Task(id)).collect())
        })
        .collect()
}
