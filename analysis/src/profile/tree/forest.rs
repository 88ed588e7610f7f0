//! The lower part of the tree: runs of small neighboring groups, each finished by one thread in its cache.
//!
//! ```text
//! keys    | cdxy z··· | cd·· | cdxy q··· |     what is left of every sample, packed, copied once
//! begin     0           2      3
//! order   | 0 2 1 |                            samples, grouped by node; a group is a range of it
//! ```

use rayon::prelude::*;

use super::block::{BlockGrower, Entry, Node, index};
use super::item::Item;
use super::key::Packing;
use super::partition::{Crown, Task};
use super::rules::{Rules, add};

/// Trees whose roots are neighbors, level by level.
pub(super) struct Forest<const N: usize> {
    pub(super) nodes: Vec<Node<N>>,
    /// Where each level begins in `nodes`, and where the last one ends.
    pub(super) levels: Vec<u32>,
}

/// Grows the trees of all tasks.
pub(super) fn grow<const N: usize>(
    crown: &Crown<N>,
    items: &[Item<'_, N>],
    rules: &Rules<N>,
) -> Vec<Forest<N>> {
    let init = || Grower::new(rules);
    crown
        .tasks
        .par_iter()
        .map_init(init, |grower, task| grower.grow(task, &items[task.items.clone()]))
        .collect()
}

/// The samples of a node: a range of `order`.
#[derive(Clone, Copy)]
struct Group {
    node: u32,
    start: u32,
    end: u32,
}

/// The scratch memory of one thread.
struct Grower<const N: usize> {
    packing: Packing,
    block: BlockGrower<N>,
    keys: Vec<u64>,
    begin: Vec<u32>,
    values: Vec<[i64; N]>,
    order: Vec<u32>,
    /// Samples of one group with their keys.
    keyed: Vec<(u64, u32)>,
    entries: Vec<Entry<N>>,
    levels: Vec<Vec<Node<N>>>,
}

impl<const N: usize> Grower<N> {
    fn new(rules: &Rules<N>) -> Self {
        Self {
            packing: rules.packing,
            block: BlockGrower::new(rules),
            keys: Vec::new(),
            begin: Vec::new(),
            values: Vec::new(),
            order: Vec::new(),
            keyed: Vec::new(),
            entries: Vec::new(),
            levels: Vec::new(),
        }
    }

    fn grow(&mut self, task: &Task<N>, items: &[Item<'_, N>]) -> Forest<N> {
        self.copy(items);
        self.levels.iter_mut().for_each(Vec::clear);
        let mut groups = self.plant(task);
        let mut next_groups = Vec::new();
        let mut depth = 0;
        while !groups.is_empty() {
            let first_level = depth * self.packing.len;
            let n_levels = first_level + self.packing.len + 1;
            if self.levels.len() < n_levels {
                self.levels.resize(n_levels, Vec::new());
            }
            for &group in &groups {
                if self.block.end_narrow(&mut self.levels[first_level][group.node as usize]) {
                    continue;
                }
                self.collect_entries(group, index(depth));
                let levels = &mut self.levels[first_level..n_levels];
                self.block.grow(group.node, &self.entries, levels, |node, entry| {
                    next_groups.push(Group { node, start: entry.start, end: entry.start + entry.len });
                });
            }
            std::mem::swap(&mut groups, &mut next_groups);
            next_groups.clear();
            depth += 1;
        }
        self.harvest()
    }

    /// The roots, and their samples.
    fn plant(&mut self, task: &Task<N>) -> Vec<Group> {
        if self.levels.is_empty() {
            self.levels.push(Vec::new());
        }
        let mut start = 0;
        let mut groups = Vec::with_capacity(task.roots.len());
        for root in &task.roots {
            groups.push(Group { node: index(self.levels[0].len()), start, end: start + root.len });
            self.levels[0].push(Node::new(root.code, root.cum));
            start += root.len;
        }
        groups
    }

    fn copy(&mut self, items: &[Item<'_, N>]) {
        self.keys.clear();
        self.begin.clear();
        self.values.clear();
        for item in items {
            self.begin.push(index(self.keys.len()));
            self.values.push(item.value);
            self.keys.extend_from_slice(item.rest);
        }
        self.order.clear();
        self.order.extend(0..index(items.len()));
    }

    /// The key of a sample, so many keys below the roots. A group exists only where no sample's last key lies above.
    #[inline]
    fn key(&self, sample: u32, depth: u32) -> u64 {
        self.keys[(self.begin[sample as usize] + depth) as usize]
    }

    /// Sorts the samples of a group by key and sums up equal ones.
    fn collect_entries(&mut self, group: Group, depth: u32) {
        let Group { start, end, .. } = group;
        let samples = &self.order[start as usize..end as usize];
        let first = self.key(samples[0], depth);
        self.entries.clear();
        let mut entry = Entry { key: first, cum: [0; N], start, len: end - start };
        if samples.iter().all(|&sample| self.key(sample, depth) == first) {
            samples.iter().for_each(|&sample| add(&mut entry.cum, &self.values[sample as usize]));
            self.entries.push(entry);
            return;
        }
        self.keyed.clear();
        self.keyed.extend(
            samples.iter().map(|&sample| (self.keys[(self.begin[sample as usize] + depth) as usize], sample)),
        );
        self.keyed.sort_unstable();
        for (&(key, sample), at) in self.keyed.iter().zip(start..) {
            self.order[at as usize] = sample;
            if self.entries.last().is_none_or(|last| last.key != key) {
                self.entries.push(Entry { key, cum: [0; N], start: at, len: 0 });
            }
            let last = self.entries.last_mut().expect("one was pushed if there was none");
            last.len += 1;
            add(&mut last.cum, &self.values[sample as usize]);
        }
    }

    /// All levels, one after the other, in memory of exactly their size.
    fn harvest(&self) -> Forest<N> {
        let mut nodes = Vec::with_capacity(self.levels.iter().map(Vec::len).sum());
        let mut levels = vec![0];
        for level in self.levels.iter().take_while(|level| !level.is_empty()) {
            nodes.extend_from_slice(level);
            levels.push(index(nodes.len()));
        }
        Forest { nodes, levels }
    }
}
