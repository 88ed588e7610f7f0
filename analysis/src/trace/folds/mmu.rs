//! Minimum mutator utilization: the least share of the Ps that the program had in any window of a given length.
//!
//! The mean over a window, as the window moves, is a chain of straight lines whose corners are where an edge of the
//! window meets a change. So the smallest mean is at a corner, and one pass with two positions meets all corners.
//!
//! ```text
//! utilization ▔▔▔▔╲▁▁▁▁▁╱▔▔▔▔▔▔╲▁▁╱▔▔▔▔
//! window            └──────┘ →            left and right edge each jump from change to change
//! mean        ▔╲____╱▔▔╲_╱▔
//! ```
//!
//! Source: `go tool trace` (Go 1.27) and Cheng and Blelloch, "A Parallel, Real-Time Garbage Collector", 2001.

use goscope_parsers::trace::Time;
use rayon::prelude::*;

use crate::trace::folds::mud;
use crate::trace::folds::utilization::{Utilization, UtilizationSeries};

/// Utilization prepared for windows of any length.
#[derive(Clone, Debug)]
pub struct MmuCurve {
    series: Vec<SummedSeries>,
}

/// A window with a low utilization.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WorstWindow {
    /// Its start.
    pub begin: Time,
    /// How long it is: what was asked for, or the whole series if that is shorter.
    pub length_nanos: u64,
    /// The P, if it is one P's utilization.
    pub proc: Option<u32>,
    /// The mean utilization in it, in 0..=1.
    pub utilization: f64,
}

/// A point of the curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MmuPoint {
    /// Length of the window.
    pub window_nanos: u64,
    /// The minimum utilization in windows of this length.
    pub utilization: f64,
}

impl MmuCurve {
    /// Prepares a utilization; `None` if it has no series of any length: the trace does not say how many Ps there
    /// are, or ends where it says so.
    pub fn new(utilization: &Utilization) -> Option<Self> {
        let series: Vec<SummedSeries> = utilization.series.iter().filter_map(SummedSeries::new).collect();
        (!series.is_empty()).then_some(Self { series })
    }

    /// The least mean utilization in any window of this length; 0 for a window without length. A series shorter
    /// than the window counts with its mean.
    pub fn mmu(&self, window_nanos: u64) -> f64 {
        if window_nanos == 0 {
            return 0.0;
        }
        self.series.iter().fold(1.0, |least, series| series.least_mean(window_nanos, least))
    }

    /// Quantiles (0 to 1) of the distribution of the mean utilization over all windows of this length: the 0.01
    /// quantile is what windows fall below 1 % of the time. Where there is just one window, the minimum.
    pub fn mud(&self, window_nanos: u64, quantiles: &[f64]) -> Vec<f64> {
        let mut masses = Vec::new();
        let mut total_nanos = 0.0;
        for series in self.series.iter().filter(|series| series.length() > window_nanos) {
            total_nanos += (series.length() - window_nanos) as f64;
            let mut last: Option<(Time, f64)> = None;
            series.corners(window_nanos, |time, mean| {
                if let Some((last_time, last_mean)) = last {
                    masses.push(mud::Mass::between(last_mean, mean, (time - last_time) as f64));
                }
                last = Some((time, mean));
            });
        }
        let mmu = self.mmu(window_nanos);
        if window_nanos == 0 || masses.is_empty() {
            return vec![mmu; quantiles.len()];
        }
        quantiles.iter().map(|&quantile| mud::quantile(&masses, total_nanos * quantile)).collect()
    }

    /// The windows of this length with the lowest utilization that do not overlap in time, lowest first, and at
    /// most `count` of them.
    pub fn worst_windows(&self, window_nanos: u64, count: usize) -> Vec<WorstWindow> {
        let mut all = Vec::new();
        for series in self.series.iter().filter(|_| window_nanos > 0) {
            let length_nanos = window_nanos.min(series.length());
            series.corners(length_nanos, |begin, utilization| {
                all.push(WorstWindow { begin, length_nanos, proc: series.proc, utilization });
            });
        }
        all.sort_by(|a, b| {
            a.utilization.total_cmp(&b.utilization).then(a.begin.cmp(&b.begin)).then(a.proc.cmp(&b.proc))
        });
        let mut worst: Vec<WorstWindow> = Vec::new();
        for window in all {
            if worst.len() == count {
                break;
            }
            if worst.iter().all(|other| !other.overlaps(&window)) {
                worst.push(window);
            }
        }
        worst
    }

    /// The curve over six decades of window lengths, or up to the length of the trace: 100 points from the length
    /// at which the minimum is 0 (as `go tool trace` draws it).
    pub fn plot(&self) -> Vec<MmuPoint> {
        const POINTS: u32 = 100;
        let mut shortest = 1_000_000_000_u64;
        while shortest > 1 && self.mmu(shortest) >= 0.0001 {
            shortest /= 1000;
        }
        let shortest = shortest.max(1);
        let longest = (shortest * 1_000_000).min(self.length()).max(1);
        let (low, high) = ((shortest as f64).ln(), (longest as f64).ln());
        let points = (0..POINTS).into_par_iter().map(|at| {
            let share = f64::from(at) / f64::from(POINTS - 1);
            let window_nanos = (low + share * (high - low)).exp() as u64;
            MmuPoint { window_nanos, utilization: self.mmu(window_nanos) }
        });
        points.collect()
    }

    /// The length of the trace, as far as all series reach.
    pub fn length(&self) -> u64 {
        let begin = self.series.iter().map(SummedSeries::begin).min().unwrap_or(0);
        let end = self.series.iter().map(SummedSeries::end).max().unwrap_or(0);
        end.abs_diff(begin)
    }
}

impl WorstWindow {
    fn overlaps(&self, other: &Self) -> bool {
        let end = |window: &Self| window.begin.saturating_add_unsigned(window.length_nanos);
        self.begin < end(other) && other.begin < end(self)
    }
}

/// A series with the integral up to each of its times.
#[derive(Clone, Debug)]
struct SummedSeries {
    proc: Option<u32>,
    times: Vec<Time>,
    values: Vec<f64>,
    sums: Vec<f64>,
}

impl SummedSeries {
    fn new(series: &UtilizationSeries) -> Option<Self> {
        let (first, last) = (series.times.first()?, series.times.last()?);
        if first >= last {
            return None;
        }
        let mut sum = 0.0;
        let steps = series.times.windows(2).zip(&series.values).map(|(pair, value)| {
            sum += value * (pair[1] - pair[0]) as f64;
            sum
        });
        let sums = std::iter::once(0.0).chain(steps).collect();
        Some(Self { proc: series.proc, times: series.times.clone(), values: series.values.clone(), sums })
    }

    fn begin(&self) -> Time {
        self.times[0]
    }

    fn end(&self) -> Time {
        self.times[self.times.len() - 1]
    }

    fn length(&self) -> u64 {
        self.end().abs_diff(self.begin())
    }

    /// The smallest mean of any window, or `least` if all are above. What cannot be below it is skipped: the mean
    /// falls by at most 1 while the window moves by its length.
    fn least_mean(&self, window_nanos: u64, least: f64) -> f64 {
        let mut least = least;
        let mut window = Window::new(self, window_nanos.min(self.length()));
        loop {
            let mean = window.mean();
            least = least.min(mean);
            let skip = ((mean - least) * window.length as f64) as i64;
            if least == 0.0 || !window.advance(skip) {
                return least;
            }
        }
    }

    /// Begin and mean of the window at every corner.
    fn corners(&self, window_nanos: u64, mut visit: impl FnMut(Time, f64)) {
        let mut window = Window::new(self, window_nanos);
        loop {
            visit(window.begin, window.mean());
            if !window.advance(0) {
                return;
            }
        }
    }
}

/// A window on its way over a series.
struct Window<'s> {
    series: &'s SummedSeries,
    length: i64,
    begin: Time,
    /// The step that the left edge is in.
    left: usize,
    /// The step that the right edge is in.
    right: usize,
}

impl<'s> Window<'s> {
    /// At the begin of the series; `length` must not be longer than the series, nor 0.
    fn new(series: &'s SummedSeries, length: u64) -> Self {
        let begin = series.begin();
        let mut window = Self { series, length: length.cast_signed(), begin, left: 0, right: 0 };
        window.right = window.step_at(0, window.end());
        window
    }

    fn end(&self) -> Time {
        self.begin + self.length
    }

    /// The step that holds at `time`, searched from `from` on: mostly one of the next.
    fn step_at(&self, from: usize, time: Time) -> usize {
        const NEAR: usize = 8;
        let times = &self.series.times;
        if times.get(from + NEAR).is_some_and(|&near| near > time) {
            return (from..).find(|&at| times[at + 1] > time).unwrap_or(from);
        }
        from + times[from..].partition_point(|&step| step <= time).max(1) - 1
    }

    fn integral(&self, step: usize, time: Time) -> f64 {
        let series = self.series;
        series.sums[step] + series.values[step] * (time - series.times[step]) as f64
    }

    fn mean(&self) -> f64 {
        let sum = self.integral(self.right, self.end()) - self.integral(self.left, self.begin);
        (sum / self.length as f64).clamp(0.0, 1.0)
    }

    /// Moves to the next corner, but by `least` nanoseconds or more; false at the end of the series.
    fn advance(&mut self, least: i64) -> bool {
        let times = &self.series.times;
        let last_begin = self.series.end() - self.length;
        if self.begin >= last_begin {
            return false;
        }
        let by_left = times.get(self.left + 1).map_or(last_begin, |&time| time);
        let by_right = times.get(self.right + 1).map_or(last_begin, |&time| time - self.length);
        self.begin = by_left.min(by_right).max(self.begin + least).min(last_begin);
        self.left = self.step_at(self.left, self.begin);
        self.right = self.step_at(self.right, self.end());
        true
    }
}
