//! The tests of all quantiles at once: a chance and an interval for each.
//!
//! | runs | spread | degrees of freedom |
//! |---|---|---|
//! | 2 or more a side | of the logarithms between runs, shrunk over all quantiles | those of the runs + d₀, at most 20 |
//! | 1 against 3 or more | the same, of the side that has several | the same |
//! | fewer | within each recording, between 20 windows of time | 19 for each recording |

use super::table::Line;
use super::times::WINDOWS;
use crate::statistics::adjust::{benjamini_hochberg, holm};
use crate::statistics::detectable::NINE_IN_TEN;
use crate::statistics::shrinkage::Prior;
use crate::statistics::special::{t_quantile, t_tail};
use crate::verdict::options::Gate;
use crate::verdict::outcome::{Decided, Method};
use crate::verdict::row::{Interval, Test};
use crate::verdict::runs::df_runs;

/// The weight of what quantiles have in common, in degrees of freedom: a median and a p99 differ more between runs than
/// two functions do, and those of one group move together.
const MAX_PRIOR_DF: f64 = 20.0;
/// The same where few quantiles say it.
const MAX_PRIOR_DF_OF_FEW: f64 = 10.0;
const FEW: usize = 10;
const LEVEL: f64 = 0.95;

/// What was found about a quantile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judged {
    pub(super) test: Test,
    /// Chance of as much *less* in the head, adjusted by Holm.
    pub(super) holm_less: f64,
    pub(super) interval: Interval,
    pub(super) ratio: f64,
    /// Standard error of the logarithm of the ratio.
    pub(super) error: f64,
}

/// What was found about all of them.
#[derive(Clone, Debug)]
pub(super) struct Judgment {
    /// By line; `None` where there is nothing to test.
    pub(super) judged: Vec<Option<Judged>>,
    pub(super) method: Method,
}

/// Tests all lines that are to be.
pub(super) fn judge(lines: &[Line], [n_base, n_head]: [usize; 2], gate: &Gate) -> Judgment {
    let at_least = gate.fail_on_at_least.map_or(0.0, |least| least.0.ln_1p());
    let logs: Vec<Option<Vec<f64>>> =
        lines.iter().map(|line| line.logs().filter(|_| line.untested.is_none())).collect();
    let df = df_runs([n_base, n_head]);
    if df == 0.0 {
        let raw: Vec<Option<Raw>> = lines
            .iter()
            .zip(&logs)
            .map(|(line, logs)| {
                let error = within_error(line, n_base)?;
                let df = (line.runs.len() * (WINDOWS - 1)) as f64;
                Raw::new(difference(logs.as_ref()?, n_base), error, df, error * error)
            })
            .collect();
        let method = Method {
            n_hypotheses: raw.iter().flatten().count(),
            decided: Decided::WithinRecordings,
            ..Method::default()
        };
        return Judgment { judged: adjusted(&raw, at_least), method };
    }
    let variance = |logs: &Vec<f64>| (squares(&logs[..n_base]) + squares(&logs[n_base..])) / df;
    let variances: Vec<Option<f64>> = logs.iter().map(|logs| logs.as_ref().map(variance)).collect();
    let known: Vec<f64> = variances.iter().flatten().copied().collect();
    let limit = if known.len() < FEW { MAX_PRIOR_DF_OF_FEW } else { MAX_PRIOR_DF };
    // Runs that do not differ at all are copies, of which nothing can be concluded.
    let prior = Prior::fit(&known, df).map(|prior| prior.capped(limit));
    let runs = 1.0 / n_base as f64 + 1.0 / n_head as f64;
    let raw: Vec<Option<Raw>> = logs
        .iter()
        .zip(&variances)
        .map(|(logs, variance)| {
            let prior = prior?;
            let variance = prior.shrunk((*variance)?, df);
            Raw::new(difference(logs.as_ref()?, n_base), (variance * runs).sqrt(), df + prior.df, variance)
        })
        .collect();
    let method = Method {
        n_hypotheses: raw.iter().flatten().count(),
        df_runs: df,
        df_prior: prior.map_or(0.0, |prior| prior.df),
        prior_dispersion: prior.map_or(0.0, |prior| prior.variance),
        assumed_spread: 0.0,
        decided: Decided::Logarithms,
    };
    Judgment { judged: adjusted(&raw, at_least), method }
}

impl Judgment {
    /// The growth of each latency that is found in 9 of 10 comparisons like this one, the smallest first: 0.2 is
    /// +20%. Of all measures if no latency was tested.
    pub(super) fn detectable(&self, lines: &[Line], gate: &Gate) -> Vec<f64> {
        let alpha = gate.alpha.0 / self.method.n_hypotheses.max(1) as f64;
        let growth =
            |judged: &Judged| ((t_quantile(alpha, judged.test.df) + NINE_IN_TEN) * judged.error).exp_m1();
        let tested = || lines.iter().zip(&self.judged).filter_map(|(line, it)| Some((line, it.as_ref()?)));
        let mut found: Vec<f64> =
            tested().filter(|(line, _)| line.is_latency()).map(|(_, judged)| growth(judged)).collect();
        if found.is_empty() {
            found = tested().map(|(_, judged)| growth(judged)).collect();
        }
        found.sort_by(f64::total_cmp);
        found
    }
}

/// A test before its chances are adjusted.
struct Raw {
    /// Of the logarithms.
    difference: f64,
    error: f64,
    df: f64,
    variance: f64,
}

impl Raw {
    /// `None` where there is nothing to compare with.
    fn new(difference: f64, error: f64, df: f64, variance: f64) -> Option<Self> {
        (error > 0.0 && difference.is_finite()).then_some(Self { difference, error, df, variance })
    }

    fn statistic(&self) -> f64 {
        self.difference / self.error
    }

    /// Chance of as much growth where it truly is `at_least`, as a logarithm.
    fn p_more(&self, at_least: f64) -> f64 {
        t_tail((self.difference - at_least) / self.error, self.df)
    }

    fn p_two_sided(&self) -> f64 {
        (2.0 * t_tail(self.statistic().abs(), self.df)).min(1.0)
    }

    fn interval(&self) -> Interval {
        let reach = t_quantile((1.0 - LEVEL) / 2.0, self.df) * self.error;
        Interval { low: (self.difference - reach).exp(), high: (self.difference + reach).exp() }
    }
}

fn adjusted(raw: &[Option<Raw>], at_least: f64) -> Vec<Option<Judged>> {
    let of = |chance: &dyn Fn(&Raw) -> f64| raw.iter().flatten().map(chance).collect::<Vec<f64>>();
    let more = holm(&of(&|raw| raw.p_more(at_least)));
    let less = holm(&of(&|raw| t_tail(-raw.statistic(), raw.df)));
    let both = benjamini_hochberg(&of(&Raw::p_two_sided));
    let mut chances = more.into_iter().zip(less).zip(both);
    let judged = |raw: &Option<Raw>| {
        let raw = raw.as_ref()?;
        let ((holm, holm_less), q) = chances.next()?;
        let test = Test {
            statistic: raw.statistic(),
            df: raw.df,
            dispersion: raw.variance,
            p: raw.p_more(at_least),
            p_two_sided: raw.p_two_sided(),
            holm,
            q,
        };
        Some(Judged {
            test,
            holm_less,
            interval: raw.interval(),
            ratio: raw.difference.exp(),
            error: raw.error,
        })
    };
    raw.iter().map(judged).collect()
}

/// Standard error of the difference between the sides' means of logarithms, by each recording's own.
fn within_error(line: &Line, n_base: usize) -> Option<f64> {
    let mut sum = 0.0;
    for side in [&line.runs[..n_base], &line.runs[n_base..]] {
        let n = side.len() as f64;
        for run in side {
            sum += (run.quantile.log_error? / n).powi(2);
        }
    }
    Some(sum.sqrt())
}

/// Mean of the head's less mean of the base's.
fn difference(logs: &[f64], n_base: usize) -> f64 {
    mean(&logs[n_base..]) - mean(&logs[..n_base])
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The sum of squared distances from the mean; 0 for equal values, whatever rounding makes of their mean.
fn squares(values: &[f64]) -> f64 {
    if values.windows(2).all(|pair| pair[0] == pair[1]) {
        return 0.0;
    }
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum()
}
