//! Lines of a text profile with their numbers.

use std::borrow::Cow;

use crate::error::ParseError;
use crate::progress::Progress;

/// Lines between two looks at the wish to stop.
const LINES_A_CHECK: u64 = 4096;

/// Walks the lines of a text, without their ends. Bytes that are not UTF-8 show as U+FFFD.
pub(crate) struct Lines<'a> {
    rest: &'a [u8],
    /// Number of the line that was read last, counted from 1.
    number: u64,
    total_bytes: u64,
    progress: Option<&'a Progress>,
}

impl<'a> Lines<'a> {
    /// The lines of a text, whose byte-order mark is passed over.
    pub(crate) fn new(text: &'a [u8], progress: Option<&'a Progress>) -> Self {
        let text = without_byte_order_mark(text);
        let total_bytes = text.len() as u64;
        if let Some(progress) = progress {
            progress.begin(total_bytes);
        }
        Self { rest: text, number: 0, total_bytes, progress }
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// [`ParseError::Cancelled`].
    pub(crate) fn next(&mut self) -> Result<Option<Cow<'a, str>>, ParseError> {
        if let Some(progress) = self.progress
            && (self.number.is_multiple_of(LINES_A_CHECK) || self.rest.is_empty())
        {
            progress.advance_to(self.total_bytes - self.rest.len() as u64)?;
        }
        if self.rest.is_empty() {
            return Ok(None);
        }
        let end = self.rest.iter().position(|&byte| byte == b'\n').unwrap_or(self.rest.len());
        let line = self.rest.get(..end).unwrap_or(&[]);
        self.rest = self.rest.get(end + 1..).unwrap_or(&[]);
        self.number += 1;
        Ok(Some(String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line))))
    }

    /// An error about the line that was read last.
    pub(crate) fn error(&self, what: impl Into<String>) -> ParseError {
        ParseError::Text { what: what.into(), line: self.number }
    }
}

/// A text in UTF-8 without the mark that some editors put before it.
pub(crate) fn without_byte_order_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

/// Whether a line says nothing.
pub(super) fn is_space_or_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}
