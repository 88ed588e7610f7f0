//! The tests of all hypotheses at once: dispersion, what it has in common, a chance and an interval for each.

use crate::statistics::adjust::{benjamini_hochberg, holm};
use crate::statistics::allocations::Estimate;
use crate::statistics::detectable::{Design, NINE_IN_TEN};
use crate::statistics::dispersion::{RunCount, pearson};
use crate::statistics::score::{Noise, Pooled, Scale, ScoreTest};
use crate::statistics::shrinkage::Prior;
use crate::statistics::special::{t_quantile, t_tail};
use crate::verdict::outcome::{Decided, Detectable, Method};
use crate::verdict::row::{Interval, Test};

/// The weight of what functions have in common, in degrees of freedom: they are correlated, so no more than this.
const MAX_PRIOR_DF: f64 = 50.0;
/// The same where few functions say it.
const MAX_PRIOR_DF_OF_FEW: f64 = 10.0;
const FEW: usize = 10;
/// What is assumed where runs are too few to measure it.
const ASSUMED_DISPERSION: f64 = 1.2;
const ASSUMED_SPREAD_OF_SHARES: f64 = 0.05;
const ASSUMED_SPREAD_OF_RATES: f64 = 0.1;
const ASSUMED_DF: f64 = 30.0;
/// Sampled blocks of a side from which its logarithm is about normal.
const MIN_BLOCKS: f64 = 10.0;
/// The least relative variance of sampling: exact counts have none.
const MIN_RELATIVE_VARIANCE: f64 = 1e-6;
const LEVEL: f64 = 0.95;

/// How hypotheses are tested.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) decided: Decided,
    pub(super) scale: Scale,
    pub(super) n_base: usize,
    /// The growth that is no regression yet: 0, or `--fail-on-at-least`.
    pub(super) at_least: f64,
    pub(super) alpha: f64,
}

/// The numbers of all hypotheses.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    /// What each run is divided by.
    pub(super) exposure: Vec<f64>,
    /// By hypothesis and run.
    pub(super) rows: Vec<Vec<Estimate>>,
}

/// What was found about a hypothesis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judged {
    pub(super) test: Test,
    /// Chance of as much *less* in the head, adjusted by Holm.
    pub(super) holm_less: f64,
    pub(super) interval: Interval,
    pub(super) ratio: f64,
}

/// What was found about all of them.
#[derive(Clone, Debug)]
pub(super) struct Judgment {
    /// `None` where there is nothing to test.
    pub(super) judged: Vec<Option<Judged>>,
    pub(super) method: Method,
    pub(super) noise: Noise,
}

impl Plan {
    /// Runs of base and head.
    pub(super) fn runs(&self, n_runs: usize) -> [usize; 2] {
        [self.n_base, n_runs - self.n_base]
    }

    /// Degrees of freedom of the spread between runs; 0 if there are too few.
    pub(super) fn df_runs(&self, n_runs: usize) -> f64 {
        match self.runs(n_runs) {
            [a, b] if a >= 2 && b >= 2 => (a + b - 2) as f64,
            [1, n] | [n, 1] if n >= 3 => (n - 1) as f64,
            _ => 0.0,
        }
    }

    /// The assumed spread between runs.
    fn assumed_spread(&self) -> f64 {
        if self.decided == Decided::Counts && self.scale == Scale::Rate {
            ASSUMED_SPREAD_OF_RATES
        } else {
            ASSUMED_SPREAD_OF_SHARES
        }
    }

    /// The runs of the sides whose spread counts: both, or the one that has several.
    fn spread_sides(&self, n_runs: usize) -> Vec<std::ops::Range<usize>> {
        let sides = [0..self.n_base, self.n_base..n_runs];
        sides.into_iter().filter(|side| side.len() >= 2).collect()
    }

    /// Tests all hypotheses.
    pub(super) fn judge(&self, numbers: &Numbers) -> Judgment {
        let n_runs = numbers.exposure.len();
        let df = self.df_runs(n_runs);
        let variances: Vec<Option<f64>> =
            numbers.rows.iter().map(|row| self.variance(row, &numbers.exposure)).collect();
        let known: Vec<f64> = variances.iter().flatten().copied().collect();
        let limit = if known.len() < FEW { MAX_PRIOR_DF_OF_FEW } else { MAX_PRIOR_DF };
        let prior = if df > 0.0 { Prior::fit(&known, df) } else { None };
        // Runs that do not differ at all differ by no more than sampling makes.
        let prior = prior.unwrap_or(Prior { variance: 1.0, df: f64::INFINITY }).capped(limit);
        let noise = self.common_noise(df, prior);
        let raw: Vec<Option<Raw>> = numbers
            .rows
            .iter()
            .zip(&variances)
            .map(|(row, variance)| {
                let noise = match variance {
                    Some(variance) if df > 0.0 => {
                        Noise { dispersion: self.floored(prior.shrunk(*variance, df)), ..noise }
                    }
                    _ => noise,
                };
                self.test(row, &numbers.exposure, noise)
            })
            .collect();
        let method = Method {
            n_hypotheses: raw.iter().flatten().count(),
            df_runs: df,
            df_prior: if df > 0.0 { prior.df } else { ASSUMED_DF },
            prior_dispersion: if df > 0.0 { prior.variance } else { ASSUMED_DISPERSION },
            assumed_spread: noise.spread,
            decided: self.decided,
        };
        Judgment { judged: adjusted(&raw), method, noise }
    }

    /// What noise a function has by what is common to all.
    fn common_noise(&self, df: f64, prior: Prior) -> Noise {
        if df > 0.0 {
            return Noise { dispersion: self.floored(prior.variance), spread: 0.0, df: df + prior.df };
        }
        let dispersion = if self.decided == Decided::Counts { ASSUMED_DISPERSION } else { 1.0 };
        Noise { dispersion, spread: self.assumed_spread(), df: ASSUMED_DF }
    }

    /// Sampling makes a dispersion of 1; nothing makes less. Logarithms have no such floor.
    fn floored(&self, dispersion: f64) -> f64 {
        if self.decided == Decided::Logarithms { dispersion } else { dispersion.max(1.0) }
    }

    /// How much the runs of a row differ: as a multiple of what sampling makes, or of logarithms as it is.
    fn variance(&self, row: &[Estimate], exposure: &[f64]) -> Option<f64> {
        let df = self.df_runs(row.len());
        let sides = self.spread_sides(row.len());
        if df == 0.0 {
            return None;
        }
        match self.decided {
            Decided::NotJudged | Decided::WithinRecordings => None,
            Decided::Counts => {
                let counts = |side: std::ops::Range<usize>| {
                    let (row, exposure) = (&row[side.clone()], &exposure[side]);
                    row.iter().zip(exposure).map(|(y, &exposure)| RunCount { events: y.sampled, exposure })
                };
                let sum: f64 = sides.into_iter().map(|side| pearson(counts(side), self.scale)).sum();
                Some(sum / df)
            }
            Decided::Allocations | Decided::Logarithms => {
                let logs = logs(row, exposure)?;
                let sum: f64 = sides.into_iter().map(|side| squares(&logs[side])).sum();
                let unit =
                    if self.decided == Decided::Allocations { mean_relative_variance(row) } else { 1.0 };
                Some(sum / df / unit)
            }
        }
    }

    fn test(&self, row: &[Estimate], exposure: &[f64], noise: Noise) -> Option<Raw> {
        match self.decided {
            Decided::NotJudged | Decided::WithinRecordings => None,
            Decided::Counts => self.test_counts(row, exposure, noise),
            Decided::Allocations => self.test_blocks(row, exposure, noise),
            Decided::Logarithms => {
                let logs = logs(row, exposure)?;
                let [base, head] = self.runs(row.len()).map(|runs| runs as f64);
                let error = (noise.dispersion * (1.0 / base + 1.0 / head)).sqrt();
                self.test_logs(mean(&logs[self.n_base..]) - mean(&logs[..self.n_base]), error, noise)
            }
        }
    }

    /// Where the ratio of some numbers is, by the noise that all functions have in common.
    pub(super) fn interval(&self, row: &[Estimate], exposure: &[f64], noise: Noise) -> Option<Interval> {
        self.test(row, exposure, noise).map(|raw| raw.interval)
    }

    fn pooled(&self, row: &[Estimate], exposure: &[f64]) -> [Pooled; 2] {
        let side = |side: std::ops::Range<usize>| Pooled {
            events: row[side.clone()].iter().map(|y| y.sampled).sum(),
            runs: side.len() as f64,
            exposure: exposure[side].iter().sum(),
        };
        [side(0..self.n_base), side(self.n_base..row.len())]
    }

    fn test_counts(&self, row: &[Estimate], exposure: &[f64], noise: Noise) -> Option<Raw> {
        let [base, head] = self.pooled(row, exposure);
        score(ScoreTest { base, head, scale: self.scale, noise }, 1.0 + self.at_least)
    }

    /// Sampled blocks, by the logarithm of their estimates.
    fn test_blocks(&self, row: &[Estimate], exposure: &[f64], noise: Noise) -> Option<Raw> {
        let [base, head] = [&row[..self.n_base], &row[self.n_base..]].map(|side| {
            side.iter().fold(Estimate::default(), |mut sum, run| {
                sum += *run;
                sum
            })
        });
        if base.sampled == 0.0 || head.sampled == 0.0 {
            // Blocks of the same sizes on both sides are counts: the other side has none of them.
            let [base, head] = self.pooled(row, exposure);
            let is_enough = base.events + head.events >= MIN_BLOCKS;
            let test = ScoreTest { base, head, scale: Scale::Rate, noise };
            return if is_enough { score(test, 1.0 + self.at_least) } else { None };
        }
        let [n_base, n_head] = self.runs(row.len()).map(|runs| runs as f64);
        let runs = 1.0 / n_base + 1.0 / n_head;
        if let (true, Some(logs)) = (noise.spread == 0.0, logs(row, exposure)) {
            let variance = noise.dispersion * mean_relative_variance(row) * runs;
            return self.test_logs(
                mean(&logs[self.n_base..]) - mean(&logs[..self.n_base]),
                variance.sqrt(),
                noise,
            );
        }
        if base.sampled < MIN_BLOCKS || head.sampled < MIN_BLOCKS {
            return None;
        }
        let [e_base, e_head] =
            [&exposure[..self.n_base], &exposure[self.n_base..]].map(|side| side.iter().sum::<f64>());
        let sampling = (base.relative_variance() + head.relative_variance()).max(2.0 * MIN_RELATIVE_VARIANCE);
        let variance = noise.dispersion * sampling + noise.spread * noise.spread * runs;
        self.test_logs((head.value / e_head / (base.value / e_base)).ln(), variance.sqrt(), noise)
    }

    fn test_logs(&self, difference: f64, error: f64, noise: Noise) -> Option<Raw> {
        if !(error > 0.0 && difference.is_finite()) {
            return None;
        }
        let statistic = difference / error;
        let reach = t_quantile((1.0 - LEVEL) / 2.0, noise.df) * error;
        Some(Raw {
            statistic,
            noise,
            p_more: t_tail((difference - self.at_least.ln_1p()) / error, noise.df),
            p_less: t_tail(-statistic, noise.df),
            p_two_sided: (2.0 * t_tail(statistic.abs(), noise.df)).min(1.0),
            interval: Interval { low: (difference - reach).exp(), high: (difference + reach).exp() },
            ratio: difference.exp(),
        })
    }

    /// The smallest slowdown of a function of this share that would have shown, by the noise that all have in common.
    pub(super) fn detectable(
        &self,
        judgment: &Judgment,
        numbers: &Numbers,
        totals: &[Estimate],
        share: f64,
    ) -> Detectable {
        let n_runs = numbers.exposure.len();
        let [n_base, n_head] = self.runs(n_runs).map(|runs| runs as f64);
        let alpha = self.alpha / judgment.method.n_hypotheses.max(1) as f64;
        let noise = judgment.noise;
        if self.decided == Decided::Counts {
            let sum = |values: &[f64]| values.iter().sum::<f64>();
            let (base, head) = numbers.exposure.split_at(self.n_base);
            let events: f64 = totals[..self.n_base].iter().map(|total| total.sampled).sum();
            let design = Design {
                exposure: [sum(base), sum(head)],
                runs: [n_base, n_head],
                scale: self.scale,
                dispersion: noise.dispersion,
                spread: noise.spread,
                df: noise.df,
                alpha,
            };
            let value = if self.scale == Scale::Share { share } else { share * events / sum(base) };
            let slowdown = design.smallest_slowdown(value);
            return Detectable { share, slowdown, change: design.slowed(value, slowdown) / value - 1.0 };
        }
        let runs = 1.0 / n_base + 1.0 / n_head;
        let sampling = if self.decided == Decided::Allocations {
            // A function of a tenth of the bytes has a tenth of the sampled blocks.
            let mean = totals.iter().map(Estimate::relative_variance).sum::<f64>() / totals.len() as f64;
            (mean / share).max(MIN_RELATIVE_VARIANCE)
        } else {
            1.0
        };
        let variance = (noise.dispersion * sampling + noise.spread * noise.spread) * runs;
        let change = ((t_quantile(alpha, noise.df) + NINE_IN_TEN) * variance.sqrt()).exp_m1();
        let head = share * (1.0 + change);
        let slowdown = match self.scale {
            Scale::Rate => change,
            Scale::Share if head >= 1.0 => f64::INFINITY,
            Scale::Share => head / (1.0 - head) / (share / (1.0 - share)) - 1.0,
        };
        Detectable { share, slowdown, change }
    }
}

/// A test before its chances are adjusted.
struct Raw {
    statistic: f64,
    noise: Noise,
    p_more: f64,
    p_less: f64,
    p_two_sided: f64,
    interval: Interval,
    ratio: f64,
}

fn score(test: ScoreTest, no_more_than: f64) -> Option<Raw> {
    if !test.is_defined() {
        return None;
    }
    let statistic = test.statistic(1.0);
    let (low, high) = test.interval(LEVEL);
    Some(Raw {
        statistic,
        noise: test.noise,
        p_more: test.p_more_than(no_more_than),
        p_less: t_tail(-statistic, test.noise.df),
        p_two_sided: test.p_two_sided(),
        interval: Interval { low, high },
        ratio: test.head.value() / test.base.value(),
    })
}

fn adjusted(raw: &[Option<Raw>]) -> Vec<Option<Judged>> {
    let of = |chance: fn(&Raw) -> f64| raw.iter().flatten().map(chance).collect::<Vec<f64>>();
    let more = holm(&of(|raw| raw.p_more));
    let less = holm(&of(|raw| raw.p_less));
    let both = benjamini_hochberg(&of(|raw| raw.p_two_sided));
    let mut chances = more.into_iter().zip(less).zip(both);
    let judged = |raw: &Option<Raw>| {
        let raw = raw.as_ref()?;
        let ((holm, holm_less), q) = chances.next()?;
        let test = Test {
            statistic: raw.statistic,
            df: raw.noise.df,
            dispersion: raw.noise.dispersion,
            p: raw.p_more,
            p_two_sided: raw.p_two_sided,
            holm,
            q,
        };
        Some(Judged { test, holm_less, interval: raw.interval, ratio: raw.ratio })
    };
    raw.iter().map(judged).collect()
}

/// The logarithm of each run's value per exposure; `None` if a run has none.
fn logs(row: &[Estimate], exposure: &[f64]) -> Option<Vec<f64>> {
    let log = |(run, exposure): (&Estimate, &f64)| {
        let value = run.value / exposure;
        (value > 0.0 && value.is_finite()).then(|| value.ln())
    };
    row.iter().zip(exposure).map(log).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The sum of squared distances from the mean.
fn squares(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum()
}

/// What sampling makes of the logarithm of a run's value, on average over the runs.
fn mean_relative_variance(row: &[Estimate]) -> f64 {
    let mean = row.iter().map(Estimate::relative_variance).sum::<f64>() / row.len() as f64;
    mean.max(MIN_RELATIVE_VARIANCE)
}
