//! How many sampled allocations stand behind the values of an allocation profile, and what error that makes.
//!
//! Go samples one byte in `rate` on average: a block of size s with the chance P = 1 − e^(−s/rate). The profile shows
//! ⌊k/P⌋ objects for k sampled ones of a stack and size, from which k comes back exactly.

/// The chance that a block of `size` bytes is sampled; 1 if every block is.
pub fn chance(size: f64, rate: f64) -> f64 {
    // Without the cancellation of 1 − e^x for small blocks.
    if rate <= 1.0 || size <= 0.0 { 1.0 } else { -(-size / rate).exp_m1() }
}

/// The number of sampled blocks behind the shown number of objects of one stack and size.
pub fn sampled(objects: f64, chance: f64) -> f64 {
    if chance >= 1.0 { objects } else { ((objects + 0.5) * chance).round() }
}

/// What a set of buckets (a stack and a size each) adds up to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Sampled blocks (k).
    pub sampled: f64,
    /// Estimated bytes or objects (B = Σ k s / P).
    pub value: f64,
    /// The variance of that by sampling (Σ k s² (1 − P) / P²).
    pub variance: f64,
    /// Its variance if also the number of blocks is left to chance (Σ k s² / P²): a compound Poisson variance. Blocks so
    /// large that each is sampled have no other.
    pub compound_variance: f64,
}

impl Estimate {
    /// One bucket: `sampled` blocks, each worth `worth` (its size in bytes, or 1 object), sampled with a chance.
    pub fn of_bucket(sampled: f64, worth: f64, chance: f64) -> Self {
        let value = sampled * worth / chance;
        let compound_variance = value * worth / chance;
        Self { sampled, value, variance: compound_variance * (1.0 - chance), compound_variance }
    }

    /// Whether it adds nothing.
    pub fn is_nothing(&self) -> bool {
        self.value == 0.0 && self.sampled == 0.0
    }

    /// The variance in relation to the value: that of its logarithm (u).
    pub fn relative_variance(&self) -> f64 {
        self.relative(self.variance)
    }

    /// The same with the number of blocks left to chance.
    pub fn relative_compound_variance(&self) -> f64 {
        self.relative(self.compound_variance)
    }

    fn relative(&self, variance: f64) -> f64 {
        if self.value > 0.0 { variance / (self.value * self.value) } else { 0.0 }
    }
}

impl std::ops::AddAssign for Estimate {
    fn add_assign(&mut self, other: Self) {
        self.sampled += other.sampled;
        self.value += other.value;
        self.variance += other.variance;
        self.compound_variance += other.compound_variance;
    }
}

impl std::ops::SubAssign for Estimate {
    fn sub_assign(&mut self, other: Self) {
        self.sampled -= other.sampled;
        self.value -= other.value;
        self.variance = (self.variance - other.variance).max(0.0);
        self.compound_variance = (self.compound_variance - other.compound_variance).max(0.0);
    }
}

/// The test of two estimates by the logarithm of their ratio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogTest {
    /// ln(head / base), per exposure.
    pub log_ratio: f64,
    /// Its standard error.
    pub error: f64,
}

impl LogTest {
    /// One profile a side: their sampling, and an assumed spread between runs.
    pub fn of_pair(base: Estimate, head: Estimate, spread: f64) -> Self {
        let variance = base.relative_variance() + head.relative_variance() + 2.0 * spread * spread;
        Self { log_ratio: (head.value / base.value).ln(), error: variance.sqrt() }
    }

    /// Log ratio in standard errors, less that of `ratio`.
    pub fn statistic(&self, ratio: f64) -> f64 {
        (self.log_ratio - ratio.ln()) / self.error
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::special::t_tail;
    use crate::statistics::vectors::assert_close;

    #[test]
    fn counts_come_back() {
        for (rate, size, k, chance_of, objects, space, relative) in [
            (524_288., 64., 3., 0.000_122_062_862_223, 24_577., 1_572_960., 0.333_292_645_713),
            (524_288., 8192., 17., 0.015_503_562_994_6, 1096., 8_982_709., 0.057_911_555_118),
            (524_288., 1_048_576., 5., 0.864_664_716_763, 5., 6_063_483., 0.027_067_056_647_3),
            (65_536., 48., 200., 0.000_732_153_719_57, 273_166., 13_112_000., 0.004_996_339_231_4),
        ] {
            let p = chance(size, rate);
            assert_close(p, chance_of);
            assert_eq!((k / p).floor(), objects, "what Go shows");
            assert_eq!((k * size / p).floor(), space, "what Go shows");
            assert_eq!(sampled(objects, p), k);
            assert_close(Estimate::of_bucket(k, size, p).relative_variance(), relative);
        }
        assert_eq!((chance(64.0, 1.0), sampled(7.0, 1.0)), (1.0, 7.0), "rate 1 samples every block");
    }

    #[test]
    fn one_profile_a_side() {
        let side = |buckets: [(f64, f64); 3]| {
            let mut sum = Estimate::default();
            for (size, k) in buckets {
                sum += Estimate::of_bucket(k, size, chance(size, 524_288.0));
            }
            sum
        };
        let base = side([(64., 12.), (8192., 30.), (1_048_576., 5.)]);
        let head = side([(64., 15.), (8192., 61.), (1_048_576., 5.)]);
        assert_close(base.value, 28_207_163.23);
        assert_close(head.value, 46_160_357.89);
        assert_close(base.variance, 1.253_984_709e13);
        assert_close(head.variance, 2.188_552_256e13);
        let test = LogTest::of_pair(base, head, 0.0);
        assert_close(test.log_ratio, 0.492_545_414_7);
        assert_close(test.error, 0.161_343_617_3);
        assert_close(test.statistic(1.0), 3.052_772_852);
        assert_close(t_tail(test.statistic(1.0), f64::INFINITY), 0.001_133_687_484);
        let wide = LogTest::of_pair(base, head, 0.05);
        assert_close(wide.error, 0.176_158_345_9);
        assert_close(wide.statistic(1.0), 2.796_037_917);
        assert_close(t_tail(wide.statistic(1.0), 30.0), 0.004_469_639_769);
    }
}
