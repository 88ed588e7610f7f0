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
    SortedWindows::new(windows).interval(p)
}

/// Values in windows of time, sorted once for the quantiles of several levels.
#[derive(Debug)]
pub struct SortedWindows<'w> {
    windows: &'w [Vec<f64>],
    sorted: Vec<f64>,
}

impl<'w> SortedWindows<'w> {
    /// Sorts all values. Their order within a window shows nowhere.
    pub fn new(windows: &'w [Vec<f64>]) -> Self {
        let mut sorted: Vec<f64> = windows.iter().flatten().copied().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        Self { windows, sorted }
    }

    /// The ⌈np⌉-th smallest value; `None` if there is none.
    pub fn quantile(&self, p: f64) -> Option<f64> {
        let place = (self.sorted.len() as f64 * p).ceil().max(1.0) as usize;
        self.sorted.get(place.min(self.sorted.len()).checked_sub(1)?).copied()
    }

    /// See [`quantile_interval`].
    pub fn interval(&self, p: f64) -> Option<QuantileInterval> {
        let filled = self.windows.iter().filter(|window| !window.is_empty()).count();
        if filled < MIN_WINDOWS { None } else { self.interval_of(p) }
    }

    fn interval_of(&self, p: f64) -> Option<QuantileInterval> {
        let (n, n_windows) = (self.sorted.len() as f64, self.windows.len() as f64);
        let quantile = self.quantile(p)?;
        let between = |window: &Vec<f64>| {
            // Counted, not summed up one by one, so that the order of the values cannot show.
            let n_below = window.iter().filter(|value| **value <= quantile).count();
            let excess = n_below as f64 - p * window.len() as f64;
            excess * excess / (n * n)
        };
        let clustered = n_windows / (n_windows - 1.0) * self.windows.iter().map(between).sum::<f64>();
        let level_error = (p * (1.0 - p) / n).max(clustered).sqrt();
        let reach = t_quantile(0.025, n_windows - 1.0);
        let (low, high) = (p - reach * level_error, p + reach * level_error);
        // Also where a level is no number.
        if !(low > 0.0 && high < 1.0) {
            return None;
        }
        Some(QuantileInterval {
            quantile,
            low: self.quantile(low)?,
            high: self.quantile(high)?,
            level_error,
            windows: self.windows.len(),
            reach,
        })
    }
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
        let interval = SortedWindows::new(&windows).interval_of(0.5).expect("values");
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
