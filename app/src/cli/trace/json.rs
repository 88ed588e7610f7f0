//! The first fields of the `--json` of every report on a trace.

use goscope_analysis::histogram::{DurationHistogram, Percentiles};
use goscope_parsers::trace::Problem;
use serde::Serialize;

use super::time_range::TracePart;

/// The facts about the trace, and the part of it that the report covers.
#[derive(Serialize)]
pub(super) struct HeadJson {
    schema: &'static str,
    /// On the clock of the trace.
    first_event_nanos: i64,
    duration_nanos: u64,
    range_begin_nanos: i64,
    range_end_nanos: i64,
    lost_share: f64,
    problems: Vec<String>,
}

impl HeadJson {
    pub(super) fn new(schema: &'static str, part: &TracePart, problems: &[Problem], lost_share: f64) -> Self {
        Self {
            schema,
            first_event_nanos: part.trace.start,
            duration_nanos: part.trace.end.abs_diff(part.trace.start),
            range_begin_nanos: part.since_start(part.range.start),
            range_end_nanos: part.since_start(part.range.end),
            lost_share,
            problems: problems.iter().map(ToString::to_string).collect(),
        }
    }
}

/// The distribution of durations.
#[derive(Serialize)]
pub(super) struct DurationsJson {
    count: u64,
    total_nanos: u128,
    min_nanos: u64,
    mean_nanos: u64,
    p50_nanos: u64,
    p90_nanos: u64,
    p99_nanos: u64,
    p99_9_nanos: u64,
    max_nanos: u64,
}

impl From<&DurationHistogram> for DurationsJson {
    fn from(durations: &DurationHistogram) -> Self {
        let Percentiles { p50, p90, p99, p99_9, max } = durations.percentiles();
        Self {
            count: durations.count(),
            total_nanos: durations.total_nanos(),
            min_nanos: durations.min_nanos(),
            mean_nanos: durations.mean_nanos(),
            p50_nanos: p50,
            p90_nanos: p90,
            p99_nanos: p99,
            p99_9_nanos: p99_9,
            max_nanos: max,
        }
    }
}

/// Buckets of a histogram: `[from, to, count]`, in nanoseconds, both ends included.
pub(super) fn buckets_json(durations: &DurationHistogram) -> Vec<[u64; 3]> {
    durations.buckets().map(|(range, count)| [*range.start(), *range.end(), count]).collect()
}
