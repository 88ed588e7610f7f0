//! Says how long the answers to a new selection of a trace take, step by step:
//! `cargo run --release -p goscope-analysis --example trace_selection -- trace.out [FUNCTION]`
//!
//! Each part of the time lies in the middle of the trace; each figure is the best of some runs. Everything is asked
//! of all goroutines, of those that run a function, of the slower half, of tasks and of regions. "breakdown" is all
//! that the breakdown shows, "flame graph" the sums that it is made from, each with finding the instances. "goroutines" is the sorted table of them.

use std::process::ExitCode;
use std::time::Instant;

use goscope_analysis::order::rows_by_number;
use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::cause_totals::{cause_totals, sample_totals};
use goscope_analysis::trace::goroutine_times::GoroutineTimes;
use goscope_analysis::trace::goroutines::GoroutineFilter;
use goscope_analysis::trace::instances::{InstanceFilter, InstanceKind, instances};
use goscope_analysis::trace::latency::{breakdown, longest_spans, slowest};
use goscope_analysis::trace::load::model_of;
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::trace::{TraceContent, TraceOptions};
use goscope_parsers::{FileBytes, ParseError};

/// Parts of the time that are selected.
const SHARES: [f64; 5] = [0.001, 0.01, 0.1, 0.5, 1.0];

/// Runs of which the best counts.
const RUNS: usize = 3;

/// Instances and spans that are listed.
const LISTED: usize = 200;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let Some(path) = args.next() else {
        return fail("usage: trace_selection FILE [FUNCTION]");
    };
    let function = args.next().map(|name| name.to_string_lossy().into_owned());
    match FileBytes::open(&path).and_then(|file| measure(&file, function.as_deref())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

fn measure(file: &FileBytes, function: Option<&str>) -> Result<(), ParseError> {
    let content = TraceContent::new(file, u64::MAX, None)?;
    let begin = Instant::now();
    let model = model_of(content.reader(&TraceOptions::default())?)?;
    let seconds = begin.elapsed().as_secs_f64();
    print(&format!("{} spans, read and built in {seconds:.3} s", model.span_count()));
    let per_span = model.digest_bytes() as f64 / model.span_count().max(1) as f64;
    print(&format!("digest: {} bytes, {per_span:.2} a span", model.digest_bytes()));
    for kind in [InstanceKind::Tasks(None), InstanceKind::Regions(None)] {
        let (name, filter) = (kind.text(), InstanceFilter { kind, ..InstanceFilter::default() });
        let begin = Instant::now();
        let count = instances(&model, &filter).count();
        let milliseconds = begin.elapsed().as_secs_f64() * 1e3;
        print(&format!("{count} {name}, summed up at the first question in {milliseconds:.1} ms"));
    }
    print(&format!("digest with them: {} bytes", model.digest_bytes()));
    print("milliseconds       instances  breakdown  flame graph long spans goroutines");
    let all = ("goroutines", InstanceFilter::default());
    let tasks = ("tasks", InstanceFilter { kind: InstanceKind::Tasks(None), ..InstanceFilter::default() });
    let regions =
        ("regions", InstanceFilter { kind: InstanceKind::Regions(None), ..InstanceFilter::default() });
    let of_function = function.map(|name| {
        let goroutines = GoroutineFilter { function: Some(name.to_owned()), ..GoroutineFilter::default() };
        ("function", InstanceFilter { goroutines, ..InstanceFilter::default() })
    });
    // What a brush over the slower half chooses, but for the bar that it begins in.
    let long =
        ("long", InstanceFilter { nanos: Some(long_nanos(&model)..=u64::MAX), ..InstanceFilter::default() });
    for (name, filter) in
        [Some(all), of_function, Some(long), Some(tasks), Some(regions)].into_iter().flatten()
    {
        for share in SHARES {
            print(&steps_text(&model, share, (name, &filter)));
        }
    }
    Ok(())
}

fn long_nanos(model: &TraceModel) -> u64 {
    instances(model, &InstanceFilter::default()).wall().percentile_nanos(0.5)
}

fn steps_text(model: &TraceModel, share: f64, (name, filter): (&str, &InstanceFilter)) -> String {
    let whole = model.range();
    let length = (model.duration_nanos() as f64 * share) as i64;
    let start = whole.start + (model.duration_nanos() as i64 - length) / 2;
    let range = start..start + length;
    let filter = InstanceFilter { range: Some(range.clone()), ..filter.clone() };
    let (found, selecting) = timed(|| instances(model, &filter));
    // A set remembers what several questions need: each run begins with a new one.
    let (sums, summing) = timed(|| {
        let found = instances(model, &filter);
        let slow = slowest(model, &found, LISTED).len();
        let lengths = found.count_by(model, |nanos| (nanos | 1).ilog2() as usize).len();
        (breakdown(model, &found), slow, lengths)
    });
    let (_, drawing) = timed(|| {
        let found = instances(model, &filter);
        let causes = cause_totals(model, &found, |state| state != SpanState::Unknown);
        (causes, sample_totals(model, &found))
    });
    let key = sums.0.rows.first().map(|row| row.key);
    let (_, finding) = timed(|| key.map(|key| longest_spans(model, &found, key, LISTED)));
    let (_, tabling) = timed(|| {
        let times = GoroutineTimes::new(model, &filter.goroutines, &range);
        rows_by_number(times.len(), |row| times.nanos(row, SpanState::Running) as i64).len()
    });
    let name = format!("{} % {name}", share * 100.0);
    let steps = [selecting, summing, drawing, finding, tabling];
    let steps = steps.map(|milliseconds| format!("{milliseconds:11.1}")).join("");
    format!("{name:17}{steps}")
}

/// The answer, and the milliseconds of the best run.
fn timed<T>(answer: impl Fn() -> T) -> (T, f64) {
    let run = || {
        let begin = Instant::now();
        (answer(), begin.elapsed().as_secs_f64() * 1e3)
    };
    let first = run();
    (1..RUNS).map(|_| run()).fold(first, |best, next| if next.1 < best.1 { next } else { best })
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
