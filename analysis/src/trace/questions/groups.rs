//! Goroutines by the function that they run: what the goroutines of each group spent, in total and each of them.
//!
//! The same measures as on Go's page of goroutines, by the rules of [`summary`](crate::trace::questions::summary), as
//! histograms over the goroutines of a group: a goroutine without any wait for "sync" counts as 0 ns of it.

use std::cmp::Reverse;
use std::ops::Range;

use goscope_parsers::trace::{GoId, StringId, Time};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::histogram::DurationHistogram;
use crate::trace::questions::summary::{ExecStats, RangeName, Summarizer};
use crate::trace::words::runtime_goroutine::is_runtime_goroutine;

/// Goroutines that one worker takes up at once.
const GOROUTINES_AT_ONCE: usize = 256;

/// What a goroutine can spend time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MeasureKind {
    /// From its begin to its end.
    Total,
    /// Running.
    Exec,
    /// Waiting for a P.
    SchedWait,
    /// Blocked for a reason.
    Block(StringId),
    /// In system calls that hold their P.
    Syscall,
    /// In system calls that have lost their P.
    SyscallBlock,
    /// What is left of the total.
    Unknown,
    /// In special ranges (mark assists, sweeps, STW pauses); they overlap with the rest.
    InRange(RangeName),
}

/// One measure of all goroutines of a group.
#[derive(Clone, Debug)]
pub struct Measure {
    /// What it is.
    pub kind: MeasureKind,
    /// The nanoseconds of each goroutine.
    pub nanos: DurationHistogram,
}

/// All goroutines that run one function.
#[derive(Clone, Debug)]
pub struct Group {
    /// The function's name; empty if it is not known.
    pub name: StringId,
    /// Whether it belongs to the runtime.
    pub is_system: bool,
    /// How many goroutines.
    pub count: u64,
    /// What any of them spent time on; the total and the running time always, in the order of [`MeasureKind`].
    pub measures: Vec<Measure>,
}

impl Group {
    /// A measure; `None` if no goroutine of the group has any of it.
    pub fn measure(&self, kind: MeasureKind) -> Option<&DurationHistogram> {
        self.measures.iter().find(|measure| measure.kind == kind).map(|measure| &measure.nanos)
    }

    /// The sum of a measure, in nanoseconds.
    pub fn sum(&self, kind: MeasureKind) -> u128 {
        self.measure(kind).map_or(0, DurationHistogram::total_nanos)
    }

    /// Blocked for whatever reason, all goroutines together.
    pub fn block_sum(&self) -> u128 {
        let blocks = self.measures.iter().filter(|measure| matches!(measure.kind, MeasureKind::Block(_)));
        blocks.map(|measure| measure.nanos.total_nanos()).sum()
    }
}

/// The groups of these goroutines in a range of time (`None`: their whole lives), most running time first, then by
/// name.
pub fn groups(summarizer: &Summarizer<'_>, ids: &[GoId], range: Option<&Range<Time>>) -> Vec<Group> {
    let model = summarizer.model();
    let add = |mut sums: Sums, &id: &GoId| {
        let stats = match range {
            Some(range) => summarizer.stats_in(id, range.clone()),
            None => summarizer.life_stats(id),
        };
        if let Some(stats) = stats {
            sums.groups.entry(model.start_function(id)).or_default().add(&stats);
        }
        sums
    };
    let parts = ids.par_iter().with_min_len(GOROUTINES_AT_ONCE).fold(Sums::default, add);
    let sums = parts.reduce(Sums::default, Sums::merged);
    let text = |id| model.tables().string(id);
    let mut groups: Vec<Group> = sums
        .groups
        .into_iter()
        .map(|(name, sums)| sums.into_group(name, is_runtime_goroutine(text(name))))
        .collect();
    groups.sort_by(|a, b| {
        let order = b.sum(MeasureKind::Exec).cmp(&a.sum(MeasureKind::Exec));
        order.then_with(|| text(a.name).cmp(text(b.name)))
    });
    groups
}

#[derive(Default)]
struct Sums {
    groups: FxHashMap<StringId, GroupSums>,
}

impl Sums {
    fn merged(mut self, other: Self) -> Self {
        // Sums, here and below: the order shows nowhere.
        other.groups.into_iter().for_each(|(name, group)| self.groups.entry(name).or_default().merge(group));
        self
    }
}

#[derive(Default)]
struct GroupSums {
    count: u64,
    measures: FxHashMap<MeasureKind, DurationHistogram>,
}

impl GroupSums {
    fn add(&mut self, stats: &ExecStats) {
        self.count += 1;
        let mut add = |kind, nanos| {
            if nanos > 0 || matches!(kind, MeasureKind::Total | MeasureKind::Exec) {
                self.measures.entry(kind).or_default().record(nanos);
            }
        };
        add(MeasureKind::Total, stats.total);
        add(MeasureKind::Exec, stats.exec);
        add(MeasureKind::SchedWait, stats.sched_wait);
        add(MeasureKind::Syscall, stats.syscall);
        add(MeasureKind::SyscallBlock, stats.syscall_block);
        add(MeasureKind::Unknown, stats.unknown());
        stats.block.iter().for_each(|&(reason, nanos)| add(MeasureKind::Block(reason), nanos));
        stats.ranges.iter().for_each(|&(name, nanos)| add(MeasureKind::InRange(name), nanos));
    }

    fn merge(&mut self, other: Self) {
        self.count += other.count;
        let measures = other.measures.into_iter();
        measures.for_each(|(kind, nanos)| self.measures.entry(kind).or_default().merge(&nanos));
    }

    fn into_group(self, name: StringId, is_system: bool) -> Group {
        let count = self.count;
        let measures = self.measures.into_iter().map(|(kind, mut nanos)| {
            nanos.record_times(0, count - nanos.count());
            Measure { kind, nanos }
        });
        let mut measures: Vec<Measure> = measures.collect();
        // Reasons by time: their ids mean nothing to the reader.
        measures.sort_by_key(|measure| match measure.kind {
            MeasureKind::Block(reason) => {
                (MeasureKind::Block(StringId(0)), Reverse(measure.nanos.total_nanos()), reason)
            }
            kind => (kind, Reverse(0), StringId(0)),
        });
        Group { name, is_system, count, measures }
    }
}
