//! A time axis: round marks for a range, and lengths of time as people write them.

use eframe::egui::{Align2, Color32, Painter, Rect, Stroke, pos2};

use crate::gui::theme;

/// Least distance between two marks with text, in points.
const MIN_MARK_DISTANCE: f64 = 88.0;

/// A range of time, in ns since the trace began, and the room it is drawn in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeScale {
    /// First moment.
    pub start_nanos: i64,
    /// Last moment; after the first.
    pub end_nanos: i64,
    /// Left edge, in points.
    pub left: f32,
    /// Right edge.
    pub right: f32,
}

impl TimeScale {
    /// Where a moment is.
    pub fn x(&self, nanos: i64) -> f32 {
        let part = (nanos - self.start_nanos) as f64 / self.length() as f64;
        (f64::from(self.left) + part * f64::from(self.right - self.left)) as f32
    }

    /// The moment at a place.
    pub fn nanos(&self, x: f32) -> i64 {
        let part = f64::from(x - self.left) / f64::from((self.right - self.left).max(1.0));
        self.start_nanos + (part * self.length() as f64).round() as i64
    }

    /// Nanoseconds a point stands for.
    pub fn nanos_per_point(&self) -> f64 {
        self.length() as f64 / f64::from((self.right - self.left).max(1.0))
    }

    /// How long it is, at least one.
    pub fn length(&self) -> i64 {
        (self.end_nanos - self.start_nanos).max(1)
    }
}

/// The moments that get a mark: multiples of 1, 2 or 5 times a power of ten, in order.
pub fn marks(scale: &TimeScale) -> Vec<i64> {
    let step = step_nanos(scale.nanos_per_point() * MIN_MARK_DISTANCE);
    let first = scale.start_nanos.div_euclid(step) + i64::from(scale.start_nanos.rem_euclid(step) != 0);
    let last = scale.end_nanos.div_euclid(step);
    (first..=last).map(|index| index * step).collect()
}

fn step_nanos(at_least: f64) -> i64 {
    let mut power = 1_i64;
    loop {
        for factor in [1, 2, 5] {
            let step = power.saturating_mul(factor);
            if step as f64 >= at_least || step == i64::MAX {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}

/// A length of time with four digits at most: `18.2 ms`, `431 ns`, `2.5 s`.
pub fn duration_text(nanos: i64) -> String {
    let (sign, nanos) = if nanos < 0 { ("-", nanos.unsigned_abs()) } else { ("", nanos.unsigned_abs()) };
    let (divisor, unit) = match nanos {
        0..1_000 => return format!("{sign}{nanos} ns"),
        1_000..1_000_000 => (1e3, "µs"),
        1_000_000..1_000_000_000 => (1e6, "ms"),
        _ => (1e9, "s"),
    };
    let value = nanos as f64 / divisor;
    let digits = match value {
        value if value < 9.995 => 2,
        value if value < 99.95 => 1,
        _ => 0,
    };
    format!("{sign}{value:.digits$} {unit}")
}

/// A moment of the trace, as exact as the marks around it need: `1.204 s`, `1.204310 s`.
pub fn moment_text(nanos: i64, precision_nanos: i64) -> String {
    let (divisor, unit, exponent) = match precision_nanos {
        0..1_000 if nanos < 1_000_000 => (1e3, "µs", 3),
        0..1_000_000 if nanos < 1_000_000_000 => (1e6, "ms", 6),
        _ => (1e9, "s", 9),
    };
    let mut digits = exponent;
    let mut step = 1_i64;
    while digits > 0 && step.saturating_mul(10) <= precision_nanos {
        step = step.saturating_mul(10);
        digits -= 1;
    }
    format!("{:.digits$} {unit}", nanos as f64 / divisor)
}

/// Draws marks with their moments into a strip.
pub fn paint_axis(painter: &Painter, rect: Rect, scale: &TimeScale, (ink, line): (Color32, Color32)) {
    let marks = marks(scale);
    let precision = marks.windows(2).next().map_or(scale.length(), |pair| pair[1] - pair[0]);
    for nanos in marks {
        let x = scale.x(nanos).round() + 0.5;
        painter.line_segment([pos2(x, rect.top()), pos2(x, rect.bottom())], Stroke::new(1.0, line));
        let at = pos2(x + 4.0, rect.center().y);
        painter.text(at, Align2::LEFT_CENTER, moment_text(nanos, precision), theme::mono_small(), ink);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn scale(start_nanos: i64, end_nanos: i64) -> TimeScale {
        TimeScale { start_nanos, end_nanos, left: 100.0, right: 1100.0 }
    }

    #[test]
    fn marks_are_round_and_inside_the_range() {
        let marks = marks(&scale(1_204_000_000, 1_391_000_000));
        assert_eq!(marks.first(), Some(&1_220_000_000));
        assert_eq!(marks.last(), Some(&1_380_000_000));
        assert!(marks.iter().all(|mark| mark % 20_000_000 == 0));
    }

    #[test]
    fn places_and_moments_are_each_others_inverse() {
        let scale = scale(5_000, 15_000);
        assert_eq!(scale.x(10_000), 600.0);
        assert_eq!(scale.nanos(600.0), 10_000);
    }

    #[test]
    fn lengths_of_time_have_few_digits() {
        let texts = [0, 431, 1_500, 18_240_000, 312_000_000, 2_500_000_000, -1_500].map(duration_text);
        assert_eq!(texts, ["0 ns", "431 ns", "1.50 µs", "18.2 ms", "312 ms", "2.50 s", "-1.50 µs"]);
    }

    #[test]
    fn moments_are_as_exact_as_the_marks_around_them() {
        assert_eq!(moment_text(1_204_000_000, 20_000_000), "1.20 s");
        assert_eq!(moment_text(1_204_310_000, 10_000), "1.20431 s");
        assert_eq!(moment_text(204_310_000, 10_000), "204.31 ms");
        assert_eq!(moment_text(310_500, 100), "310.5 µs");
    }
}
