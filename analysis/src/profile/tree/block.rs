//! The levels that one key covers: from the distinct keys of a node's samples to the nodes below it.
//!
//! ```text
//! entries (sorted)   levels
//!   ab·  2 samples     0   node           flat 0     given
//!   abc  2             1   a, x
//!   x··  1             2   b                         flat 2: ab· has ended
//!                      3   c                         continues: its samples may have more frames
//! ```

use super::key::{END, Packing};
use super::rules::{Rules, add};

/// A node; its children follow those of the node before it, on the next level.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<const N: usize> {
    pub(super) code: u32,
    pub(super) n_children: u32,
    pub(super) flat: [i64; N],
    pub(super) cum: [i64; N],
}

impl<const N: usize> Node<N> {
    pub(super) fn new(code: u32, cum: [i64; N]) -> Self {
        Self { code, n_children: 0, flat: [0; N], cum }
    }
}

/// Samples with the same next frames.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<const N: usize> {
    pub(super) key: u64,
    pub(super) cum: [i64; N],
    /// The samples: so many from this place on, in the caller's order.
    pub(super) start: u32,
    pub(super) len: u32,
}

/// Scratch memory for growing blocks.
pub(super) struct BlockGrower<const N: usize> {
    packing: Packing,
    rules: Rules<N>,
    runs: Vec<Run<N>>,
    next_runs: Vec<Run<N>>,
}

/// Entries that share a node.
#[derive(Clone, Copy)]
struct Run<const N: usize> {
    /// Index of the node on its level.
    node: u32,
    code: u32,
    cum: [i64; N],
    start: u32,
    end: u32,
}

impl<const N: usize> BlockGrower<N> {
    pub(super) fn new(rules: &Rules<N>) -> Self {
        Self { packing: rules.packing, rules: *rules, runs: Vec::new(), next_runs: Vec::new() }
    }

    /// Grows the levels below `levels[0][node]`, which holds the samples of all entries; the entries are sorted by
    /// key. Calls `on_continued` with every node of the last level (by index) and its entry, in order.
    ///
    /// `levels` has one level more than a key has codes.
    pub(super) fn grow(
        &mut self,
        node: u32,
        entries: &[Entry<N>],
        levels: &mut [Vec<Node<N>>],
        mut on_continued: impl FnMut(u32, &Entry<N>),
    ) {
        if self.end_narrow(&mut levels[0][node as usize]) {
            return;
        }
        if let [entry] = entries {
            if let Some(last) = self.grow_chain(node, entry, levels) {
                on_continued(last, entry);
            }
            return;
        }
        let end = index(entries.len());
        self.runs.clear();
        self.runs.push(Run { node, code: END, cum: [0; N], start: 0, end });
        for position in 0..self.packing.len {
            let [level, below, ..] = &mut levels[position..] else {
                unreachable!("a level a code, and one more")
            };
            self.next_runs.clear();
            for at in 0..self.runs.len() {
                let run = self.runs[at];
                self.split(&run, entries, position, level, below);
            }
            std::mem::swap(&mut self.runs, &mut self.next_runs);
        }
        for run in &self.runs {
            on_continued(run.node, &entries[run.start as usize]);
        }
    }

    /// Ends the tree at a node that is too narrow for children: all that is below is its own. Says whether it was.
    #[inline]
    pub(super) fn end_narrow(&self, node: &mut Node<N>) -> bool {
        let is_narrow = self.rules.is_narrow(&node.cum);
        if is_narrow {
            node.flat = node.cum;
        }
        is_narrow
    }

    /// A single entry: one node a level. Returns the node on the last level, if the stack goes that far.
    fn grow_chain(&self, node: u32, entry: &Entry<N>, levels: &mut [Vec<Node<N>>]) -> Option<u32> {
        let mut node = node;
        for position in 0..self.packing.len {
            let code = self.packing.code(entry.key, position);
            let above = &mut levels[position][node as usize];
            if code == END {
                above.flat = entry.cum;
                return None;
            }
            above.n_children = 1;
            let below = &mut levels[position + 1];
            node = index(below.len());
            below.push(Node::new(code, entry.cum));
        }
        Some(node)
    }

    /// Gives a node its children: runs of entries with the same code at `position`.
    fn split(
        &mut self,
        run: &Run<N>,
        entries: &[Entry<N>],
        position: usize,
        level: &mut [Node<N>],
        below: &mut Vec<Node<N>>,
    ) {
        let first_child = self.next_runs.len();
        let mut flat = [0; N];
        for at in run.start..run.end {
            let entry = &entries[at as usize];
            let code = self.packing.code(entry.key, position);
            if code == END {
                add(&mut flat, &entry.cum);
                continue;
            }
            match self.next_runs[first_child..].last_mut() {
                Some(last) if last.code == code => {
                    last.end = at + 1;
                    add(&mut last.cum, &entry.cum);
                }
                _ => self.next_runs.push(Run { node: 0, code, cum: entry.cum, start: at, end: at + 1 }),
            }
        }
        let rules = self.rules;
        let children = &mut self.next_runs[first_child..];
        children.sort_unstable_by_key(|child| rules.order.key(&child.cum, child.code));
        let node = &mut level[run.node as usize];
        node.flat = flat;
        node.n_children = index(children.len());
        for child in children {
            child.node = index(below.len());
            below.push(Node::new(child.code, child.cum));
        }
        // The nodes of the last level continue elsewhere, even if only to be ended there.
        if position + 1 < self.packing.len {
            let is_wide = |child: &Run<N>| !rules.is_narrow(&child.cum);
            let n_wide = self.next_runs[first_child..].partition_point(is_wide);
            for narrow in self.next_runs.drain(first_child + n_wide..) {
                below[narrow.node as usize].flat = narrow.cum;
            }
        }
    }
}

pub(super) fn index(count: usize) -> u32 {
    u32::try_from(count).expect("fewer than 2^32 call paths fit into memory")
}
