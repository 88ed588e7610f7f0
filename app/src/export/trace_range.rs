//! A range of a trace as a trace: how it is said what was kept.

use std::io::{self, Write};

use goscope_parsers::pprof::ParseOptions;
use goscope_parsers::trace::{Cut, CutError, TraceContent, cut_trace};
use goscope_parsers::{ParseError, Progress};

use crate::document::Source;
use crate::input_bytes::{Wishes, open_input};
use crate::samples;
use crate::text::{self, column};

/// A range that was written.
#[derive(Clone, Debug)]
pub struct WrittenRange {
    /// What was kept.
    pub cut: Cut,
    /// Bytes of the whole trace, not compressed.
    pub whole_bytes: u64,
    /// Bytes that were written.
    pub bytes: u64,
}

/// Writes the part of a trace from `range.0` to `range.1` nanoseconds after its first event.
///
/// # Errors
/// As [`cut_trace`].
pub fn write_range(
    content: &[u8],
    range: (i64, i64),
    progress: &Progress,
    out: &mut dyn Write,
) -> Result<WrittenRange, CutError> {
    let mut out = Counted { out, bytes: 0 };
    let cut = cut_trace(content, range, Some(progress), &mut out)?;
    Ok(WrittenRange { cut, whole_bytes: content.len() as u64, bytes: out.bytes })
}

/// The same of a file that is read again: the window keeps the model of a trace, and not its bytes.
///
/// # Errors
/// As [`cut_trace`], and if the file is not there any more.
pub fn write_range_of(
    source: &Source,
    range: (i64, i64),
    progress: &Progress,
    out: &mut dyn Write,
) -> Result<WrittenRange, CutError> {
    let max_bytes = ParseOptions::default().max_inflated_bytes;
    match source {
        Source::File(path) => {
            let file = open_input(path, &Wishes::default(), |_| {})?;
            let content = TraceContent::new(&file, max_bytes, Some(progress))?;
            let written = write_range(&content, range, progress, out);
            file.check_whole()?;
            written
        }
        // Only profiles have parts by labels.
        Source::Part(whole, _) => write_range_of(whole, range, progress, out),
        Source::Sample(name) => {
            let sample = samples::sample(name).ok_or(ParseError::Empty)?;
            let content = TraceContent::from_bytes(sample.bytes, max_bytes, Some(progress))?;
            write_range(&content, range, progress, out)
        }
    }
}

/// Counts what it writes.
struct Counted<'a> {
    out: &'a mut dyn Write,
    bytes: u64,
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n_bytes = self.out.write(bytes)?;
        self.bytes += n_bytes as u64;
        Ok(n_bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Less is the distance of events to each other.
const EARLY_NANOS: i64 = 1_000;

impl WrittenRange {
    /// What was kept of a file, and what is not in it; a sentence a line. `wanted_nanos`: where it should begin.
    pub fn summary(&self, wanted_nanos: i64, file: &str) -> Vec<String> {
        let Cut { begin_nanos, end_nanos, open_tasks, open_regions, .. } = self.cut;
        let (begin, end) = (column::moment(begin_nanos), column::moment(end_nanos));
        let (whole, part) = (text::bytes(self.whole_bytes), text::bytes(self.bytes));
        let mut summary = vec![format!("kept {begin} to {end} of {file}: {part} of {whole}")];
        let early_nanos = wanted_nanos.saturating_sub(begin_nanos);
        if early_nanos >= EARLY_NANOS {
            let early = column::duration(early_nanos.unsigned_abs());
            summary.push(format!("it begins {early} early: after that the world was stopped, or the clocks of threads disagreed"));
        }
        if open_tasks + open_regions > 0 {
            let (tasks, regions) =
                (column::counted(open_tasks, "task"), column::counted(open_regions, "region"));
            summary.push(format!(
                "{tasks} and {regions} had begun before: their begins and names are not in it"
            ));
        }
        summary
    }
}
