//! The stacks of a profile as a tree, for formats that write each distinct stack once.
//!
//! ```text
//! nodes  parent │ frame │ a value for each sample type, of samples that end here
//! ```

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use crate::pprof::{Line, LocationId, Profile};

/// What makes two frames the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameIdentity {
    /// Their functions.
    Function,
    /// Their functions, their lines, and how deep they are inlined.
    Line,
}

/// A frame to be written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct MergedFrame {
    pub(super) name: String,
    pub(super) file: String,
    pub(super) start_line: i64,
    /// 0 if frames are functions.
    pub(super) line: i64,
    pub(super) column: i64,
    /// 0 for what is not inlined.
    pub(super) inline_depth: u32,
}

/// A node of the tree; its parent always has a lower number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) parent: Option<u32>,
    pub(super) frame: u32,
}

/// All distinct stacks.
pub(super) struct MergedStacks {
    pub(super) frames: Vec<MergedFrame>,
    pub(super) nodes: Vec<Node>,
    /// Row-major, of samples that end in a node.
    values: Vec<i64>,
    /// Of samples without a stack.
    rootless: Vec<i64>,
    n_types: usize,
}

impl MergedStacks {
    /// Merges the stacks of a profile.
    pub(super) fn of(profile: &Profile, identity: FrameIdentity) -> Self {
        let n_types = profile.samples.n_types();
        let mut merged = Self {
            frames: Vec::new(),
            nodes: Vec::new(),
            values: Vec::new(),
            rootless: vec![0; n_types],
            n_types,
        };
        let frames_of = merged.frames_of_locations(profile, identity);
        // Keyed by our own numbers, which nobody can choose.
        let mut children: FxHashMap<(Option<u32>, u32), u32> = FxHashMap::default();
        for sample in 0..profile.samples.len() {
            let mut node = None;
            let stack = profile.samples.stack(sample).iter().rev();
            for &frame in
                stack.flat_map(|location| frames_of.get(location.index()).map_or(&[][..], Vec::as_slice))
            {
                node = Some(*children.entry((node, frame)).or_insert_with(|| merged.push(node, frame)));
            }
            let sums = match node {
                Some(node) => merged.values.get_mut(node as usize * n_types..(node as usize + 1) * n_types),
                None => merged.rootless.get_mut(..),
            };
            for (sum, value) in sums.into_iter().flatten().zip(profile.samples.values(sample)) {
                *sum = sum.saturating_add(*value);
            }
        }
        merged
    }

    fn push(&mut self, parent: Option<u32>, frame: u32) -> u32 {
        self.nodes.push(Node { parent, frame });
        self.values.resize(self.values.len() + self.n_types, 0);
        u32::try_from(self.nodes.len() - 1).unwrap_or(u32::MAX)
    }

    /// The frames of each location, outermost first.
    fn frames_of_locations(&mut self, profile: &Profile, identity: FrameIdentity) -> Vec<Vec<u32>> {
        let mut known: std::collections::HashMap<MergedFrame, u32> = std::collections::HashMap::new();
        let mut frames_of = Vec::with_capacity(profile.locations.len());
        for location in profile.locations.iter() {
            let lines = profile.locations.lines(location);
            let mut frames = Vec::with_capacity(lines.len().max(1));
            if lines.is_empty() {
                frames.push(unsymbolized(profile, location));
            }
            let outermost_first = (0_u32..).zip(lines.iter().rev());
            frames.extend(outermost_first.map(|(depth, line)| frame(profile, line, depth, identity)));
            let number = |frame: MergedFrame| {
                let new = u32::try_from(self.frames.len()).unwrap_or(u32::MAX);
                *known.entry(frame).or_insert_with_key(|frame| {
                    self.frames.push(frame.clone());
                    new
                })
            };
            frames_of.push(frames.into_iter().map(number).collect());
        }
        frames_of
    }

    /// The value of a column at a node: of samples that end there.
    pub(super) fn value(&self, node: u32, column: usize) -> i64 {
        self.values.get(node as usize * self.n_types + column).copied().unwrap_or(0)
    }

    /// The value of samples without a stack.
    pub(super) fn rootless(&self, column: usize) -> i64 {
        self.rootless.get(column).copied().unwrap_or(0)
    }

    /// The nodes in the order in which a flame graph shows them from left to right: the largest first.
    pub(super) fn left_heavy(&self, column: usize) -> Vec<u32> {
        let n_nodes = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let mut totals: Vec<i128> = (0..n_nodes).map(|node| i128::from(self.value(node, column))).collect();
        for (row, node) in self.nodes.iter().enumerate().rev() {
            if let Some(parent) = node.parent {
                totals[parent as usize] += totals[row];
            }
        }
        // Siblings stand together, the largest first: sorted by parent, then by size.
        let mut order: Vec<u32> = (0..n_nodes).collect();
        let key = |node: u32| (self.nodes[node as usize].parent, -totals[node as usize], node);
        order.sort_unstable_by_key(|&node| key(node));
        let mut first_child = vec![0_u32; self.nodes.len() + 2];
        let slot = |parent: Option<u32>| parent.map_or(0, |parent| parent as usize + 1);
        for node in &self.nodes {
            first_child[slot(node.parent) + 1] += 1;
        }
        for at in 1..first_child.len() {
            first_child[at] += first_child[at - 1];
        }
        let children = |slot: usize| &order[first_child[slot] as usize..first_child[slot + 1] as usize];
        let mut open: Vec<u32> = children(0).iter().rev().copied().collect();
        let mut visited = Vec::with_capacity(self.nodes.len());
        while let Some(node) = open.pop() {
            visited.push(node);
            open.extend(children(node as usize + 1).iter().rev());
        }
        visited
    }
}

fn frame(profile: &Profile, line: &Line, depth: u32, identity: FrameIdentity) -> MergedFrame {
    let function = profile.functions.get(line.function.index()).copied().unwrap_or_default();
    let name = if function.name.0 == 0 { function.system_name } else { function.name };
    let by_line = identity == FrameIdentity::Line;
    MergedFrame {
        name: profile.text(name).into_owned(),
        file: profile.text(function.filename).into_owned(),
        start_line: function.start_line,
        line: if by_line { line.line } else { 0 },
        column: if by_line { line.column } else { 0 },
        inline_depth: if by_line { depth } else { 0 },
    }
}

/// A frame without a name: the binary that it is in, as all reports say it.
fn unsymbolized(profile: &Profile, location: LocationId) -> MergedFrame {
    let mapping =
        profile.locations.mapping(location).and_then(|mapping| profile.mappings.get(mapping.index()));
    let file = mapping.map_or(Cow::Borrowed(""), |mapping| profile.text(mapping.filename));
    let binary = file.rsplit('/').next().filter(|name| !name.is_empty());
    let name = binary.map_or_else(|| "<unknown>".to_owned(), |binary| format!("[{binary}]"));
    MergedFrame { name, file: String::new(), start_line: 0, line: 0, column: 0, inline_depth: 0 }
}
