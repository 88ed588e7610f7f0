//! What a trace spends its bytes on: size and count per event type, as `go tool trace -d=footprint`.
//!
//! Nothing is ordered and no table is read: batches are counted independently, on all cores.

use std::fmt::Write as _;

use rayon::prelude::*;

use super::batch::{Batch, BatchKind, batch_at};
use super::problem::{Fault, Faulty, Problem};
use super::spec::{NOT_TIMED, SPECS, TIMED_ARGS, wire};
use super::uvarint::{split_uvarint, uvarint_len};
use super::version::{Family, HEADER_LEN, TraceVersion};
use crate::ParseError;

/// Size and number of the events of one type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventFootprint {
    /// Bytes in the shortest encoding; padding is not counted, so they do not quite add up to the file.
    pub bytes: u64,
    /// Number of events.
    pub count: u64,
}

/// Sizes and numbers by event type.
#[derive(Clone, Debug)]
pub struct Footprint {
    by_type: [EventFootprint; 256],
    /// Size of the trace in bytes.
    pub file_bytes: u64,
    /// What could not be counted.
    pub problems: Vec<Problem>,
}

/// Counts of one worker, in two dense arrays.
type Counts = [EventFootprint; 256];

const NOTHING: Counts = [EventFootprint { bytes: 0, count: 0 }; 256];

/// Counts the events of a v2 trace.
///
/// # Errors
/// When the bytes do not begin as a trace does, or as one of Go 1.21 or older, whose footprint Go cannot tell
/// either. Damage further on becomes a problem; what is before it, and in undamaged batches after it, is counted.
pub fn footprint(data: &[u8]) -> Result<Footprint, ParseError> {
    let version = TraceVersion::from_header(data)?;
    if version.family() == Family::V1 {
        let what = format!("no footprint of a trace of {version}: its format has other events");
        return Err(ParseError::Trace { what, offset: 0 });
    }
    let mut problems = Vec::new();
    let mut batches = Vec::new();
    let mut counts = NOTHING;
    let mut offset = HEADER_LEN;
    loop {
        match batch_at(data, offset, version) {
            Ok(Some(batch)) => {
                offset = batch.end();
                count_header(data, &batch, &mut counts);
                batches.push(batch);
            }
            Ok(None) => break,
            Err(fault) => {
                problems.push(fault.into_problem(0, (data.len() - offset) as u64));
                break;
            }
        }
    }
    let (more, mut faults) = batches
        .par_iter()
        .fold(
            || (NOTHING, Vec::new()),
            |(mut counts, mut faults), batch| {
                if let Err(fault) = count_payload(data, batch, &mut counts) {
                    faults.push((batch.generation, fault));
                }
                (counts, faults)
            },
        )
        .reduce(
            || (NOTHING, Vec::new()),
            |(mut left, mut faults), (right, more)| {
                add(&mut left, &right);
                faults.extend(more);
                (left, faults)
            },
        );
    add(&mut counts, &more);
    faults.sort_by_key(|(_, fault)| fault.offset);
    problems.extend(faults.into_iter().map(|(generation, fault)| fault.into_problem(generation, 0)));
    Ok(Footprint { by_type: counts, file_bytes: data.len() as u64, problems })
}

fn add(left: &mut Counts, right: &Counts) {
    for (left, right) in left.iter_mut().zip(right) {
        left.bytes += right.bytes;
        left.count += right.count;
    }
}

fn note(counts: &mut Counts, kind: u8, bytes: u64) {
    let entry = &mut counts[usize::from(kind)];
    entry.bytes += bytes;
    entry.count += 1;
}

fn count_header(data: &[u8], batch: &Batch, counts: &mut Counts) {
    let kind = data.get(batch.offset).copied().unwrap_or(0);
    let numbers = [batch.generation, batch.thread, batch.time, u64::from(batch.len)];
    let header = 1 + numbers.into_iter().map(|number| u64::from(uvarint_len(number))).sum::<u64>();
    match kind {
        wire::EXPERIMENTAL_BATCH => {
            let experiment = data.get(batch.offset + 1).copied().unwrap_or(0);
            let experiment = u64::from(uvarint_len(u64::from(experiment)));
            note(counts, kind, header + experiment + u64::from(batch.len));
        }
        wire::END_OF_GENERATION => note(counts, kind, 1),
        _ => note(counts, kind, header),
    }
}

fn count_payload(data: &[u8], batch: &Batch, counts: &mut Counts) -> Faulty<()> {
    let payload = batch.payload(data);
    match batch.kind {
        BatchKind::Experimental(_) => Ok(()),
        BatchKind::Events => count_timed(payload, batch, counts),
        _ => count_tables(payload, batch, counts),
    }
}

fn fault(batch: &Batch, rest: &[u8], kind: u8) -> Box<Fault> {
    let offset = batch.end() - rest.len();
    Fault::malformed(
        offset,
        format!("an event of type {kind} cannot be read; the rest of its batch is not counted"),
    )
}

/// The hot loop: an event is as long as its encoding, unless a number is padded.
fn count_timed(payload: &[u8], batch: &Batch, counts: &mut Counts) -> Faulty<()> {
    let mut rest = payload;
    while let Some((&kind, tail)) = rest.split_first() {
        let args = TIMED_ARGS[usize::from(kind)];
        if args == NOT_TIMED {
            return Err(fault(batch, rest, kind));
        }
        let mut tail = tail;
        let mut bytes = 1;
        for _ in 0..=args {
            let Some((value, next)) = split_uvarint(tail) else { return Err(fault(batch, rest, kind)) };
            bytes += uvarint_len(value);
            tail = next;
        }
        note(counts, kind, u64::from(bytes));
        rest = tail;
    }
    Ok(())
}

/// Strings, stacks, samples and clocks.
fn count_tables(payload: &[u8], batch: &Batch, counts: &mut Counts) -> Faulty<()> {
    let mut rest = payload;
    while let Some((&kind, tail)) = rest.split_first() {
        let spec = &SPECS[usize::from(kind)];
        if spec.name.is_empty() {
            return Err(fault(batch, rest, kind));
        }
        let mut tail = tail;
        let mut bytes = 1_u64;
        let mut number = || -> Option<u64> {
            let (value, next) = split_uvarint(tail)?;
            bytes += u64::from(uvarint_len(value));
            tail = next;
            Some(value)
        };
        let mut last = Some(0);
        for _ in 0..spec.args.len() + usize::from(spec.is_timed) {
            last = last.and(number());
        }
        match kind {
            wire::STACK => {
                for _ in 0..last.unwrap_or(0).saturating_mul(4) {
                    if number().is_none() {
                        return Err(fault(batch, rest, kind));
                    }
                }
            }
            wire::STRING => {
                let len = last.and_then(|_| number());
                let text = len.and_then(|len| tail.get(usize::try_from(len).ok()?..));
                let (Some(len), Some(text)) = (len, text) else { return Err(fault(batch, rest, kind)) };
                (bytes, tail) = (bytes + len, text);
            }
            _ => {}
        }
        if last.is_none() {
            return Err(fault(batch, rest, kind));
        }
        note(counts, kind, bytes);
        rest = tail;
    }
    Ok(())
}

impl Footprint {
    /// The event types that occur, largest first: Go's name, size and number.
    pub fn rows(&self) -> Vec<(&'static str, EventFootprint)> {
        let used = self.by_type.iter().enumerate().filter(|(_, entry)| entry.count != 0);
        let mut rows: Vec<_> = used.map(|(kind, &entry)| (SPECS[kind].name, entry)).collect();
        rows.sort_by_key(|&(_, entry)| std::cmp::Reverse(entry.bytes));
        rows
    }

    /// Number of all events.
    pub fn event_count(&self) -> u64 {
        self.by_type.iter().map(|entry| entry.count).sum()
    }

    /// The table as `go tool trace -d=footprint` prints it, without the rows of unused event types.
    pub fn text(&self) -> String {
        let percent = |part: u64, whole: u64| format!("{:.2}%", part as f64 / whole as f64 * 100.0);
        let mut cells = vec![
            ["Event", "Bytes", "%", "Count", "%"].map(str::to_owned),
            [const { "-" }; 5].map(str::to_owned),
        ];
        for (name, entry) in self.rows() {
            cells.push([
                name.to_owned(),
                entry.bytes.to_string(),
                percent(entry.bytes, self.file_bytes),
                entry.count.to_string(),
                percent(entry.count, self.event_count()),
            ]);
        }
        let mut widths = [0; 4];
        for row in &cells {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.len().max(1).max(*width);
            }
        }
        let mut text = String::new();
        for [name, bytes, bytes_share, count, count_share] in cells {
            let [name_width, bytes_width, share_width, count_width] = widths.map(|width| width + 2);
            let _ = writeln!(
                text,
                "{name:name_width$}{bytes:bytes_width$}{bytes_share:share_width$}{count:count_width$}{count_share}"
            );
        }
        text
    }
}
