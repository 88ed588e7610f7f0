//! Sums up tasks or regions: in cells, on all cores.

use std::cmp::Reverse;
use std::ops::Range;

use goscope_parsers::trace::GoId;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::histogram::{LengthBars, OpenHistogram};
use crate::trace::digest::group_tally::GroupTally;
use crate::trace::digest::groups::GroupId;
use crate::trace::digest::index::Digest;
use crate::trace::digest::marks::{MarkCell, MarkDigest, MarkKey, MarkKind};
use crate::trace::store::data::TraceData;
use crate::trace::store::walk::{Near, Single, Sink, Walk};
use crate::trace::words::cause::CauseId;
use crate::trace::words::instance::Instance;

/// Groups with a key of their own, at most.
const MOST: usize = 250;

/// A key is rare if it has less than this part of all marks.
const RARE: u64 = 250;

/// Marks that one worker takes up at once, at least.
const AT_ONCE: usize = 4096;

/// A mark is summed up if it has no more spans than this, or than this many times the mean of disjoint ones: so that
/// it takes no longer than some walks over the trace, whatever lies above each other.
const FEW_SPANS: u64 = 64;
const TIMES_MEAN: u64 = 4;

impl MarkDigest {
    /// Sums up the tasks or regions of a trace.
    pub(crate) fn new(data: &TraceData, digest: &Digest, kind: MarkKind) -> Self {
        let keys = KeyGroups::new(data, kind);
        let (mut ids, lens) = ids_by_chunk(data, digest, kind);
        let longest = ids.par_iter().filter_map(|&id| kind.instance(data, id)).map(|it| it.nanos()).max();
        let bars = LengthBars::new(longest.unwrap_or(0));
        let most_spans = FEW_SPANS.max(TIMES_MEAN * data.span_count() / (ids.len() as u64).max(1)) as usize;
        let inputs = Inputs { data, digest, kind, keys: &keys, bars: &bars, most_spans };
        let mut rest = ids.as_mut_slice();
        let mut chunks: Vec<(usize, &mut [u32])> = Vec::with_capacity(lens.len());
        let mut first = 0;
        for len in lens {
            let (chunk, others) = rest.split_at_mut(len);
            rest = others;
            chunks.push((first, chunk));
            first += len;
        }
        let cells = chunks.into_par_iter().with_max_len(1);
        let cells: Vec<Vec<MarkCell>> = cells.map(|(first, ids)| inputs.cells(first, ids)).collect();
        Self { kind, groups: keys.groups, cells: cells.into_iter().flatten().collect(), ids }
    }
}

/// The group of each key.
struct KeyGroups {
    groups: Vec<Vec<MarkKey>>,
    /// Of those that are not rare.
    frequent: FxHashMap<MarkKey, GroupId>,
}

impl KeyGroups {
    fn new(data: &TraceData, kind: MarkKind) -> Self {
        let ids = (0..kind.id_end(data)).into_par_iter().with_min_len(AT_ONCE);
        let add = |mut counts: FxHashMap<MarkKey, u64>, id: u32| {
            if let Some(mark) = kind.instance(data, id) {
                *counts.entry(kind.key(data, id, mark.goroutine)).or_default() += 1;
            }
            counts
        };
        let counts = ids.fold(FxHashMap::default, add).reduce(FxHashMap::default, |mut left, right| {
            // Sums: the order shows nowhere.
            right.into_iter().for_each(|(key, count)| *left.entry(key).or_default() += count);
            left
        });
        let least = counts.values().sum::<u64>() / RARE;
        let mut counts: Vec<(MarkKey, u64)> = counts.into_iter().collect();
        counts.sort_unstable_by_key(|&(key, count)| (Reverse(count), key));
        let n_frequent = counts.iter().take(MOST).filter(|(_, count)| *count > least).count();
        let (frequent, rare) = counts.split_at(n_frequent);
        let mut groups: Vec<Vec<MarkKey>> = frequent.iter().map(|&(key, _)| vec![key]).collect();
        groups.push(rare.iter().map(|&(key, _)| key).collect());
        let places = frequent.iter().enumerate().map(|(group, &(key, _))| (key, GroupId(group as u16)));
        Self { groups, frequent: places.collect() }
    }

    fn of(&self, key: &MarkKey) -> GroupId {
        self.frequent.get(key).copied().unwrap_or(GroupId(self.groups.len() as u16 - 1))
    }
}

/// The ids of complete marks by the chunk in which they begin, and how many each has.
fn ids_by_chunk(data: &TraceData, digest: &Digest, kind: MarkKind) -> (Vec<u32>, Vec<usize>) {
    let chunk_of = |id: u32| {
        let mark = kind.instance(data, id)?;
        let after = digest.chunks.partition_point(|chunk| chunk.bounds.start <= mark.begin);
        Some(after.saturating_sub(1) as u32)
    };
    let all = (0..kind.id_end(data)).into_par_iter().with_min_len(AT_ONCE);
    let chunks: Vec<Option<u32>> = all.map(chunk_of).collect();
    // Without any span there is still a chunk for what the program marked.
    let mut lens = vec![0; digest.chunks.len().max(1)];
    chunks.iter().flatten().for_each(|&chunk| lens[chunk as usize] += 1);
    let mut next: Vec<usize> = Vec::with_capacity(lens.len());
    let mut begin = 0;
    for &len in &lens {
        next.push(begin);
        begin += len;
    }
    let mut ids = vec![0; begin];
    for (id, chunk) in chunks.iter().enumerate() {
        if let Some(chunk) = *chunk {
            let place = &mut next[chunk as usize];
            ids[*place] = id as u32;
            *place += 1;
        }
    }
    (ids, lens)
}

/// What cells are made from.
struct Inputs<'m> {
    data: &'m TraceData,
    digest: &'m Digest,
    kind: MarkKind,
    keys: &'m KeyGroups,
    bars: &'m LengthBars,
    most_spans: usize,
}

/// A mark, as cells are sorted.
struct Mark {
    group: GroupId,
    bar: u16,
    id: u32,
    instance: Instance,
}

impl Inputs<'_> {
    /// Sorts the marks of a chunk, of which the first has this place, and makes their cells.
    fn cells(&self, first: usize, ids: &mut [u32]) -> Vec<MarkCell> {
        let mut marks: Vec<Mark> = ids.iter().filter_map(|&id| self.mark(id)).collect();
        let order =
            |mark: &Mark| (mark.group, mark.bar, mark.instance.goroutine, mark.instance.begin, mark.id);
        marks.sort_unstable_by_key(order);
        let mut tally = GroupTally::new(self.digest.rows.keys.len(), self.data.causes().len());
        let mut wall = OpenHistogram::default();
        let mut cells = Vec::new();
        let mut begin = 0;
        for marks in marks.chunk_by(|one, other| (one.group, one.bar) == (other.group, other.bar)) {
            let ids = &mut ids[begin..begin + marks.len()];
            cells.push(self.cell(marks, (first + begin, ids), (&mut tally, &mut wall)));
            begin += marks.len();
        }
        cells
    }

    fn mark(&self, id: u32) -> Option<Mark> {
        let instance = self.kind.instance(self.data, id)?;
        let group = self.keys.of(&self.kind.key(self.data, id, instance.goroutine));
        Some(Mark { group, bar: self.bars.index_of(instance.nanos()) as u16, id, instance })
    }

    fn cell(
        &self,
        marks: &[Mark],
        (first, ids): (usize, &mut [u32]),
        (tally, wall): (&mut GroupTally, &mut OpenHistogram),
    ) -> MarkCell {
        let mut near = Near::default();
        let mut others = Vec::new();
        let mut n_summed = 0;
        for mark in marks {
            if self.sum_up(&mark.instance, &mut near, tally) {
                wall.record(mark.instance.nanos());
                ids[n_summed] = mark.id;
                n_summed += 1;
            } else {
                others.push(mark.id);
            }
        }
        ids[n_summed..].copy_from_slice(&others);
        let end = first + n_summed;
        let begins = marks.iter().map(|mark| mark.instance.begin);
        let ends = marks.iter().map(|mark| mark.instance.end);
        let nanos = marks.iter().map(|mark| mark.instance.nanos());
        MarkCell {
            summed: first..end,
            others: end..first + marks.len(),
            begins: extremes(begins),
            ends: extremes(ends),
            nanos: extremes(nanos),
            wall: wall.take_packed(),
            sums: tally.take(marks[0].group, CauseId),
        }
    }

    /// Adds a mark; `false` if it has to be walked over.
    fn sum_up(&self, instance: &Instance, near: &mut Near, tally: &mut GroupTally) -> bool {
        let goroutine = instance.goroutine;
        if !self.is_covered_by_spans(instance) {
            return false;
        }
        let Some(walk) = Walk::near(self.data, goroutine, instance.range(), near) else {
            // It took no time.
            return true;
        };
        if walk.count() > self.most_spans {
            return false;
        }
        let mut spans = Spans { data: self.data, digest: self.digest, tally };
        walk.visited().for_each(|segment| walk.segment(segment, &mut spans));
        tally.end_instance(true, |_| {});
        true
    }

    /// Whether a mark lies in the life of its goroutine, which spans tile unless they are not in order.
    fn is_covered_by_spans(&self, instance: &Instance) -> bool {
        let is_in_life = |goroutine: GoId| {
            let trace = self.data.range();
            self.data.life(goroutine).is_some_and(|life| {
                let is_in_trace = life.start < trace.end && life.end >= trace.start;
                is_in_trace && life.start <= instance.begin && instance.end <= life.end
            })
        };
        instance.begin <= instance.end
            && is_in_life(instance.goroutine)
            && !self.digest.is_disorder(instance.goroutine)
            && !self.data.segments_of(instance.goroutine).is_empty()
    }
}

/// The least and the greatest; of nothing a range without anything in it is never asked for.
fn extremes<T: Copy + Ord + Default>(values: impl Iterator<Item = T> + Clone) -> std::ops::RangeInclusive<T> {
    values.clone().min().unwrap_or_default()..=values.max().unwrap_or_default()
}

/// The spans of a mark.
struct Spans<'a> {
    data: &'a TraceData,
    digest: &'a Digest,
    tally: &'a mut GroupTally,
}

impl Sink for Spans<'_> {
    fn run(&mut self, number: usize, places: Range<usize>) {
        let (block, rows) = (&self.data.blocks[number], &self.digest.kind_rows[number]);
        let starts = &block.starts[places.start..=places.end];
        for (pair, &kind) in starts.windows(2).zip(&block.kinds[places]) {
            let kind = usize::from(kind);
            let nanos = u64::from(pair[1].wrapping_sub(pair[0]));
            self.tally.add((rows[kind], block.dictionary[kind].cause.0), nanos);
        }
    }

    fn single(&mut self, span: Single) {
        let block = &self.data.blocks[span.block];
        let kind = usize::from(block.kinds[span.at]);
        let row = self.digest.kind_rows[span.block][kind];
        self.tally.add((row, block.dictionary[kind].cause.0), span.nanos);
    }
}
