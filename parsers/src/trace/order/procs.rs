//! The rules for Ps.
//!
//! A P is bound to a thread while it is running or in a system call, and to none while it is idle. Threads in a
//! system call keep their P until somebody steals it:
//!
//! ```text
//! victim  GoSyscallBegin seq 5 ………………………… GoSyscallEndBlocked     waits until its P is gone
//! thief               ProcSteal seq 6, from the victim                  tells the victim's thread so
//! victim  GoSyscallBegin seq 5 ── GoSyscallEnd                          the fast way back, P kept
//! ```

use super::super::cursor::WireEvent;
use super::super::event::{EventKind, ProcId, ProcState, StackId, ThreadId};
use super::super::problem::{Fault, Faulty};
use super::Order;
use super::claims::ThreadClaim;
use super::context::{Context, Delivery, May, Must, MustNot, Step};
use super::state::{Known, OpenRanges, Proc, ProcStatus, Seq, Thread};

impl Order {
    /// The P with this id, if it had a status yet.
    #[inline(always)]
    pub(super) fn proc_mut(&mut self, proc: ProcId) -> Option<&mut Proc> {
        self.procs.get_mut(proc.index()).filter(|proc| proc.status.is_some())
    }

    /// **ProcStatus**(p, status): what a P is at the start of a generation, or when tracing starts.
    ///
    /// * Never waits.
    /// * Error: a status above 4; a known P that is said to be something else than it is.
    /// * Sequence numbers of the P start at 0. An unknown P is undetermined before in the first generation, and
    ///   did not exist before in later ones (GOMAXPROCS may grow).
    /// * Running or in a system call binds the P to this thread, silently replacing what was bound.
    /// * Abandoned says: about to be stolen, and the event does not come from the P's own thread. If the P is
    ///   known to be in a system call nothing was lost: the event is delivered as Running→Running in the context
    ///   of the thread that holds the P (error if none does). A P known as abandoned stays so, Idle→Idle.
    pub(super) fn proc_status(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &mut Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [number, status] = event.take()?;
        let proc = out.tables.proc_id(number);
        let Some(status) = ProcStatus::from_wire(status) else {
            return Err(Fault::order(format!("invalid status {status} of proc {}", number as i64)));
        };
        let is_first = self.is_first(out);
        let seq = Seq { generation: out.generation, number: 0 };
        let mut to = state_of(status);
        let mut delivered_in = *context;
        let from = match self.proc_mut(proc) {
            Some(known) => {
                known.seq = seq;
                // A known P has a status; `Bad` is never reached.
                let old = known.status.unwrap_or(ProcStatus::Bad);
                match (old, status) {
                    (ProcStatus::Syscall, ProcStatus::Abandoned) => {
                        to = ProcState::Running;
                        delivered_in = self.context_holding(proc, number)?;
                        ProcState::Running
                    }
                    (old, new) if old == new => to,
                    (old, new) => {
                        let number = number as i64;
                        return Err(Fault::order(format!(
                            "inconsistent status of proc {number}: it is {old:?} and said to be {new:?}"
                        )));
                    }
                }
            }
            None => {
                if proc.index() >= self.procs.len() {
                    self.procs.resize_with(proc.index() + 1, Proc::default);
                }
                self.procs[proc.index()] = Proc { status: Some(status), seq, ..Proc::default() };
                if is_first {
                    ProcState::Undetermined
                } else if self.claims.is_some() {
                    (delivered_in, to) = self.claim_proc(proc, status, delivered_in);
                    to
                } else {
                    ProcState::NotExist
                }
            }
        };
        if matches!(status, ProcStatus::Running | ProcStatus::Syscall) {
            context.proc = proc;
            context.known = context.known.with_proc();
        }
        let kind = EventKind::ProcTransition { proc, from, to };
        out.push(event.time, delivered_in, StackId::NONE, kind);
        Ok(Step::Advanced)
    }

    /// A P of which a piece hears for the first time: it was what its status says. One that is about to be stolen
    /// was in a system call, on a thread that is not known; all other times it would be abandoned already.
    fn claim_proc(&mut self, proc: ProcId, status: ProcStatus, context: Context) -> (Context, ProcState) {
        let is_stolen = status == ProcStatus::Abandoned;
        let status = if is_stolen { ProcStatus::Syscall } else { status };
        let state = &mut self.procs[proc.index()];
        (state.status, state.ranges) = (Some(status), OpenRanges::of_carried());
        if let Some(claims) = &mut self.claims {
            claims.procs.push((proc, status));
            if is_stolen {
                claims.threads.push(ThreadClaim::Held(proc));
            }
        }
        (if is_stolen { Context { proc, ..context } } else { context }, state_of(status))
    }

    /// The context of the thread that holds a P.
    fn context_holding(&self, proc: ProcId, number: u64) -> Faulty<Context> {
        let holder =
            self.threads.iter().enumerate().find(|(_, thread)| thread.known.is_seen() && thread.proc == proc);
        let Some((at, thread)) = holder else {
            let number = number as i64;
            return Err(Fault::order(format!("no thread holds proc {number}, which is about to be stolen")));
        };
        let id = super::ThreadId(at as u32);
        let Thread { known, goroutine, slot, .. } = *thread;
        Ok(Context { thread: id, known, proc, goroutine, slot })
    }

    /// **ProcStart**(p, seq): a thread takes an idle P.
    ///
    /// * Waits while the P is unknown or not idle, its sequence is not `seq - 1`, or this thread still has a P
    ///   (that is about to be stolen from it).
    /// * Error: no thread. A goroutine may be there, on its way out of a system call.
    pub(super) fn proc_start(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &mut Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [number, seq] = event.take()?;
        let proc = out.tables.proc_id(number);
        let seq = Seq { generation: out.generation, number: seq };
        let has_proc = context.proc.is_some();
        match self.proc_mut(proc) {
            Some(state) if state.status == Some(ProcStatus::Idle) && seq.follows(state.seq) && !has_proc => {
                context.need(Must, MustNot, May)?;
                state.status = Some(ProcStatus::Running);
                state.seq = seq;
            }
            _ => return Ok(Step::Wait),
        }
        let kind = EventKind::ProcTransition { proc, from: ProcState::Idle, to: ProcState::Running };
        out.push(event.time, *context, StackId::NONE, kind);
        context.proc = proc;
        Ok(Step::Advanced)
    }

    /// **ProcStop**: a thread lets its P go.
    ///
    /// * Never waits, and needs no sequence number: only the thread that holds the P can do it.
    /// * Error: no P, or one that is neither running nor in a system call.
    pub(super) fn proc_stop(
        &mut self,
        event: &WireEvent<'_>,
        context: &mut Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let number = out.tables.proc_number(context.proc);
        let Some(state) = self.proc_mut(context.proc) else {
            return Err(Fault::order(format!("ProcStop of proc {number}, which does not exist")));
        };
        if !matches!(state.status, Some(ProcStatus::Running | ProcStatus::Syscall)) {
            return Err(Fault::order(format!("ProcStop of proc {number}, which does not run")));
        }
        context.need(Must, Must, May)?;
        state.status = Some(ProcStatus::Idle);
        let kind =
            EventKind::ProcTransition { proc: context.proc, from: ProcState::Running, to: ProcState::Idle };
        out.push(event.time, *context, StackId::NONE, kind);
        *context = context.without_proc();
        Ok(Step::Advanced)
    }

    /// **ProcSteal**(p, seq, m): somebody takes the P of thread `m`, which is in a system call.
    ///
    /// * Waits while the P is unknown, neither in a system call nor abandoned, or its sequence is not `seq - 1`.
    /// * Of an abandoned P nothing is known about its thread, which may have moved on: Idle→Idle, and `m` is not
    ///   looked at.
    /// * From itself (`m` is this thread) it is a ProcStop; error if this thread's P is another one.
    /// * From another thread: that thread loses its P, which lets its GoSyscallEndBlocked go on. Error if it was
    ///   never seen or holds another P.
    pub(super) fn proc_steal(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &mut Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [number, seq, victim] = event.take()?;
        let proc = out.tables.proc_id(number);
        let seq = Seq { generation: out.generation, number: seq };
        let before = match self.proc_mut(proc) {
            Some(state) if seq.follows(state.seq) => state.status,
            _ => return Ok(Step::Wait),
        };
        if !matches!(before, Some(ProcStatus::Syscall | ProcStatus::Abandoned)) {
            return Ok(Step::Wait);
        }
        context.need(Must, May, May)?;
        if let Some(state) = self.proc_mut(proc) {
            (state.status, state.seq) = (Some(ProcStatus::Idle), seq);
        }
        let mut from = ProcState::Running;
        let after = *context;
        if before == Some(ProcStatus::Abandoned) {
            from = ProcState::Idle;
        } else {
            let victim = out.tables.thread_id(victim);
            self.claim_victim(victim, proc, context);
            let holder = if victim == context.thread {
                Some(&mut context.proc)
            } else {
                let thread = self.threads.get_mut(victim.index()).filter(|thread| thread.known.is_seen());
                thread.map(|thread| &mut thread.proc)
            };
            match holder {
                Some(held) if *held == proc => *held = ProcId::NONE,
                Some(_) => {
                    let victim = out.tables.thread_number(victim);
                    let number = number as i64;
                    return Err(Fault::order(format!(
                        "proc {number} is stolen from thread {victim}, which holds another"
                    )));
                }
                None => {
                    let victim = out.tables.thread_number(victim);
                    let number = number as i64;
                    return Err(Fault::order(format!(
                        "proc {number} is stolen from thread {victim}, which was never seen"
                    )));
                }
            }
        }
        let kind = EventKind::ProcTransition { proc, from, to: ProcState::Idle };
        out.push(event.time, after, StackId::NONE, kind);
        Ok(Step::Advanced)
    }
}

impl Order {
    /// The thread that loses a P, if a piece does not know what it was bound to: it was to this P.
    fn claim_victim(&mut self, victim: ThreadId, proc: ProcId, context: &mut Context) {
        let Some(claims) = &mut self.claims else { return };
        if victim == context.thread {
            if !context.known.has_proc() {
                claims.threads.push(ThreadClaim::Proc(victim, proc));
                (context.proc, context.known) = (proc, context.known.with_proc());
            }
            return;
        }
        if victim.index() >= self.threads.len() {
            self.threads.resize(victim.index() + 1, Thread::new(Known::NOTHING));
        }
        let thread = &mut self.threads[victim.index()];
        if !thread.known.has_proc() {
            claims.threads.push(ThreadClaim::Proc(victim, proc));
            (thread.proc, thread.known) = (proc, thread.known.see().with_proc());
        }
    }
}

/// What a status means for the outside: a system call counts as running, an abandoned one as idle.
fn state_of(status: ProcStatus) -> ProcState {
    match status {
        ProcStatus::Bad => ProcState::Undetermined,
        ProcStatus::Running | ProcStatus::Syscall => ProcState::Running,
        ProcStatus::Idle | ProcStatus::Abandoned => ProcState::Idle,
    }
}
