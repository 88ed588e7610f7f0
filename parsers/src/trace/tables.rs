//! What the ids in events stand for: one set of tables for the whole trace.
//!
//! ```text
//! strings  bytes | runtime.main chan receive … |   ends | 0 12 24 … |
//! stacks   frames | 4 2 1 | 7 1 | …                 ends | 0 3 5 … |      leaf first
//! frames   | pc function file line | …
//! goroutines, procs, threads, tasks   id → number in the file
//! ```
//!
//! Row 0 of each is "none". Rows are only ever added, so an id stays valid while the reader goes on.

use std::borrow::Cow;

use super::clock::{Clock, ClockSnapshot};
use super::event::{
    FrameId, GenerationId, GoId, ProcId, StackId, StringId, TaskId, ThreadId, Time, WideArgsId,
};
use super::id_map::Interner;
use super::numbers::Numbers;
use crate::printable::printable_bytes;

/// A frame of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Program counter: of the call, not of the return.
    pub pc: u64,
    /// The function's full name.
    pub function: StringId,
    /// The source file.
    pub file: StringId,
    /// The line in the file.
    pub line: u64,
}

/// A generation: a self-contained piece of the trace of about a second. A v1 trace is one generation.
#[derive(Clone, Debug)]
pub struct Generation {
    /// Its number in the file.
    pub number: u64,
    /// The bytes of the file it takes.
    pub bytes: std::ops::Range<u64>,
    /// The smallest time of its batches.
    pub min_time: Time,
    /// How its clock runs.
    pub clock: Clock,
    /// Trace, monotonic and wall clock at one moment (since Go 1.25).
    pub snapshot: Option<ClockSnapshot>,
    /// Whether it goes on where the generation before ended.
    pub continuity: Continuity,
    /// Opaque bytes of experiments, see [`alloc_free`](super::alloc_free).
    pub experimental: Vec<ExperimentalBatch>,
}

/// How a generation is tied to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Continuity {
    /// All states carry over.
    Continues,
    /// Nothing is known from before (it is the first, or something was lost): goroutines and Ps show up as
    /// undetermined again, whatever was known about them.
    StartsAnew,
}

/// A packet of bytes of an experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExperimentalBatch {
    /// Number of the experiment; 1 is AllocFree.
    pub experiment: u8,
    /// The thread that wrote it.
    pub thread: ThreadId,
    /// Its bytes in the file.
    pub bytes: std::ops::Range<usize>,
}

/// Strings, stacks and all other things that events refer to by id.
#[derive(Debug)]
pub struct Tables {
    string_bytes: Vec<u8>,
    string_ends: Vec<usize>,
    string_interner: Interner,
    frames: Vec<Frame>,
    frame_interner: Interner,
    stack_frames: Vec<FrameId>,
    stack_ends: Vec<usize>,
    stack_interner: Interner,
    threads: Numbers,
    procs: Numbers,
    tasks: Numbers,
    goids: Vec<u64>,
    generations: Vec<Generation>,
    wide_args: Vec<[u64; 3]>,
}

impl Default for Tables {
    fn default() -> Self {
        Self {
            string_bytes: Vec::new(),
            string_ends: vec![0],
            string_interner: Interner::default(),
            frames: vec![Frame { pc: 0, function: StringId::NONE, file: StringId::NONE, line: 0 }],
            frame_interner: Interner::default(),
            stack_frames: Vec::new(),
            stack_ends: vec![0],
            stack_interner: Interner::default(),
            threads: Numbers::new(&[u64::MAX]),
            procs: Numbers::new(&[u64::MAX]),
            // The background task.
            tasks: Numbers::new(&[u64::MAX, 0]),
            goids: vec![u64::MAX],
            generations: Vec::new(),
            wide_args: Vec::new(),
        }
    }
}

impl Tables {
    /// The bytes of a string: up to 1024, possibly cut in the middle of a character, possibly no UTF-8 at all.
    pub fn string(&self, id: StringId) -> &[u8] {
        slice(&self.string_bytes, &self.string_ends, id.index())
    }

    /// A string to show, with `�` for what is not UTF-8.
    pub fn string_lossy(&self, id: StringId) -> Cow<'_, str> {
        String::from_utf8_lossy(self.string(id))
    }

    /// A string as a person may see it: without anything that a terminal would obey, see [`crate::printable`].
    pub fn printable(&self, id: StringId) -> Cow<'_, str> {
        printable_bytes(self.string(id))
    }

    /// Number of strings, the empty one included.
    pub fn string_count(&self) -> usize {
        self.string_ends.len()
    }

    /// The frames of a stack, innermost first; empty for [`StackId::NONE`].
    pub fn stack(&self, id: StackId) -> &[FrameId] {
        slice(&self.stack_frames, &self.stack_ends, id.index())
    }

    /// Number of stacks, "none" included.
    pub fn stack_count(&self) -> usize {
        self.stack_ends.len()
    }

    /// A frame; of an unknown id, an empty one.
    pub fn frame(&self, id: FrameId) -> Frame {
        self.frames.get(id.index()).copied().unwrap_or(self.frames[0])
    }

    /// Number of frames, "none" included.
    pub fn frame_count(&self) -> usize {
        self.frames.len()
    }

    /// The number of a goroutine as Go prints it; -1 for none.
    pub fn goid(&self, id: GoId) -> i64 {
        number(&self.goids, id.index())
    }

    /// Number of goroutines seen so far, "none" included: ids are below this.
    pub fn goroutine_count(&self) -> usize {
        self.goids.len()
    }

    /// The number of a P; -1 for none. v1 traces have artificial Ps above 1,000,000 for what no P did
    /// (1 timers, 2 network poller, 3 system call exits, 4 GC).
    pub fn proc_number(&self, id: ProcId) -> i64 {
        number(self.procs.all(), id.index())
    }

    /// The numbers of all Ps seen so far, by id.
    pub(crate) fn proc_numbers(&self) -> &[u64] {
        self.procs.all()
    }

    /// Number of Ps seen so far, "none" included: ids are below this.
    pub fn proc_count(&self) -> usize {
        self.procs.all().len()
    }

    /// The number of a thread, as the operating system knows it; -1 for none.
    pub fn thread_number(&self, id: ThreadId) -> i64 {
        number(self.threads.all(), id.index())
    }

    /// Number of threads seen so far, "none" included: ids are below this.
    pub fn thread_count(&self) -> usize {
        self.threads.all().len()
    }

    /// The number of a task; `u64::MAX` for none, 0 for the background task.
    pub fn task_number(&self, id: TaskId) -> u64 {
        self.tasks.all().get(id.index()).copied().unwrap_or(u64::MAX)
    }

    /// Number of tasks seen so far, "none" and the background task included: ids are below this.
    pub fn task_count(&self) -> usize {
        self.tasks.all().len()
    }

    /// A generation; `None` for [`GenerationId::NONE`].
    pub fn generation(&self, id: GenerationId) -> Option<&Generation> {
        self.generations.get(id.index().checked_sub(1)?)
    }

    /// All generations begun so far.
    pub fn generations(&self) -> &[Generation] {
        &self.generations
    }

    /// Arguments that did not fit into an event of the current generation; zeros beyond those it has.
    pub fn wide_args(&self, id: WideArgsId) -> [u64; 3] {
        id.index().checked_sub(1).and_then(|at| self.wide_args.get(at)).copied().unwrap_or_default()
    }

    /// The id of a string, new or known.
    pub(crate) fn add_string(&mut self, bytes: &[u8]) -> StringId {
        if bytes.is_empty() {
            return StringId::NONE;
        }
        let hash = self.string_interner.hash_bytes(bytes);
        let (pool, ends) = (&self.string_bytes, &self.string_ends);
        if let Some(id) = self.string_interner.find(hash, |id| slice(pool, ends, id as usize) == bytes) {
            return StringId(id);
        }
        let id = self.string_ends.len() as u32;
        self.string_bytes.extend_from_slice(bytes);
        self.string_ends.push(self.string_bytes.len());
        let (pool, ends) = (&self.string_bytes, &self.string_ends);
        self.string_interner.insert(hash, id, |table, id| table.hash_bytes(slice(pool, ends, id as usize)));
        StringId(id)
    }

    /// The id of a frame, new or known.
    pub(crate) fn add_frame(&mut self, frame: Frame) -> FrameId {
        fn numbers(frame: Frame) -> [u64; 3] {
            [frame.pc, u64::from(frame.function.0) << 32 | u64::from(frame.file.0), frame.line]
        }
        let hash = self.frame_interner.hash_numbers(numbers(frame));
        let frames = &self.frames;
        if let Some(id) = self.frame_interner.find(hash, |id| frames[id as usize] == frame) {
            return FrameId(id);
        }
        let id = self.frames.len() as u32;
        self.frames.push(frame);
        let frames = &self.frames;
        self.frame_interner.insert(hash, id, |table, id| table.hash_numbers(numbers(frames[id as usize])));
        FrameId(id)
    }

    /// The id of a stack, new or known. A stack without frames is a stack of its own: Go tells it from none.
    pub(crate) fn add_stack(&mut self, frames: &[FrameId]) -> StackId {
        fn hash_of(table: &Interner, frames: &[FrameId]) -> u64 {
            table.hash_numbers(frames.iter().map(|frame| u64::from(frame.0)))
        }
        let hash = hash_of(&self.stack_interner, frames);
        let (pool, ends) = (&self.stack_frames, &self.stack_ends);
        if let Some(id) = self.stack_interner.find(hash, |id| slice(pool, ends, id as usize) == frames) {
            return StackId(id);
        }
        let id = self.stack_ends.len() as u32;
        self.stack_frames.extend_from_slice(frames);
        self.stack_ends.push(self.stack_frames.len());
        let (pool, ends) = (&self.stack_frames, &self.stack_ends);
        self.stack_interner.insert(hash, id, |table, id| hash_of(table, slice(pool, ends, id as usize)));
        StackId(id)
    }

    /// Gives back memory that was kept for more rows, and what only new numbers need.
    pub(crate) fn shrink(&mut self) {
        self.goids.shrink_to_fit();
        self.tasks.end();
    }

    /// The thread with a number, if it has shown up.
    pub(crate) fn find_thread(&self, number: i64) -> Option<ThreadId> {
        self.threads.find(number as u64).map(ThreadId)
    }

    /// The P with a number, if it has shown up.
    pub(crate) fn find_proc(&self, number: i64) -> Option<ProcId> {
        self.procs.find(number as u64).map(ProcId)
    }

    /// The task with a number, if it has shown up.
    pub(crate) fn find_task(&self, number: u64) -> Option<TaskId> {
        self.tasks.find(number).map(TaskId)
    }

    pub(crate) fn add_goroutine(&mut self, goid: u64) -> GoId {
        self.goids.push(goid);
        GoId((self.goids.len() - 1) as u32)
    }

    pub(crate) fn goids(&self) -> &[u64] {
        &self.goids
    }

    #[inline]
    pub(crate) fn thread_id(&mut self, number: u64) -> ThreadId {
        ThreadId(self.threads.id(number))
    }

    #[inline]
    pub(crate) fn proc_id(&mut self, number: u64) -> ProcId {
        ProcId(self.procs.id(number))
    }

    #[inline]
    pub(crate) fn task_id(&mut self, number: u64) -> TaskId {
        TaskId(self.tasks.id(number))
    }

    /// Begins a generation; wide arguments of the one before are gone.
    pub(crate) fn add_generation(&mut self, generation: Generation) -> GenerationId {
        self.wide_args.clear();
        self.generations.push(generation);
        GenerationId(self.generations.len() as u32)
    }

    /// The events of the generation begun last are delivered again.
    pub(crate) fn restart_generation(&mut self, continuity: Continuity) {
        self.wide_args.clear();
        if let Some(generation) = self.generations.last_mut() {
            generation.continuity = continuity;
        }
    }

    /// Arguments that did not fit into events of a piece of the current generation.
    pub(crate) fn set_wide_args(&mut self, args: Vec<[u64; 3]>) {
        self.wide_args = args;
    }

    /// All arguments that did not fit into events of the current generation so far.
    pub(crate) fn all_wide_args(&self) -> &[[u64; 3]] {
        &self.wide_args
    }

    pub(crate) fn add_wide_args(&mut self, args: [u64; 3]) -> WideArgsId {
        self.wide_args.push(args);
        WideArgsId(self.wide_args.len() as u32)
    }
}

/// Row `at` of a pool of rows that end at `ends`; empty beyond the last.
fn slice<'a, T>(pool: &'a [T], ends: &[usize], at: usize) -> &'a [T] {
    let begin = at.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    ends.get(at).and_then(|&end| pool.get(begin..end)).unwrap_or_default()
}

fn number(numbers: &[u64], at: usize) -> i64 {
    numbers.get(at).map_or(-1, |&number| number as i64)
}
