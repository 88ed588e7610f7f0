//! An event as one line of JSON.
//!
//! Numbers of goroutines, Ps and threads are those Go prints; "none" is left out. Strings that are not UTF-8 have
//! `�` for what cannot be shown.

use std::fmt::Write as _;

use super::clock::rfc3339_utc;
use super::event::{Event, EventKind, Range, StackId, StringId, TaskId};
use super::tables::Tables;
use crate::json_text::{is_escaped, write_escape};

/// Appends an event as a JSON object and a newline to `text`.
pub fn write_event_json(text: &mut String, event: &Event, tables: &Tables) {
    let mut object = Object { text, tables };
    let kind = event.kind.name();
    let _ = write!(object.text, "{{\"time\":{},\"kind\":\"{kind}\"", event.time);
    if event.thread.is_some() {
        object.number("thread", tables.thread_number(event.thread));
    }
    if event.proc.is_some() {
        object.number("proc", tables.proc_number(event.proc));
    }
    if event.goroutine.is_some() {
        object.number("goroutine", tables.goid(event.goroutine));
    }
    object.kind(event);
    object.stack("stack", event.stack);
    text.push_str("}\n");
}

struct Object<'t> {
    text: &'t mut String,
    tables: &'t Tables,
}

impl Object<'_> {
    fn number(&mut self, key: &str, number: impl std::fmt::Display) {
        let _ = write!(self.text, ",\"{key}\":{number}");
    }

    fn word(&mut self, key: &str, word: &str) {
        let _ = write!(self.text, ",\"{key}\":\"{word}\"");
    }

    fn string(&mut self, key: &str, id: StringId) {
        let _ = write!(self.text, ",\"{key}\":");
        write_json_string(self.text, &self.tables.string_lossy(id));
    }

    fn task(&mut self, key: &str, task: TaskId) {
        if task.is_some() {
            self.number(key, self.tables.task_number(task));
        }
    }

    fn stack(&mut self, key: &str, stack: StackId) {
        if stack.is_none() {
            return;
        }
        let _ = write!(self.text, ",\"{key}\":[");
        for (at, &frame) in self.tables.stack(stack).iter().enumerate() {
            let frame = self.tables.frame(frame);
            self.text.push_str(if at == 0 { "{\"func\":" } else { ",{\"func\":" });
            write_json_string(self.text, &self.tables.string_lossy(frame.function));
            self.text.push_str(",\"file\":");
            write_json_string(self.text, &self.tables.string_lossy(frame.file));
            let _ = write!(self.text, ",\"line\":{},\"pc\":\"0x{:x}\"}}", frame.line, frame.pc);
        }
        self.text.push(']');
    }

    fn range(&mut self, range: Range) {
        let tables = self.tables;
        match range {
            Range::GcMark => self.word("name", "GC concurrent mark phase"),
            Range::Sweep { proc, .. } => {
                self.word("name", "GC incremental sweep");
                self.number("scope_proc", tables.proc_number(proc));
            }
            Range::MarkAssist { goroutine } => {
                self.word("name", "GC mark assist");
                self.number("scope_goroutine", tables.goid(goroutine));
            }
            Range::StopTheWorld { goroutine, kind } => {
                self.word("name", "stop-the-world");
                self.string("stw_kind", kind);
                self.number("scope_goroutine", tables.goid(goroutine));
            }
        }
    }

    fn kind(&mut self, event: &Event) {
        let tables = self.tables;
        match event.kind {
            EventKind::Sync { n, generation } => {
                self.number("n", n);
                if let Some(generation) = tables.generation(generation) {
                    self.number("generation", generation.number);
                    if let Some(snapshot) = generation.snapshot {
                        self.number("trace_time", snapshot.trace_time);
                        self.number("mono", snapshot.mono_nanos);
                        self.word("wall", &rfc3339_utc(snapshot.wall_seconds, snapshot.wall_nanos));
                    }
                }
            }
            EventKind::Metric { metric, value } => {
                self.word("name", metric.name());
                self.number("value", value);
            }
            EventKind::Label { label } => self.string("label", label),
            EventKind::StackSample => {}
            EventKind::RangeBegin(range) | EventKind::RangeActive(range) => self.range(range),
            EventKind::RangeEnd(range) => {
                self.range(range);
                if let Range::Sweep { bytes, .. } = range {
                    let [swept, reclaimed, _] = tables.wide_args(bytes);
                    self.number("bytes_swept", swept);
                    self.number("bytes_reclaimed", reclaimed);
                }
            }
            EventKind::TaskBegin { task, parent, name } | EventKind::TaskEnd { task, parent, name } => {
                self.task("task", task);
                self.task("parent", parent);
                self.string("type", name);
            }
            EventKind::RegionBegin { task, name } | EventKind::RegionEnd { task, name } => {
                self.task("task", task);
                self.string("type", name);
            }
            EventKind::Log { task, category, message } => {
                self.task("task", task);
                self.string("category", category);
                self.string("message", message);
            }
            EventKind::GoTransition { goroutine, from, to, reason, stack } => {
                self.number("of_goroutine", tables.goid(goroutine));
                self.word("from", from.name());
                self.word("to", to.name());
                if reason.is_some() {
                    self.string("reason", reason);
                }
                if stack != event.stack {
                    self.stack("transition_stack", stack);
                }
            }
            EventKind::ProcTransition { proc, from, to } => {
                self.number("of_proc", tables.proc_number(proc));
                self.word("from", from.name());
                self.word("to", to.name());
            }
            EventKind::Experimental { event, args } => {
                self.word("name", event.name());
                for (name, value) in event.arg_names().iter().zip(tables.wide_args(args)) {
                    self.number(name, value);
                }
            }
        }
    }
}

/// Appends a string in quotes, escaped as JSON wants it.
fn write_json_string(text: &mut String, string: &str) {
    text.push('"');
    for character in string.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\0'..='\x1f' => {
                let _ = write!(text, "\\u{:04x}", character as u32);
            }
            _ if is_escaped(character) => write_escape(character, |escape| {
                let _ = text.write_fmt(escape);
            }),
            _ => text.push(character),
        }
    }
    text.push('"');
}
