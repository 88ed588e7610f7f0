//! What the lanes of a group do together, over time: how many of them are in which state, column by column.
//!
//! ```text
//! G 7   running ███████│ sync ░░░░░│ running ██      column   0    1    2    3    4    5
//! G 9   sync ░░░░░░░░░░░░░░░░░░░░░░│ running ██      running  1    1    0.4  0    0    2
//!                                                    sync     1    1    1.6  2    2    0
//! ```

use goscope_parsers::trace::GoId;
use rayon::prelude::*;

use super::lane_groups::Lane;
use crate::trace::model::TraceModel;
use crate::trace::timeline::{ClassNanos, Grid, LaneOwner, PieceContent};
use crate::trace::words::class::SpanClass;
use crate::trace::words::time::add_up;

/// Lanes that a thread sums up at once.
const CHUNK_LANES: usize = 512;

/// A group over time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupArea {
    /// By column of the grid, the time of all members by class, in nanoseconds; what is shorter than a column counts
    /// where it begins. The time of tasks is counted as [`SpanClass::Unknown`]: a task is in no state.
    pub columns: Vec<ClassNanos>,
    /// The largest sum of a column.
    pub most_nanos: u64,
}

/// Sums up the lanes of a group on the columns of a grid.
pub fn group_area(model: &TraceModel, lanes: &[Lane], grid: &Grid) -> GroupArea {
    let empty = || vec![ClassNanos::default(); grid.len as usize];
    let of_chunk = |chunk: &[Lane]| {
        let mut columns = empty();
        for &lane in chunk {
            add_lane(model, lane, grid, &mut columns);
        }
        columns
    };
    let columns = lanes.par_chunks(CHUNK_LANES).map(of_chunk).reduce(empty, |mut sums, other| {
        for (sum, other) in sums.iter_mut().zip(other) {
            for (nanos, more) in sum.iter_mut().zip(other) {
                add_up(nanos, more);
            }
        }
        sums
    });
    let most_nanos = columns.iter().map(|column| column.iter().sum()).max().unwrap_or(0);
    GroupArea { columns, most_nanos }
}

fn add_lane(model: &TraceModel, lane: Lane, grid: &Grid, columns: &mut [ClassNanos]) {
    let owner = match lane {
        Lane::Goroutine(id) => match place_of_life(model, id, grid) {
            PlaceOfLife::Elsewhere => return,
            PlaceOfLife::Column(at) => return add_nanos(&mut columns[at], model.lanes().class_nanos(id)),
            PlaceOfLife::Columns => LaneOwner::Goroutine(id),
        },
        Lane::Proc(id) => LaneOwner::Proc(id),
        Lane::Thread(id) => LaneOwner::Thread(id),
        Lane::Task(id) => {
            if let Some(task) = model.task(id) {
                let whole = model.range();
                let time = task.begin.get().unwrap_or(whole.start)..task.end.get().unwrap_or(whole.end);
                add_time(grid, time, SpanClass::Unknown, columns);
            }
            return;
        }
        Lane::Gc | Lane::StoppedWorlds => return,
    };
    let found = model.lanes().pieces(owner, grid);
    for piece in found.entering.iter().chain(&found.pieces) {
        match piece.content {
            PieceContent::Span(class, _) => add_time(grid, piece.start..piece.end, class, columns),
            // Spans are summed up where they are shorter than a column.
            PieceContent::Sum { nanos, .. } => {
                if let Some(column) = column_at(grid, piece.start).and_then(|at| columns.get_mut(at)) {
                    add_nanos(column, nanos);
                }
            }
        }
    }
}

/// Where the life of a goroutine lies.
enum PlaceOfLife {
    /// Outside the grid, or nowhere.
    Elsewhere,
    /// In this column, begin and end.
    Column(usize),
    /// In several.
    Columns,
}

/// Most goroutines live shorter than a column, and of a short range most live elsewhere: neither is looked up as a lane.
fn place_of_life(model: &TraceModel, id: GoId, grid: &Grid) -> PlaceOfLife {
    let time = grid.time();
    let Some(life) = model.life(id).filter(|life| life.start < time.end && life.end >= time.start) else {
        return PlaceOfLife::Elsewhere;
    };
    let column = column_at(grid, life.start);
    match column {
        Some(at)
            if column == column_at(grid, life.end) && at < grid.len as usize && !model.is_disorder(id) =>
        {
            PlaceOfLife::Column(at)
        }
        _ => PlaceOfLife::Columns,
    }
}

fn add_nanos(column: &mut ClassNanos, nanos: ClassNanos) {
    for (sum, nanos) in column.iter_mut().zip(nanos) {
        add_up(sum, nanos);
    }
}

fn column_at(grid: &Grid, time: i64) -> Option<usize> {
    usize::try_from(time.div_euclid(grid.column_nanos) - grid.first).ok()
}

/// Adds a stretch of time to all columns that it touches.
fn add_time(grid: &Grid, time: std::ops::Range<i64>, class: SpanClass, columns: &mut [ClassNanos]) {
    let whole = grid.time();
    let (start, end) = (time.start.max(whole.start), time.end.min(whole.end));
    if start >= end {
        return;
    }
    let Some(first) = column_at(grid, start) else { return };
    for (at, column) in columns.iter_mut().enumerate().skip(first) {
        let from = whole.start + grid.column_nanos * at as i64;
        if from >= end {
            break;
        }
        let nanos = end.min(from + grid.column_nanos) - start.max(from);
        add_up(&mut column[class.index()], nanos.unsigned_abs());
    }
}
