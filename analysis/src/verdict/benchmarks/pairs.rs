//! By how much one set of values is larger than another: the median of all ratios, and where it is.

use crate::statistics::rank::Counts;

/// Pairs that are looked at, at most: of larger sets the values are taken evenly.
const MOST_VALUES: usize = 300;

/// A ratio with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ratio {
    pub(super) ratio: f64,
    /// `None` if there are too few values to say.
    pub(super) interval: Option<(f64, f64)>,
}

/// The median of all ratios of a value of `head` to one of `base` (Hodges and Lehmann 1963), both in order; its interval
/// holds the ratios that the rank test does not reject. `None` if a value is not above 0.
pub(super) fn ratio(base: &[f64], head: &[f64], counts: &mut Counts) -> Option<Ratio> {
    if base.iter().chain(head).any(|value| value.is_nan() || *value <= 0.0 || value.is_infinite()) {
        return None;
    }
    let (base, head) = (thinned(base), thinned(head));
    let mut ratios: Vec<f64> =
        head.iter().flat_map(|head| base.iter().map(move |base| head / base)).collect();
    ratios.sort_by(f64::total_cmp);
    let n = ratios.len();
    let median = if n % 2 == 1 { ratios[n / 2] } else { (ratios[n / 2 - 1] * ratios[n / 2]).sqrt() };
    let cut = counts.least_differing_pairs(base.len(), head.len(), 0.025);
    let interval = cut.map(|cut| (ratios[cut], ratios[n - 1 - cut]));
    Some(Ratio { ratio: median, interval })
}

fn thinned(values: &[f64]) -> Vec<f64> {
    let n = values.len();
    let taken = n.min(MOST_VALUES);
    (0..taken).map(|at| values[if taken == n { at } else { at * (n - 1) / (taken - 1) }]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio_of(base: &[f64], head: &[f64]) -> Option<Ratio> {
        ratio(base, head, &mut Counts::default())
    }

    #[test]
    fn the_ratio_is_the_median_of_all() {
        let base = [10.0, 10.0, 11.0, 12.0, 13.0];
        let head: Vec<f64> = base.iter().map(|value| value * 1.5).collect();
        let found = ratio_of(&base, &head).expect("values above 0");
        assert!((found.ratio - 1.5).abs() < 1e-12, "{found:?}");
        let (low, high) = found.interval.expect("five a side");
        assert!(low < 1.5 && 1.5 < high, "{found:?}");
        assert_eq!(ratio_of(&[1.0, 2.0, 3.0], &[2.0, 3.0, 4.0]).and_then(|it| it.interval), None);
        assert_eq!(ratio_of(&[0.0], &[1.0]), None);
    }
}
