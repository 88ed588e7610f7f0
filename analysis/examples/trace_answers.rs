//! How long the answers of a trace take once it is loaded:
//! `cargo run --release -p goscope-analysis --example trace_answers -- trace.out`

use std::process::ExitCode;
use std::time::Instant;

use goscope_analysis::trace::answers::findings::findings;
use goscope_analysis::trace::answers::population::Population;
use goscope_analysis::trace::answers::slow::SlowRule;
use goscope_analysis::trace::answers::why::{WhyQuestion, why};
use goscope_analysis::trace::load::model_of;
use goscope_parsers::trace::{TraceContent, TraceOptions};
use goscope_parsers::{FileBytes, ParseError};

/// The best of so many counts.
const TIMES: usize = 5;

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        return fail("usage: trace_answers FILE");
    };
    match FileBytes::open(&path).and_then(|file| print_times(&file)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

fn print_times(file: &FileBytes) -> Result<(), ParseError> {
    let begin = Instant::now();
    let content = TraceContent::new(file, u64::MAX, None)?;
    let model = model_of(content.reader(&TraceOptions::default())?)?;
    print(&format!("load {:.3} s: {} spans", begin.elapsed().as_secs_f64(), model.span_count()));
    let begin = Instant::now();
    let _ = model.proc_time();
    print(&format!("processors {:.3} s", begin.elapsed().as_secs_f64()));
    if let Some(population) = Population::of_trace(&model) {
        let question = WhyQuestion { population, range: None, slow: SlowRule::Auto, limit: 10 };
        let answers = best("why", || why(&model, &question)).answers.len();
        print(&format!("{answers} answers"));
    }
    let found = best("findings", || findings(&model, None)).len();
    print(&format!("{found} findings"));
    Ok(())
}

fn best<T>(name: &str, mut answer: impl FnMut() -> T) -> T {
    let mut timed = || {
        let begin = Instant::now();
        let answer = answer();
        (begin.elapsed().as_secs_f64(), answer)
    };
    let mut best = timed();
    for _ in 1..TIMES {
        let next = timed();
        if next.0 < best.0 {
            best = next;
        }
    }
    print(&format!("{name} {:.3} s", best.0));
    best.1
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
