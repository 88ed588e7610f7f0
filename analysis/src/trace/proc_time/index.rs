//! The index: what a range of time is made of, as the difference of sums at both ends.

use std::ops::Range;

use goscope_parsers::trace::Time;

use crate::trace::proc_time::changes::Asks;
use crate::trace::proc_time::silence::SilentGap;
use crate::trace::proc_time::stops::{stops, without};
use crate::trace::proc_time::sweep::Sweep;
use crate::trace::proc_time::time_set::{TimeSet, set_of};
use crate::trace::store::data::TraceData;
use crate::trace::words::time::{add_up, nanos_between, sum_up};

/// What was in the way of goroutines that could run, at each moment of a trace; see the head of the folder.
#[derive(Debug)]
pub struct ProcTime {
    throttled: TimeSet,
    stw: TimeSet,
    starved: TimeSet,
    starved_with_gc: TimeSet,
    gaps: Vec<SilentGap>,
}

/// A range of time by what was in the way of goroutines that could run, in nanoseconds; adds up to its length.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct ReadyTime {
    /// The process as a whole did not run.
    pub throttled_nanos: u64,
    /// The world was stopped.
    pub stw_nanos: u64,
    /// All Ps were in use.
    pub starved_nanos: u64,
    /// A P was idle, or busy with looking for work.
    pub wakeup_nanos: u64,
}

impl ReadyTime {
    /// The length of the range.
    pub fn nanos(&self) -> u64 {
        sum_up([self.throttled_nanos, self.stw_nanos, self.starved_nanos, self.wakeup_nanos])
    }

    /// Adds another range.
    pub fn add(&mut self, other: &Self) {
        add_up(&mut self.throttled_nanos, other.throttled_nanos);
        add_up(&mut self.stw_nanos, other.stw_nanos);
        add_up(&mut self.starved_nanos, other.starved_nanos);
        add_up(&mut self.wakeup_nanos, other.wakeup_nanos);
    }
}

/// Where somebody who splits ranges close to each other was last.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RecentRange {
    throttled: usize,
    stw: usize,
    starved: usize,
}

fn split_by(throttled_nanos: u64, stw_nanos: u64, starved_nanos: u64, range: &Range<Time>) -> ReadyTime {
    let others = sum_up([throttled_nanos, stw_nanos, starved_nanos]);
    let wakeup_nanos = nanos_between(range.start, range.end).saturating_sub(others);
    ReadyTime { throttled_nanos, stw_nanos, starved_nanos, wakeup_nanos }
}

impl ProcTime {
    /// Looks through all spans, on all cores.
    pub fn new(data: &TraceData) -> Self {
        let stops = stops(data, |_| true);
        let mut found = Sweep::new(data, &stops, Asks::Uses).windows();
        let gaps: Vec<SilentGap> = found.iter().flat_map(|window| window.gaps.iter().copied()).collect();
        let gap_ranges: Vec<Range<Time>> = gaps.iter().map(SilentGap::range).collect();
        let starved = found.iter_mut().map(|window| std::mem::take(&mut window.starved)).collect();
        let starved_with_gc = found.into_iter().map(|window| window.starved_with_gc).collect();
        Self {
            stw: set_of(without(&stops, &gap_ranges)),
            throttled: set_of(gap_ranges),
            starved: TimeSet::join(starved),
            starved_with_gc: TimeSet::join(starved_with_gc),
            gaps,
        }
    }

    /// What a range of time is made of. What lies outside of the trace is [`ReadyTime::wakeup_nanos`].
    pub fn split(&self, range: Range<Time>) -> ReadyTime {
        let [throttled, stw, starved] =
            [&self.throttled, &self.stw, &self.starved].map(|set| set.nanos_in(&range));
        split_by(throttled, stw, starved, &range)
    }

    /// The same, looked for around where the last range was.
    pub(crate) fn split_near(&self, range: &Range<Time>, recent: &mut RecentRange) -> ReadyTime {
        let throttled = self.throttled.nanos_near(range, &mut recent.throttled);
        let stw = self.stw.nanos_near(range, &mut recent.stw);
        let starved = self.starved.nanos_near(range, &mut recent.starved);
        split_by(throttled, stw, starved, range)
    }

    /// How many nanoseconds of a range all Ps were in use, one of them by a worker of the garbage collector.
    pub fn starved_with_gc_nanos(&self, range: Range<Time>) -> u64 {
        self.starved_with_gc.nanos_in(&range)
    }

    /// The times in which the process as a whole did not run, in order.
    pub fn gaps(&self) -> &[SilentGap] {
        &self.gaps
    }

    /// Those of them that overlap a range of time.
    pub fn gaps_in(&self, range: Range<Time>) -> &[SilentGap] {
        let begin = self.gaps.partition_point(|gap| gap.end <= range.start);
        let end = self.gaps.partition_point(|gap| gap.begin < range.end);
        &self.gaps[begin..end.max(begin)]
    }

    /// Bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        let sets = [&self.throttled, &self.stw, &self.starved, &self.starved_with_gc];
        sets.into_iter().map(TimeSet::heap_bytes).sum::<usize>() + size_of_val(self.gaps.as_slice())
    }

    /// How many times what was in the way changed, as far as that is stored.
    pub fn change_points(&self) -> usize {
        let sets = [&self.throttled, &self.stw, &self.starved, &self.starved_with_gc];
        sets.into_iter().map(TimeSet::len).sum::<usize>() * 2
    }
}

/// When goroutines of the program could run and found no P: all were in use, and one of the program's was runnable.
#[derive(Debug)]
pub(crate) struct Contention(TimeSet);

impl Contention {
    /// Looks through all spans, on all cores.
    pub(crate) fn new(data: &TraceData) -> Self {
        let found = Sweep::new(data, &stops(data, |_| true), Asks::Waits).windows();
        Self(TimeSet::join(found.into_iter().map(|window| window.contended).collect()))
    }

    /// How many nanoseconds of a range of time that was so.
    pub(crate) fn nanos_in(&self, range: &Range<Time>) -> u64 {
        self.0.nanos_in(range)
    }
}
