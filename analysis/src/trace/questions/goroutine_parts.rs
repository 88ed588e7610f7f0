//! The parts of goroutines' lives that lie in a range of time: looked up in columns on all cores, not listed.

use std::ops::{Range, RangeInclusive};

use goscope_parsers::trace::{GoId, Time};
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::trace::digest::{CoveredChunks, GoroutineSelection};
use crate::trace::model::TraceModel;
use crate::trace::questions::goroutine_filter::GoroutineFilter;
use crate::trace::store::data::LIVES;
use crate::trace::words::instance::{Instance, InstanceOf};

/// Goroutines that one worker looks at, at least: they cost some nanoseconds each.
const AT_ONCE: usize = 1 << 14;

/// Goroutines that are looked at in one go.
const PIECE: usize = 1 << 10;

/// Goroutines by what they run, in a range of time.
#[derive(Debug)]
pub(super) struct GoroutineParts {
    range: Range<Time>,
    pub(super) selection: GoroutineSelection,
    /// How long parts are, in nanoseconds.
    nanos: Option<RangeInclusive<u64>>,
    /// Those that do not match whatever they run.
    left_out: FxHashSet<GoId>,
}

impl GoroutineParts {
    /// Of a filter the names count here, and whether it leaves out idle goroutines; nothing else.
    pub(super) fn new(model: &TraceModel, filter: &GoroutineFilter, range: &Range<Time>) -> Self {
        let idle: &[GoId] = if filter.leaves_out_idle() { model.idle_goroutines() } else { &[] };
        Self {
            range: range.clone(),
            selection: GoroutineSelection::new(model, |name| filter.matches_name(name)),
            nanos: None,
            left_out: idle.iter().copied().collect(),
        }
    }

    /// Only parts of such a length.
    pub(super) fn with_lengths(self, nanos: Option<RangeInclusive<u64>>) -> Self {
        Self { nanos, ..self }
    }

    /// The part of a goroutine; `None` if it does not match.
    #[inline(always)]
    pub(super) fn part(&self, model: &TraceModel, goroutine: GoId) -> Option<Instance> {
        self.any_part(model, goroutine).filter(|part| self.fits(part))
    }

    /// Whether a part has the length that is asked for, and its goroutine is not left out.
    #[inline]
    pub(super) fn fits(&self, part: &Instance) -> bool {
        self.nanos.as_ref().is_none_or(|nanos| nanos.contains(&part.nanos()))
            && (self.left_out.is_empty() || !self.left_out.contains(&part.goroutine))
    }

    /// The part of a goroutine that matches, of whatever length.
    #[inline(always)]
    fn any_part(&self, model: &TraceModel, goroutine: GoId) -> Option<Instance> {
        let columns = &model.goroutines;
        let at = goroutine.index();
        let is_alive = columns.flags.get(at).is_some_and(|flags| flags & LIVES != 0);
        if !is_alive || columns.creation[at] >= self.range.end || columns.end[at] < self.range.start {
            return None;
        }
        if !self.selection.matches(model, goroutine) {
            return None;
        }
        let begin = columns.creation[at].clamp(self.range.start, self.range.end);
        let end = columns.end[at].clamp(begin, self.range.end);
        Some(Instance { of: InstanceOf::Goroutine, goroutine, begin, end })
    }

    /// The goroutines of those that fit, in order.
    pub(super) fn ids(&self, model: &TraceModel, fits: impl Fn(GoId) -> bool + Sync) -> Vec<GoId> {
        let add = |found: &mut Vec<GoId>, part: Instance| {
            if fits(part.goroutine) {
                found.push(part.goroutine);
            }
        };
        self.fold(model, Vec::new, add, |mut left, mut right| {
            left.append(&mut right);
            left
        })
    }

    /// Those that fit, by id.
    pub(super) fn instances(
        &self,
        model: &TraceModel,
        fits: impl Fn(&Instance) -> bool + Sync,
    ) -> Vec<Instance> {
        let add = |found: &mut Vec<Instance>, instance: Instance| {
            if fits(&instance) {
                found.push(instance);
            }
        };
        self.fold(model, Vec::new, add, |mut left, mut right| {
            left.append(&mut right);
            left
        })
    }

    /// Goroutines of these groups that do not match though the group does: they are left out, or their parts do not
    /// have the length that is asked for, since the range cuts them.
    pub(super) fn misfits(&self, model: &TraceModel, chunks: &CoveredChunks) -> Vec<GoId> {
        // Those that are at home in a chunk lie in the range if it does.
        let travelers = model.digest().travelers.iter().copied().filter(|_| self.nanos.is_some());
        let of_groups = travelers
            .chain(self.left_out.iter().copied())
            .filter(|&id| chunks.has_group(model.digest().group_of(id)));
        of_groups.filter(|&id| self.any_part(model, id).is_some_and(|part| !self.fits(&part))).collect()
    }

    /// Takes all together, by id.
    pub(super) fn fold<T: Send>(
        &self,
        model: &TraceModel,
        empty: impl Fn() -> T + Sync + Send,
        add: impl Fn(&mut T, Instance) + Sync,
        merge: impl Fn(T, T) -> T + Sync + Send,
    ) -> T {
        let end = model.goroutine_id_end();
        let pieces = (0..end.div_ceil(PIECE)).into_par_iter().with_min_len(AT_ONCE / PIECE);
        // What is found is handed on once for each piece: it may be as large as what is looked at is small.
        let parts = pieces.fold(&empty, |mut found, piece| {
            for id in piece * PIECE..((piece + 1) * PIECE).min(end) {
                if let Some(part) = self.part(model, GoId(id as u32)) {
                    add(&mut found, part);
                }
            }
            found
        });
        parts.reduce(&empty, merge)
    }
}
