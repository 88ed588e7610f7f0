//! Which instances are slow, and which are typical.
//!
//! ```text
//! typical                                        slow
//! ▁▃▇█▇▅▃▂▁▁ ▁                      ▁ ▂▁ ▁     at or above the cut
//!   p25 p75 of the rest       widest gap ↑ in the slowest fifth, if it is 1.5 times or more
//! ```
//!
//! Where there is no such gap, slow is the slowest hundredth of 500 instances and more, twentieth of 40 and more, tenth
//! of fewer. Less than four instances have no slow ones among them.

use rayon::prelude::*;

/// From how many times the length of its neighbor on a gap parts slow from typical. Found right for one slow instance
/// in 6 to one in 25.
const GAP: f64 = 1.5;

/// Fewer instances than this are not told apart.
const FEWEST: usize = 4;

/// How to tell slow instances from others.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum SlowRule {
    /// By the widest gap, else by a percentile.
    #[default]
    Auto,
    /// Those at or above this quantile, in 0..=1.
    Quantile(f64),
    /// Those that took at least so many nanoseconds.
    Nanos(u64),
}

/// Slow and typical ones among instances.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cohorts {
    /// Slow ones took at least this long; 0 where all count as slow.
    pub slow_from_nanos: u64,
    /// Typical ones took at least and at most this long; `None` if there is none.
    pub typical_nanos: Option<(u64, u64)>,
    /// How the cut was found: `gap`, `p99`, `p95`, `p90`, `given`, or `none` where all count as slow.
    pub rule: &'static str,
}

impl Cohorts {
    /// Tells lengths in nanoseconds apart; sorts them.
    pub fn new(lengths: &mut [u64], rule: SlowRule) -> Self {
        lengths.par_sort_unstable();
        let count = lengths.len();
        let quantile = |q: f64| lengths[((count as f64 * q).ceil() as usize).clamp(1, count) - 1];
        let (slow_from_nanos, rule) = match rule {
            _ if count == 0 => (0, "none"),
            SlowRule::Nanos(nanos) => (nanos, "given"),
            SlowRule::Quantile(q) => (quantile(q), "given"),
            SlowRule::Auto if count < FEWEST => (0, "none"),
            SlowRule::Auto => match gap(lengths) {
                Some(from) => (from, "gap"),
                None if count >= 500 => (quantile(0.99), "p99"),
                None if count >= 40 => (quantile(0.95), "p95"),
                None => (quantile(0.9), "p90"),
            },
        };
        let rest = &lengths[..lengths.partition_point(|&nanos| nanos < slow_from_nanos)];
        let typical_nanos = (!rest.is_empty()).then(|| {
            let last = rest.len() - 1;
            (rest[last / 4], rest[last - last / 4])
        });
        Self { slow_from_nanos, typical_nanos, rule }
    }

    /// Whether an instance that took so long is slow.
    pub fn is_slow(&self, nanos: u64) -> bool {
        nanos >= self.slow_from_nanos
    }

    /// Whether it is typical.
    pub fn is_typical(&self, nanos: u64) -> bool {
        self.typical_nanos.is_some_and(|(from, to)| (from..=to).contains(&nanos)) && !self.is_slow(nanos)
    }
}

/// The lower end of the slow ones by the widest ratio of two neighbors, the upper of which is in the slowest fifth.
fn gap(sorted: &[u64]) -> Option<u64> {
    let first = sorted.len() - sorted.len().div_ceil(5);
    let ratio = |at: usize| sorted[at] as f64 / (sorted[at - 1].max(1)) as f64;
    let widest = (first.max(1)..sorted.len()).max_by(|&a, &b| ratio(a).total_cmp(&ratio(b)))?;
    (ratio(widest) >= GAP).then(|| sorted[widest])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cohorts(lengths: &[u64], rule: SlowRule) -> (u64, Option<(u64, u64)>, &'static str) {
        let cohorts = Cohorts::new(&mut lengths.to_vec(), rule);
        (cohorts.slow_from_nanos, cohorts.typical_nanos, cohorts.rule)
    }

    #[test]
    fn the_widest_gap_in_the_slowest_fifth_parts_slow_from_typical() {
        let mut lengths: Vec<u64> = (100..124).collect();
        lengths.push(1_000);
        assert_eq!(cohorts(&lengths, SlowRule::Auto), (1_000, Some((105, 118)), "gap"));
    }

    #[test]
    fn without_a_gap_a_percentile_does_that_depends_on_how_many_there_are() {
        let up_to = |count: u64| (1_000..1_000 + count).collect::<Vec<u64>>();
        assert_eq!(cohorts(&up_to(500), SlowRule::Auto).2, "p99");
        assert_eq!(cohorts(&up_to(499), SlowRule::Auto).2, "p95");
        assert_eq!(cohorts(&up_to(40), SlowRule::Auto), (1_037, Some((1_009, 1_027)), "p95"));
        assert_eq!(cohorts(&up_to(39), SlowRule::Auto).2, "p90");
    }

    #[test]
    fn three_instances_are_not_told_apart() {
        assert_eq!(cohorts(&[5, 500, 50_000], SlowRule::Auto), (0, None, "none"));
        assert_eq!(cohorts(&[], SlowRule::Auto), (0, None, "none"));
    }

    #[test]
    fn a_cut_that_is_given_counts() {
        assert_eq!(cohorts(&[1, 2, 3, 4], SlowRule::Nanos(3)), (3, Some((1, 2)), "given"));
        assert_eq!(cohorts(&[1, 2, 3, 4], SlowRule::Quantile(0.5)), (2, Some((1, 1)), "given"));
    }
}
