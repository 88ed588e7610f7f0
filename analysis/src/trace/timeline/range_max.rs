//! The largest value in any range of rows, and the last row above a limit, without looking at every row.
//!
//! ```text
//! values     3 1 4 1 5 9 2 6 5 3 5 8 9 7 9 3 │ 2 3 8 4 …      belong to whoever asks
//! level 0    9                               │ 8              the largest of 16 values
//! level 1    9                                                the largest of 16 of those
//! ```

use std::ops::Range;

/// Values, or entries of a level, under one entry of the next level.
const FAN: usize = 16;

/// See the drawing at the head of the file.
#[derive(Debug, Default)]
pub(super) struct RangeMax<T> {
    levels: Vec<Vec<T>>,
}

impl<T: Copy + Ord> RangeMax<T> {
    pub(super) fn new(len: usize, value: impl Fn(usize) -> T) -> Self {
        let mut levels: Vec<Vec<T>> = Vec::new();
        let of_values = (0..len).step_by(FAN);
        let mut level: Vec<T> =
            of_values.filter_map(|at| (at..(at + FAN).min(len)).map(&value).max()).collect();
        while level.len() > 1 {
            let above = level.chunks(FAN).filter_map(|part| part.iter().copied().max()).collect();
            levels.push(std::mem::replace(&mut level, above));
        }
        levels.push(level);
        Self { levels }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.levels.iter().map(|level| level.len() * size_of::<T>()).sum()
    }

    /// The largest value of a range of rows; `value` gives those that the tree was made of.
    pub(super) fn max(&self, range: Range<usize>, value: impl Fn(usize) -> T) -> Option<T> {
        let Range { start: mut from, end: mut to } = range;
        let mut best = None;
        let mut height = 0;
        while from < to {
            let entry = |at: usize| if height == 0 { value(at) } else { self.levels[height - 1][at] };
            let is_top = height == self.levels.len();
            while from < to && (is_top || from % FAN != 0) {
                best = best.max(Some(entry(from)));
                from += 1;
            }
            while from < to && to % FAN != 0 {
                to -= 1;
                best = best.max(Some(entry(to)));
            }
            (from, to, height) = (from / FAN, to / FAN, height + 1);
        }
        best
    }

    /// The last row of a range whose value is above a limit.
    pub(super) fn last_above(
        &self,
        range: Range<usize>,
        limit: T,
        value: impl Fn(usize) -> T,
    ) -> Option<usize> {
        let mut end = range.end;
        while end > range.start {
            let step = self.step_below(end, limit);
            if step > 0 {
                end = end.saturating_sub(step);
                continue;
            }
            end -= 1;
            if value(end) > limit {
                return Some(end);
            }
        }
        None
    }

    /// How many rows before `end` are surely not above a limit.
    fn step_below(&self, end: usize, limit: T) -> usize {
        let (mut step, mut size) = (0, FAN);
        for level in &self.levels {
            if !end.is_multiple_of(size) || level.get(end / size - 1).is_none_or(|largest| *largest > limit) {
                break;
            }
            (step, size) = (size, size * FAN);
        }
        step
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_finds_what_a_walk_over_all_rows_finds(
            values in prop::collection::vec(0_u16..200, 0..900),
            ends in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
            limit in 0_u16..210,
        ) {
            let tree = RangeMax::new(values.len(), |at| values[at]);
            let (one, other) = (ends.0.index(values.len() + 1), ends.1.index(values.len() + 1));
            let range = one.min(other)..one.max(other);
            let expected = values[range.clone()].iter().copied().max();
            prop_assert_eq!(tree.max(range.clone(), |at| values[at]), expected);
            let last = range.clone().rev().find(|&at| values[at] > limit);
            prop_assert_eq!(tree.last_above(range, limit, |at| values[at]), last);
        }
    }
}
