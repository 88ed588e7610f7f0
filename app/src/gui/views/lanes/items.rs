//! What of a lane is seen: spans at their places, those narrower than a few points merged into one with the time
//! that each state has in it.

use std::ops::Range;

use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::model::{Span, TraceModel};
use goscope_analysis::trace::rows::{RangeKind, RangePhase};
use goscope_parsers::trace::{GoId, ProcId, TaskId, ThreadId, Time};

use crate::query::Lane;

/// Spans narrower than this are merged with their neighbors, in points.
const MERGE_WIDTH: f64 = 2.0;

/// Least distance between two marks of messages, in points.
const MARK_DISTANCE: f64 = 12.0;

/// Something to draw in a lane.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LaneItem {
    /// From when to when.
    pub time: Range<Time>,
    /// What.
    pub what: What,
}

/// What an item of a lane is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// One span of a goroutine.
    Span(Span),
    /// Several, with their nanoseconds by state.
    Merged {
        /// How many.
        count: u64,
        /// Time by state.
        nanos: [u64; SpanState::COUNT],
    },
    /// A goroutine runs on this P or thread.
    Run(Span),
    /// A mark phase of the GC, a stopped world, a mark assist.
    Range(RangeKind),
    /// A region, by its place in the model.
    Region(usize),
    /// A message, by its place in the model.
    Log(usize),
    /// A task from begin to end.
    Task(TaskId),
}

/// The time that is seen, and how finely.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sight {
    /// From when to when.
    pub range: Range<Time>,
    /// Nanoseconds a point stands for.
    pub nanos_per_point: f64,
}

impl Sight {
    fn merge_nanos(&self) -> u64 {
        (self.nanos_per_point * MERGE_WIDTH) as u64
    }
}

/// All items of a lane, from left to right; thin ones come after what they lie on.
pub(super) fn lane_items(model: &TraceModel, lane: Lane, sight: &Sight) -> Vec<LaneItem> {
    match lane {
        Lane::Gc => ranges(model, RangeKind::GcMark, sight),
        Lane::StoppedWorlds => ranges(model, RangeKind::StopTheWorld, sight),
        Lane::Goroutine(id) => goroutine_items(model, id, sight),
        Lane::Proc(id) => proc_items(model, id, sight),
        Lane::Thread(id) => thread_items(model, id, sight),
        Lane::Task(id) => task_items(model, id, sight),
    }
}

fn goroutine_items(model: &TraceModel, id: GoId, sight: &Sight) -> Vec<LaneItem> {
    let spans = model.spans_in(id, sight.range.clone());
    let mut items = merged(spans.map(|span| (span, What::Span(span))), sight);
    let first = model.regions().partition_point(|region| region.goroutine < id);
    for (offset, region) in model.regions_of(id).iter().enumerate() {
        if !region.is_inherited && region.begin < sight.range.end && region.end > sight.range.start {
            items.push(LaneItem { time: region.begin..region.end, what: What::Region(first + offset) });
        }
    }
    let logs = model.logs();
    let from = logs.partition_point(|log| log.time < sight.range.start);
    let until = logs.partition_point(|log| log.time < sight.range.end);
    let mut drawn_until = Time::MIN;
    for at in (from..until).filter(|&at| logs[at].goroutine == id) {
        // One mark stands for all messages that would lie under it.
        if logs[at].time < drawn_until {
            continue;
        }
        drawn_until = logs[at].time.saturating_add((sight.nanos_per_point * MARK_DISTANCE) as i64);
        items.push(LaneItem { time: logs[at].time..logs[at].time, what: What::Log(at) });
    }
    items
}

fn proc_items(model: &TraceModel, id: ProcId, sight: &Sight) -> Vec<LaneItem> {
    merged(model.runs_on(id, sight.range.clone()).map(|span| (span, What::Run(span))), sight)
}

fn thread_items(model: &TraceModel, id: ThreadId, sight: &Sight) -> Vec<LaneItem> {
    let bindings = model.bindings();
    let mut runs = Vec::new();
    for (at, binding) in bindings.iter().enumerate().filter(|(_, binding)| binding.thread == id) {
        let next = bindings[at + 1..].iter().find(|later| later.proc == binding.proc);
        let until = next.map_or(model.range().end, |next| next.time).min(sight.range.end);
        let from = binding.time.max(sight.range.start);
        if from < until {
            runs.extend(model.runs_on(binding.proc, from..until));
        }
    }
    runs.sort_by_key(|run| run.start);
    merged(runs.into_iter().map(|span| (span, What::Run(span))), sight)
}

fn task_items(model: &TraceModel, id: TaskId, sight: &Sight) -> Vec<LaneItem> {
    let Some(task) = model.task(id) else { return Vec::new() };
    let whole = model.range();
    let time = task.begin.unwrap_or(whole.start)..task.end.unwrap_or(whole.end);
    if time.start >= sight.range.end || time.end <= sight.range.start {
        return Vec::new();
    }
    vec![LaneItem { time, what: What::Task(id) }]
}

/// Joins neighbors that are too narrow to be drawn alone.
fn merged(spans: impl Iterator<Item = (Span, What)>, sight: &Sight) -> Vec<LaneItem> {
    let least = sight.merge_nanos();
    let mut items: Vec<LaneItem> = Vec::new();
    for (span, what) in spans {
        if span.duration_nanos() >= least {
            items.push(LaneItem { time: span.start..span.end, what });
            continue;
        }
        let is_near = |start: Time| (span.end.saturating_sub(start) as u64) < 2 * least.max(1);
        match items.last_mut() {
            Some(LaneItem { time, what: What::Merged { count, nanos } }) if is_near(time.start) => {
                time.end = span.end;
                *count += 1;
                nanos[span.state.index()] += span.duration_nanos();
            }
            _ => {
                let mut nanos = [0; SpanState::COUNT];
                nanos[span.state.index()] = span.duration_nanos();
                items.push(LaneItem { time: span.start..span.end, what: What::Merged { count: 1, nanos } });
            }
        }
    }
    items
}

fn ranges(model: &TraceModel, kind: RangeKind, sight: &Sight) -> Vec<LaneItem> {
    let mut open = None;
    let mut items: Vec<LaneItem> = Vec::new();
    for event in model.range_events().iter().filter(|event| event.kind == kind) {
        match event.phase {
            RangePhase::Begin | RangePhase::Active => open = open.or(Some(event.time)),
            RangePhase::End => {
                let begin = open.take().unwrap_or(model.range().start);
                items.push(LaneItem { time: begin..event.time, what: What::Range(kind) });
            }
        }
    }
    items.extend(open.map(|begin| LaneItem { time: begin..model.range().end, what: What::Range(kind) }));
    items.retain(|item| item.time.start < sight.range.end && item.time.end > sight.range.start);
    items
}
