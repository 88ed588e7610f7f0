//! What to draw of a lane: single spans where there is room, and where there is none, how much time each state has.
//!
//! ```text
//! spans    │ running │w│r│w│r│w│r│ waiting          │r│w│          short ones have letters
//! columns  │       │       │       │       │       │       │       of a grid that a picture asks for
//! pieces   │ running │r 3 w│r w│ waiting            │r 1 w 1│      what is shorter than a column is summed up
//! ```
//!
//! A piece holds the spans that begin in one column: alone if it is one span, or one at least as long as a column;
//! else together, with their exact time by class. So every span is in one piece and no time is made up, and the
//! cost is some look-ups a column (`index` has the sums), whatever the number of spans. A grid counts from time 0
//! of the trace's clock, so that pieces stay the same while a picture moves.

mod goroutine;
pub(crate) mod index;
pub(crate) mod marks;
mod range_max;
mod runs;
mod samples;

use std::ops::Range;

use goscope_parsers::trace::{GoId, ProcId, ThreadId, Time};

use self::goroutine::GoroutineLane;
pub use self::marks::{Mark, RegionPiece};
use self::runs::{ProcLane, ThreadLane};
pub use self::samples::{SampleColumns, StackBox};
use super::cause::CauseId;
use super::class::SpanClass;
use super::model::{SpanId, TraceModel};

/// Whose time a lane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LaneOwner {
    /// All spans of a goroutine.
    Goroutine(GoId),
    /// The running spans of goroutines on a P.
    Proc(ProcId),
    /// The running spans of goroutines on a thread.
    Thread(ThreadId),
}

/// Columns of equal length: those from `first` on, counted from time 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Grid {
    /// Length of a column; at least 1.
    pub column_nanos: i64,
    /// The first column that is wanted.
    pub first: i64,
    /// How many are wanted.
    pub len: u32,
}

impl Grid {
    /// From the begin of the first to the end of the last column.
    pub fn time(&self) -> Range<Time> {
        let start = self.first.saturating_mul(self.column_nanos);
        start..start.saturating_add(self.column_nanos.saturating_mul(i64::from(self.len)))
    }

    /// The end of the column that a moment is in.
    fn column_end(&self, time: Time) -> Time {
        time.div_euclid(self.column_nanos).saturating_add(1).saturating_mul(self.column_nanos)
    }
}

/// Time by class.
pub type ClassNanos = [u64; SpanClass::COUNT];

/// Something to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// From the begin of the first span to the end of the last, which may lie outside of the grid.
    pub start: Time,
    /// See `start`.
    pub end: Time,
    /// The first span.
    pub first: SpanId,
    /// What it is made of.
    pub content: PieceContent,
}

/// What a piece is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PieceContent {
    /// One span, with its class and its cause.
    Span(SpanClass, CauseId),
    /// Several. Of a P or a thread there may be gaps between them, so that times add up to less than the length.
    Sum {
        /// How many.
        count: u64,
        /// Their time.
        nanos: ClassNanos,
    },
}

/// The pieces of a lane in a grid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pieces {
    /// The span that is under way when the grid begins.
    pub entering: Option<Piece>,
    /// Those that begin within the grid, in order of time.
    pub pieces: Vec<Piece>,
    /// Columns that had to be looked at: what this cost.
    pub n_columns: u32,
}

/// Spans in order of time, with ends not after the next begin.
trait SpanRow {
    /// Names a span of the row.
    type Place: Copy + Eq;
    /// The last span that begins not after `time`.
    fn last_until(&self, time: Time) -> Option<Self::Place>;
    /// The last span that begins not after `time`; `from` does so too.
    fn last_from(&self, from: Self::Place, time: Time) -> Self::Place;
    /// The first of all.
    fn first(&self) -> Option<Self::Place>;
    /// The next one.
    fn next(&self, place: Self::Place) -> Option<Self::Place>;
    /// Begin and end.
    fn time(&self, place: Self::Place) -> Range<Time>;
    /// Which span it is, its class and its cause.
    fn span(&self, place: Self::Place) -> (SpanId, SpanClass, CauseId);
    /// Number and time of the spans from one to another, both included.
    fn sum(&self, from: Self::Place, to: Self::Place) -> (u64, ClassNanos);
}

impl TraceModel {
    /// What to draw of a lane.
    pub fn lane_pieces(&self, owner: LaneOwner, grid: &Grid) -> Pieces {
        match owner {
            LaneOwner::Goroutine(id) => {
                GoroutineLane::new(self, id).map(|lane| pieces(&lane, grid)).unwrap_or_default()
            }
            LaneOwner::Proc(id) => pieces(&ProcLane::new(self, id), grid),
            LaneOwner::Thread(id) => pieces(&ThreadLane::new(self, id), grid),
        }
    }

    /// Number and time of the spans of a lane that begin in a range of time.
    pub fn lane_sum(&self, owner: LaneOwner, range: &Range<Time>) -> (u64, ClassNanos) {
        match owner {
            LaneOwner::Goroutine(id) => {
                GoroutineLane::new(self, id).map(|lane| sum(&lane, range)).unwrap_or_default()
            }
            LaneOwner::Proc(id) => sum(&ProcLane::new(self, id), range),
            LaneOwner::Thread(id) => sum(&ThreadLane::new(self, id), range),
        }
    }

    /// The thread on which a goroutine runs on a P at a moment.
    pub fn thread_running(&self, proc: ProcId, time: Time) -> Option<ThreadId> {
        runs::thread_of_run(self, proc, time)
    }

    /// Time by class in the whole life of a goroutine.
    pub fn class_nanos(&self, goroutine: GoId) -> ClassNanos {
        let Some(lane) = GoroutineLane::new(self, goroutine) else { return [0; SpanClass::COUNT] };
        match (lane.first(), lane.last_until(Time::MAX)) {
            (Some(first), Some(last)) => lane.sum(first, last).1,
            _ => [0; SpanClass::COUNT],
        }
    }

    /// The class of a cause.
    pub fn class_of(&self, cause: CauseId) -> SpanClass {
        self.timeline.class_of(cause)
    }

    /// Bytes on the heap that drawing lanes quickly takes, beside the spans.
    pub fn timeline_bytes(&self) -> usize {
        self.timeline.heap_bytes()
    }
}

fn pieces<R: SpanRow>(row: &R, grid: &Grid) -> Pieces {
    let time = grid.time();
    let mut found = Pieces::default();
    let before = row.last_until(time.start.saturating_sub(1));
    if let Some(before) = before.filter(|&before| row.time(before).end > time.start) {
        found.entering = Some(single(row, before));
    }
    let mut next = match before {
        Some(before) => row.next(before),
        None => row.first(),
    };
    while let Some(first) = next {
        let start = row.time(first).start;
        if start >= time.end {
            break;
        }
        found.n_columns += 1;
        let column_end = grid.column_end(start).min(time.end);
        let last = row.last_from(first, column_end.saturating_sub(1));
        push_column(row, (first, last), grid.column_nanos, &mut found.pieces);
        next = row.next(last);
    }
    found
}

fn sum<R: SpanRow>(row: &R, range: &Range<Time>) -> (u64, ClassNanos) {
    let first = match row.last_until(range.start.saturating_sub(1)) {
        Some(before) => row.next(before),
        None => row.first(),
    };
    match first.filter(|&first| row.time(first).start < range.end) {
        Some(first) => row.sum(first, row.last_from(first, range.end.saturating_sub(1))),
        None => (0, [0; SpanClass::COUNT]),
    }
}

/// The pieces of spans that begin in one column; only the last of them can be longer than it.
fn push_column<R: SpanRow>(
    row: &R,
    (first, last): (R::Place, R::Place),
    column_nanos: i64,
    pieces: &mut Vec<Piece>,
) {
    let of_last = row.time(last);
    let is_long = of_last.end.saturating_sub(of_last.start) >= column_nanos;
    if first == last {
        pieces.push(single(row, first));
        return;
    }
    let (count, nanos) = row.sum(first, last);
    let start = row.time(first).start;
    if !is_long {
        let content = PieceContent::Sum { count, nanos };
        pieces.push(Piece { start, end: of_last.end, first: row.span(first).0, content });
        return;
    }
    let alone = single(row, last);
    if count == 2 {
        pieces.push(single(row, first));
    } else {
        let mut nanos = nanos;
        if let PieceContent::Span(class, _) = alone.content {
            nanos[class.index()] -= of_last.end.saturating_sub(of_last.start) as u64;
        }
        let content = PieceContent::Sum { count: count - 1, nanos };
        // Where there are gaps this is later than the end of the last short span, by less than a column.
        pieces.push(Piece { start, end: of_last.start, first: row.span(first).0, content });
    }
    pieces.push(alone);
}

fn single<R: SpanRow>(row: &R, place: R::Place) -> Piece {
    let (Range { start, end }, (first, class, cause)) = (row.time(place), row.span(place));
    Piece { start, end, first, content: PieceContent::Span(class, cause) }
}

/// The number of rows from `range.start` on for which `is_before` holds, where it is likely few: as a place.
fn gallop(range: Range<usize>, is_before: impl Fn(usize) -> bool) -> usize {
    let mut step = 1;
    let mut low = range.start;
    while low + step < range.end && is_before(low + step) {
        low += step;
        step *= 2;
    }
    super::spans::partition_point(low..(low + step).min(range.end), is_before)
}
