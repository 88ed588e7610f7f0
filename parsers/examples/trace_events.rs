//! Counts the events of an execution trace by kind: `cargo run --release --example trace_events -- trace.out`
//!
//! Shows the whole of the reading API: open, take chunks of ordered events, look ids up, ask what was wrong.

use std::process::ExitCode;

use goscope_parsers::trace::{EventKind, TraceContent, TraceOptions};
use goscope_parsers::{FileBytes, ParseError};

/// Kinds of events that are counted on their own.
const NAMES: [&str; 8] = [
    "goroutine transitions",
    "proc transitions",
    "task, region and log events",
    "range events",
    "metrics and labels",
    "CPU samples",
    "experimental events",
    "syncs",
];

/// The place of an event's kind in [`NAMES`].
fn place(kind: EventKind) -> usize {
    match kind {
        EventKind::GoTransition { .. } => 0,
        EventKind::ProcTransition { .. } => 1,
        EventKind::TaskBegin { .. }
        | EventKind::TaskEnd { .. }
        | EventKind::RegionBegin { .. }
        | EventKind::RegionEnd { .. }
        | EventKind::Log { .. } => 2,
        EventKind::RangeBegin(_) | EventKind::RangeActive(_) | EventKind::RangeEnd(_) => 3,
        EventKind::Metric { .. } | EventKind::Label { .. } => 4,
        EventKind::StackSample => 5,
        EventKind::Experimental { .. } => 6,
        EventKind::Sync { .. } => 7,
    }
}

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        return fail("usage: trace_events FILE");
    };
    match FileBytes::open(&path).and_then(|file| print_counts(&file)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

fn print_counts(file: &FileBytes) -> Result<(), ParseError> {
    // A trace may be wrapped in gzip or zstd; a plain one stays where it is mapped, and takes no memory once read.
    let content = TraceContent::new(file, 8 << 30, None)?;
    let mut reader = content.reader(&TraceOptions::default())?;
    let mut counts = [0_u64; NAMES.len()];
    while let Some(chunk) = reader.next_chunk() {
        for event in chunk.events {
            counts[place(event.kind)] += 1;
        }
    }
    print(&format!("{}", reader.version()));
    for (name, count) in NAMES.iter().zip(counts) {
        print(&format!("{count:>12} {name}"));
    }
    print(&format!("{:>12} events", counts.iter().sum::<u64>()));
    print(&format!("{:>12} goroutines", reader.tables().goroutine_count() - 1));
    for problem in reader.problems() {
        print(&format!("problem: {problem}"));
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "printing is what this program is for")]
fn print(line: &str) {
    println!("{line}");
}

#[expect(clippy::print_stderr, reason = "printing is what this program is for")]
fn fail(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::FAILURE
}
