//! Tasks below the tasks that they were created from, with their logs.

use std::io;

use goscope_parsers::interop::{TrackEvent, TrackId};
use goscope_parsers::trace::TaskId;

use super::tracks::{Export, PROCESS, TrackOf};

const TASKS_RANK: u64 = 30;

/// Writes a track for each task.
pub(super) fn put(export: &mut Export<'_, '_>) -> io::Result<()> {
    let model = export.model;
    if model.task_ids().next().is_some() {
        export.writer.track(TrackOf::AllTasks.number(0), PROCESS, "Tasks", TASKS_RANK)?;
    }
    for id in model.task_ids() {
        let Some(task) = model.task(id) else { continue };
        let tables = model.tables();
        let kind = tables.string_lossy(task.name);
        let number = tables.task_number(id);
        let name = if kind.is_empty() { format!("task {number}") } else { format!("{kind} (task {number})") };
        let track = track_of(id);
        export.writer.track(track, parent_track(export, id, task.parent), &name, number)?;
        let range = model.range();
        let start = export.nanos(task.begin.get().unwrap_or(range.start));
        let end = export.nanos(task.end.get().unwrap_or(range.end));
        let event = TrackEvent {
            name: if kind.is_empty() { "task" } else { &kind },
            category: "task",
            ..TrackEvent::default()
        };
        export.writer.begin(track, start, &event)?;
        export.writer.end(track, end.max(start))?;
    }
    put_logs(export)
}

fn track_of(task: TaskId) -> TrackId {
    TrackOf::Task.number(task.0)
}

/// The track of the parent, if it has one: no task comes before its parent.
fn parent_track(export: &Export<'_, '_>, task: TaskId, parent: TaskId) -> TrackId {
    let has_track = parent != TaskId::NONE && parent != TaskId::BACKGROUND && parent < task;
    match has_track && export.model.task(parent).is_some() {
        true => track_of(parent),
        false => TrackOf::AllTasks.number(0),
    }
}

/// Logs are instants of their task, or of their goroutine if they have none.
fn put_logs(export: &mut Export<'_, '_>) -> io::Result<()> {
    let model = export.model;
    let tables = model.tables();
    for log in model.logs() {
        let has_task = log.task != TaskId::BACKGROUND && log.task != TaskId::NONE;
        let track = if has_task { track_of(log.task) } else { TrackOf::Goroutine.number(log.goroutine.0) };
        let (category, message) = (tables.string_lossy(log.category), tables.string_lossy(log.message));
        let nanos = export.nanos(log.time);
        let facts = [("category", &*category), ("message", &*message)];
        let event = TrackEvent { name: &message, category: "log", facts: &facts, ..TrackEvent::default() };
        export.writer.instant(track, nanos, &event)?;
    }
    Ok(())
}
