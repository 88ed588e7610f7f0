//! The end of a trace: what is known only when all of it was read, on all cores.

use goscope_parsers::trace::{GoId, Problem, Tables, TraceVersion};
use rayon::slice::ParallelSliceMut as _;
use rustc_hash::FxHashSet;

use super::builder::Builder;
use crate::trace::store::block::Block;
use crate::trace::store::block_ids::{BlockIds, with_ids_of_trace};
use crate::trace::store::data::{CauseSum, ENDED, GoroutineColumns, LIVES, Segment, TraceData};
use crate::trace::store::disorder::disordered;
use crate::trace::store::entry::entry_functions;

impl Builder {
    /// Ends the trace. `reading` is what the reader has beside the events.
    pub fn finish(mut self, reading: Reading) -> TraceData {
        let end = self.last_time;
        for (live, own_end) in self.live.iter().zip(&mut self.goroutines.end) {
            if live.flags & ENDED == 0 {
                *own_end = end;
            }
        }
        let (live, creation) = (&self.live, &self.goroutines.creation);
        let has_life = |id: GoId| live.get(id.index()).is_some_and(|live| live.flags & LIVES != 0);
        self.annotations.finish(end, |id| has_life(id).then(|| creation[id.index()]));
        if self.open_block.is_open() {
            self.close_block();
        } else if let Some(last) = self.cause_sums.last_mut() {
            add_causes(last, self.sums.take_causes(end));
        }
        let state_sums = self.sums.take_states(end);
        self.goroutines.flags = std::mem::take(&mut self.live).iter().map(|live| live.flags).collect();
        self.first_seen.sort_unstable();
        let Reading { version, tables, problems, lost_share } = reading;
        let (goroutines, annotations) = (&self.goroutines, self.annotations);
        let (blocks, block_ids) = (self.blocks, self.block_ids);
        let (rows, row_parts) = (self.rows, self.row_parts);
        // Each takes a core for a while, and none needs what another makes.
        let ((blocks, segments, segment_begins, disorder), ((tasks, regions, logs), (by_number, rows))) =
            rayon::join(
                || spans_by_goroutine(blocks, &block_ids, goroutines),
                || {
                    rayon::join(
                        || annotations.into_rows(),
                        || {
                            let by_number = || goroutines_by_number(&goroutines.flags, &tables);
                            rayon::join(by_number, || row_parts.join(rows))
                        },
                    )
                },
            );
        let causes = self.causes.into_rows();
        let mut data = TraceData {
            version,
            tables,
            problems,
            lost_share,
            range: self.first_time.unwrap_or_default()..end,
            event_count: self.event_count,
            goroutines: self.goroutines,
            segments,
            segment_begins,
            disorder,
            by_number,
            blocks_opened: blocks.iter().map(|block| block.opened).collect(),
            blocks,
            causes,
            cause_sums: self.cause_sums,
            state_sums,
            first_seen: self.first_seen,
            syncs: rows.syncs,
            procs: rows.procs,
            bindings: rows.bindings,
            range_events: rows.range_events,
            sweeps: rows.sweeps,
            metrics: rows.metrics,
            allocators: rows.allocators,
            labels: rows.labels,
            samples: rows.samples,
            logs,
            tasks,
            regions,
        };
        data.goroutines.entry = entry_functions(&data);
        data
    }
}

/// The spans of a trace: blocks, segments by goroutine and where those of each begin, goroutines whose spans are not in
/// order.
type SpansByGoroutine = (Vec<Block>, Vec<Segment>, Vec<u32>, FxHashSet<GoId>);

fn spans_by_goroutine(
    blocks: Vec<Block>,
    block_ids: &[Option<BlockIds>],
    goroutines: &GoroutineColumns,
) -> SpansByGoroutine {
    let blocks = with_ids_of_trace(blocks, block_ids);
    let (segments, segment_begins) = segments_by_goroutine(&blocks, goroutines.flags.len());
    let disorder = disordered(&blocks, &segments, &segment_begins, goroutines);
    (blocks, segments, segment_begins, disorder)
}

/// Adds the time after the last block, which a piece has ended, to that block.
fn add_causes(sums: &mut Vec<CauseSum>, more: Vec<CauseSum>) {
    for sum in more {
        match sums.binary_search_by_key(&sum.cause, |known| known.cause) {
            Ok(at) => sums[at] = CauseSum { nanos: sums[at].nanos.wrapping_add(sum.nanos), ..sum },
            Err(at) => sums.insert(at, sum),
        }
    }
}

/// Goroutines with a life, in order of their numbers; those of equal number (only in odd traces) by id.
fn goroutines_by_number(flags: &[u8], tables: &Tables) -> Vec<GoId> {
    let living = flags.iter().enumerate().filter(|(_, flags)| **flags & LIVES != 0);
    let mut ids: Vec<GoId> = living.map(|(id, _)| GoId(id as u32)).collect();
    ids.par_sort_by_key(|&id| tables.goid(id));
    ids
}

/// What a reader has beside the events, when it is through.
#[derive(Debug)]
pub struct Reading {
    /// The version in the header.
    pub version: TraceVersion,
    /// What ids stand for.
    pub tables: Tables,
    /// What was wrong.
    pub problems: Vec<Problem>,
    /// The part of the file that was not used, in 0..=1.
    pub lost_share: f64,
}

/// The segments of all blocks by goroutine, each in order of time, and where those of a goroutine begin.
fn segments_by_goroutine(blocks: &[Block], goroutines: usize) -> (Vec<Segment>, Vec<u32>) {
    let mut begins = vec![0_u32; goroutines + 1];
    for id in blocks.iter().flat_map(|block| &block.segment_goroutines) {
        begins[id.index() + 1] += 1;
    }
    for at in 1..begins.len() {
        begins[at] += begins[at - 1];
    }
    let mut next = begins.clone();
    let total = begins.last().map_or(0, |&end| end as usize);
    let mut segments = vec![Segment { block: 0, segment: 0 }; total];
    for (number, block) in blocks.iter().enumerate() {
        for (segment, id) in block.segment_goroutines.iter().enumerate() {
            let next = &mut next[id.index()];
            segments[*next as usize] = Segment { block: number as u32, segment: segment as u32 };
            *next += 1;
        }
    }
    (segments, begins)
}
