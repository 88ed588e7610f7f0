//! Which spans count, and how much of them: goroutine functions, regions, ranges, and Go's own rule.
//!
//! Go counts of a goroutine only what lies between its first run and its end, or all if it never runs. So a span
//! before the first run has to wait until that is known, and so have spans while the function of a goroutine is not
//! known; all others are added up at once. With regions all spans wait: a region may turn out to have begun before
//! the trace.

use std::ops::Range as TimeSpan;

use goscope_parsers::trace::{Event, EventKind, GoId, GoState, StackId, StringId, Tables, TaskId, Time};
use rustc_hash::FxHashMap;

use crate::trace::folds::profile::regions::Regions;
use crate::trace::folds::profile::request::{ProfileRequest, Span};
use crate::trace::store::entry::Says;
use crate::trace::words::no_such_name::NoSuchName;
use crate::trace::words::time::overlap_nanos;

/// How often something happened, and how long it took in sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) count: u64,
    pub(super) nanos: u64,
}

/// What decides whether a goroutine counts.
#[derive(Clone, Copy, Debug, Default)]
struct Life {
    /// Its first run.
    start: Option<Time>,
    end: Option<Time>,
    /// Whether it runs the function that is asked for, or starts in it; not known before its first stack, and of one
    /// that a wrapper started not before it has a stack inside.
    has_function: Option<bool>,
    /// What a stack says that may lack a frame: counts if no other says more.
    may_be_wanted: bool,
    /// It came out of C code. Its number is used again for the next callback of the thread, and Go then forgets
    /// this one: whether it counts is known at the end of the trace only.
    is_callback: bool,
}

#[derive(Debug)]
pub(super) struct Tally {
    function: Option<String>,
    range: Option<TimeSpan<Time>>,
    regions: Option<Regions>,
    lives: Vec<Life>,
    waiting: Vec<Span>,
    amounts: FxHashMap<StackId, Amount>,
}

impl Tally {
    pub(super) fn new(request: ProfileRequest) -> Self {
        Self {
            function: request.function,
            range: request.range,
            regions: request.region.map(Regions::new),
            lives: Vec::new(),
            waiting: Vec::new(),
            amounts: FxHashMap::default(),
        }
    }

    pub(super) fn range(&self) -> Option<TimeSpan<Time>> {
        self.range.clone()
    }

    pub(super) fn region_begins(&mut self, event: &Event, region: (TaskId, StringId)) {
        if let Some(regions) = &mut self.regions {
            regions.begin(event, region);
        }
    }

    pub(super) fn region_ends(&mut self, event: &Event, region: (TaskId, StringId), tables: &Tables) {
        if let Some(regions) = &mut self.regions {
            regions.end(event, region, tables);
        }
    }

    /// Follows the life of the goroutine that changes its state; its span is counted after this.
    pub(super) fn transition(&mut self, event: &Event, tables: &Tables) {
        let EventKind::GoTransition { goroutine, from, to, reason, stack } = event.kind else { return };
        if from == to {
            return;
        }
        if self.lives.len() <= goroutine.index() {
            self.lives.resize(goroutine.index() + 1, Life::default());
        }
        let life = &mut self.lives[goroutine.index()];
        if matches!(from, GoState::NotExist | GoState::Undetermined) {
            let is_callback = from == GoState::NotExist && to == GoState::Syscall;
            *life = Life { is_callback, ..Life::default() };
            if let Some(regions) = self.regions.as_mut().filter(|_| from == GoState::NotExist) {
                regions.goroutine_begins(goroutine, event.goroutine, event.time);
            }
        }
        if let (Some(wanted), None) = (&self.function, life.has_function) {
            let is_own = event.goroutine == goroutine && stack.is_none();
            match Says::of(tables, if is_own { event.stack } else { stack }, wanted.as_bytes()) {
                Says::Surely(is_it) => life.has_function = Some(is_it),
                Says::Perhaps(is_it) => life.may_be_wanted |= is_it,
                Says::Nothing => {}
            }
        }
        if to == GoState::Running && life.start.is_none() {
            life.start = Some(event.time);
        }
        let is_forever = to == GoState::Waiting && tables.string(reason) == b"forever";
        if to == GoState::NotExist || is_forever {
            life.end = Some(event.time);
            if let Some(regions) = &mut self.regions {
                regions.goroutine_ends(goroutine, event.time, tables);
            }
        }
    }

    /// Counts a span now, or keeps it until it is known whether it counts.
    pub(super) fn count(&mut self, span: Span) {
        let life = self.lives.get(span.goroutine.index()).copied().unwrap_or_default();
        let may_change = life.start.is_none()
            || life.is_callback
            || self.function.is_some() && life.has_function.is_none()
            || self.regions.is_some();
        if may_change {
            self.waiting.push(span);
        } else {
            self.add(span, &life);
        }
    }

    /// What was counted, in a fixed order: most time first.
    pub(super) fn finish(
        mut self,
        trace: TimeSpan<Time>,
        tables: &Tables,
    ) -> Result<Vec<(StackId, Amount)>, NoSuchName> {
        for life in self.lives.iter_mut().filter(|life| life.has_function.is_none()) {
            life.has_function = life.may_be_wanted.then_some(true);
        }
        if let Some(name) = self.function.take_if(|_| self.lives.iter().all(|l| l.has_function != Some(true)))
        {
            return Err(NoSuchName::Function(name));
        }
        if let Some(regions) = &mut self.regions {
            regions.finish(&trace, tables);
            if let Some(name) = regions.missing() {
                return Err(NoSuchName::Region(name.to_owned()));
            }
        }
        let last_of_number = self.last_of_number(tables);
        for span in std::mem::take(&mut self.waiting) {
            let id = last_of_number.get(&tables.goid(span.goroutine)).copied().unwrap_or(span.goroutine);
            let life = self.lives.get(id.index()).copied().unwrap_or_default();
            self.add(span, &life);
        }
        let mut amounts: Vec<(StackId, Amount)> = self.amounts.into_iter().collect();
        amounts.sort_unstable_by_key(|&(stack, amount)| {
            (std::cmp::Reverse((amount.nanos, amount.count)), stack)
        });
        Ok(amounts)
    }

    /// For Go a goroutine is its number, and what it knows at the end is about the last one with the number.
    fn last_of_number(&self, tables: &Tables) -> FxHashMap<i64, GoId> {
        let mut last = FxHashMap::default();
        if self.lives.iter().any(|life| life.is_callback) {
            for at in 1..self.lives.len() {
                let id = GoId(at as u32);
                last.insert(tables.goid(id), id);
            }
        }
        last
    }

    fn add(&mut self, span: Span, life: &Life) {
        let Some(nanos) = self.nanos_of(&span, life) else { return };
        let amount = self.amounts.entry(span.stack).or_default();
        amount.count += 1;
        amount.nanos += nanos;
    }

    /// How much of a span counts; `None` if nothing does.
    fn nanos_of(&self, span: &Span, life: &Life) -> Option<u64> {
        if self.function.is_some() && life.has_function != Some(true) {
            return None;
        }
        let limits = self.range.clone().unwrap_or(Time::MIN..Time::MAX);
        let part = span.begin.max(limits.start)..span.end.min(limits.end);
        let nanos = match &self.regions {
            Some(regions) => regions.of(span.goroutine).map(|region| overlap_nanos(region, &part)).sum(),
            None => {
                let lived = life.start.unwrap_or(Time::MIN)..life.end.unwrap_or(Time::MAX);
                overlap_nanos(lived, &part)
            }
        };
        (nanos > 0).then_some(nanos)
    }
}
