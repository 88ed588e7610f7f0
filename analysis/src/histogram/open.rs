//! Two other forms of a histogram: one that is fast to add to, and one that is small to keep.
//!
//! ```text
//! OpenHistogram     a count for every bucket there can be: nothing is looked for when a duration comes
//! PackedHistogram   bucket and count, 6 bytes, of those buckets only that are not empty
//! ```

use super::{DurationHistogram, bucket_of};

/// Buckets that durations can be in.
const BUCKETS: usize = bucket_of(u64::MAX) + 1;

/// Durations while they come.
#[derive(Clone, Debug)]
pub(crate) struct OpenHistogram {
    /// None until there is a duration; fewer than 2^32 durations.
    counts: Vec<u32>,
    total_nanos: u128,
    min_nanos: u64,
    max_nanos: u64,
}

impl Default for OpenHistogram {
    fn default() -> Self {
        Self { counts: Vec::new(), total_nanos: 0, min_nanos: u64::MAX, max_nanos: 0 }
    }
}

impl OpenHistogram {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.min_nanos > self.max_nanos
    }

    /// Adds one duration.
    #[inline]
    pub(crate) fn record(&mut self, nanos: u64) {
        self.count(nanos);
        self.add_extremes(u128::from(nanos), nanos, nanos);
    }

    /// Adds one duration to its bucket only: whoever adds many has their sum and extremes already.
    #[inline]
    pub(crate) fn count(&mut self, nanos: u64) {
        match self.counts.get_mut(bucket_of(nanos)) {
            Some(count) => *count += 1,
            None => self.open(bucket_of(nanos)),
        }
    }

    #[cold]
    fn open(&mut self, bucket: usize) {
        self.counts = vec![0; BUCKETS];
        self.counts[bucket] = 1;
    }

    /// The buckets that are held: between the extremes.
    fn held(&self) -> std::ops::Range<usize> {
        if self.is_empty() { 0..0 } else { bucket_of(self.min_nanos)..bucket_of(self.max_nanos) + 1 }
    }

    /// Adds all durations of another one.
    pub(crate) fn merge(&mut self, other: Self) {
        if self.counts.is_empty() {
            *self = other;
            return;
        }
        for bucket in other.held() {
            self.counts[bucket] += other.counts[bucket];
        }
        self.add_extremes(other.total_nanos, other.min_nanos, other.max_nanos);
    }

    /// The durations of both.
    pub(crate) fn merged(mut self, other: Self) -> Self {
        self.merge(other);
        self
    }

    /// Adds all durations of a packed one.
    pub(crate) fn merge_packed(&mut self, other: &PackedHistogram) {
        if other.buckets.is_empty() {
            return;
        }
        if self.counts.is_empty() {
            self.counts = vec![0; BUCKETS];
        }
        for (&bucket, &count) in other.buckets.iter().zip(&other.counts) {
            self.counts[usize::from(bucket)] += count;
        }
        self.add_extremes(other.total_nanos, other.min_nanos, other.max_nanos);
    }

    /// Adds sum and extremes of durations that were only counted.
    #[inline]
    pub(crate) fn add_extremes(&mut self, total: u128, min: u64, max: u64) {
        self.total_nanos += total;
        self.min_nanos = self.min_nanos.min(min);
        self.max_nanos = self.max_nanos.max(max);
    }

    /// The same durations, in the form that answers questions.
    pub(crate) fn close(self) -> DurationHistogram {
        let held = self.held();
        if held.is_empty() {
            return DurationHistogram::default();
        }
        let counts: Vec<u64> = self.counts[held.clone()].iter().map(|&count| u64::from(count)).collect();
        DurationHistogram {
            first_bucket: held.start,
            count: counts.iter().sum(),
            counts,
            total_nanos: self.total_nanos,
            min_nanos: self.min_nanos,
            max_nanos: self.max_nanos,
        }
    }

    /// Takes all durations out, in the form to keep; fewer than 2^32 of them. Its memory is used again.
    pub(crate) fn take_packed(&mut self) -> PackedHistogram {
        let packed = self.pack();
        let held = self.held();
        self.counts[held].fill(0);
        *self = Self { counts: std::mem::take(&mut self.counts), ..Self::default() };
        packed
    }

    fn pack(&self) -> PackedHistogram {
        let filled = self.held().filter(|&bucket| self.counts[bucket] != 0);
        let (buckets, counts): (Vec<u16>, Vec<u32>) =
            filled.map(|bucket| (bucket as u16, self.counts[bucket])).unzip();
        PackedHistogram {
            buckets: buckets.into_boxed_slice(),
            counts: counts.into_boxed_slice(),
            total_nanos: self.total_nanos,
            min_nanos: self.min_nanos,
            max_nanos: self.max_nanos,
        }
    }
}

/// Durations that are kept.
#[derive(Clone, Debug)]
pub(crate) struct PackedHistogram {
    buckets: Box<[u16]>,
    counts: Box<[u32]>,
    total_nanos: u128,
    min_nanos: u64,
    max_nanos: u64,
}

impl PackedHistogram {
    pub(crate) fn max_nanos(&self) -> u64 {
        self.max_nanos
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.buckets.len() * 6
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_forms_hold_the_same(
            one in prop::collection::vec((any::<u64>(), 0..64_u32), 0..100),
            other in prop::collection::vec((any::<u64>(), 0..64_u32), 0..100),
        ) {
            let durations = |from: &[(u64, u32)]| from.iter().map(|&(n, shift)| n >> shift).collect::<Vec<_>>();
            let (one, other) = (durations(&one), durations(&other));
            let open = |durations: &[u64]| {
                let mut open = OpenHistogram::default();
                durations.iter().for_each(|&nanos| open.record(nanos));
                open
            };
            let expected: DurationHistogram = one.iter().chain(&other).copied().collect();
            let mut merged = open(&one);
            merged.merge(open(&other));
            prop_assert_eq!(&merged.close(), &expected);
            let mut unpacked = OpenHistogram::default();
            unpacked.merge_packed(&open(&one).pack());
            // The memory of one histogram is used for the next.
            let mut again = open(&one);
            again.take_packed();
            prop_assert!(again.is_empty());
            other.iter().for_each(|&nanos| again.record(nanos));
            unpacked.merge_packed(&again.take_packed());
            prop_assert_eq!(&unpacked.close(), &expected);
            let all = one.iter().chain(&other);
            for wanted in [1, 10, 1000] {
                let reached = expected.reached_by(wanted);
                let count = all.clone().filter(|&&nanos| nanos >= reached).count() as u64;
                prop_assert!(reached == 0 || count >= wanted);
            }
        }
    }
}
