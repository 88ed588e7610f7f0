//! The order of very many rows by a number: sorted on all cores, as words of 64 bits where the numbers are small.

use rayon::prelude::*;

/// Rows that one worker takes up at once, at least.
const AT_ONCE: usize = 1 << 14;

/// Numbers from here on do not fit.
const LARGE: u64 = u32::MAX as u64;

/// The rows from the lowest to the highest number, equal ones in their order; fewer than 2^32 of them.
pub fn rows_by_number(n_rows: usize, number: impl Fn(usize) -> i64 + Sync) -> Vec<u32> {
    let rows = || (0..n_rows as u32).into_par_iter().with_min_len(AT_ONCE);
    let least = rows().map(|row| number(row as usize)).min().unwrap_or(0);
    let above_least = |row: u32| number(row as usize).wrapping_sub(least) as u64;
    // The number above the row in one word. Those that do not fit come last, by row.
    let word_of = |row: u32| above_least(row).min(LARGE) << 32 | u64::from(row);
    let mut words: Vec<u64> = rows().map(word_of).collect();
    words.par_sort_unstable();
    let n_small = words.partition_point(|word| word >> 32 < LARGE);
    let mut order: Vec<u32> = words.into_par_iter().map(|word| word as u32).collect();
    order[n_small..].par_sort_unstable_by_key(|&row| (above_least(row), row));
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::rows_by_number;

    proptest! {
        #[test]
        fn rows_come_as_a_stable_sort_has_them(
            numbers in prop::collection::vec(prop_oneof![any::<i64>(), -3..3_i64, 0..1_i64 << 33], 0..300),
        ) {
            let mut expected: Vec<u32> = (0..numbers.len() as u32).collect();
            expected.sort_by_key(|&row| numbers[row as usize]);
            prop_assert_eq!(rows_by_number(numbers.len(), |row| numbers[row]), expected);
        }
    }
}
