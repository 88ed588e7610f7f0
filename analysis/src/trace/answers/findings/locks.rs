//! Findings about locks: who holds them while blocked, who queues for them.
//!
//! A lock has no identity in a trace: it is known by the function that waits for it (its site), and whoever holds it by
//! the function that releases it.

use std::collections::BTreeMap;
use std::ops::Range;

use goscope_parsers::trace::{GoId, StackId, StringId, Time};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::examples::{example, longest};
use super::finding::{About, Example, Finding, FindingId};
use crate::trace::answers::blame::start_of;
use crate::trace::answers::critical_path::{LockSites, PathClass, StackPart, Waking, Walker};
use crate::trace::answers::descent::{Descent, Weights};
use crate::trace::answers::facts::{Facts, WaitKind};
use crate::trace::answers::waits::{Wait, with_causes};
use crate::trace::store::backward::Backward;
use crate::trace::words::cause::SpanState;

const LEAST_NANOS: u64 = 20_000_000;
/// Fewer waits are a start-up accident.
const FEWEST_HELD: usize = 3;
const FEWEST_READERS: usize = 5;
const FEWEST_IN_CONVOY: usize = 20;
/// Waits that one worker takes up at once.
const AT_ONCE: usize = 256;

/// A wait for a lock, with how it ended.
#[derive(Clone, Copy, Debug)]
struct LockWait {
    wait: Wait,
    site: StringId,
    waker: GoId,
    wake_stack: StackId,
    is_read: bool,
}

pub(super) fn findings(
    facts: &Facts<'_>,
    sites: &LockSites<'_>,
    range: Option<&Range<Time>>,
) -> Vec<Finding> {
    let whole = range.cloned().unwrap_or_else(|| facts.model.range());
    let waits = with_causes(facts, &whole, |cause| facts.wait(cause).is_lock());
    let waits: Vec<LockWait> = waits.par_iter().filter_map(|wait| lock_wait(facts, wait)).collect();
    let mut found = held_while_blocked(facts, sites, &waits);
    found.extend(writers_before_readers(facts, &waits));
    found.extend(convoys(&waits, whole.end.abs_diff(whole.start)));
    found
}

fn lock_wait(facts: &Facts<'_>, wait: &Wait) -> Option<LockWait> {
    let place = Backward::before(facts.model.data(), wait.goroutine, wait.end)?;
    let waking = Waking::of(facts, &place, wait.end);
    let waker = waking.waker?;
    let site = facts.lock_user(facts.model.cause(wait.cause).stack);
    let is_read = facts.wait(wait.cause) == WaitKind::ReadLock;
    Some(LockWait { wait: *wait, site, waker, wake_stack: waking.stack, is_read })
}

/// What holders of locks that one function releases did while others waited.
#[derive(Debug, Default)]
struct Held {
    stacks: Weights<(StackPart, GoId)>,
    waits: Vec<Example>,
}

/// Waits for a lock of which at least half went by in a system call, a wait for the network or a sleep of others.
fn held_while_blocked(facts: &Facts<'_>, sites: &LockSites<'_>, waits: &[LockWait]) -> Vec<Finding> {
    let parts = waits.par_chunks(AT_ONCE).map(|waits| {
        let mut walker = Walker::of_waits(facts, sites);
        let mut held: BTreeMap<StringId, Held> = BTreeMap::new();
        for it in waits {
            let segments = walker.path(start_of(&it.wait));
            let is_blocked =
                |class| matches!(class, PathClass::Syscall | PathClass::Network | PathClass::Timer);
            let blocked = segments.iter().filter(|segment| segment.depth > 0 && is_blocked(segment.class));
            let nanos: u64 = blocked.clone().map(|segment| segment.nanos()).sum();
            if nanos * 2 < it.wait.nanos() || nanos == 0 {
                continue;
            }
            let held = held.entry(facts.lock_user(it.wake_stack)).or_default();
            held.waits.push(example(it.wait.goroutine, it.wait.begin, it.wait.end));
            blocked.for_each(|it| held.stacks.add((it.stack, it.goroutine), it.nanos(), 0));
        }
        held
    });
    let held = parts.reduce(BTreeMap::new, |mut left: BTreeMap<StringId, Held>, right| {
        for (function, held) in right {
            let sums = left.entry(function).or_default();
            sums.stacks.merge(held.stacks);
            sums.waits.extend(held.waits);
        }
        left
    });
    let descent = Descent::new(facts);
    let finding = |(function, held): (StringId, Held)| {
        let nanos = held.waits.iter().map(|it| it.end.abs_diff(it.begin)).sum::<u64>();
        if held.waits.len() < FEWEST_HELD || nanos < LEAST_NANOS {
            return None;
        }
        let (path, inner) = descent.of_segments(&held.stacks);
        Some(Finding {
            count: held.waits.len() as u64,
            path,
            function: Some(inner),
            examples: longest(held.waits),
            ..Finding::new(FindingId::LockHeldWhileBlocked, About::Function(function), nanos)
        })
    };
    held.into_iter().filter_map(finding).collect()
}

/// Go lets no reader in once a writer waits: a slow reader makes all others wait behind the writer.
fn writers_before_readers(facts: &Facts<'_>, waits: &[LockWait]) -> Vec<Finding> {
    let mut by_pair: BTreeMap<(StringId, StringId), Vec<Example>> = BTreeMap::new();
    for it in waits.iter().filter(|it| it.is_read) {
        let Some(reader) = writer_waits_for(facts, it) else { continue };
        let pair = (facts.lock_user(it.wake_stack), reader);
        by_pair.entry(pair).or_default().push(example(it.wait.goroutine, it.wait.begin, it.wait.end));
    }
    let finding = |((writer, reader), examples): ((StringId, StringId), Vec<Example>)| {
        let nanos = examples.iter().map(|it| it.end.abs_diff(it.begin)).sum::<u64>();
        (examples.len() >= FEWEST_READERS && nanos >= LEAST_NANOS).then(|| Finding {
            count: examples.len() as u64,
            reader_writer: Some((reader, writer)),
            examples: longest(examples),
            ..Finding::new(FindingId::WriterBlocksReaders, About::Function(writer), nanos)
        })
    };
    by_pair.into_iter().filter_map(finding).collect()
}

/// The function of the reader that the writer which ended a reader's wait waited for itself, for at least half of it.
fn writer_waits_for(facts: &Facts<'_>, it: &LockWait) -> Option<StringId> {
    let range = it.wait.begin..it.wait.end;
    let mut waited = 0;
    let mut longest: Option<(u64, StringId)> = None;
    for span in facts.model.spans_in(it.waker, range.clone()) {
        if span.state != SpanState::Waiting || facts.wait(span.cause) != WaitKind::Lock {
            continue;
        }
        let place = Backward::before(facts.model.data(), it.waker, span.end)?;
        let waking = Waking::of(facts, &place, span.end);
        if !facts.has_text(waking.stack, b"RWMutex).RUnlock") {
            continue;
        }
        let nanos = span.nanos_in(&range);
        waited += nanos;
        longest = longest.max(Some((nanos, facts.lock_user(waking.stack))));
    }
    (waited * 2 >= it.wait.nanos()).then_some(longest?.1)
}

/// Locks that are handed from one sleeper to the next all the time.
fn convoys(waits: &[LockWait], trace_nanos: u64) -> Vec<Finding> {
    let mut by_site: BTreeMap<StringId, Vec<&LockWait>> = BTreeMap::new();
    for wait in waits.iter().filter(|it| it.site != StringId::NONE) {
        by_site.entry(wait.site).or_default().push(wait);
    }
    by_site.into_iter().filter_map(|(site, waits)| convoy(site, &waits, trace_nanos)).collect()
}

fn convoy(site: StringId, waits: &[&LockWait], trace_nanos: u64) -> Option<Finding> {
    if waits.len() < FEWEST_IN_CONVOY {
        return None;
    }
    let nanos: u64 = waits.iter().map(|it| it.wait.nanos()).sum();
    let mut ranges: Vec<(Time, Time)> = waits.iter().map(|it| (it.wait.begin, it.wait.end)).collect();
    ranges.sort_unstable();
    let anyone = union_nanos(&ranges);
    let is_lasting = nanos >= 2 * anyone && anyone * 4 >= trace_nanos;
    let ends = ends_by_goroutine(waits);
    let chained = waits.iter().filter(|it| is_chained(it, &ends)).count();
    if !is_lasting || chained * 2 < waits.len() {
        return None;
    }
    let examples = waits.iter().map(|it| example(it.wait.goroutine, it.wait.begin, it.wait.end));
    Some(Finding {
        count: waits.len() as u64,
        share: anyone as f64 / trace_nanos.max(1) as f64,
        function: Some(site),
        examples: longest(examples.collect()),
        ..Finding::new(FindingId::LockConvoy, About::Function(site), nanos)
    })
}

/// When the waits of each goroutine ended.
fn ends_by_goroutine(waits: &[&LockWait]) -> FxHashMap<GoId, Vec<Time>> {
    let mut ends: FxHashMap<GoId, Vec<Time>> = FxHashMap::default();
    waits.iter().for_each(|it| ends.entry(it.wait.goroutine).or_default().push(it.wait.end));
    ends.values_mut().for_each(|ends| ends.sort_unstable());
    ends
}

/// Whether the one who ended a wait had itself waited there until after it began.
fn is_chained(it: &LockWait, ends: &FxHashMap<GoId, Vec<Time>>) -> bool {
    let Some(ends) = ends.get(&it.waker) else { return false };
    let first = ends.partition_point(|&end| end < it.wait.begin);
    ends.get(first).is_some_and(|&end| end <= it.wait.end)
}

/// The time that sorted ranges cover together.
fn union_nanos(sorted: &[(Time, Time)]) -> u64 {
    let mut covered = 0;
    let mut until = Time::MIN;
    for &(begin, end) in sorted {
        covered += (end.max(until)).abs_diff(begin.max(until));
        until = until.max(end);
    }
    covered
}
