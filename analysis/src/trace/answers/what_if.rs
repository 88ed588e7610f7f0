//! What would become of instances if a function took less time: each is replayed with its waits kept.
//!
//! ```text
//! fetchPrices   │ ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇ │ Done          100 % less
//! fetchReviews  │ ▇▇▇▇▇▇▇▇▇▇▇▇▇ │ Done                 is the next that the page waits for
//! page          │ WaitGroup.Wait ………………………… │          so it does not become shorter than that
//! ```
//!
//! A moment of a goroutine comes earlier by what it, and whoever it waited for, saved before. Who waits for whom, the
//! order in which locks are taken and the delays of the scheduler stay as they were. `WaitGroup.Wait` waits for every
//! goroutine that the waiter started and that was done by then, because a trace shows only the last.
//!
//! The idea is that of Coz (Curtsinger and Berger, SOSP 2015), on a recording instead of a running program.

use std::ops::Range;

use goscope_parsers::trace::{GoId, StackId, StringId, Time};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::children::Children;
use super::critical_path::{LockSites, PathSegment, StackPart, Waking, Walker};
use super::facts::Facts;
use super::instances::{AnswerInstance, answer_instances};
use super::population::Population;
use super::why::start_of;
use crate::histogram::DurationHistogram;
use crate::trace::model::{Span, TraceModel};
use crate::trace::store::backward::Backward;
use crate::trace::words::cause::SpanState;
use crate::trace::words::time::add_up;

/// Spans of an instance that are replayed, at most.
const MOST_SPANS: usize = 100_000;
/// Instances that one worker takes up at once.
const AT_ONCE: usize = 32;

/// Asks what would become of instances.
#[derive(Clone, Debug)]
pub struct WhatIfQuestion {
    /// The instances.
    pub population: Population,
    /// The time that they must overlap; `None` for the whole trace.
    pub range: Option<Range<Time>>,
    /// The function that takes less, with all that it calls.
    pub function: String,
    /// How much less, in percent: 0 to 100.
    pub percent: u8,
}

/// What would become of them.
#[derive(Clone, Debug, Default)]
pub struct WhatIf {
    /// How long they take.
    pub before: DurationHistogram,
    /// How long they would take, with the waits that there are.
    pub after: DurationHistogram,
    /// What they take without that part of the function that is on their critical path: nobody could do better.
    pub bound: DurationHistogram,
    /// Time of the function on critical paths.
    pub on_path_nanos: u64,
    /// Whether any stack of the trace has the function.
    pub is_known: bool,
    /// Instances that were too long to be replayed; they count as unchanged.
    pub cut_off: u64,
    /// Instances whose begin or end the trace does not have.
    pub incomplete: u64,
}

/// What would become of instances if a function took less.
pub fn what_if(model: &TraceModel, question: &WhatIfQuestion) -> WhatIf {
    let facts = Facts::new(model);
    let (sites, children) = (facts.lock_sites(), Children::new(model));
    let instances = answer_instances(model, &question.population, question.range.as_ref());
    let shrink = Shrink::new(&facts, question);
    let empty = || WhatIf { is_known: shrink.is_known(), ..WhatIf::default() };
    let each = |mut sums: WhatIf, instances: &[AnswerInstance]| {
        let mut replay = Replay::new(&facts, sites, &children, &shrink);
        instances.iter().for_each(|instance| replay.instance(instance, &mut sums));
        sums
    };
    let parts = instances.complete.par_chunks(AT_ONCE).fold(empty, each);
    let mut sums = parts.reduce(empty, |mut left, right| {
        left.before.merge(&right.before);
        left.after.merge(&right.after);
        left.bound.merge(&right.bound);
        add_up(&mut left.on_path_nanos, right.on_path_nanos);
        left.cut_off += right.cut_off;
        left
    });
    sums.incomplete = instances.incomplete;
    sums
}

/// Which stacks take less, and how much.
struct Shrink {
    /// By stack: frames from the outermost on down to the function; 0 if it is not there.
    depth: Vec<u16>,
    percent: i64,
}

impl Shrink {
    fn new(facts: &Facts<'_>, question: &WhatIfQuestion) -> Self {
        let tables = facts.tables();
        let is_it = |name: StringId| tables.string(name) == question.function.as_bytes();
        let depth = (0..tables.stack_count()).into_par_iter().with_min_len(1 << 10).map(|stack| {
            let mut frames = tables.stack(StackId(stack as u32)).iter().rev();
            let at = frames.position(|frame| is_it(facts.function(*frame)));
            at.map_or(0, |at| u16::try_from(at + 1).unwrap_or(u16::MAX))
        });
        Self { depth: depth.collect(), percent: i64::from(question.percent.min(100)) }
    }

    fn is_known(&self) -> bool {
        self.depth.iter().any(|depth| *depth > 0)
    }

    fn has(&self, part: StackPart) -> bool {
        let depth = self.depth.get(part.stack.index()).copied().unwrap_or(0);
        depth > 0 && depth <= part.frames
    }

    /// How long something takes then.
    fn nanos(&self, nanos: Time, part: StackPart) -> Time {
        if self.has(part) {
            nanos - (i128::from(nanos) * i128::from(self.percent) / 100) as Time
        } else {
            nanos
        }
    }
}

/// A part of a life that was replayed: from when to when it was, and would be.
#[derive(Clone, Copy, Debug)]
struct Replayed {
    begin: Time,
    end: Time,
    new_begin: Time,
    new_end: Time,
}

/// How far the life of a goroutine has been replayed.
#[derive(Clone, Debug)]
struct Life<'m> {
    /// The next span.
    place: Option<Backward<'m>>,
    until: Time,
    new_until: Time,
    parts: Vec<Replayed>,
}

/// What has to be known first: where this goroutine's moment comes to lie.
type Needed = (GoId, Time);

/// Replays instances one after the other.
struct Replay<'m> {
    facts: &'m Facts<'m>,
    walker: Walker<'m>,
    children: &'m Children,
    shrink: &'m Shrink,
    lives: FxHashMap<GoId, Life<'m>>,
    begin: Time,
    end: Time,
    steps: usize,
}

impl<'m> Replay<'m> {
    fn new(facts: &'m Facts<'m>, sites: &'m LockSites, children: &'m Children, shrink: &'m Shrink) -> Self {
        let walker = Walker::new(facts, sites);
        Self { facts, walker, children, shrink, lives: FxHashMap::default(), begin: 0, end: 0, steps: 0 }
    }

    fn instance(&mut self, instance: &AnswerInstance, sums: &mut WhatIf) {
        let shrink = self.shrink;
        let segments = self.walker.path(start_of(self.facts.model, instance));
        let on_path = |segment: &&PathSegment| shrink.has(segment.stack);
        let on_path: u64 = segments.iter().filter(on_path).map(PathSegment::nanos).sum();
        let saved = u128::from(on_path) * shrink.percent as u128 / 100;
        sums.before.record(instance.nanos());
        sums.bound.record(instance.nanos() - saved as u64);
        add_up(&mut sums.on_path_nanos, on_path);
        self.lives.clear();
        (self.begin, self.end, self.steps) = (instance.begin, instance.end, 0);
        match self.moment(instance.goroutine, instance.end) {
            Some(end) => sums.after.record(end.abs_diff(instance.begin).min(instance.nanos())),
            None => {
                sums.after.record(instance.nanos());
                sums.cut_off += 1;
            }
        }
    }

    /// When a moment of a goroutine comes then; `None` if that takes too long to find out.
    fn moment(&mut self, goroutine: GoId, time: Time) -> Option<Time> {
        let mut open: Vec<Needed> = vec![(goroutine, time)];
        let mut active: FxHashSet<GoId> = FxHashSet::default();
        active.insert(goroutine);
        while let Some(&(goroutine, time)) = open.last() {
            if self.known(goroutine, time).is_some() {
                open.pop();
                active.remove(&goroutine);
                continue;
            }
            self.steps += 1;
            if self.steps > MOST_SPANS {
                return None;
            }
            // Whoever is active cannot be needed beyond what is known of it, but in a damaged trace.
            let (needed, found) = self.needs(goroutine);
            let next =
                needed.into_iter().find(|&(id, at)| self.known(id, at).is_none() && !active.contains(&id));
            match next {
                Some(next) => {
                    active.insert(next.0);
                    open.push(next);
                }
                None => self.advance(goroutine, found),
            }
        }
        self.known(goroutine, time)
    }

    /// When a moment comes, if it has been replayed.
    fn known(&self, goroutine: GoId, time: Time) -> Option<Time> {
        if time <= self.begin {
            return Some(time);
        }
        let life = self.lives.get(&goroutine)?;
        if time > life.until {
            return None;
        }
        let at = life.parts.partition_point(|part| part.end < time);
        let Some(part) = life.parts.get(at) else { return Some(life.new_until) };
        let (length, new_length) = (part.end - part.begin, part.new_end - part.new_begin);
        let since = (time - part.begin).clamp(0, length.max(0));
        let scaled =
            if length > 0 { i128::from(since) * i128::from(new_length) / i128::from(length) } else { 0 };
        Some(part.new_begin + scaled as Time)
    }

    /// What has to be known before the next span of a goroutine can be replayed, and that span.
    fn needs(&mut self, goroutine: GoId) -> (Vec<Needed>, Option<Span>) {
        let model = self.facts.model;
        let Some(life) = self.lives.get(&goroutine) else {
            let creation = model.goroutine(goroutine).filter(|it| it.is_created && it.creation > self.begin);
            let parent = creation.filter(|it| it.parent.is_some()).map(|it| (it.parent, it.creation));
            return (parent.into_iter().collect(), None);
        };
        let Some(place) = life.place else { return (Vec::new(), None) };
        let span = place.span();
        if span.state != SpanState::Waiting || span.end > self.end {
            return (Vec::new(), Some(span));
        }
        let Some(waker) = Waking::of(self.facts, &place, span.end).waker else {
            return (Vec::new(), Some(span));
        };
        let mut needed = vec![(waker, span.end)];
        if self.facts.is_wait_group(span.cause) {
            let children = self.children.of(goroutine, self.begin, span.end).iter();
            let lives = children.filter_map(|&child| model.goroutine(child));
            needed.extend(lives.filter(|it| it.is_ended && it.end <= span.end).map(|it| (it.id, it.end)));
        }
        (needed, Some(span))
    }

    /// Replays the next span of a goroutine, of which all is known that it needs.
    fn advance(&mut self, goroutine: GoId, span: Option<Span>) {
        let Some(life) = self.lives.get(&goroutine) else { return self.begin_life(goroutine) };
        let (until, new_until) = (life.until, life.new_until);
        let (Some(place), Some(span)) = (life.place, span) else {
            // It has no more spans: it stays as it is.
            return self.add(goroutine, (self.end.max(until.saturating_add(1)), 0), None);
        };
        let end = span.end.min(self.end.max(until));
        let length = (end - until).max(0);
        let (needed, _) = self.needs(goroutine);
        let stack = StackPart::whole(self.facts.model.cause(span.cause).stack);
        let new_length = match span.state {
            SpanState::Running => self.running(&place, until..end),
            SpanState::Waiting if !needed.is_empty() => {
                let moments = needed.iter().map(|&(id, at)| self.known(id, at).unwrap_or(at));
                moments.max().unwrap_or(until) - new_until
            }
            SpanState::Runnable => length,
            _ => self.shrink.nanos(length, stack),
        };
        self.add(goroutine, (end, new_length.max(0)), place.later());
    }

    fn begin_life(&mut self, goroutine: GoId) {
        let model = self.facts.model;
        let life = model.goroutine(goroutine);
        let creation = life.filter(|it| it.creation > self.begin).map_or(self.begin, |it| it.creation);
        let parent = life.filter(|it| it.is_created && it.parent.is_some()).map(|it| it.parent);
        let new_until = parent.and_then(|parent| self.known(parent, creation)).unwrap_or(creation);
        let place = Backward::before(model.data(), goroutine, creation.saturating_add(1));
        self.lives.insert(goroutine, Life { place, until: creation, new_until, parts: Vec::new() });
    }

    fn add(&mut self, goroutine: GoId, (end, new_length): (Time, Time), place: Option<Backward<'m>>) {
        let Some(life) = self.lives.get_mut(&goroutine) else { return };
        let new_end = life.new_until.saturating_add(new_length);
        let part = Replayed { begin: life.until, end, new_begin: life.new_until, new_end };
        (life.until, life.new_until, life.place) = (end, new_end, place);
        life.parts.push(part);
    }

    /// How long a part of a running span takes then.
    fn running(&mut self, place: &Backward<'m>, range: Range<Time>) -> Time {
        if range.is_empty() {
            return 0;
        }
        let shrink = self.shrink;
        let pieces = self.walker.running_pieces(place, &range).iter();
        pieces.map(|(range, _, stack)| shrink.nanos(range.end - range.start, *stack)).sum()
    }
}
