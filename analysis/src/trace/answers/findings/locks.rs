//! Findings about locks: who holds them while blocked, who queues for them.
//!
//! A lock has no identity in a trace: it is known by the function that waits for it (its site), and whoever holds it by
//! the function that releases it.

use std::collections::BTreeMap;
use std::ops::Range;

use goscope_parsers::trace::{GoId, StringId, Time};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::examples::Examples;
use super::finding::{About, Finding, FindingId};
use super::lock_chains::{AT_ONCE, BlockedPart, LockChains, LockWait, Verdict};
use crate::trace::answers::blame::start_of;
use crate::trace::answers::critical_path::{LockSites, PathSegment, StackPart, Waking, Walker};
use crate::trace::answers::descent::{Descent, Weights};
use crate::trace::answers::facts::{Facts, WaitKind};
use crate::trace::answers::waits::map_with_causes;
use crate::trace::store::backward::Backward;
use crate::trace::words::cause::SpanState;
use crate::trace::words::time::{add_up, sum_up};

const LEAST_NANOS: u64 = 20_000_000;
/// Fewer waits are a start-up accident.
const FEWEST_HELD: usize = 3;
const FEWEST_READERS: usize = 5;
const FEWEST_IN_CONVOY: usize = 20;

pub(super) fn findings(facts: &Facts<'_>, sites: &LockSites, range: Option<&Range<Time>>) -> Vec<Finding> {
    let whole = range.cloned().unwrap_or_else(|| facts.model.range());
    let is_lock = |cause| facts.wait(cause).is_lock();
    let waits = map_with_causes(facts, &whole, is_lock, |wait, place| LockWait::of(facts, wait, place));
    let mut found = held_while_blocked(facts, sites, &waits);
    found.extend(writers_before_readers(facts, &waits));
    found.extend(convoys(facts, &waits, whole.end.abs_diff(whole.start)));
    found
}

/// What holders of locks that one function releases did while others waited.
#[derive(Debug, Default)]
struct Held {
    stacks: Weights<(StackPart, StringId)>,
    waits: Examples,
}

impl Held {
    fn add(&mut self, facts: &Facts<'_>, wait: &LockWait, parts: &[BlockedPart]) {
        self.waits.add(wait.example());
        for part in parts {
            let stack = StackPart::whole(facts.model.cause(part.cause).stack);
            self.stacks.add((stack, facts.model.start_function(part.goroutine)), part.nanos, 0);
        }
    }

    fn add_path(&mut self, facts: &Facts<'_>, wait: &LockWait, segments: &[PathSegment]) {
        self.waits.add(wait.example());
        for segment in segments {
            let start = facts.model.start_function(segment.goroutine);
            self.stacks.add((segment.stack, start), segment.nanos(), 0);
        }
    }
}

/// Waits for a lock of which at least half went by in a system call, a wait for the network or a sleep of others.
fn held_while_blocked(facts: &Facts<'_>, sites: &LockSites, waits: &[LockWait]) -> Vec<Finding> {
    let chains = LockChains::new(facts, waits);
    let begun = || (Walker::new(facts, sites), Vec::new(), BTreeMap::<StringId, Held>::new());
    let chunks = waits.par_chunks(AT_ONCE).enumerate();
    let parts = chunks.fold(begun, |(mut walker, mut parts, mut held), (chunk, waits)| {
        for (at, it) in waits.iter().enumerate() {
            let least = it.wait.nanos().div_ceil(2).max(1);
            let verdict = chains.blocked((chunk * AT_ONCE + at) as u32, least, &mut parts);
            match verdict {
                Verdict::No => continue,
                Verdict::Yes => held.entry(it.releaser).or_default().add(facts, it, &parts),
                Verdict::NotKnown => {
                    let Some(segments) = walker.blocked(start_of(&it.wait), least) else { continue };
                    held.entry(it.releaser).or_default().add_path(facts, it, segments);
                }
            }
        }
        (walker, parts, held)
    });
    let held = parts.map(|(.., held)| held).reduce(BTreeMap::new, |mut left, right| {
        for (function, held) in right {
            let sums: &mut Held = left.entry(function).or_default();
            sums.stacks.merge(held.stacks);
            sums.waits.merge(held.waits);
        }
        left
    });
    let descent = Descent::new(facts);
    let finding = |(function, held): (StringId, Held)| {
        let nanos = held.waits.nanos;
        if held.waits.count < FEWEST_HELD || nanos < LEAST_NANOS {
            return None;
        }
        let (path, inner) = descent.of_segments(&held.stacks);
        Some(Finding {
            count: held.waits.count as u64,
            path,
            function: Some(inner),
            examples: held.waits.longest(),
            ..Finding::new(FindingId::LockHeldWhileBlocked, About::Function(function), nanos)
        })
    };
    held.into_iter().filter_map(finding).collect()
}

/// Go lets no reader in once a writer waits: a slow reader makes all others wait behind the writer.
fn writers_before_readers(facts: &Facts<'_>, waits: &[LockWait]) -> Vec<Finding> {
    let is_read = |it: &&LockWait| facts.wait(it.wait.cause) == WaitKind::ReadLock;
    let readers = waits.par_iter().filter(is_read);
    let pairs = readers.filter_map(|it| Some(((it.releaser, writer_waits_for(facts, it)?), it.example())));
    let mut by_pair: BTreeMap<(StringId, StringId), Examples> = BTreeMap::new();
    for (pair, example) in pairs.collect::<Vec<_>>() {
        by_pair.entry(pair).or_default().add(example);
    }
    let finding = |((writer, reader), examples): ((StringId, StringId), Examples)| {
        let nanos = examples.nanos;
        (examples.count >= FEWEST_READERS && nanos >= LEAST_NANOS).then(|| Finding {
            count: examples.count as u64,
            reader_writer: Some((reader, writer)),
            examples: examples.longest(),
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
        add_up(&mut waited, nanos);
        longest = longest.max(Some((nanos, waking.releaser)));
    }
    (waited * 2 >= it.wait.nanos()).then_some(longest?.1)
}

/// Locks that are handed from one sleeper to the next all the time.
fn convoys(facts: &Facts<'_>, waits: &[LockWait], trace_nanos: u64) -> Vec<Finding> {
    let mut by_site: BTreeMap<StringId, Vec<&LockWait>> = BTreeMap::new();
    for wait in waits {
        by_site.entry(facts.lock_user(wait.wait.cause)).or_default().push(wait);
    }
    by_site.remove(&StringId::NONE);
    by_site.into_iter().filter_map(|(site, waits)| convoy(site, &waits, trace_nanos)).collect()
}

fn convoy(site: StringId, waits: &[&LockWait], trace_nanos: u64) -> Option<Finding> {
    if waits.len() < FEWEST_IN_CONVOY {
        return None;
    }
    let nanos = sum_up(waits.iter().map(|it| it.wait.nanos()));
    let mut ranges: Vec<(Time, Time)> = waits.iter().map(|it| (it.wait.begin, it.wait.end)).collect();
    ranges.sort_unstable();
    let anyone = union_nanos(&ranges);
    let is_lasting = nanos >= 2 * anyone && anyone * 4 >= trace_nanos;
    let ends = ends_by_goroutine(waits);
    let chained = waits.iter().filter(|it| is_chained(it, &ends)).count();
    if !is_lasting || chained * 2 < waits.len() {
        return None;
    }
    let mut examples = Examples::default();
    waits.iter().for_each(|it| examples.add(it.example()));
    Some(Finding {
        count: waits.len() as u64,
        share: anyone as f64 / trace_nanos.max(1) as f64,
        function: Some(site),
        examples: examples.longest(),
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
