//! Variances of few runs, made steady by what those of all functions have in common: limma's moderated variances
//! (Smyth 2004, "Linear models and empirical Bayes methods", `fitFDist`).

use super::special::{digamma, inverse_trigamma, trigamma};

/// What the variances of all functions have in common: a scaled inverse χ² distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// Its variance (s₀²).
    pub variance: f64,
    /// Its weight, in degrees of freedom (d₀); infinite if the variances differ by no more than chance makes them.
    pub df: f64,
}

impl Prior {
    /// Fits the prior to variances of `df` degrees of freedom each; `None` without any variance above 0.
    pub fn fit(variances: &[f64], df: f64) -> Option<Self> {
        let least = 1e-5 * median(variances);
        let logs: Vec<f64> = variances
            .iter()
            .map(|&variance| variance.max(least).ln() - digamma(df / 2.0) + (df / 2.0).ln())
            .filter(|log| log.is_finite())
            .collect();
        let n = logs.len() as f64;
        if logs.is_empty() {
            return None;
        }
        let mean = logs.iter().sum::<f64>() / n;
        // One variance alone says nothing of how they differ.
        let spread = if n > 1.0 {
            logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / (n - 1.0) - trigamma(df / 2.0)
        } else {
            0.0
        };
        if spread > 0.0 {
            let prior_df = 2.0 * inverse_trigamma(spread);
            let variance = (mean + digamma(prior_df / 2.0) - (prior_df / 2.0).ln()).exp();
            return Some(Self { variance, df: prior_df });
        }
        Some(Self { variance: mean.exp(), df: f64::INFINITY })
    }

    /// The same with no more weight than `limit`: functions are correlated, so that they seem to say more than they do.
    #[must_use]
    pub fn capped(self, limit: f64) -> Self {
        Self { df: self.df.min(limit), ..self }
    }

    /// A variance of `df` degrees of freedom, drawn to the common one.
    pub fn shrunk(&self, variance: f64, df: f64) -> f64 {
        if self.df.is_infinite() {
            return self.variance;
        }
        (self.df * self.variance + df * variance) / (self.df + df)
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        n if n.is_multiple_of(2) => f64::midpoint(sorted[middle - 1], sorted[middle]),
        _ => sorted[middle],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::vectors::assert_close;

    fn check(variances: &[f64], df: f64, expected: Prior, shrunk: [f64; 3]) {
        let prior = Prior::fit(variances, df).expect("variances");
        assert_close(prior.variance, expected.variance);
        assert_close(prior.df, expected.df);
        for (variance, expected) in variances.iter().zip(shrunk) {
            assert_close(prior.shrunk(*variance, df), expected);
        }
    }

    #[test]
    fn priors_of_smyth() {
        check(
            &[0.5, 1.0, 2.0, 0.8, 1.5, 3.0, 0.2],
            4.0,
            Prior { variance: 1.147_789_53, df: 12.006_287_77 },
            [0.985_905_765_7, 1.110_856_661_8, 1.360_758_454_1],
        );
        check(
            &[1.2, 0.9, 1.1, 1.0, 0.95, 1.05],
            8.0,
            Prior { variance: 1.171_718_383, df: f64::INFINITY },
            [1.171_718_383; 3],
        );
        check(
            &[0.31, 4.2, 0.9, 1.7, 2.2, 0.05, 0.6, 1.1, 9.5, 1.3],
            4.0,
            Prior { variance: 0.826_657_855_9, df: 2.201_276_593 },
            [0.493_398_825_6, 3.002_559_603_7, 0.873_965_627_5],
        );
    }

    #[test]
    fn nothing_has_no_prior() {
        assert_eq!(Prior::fit(&[], 4.0), None);
        assert_eq!(Prior::fit(&[0.0, 0.0], 4.0), None);
        assert_eq!(Prior::fit(&[2.0], 4.0).map(|prior| prior.df), Some(f64::INFINITY));
    }
}
