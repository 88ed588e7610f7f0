//! The facts of `goscope info` about an execution trace.

use goscope_parsers::trace::{TraceInfo, rfc3339_utc};
use serde::Serialize;

use crate::text::{self, column};

/// The facts in words.
pub(super) fn lines(file: &str, info: &TraceInfo) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        ("file", file.to_owned()),
        ("format", format!("Go execution trace, {}", info.version)),
        ("size", text::column::bytes(info.file_bytes)),
        ("duration", column::duration(info.duration_nanos())),
    ];
    if let Some((seconds, nanos)) = info.wall_start {
        lines.push(("taken", rfc3339_utc(seconds, nanos)));
    }
    lines.push(("events", format!("{} in {} generations", info.events, info.generations)));
    let counts = [info.goroutines, info.procs, info.threads];
    lines.push(("seen", format!("{} goroutines, {} Ps, {} threads", counts[0], counts[1], counts[2])));
    if info.lost_share > 0.0 {
        lines.push(("lost", format!("{} of the file", text::percent(info.lost_share))));
    }
    lines.extend(info.problems.iter().map(|problem| ("problem", problem.to_string())));
    lines
}

/// What `--json` prints.
#[derive(Serialize)]
pub(super) struct TraceInfoJson<'a> {
    schema: &'static str,
    file: &'a str,
    format: &'static str,
    version: String,
    bytes: u64,
    duration_nanos: u64,
    wall_start: Option<String>,
    generations: u64,
    events: u64,
    goroutines: u64,
    procs: u64,
    threads: u64,
    lost_share: f64,
    problems: Vec<String>,
}

/// The facts for a program.
pub(super) fn json<'a>(file: &'a str, info: &TraceInfo) -> TraceInfoJson<'a> {
    TraceInfoJson {
        schema: "goscope.trace_info/1",
        file,
        format: "Go execution trace",
        version: info.version.to_string(),
        bytes: info.file_bytes,
        duration_nanos: info.duration_nanos(),
        wall_start: info.wall_start.map(|(seconds, nanos)| rfc3339_utc(seconds, nanos)),
        generations: info.generations,
        events: info.events,
        goroutines: info.goroutines,
        procs: info.procs,
        threads: info.threads,
        lost_share: info.lost_share,
        problems: info.problems.iter().map(ToString::to_string).collect(),
    }
}
