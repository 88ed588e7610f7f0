//! From changes to sets of time: a window for each block, all windows side by side.
//!
//! ```text
//! blocks    │ 0        │ 1       │ 2            │     by when their first spans came
//! changes   ──▪▪──▪▪▪──│▪──▪──▪▪─│──▪▪──▪▪▪▪──▪─│     of a block, sorted by time; few are strays of another window
//! counts    0          3         2              4     Ps in use where a window begins, added up from window to window
//! ```

use std::ops::Range;

use goscope_parsers::trace::Time;
use rayon::prelude::*;

use crate::trace::proc_time::changes::{Asks, Change, Changes, Counts};
use crate::trace::proc_time::radix::sort_by_high_bits;
use crate::trace::proc_time::silence::{BlockEvents, Cells, SilentGap, cells_of_rows, silences};
use crate::trace::proc_time::time_set::{TimeSet, TimeSetBuilder};
use crate::trace::store::data::TraceData;

/// A change with its time.
type Timed = (Time, Change);

/// What was found in a window.
#[derive(Default)]
pub(super) struct Found {
    pub(super) starved: TimeSet,
    pub(super) starved_with_gc: TimeSet,
    /// Starved while a goroutine of the program could run, where that is asked for.
    pub(super) contended: TimeSet,
    pub(super) gaps: Vec<SilentGap>,
}

/// What all windows need.
pub(super) struct Sweep<'d> {
    changes: Changes<'d>,
    stops: &'d [Range<Time>],
    silences: Vec<Range<Time>>,
    windows: Vec<Window>,
    strays: Vec<Timed>,
}

/// The time in which the spans of a block came.
struct Window {
    time: Range<Time>,
    /// Where it begins.
    counts: Counts,
    /// Changes of other blocks that lie in it.
    strays: Range<usize>,
}

/// What is known of a block before its window is swept.
#[derive(Default)]
struct Survey {
    /// What its changes in its own window add up to.
    counts: Counts,
    strays: Vec<Timed>,
    /// Where its events are, first and last of each cell.
    bounds: Vec<(Time, Time)>,
}

impl<'d> Sweep<'d> {
    pub(super) fn new(data: &'d TraceData, stops: &'d [Range<Time>], asks: Asks) -> Self {
        let mut sweep = Self {
            changes: Changes::new(data, asks),
            stops,
            silences: Vec::new(),
            windows: windows(data),
            strays: Vec::new(),
        };
        let of_blocks = || {
            let blocks = (0..data.blocks.len()).into_par_iter().with_max_len(1);
            blocks.map(|number| sweep.survey(number)).collect::<Vec<Survey>>()
        };
        let (surveys, rows) = rayon::join(of_blocks, || cells_of_rows(data));
        let mut bounds: Vec<(Time, Time)> = rows.into_bounds().collect();
        sweep.changes.of_disorder(|time, change| sweep.strays.push((time, change)));
        bounds.extend(data.disorder.iter().filter_map(|&id| data.life(id)).map(|life| (life.end, life.end)));
        for (survey, window) in surveys.into_iter().zip(&mut sweep.windows) {
            bounds.extend(survey.bounds);
            window.counts = survey.counts;
            sweep.strays.extend(survey.strays);
        }
        sweep.silences = silences(bounds);
        sweep.strays.sort_unstable();
        sweep.begin_windows();
        sweep
    }

    /// Makes what is known of all windows what is known at their begins.
    fn begin_windows(&mut self) {
        let (mut counts, mut next) = (Counts::default(), 0);
        let n_windows = self.windows.len();
        for (number, window) in self.windows.iter_mut().enumerate() {
            let is_last = number + 1 == n_windows;
            let own = self.strays[next..].partition_point(|&(time, _)| is_last || time < window.time.end);
            window.strays = next..next + own;
            let here = std::mem::replace(&mut window.counts, counts);
            counts.add(here);
            self.strays[window.strays.clone()].iter().for_each(|&(_, change)| counts.apply(change));
            next += own;
        }
    }

    fn survey(&self, number: usize) -> Survey {
        let time = &self.windows[number].time;
        let mut survey = Survey::default();
        let begins = BlockEvents::new(self.changes.data, number);
        let Survey { counts, strays, bounds } = &mut survey;
        let mut count = |at: Time, change: Change| match is_in(time, at) {
            true => counts.apply(change),
            false => strays.push((at, change)),
        };
        let mut ends = Cells::default();
        if begins.bounds().is_some_and(|(first, last)| is_in(time, first) && is_in(time, last)) {
            // All begins are in the window: what each goroutine does last is what they add up to.
            self.changes.sum_of_block(number, count, |end| ends.add(end));
        } else {
            self.changes.sum_of_block(number, |_, _| (), |end| ends.add(end));
            self.changes.of_block(number, &mut count);
        }
        bounds.extend(ends.into_bounds());
        begins.add_to(bounds);
        survey
    }

    /// Sweeps all windows.
    pub(super) fn windows(&self) -> Vec<Found> {
        let windows = (0..self.windows.len()).into_par_iter().with_max_len(1);
        let scratch = || (Vec::new(), Vec::new());
        windows.map_init(scratch, |(keys, spare), number| self.window(number, keys, spare)).collect()
    }

    fn window(&self, number: usize, keys: &mut Vec<u64>, spare: &mut Vec<u64>) -> Found {
        let window = &self.windows[number];
        let strays = &self.strays[window.strays.clone()];
        // Strays of the first window may lie before it.
        let begin = strays.first().map_or(window.time.start, |&(at, _)| at.min(window.time.start));
        let mut rare = self.marks(&(begin..window.time.end));
        rare.extend(strays.iter().map(|&(at, change)| (at, Mark::Change(change))));
        keys.clear();
        let mut most = 0;
        self.changes.of_block(number, |at, change| {
            if !is_in(&window.time, at) {
                return;
            }
            let offset = at.wrapping_sub(begin) as u64;
            if offset >> (u64::BITS - Change::BITS) == 0 {
                most = most.max(offset);
                keys.push(offset << Change::BITS | u64::from(change.bits()));
            } else {
                rare.push((at, Mark::Change(change)));
            }
        });
        sort_by_high_bits(keys, Change::BITS, most, spare);
        // Stable: of two numbers of Ps at one moment, the second counts.
        rare.sort_by_key(|&(at, mark)| (at, mark.rank()));
        let mut state = self.state_at(begin, window.counts);
        let mut rare = rare.into_iter();
        let mut next = rare.next();
        let mut until = next.map_or(Time::MAX, |(at, _)| at);
        for &key in &*keys {
            let at = begin.wrapping_add((key >> Change::BITS) as i64);
            while at >= until {
                let Some((at, mark)) = next else { break };
                state.mark(at, mark);
                next = rare.next();
                until = next.map_or(Time::MAX, |(at, _)| at);
            }
            state.advance(at);
            state.counts.apply(Change::from_low_bits(key));
        }
        next.into_iter().chain(rare).for_each(|(at, mark)| state.mark(at, mark));
        state.advance(window.time.end.min(self.changes.data.range().end));
        state.finish()
    }

    /// What changes in a window beside the use of Ps. What does so where it begins is in its first state.
    fn marks(&self, time: &Range<Time>) -> Vec<(Time, Mark)> {
        let is_inside = |at: Time| time.start < at && at <= time.end;
        let rows = self.changes.data.gomaxprocs();
        let later = &rows[rows.partition_point(|row| row.time <= time.start)..];
        let procs = later.iter().map(|row| (row.time, Mark::Procs(limit_of(row.value))));
        let mut marks: Vec<(Time, Mark)> = procs.take_while(|&(at, _)| is_inside(at)).collect();
        for (ranges, begin, end) in
            [(self.stops, Mark::Stop, Mark::Start), (&self.silences, Mark::SilenceBegin, Mark::SilenceEnd(0))]
        {
            let first = ranges.partition_point(|range| range.end <= time.start);
            for range in ranges[first..].iter().take_while(|range| range.start <= time.end) {
                let end = if let Mark::SilenceEnd(_) = end { Mark::SilenceEnd(range.start) } else { end };
                marks.extend(
                    [(range.start, begin), (range.end, end)].into_iter().filter(|it| is_inside(it.0)),
                );
            }
        }
        marks
    }

    fn state_at(&self, begin: Time, counts: Counts) -> State {
        let rows = self.changes.data.gomaxprocs();
        let known = rows.partition_point(|row| row.time <= begin).saturating_sub(1);
        let is_in = |ranges: &[Range<Time>]| {
            let at = ranges.partition_point(|range| range.end <= begin);
            ranges.get(at).is_some_and(|range| range.start <= begin)
        };
        State {
            at: begin,
            counts,
            procs: rows.get(known).map_or(i64::MAX, |row| limit_of(row.value)),
            is_stopped: is_in(self.stops),
            is_silent: is_in(&self.silences),
            starved: TimeSetBuilder::default(),
            starved_with_gc: TimeSetBuilder::default(),
            contended: TimeSetBuilder::default(),
            gaps: Vec::new(),
        }
    }
}

/// Whether a change is one of the window of its block. One where the next begins is: the order of changes at one
/// moment shows nowhere.
fn is_in(window: &Range<Time>, at: Time) -> bool {
    window.start <= at && at <= window.end
}

/// As many Ps in use as leave none; a number that is no number of Ps leaves always one.
fn limit_of(gomaxprocs: u64) -> i64 {
    i64::try_from(gomaxprocs).ok().filter(|&procs| procs > 0).unwrap_or(i64::MAX)
}

/// Windows without counts and strays.
fn windows(data: &TraceData) -> Vec<Window> {
    let mut latest = Time::MIN;
    let begins = data.blocks.iter().map(|block| {
        latest = latest.max(block.opened);
        latest
    });
    let begins: Vec<Time> = begins.collect();
    let ends = begins.iter().skip(1).copied().chain([Time::MAX]);
    let window = |(&begin, end)| Window { time: begin..end, counts: Counts::default(), strays: 0..0 };
    begins.iter().zip(ends).map(window).collect()
}

impl Mark {
    /// The end of a silence comes first at its moment, as long as it is known what ran.
    fn rank(self) -> u8 {
        match self {
            Self::SilenceEnd(_) => 0,
            Self::Start => 1,
            _ => 2,
        }
    }
}

/// What happens at a moment.
#[derive(Clone, Copy, Debug)]
enum Mark {
    /// The silence that began then ends.
    SilenceEnd(Time),
    SilenceBegin,
    Procs(i64),
    Start,
    Stop,
    Change(Change),
}

/// What is so at a moment, and what was found until then.
struct State {
    at: Time,
    counts: Counts,
    procs: i64,
    is_stopped: bool,
    is_silent: bool,
    starved: TimeSetBuilder,
    starved_with_gc: TimeSetBuilder,
    contended: TimeSetBuilder,
    gaps: Vec<SilentGap>,
}

impl State {
    /// All has been so until now.
    #[inline]
    fn advance(&mut self, now: Time) {
        if now <= self.at {
            return;
        }
        let is_throttled = self.is_silent && self.counts.running > 0;
        if self.counts.busy >= self.procs && !self.is_stopped && !is_throttled {
            self.starved.push(self.at..now);
            if self.counts.collecting > 0 {
                self.starved_with_gc.push(self.at..now);
            }
            if self.counts.waiting > 0 {
                self.contended.push(self.at..now);
            }
        }
        self.at = now;
    }

    fn mark(&mut self, now: Time, mark: Mark) {
        self.advance(now);
        match mark {
            Mark::SilenceEnd(begin) => {
                self.is_silent = false;
                if let Ok(running @ 1..) = u32::try_from(self.counts.running) {
                    self.gaps.push(SilentGap { begin, end: now, running });
                }
            }
            Mark::SilenceBegin => self.is_silent = true,
            Mark::Procs(procs) => self.procs = procs,
            Mark::Start => self.is_stopped = false,
            Mark::Stop => self.is_stopped = true,
            Mark::Change(change) => self.counts.apply(change),
        }
    }

    fn finish(mut self) -> Found {
        Found {
            starved: self.starved.finish_part(),
            starved_with_gc: self.starved_with_gc.finish_part(),
            contended: self.contended.finish_part(),
            gaps: self.gaps,
        }
    }
}
