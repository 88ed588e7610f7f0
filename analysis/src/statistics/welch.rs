//! Welch's test of two means with variances of their own.

use super::special::{t_quantile, t_tail};

/// The result of the test: how far the mean of `b` is above that of `a`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WelchTest {
    /// Mean of `b` less mean of `a`.
    pub difference: f64,
    /// Its standard error.
    pub error: f64,
    /// Difference in standard errors.
    pub statistic: f64,
    /// Degrees of freedom (Welch and Satterthwaite).
    pub df: f64,
}

impl WelchTest {
    /// Chance of at least this difference without one.
    pub fn p_greater(&self) -> f64 {
        t_tail(self.statistic, self.df)
    }

    /// Chance of as large a difference in either direction.
    pub fn p_two_sided(&self) -> f64 {
        (2.0 * t_tail(self.statistic.abs(), self.df)).min(1.0)
    }

    /// Where the difference is, from low to high.
    pub fn interval(&self, level: f64) -> (f64, f64) {
        let reach = t_quantile((1.0 - level) / 2.0, self.df) * self.error;
        (self.difference - reach, self.difference + reach)
    }
}

/// Compares two means. `None` if a set has fewer than two numbers, or all numbers of both sets are equal to their mean.
pub fn welch(a: &[f64], b: &[f64]) -> Option<WelchTest> {
    let (mean_a, variance_a) = mean_and_variance(a)?;
    let (mean_b, variance_b) = mean_and_variance(b)?;
    let (part_a, part_b) = (variance_a / a.len() as f64, variance_b / b.len() as f64);
    let error = (part_a + part_b).sqrt();
    if error.is_nan() || error <= 0.0 {
        return None;
    }
    let df = (part_a + part_b).powi(2)
        / (part_a * part_a / (a.len() - 1) as f64 + part_b * part_b / (b.len() - 1) as f64);
    let difference = mean_b - mean_a;
    Some(WelchTest { difference, error, statistic: difference / error, df })
}

/// Mean and variance (divided by n − 1); `None` for fewer than two numbers.
pub fn mean_and_variance(numbers: &[f64]) -> Option<(f64, f64)> {
    let n = numbers.len() as f64;
    if numbers.len() < 2 {
        return None;
    }
    let mean = numbers.iter().sum::<f64>() / n;
    let variance = numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / (n - 1.0);
    Some((mean, variance))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::vectors::assert_close;

    const A: [f64; 5] = [10.1, 9.8, 10.4, 10.0, 9.9];
    const B: [f64; 5] = [10.6, 10.9, 10.3, 10.8, 11.2];

    #[test]
    fn of_five_and_five() {
        let test = welch(&A, &B).expect("numbers");
        assert_close(test.statistic, 3.951_513_359_63);
        assert_close(test.df, 7.075_619_463_35);
        assert_close(test.p_two_sided(), 0.005_403_567_692_47);
        let (low, high) = test.interval(0.95);
        assert_close(low, 0.290_076_655);
        assert_close(high, 1.149_923_345);
    }

    #[test]
    fn of_logarithms() {
        let test = welch(&A.map(f64::ln), &B.map(f64::ln)).expect("numbers");
        assert_close(test.statistic, 3.989_853_587_83);
        assert_close(test.df, 7.307_814_271_67);
        assert_close(test.p_two_sided(), 0.004_815_656_602_35);
        let (low, high) = test.interval(0.95);
        assert_close(low.exp(), 1.028_893_76);
        assert_close(high.exp(), 1.115_906_02);
    }

    #[test]
    fn equal_or_single_numbers_are_not_tested() {
        assert_eq!(welch(&[1., 1.], &[1., 1.]), None);
        assert_eq!(welch(&[1.], &[1., 2.]), None);
    }
}
