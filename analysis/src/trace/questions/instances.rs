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

use goscope_parsers::trace::{GoId, StringId, Time};
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::histogram::{DurationHistogram, OpenHistogram};
use crate::trace::digest::{CoveredChunks, GroupDigest, MarkFilter, MarkKind};
use crate::trace::model::TraceModel;
use crate::trace::questions::covered::{Covered, CoveredGoroutines, added, count, fold_listed};
use crate::trace::questions::goroutine_filter::{GoroutineFilter, IdleGoroutines, SystemGoroutines};
use crate::trace::questions::goroutine_parts::GoroutineParts;
use crate::trace::questions::parallel_tally::{Coverage, Tally, share_of, tally_all};
use crate::trace::store::names::given_text;
pub use crate::trace::words::instance::{Instance, InstanceOf};

/// Digests that one worker takes up at once.
const DIGESTS_AT_ONCE: usize = 64;

/// Lengths that one worker takes up at once, at least.
const LENGTHS_AT_ONCE: usize = 4096;

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
/// Of those whose sums are in a digest there is no list: there may be millions.
#[derive(Debug, Default)]
pub struct InstanceSet {
    /// All of them, or those that are not covered; those of one goroutine in order of time.
    pub(super) listed: Vec<Instance>,
    /// The others.
    pub(super) covered: Option<Covered>,
    /// How long all take.
    wall: DurationHistogram,
}

impl From<Vec<Instance>> for InstanceSet {
    fn from(listed: Vec<Instance>) -> Self {
        let wall = lengths(&listed);
        Self { listed, covered: None, wall }
    }
}

impl InstanceSet {
    fn new(model: &TraceModel, listed: Vec<Instance>, covered: Covered) -> Self {
        let mut wall = covered.wall(model);
        wall.merge(&lengths(&listed));
        Self { listed, covered: Some(covered), wall }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.wall.count()
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
        let listed = self.listed.par_iter().filter(|it| it.nanos() >= nanos).copied();
        let mut found: Vec<Instance> = listed.collect();
        found.append(&mut self.covered_at_least(model, nanos));
        found.par_sort_unstable_by_key(|it| (it.of, it.goroutine, it.begin));
        found
    }

    /// Takes all together, in any order, without a list of all.
    pub(super) fn fold<T: Send>(
        &self,
        model: &TraceModel,
        empty: impl Fn() -> T + Sync + Send + Copy,
        add: impl Fn(&mut T, &Instance) + Sync + Copy,
        merge: impl Fn(T, T) -> T + Sync + Send + Copy,
    ) -> T {
        let listed = fold_listed(&self.listed, empty, add, merge);
        match &self.covered {
            Some(covered) => merge(listed, covered.fold(model, empty, add, merge)),
            None => listed,
        }
    }

    /// Those of which there is no list and that take at least this long.
    pub(super) fn covered_at_least(&self, model: &TraceModel, nanos: u64) -> Vec<Instance> {
        self.covered.as_ref().map(|covered| covered.at_least(model, nanos)).unwrap_or_default()
    }

    /// How long they take.
    pub fn wall(&self) -> &DurationHistogram {
        &self.wall
    }

    /// How many there are of each kind that a length has; longer ones must have no lower kind than shorter ones.
    pub fn count_by(&self, model: &TraceModel, kind_of: impl Fn(u64) -> usize + Sync) -> Vec<u64> {
        let each = |mut counts: Vec<u64>, instance: &Instance| {
            count(&mut counts, kind_of(instance.nanos()));
            counts
        };
        let listed = self.listed.par_iter().fold(Vec::new, each).reduce(Vec::new, added);
        match &self.covered {
            None => listed,
            Some(covered) => added(listed, covered.count_by(model, &kind_of)),
        }
    }

    /// Adds up the spans of all: those that are listed, then what the digests have of the others.
    pub(super) fn tally<T: Tally>(
        &self,
        model: &TraceModel,
        empty: impl Fn() -> T + Sync + Send,
        with_digest: impl Fn(T, &GroupDigest) -> T + Sync + Send,
    ) -> T {
        let Some(covered) = &self.covered else {
            return tally_all(model, &self.listed, Coverage::Nothing, empty);
        };
        let mut tally = tally_all(model, &self.listed, covered.of_listed(), &empty);
        let digests = covered.digests(model);
        let digests = digests.par_iter().with_min_len(share_of(digests.len()).max(DIGESTS_AT_ONCE));
        let sums = digests.fold(&empty, |tally, digest| with_digest(tally, digest));
        tally.merge(sums.reduce(&empty, |mut left, right| {
            left.merge(right);
            left
        }));
        tally
    }
}

fn lengths(instances: &[Instance]) -> DurationHistogram {
    let add = |mut lengths: OpenHistogram, instance: &Instance| {
        lengths.record(instance.nanos());
        lengths
    };
    let parts = instances.par_iter().with_min_len(LENGTHS_AT_ONCE).fold(OpenHistogram::default, add);
    parts.reduce(OpenHistogram::default, OpenHistogram::merged).close()
}

/// All instances that match.
pub fn instances(model: &TraceModel, filter: &InstanceFilter) -> InstanceSet {
    let range = filter.range.clone().unwrap_or_else(|| model.range());
    match &filter.kind {
        InstanceKind::Goroutines => goroutines(model, filter, &range),
        InstanceKind::Tasks(name) => marks(model, filter, (MarkKind::Tasks, name.as_deref()), &range),
        InstanceKind::Regions(name) => marks(model, filter, (MarkKind::Regions, name.as_deref()), &range),
    }
}

fn goroutines(model: &TraceModel, filter: &InstanceFilter, range: &Range<Time>) -> InstanceSet {
    let parts = GoroutineParts::new(model, &filter.goroutines, range).with_lengths(filter.nanos.clone());
    if !filter.goroutines.is_by_name() {
        let fits = |instance: &Instance| filter.goroutines.matches(model, instance.goroutine, range);
        return parts.instances(model, fits).into();
    }
    let mut chunks = CoveredChunks::new(model.digest(), range, &parts.selection, filter.nanos.as_ref());
    for goroutine in parts.misfits(model, &chunks) {
        chunks.leave_out(model, model.digest(), goroutine);
    }
    let (covered, listed) = CoveredGoroutines::new(model, parts, chunks);
    InstanceSet::new(model, listed, Covered::Goroutines(Box::new(covered)))
}

/// Tasks or regions. They are the program's own work wherever they run, so that goroutines of the runtime count, and
/// those that do little else.
fn marks(
    model: &TraceModel,
    filter: &InstanceFilter,
    (kind, name): (MarkKind, Option<&str>),
    range: &Range<Time>,
) -> InstanceSet {
    let (system, idle) = (SystemGoroutines::Included, IdleGoroutines::Included);
    let goroutines = GoroutineFilter { system, idle, ..filter.goroutines.clone() };
    let everything = GoroutineFilter { system: SystemGoroutines::Included, ..GoroutineFilter::default() };
    let strings = model.tables();
    let matches = |id: StringId, function: StringId| {
        name.is_none_or(|name| strings.string(id) == name.as_bytes())
            && goroutines.matches_name(strings.string(function))
    };
    let is_by_function = goroutines.is_by_name();
    let parts = GoroutineParts::new(model, &goroutines, &model.range());
    let ids: Option<FxHashSet<GoId>> =
        (!is_by_function).then(|| goroutines.select(model, &model.range()).into_iter().collect());
    let is_on = |id: GoId| match &ids {
        Some(ids) => ids.contains(&id),
        None => goroutines == everything || parts.part(model, id).is_some(),
    };
    let filter = MarkFilter { range, nanos: filter.nanos.as_ref(), matches, is_on, is_by_function };
    let (covered, listed) = model.marks(kind).select(model, &filter);
    InstanceSet::new(model, listed, Covered::Marks(kind, covered))
}
