//! Perfetto's traces on their way out: packets one after the other, texts and stacks interned where they are first needed.
//!
//! ```text
//! Trace { packet* }      packet: a track is described │ something begins, ends, happens or is counted on a track │ a CPU sample
//! track: a parent ─► children, in the order of their ranks;  flow: from an instant to a slice, on any two tracks
//! ```
//!
//! What is on a track comes in the order in which it is written, if it happens at the same time; tracks may be written one
//! after the other. What the tracks mean is the caller's business. Field numbers are those of perfetto_trace.proto, v52.

use std::collections::HashMap;
use std::io::{self, Write};

use prost::encoding::{WireType, encode_key, encode_varint};

use super::message::Message;
use crate::pprof::wire_varint;

/// The one sequence of packets in a file.
const SEQUENCE: u64 = 1;
/// Forgets what is interned.
const STATE_CLEARED: u64 = 1;
/// Needs what is interned.
const NEEDS_STATE: u64 = 2;
/// Nanoseconds since something, as the boot of a machine.
const BOOT_TIME: u64 = 6;
/// The number of the one binary.
const BINARY: u64 = 1;
/// Children stand in the order of their ranks.
const EXPLICIT_ORDER: u64 = 3;

/// A track, by a number of the caller's choice; 0 is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TrackId(pub u64);

/// What a counter counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CounterUnit {
    /// Things.
    Count,
    /// Bytes.
    Bytes,
}

/// What happens on a track.
#[derive(Clone, Copy, Debug, Default)]
pub struct TrackEvent<'a> {
    /// Its name.
    pub name: &'a str,
    /// What kind it is; for filters of the viewer.
    pub category: &'a str,
    /// The number of the arrow that starts here; 0 for none.
    pub flow_from: u64,
    /// The number of the arrow that ends here; 0 for none.
    pub flow_to: u64,
    /// What the viewer lists of it: names and texts.
    pub facts: &'a [(&'a str, &'a str)],
}

/// A frame of a CPU sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SampleFrame<'a> {
    /// The function.
    pub function: &'a str,
    /// Its file.
    pub file: &'a str,
    /// The line; 0 if it is not known.
    pub line: u64,
}

/// Kinds of interned texts, by their fields in `InternedData`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Category = 1,
    EventName = 2,
    FactName = 3,
    Function = 5,
    SourcePath = 18,
    FactText = 29,
}

/// Writes a trace.
pub struct PerfettoWriter<'w> {
    out: &'w mut dyn Write,
    texts: HashMap<Kind, HashMap<String, u64>>,
    frames: HashMap<(u64, u64, u64), u64>,
    stacks: HashMap<Vec<u64>, u64>,
    /// What the next packet interns.
    interned: Message,
    is_first: bool,
    /// Kept for its memory.
    packet: Message,
}

impl std::fmt::Debug for PerfettoWriter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PerfettoWriter").field("n_stacks", &self.stacks.len()).finish_non_exhaustive()
    }
}

impl<'w> PerfettoWriter<'w> {
    /// A trace without anything.
    pub fn new(out: &'w mut dyn Write) -> Self {
        Self {
            out,
            texts: HashMap::new(),
            frames: HashMap::new(),
            stacks: HashMap::new(),
            interned: Message::default(),
            is_first: true,
            packet: Message::default(),
        }
    }

    /// Describes a process, whose children stand in the order of their ranks.
    ///
    /// # Errors
    /// Those of the output, as of all others.
    pub fn process(&mut self, track: TrackId, pid: u64, name: &str) -> io::Result<()> {
        let mut process = Message::default();
        process.integer(1, pid).text(6, name);
        let mut descriptor = Message::default();
        descriptor.integer(1, track.0).message(3, &process).integer(11, EXPLICIT_ORDER);
        self.describe(&descriptor)
    }

    /// Describes a thread of a process.
    ///
    /// # Errors
    /// Those of the output.
    pub fn thread(&mut self, track: TrackId, (pid, tid): (u64, u64), name: &str) -> io::Result<()> {
        let mut thread = Message::default();
        thread.integer(1, pid).integer(2, tid).text(5, name);
        let mut descriptor = Message::default();
        descriptor.integer(1, track.0).message(4, &thread);
        self.describe(&descriptor)
    }

    /// Describes a track below another one. Siblings stand by rising rank.
    ///
    /// # Errors
    /// Those of the output.
    pub fn track(&mut self, track: TrackId, parent: TrackId, name: &str, rank: u64) -> io::Result<()> {
        let mut descriptor = Message::default();
        descriptor.integer(1, track.0).text(2, name).integer(5, parent.0);
        descriptor.integer(11, EXPLICIT_ORDER).integer(12, rank);
        self.describe(&descriptor)
    }

    /// Describes a counter below a track.
    ///
    /// # Errors
    /// Those of the output.
    pub fn counter(
        &mut self,
        track: TrackId,
        parent: TrackId,
        (name, unit): (&str, CounterUnit),
        rank: u64,
    ) -> io::Result<()> {
        let mut counter = Message::default();
        counter.integer(3, if unit == CounterUnit::Bytes { 3 } else { 2 });
        let mut descriptor = Message::default();
        descriptor
            .integer(1, track.0)
            .text(2, name)
            .integer(5, parent.0)
            .message(8, &counter)
            .integer(12, rank);
        self.describe(&descriptor)
    }

    fn describe(&mut self, descriptor: &Message) -> io::Result<()> {
        self.packet.clear();
        self.packet.message(60, descriptor);
        self.put_packet()
    }

    /// Something begins.
    ///
    /// # Errors
    /// Those of the output.
    pub fn begin(&mut self, track: TrackId, nanos: u64, event: &TrackEvent<'_>) -> io::Result<()> {
        self.event(1, track, nanos, event)
    }

    /// What began last on a track ends.
    ///
    /// # Errors
    /// Those of the output.
    pub fn end(&mut self, track: TrackId, nanos: u64) -> io::Result<()> {
        let mut message = Message::default();
        message.integer(9, 2).integer(11, track.0);
        self.put_event(nanos, &message)
    }

    /// Something happens.
    ///
    /// # Errors
    /// Those of the output.
    pub fn instant(&mut self, track: TrackId, nanos: u64, event: &TrackEvent<'_>) -> io::Result<()> {
        self.event(3, track, nanos, event)
    }

    /// A counter has a value from now on.
    ///
    /// # Errors
    /// Those of the output.
    pub fn count(&mut self, track: TrackId, nanos: u64, value: i64) -> io::Result<()> {
        let mut message = Message::default();
        message.integer(9, 4).integer(11, track.0).explicit_integer(30, value.cast_unsigned());
        self.put_event(nanos, &message)
    }

    fn event(&mut self, kind: u64, track: TrackId, nanos: u64, event: &TrackEvent<'_>) -> io::Result<()> {
        let mut message = Message::default();
        if !event.category.is_empty() {
            message.integer(3, self.text(Kind::Category, event.category));
        }
        for (name, text) in event.facts {
            let mut fact = Message::default();
            fact.integer(1, self.text(Kind::FactName, name)).integer(17, self.text(Kind::FactText, text));
            message.message(4, &fact);
        }
        message.integer(9, kind).integer(10, self.text(Kind::EventName, event.name)).integer(11, track.0);
        message.fixed64(47, event.flow_from).fixed64(48, event.flow_to);
        self.put_event(nanos, &message)
    }

    fn put_event(&mut self, nanos: u64, event: &Message) -> io::Result<()> {
        self.packet.clear();
        self.packet.explicit_integer(8, nanos).message(11, event);
        self.put_packet()
    }

    /// A sample of the CPU profiler; root first.
    ///
    /// # Errors
    /// Those of the output.
    pub fn sample<'f>(
        &mut self,
        (pid, tid): (u64, u64),
        nanos: u64,
        frames: impl Iterator<Item = SampleFrame<'f>>,
    ) -> io::Result<()> {
        let frames: Vec<u64> = frames.map(|frame| self.frame(&frame)).collect();
        let stack = self.stack(frames);
        let mut sample = Message::default();
        sample.explicit_integer(1, 0).integer(2, pid).integer(3, tid).integer(4, stack).integer(6, 1);
        self.packet.clear();
        self.packet.explicit_integer(8, nanos).message(66, &sample);
        self.put_packet()
    }

    fn frame(&mut self, frame: &SampleFrame<'_>) -> u64 {
        let function = self.text(Kind::Function, frame.function);
        let file = if frame.file.is_empty() { 0 } else { self.text(Kind::SourcePath, frame.file) };
        let next = self.frames.len() as u64 + 1;
        if self.frames.is_empty() {
            // Frames without a binary are faults to it, and traces of Go name none: one without a name serves all.
            let mut binary = Message::default();
            binary.integer(1, BINARY);
            self.interned.message(19, &binary);
        }
        let number = *self.frames.entry((function, file, frame.line)).or_insert(next);
        if number == next {
            let mut row = Message::default();
            row.integer(1, number)
                .integer(2, function)
                .integer(3, BINARY)
                .integer(5, file)
                .integer(6, frame.line);
            self.interned.message(6, &row);
        }
        number
    }

    fn stack(&mut self, frames: Vec<u64>) -> u64 {
        let next = self.stacks.len() as u64 + 1;
        let mut row = Message::default();
        row.integer(1, next);
        frames.iter().for_each(|&frame| {
            row.integer(2, frame);
        });
        let number = *self.stacks.entry(frames).or_insert(next);
        if number == next {
            self.interned.message(7, &row);
        }
        number
    }

    /// The number of a text among those of its kind, from 1.
    fn text(&mut self, kind: Kind, text: &str) -> u64 {
        let texts = self.texts.entry(kind).or_default();
        if let Some(&number) = texts.get(text) {
            return number;
        }
        let number = texts.len() as u64 + 1;
        texts.insert(text.to_owned(), number);
        let mut row = Message::default();
        row.integer(1, number).put(2, text.as_bytes());
        self.interned.message(kind as u32, &row);
        number
    }

    /// Writes the packet with what has to be known before it.
    fn put_packet(&mut self) -> io::Result<()> {
        self.packet.integer(10, SEQUENCE);
        if !self.interned.bytes().is_empty() {
            self.packet.message(12, &self.interned);
            self.interned.clear();
        }
        if std::mem::take(&mut self.is_first) {
            let mut defaults = Message::default();
            defaults.integer(58, BOOT_TIME);
            self.packet.integer(13, STATE_CLEARED).message(59, &defaults);
        } else {
            self.packet.integer(13, NEEDS_STATE);
        }
        let mut head = Vec::with_capacity(6);
        encode_key(1, WireType::LengthDelimited, &mut head);
        encode_varint(self.packet.bytes().len() as u64, &mut head);
        self.out.write_all(&head)?;
        self.out.write_all(self.packet.bytes())
    }
}

/// Whether a file begins with packets of Perfetto: messages in field 1, as in profile.proto, but with fields that no
/// `ValueType` has.
pub(crate) fn has_perfetto_shape(head: &[u8]) -> bool {
    let mut rest = head;
    let (Some(0x0a), Some(len)) = (wire_varint(&mut rest), wire_varint(&mut rest)) else { return false };
    let packet = usize::try_from(len).ok().and_then(|len| rest.get(..len)).unwrap_or(rest);
    let mut rest = packet;
    // A time, a sequence, a clock, an event, interned data, flags, defaults, a track.
    wire_varint(&mut rest).is_some_and(|key| matches!(key >> 3, 6 | 8 | 10..=13 | 58..=60))
}
