//! Variables of goroutines that a debugger read: as lines, and as JSON.

use std::fmt::Write as _;

use goscope_analysis::dump::Group;
use goscope_parsers::dump::{Dump, StackId, Tables};
use goscope_remote::delve::{FrameVariables, Hit, Leaves, Variable};
use serde_json::{Value, json};

use super::stack::place_text;
use super::value::value_text;
use crate::live::{GoroutineVariables, LiveFacts};
use crate::text::name;

/// Characters of a value on a line; JSON has it whole.
const MOST_CHARS: usize = 300;

/// The variables of the first goroutine of a group of which any were read.
pub fn variables_of<'a>(live: &'a LiveFacts, group: &Group, dump: &Dump) -> Option<&'a GoroutineVariables> {
    live.variables.iter().find(|known| group.goroutines(dump).any(|row| row.id == known.goroutine))
}

/// Lines: for each frame its function and place, and below it its variables.
pub fn write_variables(variables: &GoroutineVariables, tables: &Tables, stack: StackId, text: &mut String) {
    let _ = writeln!(text, "    variables of goroutine {}", variables.goroutine);
    let frames = tables.stack(stack).frames;
    for of_frame in &variables.frames {
        let Some(&frame) = frames.get(of_frame.frame) else { continue };
        let (function, place) = (name(tables.function(frame)), name(&place_text(tables, frame)));
        let _ = writeln!(text, "      {function}  {place}");
        if !of_frame.refusal.is_empty() {
            let _ = writeln!(text, "        not read: {}", name(&of_frame.refusal));
        }
        let all = of_frame.arguments.iter().chain(&of_frame.locals);
        let mut n_lines = 0;
        for variable in all {
            let shadowed = if variable.is_shadowed { " (hidden by another one)" } else { "" };
            let value = goscope_parsers::printable_cut(&value_text(variable), MOST_CHARS).into_owned();
            let _ = writeln!(text, "        {}{shadowed} = {value}", name(&variable.name));
            n_lines += 1;
        }
        if n_lines == 0 && of_frame.refusal.is_empty() {
            let _ = writeln!(text, "        no variables");
        }
    }
}

/// The debugger, and what was done to the program.
pub(super) fn live_json(live: &LiveFacts) -> Value {
    let left = match &live.leaves {
        Leaves::Running => "running",
        Leaves::Detached => "detached",
        Leaves::Stopped => "stopped",
        Leaves::Exited => "exited",
        Leaves::Core => "core",
        Leaves::Unknown(_) => "unknown",
    };
    json!({
        "dlv": live.server.delve_version,
        "go": live.server.go_version,
        "was_running": live.was_running,
        "stood_still_seconds": live.stood_still.as_secs_f64(),
        "left": left,
        "hit": live.hit.as_ref().map(hit_json),
        "notes": live.notes,
    })
}

fn hit_json(hit: &Hit) -> Value {
    let place = &hit.place;
    json!({
        "goroutine": hit.goroutine,
        "function": place.function,
        "file": place.file,
        "line": place.line,
        "waited_seconds": hit.waited.as_secs_f64(),
    })
}

/// A list of frames with their variables.
pub(super) fn variables_json(variables: &GoroutineVariables, tables: &Tables, stack: StackId) -> Value {
    let frames = tables.stack(stack).frames;
    let of_frame = |known: &FrameVariables| {
        let frame = *frames.get(known.frame)?;
        Some(json!({
            "frame": known.frame,
            "function": tables.function(frame),
            "line": tables.frame(frame).line,
            "arguments": known.arguments.iter().map(variable_json).collect::<Vec<_>>(),
            "locals": known.locals.iter().map(variable_json).collect::<Vec<_>>(),
            "not_read": known.refusal,
        }))
    };
    json!({
        "goroutine": variables.goroutine,
        "frames": variables.frames.iter().filter_map(of_frame).collect::<Vec<_>>(),
    })
}

fn variable_json(variable: &Variable) -> Value {
    json!({
        "name": variable.name,
        "type": variable.type_name,
        "value": value_text(variable),
        "unreadable": variable.unreadable,
        "shadowed": variable.is_shadowed,
    })
}
