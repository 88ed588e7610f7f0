//! Follows a critical path backward; see the drawing at the head of the folder.

use std::ops::Range;

use goscope_parsers::trace::{GoId, StackId, StringId, TaskId, Time};

use super::segment::{PathClass, PathSegment, StackPart};
use super::waking::Waking;
use crate::trace::answers::facts::Facts;
use crate::trace::facts::{LockSites, RecentPlaces};
use crate::trace::model::TraceModel;
use crate::trace::proc_time::{ProcTime, RecentRange};
use crate::trace::store::backward::Backward;
use crate::trace::store::block::Kind;
use crate::trace::words::cause::SpanState;

/// Segments of an instance at most: goroutines that queue behind each other share most of their paths, so that the
/// paths of all take time that grows with the square of the queue.
const MOST_SEGMENTS: usize = 100_000;

/// Pairs of stacks of which it is remembered what they have in common.
const COMMON: usize = 512;

/// A wait that somebody else's past is put down to.
#[derive(Clone, Copy, Debug)]
struct Outer {
    /// Who waits.
    goroutine: GoId,
    /// Where.
    stack: StackId,
    /// Where somebody ended it.
    wake: StackId,
}

/// Where a path is followed back from.
#[derive(Clone, Copy, Debug)]
pub(in crate::trace::answers) struct Start {
    /// The goroutine at the end.
    pub(in crate::trace::answers) goroutine: GoId,
    /// Where the path begins.
    pub(in crate::trace::answers) begin: Time,
    /// Where it ends.
    pub(in crate::trace::answers) end: Time,
    /// Where the goroutine is at the end, if that is known.
    pub(in crate::trace::answers) end_stack: StackId,
    /// Whose segments are the instance's own.
    pub(in crate::trace::answers) owner: GoId,
    /// The task that the instance is, or is in.
    pub(in crate::trace::answers) task: TaskId,
}

/// What is followed of one goroutine.
#[derive(Clone, Copy, Debug)]
struct Level<'m> {
    goroutine: GoId,
    /// As far back as it is followed.
    begin: Time,
    /// As far as it has been followed: all from here on has its segments.
    now: Time,
    depth: u16,
    /// Where it is at `now`, if an event says so.
    now_stack: StackId,
    place: Option<Backward<'m>>,
    /// The wait that it is followed for.
    outer: Option<Outer>,
    /// Where the instance's own goroutine waits, and where that is ended from.
    waiter: StackId,
    wake: StackId,
    /// It is followed because it released a lock.
    lock: Option<Lock>,
    is_inferred: bool,
}

/// What is known of a lock that is waited for.
#[derive(Clone, Copy, Debug)]
struct Lock {
    /// The function that waits for it.
    site: StringId,
    /// The function that released it.
    releaser: StringId,
}

/// Follows paths one after the other.
#[derive(Debug)]
pub(in crate::trace::answers) struct Walker<'m> {
    pub(super) facts: &'m Facts<'m>,
    sites: &'m LockSites,
    proc_time: &'m ProcTime,
    pub(super) start: Start,
    levels: Vec<Level<'m>>,
    /// Newest first while a path is followed.
    segments: Vec<PathSegment>,
    /// Pieces of one span, oldest first.
    pub(super) pieces: Vec<(Range<Time>, PathClass, StackPart)>,
    pub(super) cuts: Vec<Time>,
    /// Where among the mark assists of goroutines it was.
    pub(super) recent_assists: RecentPlaces,
    /// Where in the times in which somebody was ready it was.
    recent_range: RecentRange,
    /// How many functions two stacks have in common, of pairs that were asked about.
    pub(super) common: Box<[(StackId, StackId, u16); COMMON]>,
    /// Only what others were blocked in is wanted, if it is so long: how much is missing.
    blocked: Option<u64>,
    /// How many paths were cut off.
    pub(in crate::trace::answers) cut_off: u64,
}

impl<'m> Walker<'m> {
    pub(in crate::trace::answers) fn new(facts: &'m Facts<'m>, sites: &'m LockSites) -> Self {
        let nowhere = Start {
            goroutine: GoId::NONE,
            begin: 0,
            end: 0,
            end_stack: StackId::NONE,
            owner: GoId::NONE,
            task: TaskId::NONE,
        };
        Self {
            facts,
            sites,
            proc_time: facts.model.proc_time(),
            start: nowhere,
            levels: Vec::new(),
            segments: Vec::new(),
            pieces: Vec::new(),
            cuts: Vec::new(),
            recent_assists: RecentPlaces::default(),
            recent_range: RecentRange::default(),
            common: Box::new([(StackId::NONE, StackId::NONE, 0); COMMON]),
            blocked: None,
            cut_off: 0,
        }
    }

    pub(in crate::trace::answers) fn model(&self) -> &'m TraceModel {
        self.facts.model
    }

    /// The critical path of an instance, oldest segment first.
    pub(in crate::trace::answers) fn path(&mut self, start: Start) -> &[PathSegment] {
        self.begin(start);
        self.enter(start.goroutine, start.begin..start.end, 0, start.end_stack, None);
        self.finish()
    }

    /// The system calls, sleeps and waits for the network of others on the critical path of a wait, newest first, if they
    /// take so many nanoseconds, of which there is at least one. It stops where they cannot any more.
    pub(in crate::trace::answers) fn blocked(&mut self, start: Start, least: u64) -> Option<&[PathSegment]> {
        self.begin(start);
        self.blocked = Some(least);
        self.enter(start.goroutine, start.begin..start.end, 0, start.end_stack, None);
        while let Some(level) = self.levels.last().copied() {
            if level.now <= level.begin {
                self.levels.pop();
                continue;
            }
            self.step(&level);
            let missing = self.blocked.unwrap_or(0);
            let now = self.levels.last().map_or(start.begin, |level| level.now);
            if missing > now.abs_diff(start.begin) || self.segments.len() >= MOST_SEGMENTS {
                break;
            }
        }
        self.segments.retain(is_blocked);
        (self.blocked.take() == Some(0)).then_some(&self.segments)
    }

    /// The pieces of a part of a running span, oldest first.
    pub(in crate::trace::answers) fn running_pieces(
        &mut self,
        place: &Backward<'m>,
        range: &Range<Time>,
    ) -> &[(Range<Time>, PathClass, StackPart)] {
        self.running(place, StackId::NONE, range);
        &self.pieces
    }

    fn begin(&mut self, start: Start) {
        self.start = start;
        self.levels.clear();
        self.segments.clear();
    }

    fn finish(&mut self) -> &[PathSegment] {
        while let Some(level) = self.levels.last().copied() {
            if level.now <= level.begin {
                self.levels.pop();
            } else if self.segments.len() >= MOST_SEGMENTS {
                self.cut_off(level.now);
            } else {
                self.step(&level);
            }
        }
        self.segments.reverse();
        &self.segments
    }

    /// Gives up: the rest of the instance is waiting.
    fn cut_off(&mut self, now: Time) {
        self.levels.clear();
        self.cut_off += 1;
        let Start { owner: goroutine, begin, .. } = self.start;
        let (class, stack) = (PathClass::Waiting, StackPart::default());
        let waiting = PathSegment { begin, end: now, goroutine, class, stack, ..self.blank(0) };
        self.segments.push(waiting);
    }

    fn blank(&self, depth: u16) -> PathSegment {
        PathSegment {
            begin: 0,
            end: 0,
            goroutine: GoId::NONE,
            class: PathClass::Unknown,
            is_inferred: false,
            depth,
            reason: StringId::NONE,
            stack: StackPart::default(),
            behind: None,
            waiter: StackId::NONE,
            wake: StackId::NONE,
        }
    }

    /// Goes on with another goroutine, because of `from`.
    fn enter(
        &mut self,
        goroutine: GoId,
        range: Range<Time>,
        depth: u16,
        now_stack: StackId,
        from: Option<(&Level<'m>, Outer, Option<Lock>)>,
    ) {
        let place = Backward::before(self.model().data(), goroutine, range.end);
        let (waiter, wake) = match from {
            Some((level, ..)) if level.depth > 0 => (level.waiter, level.wake),
            Some((_, outer, _)) => (outer.stack, outer.wake),
            None => (StackId::NONE, StackId::NONE),
        };
        self.levels.push(Level {
            goroutine,
            begin: range.start,
            now: range.end,
            depth,
            now_stack,
            place,
            outer: from.map(|(_, outer, _)| outer),
            waiter,
            wake,
            lock: from.and_then(|(.., lock)| lock),
            is_inferred: from.is_some_and(|(level, ..)| level.is_inferred),
        });
    }

    /// Goes as far back as the span of the innermost level that contains the moment before its `now`.
    fn step(&mut self, level: &Level<'m>) {
        let Some(place) = at_moment(level) else { return self.before_creation(level) };
        let kind = place.kind();
        let begin = place.start().max(level.begin);
        if level.lock.is_some_and(|lock| self.is_without_lock(kind, lock)) {
            return self.stop_at_lock(level);
        }
        let last = self.levels.len() - 1;
        self.levels[last].now = begin;
        self.levels[last].place = place.earlier();
        self.levels[last].now_stack = StackId::NONE;
        let range = begin..level.now;
        match kind.state {
            SpanState::Running | SpanState::Runnable if self.blocked.is_some() => {}
            SpanState::Running => {
                self.running(&place, level.now_stack, &range);
                self.emit(level, StringId::NONE);
            }
            SpanState::Runnable => {
                self.runnable(&place, &range);
                self.emit(level, StringId::NONE);
            }
            SpanState::Waiting => self.waiting(level, &place, range),
            SpanState::Syscall | SpanState::SyscallBlocked => {
                self.one(level, range, PathClass::Syscall, kind);
            }
            SpanState::Unknown => self.one(level, range, PathClass::Unknown, kind),
        }
    }

    /// The goroutine has no span there: whoever created it was what was waited for.
    fn before_creation(&mut self, level: &Level<'m>) {
        let last = self.levels.len() - 1;
        self.levels[last].now = level.begin;
        if level.lock.is_some() {
            return self.go_on_with_holder(level);
        }
        let range = level.begin..level.now;
        let life = self.model().goroutine(level.goroutine);
        let creation = life.filter(|life| life.is_created && life.creation == level.now);
        match (creation, level.outer) {
            (Some(life), _) if life.parent.is_some() && life.parent != level.goroutine => {
                let place = Backward::before(self.model().data(), level.goroutine, life.creation + 1);
                let stack = place.map_or(StackId::NONE, |place| self.stack_of(place.kind()));
                self.enter(life.parent, range, level.depth, stack, None);
                let Some(parent) = self.levels.last_mut() else { return };
                (parent.outer, parent.waiter, parent.wake) = (level.outer, level.waiter, level.wake);
                parent.is_inferred = level.is_inferred;
            }
            // Only a timer creates goroutines that have no creator.
            (Some(_), Some(outer)) => {
                let stack = StackPart::whole(outer.stack);
                let segment = PathSegment { goroutine: outer.goroutine, stack, ..self.blank(level.depth) };
                self.push(level, range, PathSegment { class: PathClass::Timer, ..segment });
            }
            _ => {
                let segment = PathSegment { goroutine: level.goroutine, ..self.blank(level.depth) };
                self.push(level, range, segment);
            }
        }
    }

    fn waiting(&mut self, level: &Level<'m>, place: &Backward<'m>, range: Range<Time>) {
        let kind = place.kind();
        let waking = Waking::of(self.facts, place, level.now);
        let Some(waker) = waking.waker else { return self.one(level, range, waking.class, kind) };
        let stack = self.stack_of(kind);
        let outer = Outer { goroutine: level.goroutine, stack, wake: waking.stack };
        let lock = self
            .facts
            .wait(kind.cause)
            .is_lock()
            .then(|| Lock { site: self.facts.lock_user(kind.cause), releaser: waking.releaser });
        let depth = level.depth.saturating_add(1);
        self.enter(waker, range, depth, waking.stack, Some((level, outer, lock)));
    }

    fn stack_of(&self, kind: Kind) -> StackId {
        self.model().cause(kind.cause).stack
    }

    /// Whether somebody who released a lock slept without it in this span.
    fn is_without_lock(&self, kind: Kind, lock: Lock) -> bool {
        matches!(kind.state, SpanState::Waiting | SpanState::Syscall | SpanState::SyscallBlocked)
            && !self.facts.has_function(self.stack_of(kind), lock.releaser)
    }

    /// Somebody who released the lock did not have it before this moment.
    fn stop_at_lock(&mut self, level: &Level<'m>) {
        let last = self.levels.len() - 1;
        self.levels[last].now = level.begin;
        self.go_on_with_holder(level);
    }

    /// Goes on with the one goroutine that can have held the lock, if there is one.
    fn go_on_with_holder(&mut self, level: &Level<'m>) {
        let (Some(lock), Some(outer)) = (level.lock, level.outer) else { return };
        let range = level.begin..level.now;
        if let Some(holder) = self.sites.holder(lock.site, &range, [level.goroutine, outer.goroutine]) {
            self.enter(holder, range, level.depth, StackId::NONE, None);
            if let Some(holder) = self.levels.last_mut() {
                (holder.outer, holder.waiter, holder.wake) = (level.outer, level.waiter, level.wake);
                holder.is_inferred = true;
            }
            return;
        }
        let (goroutine, stack) = (outer.goroutine, StackPart::whole(outer.stack));
        let waiting = PathSegment { class: PathClass::Waiting, goroutine, stack, ..self.blank(level.depth) };
        self.push(level, range, waiting);
    }

    /// A ready goroutine that waits for a P. What it waits for in which order is not told: the parts are as long as
    /// they are, and stand one after the other.
    fn runnable(&mut self, place: &Backward<'m>, range: &Range<Time>) {
        let before = place.earlier().map(|place| place.kind().state);
        let is_after_syscall = matches!(before, Some(SpanState::Syscall | SpanState::SyscallBlocked));
        let stack = self.last_stop(place);
        let split = self.proc_time.split_near(range, &mut self.recent_range);
        let starved = if is_after_syscall { PathClass::LostP } else { PathClass::Starved };
        let parts = [
            (split.throttled_nanos, PathClass::Throttled),
            (split.stw_nanos, PathClass::StopTheWorld),
            (split.starved_nanos, starved),
            (split.wakeup_nanos, PathClass::Wakeup),
        ];
        self.pieces.clear();
        let mut begin = range.start;
        for (nanos, class) in parts.into_iter().filter(|(nanos, _)| *nanos > 0) {
            let end = begin.saturating_add_unsigned(nanos).min(range.end);
            self.pieces.push((begin..end, class, stack));
            begin = end;
        }
        if begin < range.end {
            self.pieces.push((begin..range.end, PathClass::Wakeup, stack));
        }
    }

    /// Emits a span as a whole.
    fn one(&mut self, level: &Level<'m>, range: Range<Time>, class: PathClass, kind: Kind) {
        let cause = self.model().cause(kind.cause);
        self.pieces.clear();
        self.pieces.push((range, class, StackPart::whole(cause.stack)));
        self.emit(level, if kind.state == SpanState::Waiting { cause.reason } else { StringId::NONE });
    }

    /// Emits the pieces that a span was cut into.
    fn emit(&mut self, level: &Level<'m>, reason: StringId) {
        for at in (0..self.pieces.len()).rev() {
            let (range, class, stack) = self.pieces[at].clone();
            let goroutine = level.goroutine;
            let segment = PathSegment { goroutine, class, reason, stack, ..self.blank(level.depth) };
            self.push(level, range, segment);
        }
    }

    /// Emits a piece, cut where it begins or ends to be behind other people's work.
    fn push(&mut self, level: &Level<'m>, range: Range<Time>, segment: PathSegment) {
        let Level { waiter, wake, is_inferred, .. } = *level;
        let segment = PathSegment { waiter, wake, is_inferred, ..segment };
        if let Some(missing) = &mut self.blocked {
            let nanos = if is_blocked(&segment) { range.end.abs_diff(range.start) } else { 0 };
            *missing = missing.saturating_sub(nanos);
        }
        if segment.goroutine == self.start.owner || !self.cut_at_regions(segment.goroutine, &range) {
            // A system call that lost its P has two spans.
            if let Some(last) =
                self.segments.last_mut().filter(|last| last.begin == range.end && is_one_call(last, &segment))
            {
                last.begin = range.start;
                return;
            }
            self.segments.push(PathSegment { begin: range.start, end: range.end, ..segment });
            return;
        }
        for at in (1..self.cuts.len()).rev() {
            let (begin, end) = (self.cuts[at - 1], self.cuts[at]);
            let behind = self.behind(segment.goroutine, begin);
            match self.segments.last_mut() {
                Some(last) if at + 1 < self.cuts.len() && last.behind == behind => last.begin = begin,
                _ => self.segments.push(PathSegment { begin, end, behind, ..segment }),
            }
        }
    }
}

/// Whether somebody other than the one whose wait it is was blocked, other than by a goroutine.
fn is_blocked(segment: &PathSegment) -> bool {
    segment.depth > 0 && matches!(segment.class, PathClass::Syscall | PathClass::Network | PathClass::Timer)
}

fn is_one_call(later: &PathSegment, segment: &PathSegment) -> bool {
    let is_call = later.class == PathClass::Syscall && segment.class == PathClass::Syscall;
    is_call
        && later.goroutine == segment.goroutine
        && later.stack == segment.stack
        && later.depth == segment.depth
        && later.behind.is_none()
}

/// The span of a level that contains the moment before its `now`.
fn at_moment<'m>(level: &Level<'m>) -> Option<Backward<'m>> {
    let mut place = level.place?;
    loop {
        if place.start() < level.now {
            return Some(place);
        }
        place = place.earlier()?;
    }
}
