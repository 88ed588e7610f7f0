//! Goroutines whose spans do not begin one after the other. Damaged traces have some.
//!
//! A range of time is found in spans by halving, and summed up as columns; both need order. Of these goroutines,
//! spans are taken one by one.

use goscope_parsers::trace::GoId;
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::trace::store::block::Block;
use crate::trace::store::data::{GoroutineColumns, LIVES, Segment};

/// Goroutines that one core looks at together.
const AT_ONCE: usize = 1 << 14;

/// The goroutines of which some span begins before the one before it, before the life, or after its end.
pub(super) fn disordered(
    blocks: &[Block],
    segments: &[Segment],
    segment_begins: &[u32],
    goroutines: &GoroutineColumns,
) -> FxHashSet<GoId> {
    let ids = 0..goroutines.flags.len();
    let across = ids.into_par_iter().with_min_len(AT_ONCE).filter(|&id| {
        let own = &segments[segment_begins[id] as usize..segment_begins[id + 1] as usize];
        goroutines.flags[id] & LIVES != 0
            && !in_order(blocks, own, goroutines.creation[id], goroutines.end[id])
    });
    let mut found: FxHashSet<GoId> = across.map(|id| GoId(id as u32)).collect();
    for block in blocks {
        found.extend(block.disordered.iter().map(|&segment| block.segment_goroutines[segment as usize]));
    }
    found
}

/// Whether segments follow each other, from the begin of a life to its end.
fn in_order(blocks: &[Block], segments: &[Segment], creation: i64, end: i64) -> bool {
    let mut before = creation;
    for (at, segment) in segments.iter().enumerate() {
        let block = &blocks[segment.block as usize];
        let mut places = block.segment(segment.segment as usize);
        // The first span of all begins with the life, whatever is stored of it.
        places.start += usize::from(at == 0);
        if places.is_empty() {
            continue;
        }
        if block.start(places.start) < before {
            return false;
        }
        before = block.start(places.end - 1);
    }
    before <= end
}
