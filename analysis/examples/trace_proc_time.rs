//! Times the index of what was in the way of runnable goroutines:
//! `cargo run --release -p goscope-analysis --example trace_proc_time -- trace.out`

mod shared;

use std::process::ExitCode;
use std::time::Instant;

use goscope_analysis::trace::proc_time::ProcTime;
use goscope_parsers::{FileBytes, ParseError};

use self::shared::{model_in, print, with_file};

/// The best of so many builds counts.
const BUILDS: usize = 5;

fn main() -> ExitCode {
    with_file("trace_proc_time", print_index)
}

fn print_index(file: &FileBytes) -> Result<(), ParseError> {
    let model = model_in(file)?;
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
