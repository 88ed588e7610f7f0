//! What the `--json` of every report about a trace begins with.

use serde::Serialize;

use super::read::TraceFacts;

/// The facts about the trace and the part of it that a report is about.
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
    pub(super) fn new(schema: &'static str, facts: &TraceFacts) -> Self {
        Self {
            schema,
            first_event_nanos: facts.trace.start,
            duration_nanos: facts.trace.end.abs_diff(facts.trace.start),
            range_begin_nanos: facts.since_start(facts.range.start),
            range_end_nanos: facts.since_start(facts.range.end),
            lost_share: facts.lost_share,
            problems: facts.problems.iter().map(ToString::to_string).collect(),
        }
    }
}
