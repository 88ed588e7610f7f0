//! Times the index of what was in the way of runnable goroutines:
//! `cargo run --release -p goscope-analysis --example trace_proc_time -- trace.out`

use std::process::ExitCode;
use std::time::Instant;

use goscope_analysis::trace::load::model_of;
use goscope_analysis::trace::proc_time::ProcTime;
use goscope_parsers::trace::{TraceContent, TraceOptions};
use goscope_parsers::{FileBytes, ParseError};

/// The best of so many builds counts.
const BUILDS: usize = 5;

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        return fail("usage: trace_proc_time FILE");
    };
    match FileBytes::open(&path).and_then(|file| print_index(&file)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

fn print_index(file: &FileBytes) -> Result<(), ParseError> {
    let content = TraceContent::new(file, u64::MAX, None)?;
    let model = model_of(content.reader(&TraceOptions::default())?)?;
    print(&format!("{} events, {} spans", model.event_count(), model.span_count()));
    let builds = (0..BUILDS).map(|_| {
        let begin = Instant::now();
        let index = ProcTime::new(model.data());
        (begin.elapsed().as_secs_f64(), index)
    });
    let best = builds.min_by(|one, other| one.0.total_cmp(&other.0));
    let Some((seconds, index)) = best else { return Ok(()) };
    let (points, bytes) = (index.change_points(), index.heap_bytes());
    print(&format!("built in {seconds:.3} s"));
    print(&format!("{points} change points, {:.2} bytes each", bytes as f64 / points.max(1) as f64));
    print(&format!("{:?}", index.split(model.range())));
    let ids: Vec<_> = model.goroutine_ids().take(20_000).collect();
    let begin = Instant::now();
    let (mut spans, mut starved) = (0_u64, 0);
    for span in ids.into_iter().flat_map(|id| model.spans(id)).take(2_000_000) {
        starved += index.split(span.start..span.end).starved_nanos;
        spans += 1;
    }
    let nanos = begin.elapsed().as_nanos() as f64 / spans.max(1) as f64;
    print(&format!("{nanos:.0} ns for the split of a span, starved {starved} ns"));
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
