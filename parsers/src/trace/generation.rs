//! Which batches form a generation: a self-contained piece of about a second. Pure data, nothing decoded.
//!
//! | | before Go 1.26 | since Go 1.26 |
//! |---|---|---|
//! | it ends | where the first batch with the next number begins | with a byte of its own |
//! | next number | one more, else "generations out of order" | any |
//! | the file ends | normal end of the last generation | without that byte: incomplete |

use super::TraceVersion;
use super::batch::{Batch, BatchKind, batch_at};
use super::problem::{Fault, Faulty, ProblemKind};

/// The batches of one generation, and how it ended.
#[derive(Debug)]
pub(crate) struct RawGeneration {
    /// Its number in the file; 0 when not even a batch was read.
    pub(crate) number: u64,
    /// All its batches in file order, without the end mark.
    pub(crate) batches: Vec<Batch>,
    /// The smallest base time of all batches, in clock units.
    pub(crate) min_time: u64,
    /// Where it begins in the file.
    pub(crate) offset: usize,
    /// Where it ends in the file.
    pub(crate) end_offset: usize,
    /// How it ended.
    pub(crate) end: GenerationEnd,
    /// Whether nothing can be read behind it.
    pub(crate) is_last: bool,
}

impl RawGeneration {
    /// A copy of one that ended as it should.
    pub(crate) fn clean_copy(&self) -> Self {
        let end = match self.end {
            GenerationEnd::EndOfFile => GenerationEnd::EndOfFile,
            _ => GenerationEnd::Complete,
        };
        Self { batches: self.batches.clone(), end, ..*self }
    }
}

/// How a generation ended.
#[derive(Debug)]
pub(crate) enum GenerationEnd {
    /// As it should, and (before Go 1.26) the next one has begun.
    Complete,
    /// With the file; before Go 1.26 nobody can tell whether that is its real end.
    EndOfFile,
    /// By a fault that leaves what was read usable for Go too (before Go 1.26: unreadable bytes follow).
    ThenFault(Box<Fault>),
    /// By a fault for which Go discards the whole generation.
    Broken(Box<Fault>),
}

/// The generations of a trace, one after the other.
#[derive(Debug)]
pub(crate) struct Generations<'a> {
    data: &'a [u8],
    version: TraceVersion,
    offset: usize,
    /// The first batch of the next generation, already read (always before Go 1.26).
    spill: Option<Batch>,
    is_done: bool,
}

impl<'a> Generations<'a> {
    /// The generations of a whole trace; `offset` is behind the header.
    pub(crate) fn new(data: &'a [u8], version: TraceVersion, offset: usize) -> Self {
        Self { data, version, offset, spill: None, is_done: false }
    }

    /// Hops over the batches of the next generation; `None` at a clean end of the trace.
    pub(crate) fn next_generation(&mut self) -> Option<RawGeneration> {
        if self.is_done {
            return None;
        }
        let mut generation = RawGeneration {
            number: 0,
            batches: Vec::new(),
            min_time: 0,
            offset: self.spill.map_or(self.offset, |batch| batch.offset),
            end_offset: self.offset,
            end: GenerationEnd::EndOfFile,
            is_last: false,
        };
        if let Some(first) = self.spill.take() {
            generation.number = first.generation;
            generation.min_time = first.time;
            generation.batches.push(first);
        }
        generation.end = self.read_batches(&mut generation);
        generation.is_last = self.is_done;
        generation.end_offset = self.spill.map_or(self.offset, |batch| batch.offset);
        let is_nothing = generation.batches.is_empty() && matches!(generation.end, GenerationEnd::EndOfFile);
        (!is_nothing).then_some(generation)
    }

    fn read_batches(&mut self, generation: &mut RawGeneration) -> GenerationEnd {
        loop {
            let batch = match batch_at(self.data, self.offset, self.version) {
                Ok(Some(batch)) => batch,
                Ok(None) => return self.end_of_file(generation),
                Err(fault) => {
                    self.is_done = true;
                    let is_spill = !self.version.has_end_of_generation() && generation.number != 0;
                    return if is_spill {
                        GenerationEnd::ThenFault(fault)
                    } else {
                        GenerationEnd::Broken(fault)
                    };
                }
            };
            match self.add_batch(generation, batch) {
                Ok(None) => {}
                Ok(Some(end)) => return end,
                Err(fault) => return GenerationEnd::Broken(fault.at(batch.offset, None)),
            }
        }
    }

    fn end_of_file(&mut self, generation: &RawGeneration) -> GenerationEnd {
        self.is_done = true;
        let has_events = generation.batches.iter().any(|batch| batch.kind == BatchKind::Events);
        if self.version.has_end_of_generation() && has_events {
            let what = "the last generation has no end: the program crashed or is still writing";
            let fault = Fault::malformed(self.data.len(), what).of_kind(ProblemKind::IncompleteGeneration);
            return GenerationEnd::Broken(fault);
        }
        GenerationEnd::EndOfFile
    }

    /// Adds a batch, or says how the generation ended.
    fn add_batch(&mut self, generation: &mut RawGeneration, batch: Batch) -> Faulty<Option<GenerationEnd>> {
        self.offset = batch.end();
        let has_end_mark = self.version.has_end_of_generation();
        if generation.number == 0 {
            generation.number = batch.generation;
        }
        if batch.kind == BatchKind::EndOfGeneration {
            if has_end_mark {
                return Ok(Some(GenerationEnd::Complete));
            }
            let what = "an end-of-generation mark in a trace of a version that has none";
            return Err(Fault::malformed(batch.offset, what));
        }
        if batch.generation == 0 {
            self.is_done = true;
            return Err(Fault::malformed(batch.offset, "invalid generation number 0"));
        }
        if batch.generation != generation.number {
            self.spill = Some(batch);
            if has_end_mark {
                let what =
                    format!("generation {} begins before {} ends", batch.generation, generation.number);
                return Err(Fault::malformed(batch.offset, what));
            }
            if Some(batch.generation) == generation.number.checked_add(1) {
                return Ok(Some(GenerationEnd::Complete));
            }
            let what = format!("generation {} follows {}", batch.generation, generation.number);
            return Err(Fault::malformed(batch.offset, what).of_kind(ProblemKind::LostGenerations));
        }
        if generation.min_time == 0 || batch.time < generation.min_time {
            generation.min_time = batch.time;
        }
        generation.batches.push(batch);
        Ok(None)
    }
}
