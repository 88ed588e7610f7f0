//! Which goroutines a question is about: by number, function, state and length of life.

use std::ops::{Range, RangeInclusive};

use goscope_parsers::trace::{GoId, Time};

use crate::trace::store::data::{Goroutine, TraceData};
use crate::trace::store::entry::is_wrapper;
use crate::trace::words::cause::SpanState;
use crate::trace::words::runtime_goroutine::is_runtime_goroutine;
use crate::trace::words::time::nanos_between;

/// Whether goroutines of the runtime itself (GC workers, finalizers, …) match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SystemGoroutines {
    /// Only when their function is asked for by name.
    #[default]
    WhenNamed,
    /// Like all others.
    Included,
}

/// Whether goroutines that did next to nothing match; see
/// [`TraceModel::idle_goroutines`](crate::trace::model::TraceModel::idle_goroutines).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum IdleGoroutines {
    /// Like all others.
    #[default]
    Included,
    /// Only when their number or function is asked for.
    WhenNamed,
}

/// Which goroutines match. The default is all of the program's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct GoroutineFilter {
    /// With this number.
    pub goid: Option<i64>,
    /// That run this function (its full name), or began in it: as a wrapper of what they run, see
    /// [`is_wrapper`].
    pub function: Option<String>,
    /// In whose function's name this text occurs.
    pub text: Option<String>,
    /// That were in this state at some time of the range.
    pub state: Option<SpanState>,
    /// With a time alive in the range within these bounds, in nanoseconds.
    pub nanos: Option<RangeInclusive<u64>>,
    /// Whether the runtime's own are among them.
    pub system: SystemGoroutines,
    /// Whether those that did next to nothing are among them.
    pub idle: IdleGoroutines,
}

impl GoroutineFilter {
    /// Whether names and times say it all.
    pub(super) fn is_by_name(&self) -> bool {
        self.goid.is_none() && self.state.is_none() && self.nanos.is_none() && self.wrapper().is_none()
    }

    /// Whether idle goroutines do not match.
    pub fn leaves_out_idle(&self) -> bool {
        self.idle == IdleGoroutines::WhenNamed && self.goid.is_none() && self.function.is_none()
    }

    /// The function, if it is a wrapper: those that began in it run all kinds of functions.
    fn wrapper(&self) -> Option<&str> {
        self.function.as_deref().filter(|function| is_wrapper(function))
    }

    /// Whether a goroutine began in the wrapper that is asked for.
    fn matches_wrapper(&self, data: &TraceData, goroutine: GoId) -> bool {
        let function = data.tables().frame(data.start_frame(goroutine)).function;
        self.wrapper().is_none_or(|wrapper| data.tables().string(function) == wrapper.as_bytes())
    }

    /// Whether goroutines that start in a function match, by its name.
    pub(super) fn matches_name(&self, name: &[u8]) -> bool {
        let is_named = self.goid.is_some() || self.function.is_some();
        let matches_system =
            self.system == SystemGoroutines::Included || is_named || !is_runtime_goroutine(name);
        let has = |text: &String| String::from_utf8_lossy(name).contains(text.as_str());
        matches_system
            && (self.wrapper().is_some()
                || self.function.as_ref().is_none_or(|wanted| wanted.as_bytes() == name))
            && self.text.as_ref().is_none_or(has)
    }

    /// Whether a goroutine is of those that number and function name, whatever it did.
    pub(crate) fn names(&self, data: &TraceData, goroutine: GoId) -> bool {
        self.matches_name(data.tables().string(data.start_function(goroutine)))
            && self.matches_wrapper(data, goroutine)
            && self.goid.is_none_or(|goid| goid == data.tables().goid(goroutine))
    }

    /// All but the name and the time.
    pub(super) fn matches(&self, data: &TraceData, goroutine: GoId, range: &Range<Time>) -> bool {
        let Some(goroutine) = data.goroutine(goroutine) else { return false };
        let part = part_of(&goroutine, range);
        // As far as it lives in the range: a state of no length when it began is none, whenever the range begins.
        let is_in = |state| data.spans_in(goroutine.id, part.clone()).any(|span| span.state == state);
        self.goid.is_none_or(|goid| goid == goroutine.goid)
            && self.matches_wrapper(data, goroutine.id)
            && self.nanos.as_ref().is_none_or(|nanos| nanos.contains(&nanos_between(part.start, part.end)))
            && self.state.is_none_or(is_in)
    }
}

/// The part of a goroutine's life that lies in a range.
pub fn part_of(goroutine: &Goroutine, range: &Range<Time>) -> Range<Time> {
    let start = goroutine.creation.clamp(range.start, range.end);
    start..goroutine.end.clamp(start, range.end)
}
