//! Why instances are slow: their critical paths, summed up.
//!
//! ```text
//! slow      │ own running │ timer of another ………………… │ wakeup │      mean of the slow ones
//! typical   │ own running │ wakeup │                                mean of the typical ones
//! answers   timer of main.worker, in main.resize: 97 % of the difference
//! ```
//!
//! Segments are summed up by what they are (class), whose they are (the instance's own, or of goroutines of a function)
//! and behind whose work they are. Sums are of integers, so that answers add up to the time of all instances exactly and
//! do not depend on the number of threads.

use std::collections::BTreeMap;
use std::ops::Range;

use goscope_parsers::trace::{GoId, StackId, StringId, TaskId, Time};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::critical_path::{LockSites, PathClass, PathSegment, StackPart, Start, Walker};
use super::descent::{Descent, Weights};
use super::facts::Facts;
use super::instances::{AnswerInstance, AnswerOf, answer_instances};
use super::population::Population;
use super::slow::{Cohorts, SlowRule};
use crate::histogram::DurationHistogram;
use crate::trace::model::TraceModel;
use crate::trace::words::time::add_up;

/// Instances that one worker takes up at once: enough to be worth a hand-over, few enough that all workers have some.
const AT_ONCE: usize = 64;

/// An answer counts as one of the tail where its mean in slow instances is so many times that in typical ones.
const TAIL: f64 = 1.5;

/// Asks why instances are slow.
#[derive(Clone, Debug)]
pub struct WhyQuestion {
    /// The instances.
    pub population: Population,
    /// The time that they must overlap; `None` for the whole trace.
    pub range: Option<Range<Time>>,
    /// Which of them are slow.
    pub slow: SlowRule,
    /// How many instances to list with their paths, slowest first.
    pub limit: usize,
}

/// What an answer is about: what somebody did on the critical path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AnswerKey {
    /// What.
    pub class: PathClass,
    /// The start function of those whose doing it is; `None` for the instance's own goroutine.
    pub role: Option<StringId>,
    /// The type of the tasks that it works for, if they are others than the instance's.
    pub behind: Option<StringId>,
}

/// A part of what the time of instances went to.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What it is.
    pub key: AnswerKey,
    /// Time in all instances.
    pub total_nanos: u64,
    /// Instances that have some of it.
    pub instances: u64,
    /// Slow instances that have some of it.
    pub slow_instances: u64,
    /// Time in slow instances.
    pub slow_nanos: u64,
    /// Time in typical instances.
    pub typical_nanos: u64,
    /// Time in segments that are long for their class, see [`PathClass::long_nanos`]: in all and in slow instances.
    pub long_nanos: (u64, u64),
    /// Time in slow instances that begin in the first half of the trace.
    pub slow_early_nanos: u64,
    /// Where: the functions down to where it parts, outermost first.
    pub path: Vec<StringId>,
    /// The innermost of them outside the standard library, else the innermost.
    pub function: StringId,
    /// Where the instance's own goroutine stood meanwhile, outermost first; empty for its own doing.
    pub waiter_path: Vec<StringId>,
    /// The innermost of those outside the standard library, else the innermost; none for its own doing.
    pub waiter: StringId,
    /// Where those waits were ended from, outermost first; empty for its own doing.
    pub waker_path: Vec<StringId>,
    /// The innermost of those outside the standard library, else the innermost; none for its own doing. Of a lock it is
    /// the function that released it.
    pub waker: StringId,
    /// Whether the holder of a lock was concluded for some of it.
    pub is_inferred: bool,
}

/// An instance with its critical path.
#[derive(Clone, Debug)]
pub struct PathOfInstance {
    /// The instance.
    pub instance: AnswerInstance,
    /// Its path, in order of time; the segments tile it.
    pub segments: Vec<PathSegment>,
}

/// Why instances are slow.
#[derive(Clone, Debug, Default)]
pub struct Why {
    /// How long they take.
    pub wall: DurationHistogram,
    /// Which are slow.
    pub cohorts: Cohorts,
    /// How many are slow, and how long they take together.
    pub slow: (u64, u64),
    /// How many are typical, and how long they take together.
    pub typical: (u64, u64),
    /// What explains the slow ones best first.
    pub answers: Vec<Answer>,
    /// The slowest, slowest first.
    pub slowest: Vec<PathOfInstance>,
    /// Instances whose begin or end the trace does not have.
    pub incomplete: u64,
    /// Paths that were too long to be followed to their begin.
    pub cut_off: u64,
}

impl Why {
    /// The mean of slow instances, in nanoseconds.
    pub fn slow_mean(&self) -> f64 {
        mean(self.slow.1, self.slow.0)
    }

    /// The mean of typical instances, in nanoseconds.
    pub fn typical_mean(&self) -> f64 {
        mean(self.typical.1, self.typical.0)
    }

    /// An answer's mean in slow instances, in nanoseconds; those without it count as 0.
    pub fn slow_mean_of(&self, answer: &Answer) -> f64 {
        mean(answer.slow_nanos, self.slow.0)
    }

    /// The same in typical instances.
    pub fn typical_mean_of(&self, answer: &Answer) -> f64 {
        mean(answer.typical_nanos, self.typical.0)
    }

    /// The part of the slow instances' time that an answer is, in 0..=1.
    pub fn slow_share_of(&self, answer: &Answer) -> f64 {
        mean(answer.slow_nanos, self.slow.1)
    }

    /// The part of the difference between slow and typical instances that an answer is; those of all answers add up
    /// to 1, and some are negative. `None` if there are no typical ones to compare with.
    pub fn gap_share_of(&self, answer: &Answer) -> Option<f64> {
        let gap = self.slow_mean() - self.typical_mean();
        (self.typical.0 > 0 && gap > 0.0)
            .then(|| (self.slow_mean_of(answer) - self.typical_mean_of(answer)) / gap)
    }

    /// Whether slow instances are so much slower than typical ones that the difference is what is to be explained.
    pub fn has_tail(&self) -> bool {
        self.typical.0 > 0 && self.slow_mean() >= TAIL * self.typical_mean()
    }
}

fn mean(sum: u64, count: u64) -> f64 {
    if count == 0 { 0.0 } else { sum as f64 / count as f64 }
}

/// Sums of one worker for one answer.
#[derive(Debug, Default)]
struct Sums {
    total_nanos: u64,
    instances: u64,
    slow_instances: u64,
    slow_nanos: u64,
    typical_nanos: u64,
    long_nanos: (u64, u64),
    slow_early_nanos: u64,
    is_inferred: bool,
    stacks: Weights<(StackPart, StringId)>,
    waiters: Weights<StackPart>,
    wakers: Weights<StackPart>,
}

impl Sums {
    fn merge(&mut self, other: Self) {
        add_up(&mut self.total_nanos, other.total_nanos);
        self.instances += other.instances;
        self.slow_instances += other.slow_instances;
        add_up(&mut self.slow_nanos, other.slow_nanos);
        add_up(&mut self.typical_nanos, other.typical_nanos);
        add_up(&mut self.long_nanos.0, other.long_nanos.0);
        add_up(&mut self.long_nanos.1, other.long_nanos.1);
        add_up(&mut self.slow_early_nanos, other.slow_early_nanos);
        self.is_inferred |= other.is_inferred;
        self.stacks.merge(other.stacks);
        self.waiters.merge(other.waiters);
        self.wakers.merge(other.wakers);
    }
}

/// What one worker has summed up.
#[derive(Debug, Default)]
struct Part {
    answers: FxHashMap<AnswerKey, u32>,
    /// By the rows of `answers`.
    sums: Vec<(AnswerKey, Sums)>,
    /// Of the instance at hand, with the rows that it has something of.
    own: Vec<u64>,
    own_rows: Vec<u32>,
    cut_off: u64,
}

impl Part {
    fn row(&mut self, key: AnswerKey) -> u32 {
        let next = self.sums.len() as u32;
        let row = *self.answers.entry(key).or_insert(next);
        if row == next {
            self.sums.push((key, Sums::default()));
            self.own.push(0);
        }
        row
    }

    fn merged(mut self, other: Self) -> Self {
        for (key, sums) in other.sums {
            let row = self.row(key);
            self.sums[row as usize].1.merge(sums);
        }
        self.cut_off += other.cut_off;
        self
    }

    fn add_segment(&mut self, model: &TraceModel, segment: &PathSegment, owner: GoId, is_slow: bool) {
        let start = model.start_function(segment.goroutine);
        let role = (segment.goroutine != owner).then_some(start);
        let row = self.row(AnswerKey { class: segment.class, role, behind: segment.behind });
        let nanos = segment.nanos();
        let own = &mut self.own[row as usize];
        if *own == 0 {
            self.own_rows.push(row);
        }
        add_up(own, nanos);
        let sums = &mut self.sums[row as usize].1;
        sums.is_inferred |= segment.is_inferred;
        let slow = if is_slow { nanos } else { 0 };
        if nanos >= segment.class.long_nanos() {
            add_up(&mut sums.long_nanos.0, nanos);
            add_up(&mut sums.long_nanos.1, slow);
        }
        sums.stacks.add((segment.stack, start), nanos, slow);
        if segment.waiter != StackId::NONE {
            sums.waiters.add(StackPart::whole(segment.waiter), nanos, slow);
            sums.wakers.add(StackPart::whole(segment.wake), nanos, slow);
        }
    }

    /// Ends an instance: whether it is slow, typical, and of the first half of the trace.
    fn end_instance(&mut self, is_slow: bool, is_typical: bool, is_early: bool) {
        for row in self.own_rows.drain(..) {
            let nanos = std::mem::take(&mut self.own[row as usize]);
            let sums = &mut self.sums[row as usize].1;
            add_up(&mut sums.total_nanos, nanos);
            sums.instances += 1;
            sums.slow_instances += u64::from(is_slow);
            add_up(&mut sums.slow_nanos, if is_slow { nanos } else { 0 });
            add_up(&mut sums.slow_early_nanos, if is_slow && is_early { nanos } else { 0 });
            add_up(&mut sums.typical_nanos, if is_typical { nanos } else { 0 });
        }
    }
}

/// Where the critical path of an instance is followed back from.
pub(super) fn start_of(model: &TraceModel, instance: &AnswerInstance) -> Start {
    let (task, end_stack) = match instance.of {
        AnswerOf::Task(task) => (task, StackId::NONE),
        AnswerOf::Region(row) => {
            let region = &model.regions()[row as usize];
            (region.task, region.end_stack)
        }
        AnswerOf::Request | AnswerOf::Goroutine => (TaskId::NONE, StackId::NONE),
    };
    let AnswerInstance { goroutine, owner, begin, end, .. } = *instance;
    Start { goroutine, begin, end, end_stack, owner, task }
}

/// Why instances are slow. Takes time in proportion to the segments of their paths.
pub fn why(model: &TraceModel, question: &WhyQuestion) -> Why {
    let facts = Facts::new(model);
    why_with(&facts, facts.lock_sites(), question)
}

/// The same, where the facts are known already.
pub(super) fn why_with(facts: &Facts<'_>, sites: &LockSites, question: &WhyQuestion) -> Why {
    let instances = answer_instances(facts.model, &question.population, question.range.as_ref());
    let why = why_of(facts, sites, &instances.complete, (question.slow, question.limit));
    Why { incomplete: instances.incomplete, ..why }
}

/// The same of instances that are known already: by which rule some are slow, and how many to list.
pub(super) fn why_of(
    facts: &Facts<'_>,
    sites: &LockSites,
    all: &[AnswerInstance],
    (rule, limit): (SlowRule, usize),
) -> Why {
    let mut lengths: Vec<u64> = all.iter().map(AnswerInstance::nanos).collect();
    let cohorts = Cohorts::new(&mut lengths, rule);
    let begun = || (Walker::new(facts, sites), Part::default());
    let parts = all.par_chunks(AT_ONCE).fold(begun, |(mut walker, mut part), instances| {
        instances.iter().for_each(|it| add(it, &cohorts, &mut walker, &mut part));
        (walker, part)
    });
    let parts = parts.map(|(walker, part)| Part { cut_off: walker.cut_off, ..part });
    let sums = parts.reduce(Part::default, Part::merged);
    let of = |is_in: &dyn Fn(u64) -> bool| {
        let lengths = lengths.iter().filter(|nanos| is_in(**nanos));
        lengths.fold((0, 0_u64), |(count, sum), nanos| (count + 1, sum.saturating_add(*nanos)))
    };
    let mut why = Why {
        wall: lengths.iter().copied().collect(),
        slow: of(&|nanos| cohorts.is_slow(nanos)),
        typical: of(&|nanos| cohorts.is_typical(nanos)),
        cohorts: cohorts.clone(),
        answers: Vec::new(),
        slowest: slowest(facts, sites, (all, &lengths), limit),
        incomplete: 0,
        cut_off: sums.cut_off,
    };
    let descent = Descent::new(facts);
    let sums: BTreeMap<AnswerKey, Sums> = sums.sums.into_iter().collect();
    why.answers = sums.into_iter().map(|(key, sums)| answer(&descent, key, &sums)).collect();
    let worth = |answer: &Answer| {
        let tail = if why.has_tail() { why.typical_mean_of(answer) } else { 0.0 };
        why.slow_mean_of(answer) - tail
    };
    let mut order: Vec<(f64, usize)> =
        why.answers.iter().enumerate().map(|(at, answer)| (worth(answer), at)).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    why.answers = order.into_iter().map(|(_, at)| why.answers[at].clone()).collect();
    why
}

/// Adds an instance.
fn add(instance: &AnswerInstance, cohorts: &Cohorts, walker: &mut Walker<'_>, part: &mut Part) {
    let model = walker.model();
    let (is_slow, is_typical) = (cohorts.is_slow(instance.nanos()), cohorts.is_typical(instance.nanos()));
    for segment in walker.path(start_of(model, instance)) {
        part.add_segment(model, segment, instance.owner, is_slow);
    }
    part.end_instance(is_slow, is_typical, instance.begin < middle_of(model));
}

/// The moment between the halves of a trace.
pub(super) fn middle_of(model: &TraceModel) -> Time {
    let range = model.range();
    range.start.saturating_add_unsigned(model.duration_nanos() / 2)
}

/// What a segment counts for.
pub fn key_of(model: &TraceModel, segment: &PathSegment, owner: GoId) -> AnswerKey {
    let role = (segment.goroutine != owner).then(|| model.start_function(segment.goroutine));
    AnswerKey { class: segment.class, role, behind: segment.behind }
}

fn answer(descent: &Descent<'_>, key: AnswerKey, sums: &Sums) -> Answer {
    let (path, function) = descent.of_segments(&sums.stacks);
    let (waiter_path, waiter) = descent.of_stacks(&sums.waiters);
    let (waker_path, waker) = descent.of_stacks(&sums.wakers);
    let &Sums { total_nanos, instances, slow_instances, slow_nanos, typical_nanos, .. } = sums;
    let &Sums { long_nanos, slow_early_nanos, is_inferred, .. } = sums;
    Answer {
        key,
        total_nanos,
        instances,
        slow_instances,
        slow_nanos,
        typical_nanos,
        long_nanos,
        slow_early_nanos,
        path,
        function,
        waiter_path,
        waiter,
        waker_path,
        waker,
        is_inferred,
    }
}

/// The paths of the slowest instances, of which all lengths are known in order.
fn slowest(
    facts: &Facts<'_>,
    sites: &LockSites,
    (all, lengths): (&[AnswerInstance], &[u64]),
    limit: usize,
) -> Vec<PathOfInstance> {
    let least = lengths.len().checked_sub(limit).map_or(0, |at| lengths.get(at).copied().unwrap_or(u64::MAX));
    let mut slow: Vec<&AnswerInstance> = all.iter().filter(|it| it.nanos() >= least).collect();
    slow.sort_unstable_by_key(|it| (std::cmp::Reverse(it.nanos()), it.begin, it.owner, it.of));
    slow.truncate(limit);
    slow.par_iter().map(|instance| path(facts, sites, instance)).collect()
}

fn path(facts: &Facts<'_>, sites: &LockSites, instance: &AnswerInstance) -> PathOfInstance {
    let segments = Walker::new(facts, sites).path(start_of(facts.model, instance)).to_vec();
    PathOfInstance { instance: *instance, segments }
}

/// The critical path of one instance.
pub fn path_of(model: &TraceModel, instance: &AnswerInstance) -> PathOfInstance {
    let facts = Facts::new(model);
    path(&facts, facts.lock_sites(), instance)
}
