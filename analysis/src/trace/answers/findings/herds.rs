//! Thundering herds: many goroutines are woken at once, and most of them find nothing to do.
//!
//! ```text
//! waker     │ Broadcast: wakes 32 within a few microseconds
//! woken  1  │ runs 3 µs │ waits there again      futile
//! woken  2  │ runs 2 ms ……………                    had something to do
//! ```
//!
//! A barrier that releases a hundred workers is no herd: they work.

use std::collections::BTreeMap;
use std::ops::Range;

use goscope_parsers::trace::{GoId, StringId, Time};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::examples::{example, longest};
use super::finding::{About, Example, Finding, FindingId};
use crate::trace::answers::facts::Facts;
use crate::trace::store::backward::Backward;
use crate::trace::store::block::Block;
use crate::trace::words::cause::{CauseId, SpanState};
use crate::trace::words::time::{add_up, sum_up};

/// Wake-ups of one herd are less than this apart.
const APART_NANOS: Time = 200_000;
const FEWEST_WOKEN: usize = 8;
const FEWEST_HERDS: usize = 3;
/// Who runs for less than this had nothing to do.
const FUTILE_NANOS: u64 = 100_000;
/// Spans that are looked at after a wake-up.
const MOST_SPANS: usize = 32;

/// When somebody was woken: time, segment and place in a block.
type Woken = (Time, usize, usize);

/// Goroutines that were woken at once.
struct Herd {
    waker: GoId,
    /// Where it woke them.
    cause: CauseId,
    range: Range<Time>,
    woken: usize,
    futile: usize,
}

pub(super) fn findings(facts: &Facts<'_>, range: Option<&Range<Time>>) -> Vec<Finding> {
    let model = facts.model;
    let range = range.cloned().unwrap_or_else(|| model.range());
    let procs = model.gomaxprocs().iter().map(|row| row.value).max().unwrap_or(1);
    let fewest = FEWEST_WOKEN.max(usize::try_from(procs.saturating_mul(4)).unwrap_or(usize::MAX));
    let blocks = (0..model.blocks.len()).into_par_iter().map(|block| herds_in(facts, block, &range, fewest));
    let mut by_function: BTreeMap<StringId, Vec<Herd>> = BTreeMap::new();
    for herd in blocks.collect::<Vec<_>>().into_iter().flatten() {
        by_function.entry(facts.lock_user(herd.cause)).or_default().push(herd);
    }
    // What the runtime wakes is its own affair.
    by_function.remove(&StringId::NONE);
    by_function.into_iter().filter_map(|(function, herds)| finding(function, &herds)).collect()
}

fn finding(function: StringId, herds: &[Herd]) -> Option<Finding> {
    let sum = |of: fn(&Herd) -> usize| herds.iter().map(of).sum::<usize>();
    let (woken, futile) = (sum(|it| it.woken), sum(|it| it.futile));
    if herds.len() < FEWEST_HERDS || futile * 2 < woken {
        return None;
    }
    let examples: Vec<Example> =
        herds.iter().map(|it| example(it.waker, it.range.start, it.range.end)).collect();
    let nanos = sum_up(herds.iter().map(|it| it.range.end.abs_diff(it.range.start)));
    Some(Finding {
        count: herds.len() as u64,
        share: futile as f64 / woken.max(1) as f64,
        function: Some(function),
        examples: longest(examples),
        ..Finding::new(FindingId::ThunderingHerd, About::Function(function), nanos)
    })
}

/// The herds of a block of spans. One that goes on in the next block counts as two.
fn herds_in(facts: &Facts<'_>, number: usize, range: &Range<Time>, fewest: usize) -> Vec<Herd> {
    let block = &facts.model.blocks[number];
    let ready: Vec<bool> = block.dictionary.iter().map(|kind| kind.state == SpanState::Runnable).collect();
    let Some(often) = Often::of(block, &ready, fewest) else { return Vec::new() };
    // By waker and place: how many goroutines, and the segment of the last of them.
    let mut counts: FxHashMap<(GoId, CauseId), (usize, usize)> = FxHashMap::default();
    for (segment, _, key) in woken(block, &ready).filter(|(.., key)| often.may_be(key)) {
        let (count, last) = counts.entry(key).or_insert((0, usize::MAX));
        if *last != segment {
            (*count, *last) = (*count + 1, segment);
        }
    }
    counts.retain(|_, (count, _)| *count >= fewest);
    if counts.is_empty() {
        return Vec::new();
    }
    let mut wakers: FxHashMap<(GoId, CauseId), Vec<Woken>> = FxHashMap::default();
    for (segment, at, key) in woken(block, &ready).filter(|(.., key)| counts.contains_key(key)) {
        wakers.entry(key).or_default().push((block.start(at), segment, at));
    }
    let mut keys: Vec<(GoId, CauseId)> = wakers.keys().copied().collect();
    keys.sort_unstable();
    let mut herds = Vec::new();
    for (waker, cause) in keys {
        let mut times = wakers.remove(&(waker, cause)).unwrap_or_default();
        times.retain(|(time, ..)| range.contains(time));
        times.sort_unstable();
        for burst in times.chunk_by(|a, b| b.0 - a.0 < APART_NANOS) {
            let mut goroutines: Vec<usize> = burst.iter().map(|&(_, segment, _)| segment).collect();
            goroutines.sort_unstable();
            goroutines.dedup();
            if goroutines.len() < fewest {
                continue;
            }
            let places = burst.iter().filter_map(|&(.., at)| Backward::at(facts.model.data(), number, at));
            let outcomes: Vec<bool> = places.filter_map(|place| is_futile(facts, place)).collect();
            if outcomes.len() >= fewest {
                herds.push(Herd {
                    waker,
                    cause,
                    range: burst[0].0..burst[burst.len() - 1].0 + 1,
                    woken: outcomes.len(),
                    futile: outcomes.iter().filter(|is_futile| **is_futile).count(),
                });
            }
        }
    }
    herds
}

/// Slots of [`Often`]: as many as fit into the nearest cache.
const SLOTS: usize = 1 << 13;

/// Which wakers may have woken so many: nearly all of a block's are told apart without looking each up in a map. Some share
/// a slot, which makes them look busier than they are, never less.
struct Often {
    counts: Vec<u16>,
    fewest: u16,
}

impl Often {
    /// `None` if nobody did.
    fn of(block: &Block, ready: &[bool], fewest: usize) -> Option<Self> {
        let mut counts = vec![0_u16; SLOTS];
        for (.., key) in woken(block, ready) {
            let count = &mut counts[Self::slot(&key)];
            *count = count.saturating_add(1);
        }
        let fewest = u16::try_from(fewest).unwrap_or(u16::MAX);
        counts.iter().any(|count| *count >= fewest).then_some(Self { counts, fewest })
    }

    fn may_be(&self, key: &(GoId, CauseId)) -> bool {
        self.counts[Self::slot(key)] >= self.fewest
    }

    fn slot((waker, cause): &(GoId, CauseId)) -> usize {
        let mixed = u64::from(waker.0).wrapping_mul(0x9e37_79b9_7f4a_7c15)
            ^ u64::from(cause.0).wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
        (mixed >> 32) as usize % SLOTS
    }
}

/// The spans of a block in which somebody became ready because of another goroutine: segment, place, and who did it
/// from where.
fn woken<'b>(
    block: &'b Block,
    ready: &'b [bool],
) -> impl Iterator<Item = (usize, usize, (GoId, CauseId))> + 'b {
    let segments = 0..block.segment_goroutines.len();
    segments.flat_map(move |segment| {
        let places = block.segment(segment).map(|at| (at, block.kind_row(at)));
        let places = places.filter(|(at, row)| ready[*row] && block.waker(*at).is_some());
        places.map(move |(at, row)| (segment, at, (block.waker(at), block.dictionary[row].cause)))
    })
}

/// Whether a woken goroutine goes back to where it waited without having done anything; `None` for one that did not
/// wait before: it was created.
fn is_futile(facts: &Facts<'_>, place: Backward<'_>) -> Option<bool> {
    let model = facts.model;
    let before = place.earlier()?.span();
    if before.state != SpanState::Waiting {
        return None;
    }
    let where_of = |id: CauseId| (model.cause(id).reason, facts.lock_user(id));
    let mut ran = 0;
    for place in std::iter::successors(place.later(), |place| place.later()).take(MOST_SPANS) {
        let span = place.span();
        match span.state {
            SpanState::Running => add_up(&mut ran, span.duration_nanos()),
            SpanState::Waiting if where_of(span.cause) == where_of(before.cause) => {
                return Some(ran < FUTILE_NANOS);
            }
            // To take the lock again that a condition gives up is no progress.
            SpanState::Waiting if !facts.is_lock_wait(span.cause) => return Some(false),
            SpanState::Syscall | SpanState::SyscallBlocked => return Some(false),
            _ => {}
        }
        if ran >= FUTILE_NANOS {
            return Some(false);
        }
    }
    Some(false)
}
