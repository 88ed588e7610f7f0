//! In which order the events of all threads happened, and in which context.
//!
//! Each thread's events are in order, but their times cannot be trusted: clocks of different cores are skewed by
//! more than the distance of events. So time only proposes and *rules* decide. The rules emulate the scheduler:
//! every goroutine and every P has a state and a sequence number, every thread a bound goroutine and P.
//!
//! ```text
//! frontier: the earliest event of each thread        state of the world
//!   M3 GoStart g7 seq 2   ── advance ──►   Wait       g7 is not runnable yet, or its seq is not 1
//!   M1 GoUnblock g7 seq 1 ── advance ──►   Advanced   g7 runnable, seq 1; the event is delivered
//!   M3 GoStart g7 seq 2   ── advance ──►   Advanced
//!   M5 GoStop             ── advance ──►   Err        M5 runs no goroutine: the trace is broken
//! ```
//!
//! Each event has one function here that is its rule: what it waits for, what would be an error, what it does.
//! They are in [`procs`], [`goroutines`], [`ranges`] (GC, stop-the-world) and [`annotations`] (tasks, regions,
//! logs, metrics, experiments). Two kinds of requirement run through all of them:
//!
//! * *waits*: another thread's event must come first, so the event is tried again later. If all threads wait,
//!   the trace is broken.
//! * *errors*: no event of another thread could make it right.
//!
//! States live on across generations, sequence numbers do not: they count from the status event that every
//! goroutine and P gets before its first event of a generation, so a rule that wants "sequence n + 1" also waits
//! for that status.

mod annotations;
mod claims;
mod context;
mod goroutines;
mod procs;
mod put_off;
mod ranges;
mod sew;
mod standing;
mod state;

use super::cursor::WireEvent;
use super::event::{GoId, ThreadId};
use super::problem::{Fault, Faulty};
use super::spec::wire;
use super::tables::Tables;
use claims::Claims;
use context::Context;
pub(crate) use context::{Delivery, Step};
pub(crate) use sew::Sewn;
pub(crate) use standing::{GO_RUNNING, PROC_RUNNING, Standing, StandingGoroutine};
use state::{Gc, Goroutines, Known, OpenTask, Proc, Thread};

/// The state of the world between two events.
#[derive(Debug, Default)]
pub(crate) struct Order {
    goroutines: Goroutines,
    /// By [`ProcId`].
    procs: Vec<Proc>,
    /// By [`ThreadId`].
    threads: Vec<Thread>,
    /// By [`TaskId`](super::TaskId): what the begin of an open task said.
    tasks: Vec<Option<OpenTask>>,
    gc: Gc,
    /// The generation with the first event since all states were forgotten.
    first_generation: Option<u64>,
    /// What is taken for granted, if this is the order of a piece whose past is not known.
    claims: Option<Box<Claims>>,
}

impl Order {
    /// The order of a piece in the middle of a trace: see [`claims`].
    pub(crate) fn of_piece() -> Self {
        Self { goroutines: Goroutines::of_piece(), claims: Some(Box::default()), ..Self::default() }
    }

    /// Forgets all states: what follows does not go on from what was before.
    pub(crate) fn start_anew(&mut self) {
        self.goroutines.forget_states();
        self.procs.clear();
        self.threads.clear();
        self.tasks.clear();
        self.gc = Gc::default();
        self.first_generation = None;
    }

    /// Whether this generation has no predecessor whose states would go on.
    fn is_first(&self, out: &Delivery<'_>) -> bool {
        // A piece has one, whether its past is known yet or not.
        self.claims.is_none() && self.first_generation == Some(out.generation)
    }

    /// The id of a goroutine that need not have shown up yet (CPU samples are outside all rules).
    pub(crate) fn sampled_goroutine(&mut self, goid: u64, tables: &mut Tables) -> GoId {
        self.goroutines.id_of(goid, tables)
    }

    /// Tries to deliver an event of `thread`. After an error the trace is broken.
    ///
    /// The rules of the most frequent events are inlined here, each with a copy of the context of its own: one
    /// context for all would live in memory, written in halves and read as a whole, which stalls the processor.
    #[inline(always)]
    pub(crate) fn advance(
        &mut self,
        event: &mut WireEvent<'_>,
        thread: ThreadId,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        if self.threads.get(thread.index()).is_none_or(|thread| thread.known != Known::ALL) {
            return self.advance_unknown(event, thread, out);
        }
        let mut context = self.context_of(thread, Known::ALL, out);
        let step = match event.kind {
            wire::GO_START => self.go_start(event, &mut context, out)?,
            wire::GO_BLOCK => self.go_block(event, &mut context, out)?,
            wire::GO_STOP => self.go_stop(event, &mut context, out)?,
            wire::GO_DESTROY => self.go_destroy(event, &mut context, out)?,
            wire::GO_UNBLOCK => return self.go_unblock(event, &context, out),
            wire::GO_SYSCALL_BEGIN => return self.go_syscall_begin(event, &context, out),
            wire::GO_SYSCALL_END => return self.go_syscall_end(event, &context, out),
            wire::GO_CREATE | wire::GO_CREATE_BLOCKED => return self.go_create(event, &context, out),
            _ => return self.advance_rarely(event, context, out),
        };
        self.bind(step, context);
        Ok(step)
    }

    /// The first event of a thread, or in a piece one of which not all is known: then the piece takes for granted that
    /// it was bound to nothing. Only statuses, with which it says what it is bound to, tell nothing of the past.
    #[cold]
    fn advance_unknown(
        &mut self,
        event: &mut WireEvent<'_>,
        thread: ThreadId,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        if thread.index() >= self.threads.len() {
            self.see_threads_up_to(thread, out);
        }
        let unknown = self.threads[thread.index()].known.see();
        self.threads[thread.index()].known = unknown;
        let mut context = self.context_of(thread, unknown, out);
        let step = match event.kind {
            wire::GO_START => self.go_start(event, &mut context, out)?,
            wire::GO_BLOCK => self.go_block(event, &mut context, out)?,
            wire::GO_STOP => self.go_stop(event, &mut context, out)?,
            wire::GO_DESTROY => self.go_destroy(event, &mut context, out)?,
            wire::GO_UNBLOCK => self.go_unblock(event, &context, out)?,
            wire::GO_SYSCALL_BEGIN => self.go_syscall_begin(event, &context, out)?,
            wire::GO_SYSCALL_END => self.go_syscall_end(event, &context, out)?,
            wire::GO_CREATE | wire::GO_CREATE_BLOCKED => self.go_create(event, &context, out)?,
            _ => self.dispatch(event, &mut context, out)?,
        };
        let is_status = matches!(event.kind, wire::PROC_STATUS | wire::GO_STATUS | wire::GO_STATUS_STACK);
        if let Some(claims) = &mut self.claims
            && step == Step::Advanced
            && !is_status
        {
            claims.bound_to_nothing(context.thread, unknown);
            context.known = Known::ALL;
        }
        self.bind(step, context);
        Ok(step)
    }

    #[inline(never)]
    fn advance_rarely(
        &mut self,
        event: &mut WireEvent<'_>,
        mut context: Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let step = self.dispatch(event, &mut context, out)?;
        self.bind(step, context);
        Ok(step)
    }

    /// What a thread is bound to before its next event.
    #[inline(always)]
    fn context_of(&mut self, thread: ThreadId, known: Known, out: &Delivery<'_>) -> Context {
        let Thread { proc, goroutine, slot, .. } = self.threads[thread.index()];
        let mut context = Context { thread, known, proc, goroutine, slot };
        if !self.goroutines.holds(context.slot, context.goroutine)
            && self.goroutines.may_find(context.goroutine)
        {
            context.slot = self.goroutines.find_bound(context.goroutine, out.tables);
        }
        context
    }

    /// A thread shows up; so does, with its first one, the first generation.
    #[cold]
    fn see_threads_up_to(&mut self, thread: ThreadId, out: &Delivery<'_>) {
        self.first_generation.get_or_insert(out.generation);
        self.threads.resize(thread.index() + 1, self.new_thread());
    }

    /// A thread of which nothing was heard yet.
    fn new_thread(&self) -> Thread {
        Thread::new(if self.claims.is_some() { Known::NOTHING } else { Known::UNSEEN })
    }

    /// Binds a thread to what its event left it with. No thread (of the runtime's bare batches) is never bound.
    #[inline(always)]
    fn bind(&mut self, step: Step, context: Context) {
        if step == Step::Advanced
            && context.thread.is_some()
            && let Some(bound) = self.threads.get_mut(context.thread.index())
        {
            let Context { known, proc, goroutine, slot, .. } = context;
            *bound = Thread { known, proc, goroutine, slot };
        }
    }

    /// The rules of all other events. They change `context` to what the thread is bound to afterwards.
    fn dispatch(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &mut Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        match event.kind {
            wire::GO_SYSCALL_END_BLOCKED => self.go_syscall_end_blocked(event, context, out),
            wire::GO_CREATE_SYSCALL => self.go_create_syscall(event, context, out),
            wire::GO_DESTROY_SYSCALL => self.go_destroy_syscall(event, context, out),
            wire::GO_STATUS | wire::GO_STATUS_STACK => self.go_status(event, context, out),
            wire::GO_SWITCH | wire::GO_SWITCH_DESTROY => self.go_switch(event, context, out),
            wire::PROC_START => self.proc_start(event, context, out),
            wire::PROC_STOP => self.proc_stop(event, context, out),
            wire::PROC_STEAL => self.proc_steal(event, context, out),
            wire::PROC_STATUS => self.proc_status(event, context, out),
            wire::GC_ACTIVE => self.gc_active(event, context, out),
            wire::GC_BEGIN => self.gc_begin(event, context, out),
            wire::GC_END => self.gc_end(event, context, out),
            wire::GC_SWEEP_ACTIVE => self.gc_sweep_active(event, context, out),
            wire::GC_SWEEP_BEGIN => self.gc_sweep_begin(event, context, out),
            wire::GC_SWEEP_END => self.gc_sweep_end(event, context, out),
            wire::GC_MARK_ASSIST_ACTIVE => self.gc_mark_assist_active(event, context, out),
            wire::GC_MARK_ASSIST_BEGIN => self.gc_mark_assist_begin(event, context, out),
            wire::GC_MARK_ASSIST_END => self.gc_mark_assist_end(event, context, out),
            wire::STW_BEGIN => self.stw_begin(event, context, out),
            wire::STW_END => self.stw_end(event, context, out),
            wire::PROCS_CHANGE => self.procs_change(event, context, out),
            wire::HEAP_ALLOC | wire::HEAP_GOAL => self.heap_metric(event, context, out),
            wire::GO_LABEL => self.go_label(event, context, out),
            wire::USER_TASK_BEGIN => self.user_task_begin(event, context, out),
            wire::USER_TASK_END => self.user_task_end(event, context, out),
            wire::USER_REGION_BEGIN => self.user_region_begin(event, context, out),
            wire::USER_REGION_END => self.user_region_end(event, context, out),
            wire::USER_LOG => self.user_log(event, context, out),
            wire::SPAN..=wire::GOROUTINE_STACK_FREE => self.experimental(event, context, out),
            other => {
                Err(Fault::order(format!("an event of type {other} has no place among those of a thread")))
            }
        }
    }
}
