//! A time axis: round marks for a range, and lengths of time as people write them.

use eframe::egui::{Color32, Painter, Rect, Stroke, pos2};

use crate::gui::theme;
use crate::text;

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

/// Draws marks with their moments into a strip.
pub fn paint_axis(painter: &Painter, rect: Rect, scale: &TimeScale, (ink, line): (Color32, Color32)) {
    let marks = marks(scale);
    let precision = marks.windows(2).next().map_or(scale.length(), |pair| pair[1] - pair[0]);
    for nanos in marks {
        let x = scale.x(nanos).round() + 0.5;
        painter.line_segment([pos2(x, rect.top()), pos2(x, rect.bottom())], Stroke::new(1.0, line));
        let galley = painter.layout_no_wrap(text::moment(nanos, precision), theme::mono_small(), ink);
        let at = pos2(x + 4.0, rect.center().y - galley.size().y / 2.0);
        // The last mark may have no room for its moment.
        if at.x + galley.size().x <= rect.right() {
            painter.galley(at, galley, ink);
        }
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
}
