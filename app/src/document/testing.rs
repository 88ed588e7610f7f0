//! Documents of what `go test` writes.

use std::path::Path;
use std::sync::Arc;

use goscope_analysis::test_results::{Collector, TestRun};
use goscope_parsers::bench::{BenchOutput, read_output};
use goscope_parsers::coverage::{CoverageProfile, read_text_profile};
use goscope_parsers::pprof::ParseOptions;
use goscope_parsers::test_events::read_test_events;
use goscope_parsers::{FileKind, ParseError, Progress, TextOptions, inflate_all};

use crate::coverage_input::{ReadCoverage, read_coverage};

/// What `go test` wrote.
pub(super) enum Written {
    Tests(TestsDocument),
    Benchmarks(BenchOutput),
    Coverage(CoverageDocument),
}

/// Results of tests.
#[derive(Debug)]
pub struct TestsDocument {
    /// Packages and tests.
    pub run: TestRun,
    /// What the benchmarks among them measured, if there are any.
    pub benchmarks: Option<BenchOutput>,
}

/// What tests covered.
#[derive(Debug)]
pub struct CoverageDocument {
    /// Files, blocks, counts.
    pub profile: Arc<CoverageProfile>,
    /// What is odd about it, one sentence each.
    pub warnings: Vec<String>,
}

impl From<ReadCoverage> for CoverageDocument {
    fn from(read: ReadCoverage) -> Self {
        Self { profile: Arc::new(read.profile), warnings: read.warnings }
    }
}

/// Reads a folder that `GOCOVERDIR` named.
pub(super) fn folder(path: &Path) -> Result<Written, ParseError> {
    let max_inflated_bytes = ParseOptions::default().max_inflated_bytes;
    let read = read_coverage(&[path.to_owned()], max_inflated_bytes, |_| {});
    let read = read.map_err(|error| ParseError::Io {
        context: "no coverage".to_owned(),
        source: std::io::Error::other(error.root_cause().to_string()),
    })?;
    Ok(Written::Coverage(read.into()))
}

/// Reads what `go test` wrote; `None` if it is something else.
pub(super) fn read(kind: FileKind, bytes: &[u8], progress: &Progress) -> Option<Result<Written, ParseError>> {
    match kind {
        FileKind::Benchmark | FileKind::TestEvents | FileKind::TestText => {
            Some(tests_or_benchmarks(kind, bytes, progress))
        }
        FileKind::Coverage => {
            let max_inflated_bytes = ParseOptions::default().max_inflated_bytes;
            let options = TextOptions { max_inflated_bytes, progress: Some(progress) };
            Some(read_text_profile(bytes, &options).map(|profile| {
                let read = ReadCoverage { profile, warnings: Vec::new() };
                Written::Coverage(read.into())
            }))
        }
        _ => None,
    }
}

/// A stream may hold both. Of benchmarks alone, it is about benchmarks.
fn tests_or_benchmarks(kind: FileKind, bytes: &[u8], progress: &Progress) -> Result<Written, ParseError> {
    let inflated = inflate_all(bytes, ParseOptions::default().max_inflated_bytes)?;
    let output = read_output(&inflated);
    let has_benchmarks = !output.results.is_empty();
    let benchmarks = |output: BenchOutput| Written::Benchmarks(output);
    // Benchmarks without `-v` or `-json` name no tests.
    let run = match tests(&inflated, progress) {
        Ok(run) => run,
        Err(_) if kind == FileKind::Benchmark => return Ok(benchmarks(output)),
        Err(error) => return Err(error),
    };
    let mut cases = run.packages.iter().flat_map(|package| &package.tests);
    let has_tests = cases.any(|test| !test.is_benchmark());
    if !has_tests && (has_benchmarks || kind == FileKind::Benchmark) {
        return Ok(benchmarks(output));
    }
    let benchmarks = has_benchmarks.then_some(output);
    Ok(Written::Tests(TestsDocument { run, benchmarks }))
}

fn tests(bytes: &[u8], progress: &Progress) -> Result<TestRun, ParseError> {
    let max_inflated_bytes = ParseOptions::default().max_inflated_bytes;
    let options = TextOptions { max_inflated_bytes, progress: Some(progress) };
    let mut collector = Collector::default();
    read_test_events(bytes, &options, &mut |event| {
        collector.add(&event);
    })?;
    Ok(collector.finish())
}
