//! Traces of Go 1.5 to 1.21: another format, the same events in the end.
//!
//! ```text
//! body ─► decode ─► events per P ─► merge ─► one list ─► check ─► convert ─► Event
//! ```
//!
//! There are no generations: frequency, strings and stacks come last, so the trace is read as a whole, and of a
//! file that was cut off nothing can be used. Go reads 1.11 to 1.21; the older ones differ in few details, all of
//! which are in [`decode`] and [`spec`].

mod check;
mod convert;
mod decode;
mod event;
mod merge;
mod spec;

use super::event::Event;
use super::misuse::Misuses;
use super::options::CHUNK_EVENTS;
use super::problem::{Fault, Problem, Strictness};
use super::tables::Tables;
use super::version::{HEADER_LEN, TraceVersion};
use event::fake_proc;

pub(super) use decode::{MAX_PIECE_BYTES as MAX_EVENT_BYTES, end_of_event};

/// The events of a v1 trace, all of them.
#[derive(Debug, Default)]
pub(super) struct Events {
    events: Vec<Event>,
    next: usize,
}

impl Events {
    /// Appends the next events.
    pub(super) fn fill(&mut self, chunk: &mut Vec<Event>) {
        let end = (self.next + CHUNK_EVENTS).min(self.events.len());
        chunk.extend_from_slice(&self.events[self.next..end]);
        self.next = end;
    }
}

/// Reads a whole v1 trace; `body` is what follows the header.
pub(super) fn read(
    body: &[u8],
    version: TraceVersion,
    strictness: Strictness,
    tables: &mut Tables,
    problems: &mut Vec<Problem>,
) -> Events {
    let mut events = Vec::new();
    if let Err(mut fault) = read_all(body, version, strictness, tables, &mut events, problems) {
        fault.offset = Some(fault.offset.unwrap_or(0) + HEADER_LEN as u64);
        let lost_bytes = if events.len() <= 1 { body.len() as u64 } else { 0 };
        problems.push(fault.into_problem(0, lost_bytes));
    }
    Events { events, next: 0 }
}

fn read_all(
    body: &[u8],
    version: TraceVersion,
    strictness: Strictness,
    tables: &mut Tables,
    out: &mut Vec<Event>,
    problems: &mut Vec<Problem>,
) -> Result<(), Box<Fault>> {
    let mut trace = decode::decode(body, version)?;
    let ticks_per_second =
        trace.ticks_per_second.ok_or_else(|| Fault::malformed(body.len(), "no clock frequency"))?;
    let procs = std::mem::take(&mut trace.procs);
    let samples = std::mem::take(&mut trace.samples);
    let mut events = merge::merge(procs, samples, version)?;
    let first = events.first().map_or(0, |event| event.time);
    let nanos_per_tick = 1e9 / ticks_per_second as f64;
    for event in &mut events {
        event.time = (event.time.wrapping_sub(first) as f64 * nanos_per_tick) as i64;
        if event.kind == spec::GO_UNBLOCK && trace.timer_goroutines.contains(&event.goroutine) {
            event.proc = fake_proc::TIMER;
        }
        if event.kind == spec::GO_SYS_EXIT {
            event.proc = fake_proc::SYSCALL;
        }
    }
    let mut misuses = Misuses::default();
    let mut misused = |misuse: Box<Fault>| {
        if strictness == Strictness::LikeGo {
            return Err(misuse);
        }
        misuses.add(*misuse, 0, problems);
        Ok(())
    };
    let checked = check::check(&mut events, &trace, &mut misused);
    misuses.finish(problems);
    checked?;
    convert::convert(&events, &trace, version, strictness, (ticks_per_second, body.len()), tables, out)
}
