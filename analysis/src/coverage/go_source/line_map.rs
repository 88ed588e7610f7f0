//! Lines and columns of a file, as its `//line` directives say.
//!
//! The rules are those of `go/scanner` and `go/token` (Go 1.26): a directive holds from the byte behind it; without a column
//! it leaves columns unknown (0).

use std::str;

use goscope_parsers::coverage::Position;

/// The largest line or column that a directive may name.
const MAX_LINE: u32 = 1 << 30;

/// From here on, lines are counted anew.
struct Directive {
    offset: usize,
    /// The last part of the file's path; `None` for the file itself.
    file: Option<String>,
    line: u32,
    /// 0 where it names none.
    column: u32,
}

/// Where the lines of a file begin, and what they are to be called.
pub(super) struct LineMap {
    starts: Vec<usize>,
    directives: Vec<Directive>,
}

impl LineMap {
    pub(super) fn new(text: &[u8]) -> Self {
        let breaks = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let starts = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        Self { starts, directives: Vec::new() }
    }

    pub(super) fn n_lines(&self) -> u32 {
        u32::try_from(self.starts.len()).unwrap_or(u32::MAX)
    }

    /// Takes what is behind `//line `; it holds from `offset` on. What is no directive is a comment.
    pub(super) fn direct(&mut self, text: &[u8], offset: usize) {
        let Ok(text) = str::from_utf8(text) else { return };
        let Some((before, last)) = text.rsplit_once(':') else { return };
        let Some(last) = number(last) else { return };
        let two = before.rsplit_once(':').and_then(|(file, line)| Some((file, number(line)?)));
        let (file, line, column) = match two {
            Some((file, line)) => (file, line, Some(last)),
            None => (before, last, None),
        };
        if line == 0 || line > MAX_LINE || column.is_some_and(|column| column == 0 || column > MAX_LINE) {
            return;
        }
        let file = if file.is_empty() && column.is_some() {
            // The file of the lines before.
            self.directives.last().and_then(|directive| directive.file.clone())
        } else {
            file.rsplit('/').next().map(str::to_owned)
        };
        self.directives.push(Directive { offset, file, line, column: column.unwrap_or(0) });
    }

    fn directive(&self, offset: usize) -> Option<&Directive> {
        let n_before = self.directives.partition_point(|directive| directive.offset <= offset);
        self.directives.get(n_before.checked_sub(1)?)
    }

    fn line_of(&self, offset: usize) -> (u32, usize) {
        let line = self.starts.partition_point(|&start| start <= offset);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        (u32::try_from(line).unwrap_or(u32::MAX), start)
    }

    /// What a byte's place is called.
    pub(super) fn position(&self, offset: usize) -> Position {
        let short = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let (line, start) = self.line_of(offset);
        let plain = Position { line, column: short(offset - start + 1) };
        let Some(directive) = self.directive(offset) else { return plain };
        let (base, _) = self.line_of(directive.offset);
        let distance = line - base;
        let column = match (directive.column, distance) {
            (0, _) => 0,
            (column, 0) => column.saturating_add(short(offset - directive.offset)),
            _ => plain.column,
        };
        Position { line: directive.line.saturating_add(distance), column }
    }

    /// Whether a byte is said to be in the file whose last part of the path is `base`.
    pub(super) fn is_in(&self, offset: usize, base: &str) -> bool {
        let file = self.directive(offset).and_then(|directive| directive.file.as_deref());
        file.is_none_or(|file| file == base)
    }
}

fn number(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u32::MAX))
}
