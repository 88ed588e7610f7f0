//! Ps with the goroutines that they ran, and the pauses and cycles of the collector.

use std::io;

use goscope_analysis::trace::store::rows::{RangeKind, RangePhase};
use goscope_analysis::trace::words::cause::SpanState;
use goscope_parsers::interop::TrackEvent;
use goscope_parsers::trace::{GoId, ProcId, StringId, Time};

use super::tracks::{Export, PROCESS, TrackOf};

/// The rank of pauses among the tracks of the process.
const PAUSES_RANK: u64 = 10;
const PROCS_RANK: u64 = 20;

/// Writes a track for the mark phases of the collector, and one for stop-the-world pauses.
pub(super) fn put_pauses(export: &mut Export<'_, '_>) -> io::Result<()> {
    for (row, (name, kind)) in (0..).zip([("GC mark", RangeKind::GcMark), ("STW", RangeKind::StopTheWorld)]) {
        let pauses = pauses(export, kind);
        if pauses.is_empty() {
            continue;
        }
        let track = TrackOf::Pauses.number(row);
        export.writer.track(track, PROCESS, name, PAUSES_RANK + u64::from(row))?;
        for (start, end, reason) in pauses {
            let reason = export.model.tables().string_lossy(reason);
            let name = if reason.is_empty() { name } else { &*reason };
            let (start, end) = (export.nanos(start), export.nanos(end));
            export.writer.begin(
                track,
                start,
                &TrackEvent { name, category: "gc", ..TrackEvent::default() },
            )?;
            export.writer.end(track, end)?;
        }
    }
    Ok(())
}

/// From when to when, and why. What is open at the end ends there.
fn pauses(export: &Export<'_, '_>, kind: RangeKind) -> Vec<(Time, Time, StringId)> {
    let mut pauses = Vec::new();
    let mut open: Option<(Time, StringId)> = None;
    for row in export.model.range_events().iter().filter(|row| row.kind == kind) {
        match (row.phase, open) {
            (RangePhase::End, Some((start, reason))) => {
                pauses.push((start, row.time, reason));
                open = None;
            }
            (RangePhase::Begin | RangePhase::Active, None) => open = Some((row.time, row.reason)),
            _ => {}
        }
    }
    pauses.extend(open.map(|(start, reason)| (start, export.model.range().end, reason)));
    pauses
}

/// Writes a track for each P: which goroutine it ran when.
pub(super) fn put(export: &mut Export<'_, '_>) -> io::Result<()> {
    let model = export.model;
    let spans = model.goroutine_ids().flat_map(|goroutine| model.spans(goroutine));
    let has_proc = |state| matches!(state, SpanState::Running | SpanState::Syscall);
    // By P, each in order of time: what begins when another ends comes behind it.
    let mut runs: Vec<(ProcId, Time, Time, GoId)> = spans
        .filter(|span| has_proc(span.state) && span.proc != ProcId::NONE && span.start < span.end)
        .map(|span| (span.proc, span.start, span.end, span.goroutine))
        .collect();
    runs.sort_unstable();
    let group = TrackOf::AllProcs.number(0);
    export.writer.track(group, PROCESS, "Ps", PROCS_RANK)?;
    let mut last = ProcId::NONE;
    for (proc, start, end, goroutine) in runs {
        let track = TrackOf::Proc.number(proc.0);
        if proc != last {
            let number = model.tables().proc_number(proc);
            let rank = u64::try_from(number).unwrap_or(u64::MAX);
            export.writer.track(track, group, &format!("P{number}"), rank)?;
            last = proc;
        }
        let (name, start, end) = (export.goroutine_name(goroutine), export.nanos(start), export.nanos(end));
        export.writer.begin(
            track,
            start,
            &TrackEvent { name: &name, category: "proc", ..TrackEvent::default() },
        )?;
        export.writer.end(track, end)?;
    }
    Ok(())
}
