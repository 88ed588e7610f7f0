//! One test, before its chances are adjusted, and what several tests of one row say together.

use crate::statistics::adjust::{benjamini_hochberg, holm};
use crate::statistics::allocations::Estimate;
use crate::statistics::score::{Noise, ScoreTest};
use crate::statistics::special::{t_quantile, t_tail};
use crate::verdict::row::{Interval, Test};

/// What an interval holds the truth in.
pub(super) const LEVEL: f64 = 0.95;
/// The least relative variance of sampling: exact counts have none.
pub(super) const MIN_RELATIVE_VARIANCE: f64 = 1e-6;

/// What was found about a hypothesis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judged {
    pub(super) test: Test,
    /// Chance of as much *less* in the head, adjusted by Holm.
    pub(super) holm_less: f64,
    pub(super) interval: Interval,
    pub(super) ratio: f64,
}

/// A test before its chances are adjusted.
#[derive(Clone, Copy)]
pub(super) struct Raw {
    pub(super) statistic: f64,
    pub(super) noise: Noise,
    pub(super) p_more: f64,
    pub(super) p_less: f64,
    pub(super) p_two_sided: f64,
    pub(super) interval: Interval,
    pub(super) ratio: f64,
}

impl Raw {
    /// What both this test and one of two others say.
    pub(super) fn and_one_of(self, one: Option<Self>, other: Option<Self>) -> Self {
        let better = match (one, other) {
            (Some(one), Some(other)) if other.p_two_sided < one.p_two_sided => Some(other),
            (one, other) => one.or(other),
        };
        let Some(better) = better else { return self };
        let weaker = if better.p_two_sided > self.p_two_sided { &better } else { &self };
        Self {
            statistic: weaker.statistic,
            noise: Noise { df: weaker.noise.df, ..self.noise },
            p_more: self.p_more.max(better.p_more),
            p_less: self.p_less.max(better.p_less),
            p_two_sided: self.p_two_sided.max(better.p_two_sided),
            interval: Interval {
                low: self.interval.low.min(better.interval.low),
                high: self.interval.high.max(better.interval.high),
            },
            ratio: self.ratio,
        }
    }

    /// The same, if what each run has once does not explain it: such values differ per unit and as shares where runs did
    /// more or less, but not from run to run.
    pub(super) fn and_no_fixed_cost(self, chance: f64) -> Self {
        if chance <= self.p_two_sided {
            return self;
        }
        let Interval { low, high } = self.interval;
        let is_explained = chance > 1.0 - LEVEL;
        Self {
            statistic: self.statistic.signum() * t_quantile(chance / 2.0, self.noise.df).max(0.0),
            p_more: self.p_more.max(chance),
            p_less: self.p_less.max(chance),
            p_two_sided: chance,
            interval: if is_explained {
                Interval { low: low.min(1.0), high: high.max(1.0) }
            } else {
                self.interval
            },
            ..self
        }
    }
}

pub(super) fn score(test: ScoreTest, no_more_than: f64) -> Option<Raw> {
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

pub(super) fn adjusted(raw: &[Option<Raw>]) -> Vec<Option<Judged>> {
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
pub(super) fn logs(row: &[Estimate], exposure: &[f64]) -> Option<Vec<f64>> {
    let log = |(run, exposure): (&Estimate, &f64)| {
        let value = run.value / exposure;
        (value > 0.0 && value.is_finite()).then(|| value.ln())
    };
    row.iter().zip(exposure).map(log).collect()
}

pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The sum of squared distances from the mean.
pub(super) fn squares(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum()
}

/// What blocks make of the variance of the logarithm of a run's value, on average over the runs.
pub(super) struct Blocks {
    /// By sampling alone: no spread is less.
    pub(super) sampling: f64,
    /// If also their number is left to chance: what spreads are multiples of. A function with a few large blocks varies by
    /// their number, though none of them is missed.
    pub(super) compound: f64,
}

impl Blocks {
    /// The variance at a dispersion.
    pub(super) fn variance(&self, dispersion: f64) -> f64 {
        (dispersion * self.compound).max(self.sampling)
    }

    pub(super) fn of(row: &[Estimate]) -> Self {
        let mean = |variance: fn(&Estimate) -> f64| {
            (row.iter().map(variance).sum::<f64>() / row.len() as f64).max(MIN_RELATIVE_VARIANCE)
        };
        Self {
            sampling: mean(Estimate::relative_variance),
            compound: mean(Estimate::relative_compound_variance),
        }
    }
}
