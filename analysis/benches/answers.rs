//! How long answers of a trace take after it was loaded, as parts of the time that loading takes.
//!
//! ```text
//! cargo bench -p goscope-analysis --bench answers -- 100mb.trace
//! ```
//!
//! Without a file it reads the largest bundled trace. Each line is the median of some runs, all in one process: first what is
//! made once of a model, then answers of a model that has it.

#![expect(clippy::print_stdout, reason = "a bench prints what it found")]

use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

use goscope_analysis::trace::answers::findings::findings;
use goscope_analysis::trace::answers::population::Population;
use goscope_analysis::trace::answers::slow::SlowRule;
use goscope_analysis::trace::answers::why::{WhyQuestion, why};
use goscope_analysis::trace::load::trace_model;
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::Progress;
use goscope_test_support::sample;

const RUNS: usize = 5;

fn main() {
    // Cargo gives `--bench`.
    let named = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let path = named.map_or_else(|| sample("trace/latency-go1.27.trace"), PathBuf::from);
    let bytes = fs::read(&path).expect("a trace");
    let (load, model) = median(|| trace_model(&bytes, &Progress::new()).expect("a model"));
    println!("{}: {} bytes, {} threads", path.display(), bytes.len(), rayon::current_num_threads());
    let tell =
        |what: &str, seconds: f64| println!("{seconds:8.4} s  {:6.3} of loading  {what}", seconds / load);
    tell("loading", load);

    let made_once = || {
        let model = trace_model(&bytes, &Progress::new()).expect("a model");
        let begun = Instant::now();
        model.prepare_answers();
        begun.elapsed().as_secs_f64()
    };
    let mut once: Vec<f64> = (0..RUNS).map(|_| made_once()).collect();
    tell("what answers need, made once", middle(&mut once));
    model.prepare_answers();

    for population in Population::of_trace(&model).into_iter().chain(largest_type(&model)) {
        let text = population.text();
        let question = WhyQuestion { population, range: None, slow: SlowRule::Auto, limit: 10 };
        let (seconds, answer) = median(|| why(&model, &question));
        let instances: u64 = answer.wall.count();
        tell(&format!("why of {text} ({instances} instances)"), seconds);
    }
    tell("findings", median(|| findings(&model, None)).0);
}

/// The type that most tasks have.
fn largest_type(model: &TraceModel) -> Option<Population> {
    let mut counts: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    for task in model.task_ids().filter_map(|id| model.task(id)) {
        *counts.entry(model.tables().string(task.name).to_vec()).or_default() += 1;
    }
    let (name, _) =
        counts.into_iter().filter(|(name, _)| !name.is_empty()).max_by_key(|(_, count)| *count)?;
    Some(Population::Tasks(Some(String::from_utf8_lossy(&name).into_owned())))
}

/// The median time of some runs in seconds, and what the last of them gave.
fn median<T>(mut run: impl FnMut() -> T) -> (f64, T) {
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..RUNS {
        drop(last.take());
        let begun = Instant::now();
        last = Some(black_box(run()));
        times.push(begun.elapsed().as_secs_f64());
    }
    (middle(&mut times), last.expect("a run"))
}

fn middle(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
