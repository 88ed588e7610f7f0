//! Answers as text and as JSON.

use goscope_analysis::value::format_value;
use goscope_store::{By, FoundProfiles, InstanceChanges, Shares, Spent, Top, Traces};
use serde::Serialize;

use super::args::{Shown, TracesArgs};
use crate::cli::failure::Failure;
use crate::text::{Table, column, count, fine_percent, utc};

/// Values in the unit of a sample type like `cpu/nanoseconds`.
fn value_text(value: i64, sample_type: &str) -> String {
    let unit = sample_type.split_once('/').map_or("", |(_, unit)| unit);
    format_value(value, unit, "auto")
}

fn title(by: &By) -> &'static str {
    match by {
        By::Version => "<version",
        By::Service => "<service",
        By::Minute | By::Hour | By::Day => "<from",
        By::All => "<",
        By::Label(_) => "<label",
    }
}

#[derive(Serialize)]
struct Answer<T> {
    schema: &'static str,
    sample_type: String,
    rows: Vec<T>,
}

#[derive(Serialize)]
struct TopRow {
    group: String,
    profiles: usize,
    group_total: i64,
    function: String,
    flat: i64,
    cum: i64,
}

/// Prints functions by group.
pub(super) fn top(shown: &Shown, by: &By, answer: &Top) -> Result<(), Failure> {
    let rows = answer.groups.iter().flat_map(|group| {
        group.functions.iter().map(|function| TopRow {
            group: group.group.clone(),
            profiles: group.n_profiles,
            group_total: group.total,
            function: function.function.clone(),
            flat: function.flat,
            cum: function.cum,
        })
    });
    let rows: Vec<TopRow> = rows.collect();
    if shown.json {
        let sample_type = answer.sample_type.clone();
        return shown.output.write_json(&Answer { schema: "goscope.query.top/1", sample_type, rows });
    }
    let mut table = Table::new(&[title(by), "profiles", "flat", "flat%", "cum", "cum%", "<function"]);
    let mut last = None;
    for row in &rows {
        // A group is named once.
        let is_first = last.replace(&row.group) != Some(&row.group);
        let share = |value: i64| fine_percent(Spent { value, total: row.group_total }.share());
        table.row(vec![
            if is_first { row.group.clone() } else { String::new() },
            if is_first { count(row.profiles) } else { String::new() },
            value_text(row.flat, &answer.sample_type),
            share(row.flat),
            value_text(row.cum, &answer.sample_type),
            share(row.cum),
            row.function.clone(),
        ]);
    }
    shown.output.write_text(&table.text())
}

#[derive(Serialize)]
struct ShareRow {
    group: String,
    profiles: usize,
    value: i64,
    total: i64,
    share: f64,
    p50: f64,
    p95: f64,
}

/// Prints shares by group.
pub(super) fn share(shown: &Shown, by: &By, function: &str, answer: &Shares) -> Result<(), Failure> {
    let row = |group: &goscope_store::ShareGroup| ShareRow {
        group: group.group.clone(),
        profiles: group.n_profiles,
        value: group.spent.value,
        total: group.spent.total,
        share: group.spent.share(),
        p50: group.p50,
        p95: group.p95,
    };
    let rows: Vec<ShareRow> = answer.groups.iter().map(row).collect();
    if shown.json {
        let sample_type = answer.sample_type.clone();
        return shown.output.write_json(&Answer { schema: "goscope.query.share/1", sample_type, rows });
    }
    let mut table = Table::new(&[title(by), "profiles", "value", "of", "share", "p50", "p95"]);
    for row in &rows {
        table.row(vec![
            row.group.clone(),
            count(row.profiles),
            value_text(row.value, &answer.sample_type),
            value_text(row.total, &answer.sample_type),
            fine_percent(row.share),
            fine_percent(row.p50),
            fine_percent(row.p95),
        ]);
    }
    let name = crate::text::name(function);
    shown.output.write_text(&format!(
        "share of {name} with what it calls, {}\n{}",
        answer.sample_type,
        table.text()
    ))
}

#[derive(Serialize)]
struct InstanceRow {
    instance: String,
    base_value: i64,
    base_total: i64,
    base_share: f64,
    head_value: i64,
    head_total: i64,
    head_share: f64,
    growth: f64,
}

/// Prints instances, the largest growth first.
pub(super) fn instances(
    shown: &Shown,
    label: &str,
    limit: usize,
    answer: &InstanceChanges,
) -> Result<(), Failure> {
    let row = |change: &goscope_store::InstanceChange| InstanceRow {
        instance: change.instance.clone(),
        base_value: change.base.value,
        base_total: change.base.total,
        base_share: change.base.share(),
        head_value: change.head.value,
        head_total: change.head.total,
        head_share: change.head.share(),
        growth: change.growth(),
    };
    let rows: Vec<InstanceRow> = answer.changes.iter().take(limit).map(row).collect();
    if shown.json {
        let sample_type = answer.sample_type.clone();
        return shown.output.write_json(&Answer { schema: "goscope.query.instances/1", sample_type, rows });
    }
    let mut table = Table::new(&["<instance", "base", "head", "growth"]);
    for row in &rows {
        let growth = format!("{:+.2} points", 100.0 * row.growth);
        table.row(vec![
            row.instance.clone(),
            fine_percent(row.base_share),
            fine_percent(row.head_share),
            growth,
        ]);
    }
    let n_more = answer.changes.len() - rows.len();
    let mut text = table.text();
    if n_more > 0 {
        text += &format!("{} more; --limit shows them\n", count(n_more));
    }
    if answer.changes.is_empty() {
        text = format!("no {} is on both sides\n", crate::text::name(label));
    }
    if answer.n_alone != [0, 0] {
        let [base, head] = answer.n_alone.map(count);
        text += &format!("on one side alone: {base} of the base, {head} of the head\n");
    }
    shown.output.write_text(&text)
}

#[derive(Serialize)]
struct FoundRow {
    profile: String,
    service: String,
    version: String,
    time_nanos: i64,
    value: i64,
    total: i64,
    share: f64,
    source: String,
}

/// Prints profiles, the largest value first.
pub(super) fn find(shown: &Shown, limit: usize, answer: &FoundProfiles) -> Result<(), Failure> {
    let row = |found: &goscope_store::FoundProfile| FoundRow {
        profile: found.row.id.to_string(),
        service: found.row.service.clone(),
        version: found.row.version.clone(),
        time_nanos: found.row.time_nanos,
        value: found.spent.value,
        total: found.spent.total,
        share: found.spent.share(),
        source: found.row.source.clone(),
    };
    let rows: Vec<FoundRow> = answer.found.iter().take(limit).map(row).collect();
    if shown.json {
        let sample_type = answer.sample_type.clone();
        return shown.output.write_json(&Answer { schema: "goscope.query.find/1", sample_type, rows });
    }
    let mut table = Table::new(&["<profile", "<service", "<version", "<time", "value", "share", "<source"]);
    for row in &rows {
        table.row(vec![
            row.profile.get(..12).unwrap_or_default().to_owned(),
            row.service.clone(),
            row.version.clone(),
            utc(row.time_nanos),
            value_text(row.value, &answer.sample_type),
            fine_percent(row.share),
            row.source.clone(),
        ]);
    }
    let (n_found, n_all) = (count(answer.found.len()), count(answer.n_profiles));
    shown.output.write_text(&format!("{n_found} of {n_all} profiles hold it\n{}", table.text()))
}

#[derive(Serialize)]
struct TracesJson {
    schema: &'static str,
    traces: usize,
    rows: Vec<TraceRow>,
}

#[derive(Serialize)]
struct TraceRow {
    group: String,
    kind: String,
    name: String,
    metric: String,
    count: u64,
    total_nanos: u128,
    p50_nanos: u64,
    p90_nanos: u64,
    p99_nanos: u64,
    max_nanos: u64,
}

/// Prints how long things took.
pub(super) fn traces(args: &TracesArgs, by: &By, answer: &Traces) -> Result<(), Failure> {
    let row = |row: &goscope_store::TraceGroup| {
        let percentiles = row.durations.percentiles();
        TraceRow {
            group: row.group.clone(),
            kind: row.kind.clone(),
            name: row.name.clone(),
            metric: row.metric.clone(),
            count: row.durations.count(),
            total_nanos: row.durations.total_nanos(),
            p50_nanos: percentiles.p50,
            p90_nanos: percentiles.p90,
            p99_nanos: percentiles.p99,
            max_nanos: percentiles.max,
        }
    };
    let rows: Vec<TraceRow> = answer.rows.iter().map(row).collect();
    if args.json {
        let json = TracesJson { schema: "goscope.query.traces/1", traces: answer.n_traces, rows };
        return args.output.write_json(&json);
    }
    let mut table =
        Table::new(&["<kind", "<name", "<metric", title(by), "count", "total", "p50", "p90", "p99", "max"]);
    for row in rows {
        table.row(vec![
            row.kind,
            row.name,
            row.metric,
            row.group,
            count(usize::try_from(row.count).unwrap_or(usize::MAX)),
            column::duration_sum(row.total_nanos),
            column::duration(row.p50_nanos),
            column::duration(row.p90_nanos),
            column::duration(row.p99_nanos),
            column::duration(row.max_nanos),
        ]);
    }
    args.output.write_text(&format!("{} traces\n{}", count(answer.n_traces), table.text()))
}
