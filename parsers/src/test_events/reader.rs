//! Reads events while they come, from a file or from a program that still runs.

use std::borrow::Cow;
use std::convert::Infallible;

use super::event::TestEvent;
use super::json;
use super::text::TextConverter;
use crate::error::ParseError;
use crate::text_lines::{LineCutter, TextOptions, for_each_line};

/// Makes events of what a test run prints.
#[derive(Debug, Default)]
pub struct TestEventReader {
    cutter: LineCutter,
    lines: Lines,
}

#[derive(Debug, Default)]
struct Lines {
    text: TextConverter,
    /// Whether there was an event in JSON: then, other lines are no framed text.
    is_json: bool,
    n_events: u64,
}

impl TestEventReader {
    /// Takes the next piece of what was printed.
    pub fn push(&mut self, piece: &[u8], take: &mut dyn FnMut(TestEvent<'_>)) {
        let lines = &mut self.lines;
        let pushed = self.cutter.push(piece, |line, _| {
            lines.line(line, take);
            Ok::<_, Infallible>(())
        });
        pushed.unwrap_or_else(|never| match never {});
    }

    /// Nothing more comes.
    pub fn finish(&mut self, take: &mut dyn FnMut(TestEvent<'_>)) {
        let lines = &mut self.lines;
        let finished = self.cutter.finish(|line, _| {
            lines.line(line, take);
            Ok::<_, Infallible>(())
        });
        finished.unwrap_or_else(|never| match never {});
        lines.text.finish(take);
    }

    /// Events so far but for output.
    pub const fn n_events(&self) -> u64 {
        self.lines.n_events
    }
}

impl Lines {
    fn line(&mut self, line: &[u8], take: &mut dyn FnMut(TestEvent<'_>)) {
        let line = String::from_utf8_lossy(line);
        if let Some(event) = json::parse(&line) {
            self.is_json = true;
            self.n_events += 1;
            return take(event);
        }
        if self.is_json {
            return take(TestEvent::output(Cow::Borrowed(""), Cow::Owned(format!("{line}\n"))));
        }
        let n_events = &mut self.n_events;
        self.text.line(&line, &mut |event| {
            *n_events += u64::from(event.action != super::Action::Output);
            take(event);
        });
    }
}

/// Reads the events in a file.
///
/// # Errors
/// [`ParseError::NotTestEvents`] if there are none; damage of the compressed layer, its limit, or [`ParseError::Cancelled`].
pub fn read_test_events(
    bytes: &[u8],
    options: &TextOptions<'_>,
    take: &mut dyn FnMut(TestEvent<'_>),
) -> Result<(), ParseError> {
    let mut lines = Lines::default();
    for_each_line(bytes, options, |line, _| {
        lines.line(line, take);
        Ok(())
    })?;
    lines.text.finish(take);
    if lines.n_events == 0 { Err(ParseError::NotTestEvents) } else { Ok(()) }
}
