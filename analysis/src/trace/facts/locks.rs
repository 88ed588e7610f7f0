//! Who held a lock: a trace has whoever released it, and not always that.
//!
//! ```text
//! holder   │ syscall in store.persist ………………………… │ Unlock: nobody is asleep in the queue yet: no event
//! waiter        │ spins, then waits for the lock …………………………………… │
//! barger                                     created │ takes the free lock │ Unlock: wakes the waiter
//! ```
//!
//! The barger woke the waiter, but it did not hold the lock all the while. So whoever released a lock is followed back
//! only while its own stacks show the function that released it. What is left of the wait goes to the one goroutine that
//! sat in a function that releases this lock for nearly all of it; if there is none, the holder is not known.
//!
//! A lock has no identity in a trace either: it is known by the function that waits for it.

use std::ops::Range;

use goscope_parsers::trace::{GoId, StringId, Time};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Facts, WaitKind};
use crate::trace::store::backward::map_places;
use crate::trace::store::block::Kind;
use crate::trace::words::cause::{CauseId, SpanState};

/// The part of the rest of a wait that a holder sits in a releasing function.
const HOLDER_SHARE: f64 = 0.9;
/// From this part on a second one makes both doubtful.
const RIVAL_SHARE: f64 = 0.5;

/// The functions that wait for locks, with what is known of who holds them.
///
/// All is found out at once, before paths are followed on many cores: who waits for a first answer there, and works for
/// others meanwhile, may come to wait for itself.
#[derive(Debug)]
pub(crate) struct LockSites {
    sites: FxHashMap<StringId, Site>,
}

/// What is known of the locks that a function waits for.
#[derive(Debug, Default)]
struct Site {
    /// Functions that released them.
    releasers: FxHashSet<StringId>,
    /// Times in which a goroutine sat in one of these functions: begin, end, goroutine, in order of begin.
    stays: Vec<(Time, Time, GoId)>,
    /// The latest end of the stays up to each.
    latest: Vec<Time>,
}

impl LockSites {
    /// Looks through all spans, on all cores, if anybody waits for a lock.
    pub(crate) fn new(facts: &Facts<'_>) -> Self {
        let has_locks = (0..facts.data.causes().len()).any(|at| facts.wait(CauseId(at as u32)).is_lock());
        Self { sites: if has_locks { found(facts) } else { FxHashMap::default() } }
    }

    /// The goroutine that held a lock all through a range of time, as far as can be concluded.
    pub(crate) fn holder(&self, site: StringId, range: &Range<Time>, not: [GoId; 2]) -> Option<GoId> {
        let site = self.sites.get(&site)?;
        let length = (range.end - range.start) as f64;
        let mut stays: FxHashMap<GoId, Time> = FxHashMap::default();
        let mut at = site.stays.partition_point(|&(begin, ..)| begin < range.end);
        while at > 0 && site.latest[at - 1] > range.start {
            at -= 1;
            let (begin, end, goroutine) = site.stays[at];
            let nanos = end.min(range.end).saturating_sub(begin.max(range.start));
            if nanos > 0 && !not.contains(&goroutine) {
                let stay = stays.entry(goroutine).or_default();
                *stay = i64::saturating_add(*stay, nanos);
            }
        }
        let share = |nanos: Time| nanos as f64 / length;
        let (&holder, _) = stays.iter().find(|(_, nanos)| share(**nanos) >= HOLDER_SHARE)?;
        let is_sure = stays.iter().all(|(&id, &nanos)| id == holder || share(nanos) < RIVAL_SHARE);
        is_sure.then_some(holder)
    }
}

#[expect(clippy::iter_over_hash_type, reason = "sites are sets, and their stays are sorted")]
fn found(facts: &Facts<'_>) -> FxHashMap<StringId, Site> {
    let mut sites: FxHashMap<StringId, Site> = FxHashMap::default();
    for (site, releaser) in releases(facts) {
        sites.entry(site).or_default().releasers.insert(releaser);
    }
    let mut by_cause: FxHashMap<CauseId, Vec<StringId>> = FxHashMap::default();
    for (id, cause) in facts.data.causes().iter().enumerate() {
        let id = CauseId(id as u32);
        let is_stay = match cause.state {
            SpanState::Syscall | SpanState::SyscallBlocked => true,
            SpanState::Waiting => !facts.wait(id).is_lock() && facts.wait(id) != WaitKind::Gc,
            _ => false,
        };
        if !is_stay {
            continue;
        }
        let holds = |site: &Site| site.releasers.iter().any(|it| facts.has_function(cause.stack, *it));
        let held: Vec<StringId> =
            sites.iter().filter(|(_, site)| holds(site)).map(|(name, _)| *name).collect();
        if !held.is_empty() {
            by_cause.insert(id, held);
        }
    }
    let is_stay = |kind: &Kind| by_cause.contains_key(&kind.cause);
    let stays = map_places(facts.data, is_stay, |place| {
        let stay = (place.start(), place.end(), place.goroutine());
        (stay.0 < stay.1).then(|| (place.kind().cause, stay))
    });
    for (cause, stay) in stays {
        for name in by_cause.get(&cause).into_iter().flatten() {
            sites.entry(*name).or_default().stays.push(stay);
        }
    }
    for site in sites.values_mut() {
        site.stays.par_sort_unstable();
        let latest = site.stays.iter().scan(Time::MIN, |latest, &(_, end, _)| {
            *latest = end.max(*latest);
            Some(*latest)
        });
        site.latest = latest.collect();
    }
    sites
}

/// Each pair of a function that waited for a lock and one that ended such a wait.
fn releases(facts: &Facts<'_>) -> FxHashSet<(StringId, StringId)> {
    let is_lock = |kind: &Kind| facts.wait(kind.cause).is_lock();
    let pairs = map_places(facts.data, is_lock, |place| {
        let woken = place.later().filter(|woken| woken.waker().is_some())?.kind();
        let pair = (facts.lock_user(place.kind().cause), facts.lock_user(woken.cause));
        (woken.state == SpanState::Runnable && pair.1 != StringId::NONE).then_some(pair)
    });
    pairs.into_iter().collect()
}
