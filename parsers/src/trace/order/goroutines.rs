//! The rules for goroutines.
//!
//! ```text
//!               GoCreate            GoStart                GoSyscallBegin
//!    not exist ─────────► runnable ─────────► running ───────────────────► syscall
//!        ▲                 ▲   ▲   ◄───────── │  │ ▲  ◄─────────────────── │  │
//!        │       GoUnblock │   │    GoStop    │  │ │     GoSyscallEnd      │  │
//!        │                 │   └──────────────│──│─│───────────────────────┘  │
//!        │              waiting ◄─────────────┘  │ │   GoSyscallEndBlocked    │
//!        │                         GoBlock       │ │                          │
//!        └───────────────────────────────────────┴─│──────────────────────────┘
//!                  GoDestroy, GoDestroySyscall     └ GoSwitch: all at once
//! ```
//!
//! Running and syscall bind a goroutine to a thread. What a goroutine does to itself never waits: its thread's
//! order is enough. What is done to it from elsewhere (start, unblock, switch) has a sequence number and waits.

use super::super::cursor::WireEvent;
use super::super::event::{EventKind, GoId, GoState, ProcState, StackId, StringId, ThreadId};
use super::super::problem::{Fault, Faulty};
use super::super::spec::{SPECS, wire};
use super::Order;
use super::claims::ThreadClaim;
use super::context::{Context, Delivery, May, Must, MustNot, Step};
use super::state::{GoStatus, Goroutine, NO_SLOT, OpenRanges, ProcStatus, Seq};

fn transition(goroutine: GoId, from: GoState, to: GoState) -> EventKind {
    EventKind::GoTransition { goroutine, from, to, reason: StringId::NONE, stack: StackId::NONE }
}

impl Order {
    /// The goroutine of a context, which must be in a certain status.
    #[inline(always)]
    fn own(&mut self, context: &Context, status: GoStatus, event: u8) -> Faulty<&mut Goroutine> {
        match self.goroutines.at(context.slot) {
            Some(own) if own.status == status => Ok(own),
            own => Err(wrong_status(own.map(|own| own.status), status, event)),
        }
    }

    /// **GoStatus**(g, m, status), **GoStatusStack** (Go 1.23, with stack): what a goroutine is at the start of a
    /// generation, or when tracing starts.
    ///
    /// * Never waits.
    /// * Error: a status above 4; a known goroutine that is said to be something else than it is; an unknown one
    ///   after the first generation; a system call without a thread.
    /// * Sequence numbers of the goroutine start at 0. It is undetermined before if it was unknown.
    /// * Running binds the goroutine to this thread, silently replacing what was bound.
    /// * In a system call it is bound to thread `m`, and the event is delivered in that thread's context. On this
    ///   thread: error if, after the first generation, another goroutine is bound. On another: it has been there
    ///   for the whole generation, without a P (all Ps are taken back when a generation begins); error if the
    ///   thread was seen with another goroutine.
    pub(super) fn go_status(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &mut Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [goid, thread, status] = event.take()?;
        let stack = if event.kind == wire::GO_STATUS_STACK { event.take::<1>()?[0] } else { 0 };
        let Some(status) = GoStatus::from_wire(status) else {
            return Err(Fault::order(format!("invalid status {status} of goroutine {goid}")));
        };
        let is_first = self.is_first(out);
        let seq = Seq { generation: out.generation, number: 0 };
        let to = state_of(status);
        let (slot, from) = match self.goroutines.find(goid) {
            Some(slot) => (slot, to),
            None if is_first => {
                (self.goroutines.create(goid, status, seq, out.tables), GoState::Undetermined)
            }
            None if self.claims.is_some() => (self.claim_goroutine(goid, status, seq, out), to),
            None => {
                return Err(Fault::order(format!(
                    "a status of goroutine {goid} ({status:?}), which nobody created, after the first generation"
                )));
            }
        };
        let Some(goroutine) = self.goroutines.at(slot) else { return Ok(Step::Wait) };
        if goroutine.status != status {
            let known = goroutine.status;
            return Err(Fault::order(format!(
                "inconsistent status of goroutine {goid}: it is {known:?} and said to be {status:?}"
            )));
        }
        goroutine.seq = seq;
        let id = goroutine.id;
        let mut delivered_in = *context;
        match status {
            GoStatus::Running => {
                (context.goroutine, context.slot) = (id, slot);
                context.known = context.known.with_goroutine();
            }
            GoStatus::Syscall => {
                delivered_in = self.bind_syscall(goid, thread, (id, slot), context, out)?;
            }
            _ => {}
        }
        let stack = out.stack(stack)?;
        let kind = EventKind::GoTransition { goroutine: id, from, to, reason: StringId::NONE, stack };
        out.push(event.time, delivered_in, stack, kind);
        Ok(Step::Advanced)
    }

    /// A goroutine of which a piece hears for the first time: it was what its status says.
    fn claim_goroutine(&mut self, goid: u64, status: GoStatus, seq: Seq, out: &mut Delivery<'_>) -> u32 {
        let slot = self.goroutines.create(goid, status, seq, out.tables);
        let id = self.goroutines.at(slot).map_or(GoId::NONE, |goroutine| goroutine.id);
        if let Some(open) = self.goroutines.open_at(slot) {
            open.ranges = OpenRanges::of_carried();
        }
        if let Some(claims) = &mut self.claims {
            claims.goroutines.push((id, status));
        }
        slot
    }

    /// Binds a goroutine in a system call to the thread `number`; gives the context to deliver its status in.
    fn bind_syscall(
        &mut self,
        goid: u64,
        number: u64,
        (id, slot): (GoId, u32),
        context: &mut Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Context> {
        if number == u64::MAX {
            return Err(Fault::order(format!("goroutine {goid} is in a system call without a thread")));
        }
        let before = *context;
        let thread = out.tables.thread_id(number);
        let is_own = thread == context.thread;
        if thread.index() >= self.threads.len() {
            self.threads.resize(thread.index() + 1, self.new_thread());
        }
        let is_first = self.is_first(out);
        let bound = &mut self.threads[thread.index()];
        let known = if is_own { context.known } else { bound.known };
        if !known.has_goroutine() {
            return Ok(self.claim_syscall((thread, id, slot), context));
        }
        let must_match = if is_own { !is_first } else { known.is_seen() };
        let bound_goroutine = if is_own { context.goroutine } else { bound.goroutine };
        if must_match && bound_goroutine != id {
            let other = out.tables.goid(bound_goroutine);
            return Err(Fault::order(format!(
                "goroutine {goid} is in a system call on thread {number}, which runs goroutine {other}"
            )));
        }
        if is_own {
            (context.goroutine, context.slot) = (id, slot);
            return Ok(before);
        }
        if known.is_seen() {
            return Ok(Context { thread, goroutine: id, slot, ..before });
        }
        bound.known = known.see();
        (bound.goroutine, bound.slot) = (id, slot);
        // The event that binds shows what was before, which is the context of the thread that wrote it.
        Ok(Context { thread, ..before })
    }

    /// A goroutine in a system call on a thread of which a piece hears for the first time; gives the context to
    /// deliver its status in.
    fn claim_syscall(&mut self, (thread, id, slot): (ThreadId, GoId, u32), context: &mut Context) -> Context {
        let before = *context;
        let is_own = thread == context.thread;
        if is_own {
            (context.goroutine, context.slot) = (id, slot);
            context.known = context.known.with_goroutine();
        } else if let Some(bound) = self.threads.get_mut(thread.index()) {
            (bound.goroutine, bound.slot) = (id, slot);
            bound.known = bound.known.see().with_goroutine();
        }
        if let Some(claims) = &mut self.claims {
            claims.threads.push(if is_own {
                ThreadClaim::Goroutine(thread, id)
            } else {
                ThreadClaim::GoroutineIfSeen(thread, id)
            });
        }
        Context { thread, ..before }
    }

    /// **GoCreate**(g, start stack), **GoCreateBlocked** (Go 1.23): a goroutine is born runnable or waiting.
    ///
    /// * Never waits.
    /// * Error: no thread or P; a goroutine that creates without running; one that exists already is created.
    ///   That no goroutine creates is legal: timers and the network poller do.
    #[inline(always)]
    pub(super) fn go_create(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [goid, start_stack, stack] = event.take()?;
        context.need(Must, Must, May)?;
        if let Some(own) = self.goroutines.at(context.slot)
            && own.status != GoStatus::Running
        {
            return Err(wrong_status(Some(own.status), GoStatus::Running, event.kind));
        }
        if self.goroutines.find(goid).is_some() {
            return Err(Fault::order(format!("goroutine {goid} is created although it exists")));
        }
        let (status, to) = match event.kind {
            wire::GO_CREATE_BLOCKED => (GoStatus::Waiting, GoState::Waiting),
            _ => (GoStatus::Runnable, GoState::Runnable),
        };
        let seq = Seq { generation: out.generation, number: 0 };
        let slot = self.goroutines.create(goid, status, seq, out.tables);
        let goroutine = self.goroutines.at(slot).map_or(GoId::NONE, |created| created.id);
        let (start_stack, stack) = (out.stack(start_stack)?, out.stack(stack)?);
        let (from, reason) = (GoState::NotExist, StringId::NONE);
        let kind = EventKind::GoTransition { goroutine, from, to, reason, stack: start_stack };
        out.push(event.time, *context, stack, kind);
        Ok(Step::Advanced)
    }

    /// **GoCreateSyscall**(g): a thread of C calls into Go and gets a goroutine, which begins in the system call.
    ///
    /// * Never waits.
    /// * Error: no thread; a goroutine is bound already; `g` exists. A P may be there or not.
    pub(super) fn go_create_syscall(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &mut Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [goid] = event.take()?;
        context.need(Must, May, MustNot)?;
        if self.goroutines.find(goid).is_some() {
            return Err(Fault::order(format!(
                "goroutine {goid} is created in a system call although it exists"
            )));
        }
        let seq = Seq { generation: out.generation, number: 0 };
        let slot = self.goroutines.create(goid, GoStatus::Syscall, seq, out.tables);
        let goroutine = self.goroutines.at(slot).map_or(GoId::NONE, |created| created.id);
        let kind = transition(goroutine, GoState::NotExist, GoState::Syscall);
        out.push(event.time, *context, StackId::NONE, kind);
        (context.goroutine, context.slot) = (goroutine, slot);
        Ok(Step::Advanced)
    }

    /// **GoStart**(g, seq): a goroutine begins to run.
    ///
    /// * Waits while it is unknown, not runnable, or its sequence is not `seq - 1`.
    /// * Error: no thread or P; another goroutine is bound.
    #[inline(always)]
    pub(super) fn go_start(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &mut Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [goid, seq] = event.take()?;
        let seq = Seq { generation: out.generation, number: seq };
        let Some(slot) = self.goroutines.find(goid) else { return Ok(Step::Wait) };
        let goroutine = match self.goroutines.at(slot) {
            Some(goroutine) if goroutine.status == GoStatus::Runnable && seq.follows(goroutine.seq) => {
                goroutine
            }
            _ => return Ok(Step::Wait),
        };
        context.need(Must, Must, MustNot)?;
        (goroutine.status, goroutine.seq) = (GoStatus::Running, seq);
        let id = goroutine.id;
        let kind = transition(id, GoState::Runnable, GoState::Running);
        out.push(event.time, *context, StackId::NONE, kind);
        (context.goroutine, context.slot) = (id, slot);
        Ok(Step::Advanced)
    }

    /// **GoStop**(reason): the running goroutine yields or is preempted.
    ///
    /// * Never waits. Error: no thread, P or goroutine; the goroutine does not run.
    #[inline(always)]
    pub(super) fn go_stop(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &mut Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        self.go_leave(event, context, out, (GoStatus::Runnable, GoState::Runnable))
    }

    /// **GoBlock**(reason): the running goroutine begins to wait for something.
    ///
    /// * Never waits. Error: no thread, P or goroutine; the goroutine does not run.
    #[inline(always)]
    pub(super) fn go_block(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &mut Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        self.go_leave(event, context, out, (GoStatus::Waiting, GoState::Waiting))
    }

    #[inline(always)]
    fn go_leave(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &mut Context,
        out: &mut Delivery<'_>,
        (status, to): (GoStatus, GoState),
    ) -> Faulty<Step> {
        let [reason, stack] = event.take()?;
        context.need_all()?;
        self.own(context, GoStatus::Running, event.kind)?.status = status;
        let (stack, reason) = (out.stack(stack)?, out.string(reason)?);
        let goroutine = context.goroutine;
        let kind = EventKind::GoTransition { goroutine, from: GoState::Running, to, reason, stack };
        out.push(event.time, *context, stack, kind);
        *context = context.without_goroutine();
        Ok(Step::Advanced)
    }

    /// **GoDestroy**: the running goroutine ends.
    ///
    /// * Never waits. Error: no thread, P or goroutine; the goroutine does not run. Open ranges and regions are
    ///   not an error.
    #[inline(always)]
    pub(super) fn go_destroy(
        &mut self,
        event: &WireEvent<'_>,
        context: &mut Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        context.need_all()?;
        self.own(context, GoStatus::Running, event.kind)?;
        self.goroutines.destroy(context.slot);
        let kind = transition(context.goroutine, GoState::Running, GoState::NotExist);
        out.push(event.time, *context, StackId::NONE, kind);
        *context = context.without_goroutine();
        Ok(Step::Advanced)
    }

    /// **GoDestroySyscall**: the goroutine that a thread of C had got ends.
    ///
    /// * Never waits. Error: no thread or goroutine; the goroutine, or the P if there is one, is in no system call.
    /// * A P that is left behind becomes abandoned, with an event of its own *before*: the system may give the
    ///   thread's number to another thread, which could then seem to steal the P from itself.
    pub(super) fn go_destroy_syscall(
        &mut self,
        event: &WireEvent<'_>,
        context: &mut Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        context.need(Must, May, Must)?;
        self.own(context, GoStatus::Syscall, event.kind)?;
        self.goroutines.destroy(context.slot);
        if context.proc.is_some() {
            let proc = context.proc;
            match self.proc_mut(proc) {
                Some(state) if state.status == Some(ProcStatus::Syscall) => {
                    state.status = Some(ProcStatus::Abandoned);
                }
                _ => return Err(proc_not_in_syscall(*context, out)),
            }
            let kind = EventKind::ProcTransition { proc, from: ProcState::Running, to: ProcState::Idle };
            out.push(event.time, *context, StackId::NONE, kind);
        }
        let kind = transition(context.goroutine, GoState::Syscall, GoState::NotExist);
        out.push(event.time, *context, StackId::NONE, kind);
        *context = context.without_goroutine().without_proc();
        Ok(Step::Advanced)
    }

    /// **GoUnblock**(g, seq): somebody ends a goroutine's wait.
    ///
    /// * Waits while it is unknown, not waiting, or its sequence is not `seq - 1`.
    /// * No errors: anybody may do it, even a thread without P (sysmon).
    #[inline(always)]
    pub(super) fn go_unblock(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [goid, seq, stack] = event.take()?;
        let seq = Seq { generation: out.generation, number: seq };
        let Some(slot) = self.goroutines.find(goid) else { return Ok(Step::Wait) };
        let goroutine = match self.goroutines.at(slot) {
            Some(goroutine) if goroutine.status == GoStatus::Waiting && seq.follows(goroutine.seq) => {
                goroutine
            }
            _ => return Ok(Step::Wait),
        };
        (goroutine.status, goroutine.seq) = (GoStatus::Runnable, seq);
        let kind = transition(goroutine.id, GoState::Waiting, GoState::Runnable);
        let stack = out.stack(stack)?;
        out.push(event.time, *context, stack, kind);
        Ok(Step::Advanced)
    }

    /// **GoSwitch**(g, seq), **GoSwitchDestroy** (Go 1.23): a coroutine hands over its thread to another.
    ///
    /// * Waits while `g` is unknown, not waiting, or its sequence is not `seq - 1`.
    /// * Error: no thread, P or goroutine; the own goroutine does not run.
    /// * Three events at once: `g` waiting→runnable, the own goroutine running→waiting (or →not exist), `g`
    ///   runnable→running.
    pub(super) fn go_switch(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &mut Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [goid, seq] = event.take()?;
        let seq = Seq { generation: out.generation, number: seq };
        context.need_all()?;
        self.own(context, GoStatus::Running, event.kind)?;
        let Some(slot) = self.goroutines.find(goid) else { return Ok(Step::Wait) };
        let next = match self.goroutines.at(slot) {
            Some(next) if next.status == GoStatus::Waiting && seq.follows(next.seq) => next,
            _ => return Ok(Step::Wait),
        };
        (next.status, next.seq) = (GoStatus::Running, seq);
        let next = next.id;
        let own_state = if event.kind == wire::GO_SWITCH {
            self.own(context, GoStatus::Running, event.kind)?.status = GoStatus::Waiting;
            GoState::Waiting
        } else {
            self.goroutines.destroy(context.slot);
            GoState::NotExist
        };
        let (time, none) = (event.time, StackId::NONE);
        out.push(time, *context, none, transition(next, GoState::Waiting, GoState::Runnable));
        out.push(time, *context, none, transition(context.goroutine, GoState::Running, own_state));
        *context = context.without_goroutine();
        out.push(time, *context, none, transition(next, GoState::Runnable, GoState::Running));
        (context.goroutine, context.slot) = (next, slot);
        Ok(Step::Advanced)
    }

    /// **GoSyscallBegin**(P's seq): the running goroutine enters a system call; goroutine and P stay bound.
    ///
    /// * Never waits.
    /// * Error: no thread, P or goroutine; the goroutine does not run; the P's sequence is not `seq - 1` (it is
    ///   there to tell which system call a ProcSteal steals from; the P runs here, so no other thread could
    ///   still make it right).
    #[inline(always)]
    pub(super) fn go_syscall_begin(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [seq, stack] = event.take()?;
        let seq = Seq { generation: out.generation, number: seq };
        context.need_all()?;
        self.own(context, GoStatus::Running, event.kind)?.status = GoStatus::Syscall;
        match self.proc_mut(context.proc) {
            Some(proc) if seq.follows(proc.seq) => {
                (proc.status, proc.seq) = (Some(ProcStatus::Syscall), seq);
            }
            proc => {
                let known = proc.map(|proc| proc.seq);
                return Err(wrong_proc_seq(*context, seq, known, out));
            }
        }
        let stack = out.stack(stack)?;
        let (from, to) = (GoState::Running, GoState::Syscall);
        let goroutine = context.goroutine;
        let kind = EventKind::GoTransition { goroutine, from, to, reason: StringId::NONE, stack };
        out.push(event.time, *context, stack, kind);
        Ok(Step::Advanced)
    }

    /// **GoSyscallEnd**: the goroutine is back from its system call with its P.
    ///
    /// * Never waits. Error: no thread, P or goroutine; the goroutine or the P is in no system call.
    #[inline(always)]
    pub(super) fn go_syscall_end(
        &mut self,
        event: &WireEvent<'_>,
        context: &Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        context.need_all()?;
        self.own(context, GoStatus::Syscall, event.kind)?.status = GoStatus::Running;
        match self.proc_mut(context.proc) {
            Some(proc) if proc.status == Some(ProcStatus::Syscall) => proc.status = Some(ProcStatus::Running),
            _ => return Err(proc_not_in_syscall(*context, out)),
        }
        let kind = transition(context.goroutine, GoState::Syscall, GoState::Running);
        out.push(event.time, *context, StackId::NONE, kind);
        Ok(Step::Advanced)
    }

    /// **GoSyscallEndBlocked**: the goroutine is back from its system call and has lost its P.
    ///
    /// * Waits while the thread has a P in a system call: the event says that it will lose it. (It may have got
    ///   another P since, which then runs.)
    /// * Error: no thread or goroutine; the goroutine is in no system call.
    pub(super) fn go_syscall_end_blocked(
        &mut self,
        event: &WireEvent<'_>,
        context: &mut Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        if context.proc.is_some() {
            match self.proc_mut(context.proc) {
                Some(proc) if proc.status == Some(ProcStatus::Syscall) => return Ok(Step::Wait),
                Some(_) => {}
                None => return Err(proc_not_in_syscall(*context, out)),
            }
        }
        context.need(Must, May, Must)?;
        self.own(context, GoStatus::Syscall, event.kind)?.status = GoStatus::Runnable;
        let kind = transition(context.goroutine, GoState::Syscall, GoState::Runnable);
        out.push(event.time, *context, StackId::NONE, kind);
        (context.goroutine, context.slot) = (GoId::NONE, NO_SLOT);
        Ok(Step::Advanced)
    }
}

fn state_of(status: GoStatus) -> GoState {
    match status {
        GoStatus::Bad | GoStatus::Absent => GoState::Undetermined,
        GoStatus::Runnable => GoState::Runnable,
        GoStatus::Running => GoState::Running,
        GoStatus::Syscall => GoState::Syscall,
        GoStatus::Waiting => GoState::Waiting,
    }
}

#[cold]
fn wrong_status(known: Option<GoStatus>, wanted: GoStatus, event: u8) -> Box<Fault> {
    let event = SPECS[usize::from(event)].name;
    Fault::order(match known {
        Some(known) => format!("{event} of a goroutine that is {known:?} and not {wanted:?}"),
        None => format!("{event} of a goroutine that does not exist"),
    })
}

#[cold]
fn wrong_proc_seq(context: Context, seq: Seq, known: Option<Seq>, out: &Delivery<'_>) -> Box<Fault> {
    let proc = out.tables.proc_number(context.proc);
    Fault::order(match known {
        Some(known) if known.generation == seq.generation => {
            format!("GoSyscallBegin with number {} on proc {proc}, which is at {}", seq.number, known.number)
        }
        Some(_) => format!("GoSyscallBegin on proc {proc} before its status in this generation"),
        None => format!("GoSyscallBegin on proc {proc}, which does not exist"),
    })
}

#[cold]
fn proc_not_in_syscall(context: Context, out: &Delivery<'_>) -> Box<Fault> {
    let proc = out.tables.proc_number(context.proc);
    Fault::order(format!("the end of a system call on proc {proc}, which is in none"))
}
