//! When the world was stopped.

use std::ops::Range;

use goscope_parsers::trace::{StringId, Time};

use crate::trace::store::data::TraceData;
use crate::trace::store::rows::{RangeEventRow, RangeKind, RangePhase};

/// The ranges of time in which the world was stopped, in order, none of which overlap; for reasons that are wanted. One that was open already
/// when it was first heard of begins there; one whose end was lost with a part of the trace ends where events begin anew.
pub(crate) fn stops(data: &TraceData, is_wanted: impl Fn(&RangeEventRow) -> bool) -> Vec<Range<Time>> {
    let mut found: Vec<Range<Time>> = Vec::new();
    let mut open: Vec<(u32, StringId)> = Vec::new();
    let mut begin = 0;
    let mut lost = data.syncs().iter().filter(|row| row.is_after_gap).map(|row| row.time).peekable();
    let rows = data.range_events().iter().filter(|row| row.kind == RangeKind::StopTheWorld);
    for row in rows.filter(|row| is_wanted(row)) {
        while let Some(time) = lost.next_if(|&time| time <= row.time) {
            close(&mut found, &mut open, begin..time);
        }
        let key = (row.scope, row.reason);
        match row.phase {
            RangePhase::Begin | RangePhase::Active => {
                if open.is_empty() {
                    begin = row.time;
                }
                if !open.contains(&key) {
                    open.push(key);
                }
            }
            RangePhase::End => {
                let is_open = !open.is_empty();
                open.retain(|it| *it != key);
                if is_open && open.is_empty() {
                    found.push(begin..row.time);
                }
            }
        }
    }
    let end = lost.next().unwrap_or(data.range().end);
    close(&mut found, &mut open, begin..end);
    found
}

/// Ends what is open.
fn close(found: &mut Vec<Range<Time>>, open: &mut Vec<(u32, StringId)>, range: Range<Time>) {
    if !open.is_empty() && range.start < range.end {
        found.push(range);
    }
    open.clear();
}

/// The ranges without what others take of them; both in order, without overlaps.
pub(super) fn without(ranges: &[Range<Time>], others: &[Range<Time>]) -> Vec<Range<Time>> {
    let mut left = Vec::new();
    for range in ranges {
        let mut begin = range.start;
        let first = others.partition_point(|other| other.end <= range.start);
        for other in others[first..].iter().take_while(|other| other.start < range.end) {
            left.push(begin..other.start.max(begin));
            begin = other.end;
        }
        left.push(begin..range.end);
    }
    left.retain(|range| range.start < range.end);
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_take_is_left_out() {
        let left = without(&[0..10, 20..30, 40..50], &[2..3, 5..7, 9..22, 29..60]);
        assert_eq!(left, [0..2, 3..5, 7..9, 22..29]);
        let whole = [0..10, 20..30];
        assert_eq!(without(&whole, &[]), whole);
    }
}
