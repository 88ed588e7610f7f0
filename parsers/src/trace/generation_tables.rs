//! The tables of one generation, decoded but with the file's own ids: strings, stacks, CPU samples, clock.
//!
//! Tables may come after the batches that use them (the runtime writes them last), so they are decoded before
//! the first event is. Several generations can be decoded at the same time: nothing here is shared.
//! [`resolve`](super::resolve) then gives everything ids of the whole trace.

use super::TraceVersion;
use super::batch::{Batch, BatchKind};
use super::clock::{Clock, ClockSnapshot};
use super::event::Time;
use super::generation::RawGeneration;
use super::id_map::NumberMap;
use super::problem::{Fault, Faulty};
use super::spec::wire;
use super::uvarint::split_uvarint;

/// Longest string: the runtime cuts longer ones.
pub(crate) const MAX_STRING_BYTES: u64 = 1024;
/// Most frames of a stack.
pub(crate) const MAX_STACK_FRAMES: u64 = 128;

/// A frame with the string ids of its generation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawFrame {
    pub(crate) pc: u64,
    pub(crate) function: u64,
    pub(crate) file: u64,
    pub(crate) line: u64,
}

/// A sample of the CPU profiler, with ids of the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawSample {
    pub(crate) time: Time,
    pub(crate) thread: u64,
    pub(crate) proc: u64,
    pub(crate) goroutine: u64,
    pub(crate) stack: u64,
}

/// The tables of one generation.
///
/// ```text
/// stacks       | id 7: 0..3 | id 9: 3..4 |
/// stack_frames | f0 f1 f2     | f1 |        indexes into frames: one frame per pc
/// ```
#[derive(Debug, Default)]
pub(crate) struct RawTables<'a> {
    pub(crate) strings: Vec<(u64, &'a [u8])>,
    pub(crate) frames: Vec<RawFrame>,
    pub(crate) stack_frames: Vec<u32>,
    /// Id, and where its frames end in `stack_frames`; they begin where those of the stack before end.
    pub(crate) stacks: Vec<(u64, u32)>,
    /// In order of time.
    pub(crate) samples: Vec<RawSample>,
    pub(crate) clock: Option<Clock>,
    pub(crate) snapshot: Option<ClockSnapshot>,
    /// What was wrong; the tables hold what came before, and the other batches.
    pub(crate) faults: Vec<Fault>,
}

/// What is needed while decoding and not after.
struct Builder<'a> {
    tables: RawTables<'a>,
    string_ids: NumberMap,
    stack_ids: NumberMap,
    /// One frame per pc and generation, the first one seen, as Go does.
    frame_by_pc: NumberMap,
    snapshot: Option<(u64, u64, u64, u64)>,
    data_len: usize,
}

impl<'a> RawTables<'a> {
    /// Decodes all table batches of a generation.
    ///
    /// `fallback` is the clock of the generation before, for an unfinished one without a frequency.
    pub(crate) fn decode(
        data: &'a [u8],
        generation: &RawGeneration,
        version: TraceVersion,
        fallback: Option<Clock>,
    ) -> Self {
        let mut builder = Builder {
            tables: RawTables::default(),
            string_ids: NumberMap::default(),
            stack_ids: NumberMap::default(),
            frame_by_pc: NumberMap::default(),
            snapshot: None,
            data_len: data.len(),
        };
        for (at, batch) in generation.batches.iter().enumerate() {
            let payload = batch.payload(data);
            let result = match batch.kind {
                BatchKind::Strings => builder.add_strings(payload, batch),
                BatchKind::Stacks => builder.add_stacks(payload, batch),
                BatchKind::CpuSamples => builder.add_samples(payload, batch),
                BatchKind::Sync => builder.add_sync(payload, batch, version),
                _ => Ok(()),
            };
            if let Err(fault) = result {
                builder.tables.faults.push(*fault.at(batch.offset, Some(at as u32)));
            }
        }
        builder.finish(generation, version, fallback)
    }
}

/// Reads records off a payload and knows where in the file it is.
struct Records<'a> {
    rest: &'a [u8],
    end: usize,
}

impl<'a> Records<'a> {
    /// Skips the payload's first byte, which says what it is.
    fn new(payload: &'a [u8], batch: &Batch) -> Self {
        Self { rest: payload.get(1..).unwrap_or_default(), end: batch.end() }
    }

    fn offset(&self) -> usize {
        self.end - self.rest.len()
    }

    /// The type of the next record, which must be `kind`; `None` at the end.
    fn next(&mut self, kind: u8, name: &str) -> Faulty<Option<()>> {
        let Some((&first, rest)) = self.rest.split_first() else {
            return Ok(None);
        };
        if first != kind {
            let what = format!("expected a {name}, got an event of type {first}");
            return Err(Fault::malformed(self.offset(), what));
        }
        self.rest = rest;
        Ok(Some(()))
    }

    fn number(&mut self, name: &str) -> Faulty<u64> {
        let Some((value, rest)) = split_uvarint(self.rest) else {
            return Err(Fault::malformed(self.offset(), format!("{name} is cut off or malformed")));
        };
        self.rest = rest;
        Ok(value)
    }

    fn bytes(&mut self, len: u64, name: &str) -> Faulty<&'a [u8]> {
        let Some((bytes, rest)) = usize::try_from(len).ok().and_then(|len| self.rest.split_at_checked(len))
        else {
            return Err(Fault::malformed(self.offset(), format!("{name} of {len} bytes is cut off")));
        };
        self.rest = rest;
        Ok(bytes)
    }
}

impl<'a> Builder<'a> {
    fn add_strings(&mut self, payload: &'a [u8], batch: &Batch) -> Faulty<()> {
        let mut records = Records::new(payload, batch);
        while records.next(wire::STRING, "string")?.is_some() {
            let offset = records.offset();
            let id = records.number("a string's id")?;
            let len = records.number("a string's length")?;
            if len > MAX_STRING_BYTES {
                let what =
                    format!("string {id} claims {len} bytes, more than the maximum of {MAX_STRING_BYTES}");
                return Err(Fault::malformed(offset, what));
            }
            let bytes = records.bytes(len, "a string")?;
            // Id 0 is the empty string and never written.
            if id == 0 || self.string_ids.get(id).is_some() {
                return Err(Fault::malformed(offset, format!("string {id} is defined a second time")));
            }
            self.string_ids.insert(id, self.tables.strings.len() as u32);
            self.tables.strings.push((id, bytes));
        }
        Ok(())
    }

    fn add_stacks(&mut self, payload: &[u8], batch: &Batch) -> Faulty<()> {
        let mut records = Records::new(payload, batch);
        while records.next(wire::STACK, "stack")?.is_some() {
            let offset = records.offset();
            let id = records.number("a stack's id")?;
            let frames = records.number("a stack's number of frames")?;
            if frames > MAX_STACK_FRAMES {
                let what =
                    format!("stack {id} claims {frames} frames, more than the maximum of {MAX_STACK_FRAMES}");
                return Err(Fault::malformed(offset, what));
            }
            let begin = self.tables.stack_frames.len();
            for _ in 0..frames {
                match self.frame(&mut records) {
                    Ok(frame) => self.tables.stack_frames.push(frame),
                    Err(fault) => {
                        self.tables.stack_frames.truncate(begin);
                        return Err(fault);
                    }
                }
            }
            if id == 0 || self.stack_ids.get(id).is_some() {
                self.tables.stack_frames.truncate(begin);
                return Err(Fault::malformed(offset, format!("stack {id} is defined a second time")));
            }
            self.stack_ids.insert(id, self.tables.stacks.len() as u32);
            self.tables.stacks.push((id, self.tables.stack_frames.len() as u32));
        }
        Ok(())
    }

    fn frame(&mut self, records: &mut Records<'_>) -> Faulty<u32> {
        let pc = records.number("a frame's pc")?;
        let function = records.number("a frame's function")?;
        let file = records.number("a frame's file")?;
        let line = records.number("a frame's line")?;
        if let Some(frame) = self.frame_by_pc.get(pc) {
            return Ok(frame);
        }
        let frame = self.tables.frames.len() as u32;
        self.tables.frames.push(RawFrame { pc, function, file, line });
        self.frame_by_pc.insert(pc, frame);
        Ok(frame)
    }

    fn add_samples(&mut self, payload: &[u8], batch: &Batch) -> Faulty<()> {
        let mut records = Records::new(payload, batch);
        while records.next(wire::CPU_SAMPLE, "CPU sample")?.is_some() {
            let mut field = || records.number("a field of a CPU sample");
            let (units, thread, proc) = (field()?, field()?, field()?);
            let (goroutine, stack) = (field()?, field()?);
            // Units until the clock is known; goroutine 0 is "none".
            let time = units as Time;
            let goroutine = if goroutine == 0 { u64::MAX } else { goroutine };
            self.tables.samples.push(RawSample { time, thread, proc, goroutine, stack });
        }
        Ok(())
    }

    fn add_sync(&mut self, payload: &[u8], batch: &Batch, version: TraceVersion) -> Faulty<()> {
        let mut records = Records::new(payload, batch);
        if !version.has_sync_batch() {
            records.rest = payload;
        }
        let mut snapshot_time = batch.time;
        while let Some((&kind, rest)) = records.rest.split_first() {
            let offset = records.offset();
            match kind {
                wire::FREQUENCY if self.tables.clock.is_some() => {
                    return Err(Fault::malformed(offset, "the generation has two frequencies"));
                }
                wire::FREQUENCY => {
                    records.rest = rest;
                    self.tables.clock = Some(Clock::from_frequency(records.number("the frequency")?));
                }
                wire::CLOCK_SNAPSHOT if version.has_sync_batch() => {
                    if self.snapshot.is_some() {
                        return Err(Fault::malformed(offset, "the generation has two clock snapshots"));
                    }
                    records.rest = rest;
                    let mut field = || records.number("a field of the clock snapshot");
                    snapshot_time = u64::wrapping_add(snapshot_time, field()?);
                    self.snapshot = Some((snapshot_time, field()?, field()?, field()?));
                }
                other => {
                    let what =
                        format!("expected a frequency or clock snapshot, got an event of type {other}");
                    return Err(Fault::malformed(offset, what));
                }
            }
        }
        Ok(())
    }

    fn finish(
        mut self,
        generation: &RawGeneration,
        version: TraceVersion,
        fallback: Option<Clock>,
    ) -> RawTables<'a> {
        let tables = &mut self.tables;
        if tables.clock.is_none() {
            tables.faults.push(*Fault::malformed(generation.offset, "the generation has no clock frequency"));
            tables.clock = fallback;
        }
        if version.has_sync_batch() && self.snapshot.is_none() {
            tables.faults.push(*Fault::malformed(generation.offset, "the generation has no clock snapshot"));
        }
        if let Some(clock) = tables.clock {
            tables.snapshot = self.snapshot.map(|(units, mono, seconds, nanos)| {
                ClockSnapshot::new(clock.nanos(units), mono, seconds, nanos)
            });
            for sample in &mut tables.samples {
                sample.time = clock.nanos(sample.time as u64);
            }
            tables.samples.sort_by_key(|sample| sample.time);
        }
        for &frame in &tables.stack_frames {
            let RawFrame { function, file, .. } = tables.frames[frame as usize];
            let missing =
                [function, file].into_iter().find(|&id| id != 0 && self.string_ids.get(id).is_none());
            if let Some(id) = missing {
                let what = format!("a stack refers to string {id}, which is not there");
                tables.faults.push(*Fault::malformed(generation.offset.min(self.data_len), what));
                break;
            }
        }
        self.tables
    }
}
