//! Cuts a trace into pieces: one or more generations that are put in order while those before them still are.
//!
//! ```text
//! generations  │ 1    │ 2    │ 3 │ 4 │ 5      │ 6 damaged │ 7 …
//! pieces       │ with its past │ a piece │ a piece │ with its past │ a piece
//! ```
//!
//! Where a piece begins and ends depends on the bytes alone, never on the number of cores.

use super::TraceVersion;
use super::batch::{Batch, BatchKind};
use super::cursor::{Cursor, ThreadBatch};
use super::event::{ThreadId, Time};
use super::generation::{GenerationEnd, Generations, RawGeneration};
use super::generation_tables::RawTables;
use super::id_map::NumberMap;
use super::spec::TIMED_ARGS;
use super::version::HEADER_LEN;

/// Consecutive generations that are read together.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) generations: Vec<RawGeneration>,
    /// The end of the generation before; `None` if these have to be read with their past: the first ones, those
    /// behind a gap, and those with damage that can be seen from outside.
    pub(super) before: Option<Tail>,
}

/// The generations of a trace, piece by piece.
#[derive(Debug)]
pub(super) struct Pieces<'a> {
    generations: Generations<'a>,
    /// Generations are put together until they have that many bytes.
    least_bytes: usize,
    /// The first generation of the next piece, already read.
    next: Option<RawGeneration>,
    /// The end of the piece before.
    tail: Option<Tail>,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(data: &'a [u8], version: TraceVersion, least_bytes: usize) -> Self {
        let generations = Generations::new(data, version, HEADER_LEN);
        Self { generations, least_bytes, next: None, tail: None }
    }

    /// The next piece; `None` at the end of the trace.
    pub(super) fn next_piece(&mut self) -> Option<Piece> {
        let first = self.next.take().or_else(|| self.generations.next_generation())?;
        let fits = is_clean(&first) && self.tail.as_ref().is_some_and(|tail| tail.is_followed_by(&first));
        let before = self.tail.take().filter(|_| fits);
        let mut piece = Piece { generations: vec![first], before };
        while let [.., last] = piece.generations.as_slice()
            && piece.bytes() < self.least_bytes
            && is_clean(last)
            && let Some(next) = self.generations.next_generation()
        {
            if !is_clean(&next) || Some(next.number) != last.number.checked_add(1) {
                self.next = Some(next);
                break;
            }
            piece.generations.push(next);
        }
        self.tail = piece.generations.last().filter(|last| is_clean(last)).map(Tail::new);
        Some(piece)
    }
}

impl Piece {
    fn bytes(&self) -> usize {
        let range = self.range();
        range.end - range.start
    }

    /// Its bytes in the file.
    pub(super) fn range(&self) -> std::ops::Range<usize> {
        let begin = self.generations.first().map_or(0, |first| first.offset);
        begin..self.generations.last().map_or(begin, |last| last.end_offset)
    }
}

fn is_clean(generation: &RawGeneration) -> bool {
    matches!(generation.end, GenerationEnd::Complete | GenerationEnd::EndOfFile)
        && generation.batches.iter().any(|batch| batch.kind == BatchKind::Events)
}

/// What tells when a generation ends: the last batch of each thread, and what else has times.
#[derive(Debug)]
pub(super) struct Tail {
    number: u64,
    last_batches: Vec<Batch>,
    others: Vec<Batch>,
}

impl Tail {
    fn new(generation: &RawGeneration) -> Self {
        let mut last_batches: Vec<Batch> = Vec::new();
        let mut places = NumberMap::default();
        let mut others = Vec::new();
        for &batch in &generation.batches {
            match batch.kind {
                BatchKind::Events if batch.len == 0 => {}
                BatchKind::Events => match places.get(batch.thread) {
                    Some(at) => last_batches[at as usize] = batch,
                    None => {
                        places.insert(batch.thread, last_batches.len() as u32);
                        last_batches.push(batch);
                    }
                },
                BatchKind::Sync | BatchKind::CpuSamples => others.push(batch),
                _ => {}
            }
        }
        Self { number: generation.number, last_batches, others }
    }

    /// The number of the generation.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    fn is_followed_by(&self, next: &RawGeneration) -> bool {
        Some(next.number) == self.number.checked_add(1)
    }

    /// The time of the last event or sample, as the file has it; `None` if that cannot be read.
    pub(super) fn last_time(&self, data: &[u8], version: TraceVersion) -> Option<Time> {
        let others = RawGeneration {
            number: self.number,
            batches: self.others.clone(),
            min_time: 0,
            offset: 0,
            end_offset: 0,
            end: GenerationEnd::Complete,
            is_last: false,
        };
        let tables = RawTables::decode(data, &others, version, None);
        let clock = tables.clock?;
        let mut last_time = tables.samples.last().map_or(Time::MIN, |sample| sample.time);
        for &batch in &self.last_batches {
            let own = [ThreadBatch { batch, index: 0 }];
            let mut cursor = Cursor::new(ThreadId::NONE, 0, 1);
            while cursor.advance(&own, data, &clock).ok()? {
                last_time = last_time.max(cursor.event.time);
                for _ in 0..TIMED_ARGS[usize::from(cursor.event.kind)] {
                    cursor.event.take::<1>().ok()?;
                }
            }
        }
        Some(last_time)
    }
}
