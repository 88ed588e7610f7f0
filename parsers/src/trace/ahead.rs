//! Some generations ahead of the merge: hopped over and their tables decoded, on all cores.
//!
//! Only headers and tables: events are decoded when their turn comes, so what is held ahead is small whatever the
//! size of the generations. Each generation is decoded on its own, so the number of threads shows nowhere.

use std::collections::VecDeque;

use rayon::prelude::*;

use super::TraceVersion;
use super::generation::{Generations, RawGeneration};
use super::generation_tables::RawTables;
use super::version::HEADER_LEN;

/// Generations that are taken up at once.
const GENERATIONS: usize = 8;

/// Generations that wait for the merge.
#[derive(Debug)]
pub(super) struct Ahead<'a> {
    /// None if somebody else finds the generations.
    generations: Option<Generations<'a>>,
    decoded: VecDeque<(RawGeneration, RawTables<'a>)>,
    /// How many to take up next: the first alone, so that the first event comes soon.
    take: usize,
    /// Whether more generations will be given.
    is_waiting: bool,
}

impl<'a> Ahead<'a> {
    pub(super) fn new(data: &'a [u8], version: TraceVersion) -> Self {
        let generations = Some(Generations::new(data, version, HEADER_LEN));
        Self { generations, decoded: VecDeque::new(), take: 1, is_waiting: false }
    }

    /// None by itself: all are given.
    pub(super) fn given() -> Self {
        Self { generations: None, decoded: VecDeque::new(), take: 1, is_waiting: true }
    }

    /// Gives the next generation.
    pub(super) fn give(&mut self, data: &'a [u8], version: TraceVersion, raw: RawGeneration) {
        let tables = RawTables::decode(data, &raw, version, None);
        self.decoded.push_back((raw, tables));
    }

    /// No more generations will be given.
    pub(super) fn give_no_more(&mut self) {
        self.is_waiting = false;
    }

    /// Whether it cannot go on before the next generation is given.
    pub(super) fn is_waiting(&self) -> bool {
        self.is_waiting && self.decoded.is_empty()
    }

    /// The next generation with its tables; `None` at a clean end of the trace.
    pub(super) fn next(
        &mut self,
        data: &'a [u8],
        version: TraceVersion,
    ) -> Option<(RawGeneration, RawTables<'a>)> {
        if self.decoded.is_empty()
            && let Some(generations) = &mut self.generations
        {
            let raw: Vec<_> = std::iter::from_fn(|| generations.next_generation()).take(self.take).collect();
            self.take = GENERATIONS;
            let decode = |raw: RawGeneration| {
                let tables = RawTables::decode(data, &raw, version, None);
                (raw, tables)
            };
            if raw.len() > 1 {
                let decoded: Vec<_> = raw.into_par_iter().map(decode).collect();
                self.decoded.extend(decoded);
            } else {
                self.decoded.extend(raw.into_iter().map(decode));
            }
        }
        self.decoded.pop_front()
    }
}
