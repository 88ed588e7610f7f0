//! What a comparison of CPU profiles could show, before any is recorded: for planning, and for the documentation.

use crate::statistics::detectable::Design;
use crate::statistics::score::Scale;

/// The weight of what functions have in common, as comparisons take it.
const PRIOR_DF: f64 = 50.0;
/// Samples a run above which nobody records.
const MOST_SAMPLES: f64 = 1e7;

/// A comparison of shares that is planned: the same number of runs on both sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PowerPlan {
    /// Runs a side, 2 or more.
    pub runs: u32,
    /// Samples of a run.
    pub samples: f64,
    /// Hypotheses that are tested: about 150 in a web server, 1 with `--focus`.
    pub hypotheses: u32,
    /// The chance of a false alarm, over all hypotheses together.
    pub alpha: f64,
    /// Standard deviation between runs of the logarithm of a function's share, beyond sampling: 0.01 is 1%.
    pub drift: f64,
}

impl PowerPlan {
    /// The chance that a function with this share is found if it gets slower: 0.05 is +5%.
    pub fn chance(&self, share: f64, slowdown: f64) -> f64 {
        self.design(share).chance(share, slowdown)
    }

    /// The smallest slowdown of a function with this share that is found in 9 of 10 comparisons.
    pub fn smallest_slowdown(&self, share: f64) -> f64 {
        self.design(share).smallest_slowdown(share)
    }

    /// Samples a run from which a slowdown is found in 9 of 10 comparisons; `None` if no number does.
    pub fn samples_needed(&self, share: f64, slowdown: f64) -> Option<f64> {
        let is_enough = |samples: f64| Self { samples, ..*self }.smallest_slowdown(share) <= slowdown;
        let (mut low, mut high) = (1.0, MOST_SAMPLES);
        if !is_enough(high) {
            return None;
        }
        while high - low > 1e-4 * high {
            let middle = f64::midpoint(low, high);
            if is_enough(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        Some(high)
    }

    fn design(&self, share: f64) -> Design {
        let runs = f64::from(self.runs);
        Design {
            exposure: [runs * self.samples; 2],
            runs: [runs; 2],
            scale: Scale::Share,
            dispersion: 1.0 + self.drift * self.drift * self.samples * share / (1.0 - share),
            spread: 0.0,
            df: 2.0 * runs - 2.0 + PRIOR_DF,
            alpha: self.alpha / f64::from(self.hypotheses),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(runs: u32, hypotheses: u32, drift: f64) -> PowerPlan {
        PowerPlan { runs, samples: 3000.0, hypotheses, alpha: 0.01, drift }
    }

    #[test]
    fn samples_for_five_percent_of_a_function_of_a_fifth() {
        for (runs, hypotheses, expected) in [
            (5, 150, 29_900.0),
            (5, 35, 25_100.0),
            (5, 1, 14_000.0),
            (10, 150, 14_700.0),
            (10, 35, 12_400.0),
            (10, 1, 6900.0),
            (20, 150, 7200.0),
        ] {
            let samples = plan(runs, hypotheses, 0.0).samples_needed(0.2, 0.05).expect("a number");
            assert!((samples / expected - 1.0_f64).abs() < 0.02, "{runs} {hypotheses}: {samples}");
        }
    }

    #[test]
    fn drift_takes_what_samples_give() {
        let samples = plan(5, 1, 0.01).samples_needed(0.2, 0.05).expect("a number");
        assert!((samples / 22_000.0 - 1.0).abs() < 0.05, "{samples}");
        assert_eq!(plan(5, 1, 0.02).samples_needed(0.2, 0.05), None);
    }

    #[test]
    fn chances_are_about_those_of_simulations() {
        // Pure sampling, 5 × 3,000: what the default method found in 1,000 simulated comparisons each.
        for (hypotheses, slowdown, simulated) in [
            (145, 0.05, 0.01),
            (145, 0.10, 0.20),
            (145, 0.15, 0.80),
            (145, 0.20, 0.99),
            (1, 0.05, 0.27),
            (1, 0.10, 0.81),
        ] {
            let chance = plan(5, hypotheses, 0.0).chance(0.2, slowdown);
            assert!((chance - simulated).abs() < 0.06, "{hypotheses} {slowdown}: {chance}");
        }
    }
}
