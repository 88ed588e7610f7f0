//! The latency breakdown as JSON: `goscope.trace_latency/1`.

use goscope_analysis::trace::instances::{Instance, InstanceOf};
use goscope_analysis::trace::latency::BreakdownKey;
use serde::Serialize;

use super::json::{DurationsJson, HeadJson, buckets_json};
use super::latency_report::LatencyReport;
use crate::query::trace::latency::SlowInstance;

/// What `--json` prints.
#[derive(Serialize)]
pub(super) struct LatencyJson {
    #[serde(flatten)]
    head: HeadJson,
    about: String,
    wall: DurationsJson,
    wall_buckets: Vec<[u64; 3]>,
    slow_from_nanos: u64,
    slow: DurationsJson,
    rows: Vec<RowJson>,
    slowest: Vec<InstanceJson>,
    blocked: Vec<BlockedJson>,
}

#[derive(Serialize)]
struct RowJson {
    #[serde(flatten)]
    key: KeyJson,
    spans: DurationsJson,
    span_buckets: Vec<[u64; 3]>,
    per_instance: DurationsJson,
    slow_nanos: u128,
}

#[derive(Serialize)]
struct KeyJson {
    state: &'static str,
    reason: String,
}

#[derive(Serialize)]
struct InstanceJson {
    handle: String,
    begin_nanos: i64,
    end_nanos: i64,
    length_nanos: u64,
    goroutine: Option<i64>,
    function: String,
    task: Option<u64>,
    rows: Vec<PartJson>,
}

#[derive(Serialize)]
struct PartJson {
    #[serde(flatten)]
    key: KeyJson,
    nanos: u64,
}

#[derive(Serialize)]
struct BlockedJson {
    #[serde(flatten)]
    key: KeyJson,
    stack: Vec<String>,
    spans: DurationsJson,
    freed_by: Vec<FreedByJson>,
}

#[derive(Serialize)]
struct FreedByJson {
    stack: Vec<String>,
    count: u64,
    blocked_nanos: u64,
}

pub(super) fn json(report: &LatencyReport) -> LatencyJson {
    let LatencyReport { facts, latency, .. } = report;
    let breakdown = &latency.breakdown;
    let rows = breakdown.rows.iter().map(|row| RowJson {
        key: key_json(report, row.key),
        spans: (&row.spans).into(),
        span_buckets: buckets_json(&row.spans),
        per_instance: (&row.per_instance).into(),
        slow_nanos: row.slow_nanos,
    });
    let slowest = latency.slowest.iter().map(|SlowInstance { parts: it, .. }| InstanceJson {
        handle: report.handle(&it.instance),
        begin_nanos: facts.part.since_start(it.instance.begin),
        end_nanos: facts.part.since_start(it.instance.end),
        length_nanos: it.instance.nanos(),
        goroutine: facts.goid(it.instance.goroutine),
        function: facts.function(it.instance.goroutine),
        task: task_number(report, &it.instance),
        rows: it.rows.iter().map(|&(key, nanos)| PartJson { key: key_json(report, key), nanos }).collect(),
    });
    LatencyJson {
        head: facts.head("goscope.trace_latency/1"),
        about: report.title.clone(),
        wall: (&breakdown.wall).into(),
        wall_buckets: buckets_json(&breakdown.wall),
        slow_from_nanos: breakdown.slow_from_nanos,
        slow: (&breakdown.slow).into(),
        rows: rows.collect(),
        slowest: slowest.collect(),
        blocked: blocked(report),
    }
}

fn key_json(report: &LatencyReport, key: BreakdownKey) -> KeyJson {
    KeyJson { state: key.state.name(), reason: report.facts.text(key.reason) }
}

/// The number of the task that an instance is, or that its region belongs to.
fn task_number(report: &LatencyReport, instance: &Instance) -> Option<u64> {
    let model = report.facts.model();
    let task = match instance.of {
        InstanceOf::Goroutine => return None,
        InstanceOf::Task(task) => task,
        InstanceOf::Region(row) => model.regions()[row as usize].task,
    };
    task.is_some().then(|| model.tables().task_number(task))
}

fn blocked(report: &LatencyReport) -> Vec<BlockedJson> {
    let facts = &report.facts;
    let rows = report.stacks.iter().map(|row| {
        let cause = facts.model().cause(row.cause);
        let freed_by = row.freed_by.iter().map(|freed| FreedByJson {
            stack: facts.functions(freed.stack),
            count: freed.count,
            blocked_nanos: freed.nanos,
        });
        BlockedJson {
            key: KeyJson { state: cause.state.name(), reason: facts.text(cause.reason) },
            stack: facts.functions(cause.stack),
            spans: (&row.spans).into(),
            freed_by: freed_by.collect(),
        }
    });
    rows.collect()
}
