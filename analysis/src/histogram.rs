//! Durations in logarithmic buckets: percentiles with an error below 0.4 % in a few kilobytes, whatever the count.
//!
//! Below 128 ns every nanosecond has its bucket; above, each power of two has 128 of the same width (the layout of
//! HdrHistogram). Counts are exact and so are count, sum, smallest and largest value; histograms add up.
//!
//! ```text
//! nanoseconds  0 1 … 127 │ 128 129 … 255 │ 256 258 … 510 │ 512 516 … 1020 │ …
//! bucket       0 1 … 127 │ 128 129 … 255 │ 256 257 … 383 │ 384 385 …  511 │ …
//! counts                    first_bucket ┴───── held ─────┘ only what lies between the extremes is held
//! ```

mod bars;
mod open;

use std::ops::RangeInclusive;

pub use self::bars::{LengthBar, LengthBars};
pub(crate) use self::open::{OpenHistogram, PackedHistogram};

/// Buckets a power of two, as a power of two: a bucket is at most 1/128 of its values wide.
const PRECISION_BITS: u32 = 7;

/// The percentiles that reports show, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Percentiles {
    /// Half took no longer.
    pub p50: u64,
    /// 90 % took no longer.
    pub p90: u64,
    /// 99 % took no longer.
    pub p99: u64,
    /// 99.9 % took no longer.
    pub p99_9: u64,
    /// The longest, exactly.
    pub max: u64,
}

/// How long things took, in nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DurationHistogram {
    /// The bucket that `counts[0]` belongs to.
    first_bucket: usize,
    counts: Vec<u64>,
    count: u64,
    /// Wide enough for every possible sum.
    total_nanos: u128,
    min_nanos: u64,
    max_nanos: u64,
}

impl DurationHistogram {
    /// Adds one duration.
    pub fn record(&mut self, nanos: u64) {
        self.record_times(nanos, 1);
    }

    /// Adds the same duration several times.
    pub fn record_times(&mut self, nanos: u64, times: u64) {
        if times == 0 {
            return;
        }
        if self.count == 0 {
            (self.min_nanos, self.max_nanos) = (nanos, nanos);
        }
        self.min_nanos = self.min_nanos.min(nanos);
        self.max_nanos = self.max_nanos.max(nanos);
        self.count += times;
        self.total_nanos += u128::from(nanos) * u128::from(times);
        let bucket = bucket_of(nanos);
        self.hold(bucket, bucket);
        self.counts[bucket - self.first_bucket] += times;
    }

    /// Adds all durations of another histogram.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            self.clone_from(other);
            return;
        }
        self.min_nanos = self.min_nanos.min(other.min_nanos);
        self.max_nanos = self.max_nanos.max(other.max_nanos);
        self.count += other.count;
        self.total_nanos += other.total_nanos;
        self.hold(other.first_bucket, other.first_bucket + other.counts.len() - 1);
        let begin = other.first_bucket - self.first_bucket;
        for (sum, count) in self.counts[begin..].iter_mut().zip(&other.counts) {
            *sum += count;
        }
    }

    /// Makes room for the buckets `first..=last`.
    fn hold(&mut self, first: usize, last: usize) {
        if self.counts.is_empty() {
            self.first_bucket = first;
        }
        if first < self.first_bucket {
            let missing = self.first_bucket - first;
            self.counts.splice(0..0, std::iter::repeat_n(0, missing));
            self.first_bucket = first;
        }
        if last - self.first_bucket >= self.counts.len() {
            self.counts.resize(last - self.first_bucket + 1, 0);
        }
    }

    /// How many durations there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Their sum, exactly.
    pub fn total_nanos(&self) -> u128 {
        self.total_nanos
    }

    /// The shortest, exactly; 0 if there is none.
    pub fn min_nanos(&self) -> u64 {
        self.min_nanos
    }

    /// The longest, exactly; 0 if there is none.
    pub fn max_nanos(&self) -> u64 {
        self.max_nanos
    }

    /// The mean, rounded down; 0 if there is none.
    pub fn mean_nanos(&self) -> u64 {
        let mean = self.total_nanos.checked_div(u128::from(self.count)).unwrap_or(0);
        u64::try_from(mean).unwrap_or(u64::MAX)
    }

    /// The duration that the share `quantile` (0 to 1) of all does not exceed (nearest rank), taken as the middle
    /// of its bucket: off by at most 1/256. The first and the last rank are exact. 0 if there is no duration.
    pub fn percentile_nanos(&self, quantile: f64) -> u64 {
        if self.count == 0 {
            return 0;
        }
        let rank = ((quantile * self.count as f64).ceil() as u64).clamp(1, self.count);
        if rank == 1 {
            return self.min_nanos;
        }
        if rank == self.count {
            return self.max_nanos;
        }
        let mut seen = 0;
        let held = self.counts.iter().position(|&count| {
            seen += count;
            seen >= rank
        });
        let range = bucket_range(self.first_bucket + held.unwrap_or(self.counts.len() - 1));
        let middle = range.start() + (range.end() - range.start()) / 2;
        middle.clamp(self.min_nanos, self.max_nanos)
    }

    /// A duration that at least `wanted` of all reach, and few more; 0 if there are not so many.
    pub(crate) fn reached_by(&self, wanted: u64) -> u64 {
        let mut seen = 0;
        let held = self.counts.iter().rposition(|&count| {
            seen += count;
            seen >= wanted
        });
        held.map_or(0, |held| *bucket_range(self.first_bucket + held).start())
    }

    /// The percentiles that reports show.
    pub fn percentiles(&self) -> Percentiles {
        Percentiles {
            p50: self.percentile_nanos(0.5),
            p90: self.percentile_nanos(0.9),
            p99: self.percentile_nanos(0.99),
            p99_9: self.percentile_nanos(0.999),
            max: self.max_nanos,
        }
    }

    /// The buckets that are not empty, in rising order: the durations of each, and how many there are.
    pub fn buckets(&self) -> impl Iterator<Item = (RangeInclusive<u64>, u64)> + '_ {
        let held = self.counts.iter().enumerate().filter(|&(_, &count)| count != 0);
        held.map(|(at, &count)| (bucket_range(self.first_bucket + at), count))
    }

    /// The numbers of the buckets that are not empty, in rising order, and how many durations each has: with count, sum and
    /// extremes, all of the histogram.
    pub fn numbered_buckets(&self) -> impl Iterator<Item = (u32, u64)> + '_ {
        let held = self.counts.iter().enumerate().filter(|&(_, &count)| count != 0);
        held.map(|(at, &count)| (u32::try_from(self.first_bucket + at).unwrap_or(u32::MAX), count))
    }

    /// A histogram out of what [`Self::numbered_buckets`] gave. Numbers that no bucket has are left out.
    pub fn from_numbered_buckets(
        buckets: impl IntoIterator<Item = (u32, u64)>,
        total_nanos: u128,
        extremes: RangeInclusive<u64>,
    ) -> Self {
        let mut histogram = Self::default();
        for (bucket, count) in buckets {
            let bucket = bucket as usize;
            if count == 0 || bucket > bucket_of(u64::MAX) {
                continue;
            }
            histogram.hold(bucket, bucket);
            let held = &mut histogram.counts[bucket - histogram.first_bucket];
            *held = held.saturating_add(count);
            histogram.count = histogram.count.saturating_add(count);
        }
        if histogram.count > 0 {
            histogram.total_nanos = total_nanos;
            (histogram.min_nanos, histogram.max_nanos) =
                (*extremes.start(), *extremes.end().max(extremes.start()));
        }
        histogram
    }

    /// The same in the coarse buckets of `go tool trace`, five a decade, from the first that is not empty to the
    /// last. A fine bucket goes where its middle is: at the edges of Go's buckets up to 0.4 % may be off.
    pub fn go_buckets(&self) -> Vec<GoBucket> {
        let mut buckets: Vec<GoBucket> = Vec::new();
        for (range, count) in self.buckets() {
            let middle = range.start() + (range.end() - range.start()) / 2;
            let index = go_bucket(middle.clamp(self.min_nanos, self.max_nanos));
            let next = buckets.last().map_or(index, |last| last.index + 1);
            buckets.extend((next..=index).map(|index| GoBucket { index, count: 0 }));
            if let Some(last) = buckets.last_mut() {
                last.count += count;
            }
        }
        buckets
    }
}

impl Extend<u64> for DurationHistogram {
    fn extend<T: IntoIterator<Item = u64>>(&mut self, durations: T) {
        for nanos in durations {
            self.record(nanos);
        }
    }
}

impl FromIterator<u64> for DurationHistogram {
    fn from_iter<T: IntoIterator<Item = u64>>(durations: T) -> Self {
        let mut histogram = Self::default();
        histogram.extend(durations);
        histogram
    }
}

/// A bucket of the histograms of `go tool trace`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoBucket {
    /// Which one: 0 begins at 1 ns, and each is 10^(1/5) times as wide as the one before.
    pub index: u32,
    /// How many durations are in it.
    pub count: u64,
}

impl GoBucket {
    /// The smallest duration that belongs to it.
    pub fn lower_nanos(self) -> f64 {
        (f64::from(self.index) * GO_BUCKET_LN).exp()
    }

    /// The end of it: the smallest duration that belongs to the next one.
    pub fn upper_nanos(self) -> f64 {
        Self { index: self.index + 1, ..self }.lower_nanos()
    }
}

/// Natural logarithm of the ratio of neighboring buckets in Go.
const GO_BUCKET_LN: f64 = std::f64::consts::LN_10 / 5.0;

/// Which of Go's buckets a duration belongs to (Go 1.27 cmd/trace); 0 ns is in the first, with 1 ns.
pub fn go_bucket(nanos: u64) -> u32 {
    if nanos == 0 { 0 } else { ((nanos as f64).ln() / GO_BUCKET_LN) as u32 }
}

#[inline]
const fn bucket_of(nanos: u64) -> usize {
    // The lowest bits change no magnitude that matters, and there is one in 0 too.
    let magnitude = (nanos | 1).ilog2();
    let shift = magnitude.saturating_sub(PRECISION_BITS);
    (((shift as u64) << PRECISION_BITS) + (nanos >> shift)) as usize
}

fn bucket_range(bucket: usize) -> RangeInclusive<u64> {
    let bucket = bucket as u64;
    let shift = (bucket >> PRECISION_BITS).saturating_sub(1);
    let begin = (bucket - (shift << PRECISION_BITS)) << shift;
    begin..=begin + ((1 << shift) - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn buckets_tile_all_durations() {
        let mut expected = 0;
        for bucket in 0..=bucket_of(u64::MAX) {
            let range = bucket_range(bucket);
            assert_eq!(*range.start(), expected, "bucket {bucket}");
            assert_eq!(bucket_of(*range.start()), bucket);
            assert_eq!(bucket_of(*range.end()), bucket);
            assert!(range.end() - range.start() <= range.start() / 128, "{range:?} is narrow");
            expected = range.end().wrapping_add(1);
        }
        assert_eq!(expected, 0, "the last bucket ends with the largest duration");
    }

    #[test]
    fn nothing_recorded_is_zero_everywhere() {
        let empty = DurationHistogram::default();
        assert_eq!((empty.count(), empty.mean_nanos(), empty.percentiles()), (0, 0, Percentiles::default()));
        assert!(empty.buckets().next().is_none() && empty.go_buckets().is_empty());
    }

    #[test]
    fn small_durations_are_exact() {
        let histogram: DurationHistogram = (1..=100).collect();
        let percentiles = histogram.percentiles();
        assert_eq!(percentiles, Percentiles { p50: 50, p90: 90, p99: 99, p99_9: 100, max: 100 });
        assert_eq!((histogram.min_nanos(), histogram.mean_nanos(), histogram.total_nanos()), (1, 50, 5050));
    }

    #[test]
    fn gos_buckets_are_five_a_decade() {
        let edges: Vec<u32> = [0, 1, 9, 10, 99, 100, 999_999_999, 1_000_000_001].map(go_bucket).to_vec();
        assert_eq!(edges, [0, 0, 4, 5, 9, 10, 44, 45]);
        let histogram: DurationHistogram = [3, 3, 40].into_iter().collect();
        let counts: Vec<(u32, u64)> = histogram.go_buckets().iter().map(|b| (b.index, b.count)).collect();
        assert_eq!(counts, [(2, 2), (3, 0), (4, 0), (5, 0), (6, 0), (7, 0), (8, 1)]);
        assert!((GoBucket { index: 10, count: 0 }.lower_nanos() - 100.0).abs() < 1e-9);
    }

    /// Durations of every magnitude.
    fn durations() -> impl Strategy<Value = Vec<u64>> {
        prop::collection::vec((any::<u64>(), 0..64_u32).prop_map(|(nanos, shift)| nanos >> shift), 1..200)
    }

    proptest! {
        #[test]
        fn a_percentile_is_within_a_bucket_of_the_exact_one(mut all in durations(), quantile in 0.0..=1.0_f64) {
            let histogram: DurationHistogram = all.iter().copied().collect();
            all.sort_unstable();
            let rank = ((quantile * all.len() as f64).ceil() as usize).clamp(1, all.len());
            let (exact, ours) = (all[rank - 1], histogram.percentile_nanos(quantile));
            prop_assert!(exact.abs_diff(ours) <= exact / 128, "{exact} {ours}");
            prop_assert_eq!((histogram.min_nanos(), histogram.max_nanos()), (all[0], all[all.len() - 1]));
            prop_assert_eq!(histogram.total_nanos(), all.iter().map(|&nanos| u128::from(nanos)).sum::<u128>());
        }

        #[test]
        fn merged_histograms_are_the_histogram_of_both(one in durations(), other in durations()) {
            let mut merged: DurationHistogram = one.iter().copied().collect();
            merged.merge(&other.iter().copied().collect());
            let both: DurationHistogram = one.iter().chain(&other).copied().collect();
            prop_assert_eq!(&merged, &both);
            prop_assert_eq!(merged.buckets().map(|(_, count)| count).sum::<u64>(), merged.count());
            prop_assert_eq!(both.go_buckets().iter().map(|bucket| bucket.count).sum::<u64>(), both.count());
        }
    }
}
