//! Bars to draw durations with: ten a decade, from the shortest duration to the longest without a gap.
//!
//! Unlike the buckets of a histogram, which are many and of odd lengths, bars begin at 1, 1.26, 1.58, 2, … 10 ns. To
//! count a million durations without a logarithm for each, a bar is looked up by magnitude and the four bits after it.

use std::ops::RangeInclusive;

use super::DurationHistogram;

/// Durations of about the same length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LengthBar {
    /// The shortest duration that belongs here, in ns.
    pub from_nanos: u64,
    /// The longest.
    pub to_nanos: u64,
    /// How many.
    pub count: u64,
}

const BARS_A_DECADE: f64 = 10.0;

/// The bars that durations up to some length belong to.
#[derive(Clone, Debug)]
pub struct LengthBars {
    /// By magnitude and the bits after it: the bar, if all durations of the kind belong to one.
    by_kind: Vec<Option<usize>>,
}

impl DurationHistogram {
    /// The bars that these durations belong to.
    pub fn length_bars(&self) -> LengthBars {
        LengthBars::new(self.max_nanos)
    }
}

impl LengthBars {
    const BITS: u32 = 4;

    /// The bars of all durations up to this one.
    pub(crate) fn new(max_nanos: u64) -> Self {
        let bar_of = |kind: usize| {
            let lengths = Self::lengths_of(kind);
            let (first, last) = (bar_index(*lengths.start()), bar_index(*lengths.end()));
            (first == last).then_some(first)
        };
        Self { by_kind: (0..=Self::kind_of(max_nanos)).map(bar_of).collect() }
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

    /// The bar that a duration belongs to; the first of all holds what took no time.
    pub fn index_of(&self, nanos: u64) -> usize {
        let known = self.by_kind.get(Self::kind_of(nanos)).copied().flatten();
        known.unwrap_or_else(|| bar_index(nanos))
    }

    /// The bars with these counts by index, from the first that is not empty to the last.
    pub fn with_counts(counts: &[u64]) -> Vec<LengthBar> {
        let first = counts.iter().position(|&count| count > 0).unwrap_or(counts.len());
        let bar = |(bar, &count): (usize, &u64)| LengthBar {
            from_nanos: if bar == 0 { 0 } else { bar_from(bar as i32) },
            to_nanos: bar_from(bar as i32 + 1).saturating_sub(1),
            count,
        };
        counts.iter().enumerate().skip(first).map(bar).collect()
    }
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

fn bar_index(nanos: u64) -> usize {
    bar_of(nanos).max(0).unsigned_abs() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_in_its_bar_and_bars_leave_no_gap() {
        let lengths = [0, 1, 9, 10, 999, 1_000, 1_500, 70_000, 99_999, 100_000];
        let bars = LengthBars::new(100_000);
        let mut counts = vec![0; 60];
        lengths.iter().for_each(|&nanos| counts[bars.index_of(nanos)] += 1);
        let bars = LengthBars::with_counts(&counts[..=bars.index_of(100_000)]);
        for bar in &bars {
            let inside = lengths.iter().filter(|nanos| (bar.from_nanos..=bar.to_nanos).contains(nanos));
            assert_eq!(bar.count, inside.count() as u64, "{bar:?}");
        }
        assert_eq!(bars.iter().map(|bar| bar.count).sum::<u64>(), lengths.len() as u64);
        assert!(bars.windows(2).all(|pair| pair[0].to_nanos + 1 == pair[1].from_nanos), "{bars:?}");
    }

    #[test]
    fn a_bar_is_found_without_a_logarithm() {
        let bars = LengthBars::new(u64::MAX / 2);
        let edges = (0..180).map(bar_from).flat_map(|edge| [edge.saturating_sub(1), edge, edge + 1]);
        let steps = (0..63).flat_map(|bits| [1 << bits, (1 << bits) + (1 << bits) / 3, (1 << bits) - 1]);
        for nanos in edges.chain(steps).chain(0..5_000) {
            assert_eq!(bars.index_of(nanos), bar_index(nanos), "{nanos}");
        }
    }
}
