//! The pieces of lanes at the zooms that were looked at, kept as tiles, as maps are.
//!
//! ```text
//! zoom out   │      tile 3      │      tile 4      │      a column is a power of two nanoseconds, 64 make a tile
//! zoom in    │ tile 6  │ tile 7 │ tile 8  │ tile 9 │      a tile that is missing is cut out of the one above
//! ```
//!
//! A frame looks at no more columns than its budget; what is missing then is shown from a coarser tile, and the next
//! frame goes on. So neither a jump nor a fast wheel makes a frame long, whatever the trace and the screen.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use goscope_analysis::trace::cause::CauseId;
use goscope_analysis::trace::class::SpanClass;
use goscope_analysis::trace::model::{SpanId, TraceModel};
use goscope_analysis::trace::timeline::{Grid, LaneOwner, Piece, PieceContent};
use goscope_parsers::trace::Time;

use crate::document::DocumentId;

/// Spans narrower than this are summed up; a column is at least so wide, and less than twice as wide, in points.
pub(crate) const COLUMN_WIDTH: f64 = 1.5;

/// Columns of a tile.
const TILE_COLUMNS: u32 = 64;

/// What a frame may spend on tiles beside what it needs to show anything at all: columns of goroutines. One takes
/// some 2 µs where nothing of its spans is in a cache yet; with more than this, p99 of a frame at 500 MB is near 8 ms.
const FRAME_COLUMNS: u32 = 1_000;

/// What looking for the first span of a tile costs, in columns.
const TILE_COST: u32 = 4;

/// Tiles that are made when there is nothing else to show are at least so many levels above the missing one, and on
/// a level that is a multiple of this: four zooms share them.
const ROUGH_LEVELS: u8 = 4;

/// Tiles that are kept.
const MAX_TILES: usize = 12_000;

/// Parts of the time of a piece by class, in 255ths: nothing that is there is 0.
pub(crate) type Shares = [u8; SpanClass::COUNT];

/// A piece as it is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TilePiece {
    pub start: Time,
    pub end: Time,
    pub first: SpanId,
    pub content: TileContent,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum TileContent {
    /// One span.
    Span(SpanClass, CauseId),
    /// So many.
    Sum(u32, Shares),
}

#[derive(Debug, Default)]
struct Tile {
    entering: Option<TilePiece>,
    pieces: Vec<TilePiece>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    owner: LaneOwner,
    level: u8,
    number: i64,
}

impl Key {
    fn grid(self) -> Grid {
        let first = self.number.saturating_mul(i64::from(TILE_COLUMNS));
        Grid { column_nanos: 1 << self.level, first, len: TILE_COLUMNS }
    }

    /// The tile that is shown when this one is missing, and all between them.
    fn rough(self) -> Self {
        self.above((self.level + ROUGH_LEVELS).next_multiple_of(ROUGH_LEVELS) - self.level)
    }

    fn above(self, levels: u8) -> Self {
        Self { level: self.level + levels, number: self.number >> levels, ..self }
    }
}

/// Columns whose length is a power of two nanoseconds: the zoom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level(u8);

impl Level {
    /// The columns for so many nanoseconds a point.
    pub(crate) fn new(nanos_per_point: f64) -> Self {
        let least = (nanos_per_point * COLUMN_WIDTH).max(1.0);
        Self((least.log2().ceil() as u8).min(48))
    }

    pub(crate) const fn column_nanos(self) -> i64 {
        1 << self.0
    }

    /// The columns that cover a range of time.
    pub(crate) fn grid(self, range: &Range<Time>) -> Grid {
        let first = range.start.div_euclid(self.column_nanos());
        let len = range.end.div_euclid(self.column_nanos()) + 1 - first;
        Grid { column_nanos: self.column_nanos(), first, len: u32::try_from(len).unwrap_or(0) }
    }
}

/// All tiles of a tab.
#[derive(Debug, Default)]
pub(crate) struct Tiles {
    document: Option<DocumentId>,
    kept: HashMap<Key, (Rc<Tile>, u64)>,
    frame: u64,
    n_columns: u32,
    is_rough: bool,
}

impl Tiles {
    /// Begins a frame about a document.
    pub(crate) fn begin_frame(&mut self, document: Option<DocumentId>) {
        if self.document != document {
            (self.document, self.kept) = (document, HashMap::new());
        }
        self.frame += 1;
        (self.n_columns, self.is_rough) = (0, false);
        if self.kept.len() > MAX_TILES {
            let oldest = self.frame.saturating_sub(120);
            self.kept.retain(|_, (_, used)| *used >= oldest);
        }
        if self.kept.len() > 2 * MAX_TILES {
            self.kept.clear();
        }
    }

    /// Whether nothing of what was drawn since then is rougher than it should be.
    pub(crate) fn is_complete(&self) -> bool {
        !self.is_rough
    }

    /// The pieces of a lane that are seen, in order of time.
    pub(crate) fn pieces(
        &mut self,
        model: &TraceModel,
        owner: LaneOwner,
        (range, level): (&Range<Time>, Level),
        found: &mut Vec<TilePiece>,
    ) {
        let tile_nanos = level.column_nanos() * i64::from(TILE_COLUMNS);
        let numbers = range.start.div_euclid(tile_nanos)..=range.end.saturating_sub(1).div_euclid(tile_nanos);
        let from = found.len();
        for number in numbers {
            let key = Key { owner, level: level.0, number };
            let time = key.grid().time();
            let is_first = found.len() == from;
            let add = |tile: &Tile, found: &mut Vec<TilePiece>| {
                let begin = tile.pieces.partition_point(|piece| piece.start < time.start);
                let end = tile.pieces.partition_point(|piece| piece.start < time.end.min(range.end));
                // What is under way at the begin of the first tile began in none that is looked at.
                let before = begin.checked_sub(1).map(|at| tile.pieces[at]).or(tile.entering);
                found.extend(before.filter(|piece| is_first && piece.end > time.start));
                found.extend_from_slice(&tile.pieces[begin..end]);
            };
            if let Some(tile) = self.tile(model, key) {
                add(&tile, found);
            } else {
                self.is_rough = true;
                let rough = (1..=8).find_map(|levels| self.kept(key.above(levels)));
                let rough = rough.unwrap_or_else(|| self.made(model, key.rough()));
                add(&rough, found);
            }
        }
    }

    /// A tile, if it is there or may be made in this frame.
    fn tile(&mut self, model: &TraceModel, key: Key) -> Option<Rc<Tile>> {
        let kept = self.kept(key);
        if kept.is_none() && self.n_columns < FRAME_COLUMNS {
            return Some(self.made(model, key));
        }
        kept
    }

    fn kept(&mut self, key: Key) -> Option<Rc<Tile>> {
        let (tile, used) = self.kept.get_mut(&key)?;
        *used = self.frame;
        Some(Rc::clone(tile))
    }

    fn made(&mut self, model: &TraceModel, key: Key) -> Rc<Tile> {
        let found = model.lanes().pieces(key.owner, &key.grid());
        let weight = match key.owner {
            LaneOwner::Goroutine(_) => 1,
            // Spans of a P are spread over its block, those of a thread over several Ps.
            LaneOwner::Proc(_) => 2,
            LaneOwner::Thread(_) => 3,
        };
        self.n_columns += weight * (found.n_columns + TILE_COST);
        let entering = found.entering.as_ref().map(tile_piece);
        let tile = Rc::new(Tile { entering, pieces: found.pieces.iter().map(tile_piece).collect() });
        self.kept.insert(key, (Rc::clone(&tile), self.frame));
        tile
    }
}

fn tile_piece(piece: &Piece) -> TilePiece {
    let content = match piece.content {
        PieceContent::Span(class, cause) => TileContent::Span(class, cause),
        PieceContent::Sum { count, nanos } => {
            let length = piece.end.saturating_sub(piece.start).unsigned_abs();
            let total = length.max(nanos.iter().sum()).max(1);
            let share = |nanos: u64| match nanos {
                0 => 0,
                nanos => (nanos as f64 / total as f64 * 255.0).round().max(1.0) as u8,
            };
            TileContent::Sum(u32::try_from(count).unwrap_or(u32::MAX), nanos.map(share))
        }
    };
    TilePiece { start: piece.start, end: piece.end, first: piece.first, content }
}

#[cfg(test)]
mod tests {
    use goscope_analysis::trace::load::trace_model;
    use goscope_parsers::Progress;

    use super::*;
    use crate::samples::sample;

    const N_LANES: usize = 60;

    fn model() -> TraceModel {
        let bytes = sample("latency-go1.27.trace").expect("a sample").bytes;
        trace_model(&goscope_parsers::inflate_all(bytes, 1 << 30).expect("it inflates"), &Progress::new())
            .expect("a trace")
    }

    fn pieces(tiles: &mut Tiles, model: &TraceModel, level: Level, range: &Range<Time>) -> Vec<TilePiece> {
        let mut found = Vec::new();
        tiles.begin_frame(None);
        for id in model.goroutine_ids().take(N_LANES) {
            tiles.pieces(model, LaneOwner::Goroutine(id), (range, level), &mut found);
        }
        found
    }

    #[test]
    fn a_frame_stays_in_its_budget_and_the_next_ones_complete_the_picture() {
        let (model, mut tiles) = (model(), Tiles::default());
        let range = model.range();
        let level = Level::new((range.end - range.start) as f64 / 4_000.0);
        // What is wanted is at most 4,000 columns wide: two or three rough tiles.
        let n_rough = N_LANES as u32 * 3 * (TILE_COLUMNS + TILE_COST);
        let mut n_frames = 0;
        loop {
            let found = pieces(&mut tiles, &model, level, &range);
            n_frames += 1;
            assert!(tiles.n_columns <= FRAME_COLUMNS + TILE_COLUMNS + TILE_COST + n_rough);
            assert!(!found.is_empty());
            if tiles.is_complete() {
                break;
            }
            assert!(n_frames < 100, "every frame brings the picture forward");
        }
        assert!(n_frames > 1, "this is more than fits into one frame");
        let exact = pieces(&mut tiles, &model, level, &range);
        assert_eq!(tiles.n_columns, 0, "tiles that are there are not made again");
        let mut expected = Vec::new();
        for id in model.goroutine_ids().take(N_LANES) {
            let found = model.lanes().pieces(LaneOwner::Goroutine(id), &level.grid(&range));
            expected.extend(found.pieces.iter().map(tile_piece));
        }
        // Columns of a grid that begins with the range and of tiles differ at the edges of the trace only.
        assert_eq!(exact.len(), expected.len());
    }

    #[test]
    fn shares_of_what_is_there_are_never_0() {
        let mut nanos = [0; SpanClass::COUNT];
        (nanos[1], nanos[2]) = (1, 1_000_000);
        let content = PieceContent::Sum { count: 2, nanos };
        let piece = tile_piece(&Piece { start: 0, end: 1_000_001, first: SpanId(0), content });
        let TileContent::Sum(2, shares) = piece.content else { panic!("{piece:?}") };
        assert_eq!((shares[0], shares[1], shares[2]), (0, 1, 255));
    }
}
