//! The flat sequence of batches a v2 trace is made of: headers only, payloads stay untouched.
//!
//! ```text
//! EventBatch         0x01  gen m time size  payload…      numbers are uvarints
//! ExperimentalBatch  0x31  exp gen m time size  payload…  exp is one raw byte (Go 1.23)
//! EndOfGeneration    0x34                                 since Go 1.26
//! ```
//!
//! What a batch is, its *first payload byte* decides, not its header. Which batches form a generation is
//! [`generation`](super::generation)'s business.

use super::TraceVersion;
use super::problem::{Fault, Faulty};
use super::spec::wire;
use super::uvarint::split_uvarint;

/// Payloads are at most this long; the runtime's buffers are as large *with* header.
pub(crate) const MAX_BATCH_BYTES: u64 = 64 << 10;

/// What a batch holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BatchKind {
    /// Timed events of one thread; possibly none.
    Events,
    /// A string table.
    Strings,
    /// A stack table.
    Stacks,
    /// Samples of the CPU profiler.
    CpuSamples,
    /// Frequency and, since Go 1.25, clock snapshot.
    Sync,
    /// Opaque bytes of an experiment.
    Experimental(u8),
    /// The generation's end.
    EndOfGeneration,
}

/// A batch: where it is and what its header says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch {
    pub(crate) kind: BatchKind,
    /// Number of the generation; 0 for a bare end of generation.
    pub(crate) generation: u64,
    /// Number of the thread; all ones for "no thread".
    pub(crate) thread: u64,
    /// Base time in clock units.
    pub(crate) time: u64,
    /// Where the batch begins in the file.
    pub(crate) offset: usize,
    /// Where the payload begins in the file.
    pub(crate) payload_offset: usize,
    /// Bytes of payload.
    pub(crate) len: u32,
}

impl Batch {
    /// The payload.
    #[inline]
    pub(crate) fn payload<'a>(&self, data: &'a [u8]) -> &'a [u8] {
        data.get(self.payload_offset..self.end()).unwrap_or_default()
    }

    /// Where the next batch begins.
    pub(crate) fn end(&self) -> usize {
        self.payload_offset + self.len as usize
    }
}

/// Reads the batch that begins at `offset`; `None` at the end of the data.
///
/// # Errors
/// When something else than a batch is there, its header is damaged, or it is cut off.
pub(crate) fn batch_at(data: &[u8], offset: usize, version: TraceVersion) -> Faulty<Option<Batch>> {
    let Some((&first, rest)) = data.get(offset..).and_then(<[u8]>::split_first) else {
        return Ok(None);
    };
    let (experiment, rest) = match first {
        wire::EVENT_BATCH => (0, rest),
        wire::EXPERIMENTAL_BATCH => match rest.split_first() {
            Some((&experiment, rest)) => (experiment, rest),
            // Go takes this one cut for a clean end of the file.
            None => return Ok(None),
        },
        wire::END_OF_GENERATION => {
            let (kind, payload_offset) = (BatchKind::EndOfGeneration, offset + 1);
            let (generation, thread, time, len) = (0, u64::MAX, 0, 0);
            return Ok(Some(Batch { kind, generation, thread, time, offset, payload_offset, len }));
        }
        other => {
            return Err(Fault::malformed(offset, format!("expected a batch, got an event of type {other}")));
        }
    };
    let mut rest = rest;
    let mut field = |name: &str| -> Faulty<u64> {
        let (value, tail) = split_uvarint(rest).ok_or_else(|| {
            Fault::malformed(data.len() - rest.len(), format!("the batch's {name} is cut off or malformed"))
        })?;
        rest = tail;
        Ok(value)
    };
    let (generation, thread) = (field("generation")?, field("thread")?);
    let (time, size) = (field("time")?, field("size")?);
    let payload_offset = data.len() - rest.len();
    if size > MAX_BATCH_BYTES {
        let what = format!("the batch claims {size} bytes, more than the maximum of {MAX_BATCH_BYTES}");
        return Err(Fault::malformed(offset, what));
    }
    let Some(payload) = rest.get(..size as usize) else {
        let what = format!("the batch is cut off: {} of {size} bytes are there", rest.len());
        return Err(Fault::malformed(offset, what));
    };
    let kind = kind_from_payload(payload, experiment, version);
    Ok(Some(Batch { kind, generation, thread, time, offset, payload_offset, len: size as u32 }))
}

fn kind_from_payload(payload: &[u8], experiment: u8, version: TraceVersion) -> BatchKind {
    if experiment != 0 {
        return BatchKind::Experimental(experiment);
    }
    match payload.first() {
        Some(&wire::STRINGS) => BatchKind::Strings,
        Some(&wire::STACKS) => BatchKind::Stacks,
        Some(&wire::CPU_SAMPLES) => BatchKind::CpuSamples,
        Some(&wire::FREQUENCY) if !version.has_sync_batch() => BatchKind::Sync,
        Some(&wire::SYNC) if version.has_sync_batch() => BatchKind::Sync,
        // A quirk of Go's reader: a whole batch that begins with 0x34 ends the generation too.
        Some(&wire::END_OF_GENERATION) => BatchKind::EndOfGeneration,
        _ => BatchKind::Events,
    }
}
