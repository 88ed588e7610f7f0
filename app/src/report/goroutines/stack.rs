//! The lines of a stack that a reader needs: the program's own frames, and what they wait in.

use std::path::Path;

use goscope_analysis::dump::{call_site, is_parking};
use goscope_analysis::symbol::{FrameKind, kind_of, package_of};
use goscope_parsers::dump::{FrameId, StackId, Tables};

/// A line of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackLine {
    /// The function, or what stands for several of them.
    pub function: String,
    /// File and line; empty where there is none.
    pub place: String,
    /// The frame, where it is one.
    pub frame: Option<FrameId>,
}

impl StackLine {
    /// A line that stands for frames.
    const fn mark(function: String) -> Self {
        Self { function, place: String::new(), frame: None }
    }
}

/// Frames of others beside each other that are shown; of more, the last one is shown and the others become one line.
const MOST_FOREIGN: usize = 2;

/// The frames, innermost first. Those that park and start goroutines are left out, as Go does it in plain dumps; of several
/// frames of the standard library in a row the one is shown that the program called, unless all are asked for. Frames
/// that repeat are counted.
pub fn stack_lines(tables: &Tables, stack: StackId, is_full: bool) -> Vec<StackLine> {
    let frames = tables.stack(stack).frames;
    let is_shown = |frame: &FrameId| is_full || !is_parking(tables.function(*frame));
    let shown: Vec<FrameId> = frames.iter().copied().filter(is_shown).collect();
    // A goroutine of the runtime has no other frames.
    let shown = if shown.is_empty() { frames.to_vec() } else { shown };
    let mut lines: Vec<StackLine> = Vec::new();
    let mut at = 0;
    while at < shown.len() {
        let run = shown[at..].iter().take_while(|&&frame| is_foreign(tables, frame)).count();
        if !is_full && run > MOST_FOREIGN {
            let (rest, last) = shown[at..at + run].split_at(run - 1);
            lines.push(StackLine::mark(rest_text(tables, rest)));
            lines.extend(last.iter().map(|&frame| line_of(tables, frame, stack)));
            at += run;
            continue;
        }
        let line = line_of(tables, shown[at], stack);
        let same = shown[at..].iter().take_while(|&&frame| frame == shown[at]).count();
        lines.push(line);
        if !is_full && same > 2 {
            let function = format!("\u{2026} the same {} more times", same - 1);
            lines.push(StackLine::mark(function));
            at += same;
        } else {
            at += 1;
        }
    }
    lines
}

fn is_foreign(tables: &Tables, frame: FrameId) -> bool {
    let is_mark = frame == Tables::ELIDED || frame == Tables::UNAVAILABLE;
    !is_mark && kind_of(tables.function(frame)) != FrameKind::User
}

/// `… 7 frames of net/http, net`.
fn rest_text(tables: &Tables, frames: &[FrameId]) -> String {
    let mut packages: Vec<&str> = Vec::new();
    for &frame in frames {
        let package = package_of(tables.function(frame));
        if !package.is_empty() && !packages.contains(&package) {
            packages.push(package);
        }
    }
    let more = packages.len().saturating_sub(3);
    packages.truncate(3);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("\u{2026} {} frames of {}{more}", frames.len(), packages.join(", "))
}

fn line_of(tables: &Tables, frame: FrameId, stack: StackId) -> StackLine {
    if frame == Tables::ELIDED {
        let count = tables.n_elided(stack);
        let count = if count == 0 { String::new() } else { format!("{count} ") };
        return StackLine::mark(format!("\u{2026} {count}frames that the runtime left out"));
    }
    let function = tables.function(frame).to_owned();
    let is_frame = frame != Tables::UNAVAILABLE;
    StackLine { function, place: place_text(tables, frame), frame: is_frame.then_some(frame) }
}

/// File and line, as short as they can be found: relative to here, or the last folder and the name.
pub(super) fn place_text(tables: &Tables, frame: FrameId) -> String {
    let path = Path::new(tables.file(frame));
    let here = std::env::current_dir().ok();
    let relative = here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    match relative {
        Some(path) => format!("{}:{}", path.display(), tables.frame(frame).line),
        None => call_site(tables, frame),
    }
}
