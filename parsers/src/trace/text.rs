//! An event as text, exactly as `go tool trace -d=parsed` prints it.
//!
//! The text is Go's debugging aid, with its quirks: a new goroutine's `TransitionStack=` heading shows even
//! without a stack, an event with a stack is followed by an empty line. Wall times are in UTC.

use std::fmt::{self, Write as _};

use super::clock::rfc3339_utc;
use super::event::{Event, EventKind, GoState, Range, StackId};
use super::tables::Tables;

/// Appends an event and its newline to `text`.
pub fn write_event(text: &mut String, event: &Event, tables: &Tables) {
    // Writing to a string cannot fail.
    let _ = try_write_event(text, event, tables);
    text.push('\n');
}

fn try_write_event(text: &mut String, event: &Event, tables: &Tables) -> fmt::Result {
    let thread = tables.thread_number(event.thread);
    let proc = tables.proc_number(event.proc);
    let goroutine = tables.goid(event.goroutine);
    let kind = event.kind.name();
    write!(text, "M={thread} P={proc} G={goroutine} {kind} Time={}", event.time)?;
    write_kind(text, event, tables)?;
    // A CPU sample has the heading even without a stack.
    if event.stack.is_some() || event.kind == EventKind::StackSample {
        text.push_str("\nStack=\n");
        write_stack(text, event.stack, tables)?;
    }
    Ok(())
}

fn write_kind(text: &mut String, event: &Event, tables: &Tables) -> fmt::Result {
    let quoted = |id| Quoted(tables.string(id));
    match event.kind {
        EventKind::Sync { n, generation } => {
            write!(text, " N={n}")?;
            let generation = tables.generation(generation);
            if let Some(snapshot) = generation.and_then(|generation| generation.snapshot) {
                let wall = rfc3339_utc(snapshot.wall_seconds, snapshot.wall_nanos);
                write!(text, " Trace={} Mono={} Wall={wall}", snapshot.trace_time, snapshot.mono_nanos)?;
            }
            Ok(())
        }
        EventKind::Metric { metric, value } => {
            write!(text, " Name=\"{}\" Value=Value{{Uint64({value})}}", metric.name())
        }
        EventKind::Label { label } => {
            write!(text, " Label={} Resource=Goroutine({})", quoted(label), tables.goid(event.goroutine))
        }
        EventKind::StackSample => Ok(()),
        EventKind::RangeBegin(range) | EventKind::RangeActive(range) => write_range(text, range, tables),
        EventKind::RangeEnd(range) => {
            write_range(text, range, tables)?;
            text.push_str(" Attributes=[");
            if let Range::Sweep { bytes, .. } = range {
                let [swept, reclaimed, _] = tables.wide_args(bytes);
                write!(text, "\"bytes swept\"=Value{{Uint64({swept})}} ")?;
                write!(text, "\"bytes reclaimed\"=Value{{Uint64({reclaimed})}}")?;
            }
            text.write_char(']')
        }
        EventKind::TaskBegin { task, parent, name } | EventKind::TaskEnd { task, parent, name } => {
            let (task, parent) = (tables.task_number(task), tables.task_number(parent));
            write!(text, " ID={task} Parent={parent} Type={}", quoted(name))
        }
        EventKind::RegionBegin { task, name } | EventKind::RegionEnd { task, name } => {
            write!(text, " Task={} Type={}", tables.task_number(task), quoted(name))
        }
        EventKind::Log { task, category, message } => {
            let task = tables.task_number(task);
            write!(text, " Task={task} Category={} Message={}", quoted(category), quoted(message))
        }
        EventKind::GoTransition { goroutine, from, to, reason, stack } => {
            let goid = tables.goid(goroutine);
            write!(text, " GoID={goid} {}->{} Reason={}", from.name(), to.name(), quoted(reason))?;
            let is_new = from == GoState::NotExist && matches!(to, GoState::Runnable | GoState::Waiting);
            if stack.is_some() || is_new {
                text.push_str("\nTransitionStack=\n");
                write_stack(text, stack, tables)?;
            }
            Ok(())
        }
        EventKind::ProcTransition { proc, from, to } => {
            let proc = tables.proc_number(proc);
            write!(text, " ProcID={proc} {}->{} Reason=\"\"", from.name(), to.name())
        }
        EventKind::Experimental { event, args } => {
            write!(text, " Name={} Args=[", event.name())?;
            for (at, (name, value)) in event.arg_names().iter().zip(tables.wide_args(args)).enumerate() {
                let comma = if at == 0 { "" } else { ", " };
                write!(text, "{comma}{name}=Value{{Uint64({value})}}")?;
            }
            text.write_char(']')
        }
    }
}

fn write_range(text: &mut String, range: Range, tables: &Tables) -> fmt::Result {
    match range {
        Range::GcMark => text.write_str(" Name=\"GC concurrent mark phase\" Scope=None"),
        Range::Sweep { proc, .. } => {
            write!(text, " Name=\"GC incremental sweep\" Scope=Proc({})", tables.proc_number(proc))
        }
        Range::MarkAssist { goroutine } => {
            write!(text, " Name=\"GC mark assist\" Scope=Goroutine({})", tables.goid(goroutine))
        }
        Range::StopTheWorld { goroutine, kind } => {
            let mut name = b"stop-the-world (".to_vec();
            name.extend_from_slice(tables.string(kind));
            name.push(b')');
            write!(text, " Name={} Scope=Goroutine({})", Quoted(&name), tables.goid(goroutine))
        }
    }
}

fn write_stack(text: &mut String, stack: StackId, tables: &Tables) -> fmt::Result {
    for &frame in tables.stack(stack) {
        let frame = tables.frame(frame);
        writeln!(text, "\t{} @ 0x{:x}", tables.printable(frame.function), frame.pc)?;
        writeln!(text, "\t\t{}:{}", tables.printable(frame.file), frame.line)?;
    }
    Ok(())
}

/// Bytes as Go's `%q` prints them.
struct Quoted<'a>(&'a [u8]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                write_quoted(f, character)?;
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        f.write_char('"')
    }
}

fn write_quoted(f: &mut fmt::Formatter<'_>, character: char) -> fmt::Result {
    match character {
        '"' => f.write_str("\\\""),
        '\\' => f.write_str("\\\\"),
        '\x07' => f.write_str("\\a"),
        '\x08' => f.write_str("\\b"),
        '\x0c' => f.write_str("\\f"),
        '\n' => f.write_str("\\n"),
        '\r' => f.write_str("\\r"),
        '\t' => f.write_str("\\t"),
        '\x0b' => f.write_str("\\v"),
        ' '..='~' => f.write_char(character),
        _ if is_printable(character) => f.write_char(character),
        '\0'..='\x1f' | '\x7f' => write!(f, "\\x{:02x}", character as u32),
        '\u{80}'..='\u{ffff}' => write!(f, "\\u{:04x}", character as u32),
        _ => write!(f, "\\U{:08x}", character as u32),
    }
}

/// Letters, marks, numbers, punctuation and symbols, as Rust's own escaping of a string sees them. It escapes
/// combining marks only at the start of a string, hence the letter in front.
fn is_printable(character: char) -> bool {
    let text = String::from_iter(['a', character]);
    let mut escaped = text.escape_debug().skip(1);
    escaped.next() == Some(character) && escaped.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_quoted_as_go_quotes_them() {
        let quoted = |bytes: &[u8]| Quoted(bytes).to_string();
        assert_eq!(quoted("a\"\\\n\t\u{7}\u{1}\u{7f}".as_bytes()), r#""a\"\\\n\t\a\x01\x7f""#);
        assert_eq!(quoted(b"caf\xc3\xa9 \xff\xc3"), "\"café \\xff\\xc3\"");
        assert_eq!(
            quoted("e\u{301} \u{200b} \u{a0} 😀 \u{e000} '".as_bytes()),
            "\"e\u{301} \\u200b \\u00a0 😀 \\ue000 '\""
        );
    }
}
