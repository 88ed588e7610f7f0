//! What of test results and coverage a tab looks at: which rows, in which order, and at which line of source. Plain data, saved and undone
//! with the rest of the workspace.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::query::testing::bench_rows::BenchSort;
use crate::query::testing::code::CodePlace;
use crate::query::testing::coverage::{CoverageQuery, CoverageTreeQuery};
use crate::query::testing::coverage_rows::CoverageSort;
use crate::query::testing::test_rows::{TestList, TestSort};

/// What of test results is looked at, and how.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TestingLens {
    /// Parts of a tree that were opened, or closed, by hand: those that are not as they are at first.
    pub turned: BTreeSet<String>,
    /// Which tests are listed.
    pub tests: TestList,
    /// Their order; `None` for failed ones first, or the slowest.
    pub test_sort: Option<TestSort>,
    /// The order of what is in the same part of the tree of coverage.
    pub coverage_sort: CoverageSort,
    /// Whether files that say that they are generated do not count.
    pub drops_generated: bool,
    /// The commit, branch or tag since which lines changed; `None` for the last commit.
    pub reference: Option<String>,
    /// The order of benchmarks.
    pub bench_sort: BenchSort,
    /// The only unit of benchmarks that is shown; `None` for all.
    pub bench_unit: Option<String>,
    /// The benchmark that was chosen last, by name and unit: it stays while a function of it is chosen.
    pub benchmark: Option<(String, String)>,
    /// The line of source that is shown.
    pub place: Option<CodePlace>,
}

impl TestingLens {
    /// The commit, branch or tag since which lines changed.
    pub fn reference(&self) -> &str {
        self.reference.as_deref().unwrap_or("HEAD")
    }

    /// The tree of coverage that is shown.
    pub fn coverage(&self) -> CoverageTreeQuery {
        let drops_generated = self.drops_generated;
        CoverageTreeQuery { coverage: CoverageQuery { drops_generated, ..CoverageQuery::default() } }
    }
}
