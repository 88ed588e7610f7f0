//! What of a lane is seen: spans and sums of spans from its tiles, and what lies on top of them.

use std::ops::Range;

use goscope_analysis::trace::cause::CauseId;
use goscope_analysis::trace::class::SpanClass;
use goscope_analysis::trace::model::{SpanId, TraceModel};
use goscope_analysis::trace::timeline::{ClassNanos, LaneOwner, RegionPiece};
use goscope_parsers::trace::{StringId, TaskId, Time};

use super::input::Viewport;
use super::tile::{Shares, TileContent, TilePiece};
use super::tiles::Tiles;
use crate::document::TraceDocument;
use crate::query::trace::group_areas::GroupAreas;
use goscope_analysis::trace::questions::lane_groups::Lane;

/// Something to draw in a lane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LaneItem {
    /// The lane.
    pub lane: Lane,
    /// From when.
    pub start: Time,
    /// To when.
    pub end: Time,
    /// What.
    pub kind: ItemKind,
}

/// What an item of a lane is. Rows are those of the model; counts say for how many of them it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ItemKind {
    /// One span of a goroutine; on a P or thread it is what ran there.
    Span(SpanId, SpanClass, CauseId),
    /// Several, with the share of each class.
    Sum(u32, Shares),
    /// What the lanes of a group do together: parts of the height, of which all is so many lanes.
    Members(Shares, f32),
    /// Mark phases of the GC.
    Cycles(usize, usize),
    /// Stop-the-world pauses.
    Pauses(usize, usize),
    /// Regions.
    Regions(usize, usize, u16),
    /// Logs.
    Logs(usize, usize),
    /// CPU samples.
    Samples(usize, usize),
    /// A task from begin to end.
    Task(TaskId),
    /// Logs with room for their text.
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

/// Whose spans a lane shows.
pub(crate) const fn owner_of(lane: Lane) -> Option<LaneOwner> {
    match lane {
        Lane::Goroutine(id) => Some(LaneOwner::Goroutine(id)),
        Lane::Proc(id) => Some(LaneOwner::Proc(id)),
        Lane::Thread(id) => Some(LaneOwner::Thread(id)),
        Lane::Gc | Lane::StoppedWorlds | Lane::Task(_) => None,
    }
}

/// Adds all items of a lane, from left to right; thin ones come after what they lie on.
pub(crate) fn add_items(
    trace: &TraceDocument,
    lane: Lane,
    (viewport, tiles): (&Viewport, &mut Tiles),
    items: &mut Vec<LaneItem>,
) {
    match lane {
        Lane::Gc => items.extend(cycles(trace, viewport)),
        Lane::StoppedWorlds => items.extend(pauses(trace, viewport)),
        Lane::Task(id) => add_task(&trace.model, id, viewport, items),
        Lane::Goroutine(_) | Lane::Proc(_) | Lane::Thread(_) => {
            let Some(owner) = owner_of(lane) else { return };
            let seen = tiles.seen(&trace.model, owner, (&viewport.range, viewport.level));
            items.extend(seen.pieces.iter().map(|piece| item_of_piece(lane, piece)));
            items.extend(seen.regions.iter().map(|piece| item_of_region(lane, piece)));
            let samples = seen.samples.iter();
            items.extend(
                samples.map(|mark| item_of_mark(lane, mark.time, ItemKind::Samples(mark.row, mark.count))),
            );
            let logs = seen.logs.iter();
            items
                .extend(logs.map(|mark| item_of_mark(lane, mark.time, ItemKind::Logs(mark.row, mark.count))));
        }
    }
}

fn item_of_piece(lane: Lane, piece: &TilePiece) -> LaneItem {
    let kind = match piece.content {
        TileContent::Span(class, cause) => ItemKind::Span(piece.first, class, cause),
        TileContent::Sum(count, shares) => ItemKind::Sum(count, shares),
    };
    LaneItem { lane, start: piece.start, end: piece.end, kind }
}

/// Adds what the lanes of a group do together, as far as it is seen; the highest column fills the row.
pub(crate) fn add_group_items(
    areas: &GroupAreas,
    (index, first): (usize, Lane),
    range: &Range<Time>,
    items: &mut Vec<LaneItem>,
) {
    let (Some(area), grid) = (areas.groups.get(index), &areas.grid) else { return };
    let start_of = |column: usize| grid.time().start + grid.column_nanos * column as i64;
    let most = area.most_nanos.max(1);
    let lanes = most as f32 / grid.column_nanos.max(1) as f32;
    for (column, nanos) in area.columns.iter().enumerate() {
        let (start, end) = (start_of(column), start_of(column + 1));
        if end <= range.start || start >= range.end || nanos.iter().all(|&nanos| nanos == 0) {
            continue;
        }
        let share = |nanos: u64| match nanos {
            0 => 0,
            nanos => (nanos as f64 / most as f64 * 255.0).round().max(1.0) as u8,
        };
        let kind = ItemKind::Members(nanos.map(share), lanes);
        items.push(LaneItem { lane: first, start, end, kind });
    }
}

const fn item_of_mark(lane: Lane, time: Time, kind: ItemKind) -> LaneItem {
    LaneItem { lane, start: time, end: time, kind }
}

/// A task, and the regions in it: those too short to be seen alone are one with the others of their column.
fn add_task(model: &TraceModel, id: TaskId, viewport: &Viewport, items: &mut Vec<LaneItem>) {
    let Some(task) = model.task(id) else { return };
    let whole = model.range();
    let (start, end) = (task.begin.get().unwrap_or(whole.start), task.end.get().unwrap_or(whole.end));
    let is_seen = |start: Time, end: Time| start < viewport.range.end && end >= viewport.range.start;
    let lane = Lane::Task(id);
    if is_seen(start, end) {
        items.push(LaneItem { lane, start, end, kind: ItemKind::Task(id) });
    }
    let pieces = model.lanes().task_region_pieces(id, &viewport.grid()).into_iter();
    let pieces = pieces.filter(|piece| is_seen(piece.start, piece.end));
    items.extend(pieces.map(|piece| item_of_region(lane, &piece)));
}

pub(crate) fn item_of_region(lane: Lane, piece: &RegionPiece) -> LaneItem {
    let kind = ItemKind::Regions(piece.row, piece.count, piece.depth);
    LaneItem { lane, start: piece.start, end: piece.end, kind }
}

/// Mark phases that are seen, those closer than a column as one.
pub(crate) fn cycles(trace: &TraceDocument, viewport: &Viewport) -> Vec<LaneItem> {
    let whole = trace.model.range();
    let time = |row: usize| trace.gc.cycles[row].mark_span(&whole);
    let join = |row, count| ItemKind::Cycles(row, count);
    ranges((Lane::Gc, trace.gc.cycles.len()), time, viewport, join)
}

/// Pauses that are seen, those closer than a column as one.
pub(crate) fn pauses(trace: &TraceDocument, viewport: &Viewport) -> Vec<LaneItem> {
    let time = |row: usize| trace.pauses[row].begin..trace.pauses[row].end;
    let join = |row, count| ItemKind::Pauses(row, count);
    ranges((Lane::StoppedWorlds, trace.pauses.len()), time, viewport, join)
}

/// Ranges in order of time, one after the other.
fn ranges(
    (lane, len): (Lane, usize),
    time: impl Fn(usize) -> Range<Time>,
    viewport: &Viewport,
    kind: impl Fn(usize, usize) -> ItemKind,
) -> Vec<LaneItem> {
    let column = viewport.level.column_nanos();
    let first_from = |from: usize, is_before: &dyn Fn(Range<Time>) -> bool| {
        let (mut low, mut high) = (from, len);
        while low < high {
            let middle = low + (high - low) / 2;
            if is_before(time(middle)) { low = middle + 1 } else { high = middle }
        }
        low
    };
    let mut items = Vec::new();
    let mut next = first_from(0, &|time| time.end < viewport.range.start);
    while next < len && time(next).start < viewport.range.end {
        let first = time(next);
        let until = first.start.saturating_add(column);
        let after = first_from(next + 1, &|time| time.end < until);
        let end = time(after - 1).end.max(first.end);
        items.push(LaneItem { lane, start: first.start, end, kind: kind(next, after - next) });
        next = after;
    }
    items
}

/// The exact time by class of a sum that is drawn.
pub(crate) fn nanos_of(model: &TraceModel, item: &LaneItem) -> ClassNanos {
    let range = item.start..item.end.max(item.start.saturating_add(1));
    owner_of(item.lane).map(|owner| model.lanes().sum(owner, &range).1).unwrap_or_default()
}
