//! The lines of a file, plain or compressed, one after the other: a file is never in memory as a whole.

use crate::chunks::{Chunk, with_chunks};
use crate::error::ParseError;
use crate::progress::Progress;

/// The longest line that is seen whole; of a longer one the rest is dropped. No format that goscope reads by lines has
/// lines of this size, and a file without a line break must not fill the memory.
const MAX_LINE_BYTES: usize = 4 << 20;

/// A file with a longer line is no text, and reading on would only take time: minutes, where it is a hole of 100 GB.
const MAX_LINE_OF_TEXT_BYTES: u64 = 256 << 20;

/// How a text is read.
#[derive(Clone, Copy, Debug)]
pub struct TextOptions<'a> {
    /// The most bytes that a compressed file may hold.
    pub max_inflated_bytes: u64,
    /// Told how far the reader is; asked whether to stop.
    pub progress: Option<&'a Progress>,
}

impl Default for TextOptions<'_> {
    fn default() -> Self {
        // As for profiles.
        Self { max_inflated_bytes: 8 << 30, progress: None }
    }
}

/// Cuts text that comes in pieces into lines.
#[derive(Debug, Default)]
pub struct LineCutter {
    /// The beginning of a line whose end has not come yet.
    open: Vec<u8>,
    /// Bytes of that line which were dropped.
    n_dropped_bytes: u64,
    /// Lines that have ended.
    n_lines: u64,
}

impl LineCutter {
    /// Takes a piece and gives the lines that end in it, with their numbers counted from 1, to `take`: without `\n`, and
    /// without a `\r` before it.
    ///
    /// # Errors
    /// What `take` returns; the lines behind are not given.
    pub fn push<E>(
        &mut self,
        mut piece: &[u8],
        mut take: impl FnMut(&[u8], u64) -> Result<(), E>,
    ) -> Result<(), E> {
        while let Some(end) = memchr(piece) {
            let (line, rest) = piece.split_at(end);
            piece = rest.get(1..).unwrap_or(&[]);
            self.n_lines += 1;
            if self.open.is_empty() {
                take(without_return(cut(line)), self.n_lines)?;
            } else {
                self.keep(line);
                take(without_return(&self.open), self.n_lines)?;
                self.open.clear();
                self.n_dropped_bytes = 0;
            }
        }
        self.keep(piece);
        Ok(())
    }

    /// Gives the last line, if the text did not end in `\n`.
    ///
    /// # Errors
    /// What `take` returns.
    pub fn finish<E>(&mut self, mut take: impl FnMut(&[u8], u64) -> Result<(), E>) -> Result<(), E> {
        let last = std::mem::take(&mut self.open);
        if last.is_empty() { Ok(()) } else { take(without_return(&last), self.n_lines + 1) }
    }

    fn keep(&mut self, piece: &[u8]) {
        let room = MAX_LINE_BYTES - self.open.len().min(MAX_LINE_BYTES);
        let kept = piece.get(..room).unwrap_or(piece);
        self.open.extend_from_slice(kept);
        self.n_dropped_bytes += (piece.len() - kept.len()) as u64;
    }

    /// Refuses to read on where the line that has not ended yet is longer than any line of a text.
    fn check_is_text(&self) -> Result<(), ParseError> {
        if self.n_dropped_bytes <= MAX_LINE_OF_TEXT_BYTES {
            return Ok(());
        }
        Err(ParseError::NoText { limit_bytes: MAX_LINE_OF_TEXT_BYTES, line: self.n_lines + 1 })
    }
}

fn cut(line: &[u8]) -> &[u8] {
    line.get(..MAX_LINE_BYTES).unwrap_or(line)
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Where the first line ends. The compiler makes vector instructions of such a search by blocks.
fn memchr(piece: &[u8]) -> Option<usize> {
    const BLOCK: usize = 32;
    let n_skipped = piece.chunks_exact(BLOCK).take_while(|block| !has_break(block)).count() * BLOCK;
    piece.get(n_skipped..)?.iter().position(|&byte| byte == b'\n').map(|at| n_skipped + at)
}

fn has_break(block: &[u8]) -> bool {
    block.iter().fold(false, |found, &byte| found | (byte == b'\n'))
}

/// Calls `take` with each line of a file and its number, counted from 1. A byte-order mark is passed over.
///
/// # Errors
/// What `take` returns; damage of the compressed layer, its limit, or [`ParseError::Cancelled`].
pub(crate) fn for_each_line(
    bytes: &[u8],
    options: &TextOptions<'_>,
    mut take: impl FnMut(&[u8], u64) -> Result<(), ParseError>,
) -> Result<(), ParseError> {
    with_chunks(bytes, options.max_inflated_bytes, options.progress, |mut chunks| {
        let mut cutter = LineCutter::default();
        let mut take = |line: &[u8], number: u64| {
            let line = if number == 1 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
            take(line, number)
        };
        let mut spent = Chunk::empty();
        loop {
            let chunk = chunks.next(spent)?;
            if chunk.is_empty() {
                return cutter.finish(&mut take);
            }
            cutter.push(&chunk, &mut take)?;
            cutter.check_is_text()?;
            spent = chunk;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&str]) -> Vec<String> {
        let mut lines = Vec::new();
        let mut take = |line: &[u8], number: u64| {
            lines.push(format!("{number} {}", String::from_utf8_lossy(line)));
            Ok::<(), ()>(())
        };
        let mut cutter = LineCutter::default();
        for piece in pieces {
            cutter.push(piece.as_bytes(), &mut take).expect("taken");
        }
        cutter.finish(&mut take).expect("taken");
        lines
    }

    #[test]
    fn lines_are_the_same_wherever_a_text_is_cut() {
        let text = "one\r\n\ntwo, which is longer than a block of thirty-two bytes\nthree";
        let whole = lines(&[text]);
        assert_eq!(
            whole,
            ["1 one", "2 ", "3 two, which is longer than a block of thirty-two bytes", "4 three"]
        );
        for at in 0..=text.len() {
            let (before, after) = text.split_at(at);
            assert_eq!(lines(&[before, after]), whole, "cut at {at}");
        }
    }

    #[test]
    fn of_an_endless_line_the_beginning_is_kept() {
        let mut cutter = LineCutter::default();
        let piece = vec![b'x'; 1 << 20];
        for _ in 0..10 {
            cutter.push(&piece, |_, _| Ok::<(), ()>(())).expect("taken");
        }
        assert_eq!(cutter.open.len(), MAX_LINE_BYTES);
    }
}
