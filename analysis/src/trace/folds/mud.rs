//! Quantiles of a distribution made of uniform pieces: the mutator utilization distribution.
//!
//! While a window moves from one corner of the utilization to the next, its mean changes evenly: the time that takes
//! is spread evenly between the two means.
//!
//! The quantile is found by halving the interval of values. A piece that lies outside is settled, and so is one that
//! covers the whole interval; what remains to look at shrinks with the interval. Adding up sorted edges, as Go does,
//! would be simpler, but loses digits where a piece is narrow and steep.

/// Time spread evenly over values between `low` and `high`; all at one value if they are equal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mass {
    low: f64,
    high: f64,
    nanos: f64,
}

impl Mass {
    pub(super) fn between(one: f64, other: f64, nanos: f64) -> Self {
        Self { low: one.min(other), high: one.max(other), nanos }
    }

    /// How much of it is at values up to `value`, which is not below `low`.
    fn up_to(&self, value: f64) -> f64 {
        if value >= self.high { self.nanos } else { self.nanos * (value - self.low) / (self.high - self.low) }
    }
}

/// The smallest value up to which there are at least `nanos`; the largest value if there are fewer in all.
pub(super) fn quantile(masses: &[Mass], nanos: f64) -> f64 {
    let mut low = masses.iter().map(|mass| mass.low).fold(f64::INFINITY, f64::min);
    let mut high = masses.iter().map(|mass| mass.high).fold(f64::NEG_INFINITY, f64::max);
    let at_low: f64 = masses.iter().filter(|mass| mass.high <= low).map(|mass| mass.nanos).sum();
    if nanos <= at_low {
        return low;
    }
    let mut open: Vec<Mass> = masses.to_vec();
    // Known: this much up to `low`, and evenly spread from there on.
    let (mut below, mut slope) = (0.0, 0.0);
    // Each round gives one binary digit, and an f64 between 0 and 1 has no more that matter.
    for _ in 0..64 {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        let reached = open.iter().filter(|mass| mass.low <= middle).map(|mass| mass.up_to(middle));
        if below + slope * (middle - low) + reached.sum::<f64>() >= nanos {
            high = middle;
        } else {
            below += slope * (middle - low);
            low = middle;
        }
        open.retain(|mass| {
            if mass.high <= low {
                below += mass.nanos;
            } else if mass.low <= low && mass.high >= high && mass.low < mass.high {
                below += mass.up_to(low);
                slope += mass.nanos / (mass.high - mass.low);
            } else {
                return mass.low <= high;
            }
            false
        });
        if open.is_empty() && slope > 0.0 {
            return (low + (nanos - below) / slope).clamp(low, high);
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_piece_is_spread_evenly() {
        let one = [Mass::between(0.8, 0.4, 100.0)];
        let quantiles = [0.0, 25.0, 50.0, 100.0].map(|nanos| quantile(&one, nanos));
        for (quantile, expected) in quantiles.into_iter().zip([0.4, 0.5, 0.6, 0.8]) {
            assert!((quantile - expected).abs() < 1e-12, "{quantile} {expected}");
        }
    }

    #[test]
    fn time_at_one_value_is_a_step() {
        let masses = [Mass::between(0.25, 0.25, 10.0), Mass::between(1.0, 1.0, 90.0)];
        let quantiles = [0.0, 5.0, 10.0, 10.5, 99.0, 200.0].map(|nanos| quantile(&masses, nanos));
        assert_eq!(quantiles, [0.25, 0.25, 0.25, 1.0, 1.0, 1.0]);
    }

    proptest! {
        #[test]
        fn as_much_time_is_below_the_quantile_as_asked_for(
            pieces in prop::collection::vec((0..=64_u32, 0..=64_u32, 1..1000_u32), 1..40),
            share in 0.0..=1.0_f64,
        ) {
            let piece = |&(one, other, nanos): &(u32, u32, u32)| {
                Mass::between(f64::from(one) / 64.0, f64::from(other) / 64.0, f64::from(nanos))
            };
            let masses: Vec<Mass> = pieces.iter().map(piece).collect();
            let total: f64 = masses.iter().map(|mass| mass.nanos).sum();
            let value = quantile(&masses, total * share);
            let up_to = |value: f64| -> f64 {
                masses.iter().filter(|mass| mass.low <= value).map(|mass| mass.up_to(value)).sum()
            };
            prop_assert!(up_to(value + 1e-9) + 1e-6 >= total * share, "not enough up to {value}");
            prop_assert!(up_to(value - 1e-9) - 1e-6 <= total * share, "{value} is too high");
        }
    }
}
