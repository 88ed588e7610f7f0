//! The latency breakdown as text: the distribution, where the time went, the slowest, and where they were blocked.

use std::fmt::Write as _;

use goscope_analysis::histogram::DurationHistogram;
use goscope_analysis::trace::blockers::BlockedStack;
use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::latency::{BreakdownKey, BreakdownRow};

use super::latency_report::LatencyReport;
use crate::query::trace::latency::SlowInstance;
use crate::text::{self, Table, column};

/// Characters of the longest bar.
const BAR_WIDTH: u64 = 40;

/// The most stacks to list that unblocked one place.
const FREED_BY: usize = 3;

pub(super) fn text(report: &LatencyReport) -> String {
    let mut text = head_text(report);
    let _ = write!(text, "\n{}", histogram_text(&report.latency.breakdown.wall));
    let _ = write!(text, "\nwhere the time went\n{}", rows_text(report));
    if !report.latency.slowest.is_empty() {
        let _ = write!(text, "\nslowest\n{}", slowest_text(report));
    }
    if !report.stacks.is_empty() {
        text.push_str("\nblocked longest\n");
        report.stacks.iter().for_each(|stack| write_stack(report, stack, &mut text));
    }
    text
}

fn head_text(report: &LatencyReport) -> String {
    let wall = &report.latency.breakdown.wall;
    let p = wall.percentiles();
    let numbers = [("p50", p.p50), ("p90", p.p90), ("p99", p.p99), ("p99.9", p.p99_9), ("max", p.max)];
    let numbers = numbers.map(|(name, nanos)| format!("{name} {}", column::duration(nanos))).join("  ");
    format!(
        "{} {} in {}: {numbers}\n",
        wall.count(),
        text::name(&report.title),
        report.facts.part.range_text()
    )
}

/// Bars in the buckets of `go tool trace`.
fn histogram_text(wall: &DurationHistogram) -> String {
    let buckets = wall.go_buckets();
    let most = buckets.iter().map(|bucket| bucket.count).max().unwrap_or(1);
    let mut table = Table::new(&["took from", "count", "<"]);
    for bucket in buckets {
        let bar = (bucket.count * BAR_WIDTH).div_ceil(most);
        table.row(vec![
            column::duration(bucket.lower_nanos() as u64),
            bucket.count.to_string(),
            "█".repeat(usize::try_from(bar).unwrap_or(0)),
        ]);
    }
    table.text()
}

/// State and reason, with an explanation where it helps.
fn key_text(report: &LatencyReport, key: BreakdownKey) -> String {
    match key.state {
        SpanState::Runnable => "runnable: waiting for a P".to_owned(),
        _ => key.text(report.facts.model().tables()),
    }
}

fn rows_text(report: &LatencyReport) -> String {
    let found = &report.latency.breakdown;
    let whole = found.wall.total_nanos();
    let mut table = Table::new(&[
        "total",
        "share",
        "slowest 1%",
        "p50",
        "p90",
        "p99",
        "max",
        "count",
        "p50 each",
        "p99 each",
        "max each",
        "<",
    ]);
    for row in &found.rows {
        let BreakdownRow { key, spans, per_instance, slow_nanos } = row;
        let (each, sums) = (spans.percentiles(), per_instance.percentiles());
        let mut cells =
            vec![column::duration_sum(spans.total_nanos()), column::percent(spans.total_nanos(), whole)];
        cells.push(column::percent(*slow_nanos, found.slow.total_nanos()));
        cells.extend([sums.p50, sums.p90, sums.p99, sums.max].map(column::duration));
        cells.push(spans.count().to_string());
        cells.extend([each.p50, each.p99, each.max].map(column::duration));
        cells.push(key_text(report, *key));
        table.row(cells);
    }
    table.text()
}

fn slowest_text(report: &LatencyReport) -> String {
    let mut table = Table::new(&["<what", "at", "took", "goroutine", "<mostly", "<function"]);
    for SlowInstance { parts: it, .. } in &report.latency.slowest {
        let instance = it.instance;
        let mostly = it.rows.iter().take(2).map(|&(key, nanos)| {
            let share = column::percent(u128::from(nanos), u128::from(instance.nanos()));
            format!("{share} {}", key_text(report, key))
        });
        table.row(vec![
            report.handle(&instance),
            column::moment(report.facts.part.since_start(instance.begin)),
            column::duration(instance.nanos()),
            report.facts.goid(instance.goroutine).map_or(String::new(), |goid| goid.to_string()),
            mostly.collect::<Vec<_>>().join(", "),
            report.facts.function(instance.goroutine),
        ]);
    }
    table.text()
}

fn write_stack(report: &LatencyReport, stack: &BlockedStack, text: &mut String) {
    let facts = &report.facts;
    let spans = &stack.spans;
    let _ = writeln!(
        text,
        "{} in {} times, at most {}: {}",
        column::duration_sum(spans.total_nanos()),
        spans.count(),
        column::duration(spans.max_nanos()),
        text::name(&facts.model().cause(stack.cause).text(facts.model().tables())),
    );
    write_frames(report, &facts.functions(facts.model().cause(stack.cause).stack), text);
    for freed in stack.freed_by.iter().take(FREED_BY) {
        // The empty stack is the runtime's: a timer, the network, or the end of the trace.
        let functions = facts.functions(freed.stack);
        if functions.is_empty() {
            continue;
        }
        let _ = writeln!(text, "  unblocked {} of {} times by", freed.count, spans.count());
        write_frames(report, &functions, text);
    }
}

fn write_frames(report: &LatencyReport, functions: &[String], text: &mut String) {
    for function in functions.iter().take(report.frames) {
        let _ = writeln!(text, "      {}", text::name(function));
    }
    if let Some(more) = functions.len().checked_sub(report.frames).filter(|&more| more > 0) {
        let _ = writeln!(text, "      … {more} more");
    }
}
