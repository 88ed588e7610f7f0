//! Nanoseconds of instances, by windows of time, and the quantiles that are kept of them.

use super::group::PERCENTS;
use crate::statistics::quantile_interval::SortedWindows;

/// Windows of time that a recording is cut into; how they differ says how sure a quantile is.
pub(super) const WINDOWS: usize = 20;

/// Values of instances, by the window that they begin in.
#[derive(Clone, Debug, Default)]
pub(super) struct Windowed {
    windows: [Vec<f64>; WINDOWS],
    total_nanos: u128,
}

impl Windowed {
    pub(super) fn push(&mut self, window: usize, nanos: u64) {
        self.windows[window].push(nanos as f64);
        self.total_nanos += u128::from(nanos);
    }

    pub(super) fn total_nanos(&self) -> u128 {
        self.total_nanos
    }

    /// The quantiles of all instances, of which `counts` begin in each window; those without a value have 0.
    pub(super) fn into_times(mut self, counts: &[usize; WINDOWS]) -> Times {
        for (window, &count) in self.windows.iter_mut().zip(counts) {
            window.resize(count.max(window.len()), 0.0);
        }
        let sorted = SortedWindows::new(&self.windows);
        let quantiles = PERCENTS.map(|percent| {
            let p = f64::from(percent) / 100.0;
            let nanos = sorted.quantile(p).unwrap_or(0.0);
            let interval = sorted.interval(p).filter(|interval| interval.low > 0.0);
            let log_error = interval.map(|interval| {
                // Times are whole nanoseconds: equal ends are no more exact than that.
                let step = (nanos.ln_1p() - nanos.ln()) / (2.0 * interval.reach);
                interval.log_error().max(step)
            });
            Quantile { nanos: nanos as u64, log_error }
        });
        Times { total_nanos: self.total_nanos, quantiles }
    }
}

/// What is kept of one measure of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Times {
    /// Of all instances.
    pub(super) total_nanos: u128,
    /// In the order of [`PERCENTS`].
    pub(super) quantiles: [Quantile; PERCENTS.len()],
}

/// A quantile of the instances of a group in one run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Quantile {
    /// Exactly; 0 where so many instances have none of it.
    pub(super) nanos: u64,
    /// Standard error of its logarithm within the recording; `None` where there are too few instances or windows.
    pub(super) log_error: Option<f64>,
}
