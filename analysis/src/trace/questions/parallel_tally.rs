//! Adds up the spans of many instances on all cores, a million short ones as quickly as ten long ones.
//!
//! ```text
//! instances   ▪▪▪▪▪▪▪▪▪▪▪▪▪  ████████  ▪▪▪▪▪   ███████
//! workers     whole          later     whole   later
//! then                       ██│██│██│██       ██│██│██     pieces of the long ones, put together afterwards
//! ```
//!
//! What the digest has already is not walked over again; see [`Coverage`].

use std::ops::Range;

use rayon::prelude::*;

use crate::trace::digest::{ChunkDigest, CoveredChunks, Digest, PieceRow};
use crate::trace::model::TraceModel;
use crate::trace::store::walk::{Near, Single, Sink, Walk, walk_disorder};
use crate::trace::words::instance::Instance;

/// Instances with more spans than this are split.
const LONG: usize = 1 << 15;

/// Of a piece with fewer spans it is not asked whether it can be skipped.
const SHORT: usize = 64;

/// Instances that one worker takes up at once.
const AT_ONCE: usize = 64;

/// What of the digest is used instead of walking.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Coverage<'a> {
    /// Nothing.
    Nothing,
    /// The chunks that a selection covers, which whoever asks adds up as a whole: the tally only hears what of them
    /// belongs to the instance.
    Digest(&'a CoveredChunks),
    /// The sums of pieces that lie in the instance.
    Inside,
}

/// Adds up spans of instances. The order in which they come must show nowhere.
pub(crate) trait Tally: Sink + Send {
    /// What belongs to the instance at hand, so that it can be put together from pieces.
    type Part: Send;

    /// Spans that the digest has; those of a run.
    fn run_in_digest(&mut self, _block: usize, _places: Range<usize>) {}

    /// Spans that the digest has; one.
    fn single_in_digest(&mut self, _span: Single) {}

    /// Spans that the digest has and has summed up.
    fn add_digest_rows(&mut self, _rows: &[PieceRow]) {}

    /// Whether what the digest has of an instance matters.
    fn wants_digest(&self) -> bool {
        false
    }

    /// Whether nothing of a piece matters that is not covered, by the rows that sum it up.
    fn skips<'d>(&self, _rows: impl FnOnce() -> Option<&'d [PieceRow]>) -> bool {
        false
    }

    /// Ends a piece of an instance.
    fn take_part(&mut self) -> Self::Part;
    /// Takes the pieces of an instance together.
    fn add_part(&mut self, part: Self::Part);
    /// Ends an instance.
    fn end_instance(&mut self, instance: &Instance);
    /// Adds what another worker has found.
    fn merge(&mut self, other: Self);
}

/// Adds up all spans of these instances but those that the digest has of what is covered. Those of one goroutine that
/// come in order of time are found most quickly.
pub(crate) fn tally_all<T: Tally>(
    model: &TraceModel,
    instances: &[Instance],
    coverage: Coverage<'_>,
    empty: impl Fn() -> T + Sync + Send,
) -> T {
    let walk = ParallelTally { model, digest: model.digest(), coverage };
    let add = |(mut tally, mut long, mut near): (T, Vec<Instance>, Near), instance: &Instance| {
        if walk.add(instance, LONG, &mut near, &mut tally) {
            tally.end_instance(instance);
        } else {
            long.push(*instance);
        }
        (tally, long, near)
    };
    let begun = || (empty(), Vec::new(), Near::default());
    let at_once = share_of(instances.len()).max(AT_ONCE);
    let parts = instances.par_iter().with_min_len(at_once).fold(begun, add);
    let (mut tally, long) = parts.map(|(tally, long, _)| (tally, long)).reduce(
        || (empty(), Vec::new()),
        |(mut tally, mut long), (other, more)| {
            tally.merge(other);
            long.extend(more);
            (tally, long)
        },
    );
    walk.add_long(&long, &empty, &mut tally);
    tally
}

/// Adds up the spans of one instance, on one core.
pub(crate) fn tally_one(
    model: &TraceModel,
    instance: &Instance,
    coverage: Coverage<'_>,
    tally: &mut impl Tally,
) {
    let walk = ParallelTally { model, digest: model.digest(), coverage };
    walk.add(instance, usize::MAX, &mut Near::default(), tally);
}

/// So many things one worker takes up at least, that each makes a few tallies only: one of histograms takes megabytes.
pub(super) fn share_of(things: usize) -> usize {
    things.div_ceil(TALLIES_OF_WORKER * rayon::current_num_threads()).max(1)
}

/// Tallies that a worker makes for one question.
const TALLIES_OF_WORKER: usize = 2;

struct ParallelTally<'m> {
    model: &'m TraceModel,
    digest: &'m Digest,
    coverage: Coverage<'m>,
}

/// A piece of a long instance: its place among them, the chunk, the segments.
type Job = (usize, usize, Range<usize>);

impl ParallelTally<'_> {
    fn is_covered(&self, chunk: usize, instance: &Instance) -> bool {
        match self.coverage {
            Coverage::Nothing => false,
            Coverage::Digest(covered) => covered.has(chunk, self.digest.group_of(instance.goroutine)),
            Coverage::Inside => self.digest.is_inside(self.model, chunk, instance),
        }
    }

    /// Says whether it was short enough.
    fn add(&self, instance: &Instance, most_spans: usize, near: &mut Near, tally: &mut impl Tally) -> bool {
        if self.digest.is_disorder(instance.goroutine) {
            walk_disorder(self.model, instance.goroutine, &instance.range(), tally);
            return true;
        }
        let Some(walk) = Walk::near(self.model, instance.goroutine, instance.range(), near) else {
            return true;
        };
        let mut rest = walk.visited();
        let mut spans = rest.clone().map(|segment| walk.span_count(segment));
        if most_spans < usize::MAX && spans.by_ref().sum::<usize>() > most_spans {
            return false;
        }
        while let Some((chunk, segments)) = walk.take_piece(&mut rest) {
            self.add_piece(&walk, instance, (chunk, segments), tally);
        }
        true
    }

    fn add_piece(
        &self,
        walk: &Walk<'_>,
        instance: &Instance,
        (chunk, segments): (usize, Range<usize>),
        tally: &mut impl Tally,
    ) {
        let digest = &self.digest.chunks[chunk];
        let rows = || digest.piece(instance.goroutine);
        if !self.is_covered(chunk, instance) {
            let counts = segments.clone().map(|segment| walk.count_in(segment));
            // A short one is walked over as quickly as its sums are looked up.
            let rows_if_long = || if counts.sum::<usize>() < SHORT { None } else { rows() };
            if tally.skips(rows_if_long) {
                // Single spans of it may begin before the chunk, or end after it.
                let mut loose = InChunk { tally, digest, already_counted: true };
                ends_of(segments).for_each(|segment| walk.segment(segment, &mut loose));
                return;
            }
            segments.for_each(|segment| walk.segment(segment, tally));
            return;
        }
        let already_counted = match rows() {
            Some(rows) => {
                tally.add_digest_rows(rows);
                true
            }
            None => !tally.wants_digest(),
        };
        let mut in_chunk = InChunk { tally, digest, already_counted };
        if already_counted {
            ends_of(segments).for_each(|segment| walk.segment(segment, &mut in_chunk));
        } else {
            segments.for_each(|segment| walk.segment(segment, &mut in_chunk));
        }
    }

    fn add_long<T: Tally>(&self, long: &[Instance], empty: &(impl Fn() -> T + Sync + Send), tally: &mut T) {
        let jobs: Vec<Job> =
            long.par_iter().enumerate().flat_map_iter(|(at, it)| self.jobs(at, it)).collect();
        let add = |(mut tally, mut parts): (T, Vec<(usize, T::Part)>), (at, chunk, segments): &Job| {
            let instance = &long[*at];
            if let Some(walk) = Walk::new(self.model, instance.goroutine, instance.range()) {
                self.add_piece(&walk, instance, (*chunk, segments.clone()), &mut tally);
            }
            let part = tally.take_part();
            parts.push((*at, part));
            (tally, parts)
        };
        let jobs = jobs.par_iter().with_min_len(share_of(jobs.len()));
        let found = jobs.fold(|| (empty(), Vec::new()), add);
        let (sums, mut parts) = found.reduce(
            || (empty(), Vec::new()),
            |(mut tally, mut parts), (other, more)| {
                tally.merge(other);
                parts.extend(more);
                (tally, parts)
            },
        );
        tally.merge(sums);
        parts.sort_by_key(|part| part.0);
        let mut parts = parts.into_iter().peekable();
        for (at, instance) in long.iter().enumerate() {
            while let Some((_, part)) = parts.next_if(|part| part.0 == at) {
                tally.add_part(part);
            }
            tally.end_instance(instance);
        }
    }

    /// What is covered stays whole; others are cut into their segments.
    fn jobs(&self, at: usize, instance: &Instance) -> Vec<Job> {
        let mut jobs = Vec::new();
        let Some(walk) = Walk::new(self.model, instance.goroutine, instance.range()) else { return jobs };
        let mut rest = walk.visited();
        while let Some((chunk, segments)) = walk.take_piece(&mut rest) {
            if self.is_covered(chunk, instance) {
                jobs.push((at, chunk, segments));
            } else {
                jobs.extend(segments.map(|segment| (at, chunk, segment..segment + 1)));
            }
        }
        jobs
    }
}

/// The first and the last.
fn ends_of(segments: Range<usize>) -> impl Iterator<Item = usize> {
    let (first, last) = (segments.start, segments.end - 1);
    std::iter::once(first).chain((last > first).then_some(last))
}

/// Tells apart what the digest of a chunk has and what not.
struct InChunk<'a, T> {
    tally: &'a mut T,
    digest: &'a ChunkDigest,
    /// Whether the tally has what the digest has.
    already_counted: bool,
}

impl<T: Tally> Sink for InChunk<'_, T> {
    fn run(&mut self, block: usize, places: Range<usize>) {
        if !self.already_counted {
            self.tally.run_in_digest(block, places);
        }
    }

    fn single(&mut self, span: Single) {
        if !self.digest.has(span.start, span.end) {
            self.tally.single(span);
        } else if !self.already_counted {
            self.tally.single_in_digest(span);
        }
    }
}
