//! A piece of a lane at one zoom: its spans, and what lies on them.
//!
//! A column is a power of two nanoseconds, so that the columns of one zoom are two, four, eight … of a nearer one, and tiles
//! lie in each other.

use std::ops::Range;

use goscope_analysis::trace::cause::CauseId;
use goscope_analysis::trace::class::SpanClass;
use goscope_analysis::trace::model::{SpanId, TraceModel};
use goscope_analysis::trace::timeline::{Grid, LaneOwner, Mark, Piece, PieceContent, RegionPiece};
use goscope_parsers::trace::Time;

/// Spans narrower than this are summed up; a column is at least so wide, and less than twice as wide, in points.
pub(crate) const COLUMN_WIDTH: f64 = 1.5;

/// Columns of a tile, as a power of two.
const TILE_LEVELS: u8 = 6;

/// Columns of a sketch, as a power of two.
const SKETCH_LEVELS: u8 = 3;

/// Columns for logs are so many levels above those of spans: a mark of a log needs 12 points.
const LOG_LEVELS: u8 = 3;

/// What looking for the first span of a tile costs, in columns.
const TILE_COST: u32 = 4;

/// Tiles that stand for a missing one for a few frames are at least so many levels above it, and on a level that is a
/// multiple of this: four zooms share them.
const ROUGH_LEVELS: u8 = 4;

/// The same for sketches, which have to be there in the same frame.
const LEAST_SKETCH_LEVELS: u8 = 6;

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

/// What of a lane is seen, each in order of time.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) pieces: Vec<TilePiece>,
    /// Regions of a goroutine, those around others before them.
    pub(crate) regions: Vec<RegionPiece>,
    /// CPU samples.
    pub(crate) samples: Vec<Mark>,
    /// Log messages of a goroutine.
    pub(crate) logs: Vec<Mark>,
}

/// Which tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    owner: LaneOwner,
    level: u8,
    number: i64,
    is_sketch: bool,
}

impl Key {
    /// The tiles that show a range of time.
    pub(super) fn of_range(
        owner: LaneOwner,
        range: &Range<Time>,
        Level(level): Level,
    ) -> impl Iterator<Item = Self> {
        let nanos = 1_i64 << (level + TILE_LEVELS);
        let numbers = range.start.div_euclid(nanos)..=range.end.saturating_sub(1).div_euclid(nanos);
        numbers.map(move |number| Self { owner, level, number, is_sketch: false })
    }

    fn columns(self) -> u8 {
        if self.is_sketch { SKETCH_LEVELS } else { TILE_LEVELS }
    }

    fn grid(self) -> Grid {
        let columns = 1 << self.columns();
        Grid {
            column_nanos: 1 << self.level,
            first: self.number.saturating_mul(columns),
            len: columns as u32,
        }
    }

    fn log_grid(self) -> Grid {
        let columns = 1 << (self.columns() - LOG_LEVELS);
        let column_nanos = 1 << (self.level + LOG_LEVELS);
        Grid { column_nanos, first: self.number.saturating_mul(columns), len: columns as u32 }
    }

    pub(super) fn time(self) -> Range<Time> {
        self.grid().time()
    }

    /// The tile of 2^`levels` times the length in which this one lies.
    pub(super) fn above(self, levels: u8) -> Self {
        Self { level: self.level + levels, number: self.number >> levels, ..self }
    }

    /// The tile that is made first when this one is missing.
    pub(super) fn rough(self) -> Self {
        self.above((self.level + ROUGH_LEVELS).next_multiple_of(ROUGH_LEVELS) - self.level)
    }

    /// What is made when there is nothing else to show: a few columns for all that is seen.
    pub(super) fn sketch(self) -> Self {
        let level = (self.level + LEAST_SKETCH_LEVELS).next_multiple_of(ROUGH_LEVELS);
        let number = self.number >> (level + SKETCH_LEVELS - self.level - TILE_LEVELS);
        Self { level, number, is_sketch: true, ..self }
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

#[derive(Debug)]
pub(super) struct Tile {
    entering: Option<TilePiece>,
    pieces: Vec<TilePiece>,
    regions: Vec<RegionPiece>,
    samples: Vec<Mark>,
    logs: Vec<Mark>,
}

impl Tile {
    /// Makes a tile, and says what that cost, in columns of a goroutine.
    pub(super) fn new(model: &TraceModel, key: Key) -> (Self, u32) {
        let (lanes, grid) = (model.lanes(), key.grid());
        let found = lanes.pieces(key.owner, &grid);
        let (weight, (regions, logs)) = match key.owner {
            LaneOwner::Goroutine(id) => {
                (1, (lanes.region_pieces(id, &grid), lanes.log_marks(id, &key.log_grid())))
            }
            // Spans of a P are spread over its block, those of a thread over several Ps.
            LaneOwner::Proc(_) => (2, Default::default()),
            LaneOwner::Thread(_) => (3, Default::default()),
        };
        let samples = lanes.sample_marks(key.owner, &grid);
        let n_marks = (regions.len() + samples.len() + logs.len()) as u32;
        let tile = Self {
            entering: found.entering.as_ref().map(tile_piece),
            pieces: found.pieces.iter().map(tile_piece).collect(),
            regions,
            samples,
            logs,
        };
        (tile, weight * (found.n_columns + TILE_COST) + n_marks)
    }

    /// Adds what begins within `time`, and, for the first tile of a lane, what is under way when that begins.
    pub(super) fn add_to(&self, time: &Range<Time>, is_first: bool, seen: &mut Seen) {
        let begin = self.pieces.partition_point(|piece| piece.start < time.start);
        let end = self.pieces.partition_point(|piece| piece.start < time.end);
        let before = begin.checked_sub(1).map(|at| self.pieces[at]).or(self.entering);
        seen.pieces.extend(before.filter(|piece| is_first && piece.end > time.start));
        seen.pieces.extend_from_slice(&self.pieces[begin..end]);
        // Those of one column are not in order of their begins.
        let enters = |region: &RegionPiece| is_first && region.start < time.start && region.end > time.start;
        let is_seen = |region: &&RegionPiece| time.contains(&region.start) || enters(region);
        seen.regions.extend(self.regions.iter().filter(is_seen));
        seen.samples.extend(self.samples.iter().filter(|mark| time.contains(&mark.time)));
        seen.logs.extend(self.logs.iter().filter(|mark| time.contains(&mark.time)));
    }
}

pub(super) fn tile_piece(piece: &Piece) -> TilePiece {
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
    use super::*;

    #[test]
    fn shares_of_what_is_there_are_never_0() {
        let mut nanos = [0; SpanClass::COUNT];
        (nanos[1], nanos[2]) = (1, 1_000_000);
        let content = PieceContent::Sum { count: 2, nanos };
        let piece = tile_piece(&Piece { start: 0, end: 1_000_001, first: SpanId(0), content });
        let TileContent::Sum(2, shares) = piece.content else { panic!("{piece:?}") };
        assert_eq!((shares[0], shares[1], shares[2]), (0, 1, 255));
    }

    #[test]
    fn rougher_tiles_contain_what_they_stand_for() {
        let owner = LaneOwner::Goroutine(goscope_parsers::trace::GoId(0));
        for level in 0..=48 {
            for start in [0, 1, 77_777_777, 1 << 40] {
                for key in Key::of_range(owner, &(start..start + 1), Level(level)) {
                    for rougher in [key.above(1), key.rough(), key.sketch()] {
                        let (time, around) = (key.time(), rougher.time());
                        assert!(around.start <= time.start && time.end <= around.end, "{key:?} {rougher:?}");
                        assert!(rougher.level > key.level);
                    }
                }
            }
        }
    }
}
