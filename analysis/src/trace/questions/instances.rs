//! Instances: each time that something happened on one goroutine, with start and end.
//!
//! ```text
//! goroutines   the part of each life that lies in the range
//! tasks        each complete task that overlaps the range, on the goroutine that began it
//! regions      each complete region that overlaps the range, on its goroutine
//! ```
//!
//! Tasks and regions count as long as they are: how long a request took does not depend on where one looks. Of a task
//! the beginning goroutine is followed, because what *its* time went to is what the caller waited for; work that it
//! gave to other goroutines is in there as time blocked on them. Nested regions of one name count each.

use std::ops::{Range, RangeInclusive};
use std::sync::OnceLock;

use goscope_parsers::trace::{GoId, Time};
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::histogram::{DurationHistogram, OpenHistogram};
use crate::trace::digest::CoveredChunks;
use crate::trace::model::TraceModel;
use crate::trace::questions::goroutine_filter::{GoroutineFilter, SystemGoroutines};
use crate::trace::questions::goroutine_parts::GoroutineParts;
use crate::trace::questions::regions::{RegionFilter, is_complete};
use crate::trace::store::names::given_text;
pub use crate::trace::words::instance::{Instance, InstanceOf};

/// What kind of thing is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum InstanceKind {
    /// Goroutines.
    #[default]
    Goroutines,
    /// User tasks of a type, or all.
    Tasks(Option<String>),
    /// User regions with a name, or all.
    Regions(Option<String>),
}

impl InstanceKind {
    /// What they are called.
    pub fn text(&self) -> String {
        match self {
            Self::Goroutines => "goroutines".to_owned(),
            Self::Tasks(None) => "all tasks".to_owned(),
            Self::Tasks(Some(name)) => format!("tasks {}", given_text(name)),
            Self::Regions(None) => "all regions".to_owned(),
            Self::Regions(Some(name)) => format!("regions {}", given_text(name)),
        }
    }
}

/// Which instances a question is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct InstanceFilter {
    /// What they are.
    pub kind: InstanceKind,
    /// The time that they must overlap; `None` for the whole trace.
    pub range: Option<Range<Time>>,
    /// The goroutines that they must be on.
    pub goroutines: GoroutineFilter,
    /// How long they took, in nanoseconds.
    pub nanos: Option<RangeInclusive<u64>>,
}

/// The instances that a filter selects.
///
/// Of goroutines whose part of the time is covered by the digest there is no list: there may be millions.
#[derive(Debug, Default)]
pub struct InstanceSet {
    /// All of them, or those that are not covered.
    pub(super) listed: Vec<Instance>,
    /// The others.
    pub(super) covered: Option<Covered>,
}

/// Goroutines that match by what they run and when.
#[derive(Debug)]
pub(super) struct Covered {
    parts: GoroutineParts,
    pub(super) chunks: CoveredChunks,
    /// How long all take, with those that are listed.
    wall: DurationHistogram,
    /// Those that take at least this long, found once for several questions about slow ones.
    long: OnceLock<Vec<Instance>>,
}

impl From<Vec<Instance>> for InstanceSet {
    fn from(listed: Vec<Instance>) -> Self {
        Self { listed, covered: None }
    }
}

impl InstanceSet {
    /// How many there are.
    pub fn count(&self) -> u64 {
        self.covered.as_ref().map_or(self.listed.len() as u64, |covered| covered.wall.count())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// All of them: goroutines by id, tasks by id, regions by goroutine and begin.
    pub fn list(&self, model: &TraceModel) -> Vec<Instance> {
        self.at_least(model, 0)
    }

    /// Those that take at least this long, in the same order.
    pub fn at_least(&self, model: &TraceModel, nanos: u64) -> Vec<Instance> {
        match &self.covered {
            None => self.listed.par_iter().filter(|it| it.nanos() >= nanos).copied().collect(),
            Some(covered) => covered.at_least(model, nanos),
        }
    }

    /// How long they take.
    pub fn wall(&self) -> DurationHistogram {
        match &self.covered {
            None => lengths(self.listed.par_iter().map(Instance::nanos)),
            Some(covered) => covered.wall.clone(),
        }
    }

    /// How many there are of each kind that a length has.
    pub fn count_by(&self, model: &TraceModel, kind_of: impl Fn(u64) -> usize + Sync) -> Vec<u64> {
        let count = |mut counts: Vec<u64>, nanos: u64| {
            let kind = kind_of(nanos);
            if kind >= counts.len() {
                counts.resize(kind + 1, 0);
            }
            counts[kind] += 1;
            counts
        };
        let add = |left: Vec<u64>, right: Vec<u64>| {
            let (mut long, short) = if left.len() < right.len() { (right, left) } else { (left, right) };
            long.iter_mut().zip(short).for_each(|(sum, count)| *sum += count);
            long
        };
        match &self.covered {
            None => self.listed.par_iter().map(Instance::nanos).fold(Vec::new, count).reduce(Vec::new, add),
            Some(covered) => {
                let each = |counts: &mut Vec<u64>, instance: Instance| {
                    *counts = count(std::mem::take(counts), instance.nanos());
                };
                covered.parts.fold(model, Vec::new, each, add)
            }
        }
    }

    /// Whether an instance is of those that the digest covers.
    pub(super) fn covers(&self, model: &TraceModel, goroutine: GoId) -> bool {
        self.covered.as_ref().is_some_and(|covered| covered.has(model, goroutine))
    }

    /// Whether a goroutine matches and a moment lies in its part; for goroutines only.
    pub(super) fn is_in_goroutine(&self, model: &TraceModel, goroutine: GoId, time: Time) -> Option<bool> {
        let parts = &self.covered.as_ref()?.parts;
        Some(parts.part(model, goroutine).is_some_and(|part| part.range().contains(&time)))
    }
}

impl Covered {
    /// Those that the digest covers and that fit.
    pub(super) fn instances(
        &self,
        model: &TraceModel,
        fits: impl Fn(&Instance) -> bool + Sync,
    ) -> Vec<Instance> {
        self.parts.instances(model, |instance| fits(instance) && self.has(model, instance.goroutine))
    }

    /// With those that are listed.
    fn at_least(&self, model: &TraceModel, nanos: u64) -> Vec<Instance> {
        let find = |nanos| self.parts.instances(model, |instance| instance.nanos() >= nanos);
        // Few of them: the slowest hundredth, or as many as anybody lists.
        let n_long = (self.wall.count() / 50).max(1_000);
        let least = self.wall.reached_by(n_long);
        if nanos < least {
            return find(nanos);
        }
        let long = self.long.get_or_init(|| find(least));
        long.iter().filter(|instance| instance.nanos() >= nanos).copied().collect()
    }

    fn has(&self, model: &TraceModel, goroutine: GoId) -> bool {
        let home = model.digest.home_of(goroutine);
        home.is_some_and(|home| self.chunks.has(home, model.digest.group_of(goroutine)))
    }
}

fn lengths(nanos: impl ParallelIterator<Item = u64>) -> DurationHistogram {
    let add = |mut lengths: OpenHistogram, nanos| {
        lengths.record(nanos);
        lengths
    };
    nanos.fold(OpenHistogram::default, add).reduce(OpenHistogram::default, OpenHistogram::merged).close()
}

/// All instances that match.
pub fn instances(model: &TraceModel, filter: &InstanceFilter) -> InstanceSet {
    let range = filter.range.clone().unwrap_or_else(|| model.range());
    let mut found = match &filter.kind {
        InstanceKind::Goroutines => return goroutines(model, filter, &range),
        InstanceKind::Tasks(name) => tasks(model, filter, name.as_deref(), &range),
        InstanceKind::Regions(name) => regions(model, filter, name.clone(), &range),
    };
    if let Some(nanos) = &filter.nanos {
        found.retain(|instance| nanos.contains(&instance.nanos()));
    }
    found.into()
}

fn goroutines(model: &TraceModel, filter: &InstanceFilter, range: &Range<Time>) -> InstanceSet {
    let parts = GoroutineParts::new(model, &filter.goroutines, range).with_lengths(filter.nanos.clone());
    if !filter.goroutines.is_by_name() {
        let fits = |instance: &Instance| filter.goroutines.matches(model, instance.goroutine, range);
        return parts.instances(model, fits).into();
    }
    let mut chunks = CoveredChunks::new(&model.digest, range, &parts.selection, filter.nanos.as_ref());
    for goroutine in parts.too_short_or_long(model, &chunks) {
        chunks.leave_out(model, &model.digest, goroutine);
    }
    let mut covered = Covered { parts, chunks, wall: DurationHistogram::default(), long: OnceLock::new() };
    let add = |found: &mut (OpenHistogram, Vec<Instance>), instance: Instance| {
        found.0.record(instance.nanos());
        if !covered.has(model, instance.goroutine) {
            found.1.push(instance);
        }
    };
    let (wall, listed) = covered.parts.fold(model, Default::default, add, |left, mut right| {
        let (wall, mut listed): (OpenHistogram, Vec<Instance>) = left;
        listed.append(&mut right.1);
        (wall.merged(right.0), listed)
    });
    covered.wall = wall.close();
    InstanceSet { listed, covered: Some(covered) }
}

fn tasks(
    model: &TraceModel,
    filter: &InstanceFilter,
    name: Option<&str>,
    range: &Range<Time>,
) -> Vec<Instance> {
    let matching = matching_goroutines(model, filter);
    let found = model.task_ids().filter_map(|id| {
        let task = model.task(id)?;
        let (begin, end) = (task.begin?, task.end?);
        let fits = name.is_none_or(|name| model.tables().string(task.name) == name.as_bytes())
            && overlaps(begin, end, range)
            && matching.as_ref().is_none_or(|matching| matching.contains(&task.begin_goroutine))
            && model.goroutine(task.begin_goroutine).is_some();
        fits.then_some(Instance { of: InstanceOf::Task(id), goroutine: task.begin_goroutine, begin, end })
    });
    found.collect()
}

fn regions(
    model: &TraceModel,
    filter: &InstanceFilter,
    name: Option<String>,
    range: &Range<Time>,
) -> Vec<Instance> {
    let matching = matching_goroutines(model, filter);
    let rows = RegionFilter { name, is_complete: Some(true), ..RegionFilter::default() }.select(model);
    let found = rows.into_iter().filter_map(|row| {
        let region = &model.regions()[row];
        let fits = is_complete(region)
            && overlaps(region.begin, region.end, range)
            && matching.as_ref().is_none_or(|matching| matching.contains(&region.goroutine));
        let of = InstanceOf::Region(row as u32);
        fits.then_some(Instance { of, goroutine: region.goroutine, begin: region.begin, end: region.end })
    });
    found.collect()
}

/// The goroutines that tasks and regions must be on; `None` if none is left out. Tasks and regions are the
/// program's own work wherever they run.
fn matching_goroutines(model: &TraceModel, filter: &InstanceFilter) -> Option<FxHashSet<GoId>> {
    let all = GoroutineFilter { system: SystemGoroutines::Included, ..filter.goroutines.clone() };
    let everything = GoroutineFilter { system: SystemGoroutines::Included, ..GoroutineFilter::default() };
    (all != everything).then(|| all.select(model, &model.range()).into_iter().collect())
}

fn overlaps(begin: Time, end: Time, range: &Range<Time>) -> bool {
    begin < range.end && end >= range.start
}
