//! Where the time of selected goroutines, tasks or regions went, and which of them were slowest.

use std::ops::RangeInclusive;

use goscope_analysis::trace::instances::{InstanceSet, instances};
pub use goscope_analysis::trace::latency::SlowInstance;
use goscope_analysis::trace::latency::{Breakdown, breakdown, slowest};
use goscope_analysis::trace::model::TraceModel;

use super::selection::TraceSelection;
use super::subject::Subject;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// How many instances and spans the window lists.
pub(super) const LISTED: usize = 200;

/// Asks where the time of selected goroutines, tasks or regions went.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LatencyQuery {
    /// The instances to measure.
    pub subject: Subject,
    /// How many of the slowest to list.
    pub n_slowest: usize,
}

impl LatencyQuery {
    /// The question of the window about its selection.
    pub fn of_selection(selection: &TraceSelection) -> Self {
        Self { subject: selection.into(), n_slowest: LISTED }
    }
}

/// Where the time of the selected instances went.
#[derive(Debug, Default)]
pub struct Latency {
    /// By state and reason.
    pub breakdown: Breakdown,
    /// The histogram of durations, from the shortest to the longest without a gap.
    pub bars: Vec<LengthBar>,
    /// The slowest, slowest first.
    pub slowest: Vec<SlowInstance>,
    /// All of them.
    pub(super) instances: InstanceSet,
}

/// Instances of about the same duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LengthBar {
    /// The shortest duration of the bar, in ns.
    pub from_nanos: u64,
    /// The longest duration, in ns.
    pub to_nanos: u64,
    /// Their number.
    pub count: u64,
}

/// Bars of the histogram per decade.
const BARS_A_DECADE: f64 = 10.0;

/// The instances that flame graph and breakdown cover.
pub(super) fn selected_instances(model: &TraceModel, selection: &TraceSelection) -> InstanceSet {
    instances(model, &Subject::from(selection).filter(model))
}

impl Question for LatencyQuery {
    type Answer = Latency;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Latency, QuestionError> {
        Ok(latency(documents.model()?, self))
    }
}

fn latency(model: &TraceModel, query: &LatencyQuery) -> Latency {
    let instances = instances(model, &query.subject.filter(model));
    let (breakdown, slowest) = (breakdown(model, &instances), slowest(model, &instances, query.n_slowest));
    let kinds = BarKinds::new(instances.wall().max_nanos());
    let bars = bars(&instances.count_by(model, |nanos| kinds.bar_of(nanos)));
    Latency { bars, breakdown, slowest, instances }
}

/// The first length of a bar.
fn bar_from(bar: i32) -> u64 {
    10_f64.powf(f64::from(bar) / BARS_A_DECADE).round() as u64
}

/// The bar that a length belongs to.
fn bar_of(nanos: u64) -> i32 {
    let bar = ((nanos.max(1) as f64).log10() * BARS_A_DECADE) as i32;
    // Near an edge the logarithm may be rounded to the wrong side.
    if nanos >= bar_from(bar + 1) {
        bar + 1
    } else if nanos < bar_from(bar) {
        bar - 1
    } else {
        bar
    }
}

/// Bars by length, without a logarithm for each of a million lengths: by magnitude and the four bits after it.
struct BarKinds {
    /// The bar of all lengths of a kind, if there is only one.
    bars: Vec<Option<usize>>,
}

impl BarKinds {
    const BITS: u32 = 4;

    fn new(max_nanos: u64) -> Self {
        let bar_of = |kind: usize| {
            let lengths = Self::lengths_of(kind);
            let (first, last) = (bar_index(*lengths.start()), bar_index(*lengths.end()));
            (first == last).then_some(first)
        };
        Self { bars: (0..=Self::kind_of(max_nanos)).map(bar_of).collect() }
    }

    fn kind_of(nanos: u64) -> usize {
        let shift = (nanos | 1).ilog2().saturating_sub(Self::BITS);
        ((u64::from(shift) << Self::BITS) + (nanos >> shift)) as usize
    }

    fn lengths_of(kind: usize) -> RangeInclusive<u64> {
        let shift = (kind as u64 >> Self::BITS).saturating_sub(1);
        let first = (kind as u64 - (shift << Self::BITS)) << shift;
        first..=first + ((1 << shift) - 1)
    }

    fn bar_of(&self, nanos: u64) -> usize {
        let known = self.bars.get(Self::kind_of(nanos)).copied().flatten();
        known.unwrap_or_else(|| bar_index(nanos))
    }
}

/// The bar of a length; the first of all holds what took no time.
fn bar_index(nanos: u64) -> usize {
    bar_of(nanos).max(0).unsigned_abs() as usize
}

/// From the first that is not empty to the last.
fn bars(counts: &[u64]) -> Vec<LengthBar> {
    let first = counts.iter().position(|&count| count > 0).unwrap_or(counts.len());
    let bar = |(bar, &count): (usize, &u64)| LengthBar {
        from_nanos: if bar == 0 { 0 } else { bar_from(bar as i32) },
        to_nanos: bar_from(bar as i32 + 1).saturating_sub(1),
        count,
    };
    counts.iter().enumerate().skip(first).map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_in_its_bar_and_bars_leave_no_gap() {
        let lengths = [0, 1, 9, 10, 999, 1_000, 1_500, 70_000, 99_999, 100_000];
        let kinds = BarKinds::new(100_000);
        let mut counts = vec![0; 60];
        lengths.iter().for_each(|&nanos| counts[kinds.bar_of(nanos)] += 1);
        let bars = bars(&counts[..=kinds.bar_of(100_000)]);
        for bar in &bars {
            let inside = lengths.iter().filter(|nanos| (bar.from_nanos..=bar.to_nanos).contains(nanos));
            assert_eq!(bar.count, inside.count() as u64, "{bar:?}");
        }
        assert_eq!(bars.iter().map(|bar| bar.count).sum::<u64>(), lengths.len() as u64);
        assert!(bars.windows(2).all(|pair| pair[0].to_nanos + 1 == pair[1].from_nanos), "{bars:?}");
    }

    #[test]
    fn a_bar_is_found_without_a_logarithm() {
        let kinds = BarKinds::new(u64::MAX / 2);
        let edges = (0..180).map(bar_from).flat_map(|edge| [edge.saturating_sub(1), edge, edge + 1]);
        let steps = (0..63).flat_map(|bits| [1 << bits, (1 << bits) + (1 << bits) / 3, (1 << bits) - 1]);
        for nanos in edges.chain(steps).chain(0..5_000) {
            assert_eq!(kinds.bar_of(nanos), bar_index(nanos), "{nanos}");
        }
    }
}
