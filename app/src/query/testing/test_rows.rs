//! The table of tests: as a tree of packages, tests and subtests, or the failed ones, or the slowest.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use goscope_analysis::test_results::{Outcome, PackageRun, TestCase, TestOutcome, TestRun};
use serde::{Deserialize, Serialize};

use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// Which tests are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TestList {
    /// All of them, below their packages.
    #[default]
    Tree,
    /// What has to be looked at: failed, unfinished, flaky, not built.
    Failed,
    /// Those without tests inside them, by the time that they were active.
    Slowest,
}

impl TestList {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Tree, Self::Failed, Self::Slowest];

    /// Its name on the window.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Tree => "all",
            Self::Failed => "failed",
            Self::Slowest => "slowest",
        }
    }
}

/// What tests are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TestColumn {
    /// Their names.
    Name,
    /// How they ended: what has to be looked at first.
    State,
    /// How long they were active.
    Active,
    /// How long they took, with waiting for parallel siblings.
    Wall,
    /// How often they ran.
    Runs,
}

impl TestColumn {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 5] = [Self::Name, Self::State, Self::Active, Self::Wall, Self::Runs];
}

/// The order of tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TestSort {
    /// By what.
    pub column: TestColumn,
    /// Largest first.
    pub is_descending: bool,
}

/// Names a package, or a test of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TestKey {
    /// The import path.
    pub package: String,
    /// The test with its parents; empty for the package.
    pub test: String,
}

impl TestKey {
    /// A package.
    pub fn of_package(package: &PackageRun) -> Self {
        Self { package: package.path.clone(), test: String::new() }
    }

    /// A test.
    pub fn of(package: &PackageRun, test: &TestCase) -> Self {
        Self { package: package.path.clone(), test: test.name.clone() }
    }

    /// The word by which it is opened and closed: import paths have no blanks.
    pub fn word(&self) -> String {
        format!("{} {}", self.package, self.test).trim_end().to_owned()
    }
}

/// Asks for the rows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TestRowsQuery {
    /// Which tests.
    pub list: TestList,
    /// Their order; `None` for what has to be looked at first, or the slowest first.
    pub sort: Option<TestSort>,
    /// What their names contain.
    pub containing: String,
    /// What was opened or closed by hand.
    pub turned: BTreeSet<String>,
}

/// The rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestRows {
    /// From the first to the last.
    pub rows: Vec<TestRow>,
    /// Tests among all that the list could show.
    pub n_tests: usize,
    /// Where each row is.
    pub place_of: BTreeMap<TestKey, usize>,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestRow {
    /// What it is.
    pub key: TestKey,
    /// How deep it stands.
    pub depth: usize,
    /// Whether it is open; `None` if nothing is inside it.
    pub is_open: Option<bool>,
    /// What it is called here.
    pub name: String,
    /// How it ended.
    pub state: TestState,
    /// How long it was active, all runs together, in ns.
    pub active_nanos: u64,
    /// How long it took, likewise.
    pub wall_nanos: u64,
    /// How often it ran; 0 of a package.
    pub n_runs: usize,
    /// How often it failed.
    pub n_failed: usize,
}

/// How a package or a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TestState {
    /// It was not built.
    NotBuilt,
    /// It failed.
    Failed,
    /// It has begun and not ended.
    Unfinished,
    /// It passed and failed.
    Flaky,
    /// It passed.
    Passed,
    /// It was skipped.
    Skipped,
    /// The result is of an earlier run.
    Cached,
    /// A package without tests.
    NoTests,
}

impl TestState {
    /// Of a package.
    pub fn of_package(package: &PackageRun) -> Self {
        match package.outcome {
            Some(Outcome::BuildFailed) => Self::NotBuilt,
            Some(Outcome::Fail) if package.counts().failed == 0 && package.counts().flaky > 0 => Self::Flaky,
            Some(Outcome::Fail) => Self::Failed,
            None | Some(Outcome::Unfinished) => Self::Unfinished,
            Some(Outcome::Pass | Outcome::Skip) if package.tests.is_empty() => Self::NoTests,
            Some(Outcome::Skip) => Self::Skipped,
            Some(Outcome::Pass) if package.is_cached => Self::Cached,
            Some(Outcome::Pass) => Self::Passed,
        }
    }

    /// Of a test, all runs together.
    pub const fn of(outcome: TestOutcome) -> Self {
        match outcome {
            TestOutcome::Passed => Self::Passed,
            TestOutcome::Failed => Self::Failed,
            TestOutcome::Flaky => Self::Flaky,
            TestOutcome::Unfinished => Self::Unfinished,
            TestOutcome::Skipped => Self::Skipped,
        }
    }

    /// Of one run.
    pub const fn of_run(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Pass => Self::Passed,
            Outcome::Fail => Self::Failed,
            Outcome::Skip => Self::Skipped,
            Outcome::Unfinished => Self::Unfinished,
            Outcome::BuildFailed => Self::NotBuilt,
        }
    }

    /// In a word or two.
    pub const fn text(self) -> &'static str {
        match self {
            Self::NotBuilt => "not built",
            Self::Failed => "failed",
            Self::Unfinished => "unfinished",
            Self::Flaky => "flaky",
            Self::Passed => "passed",
            Self::Skipped => "skipped",
            Self::Cached => "cached",
            Self::NoTests => "no tests",
        }
    }

    /// Whether somebody has to look at it.
    pub const fn is_bad(self) -> bool {
        matches!(self, Self::NotBuilt | Self::Failed | Self::Unfinished | Self::Flaky)
    }
}

impl Question for TestRowsQuery {
    type Answer = TestRows;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<TestRows, QuestionError> {
        let run = documents.tests()?;
        let n_tests = run.packages.iter().map(|package| package.tests.len()).sum();
        let rows = match self.list {
            TestList::Tree => self.tree(run),
            TestList::Failed => self.flat(failed(run)),
            TestList::Slowest => self.flat(slowest(run)),
        };
        let place_of = rows.iter().enumerate().map(|(at, row)| (row.key.clone(), at)).collect();
        Ok(TestRows { rows, n_tests, place_of })
    }
}

/// What has to be looked at, in the order in which `goscope test` prints it: flaky tests last.
fn failed(run: &TestRun) -> Vec<TestRow> {
    let mut rows = Vec::new();
    for package in &run.packages {
        let state = TestState::of_package(package);
        if package.failed_by_itself() || matches!(state, TestState::NotBuilt) {
            rows.push(package_row(package, None));
        }
        rows.extend(package.failures().map(|(test, _)| flat_row(package, test)));
    }
    rows.sort_by_key(|row| row.state == TestState::Flaky);
    rows
}

fn slowest(run: &TestRun) -> Vec<TestRow> {
    run.slowest().into_iter().map(|(package, test)| flat_row(package, test)).collect()
}

/// A test that stands alone: its package is part of its name.
fn flat_row(package: &PackageRun, test: &TestCase) -> TestRow {
    let folder = package.path.rsplit('/').next().unwrap_or_default();
    let row = test_row(package, test, 0, None);
    TestRow { name: format!("{folder}.{}", test.name), ..row }
}

fn package_row(package: &PackageRun, is_open: Option<bool>) -> TestRow {
    TestRow {
        key: TestKey::of_package(package),
        depth: 0,
        is_open,
        name: if package.path.is_empty() { "(package not named)".to_owned() } else { package.path.clone() },
        state: TestState::of_package(package),
        active_nanos: package.elapsed_nanos,
        wall_nanos: package.elapsed_nanos,
        n_runs: 0,
        n_failed: 0,
    }
}

fn test_row(package: &PackageRun, test: &TestCase, depth: usize, is_open: Option<bool>) -> TestRow {
    let inner = test.name.rsplit_once('/').filter(|_| depth > 1);
    TestRow {
        key: TestKey::of(package, test),
        depth,
        is_open,
        name: inner.map_or(&*test.name, |(_, name)| name).to_owned(),
        state: TestState::of(package.outcome_of(test)),
        active_nanos: test.active_nanos(),
        wall_nanos: test.wall_nanos(),
        n_runs: test.runs.len(),
        n_failed: test.count(Outcome::Fail),
    }
}

impl TestRowsQuery {
    fn flat(&self, mut rows: Vec<TestRow>) -> Vec<TestRow> {
        let words = self.containing.to_lowercase();
        rows.retain(|row| words.is_empty() || row.key.word().to_lowercase().contains(&words));
        if let Some(sort) = self.sort {
            rows.sort_by(|a, b| sort.compare(a, b));
        }
        rows
    }

    fn tree(&self, run: &TestRun) -> Vec<TestRow> {
        let mut packages: Vec<Node> = run.packages.iter().map(|package| self.package(package)).collect();
        let paths: Vec<&str> = run.packages.iter().map(|package| &*package.path).collect();
        let n_shared = shared_folder(&paths);
        for package in &mut packages {
            package.row.name.drain(..n_shared.min(package.row.name.len()));
        }
        self.put_in_order(&mut packages);
        let is_alone = packages.len() == 1;
        let mut rows = Vec::new();
        for mut node in packages {
            if is_alone {
                node.is_open_at_first = true;
            }
            self.push(&mut rows, node);
        }
        rows
    }

    /// A package and the tests in it.
    fn package(&self, package: &PackageRun) -> Node {
        let names: BTreeMap<&str, usize> =
            package.tests.iter().enumerate().map(|(at, test)| (&*test.name, at)).collect();
        let mut inside: Vec<Vec<usize>> = vec![Vec::new(); package.tests.len()];
        let mut roots = Vec::new();
        for (at, test) in package.tests.iter().enumerate() {
            match parent(&test.name, &names) {
                Some(parent) => inside[parent].push(at),
                None => roots.push(at),
            }
        }
        let mut node = Node::new(package_row(package, None));
        node.inside = roots.iter().map(|&at| self.test(package, at, 1, &inside)).collect();
        self.put_in_order(&mut node.inside);
        node.is_open_at_first = node.row.state.is_bad() || node.inside.iter().any(|it| it.is_bad());
        node
    }

    fn test(&self, package: &PackageRun, at: usize, depth: usize, inside: &[Vec<usize>]) -> Node {
        let mut node = Node::new(test_row(package, &package.tests[at], depth, None));
        // Names are not trusted: deeper than this they stay side by side.
        if depth < MOST_DEPTH {
            node.inside = inside[at].iter().map(|&at| self.test(package, at, depth + 1, inside)).collect();
        }
        self.put_in_order(&mut node.inside);
        node.is_open_at_first = node.inside.iter().any(|it| it.is_bad());
        node
    }

    fn put_in_order(&self, nodes: &mut [Node]) {
        match self.sort {
            Some(sort) => nodes.sort_by(|a, b| sort.compare(&a.row, &b.row)),
            // The sort is stable: of the same state they stay as they ran.
            None => nodes
                .sort_by_key(|node| if node.row.state.is_bad() { node.row.state } else { TestState::Passed }),
        }
    }

    /// Adds the rows of a part that are seen; whether there are any.
    fn push(&self, rows: &mut Vec<TestRow>, node: Node) -> bool {
        let is_turned = self.turned.contains(&node.row.key.word());
        let words = self.containing.to_lowercase();
        let is_found = words.is_empty() || node.row.key.word().to_lowercase().contains(&words);
        let is_open = is_turned != (node.is_open_at_first || !words.is_empty());
        let has_inside = !node.inside.is_empty();
        let at = rows.len();
        rows.push(TestRow { is_open: has_inside.then_some(is_open), ..node.row });
        let mut is_seen = is_found;
        for inner in node.inside {
            let before = rows.len();
            is_seen |= self.push(rows, inner);
            if !is_open {
                rows.truncate(before);
            }
        }
        if !is_seen {
            rows.truncate(at);
        }
        is_seen
    }
}

/// How much of their paths need not be shown: what comes before the last folder that all have in common.
fn shared_folder(paths: &[&str]) -> usize {
    let [first, rest @ ..] = paths else { return 0 };
    let ends = first.match_indices('/').map(|(at, _)| at + 1);
    let is_shared = |end: &usize| rest.iter().all(|path| path.get(..*end) == first.get(..*end));
    let shared: Vec<usize> = ends.filter(is_shared).collect();
    match shared.as_slice() {
        // Of one package its last folder, too.
        _ if rest.is_empty() => shared.last().copied().unwrap_or(0),
        [.., before, _] => *before,
        _ => 0,
    }
}

/// How deep tests are nested in the tree.
const MOST_DEPTH: usize = 64;

/// The test that another is directly inside of: the longest beginning of its name that is a test.
fn parent(name: &str, names: &BTreeMap<&str, usize>) -> Option<usize> {
    let mut rest = name;
    while let Some((before, _)) = rest.rsplit_once('/') {
        if let Some(&at) = names.get(before) {
            return Some(at);
        }
        rest = before;
    }
    None
}

/// A part of the tree.
struct Node {
    row: TestRow,
    inside: Vec<Self>,
    is_open_at_first: bool,
}

impl Node {
    fn new(row: TestRow) -> Self {
        Self { row, inside: Vec::new(), is_open_at_first: false }
    }

    fn is_bad(&self) -> bool {
        self.row.state.is_bad() || self.inside.iter().any(Self::is_bad)
    }
}

impl TestSort {
    fn compare(self, a: &TestRow, b: &TestRow) -> std::cmp::Ordering {
        let order = match self.column {
            TestColumn::Name => a.name.cmp(&b.name),
            TestColumn::State => Reverse(a.state).cmp(&Reverse(b.state)),
            TestColumn::Active => a.active_nanos.cmp(&b.active_nanos),
            TestColumn::Wall => a.wall_nanos.cmp(&b.wall_nanos),
            TestColumn::Runs => a.n_runs.cmp(&b.n_runs),
        };
        if self.is_descending { order.reverse() } else { order }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_called_by_what_tells_them_apart() {
        let shared =
            |paths: &[&str]| paths.first().map_or("", |path| &path[shared_folder(paths)..]).to_owned();
        assert_eq!(shared(&["example.com/shop/cart", "example.com/shop/search"]), "shop/cart");
        assert_eq!(shared(&["example.com/shop/cart"]), "cart");
        assert_eq!(shared(&["example.com/shop", "golang.org/x"]), "example.com/shop");
        assert_eq!(shared(&["a/b", "a/c"]), "a/b");
        assert_eq!(shared(&["", "a/c"]), "");
    }

    #[test]
    fn a_test_stands_in_the_longest_beginning_of_its_name_that_is_one() {
        let names: BTreeMap<&str, usize> = [("TestA", 0), ("TestA/b", 1)].into();
        assert_eq!(parent("TestA/b/c/d", &names), Some(1));
        assert_eq!(parent("TestA/x", &names), Some(0));
        assert_eq!(parent("TestB/x", &names), None);
    }
}
