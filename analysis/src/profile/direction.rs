//! Which end of the stacks is at the root of a tree.

/// Which end of the stacks is at the root of a tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Direction {
    /// The outermost callers: a call tree.
    #[default]
    TopDown,
    /// The leaves, with their callers below them: an inverted tree.
    Inverted,
}

impl Direction {
    /// The other one.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::TopDown => Self::Inverted,
            Self::Inverted => Self::TopDown,
        }
    }
}
