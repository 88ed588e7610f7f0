//! Test results as JSON. The schema is written down in docs/json.md.

use goscope_analysis::test_results::{Outcome, PackageRun, TestCase, TestRun};
use serde::Serialize;

use super::rerun_command;

/// Test results. Times are nanoseconds.
#[derive(Debug, Serialize)]
pub struct TestRunJson {
    schema: &'static str,
    tests: usize,
    passed: usize,
    failed: usize,
    flaky: usize,
    skipped: usize,
    packages: Vec<PackageJson>,
    output: String,
}

#[derive(Debug, Serialize)]
struct PackageJson {
    path: String,
    result: &'static str,
    elapsed_ns: u64,
    cached: bool,
    coverage_percent: Option<f64>,
    tests: Vec<TestJson>,
    output: String,
    build_output: String,
}

#[derive(Debug, Serialize)]
struct TestJson {
    name: String,
    result: &'static str,
    runs: usize,
    passed: usize,
    failed: usize,
    active_ns: u64,
    wall_ns: u64,
    output: String,
    file: Option<String>,
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rerun: Option<String>,
}

impl TestRunJson {
    /// All of a run.
    pub fn new(run: &TestRun) -> Self {
        let counts = run.counts();
        Self {
            schema: "goscope.test/1",
            tests: counts.total(),
            passed: counts.passed,
            failed: counts.failed,
            flaky: counts.flaky,
            skipped: counts.skipped,
            packages: run.packages.iter().map(package_json).collect(),
            output: run.noise.text().into_owned(),
        }
    }
}

fn package_json(package: &PackageRun) -> PackageJson {
    PackageJson {
        path: package.path.clone(),
        result: package.outcome.map_or("unfinished", Outcome::word),
        elapsed_ns: package.elapsed_nanos,
        cached: package.is_cached,
        coverage_percent: package.coverage_percent,
        tests: package.tests.iter().map(|test| test_json(package, test)).collect(),
        output: package.output.text().into_owned(),
        build_output: package.build_output.clone(),
    }
}

fn test_json(package: &PackageRun, test: &TestCase) -> TestJson {
    let outcome = package.outcome_of(test);
    TestJson {
        name: test.name.clone(),
        result: outcome.word(),
        runs: test.runs.len(),
        passed: test.count(Outcome::Pass),
        failed: test.count(Outcome::Fail),
        active_ns: test.active_nanos(),
        wall_ns: test.wall_nanos(),
        output: test.shown_run().map(|run| run.output.text().into_owned()).unwrap_or_default(),
        file: test.place.as_ref().map(|(file, _)| file.clone()),
        line: test.place.as_ref().map(|(_, line)| *line),
        rerun: outcome.is_bad().then(|| rerun_command(package, test)),
    }
}
