//! GC cycles: times of marking, heap, and what they cost goroutines and Ps.
//!
//! ```text
//!            ┌ mark ───────────────────────┐┌ sweep, until the next cycle ─ …
//! pauses     ▌ sweep termination           ▐ mark termination
//! workers      ████ ██ █████  dedicated, fractional, idle: from their label to their stop
//! assists        ▒▒   ▒▒▒     goroutines that must mark before they may allocate
//! heap       before           peak         after (what was found alive), then the next goal
//! ```

use goscope_parsers::trace::{
    Event, EventKind, GoId, GoState, Metric, ProcId, Range, StackId, StringId, Tables, Time,
};
use rustc_hash::FxHashMap;

use crate::trace::folds::stw::Pause;

/// Go 1.22 and 1.23 write values above this if there is no goal.
const NO_GOAL: u64 = 1 << 50;

/// Work done in several pieces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Number of pieces.
    pub count: u64,
    /// Total duration.
    pub nanos: u64,
    /// Duration of the longest piece.
    pub longest_nanos: u64,
}

impl Work {
    fn add(&mut self, begin: Time, end: Time) {
        let nanos = end.abs_diff(begin);
        self.count += 1;
        self.nanos += nanos;
        self.longest_nanos = self.longest_nanos.max(nanos);
    }
}

/// Sweeping before allocations, after a cycle; what the background sweeper does is not in a trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sweep {
    /// The time it took.
    pub work: Work,
    /// Bytes that were looked at.
    pub bytes_swept: u64,
    /// Bytes that became free.
    pub bytes_reclaimed: u64,
}

/// One cycle. Heap sizes are in bytes, `None` where the trace did not say by then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GcCycle {
    /// When marking began; `None`: before the trace.
    pub mark_begin: Option<Time>,
    /// When marking ended; `None`: after the trace.
    pub mark_end: Option<Time>,
    /// Whose allocation started it.
    pub goroutine: GoId,
    /// Where that goroutine was.
    pub stack: StackId,
    /// Heap in use when marking began.
    pub heap_before: Option<u64>,
    /// The largest heap while it marked.
    pub heap_peak: Option<u64>,
    /// Heap found alive when marking ended.
    pub heap_after: Option<u64>,
    /// At which size this cycle was to be done.
    pub goal: Option<u64>,
    /// At which size the next one is to be done.
    pub next_goal: Option<u64>,
    /// Mark assists that began in it, for as long as they were open, running or not.
    pub assists: Work,
    /// Workers that had a P for themselves.
    pub dedicated: Work,
    /// Workers that had a share of a P.
    pub fractional: Work,
    /// Idle workers: on Ps that had nothing else to do.
    pub idle: Work,
    /// Sweeping after it.
    pub sweep: Sweep,
}

impl GcCycle {
    /// From when to when it marked, as far as the trace goes.
    pub fn mark_span(&self, trace: &std::ops::Range<Time>) -> std::ops::Range<Time> {
        self.mark_begin.unwrap_or(trace.start)..self.mark_end.unwrap_or(trace.end)
    }

    /// The pauses of this cycle: those for the collector that overlap its marking.
    pub fn pauses<'p>(
        &self,
        pauses: &'p [Pause],
        trace: &std::ops::Range<Time>,
    ) -> impl Iterator<Item = &'p Pause> {
        let span = self.mark_span(trace);
        pauses
            .iter()
            .filter(move |pause| pause.is_by_gc && pause.begin <= span.end && pause.end >= span.start)
    }
}

/// What a worker said it is.
#[derive(Clone, Copy, Debug)]
enum Mode {
    Dedicated,
    Fractional,
    Idle,
}

/// Collects the cycles of a trace.
#[derive(Debug, Default)]
pub struct GcLog {
    cycles: Vec<GcCycle>,
    before: GcCycle,
    is_marking: bool,
    is_goal_news: bool,
    heap: Option<u64>,
    goal: Option<u64>,
    assists: FxHashMap<GoId, Time>,
    workers: FxHashMap<GoId, (Time, Mode)>,
    sweeps: FxHashMap<ProcId, Time>,
    first_time: Option<Time>,
    last_time: Time,
    is_after_first_generation: bool,
}

/// The cycles of a trace, and the work that was done before the first of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GcCycles {
    /// In order.
    pub cycles: Vec<GcCycle>,
    /// Assists, workers and sweeping for a cycle that the trace does not show; the rest of it is empty.
    pub before: GcCycle,
}

impl GcLog {
    /// Takes up the next event of a trace.
    #[inline]
    pub fn event(&mut self, event: &Event, tables: &Tables) {
        self.last_time = event.time;
        if self.first_time.is_none() {
            self.first_time = Some(event.time);
        }
        match event.kind {
            EventKind::GoTransition { goroutine, from, to, .. } => {
                if !self.workers.is_empty() && from.is_executing() && !to.is_executing() {
                    self.worker_stops(goroutine, event.time);
                }
                if to == GoState::NotExist && !self.assists.is_empty() {
                    self.assist_ends(goroutine, event.time);
                }
            }
            EventKind::Metric { metric, value } => self.metric(metric, value),
            EventKind::Label { label } => self.label(event, label, tables),
            EventKind::RangeBegin(range) => self.begin(event, range),
            EventKind::RangeActive(range) => self.active(event, range),
            EventKind::RangeEnd(range) => self.end(event, range, tables),
            EventKind::Sync { n, .. } => self.is_after_first_generation = n > 1,
            _ => {}
        }
    }

    /// All cycles; open ones end with the trace.
    pub fn finish(mut self) -> GcCycles {
        let end = self.last_time;
        let mut workers: Vec<GoId> = self.workers.keys().copied().collect();
        workers.sort_unstable();
        for goroutine in workers {
            self.worker_stops(goroutine, end);
        }
        let mut assists: Vec<GoId> = self.assists.keys().copied().collect();
        assists.sort_unstable();
        for goroutine in assists {
            self.assist_ends(goroutine, end);
        }
        GcCycles { cycles: self.cycles, before: self.before }
    }

    fn metric(&mut self, metric: Metric, value: u64) {
        match metric {
            Metric::GoMaxProcs => {}
            Metric::HeapAlloc => {
                self.heap = Some(value);
                if let Some(cycle) = self.cycles.last_mut().filter(|_| self.is_marking) {
                    cycle.heap_peak = cycle.heap_peak.max(Some(value));
                }
            }
            Metric::HeapGoal => {
                self.goal = (value != 0 && value <= NO_GOAL).then_some(value);
                if let Some(cycle) = self.cycles.last_mut().filter(|_| self.is_goal_news) {
                    cycle.next_goal = self.goal;
                }
                self.is_goal_news = false;
            }
        }
    }

    fn label(&mut self, event: &Event, label: StringId, tables: &Tables) {
        let mode = match tables.string(label) {
            b"GC (dedicated)" => Mode::Dedicated,
            b"GC (fractional)" => Mode::Fractional,
            b"GC (idle)" => Mode::Idle,
            _ => return,
        };
        // A worker that is already at work goes on in another mode.
        self.worker_stops(event.goroutine, event.time);
        self.workers.insert(event.goroutine, (event.time, mode));
    }

    fn worker_stops(&mut self, goroutine: GoId, time: Time) {
        let Some((begin, mode)) = self.workers.remove(&goroutine) else { return };
        let cycle = self.cycles.last_mut().unwrap_or(&mut self.before);
        let work = match mode {
            Mode::Dedicated => &mut cycle.dedicated,
            Mode::Fractional => &mut cycle.fractional,
            Mode::Idle => &mut cycle.idle,
        };
        work.add(begin, time);
    }

    fn assist_ends(&mut self, goroutine: GoId, time: Time) {
        let Some(begin) = self.assists.remove(&goroutine) else { return };
        self.cycles.last_mut().unwrap_or(&mut self.before).assists.add(begin, time);
    }

    fn begin_cycle(&mut self, mark_begin: Option<Time>, event: &Event) {
        self.is_marking = true;
        self.cycles.push(GcCycle {
            mark_begin,
            goroutine: event.goroutine,
            stack: event.stack,
            heap_before: self.heap,
            heap_peak: self.heap,
            goal: self.goal,
            ..GcCycle::default()
        });
    }

    fn begin(&mut self, event: &Event, range: Range) {
        match range {
            Range::GcMark => self.begin_cycle(Some(event.time), event),
            Range::MarkAssist { goroutine } => {
                self.assists.insert(goroutine, event.time);
            }
            Range::Sweep { proc, .. } => {
                self.sweeps.insert(proc, event.time);
            }
            Range::StopTheWorld { .. } => {}
        }
    }

    /// In the first generation this is news about the time before the trace; later it is a reminder.
    fn active(&mut self, event: &Event, range: Range) {
        if self.is_after_first_generation {
            return;
        }
        let begin = self.first_time.unwrap_or(event.time);
        match range {
            Range::GcMark if !self.is_marking => self.begin_cycle(None, event),
            Range::GcMark | Range::StopTheWorld { .. } => {}
            Range::MarkAssist { goroutine } => {
                self.assists.entry(goroutine).or_insert(begin);
            }
            Range::Sweep { proc, .. } => {
                self.sweeps.entry(proc).or_insert(begin);
            }
        }
    }

    fn end(&mut self, event: &Event, range: Range, tables: &Tables) {
        match range {
            Range::GcMark => {
                if !self.is_marking {
                    self.begin_cycle(None, event);
                }
                self.is_marking = false;
                self.is_goal_news = true;
                if let Some(cycle) = self.cycles.last_mut() {
                    (cycle.mark_end, cycle.heap_after) = (Some(event.time), self.heap);
                }
            }
            Range::MarkAssist { goroutine } => self.assist_ends(goroutine, event.time),
            Range::Sweep { proc, bytes } => {
                let Some(begin) = self.sweeps.remove(&proc) else { return };
                let sweep = &mut self.cycles.last_mut().unwrap_or(&mut self.before).sweep;
                let [swept, reclaimed, _] = tables.wide_args(bytes);
                sweep.work.add(begin, event.time);
                sweep.bytes_swept = sweep.bytes_swept.saturating_add(swept);
                sweep.bytes_reclaimed = sweep.bytes_reclaimed.saturating_add(reclaimed);
            }
            Range::StopTheWorld { .. } => {}
        }
    }
}
