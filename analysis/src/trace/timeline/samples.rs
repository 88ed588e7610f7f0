//! CPU samples by lane: their order, for how long each stands, and what each has in common with the one before.

use std::cmp::Reverse;
use std::ops::Range;

use goscope_parsers::trace::{FrameId, StringId, Time};

use crate::trace::store::data::TraceData;
use crate::trace::store::rows::SampleRow;
use crate::trace::timeline::grid::{LaneOwner, SpanRow};
use crate::trace::timeline::marks::{equal_range, rows};
use crate::trace::timeline::range_max::RangeMax;
use crate::trace::timeline::runs::SpanRows;
use crate::trace::words::class::SpanClass;

/// How long a sample stands for at most where it has no neighbor: half of what passes between two of Go's (10 ms).
const HALF_PERIOD: Time = 5_000_000;

/// Spans between two samples that are looked at to see whether a goroutine ran all the time.
const MAX_STEPS: usize = 16;

/// The samples of all lanes of a kind.
#[derive(Debug, Default)]
pub(super) struct SampleOrder {
    /// Rows of samples by lane, each in order of time. What follows is in this order.
    pub(super) rows: Vec<u32>,
    /// For how long before and after its moment a sample stands, in ns.
    pub(super) reach: Vec<[u32; 2]>,
    /// Outermost functions in common with the sample before; 0 for the first of a lane.
    pub(super) common: Vec<u16>,
    /// Samples so far that are not in one stretch of running with the one before.
    pub(super) stretches: Vec<u32>,
    least_common: RangeMax<Reverse<u16>>,
    pub(super) deepest: RangeMax<u16>,
}

/// The samples of all kinds of lanes.
#[derive(Debug, Default)]
pub(super) struct SampleOrders {
    goroutines: SampleOrder,
    procs: SampleOrder,
    threads: SampleOrder,
}

impl SampleOrders {
    pub(super) fn new(spans: &SpanRows<'_>) -> Self {
        let goroutine =
            |row: &SampleRow| row.goroutine.is_some().then_some(LaneOwner::Goroutine(row.goroutine));
        let proc = |row: &SampleRow| row.proc.is_some().then_some(LaneOwner::Proc(row.proc));
        let thread = |row: &SampleRow| row.thread.is_some().then_some(LaneOwner::Thread(row.thread));
        Self {
            goroutines: SampleOrder::new(spans, goroutine),
            procs: SampleOrder::new(spans, proc),
            threads: SampleOrder::new(spans, thread),
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        [&self.goroutines, &self.procs, &self.threads].iter().map(|order| order.heap_bytes()).sum()
    }

    /// The order that has the samples of a lane, and where they are in it.
    pub(super) fn of(&self, data: &TraceData, owner: LaneOwner) -> (&SampleOrder, Range<usize>) {
        let order = match owner {
            LaneOwner::Goroutine(_) => &self.goroutines,
            LaneOwner::Proc(_) => &self.procs,
            LaneOwner::Thread(_) => &self.threads,
        };
        let compare = |row: usize| match owner {
            LaneOwner::Goroutine(id) => data.samples[row].goroutine.cmp(&id),
            LaneOwner::Proc(id) => data.samples[row].proc.cmp(&id),
            LaneOwner::Thread(id) => data.samples[row].thread.cmp(&id),
        };
        (order, equal_range(&order.rows, compare))
    }
}

impl SampleOrder {
    fn new(spans: &SpanRows<'_>, owner: impl Fn(&SampleRow) -> Option<LaneOwner>) -> Self {
        let data = spans.data;
        let owner_of = |row: u32| owner(&data.samples[row as usize]);
        let mut sorted: Vec<u32> = rows(data.samples.len()).filter(|&row| owner_of(row).is_some()).collect();
        sorted.sort_by_key(|&row| owner_of(row).map(id_of));
        let mut order = Self { rows: sorted, ..Self::default() };
        let mut before: Option<(LaneOwner, Stretch)> = None;
        for at in 0..order.rows.len() {
            let Some(owner) = owner_of(order.rows[at]) else { continue };
            let stretch = Stretch::of(*spans, owner, order.time(data, at));
            let of_lane = before.take().filter(|(other, _)| *other == owner).map(|(_, stretch)| stretch);
            let is_joined = of_lane.as_ref().is_some_and(|other| stretch.continues(*spans, owner, other));
            let common = if of_lane.is_some() { order.common_functions(data, at) } else { 0 };
            let n_stretches = order.stretches.last().copied().unwrap_or(0) + u32::from(!is_joined);
            order.common.push(common);
            order.stretches.push(n_stretches);
            order.push_reach(data, at, (of_lane.as_ref(), &stretch), is_joined);
            before = Some((owner, stretch));
        }
        order.least_common = RangeMax::new(order.rows.len(), |at| Reverse(order.common[at]));
        order.deepest = RangeMax::new(order.rows.len(), |at| order.depth(data, at));
        order
    }

    /// Half of the way to the one before belongs to each, as long as it ran.
    fn push_reach(
        &mut self,
        data: &TraceData,
        at: usize,
        (before, stretch): (Option<&Stretch>, &Stretch),
        is_joined: bool,
    ) {
        let time = self.time(data, at);
        let nanos = |nanos: Time| u32::try_from(nanos.max(0)).unwrap_or(u32::MAX);
        let to_start = time.saturating_sub(stretch.time.start);
        let mut back = HALF_PERIOD.min(to_start);
        if let Some(before) = before {
            let earlier = self.time(data, at - 1);
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

    pub(super) fn time(&self, data: &TraceData, at: usize) -> Time {
        data.samples[self.rows[at] as usize].time
    }

    pub(super) fn depth(&self, data: &TraceData, at: usize) -> u16 {
        let stack = data.samples[self.rows[at] as usize].stack;
        u16::try_from(data.tables().stack(stack).len()).unwrap_or(u16::MAX)
    }

    /// The function at a depth; 0 is the outermost.
    pub(super) fn function(&self, data: &TraceData, at: usize, depth: u16) -> Option<StringId> {
        let frames = data.tables().stack(data.samples[self.rows[at] as usize].stack);
        let frame = frames.len().checked_sub(1 + usize::from(depth)).and_then(|at| frames.get(at))?;
        Some(data.tables().frame(*frame).function)
    }

    fn common_functions(&self, data: &TraceData, at: usize) -> u16 {
        let tables = data.tables();
        let [one, other] = [at - 1, at].map(|at| data.samples[self.rows[at] as usize].stack);
        if one == other {
            return self.depth(data, at);
        }
        let pairs = tables.stack(one).iter().rev().zip(tables.stack(other).iter().rev());
        let function = |id: FrameId| tables.frame(id).function;
        let is_same = |&(&one, &other): &(&FrameId, &FrameId)| function(one) == function(other);
        u16::try_from(pairs.take_while(is_same).count()).unwrap_or(u16::MAX)
    }

    /// Functions that all of some samples have in common, outermost first, and how deep the deepest is.
    pub(super) fn depths(&self, data: &TraceData, group: &Range<usize>) -> (u16, u16) {
        let between = group.start + 1..group.end;
        let least = self.least_common.max(between, |at| Reverse(self.common[at]));
        let deepest = self.deepest.max(group.clone(), |at| self.depth(data, at)).unwrap_or(0);
        (least.map_or(deepest, |least| least.0), deepest)
    }

    /// Whether all of some samples have more than `depth` functions in common and no break between them.
    pub(super) fn is_one_box(&self, group: Range<usize>, depth: u16) -> bool {
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
    fn of(spans: SpanRows<'_>, owner: LaneOwner, time: Time) -> Self {
        match owner {
            LaneOwner::Goroutine(id) => spans
                .goroutine(id)
                .map_or(Self { time: time..time, is_running: false }, |lane| stretch(&lane, time)),
            LaneOwner::Proc(id) => stretch(&spans.proc(id), time),
            LaneOwner::Thread(id) => stretch(&spans.thread(id), time),
        }
    }

    /// Whether a lane ran all the time since the stretch of the sample before.
    fn continues(&self, spans: SpanRows<'_>, owner: LaneOwner, before: &Self) -> bool {
        if !self.is_running || !before.is_running {
            return false;
        }
        if self.time.start == before.time.start {
            return true;
        }
        // A goroutine that goes into a system call and comes back is on the CPU all the time. What runs after
        // something else on a P or thread may be another goroutine.
        let LaneOwner::Goroutine(id) = owner else { return false };
        let Some(lane) = spans.goroutine(id) else { return false };
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
