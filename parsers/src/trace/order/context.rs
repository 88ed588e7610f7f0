//! Where an event happens, what a rule may want of that, and where the event goes when it is delivered.

use super::super::event::{Event, EventKind, GoId, ProcId, StackId, StringId, ThreadId, Time};
use super::super::problem::{Fault, Faulty, ProblemKind, Strictness};
use super::super::resolve::Resolver;
use super::super::tables::{Frame, Tables};
use super::state::{Known, NO_SLOT};

/// What became of an attempt to deliver an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It was delivered (as one, two or three events).
    Advanced,
    /// Something else has to happen first.
    Wait,
}

/// What a thread is bound to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context {
    pub(super) thread: ThreadId,
    pub(super) known: Known,
    pub(super) proc: ProcId,
    pub(super) goroutine: GoId,
    /// The goroutine's place in [`Goroutines`](super::state::Goroutines).
    pub(super) slot: u32,
}

/// Whether a rule wants a context to have something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Must,
    May,
    MustNot,
}
pub(super) use Need::{May, Must, MustNot};

impl Context {
    /// Checks what a rule wants of thread, P and goroutine.
    #[inline(always)]
    pub(super) fn need(&self, thread: Need, proc: Need, goroutine: Need) -> Faulty<()> {
        check(thread, self.thread.is_some(), "thread")?;
        check(proc, self.proc.is_some(), "proc")?;
        check(goroutine, self.goroutine.is_some(), "goroutine")
    }

    /// The usual case: a goroutine does something while it runs.
    #[inline(always)]
    pub(super) fn need_all(&self) -> Faulty<()> {
        self.need(Must, Must, Must)
    }

    pub(super) fn without_goroutine(self) -> Self {
        Self { goroutine: GoId::NONE, slot: NO_SLOT, ..self }
    }

    pub(super) fn without_proc(self) -> Self {
        Self { proc: ProcId::NONE, ..self }
    }
}

#[inline(always)]
fn check(need: Need, has: bool, what: &str) -> Faulty<()> {
    match (need, has) {
        (Must, false) => Err(Fault::order(format!("expected a {what} but had none"))),
        (MustNot, true) => Err(Fault::order(format!("expected no {what} but had one"))),
        _ => Ok(()),
    }
}

/// Where delivered events go, and what their ids are looked up in.
#[derive(Debug)]
pub(crate) struct Delivery<'a> {
    pub(crate) events: &'a mut Vec<Event>,
    pub(crate) tables: &'a mut Tables,
    pub(crate) resolver: &'a Resolver,
    /// Number of the generation.
    pub(crate) generation: u64,
    /// Time of the event delivered last.
    pub(crate) last_time: &'a mut Time,
    pub(crate) strictness: Strictness,
    /// The first string or stack that was not in the tables, in [`Strictness::Salvage`].
    pub(crate) missing: &'a mut Option<String>,
}

impl Delivery<'_> {
    /// Delivers an event. Times are forced to be strictly increasing: 1 ns after the last one at least.
    #[inline(always)]
    pub(super) fn push(&mut self, time: Time, context: Context, stack: StackId, kind: EventKind) {
        let time = if time <= *self.last_time { self.last_time.wrapping_add(1) } else { time };
        *self.last_time = time;
        let Context { thread, proc, goroutine, .. } = context;
        self.events.push(Event { time, thread, proc, goroutine, stack, kind });
    }

    /// The stack with this id in the file.
    #[inline(always)]
    pub(crate) fn stack(&mut self, id: u64) -> Faulty<StackId> {
        match self.resolver.stack(id) {
            Some(stack) => Ok(stack),
            None => self.missing_stack(id),
        }
    }

    /// The string with this id in the file.
    #[inline(always)]
    pub(super) fn string(&mut self, id: u64) -> Faulty<StringId> {
        match self.resolver.string(id) {
            Some(string) => Ok(string),
            None => self.missing_string(id),
        }
    }

    #[cold]
    fn missing_stack(&mut self, id: u64) -> Faulty<StackId> {
        self.note_missing(&format!("stack {id}"))?;
        let function = self.tables.add_string(b"?");
        let frame = Frame { pc: 0, function, file: function, line: 0 };
        let frame = self.tables.add_frame(frame);
        Ok(self.tables.add_stack(&[frame]))
    }

    #[cold]
    fn missing_string(&mut self, id: u64) -> Faulty<StringId> {
        self.note_missing(&format!("string {id}"))?;
        Ok(self.tables.add_string(b"?"))
    }

    fn note_missing(&mut self, what: &str) -> Faulty<()> {
        let what = format!("an event refers to {what}, which is not in its generation");
        if self.strictness == Strictness::LikeGo {
            return Err(Fault::order(what).of_kind(ProblemKind::MissingReference));
        }
        self.missing.get_or_insert(what);
        Ok(())
    }
}
