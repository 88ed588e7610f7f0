//! What of a lane is seen: spans and sums of spans from its tiles, and what lies on top of them.

use std::ops::Range;

use goscope_analysis::trace::cause::CauseId;
use goscope_analysis::trace::class::SpanClass;
use goscope_analysis::trace::model::{SpanId, TraceModel};
use goscope_analysis::trace::timeline::{ClassNanos, Grid, LaneOwner, RegionPiece};
use goscope_parsers::trace::{GoId, StringId, TaskId, Time};

use super::tiles::{COLUMN_WIDTH, Level, Shares, TileContent, TilePiece, Tiles};
use crate::document::TraceDocument;
use crate::query::Lane;

/// Least distance between two marks of messages, in points.
const MARK_DISTANCE: f64 = 12.0;

/// Something to draw in a lane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct LaneItem {
    /// The lane.
    pub lane: Lane,
    /// From when.
    pub start: Time,
    /// To when.
    pub end: Time,
    /// What.
    pub what: What,
}

/// What an item of a lane is. Rows are those of the model; counts say for how many of them it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum What {
    /// One span of a goroutine; on a P or thread it is what ran there.
    Span(SpanId, SpanClass, CauseId),
    /// Several, with the share of each class.
    Sum(u32, Shares),
    /// Mark phases of the GC.
    Cycles(usize, usize),
    /// Stopped worlds.
    Pauses(usize, usize),
    /// Regions.
    Regions(usize, usize, u16),
    /// Messages.
    Logs(usize, usize),
    /// CPU samples.
    Samples(usize, usize),
    /// A task from begin to end.
    Task(TaskId),
    /// Messages with room for their text.
    Note(usize, usize),
    /// CPU samples side by side that have a function in common at a depth of their stacks, or several functions.
    Stack {
        /// The first sample.
        row: usize,
        /// How many.
        count: usize,
        /// The function; `None` if they differ.
        function: Option<StringId>,
        /// How many callers it has.
        depth: u16,
    },
}

/// The time that is seen, and how finely.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sight {
    /// From when to when.
    pub range: Range<Time>,
    /// Columns at this zoom.
    pub level: Level,
    /// Nanoseconds a point stands for.
    pub nanos_per_point: f64,
}

impl Sight {
    pub(super) fn grid(&self) -> Grid {
        self.level.grid(&self.range)
    }

    /// Columns at least so wide, in points.
    pub(super) fn grid_of_width(&self, width: f64) -> Grid {
        Level::new(self.nanos_per_point * width / COLUMN_WIDTH).grid(&self.range)
    }
}

/// Whose spans a lane shows.
pub(super) const fn owner_of(lane: Lane) -> Option<LaneOwner> {
    match lane {
        Lane::Goroutine(id) => Some(LaneOwner::Goroutine(id)),
        Lane::Proc(id) => Some(LaneOwner::Proc(id)),
        Lane::Thread(id) => Some(LaneOwner::Thread(id)),
        Lane::Gc | Lane::StoppedWorlds | Lane::Task(_) => None,
    }
}

/// Adds all items of a lane, from left to right; thin ones come after what they lie on.
pub(super) fn add_items(
    trace: &TraceDocument,
    lane: Lane,
    (sight, tiles): (&Sight, &mut Tiles),
    items: &mut Vec<LaneItem>,
) {
    if let Some(owner) = owner_of(lane) {
        let mut pieces = Vec::new();
        tiles.pieces(&trace.model, owner, (&sight.range, sight.level), &mut pieces);
        items.extend(pieces.iter().map(|piece| item_of_piece(lane, piece)));
    }
    match lane {
        Lane::Gc => items.extend(cycles(trace, sight)),
        Lane::StoppedWorlds => items.extend(pauses(trace, sight)),
        Lane::Goroutine(id) => add_marks(&trace.model, id, sight, items),
        Lane::Task(id) => add_task(&trace.model, id, sight, items),
        Lane::Proc(_) | Lane::Thread(_) => add_samples(&trace.model, lane, sight, items),
    }
}

fn item_of_piece(lane: Lane, piece: &TilePiece) -> LaneItem {
    let what = match piece.content {
        TileContent::Span(class, cause) => What::Span(piece.first, class, cause),
        TileContent::Sum(count, shares) => What::Sum(count, shares),
    };
    LaneItem { lane, start: piece.start, end: piece.end, what }
}

fn add_marks(model: &TraceModel, id: GoId, sight: &Sight, items: &mut Vec<LaneItem>) {
    let lane = Lane::Goroutine(id);
    let regions = model.region_pieces(id, &sight.grid()).into_iter();
    items.extend(regions.map(|piece| item_of_region(lane, &piece)));
    add_samples(model, lane, sight, items);
    let logs = model.log_marks(id, &sight.grid_of_width(MARK_DISTANCE)).into_iter();
    items.extend(logs.map(|mark| item_of_mark(lane, mark.time, What::Logs(mark.row, mark.count))));
}

fn add_samples(model: &TraceModel, lane: Lane, sight: &Sight, items: &mut Vec<LaneItem>) {
    let Some(owner) = owner_of(lane) else { return };
    let samples = model.sample_marks(owner, &sight.grid()).into_iter();
    items.extend(samples.map(|mark| item_of_mark(lane, mark.time, What::Samples(mark.row, mark.count))));
}

const fn item_of_mark(lane: Lane, time: Time, what: What) -> LaneItem {
    LaneItem { lane, start: time, end: time, what }
}

/// A task, and the regions in it: those too short to be seen alone are one with the others of their column.
fn add_task(model: &TraceModel, id: TaskId, sight: &Sight, items: &mut Vec<LaneItem>) {
    let Some(task) = model.task(id) else { return };
    let whole = model.range();
    let (start, end) = (task.begin.unwrap_or(whole.start), task.end.unwrap_or(whole.end));
    let is_seen = |start: Time, end: Time| start < sight.range.end && end >= sight.range.start;
    let lane = Lane::Task(id);
    if is_seen(start, end) {
        items.push(LaneItem { lane, start, end, what: What::Task(id) });
    }
    let pieces = model.task_region_pieces(id, &sight.grid()).into_iter();
    let pieces = pieces.filter(|piece| is_seen(piece.start, piece.end));
    items.extend(pieces.map(|piece| item_of_region(lane, &piece)));
}

pub(super) fn item_of_region(lane: Lane, piece: &RegionPiece) -> LaneItem {
    let what = What::Regions(piece.row, piece.count, piece.depth);
    LaneItem { lane, start: piece.start, end: piece.end, what }
}

/// Mark phases that are seen, those closer than a column as one.
pub(super) fn cycles(trace: &TraceDocument, sight: &Sight) -> Vec<LaneItem> {
    let whole = trace.model.range();
    let time = |row: usize| trace.gc.cycles[row].mark_span(&whole);
    let join = |row, count| What::Cycles(row, count);
    ranges((Lane::Gc, trace.gc.cycles.len()), time, sight, join)
}

/// Pauses that are seen, those closer than a column as one.
pub(super) fn pauses(trace: &TraceDocument, sight: &Sight) -> Vec<LaneItem> {
    let time = |row: usize| trace.pauses[row].begin..trace.pauses[row].end;
    let join = |row, count| What::Pauses(row, count);
    ranges((Lane::StoppedWorlds, trace.pauses.len()), time, sight, join)
}

/// Ranges in order of time, one after the other.
fn ranges(
    (lane, len): (Lane, usize),
    time: impl Fn(usize) -> Range<Time>,
    sight: &Sight,
    what: impl Fn(usize, usize) -> What,
) -> Vec<LaneItem> {
    let column = sight.level.column_nanos();
    let first_from = |from: usize, is_before: &dyn Fn(Range<Time>) -> bool| {
        let (mut low, mut high) = (from, len);
        while low < high {
            let middle = low + (high - low) / 2;
            if is_before(time(middle)) { low = middle + 1 } else { high = middle }
        }
        low
    };
    let mut items = Vec::new();
    let mut next = first_from(0, &|time| time.end < sight.range.start);
    while next < len && time(next).start < sight.range.end {
        let first = time(next);
        let until = first.start.saturating_add(column);
        let after = first_from(next + 1, &|time| time.end < until);
        let end = time(after - 1).end.max(first.end);
        items.push(LaneItem { lane, start: first.start, end, what: what(next, after - next) });
        next = after;
    }
    items
}

/// The exact time by class of a sum that is drawn.
pub(super) fn nanos_of(model: &TraceModel, item: &LaneItem) -> ClassNanos {
    let range = item.start..item.end.max(item.start.saturating_add(1));
    owner_of(item.lane).map(|owner| model.lane_sum(owner, &range).1).unwrap_or_default()
}
