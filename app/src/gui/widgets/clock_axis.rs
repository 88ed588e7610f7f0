//! An axis of hours and days: round marks for a stretch of the clock.

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Distances between marks that people expect, in ns.
const STEPS: [i64; 18] = [
    SECOND,
    5 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    30 * DAY,
    90 * DAY,
    365 * DAY,
];

/// The moments that get a mark, at most so many, and the distance between two of them; in ns since 1970 (UTC).
pub fn clock_marks(start_nanos: i64, end_nanos: i64, most: usize) -> (Vec<i64>, i64) {
    let length = end_nanos.saturating_sub(start_nanos).max(1);
    let most = i64::try_from(most.max(1)).unwrap_or(i64::MAX);
    let fits = |step: &i64| length / step <= most;
    let longest = STEPS[STEPS.len() - 1];
    let step = STEPS.into_iter().find(fits).unwrap_or_else(|| (length / most / longest + 1) * longest);
    let first = start_nanos.div_euclid(step) + i64::from(start_nanos.rem_euclid(step) != 0);
    let last = end_nanos.div_euclid(step);
    ((first..=last).map(|index| index.saturating_mul(step)).collect(), step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_few() {
        let (marks, step) = clock_marks(7 * MINUTE, 3 * HOUR, 8);
        assert_eq!((step, marks.first()), (30 * MINUTE, Some(&(30 * MINUTE))));
        assert_eq!(marks.len(), 6);
        for length in [1, MINUTE, 5 * DAY, 400 * DAY, 40_000 * DAY] {
            assert!(clock_marks(DAY, DAY + length, 8).0.len() <= 9, "{length}");
        }
    }
}
