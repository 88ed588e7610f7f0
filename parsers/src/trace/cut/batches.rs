//! Writes batches: headers, numbers, and the timed events of a thread.

use super::super::clock::Clock;
use super::super::event::Time;
use super::super::spec::wire;

/// Bytes of payload after which a new batch begins: some fewer than the format allows, as the runtime does.
const FULL: usize = 60_000;

/// Whether a payload has no room for another record of this many bytes.
pub(super) fn is_full(payload: &[u8], more: usize) -> bool {
    payload.len() + more > FULL
}

/// Appends a number.
pub(super) fn push_uvarint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// What the header of a batch says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) generation: u64,
    /// Number of the thread; all ones for none.
    pub(super) thread: u64,
    /// In units of the clock.
    pub(super) time: u64,
}

/// Appends a batch.
pub(super) fn push_batch(bytes: &mut Vec<u8>, head: Head, payload: &[u8]) {
    bytes.push(wire::EVENT_BATCH);
    push_head(bytes, head, payload);
}

/// Appends a batch of an experiment.
pub(super) fn push_experimental_batch(bytes: &mut Vec<u8>, experiment: u8, head: Head, payload: &[u8]) {
    bytes.extend([wire::EXPERIMENTAL_BATCH, experiment]);
    push_head(bytes, head, payload);
}

fn push_head(bytes: &mut Vec<u8>, head: Head, payload: &[u8]) {
    for number in [head.generation, head.thread, head.time, payload.len() as u64] {
        push_uvarint(bytes, number);
    }
    bytes.extend_from_slice(payload);
}

/// The events of a thread on their way into batches.
#[derive(Debug)]
pub(super) struct Stream {
    clock: Clock,
    head: Head,
    /// Time of the last event of the batch that is being filled.
    last: Time,
    payload: Vec<u8>,
    batches: Vec<u8>,
}

impl Stream {
    pub(super) fn new(clock: Clock, generation: u64, thread: u64) -> Self {
        let head = Head { generation, thread, time: 0 };
        Self { clock, head, last: 0, payload: Vec::new(), batches: Vec::new() }
    }

    /// Appends an event. Where the distance to the event before it is no number of units, because events between them are
    /// gone, a new batch begins, whose times are as they were (on clocks that are no whole nanoseconds a unit, less than
    /// a unit earlier).
    pub(super) fn event(&mut self, time: Time, kind: u8, args: &[u64]) {
        let next = if self.payload.is_empty() || is_full(&self.payload, 10 * (args.len() + 2)) {
            None
        } else {
            self.clock.units(time.wrapping_sub(self.last))
        };
        let delta = next.unwrap_or_else(|| self.begin_batch(time));
        self.last = time;
        self.payload.push(kind);
        push_uvarint(&mut self.payload, delta);
        args.iter().for_each(|&arg| push_uvarint(&mut self.payload, arg));
    }

    /// Ends the batch that is being filled, and begins one with an event at `time`; the distance of that to its base.
    fn begin_batch(&mut self, time: Time) -> u64 {
        self.end_batch();
        let (base, delta) = self.clock.base_and_delta(time);
        self.head.time = base;
        delta
    }

    fn end_batch(&mut self) {
        if !self.payload.is_empty() {
            push_batch(&mut self.batches, self.head, &self.payload);
            self.payload.clear();
        }
    }

    /// All batches.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.end_batch();
        self.batches
    }
}
