//! What was in the way of runnable goroutines, beside a look at every moment of a trace.

use std::collections::BTreeSet;
use std::ops::Range;

use goscope_analysis::testing::{trace, trace_text};
use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::load::model_of;
use goscope_analysis::trace::model::{Span, TraceModel};
use goscope_analysis::trace::proc_time::{ProcTime, ReadyTime, SilentGap};
use goscope_analysis::trace::rows::{RangeKind, RangePhase};
use goscope_analysis::trace::words::runtime_goroutine::is_gc_worker;
use goscope_parsers::trace::{Time, TraceOptions, TraceReader};
use goscope_test_support::{corpus, files_below, sample};
use proptest::prelude::*;

use crate::support::content;

/// One kind for each time between two events, written down as the definition says.
struct Known {
    times: Vec<Time>,
    /// From each of `times` to the next: what is in the way, and whether a GC worker has a P.
    kinds: Vec<(Kind, bool)>,
    gaps: Vec<SilentGap>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Throttled,
    Stw,
    Starved,
    Wakeup,
}

/// Every moment at which the trace says anything.
fn event_times(model: &TraceModel) -> BTreeSet<Time> {
    let mut times = BTreeSet::from([model.range().start, model.range().end]);
    for id in model.goroutine_ids() {
        times.extend(model.spans(id).map(|span| span.start));
        times.extend(model.goroutine(id).map(|goroutine| goroutine.end));
        times.extend(model.first_seen(id));
    }
    times.extend(model.syncs().iter().map(|row| row.time));
    times.extend(model.proc_rows().iter().map(|row| row.time));
    times.extend(model.bindings().iter().map(|row| row.time));
    times.extend(model.range_events().iter().map(|row| row.time));
    times.extend(model.sweeps().iter().map(|row| row.time));
    let metrics = [model.gomaxprocs(), model.heap_alloc(), model.heap_goal()];
    times.extend(metrics.into_iter().flatten().map(|row| row.time));
    times.extend(model.labels().iter().map(|row| row.time));
    times.extend(model.samples().iter().map(|row| row.time));
    times.extend(model.logs().iter().map(|row| row.time));
    times.extend(model.regions().iter().flat_map(|row| [row.begin, row.end]));
    let tasks = model.task_ids().filter_map(|id| model.task(id));
    times.extend(tasks.flat_map(|task| [task.begin.get(), task.end.get()]).flatten());
    times
}

/// By place in `times`: how many spans of some kind there are from there to the next.
fn counts(times: &[Time], spans: impl Iterator<Item = Span>) -> Vec<i64> {
    let mut changes = vec![0; times.len() + 1];
    for span in spans.filter(|span| span.start < span.end) {
        changes[times.partition_point(|&time| time < span.start)] += 1;
        changes[times.partition_point(|&time| time < span.end)] -= 1;
    }
    let sums = changes.iter().scan(0, |sum, change| {
        *sum += change;
        Some(*sum)
    });
    sums.take(times.len()).collect()
}

/// By place in `times`: whether the world is stopped from there to the next.
fn stopped(model: &TraceModel, times: &[Time]) -> Vec<bool> {
    let mut rows = model.range_events().iter().filter(|row| row.kind == RangeKind::StopTheWorld).peekable();
    let mut lost = model.syncs().iter().filter(|row| row.is_after_gap).peekable();
    let mut open = BTreeSet::new();
    let at = |&time: &Time| {
        if lost.next_if(|row| row.time <= time).is_some() {
            open.clear();
        }
        while let Some(row) = rows.next_if(|row| row.time <= time) {
            let key = (row.scope, row.reason);
            match row.phase {
                RangePhase::Begin | RangePhase::Active => open.insert(key),
                RangePhase::End => open.remove(&key),
            };
        }
        !open.is_empty()
    };
    times.iter().map(at).collect()
}

impl Known {
    fn new(model: &TraceModel) -> Self {
        let times: Vec<Time> = event_times(model).into_iter().collect();
        let all = || model.goroutine_ids().flat_map(|id| model.spans(id));
        let is_busy = |state| matches!(state, SpanState::Running | SpanState::Syscall);
        let labeled: BTreeSet<_> = model.labels().iter().map(|row| row.goroutine).collect();
        let collects = |span: &Span| {
            let name = model.tables().string(model.start_function(span.goroutine));
            is_gc_worker(name) || labeled.contains(&span.goroutine)
        };
        let busy = counts(&times, all().filter(|span| is_busy(span.state)));
        let running = counts(&times, all().filter(|span| span.state == SpanState::Running));
        let of_workers = all().filter(|span| span.state == SpanState::Running && collects(span));
        let collecting = counts(&times, of_workers);
        let stopped = stopped(model, &times);
        let (mut kinds, mut gaps) = (Vec::new(), Vec::new());
        for at in 0..times.len() {
            let (begin, end) = (times[at], times.get(at + 1).copied().unwrap_or(times[at]));
            let rows = model.gomaxprocs();
            let procs =
                rows.iter().rfind(|row| row.time <= begin).or(rows.first()).map_or(0, |row| row.value);
            let kind = if end - begin >= 25_000_000 && running[at] > 0 {
                gaps.push(SilentGap { begin, end, running: running[at] as u32 });
                Kind::Throttled
            } else if stopped[at] {
                Kind::Stw
            } else if procs > 0 && busy[at] >= procs as i64 {
                Kind::Starved
            } else {
                Kind::Wakeup
            };
            kinds.push((kind, collecting[at] > 0));
        }
        Self { times, kinds, gaps }
    }

    fn split(&self, range: &Range<Time>) -> (ReadyTime, u64) {
        let (mut split, mut with_gc) = (ReadyTime::default(), 0);
        let nanos_in = |piece: Range<Time>| {
            let (begin, end) = (piece.start.max(range.start), piece.end.min(range.end));
            if begin < end { begin.abs_diff(end) } else { 0 }
        };
        for (pair, (kind, collects)) in self.times.windows(2).zip(&self.kinds) {
            let nanos = nanos_in(pair[0]..pair[1]);
            match kind {
                Kind::Throttled => split.throttled_nanos += nanos,
                Kind::Stw => split.stw_nanos += nanos,
                Kind::Starved => split.starved_nanos += nanos,
                Kind::Wakeup => split.wakeup_nanos += nanos,
            }
            if *kind == Kind::Starved && *collects {
                with_gc += nanos;
            }
        }
        split.wakeup_nanos += nanos_in(Time::MIN..self.times[0]);
        split.wakeup_nanos += nanos_in(self.times[self.times.len() - 1]..Time::MAX);
        (split, with_gc)
    }

    /// Compares what an index says of ranges between any of these times.
    fn check(&self, index: &ProcTime, times: &[Time], what: &str) {
        assert_eq!(index.gaps(), self.gaps, "{what}");
        for pair in times.windows(2) {
            let range = pair[0].min(pair[1])..pair[0].max(pair[1]);
            let found = (index.split(range.clone()), index.starved_with_gc_nanos(range.clone()));
            assert_eq!(found, self.split(&range), "{what}: {range:?}");
            assert_eq!(found.0.nanos(), range.start.abs_diff(range.end), "{what}: {range:?}");
        }
    }
}

/// Some of the times of a trace, and moments beside them, so that ranges are short and long.
fn some_times(known: &Known) -> Vec<Time> {
    let step = known.times.len() / 150 + 1;
    let near = known.times.iter().step_by(step).flat_map(|&time| [time, time + 1, time - 1]);
    let mut times: Vec<Time> = near.collect();
    let far: Vec<Time> = times.iter().step_by(17).copied().collect();
    times.extend(far.into_iter().rev());
    times.extend([known.times[0] - 1_000, known.times[known.times.len() - 1] + 1_000]);
    times
}

#[test]
fn every_range_of_every_trace_is_split_as_the_definition_says() {
    let folders = [Some(sample("trace")), corpus("trace-conformance"), corpus("trace"), corpus("truths")];
    let endings = [".trace", ".trace.gz", ".out"];
    let paths = folders.iter().flatten().flat_map(|folder| files_below(folder, &endings));
    let (mut n_traces, mut n_gaps) = (0, 0);
    for path in paths {
        let (name, bytes) = (path.display().to_string(), content(&path));
        if bytes.len() > 1 << 19 {
            continue;
        }
        let model = |bytes: &[u8], threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let options = TraceOptions { piece_bytes: Some(0), ..TraceOptions::default() };
            let reader = TraceReader::with_options(bytes, &options).ok()?;
            pool.expect("threads can be started").install(|| {
                let model = model_of(reader).ok()?;
                model.proc_time();
                Some(model)
            })
        };
        let Some(first) = model(&bytes, 1) else { continue };
        let known = Known::new(&first);
        let times = some_times(&known);
        known.check(first.proc_time(), &times, &name);
        for threads in [2, 3, 8] {
            let other = model(&bytes, threads).expect("it was read before");
            known.check(other.proc_time(), &times, &format!("{name} with {threads} threads"));
        }
        n_traces += 1;
        n_gaps += known.gaps.len();
        // What is sound of a damaged trace.
        let mut damaged = bytes.clone();
        let middle = damaged.len() / 2;
        damaged[middle] ^= 0x40;
        for bytes in [&bytes[..middle.max(16)], &damaged] {
            let Some(model) = model(bytes, 2).filter(|model| model.span_count() > 0) else { continue };
            let known = Known::new(&model);
            known.check(model.proc_time(), &some_times(&known), &format!("{name}, damaged"));
        }
    }
    assert!(n_traces > 5, "the samples are there");
    assert!(corpus("truths").is_none() || n_gaps > 0, "some of the corpus was stopped");
}

#[test]
fn a_moment_has_the_first_kind_that_fits() {
    let model = trace(
        r#"
        procs: 0 1
        G1 main.main: 0 runnable, 0 running P0, 10000000 waiting "sync", 20000000 runnable by G2, 30000000 running P0, 90000000 end
        G2 main.other: 12000000 runnable by G1, 15000000 running P0, 25000000 waiting "sleep"
        stw "GC mark termination" G1: 40000000..50000000
        end: 100000000
        "#,
    );
    let split = |begin: Time, end: Time| model.proc_time().split(begin * 1_000_000..end * 1_000_000);
    let wakeup = |nanos: u64| ReadyTime { wakeup_nanos: nanos * 1_000_000, ..ReadyTime::default() };
    let starved = |nanos: u64| ReadyTime { starved_nanos: nanos * 1_000_000, ..ReadyTime::default() };
    assert_eq!(split(12, 15), wakeup(3), "the P is idle");
    assert_eq!(split(20, 25), starved(5), "the other one has it");
    assert_eq!(split(25, 30), wakeup(5));
    assert_eq!(split(40, 50), ReadyTime { stw_nanos: 10_000_000, ..ReadyTime::default() });
    assert_eq!(
        split(20, 90),
        ReadyTime {
            throttled_nanos: 40_000_000,
            stw_nanos: 10_000_000,
            starved_nanos: 15_000_000,
            wakeup_nanos: 5_000_000,
        }
    );
    assert_eq!(model.proc_time().gaps(), [SilentGap { begin: 50_000_000, end: 90_000_000, running: 1 }]);
    assert_eq!(split(90, 100), wakeup(10), "nobody runs");
    let gaps_in =
        |begin: Time, end: Time| model.proc_time().gaps_in(begin * 1_000_000..end * 1_000_000).len();
    assert_eq!([gaps_in(0, 50), gaps_in(49, 51), gaps_in(60, 61), gaps_in(90, 100)], [0, 1, 1, 0]);
}

#[test]
fn a_trace_that_says_little_has_nothing_in_the_way() {
    let model = trace("G1 main.main: 0 runnable, 5 running P0, 60 end\nend: 100");
    let split = model.proc_time().split(0..100);
    assert_eq!(split, ReadyTime { wakeup_nanos: 100, ..ReadyTime::default() }, "GOMAXPROCS is not known");
    let empty = trace("end: 100");
    assert_eq!(empty.proc_time().split(10..30).nanos(), 20);
    assert_eq!(empty.proc_time().gaps(), []);
}

/// A life, step by step: how long, and what comes then.
type Steps = Vec<(u32, u8)>;

fn life(number: usize, begin: u32, steps: &Steps) -> String {
    let mut time = u64::from(begin);
    let function = if number % 4 == 3 { "runtime.gcBgMarkWorker" } else { "main.f" };
    let first = if number.is_multiple_of(3) { "was waiting" } else { "runnable" };
    let mut line = format!("G{} {function}: {time} {first}", number + 1);
    let mut is_running = false;
    for &(length, step) in steps {
        // Many events at one time, and now and then a long silence.
        time +=
            [0, u64::from(length % 50), u64::from(length), u64::from(length) * 400_000][step as usize % 4];
        let next = match (is_running, step / 4 % 3) {
            (true, 0) => "waiting \"sync\"",
            (true, 1) => "syscall",
            (true, _) => "runnable",
            (false, _) => "running P0",
        };
        is_running = next.starts_with("running");
        line += &format!(", {time} {next}");
    }
    if is_running && number.is_multiple_of(2) {
        line += &format!(", {} end", time + 7);
    }
    line
}

proptest! {
    #[test]
    fn made_up_traces_are_split_as_the_definition_says(
        lives in prop::collection::vec((0..3_000_u32, prop::collection::vec((0..100_u32, 0..12_u8), 0..30)), 1..12),
        procs in prop::collection::vec((0..40_u64, 0..4_u64), 0..3),
        stops in prop::collection::vec((0..3_000_u64, 0..50_000_000_u64), 0..4),
        block_spans in 1..40_usize,
    ) {
        let mut lines: Vec<String> =
            lives.iter().enumerate().map(|(number, (begin, steps))| life(number, *begin, steps)).collect();
        lines.extend(procs.iter().map(|&(time, value)| format!("procs: {} {value}", time * 1_000_000)));
        lines.extend(stops.iter().map(|&(begin, nanos)| format!("stw \"x\" G1: {begin}..{}", begin + nanos)));
        lines.push("end: 2000000000".to_owned());
        let model = trace_text(&lines.join("\n")).model(block_spans);
        let known = Known::new(&model);
        known.check(model.proc_time(), &some_times(&known), &lines.join("\n"));
        let mut times = known.times.clone();
        times.sort_by_key(|time| time.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64 as i64));
        known.check(model.proc_time(), &times, &lines.join("\n"));
    }
}
