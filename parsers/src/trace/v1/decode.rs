//! From the bytes of a v1 trace to the events of each P.
//!
//! ```text
//! byte 0: type (6 bits), n (2 bits)      n < 3: n+1 numbers follow      n = 3: their length in bytes, then they
//! Batch pid ticks │ event event event │ Batch pid ticks │ …      a batch ends where the next begins
//! ```
//!
//! The first number is the time since the event before in the same batch. Go 1.5 has a global sequence number
//! before it, and so one number more everywhere.

use std::collections::HashMap;
use std::collections::HashSet;

use super::super::id_map::NumberMap;
use super::super::problem::{Fault, Faulty};
use super::super::uvarint::split_uvarint;
use super::super::version::TraceVersion;
use super::event::OldEvent;
use super::spec::{self, SPECS, number_count};

/// Longest string.
const MAX_STRING_BYTES: u64 = 1_000_000;
/// Most frames of a stack.
const MAX_STACK_FRAMES: u64 = 1000;
/// Longest event whose length is given: Go 1.19 writes at most 128 bytes.
const MAX_EVENT_BYTES: u64 = 2048;

/// An event with all that belongs to it (a string, a message) is shorter than this.
pub(in super::super) const MAX_PIECE_BYTES: usize = (MAX_STRING_BYTES + MAX_EVENT_BYTES + 64) as usize;

/// A frame; function and file are string ids of the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct OldFrame {
    pub(super) pc: u64,
    pub(super) function: u64,
    pub(super) file: u64,
    pub(super) line: u64,
}

/// All that a v1 trace holds, unordered.
#[derive(Debug, Default)]
pub(super) struct OldTrace<'a> {
    pub(super) strings: HashMap<u64, &'a [u8]>,
    /// Messages of logs, which have no ids.
    pub(super) messages: Vec<&'a [u8]>,
    /// Frames by stack id, as indexes into `frames`. The last definition of an id counts.
    pub(super) stacks: HashMap<u32, Vec<u32>>,
    /// One frame per pc, the first one seen, as Go does.
    pub(super) frames: Vec<OldFrame>,
    /// Events of each P, in order.
    pub(super) procs: Vec<Vec<OldEvent>>,
    pub(super) samples: Vec<OldEvent>,
    pub(super) ticks_per_second: Option<i64>,
    pub(super) timer_goroutines: HashSet<u64>,
}

impl OldTrace<'_> {
    /// The beginning of a string to show, as long as a string of v2 may be; empty for one that is not there.
    pub(super) fn text(&self, id: u64) -> String {
        let Some(bytes) = self.strings.get(&id) else { return String::new() };
        String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).into_owned()
    }
}

/// Where the decoder is, beside the trace it fills.
struct Decoder<'a> {
    trace: OldTrace<'a>,
    version: TraceVersion,
    data: &'a [u8],
    rest: &'a [u8],
    numbers: Vec<u64>,
    proc_places: NumberMap,
    /// The goroutine that runs on each P; it goes on over the P's batches.
    running: Vec<u64>,
    frame_by_pc: NumberMap,
    /// The P of the current batch: its place in `trace.procs`, and number.
    current: Option<(usize, i32)>,
    time: i64,
    seq: i64,
}

/// Decodes what follows the header.
pub(super) fn decode(data: &[u8], version: TraceVersion) -> Faulty<OldTrace<'_>> {
    let mut decoder = Decoder {
        trace: OldTrace::default(),
        version,
        data,
        rest: data,
        numbers: Vec::new(),
        proc_places: NumberMap::default(),
        running: Vec::new(),
        frame_by_pc: NumberMap::default(),
        current: None,
        time: 0,
        seq: 0,
    };
    while let Some((&first, rest)) = decoder.rest.split_first() {
        let offset = decoder.offset();
        decoder.rest = rest;
        decoder.event(first).map_err(|fault| fault.at(offset, None))?;
    }
    Ok(decoder.trace)
}

/// Where the event ends that begins at `offset`, all of which is there; `None` if that is no event. What is in it is
/// not looked at.
pub(in super::super) fn end_of_event(data: &[u8], offset: usize, version: TraceVersion) -> Option<usize> {
    let (&first, mut rest) = data.get(offset..)?.split_first()?;
    let (kind, count) = (first & 0x3f, first >> 6);
    SPECS.get(usize::from(kind)).filter(|spec| spec.since <= version.0)?;
    let number = |rest: &mut &[u8]| {
        let (value, tail) = split_uvarint(rest)?;
        *rest = tail;
        Some(value)
    };
    let skip = |rest: &mut &[u8], limit| {
        let len = number(rest).filter(|&len| len <= limit)?;
        *rest = rest.get(len as usize..)?;
        Some(())
    };
    if kind == spec::STRING {
        number(&mut rest)?;
        skip(&mut rest, MAX_STRING_BYTES)?;
    } else if count < 3 || kind == spec::BATCH {
        let extra = if version.0 < 7 { 2 } else { 1 };
        for _ in 0..count + extra {
            number(&mut rest)?;
        }
    } else {
        skip(&mut rest, MAX_EVENT_BYTES)?;
    }
    if kind == spec::USER_LOG && count == 3 {
        skip(&mut rest, MAX_STRING_BYTES)?;
    }
    Some(data.len() - rest.len())
}

impl<'a> Decoder<'a> {
    fn offset(&self) -> usize {
        self.data.len() - self.rest.len()
    }

    fn fault(&self, what: String) -> Box<Fault> {
        Fault::malformed(self.offset(), what)
    }

    fn number(&mut self) -> Faulty<u64> {
        let Some((value, rest)) = split_uvarint(self.rest) else {
            return Err(self.fault("a number is cut off or malformed".to_owned()));
        };
        self.rest = rest;
        Ok(value)
    }

    fn bytes(&mut self, len: u64, limit: u64) -> Faulty<&'a [u8]> {
        if len > limit {
            return Err(self.fault(format!("{len} bytes are claimed, more than the maximum of {limit}")));
        }
        let Some((bytes, rest)) = self.rest.split_at_checked(len as usize) else {
            return Err(self.fault(format!("{len} bytes are claimed, {} are there", self.rest.len())));
        };
        self.rest = rest;
        Ok(bytes)
    }

    fn event(&mut self, first: u8) -> Faulty<()> {
        let (kind, count) = (first & 0x3f, first >> 6);
        if SPECS.get(usize::from(kind)).is_none_or(|spec| spec.since > self.version.0) {
            return Err(self.fault(format!("unknown event type {kind}")));
        }
        if kind == spec::STRING {
            return self.string();
        }
        self.read_numbers(kind, count)?;
        let message = if kind == spec::USER_LOG && count == 3 {
            let len = self.number()?;
            self.bytes(len, MAX_STRING_BYTES)?
        } else {
            &[]
        };
        if kind == spec::BATCH {
            return self.batch(count);
        }
        if self.current.is_none() {
            return Err(self.fault(format!("an event of type {kind} before the first batch")));
        }
        if kind == spec::STACK {
            return self.stack();
        }
        let want = number_count(kind, self.version);
        if self.numbers.len() != want {
            let name = SPECS[usize::from(kind)].name;
            return Err(self.fault(format!("{name} has {} numbers instead of {want}", self.numbers.len())));
        }
        match kind {
            spec::FREQUENCY => self.frequency(),
            spec::TIMER_GOROUTINE => {
                self.trace.timer_goroutines.insert(self.numbers[0]);
                Ok(())
            }
            spec::CPU_SAMPLE => {
                self.sample();
                Ok(())
            }
            _ => self.timed(kind, message),
        }
    }

    /// Reads the numbers of an event into `numbers`.
    fn read_numbers(&mut self, kind: u8, count: u8) -> Faulty<()> {
        self.numbers.clear();
        if count < 3 || kind == spec::BATCH {
            let extra = if self.version.0 < 7 { 2 } else { 1 };
            for _ in 0..count + extra {
                let number = self.number()?;
                self.numbers.push(number);
            }
            return Ok(());
        }
        let len = self.number()?;
        let mut bytes = self.bytes(len, MAX_EVENT_BYTES)?;
        while !bytes.is_empty() {
            let Some((value, rest)) = split_uvarint(bytes) else {
                return Err(self.fault("a number is cut off or malformed".to_owned()));
            };
            self.numbers.push(value);
            bytes = rest;
        }
        Ok(())
    }

    fn string(&mut self) -> Faulty<()> {
        let (id, len) = (self.number()?, self.number()?);
        if id == 0 || len == 0 {
            return Err(self.fault(format!("string {id} of {len} bytes is not allowed")));
        }
        let bytes = self.bytes(len, MAX_STRING_BYTES)?;
        if self.trace.strings.insert(id, bytes).is_some() {
            return Err(self.fault(format!("string {id} is defined a second time")));
        }
        Ok(())
    }

    fn batch(&mut self, count: u8) -> Faulty<()> {
        let (pid, seq, ticks) = match *self.numbers.as_slice() {
            [pid, seq, ticks] if self.version.0 < 7 => (pid, seq, ticks),
            [pid, ticks] if count == 1 => (pid, 0, ticks),
            _ => return Err(self.fault("a batch has a wrong number of numbers".to_owned())),
        };
        let proc = match i32::try_from(pid) {
            Ok(proc) => proc,
            Err(_) if pid == u64::MAX => -1,
            Err(_) => return Err(self.fault(format!("P number {pid} is too large"))),
        };
        let place = self.proc_places.get(pid).unwrap_or_else(|| {
            let place = self.trace.procs.len() as u32;
            self.proc_places.insert(pid, place);
            self.trace.procs.push(Vec::new());
            self.running.push(0);
            place
        });
        self.current = Some((place as usize, proc));
        (self.seq, self.time) = (seq as i64, ticks as i64);
        Ok(())
    }

    fn frequency(&mut self) -> Faulty<()> {
        let frequency = self.numbers[0] as i64;
        if frequency <= 0 {
            return Err(
                self.fault(format!("a clock of {frequency} ticks a second: time stamps out of order"))
            );
        }
        self.trace.ticks_per_second = Some(frequency);
        Ok(())
    }

    fn stack(&mut self) -> Faulty<()> {
        let [id, size, ref fields @ ..] = *self.numbers.as_slice() else {
            return Err(self.fault("a stack has no size".to_owned()));
        };
        // Go 1.5 has bare pcs.
        let width = if self.version.0 < 7 { 1 } else { 4 };
        if size > MAX_STACK_FRAMES || fields.len() as u64 != size * width {
            let what = format!("a stack of {size} frames has {} numbers", fields.len());
            return Err(self.fault(what));
        }
        let id = id as u32;
        if id == 0 || size == 0 {
            return Ok(());
        }
        let mut stack = Vec::with_capacity(size as usize);
        for frame in fields.chunks_exact(width as usize) {
            let pc = frame[0];
            let known = self.frame_by_pc.get(pc);
            let index = known.unwrap_or_else(|| {
                let index = self.trace.frames.len() as u32;
                let field = |at: usize| frame.get(at).copied().unwrap_or(0);
                let (function, file, line) = (field(1), field(2), field(3));
                self.trace.frames.push(OldFrame { pc, function, file, line });
                self.frame_by_pc.insert(pc, index);
                index
            });
            stack.push(index);
        }
        self.trace.stacks.insert(id, stack);
        Ok(())
    }

    /// A CPU sample carries its own time, P and goroutine and belongs to no batch.
    fn sample(&mut self) {
        if let [_, time, proc, goroutine, stack] = *self.numbers.as_slice() {
            self.trace.samples.push(OldEvent {
                time: time as i64,
                proc: proc as i32,
                goroutine,
                stack: stack as u32,
                kind: spec::CPU_SAMPLE,
                ..OldEvent::default()
            });
        }
    }

    fn timed(&mut self, kind: u8, message: &'a [u8]) -> Faulty<()> {
        let Some((place, proc)) = self.current else { return Ok(()) };
        let mut numbers = self.numbers.as_slice();
        let mut take = || numbers.split_off_first().copied().unwrap_or(0);
        if self.version.0 < 7 {
            self.seq = self.seq.wrapping_add(take() as i64);
        }
        self.time = self.time.wrapping_add(take() as i64);
        let mut event = OldEvent { kind, proc, time: self.time, seq: self.seq, ..OldEvent::default() };
        if SPECS[usize::from(kind)].has_stack
            && let Some((&stack, rest)) = numbers.split_last()
        {
            (event.stack, numbers) = (stack as u32, rest);
        }
        for (arg, &number) in event.args.iter_mut().zip(numbers) {
            *arg = number;
        }
        let running = &mut self.running[place];
        event.goroutine = *running;
        match kind {
            spec::GO_START | spec::GO_START_LOCAL | spec::GO_START_LABEL => {
                *running = event.args[0];
                event.goroutine = *running;
            }
            spec::GO_END..=spec::GO_BLOCK
            | spec::GO_BLOCK_SEND..=spec::GO_BLOCK_NET
            | spec::GO_SYS_BLOCK
            | spec::GO_BLOCK_GC => *running = 0,
            spec::GO_SYS_EXIT | spec::GO_WAITING | spec::GO_IN_SYSCALL => event.goroutine = event.args[0],
            spec::USER_LOG => {
                event.args[3] = self.trace.messages.len() as u64;
                self.trace.messages.push(message);
            }
            _ => {}
        }
        self.trace.procs[place].push(event);
        Ok(())
    }
}
