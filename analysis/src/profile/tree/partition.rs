//! The upper part of the tree: groups of many samples, split one block of levels at a time.
//!
//! The samples stay in one array; a group is a range of it. To split a group, every sample steps over its next
//! frames (in parallel: this is where memory is slow), the distinct keys are counted, `block` makes the nodes, and
//! the samples are put in place by cycles of swaps. Groups of few samples are not split further: runs of them
//! become tasks for `forest`.

use std::ops::Range;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::block::{BlockGrower, Entry, Node, index};
use super::item::Item;
use super::key::END;
use super::rules::{Rules, add};

/// Samples a thread steps at once.
const CHUNK: usize = 4096;

/// The upper part of a tree.
pub(super) struct Crown<const N: usize> {
    /// The first is that of the root.
    pub(super) blocks: Vec<Block<N>>,
    /// Runs of small siblings (or cousins), in order of discovery.
    pub(super) tasks: Vec<Task<N>>,
    /// Samples up to which a group is left to `forest`.
    small: u32,
}

/// A node with many samples, and the levels below it that one key covers, but for the last.
pub(super) struct Block<const N: usize> {
    pub(super) levels: Vec<Vec<Node<N>>>,
    /// The nodes of the last level that the key covers, in order.
    pub(super) branches: Vec<Branch>,
}

/// What stands below a block.
#[derive(Clone, Copy, Debug)]
pub(super) enum Branch {
    /// One node: the first of a block.
    Block(usize),
    /// Neighboring nodes: the roots of a task's forest.
    Task(usize),
}

/// Small groups, neighbors on their level, whose samples lie one after the other in the items.
pub(super) struct Task<const N: usize> {
    pub(super) items: Range<usize>,
    pub(super) roots: Vec<Group<N>>,
}

/// The samples of a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group<const N: usize> {
    pub(super) code: u32,
    pub(super) cum: [i64; N],
    pub(super) len: u32,
}

/// Splits the samples from the root down until only groups of at most `small` samples are left.
pub(super) fn partition<const N: usize>(items: &mut [Item<'_, N>], rules: &Rules<N>) -> Crown<N> {
    let mut cum = [0; N];
    items.iter().for_each(|item| add(&mut cum, &item.value));
    let root = Group { code: END, cum, len: index(items.len()) };
    let mut crown = Crown { blocks: Vec::new(), tasks: Vec::new(), small: rules.small };
    let mut groups = vec![(root, 0..items.len())];
    while !groups.is_empty() {
        let ranges = groups.iter().map(|(_, range)| range.clone());
        let slices = disjoint_slices(items, ranges);
        let splits: Vec<Split<N>> =
            groups.par_iter().zip(slices).map(|((group, _), items)| split(group, items, rules)).collect();
        let n_blocks = crown.blocks.len() + splits.len();
        let mut large = Vec::new();
        for ((_, range), split) in groups.into_iter().zip(splits) {
            crown.adopt(split, range.start, n_blocks, &mut large);
        }
        groups = large;
    }
    crown
}

/// Pieces of the items; the ranges are in order and do not overlap.
fn disjoint_slices<T>(items: &mut [T], ranges: impl Iterator<Item = Range<usize>>) -> Vec<&mut [T]> {
    let mut rest = items;
    let mut passed = 0;
    let mut slices = Vec::new();
    for range in ranges {
        let (slice, after) = rest.split_at_mut(range.start - passed).1.split_at_mut(range.len());
        slices.push(slice);
        (rest, passed) = (after, range.end);
    }
    slices
}

/// What a group turned out to be.
struct Split<const N: usize> {
    levels: Vec<Vec<Node<N>>>,
    /// The nodes of the last level with their samples, in order; the samples of each follow those of the one before.
    continued: Vec<Group<N>>,
    /// Where the samples of the first of them begin, after those that have ended.
    n_ended: usize,
}

impl<const N: usize> Crown<N> {
    /// Records the block of a group, and what stands below it. Large groups are appended to `large`: they are to be
    /// split further, and become the blocks from number `n_blocks` on.
    fn adopt(
        &mut self,
        split: Split<N>,
        start: usize,
        n_blocks: usize,
        large: &mut Vec<(Group<N>, Range<usize>)>,
    ) {
        let mut branches = Vec::new();
        let mut at = start + split.n_ended;
        for group in split.continued {
            let range = at..at + group.len as usize;
            at = range.end;
            if group.len > self.small {
                branches.push(Branch::Block(n_blocks + large.len()));
                large.push((group, range));
                continue;
            }
            if let Some(&Branch::Task(last)) = branches.last() {
                let task = &mut self.tasks[last];
                if task.items.len() + range.len() <= self.small as usize {
                    task.items.end = range.end;
                    task.roots.push(group);
                    continue;
                }
            }
            branches.push(Branch::Task(self.tasks.len()));
            self.tasks.push(Task { items: range, roots: vec![group] });
        }
        self.blocks.push(Block { levels: split.levels, branches });
    }
}

/// Steps all samples of a group and sorts them by where they went.
fn split<const N: usize>(group: &Group<N>, items: &mut [Item<'_, N>], rules: &Rules<N>) -> Split<N> {
    let chunks = items.par_chunks_mut(CHUNK);
    let counts: Vec<Vec<Entry<N>>> = chunks.map(|chunk| step_and_count(chunk)).collect();
    let mut entries = merge(counts);
    entries.sort_unstable_by_key(|entry| entry.key);
    let mut levels: Vec<Vec<Node<N>>> = vec![Vec::new(); rules.packing.len + 1];
    levels[0].push(Node::new(group.code, group.cum));
    let mut continued: Vec<Entry<N>> = Vec::new();
    BlockGrower::new(rules).grow(0, &entries, &mut levels, |_, entry| continued.push(*entry));
    let n_continued: usize = continued.iter().map(|entry| entry.len as usize).sum();
    let n_ended = items.len() - n_continued;
    if n_ended > 0 || continued.len() > 1 {
        let lens = std::iter::once(n_ended).chain(continued.iter().map(|entry| entry.len as usize));
        let keys = continued.iter().map(|entry| entry.key);
        put_in_place(items, &lens.collect::<Vec<_>>(), &keys.zip(1..).collect());
    }
    let last_level = levels.pop().expect("there is one level more than codes");
    let groups = last_level.iter().zip(continued);
    let continued =
        groups.map(|(node, entry)| Group { code: node.code, cum: node.cum, len: entry.len }).collect();
    Split { levels, continued, n_ended }
}

/// Number of samples and value of each key of some samples, in order of appearance.
fn step_and_count<const N: usize>(items: &mut [Item<'_, N>]) -> Vec<Entry<N>> {
    let mut entries: Vec<Entry<N>> = Vec::new();
    let mut places: FxHashMap<u64, usize> = FxHashMap::default();
    // Apart from counting, so that many loads are under way at once.
    items.iter_mut().for_each(Item::step);
    for item in items {
        let place = *places.entry(item.key).or_insert(entries.len());
        if place == entries.len() {
            entries.push(Entry { key: item.key, cum: [0; N], start: 0, len: 0 });
        }
        let entry = &mut entries[place];
        entry.len += 1;
        add(&mut entry.cum, &item.value);
    }
    entries
}

/// Adds up the counts of all chunks.
fn merge<const N: usize>(counts: Vec<Vec<Entry<N>>>) -> Vec<Entry<N>> {
    let mut counts = counts.into_iter();
    let mut entries = counts.next().unwrap_or_default();
    let mut places: FxHashMap<u64, usize> =
        entries.iter().enumerate().map(|(place, entry)| (entry.key, place)).collect();
    for count in counts.flatten() {
        let place = *places.entry(count.key).or_insert(entries.len());
        if place == entries.len() {
            entries.push(count);
            continue;
        }
        let entry = &mut entries[place];
        entry.len += count.len;
        add(&mut entry.cum, &count.cum);
    }
    entries
}

/// Swaps every sample into the range of its key: each swap brings one home. Range 0 takes all keys without a place.
fn put_in_place<const N: usize>(items: &mut [Item<'_, N>], lens: &[usize], places: &FxHashMap<u64, u64>) {
    // From here on the key is the number of the range: it has served, and looking it up once is enough.
    items.par_chunks_mut(CHUNK).for_each(|chunk| {
        chunk.iter_mut().for_each(|item| item.key = places.get(&item.key).copied().unwrap_or(0));
    });
    let mut next_free: Vec<usize> = Vec::with_capacity(lens.len());
    let mut end = 0;
    for len in lens {
        next_free.push(end);
        end += len;
    }
    end = 0;
    for (range, len) in lens.iter().enumerate() {
        end += len;
        while next_free[range] < end {
            let here = next_free[range];
            let home = items[here].key as usize;
            if home != range {
                items.swap(here, next_free[home]);
            }
            next_free[home] += 1;
        }
    }
}
