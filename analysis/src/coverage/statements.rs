//! How many statements there are, and how many of them ran.

use std::ops::AddAssign;

use goscope_parsers::coverage::Block;

/// Counts of statements, or of lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statements {
    /// All.
    pub total: u64,
    /// Those that ran.
    pub covered: u64,
}

impl Statements {
    /// Those of a block.
    pub const fn of(block: &Block) -> Self {
        Self { total: block.statements, covered: if block.is_covered() { block.statements } else { 0 } }
    }

    /// In percent; 0 of nothing, as Go prints it.
    pub fn percent(self) -> f64 {
        100.0 * self.covered as f64 / self.total.max(1) as f64
    }

    /// Those that did not run.
    pub const fn uncovered(self) -> u64 {
        self.total.saturating_sub(self.covered)
    }
}

impl AddAssign for Statements {
    fn add_assign(&mut self, other: Self) {
        self.total = self.total.saturating_add(other.total);
        self.covered = self.covered.saturating_add(other.covered);
    }
}

impl std::iter::Sum for Statements {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        let mut sum = Self::default();
        all.for_each(|one| sum += one);
        sum
    }
}
