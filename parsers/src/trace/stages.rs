//! The stages of reading on their own, for the benchmarks: each gives a count, so that it cannot be optimized away.

use super::TraceVersion;
use super::batch::BatchKind;
use super::cursor::{Cursor, ThreadBatch};
use super::event::ThreadId;
use super::generation::Generations;
use super::generation_tables::RawTables;
use super::spec::TIMED_ARGS;
use super::version::HEADER_LEN;
use crate::ParseError;

/// Hops over the headers of all batches; the number of batches.
///
/// # Errors
/// When the bytes do not begin as a trace does.
pub fn hop_over_headers(data: &[u8]) -> Result<usize, ParseError> {
    let mut generations = Generations::new(data, TraceVersion::from_header(data)?, HEADER_LEN);
    let generations = std::iter::from_fn(|| generations.next_generation());
    Ok(generations.map(|generation| generation.batches.len()).sum())
}

/// Decodes the tables of all generations; the number of strings and stacks.
///
/// # Errors
/// As [`hop_over_headers`].
pub fn decode_tables(data: &[u8]) -> Result<usize, ParseError> {
    let version = TraceVersion::from_header(data)?;
    let mut generations = Generations::new(data, version, HEADER_LEN);
    let generations = std::iter::from_fn(|| generations.next_generation());
    let tables = generations.map(|generation| RawTables::decode(data, &generation, version, None));
    Ok(tables.map(|tables| tables.strings.len() + tables.stacks.len()).sum())
}

/// Decodes all events of all threads without putting them in order; the number of events.
///
/// # Errors
/// As [`hop_over_headers`].
pub fn decode_batches(data: &[u8]) -> Result<usize, ParseError> {
    let version = TraceVersion::from_header(data)?;
    let mut generations = Generations::new(data, version, HEADER_LEN);
    let mut events = 0;
    while let Some(generation) = generations.next_generation() {
        let Some(clock) = RawTables::decode(data, &generation, version, None).clock else { continue };
        for &batch in generation.batches.iter().filter(|batch| batch.kind == BatchKind::Events) {
            let own = [ThreadBatch { batch, index: 0 }];
            let mut cursor = Cursor::new(ThreadId::NONE, 0, 1);
            while let Ok(true) = cursor.advance(&own, data, &clock) {
                let args = TIMED_ARGS[usize::from(cursor.event.kind)];
                if (0..args).any(|_| cursor.event.take::<1>().is_err()) {
                    break;
                }
                events += 1;
            }
        }
    }
    Ok(events)
}
