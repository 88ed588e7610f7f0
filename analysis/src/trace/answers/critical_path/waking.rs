//! How a wait ended: to whom it may be put down, if to anybody.

use goscope_parsers::trace::{GoId, StackId, StringId, Time};

use super::segment::PathClass;
use crate::trace::answers::facts::{Facts, WaitKind};
use crate::trace::store::backward::Backward;
use crate::trace::words::cause::{CauseId, SpanState};

/// How a wait ended, as far as it matters to whom it may be put down.
#[derive(Clone, Copy, Debug)]
pub(in crate::trace::answers) struct Waking {
    /// The goroutine whose past is what was waited for.
    pub(in crate::trace::answers) waker: Option<GoId>,
    /// What the wait is where there is none.
    pub(in crate::trace::answers) class: PathClass,
    /// Where somebody woke it, if a goroutine did.
    pub(in crate::trace::answers) stack: StackId,
    /// The function there that gave up the lock, if it waited for one.
    pub(in crate::trace::answers) releaser: StringId,
}

impl Waking {
    /// How the wait at a place ended, of which all up to `now` counts.
    pub(in crate::trace::answers) fn of(facts: &Facts<'_>, place: &Backward<'_>, now: Time) -> Self {
        let cause = place.kind().cause;
        let next = place.later().filter(|next| next.start() == now).map(|next| next.span());
        let woken = next.filter(|next| next.state == SpanState::Runnable);
        let by = woken.map_or(CauseId::default(), |woken| woken.cause);
        let (stack, releaser) = (facts.model.cause(by).stack, facts.lock_user(by));
        let waker = woken.map_or(GoId::NONE, |woken| woken.waker);
        let class = match facts.wait(cause) {
            WaitKind::GcAssist => PathClass::GcAssist,
            WaitKind::Gc => PathClass::GcWait,
            WaitKind::Sleep => PathClass::Timer,
            // Whoever ran the poller is not to blame, only who closed a connection or set a deadline.
            WaitKind::Network if !facts.is_poll(by) || waker.is_none() => PathClass::Network,
            _ if waker.is_none() && woken.is_some() => PathClass::Timer,
            _ if waker.is_none() || waker == place.goroutine() => PathClass::Waiting,
            _ if facts.is_of_collector(waker) => PathClass::GcWait,
            _ => return Self { waker: Some(waker), class: PathClass::Waiting, stack, releaser },
        };
        Self { waker: None, class, stack, releaser }
    }
}
