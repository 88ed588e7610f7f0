//! The pieces of a lane: spans that are long enough alone, others summed up by column.

use std::ops::Range;

use goscope_parsers::trace::Time;

use crate::trace::store::data::SpanId;
use crate::trace::timeline::grid::{ClassNanos, Grid, SpanRow};
use crate::trace::words::cause::CauseId;
use crate::trace::words::class::SpanClass;

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
    /// The span at the start of the grid.
    pub entering: Option<Piece>,
    /// Those that begin within the grid, in order of time.
    pub pieces: Vec<Piece>,
    /// Columns that had to be looked at: what this cost.
    pub n_columns: u32,
}

pub(super) fn pieces<R: SpanRow>(row: &R, grid: &Grid) -> Pieces {
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

pub(super) fn sum<R: SpanRow>(row: &R, range: &Range<Time>) -> (u64, ClassNanos) {
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
