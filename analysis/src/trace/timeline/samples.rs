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

use std::cmp::Reverse;
use std::ops::Range;

use goscope_parsers::trace::{FrameId, StringId, Time};

use super::goroutine::GoroutineLane;
use super::marks::{Mark, equal_range, marks, rows};
use super::range_max::RangeMax;
use super::runs::{ProcLane, ThreadLane};
use super::{Grid, LaneOwner, SpanRow, gallop};
use crate::trace::class::SpanClass;
use crate::trace::model::TraceModel;
use crate::trace::rows::SampleRow;
use crate::trace::spans::partition_point;

/// How long a sample stands for at most where it has no neighbor: half of what passes between two of Go's (10 ms).
const HALF_PERIOD: Time = 5_000_000;

/// Spans between two samples that are looked at to see whether a goroutine ran all the time.
const MAX_STEPS: usize = 16;

/// The samples of all lanes of a kind.
#[derive(Debug, Default)]
pub(super) struct SampleOrder {
    /// Rows of samples by lane, each in order of time. What follows is in this order.
    rows: Vec<u32>,
    /// For how long before and after its moment a sample stands, in ns.
    reach: Vec<[u32; 2]>,
    /// Outermost functions in common with the sample before; 0 for the first of a lane.
    common: Vec<u16>,
    /// Samples so far that are not in one stretch of running with the one before.
    stretches: Vec<u32>,
    least_common: RangeMax<Reverse<u16>>,
    deepest: RangeMax<u16>,
}

/// The samples of all kinds of lanes.
#[derive(Debug, Default)]
pub(super) struct SampleOrders {
    goroutines: SampleOrder,
    procs: SampleOrder,
    threads: SampleOrder,
}

impl SampleOrders {
    pub(super) fn new(model: &TraceModel) -> Self {
        let goroutine =
            |row: &SampleRow| row.goroutine.is_some().then_some(LaneOwner::Goroutine(row.goroutine));
        let proc = |row: &SampleRow| row.proc.is_some().then_some(LaneOwner::Proc(row.proc));
        let thread = |row: &SampleRow| row.thread.is_some().then_some(LaneOwner::Thread(row.thread));
        Self {
            goroutines: SampleOrder::new(model, goroutine),
            procs: SampleOrder::new(model, proc),
            threads: SampleOrder::new(model, thread),
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        [&self.goroutines, &self.procs, &self.threads].iter().map(|order| order.heap_bytes()).sum()
    }

    /// The order that has the samples of a lane, and where they are in it.
    fn of(&self, model: &TraceModel, owner: LaneOwner) -> (&SampleOrder, Range<usize>) {
        let order = match owner {
            LaneOwner::Goroutine(_) => &self.goroutines,
            LaneOwner::Proc(_) => &self.procs,
            LaneOwner::Thread(_) => &self.threads,
        };
        let compare = |row: usize| match owner {
            LaneOwner::Goroutine(id) => model.samples[row].goroutine.cmp(&id),
            LaneOwner::Proc(id) => model.samples[row].proc.cmp(&id),
            LaneOwner::Thread(id) => model.samples[row].thread.cmp(&id),
        };
        (order, equal_range(&order.rows, compare))
    }
}

impl SampleOrder {
    fn new(model: &TraceModel, owner: impl Fn(&SampleRow) -> Option<LaneOwner>) -> Self {
        let owner_of = |row: u32| owner(&model.samples[row as usize]);
        let mut sorted: Vec<u32> = rows(model.samples.len()).filter(|&row| owner_of(row).is_some()).collect();
        sorted.sort_by_key(|&row| owner_of(row).map(id_of));
        let mut order = Self { rows: sorted, ..Self::default() };
        let mut before: Option<(LaneOwner, Stretch)> = None;
        for at in 0..order.rows.len() {
            let Some(owner) = owner_of(order.rows[at]) else { continue };
            let stretch = Stretch::of(model, owner, order.time(model, at));
            let of_lane = before.take().filter(|(other, _)| *other == owner).map(|(_, stretch)| stretch);
            let is_joined = of_lane.as_ref().is_some_and(|other| stretch.continues(model, owner, other));
            let common = if of_lane.is_some() { order.common_functions(model, at) } else { 0 };
            let n_stretches = order.stretches.last().copied().unwrap_or(0) + u32::from(!is_joined);
            order.common.push(common);
            order.stretches.push(n_stretches);
            order.push_reach(model, at, (of_lane.as_ref(), &stretch), is_joined);
            before = Some((owner, stretch));
        }
        order.least_common = RangeMax::new(order.rows.len(), |at| Reverse(order.common[at]));
        order.deepest = RangeMax::new(order.rows.len(), |at| order.depth(model, at));
        order
    }

    /// Half of the way to the one before belongs to each, as long as it ran.
    fn push_reach(
        &mut self,
        model: &TraceModel,
        at: usize,
        (before, stretch): (Option<&Stretch>, &Stretch),
        is_joined: bool,
    ) {
        let time = self.time(model, at);
        let nanos = |nanos: Time| u32::try_from(nanos.max(0)).unwrap_or(u32::MAX);
        let to_start = time.saturating_sub(stretch.time.start);
        let mut back = HALF_PERIOD.min(to_start);
        if let Some(before) = before {
            let earlier = self.time(model, at - 1);
            let half = time.saturating_sub(earlier) / 2;
            // What lies between two that are joined is in their box whatever happened in it.
            let (ahead, behind) = match is_joined {
                true => (half, time - earlier - half),
                false => (half.min(before.time.end.saturating_sub(earlier)), half.min(to_start)),
            };
            self.reach[at - 1][1] = if before.is_running { nanos(ahead) } else { 0 };
            back = behind;
        }
        let to_end = HALF_PERIOD.min(stretch.time.end.saturating_sub(time));
        self.reach.push(if stretch.is_running { [nanos(back), nanos(to_end)] } else { [0, 0] });
    }

    fn heap_bytes(&self) -> usize {
        self.rows.len() * (4 + 8 + 2 + 4) + self.least_common.heap_bytes() + self.deepest.heap_bytes()
    }

    fn time(&self, model: &TraceModel, at: usize) -> Time {
        model.samples[self.rows[at] as usize].time
    }

    fn depth(&self, model: &TraceModel, at: usize) -> u16 {
        let stack = model.samples[self.rows[at] as usize].stack;
        u16::try_from(model.tables().stack(stack).len()).unwrap_or(u16::MAX)
    }

    /// The function at a depth; 0 is the outermost.
    fn function(&self, model: &TraceModel, at: usize, depth: u16) -> Option<StringId> {
        let frames = model.tables().stack(model.samples[self.rows[at] as usize].stack);
        let frame = frames.len().checked_sub(1 + usize::from(depth)).and_then(|at| frames.get(at))?;
        Some(model.tables().frame(*frame).function)
    }

    fn common_functions(&self, model: &TraceModel, at: usize) -> u16 {
        let tables = model.tables();
        let [one, other] = [at - 1, at].map(|at| model.samples[self.rows[at] as usize].stack);
        if one == other {
            return self.depth(model, at);
        }
        let pairs = tables.stack(one).iter().rev().zip(tables.stack(other).iter().rev());
        let function = |id: FrameId| tables.frame(id).function;
        let is_same = |&(&one, &other): &(&FrameId, &FrameId)| function(one) == function(other);
        u16::try_from(pairs.take_while(is_same).count()).unwrap_or(u16::MAX)
    }

    /// Functions that all of some samples have in common, outermost first, and how deep the deepest is.
    fn depths(&self, model: &TraceModel, group: &Range<usize>) -> (u16, u16) {
        let between = group.start + 1..group.end;
        let least = self.least_common.max(between, |at| Reverse(self.common[at]));
        let deepest = self.deepest.max(group.clone(), |at| self.depth(model, at)).unwrap_or(0);
        (least.map_or(deepest, |least| least.0), deepest)
    }

    /// Whether all of some samples have more than `depth` functions in common and no break between them.
    fn is_one_box(&self, group: Range<usize>, depth: u16) -> bool {
        let between = group.start + 1..group.end;
        self.stretches[group.start] == self.stretches[group.end - 1]
            && self
                .least_common
                .max(between, |at| Reverse(self.common[at]))
                .is_none_or(|least| least.0 > depth)
    }
}

/// The time around a sample in which a lane did the same.
struct Stretch {
    time: Range<Time>,
    is_running: bool,
}

impl Stretch {
    fn of(model: &TraceModel, owner: LaneOwner, time: Time) -> Self {
        match owner {
            LaneOwner::Goroutine(id) => GoroutineLane::new(model, id)
                .map_or(Self { time: time..time, is_running: false }, |lane| stretch(&lane, time)),
            LaneOwner::Proc(id) => stretch(&ProcLane::new(model, id), time),
            LaneOwner::Thread(id) => stretch(&ThreadLane::new(model, id), time),
        }
    }

    /// Whether a lane ran all the time since the stretch of the sample before.
    fn continues(&self, model: &TraceModel, owner: LaneOwner, before: &Self) -> bool {
        if !self.is_running || !before.is_running {
            return false;
        }
        if self.time.start == before.time.start {
            return true;
        }
        // A goroutine that goes into a system call and comes back is on the CPU all the time. What runs after
        // something else on a P or thread may be another goroutine.
        let LaneOwner::Goroutine(id) = owner else { return false };
        let Some(lane) = GoroutineLane::new(model, id) else { return false };
        let mut place = lane.last_until(before.time.start);
        for _ in 0..MAX_STEPS {
            place = place.and_then(|place| lane.next(place));
            let Some(next) = place.filter(|&place| is_on_cpu(lane.span(place).1)) else { return false };
            if lane.time(next).start >= self.time.start {
                return true;
            }
        }
        false
    }
}

fn stretch<R: SpanRow>(row: &R, time: Time) -> Stretch {
    match row.last_until(time) {
        Some(place) if time < row.time(place).end => {
            Stretch { time: row.time(place), is_running: is_on_cpu(row.span(place).1) }
        }
        _ => Stretch { time: time..time, is_running: false },
    }
}

const fn is_on_cpu(class: SpanClass) -> bool {
    matches!(class, SpanClass::Running | SpanClass::Syscall)
}

const fn id_of(owner: LaneOwner) -> u32 {
    match owner {
        LaneOwner::Goroutine(id) => id.0,
        LaneOwner::Proc(id) => id.0,
        LaneOwner::Thread(id) => id.0,
    }
}

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

impl TraceModel {
    /// The CPU samples of a lane in a grid.
    pub fn sample_marks(&self, owner: LaneOwner, grid: &Grid) -> Vec<Mark> {
        let (order, places) = self.timeline.samples.of(self, owner);
        marks(&order.rows[places], |row| self.samples[row].time, grid)
    }

    /// The rows of the CPU samples of a lane from a moment on, in order of time.
    pub fn samples_from(&self, owner: LaneOwner, time: Time) -> impl Iterator<Item = usize> + '_ {
        let (order, places) = self.timeline.samples.of(self, owner);
        let rows = &order.rows[places];
        let first = rows.partition_point(|&row| self.samples[row as usize].time < time);
        rows[first..].iter().map(|&row| row as usize)
    }

    /// How many CPU samples a lane has, and the length of their longest stack.
    pub fn sample_extent(&self, owner: LaneOwner) -> (usize, u16) {
        let (order, places) = self.timeline.samples.of(self, owner);
        let deepest = order.deepest.max(places.clone(), |at| order.depth(self, at));
        (places.len(), deepest.unwrap_or(0))
    }

    /// The CPU samples of a lane in a grid, with those before and after it, whose boxes may reach into it.
    pub fn sample_columns(&self, owner: LaneOwner, grid: &Grid) -> SampleColumns {
        let (order, places) = self.timeline.samples.of(self, owner);
        let time = grid.time();
        let is_before = |at: usize, moment: Time| order.time(self, at) < moment;
        let first = partition_point(places.clone(), |at| is_before(at, time.start));
        let mut groups = Vec::new();
        let mut next = first.saturating_sub(1).max(places.start);
        while next < places.end {
            let column_end = grid.column_end(order.time(self, next));
            let after = gallop(next..places.end, |at| at == next || is_before(at, column_end));
            let (common, deepest) = order.depths(self, &(next..after));
            groups.push(Group { places: next..after, common, deepest });
            if !is_before(next, time.end) {
                break;
            }
            next = after;
        }
        SampleColumns { owner, column_nanos: grid.column_nanos, groups }
    }

    /// The boxes of samples at a depth of their stacks, from left to right; 0 is the outermost function.
    pub fn stack_boxes(&self, columns: &SampleColumns, depth: u16) -> Vec<StackBox> {
        let (order, of_lane) = self.timeline.samples.of(self, columns.owner);
        let mut boxes: Vec<StackBox> = Vec::new();
        // The places of the last box, and the group before if it is a part of it.
        let mut last = 0..0;
        for Group { places, common, deepest } in &columns.groups {
            if *deepest <= depth {
                last = 0..0;
                continue;
            }
            let function = (*common > depth).then(|| order.function(self, places.start, depth)).flatten();
            let reach = |at: usize, side: usize| Time::from(order.reach[at][side]);
            let start = order.time(self, places.start) - reach(places.start, 0);
            let end = order.time(self, places.end - 1) + reach(places.end - 1, 1);
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
        &self,
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
                first.start = order.time(self, begin) - Time::from(order.reach[begin][0]);
                (first.row, first.count) = (order.rows[begin] as usize, first.count + at - begin);
            }
        }
        if let (Some(group), Some(last)) = (columns.groups.last().filter(is_seen), boxes.last_mut()) {
            let at = group.places.end - 1;
            let end = gallop(at..of_lane.end, |end| order.is_one_box(at..end + 1, depth));
            if end > at + 1 {
                last.end = order.time(self, end - 1) + Time::from(order.reach[end - 1][1]);
                last.count += end - 1 - at;
            }
        }
    }
}
