//! Flat and cum of every frame: one pass over all stacks.

use std::ops::Range;

use rayon::prelude::*;

use super::frame::FrameId;
use super::stacks::Stacks;

/// Values by frame id.
pub(super) struct Sums {
    pub(super) flat: Vec<i64>,
    pub(super) cum: Vec<i64>,
    /// The magnitudes of the samples in which the frame is inlined, once for every time: no call into the frame that
    /// is always inlined weighs more than that. Empty unless asked for.
    pub(super) inlined: Vec<u64>,
}

impl Sums {
    fn zero(n_frames: usize, has_inlined: bool) -> Self {
        let n_inlined = if has_inlined { n_frames } else { 0 };
        Self { flat: vec![0; n_frames], cum: vec![0; n_frames], inlined: vec![0; n_inlined] }
    }

    fn add(mut self, other: &Self) -> Self {
        self.flat.iter_mut().zip(&other.flat).for_each(|(sum, value)| *sum = sum.wrapping_add(*value));
        self.cum.iter_mut().zip(&other.cum).for_each(|(sum, value)| *sum = sum.wrapping_add(*value));
        self.inlined
            .iter_mut()
            .zip(&other.inlined)
            .for_each(|(sum, value)| *sum = sum.saturating_add(*value));
        self
    }
}

/// Adds up all stacks. A frame that a stack holds several times counts once, told by a stamp a frame.
///
/// Every thread adds into columns of its own; integers make the sum the same in whatever order it is taken.
pub(super) fn sums(stacks: &Stacks<'_>) -> Sums {
    sums_with::<false>(stacks, |index| stacks.weight(index))
}

/// The same with what is inlined.
pub(super) fn sums_and_inlined(stacks: &Stacks<'_>) -> Sums {
    sums_with::<true>(stacks, |index| stacks.weight(index))
}

/// The same of what the values of a mean are divided by.
pub(super) fn divisor_sums(stacks: &Stacks<'_>) -> Sums {
    sums_with::<false>(stacks, |index| stacks.divisor(index))
}

fn sums_with<const HAS_INLINED: bool>(stacks: &Stacks<'_>, weight: impl Fn(usize) -> i64 + Sync) -> Sums {
    let chunks = stacks.chunks().into_par_iter();
    let sums = chunks.map(|chunk| sums_of::<HAS_INLINED>(stacks, chunk, &weight));
    sums.reduce_with(|a, b| a.add(&b)).unwrap_or_else(|| Sums::zero(stacks.frames().len(), HAS_INLINED))
}

fn sums_of<const HAS_INLINED: bool>(
    stacks: &Stacks<'_>,
    chunk: Range<usize>,
    weight: impl Fn(usize) -> i64,
) -> Sums {
    let n_frames = stacks.frames().len();
    // A column less is more room in the cache for the others, which is what most of the time goes into.
    let Sums { mut flat, mut cum, mut inlined } = Sums::zero(n_frames, HAS_INLINED);
    let mut stamps = vec![0_u32; n_frames];
    for (stamp, index) in (1_u32..).zip(chunk) {
        let weight = weight(index);
        if weight == 0 {
            continue;
        }
        let mut add = |frame: FrameId| {
            let frame = frame.index();
            if stamps[frame] != stamp {
                stamps[frame] = stamp;
                cum[frame] = cum[frame].wrapping_add(weight);
            }
        };
        let locations = stacks.locations(index);
        for &location in locations {
            let frames = stacks.location_frames.of(location);
            let Some((&outermost, rest)) = frames.split_first() else { continue };
            add(outermost);
            for &frame in rest {
                add(frame);
                if HAS_INLINED {
                    inlined[frame.index()] = inlined[frame.index()].saturating_add(weight.unsigned_abs());
                }
            }
        }
        // The leaf is the innermost frame of the first location that has any.
        if let Some(leaf) = locations.iter().find_map(|&location| stacks.location_frames.of(location).last())
        {
            flat[leaf.index()] = flat[leaf.index()].wrapping_add(weight);
        }
    }
    Sums { flat, cum, inlined }
}
