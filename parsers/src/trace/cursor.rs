//! The next event of one thread: a position in its batches, decoded no further than needed.
//!
//! Type and time are decoded when the cursor moves, because the merge compares times; the arguments stay bytes
//! until the event's turn comes, when its rule takes exactly as many as it has.

use super::batch::Batch;
use super::clock::Clock;
use super::event::{ThreadId, Time};
use super::problem::{Fault, Faulty};
use super::spec::{NOT_TIMED, SPECS, TIMED_ARGS};
use super::uvarint::split_uvarint;

/// An event of the file: type and time decoded, arguments not yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WireEvent<'a> {
    pub(crate) kind: u8,
    pub(crate) time: Time,
    args: &'a [u8],
}

impl<'a> WireEvent<'a> {
    /// Takes the next `N` arguments.
    #[inline(always)]
    pub(crate) fn take<const N: usize>(&mut self) -> Faulty<[u64; N]> {
        let mut args = [0; N];
        for arg in &mut args {
            match split_uvarint(self.args) {
                Some((value, rest)) => (*arg, self.args) = (value, rest),
                None => return Err(bad_argument(self.kind)),
            }
        }
        Ok(args)
    }
}

#[cold]
fn bad_argument(kind: u8) -> Box<Fault> {
    let what = format!("an argument of {} is cut off or malformed", SPECS[usize::from(kind)].name);
    Fault { kind: super::ProblemKind::Malformed, what, offset: None, batch: None }.into()
}

/// A thread's position in a generation.
///
/// ```text
/// batch   | … event │ kind dt │ arg arg │ next event … |
///             start ┘         └ event.args, which moves on as arguments are taken
/// ```
#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    pub(crate) thread: ThreadId,
    /// The event the cursor stands on.
    pub(crate) event: WireEvent<'a>,
    /// The rest of the batch from the event on.
    start: &'a [u8],
    base_time: Time,
    /// The thread's batches: first, next, and end, in the list of the generation.
    first_batch: usize,
    next_batch: usize,
    end_batch: usize,
}

impl<'a> Cursor<'a> {
    /// A cursor before the first event of `batches[first_batch..end_batch]`.
    pub(crate) fn new(thread: ThreadId, first_batch: usize, end_batch: usize) -> Self {
        let event = WireEvent { kind: 0, time: 0, args: &[] };
        Self { thread, event, start: &[], base_time: 0, first_batch, next_batch: first_batch, end_batch }
    }

    /// Goes back to before the first event.
    pub(crate) fn rewind(&mut self) {
        *self = Self::new(self.thread, self.first_batch, self.end_batch);
    }

    /// Moves to the next event, which begins behind the arguments taken from this one; `false` at the end.
    #[inline(always)]
    pub(crate) fn advance(&mut self, batches: &[ThreadBatch], data: &'a [u8], clock: &Clock) -> Faulty<bool> {
        if self.event.args.is_empty() && !self.next_batch(batches, data, clock) {
            return Ok(false);
        }
        // Go restarts at the batch's time whenever the sum is 0; that only matters for a clock that overflows.
        if self.event.time == 0 {
            self.event.time = self.base_time;
        }
        self.start = self.event.args;
        let Some((&kind, rest)) = self.start.split_first() else {
            return Ok(false);
        };
        if TIMED_ARGS[usize::from(kind)] == NOT_TIMED {
            return Err(not_timed(kind));
        }
        let Some((delta, args)) = split_uvarint(rest) else {
            return Err(bad_argument(kind));
        };
        self.event.kind = kind;
        self.event.time = self.event.time.wrapping_add(clock.nanos(delta));
        self.event.args = args;
        Ok(true)
    }

    /// Goes to the start of the next batch that is not empty.
    #[cold]
    fn next_batch(&mut self, batches: &[ThreadBatch], data: &'a [u8], clock: &Clock) -> bool {
        while self.event.args.is_empty() {
            let Some(batch) = batches.get(..self.end_batch).and_then(|own| own.get(self.next_batch)) else {
                self.start = &[];
                return false;
            };
            self.next_batch += 1;
            self.event.args = batch.batch.payload(data);
            self.base_time = clock.nanos(batch.batch.time);
            self.event.time = 0;
        }
        true
    }

    /// Where the arguments begin, to come back to when the event has to wait.
    #[inline(always)]
    pub(crate) fn args(&self) -> &'a [u8] {
        self.event.args
    }

    /// Comes back to the beginning of the arguments.
    #[inline(always)]
    pub(crate) fn set_args(&mut self, args: &'a [u8]) {
        self.event.args = args;
    }

    /// Whether the arguments of the event the cursor stands on can be decoded, without going on.
    pub(crate) fn check_args(&self) -> Faulty<()> {
        let mut args = self.event.args;
        for _ in 0..TIMED_ARGS[usize::from(self.event.kind)] {
            args = split_uvarint(args).ok_or_else(|| bad_argument(self.event.kind))?.1;
        }
        Ok(())
    }

    /// Where the cursor is: offset in the file, and the batch's number in its generation.
    #[cold]
    pub(crate) fn place(&self, batches: &[ThreadBatch]) -> (usize, Option<u32>) {
        match self.next_batch.checked_sub(1).and_then(|at| batches.get(at)) {
            Some(current) => (current.batch.end() - self.start.len(), Some(current.index)),
            None => (0, None),
        }
    }

    /// The batches, of those of the generation, that it will not come back to.
    pub(crate) fn batches_left_behind(&self) -> std::ops::Range<usize> {
        self.first_batch..self.next_batch.saturating_sub(1).max(self.first_batch)
    }

    /// Bytes of events that are left, that of the event the cursor stands on included.
    #[cold]
    pub(crate) fn rest_bytes(&self, batches: &[ThreadBatch]) -> u64 {
        let later = batches[..self.end_batch].get(self.next_batch..).unwrap_or_default();
        self.start.len() as u64 + later.iter().map(|batch| u64::from(batch.batch.len)).sum::<u64>()
    }
}

#[cold]
fn not_timed(kind: u8) -> Box<Fault> {
    let what = match SPECS[usize::from(kind)].name {
        "" => format!("unknown event type {kind}; nothing behind it in its batch can be read"),
        name => format!("a {name} (type {kind}) among the timed events of a thread"),
    };
    Fault { kind: super::ProblemKind::Malformed, what, offset: None, batch: None }.into()
}

/// A batch of events, and its number in the generation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ThreadBatch {
    pub(crate) batch: Batch,
    pub(crate) index: u32,
}

/// The cursors of a generation, ordered by the time of their next event.
///
/// A binary heap with the layout of Go's: of simultaneous events of several threads, the one that Go would take
/// comes first, and so the order of events is the same to the last one.
#[derive(Debug, Default)]
pub(crate) struct Frontier {
    /// Times of the next events.
    times: Vec<Time>,
    /// Indexes of the cursors. Apart from the times: written as pairs and read in halves, they stall the processor.
    cursors: Vec<u32>,
}

impl Frontier {
    pub(crate) fn clear(&mut self) {
        self.times.clear();
        self.cursors.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.times.len()
    }

    /// Time of the earliest event.
    #[inline(always)]
    pub(crate) fn first_time(&self) -> Option<Time> {
        self.times.first().copied()
    }

    /// The cursor at a place of the heap; 0 is the earliest.
    #[inline(always)]
    pub(crate) fn get(&self, at: usize) -> Option<u32> {
        self.cursors.get(at).copied()
    }

    pub(crate) fn insert(&mut self, time: Time, cursor: u32) {
        self.times.push(time);
        self.cursors.push(cursor);
        self.sift_up(self.times.len() - 1);
    }

    /// The cursor at place `at` moved on to `time`.
    #[inline(always)]
    pub(crate) fn update(&mut self, at: usize, time: Time) {
        self.times[at] = time;
        if at == 0 || self.sift_up(at) == at {
            self.sift_down(at);
        }
    }

    /// The cursor at place `at` has no more events: it moves to the root regardless of time, changes places
    /// with the last and is gone.
    #[cold]
    pub(crate) fn remove(&mut self, at: usize) {
        let mut at = at;
        while at > 0 {
            let parent = (at - 1) / 2;
            self.swap(parent, at);
            at = parent;
        }
        self.times.swap_remove(0);
        self.cursors.swap_remove(0);
        self.sift_down(0);
    }

    /// Sorts by time, so that the others can be tried in order when the first cannot go on. A sorted heap is
    /// still a heap. Go's sort is stable up to twelve cursors; beyond, ties may come out differently there.
    #[cold]
    pub(crate) fn sort(&mut self) {
        if self.times.len() > 24 {
            let mut pairs: Vec<_> = self.times.iter().copied().zip(self.cursors.iter().copied()).collect();
            pairs.sort_by_key(|&(time, _)| time);
            for (at, (time, cursor)) in pairs.into_iter().enumerate() {
                (self.times[at], self.cursors[at]) = (time, cursor);
            }
            return;
        }
        // A handful of cursors, mostly in order already: by insertion, in place.
        for end in 1..self.times.len() {
            let mut at = end;
            while at > 0 && self.times[at - 1] > self.times[at] {
                self.swap(at - 1, at);
                at -= 1;
            }
        }
    }

    fn swap(&mut self, left: usize, right: usize) {
        self.times.swap(left, right);
        self.cursors.swap(left, right);
    }

    fn sift_up(&mut self, mut at: usize) -> usize {
        while at > 0 {
            let parent = (at - 1) / 2;
            if self.times[parent] <= self.times[at] {
                break;
            }
            self.swap(parent, at);
            at = parent;
        }
        at
    }

    /// Parent before left before right: only a strictly earlier child moves up.
    #[inline(always)]
    fn sift_down(&mut self, mut at: usize) {
        let (times, cursors) = (self.times.as_mut_slice(), self.cursors.as_mut_slice());
        let (Some(&time), Some(&cursor)) = (times.get(at), cursors.get(at)) else { return };
        loop {
            let left = 2 * at + 1;
            let (mut earliest, mut earliest_time) = (at, time);
            match times.get(left) {
                Some(&left_time) if left_time < earliest_time => {
                    (earliest, earliest_time) = (left, left_time);
                }
                Some(_) => {}
                None => break,
            }
            match times.get(left + 1) {
                Some(&right_time) if right_time < earliest_time => {
                    (earliest, earliest_time) = (left + 1, right_time);
                }
                _ => {}
            }
            if earliest == at {
                break;
            }
            times[at] = earliest_time;
            cursors[at] = cursors[earliest];
            at = earliest;
        }
        times[at] = time;
        cursors[at] = cursor;
    }
}
