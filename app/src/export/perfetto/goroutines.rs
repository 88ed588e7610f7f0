//! Goroutines by function: their states as slices, who unblocked whom as arrows, their regions below them.

use std::collections::HashMap;
use std::io;

use goscope_analysis::trace::model::Span;
use goscope_analysis::trace::words::cause::SpanState;
use goscope_parsers::interop::TrackEvent;
use goscope_parsers::trace::{GoId, StringId};

use super::tracks::{Export, PROCESS, TrackOf, stack_fact};

/// The rank of the first function among the tracks of the process.
const FUNCTIONS_RANK: u64 = 100;

/// Writes a track for each goroutine.
pub(super) fn put(export: &mut Export<'_, '_>) -> io::Result<()> {
    let model = export.model;
    let mut n_goroutines: HashMap<StringId, u64> = HashMap::new();
    for goroutine in model.goroutine_ids() {
        *n_goroutines.entry(model.start_function(goroutine)).or_default() += 1;
    }
    let mut described: HashMap<StringId, u64> = HashMap::new();
    for goroutine in model.goroutine_ids() {
        let function = model.start_function(goroutine);
        let group = TrackOf::Function.number(function.0);
        let n_described = described.len() as u64;
        if let std::collections::hash_map::Entry::Vacant(entry) = described.entry(function) {
            entry.insert(n_described);
            let name = model.tables().string_lossy(function);
            let name = if name.is_empty() { "function not known" } else { &*name };
            let n_goroutines = n_goroutines.get(&function).copied().unwrap_or(0);
            let title = format!("{name} ({n_goroutines})");
            export.writer.track(group, PROCESS, &title, FUNCTIONS_RANK + n_described)?;
        }
        let name = export.goroutine_name(goroutine);
        let rank = u64::try_from(model.tables().goid(goroutine)).unwrap_or(u64::MAX);
        export.writer.track(TrackOf::Goroutine.number(goroutine.0), group, &name, rank)?;
        put_spans(export, goroutine)?;
        put_regions(export, goroutine)?;
    }
    Ok(())
}

fn put_spans(export: &mut Export<'_, '_>, goroutine: GoId) -> io::Result<()> {
    let track = TrackOf::Goroutine.number(goroutine.0);
    let mut spans = export.model.spans(goroutine).peekable();
    let mut flow_to = 0;
    while let Some(span) = spans.next() {
        let arrives = std::mem::take(&mut flow_to);
        if span.state == SpanState::Unknown {
            continue;
        }
        let runs_next = spans.peek().is_some_and(|next| next.state == SpanState::Running);
        if span.state == SpanState::Runnable && runs_next && has_track(export, span.waker) {
            flow_to = u64::from(span.id.0) + 1;
            put_waker(export, &span, flow_to)?;
        }
        let name = state_name(export, &span);
        let stack = export.model.cause(span.cause).stack;
        let (start, end) = (export.nanos(span.start), export.nanos(span.end));
        export.make_stack_text(stack);
        let (writer, stack) = export.writer_and_stack(stack);
        let facts = stack_fact(stack);
        let event = TrackEvent {
            name: &name,
            category: "goroutine",
            flow_to: arrives,
            facts: &facts,
            ..TrackEvent::default()
        };
        writer.begin(track, start, &event)?;
        writer.end(track, end)?;
    }
    Ok(())
}

fn has_track(export: &Export<'_, '_>, goroutine: GoId) -> bool {
    goroutine != GoId::NONE && export.model.goroutine(goroutine).is_some()
}

/// The instant at which a goroutine made another one runnable.
fn put_waker(export: &mut Export<'_, '_>, span: &Span, flow_from: u64) -> io::Result<()> {
    let woken = export.goroutine_name(span.goroutine);
    let nanos = export.nanos(span.start);
    let facts = [("goroutine", woken.as_str())];
    let event = TrackEvent {
        name: "unblocks",
        category: "unblock",
        flow_from,
        facts: &facts,
        ..TrackEvent::default()
    };
    export.writer.instant(TrackOf::Goroutine.number(span.waker.0), nanos, &event)
}

/// `Running`, `Waiting (chan receive)`
fn state_name(export: &Export<'_, '_>, span: &Span) -> String {
    let name = match span.state {
        SpanState::Unknown => "Unknown",
        SpanState::Runnable => return "Runnable".to_owned(),
        SpanState::Running => return "Running".to_owned(),
        SpanState::Waiting => "Waiting",
        SpanState::Syscall => "Syscall",
        SpanState::SyscallBlocked => "Syscall without P",
    };
    let reason = export.model.tables().string_lossy(export.model.cause(span.cause).reason);
    if reason.is_empty() { name.to_owned() } else { format!("{name} ({reason})") }
}

/// Regions have a track of their own: they go on while states change. Where a program did not nest them, what begins inside
/// ends with what is around it.
fn put_regions(export: &mut Export<'_, '_>, goroutine: GoId) -> io::Result<()> {
    let model = export.model;
    let regions = model.regions_of(goroutine);
    if regions.is_empty() {
        return Ok(());
    }
    let track = TrackOf::Regions.number(goroutine.0);
    export.writer.track(track, TrackOf::Goroutine.number(goroutine.0), "regions", 0)?;
    let mut open: Vec<u64> = Vec::new();
    for region in regions.iter().filter(|region| !region.is_inherited) {
        let (start, end) = (export.nanos(region.begin), export.nanos(region.end));
        while let Some(ended) = open.pop_if(|end| *end <= start) {
            export.writer.end(track, ended)?;
        }
        let end = open.last().map_or(end, |around| end.min(*around));
        let name = model.tables().string_lossy(region.name);
        export.writer.begin(
            track,
            start,
            &TrackEvent { name: &name, category: "region", ..TrackEvent::default() },
        )?;
        open.push(end.max(start));
    }
    while let Some(ended) = open.pop() {
        export.writer.end(track, ended)?;
    }
    Ok(())
}
