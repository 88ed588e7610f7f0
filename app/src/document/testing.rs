//! Documents of what `go test` writes.

use std::path::Path;
use std::sync::Arc;

use goscope_analysis::test_results::{Collector, TestRun};
use goscope_parsers::coverage::{CoverageProfile, read_text_profile};
use goscope_parsers::pprof::ParseOptions;
use goscope_parsers::test_events::read_test_events;
use goscope_parsers::{FileKind, ParseError, Progress, TextOptions};

use super::DocumentKind;
use crate::coverage_input::{ReadCoverage, read_coverage};

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
pub(super) fn folder(path: &Path) -> Result<DocumentKind, ParseError> {
    let max_inflated_bytes = ParseOptions::default().max_inflated_bytes;
    let read = read_coverage(&[path.to_owned()], max_inflated_bytes, |_| {});
    let read = read.map_err(|error| ParseError::Io {
        context: "no coverage".to_owned(),
        source: std::io::Error::other(error.root_cause().to_string()),
    })?;
    Ok(DocumentKind::Coverage(Box::new(read.into())))
}

/// Reads what `go test` wrote; `None` if it is something else.
pub(super) fn read(
    kind: FileKind,
    bytes: &[u8],
    progress: &Progress,
) -> Option<Result<DocumentKind, ParseError>> {
    match kind {
        FileKind::TestEvents | FileKind::TestText => {
            Some(tests(bytes, progress).map(|run| DocumentKind::Tests(Box::new(run))))
        }
        FileKind::Coverage => {
            let max_inflated_bytes = ParseOptions::default().max_inflated_bytes;
            let options = TextOptions { max_inflated_bytes, progress: Some(progress) };
            Some(read_text_profile(bytes, &options).map(|profile| {
                let read = ReadCoverage { profile, warnings: Vec::new() };
                DocumentKind::Coverage(Box::new(read.into()))
            }))
        }
        _ => None,
    }
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
