//! Frames and samples of a foreign format on their way into a profile, within a limit of memory.
//!
//! A small file can stand for large tables: a thousand nested calls, each with a sample, are half a million entries of
//! stacks. So what goes in is counted, and too much of it is an error and no full memory.

use std::collections::HashMap;

use super::content::{Budget, Content};
use crate::error::ParseError;
use crate::pprof::{Label, Line, LocationId, Profile, ProfileBuilder};

/// Collects a profile.
pub(super) struct Assembly<'a> {
    budget: Budget<'a>,
    /// For strings, labels, mappings and the header.
    pub(super) builder: ProfileBuilder,
    n_types: usize,
}

impl<'a> Assembly<'a> {
    /// An empty profile with these columns.
    pub(super) fn new(content: &'a Content<'a>, sample_types: &[(&str, &str)]) -> Self {
        Self {
            budget: Budget::new(content),
            builder: ProfileBuilder::new(sample_types),
            n_types: sample_types.len(),
        }
    }

    /// The location of a frame that has no address.
    pub(super) fn frame(&mut self, frame: &Frame<'_>) -> LocationId {
        let function = self.builder.function(frame.name, frame.file, frame.start_line);
        self.builder.location(None, 0, &[Line { function, line: frame.line, column: frame.column }])
    }

    /// Adds a sample: one value a column, stack leaf first.
    ///
    /// # Errors
    /// [`ParseError::Memory`], [`ParseError::Cancelled`].
    pub(super) fn sample(
        &mut self,
        values: &[i64],
        stack: &[LocationId],
        labels: &[Label],
    ) -> Result<(), ParseError> {
        // Before it is added.
        self.budget.take(8 * self.n_types + 16 + size_of_val(stack) + size_of_val(labels))?;
        self.builder.sample(values, stack, labels);
        Ok(())
    }

    /// Says which column is shown first.
    pub(super) fn set_default_type(&mut self, name: &str) {
        let name = self.builder.string(name);
        self.builder.header().default_sample_type = name;
    }

    /// The finished profile.
    pub(super) fn finish(self) -> Profile {
        self.builder.finish()
    }
}

/// A frame as the formats of browsers have it. What is not known is empty or 0.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Frame<'a> {
    pub(super) name: &'a str,
    pub(super) file: &'a str,
    pub(super) start_line: i64,
    pub(super) line: i64,
    pub(super) column: i64,
}

/// Stacks as a tree: each node is a frame below its parent.
#[derive(Debug, Default)]
pub(super) struct StackTree {
    nodes: Vec<(Option<u32>, LocationId)>,
    children: HashMap<(Option<u32>, LocationId), u32>,
}

impl StackTree {
    /// The node of a frame below a parent, or at the root.
    pub(super) fn child(&mut self, parent: Option<u32>, location: LocationId) -> u32 {
        let nodes = &mut self.nodes;
        *self.children.entry((parent, location)).or_insert_with(|| {
            let node = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
            nodes.push((parent, location));
            node
        })
    }

    /// The parent of a node.
    pub(super) fn parent(&self, node: u32) -> Option<u32> {
        self.nodes.get(node as usize)?.0
    }

    /// The frame of a node.
    pub(super) fn location(&self, node: u32) -> Option<LocationId> {
        self.nodes.get(node as usize).map(|node| node.1)
    }

    /// How many nodes there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Writes the stack of a node, leaf first. Ends, as parents are always older than their children.
    pub(super) fn stack(&self, node: u32, stack: &mut Vec<LocationId>) {
        stack.clear();
        let mut next = Some(node);
        while let Some(&(parent, location)) = next.and_then(|node| self.nodes.get(node as usize)) {
            stack.push(location);
            next = parent;
        }
    }
}
