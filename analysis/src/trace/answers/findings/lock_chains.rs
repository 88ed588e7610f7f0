//! What the holders of locks were blocked in while others waited, for all waits at once.
//!
//! ```text
//! g1  ▸ waits for the lock …………………………………………… ◂ g2       the critical path of a wait runs through the waits of those
//! g2          ▸ waits ……………………… ◂ g3 ▸ sleeps ▸           who queued before: g1's through g2's sleep, then through
//! g3                   ▸ sleeps …… ▸                       the wait of g2, which is one of the list itself
//! ```
//!
//! So each wait keeps only what the goroutine did that ended it, and who of the list it waited for meanwhile. Where a
//! path needs more than that — whoever released the lock did not have it, or waited for a message — it is not known
//! here, and is followed span by span: see [`Walker::blocked`](crate::trace::answers::critical_path::Walker::blocked),
//! which says the same and takes many times as long.

use goscope_parsers::trace::{GoId, StringId, Time};
use rayon::prelude::*;

use super::examples::example;
use super::finding::Example;
use crate::trace::answers::critical_path::{PathClass, Waking};
use crate::trace::answers::facts::Facts;
use crate::trace::answers::waits::Wait;
use crate::trace::store::backward::Backward;
use crate::trace::words::cause::{CauseId, SpanState};

/// Waits that one worker takes up at once.
pub(super) const AT_ONCE: usize = 256;

/// Waits that a path goes through, at most.
const MOST_WAITS: usize = 100_000;

/// A wait for a lock, with how it ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct LockWait {
    pub(super) wait: Wait,
    pub(super) waker: GoId,
    /// The function that released it.
    pub(super) releaser: StringId,
}

impl LockWait {
    /// `None` if nobody is known to have ended it.
    pub(super) fn of(facts: &Facts<'_>, wait: Wait, place: &Backward<'_>) -> Option<Self> {
        let waking = Waking::of(facts, place, wait.end);
        Some(Self { wait, waker: waking.waker?, releaser: waking.releaser })
    }

    pub(super) fn example(&self) -> Example {
        example(self.wait.goroutine, self.wait.begin, self.wait.end)
    }
}

/// What somebody did who released a lock, newest first. What it computed, or was ready in, is left out.
#[derive(Clone, Copy, Debug)]
enum Deed {
    /// It was in a system call, slept or waited for the network.
    Blocked(Time, Time, CauseId),
    /// It waited for a lock itself: a row of the waits.
    Waited(u32),
}

/// What whoever ended a wait did while it lasted.
#[derive(Clone, Copy, Debug)]
struct Holder {
    /// Where its deeds begin in those of its chunk; they end where the next one's begin.
    first_deed: u32,
    /// Known from here on; the begin of the wait if all of it is.
    known_from: Time,
}

#[derive(Debug, Default)]
struct Chunk {
    holders: Vec<Holder>,
    deeds: Vec<Deed>,
}

/// A part of a wait in which somebody else was blocked.
#[derive(Clone, Copy, Debug)]
pub(super) struct BlockedPart {
    pub(super) goroutine: GoId,
    pub(super) cause: CauseId,
    pub(super) nanos: u64,
}

/// Whether others were blocked for at least so long while somebody waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Yes,
    No,
    /// The path of this wait goes through other than waits for locks.
    NotKnown,
}

/// See the head of the file.
#[derive(Debug)]
pub(super) struct LockChains<'w> {
    waits: &'w [LockWait],
    /// Of [`AT_ONCE`] waits each.
    chunks: Vec<Chunk>,
}

impl<'w> LockChains<'w> {
    pub(super) fn new(facts: &Facts<'_>, waits: &'w [LockWait]) -> Self {
        let mut by_end: Vec<u32> = (0..waits.len() as u32).collect();
        let key = |row: &u32| (waits[*row as usize].wait.goroutine, waits[*row as usize].wait.end);
        by_end.par_sort_unstable_by_key(key);
        let row_of = |goroutine: GoId, end: Time| {
            let at = by_end.binary_search_by_key(&(goroutine, end), key).ok()?;
            Some(by_end[at])
        };
        let chunks = waits.par_chunks(AT_ONCE).map(|waits| {
            let mut chunk = Chunk::default();
            for wait in waits {
                let first_deed = chunk.deeds.len() as u32;
                let known_from = add_deeds(facts, wait, &row_of, &mut chunk.deeds);
                chunk.holders.push(Holder { first_deed, known_from });
            }
            chunk
        });
        Self { waits, chunks: chunks.collect() }
    }

    fn deeds(&self, row: u32) -> (&[Deed], Time) {
        let chunk = &self.chunks[row as usize / AT_ONCE];
        let at = row as usize % AT_ONCE;
        let end = chunk.holders.get(at + 1).map_or(chunk.deeds.len(), |next| next.first_deed as usize);
        (&chunk.deeds[chunk.holders[at].first_deed as usize..end], chunk.holders[at].known_from)
    }

    /// Whether others were blocked for at least `least` nanoseconds while somebody waited, which is a row of the
    /// waits; and if so in what. It stops where that cannot be any more.
    pub(super) fn blocked(&self, row: u32, least: u64, parts: &mut Vec<BlockedPart>) -> Verdict {
        parts.clear();
        let begin = self.waits[row as usize].wait.begin;
        let (mut missing, mut visited) = (least, 0);
        // Rows, how many deeds were taken of each, and how far back they count.
        let mut open = vec![(row, 0, begin)];
        while let Some((row, taken, from)) = open.last_mut() {
            let (deeds, known_from) = self.deeds(*row);
            let Some(&deed) = deeds.get(*taken) else {
                if known_from > *from {
                    return Verdict::NotKnown;
                }
                open.pop();
                continue;
            };
            *taken += 1;
            let (from, now) = match deed {
                Deed::Blocked(_, end, _) => (*from, end),
                Deed::Waited(row) => (*from, self.waits[row as usize].wait.end),
            };
            if now <= from {
                open.pop();
                continue;
            }
            if missing > now.abs_diff(begin) {
                return Verdict::No;
            }
            match deed {
                Deed::Blocked(since, end, cause) => {
                    let goroutine = self.waits[*row as usize].waker;
                    let nanos = end.abs_diff(since.max(from));
                    missing = missing.saturating_sub(nanos);
                    parts.push(BlockedPart { goroutine, cause, nanos });
                }
                Deed::Waited(row) if visited < MOST_WAITS => {
                    visited += 1;
                    open.push((row, 0, from.max(self.waits[row as usize].wait.begin)));
                }
                Deed::Waited(_) => return Verdict::NotKnown,
            }
        }
        if missing == 0 { Verdict::Yes } else { Verdict::No }
    }
}

/// Adds what whoever ended a wait did while it lasted, newest first; from when on that is known.
fn add_deeds(
    facts: &Facts<'_>,
    it: &LockWait,
    row_of: &impl Fn(GoId, Time) -> Option<u32>,
    deeds: &mut Vec<Deed>,
) -> Time {
    let begin = it.wait.begin;
    let mut now = it.wait.end;
    let mut place = Backward::before(facts.model.data(), it.waker, now);
    while now > begin {
        let Some(at) = place else { return now };
        place = at.earlier();
        if at.start() >= now {
            continue;
        }
        let kind = at.kind();
        let is_asleep =
            matches!(kind.state, SpanState::Waiting | SpanState::Syscall | SpanState::SyscallBlocked);
        if is_asleep && !facts.has_function(facts.model.cause(kind.cause).stack, it.releaser) {
            return now;
        }
        let since = at.start().max(begin);
        let waking = (kind.state == SpanState::Waiting).then(|| Waking::of(facts, &at, now));
        let is_blocked = match waking {
            Some(Waking { waker: Some(_), .. }) => {
                let Some(row) = row_of(it.waker, now).filter(|_| facts.wait(kind.cause).is_lock()) else {
                    return now;
                };
                deeds.push(Deed::Waited(row));
                false
            }
            Some(waking) => matches!(waking.class, PathClass::Network | PathClass::Timer),
            None => is_asleep,
        };
        if is_blocked {
            deeds.push(Deed::Blocked(since, now, kind.cause));
        }
        now = since;
    }
    begin
}

#[cfg(test)]
mod tests {
    use goscope_parsers::{FileBytes, inflate_all};
    use goscope_test_support::{corpus, files_below, root};

    use super::*;
    use crate::trace::answers::blame::start_of;
    use crate::trace::answers::critical_path::Walker;
    use crate::trace::answers::waits::map_with_causes;
    use crate::trace::load::trace_model;

    /// How many waits were known here, of how many.
    fn compare(bytes: &[u8], name: &str) -> (usize, usize) {
        let Ok(model) = trace_model(bytes, &goscope_parsers::Progress::default()) else { return (0, 0) };
        let facts = Facts::new(&model);
        let sites = facts.lock_sites();
        let is_lock = |cause| facts.wait(cause).is_lock();
        let map = |wait, place: &Backward<'_>| LockWait::of(&facts, wait, place);
        let waits = map_with_causes(&facts, &model.range(), is_lock, map);
        let chains = LockChains::new(&facts, &waits);
        let (mut walker, mut parts, mut known) = (Walker::new(&facts, sites), Vec::new(), 0);
        for (row, it) in waits.iter().enumerate() {
            for least in [1, it.wait.nanos().div_ceil(2).max(1)] {
                let verdict = chains.blocked(row as u32, least, &mut parts);
                if verdict == Verdict::NotKnown {
                    continue;
                }
                known += 1;
                let walked = walker.blocked(start_of(&it.wait), least);
                assert_eq!(verdict == Verdict::Yes, walked.is_some(), "{name}: {it:?}");
                let nanos: u64 = walked.into_iter().flatten().map(|segment| segment.nanos()).sum();
                let of_parts: u64 = parts.iter().map(|part| part.nanos).sum();
                assert!(verdict == Verdict::No || nanos == of_parts, "{name}: {it:?} {nanos} {of_parts}");
            }
        }
        (known, waits.len() * 2)
    }

    #[test]
    fn chains_say_of_every_wait_what_its_path_says() {
        let samples = files_below(&root().join("samples/trace"), &["trace"]);
        let truths = corpus("truths").map(|folder| files_below(&folder, &["trace.gz"]));
        let (mut known, mut all) = (0, 0);
        for path in samples.into_iter().chain(truths.unwrap_or_default()) {
            let file = FileBytes::open(&path).expect("a readable file");
            let content = inflate_all(&file, 1 << 30).expect("it inflates");
            let (some, of) = compare(&content, &path.display().to_string());
            (known, all) = (known + some, all + of);
        }
        assert!(known * 2 > all, "most waits are known: {known} of {all}");
    }
}
