//! What kind of thing a tab shows.

use serde::{Deserialize, Serialize};

/// What kind of thing a tab shows; tabs of one kind share a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ContentKind {
    /// One profile.
    Profile,
    /// Profiles on two sides.
    Diff,
    /// One execution trace.
    Trace,
    /// Results of tests.
    Tests,
    /// What tests covered.
    Coverage,
    /// Benchmarks of one side, or of two.
    Benchmarks,
    /// Goroutine dumps: of one moment, or several of one program.
    Dumps,
    /// A store of profiles.
    Store,
}

impl ContentKind {
    /// Whether stacks are what it is made of: flame graph, filters and search are about them.
    pub const fn has_stacks(self) -> bool {
        matches!(self, Self::Profile | Self::Diff | Self::Trace | Self::Dumps)
    }
}
