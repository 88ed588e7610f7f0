//! Score test of two pooled counts, as shares or as rates, with more variance than sampling makes.
//!
//! ```text
//! q_a = (Y_a + Y_b) / (E_a + ρ E_b)    q_b = ρ q_a          the estimates if head / base is ρ
//! share  v = q_b(1−q_b)/E_b + ρ² q_a(1−q_a)/E_a             s = σ² (q_b(1−q_b))² (1/N_a + 1/N_b)
//! rate   v = q_b/E_b + ρ² q_a/E_a                           s = σ² q_b² (1/N_a + 1/N_b)
//! T(ρ) = (Y_b/E_b − ρ Y_a/E_a) / sqrt(φ v + s)              falls with ρ
//! ```
//!
//! The interval is all ρ that the test does not reject, so that chance and interval never contradict each other.

use super::special::{t_quantile, t_tail};

/// The counts of a side: pooled over its runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pooled {
    /// Events that were counted (Y).
    pub events: f64,
    /// What they are divided by (E): samples of all functions, units, seconds.
    pub exposure: f64,
    /// Number of runs (N).
    pub runs: f64,
}

impl Pooled {
    /// The share or rate.
    pub fn value(&self) -> f64 {
        self.events / self.exposure
    }
}

/// What counts are divided by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// The count of all: binomial.
    #[default]
    Share,
    /// Units or seconds: Poisson.
    Rate,
}

/// How much more than sampling the counts vary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// The variance as a multiple of what sampling makes (φ).
    pub dispersion: f64,
    /// Assumed spread between runs: standard deviation of the log odds (shares) or logarithm (rates) (σ).
    pub spread: f64,
    /// Degrees of freedom of the dispersion.
    pub df: f64,
}

/// The test of two pooled counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreTest {
    /// The side before.
    pub base: Pooled,
    /// The side after.
    pub head: Pooled,
    /// What they are divided by.
    pub scale: Scale,
    /// How they vary.
    pub noise: Noise,
}

impl ScoreTest {
    /// Whether there is anything to test: some events, and not nothing else.
    pub fn is_defined(&self) -> bool {
        let events = self.base.events + self.head.events;
        let exposure = self.base.exposure + self.head.exposure;
        let is_room = self.scale == Scale::Rate || events < exposure;
        events > 0.0 && self.base.exposure > 0.0 && self.head.exposure > 0.0 && is_room
    }

    /// T: how far head / base is above `ratio`, in standard errors.
    pub fn statistic(&self, ratio: f64) -> f64 {
        let Self { base, head, scale, noise } = self;
        let base_value = (base.events + head.events) / (base.exposure + ratio * head.exposure);
        let head_value = ratio * base_value;
        let runs = 1.0 / base.runs + 1.0 / head.runs;
        let (sampling, between) = match scale {
            Scale::Share => {
                // A ratio far from the truth can ask for a share above 1: no sampling error is left there.
                let odds = |value: f64| (value * (1.0 - value)).max(0.0);
                let sampling =
                    odds(head_value) / head.exposure + ratio * ratio * odds(base_value) / base.exposure;
                (sampling, odds(head_value).powi(2) * runs)
            }
            Scale::Rate => {
                let sampling = head_value / head.exposure + ratio * ratio * base_value / base.exposure;
                (sampling, head_value * head_value * runs)
            }
        };
        let variance = noise.dispersion * sampling + noise.spread * noise.spread * between;
        (head.value() - ratio * base.value()) / variance.sqrt()
    }

    /// Chance of at least this much in the head if head / base is `ratio`.
    pub fn p_more_than(&self, ratio: f64) -> f64 {
        t_tail(self.statistic(ratio), self.noise.df)
    }

    /// Chance of this much difference in either direction if there is none.
    pub fn p_two_sided(&self) -> f64 {
        (2.0 * t_tail(self.statistic(1.0).abs(), self.noise.df)).min(1.0)
    }

    /// The ratios of head to base that are not rejected at 1 − `level`, from low to high.
    pub fn interval(&self, level: f64) -> (f64, f64) {
        let limit = t_quantile((1.0 - level) / 2.0, self.noise.df);
        let low = if self.head.events == 0.0 { 0.0 } else { self.ratio_where(limit) };
        let high = if self.base.events == 0.0 { f64::INFINITY } else { self.ratio_where(-limit) };
        (low, high)
    }

    /// The ratio at which T is `wanted`, by bisection of its logarithm.
    fn ratio_where(&self, wanted: f64) -> f64 {
        // e^±60 is beyond any ratio of counts.
        let (mut low, mut high) = (-60.0_f64, 60.0_f64);
        while high - low > 1e-12 {
            let middle = f64::midpoint(low, high);
            if middle <= low || middle >= high {
                break;
            }
            if self.statistic(middle.exp()) > wanted {
                low = middle;
            } else {
                high = middle;
            }
        }
        f64::midpoint(low, high).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::vectors::assert_close;

    const INF: f64 = f64::INFINITY;
    const PLAIN: Noise = Noise { dispersion: 1.0, spread: 0.0, df: INF };
    const WIDE: Noise = Noise { dispersion: 1.2, spread: 0.05, df: 30.0 };
    const RATE: Noise = Noise { dispersion: 1.5, spread: 0.03, df: 12.0 };

    fn test_of(base: (f64, f64), head: (f64, f64), scale: Scale, noise: Noise) -> ScoreTest {
        let side = |(events, exposure)| Pooled { events, exposure, runs: 1.0 };
        ScoreTest { base: side(base), head: side(head), scale, noise }
    }

    #[test]
    fn shares() {
        #[rustfmt::skip]
        let rows = [
            ((600., 3000.), (700., 3000.), PLAIN, 3.133682700, 0.000863137072, 0.00172627414, 2.140536726, 0.016155708, 1.0593631, 1.2850912),
            ((600., 3000.), (700., 3000.), WIDE, 1.992738352, 0.0277281066, 0.0554562132, 1.366188210, 0.0910170729, 0.996140258, 1.36082781),
            ((600., 3000.), (700., 3300.), PLAIN, 1.187345868, 0.117545611, 0.235091223, 0.202701182, 0.4196843, 0.962476537, 1.1689593),
            ((600., 3000.), (700., 3300.), WIDE, 0.752940183, 0.228677045, 0.45735409, 0.129064044, 0.449084195, 0.903276604, 1.24047526),
            ((3000., 15000.), (3118., 15000.), PLAIN, 1.690840148, 0.0454336685, 0.090867337, -0.447448218, 0.672724266, 0.993879176, 1.08687702),
            ((3000., 15000.), (3118., 15000.), WIDE, 0.626326458, 0.267918934, 0.535837869, -0.166666300, 0.565624547, 0.915550623, 1.17564773),
            ((42., 121.), (71., 116.), PLAIN, 4.082522691, 2.22747303e-05, 4.45494607e-05, 3.723904702, 9.80824993e-05, 1.33678534, 2.36407096),
            ((42., 121.), (71., 116.), WIDE, 3.617146027, 0.000540197283, 0.00108039457, 3.303635193, 0.00123787333, 1.27733803, 2.47491409),
            ((3., 3000.), (14., 3000.), PLAIN, 2.671679439, 0.00377363543, 0.00754727086, 2.571736002, 0.00505950105, 1.43936116, 15.1468706),
            ((3., 3000.), (14., 3000.), WIDE, 2.417646308, 0.0109527105, 0.021905421, 2.327220703, 0.0134453183, 1.23075455, 17.5765844),
            ((0., 3000.), (10., 3000.), PLAIN, 3.164916190, 0.000775638138, 0.00155127628, 3.088640407, 0.00100537327, 2.60666002, INF),
            ((0., 3000.), (10., 3000.), WIDE, 2.874253517, 0.00368779576, 0.00737559152, 2.804992600, 0.00437281814, 1.98259775, INF),
            ((10., 3000.), (0., 3000.), PLAIN, -3.164916190, 0.999224362, 0.00155127628, -3.243072428, 0.999408759, 0.0, 0.383632691),
            ((10., 3000.), (0., 3000.), WIDE, -2.874253517, 0.996312204, 0.00737559152, -2.945242230, 0.996908574, 0.0, 0.504398966),
            ((1500., 3000.), (1600., 3000.), PLAIN, 2.583424532, 0.00489124332, 0.00978248665, 0.630090739, 0.264317609, 1.0156918, 1.12029232),
            ((1500., 3000.), (1600., 3000.), WIDE, 1.473738360, 0.0754843135, 0.150968627, 0.365348762, 0.358707221, 0.974695946, 1.1614357),
        ];
        for (base, head, noise, t, p, both, t5, p5, low, high) in rows {
            let test = test_of(base, head, Scale::Share, noise);
            assert_close(test.statistic(1.0), t);
            assert_close(test.p_more_than(1.0), p);
            assert_close(test.p_two_sided(), both);
            assert_close(test.statistic(1.05), t5);
            assert_close(test.p_more_than(1.05), p5);
            let interval = test.interval(0.95);
            assert_close(interval.0, low);
            assert_close(interval.1, high);
        }
    }

    #[test]
    fn rates() {
        #[rustfmt::skip]
        let rows = [
            ((600., 30.), (700., 30.), PLAIN, 2.773500981, 0.00277283366, 1.04619764, 1.30100762),
            ((600., 30.), (700., 30.), RATE, 1.920769691, 0.0394175955, 0.979554833, 1.38862259),
            ((600., 18623.), (640., 16302.), PLAIN, 3.483806927, 0.000247167977, 1.09016509, 1.36201749),
            ((600., 18623.), (640., 16302.), RATE, 2.429917771, 0.0158686453, 1.02054675, 1.45453591),
            ((3., 5.), (14., 6.), PLAIN, 2.302598702, 0.0106507161, 1.19772767, 12.6267908),
            ((3., 5.), (14., 6.), RATE, 1.875327386, 0.0426409612, 0.830351592, 18.1634642),
        ];
        for (base, head, noise, t, p, low, high) in rows {
            let test = test_of(base, head, Scale::Rate, noise);
            assert_close(test.statistic(1.0), t);
            assert_close(test.p_more_than(1.0), p);
            let interval = test.interval(0.95);
            assert_close(interval.0, low);
            assert_close(interval.1, high);
        }
    }

    #[test]
    fn nothing_and_everything_is_not_tested() {
        assert!(!test_of((0., 10.), (0., 10.), Scale::Share, PLAIN).is_defined());
        assert!(!test_of((10., 10.), (10., 10.), Scale::Share, PLAIN).is_defined());
        assert!(test_of((10., 10.), (10., 10.), Scale::Rate, PLAIN).is_defined());
        assert!(!test_of((1., 0.), (10., 10.), Scale::Rate, PLAIN).is_defined());
    }
}
