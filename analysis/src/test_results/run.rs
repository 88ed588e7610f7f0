//! The results of a test run.

use std::collections::BTreeSet;

use super::kept_output::KeptOutput;
use super::outcome::{Counts, Outcome};
use super::place::{first_place, running_tests};

/// A test, one time that it ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestRunOnce {
    /// How it ended.
    pub outcome: Outcome,
    /// Time that it ran, without waiting for parallel siblings; in nanoseconds where events have times, else as `go test` says
    /// it, rounded to 10 ms. Of a parent with parallel children it is short.
    pub active_nanos: u64,
    /// From its begin to its end; the same as active where events have no times.
    pub wall_nanos: u64,
    /// What `go test` says.
    pub elapsed_nanos: u64,
    /// What it printed; of one that passed, the number of lines alone.
    pub output: KeptOutput,
}

/// A test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestCase {
    /// With its parents: `TestX/sub`.
    pub name: String,
    /// Every time that it ran, in order.
    pub runs: Vec<TestRunOnce>,
    /// Where it says that it failed.
    pub place: Option<(String, u32)>,
    /// Whether a test inside it failed or did not finish: then its own failure says nothing new.
    pub has_failed_child: bool,
}

/// A package.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PackageRun {
    /// Its import path.
    pub path: String,
    /// How it ended; `None` if the stream ended before.
    pub outcome: Option<Outcome>,
    /// What `go test` says.
    pub elapsed_nanos: u64,
    /// Whether nothing ran: the result is of an earlier run.
    pub is_cached: bool,
    /// `go test` says `no test files` or `no tests to run`.
    pub has_no_tests: bool,
    /// What `go test -cover` says, in percent.
    pub coverage_percent: Option<f64>,
    /// In the order in which they first ran.
    pub tests: Vec<TestCase>,
    /// What was printed outside of tests.
    pub output: KeptOutput,
    /// What the compiler printed.
    pub build_output: String,
    /// Names and seconds of the tests that ran when the time was up.
    pub running: Vec<(String, String)>,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TestRun {
    /// In the order in which they began.
    pub packages: Vec<PackageRun>,
    /// What was printed outside of packages: build errors of Go before 1.24, logs of scripts.
    pub noise: KeptOutput,
}

impl TestCase {
    /// Whether it is a benchmark, which never ends.
    pub fn is_benchmark(&self) -> bool {
        self.name.starts_with("Benchmark")
    }

    fn has(&self, outcome: Outcome) -> bool {
        self.runs.iter().any(|run| run.outcome == outcome)
    }

    /// Passed and failed.
    pub fn is_flaky(&self) -> bool {
        self.has(Outcome::Pass) && (self.has(Outcome::Fail))
    }

    /// How often it ended so.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.runs.iter().filter(|run| run.outcome == outcome).count()
    }

    /// The time of all runs.
    pub fn active_nanos(&self) -> u64 {
        self.runs.iter().fold(0, |sum, run| sum.saturating_add(run.active_nanos))
    }

    /// From begin to end, of all runs.
    pub fn wall_nanos(&self) -> u64 {
        self.runs.iter().fold(0, |sum, run| sum.saturating_add(run.wall_nanos))
    }

    /// The run to show: the last one that failed or did not finish, else the last.
    pub fn shown_run(&self) -> Option<&TestRunOnce> {
        let is_bad = |run: &&TestRunOnce| matches!(run.outcome, Outcome::Fail | Outcome::Unfinished);
        self.runs.iter().rev().find(is_bad).or_else(|| self.runs.last())
    }

    /// The test itself, without what is inside it: what can be run again.
    pub fn root(&self) -> &str {
        self.name.split('/').next().unwrap_or(&self.name)
    }

    pub(super) fn find_place(&mut self) {
        let output = self.shown_run().filter(|run| run.outcome != Outcome::Pass).map(|run| run.output.text());
        self.place = output.and_then(|output| first_place(&output));
    }
}

impl PackageRun {
    /// How a test ended, all runs together: failed if it failed or did not finish and never passed.
    pub fn outcome_of(&self, test: &TestCase) -> TestOutcome {
        let is_done = self.outcome == Some(Outcome::Pass);
        let is_unfinished = test.has(Outcome::Unfinished) && !(test.is_benchmark() && is_done);
        match () {
            () if test.is_flaky() => TestOutcome::Flaky,
            () if test.has(Outcome::Fail) => TestOutcome::Failed,
            () if is_unfinished => TestOutcome::Unfinished,
            () if test.has(Outcome::Pass) || test.has(Outcome::Unfinished) => TestOutcome::Passed,
            () => TestOutcome::Skipped,
        }
    }

    /// Tests by how they ended.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for test in &self.tests {
            *match self.outcome_of(test) {
                TestOutcome::Passed => &mut counts.passed,
                TestOutcome::Failed | TestOutcome::Unfinished => &mut counts.failed,
                TestOutcome::Flaky => &mut counts.flaky,
                TestOutcome::Skipped => &mut counts.skipped,
            } += 1;
        }
        counts
    }

    /// Tests that failed, did not finish or are flaky, innermost first: a parent only if it printed something itself or no test
    /// inside it failed.
    pub fn failures(&self) -> impl Iterator<Item = (&TestCase, TestOutcome)> {
        let with_outcome = self.tests.iter().map(|test| (test, self.outcome_of(test)));
        with_outcome.filter(|(test, outcome)| {
            let says_more =
                !test.has_failed_child || test.shown_run().is_some_and(|run| !run.output.is_empty());
            outcome.is_bad() && says_more
        })
    }

    /// Whether the package failed though none of its tests did: in `TestMain`, by `os.Exit`, in a data race.
    pub fn failed_by_itself(&self) -> bool {
        let is_bad = |test: &TestCase| self.outcome_of(test).is_bad();
        matches!(self.outcome, Some(Outcome::Fail)) && !self.tests.iter().any(is_bad)
    }

    pub(super) fn find_running(&mut self) {
        if self.outcome != Some(Outcome::Fail) {
            return;
        }
        let outputs =
            self.tests.iter().flat_map(|test| &test.runs).map(|run| &run.output).chain([&self.output]);
        let found = outputs.map(|output| running_tests(&output.text())).find(|running| !running.is_empty());
        self.running = found.unwrap_or_default();
    }
}

/// How a test ended, all runs together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestOutcome {
    /// It passed every time, or was skipped the other times.
    Passed,
    /// It failed and never passed.
    Failed,
    /// It passed and failed.
    Flaky,
    /// It has begun and not ended.
    Unfinished,
    /// It never ran.
    Skipped,
}

impl TestOutcome {
    /// Whether somebody has to look at it.
    pub const fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::Flaky | Self::Unfinished)
    }

    /// The word in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passed => "pass",
            Self::Failed => "fail",
            Self::Flaky => "flaky",
            Self::Unfinished => "unfinished",
            Self::Skipped => "skip",
        }
    }
}

impl TestRun {
    /// All tests by how they ended.
    pub fn counts(&self) -> Counts {
        let mut sum = Counts::default();
        self.packages.iter().for_each(|package| sum += package.counts());
        sum
    }

    /// Packages that failed, were not built, or did not end.
    pub fn n_failed_packages(&self) -> usize {
        let is_bad = |package: &&PackageRun| !matches!(package.outcome, Some(Outcome::Pass | Outcome::Skip));
        self.packages.iter().filter(is_bad).count()
    }

    /// Packages that were not built.
    pub fn n_build_failed(&self) -> usize {
        self.packages.iter().filter(|package| package.outcome == Some(Outcome::BuildFailed)).count()
    }

    /// Tests without tests inside them, by the time that they were active, the longest first.
    pub fn slowest(&self) -> Vec<(&PackageRun, &TestCase)> {
        let mut tests: Vec<(&PackageRun, &TestCase)> = Vec::new();
        for package in &self.packages {
            let names = package.tests.iter().map(|test| &*test.name);
            let parents: BTreeSet<&str> = names.filter_map(|name| Some(name.rsplit_once('/')?.0)).collect();
            let leaves = package.tests.iter().filter(|test| !parents.contains(&*test.name));
            tests.extend(leaves.filter(|test| test.active_nanos() > 0).map(|test| (package, test)));
        }
        tests.sort_by_key(|(_, test)| std::cmp::Reverse(test.active_nanos()));
        tests
    }
}
