//! Who is to blame for waits: who waited where, who woke it from where, and what went on meanwhile.
//!
//! ```text
//! waiter    waits in store.lookup ……………………………………… │
//! waker     │ starved │ syscall in store.persist ……… │ Unlock
//! row       lookup ← persist   count, nanoseconds, causes: starved, syscall: they add up to the row
//! ```
//!
//! Ten goroutines that wait for one lock count ten times: the unit is goroutine-nanoseconds, never wall time. The idea
//! is that of off-wake flame graphs (Gregg) and of wPerf (Zhou et al., OSDI 2018).

use std::cmp::Reverse;
use std::ops::Range;

use goscope_parsers::trace::{StackId, StringId, TaskId, Time};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::critical_path::{LockSites, PathClass, StackPart, Start, Waking, Walker};
use super::descent::{Descent, Weights};
use super::facts::Facts;
use super::instances::answer_instances;
use super::population::Population;
use super::waits::{Wait, in_instances, with_causes};
use crate::trace::model::TraceModel;
use crate::trace::store::backward::Backward;
use crate::trace::words::time::{add_up, sum_up};

/// Waits that one worker takes up at once.
const AT_ONCE: usize = 256;

/// Whose waits are looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum BlameScope {
    /// Waits of the owners of instances, while these last.
    Of(Population),
    /// All waits with a frame of the program's own on their stack.
    All,
    /// Waits for locks, wait groups and conditions.
    #[default]
    Sync,
}

impl BlameScope {
    /// What a trace is asked about where nobody says it: its tasks, regions or requests, else waits of reason "sync".
    pub fn of_trace(model: &TraceModel) -> Self {
        Population::of_trace(model).map_or(Self::Sync, Self::Of)
    }
}

/// What ended a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WakerKind {
    /// A goroutine.
    Goroutine,
    /// The network.
    Network,
    /// A timer.
    Timer,
    /// The garbage collector.
    Gc,
    /// Nothing yet, or nobody knows what.
    Waiting,
}

impl WakerKind {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Goroutine => "goroutine",
            Self::Network => "network",
            Self::Timer => "timer",
            Self::Gc => "gc",
            Self::Waiting => "waiting",
        }
    }

    pub(super) fn of(waking: &Waking) -> Self {
        match waking.class {
            _ if waking.waker.is_some() => Self::Goroutine,
            PathClass::Network => Self::Network,
            PathClass::Timer => Self::Timer,
            PathClass::GcAssist | PathClass::GcWait => Self::Gc,
            _ => Self::Waiting,
        }
    }
}

/// Waits of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlameKey {
    /// What is waited for, in the runtime's words.
    pub reason: StringId,
    /// Where.
    pub waiter_stack: StackId,
    /// What ended it.
    pub waker_kind: WakerKind,
    /// Where a goroutine ended it; else none.
    pub waker_stack: StackId,
    /// The function that this goroutine runs; else none.
    pub waker_goroutine_function: StringId,
}

/// What went on during waits.
#[derive(Clone, Debug, PartialEq)]
pub struct BlameCause {
    /// What was done.
    pub class: PathClass,
    /// The function that those run who did it; none for the waiters themselves.
    pub role: Option<StringId>,
    /// Where: the functions down to where it parts, outermost first.
    pub path: Vec<StringId>,
    /// The innermost of them outside the standard library, else the innermost.
    pub function: StringId,
    /// For how long, in goroutine-nanoseconds.
    pub nanos: u64,
}

/// Waits of one kind, summed up.
#[derive(Clone, Debug, PartialEq)]
pub struct BlameRow {
    /// Which.
    pub key: BlameKey,
    /// How many.
    pub count: u64,
    /// How long they are together, in goroutine-nanoseconds.
    pub nanos: u64,
    /// The longest.
    pub max_nanos: u64,
    /// What went on meanwhile, most first; adds up to `nanos`.
    pub causes: Vec<BlameCause>,
}

/// Who is to blame.
#[derive(Clone, Debug, Default)]
pub struct Blame {
    /// All waits together.
    pub total_nanos: u64,
    /// By waiter and waker, most time first.
    pub rows: Vec<BlameRow>,
}

type Causes = FxHashMap<(PathClass, Option<StringId>), Weights<(StackPart, StringId)>>;

#[derive(Debug, Default)]
struct Sums {
    count: u64,
    nanos: u64,
    max_nanos: u64,
    causes: Causes,
}

impl Sums {
    #[expect(clippy::iter_over_hash_type, reason = "sums do not depend on the order")]
    fn merge(&mut self, other: Self) {
        self.count += other.count;
        add_up(&mut self.nanos, other.nanos);
        self.max_nanos = self.max_nanos.max(other.max_nanos);
        for (key, weights) in other.causes {
            self.causes.entry(key).or_default().merge(weights);
        }
    }
}

/// Who is to blame for the waits in a scope that lie in a range of time (`None`: the whole trace).
pub fn blame(model: &TraceModel, scope: &BlameScope, range: Option<&Range<Time>>) -> Blame {
    let facts = Facts::new(model);
    blame_with(&facts, facts.lock_sites(), scope, range)
}

/// The same, where the facts are known already.
pub(super) fn blame_with(
    facts: &Facts<'_>,
    sites: &LockSites,
    scope: &BlameScope,
    range: Option<&Range<Time>>,
) -> Blame {
    rows_of(facts, sites, &waits_in(facts, scope, range))
}

/// The waits of a scope.
fn waits_in(facts: &Facts<'_>, scope: &BlameScope, range: Option<&Range<Time>>) -> Vec<Wait> {
    let model = facts.model;
    let whole = range.cloned().unwrap_or_else(|| model.range());
    match scope {
        BlameScope::Of(population) => {
            let instances = answer_instances(model, population, range);
            in_instances(facts, &instances.complete)
        }
        BlameScope::All => with_causes(facts, &whole, |cause| facts.is_of_program(model.cause(cause).stack)),
        BlameScope::Sync => with_causes(facts, &whole, |cause| {
            let cause = model.cause(cause);
            model.tables().string(cause.reason).starts_with(b"sync") && facts.is_of_program(cause.stack)
        }),
    }
}

/// Waits, summed up.
pub(super) fn rows_of(facts: &Facts<'_>, sites: &LockSites, waits: &[Wait]) -> Blame {
    let begun = || (Walker::new(facts, sites), FxHashMap::default());
    let parts = waits.par_chunks(AT_ONCE).fold(begun, |(mut walker, mut rows), waits| {
        add(facts, waits, &mut walker, &mut rows);
        (walker, rows)
    });
    let sums = parts.map(|(_, rows)| rows).reduce(FxHashMap::default, merged);
    let descent = Descent::new(facts);
    let mut rows: Vec<BlameRow> = sums.into_iter().map(|(key, sums)| row(&descent, key, sums)).collect();
    rows.sort_by_key(|row| (Reverse(row.nanos), row.key));
    Blame { total_nanos: sum_up(rows.iter().map(|row| row.nanos)), rows }
}

#[expect(clippy::iter_over_hash_type, reason = "sums do not depend on the order")]
fn merged(
    mut left: FxHashMap<BlameKey, Sums>,
    right: FxHashMap<BlameKey, Sums>,
) -> FxHashMap<BlameKey, Sums> {
    for (key, sums) in right {
        left.entry(key).or_default().merge(sums);
    }
    left
}

fn add(facts: &Facts<'_>, waits: &[Wait], walker: &mut Walker<'_>, rows: &mut FxHashMap<BlameKey, Sums>) {
    for wait in waits {
        let Some(key) = key_of(facts, wait) else { continue };
        let sums = rows.entry(key).or_default();
        sums.count += 1;
        add_up(&mut sums.nanos, wait.nanos());
        sums.max_nanos = sums.max_nanos.max(wait.nanos());
        for segment in walker.path(start_of(wait)) {
            let start = facts.model.start_function(segment.goroutine);
            let role = (segment.goroutine != wait.goroutine).then_some(start);
            let weights = sums.causes.entry((segment.class, role)).or_default();
            weights.add((segment.stack, start), segment.nanos(), 0);
        }
    }
}

/// What a wait counts for; `None` if the model has no span there.
pub(super) fn key_of(facts: &Facts<'_>, wait: &Wait) -> Option<BlameKey> {
    let place = Backward::before(facts.model.data(), wait.goroutine, wait.end)?;
    let waking = Waking::of(facts, &place, wait.end);
    let cause = facts.model.cause(wait.cause);
    let waker = waking.waker;
    Some(BlameKey {
        reason: cause.reason,
        waiter_stack: cause.stack,
        waker_kind: WakerKind::of(&waking),
        waker_stack: waker.map_or(StackId::NONE, |_| waking.stack),
        waker_goroutine_function: waker.map_or(StringId::NONE, |waker| facts.model.start_function(waker)),
    })
}

/// What went on during a wait is its critical path.
pub(super) fn start_of(wait: &Wait) -> Start {
    let Wait { goroutine, begin, end, .. } = *wait;
    Start { goroutine, begin, end, end_stack: StackId::NONE, owner: goroutine, task: TaskId::NONE }
}

fn row(descent: &Descent<'_>, key: BlameKey, sums: Sums) -> BlameRow {
    let causes = sums.causes.into_iter().map(|((class, role), weights)| {
        let (path, function) = descent.of_segments(&weights);
        BlameCause { class, role, path, function, nanos: weights.total() }
    });
    let mut causes: Vec<BlameCause> = causes.collect();
    causes.sort_by_key(|cause| (Reverse(cause.nanos), cause.class, cause.role));
    BlameRow { key, count: sums.count, nanos: sums.nanos, max_nanos: sums.max_nanos, causes }
}
