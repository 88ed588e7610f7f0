//! Pauses and GC cycles against what Go's summary books to the goroutines, and in a sample with a known story.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use goscope_analysis::trace::gc::{GcCycle, GcCycles, GcLog};
use goscope_analysis::trace::stw::{Pause, StwLog, pause_kinds};
use goscope_parsers::trace::{StringId, Tables, TraceReader};
use serde_json::Value;

use crate::support;

fn read(bytes: &[u8]) -> (Vec<Pause>, GcCycles, Tables) {
    let (mut stw, mut gc) = (StwLog::default(), GcLog::default());
    support::read(bytes, |event, tables| {
        stw.event(event, tables);
        gc.event(event, tables);
    });
    let mut reader = TraceReader::new(bytes).expect("a trace");
    while reader.next_chunk().is_some() {}
    (stw.finish(), gc.finish(), reader.into_tables().0)
}

/// Times of a kind of range that Go books to all goroutines.
fn go_ranges(summary: &Value) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for goroutine in summary["goroutines"].as_array().into_iter().flatten() {
        for (name, nanos) in goroutine["range"].as_object().into_iter().flatten() {
            *sums.entry(name.clone()).or_default() += nanos.as_u64().expect("nanoseconds");
        }
    }
    sums
}

fn differences(trace: &Path) -> Vec<String> {
    let go = go_ranges(&support::json(&trace.with_extension("summary.json.gz")));
    let (pauses, cycles, tables) = read(&support::content(trace));
    let mut ours: BTreeMap<String, u64> = BTreeMap::new();
    for pause in &pauses {
        let kind = format!("stop-the-world ({})", tables.string_lossy(pause.kind));
        *ours.entry(kind).or_default() += pause.nanos();
    }
    let all = cycles.cycles.iter().chain([&cycles.before]);
    ours.insert("GC mark assist".to_owned(), all.map(|cycle| cycle.assists.nanos).sum());
    // Go gives simultaneous events of an old trace another order, 1 ns apart.
    let is_v1 = trace.components().any(|part| part.as_os_str() == "v1");
    let slack_nanos = if is_v1 { 50 } else { 0 };
    let differs = |(name, nanos): (&String, &u64)| {
        let go = go.get(name).copied().unwrap_or(0);
        (go.abs_diff(*nanos) > slack_nanos).then(|| format!("{}: {name}: {nanos}, Go {go}", trace.display()))
    };
    ours.iter().filter_map(differs).collect()
}

#[test]
fn pauses_and_assists_take_the_time_that_go_books_for_them() {
    let Some(folder) = support::corpus() else { return };
    let traces =
        support::traces(&folder).into_iter().filter(|t| t.with_extension("summary.json.gz").exists());
    let wrong: Vec<String> = traces.flat_map(|trace| differences(&trace)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_cycles_of_a_sample_in_words() {
    let (pauses, cycles, tables) = read(&support::sample("latency-go1.27.trace"));
    let origin = 4_477_380_153_472;
    let mut text = String::new();
    for cycle in cycles.cycles.iter().take(3) {
        let span = cycle.mark_span(&(0..i64::MAX));
        let kb = |bytes: Option<u64>| bytes.map_or(0, |bytes| bytes >> 10);
        let stops: Vec<u64> = cycle.pauses(&pauses, &(0..i64::MAX)).map(Pause::nanos).collect();
        let GcCycle { assists, dedicated, idle, sweep, .. } = cycle;
        writeln!(text, "at {} for {}", span.start - origin, span.end - span.start).expect("text");
        let heap =
            [cycle.heap_before, cycle.heap_peak, cycle.heap_after, cycle.goal, cycle.next_goal].map(kb);
        writeln!(text, "  heap {heap:?}, pauses {stops:?}").expect("text");
        let work = [assists, dedicated, idle, &sweep.work].map(|work| (work.count, work.nanos));
        writeln!(text, "  assist, dedicated, idle, sweep {work:?}").expect("text");
        writeln!(text, "  swept {}, reclaimed {}", sweep.bytes_swept, sweep.bytes_reclaimed).expect("text");
    }
    let kind = |id: StringId| tables.string_lossy(id).into_owned();
    for row in pause_kinds(&pauses) {
        writeln!(text, "{}: {} in {} ns", kind(row.kind), row.durations.count(), row.durations.total_nanos())
            .expect("text");
    }
    insta::assert_snapshot!(text, @"
    at 124616064 for 14961536
      heap [18869, 20521, 11343, 21422, 22942], pauses [791424, 80384]
      assist, dedicated, idle, sweep [(0, 0), (6, 4252992), (2, 7000896), (0, 0)]
      swept 0, reclaimed 0
    at 303606592 for 13526656
      heap [20060, 21137, 13208, 22942, 26675], pauses [2929024, 3965184]
      assist, dedicated, idle, sweep [(3, 569536), (4, 1692992), (2, 5336448), (22, 149504)]
      swept 39641088, reclaimed 331360
    at 376981824 for 10579840
      heap [23569, 24241, 10150, 26675, 20557], pauses [1351424, 8443328]
      assist, dedicated, idle, sweep [(0, 0), (9, 26706752), (1, 557312), (31, 144960)]
      swept 40525824, reclaimed 501808
    GC sweep termination: 24 in 28871104 ns
    GC mark termination: 24 in 19040384 ns
    start trace: 1 in 24192 ns
    ");
}

#[test]
fn a_cycle_cut_by_the_trace_has_no_begin_or_no_end() {
    let Some(folder) = support::corpus() else { return };
    let mut n_open = 0;
    for trace in support::traces(&folder) {
        let bytes = support::content(&trace);
        if TraceReader::new(&bytes).is_err() {
            continue;
        }
        let cycles = read(&bytes).1.cycles;
        for (at, cycle) in cycles.iter().enumerate() {
            let is_first = at == 0;
            let is_last = at + 1 == cycles.len();
            assert!(cycle.mark_begin.is_some() || is_first, "{}: cycle {at} has a begin", trace.display());
            assert!(cycle.mark_end.is_some() || is_last, "{}: cycle {at} has an end", trace.display());
            n_open += usize::from(cycle.mark_begin.is_none() || cycle.mark_end.is_none());
        }
    }
    assert!(n_open > 0, "the corpus has such traces");
}
