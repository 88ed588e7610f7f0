//! Where the time of each goroutine went, by the rules of Go's own summary (`internal/trace`, Go 1.27).
//!
//! ```text
//! total   creation ─────────────────────────────────────────► end
//!         sched wait │ exec │ block by reason │ … │ syscall │ syscall block       what is left over: unknown
//! ranges  mark assist, sweep, stop-the-world: overlap with the rest
//! ```
//!
//! Go counts a system call that has lost its P and is still open at the end twice, and more: [`Counting`].

use std::ops::Range;

use goscope_parsers::trace::{FrameId, GoId, StringId, Tables, Time};
use rayon::prelude::*;

use crate::trace::model::TraceModel;
use crate::trace::store::block::begins_from_lens;
use crate::trace::store::data::{Goroutine, Span};
use crate::trace::store::rows::{RangeEventRow, RangeKind, RangePhase};
use crate::trace::store::walk::{Single, Sink, Walk};
use crate::trace::words::cause::SpanState;
use crate::trace::words::runtime_goroutine::is_runtime_goroutine;
use crate::trace::words::time::{add_up, nanos_between};

/// Segments of a long goroutine that a worker adds up at once: some ten thousand spans.
const SEGMENTS_AT_ONCE: usize = 8;

/// By whose rules time is counted where Go's are odd.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Counting {
    /// Each time once, under what was going on.
    ///
    /// * A system call without P is a blocked system call as long as it lasts.
    /// * A sweep counts for the goroutine that both begins and ends it.
    #[default]
    Sane,
    /// The numbers of Go 1.27.3, field by field.
    ///
    /// * A system call that has lost its P and is open at the end counts as system call for its whole length,
    ///   *and* as wait for the scheduler since the loss.
    /// * A system call without P that is older than the trace counts as blocked only until its first event.
    /// * A sweep that another goroutine ends goes on for the first one, until it begins another or its life ends.
    LikeGo,
}

/// The name of a special range of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RangeName {
    /// What it is for.
    pub kind: RangeKind,
    /// Why the world is stopped.
    pub reason: StringId,
}

impl RangeName {
    /// Go's name of it.
    pub fn text(self, tables: &Tables) -> String {
        match self.kind {
            RangeKind::GcMark => "GC concurrent mark phase".to_owned(),
            RangeKind::Sweep => "GC incremental sweep".to_owned(),
            RangeKind::MarkAssist => "GC mark assist".to_owned(),
            RangeKind::StopTheWorld => format!("stop-the-world ({})", tables.string_lossy(self.reason)),
        }
    }
}

/// What time was spent on, in nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecStats {
    /// Running.
    pub exec: u64,
    /// Runnable, waiting for a P.
    pub sched_wait: u64,
    /// In system calls that hold their P.
    pub syscall: u64,
    /// In system calls that have lost their P.
    pub syscall_block: u64,
    /// Blocked, by reason, in order of first occurrence.
    pub block: Vec<(StringId, u64)>,
    /// In special ranges; they overlap with the rest.
    pub ranges: Vec<(RangeName, u64)>,
    /// From begin to end.
    pub total: u64,
}

impl ExecStats {
    /// Blocked for whatever reason.
    pub fn block_total(&self) -> u64 {
        self.block.iter().map(|(_, nanos)| nanos).sum()
    }

    /// What is left of the total.
    pub fn unknown(&self) -> u64 {
        let known = self.exec + self.sched_wait + self.syscall + self.syscall_block + self.block_total();
        self.total.saturating_sub(known)
    }

    /// Adds what was spent on states later on.
    fn add_all(&mut self, later: &Self) {
        self.exec += later.exec;
        self.sched_wait += later.sched_wait;
        self.syscall += later.syscall;
        self.syscall_block += later.syscall_block;
        later.block.iter().for_each(|&(reason, nanos)| add_to(&mut self.block, reason, nanos));
    }

    #[inline]
    fn add(&mut self, state: SpanState, reason: impl Fn() -> StringId, nanos: u64) {
        match state {
            SpanState::Unknown => {}
            SpanState::Runnable => add_up(&mut self.sched_wait, nanos),
            SpanState::Running => add_up(&mut self.exec, nanos),
            SpanState::Waiting => add_to(&mut self.block, reason(), nanos),
            SpanState::Syscall => add_up(&mut self.syscall, nanos),
            SpanState::SyscallBlocked => add_up(&mut self.syscall_block, nanos),
        }
    }
}

/// Adds up the spans of a goroutine whose spans are in order, as columns.
struct SpanSums<'a> {
    model: &'a TraceModel,
    stats: &'a mut ExecStats,
}

impl Sink for SpanSums<'_> {
    fn run(&mut self, block: usize, places: Range<usize>) {
        let block = &self.model.blocks[block];
        let mut by_state = [0; SpanState::COUNT];
        for (kind, nanos) in block.lengths(places) {
            let kind = block.dictionary[kind];
            add_up(&mut by_state[kind.state.index()], u64::from(nanos));
            if kind.state == SpanState::Waiting {
                add_to(&mut self.stats.block, self.model.cause(kind.cause).reason, u64::from(nanos));
            }
        }
        for state in SpanState::ALL.into_iter().filter(|&state| state != SpanState::Waiting) {
            self.stats.add(state, StringId::default, by_state[state.index()]);
        }
    }

    fn single(&mut self, span: Single) {
        let kind = self.model.blocks[span.block].kind(span.at);
        self.stats.add(kind.state, || self.model.cause(kind.cause).reason, span.nanos);
    }
}

fn add_to<K: PartialEq>(sums: &mut Vec<(K, u64)>, key: K, nanos: u64) {
    match sums.iter_mut().find(|(known, _)| *known == key) {
        Some((_, sum)) => add_up(sum, nanos),
        None => sums.push((key, nanos)),
    }
}

/// A goroutine in numbers.
#[derive(Clone, Debug)]
pub struct GoroutineSummary {
    /// The goroutine.
    pub id: GoId,
    /// Its number.
    pub goid: i64,
    /// The outermost frame of its start stack; its function is the goroutine's name.
    pub start_frame: FrameId,
    /// The name: of what it runs, or, as Go has it, of the start frame's function. Empty if it is not known
    /// ("inactive, no stack trace sampled").
    pub name: StringId,
    /// When it was created, or the generation began that first mentions it.
    pub creation: Time,
    /// When it was first seen to run; `None` if never.
    pub start: Option<Time>,
    /// When it ended (or blocked forever); `None` if the trace ends before.
    pub end: Option<Time>,
    /// What it spent its time on.
    pub stats: ExecStats,
    /// Its regions, those without a start first, then in order of start.
    pub regions: Vec<RegionSummary>,
}

/// A region in numbers.
#[derive(Clone, Debug)]
pub struct RegionSummary {
    /// Its place in [`TraceData::regions`](crate::trace::store::data::TraceData::regions).
    pub row: usize,
    /// When it began; `None` if before the trace.
    pub begin: Option<Time>,
    /// When it ended, or its goroutine did; `None` if the trace ends before.
    pub end: Option<Time>,
    /// What it spent its time on.
    pub stats: ExecStats,
}

/// Makes summaries of goroutines; holds what they share.
#[derive(Debug)]
pub struct Summarizer<'m> {
    model: &'m TraceModel,
    counting: Counting,
    /// The reason that Go takes for the end of a life.
    forever: Option<StringId>,
    /// Range events by the goroutine that they are booked to, in order of time.
    booked: Vec<(GoId, u32)>,
    /// By goroutine: where its events begin.
    booked_begins: Vec<u32>,
}

impl<'m> Summarizer<'m> {
    /// Prepares summaries of a trace.
    pub fn new(model: &'m TraceModel, counting: Counting) -> Self {
        let rows = model.range_events().iter().enumerate();
        let booked = rows.filter_map(|(at, row)| Some((booked_to(row, counting)?, at as u32)));
        let mut booked: Vec<(GoId, u32)> = booked.collect();
        booked.par_sort_unstable();
        let booked_begins = begins(&booked, model.tables().goroutine_count());
        let strings = 0..model.tables().string_count() as u32;
        let forever = strings.map(StringId).find(|&id| model.tables().string(id) == b"forever");
        Self { model, counting, forever, booked, booked_begins }
    }

    /// The model.
    pub fn model(&self) -> &'m TraceModel {
        self.model
    }

    /// The summary of a goroutine; `None` if it has no life in the trace.
    pub fn summary(&self, id: GoId) -> Option<GoroutineSummary> {
        let goroutine = self.model.goroutine(id)?;
        let (life, is_ended) = self.life(&goroutine);
        let ranges = self.ranges(id, life.end);
        let stats = self.stats(&goroutine, life.clone(), &ranges, life.end);
        let regions = self.regions(&goroutine, &life, is_ended, &ranges);
        let start_frame = self.model.start_frame(id);
        Some(GoroutineSummary {
            id,
            goid: goroutine.goid,
            start_frame,
            name: match self.counting {
                Counting::Sane => self.model.start_function(id),
                Counting::LikeGo => self.model.tables().frame(start_frame).function,
            },
            creation: life.start,
            start: self.start(id),
            end: is_ended.then_some(life.end),
            stats,
            regions,
        })
    }

    /// What a goroutine spent its whole life on.
    pub fn life_stats(&self, id: GoId) -> Option<ExecStats> {
        let goroutine = self.model.goroutine(id)?;
        let (life, _) = self.life(&goroutine);
        let ranges = self.ranges(id, life.end);
        Some(self.stats(&goroutine, life.clone(), &ranges, life.end))
    }

    /// What a goroutine spent a range of time on.
    pub fn stats_in(&self, id: GoId, range: Range<Time>) -> Option<ExecStats> {
        let goroutine = self.model.goroutine(id)?;
        let (life, _) = self.life(&goroutine);
        let ranges = self.ranges(id, life.end);
        Some(self.stats(&goroutine, range.start.max(life.start)..range.end.min(life.end), &ranges, life.end))
    }

    /// When a goroutine assisted the garbage collector, in order of ends.
    pub fn assists(&self, id: GoId) -> Vec<Range<Time>> {
        let Some(goroutine) = self.model.goroutine(id) else { return Vec::new() };
        let (life, _) = self.life(&goroutine);
        let ranges = self.ranges(id, life.end).into_iter();
        ranges.filter(|it| it.name.kind == RangeKind::MarkAssist).map(|it| it.begin..it.end).collect()
    }

    /// The life as Go sees it: to block forever is to die. And whether its end is in the trace.
    fn life(&self, goroutine: &Goroutine) -> (Range<Time>, bool) {
        if let (Counting::LikeGo, Some(forever)) = (self.counting, self.forever) {
            let mut spans = self.model.spans(goroutine.id);
            let last = spans.find(|span| {
                span.state == SpanState::Waiting && self.model.cause(span.cause).reason == forever
            });
            if let Some(last) = last {
                return (goroutine.creation..last.start, true);
            }
        }
        (goroutine.life(), goroutine.is_ended)
    }

    fn start(&self, id: GoId) -> Option<Time> {
        let first = self.model.spans(id).find(|span| span.state == SpanState::Running)?;
        let seen = self.model.first_seen(id).filter(|_| self.is_first(id, &first));
        Some(seen.unwrap_or(first.start))
    }

    fn is_first(&self, id: GoId, span: &Span) -> bool {
        self.model.spans(id).next().is_some_and(|first| first.id == span.id)
    }

    /// Sums up what lies in a range of a life that ends at `life_end`.
    fn stats(
        &self,
        goroutine: &Goroutine,
        range: Range<Time>,
        ranges: &[BookedRange],
        life_end: Time,
    ) -> ExecStats {
        let mut stats = ExecStats { total: nanos_between(range.start, range.end), ..ExecStats::default() };
        if self.counting == Counting::Sane && !self.model.is_disorder(goroutine.id) {
            if let Some(walk) = Walk::new(self.model, goroutine.id, range.clone()) {
                self.add_columns(&mut stats, &walk);
            }
        } else {
            self.add_spans(&mut stats, goroutine, &range, life_end);
        }
        for booked in ranges {
            if booked.begin < range.end && booked.end > range.start || booked.end == range.end {
                let nanos = nanos_between(booked.begin.max(range.start), booked.end.min(range.end));
                add_to(&mut stats.ranges, booked.name, nanos);
            }
        }
        stats
    }

    /// Adds up spans that are in order; the many of one goroutine on all cores.
    fn add_columns(&self, stats: &mut ExecStats, walk: &Walk<'_>) {
        let add = |segments: Range<usize>, stats: &mut ExecStats| {
            let mut sums = SpanSums { model: self.model, stats };
            segments.for_each(|segment| walk.segment(segment, &mut sums));
        };
        let visited = walk.visited();
        if visited.len() < 2 * SEGMENTS_AT_ONCE {
            return add(visited, stats);
        }
        let n_parts = visited.len().div_ceil(SEGMENTS_AT_ONCE);
        let part = |part: usize| {
            let begin = visited.start + part * SEGMENTS_AT_ONCE;
            let mut stats = ExecStats::default();
            add(begin..visited.end.min(begin + SEGMENTS_AT_ONCE), &mut stats);
            stats
        };
        let parts: Vec<ExecStats> = (0..n_parts).into_par_iter().map(part).collect();
        parts.iter().for_each(|part| stats.add_all(part));
    }

    /// Adds up spans one by one, by all rules.
    fn add_spans(&self, stats: &mut ExecStats, goroutine: &Goroutine, range: &Range<Time>, life_end: Time) {
        for span in self.model.spans_in(goroutine.id, range.clone()) {
            if span.state == SpanState::SyscallBlocked && self.counting == Counting::LikeGo {
                let is_open = range.end >= life_end && span.end >= life_end && !goroutine.is_ended;
                self.add_blocked_syscall(stats, &span, range, is_open);
            } else {
                let reason = || self.model.cause(span.cause).reason;
                stats.add(span.state, reason, span.nanos_in(range));
            }
        }
    }

    /// The odd part of Go's rules, see [`Counting::LikeGo`].
    fn add_blocked_syscall(&self, stats: &mut ExecStats, span: &Span, range: &Range<Time>, is_open: bool) {
        let nanos = span.nanos_in(range);
        let seen = self.model.first_seen(span.goroutine).filter(|_| self.is_first(span.goroutine, span));
        if let Some(seen) = seen {
            let before = nanos_between(span.start.max(range.start), seen.min(range.end).min(span.end));
            stats.syscall_block += before;
            stats.syscall += nanos.saturating_sub(before);
        } else if is_open {
            add_up(&mut stats.syscall, nanos);
            add_up(&mut stats.sched_wait, nanos);
        } else {
            add_up(&mut stats.syscall_block, nanos);
        }
    }

    fn regions(
        &self,
        goroutine: &Goroutine,
        life: &Range<Time>,
        is_ended: bool,
        ranges: &[BookedRange],
    ) -> Vec<RegionSummary> {
        let all = self.model.regions();
        let first = all.partition_point(|region| region.goroutine < goroutine.id);
        let name = self.model.start_function(goroutine.id);
        let is_runtime = is_runtime_goroutine(self.model.tables().string(name));
        let rows = all[first..].iter().take_while(|region| region.goroutine == goroutine.id);
        let mut regions: Vec<RegionSummary> = rows
            .enumerate()
            .filter(|(_, region)| region.bounds.has_end || !is_runtime)
            .map(|(at, region)| {
                let end = region.end.min(life.end);
                let has_end = region.bounds.has_end || is_ended;
                RegionSummary {
                    row: first + at,
                    begin: region.bounds.has_begin.then_some(region.begin),
                    end: has_end.then_some(end),
                    stats: self.stats(goroutine, region.begin..end, ranges, life.end),
                }
            })
            .collect();
        regions.sort_by_key(|region| region.begin);
        regions
    }

    /// The special ranges booked to a goroutine, in order of their ends; open ones end with its life.
    fn ranges(&self, id: GoId, life_end: Time) -> Vec<BookedRange> {
        let begin_of =
            |at: usize| self.booked_begins.get(at).map_or(self.booked.len(), |&begin| begin as usize);
        let own = &self.booked[begin_of(id.index())..begin_of(id.index() + 1)];
        let mut open: Vec<(RangeName, Time)> = Vec::new();
        let mut ranges = Vec::new();
        for &(_, at) in own {
            let row = &self.model.range_events()[at as usize];
            let name = RangeName { kind: row.kind, reason: row.reason };
            let known = open.iter().position(|&(known, _)| known == name);
            match row.phase {
                RangePhase::Begin => {
                    known.map(|known| open.swap_remove(known));
                    open.push((name, row.time));
                }
                RangePhase::Active if known.is_none() => open.push((name, self.sync_before(row.time))),
                RangePhase::Active => {}
                RangePhase::End => {
                    if let Some(known) = known {
                        let (name, begin) = open.swap_remove(known);
                        ranges.push(BookedRange { name, begin, end: row.time });
                    }
                }
            }
        }
        if self.counting == Counting::Sane {
            open.retain(|(name, _)| name.kind != RangeKind::Sweep);
        }
        ranges.extend(open.into_iter().map(|(name, begin)| BookedRange { name, begin, end: life_end }));
        ranges
    }

    /// The start of the generation at a time.
    fn sync_before(&self, time: Time) -> Time {
        let syncs = self.model.syncs();
        let before = syncs.partition_point(|sync| sync.time <= time);
        before.checked_sub(1).map_or(self.model.range().start, |at| syncs[at].time)
    }
}

/// Where the rows of each goroutine begin, and the end of the last.
fn begins(booked: &[(GoId, u32)], n_goroutines: usize) -> Vec<u32> {
    let mut lens = vec![0; n_goroutines];
    for (id, _) in booked {
        lens[id.index()] += 1;
    }
    begins_from_lens(&lens)
}

/// A special range booked to a goroutine.
#[derive(Clone, Copy, Debug)]
struct BookedRange {
    name: RangeName,
    begin: Time,
    end: Time,
}

/// The goroutine that an event about a range counts for: the one it is bound to, or for a sweep, who is running.
fn booked_to(row: &RangeEventRow, counting: Counting) -> Option<GoId> {
    let id = match row.kind {
        RangeKind::GcMark => return None,
        // A reminder names the goroutine that writes it, not the one that sweeps.
        RangeKind::Sweep if counting == Counting::Sane && row.phase == RangePhase::Active => return None,
        RangeKind::Sweep => row.goroutine,
        RangeKind::MarkAssist | RangeKind::StopTheWorld => GoId(row.scope),
    };
    id.is_some().then_some(id)
}
