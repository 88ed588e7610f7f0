//! Samples as rows of keys, and a sample on its way through the tree: the keys left of its stack, and its value.

use goscope_parsers::pprof::LocationId;
use rayon::prelude::*;

use super::key::Packing;
use super::reading::Reading;
use crate::profile::direction::Direction;
use crate::profile::frame::FrameId;
use crate::profile::location_frames::LocationFrames;
use crate::profile::stacks::Stacks;

/// Samples a thread packs at once.
const CHUNK: usize = 1 << 14;

/// Samples of one profile: their frames in the numbers of the tree's frame table, and what their weights count as.
pub(crate) struct StackSource<'a, const N: usize> {
    pub(crate) stacks: &'a Stacks<'a>,
    /// Frames of the locations; where profiles are compared these are not the stacks' own numbers.
    pub(crate) location_frames: &'a LocationFrames,
    /// The value of a sample from its weight.
    pub(crate) value: Box<dyn Fn(i64) -> [i64; N] + Sync + 'a>,
}

/// The stacks of some neighboring samples as keys, one stack after the other.
pub(super) struct PackedStacks<const N: usize> {
    keys: Vec<u64>,
    /// Of the samples with a non-zero value: where their keys end.
    ends: Vec<u32>,
    values: Vec<[i64; N]>,
}

/// A sample with a non-zero value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'k, const N: usize> {
    /// The keys not yet passed. The last one is not full: it holds the end of the stack.
    pub(super) rest: &'k [u64],
    /// The key passed last.
    pub(super) key: u64,
    pub(super) value: [i64; N],
}

impl<const N: usize> Item<'_, N> {
    /// Steps over the next frames and keeps their key.
    #[inline]
    pub(super) fn step(&mut self) {
        if let Some((&key, rest)) = self.rest.split_first() {
            (self.key, self.rest) = (key, rest);
        }
    }
}

/// How stacks become keys.
pub(super) struct Coding<'a> {
    /// The codes of the frames of every location, of every source.
    pub(super) codes: &'a [LocationFrames],
    /// How stacks are read; the frame they are cut at by its code.
    pub(super) reading: Reading,
    pub(super) packing: Packing,
}

/// Packs all stacks. This is the only pass over the profile, in file order: later on its memory would be slow.
pub(super) fn pack<const N: usize>(
    sources: &[StackSource<'_, N>],
    coding: &Coding<'_>,
) -> Vec<PackedStacks<N>> {
    let chunks: Vec<(&StackSource<'_, N>, &LocationFrames, usize)> = sources
        .iter()
        .zip(coding.codes)
        .flat_map(|(source, codes)| {
            (0..source.stacks.len()).step_by(CHUNK).map(move |start| (source, codes, start))
        })
        .collect();
    chunks.into_par_iter().map(|(source, codes, start)| pack_chunk(source, codes, start, coding)).collect()
}

fn pack_chunk<const N: usize>(
    source: &StackSource<'_, N>,
    codes: &LocationFrames,
    start: usize,
    coding: &Coding<'_>,
) -> PackedStacks<N> {
    let stacks = source.stacks;
    let end = stacks.len().min(start + CHUNK);
    let mut packed = PackedStacks {
        keys: Vec::new(),
        ends: Vec::with_capacity(end - start),
        values: Vec::with_capacity(end - start),
    };
    let mut scratch = Vec::new();
    for index in start..end {
        let value = (source.value)(stacks.weight(index));
        if value == [0; N] {
            continue;
        }
        let mut packer = Packer { packing: coding.packing, keys: &mut packed.keys, key: 0, filled: 0 };
        let locations = stacks.locations(index);
        match (coding.reading.around, coding.reading.direction) {
            (Some(around), direction) => {
                read_codes(locations, codes, &mut scratch);
                let Some(outermost) = scratch.iter().position(|&code| code == around) else { continue };
                match direction {
                    Direction::TopDown => {
                        scratch[outermost..].iter().for_each(|code| packer.push(code.0));
                    }
                    Direction::Inverted => {
                        scratch[..outermost].iter().rev().for_each(|code| packer.push(code.0));
                    }
                }
            }
            (None, Direction::TopDown) => {
                locations
                    .iter()
                    .rev()
                    .for_each(|&next| codes.of(next).iter().for_each(|code| packer.push(code.0)));
            }
            (None, Direction::Inverted) => {
                locations
                    .iter()
                    .for_each(|&next| codes.of(next).iter().rev().for_each(|code| packer.push(code.0)));
            }
        }
        packer.finish();
        packed.ends.push(u32::try_from(packed.keys.len()).expect("a chunk has fewer than 2^32 keys"));
        packed.values.push(value);
    }
    packed
}

/// Replaces the content of `stack` by the codes of a stack, root first.
fn read_codes(locations: &[LocationId], codes: &LocationFrames, stack: &mut Vec<FrameId>) {
    stack.clear();
    locations.iter().rev().for_each(|&location| stack.extend_from_slice(codes.of(location)));
}

/// All samples with a non-zero value, in order.
pub(super) fn items<const N: usize>(packed: &[PackedStacks<N>]) -> Vec<Item<'_, N>> {
    let mut items = Vec::with_capacity(packed.iter().map(|packed| packed.values.len()).sum());
    for packed in packed {
        let mut start = 0;
        items.extend(packed.ends.iter().zip(&packed.values).map(|(&end, &value)| {
            let rest = &packed.keys[start..end as usize];
            start = end as usize;
            Item { rest, key: 0, value }
        }));
    }
    items
}

/// Packs codes into keys, one after the other.
struct Packer<'k> {
    packing: Packing,
    keys: &'k mut Vec<u64>,
    key: u64,
    filled: usize,
}

impl Packer<'_> {
    #[inline]
    fn push(&mut self, code: u32) {
        self.key = self.packing.with(self.key, self.filled, code);
        self.filled += 1;
        if self.filled == self.packing.len {
            self.keys.push(self.key);
            (self.key, self.filled) = (0, 0);
        }
    }

    /// The last key is never full, so that it holds the end of the stack.
    fn finish(self) {
        self.keys.push(self.key);
    }
}
