//! The merge, one step at a time, with the bytes of the file behind each step.

use super::super::TraceVersion;
use super::super::event::Event;
use super::super::generation_tables::RawSample;
use super::super::merge::{Current, Merge};
use super::super::options::TraceOptions;
use super::super::problem::Problem;
use super::super::spec::TIMED_ARGS;
use super::super::tables::Tables;
use super::super::uvarint::split_uvarint;

/// What a step delivered.
#[derive(Debug)]
pub(super) enum Step {
    /// A generation begins.
    Generation,
    /// An event of a thread.
    Event(WireRecord),
    /// A sample of the CPU profiler.
    Sample(RawSample),
    /// Nothing: the trace is over, or cannot be read any further.
    End,
}

/// An event as the file has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct WireRecord {
    /// The place of its thread among those of the generation.
    pub(super) cursor: usize,
    /// When, before times are forced to be increasing.
    pub(super) time: i64,
    pub(super) kind: u8,
    args: [u64; 4],
    len: usize,
}

impl WireRecord {
    /// Its arguments behind the time.
    pub(super) fn args(&self) -> &[u64] {
        &self.args[..self.len]
    }

    /// Its arguments, to be changed; those it has not are 0.
    pub(super) const fn args_mut(&mut self) -> &mut [u64; 4] {
        &mut self.args
    }
}

/// The merge of a trace, as strict as Go.
#[derive(Debug)]
pub(super) struct Steps<'a> {
    pub(super) merge: Merge<'a>,
    pub(super) tables: Tables,
    problems: Vec<Problem>,
    /// The events of the step taken last.
    pub(super) events: Vec<Event>,
    /// Where in the file the next event of each cursor is, and when.
    next: Vec<(usize, i64)>,
    /// The cursor of a thread.
    cursor_of: Vec<usize>,
}

impl<'a> Steps<'a> {
    pub(super) fn new(data: &'a [u8], version: TraceVersion, options: &TraceOptions<'a>) -> Self {
        Self {
            merge: Merge::new(data, version, options),
            tables: Tables::default(),
            problems: Vec::new(),
            events: Vec::new(),
            next: Vec::new(),
            cursor_of: Vec::new(),
        }
    }

    /// Number of generations that have begun.
    pub(super) fn begun(&self) -> usize {
        self.tables.generations().len()
    }

    /// The generation that is being read.
    pub(super) const fn current(&self) -> Option<&Current<'a>> {
        self.merge.current.as_ref()
    }

    /// Reads on until generation `at` (counted from 0) has begun; `false` if it does not. `see` gets all events
    /// before it and says whether to go on.
    pub(super) fn skip_to(&mut self, at: usize, mut see: impl FnMut(&[Event]) -> bool) -> bool {
        // A chunk ends with its generation at the latest, but may begin the next one: so the last is read in steps.
        while self.begun() < at.saturating_sub(1) {
            self.events.clear();
            self.merge.fill(&mut self.events, &mut self.tables, &mut self.problems);
            if self.events.is_empty() || !see(&self.events) {
                return false;
            }
        }
        while self.begun() <= at {
            if !self.fill() || !see(&self.events) {
                return false;
            }
        }
        self.look_at_cursors();
        true
    }

    /// Takes the next step.
    pub(super) fn next(&mut self) -> Step {
        let begun = self.begun();
        let next_sample = self.current().map_or(0, |current| current.next_sample);
        if !self.fill() {
            return Step::End;
        }
        if self.begun() != begun {
            self.look_at_cursors();
            return Step::Generation;
        }
        let Some(current) = self.merge.current.as_ref() else { return Step::End };
        if current.next_sample != next_sample {
            return current.samples.get(next_sample).map_or(Step::End, |sample| Step::Sample(*sample));
        }
        let hint = self.events.first().and_then(|event| self.cursor_of.get(event.thread.index()));
        let has_moved = |&at: &usize| place(current, at).0 != self.next.get(at).map_or(0, |next| next.0);
        // Some events are delivered as those of another thread.
        let moved = hint.copied().filter(has_moved);
        let Some(cursor) = moved.or_else(|| (0..current.cursors.len()).find(has_moved)) else {
            return Step::End;
        };
        let (offset, time) = std::mem::replace(&mut self.next[cursor], place(current, cursor));
        read_record(self.merge.data, offset, cursor, time).map_or(Step::End, Step::Event)
    }

    fn fill(&mut self) -> bool {
        self.events.clear();
        self.merge.fill_next_step(&mut self.events, &mut self.tables, &mut self.problems);
        !(self.events.is_empty() || self.merge.is_done)
    }

    fn look_at_cursors(&mut self) {
        let Some(current) = self.merge.current.as_ref() else { return };
        self.next = (0..current.cursors.len()).map(|at| place(current, at)).collect();
        self.cursor_of = vec![usize::MAX; self.tables.thread_count()];
        for (at, cursor) in current.cursors.iter().enumerate() {
            self.cursor_of[cursor.thread.index()] = at;
        }
    }
}

/// Where in the file the next event of a cursor is, and when; at its end, where that is.
fn place(current: &Current<'_>, at: usize) -> (usize, i64) {
    let cursor = current.cursors.get(at);
    cursor.map_or((0, 0), |cursor| (cursor.place(&current.batches).0, cursor.event.time))
}

fn read_record(data: &[u8], offset: usize, cursor: usize, time: i64) -> Option<WireRecord> {
    let (&kind, rest) = data.get(offset..)?.split_first()?;
    let (_delta, mut rest) = split_uvarint(rest)?;
    let mut record = WireRecord { cursor, time, kind, args: [0; 4], len: 0 };
    let len = usize::from(TIMED_ARGS[usize::from(kind)]);
    for arg in record.args.get_mut(..len)? {
        (*arg, rest) = split_uvarint(rest)?;
    }
    record.len = len;
    Some(record)
}
