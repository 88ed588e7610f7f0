//! Builds the model of an execution trace and says what is in it:
//! `cargo run --release -p goscope-analysis --example trace_model -- trace.out`

use std::process::ExitCode;
use std::time::Instant;

use goscope_analysis::trace::load::model_of;
use goscope_parsers::trace::{TraceContent, TraceOptions};
use goscope_parsers::{FileBytes, ParseError};

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        return fail("usage: trace_model FILE");
    };
    match FileBytes::open(&path).and_then(|file| print_model(&file)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

fn print_model(file: &FileBytes) -> Result<(), ParseError> {
    let content = TraceContent::new(file, u64::MAX, None)?;
    let begin = Instant::now();
    let model = model_of(content.reader(&TraceOptions::default())?)?;
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

#[expect(clippy::print_stdout, reason = "printing is what this program is for")]
fn print(line: &str) {
    println!("{line}");
}

#[expect(clippy::print_stderr, reason = "printing is what this program is for")]
fn fail(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::FAILURE
}
