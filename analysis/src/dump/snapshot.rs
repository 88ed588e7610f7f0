//! One of several dumps of a program.

use goscope_parsers::dump::{Dump, DumpFile, Tables};

/// A dump of a program at a time.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot<'a> {
    /// The text that it is from.
    pub file: &'a DumpFile,
    /// The goroutines.
    pub dump: &'a Dump,
    /// What their ids stand for.
    pub tables: &'a Tables,
    /// Seconds since some moment that is the same for all, if it is known.
    pub seconds: Option<f64>,
}
