//! What a test printed, without the lines of the testing package, and without the middle where it is very long.

use std::borrow::Cow;

/// Kept of the beginning, in bytes.
const HEAD_BYTES: usize = 256 << 10;
/// Kept of the end.
const TAIL_BYTES: usize = 256 << 10;

/// Text that was printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptOutput {
    head: String,
    tail: String,
    n_dropped: usize,
    /// Whether the last piece did not end its line.
    is_in_line: bool,
    n_line_breaks: u64,
}

impl KeptOutput {
    /// Takes a line or a piece of one.
    pub fn push(&mut self, piece: &str) {
        self.n_line_breaks += piece.bytes().filter(|&byte| byte == b'\n').count() as u64;
        let begins_line = !self.is_in_line;
        self.is_in_line = !piece.ends_with('\n');
        if begins_line && is_framing(piece) {
            return;
        }
        if self.tail.is_empty() && self.head.len() + piece.len() <= HEAD_BYTES {
            self.head.push_str(piece);
            return;
        }
        self.tail.push_str(piece);
        if self.tail.len() > 2 * TAIL_BYTES {
            let mut cut = self.tail.len() - TAIL_BYTES;
            while !self.tail.is_char_boundary(cut) {
                cut += 1;
            }
            self.n_dropped += cut;
            self.tail.drain(..cut);
        }
    }

    /// The text.
    pub fn text(&self) -> Cow<'_, str> {
        match (self.tail.is_empty(), self.n_dropped) {
            (true, _) => Cow::Borrowed(&self.head),
            (false, 0) => Cow::Owned(format!("{}{}", self.head, self.tail)),
            (false, n) => Cow::Owned(format!("{}\n… {n} bytes left out …\n{}", self.head, self.tail)),
        }
    }

    /// Whether nothing is kept.
    pub const fn is_empty(&self) -> bool {
        self.head.is_empty() && self.tail.is_empty()
    }

    /// Line breaks that were printed, with those of the testing package.
    pub const fn n_line_breaks(&self) -> u64 {
        self.n_line_breaks
    }

    /// Drops the text and keeps the number of lines: a test that passed is not asked what it printed.
    pub fn forget(&mut self) {
        (self.head, self.tail, self.n_dropped) = (String::new(), String::new(), 0);
    }
}

/// A line that the testing package prints around what the test prints.
fn is_framing(line: &str) -> bool {
    if let Some(rest) = line.strip_prefix("=== ") {
        return ["RUN ", "PAUSE ", "CONT ", "NAME "].iter().any(|word| rest.starts_with(word));
    }
    let rest = line.trim_start_matches(' ').strip_prefix("--- ");
    rest.is_some_and(|rest| {
        ["PASS: ", "FAIL: ", "SKIP: ", "BENCH: "].iter().any(|word| rest.starts_with(word))
    })
}
