//! Finds the corpus of real traces with what Go's own tools say about them.

use std::path::{Path, PathBuf};

use goscope_parsers::trace::{Event, Strictness, Tables, TraceReader};
use goscope_parsers::{FileBytes, inflate_all};
use serde_json::Value;

/// The folder of the conformance corpus; says so where there is none.
pub(crate) fn corpus() -> Option<PathBuf> {
    goscope_test_support::corpus("trace-conformance")
}

/// A sample of the project.
pub(crate) fn sample(name: &str) -> Vec<u8> {
    std::fs::read(goscope_test_support::sample("trace").join(name)).expect("a sample")
}

/// A file without the compressed layer around it.
pub(crate) fn content(path: &Path) -> Vec<u8> {
    let file = FileBytes::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    inflate_all(&file, 1 << 30).expect("it inflates").into_owned()
}

pub(crate) fn json(path: &Path) -> Value {
    serde_json::from_slice(&content(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All traces of the corpus, by path.
pub(crate) fn traces(folder: &Path) -> Vec<PathBuf> {
    let index = std::fs::read_to_string(folder.join("index.tsv")).expect("the index is readable");
    let columns = index.lines().skip(1).map(|line| line.split('\t').take(2).collect::<Vec<_>>().join("/"));
    columns.map(|name| folder.join(name)).collect()
}

/// Hands over every event that Go's own reader would deliver.
pub(crate) fn read(bytes: &[u8], mut visit: impl FnMut(&Event, &Tables)) {
    let mut reader = TraceReader::with_strictness(bytes, Strictness::LikeGo).expect("a trace");
    while let Some(chunk) = reader.next_chunk() {
        chunk.events.iter().for_each(|event| visit(event, chunk.tables));
    }
}
