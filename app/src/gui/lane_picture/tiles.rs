//! The pieces of lanes at the zooms that were looked at, kept as tiles, as maps are.
//!
//! ```text
//! sketch     │                    a few columns for all that is seen               │   at once, for each lane that has nothing
//! rough      │         tile 0          │         tile 1          │                       next, for each lane
//! exact      │ tile 0 │ tile 1 │ tile 2 │ tile 3 │                                     then, one after the other
//! ```
//!
//! A frame looks at no more columns than its budget; what is missing then is shown from a rougher tile, and the next
//! frame goes on. So neither a jump nor a fast wheel makes a frame long, whatever the trace and the screen.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::timeline::LaneOwner;
use goscope_parsers::trace::Time;

use super::tile::{Key, Level, Seen, Tile};
use crate::document::DocumentId;

/// What a frame may spend on tiles beside sketches: columns of goroutines. One takes some 2 µs where nothing of its
/// spans is in a cache yet; with more than this, p99 of a frame at 500 MB is near 8 ms.
const FRAME_COLUMNS: u32 = 1_000;

/// Levels above a missing tile on which one is looked for that was made for another zoom.
const LEVELS_ABOVE: u8 = 8;

/// Tiles that are kept.
const MAX_TILES: usize = 12_000;

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

    /// Sees to it that there is something to show of each lane, before any of them is made exact.
    pub(crate) fn prepare(
        &mut self,
        model: &TraceModel,
        owners: impl Iterator<Item = LaneOwner>,
        (range, level): (&Range<Time>, Level),
    ) {
        let keys = owners.flat_map(|owner| Key::of_range(owner, range, level));
        let missing: Vec<Key> = keys.filter(|key| !self.kept.contains_key(key)).collect();
        let mut rough = Vec::new();
        for key in missing {
            if self.above(key).is_none() {
                rough.push(key.rough());
                self.kept_or_made(model, key.sketch());
            }
        }
        for key in rough {
            if self.n_columns >= FRAME_COLUMNS {
                break;
            }
            self.kept_or_made(model, key);
        }
    }

    /// What of a lane is seen.
    pub(crate) fn seen(
        &mut self,
        model: &TraceModel,
        owner: LaneOwner,
        (range, level): (&Range<Time>, Level),
    ) -> Seen {
        let mut seen = Seen::default();
        for (at, key) in Key::of_range(owner, range, level).enumerate() {
            let time = key.time();
            let tile = self.best(model, key);
            tile.add_to(&(time.start..time.end.min(range.end)), at == 0, &mut seen);
        }
        seen
    }

    /// A tile, or what there is instead of it.
    fn best(&mut self, model: &TraceModel, key: Key) -> Rc<Tile> {
        if let Some(tile) = self.kept(key) {
            return tile;
        }
        if self.n_columns < FRAME_COLUMNS {
            return self.made(model, key);
        }
        self.is_rough = true;
        self.above(key).unwrap_or_else(|| self.kept_or_made(model, key.sketch()))
    }

    fn above(&mut self, key: Key) -> Option<Rc<Tile>> {
        (1..=LEVELS_ABOVE).find_map(|levels| self.kept(key.above(levels)))
    }

    fn kept(&mut self, key: Key) -> Option<Rc<Tile>> {
        let (tile, used) = self.kept.get_mut(&key)?;
        *used = self.frame;
        Some(Rc::clone(tile))
    }

    fn kept_or_made(&mut self, model: &TraceModel, key: Key) -> Rc<Tile> {
        self.kept(key).unwrap_or_else(|| self.made(model, key))
    }

    fn made(&mut self, model: &TraceModel, key: Key) -> Rc<Tile> {
        let (tile, n_columns) = Tile::new(model, key);
        self.n_columns += n_columns;
        let tile = Rc::new(tile);
        self.kept.insert(key, (Rc::clone(&tile), self.frame));
        tile
    }
}

#[cfg(test)]
mod tests {
    use goscope_analysis::trace::load::trace_model;
    use goscope_parsers::Progress;

    use super::super::tile::{TilePiece, tile_piece};
    use super::*;
    use crate::samples::sample;

    const N_LANES: usize = 60;

    fn model() -> TraceModel {
        let bytes = sample("latency-go1.27.trace").expect("a sample").bytes;
        trace_model(&goscope_parsers::inflate_all(bytes, 1 << 30).expect("it inflates"), &Progress::new())
            .expect("a trace")
    }

    fn owners(model: &TraceModel) -> impl Iterator<Item = LaneOwner> {
        model.goroutine_ids().take(N_LANES).map(LaneOwner::Goroutine)
    }

    /// All lanes as one, after one more frame.
    fn frame(tiles: &mut Tiles, model: &TraceModel, shown: (&Range<Time>, Level)) -> Seen {
        let mut all = Seen::default();
        tiles.begin_frame(None);
        tiles.prepare(model, owners(model), shown);
        for owner in owners(model) {
            let seen = tiles.seen(model, owner, shown);
            let there = model.lanes().pieces(owner, &shown.1.grid(shown.0));
            assert!(!seen.pieces.is_empty() || there.pieces.is_empty(), "there is something of each lane");
            all.pieces.extend(seen.pieces);
            all.regions.extend(seen.regions);
            all.logs.extend(seen.logs);
        }
        all
    }

    #[test]
    fn a_frame_stays_in_its_budget_and_the_next_ones_complete_the_picture() {
        let (model, mut tiles) = (model(), Tiles::default());
        let range = model.range();
        let level = Level::new((range.end - range.start) as f64 / 4_000.0);
        let mut n_frames = 0;
        loop {
            let seen = frame(&mut tiles, &model, (&range, level));
            n_frames += 1;
            // The last tile of a frame may go beyond, with the marks in it.
            assert!(tiles.n_columns <= FRAME_COLUMNS + 400, "{}", tiles.n_columns);
            assert!(!seen.pieces.is_empty());
            if tiles.is_complete() {
                break;
            }
            assert!(n_frames < 100, "every frame brings the picture forward");
        }
        assert!(n_frames > 1, "this is more than fits into one frame");
        let exact = frame(&mut tiles, &model, (&range, level));
        assert_eq!(tiles.n_columns, 0, "tiles that are there are not made again");
        let mut expected: Vec<TilePiece> = Vec::new();
        for owner in owners(&model) {
            let found = model.lanes().pieces(owner, &level.grid(&range));
            expected.extend(found.pieces.iter().map(tile_piece));
        }
        // Columns of a grid that begins with the range and of tiles differ at the edges of the trace only.
        assert_eq!(exact.pieces.len(), expected.len());
    }

    #[test]
    fn regions_and_logs_of_tiles_are_those_of_one_grid() {
        let (model, mut tiles) = (model(), Tiles::default());
        let whole = model.range();
        let length = whole.end - whole.start;
        for part in [1, 3, 16, 200] {
            let range = whole.start + length / 3..whole.start + length / 3 + length / part / 2;
            let level = Level::new((range.end - range.start) as f64 / 500.0);
            while {
                frame(&mut tiles, &model, (&range, level));
                !tiles.is_complete()
            } {}
            let columns = level.grid(&range);
            for id in model.goroutine_ids().take(N_LANES) {
                let seen = tiles.seen(&model, LaneOwner::Goroutine(id), (&range, level));
                let from = columns.time().start;
                let is_seen = |start: Time, end: Time| end > from && start < range.end;
                let regions = model.lanes().region_pieces(id, &columns).into_iter();
                let mut expected: Vec<_> = regions.filter(|piece| is_seen(piece.start, piece.end)).collect();
                let mut regions: Vec<_> =
                    seen.regions.into_iter().filter(|piece| is_seen(piece.start, piece.end)).collect();
                expected.sort_by_key(|piece| piece.row);
                regions.sort_by_key(|piece| piece.row);
                assert_eq!(regions, expected, "{id:?} {range:?}");
            }
        }
    }
}
