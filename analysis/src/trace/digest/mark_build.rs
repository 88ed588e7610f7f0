//! Sums up tasks or regions: in cells, on all cores.

use std::cmp::Reverse;
use std::ops::Range;

use goscope_parsers::trace::{GoId, Time};
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

/// Marks of a batch, at least. With more of them sums are smaller, and more is walked over where a selection begins and
/// ends.
const BATCH: usize = 1 << 15;

/// A mark is summed up if it has no more spans than this, or than this many times the mean of disjoint ones: so that
/// it takes no longer than some walks over the trace, whatever lies above each other.
const FEW_SPANS: u64 = 64;
const TIMES_MEAN: u64 = 4;

impl MarkDigest {
    /// Sums up the tasks or regions of a trace.
    pub(crate) fn new(data: &TraceData, digest: &Digest, kind: MarkKind) -> Self {
        let seen = Seen::new(data, kind);
        let (keys, bars) = (KeyGroups::new(seen.counts), LengthBars::new(seen.longest));
        let (mut ids, lens) = ids_by_chunk(data, digest, kind);
        let most_spans = FEW_SPANS.max(TIMES_MEAN * data.span_count() / (ids.len() as u64).max(1)) as usize;
        let inputs = Inputs { data, digest, kind, keys: &keys, bars: &bars, most_spans };
        let mut rest = ids.as_mut_slice();
        let mut batches: Vec<(usize, &mut [u32])> = Vec::new();
        let (mut first, mut len) = (0, 0);
        for (chunk, len_of_chunk) in lens.iter().enumerate() {
            len += len_of_chunk;
            if len >= BATCH || chunk + 1 == lens.len() {
                let (batch, others) = rest.split_at_mut(len);
                batches.push((first, batch));
                (first, len, rest) = (first + len, 0, others);
            }
        }
        let cells = batches.into_par_iter().with_max_len(1);
        let cells: Vec<Vec<MarkCell>> = cells.map(|(first, ids)| inputs.cells(first, ids)).collect();
        Self { kind, groups: keys.groups, cells: cells.into_iter().flatten().collect(), ids }
    }
}

/// What is seen at a look at all marks.
#[derive(Default)]
struct Seen {
    /// How many of each key.
    counts: FxHashMap<MarkKey, u64>,
    /// How long the longest takes.
    longest: u64,
}

impl Seen {
    fn new(data: &TraceData, kind: MarkKind) -> Self {
        let ids = (0..kind.id_end(data)).into_par_iter().with_min_len(AT_ONCE);
        let add = |mut seen: Self, id: u32| {
            if let Some(mark) = kind.instance(data, id) {
                *seen.counts.entry(kind.key(data, id, mark.goroutine)).or_default() += 1;
                seen.longest = seen.longest.max(mark.nanos());
            }
            seen
        };
        ids.fold(Self::default, add).reduce(Self::default, |mut left, right| {
            // Sums: the order shows nowhere.
            right.counts.into_iter().for_each(|(key, count)| *left.counts.entry(key).or_default() += count);
            Self { longest: left.longest.max(right.longest), ..left }
        })
    }
}

/// The group of each key.
struct KeyGroups {
    groups: Vec<Vec<MarkKey>>,
    /// Of those that are not rare.
    frequent: FxHashMap<MarkKey, GroupId>,
}

impl KeyGroups {
    fn new(counts: FxHashMap<MarkKey, u64>) -> Self {
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

/// A mark, and its group and bar in one number.
struct Mark {
    instance: Instance,
    id: u32,
    cell: u32,
}

impl Inputs<'_> {
    /// Sorts the marks of a batch, of which the first has this place, and makes their cells.
    fn cells(&self, first: usize, ids: &mut [u32]) -> Vec<MarkCell> {
        let marks: Vec<Mark> = ids.iter().filter_map(|&id| self.mark(id)).collect();
        // Cell, goroutine and place in one word. On one goroutine they come in order of time.
        let words = marks.iter().zip(0_u32..).map(|(mark, place)| {
            u128::from(mark.cell) << 64 | u128::from(mark.instance.goroutine.0) << 32 | u128::from(place)
        });
        let mut words: Vec<u128> = words.collect();
        words.sort_unstable();
        let mut tally = GroupTally::new(self.digest.rows.keys.len(), self.data.causes().len());
        let mut wall = OpenHistogram::default();
        let mut cells = Vec::new();
        let mut begin = 0;
        for words in words.chunk_by(|one, other| one >> 64 == other >> 64) {
            let ids = &mut ids[begin..begin + words.len()];
            let marks = words.iter().map(|&word| &marks[word as u32 as usize]);
            cells.push(self.cell(marks, (first + begin, ids), (&mut tally, &mut wall)));
            begin += words.len();
        }
        cells
    }

    fn mark(&self, id: u32) -> Option<Mark> {
        let instance = self.kind.instance(self.data, id)?;
        let group = self.keys.of(&self.kind.key(self.data, id, instance.goroutine));
        let bar = self.bars.index_of(instance.nanos()) as u32;
        Some(Mark { instance, id, cell: u32::from(group.0) << 16 | bar })
    }

    fn cell<'k>(
        &self,
        marks: impl Iterator<Item = &'k Mark>,
        (first, ids): (usize, &mut [u32]),
        (tally, wall): (&mut GroupTally, &mut OpenHistogram),
    ) -> MarkCell {
        let mut near = Near::default();
        let mut others = Vec::new();
        let mut bounds = Bounds::default();
        let (mut n_summed, mut group) = (0, GroupId::default());
        for Mark { instance, id, cell } in marks {
            group = GroupId((cell >> 16) as u16);
            bounds.add(instance);
            if self.sum_up(instance, &mut near, tally) {
                wall.record(instance.nanos());
                ids[n_summed] = *id;
                n_summed += 1;
            } else {
                others.push(*id);
            }
        }
        ids[n_summed..].copy_from_slice(&others);
        let end = first + n_summed;
        MarkCell {
            summed: first..end,
            others: end..first + ids.len(),
            begins: bounds.begins.0..=bounds.begins.1,
            ends: bounds.ends.0..=bounds.ends.1,
            nanos: bounds.nanos.0..=bounds.nanos.1,
            wall: wall.take_packed(),
            sums: tally.take(group, CauseId),
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

/// The least and the greatest of marks.
struct Bounds {
    begins: (Time, Time),
    ends: (Time, Time),
    nanos: (u64, u64),
}

impl Default for Bounds {
    fn default() -> Self {
        let none = (Time::MAX, Time::MIN);
        Self { begins: none, ends: none, nanos: (u64::MAX, 0) }
    }
}

impl Bounds {
    fn add(&mut self, mark: &Instance) {
        self.begins = (self.begins.0.min(mark.begin), self.begins.1.max(mark.begin));
        self.ends = (self.ends.0.min(mark.end), self.ends.1.max(mark.end));
        self.nanos = (self.nanos.0.min(mark.nanos()), self.nanos.1.max(mark.nanos()));
    }
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
        for (kind, nanos) in block.lengths(places) {
            self.tally.add((rows[kind], block.dictionary[kind].cause.0), u64::from(nanos));
        }
    }

    fn single(&mut self, span: Single) {
        let block = &self.data.blocks[span.block];
        let kind = block.kind_row(span.at);
        let row = self.digest.kind_rows[span.block][kind];
        self.tally.add((row, block.dictionary[kind].cause.0), span.nanos);
    }
}
