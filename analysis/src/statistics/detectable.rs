//! The smallest change that is found in 9 of 10 comparisons, and the chance to find a given one.

use super::score::Scale;
use super::special::{t_quantile, t_tail};

/// The normal quantile of 9 in 10: what a change must be above the limit, in standard errors, to be found as often.
pub const NINE_IN_TEN: f64 = 1.281_551_565_544_8;

/// What a comparison can see.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Design {
    /// Exposures of base and head: samples for shares.
    pub exposure: [f64; 2],
    /// Runs of base and head.
    pub runs: [f64; 2],
    /// What they are.
    pub scale: Scale,
    /// Variance beyond sampling (φ).
    pub dispersion: f64,
    /// Assumed spread between runs (σ).
    pub spread: f64,
    /// Degrees of freedom.
    pub df: f64,
    /// The chance of a false alarm that one test is left: α / m.
    pub alpha: f64,
}

impl Design {
    /// The smallest growth of the odds (shares) or of the value (rates) of a function that is found in 9 of 10
    /// comparisons: 0.16 is +16%. `base` is its share, or its rate. Infinite if none is.
    pub fn smallest_slowdown(&self, base: f64) -> f64 {
        let wanted = t_quantile(self.alpha, self.df) + NINE_IN_TEN;
        let is_found = |slowdown: f64| self.statistic(base, slowdown) >= wanted;
        // A growth to ten thousand times is none that a reader asks about.
        let (mut low, mut high) = (0.0, 1e4);
        if !is_found(high) {
            return f64::INFINITY;
        }
        while high - low > 1e-9 * high {
            let middle = f64::midpoint(low, high);
            if is_found(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        high
    }

    /// About the chance that a slowdown is found.
    pub fn chance(&self, base: f64, slowdown: f64) -> f64 {
        t_tail(t_quantile(self.alpha, self.df) - self.statistic(base, slowdown), f64::INFINITY)
    }

    /// The value of the head after a slowdown: the share of what got that much slower.
    pub fn slowed(&self, base: f64, slowdown: f64) -> f64 {
        match self.scale {
            Scale::Share => base * (1.0 + slowdown) / (1.0 + base * slowdown),
            Scale::Rate => base * (1.0 + slowdown),
        }
    }

    /// The statistic to be expected.
    fn statistic(&self, base: f64, slowdown: f64) -> f64 {
        let head = self.slowed(base, slowdown);
        let middle = f64::midpoint(base, head);
        let (sampling, between) = match self.scale {
            Scale::Share => (middle * (1.0 - middle), (middle * (1.0 - middle)).powi(2)),
            Scale::Rate => (middle, middle * middle),
        };
        let variance = self.dispersion * sampling * (1.0 / self.exposure[0] + 1.0 / self.exposure[1])
            + self.spread * self.spread * between * (1.0 / self.runs[0] + 1.0 / self.runs[1]);
        (head - base) / variance.sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shares of pure sampling: `runs` of `samples` a side, `m` hypotheses.
    fn design(runs: f64, samples: f64, m: f64) -> Design {
        Design {
            exposure: [runs * samples; 2],
            runs: [runs; 2],
            scale: Scale::Share,
            dispersion: 1.0,
            spread: 0.0,
            df: 2.0 * runs - 2.0 + 50.0,
            alpha: 0.01 / m,
        }
    }

    fn one_run(samples: f64, m: f64) -> Design {
        Design { dispersion: 1.2, spread: 0.05, df: 30.0, ..design(1.0, samples, m) }
    }

    #[track_caller]
    fn check(designs: [Design; 3], share: f64, expected: [f64; 3]) {
        let percent = designs.map(|design| (design.smallest_slowdown(share) * 100.0).round());
        assert_eq!(percent, expected, "{share}");
    }

    #[test]
    fn the_smallest_change_found() {
        let designs = |runs, samples| [150.0, 35.0, 1.0].map(|m| design(runs, samples, m));
        check(designs(3.0, 3000.0), 0.5, [17., 16., 12.]);
        check(designs(5.0, 3000.0), 0.5, [13., 12., 9.]);
        check(designs(3.0, 3000.0), 0.2, [22., 20., 14.]);
        check(designs(5.0, 3000.0), 0.2, [16., 15., 11.]);
        check(designs(10.0, 3000.0), 0.2, [11., 10., 8.]);
        check(designs(5.0, 24_000.0), 0.2, [6., 5., 4.]);
        check(designs(5.0, 3000.0), 0.05, [31., 28., 21.]);
        check(designs(5.0, 3000.0), 0.01, [73., 66., 48.]);
    }

    #[test]
    fn with_one_run_a_side() {
        let designs = |samples| [150.0, 35.0, 1.0].map(|m| one_run(samples, m));
        check(designs(300.0), 0.5, [219., 183., 109.]);
        check(designs(3000.0), 0.2, [73., 65., 44.]);
        check(designs(24_000.0), 0.2, [53., 47., 32.]);
        check(designs(24_000.0), 0.01, [90., 79., 54.]);
    }

    #[test]
    fn a_change_that_none_finds_is_infinite() {
        assert_eq!(one_run(3.0, 150.0).smallest_slowdown(0.01), f64::INFINITY);
    }

    #[test]
    fn the_chance_at_the_smallest_change_is_nine_in_ten() {
        let design = design(5.0, 3000.0, 150.0);
        let chance = design.chance(0.2, design.smallest_slowdown(0.2));
        assert!((chance - 0.9).abs() < 1e-6, "{chance}");
    }
}
