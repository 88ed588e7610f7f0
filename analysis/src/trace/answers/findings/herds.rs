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

use goscope_parsers::trace::{GoId, StackId, StringId, Time};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::groups::{example, longest};
use super::{About, Example, Finding, FindingId};
use crate::trace::answers::facts::Facts;
use crate::trace::model::{Span, SpanId};
use crate::trace::store::backward::Backward;
use crate::trace::words::cause::{CauseId, SpanState};

/// Wake-ups of one herd are less than this apart.
const APART_NANOS: Time = 200_000;
const FEWEST_WOKEN: usize = 8;
const FEWEST_HERDS: usize = 3;
/// Who runs for less than this had nothing to do.
const FUTILE_NANOS: u64 = 100_000;
/// Spans that are looked at after a wake-up.
const MOST_SPANS: usize = 32;

/// Goroutines that were woken at once.
struct Herd {
    waker: GoId,
    stack: StackId,
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
        by_function.entry(facts.lock_user(herd.stack)).or_default().push(herd);
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
    let nanos = herds.iter().map(|it| it.range.end.abs_diff(it.range.start)).sum();
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
    let mut wakers: FxHashMap<(GoId, CauseId), Vec<(Time, u32)>> = FxHashMap::default();
    let mut counts: FxHashMap<(GoId, CauseId), usize> = FxHashMap::default();
    let key = |at: usize, row: usize| (block.waker(at), block.dictionary[row].cause);
    let woken =
        || block.kind_rows().enumerate().filter(|(at, row)| ready[*row] && block.waker(*at).is_some());
    woken().for_each(|(at, row)| *counts.entry(key(at, row)).or_default() += 1);
    counts.retain(|_, count| *count >= fewest);
    if counts.is_empty() {
        return Vec::new();
    }
    for (at, row) in woken().filter(|(at, row)| counts.contains_key(&key(*at, *row))) {
        wakers.entry(key(at, row)).or_default().push((block.start(at), block.first_span + at as u32));
    }
    let mut keys: Vec<(GoId, CauseId)> = wakers.keys().copied().collect();
    keys.sort_unstable();
    let mut herds = Vec::new();
    for (waker, cause) in keys {
        let mut times = wakers.remove(&(waker, cause)).unwrap_or_default();
        times.retain(|(time, _)| range.contains(time));
        times.sort_unstable();
        for burst in times.chunk_by(|a, b| b.0 - a.0 < APART_NANOS).filter(|burst| burst.len() >= fewest) {
            let spans = burst.iter().filter_map(|&(_, id)| facts.model.span_row(SpanId(id)));
            let outcomes: Vec<bool> = spans.filter_map(|span| is_futile(facts, &span)).collect();
            if outcomes.len() >= fewest {
                herds.push(Herd {
                    waker,
                    stack: facts.model.cause(cause).stack,
                    range: burst[0].0..burst[burst.len() - 1].0 + 1,
                    woken: outcomes.len(),
                    futile: outcomes.iter().filter(|is_futile| **is_futile).count(),
                });
            }
        }
    }
    herds
}

/// Whether a woken goroutine goes back to where it waited without having done anything; `None` for one that did not
/// wait before: it was created.
fn is_futile(facts: &Facts<'_>, woken: &Span) -> Option<bool> {
    let model = facts.model;
    let before = Backward::before(model.data(), woken.goroutine, woken.start)?.span();
    if before.state != SpanState::Waiting {
        return None;
    }
    let place = |cause: CauseId| {
        let cause = model.cause(cause);
        (cause.reason, facts.lock_user(cause.stack))
    };
    let mut ran = 0;
    for span in model.spans_in(woken.goroutine, woken.start..Time::MAX).take(MOST_SPANS) {
        match span.state {
            SpanState::Running => ran += span.duration_nanos(),
            SpanState::Waiting if place(span.cause) == place(before.cause) && span.start > woken.start => {
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
