//! A trace into rows: its sketches, with what is known of it.

use goscope_analysis::trace::folds::gc::GcLog;
use goscope_analysis::trace::folds::stw::StwLog;
use goscope_analysis::trace::load::model_beside;
use goscope_analysis::trace::questions::sketches::sketches;
use goscope_parsers::ParseError;
use goscope_parsers::trace::{TraceContent, TraceOptions};

use crate::rows::{ProfileRow, SummaryRow};

/// The rows of a trace, not compressed, and what is odd about it. Id, service, version and labels are the caller's to say.
pub(crate) fn summarize(content: &[u8]) -> Result<(ProfileRow, Vec<SummaryRow>, Vec<String>), ParseError> {
    let content = TraceContent::from_bytes(content, u64::MAX, None)?;
    let (mut cycles, mut pauses) = (GcLog::default(), StwLog::default());
    let reader = content.reader(&TraceOptions::default())?;
    let model = model_beside(reader, |events, tables| {
        for event in events {
            cycles.event(event, tables);
            pauses.event(event, tables);
        }
    })?;
    let time_nanos = model.wall_clock().map_or(0, |clock| {
        let (seconds, nanos) = clock.wall_at(model.range().start);
        seconds.saturating_mul(1_000_000_000).saturating_add(i64::from(nanos))
    });
    let trace = ProfileRow {
        time_nanos,
        duration_nanos: i64::try_from(model.duration_nanos()).unwrap_or(i64::MAX),
        kind: "trace".to_owned(),
        ..ProfileRow::default()
    };
    let of_sketch = |sketch: goscope_analysis::trace::questions::sketches::Sketch| SummaryRow {
        trace: ProfileRow::default(),
        group: sketch.group.to_owned(),
        name: sketch.name,
        metric: sketch.metric,
        durations: sketch.durations,
    };
    let rows = sketches(&model, &cycles.finish(), &pauses.finish()).into_iter().map(of_sketch).collect();
    let n_problems = model.problems().len();
    let warnings = match n_problems {
        0 => Vec::new(),
        n => vec![format!("{n} problems while reading; what is sound is summed up")],
    };
    Ok((trace, rows, warnings))
}
