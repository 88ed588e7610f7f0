//! The median and where it is, by order statistics.

use std::ops::Range;

use super::go_math::choose;
use crate::statistics::special::t_quantile;
use statrs::function::erf::erfc;

/// Up to so many values the binomial distribution is summed up; above, it is taken for a normal one.
const EXACT_UP_TO: usize = 30;

/// The median of values in order, as quantile R8 of Hyndman and Fan (1996).
pub(crate) fn median(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let place = 1.0 / 3.0 + 0.5 * (n + 1.0 / 3.0);
    let below = place.floor();
    let k = below as usize;
    match k {
        0 => values[0],
        _ if k >= values.len() => values[values.len() - 1],
        _ => values[k - 1] + (place - below) * (values[k] - values[k - 1]),
    }
}

/// Which two of `n` values in order have the median between them with that confidence, counted from 1; 0 and n + 1 are
/// beyond the values.
pub(super) fn median_interval(n: usize, confidence: f64) -> (usize, usize) {
    if confidence >= 1.0 {
        return (0, n + 1);
    }
    let Range { start, end } =
        if n <= EXACT_UP_TO { exact(n, confidence) } else { approximate(n, confidence) };
    (start.max(0) as usize, end.clamp(0, n as i64 + 1) as usize)
}

/// From 21 values on go-moremath takes the chances out of logarithms, so that of two equal ones the right one can be
/// larger by its last bit: for which places (bits) on the left of the middle, for 21 values to 30. Read off
/// go-moremath v0.0.0-20210112150236 on amd64.
const LARGER_ON_THE_RIGHT: [u32; 10] = [
    0b1001_0100,
    0b100_1001_0100,
    0b1001_0100,
    0b1000_1001_0100,
    0b100_1001_0100,
    0b100_1001_0100,
    0b10_1100_1001_0100,
    0b11_0100_1001_0100,
    0b10_0100_1111_0100,
    0b110_0101_1111_0100,
];

/// Adds the likelier neighbor to the middle until there is enough, the left one where both are equal.
fn exact(n: usize, confidence: f64) -> Range<i64> {
    let chance = |k: i64| if k < 0 { 0.0 } else { choose(n, k as usize) * 0.5_f64.powi(n as i32) };
    let middle = (n as i64 + 1).div_euclid(2) + (n as i64 + 1) % 2 - 1;
    let (mut left, mut right, mut sum) = (middle, middle + 1, chance(middle));
    loop {
        let (before, after) = (chance(left - 1), chance(right));
        if sum >= confidence || before <= 0.0 && after <= 0.0 {
            return left..right;
        }
        let is_right_larger = || {
            let places = n.checked_sub(21).map_or(0, |at| LARGER_ON_THE_RIGHT[at]);
            left > 0 && left - 1 + right == n as i64 && places >> (left - 1) & 1 == 1
        };
        if before >= after && !is_right_larger() {
            sum += before;
            left -= 1;
        } else {
            sum += after;
            right += 1;
        }
    }
}

fn approximate(n: usize, confidence: f64) -> Range<i64> {
    let (mean, deviation) = (n as f64 / 2.0, (n as f64).sqrt() / 2.0);
    let low = mean - deviation * t_quantile_of(confidence);
    let high = 2.0 * mean - low;
    // Out to the borders of the bands k − ½ … k + ½ that stand for k.
    let left = ((low - 0.5).floor() + 0.5).floor() as i64 + 1;
    let right = ((high - 0.5).ceil() + 0.5).floor() as i64 + 1;
    let below = |k: i64| normal_below((k as f64 - 0.5 - mean) / deviation);
    let biased = below(right - 1) - below(left);
    let is_enough = biased >= confidence && biased < below(right) - below(left);
    left..if is_enough { right - 1 } else { right }
}

/// How many standard deviations hold that part of a normal distribution to either side.
fn t_quantile_of(confidence: f64) -> f64 {
    if confidence <= 0.0 { 0.0 } else { t_quantile((1.0 - confidence) / 2.0, f64::INFINITY) }
}

/// The part of a standard normal distribution below a number.
pub(super) fn normal_below(z: f64) -> f64 {
    erfc(-z / std::f64::consts::SQRT_2) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_needs_six_values() {
        let intervals: Vec<(usize, usize)> = (1..=10).map(|n| median_interval(n, 0.95)).collect();
        // Printed by stats.QuantileCI(n, 0.5, 0.95).
        assert_eq!(
            intervals,
            [(0, 2), (0, 3), (0, 4), (0, 5), (0, 5), (1, 6), (1, 7), (1, 7), (2, 8), (2, 9)]
        );
        assert_eq!(median_interval(31, 0.95), (10, 22));
        assert_eq!(median_interval(60, 0.99), (20, 41));
        assert_eq!(median_interval(10, 1.0), (0, 11));
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[1.0]), 1.0);
        assert_eq!(median(&[1.0, 3.0]), 2.0);
        assert_eq!(median(&[1.0, 3.0, 9.0]), 3.0);
    }
}
