//! Builds the model of an execution trace and says what is in it:
//! `cargo run --release -p goscope-analysis --example trace_model -- trace.out`

mod shared;

use std::process::ExitCode;
use std::time::Instant;

use goscope_parsers::{FileBytes, ParseError};

use self::shared::{model_in, print, with_file};

fn main() -> ExitCode {
    with_file("trace_model", print_model)
}

fn print_model(file: &FileBytes) -> Result<(), ParseError> {
    let begin = Instant::now();
    let model = model_in(file)?;
    let seconds = begin.elapsed().as_secs_f64();
    print(&format!("{}, read and built in {seconds:.3} s", model.version()));
    let rows = [
        ("events", model.event_count()),
        ("goroutines", model.goroutine_ids().count() as u64),
        ("spans", model.span_count()),
        ("bytes of spans", model.span_bytes() as u64),
        ("causes", model.causes().len() as u64),
        ("blocks", model.cause_sums().len() as u64),
        ("sums by cause", model.cause_sums().iter().map(Vec::len).sum::<usize>() as u64),
        ("bindings", model.bindings().len() as u64),
        ("tasks", model.task_ids().count() as u64),
        ("regions", model.regions().len() as u64),
        ("logs", model.logs().len() as u64),
        ("range events", model.range_events().len() as u64),
        ("CPU samples", model.samples().len() as u64),
        ("problems", model.problems().len() as u64),
    ];
    for (name, count) in rows {
        print(&format!("{count:>12} {name}"));
    }
    Ok(())
}
