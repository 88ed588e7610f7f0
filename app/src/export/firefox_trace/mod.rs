//! A trace for the Firefox Profiler: goroutines as threads, their states as markers, CPU samples as samples.
//!
//! ```text
//! thread G7 main.work   markers  │ running │ waiting "sync" │ runnable │ …       name, time, reason, stack
//!                       samples  stack of each CPU sample at its time
//! ```
//!
//! The viewer takes some hundred threads. So goroutines that were on a CPU longest are written, and how many are left out is
//! for the caller to say. The format is version 55 of processed profiles, as for profiles.

mod columns;
mod thread;

use std::collections::HashMap;
use std::io::{self, Write};

use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::rows::SampleRow;
use goscope_parsers::trace::GoId;
use goscope_parsers::write_json;
use serde_json::{Value, json};

use columns::Thread;

/// Goroutines that are written.
pub const MAX_THREADS: usize = 300;

/// The row of the category of a state.
const CATEGORIES: [(&str, &str); 9] = [
    // As for profiles: `FrameCategory` counts on.
    ("Other", "grey"),
    ("Runtime", "orange"),
    ("Standard library", "blue"),
    ("Dependencies", "purple"),
    ("Application", "green"),
    ("Running", "green"),
    ("Runnable", "yellow"),
    ("Waiting", "grey"),
    ("System call", "blue"),
];

/// Writes a trace; gives how many goroutines are left out.
///
/// # Errors
/// Those of `out`.
pub fn write_firefox_trace(model: &TraceModel, name: &str, out: &mut dyn Write) -> io::Result<usize> {
    let (chosen, n_left_out) = longest_running(model);
    let mut samples: HashMap<GoId, Vec<&SampleRow>> = HashMap::new();
    for sample in model.samples() {
        samples.entry(sample.goroutine).or_default().push(sample);
    }
    out.write_all(b"{\"meta\":")?;
    write_json(out, &meta(name))?;
    out.write_all(b",\"libs\":[],\"pages\":[],\n\"threads\":[")?;
    for (at, &goroutine) in chosen.iter().enumerate() {
        out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
        let samples = samples.get(&goroutine).map_or(&[][..], Vec::as_slice);
        write_json(out, &Thread::of(model, goroutine, samples, name))?;
    }
    out.write_all(b"]}\n")?;
    Ok(n_left_out)
}

/// The goroutines that ran longest, in order of their numbers, and how many there are beside them.
fn longest_running(model: &TraceModel) -> (Vec<GoId>, usize) {
    let running = |goroutine: GoId| -> u64 {
        let spans = model.spans(goroutine).filter(|span| span.state.is_executing());
        spans.map(|span| span.duration_nanos()).sum()
    };
    let mut all: Vec<(u64, GoId)> =
        model.goroutine_ids().map(|goroutine| (running(goroutine), goroutine)).collect();
    all.sort_unstable_by_key(|&(nanos, goroutine)| (std::cmp::Reverse(nanos), goroutine));
    let n_left_out = all.len().saturating_sub(MAX_THREADS);
    all.truncate(MAX_THREADS);
    let mut chosen: Vec<GoId> = all.into_iter().map(|(_, goroutine)| goroutine).collect();
    chosen.sort_unstable_by_key(|&goroutine| model.tables().goid(goroutine));
    (chosen, n_left_out)
}

fn meta(name: &str) -> Value {
    let category =
        |(name, color): &(&str, &str)| json!({"name": name, "color": color, "subcategories": ["Other"]});
    let categories: Vec<Value> = CATEGORIES.iter().map(category).collect();
    let field = |key: &str, label: &str| json!({"key": key, "label": label, "format": "string"});
    let display = ["marker-chart", "marker-table", "timeline-overview"];
    let state = json!({"name": "State", "display": display, "chartLabel": "{marker.data.reason}",
        "tooltipLabel": "{marker.name} {marker.data.reason}", "tableLabel": "{marker.data.reason}",
        "fields": [field("reason", "Reason"), field("stack", "Stack")]});
    let region = json!({"name": "Region", "display": display, "fields": [field("task", "Task")]});
    json!({"version": 24, "preprocessedProfileVersion": 55, "interval": 1, "startTime": 0, "processType": 0,
        "product": name, "stackwalk": 1, "debug": false, "categories": categories, "markerSchema": [state, region],
        "symbolicated": true, "pausedRanges": [],
        "sampleUnits": {"time": "ms", "eventDelay": "ms", "threadCPUDelta": "ns"}})
}
