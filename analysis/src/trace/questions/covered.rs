//! Instances of which there is no list, because sums cover them: goroutines by what they run and when, tasks and
//! regions by cell.

use std::sync::OnceLock;

use goscope_parsers::trace::{GoId, Time};
use rayon::prelude::*;

use crate::histogram::{DurationHistogram, OpenHistogram};
use crate::trace::digest::{CoveredChunks, CoveredMarks, GroupDigest, MarkKind};
use crate::trace::model::TraceModel;
use crate::trace::questions::goroutine_parts::GoroutineParts;
use crate::trace::questions::parallel_tally::Coverage;
use crate::trace::words::instance::Instance;

/// See the head of the file.
#[derive(Debug)]
pub(super) enum Covered {
    Goroutines(Box<CoveredGoroutines>),
    Marks(MarkKind, CoveredMarks),
}

/// Goroutines that match by what they run and when.
#[derive(Debug)]
pub(super) struct CoveredGoroutines {
    parts: GoroutineParts,
    chunks: CoveredChunks,
    /// How long they take.
    wall: DurationHistogram,
    /// Those that take at least this long, found once for several questions about slow ones.
    long: OnceLock<Vec<Instance>>,
}

impl Covered {
    /// How long they take.
    pub(super) fn wall(&self, model: &TraceModel) -> DurationHistogram {
        match self {
            Self::Goroutines(covered) => covered.wall.clone(),
            Self::Marks(kind, marks) => marks.wall(model.marks(*kind)),
        }
    }

    /// What the digest has of them, and of goroutines that are listed but have spans in chunks that are covered.
    pub(super) fn digests<'m>(&'m self, model: &'m TraceModel) -> Vec<&'m GroupDigest> {
        match self {
            Self::Goroutines(covered) => covered.chunks.digests(model.digest()).collect(),
            Self::Marks(kind, marks) => marks.digests(model.marks(*kind)).collect(),
        }
    }

    /// What these digests have of instances that are listed.
    pub(super) fn of_listed(&self) -> Coverage<'_> {
        match self {
            Self::Goroutines(covered) => Coverage::Digest(&covered.chunks),
            Self::Marks(..) => Coverage::Nothing,
        }
    }

    /// Those that take at least this long.
    pub(super) fn at_least(&self, model: &TraceModel, nanos: u64) -> Vec<Instance> {
        match self {
            Self::Goroutines(covered) => covered.at_least(model, nanos),
            Self::Marks(kind, marks) => marks.instances(model, model.marks(*kind), nanos, |_| true),
        }
    }

    /// Those that take at least this long and may have a span of a row that is at least this long.
    pub(super) fn with_spans(&self, model: &TraceModel, row: u32, nanos: u64) -> Vec<Instance> {
        match self {
            Self::Goroutines(covered) => covered.with_spans(model, row, nanos),
            Self::Marks(kind, marks) => {
                let may_have = |sums: &GroupDigest| sums.longest(row).is_some_and(|longest| longest >= nanos);
                marks.instances(model, model.marks(*kind), nanos, may_have)
            }
        }
    }

    /// Takes all together, without a list of those that are goroutines.
    pub(super) fn fold<T: Send>(
        &self,
        model: &TraceModel,
        empty: impl Fn() -> T + Sync + Send,
        add: impl Fn(&mut T, &Instance) + Sync,
        merge: impl Fn(T, T) -> T + Sync + Send,
    ) -> T {
        match self {
            Self::Goroutines(covered) => {
                let add = |found: &mut T, instance: Instance| {
                    if covered.has(model, instance.goroutine) {
                        add(found, &instance);
                    }
                };
                covered.parts.fold(model, empty, add, merge)
            }
            Self::Marks(..) => fold_listed(&self.at_least(model, 0), empty, add, merge),
        }
    }

    /// How many there are of each kind that a length has; longer ones have no lower kind.
    pub(super) fn count_by(&self, model: &TraceModel, kind_of: impl Fn(u64) -> usize + Sync) -> Vec<u64> {
        match self {
            Self::Goroutines(covered) => covered.count_by(model, kind_of),
            Self::Marks(kind, marks) => marks.count_by(model, model.marks(*kind), kind_of),
        }
    }

    /// Whether they are goroutines; these can be asked themselves.
    pub(super) fn has_goroutines(&self) -> bool {
        matches!(self, Self::Goroutines(_))
    }

    /// Whether a goroutine is selected, listed or not, and a moment lies in its part.
    pub(super) fn is_in_goroutine(&self, model: &TraceModel, goroutine: GoId, time: Time) -> bool {
        let Self::Goroutines(covered) = self else { return false };
        covered.parts.part(model, goroutine).is_some_and(|part| part.range().contains(&time))
    }
}

impl CoveredGoroutines {
    /// All that match, and those that are not covered in a list.
    pub(super) fn new(
        model: &TraceModel,
        parts: GoroutineParts,
        chunks: CoveredChunks,
    ) -> (Self, Vec<Instance>) {
        let mut covered = Self { parts, chunks, wall: DurationHistogram::default(), long: OnceLock::new() };
        let add = |found: &mut (OpenHistogram, Vec<Instance>), instance: Instance| {
            if covered.has(model, instance.goroutine) {
                found.0.record(instance.nanos());
            } else {
                found.1.push(instance);
            }
        };
        let (wall, listed) = covered.parts.fold(model, Default::default, add, |left, mut right| {
            let (wall, mut listed): (OpenHistogram, Vec<Instance>) = left;
            listed.append(&mut right.1);
            (wall.merged(right.0), listed)
        });
        covered.wall = wall.close();
        (covered, listed)
    }

    fn at_least(&self, model: &TraceModel, nanos: u64) -> Vec<Instance> {
        let find = |nanos: u64| {
            let fits = |instance: &Instance| instance.nanos() >= nanos && self.has(model, instance.goroutine);
            self.parts.instances(model, fits)
        };
        // A short range covers none.
        if self.wall.is_empty() {
            return Vec::new();
        }
        // Few of them: the slowest hundredth, or as many as anybody lists.
        let n_long = (self.wall.count() / 50).max(1_000);
        let least = self.wall.reached_by(n_long);
        if nanos < least {
            return find(nanos);
        }
        let long = self.long.get_or_init(|| find(least));
        long.iter().filter(|instance| instance.nanos() >= nanos).copied().collect()
    }

    fn with_spans(&self, model: &TraceModel, row: u32, nanos: u64) -> Vec<Instance> {
        if self.wall.is_empty() {
            return Vec::new();
        }
        let longest = model.digest().longest_by_chunk(row);
        let may_have = |goroutine: GoId| {
            let Some(home) = model.digest().home_of(goroutine) else { return false };
            let group = model.digest().group_of(goroutine);
            longest[home][usize::from(group.0)].is_some_and(|longest| longest >= nanos)
        };
        self.parts.instances(model, |instance| {
            instance.nanos() >= nanos && self.has(model, instance.goroutine) && may_have(instance.goroutine)
        })
    }

    fn count_by(&self, model: &TraceModel, kind_of: impl Fn(u64) -> usize + Sync) -> Vec<u64> {
        if self.wall.is_empty() {
            return Vec::new();
        }
        let each = |counts: &mut Vec<u64>, instance: Instance| {
            if self.has(model, instance.goroutine) {
                count(counts, kind_of(instance.nanos()));
            }
        };
        self.parts.fold(model, Vec::new, each, added)
    }

    fn has(&self, model: &TraceModel, goroutine: GoId) -> bool {
        let home = model.digest().home_of(goroutine);
        home.is_some_and(|home| self.chunks.has(home, model.digest().group_of(goroutine)))
    }
}

/// Takes the instances of a list together.
pub(super) fn fold_listed<T: Send>(
    listed: &[Instance],
    empty: impl Fn() -> T + Sync + Send,
    add: impl Fn(&mut T, &Instance) + Sync,
    merge: impl Fn(T, T) -> T + Sync + Send,
) -> T {
    let parts = listed.par_iter().with_min_len(INSTANCES_AT_ONCE).fold(&empty, |mut found, instance| {
        add(&mut found, instance);
        found
    });
    parts.reduce(&empty, merge)
}

/// Instances of a list that one worker takes up at once.
const INSTANCES_AT_ONCE: usize = 256;

/// Counts one more of a kind.
pub(super) fn count(counts: &mut Vec<u64>, kind: usize) {
    if kind >= counts.len() {
        counts.resize(kind + 1, 0);
    }
    counts[kind] += 1;
}

/// The counts of both, by kind.
pub(super) fn added(left: Vec<u64>, right: Vec<u64>) -> Vec<u64> {
    let (mut long, short) = if left.len() < right.len() { (right, left) } else { (left, right) };
    long.iter_mut().zip(short).for_each(|(sum, count)| *sum += count);
    long
}
