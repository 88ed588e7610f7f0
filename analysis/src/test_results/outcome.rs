//! How a test or a package ended.

use std::ops::AddAssign;

/// How a test or a package ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It passed.
    Pass,
    /// It failed.
    Fail,
    /// It was skipped; of a package: it has no tests.
    Skip,
    /// It has begun and not ended. Benchmarks never end: they print their results.
    Unfinished,
    /// Of a package: it was not built.
    BuildFailed,
}

impl Outcome {
    /// The word in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skip => "skip",
            Self::Unfinished => "unfinished",
            Self::BuildFailed => "build_failed",
        }
    }
}

/// Tests by how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Passed every time.
    pub passed: usize,
    /// Failed, or did not finish in a package that failed.
    pub failed: usize,
    /// Passed and failed.
    pub flaky: usize,
    /// Were skipped every time.
    pub skipped: usize,
}

impl Counts {
    /// All tests.
    pub const fn total(self) -> usize {
        self.passed + self.failed + self.flaky + self.skipped
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.flaky += other.flaky;
        self.skipped += other.skipped;
    }
}
