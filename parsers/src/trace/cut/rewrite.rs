//! A generation of which a part is kept, on its way into the file.

use std::io::{self, Write};

use super::super::TraceVersion;
use super::super::batch::BatchKind;
use super::super::clock::{Clock, ClockSnapshot};
use super::super::event::Time;
use super::super::generation::RawGeneration;
use super::super::generation_tables::{RawSample, RawTables};
use super::super::spec::wire;
use super::super::uvarint::split_uvarint;
use super::batches::{Head, Stream, push_batch, push_experimental_batch, push_uvarint};
use super::past::{Past, Told};
use super::steps::WireRecord;
use super::tables::{CutTables, write_samples};

/// A generation of which a part is kept.
pub(super) struct Rewrite<'a> {
    data: &'a [u8],
    version: TraceVersion,
    raw: RawGeneration,
    tables: RawTables<'a>,
    clock: Clock,
    kept: CutTables,
    /// By cursor: the number of the thread, and what it has done.
    streams: Vec<(u64, Stream)>,
    samples: Vec<RawSample>,
    /// If it is told from its middle on: what has to be said of the past, and when.
    past: Option<(Past, Time)>,
}

impl<'a> Rewrite<'a> {
    /// Begins with nothing. `threads`: their numbers, by cursor.
    pub(super) fn new(
        data: &'a [u8],
        version: TraceVersion,
        raw: RawGeneration,
        threads: impl Iterator<Item = u64>,
    ) -> Option<Self> {
        let tables = RawTables::decode(data, &raw, version, None);
        let clock = tables.clock?;
        let streams = threads.map(|thread| (thread, Stream::new(clock, raw.number, thread))).collect();
        let (kept, samples) = (CutTables::default(), Vec::new());
        Some(Self { data, version, raw, tables, clock, kept, streams, samples, past: None })
    }

    /// The tables of the file, and what is kept of them.
    pub(super) const fn tables_mut(&mut self) -> (&RawTables<'a>, &mut CutTables) {
        (&self.tables, &mut self.kept)
    }

    /// The number of the generation.
    pub(super) const fn number(&self) -> u64 {
        self.raw.number
    }

    /// What came before the events that follow.
    pub(super) fn begin_anew(&mut self, past: Past, at: Time) {
        self.past = Some((past, at));
    }

    /// Keeps an event; `proc` is the number of the P it happens on.
    pub(super) fn keep(&mut self, mut record: WireRecord, proc: u64) {
        let Some((thread, stream)) = self.streams.get_mut(record.cursor) else { return };
        let mut after = Vec::new();
        if let Some((past, at)) = &mut self.past {
            if !past.change(&mut record, (proc, *thread)) {
                return;
            }
            *at = record.time.min(*at);
            after = past.told_after(record.kind, *thread);
        }
        self.kept.keep_of(record.kind, record.args());
        stream.event(record.time, record.kind, record.args());
        for told in after {
            stream.event(record.time, told.kind, told.args());
        }
    }

    /// Keeps a sample.
    pub(super) fn keep_sample(&mut self, sample: RawSample) {
        if let Some((_, at)) = &mut self.past {
            *at = sample.time.min(*at);
        }
        self.kept.keep_stack(sample.stack);
        self.samples.push(sample);
    }

    /// Writes the generation.
    pub(super) fn finish(self, out: &mut dyn Write) -> io::Result<()> {
        let mut bytes = Vec::new();
        let (clock, generation) = (self.clock, self.raw.number);
        let (told, at) = self.past.map_or((Vec::new(), None), |(past, at)| (past.finish(), Some(at)));
        // Each of them takes a nanosecond, for no two events have the same time.
        let at = at.map(|at| at.saturating_sub(told.len() as Time + 1).max(0));
        let time = at.map_or(self.raw.min_time, |at| (at as f64 / clock.nanos_per_unit()) as u64);
        let head = Head { generation, thread: u64::MAX, time };
        let moved = at.is_some();
        let snapshot = self.tables.snapshot.filter(|_| moved);
        let write_others = |wanted: fn(&BatchKind) -> bool, bytes: &mut Vec<u8>| {
            for batch in self.raw.batches.iter().filter(|batch| wanted(&batch.kind)) {
                let payload = batch.payload(self.data);
                let own = if moved { time } else { batch.time };
                let head = Head { generation, thread: batch.thread, time: own };
                match batch.kind {
                    BatchKind::Experimental(experiment) => {
                        push_experimental_batch(bytes, experiment, head, payload);
                    }
                    BatchKind::Sync if moved && self.version.has_sync_batch() => {
                        push_batch(bytes, head, &sync_at(payload, snapshot, clock.nanos(time)));
                    }
                    _ => push_batch(bytes, head, payload),
                }
            }
        };
        write_others(|kind| *kind == BatchKind::Sync, &mut bytes);
        let moment = clock.nanos(time);
        bytes.extend(streams_of(&told, clock, generation, moment));
        for (_, stream) in self.streams {
            bytes.extend(stream.finish());
        }
        write_others(|kind| matches!(kind, BatchKind::Experimental(_)), &mut bytes);
        write_samples(&self.samples, &clock, head, &mut bytes);
        self.kept.write(&self.tables, head, &mut bytes);
        if self.version.has_end_of_generation() {
            bytes.push(wire::END_OF_GENERATION);
        }
        out.write_all(&bytes)
    }
}

/// The batches of status events, each on its thread.
fn streams_of(told: &[Told], clock: Clock, generation: u64, time: Time) -> Vec<u8> {
    let mut threads: Vec<u64> = told.iter().map(|told| told.thread).collect();
    threads.sort_unstable();
    threads.dedup();
    let mut streams: Vec<Stream> =
        threads.iter().map(|&thread| Stream::new(clock, generation, thread)).collect();
    for told in told {
        if let Ok(at) = threads.binary_search(&told.thread) {
            streams[at].event(time, told.kind, told.args());
        }
    }
    streams.into_iter().flat_map(Stream::finish).collect()
}

/// The payload of a Sync batch (Go 1.25) whose clocks are read at another time.
fn sync_at(payload: &[u8], snapshot: Option<ClockSnapshot>, time: Time) -> Vec<u8> {
    let mut moved = vec![wire::SYNC];
    let mut rest = payload.get(1..).unwrap_or_default();
    while let Some((&kind, numbers)) = rest.split_first() {
        rest = numbers;
        let wanted = if kind == wire::FREQUENCY { 1 } else { 4 };
        let mut given = Vec::new();
        for _ in 0..wanted {
            let Some((number, behind)) = split_uvarint(rest) else { return moved };
            given.push(number);
            rest = behind;
        }
        if let (wire::CLOCK_SNAPSHOT, Some(snapshot)) = (kind, snapshot) {
            let (seconds, nanos) = snapshot.wall_at(time);
            let mono = snapshot.mono_nanos.wrapping_add_signed(time.wrapping_sub(snapshot.trace_time));
            given = vec![0, mono, seconds as u64, u64::from(nanos)];
        }
        moved.push(kind);
        given.iter().for_each(|&number| push_uvarint(&mut moved, number));
    }
    moved
}
