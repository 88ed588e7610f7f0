//! CPU samples, on the threads that they were taken of.

use std::collections::HashSet;
use std::io;

use goscope_parsers::interop::SampleFrame;
use goscope_parsers::trace::ThreadId;

use super::tracks::{Export, PID, TrackOf};

/// Writes the threads that have samples, and these.
pub(super) fn put(export: &mut Export<'_, '_>) -> io::Result<()> {
    let model = export.model;
    let tables = model.tables();
    let mut described = HashSet::new();
    for sample in model.samples() {
        let tid = thread_number(tables.thread_number(sample.thread), sample.thread);
        if described.insert(sample.thread) {
            let known = sample.thread != ThreadId::NONE;
            let name = if known { format!("M{tid}") } else { "thread not known".to_owned() };
            export.writer.thread(TrackOf::Thread.number(sample.thread.0), (PID, tid), &name)?;
        }
        let stack: Vec<_> =
            tables.stack(sample.stack).iter().rev().map(|&frame| tables.frame(frame)).collect();
        let texts: Vec<_> = stack
            .iter()
            .map(|frame| (tables.string_lossy(frame.function), tables.string_lossy(frame.file)))
            .collect();
        let frames = stack.iter().zip(&texts).map(|(frame, (function, file))| SampleFrame {
            function,
            file,
            line: frame.line,
        });
        let nanos = export.nanos(sample.time);
        export.writer.sample((PID, tid), nanos, frames)?;
    }
    Ok(())
}

/// The number of a thread, if Perfetto's 31 bits hold it: macOS numbers threads by addresses.
fn thread_number(number: i64, thread: ThreadId) -> u64 {
    match u64::try_from(number) {
        Ok(number) if number > 0 && number < 1 << 31 => number,
        _ => u64::from(thread.0) + 1,
    }
}
