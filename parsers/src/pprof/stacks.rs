//! The location ids of all stacks, most of what a profile is: decoded where they are read, or beside it by a thread of
//! their own.
//!
//! ```text
//! inflate ──chunks──► fields: values, labels, tables ──batches of packed ids──► thread "stacks"
//!                     counts the ids of each stack                              decodes them into one column
//! ```
//!
//! A batch is runs of packed ids one after the other, which is a run again. The reading thread sees to it that each is
//! whole; should the other one find anything else wrong, all is decoded once more on one thread, which knows the place.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use prost::encoding::encode_varint;

use super::ids::References;
use super::packed::{extend_from_packed, for_each_packed};
use super::profile::LocationId;
use super::wire::Fault;
use crate::error::ParseError;

/// Bytes of a batch: as a chunk of inflated data, it fits the second-level cache.
const BATCH_BYTES: usize = 256 << 10;

/// Batches that wait full.
const MAX_WAITING: usize = 4;

/// The decoded ids.
#[derive(Default)]
pub(super) struct StackColumn {
    pub(super) stacks: Vec<LocationId>,
    pub(super) references: References,
}

impl StackColumn {
    /// Appends location ids as stand-ins. No id is looked at alone: the highest one tells whether all were narrow.
    #[inline]
    fn extend(&mut self, packed: &[u8]) -> Result<(), Fault> {
        let Self { stacks, references } = self;
        let start = stacks.len();
        let mut highest = 0;
        extend_from_packed(packed, stacks, |id| {
            let index = id.wrapping_sub(1);
            highest = highest.max(index);
            LocationId(index as u32)
        })?;
        if stacks.len() > start && !references.note_narrow(highest) {
            stacks.truncate(start);
            extend_from_packed(packed, stacks, |id| LocationId(references.stand_in(id)))?;
        }
        Ok(())
    }

    fn bytes(&self) -> u64 {
        (size_of_val(&*self.stacks) + self.references.bytes()) as u64
    }
}

/// Where the ids of stacks go.
pub(super) enum StackSink {
    Here(StackColumn),
    Beside(Batches),
}

/// The near end of the way to the thread.
pub(super) struct Batches {
    batch: Vec<u8>,
    full: SyncSender<Vec<u8>>,
    spent: Receiver<Vec<u8>>,
}

impl Default for StackSink {
    fn default() -> Self {
        Self::Here(StackColumn::default())
    }
}

impl StackSink {
    /// Appends packed ids; returns how many.
    #[inline]
    pub(super) fn extend(&mut self, packed: &[u8]) -> Result<usize, Fault> {
        match self {
            Self::Here(column) => {
                let n_before = column.stacks.len();
                column.extend(packed)?;
                Ok(column.stacks.len() - n_before)
            }
            Self::Beside(batches) => {
                if packed.last().is_some_and(|&byte| byte >= 0x80) {
                    // Cut off, unless there is a fault before that; either is found this way.
                    for_each_packed(packed, |_| ())?;
                }
                batches.batch.extend_from_slice(packed);
                batches.send_if_full()?;
                Ok(n_varints(packed))
            }
        }
    }

    /// Appends one id.
    pub(super) fn push(&mut self, id: u64) -> Result<(), Fault> {
        match self {
            Self::Here(column) => {
                let stand_in = column.references.stand_in(id);
                column.stacks.push(LocationId(stand_in));
                Ok(())
            }
            Self::Beside(batches) => {
                encode_varint(id, &mut batches.batch);
                batches.send_if_full()
            }
        }
    }

    /// Bytes that references take, as far as they are here.
    pub(super) fn reference_bytes(&self) -> usize {
        match self {
            Self::Here(column) => column.references.bytes(),
            Self::Beside(_) => 0,
        }
    }

    /// The column, or `None` if it is with the thread, which gets the rest of it.
    pub(super) fn finish(self) -> Option<StackColumn> {
        match self {
            Self::Here(column) => Some(column),
            Self::Beside(batches) => {
                // If the thread has gone, it has found a fault, and says so itself.
                let _ = batches.full.send(batches.batch);
                None
            }
        }
    }
}

impl Batches {
    #[inline]
    fn send_if_full(&mut self) -> Result<(), Fault> {
        if self.batch.len() < BATCH_BYTES {
            return Ok(());
        }
        let mut next = self.spent.try_recv().unwrap_or_default();
        next.clear();
        let full = std::mem::replace(&mut self.batch, next);
        if self.full.send(full).is_err() {
            // The thread has gone: it has found a fault, which nobody will read here.
            return Err(Fault::new(0, "ids of an earlier stack are not sound"));
        }
        Ok(())
    }
}

/// How many varints end in some bytes. Counted in bytes, so that many are compared at once.
#[inline]
fn n_varints(packed: &[u8]) -> usize {
    let count = |bytes: &[u8]| bytes.iter().fold(0_u8, |sum, &byte| sum + u8::from(byte < 0x80));
    packed.chunks(usize::from(u8::MAX)).map(|bytes| usize::from(count(bytes))).sum()
}

/// Calls `read` with a sink whose ids are decoded by a thread. `None` if these were not sound, or took more than
/// `max_bytes`: whatever `read` says is not to be trusted then.
///
/// # Errors
/// What `read` returns; [`ParseError::Io`] if the system gives no thread.
pub(super) fn with_stacks_beside<T>(
    max_bytes: u64,
    read: impl FnOnce(StackSink) -> Result<T, ParseError>,
) -> Option<Result<(T, StackColumn), ParseError>> {
    let (full, full_receiver) = sync_channel(MAX_WAITING);
    let (spent_sender, spent) = channel();
    thread::scope(|scope| {
        let decoder = thread::Builder::new()
            .name("stacks".to_owned())
            .spawn_scoped(scope, move || decode_batches(&full_receiver, &spent_sender, max_bytes));
        let decoder = match decoder {
            Ok(decoder) => decoder,
            Err(source) => {
                return Some(Err(ParseError::Io { context: "starting a thread".to_owned(), source }));
            }
        };
        let result = read(StackSink::Beside(Batches { batch: Vec::new(), full, spent }));
        // `read` has dropped the sink, so the thread ends by itself.
        let column = decoder.join().ok().flatten()?;
        Some(result.map(|value| (value, column)))
    })
}

/// Decodes batches until there are no more; `None` at the first fault.
fn decode_batches(full: &Receiver<Vec<u8>>, spent: &Sender<Vec<u8>>, max_bytes: u64) -> Option<StackColumn> {
    let mut column = StackColumn::default();
    for batch in full {
        column.extend(&batch).ok()?;
        if column.bytes() > max_bytes {
            return None;
        }
        // The reader may have ended already, then nobody wants the buffer.
        let _ = spent.send(batch);
    }
    Some(column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_are_counted_by_their_last_bytes() {
        for n in [0, 1, 255, 256, 1000] {
            let bytes: Vec<u8> = (0..n).flat_map(|_| [0x80, 0xff, 0x01]).collect();
            assert_eq!(n_varints(&bytes), n);
        }
    }
}
