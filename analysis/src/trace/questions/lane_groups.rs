//! The lanes of a trace in groups: goroutines, Ps, threads or tasks, and their order.

use std::collections::BTreeMap;

use goscope_parsers::printable;
use goscope_parsers::trace::{GoId, ProcId, StringId, TaskId, ThreadId};

use crate::symbol::short_name;
use crate::trace::model::TraceModel;
use crate::trace::questions::lane_filter::{FilterMode, GoroutineTest, LaneFilter, SpanTest};
use crate::trace::questions::only::Only;
use crate::trace::store::names::task_name;
use crate::trace::words::class::SpanClass;

/// What the lanes are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum LaneKind {
    /// Goroutines, by the function they run.
    #[default]
    Goroutines,
    /// Ps.
    Procs,
    /// Threads.
    Threads,
    /// User tasks, by type.
    Tasks,
}

impl LaneKind {
    /// All, in the order of the switch.
    pub const ALL: [Self; 4] = [Self::Goroutines, Self::Procs, Self::Threads, Self::Tasks];

    /// Its name.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Goroutines => "goroutines",
            Self::Procs => "Ps",
            Self::Threads => "threads",
            Self::Tasks => "tasks",
        }
    }
}

/// The order of groups, and of the lanes in each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum LaneOrder {
    /// By running time, most first.
    #[default]
    Running,
    /// By blocked time, most first.
    Blocked,
    /// By length of life, longest first.
    Duration,
    /// By when they begin.
    Start,
}

impl LaneOrder {
    /// All, in menu order.
    pub const ALL: [Self; 4] = [Self::Running, Self::Blocked, Self::Duration, Self::Start];

    /// Its name.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Running => "by running time",
            Self::Blocked => "by blocked time",
            Self::Duration => "by duration",
            Self::Start => "by start",
        }
    }
}

/// Asks for lanes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LaneQuery {
    /// What a lane shows.
    pub kind: LaneKind,
    /// Their order.
    pub order: LaneOrder,
    /// The filter.
    pub filter: LaneFilter,
    /// What happens to lanes that do not match.
    pub mode: FilterMode,
    /// Only these goroutines.
    pub only: Option<Only>,
    /// Goroutines by number whose lanes come first, in this order, in a group of their own: those on a critical path.
    pub first: Vec<i64>,
}

/// The name of that group.
pub const PATH_GROUP: &str = "critical path";

/// What a lane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Mark phases of the GC.
    Gc,
    /// Stop-the-world (STW) pauses.
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

/// A lane, by numbers that mean the same in every session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum LaneName {
    /// A goroutine, by its number.
    Goroutine(i64),
    /// A P, by its number.
    Proc(i64),
    /// A thread, by its number.
    Thread(i64),
}

impl LaneName {
    /// The name of a lane; lanes that cannot be unfolded have none.
    pub fn of(model: &TraceModel, lane: Lane) -> Option<Self> {
        let tables = model.tables();
        match lane {
            Lane::Goroutine(id) => Some(Self::Goroutine(tables.goid(id))),
            Lane::Proc(id) => Some(Self::Proc(tables.proc_number(id))),
            Lane::Thread(id) => Some(Self::Thread(tables.thread_number(id))),
            Lane::Gc | Lane::StoppedWorlds | Lane::Task(_) => None,
        }
    }
}

/// Lanes under a common name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LaneGroup {
    /// The whole name, by which it is opened and closed.
    pub name: String,
    /// Its name in the window.
    pub title: String,
    /// Its lanes, in order.
    pub lanes: Vec<Lane>,
    /// Of each lane, whether it fits a filter that dims the others; empty if all fit.
    pub fits: Vec<bool>,
}

/// All groups, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lanes {
    /// Their kind.
    pub kind: LaneKind,
    /// The groups.
    pub groups: Vec<LaneGroup>,
    /// Which spans are looked for; `None` if all are.
    pub spans: Option<SpanTest>,
    /// The goroutines whose lanes were pulled together, by number.
    pub first: Vec<i64>,
    /// By goroutine: its group and its place in it; `u32::MAX` twice if it is in none.
    places: Vec<(u32, u32)>,
}

impl Lanes {
    /// Groups as they are, without a filter; goroutines are not found in them.
    #[cfg(feature = "testing")]
    pub fn of_groups(groups: Vec<LaneGroup>) -> Self {
        Self { groups, ..Self::default() }
    }

    /// The group of a goroutine, and its place in it.
    pub fn place_of(&self, id: GoId) -> Option<(usize, usize)> {
        let &(group, lane) = self.places.get(id.index())?;
        (group != u32::MAX).then_some((group as usize, lane as usize))
    }

    /// The group of a lane, and its place in it. Looks through all of them unless it is a goroutine's.
    pub fn place_of_lane(&self, lane: Lane) -> Option<(usize, usize)> {
        if let Lane::Goroutine(id) = lane {
            return self.place_of(id);
        }
        let place = |group: &LaneGroup| group.lanes.iter().position(|&other| other == lane);
        self.groups.iter().enumerate().find_map(|(at, group)| Some((at, place(group)?)))
    }

    /// The lane with a name. Looks through all of them unless it is a goroutine's.
    pub fn lane_named(&self, model: &TraceModel, name: LaneName) -> Option<Lane> {
        if let LaneName::Goroutine(goid) = name {
            return model.goroutine_by_number(goid).map(Lane::Goroutine);
        }
        let mut lanes = self.groups.iter().flat_map(|group| &group.lanes);
        lanes.find(|&&lane| LaneName::of(model, lane) == Some(name)).copied()
    }

    /// How many lanes fit, and how many there are.
    pub fn counts(&self) -> (usize, usize) {
        let n_fitting = |group: &LaneGroup| match group.fits.as_slice() {
            [] => group.lanes.len(),
            fits => fits.iter().filter(|fits| **fits).count(),
        };
        let groups = || self.groups.iter();
        (groups().map(n_fitting).sum(), groups().map(|group| group.lanes.len()).sum())
    }
}

/// Finds, groups and sorts lanes.
pub fn lanes(model: &TraceModel, query: &LaneQuery) -> Lanes {
    let groups = match query.kind {
        LaneKind::Goroutines => pulled_together(model, goroutine_groups(model, query), &query.first),
        LaneKind::Procs => vec![group("Ps", numbered(procs(model), query))],
        LaneKind::Threads => vec![group("Threads", numbered(threads(model), query))],
        LaneKind::Tasks => task_groups(model, query),
    };
    let groups: Vec<LaneGroup> = groups.into_iter().filter(|group| !group.lanes.is_empty()).collect();
    let spans = query.filter.is_about_spans().then(|| SpanTest::new(model, &query.filter));
    let places = places(model, &groups);
    Lanes { kind: query.kind, groups, spans, first: query.first.clone(), places }
}

/// Takes lanes out of their groups into one of their own, which comes first. Those that a filter left out stay out.
fn pulled_together(model: &TraceModel, mut groups: Vec<LaneGroup>, first: &[i64]) -> Vec<LaneGroup> {
    let wanted: Vec<Lane> =
        first.iter().filter_map(|&goid| model.goroutine_by_number(goid)).map(Lane::Goroutine).collect();
    if wanted.is_empty() {
        return groups;
    }
    let mut pulled: Vec<(Lane, bool)> = Vec::new();
    for group in &mut groups {
        let fits = std::mem::take(&mut group.fits);
        let lanes = std::mem::take(&mut group.lanes).into_iter().enumerate();
        let lanes = lanes.map(|(at, lane)| (lane, fits.get(at).copied().unwrap_or(true)));
        let (out, stay): (Vec<_>, Vec<_>) = lanes.partition(|(lane, _)| wanted.contains(lane));
        pulled.extend(out);
        let stay = self::group(&group.name, stay);
        (group.lanes, group.fits) = (stay.lanes, stay.fits);
    }
    pulled.sort_by_key(|(lane, _)| wanted.iter().position(|other| other == lane));
    groups.insert(0, group(PATH_GROUP, pulled));
    groups
}

fn places(model: &TraceModel, groups: &[LaneGroup]) -> Vec<(u32, u32)> {
    let mut places = Vec::new();
    for (group, rows) in groups.iter().enumerate() {
        for (at, lane) in rows.lanes.iter().enumerate() {
            if let Lane::Goroutine(id) = lane {
                places.resize(model.goroutine_id_end(), (u32::MAX, u32::MAX));
                places[id.index()] = (group as u32, at as u32);
            }
        }
    }
    places
}

fn group(name: &str, lanes: Vec<(Lane, bool)>) -> LaneGroup {
    let (lanes, fits): (Vec<Lane>, Vec<bool>) = lanes.into_iter().unzip();
    let fits = if fits.iter().all(|fits| *fits) { Vec::new() } else { fits };
    LaneGroup { name: name.to_owned(), title: name.to_owned(), lanes, fits }
}

/// Ps or threads, by what is typed as their number.
fn numbered(lanes: Vec<(Lane, u64)>, query: &LaneQuery) -> Vec<(Lane, bool)> {
    let text = &query.filter.text;
    let fits = |number: u64| text.is_empty() || number.to_string() == *text;
    let lanes = lanes.into_iter().map(|(lane, number)| (lane, fits(number)));
    lanes.filter(|(_, fits)| *fits || query.mode == FilterMode::Highlight).collect()
}

/// What lanes and groups are sorted by; the largest first.
type Weight = i64;

fn goroutine_groups(model: &TraceModel, query: &LaneQuery) -> Vec<LaneGroup> {
    let tables = model.tables();
    let mut by_function: BTreeMap<StringId, Vec<(Weight, GoId, bool)>> = BTreeMap::new();
    let test = GoroutineTest::new(model, &query.filter);
    let only = query.only.is_some().then(|| Only::filter(query.only.as_ref()));
    let is_one = |id| only.as_ref().is_none_or(|only| only.names(model, id));
    for id in model.goroutine_ids().filter(|&id| is_one(id)) {
        by_function.entry(model.start_function(id)).or_default().push((0, id, true));
    }
    let mut groups = Vec::new();
    for (function, mut members) in by_function {
        let name = tables.string_lossy(function).into_owned();
        let of_function = test.fits_function(&name);
        if !query.filter.is_empty() {
            members.iter_mut().for_each(|(_, id, fits)| *fits = test.fits(*id, of_function));
        }
        members.retain(|&(_, _, fits)| fits || query.mode == FilterMode::Highlight);
        members.iter_mut().for_each(|(weight, id, _)| *weight = goroutine_weight(model, *id, query.order));
        members.sort_by_key(|&(weight, id, _)| (std::cmp::Reverse(weight), id));
        let weight: Weight = match query.order {
            LaneOrder::Start | LaneOrder::Duration => members.first().map_or(Weight::MIN, |first| first.0),
            LaneOrder::Running | LaneOrder::Blocked => members.iter().map(|member| member.0).sum(),
        };
        let mut rows =
            group(&name, members.into_iter().map(|(_, id, fits)| (Lane::Goroutine(id), fits)).collect());
        rows.title = if name.is_empty() {
            "(unknown function)".to_owned()
        } else {
            short_name(&printable(&name)).into_owned()
        };
        groups.push((weight, rows));
    }
    groups.sort_by(|(one, first), (other, second)| other.cmp(one).then_with(|| first.name.cmp(&second.name)));
    groups.into_iter().map(|(_, group)| group).collect()
}

fn goroutine_weight(model: &TraceModel, id: GoId, order: LaneOrder) -> Weight {
    let total = |classes: &[SpanClass]| {
        let nanos = model.lanes().class_nanos(id);
        classes.iter().map(|class| nanos[class.index()]).sum::<u64>() as Weight
    };
    let life = || model.goroutine(id).map(|goroutine| goroutine.life()).unwrap_or_default();
    match order {
        LaneOrder::Running => total(&[SpanClass::Running]),
        LaneOrder::Blocked => total(&[
            SpanClass::Waiting,
            SpanClass::Sync,
            SpanClass::Channel,
            SpanClass::Network,
            SpanClass::Gc,
            SpanClass::Syscall,
        ]),
        LaneOrder::Duration => life().end.saturating_sub(life().start),
        LaneOrder::Start => life().start.saturating_neg(),
    }
}

/// Ps that ran; v1 traces have artificial ones above a million, which never did.
fn procs(model: &TraceModel) -> Vec<(Lane, u64)> {
    let tables = model.tables();
    let ids = (1..tables.proc_count() as u32).map(ProcId);
    let mut real: Vec<(Lane, u64)> = ids.map(|id| (Lane::Proc(id), tables.proc_number(id) as u64)).collect();
    real.retain(|&(_, number)| number < 1_000_000);
    real.sort_by_key(|&(_, number)| number);
    real
}

fn threads(model: &TraceModel) -> Vec<(Lane, u64)> {
    let tables = model.tables();
    let ids = (1..tables.thread_count() as u32).map(ThreadId);
    let mut all: Vec<(Lane, u64)> =
        ids.map(|id| (Lane::Thread(id), tables.thread_number(id) as u64)).collect();
    all.sort_by_key(|&(_, number)| number);
    all
}

fn task_groups(model: &TraceModel, query: &LaneQuery) -> Vec<LaneGroup> {
    let tables = model.tables();
    let whole = model.range();
    let mut by_type: BTreeMap<String, Vec<(Weight, TaskId)>> = BTreeMap::new();
    for id in model.task_ids() {
        let Some(task) = model.task(id) else { continue };
        let (begin, end) = (task.begin.get().unwrap_or(whole.start), task.end.get().unwrap_or(whole.end));
        let weight = match query.order {
            LaneOrder::Start => begin.saturating_neg(),
            _ => end.saturating_sub(begin),
        };
        by_type.entry(tables.string_lossy(task.name).into_owned()).or_default().push((weight, id));
    }
    let to_group = |(name, mut tasks): (String, Vec<(Weight, TaskId)>)| {
        tasks.sort_by_key(|&(weight, id)| (std::cmp::Reverse(weight), id));
        // Those without a name and those whose name is not known share a group.
        let title = tasks.last().map(|&(_, id)| task_name(model, id)).unwrap_or_default();
        let lanes =
            tasks.into_iter().map(|(_, id)| (Lane::Task(id), task_fits(model, id, &name, &query.filter)));
        let lanes = lanes.filter(|(_, fits)| *fits || query.mode == FilterMode::Highlight);
        let mut group = group(&name, lanes.collect());
        group.title = title;
        group
    };
    by_type.into_iter().map(to_group).collect()
}

fn task_fits(model: &TraceModel, id: TaskId, name: &str, filter: &LaneFilter) -> bool {
    let tables = model.tables();
    let Some(task) = model.task(id) else { return false };
    let whole = model.range();
    let length = task.end.get().unwrap_or(whole.end).saturating_sub(task.begin.get().unwrap_or(whole.start));
    let region_name = |row: usize| tables.string_lossy(model.regions()[row].name);
    let has_label = || {
        name.contains(&filter.label)
            || model.lanes().task_regions(id).any(|row| region_name(row).contains(&filter.label))
    };
    (name.contains(&filter.text) || filter.text == tables.task_number(id).to_string())
        && length.unsigned_abs() >= filter.longer_nanos
        && (filter.label.is_empty() || has_label())
}
