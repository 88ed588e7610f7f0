//! The tables of a generation that was cut: those strings and stacks of the file that are still needed, under the ids
//! that they have there, and stacks of goroutines that come from generations before it.

use std::collections::{HashMap, HashSet};

use super::super::clock::Clock;
use super::super::event::{StackId, StringId};
use super::super::generation_tables::{RawFrame, RawSample, RawTables};
use super::super::resolve::Resolver;
use super::super::spec::{SPECS, wire};
use super::super::tables::Tables;
use super::batches::{Head, is_full, push_batch, push_uvarint};

/// Strings and stacks on their way into a cut generation.
#[derive(Debug, Default)]
pub(super) struct CutTables {
    strings: HashSet<u64>,
    stacks: HashSet<u64>,
    /// Strings that the generation did not have.
    new_strings: Vec<(u64, Vec<u8>)>,
    /// Stacks that the generation did not have.
    new_stacks: Vec<(u64, Vec<RawFrame>)>,
}

impl CutTables {
    /// Keeps what an event refers to.
    pub(super) fn keep_of(&mut self, kind: u8, args: &[u64]) {
        for (name, &id) in SPECS[usize::from(kind)].args.iter().zip(args) {
            match *name {
                "stack" | "new_stack" => self.keep_stack(id),
                name if name.ends_with("_string") => {
                    self.strings.insert(id);
                }
                _ => {}
            }
        }
    }

    pub(super) fn keep_stack(&mut self, id: u64) {
        self.stacks.insert(id);
    }

    /// Ids of the generation for stacks of the trace.
    pub(super) fn stack_ids(
        &mut self,
        wanted: impl Iterator<Item = StackId>,
        raw: &RawTables<'_>,
        (resolver, tables): (&Resolver, &Tables),
    ) -> Vec<u64> {
        let known = raw.stacks.iter().filter_map(|&(id, _)| Some((resolver.stack(id)?, id)));
        let mut ids: HashMap<StackId, u64> = known.collect();
        ids.insert(StackId::NONE, 0);
        let known = raw.strings.iter().filter_map(|&(id, _)| Some((resolver.string(id)?, id)));
        let mut strings: HashMap<StringId, u64> = known.collect();
        strings.insert(StringId::NONE, 0);
        let highest = |ids: &mut dyn Iterator<Item = u64>| ids.max().unwrap_or(0);
        let mut last_stack = highest(&mut raw.stacks.iter().map(|stack| stack.0));
        let mut last_string = highest(&mut raw.strings.iter().map(|string| string.0));
        wanted
            .map(|stack| {
                let id = *ids.entry(stack).or_insert_with(|| {
                    let mut string = |id: StringId| {
                        *strings.entry(id).or_insert_with(|| {
                            last_string = last_string.wrapping_add(1);
                            self.new_strings.push((last_string, tables.string(id).to_vec()));
                            last_string
                        })
                    };
                    let frames = tables.stack(stack).iter().map(|&frame| {
                        let frame = tables.frame(frame);
                        let (function, file) = (string(frame.function), string(frame.file));
                        RawFrame { pc: frame.pc, function, file, line: frame.line }
                    });
                    last_stack = last_stack.wrapping_add(1);
                    self.new_stacks.push((last_stack, frames.collect()));
                    last_stack
                });
                self.keep_stack(id);
                id
            })
            .collect()
    }

    /// Appends batches of stacks and of the strings that are needed.
    pub(super) fn write(mut self, raw: &RawTables<'_>, head: Head, out: &mut Vec<u8>) {
        let mut records = Records::new(wire::STACKS, head);
        let mut begin = 0;
        for &(id, end) in &raw.stacks {
            let frames = raw.stack_frames.get(begin..end as usize).unwrap_or_default();
            begin = end as usize;
            if self.stacks.contains(&id) {
                let frames = frames.iter().map(|&frame| raw.frames[frame as usize]).collect();
                self.write_stack(id, frames, &mut records, out);
            }
        }
        for (id, frames) in std::mem::take(&mut self.new_stacks) {
            self.write_stack(id, frames, &mut records, out);
        }
        records.finish(out);
        let mut records = Records::new(wire::STRINGS, head);
        let known = raw.strings.iter().filter(|(id, _)| self.strings.contains(id)).copied();
        let new = self.new_strings.iter().map(|(id, bytes)| (*id, bytes.as_slice()));
        for (id, bytes) in known.chain(new) {
            let mut record = vec![wire::STRING];
            push_uvarint(&mut record, id);
            push_uvarint(&mut record, bytes.len() as u64);
            record.extend_from_slice(bytes);
            records.add(&record, out);
        }
        records.finish(out);
    }

    fn write_stack(&mut self, id: u64, frames: Vec<RawFrame>, records: &mut Records, out: &mut Vec<u8>) {
        let mut record = vec![wire::STACK];
        push_uvarint(&mut record, id);
        push_uvarint(&mut record, frames.len() as u64);
        for RawFrame { pc, function, file, line } in frames {
            self.strings.extend([function, file]);
            for number in [pc, function, file, line] {
                push_uvarint(&mut record, number);
            }
        }
        records.add(&record, out);
    }
}

/// Appends batches of samples of the CPU profiler.
pub(super) fn write_samples(samples: &[RawSample], clock: &Clock, head: Head, out: &mut Vec<u8>) {
    let mut records = Records::new(wire::CPU_SAMPLES, head);
    for sample in samples {
        let mut record = vec![wire::CPU_SAMPLE];
        // Without a goroutine is 0 in the file.
        let goroutine = if sample.goroutine == u64::MAX { 0 } else { sample.goroutine };
        let units = clock.base_and_delta(sample.time).0;
        for number in [units, sample.thread, sample.proc, goroutine, sample.stack] {
            push_uvarint(&mut record, number);
        }
        records.add(&record, out);
    }
    records.finish(out);
}

/// Records of one kind on their way into batches.
struct Records {
    head: Head,
    /// The first byte of each batch.
    kind: u8,
    payload: Vec<u8>,
}

impl Records {
    fn new(kind: u8, head: Head) -> Self {
        Self { head, kind, payload: vec![kind] }
    }

    fn add(&mut self, record: &[u8], out: &mut Vec<u8>) {
        if is_full(&self.payload, record.len()) {
            self.flush(out);
        }
        self.payload.extend_from_slice(record);
    }

    fn flush(&mut self, out: &mut Vec<u8>) {
        push_batch(out, self.head, &self.payload);
        self.payload.truncate(1);
        debug_assert_eq!(self.payload, [self.kind]);
    }

    fn finish(mut self, out: &mut Vec<u8>) {
        if self.payload.len() > 1 {
            self.flush(out);
        }
    }
}
