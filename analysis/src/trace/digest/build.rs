//! Makes the digest: chunk by chunk, on all cores, in one pass over the spans.

use std::ops::Range;

use goscope_parsers::trace::{GoId, Time};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::trace::digest::chunk::{ChunkDigest, PieceRow};
use crate::trace::digest::group_tally::GroupTally;
use crate::trace::digest::groups::{GroupId, Groups};
use crate::trace::digest::index::{DISORDER, Digest, Home, NO_HOME};
use crate::trace::store::block::{Block, CHUNK_BLOCKS};
use crate::trace::store::data::{Segment, TraceData};
use crate::trace::store::walk::{Single, Sink, Walk};
use crate::trace::words::breakdown_key::RowKeys;
use crate::trace::words::cause::CauseId;
use crate::trace::words::time::nanos_between;

/// Of a goroutine with fewer spans in a chunk no sums are kept: it is walked over as quickly.
const FEW: usize = 64;

/// Any time makes it longer.
const NOTHING: Range<Time> = Range { start: Time::MAX, end: Time::MIN };

impl Digest {
    /// Sums up the spans of a trace.
    pub(crate) fn new(data: &TraceData) -> Self {
        let rows = RowKeys::new(data.causes());
        let row_of = |block: &Block| block.dictionary.iter().map(|kind| rows.of(kind.cause)).collect();
        let kind_rows: Vec<Vec<u32>> = data.blocks.par_iter().map(row_of).collect();
        let groups = Groups::new(data);
        let inputs = ChunkInputs { data, kind_rows: &kind_rows, groups: &groups, n_rows: rows.keys.len() };
        let (chunks, homes) = inputs.chunks();
        let travelers = data.goroutine_ids().filter(|id| homes[id.index()] == NO_HOME).collect();
        let lives = data.goroutine_ids().filter_map(|id| data.life(id));
        let lives = lives.fold(NOTHING, |all, it| all.start.min(it.start)..all.end.max(it.end));
        Self { rows, kind_rows, chunks, homes, groups, travelers, lives }
    }
}

/// What the digest of a chunk is made from.
struct ChunkInputs<'m> {
    data: &'m TraceData,
    kind_rows: &'m [Vec<u32>],
    groups: &'m Groups,
    n_rows: usize,
}

/// The digest of a chunk, and what it says about goroutines.
struct ChunkResult {
    digest: ChunkDigest,
    at_home: Vec<GoId>,
    /// Whose spans are not in order.
    disorder: Vec<GoId>,
}

impl ChunkInputs<'_> {
    fn chunks(&self) -> (Vec<ChunkDigest>, Vec<Home>) {
        let n_chunks = self.data.blocks.len().div_ceil(CHUNK_BLOCKS);
        let none = FxHashSet::default();
        let mut made: Vec<ChunkResult> =
            (0..n_chunks).into_par_iter().with_max_len(1).map(|chunk| self.chunk(chunk, &none)).collect();
        let disorder: FxHashSet<GoId> =
            made.iter().flat_map(|chunk| chunk.disorder.iter().copied()).collect();
        if !disorder.is_empty() {
            // Their spans are in digests of other chunks too.
            let again = made.par_iter_mut().enumerate();
            again.for_each(|(chunk, made)| *made = self.chunk(chunk, &disorder));
        }
        let mut homes = vec![NO_HOME; self.data.goroutine_id_end()];
        for (chunk, made) in made.iter().enumerate() {
            made.at_home.iter().for_each(|id| homes[id.index()] = chunk as Home);
        }
        let all = self.data.goroutine_ids();
        all.filter(|id| disorder.contains(id)).for_each(|id| homes[id.index()] = DISORDER);
        (made.into_iter().map(|made| made.digest).collect(), homes)
    }

    fn chunk(&self, number: usize, disorder: &FxHashSet<GoId>) -> ChunkResult {
        let data = self.data;
        let first = number * CHUNK_BLOCKS;
        let end = (first + CHUNK_BLOCKS).min(data.blocks.len());
        let bounds = data.blocks[first].opened..data.blocks.get(end).map_or(Time::MAX, |next| next.opened);
        let mut chunk = ChunkTally::new(self, first..end, bounds);
        let mut found = Vec::new();
        for block in first..end {
            for (segment, &goroutine) in data.blocks[block].segment_goroutines.iter().enumerate() {
                let segments = data.segments_of(goroutine);
                let at = place_of(segments, block, segment);
                let is_known = at > 0 && segments[at - 1].block as usize >= first;
                if is_known || disorder.contains(&goroutine) {
                    continue;
                }
                let last = segments[at..].partition_point(|segment| (segment.block as usize) < end) + at;
                if is_in_order(data, goroutine, segments, at..last) && chunk.goroutine(goroutine, at..last) {
                    continue;
                }
                found.push(goroutine);
            }
        }
        chunk.finish(found)
    }
}

/// The place of a segment among those of its goroutine.
fn place_of(segments: &[Segment], block: usize, segment: usize) -> usize {
    if segments.len() == 1 {
        return 0;
    }
    let before = |it: &Segment| (it.block as usize, it.segment as usize) < (block, segment);
    segments.partition_point(before)
}

/// Whether the spans of some segments, and the first after them, begin one after the other.
fn is_in_order(data: &TraceData, goroutine: GoId, segments: &[Segment], some: Range<usize>) -> bool {
    let begins = |at: usize| {
        let block = &data.blocks[segments[at].block as usize];
        let places = block.segment(segments[at].segment as usize);
        (block, places)
    };
    let is_sorted = |at: usize| {
        let (block, mut places) = begins(at);
        if at > 0 {
            let (before, of_before) = begins(at - 1);
            if before.start(of_before.end - 1) > block.start(places.start) {
                return false;
            }
        } else {
            // The start of the first span is stored elsewhere.
            places.start += 1;
            let creation = data.life(goroutine).map_or(Time::MIN, |life| life.start);
            if !places.is_empty() && block.start(places.start) < creation {
                return false;
            }
        }
        block.starts_in_block(places).is_sorted()
    };
    some.into_iter().all(is_sorted)
}

/// The spans of a chunk while they are added up.
struct ChunkTally<'m> {
    inputs: &'m ChunkInputs<'m>,
    first_block: usize,
    bounds: Range<Time>,
    extent: Range<Time>,
    /// By block of the chunk and kind: row, and place among the causes of the chunk.
    kinds: Vec<Vec<(u32, u32)>>,
    causes: Vec<CauseId>,
    groups: Vec<Option<Box<GroupTally>>>,
    pieces: Vec<(GoId, Vec<PieceRow>)>,
    at_home: Vec<GoId>,
}

impl<'m> ChunkTally<'m> {
    fn new(inputs: &'m ChunkInputs<'m>, blocks: Range<usize>, bounds: Range<Time>) -> Self {
        let mut causes = Vec::new();
        let mut places: FxHashMap<CauseId, u32> = FxHashMap::default();
        let mut place_of = |cause: CauseId| {
            *places.entry(cause).or_insert_with(|| {
                causes.push(cause);
                causes.len() as u32 - 1
            })
        };
        let mut kinds = Vec::new();
        for block in blocks.clone() {
            let dictionary = &inputs.data.blocks[block].dictionary;
            let rows = &inputs.kind_rows[block];
            kinds.push(dictionary.iter().zip(rows).map(|(kind, &row)| (row, place_of(kind.cause))).collect());
        }
        let mut groups = Vec::new();
        groups.resize_with(inputs.groups.groups.len(), || None);
        Self {
            inputs,
            first_block: blocks.start,
            bounds,
            extent: NOTHING,
            kinds,
            causes,
            groups,
            pieces: Vec::new(),
            at_home: Vec::new(),
        }
    }

    /// Adds the spans of a goroutine that are in some of its segments; says whether all was in order.
    fn goroutine(&mut self, id: GoId, segments: Range<usize>) -> bool {
        let data = self.inputs.data;
        let Some(life) = data.life(id) else { return false };
        let Some(walk) = Walk::new(data, id, life.clone()) else { return true };
        let visited = walk.visited();
        let here = segments.start.max(visited.start)..segments.end.min(visited.end);
        if here.is_empty() {
            return true;
        }
        let group = usize::from(self.inputs.groups.of[id.index()].0);
        let (n_rows, n_causes) = (self.inputs.n_rows, self.causes.len());
        let tally = self.groups[group].get_or_insert_with(|| Box::new(GroupTally::new(n_rows, n_causes)));
        let mut piece = Piece {
            data,
            kinds: &self.kinds,
            first_block: self.first_block,
            bounds: &self.bounds,
            extent: &mut self.extent,
            tally,
            n_spans: 0,
            n_loose: 0,
            is_in_order: true,
        };
        for segment in here.clone() {
            // Only the first span of a life may begin before its time, only the last of a piece end after it.
            piece.n_loose = 0;
            walk.segment(segment, &mut piece);
            let allowed = usize::from(segment == 0) + usize::from(segment + 1 == here.end);
            piece.is_in_order &= piece.n_loose <= allowed;
        }
        let (is_in_order, is_kept) = (piece.is_in_order, piece.n_spans >= FEW);
        let is_home = self.first_block / CHUNK_BLOCKS < usize::from(DISORDER)
            && here == visited
            && life.start >= self.bounds.start
            && life.end <= self.bounds.end;
        if is_home {
            self.at_home.push(id);
        }
        if is_kept {
            let mut rows = Vec::new();
            tally.end_instance(is_home, |row| rows.push(row));
            self.pieces.push((id, rows));
        } else {
            tally.end_instance(is_home, |_| {});
        }
        is_in_order
    }

    fn finish(mut self, disorder: Vec<GoId>) -> ChunkResult {
        self.pieces.sort_unstable_by_key(|piece| piece.0);
        let mut digest = ChunkDigest { bounds: self.bounds, extent: self.extent, ..ChunkDigest::default() };
        for (id, rows) in self.pieces {
            digest.pieces.push((id, digest.rows.len() as u32));
            digest.rows.extend(rows);
        }
        digest.pieces.shrink_to_fit();
        digest.rows.shrink_to_fit();
        for (group, tally) in self.groups.into_iter().enumerate() {
            let take =
                |mut tally: Box<GroupTally>| tally.take(GroupId(group as u16), |at| self.causes[at as usize]);
            digest.groups.extend(tally.map(take));
        }
        ChunkResult { digest, at_home: self.at_home, disorder }
    }
}

/// The spans of a goroutine in a chunk.
struct Piece<'a> {
    data: &'a TraceData,
    kinds: &'a [Vec<(u32, u32)>],
    first_block: usize,
    bounds: &'a Range<Time>,
    extent: &'a mut Range<Time>,
    tally: &'a mut GroupTally,
    n_spans: usize,
    /// Spans of a segment that the digest does not have.
    n_loose: usize,
    is_in_order: bool,
}

impl Piece<'_> {
    /// Whether the digest covers the time between two times.
    fn takes(&mut self, start: Time, end: Time) -> bool {
        let is_inside = start >= self.bounds.start && end <= self.bounds.end;
        if is_inside {
            *self.extent = self.extent.start.min(start)..self.extent.end.max(end);
        }
        is_inside
    }
}

impl Sink for Piece<'_> {
    fn run(&mut self, number: usize, places: Range<usize>) {
        let block = &self.data.blocks[number];
        if !self.takes(block.start(places.start), block.start(places.end)) {
            self.is_in_order = false;
            return;
        }
        let kinds = &self.kinds[number - self.first_block];
        self.n_spans += places.len();
        for (kind, nanos) in block.lengths(places) {
            self.tally.add(kinds[kind], u64::from(nanos));
        }
    }

    fn single(&mut self, span: Single) {
        // No span ends after its goroutine, or before it starts.
        self.is_in_order &= span.start <= span.end && span.nanos == nanos_between(span.start, span.end);
        if !self.takes(span.start, span.end) {
            self.n_loose += 1;
            return;
        }
        let kind = self.data.blocks[span.block].kind_row(span.at);
        self.n_spans += 1;
        let kind = self.kinds[span.block - self.first_block][kind];
        self.tally.add(kind, span.nanos);
    }
}
