//! The time of goroutines that could run, split by what was in the way.

use std::ops::Range;

use goscope_parsers::trace::{GoId, Time};

use crate::trace::model::{Span, TraceModel};
use crate::trace::proc_time::ReadyTime;
use crate::trace::words::cause::SpanState;
use crate::trace::words::time::{add_up, sum_up};

/// The runnable time of the program's goroutines by what was in the way, in goroutine-nanoseconds; adds up to all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunnableTime {
    /// The process as a whole did not run.
    pub throttled_nanos: u64,
    /// The world was stopped.
    pub stw_nanos: u64,
    /// All Ps were in use.
    pub starved_nanos: u64,
    /// The same, after a system call that cost the goroutine its P.
    pub lost_p_nanos: u64,
    /// A P was idle, or busy with looking for work.
    pub wakeup_nanos: u64,
    /// The part of starved and lost P in which a worker of the garbage collector had a P.
    pub starved_with_gc_nanos: u64,
}

impl RunnableTime {
    /// All of it.
    pub fn nanos(&self) -> u64 {
        let taken = [self.starved_nanos, self.lost_p_nanos];
        sum_up([self.throttled_nanos, self.stw_nanos, self.wakeup_nanos].into_iter().chain(taken))
    }

    fn add(&mut self, ready: ReadyTime, with_gc: u64, follows_syscall: bool) {
        add_up(&mut self.throttled_nanos, ready.throttled_nanos);
        add_up(&mut self.stw_nanos, ready.stw_nanos);
        add_up(&mut self.wakeup_nanos, ready.wakeup_nanos);
        add_up(&mut self.starved_with_gc_nanos, with_gc);
        *if follows_syscall { &mut self.lost_p_nanos } else { &mut self.starved_nanos } +=
            ready.starved_nanos;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        add_up(&mut self.throttled_nanos, other.throttled_nanos);
        add_up(&mut self.stw_nanos, other.stw_nanos);
        add_up(&mut self.starved_nanos, other.starved_nanos);
        add_up(&mut self.lost_p_nanos, other.lost_p_nanos);
        add_up(&mut self.wakeup_nanos, other.wakeup_nanos);
        add_up(&mut self.starved_with_gc_nanos, other.starved_with_gc_nanos);
    }
}

/// Whether a span follows a system call; `before` is the state before it, if that is known.
pub(super) fn is_after_syscall(model: &TraceModel, span: &Span, before: Option<SpanState>) -> bool {
    let earlier = || model.span_at(span.goroutine, span.start.checked_sub(1)?).map(|before| before.state);
    matches!(before.or_else(earlier), Some(SpanState::Syscall | SpanState::SyscallBlocked))
}

/// Adds runnable time, split.
pub(super) fn add_ready(
    model: &TraceModel,
    part: &Range<Time>,
    follows_syscall: bool,
    runnable: &mut RunnableTime,
) -> ReadyTime {
    let ready = model.proc_time().split(part.clone());
    let with_gc = match ready.starved_nanos {
        0 => 0,
        _ => model.proc_time().starved_with_gc_nanos(part.clone()),
    };
    runnable.add(ready, with_gc, follows_syscall);
    ready
}

/// The runnable time of a goroutine in a range of time, split.
pub(super) fn runnable_in(model: &TraceModel, goroutine: GoId, range: &Range<Time>) -> RunnableTime {
    let mut runnable = RunnableTime::default();
    let mut before = None;
    for span in model.spans_in(goroutine, range.clone()) {
        if span.state == SpanState::Runnable {
            let follows_syscall = is_after_syscall(model, &span, before);
            let part = span.start.max(range.start)..span.end.min(range.end);
            add_ready(model, &part, follows_syscall, &mut runnable);
        }
        before = Some(span.state);
    }
    runnable
}
