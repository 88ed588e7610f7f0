//! CPU samples of a lane: where they are, and the stacks of neighbors joined into boxes.
//!
//! ```text
//! samples   ·     ·     ·         ·        ·      a moment each; it stands for half the way to its neighbors,
//!         │  running span   │  │ running     │     but not for time in which the lane did something else
//! depth 0 ├──── main ───────┤  ├──── main ───┤     neighbors in one stretch of running are one box
//! depth 1 ├─ a ─┤├─ b ──────┤  ├─ b ┤├── c ──┤     as far as their stacks begin alike
//! ```
//!
//! A picture asks for columns: what falls into one of them is one group, which costs some look-ups in trees of
//! minima, however many samples it has. Where the samples of a group differ, the box has no function.

use std::ops::Range;

use goscope_parsers::trace::{StringId, Time};

use crate::trace::store::spans::partition_point;
use crate::trace::timeline::grid::{Grid, LaneOwner, gallop};
use crate::trace::timeline::lane_marks::{Mark, marks};
use crate::trace::timeline::lanes::Lanes;
use crate::trace::timeline::samples::SampleOrder;

/// The samples of a lane as finely as a grid can show them.
#[derive(Debug)]
pub struct SampleColumns {
    owner: LaneOwner,
    column_nanos: Time,
    groups: Vec<Group>,
}

/// Samples of one column.
#[derive(Debug)]
struct Group {
    places: Range<usize>,
    /// Functions that all have in common.
    common: u16,
    deepest: u16,
}

/// Samples that have a function in common, side by side; or several of which that cannot be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StackBox {
    /// From when to when they stand for what the lane did.
    pub start: Time,
    /// See `start`.
    pub end: Time,
    /// The row of the first sample in the model.
    pub row: usize,
    /// How many there are.
    pub count: usize,
    /// What they have in common; `None` if they differ.
    pub function: Option<StringId>,
}

impl<'m> Lanes<'m> {
    /// The CPU samples of a lane in a grid.
    pub fn sample_marks(self, owner: LaneOwner, grid: &Grid) -> Vec<Mark> {
        let (order, places) = self.index.samples.of(self.data, owner);
        marks(&order.rows[places], |row| self.data.samples[row].time, grid)
    }

    /// The rows of the CPU samples of a lane from a moment on, in order of time.
    pub fn samples_from(self, owner: LaneOwner, time: Time) -> impl Iterator<Item = usize> + 'm {
        let (order, places) = self.index.samples.of(self.data, owner);
        let rows = &order.rows[places];
        let first = rows.partition_point(|&row| self.data.samples[row as usize].time < time);
        rows[first..].iter().map(|&row| row as usize)
    }

    /// How many CPU samples a lane has, and the length of their longest stack.
    pub fn sample_extent(self, owner: LaneOwner) -> (usize, u16) {
        let (order, places) = self.index.samples.of(self.data, owner);
        let deepest = order.deepest.max(places.clone(), |at| order.depth(self.data, at));
        (places.len(), deepest.unwrap_or(0))
    }

    /// The CPU samples of a lane in a grid, with those before and after it, whose boxes may reach into it.
    pub fn sample_columns(self, owner: LaneOwner, grid: &Grid) -> SampleColumns {
        let (order, places) = self.index.samples.of(self.data, owner);
        let time = grid.time();
        let is_before = |at: usize, moment: Time| order.time(self.data, at) < moment;
        let first = partition_point(places.clone(), |at| is_before(at, time.start));
        let mut groups = Vec::new();
        let mut next = first.saturating_sub(1).max(places.start);
        while next < places.end {
            let column_end = grid.column_end(order.time(self.data, next));
            let after = gallop(next..places.end, |at| at == next || is_before(at, column_end));
            let (common, deepest) = order.depths(self.data, &(next..after));
            groups.push(Group { places: next..after, common, deepest });
            if !is_before(next, time.end) {
                break;
            }
            next = after;
        }
        SampleColumns { owner, column_nanos: grid.column_nanos, groups }
    }

    /// The boxes of samples at a depth of their stacks, from left to right; 0 is the outermost function.
    pub fn stack_boxes(self, columns: &SampleColumns, depth: u16) -> Vec<StackBox> {
        let (order, of_lane) = self.index.samples.of(self.data, columns.owner);
        let mut boxes: Vec<StackBox> = Vec::new();
        // The places of the last box, and the group before if it is a part of it.
        let mut last = 0..0;
        for Group { places, common, deepest } in &columns.groups {
            if *deepest <= depth {
                last = 0..0;
                continue;
            }
            let function =
                (*common > depth).then(|| order.function(self.data, places.start, depth)).flatten();
            let reach = |at: usize, side: usize| Time::from(order.reach[at][side]);
            let start = order.time(self.data, places.start) - reach(places.start, 0);
            let end = order.time(self.data, places.end - 1) + reach(places.end - 1, 1);
            let goes_on = boxes.last().is_some_and(|before| {
                let is_near = start.saturating_sub(before.end) < columns.column_nanos;
                let is_alike = order.common[places.start] > depth || function.is_none();
                last.end == places.start
                    && before.function == function
                    && is_alike
                    && (is_near || order.stretches[places.start - 1] == order.stretches[places.start])
            });
            if let Some(before) = boxes.last_mut().filter(|_| goes_on) {
                (before.end, before.count) = (end, before.count + places.len());
                last.end = places.end;
            } else {
                let row = order.rows[places.start] as usize;
                boxes.push(StackBox { start, end, row, count: places.len(), function });
                last = places.clone();
            }
        }
        self.reach_out((order, of_lane), columns, depth, &mut boxes);
        boxes
    }

    /// Gives the first and the last box what they have outside of the columns.
    fn reach_out(
        self,
        (order, of_lane): (&SampleOrder, Range<usize>),
        columns: &SampleColumns,
        depth: u16,
        boxes: &mut [StackBox],
    ) {
        let is_seen = |group: &&Group| group.common > depth;
        if let (Some(group), Some(first)) = (columns.groups.first().filter(is_seen), boxes.first_mut()) {
            let at = group.places.start;
            let begin = partition_point(of_lane.start..at, |begin| !order.is_one_box(begin..at + 1, depth));
            if begin < at {
                first.start = order.time(self.data, begin) - Time::from(order.reach[begin][0]);
                (first.row, first.count) = (order.rows[begin] as usize, first.count + at - begin);
            }
        }
        if let (Some(group), Some(last)) = (columns.groups.last().filter(is_seen), boxes.last_mut()) {
            let at = group.places.end - 1;
            let end = gallop(at..of_lane.end, |end| order.is_one_box(at..end + 1, depth));
            if end > at + 1 {
                last.end = order.time(self.data, end - 1) + Time::from(order.reach[end - 1][1]);
                last.count += end - 1 - at;
            }
        }
    }
}
