//! How long the answers of a trace take once it is loaded:
//! `cargo run --release -p goscope-analysis --example trace_answers -- trace.out`

mod shared;

use std::process::ExitCode;
use std::time::Instant;

use goscope_analysis::trace::answers::findings::findings;
use goscope_analysis::trace::answers::population::Population;
use goscope_analysis::trace::answers::slow::SlowRule;
use goscope_analysis::trace::answers::why::{WhyQuestion, why};
use goscope_parsers::{FileBytes, ParseError};

use self::shared::{model_in, print, with_file};

/// The best of so many counts.
const TIMES: usize = 5;

fn main() -> ExitCode {
    with_file("trace_answers", print_times)
}

fn print_times(file: &FileBytes) -> Result<(), ParseError> {
    let begin = Instant::now();
    let model = model_in(file)?;
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
