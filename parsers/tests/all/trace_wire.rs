//! Writes small traces by hand, so that a test can say what is in them, and what is wrong with them.

use goscope_parsers::trace::{Strictness, TraceReader, write_event};

pub(crate) use goscope_test_support::wire::{RUNNABLE, RUNNING, Wire, kind, uvarint};

/// What a reader makes of a trace: one line an event (without stacks), then the problems.
pub(crate) fn dump(bytes: &[u8], strictness: Strictness) -> String {
    let mut reader = TraceReader::with_strictness(bytes, strictness).expect("the header is sound");
    let mut text = String::new();
    while let Some(chunk) = reader.next_chunk() {
        for event in chunk.events {
            let mut event_text = String::new();
            write_event(&mut event_text, event, chunk.tables);
            text.push_str(event_text.lines().next().unwrap_or_default());
            text.push('\n');
        }
    }
    for problem in reader.problems() {
        text.push_str(&format!("{:?}: {problem}\n", problem.kind));
    }
    text
}
