//! Where a quantile is if values come in clusters: Woodruff's interval, its variance measured between windows of time.

use super::special::t_quantile;

/// A quantile with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuantileInterval {
    /// The quantile: the ⌈np⌉-th smallest value.
    pub quantile: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Standard error of the level, independent or between windows, whichever is larger.
    pub level_error: f64,
    /// Number of windows.
    pub windows: usize,
    /// t of the interval: of as many degrees of freedom as there are windows, less one.
    pub reach: f64,
}

impl QuantileInterval {
    /// Standard error of the logarithm of the quantile.
    pub fn log_error(&self) -> f64 {
        (self.high.ln() - self.low.ln()) / (2.0 * self.reach)
    }
}

/// Fewest windows with values from which a variance is taken.
const MIN_WINDOWS: usize = 8;

/// The quantile at level `p` of values in windows of time. `None` where there are fewer than 8 windows with values, or
/// too few values for an interval at this level.
pub fn quantile_interval(windows: &[Vec<f64>], p: f64) -> Option<QuantileInterval> {
    let filled = windows.iter().filter(|window| !window.is_empty()).count();
    if filled < MIN_WINDOWS { None } else { interval_of(windows, p) }
}

fn interval_of(windows: &[Vec<f64>], p: f64) -> Option<QuantileInterval> {
    let mut sorted: Vec<f64> = windows.iter().flatten().copied().collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let at_level = |level: f64| {
        let place = (n * level).ceil().max(1.0) as usize;
        sorted.get(place.min(sorted.len()).checked_sub(1)?).copied()
    };
    let quantile = at_level(p)?;
    let n_windows = windows.len();
    let between = |window: &Vec<f64>| {
        let excess: f64 = window.iter().map(|&value| f64::from(u8::from(value <= quantile)) - p).sum();
        excess * excess / (n * n)
    };
    let clustered = n_windows as f64 / (n_windows as f64 - 1.0) * windows.iter().map(between).sum::<f64>();
    let level_error = (p * (1.0 - p) / n).max(clustered).sqrt();
    let reach = t_quantile(0.025, n_windows as f64 - 1.0);
    let (low, high) = (p - reach * level_error, p + reach * level_error);
    // Also where a level is no number.
    if !(low > 0.0 && high < 1.0) {
        return None;
    }
    Some(QuantileInterval {
        quantile,
        low: at_level(low)?,
        high: at_level(high)?,
        level_error,
        windows: n_windows,
        reach,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::vectors::assert_close;

    #[test]
    fn of_four_windows() {
        let windows = [
            vec![1., 42., 83., 23., 64., 4., 45., 86., 26., 67.],
            vec![12., 53., 94., 34., 75., 15., 56., 97., 37., 78.],
            vec![23., 64., 105., 45., 86., 26., 67., 108., 48., 89.],
            vec![34., 75., 116., 56., 97., 37., 78., 18., 59., 100.],
        ];
        let interval = interval_of(&windows, 0.5).expect("values");
        assert_close(interval.quantile, 56.0);
        assert_close(interval.level_error, 0.079_056_941_5);
        assert_close(interval.reach, 3.182_446_305);
        assert_close(0.5 - interval.reach * interval.level_error, 0.248_405_528_6);
        assert_eq!((interval.low, interval.high), (34.0, 86.0));
        assert_eq!(quantile_interval(&windows, 0.5), None, "four windows are too few");
    }

    #[test]
    fn windows_that_differ_widen_it() {
        let equal = vec![vec![1., 2., 3., 4., 5., 6., 7., 8., 9., 10.]; 20];
        let apart: Vec<Vec<f64>> = (0..20).map(|window| vec![f64::from(window % 10) + 1.0; 10]).collect();
        let of = |windows: &[Vec<f64>]| quantile_interval(windows, 0.5).map(|found| found.level_error);
        assert_close(of(&equal).expect("values"), (0.25_f64 / 200.0).sqrt());
        assert!(of(&apart) > of(&equal));
    }

    #[test]
    fn a_quantile_at_the_end_has_none() {
        assert_eq!(quantile_interval(&vec![vec![1.0]; 20], 0.99), None);
        assert_eq!(quantile_interval(&[], 0.5), None);
    }
}
