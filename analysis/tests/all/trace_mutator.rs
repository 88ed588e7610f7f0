//! Mutator utilization against Go's own summary of every trace in the corpus.
//!
//! `mmu_fixed/` has what Go 1.27.3 gives once it forgets a mark worker that stops; the summaries beside the traces
//! have what it gives as it is. The distribution (MUD) in both is only ever the minimum again: Go's accumulator
//! returns before it collects the distribution, so that no quantile is defined and each falls back to the minimum.

use std::path::Path;

use goscope_analysis::trace::mmu::{MmuCurve, MmuPoint};
use goscope_analysis::trace::mutator_log::MutatorLog;
use goscope_analysis::trace::utilization::{GcWork, MarkRule, Scope, Utilization};
use goscope_parsers::trace::{Family, TraceReader};
use serde_json::Value;

use crate::support;

const WINDOWS: [(&str, u64); 7] = [
    ("1µs", 1_000),
    ("10µs", 10_000),
    ("100µs", 100_000),
    ("1ms", 1_000_000),
    ("10ms", 10_000_000),
    ("100ms", 100_000_000),
    ("1s", 1_000_000_000),
];

fn choices() -> [(&'static str, GcWork, Scope); 3] {
    [
        ("stw|background|assist", GcWork::DEFAULT, Scope::System),
        ("stw|background|assist|sweep", GcWork::DEFAULT.and(GcWork::SWEEP), Scope::System),
        ("stw|background|assist|perProc", GcWork::DEFAULT, Scope::PerProc),
    ]
}

fn log_of(bytes: &[u8]) -> MutatorLog {
    let mut log = MutatorLog::default();
    support::read(bytes, |event, tables| log.event(event, tables));
    log
}

/// Compares all windows of all choices; says what differs.
fn differences(trace: &Path, golden: &Value, rule: MarkRule) -> Vec<String> {
    let log = log_of(&support::content(trace));
    let mut wrong = Vec::new();
    for (name, work, scope) in choices() {
        let utilization = log.utilization_by_rule(work, scope, rule);
        let theirs = &golden[name];
        if theirs.is_null() {
            if !utilization.series.is_empty() {
                wrong.push(format!("{name}: Go has no series"));
            }
            continue;
        }
        let points: usize = utilization.series.iter().map(|series| series.times.len()).sum();
        let counts = (theirs["series"].as_u64(), theirs["points"].as_u64());
        if counts != (Some(utilization.series.len() as u64), Some(points as u64)) {
            wrong
                .push(format!("{name}: {} series, {points} points, Go {counts:?}", utilization.series.len()));
        }
        let slack = slack_nanos(trace);
        wrong.extend(
            window_differences(&utilization, theirs, slack).iter().map(|what| format!("{name} {what}")),
        );
    }
    wrong.into_iter().map(|what| format!("{}: {what}", trace.display())).collect()
}

/// Many events of a v1 trace have the same time. Go sets them 1 ns apart in an order that may change from run to
/// run, and so do we, in another: the edges of what counts may be off by a few nanoseconds.
fn slack_nanos(trace: &Path) -> f64 {
    let is_v1 = TraceReader::new(&support::content(trace)).expect("a trace").version().family() == Family::V1;
    if is_v1 { 50.0 } else { 0.0 }
}

fn window_differences(utilization: &Utilization, theirs: &Value, slack_nanos: f64) -> Vec<String> {
    let curve = MmuCurve::new(utilization);
    let is_one = utilization.series.len() == 1;
    let mut wrong = Vec::new();
    for (name, window_nanos) in WINDOWS {
        let golden = &theirs[name];
        let mmu = golden["mmu"].as_f64().expect("a number");
        let Some(curve) = &curve else {
            wrong.push(format!("{name}: no curve"));
            continue;
        };
        let ours = curve.mmu(window_nanos);
        let mud = golden["mud_p100_p99.9_p99_p95"].as_array().expect("quantiles");
        assert!(
            mud.iter().all(|value| value.as_f64() == Some(mmu)),
            "{name}: Go's distribution is its minimum"
        );
        let quantiles = curve.mud(window_nanos, &[0.0, 0.001, 0.01, 0.05]);
        // A P that is there for less than the window counts in the minimum, not in the distribution.
        let is_from_mmu =
            if is_one { (quantiles[0] - ours).abs() <= 1e-9 } else { quantiles[0] >= ours - 1e-9 };
        let is_rising = quantiles.windows(2).all(|pair| pair[0] <= pair[1] + 1e-12);
        let tolerance = 1e-9 + slack_nanos / window_nanos.min(curve.length()) as f64;
        if (ours - mmu).abs() > tolerance || !is_from_mmu || !is_rising {
            wrong.push(format!("{name}: {ours}, Go {mmu}; quantiles {quantiles:?}"));
        }
    }
    wrong
}

#[test]
fn utilization_is_gos_once_stopped_workers_are_forgotten() {
    let Some(folder) = support::corpus() else { return };
    let mut wrong = Vec::new();
    let mut n_files = 0;
    for trace in support::traces(&folder) {
        let stem = trace.file_stem().expect("a name").to_string_lossy().into_owned();
        let golden = folder.join("mmu_fixed").join(format!("{stem}.mmu.json"));
        if golden.exists() {
            n_files += 1;
            wrong.extend(differences(&trace, &support::json(&golden), MarkRule::UntilItStops));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(n_files > 0, "a corpus without references");
}

#[test]
fn utilization_is_that_of_go_1_27_when_workers_are_never_forgotten() {
    let Some(folder) = support::corpus() else { return };
    let mut wrong = Vec::new();
    let mut n_files = 0;
    for trace in support::traces(&folder) {
        let golden = trace.with_extension("summary.json.gz");
        if golden.exists() {
            n_files += 1;
            let golden = &support::json(&golden)["mmu"];
            wrong.extend(differences(&trace, golden, MarkRule::NeverCleared));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(n_files > 0, "a corpus without references");
}

#[test]
fn the_curve_rises_with_the_window_and_the_worst_windows_are_where_it_says() {
    let log = log_of(&support::sample("latency-go1.27.trace"));
    let curve = MmuCurve::new(&log.utilization(GcWork::DEFAULT, Scope::System)).expect("a curve");
    let plot = curve.plot();
    assert_eq!(plot.len(), 100);
    assert!(plot.windows(2).all(|pair| pair[0].window_nanos <= pair[1].window_nanos));
    let MmuPoint { window_nanos, utilization } = plot[99];
    assert!(utilization > plot[0].utilization && utilization <= 1.0, "{window_nanos} ns: {utilization}");
    for window_nanos in [1_000_000, 20_000_000] {
        let worst = curve.worst_windows(window_nanos, 10);
        assert_eq!(worst.len(), 10);
        assert!((worst[0].utilization - curve.mmu(window_nanos)).abs() < 1e-12);
        assert!(worst.windows(2).all(|pair| pair[0].utilization <= pair[1].utilization));
        let mut begins: Vec<i64> = worst.iter().map(|window| window.begin).collect();
        begins.sort_unstable();
        assert!(begins.windows(2).all(|pair| pair[1] - pair[0] >= window_nanos as i64), "they are disjoint");
    }
}

#[test]
fn a_part_of_the_utilization_is_what_it_was_there() {
    let log = log_of(&support::sample("latency-go1.27.trace"));
    let whole = log.utilization(GcWork::DEFAULT, Scope::System);
    let times = &whole.series[0].times;
    let (from, to) = (times[times.len() / 3] + 5, times[times.len() / 2] + 7);
    let part = whole.clip(from, to);
    let mean = |utilization: &Utilization| MmuCurve::new(utilization).expect("a curve").mmu(u64::MAX);
    let series = &part.series[0];
    assert_eq!((series.times[0], series.times.last(), series.values.last()), (from, Some(&to), Some(&0.0)));
    let window = (to - from) as u64;
    let worst = MmuCurve::new(&whole).expect("a curve").worst_windows(window, 1)[0].utilization;
    assert!(mean(&part) >= worst, "no part is worse than the worst window of its length");
    assert!(whole.clip(to, to).series.is_empty() && whole.clip(i64::MIN, i64::MAX) == whole);
}

#[test]
fn without_a_word_about_gomaxprocs_there_is_no_utilization() {
    let utilization = MutatorLog::default().utilization(GcWork::DEFAULT, Scope::System);
    assert!(utilization.series.is_empty() && MmuCurve::new(&utilization).is_none());
}
