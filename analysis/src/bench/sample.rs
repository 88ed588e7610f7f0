//! The values of a cell: where their middle is, and whether they differ from those of another.

use super::go_number::{fixed, shortest, signed};
use super::quantile::{median, median_interval};
use super::u_test::u_test;

/// What is taken for granted about a unit's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assumption {
    /// Nothing: the middle is the median, and ranks are compared.
    Nothing,
    /// They are exact: one is enough, and each difference counts.
    Exact,
}

/// Where the middle of some values is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Summary {
    pub(super) center: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) warning: Option<String>,
}

/// Values up to which it is tried how many an interval needs.
const MOST_NEEDED: usize = 50;

/// Puts values in order, NaN first, as Go does.
pub(super) fn sort(values: &mut [f64]) {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan())));
}

impl Summary {
    /// Of values in order.
    pub(super) fn new(values: &[f64], assumption: Assumption, confidence: f64) -> Self {
        match assumption {
            Assumption::Nothing => Self::median(values, confidence),
            Assumption::Exact => Self::exact(values),
        }
    }

    fn median(values: &[f64], confidence: f64) -> Self {
        let (low, high) = median_interval(values.len(), confidence);
        let low = if low < 1 { f64::NEG_INFINITY } else { values[low - 1] };
        let high = values.get(high.wrapping_sub(1)).copied().unwrap_or(f64::INFINITY);
        let is_enough = |n: &usize| {
            let (low, high) = median_interval(*n, confidence);
            0 < low && high <= *n
        };
        let is_open = low.is_infinite() || high.is_infinite();
        let warning = is_open.then(|| {
            let needed = (2..=MOST_NEEDED).find(is_enough);
            let needed = needed.map_or_else(|| format!("> {MOST_NEEDED}"), |n| format!(">= {n}"));
            let level = shortest(confidence);
            format!("need {needed} samples for confidence interval at level {level}")
        });
        Self { center: median(values), low, high, warning }
    }

    /// The value that comes most often, the first of those.
    fn exact(values: &[f64]) -> Self {
        let (mut center, mut most, mut run) = (values[0], 1, 1);
        for pair in values.windows(2) {
            run = if pair[0] == pair[1] { run + 1 } else { 1 };
            if run > most {
                (center, most) = (pair[1], run);
            }
        }
        let (low, high) = (values[0], values[values.len() - 1]);
        let warning = (most != values.len()).then(|| {
            let (low, high) = (shortest(low), shortest(high));
            format!("exact distribution expected, but values range from {low} to {high}")
        });
        Self { center, low, high, warning }
    }

    /// How far the interval reaches, as a part of the center.
    pub(super) fn range_text(&self) -> String {
        if self.low.is_infinite() || self.high.is_infinite() {
            return "∞".to_owned();
        }
        let sign = |number: f64| number.partial_cmp(&0.0);
        if sign(self.center).is_none()
            || sign(self.center) != sign(self.low)
            || sign(self.center) != sign(self.high)
        {
            return "?".to_owned();
        }
        if self.center == 0.0 {
            return "0%".to_owned();
        }
        let part = go_max(self.high / self.center - 1.0, 1.0 - self.low / self.center);
        fixed(100.0 * part, 0) + "%"
    }
}

/// The larger number; NaN if one is.
fn go_max(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

/// Whether two cells differ.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Comparison {
    /// The chance of such a difference between cells of one kind; 0 if it counts in any case.
    pub(super) p: f64,
    pub(super) counts: [usize; 2],
    pub(super) alpha: f64,
    pub(super) warning: Option<String>,
}

/// The smallest chance that sets of 1, 2, … values can have: 2 n! n! / (2n)!.
const LEAST_CHANCES: [f64; 9] = [
    1.0,
    0.333_333_333_333_333_3,
    0.1,
    0.028_571_428_571_428_57,
    0.007_936_507_936_507_936,
    0.002_164_502_164_502_164_5,
    0.000_582_750_582_750_582_8,
    0.000_155_400_155_400_155_4,
    4.113_533_525_298_231e-5,
];

impl Comparison {
    /// Compares values in order.
    pub(super) fn new(base: &[f64], head: &[f64], assumption: Assumption, alpha: f64) -> Self {
        let counts = [base.len(), head.len()];
        if assumption == Assumption::Exact {
            return Self { p: 0.0, counts, alpha: 0.0, warning: None };
        }
        let Some(p) = u_test(base, head) else {
            let warning = Some("all samples are equal".to_owned());
            return Self { p: 1.0, counts, alpha, warning };
        };
        let needed = LEAST_CHANCES.iter().position(|least| *least <= alpha).map(|at| at + 1);
        let limit = needed.unwrap_or(LEAST_CHANCES.len() + 1);
        let is_too_few = p > alpha && counts.iter().all(|count| *count < limit);
        let warning = is_too_few.then(|| {
            let needed = needed.map_or_else(|| format!("> {limit}"), |n| format!(">= {n}"));
            let level = shortest(alpha);
            format!("need {needed} samples to detect a difference at alpha level {level}")
        });
        Self { p, counts, alpha, warning }
    }

    /// `p=0.002 n=10`.
    pub(super) fn text(&self) -> String {
        let [base, head] = self.counts;
        let p = if self.p == 0.0 { String::new() } else { format!("p={} ", fixed(self.p, 3)) };
        if base == head { format!("{p}n={base}") } else { format!("{p}n={base}+{head}") }
    }

    /// How much the center changed, if that counts.
    pub(super) fn delta_text(&self, base: f64, head: f64) -> String {
        if self.p > self.alpha {
            "~".to_owned()
        } else if base == head {
            "0.00%".to_owned()
        } else if base == 0.0 {
            "?".to_owned()
        } else {
            signed((head / base - 1.0) * 100.0) + "%"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_parts_of_the_center() {
        let text = |values: &[f64]| Summary::new(values, Assumption::Nothing, 0.95).range_text();
        assert_eq!(text(&[1.0, 2.0]), "∞");
        assert_eq!(text(&[9.0, 10.0, 10.0, 10.0, 10.0, 12.0]), "20%");
        assert_eq!(text(&[0.0, 10.0, 10.0, 10.0, 10.0, 12.0]), "?");
        assert_eq!(text(&[0.0; 6]), "0%");
        // Of numbers below 0 benchstat gets the sign wrong.
        assert_eq!(text(&[-12.0, -10.0, -10.0, -10.0, -10.0, -9.0]), "-10%");
    }

    #[test]
    fn exact_values_need_no_test() {
        let summary = Summary::new(&[1.0, 2.0, 2.0], Assumption::Exact, 0.95);
        assert_eq!(summary.center, 2.0);
        assert_eq!(
            summary.warning.as_deref(),
            Some("exact distribution expected, but values range from 1 to 2")
        );
        let comparison = Comparison::new(&[1.0], &[2.0], Assumption::Exact, 0.05);
        assert_eq!(
            (comparison.text(), comparison.delta_text(1.0, 2.0)),
            ("n=1".to_owned(), "+100.00%".to_owned())
        );
    }
}
