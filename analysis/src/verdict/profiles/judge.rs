//! The tests of all hypotheses at once: dispersion, what it has in common, a chance and an interval for each.
//!
//! | values | tested |
//! |---|---|
//! | shares of samples | score test, the dispersion shrunk over functions |
//! | samples per unit or second | the same, and that the growth is not what all functions of a run have in common (`levels.rs`) |
//! | allocations | logarithms, the variance shrunk in multiples of a compound Poisson variance, and that no fixed cost explains it |
//! | the total | by its own runs alone: it is none of the functions |

use std::cmp::Ordering;

use super::raw::{Blocks, Judged, LEVEL, MIN_RELATIVE_VARIANCE, Raw, adjusted, logs, mean, score, squares};
use crate::statistics::allocations::Estimate;
use crate::statistics::detectable::{Design, NINE_IN_TEN};
use crate::statistics::dispersion::{RunCount, pearson};
use crate::statistics::score::{Noise, Pooled, Scale, ScoreTest};
use crate::statistics::shrinkage::Prior;
use crate::statistics::special::{t_quantile, t_tail};
use crate::verdict::outcome::{Decided, Detectable, Method};
use crate::verdict::row::Interval;
use crate::verdict::runs::df_runs;

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
/// The part of the chance of a false alarm that one of a hundred functions is left.
const TYPICAL: f64 = 0.01;

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
    /// Whether the last hypothesis is the total.
    pub(super) has_total: bool,
    /// What each run is divided by so that most functions are the same in all: see [`levels`]. `None` where runs have
    /// nothing in common that moves all functions.
    pub(super) levels: Option<Vec<f64>>,
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
        df_runs(self.runs(n_runs))
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
        let (functions, total) = numbers.rows.split_at(numbers.rows.len() - usize::from(numbers.has_total));
        let Pass { mut raw, noises, prior, noise } = self.pass(functions, &numbers.exposure);
        let df = self.df_runs(n_runs);
        if let (true, Some(levels)) = (df > 0.0, &numbers.levels) {
            let beyond = self.pass(functions, levels);
            let together = self.spread_of_levels(levels, &numbers.exposure);
            for (at, row) in functions.iter().enumerate() {
                let with = self.test_with(row, &numbers.exposure, beyond.noises[at], together);
                raw[at] = raw[at].map(|raw| raw.and_one_of(beyond.raw[at], with));
            }
        }
        if df > 0.0 && self.decided == Decided::Allocations {
            for ((raw, row), &noise) in raw.iter_mut().zip(functions).zip(&noises) {
                let chance = self.chance_of_fixed_cost(row, &numbers.exposure, noise);
                *raw = raw.map(|raw| raw.and_no_fixed_cost(chance));
            }
        }
        raw.extend(total.iter().map(|total| self.test_alone(total, &numbers.exposure)));
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

    /// Tests functions, the spread of each drawn towards what all have in common.
    fn pass(&self, rows: &[Vec<Estimate>], exposure: &[f64]) -> Pass {
        let df = self.df_runs(exposure.len());
        let variances: Vec<Option<f64>> = rows.iter().map(|row| self.variance(row, exposure)).collect();
        let known: Vec<f64> = variances.iter().flatten().copied().collect();
        let limit = if known.len() < FEW { MAX_PRIOR_DF_OF_FEW } else { MAX_PRIOR_DF };
        let prior = if df > 0.0 { Prior::fit(&known, df) } else { None };
        // Runs that do not differ at all differ by no more than sampling makes.
        let prior = prior.unwrap_or(Prior { variance: 1.0, df: f64::INFINITY }).capped(limit);
        let noise = self.common_noise(df, prior);
        let noise_of = |variance: &Option<f64>| match variance {
            Some(variance) if df > 0.0 => {
                Noise { dispersion: self.floored(prior.shrunk(*variance, df)), ..noise }
            }
            _ => noise,
        };
        let noises: Vec<Noise> = variances.iter().map(noise_of).collect();
        let raw = rows.iter().zip(&noises).map(|(row, &noise)| self.test(row, exposure, noise)).collect();
        Pass { raw, noises, prior, noise }
    }

    /// The chance that both sides differ as much if each run has the same, whatever it did: what a program allocates once
    /// is no part of what it does for a unit. 0 where the runs of a side say that they do not have the same.
    fn chance_of_fixed_cost(&self, row: &[Estimate], exposure: &[f64], noise: Noise) -> f64 {
        let once = vec![1.0; row.len()];
        let spread = |exposure: &[f64]| -> Option<f64> {
            let logs = logs(row, exposure)?;
            Some(self.spread_sides(row.len()).into_iter().map(|side| squares(&logs[side])).sum())
        };
        match (spread(&once), spread(exposure), self.test(row, &once, noise)) {
            (Some(by_run), Some(by_unit), Some(test)) if by_run < by_unit => test.p_two_sided,
            _ => 0.0,
        }
    }

    /// How much what all functions have in common differs between the runs of a side: the standard deviation of its
    /// logarithm.
    fn spread_of_levels(&self, levels: &[f64], exposure: &[f64]) -> f64 {
        let logs: Vec<f64> =
            levels.iter().zip(exposure).map(|(level, exposure)| (level / exposure).ln()).collect();
        let sum: f64 = self.spread_sides(logs.len()).into_iter().map(|side| squares(&logs[side])).sum();
        (sum / self.df_runs(logs.len())).sqrt()
    }

    /// Tests a row by what it differs beyond what all have in common, and by that, which is known from the runs alone.
    fn test_with(&self, row: &[Estimate], exposure: &[f64], noise: Noise, together: f64) -> Option<Raw> {
        let runs: f64 = self.runs(row.len()).iter().map(|&runs| 1.0 / runs as f64).sum();
        let own = self.relative_error(row, exposure, noise);
        let common = together * together * runs;
        let df = self.df_of_sum([own, common], [noise.df, self.df_runs(row.len())]);
        self.test(row, exposure, Noise { spread: together, df, ..noise })
    }

    /// The degrees of freedom of a sum of two variances: those at which the limit of the gate is the mean of their limits,
    /// weighted by the variances (Cochran and Cox 1957). That never takes the smaller number for larger than it is.
    fn df_of_sum(&self, variances: [f64; 2], dfs: [f64; 2]) -> f64 {
        let sum = variances[0] + variances[1];
        if sum.partial_cmp(&0.0) != Some(Ordering::Greater) {
            return dfs[0];
        }
        let limit = |df: f64| t_quantile(self.alpha * TYPICAL, df);
        let wanted = (variances[0] * limit(dfs[0]) + variances[1] * limit(dfs[1])) / sum;
        let (mut low, mut high) = (dfs[0].min(dfs[1]), dfs[0].max(dfs[1]));
        while high - low > 1e-3 * high {
            let middle = f64::midpoint(low, high);
            if limit(middle) > wanted {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The variance of the logarithm of the ratio of both sides by the dispersion, about.
    fn relative_error(&self, row: &[Estimate], exposure: &[f64], noise: Noise) -> f64 {
        let runs: f64 = self.runs(row.len()).iter().map(|&runs| 1.0 / runs as f64).sum();
        match self.decided {
            Decided::Counts => {
                let [base, head] = self.pooled(row, exposure);
                let value = (base.events + head.events) / (base.exposure + head.exposure);
                noise.dispersion / value * (1.0 / base.exposure + 1.0 / head.exposure)
            }
            Decided::Allocations => Blocks::of(row).variance(noise.dispersion) * runs,
            _ => noise.dispersion * runs,
        }
    }

    /// Tests a row by the spread of its own runs alone: what moves all functions of a run at once cannot be learned from
    /// other functions.
    fn test_alone(&self, row: &[Estimate], exposure: &[f64]) -> Option<Raw> {
        let df = self.df_runs(row.len());
        let dispersion = self.floored(self.variance(row, exposure)?);
        self.test(row, exposure, Noise { dispersion, spread: 0.0, df })
    }

    /// What noise a function has by what is common to all.
    fn common_noise(&self, df: f64, prior: Prior) -> Noise {
        if df > 0.0 {
            return Noise { dispersion: self.floored(prior.variance), spread: 0.0, df: df + prior.df };
        }
        let dispersion = if self.decided == Decided::Counts { ASSUMED_DISPERSION } else { 1.0 };
        Noise { dispersion, spread: self.assumed_spread(), df: ASSUMED_DF }
    }

    /// Sampling makes a dispersion of 1; nothing makes less. Logarithms have no such floor, and that of allocations is
    /// another one for each row.
    fn floored(&self, dispersion: f64) -> f64 {
        if self.decided == Decided::Counts { dispersion.max(1.0) } else { dispersion }
    }

    /// How much the runs of a row differ: as a multiple of what sampling makes, or of logarithms as it is.
    fn variance(&self, row: &[Estimate], exposure: &[f64]) -> Option<f64> {
        let df = self.df_runs(row.len());
        let sides = self.spread_sides(row.len());
        if df == 0.0 {
            return None;
        }
        match self.decided {
            Decided::NotJudged | Decided::Ranks | Decided::WithinRecordings => None,
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
                let unit = if self.decided == Decided::Allocations { Blocks::of(row).compound } else { 1.0 };
                Some(sum / df / unit)
            }
        }
    }

    fn test(&self, row: &[Estimate], exposure: &[f64], noise: Noise) -> Option<Raw> {
        match self.decided {
            Decided::NotJudged | Decided::Ranks | Decided::WithinRecordings => None,
            Decided::Counts => self.test_counts(row, exposure, noise),
            Decided::Allocations => self.test_blocks(row, exposure, noise),
            Decided::Logarithms => {
                let logs = logs(row, exposure)?;
                let [base, head] = self.runs(row.len()).map(|runs| runs as f64);
                let variance = noise.dispersion + noise.spread * noise.spread;
                let error = (variance * (1.0 / base + 1.0 / head)).sqrt();
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
        if let (true, Some(logs)) = (self.df_runs(row.len()) > 0.0, logs(row, exposure)) {
            let variance = (Blocks::of(row).variance(noise.dispersion) + noise.spread * noise.spread) * runs;
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
            Blocks::of(totals).compound / share
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

/// The tests of one pass over functions.
struct Pass {
    raw: Vec<Option<Raw>>,
    noises: Vec<Noise>,
    prior: Prior,
    noise: Noise,
}
