//! Moments of a trace that have something in common: ranges of time in a few bytes each, with running sums.
//!
//! ```text
//! ranges       │ 3..10 │ 12..13 │ 40..41 │ … 32 of them │ 2,040..2,077 │ …
//! group        begin 3, nanos before it 0               │ begin 2,040, nanos before it 511
//! packed       0 7   2 1   27 1   …                       from the end of the one before to the begin, and its length
//! ```
//!
//! A sum is found by halving among groups and by adding up within one.

use std::ops::Range;

use goscope_parsers::trace::Time;

use crate::trace::store::backward::gallop;
use crate::trace::store::packed::{PADDING, bits_at};
use crate::trace::words::time::{add_up, nanos_between};

/// Ranges of a group.
const GROUP: usize = 32;

/// Groups in which the end of a range is looked for first.
const NEAR: usize = 8;

/// Ranges of time that do not overlap, in order.
#[derive(Debug, Default)]
pub(super) struct TimeSet {
    groups: Vec<Group>,
    /// What the groups packed, one after the other, and bytes that no number has.
    bytes: Vec<u8>,
    nanos: u64,
}

/// Up to [`GROUP`] ranges.
#[derive(Clone, Copy, Debug)]
struct Group {
    begin: Time,
    /// In the groups before.
    nanos_before: u64,
    first_byte: u32,
    /// 0: one range that is too long to be packed.
    len: u8,
    gap_bits: u8,
    length_bits: u8,
}

const _: () = assert!(size_of::<Group>() == 24);

impl TimeSet {
    /// How many nanoseconds of a range of time are in the set.
    pub(super) fn nanos_in(&self, range: &Range<Time>) -> u64 {
        let first = self.groups.partition_point(|group| group.begin < range.start);
        self.nanos_from(first, range)
    }

    /// The same, looked for around where the last range began.
    pub(super) fn nanos_near(&self, range: &Range<Time>, recent: &mut usize) -> u64 {
        let Some(last) = self.groups.len().checked_sub(1) else { return 0 };
        let is_before = |at: usize| self.groups[at].begin < range.start;
        *recent = gallop(0..self.groups.len(), last.min(*recent), is_before);
        self.nanos_from(*recent, range)
    }

    /// The same, where so many groups begin before the range.
    #[inline]
    fn nanos_from(&self, first: usize, range: &Range<Time>) -> u64 {
        if range.start >= range.end {
            return 0;
        }
        // Most ranges end near where they begin.
        let is_before = |group: &Group| group.begin < range.end;
        let later = &self.groups[first..];
        let near = later.len().min(NEAR);
        let mut last = later[..near].partition_point(is_before);
        if last == near {
            last += later[near..].partition_point(is_before);
        }
        if last == 0 {
            // Both are after the same begin: what lies between is added up in one pass.
            let [before, until] = self.nanos_until(first, [range.start, range.end]);
            return until - before;
        }
        let [before] = self.nanos_until(first, [range.start]);
        let [until] = self.nanos_until(first + last, [range.end]);
        until - before
    }

    /// How many nanoseconds before moments, in order, are in the set; so many groups begin before these.
    #[inline]
    fn nanos_until<const N: usize>(&self, groups: usize, times: [Time; N]) -> [u64; N] {
        let Some(group) = groups.checked_sub(1).map(|at| self.groups[at]) else { return [0; N] };
        if group.len == 0 {
            let after = self.groups.get(groups).map_or(self.nanos, |next| next.nanos_before);
            return times
                .map(|time| after.min(group.nanos_before.saturating_add(nanos_between(group.begin, time))));
        }
        let lefts = times.map(|time| nanos_between(group.begin, time));
        let mut nanos = [group.nanos_before; N];
        let (gap_bits, length_bits) = (usize::from(group.gap_bits), usize::from(group.length_bits));
        let mut bit = group.first_byte as usize * 8;
        let mut passed = 0;
        for _ in 0..group.len {
            passed += u64::from(bits_at(&self.bytes, bit, gap_bits));
            if passed >= lefts[N - 1] {
                break;
            }
            let length = u64::from(bits_at(&self.bytes, bit + gap_bits, length_bits));
            for (nanos, left) in nanos.iter_mut().zip(lefts) {
                *nanos += length.min(left.saturating_sub(passed));
            }
            passed += length;
            bit += gap_bits + length_bits;
        }
        nanos
    }

    /// How many ranges there are.
    pub(super) fn len(&self) -> usize {
        self.groups.iter().map(|group| usize::from(group.len.max(1))).sum()
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.groups.len() * size_of::<Group>() + self.bytes.len()
    }

    /// One set of those of times that follow each other.
    pub(super) fn join(parts: Vec<Self>) -> Self {
        let mut joined = Self {
            groups: Vec::with_capacity(parts.iter().map(|part| part.groups.len()).sum()),
            bytes: Vec::with_capacity(parts.iter().map(|part| part.bytes.len()).sum::<usize>() + PADDING),
            nanos: 0,
        };
        for part in parts {
            let (first_byte, nanos) = (joined.bytes.len() as u32, joined.nanos);
            joined.groups.extend(part.groups.iter().map(|group| Group {
                nanos_before: group.nanos_before.saturating_add(nanos),
                first_byte: group.first_byte + first_byte,
                ..*group
            }));
            joined.bytes.extend_from_slice(&part.bytes);
            add_up(&mut joined.nanos, part.nanos);
        }
        joined.bytes.extend_from_slice(&[0; PADDING]);
        joined
    }
}

/// Makes a set, or the part of one that a window of time has.
#[derive(Debug, Default)]
pub(super) struct TimeSetBuilder {
    set: TimeSet,
    /// The latest range, which may go on.
    open: Option<Range<Time>>,
    /// Gaps and lengths of the next group.
    pairs: Vec<[u32; 2]>,
    group_begin: Time,
    /// Where the last range in `pairs` ends.
    end: Time,
}

impl TimeSetBuilder {
    /// Adds a range that begins not before the end of the one before.
    #[inline]
    pub(super) fn push(&mut self, range: Range<Time>) {
        if range.start >= range.end {
            return;
        }
        match &mut self.open {
            Some(open) if open.end == range.start => open.end = range.end,
            open => {
                if let Some(done) = open.replace(range) {
                    self.add(done);
                }
            }
        }
    }

    fn add(&mut self, range: Range<Time>) {
        let Ok(length) = u32::try_from(nanos_between(range.start, range.end)) else {
            return self.add_long(range);
        };
        let gap = u32::try_from(nanos_between(self.end, range.start)).ok();
        if gap.is_none() || self.pairs.is_empty() || self.pairs.len() == GROUP {
            self.close_group();
            (self.group_begin, self.end) = (range.start, range.start);
        }
        let gap = nanos_between(self.end, range.start) as u32;
        self.pairs.push([gap, length]);
        self.end = range.end;
    }

    /// Adds a range that is too long to be packed: a group of its own.
    fn add_long(&mut self, range: Range<Time>) {
        self.close_group();
        let (begin, nanos_before) = (range.start, self.set.nanos);
        let (first_byte, len) = (self.set.bytes.len() as u32, 0);
        self.set.groups.push(Group { begin, nanos_before, first_byte, len, gap_bits: 0, length_bits: 0 });
        self.set.nanos += nanos_between(range.start, range.end);
    }

    fn close_group(&mut self) {
        if self.pairs.is_empty() {
            return;
        }
        let [gap_bits, length_bits] = [0, 1].map(|column: usize| {
            let most = self.pairs.iter().map(|pair| pair[column]).max().unwrap_or(0);
            u32::BITS - most.leading_zeros()
        });
        self.set.groups.push(Group {
            begin: self.group_begin,
            nanos_before: self.set.nanos,
            first_byte: self.set.bytes.len() as u32,
            len: self.pairs.len() as u8,
            gap_bits: gap_bits as u8,
            length_bits: length_bits as u8,
        });
        self.set.nanos += self.pairs.iter().map(|&[_, length]| u64::from(length)).sum::<u64>();
        let (mut bits, mut filled) = (0_u64, 0);
        for [gap, length] in self.pairs.drain(..) {
            for (number, width) in [(gap, gap_bits), (length, length_bits)] {
                bits |= u64::from(number) << filled;
                filled += width;
                if filled >= u32::BITS {
                    self.set.bytes.extend_from_slice(&(bits as u32).to_le_bytes());
                    bits >>= u32::BITS;
                    filled -= u32::BITS;
                }
            }
        }
        self.set.bytes.extend_from_slice(&bits.to_le_bytes()[..filled.div_ceil(8) as usize]);
    }

    /// The part; only [`TimeSet::join`] makes a set of it.
    pub(super) fn finish_part(&mut self) -> TimeSet {
        if let Some(done) = self.open.take() {
            self.add(done);
        }
        self.close_group();
        std::mem::take(&mut self.set)
    }
}

/// A set of few ranges that do not overlap, in order.
pub(super) fn set_of(ranges: impl IntoIterator<Item = Range<Time>>) -> TimeSet {
    let mut builder = TimeSetBuilder::default();
    ranges.into_iter().for_each(|range| builder.push(range));
    TimeSet::join(vec![builder.finish_part()])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn naive(ranges: &[Range<Time>], range: &Range<Time>) -> u64 {
        let overlap = |it: &Range<Time>| nanos_between(it.start.max(range.start), it.end.min(range.end));
        ranges.iter().map(overlap).sum()
    }

    #[test]
    fn ranges_of_some_microseconds_take_six_bytes() {
        let ranges = (0..100_000).map(|at| at * 50_000..at * 50_000 + 20_000 + at % 7_000);
        let set = set_of(ranges);
        assert_eq!(set.len(), 100_000);
        assert!(set.heap_bytes() < 600_000, "{}", set.heap_bytes());
    }

    proptest! {
        #[test]
        fn sums_are_those_of_ranges_taken_one_by_one(
            steps in prop::collection::vec((0..40_i64, 0..40_i64, prop::sample::select(vec![1_i64, 1_000, 1 << 30, 1 << 50])), 0..200),
            split in 0..200_usize,
            begin in -1_000..1_000_i64,
        ) {
            let mut time = begin;
            let mut ranges = Vec::new();
            for (gap, length, unit) in steps {
                let start = time + gap * unit;
                time = start + length * unit;
                ranges.push(start..time);
            }
            let (one, other) = ranges.split_at(split.min(ranges.len()));
            let part = |ranges: &[Range<Time>]| {
                let mut builder = TimeSetBuilder::default();
                ranges.iter().for_each(|range| builder.push(range.clone()));
                builder.finish_part()
            };
            let set = TimeSet::join(vec![part(one), part(other)]);
            let mut moments: Vec<Time> = ranges.iter().flat_map(|it| [it.start - 1, it.start, it.start + 1, it.end]).collect();
            moments.extend([Time::MIN, begin - 5, Time::MAX]);
            let mut recent = 0;
            for pair in moments.windows(2) {
                let (first, second) = (pair[0].min(pair[1]), pair[0].max(pair[1]));
                prop_assert_eq!(set.nanos_in(&(first..second)), naive(&ranges, &(first..second)));
                prop_assert_eq!(set.nanos_near(&(first..second), &mut recent), naive(&ranges, &(first..second)));
            }
        }
    }
}
