//! How a stack is read into a tree: from which end, and which piece of it.

use crate::profile::direction::Direction;
use crate::profile::frame::FrameId;

/// How stacks are read.
#[derive(Clone, Copy, Debug)]
pub(in crate::profile) struct Reading {
    /// The end that comes first.
    pub(in crate::profile) direction: Direction,
    /// The frame at whose outermost occurrence stacks are cut; those without it are left out. Read from the root, what
    /// is left begins with it; read from the leaf, what is left are its callers, and it stands for the root.
    pub(in crate::profile) around: Option<FrameId>,
}

impl From<Direction> for Reading {
    /// Whole stacks.
    fn from(direction: Direction) -> Self {
        Self { direction, around: None }
    }
}
