//! Flame graphs of answers: who waits for whom, and what critical paths are made of.
//!
//! ```text
//! blame   main.handle ─ main.lookup ─ sync.(*Mutex).Lock    the waiter, from its root
//!                          sync: woken by                   a frame that parts the two
//!         sync.(*Mutex).Unlock ─ main.flush ─ main.job      the waker upside down: what woke it comes first
//!                          syscall                          what went on meanwhile
//! path    syscall ─ main.handle ─ sync.(*Mutex).Lock        what, and where the instance waited
//!                          waits for main.job               the goroutine whose doing it is
//!         main.job ─ main.flush ─ os.(*File).Sync           its stack
//! ```
//!
//! The first is the off-wake flame graph (Gregg, "Off-Wake Time Flame Graph", 2016). Widths are nanoseconds: of blame
//! they are those of waiters, so that ten goroutines that wait for one lock count ten times; those of paths add up to
//! the time of all instances.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

use goscope_parsers::pprof::Profile;
use goscope_parsers::trace::{FrameId, StackId, StringId, Time};
use rayon::prelude::*;

use super::blame::{BlameRow, BlameScope, WakerKind, blame};
use super::critical_path::{LockSites, PathClass, PathSegment, StackPart, Walker};
use super::facts::Facts;
use super::instances::{AnswerInstance, answer_instances};
use super::population::Population;
use super::why::{key_of, start_of};
use crate::trace::model::TraceModel;
use crate::trace::questions::profile::{StackPiece, Stacks};
use crate::trace::words::time::add_up;

/// Instances that one worker takes up at once.
const AT_ONCE: usize = 64;

/// A flame graph of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum AnswerFlame {
    /// Who waits for whom.
    Blame,
    /// What critical paths are made of.
    CriticalPath,
}

impl AnswerFlame {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Blame, Self::CriticalPath];

    /// Its name.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Blame => "blame",
            Self::CriticalPath => "critical path",
        }
    }
}

/// Who waits for whom, as a flame graph. Its total is that of [`blame`].
pub fn blame_flame(model: &TraceModel, scope: &BlameScope, range: &Range<Time>) -> Profile {
    let mut stacks = Stacks::new(model, [("waits", "count"), ("blame", "nanoseconds")], range);
    stacks.period(("trace", "count"), 1);
    for row in &blame(model, scope, Some(range)).rows {
        add_row(model, &mut stacks, row);
    }
    stacks.finish()
}

fn add_row(model: &TraceModel, stacks: &mut Stacks<'_>, row: &BlameRow) {
    let reason = model.tables().string_lossy(row.key.reason);
    let reason = if reason.is_empty() { "waiting".into() } else { reason };
    let divider = match row.key.waker_kind {
        WakerKind::Goroutine => format!("{reason}: woken by"),
        WakerKind::Network => format!("{reason}: woken by the network"),
        WakerKind::Timer => format!("{reason}: woken by a timer"),
        WakerKind::Gc => format!("{reason}: woken by the garbage collector"),
        WakerKind::Waiting => format!("{reason}: nobody knows by whom it was woken"),
    };
    let frames = |stack| pieces(model.tables().stack(stack));
    let mut by_class: BTreeMap<PathClass, u64> = BTreeMap::new();
    for cause in &row.causes {
        add_up(by_class.entry(cause.class).or_default(), cause.nanos);
    }
    // A wait has parts, but it is one wait: it counts where the first of them is.
    let mut count = row.count as i64;
    for (class, nanos) in by_class {
        let pieces = std::iter::once(StackPiece::Word(class_word(class)))
            .chain(frames(row.key.waker_stack).rev())
            .chain([StackPiece::Word(&divider)])
            .chain(frames(row.key.waiter_stack));
        stacks.add_pieces([std::mem::take(&mut count), nanos as i64], pieces);
    }
}

fn pieces(frames: &[FrameId]) -> impl DoubleEndedIterator<Item = StackPiece<'_>> {
    frames.iter().map(|frame| StackPiece::Frame(*frame))
}

/// A class as a frame.
const fn class_word(class: PathClass) -> &'static str {
    match class {
        PathClass::Running => "running",
        PathClass::GcAssist => "GC assist",
        PathClass::GcWait => "waiting for the GC",
        PathClass::StopTheWorld => "world stopped",
        PathClass::Starved => "runnable: no P free",
        PathClass::LostP => "runnable: no P free after a system call",
        PathClass::Wakeup => "runnable: an idle P wakes up",
        PathClass::Throttled => "process stopped",
        PathClass::Syscall => "syscall",
        PathClass::Network => "network",
        PathClass::Timer => "timer",
        PathClass::Waiting => "waiting for nobody knows whom",
        PathClass::Unknown => "not in the trace",
    }
}

/// What is one box in the flame graph of critical paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct PathKey {
    class: PathClass,
    waiter: StackId,
    role: Option<StringId>,
    stack: StackPart,
}

/// What the critical paths of instances are made of, as a flame graph; of those that took so long, in nanoseconds, if
/// `lengths` says it. Its total is the time of these instances.
pub fn path_flame(
    model: &TraceModel,
    population: &Population,
    range: &Range<Time>,
    lengths: Option<&RangeInclusive<u64>>,
) -> Profile {
    let mut instances = answer_instances(model, population, Some(range)).complete;
    instances.retain(|it| lengths.is_none_or(|lengths| lengths.contains(&it.nanos())));
    let facts = Facts::new(model);
    let sites = facts.lock_sites();
    let parts = instances.par_chunks(AT_ONCE).map(|instances| path_part(&facts, sites, instances));
    let sums = parts.reduce(BTreeMap::default, |mut left, right| {
        for (key, values) in right {
            add(&mut left, key, values);
        }
        left
    });
    let mut stacks = Stacks::new(model, [("segments", "count"), ("path", "nanoseconds")], range);
    stacks.period(("trace", "count"), 1);
    for (key, values) in sums {
        add_path(model, &mut stacks, &key, values);
    }
    stacks.finish()
}

fn add(sums: &mut BTreeMap<PathKey, [i64; 2]>, key: PathKey, [count, nanos]: [i64; 2]) {
    let sum = sums.entry(key).or_default();
    *sum = [sum[0] + count, sum[1].saturating_add(nanos)];
}

fn path_part(
    facts: &Facts<'_>,
    sites: &LockSites,
    instances: &[AnswerInstance],
) -> BTreeMap<PathKey, [i64; 2]> {
    let mut walker = Walker::new(facts, sites);
    let mut sums = BTreeMap::new();
    for instance in instances {
        for segment in walker.path(start_of(facts.model, instance)) {
            let PathSegment { class, waiter, stack, .. } = *segment;
            let role = key_of(facts.model, segment, instance.owner).role;
            add(&mut sums, PathKey { class, waiter, role, stack }, [1, segment.nanos() as i64]);
        }
    }
    sums
}

fn add_path(model: &TraceModel, stacks: &mut Stacks<'_>, key: &PathKey, values: [i64; 2]) {
    let tables = model.tables();
    let whole = tables.stack(key.stack.stack);
    let known = &whole[whole.len().saturating_sub(usize::from(key.stack.frames))..];
    let class = StackPiece::Word(class_word(key.class));
    let Some(role) = key.role else {
        stacks.add_pieces(values, pieces(known).chain([class]));
        return;
    };
    let name = tables.string_lossy(role);
    let divider = match name.as_ref() {
        "" => "waits for another goroutine".to_owned(),
        name => format!("waits for {name}"),
    };
    let waiter = pieces(tables.stack(key.waiter));
    stacks.add_pieces(values, pieces(known).chain([StackPiece::Word(&divider)]).chain(waiter).chain([class]));
}
