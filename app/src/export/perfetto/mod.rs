//! A trace for Perfetto: goroutines, Ps, threads, tasks, the collector and counters as tracks, who unblocked whom as arrows.
//!
//! ```text
//! process ─┬─ counters: heap, goal, running, runnable
//!          ├─ GC, STW pauses
//!          ├─ Ps ─── P0 …              which goroutine ran, when
//!          ├─ Tasks ─ task ─ its children
//!          └─ goroutines of a function ─ G7 main.work ─ its regions
//! threads: CPU samples
//! ```
//!
//! Track by track, so that nothing but texts and running spans is in memory; the viewer sorts by time. Time 0 is the first
//! event. Each goroutine's slices are its states, an arrow leads from the instant at which it was unblocked to the slice in
//! which it ran again.

mod counters;
mod goroutines;
mod procs;
mod samples;
mod tasks;
mod tracks;

use std::io::{self, Write};

use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::interop::PerfettoWriter;

use tracks::{Export, PID, PROCESS};

/// Writes a trace as Perfetto's protobuf; `name` is that of its process.
///
/// # Errors
/// Those of `out`.
pub fn write_perfetto(model: &TraceModel, name: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut export = Export::new(model, PerfettoWriter::new(out));
    export.writer.process(PROCESS, PID, name)?;
    counters::put(&mut export)?;
    procs::put_pauses(&mut export)?;
    procs::put(&mut export)?;
    tasks::put(&mut export)?;
    goroutines::put(&mut export)?;
    samples::put(&mut export)
}
