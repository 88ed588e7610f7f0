//! Documents of what `go test` writes.

use goscope_analysis::test_results::{Collector, TestRun};
use goscope_parsers::pprof::ParseOptions;
use goscope_parsers::test_events::read_test_events;
use goscope_parsers::{FileKind, ParseError, Progress, TextOptions};

use super::DocumentKind;

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
