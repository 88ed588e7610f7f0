//! What coverage is made of: blocks of source with a number of statements and a count, by file.

use std::cmp::Ordering;

use crate::printable;

/// A place in a file. Columns are counted in bytes from 1; 0 where a `//line` directive names none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1, in bytes.
    pub column: u32,
}

/// Source that runs as a whole or not at all: from `start` up to and without `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its first byte.
    pub start: Position,
    /// The byte behind its last one.
    pub end: Position,
    /// Statements that begin in it.
    pub statements: u64,
    /// How often it ran; 0 or 1 where [`Mode::is_set`]. Sums wrap at 64 bits, as those of Go's own tool.
    pub count: i64,
}

impl Block {
    /// Whether it ran.
    pub const fn is_covered(&self) -> bool {
        self.count > 0
    }

    fn place(&self) -> (Position, Position) {
        (self.start, self.end)
    }
}

/// What counts mean.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mode(String);

impl Mode {
    /// The mode that a word names: `set`, `count`, `atomic`; any other word counts as `count` does.
    pub fn new(word: impl Into<String>) -> Self {
        Self(word.into())
    }

    /// The word, as it is written.
    pub fn word(&self) -> &str {
        &self.0
    }

    /// Whether counts only say if a block ran.
    pub fn is_set(&self) -> bool {
        self.0 == "set"
    }

    /// What two profiles have in common: the same mode, or two that count.
    fn with(&self, other: &Self) -> Option<Self> {
        match (self.is_set(), other.is_set()) {
            (true, true) => Some(self.clone()),
            (false, false) => Some(if self == other { self.clone() } else { Self::new("atomic") }),
            _ => None,
        }
    }
}

/// The blocks of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileCoverage {
    /// As the profile names it: import path and file name, or a path on the machine that built the program.
    pub name: String,
    /// By start and end, each once.
    pub blocks: Vec<Block>,
}

/// What ran of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CoverageProfile {
    /// What counts mean; `None` of an empty profile.
    pub mode: Option<Mode>,
    /// By name, each once.
    pub files: Vec<FileCoverage>,
}

/// Why profiles cannot become one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// The same block has other statements: profiles of different versions of the source.
    #[error(
        "inconsistent NumStmt: changed from {before} to {after} ({file}:{}.{}); the profiles are of different versions of the source",
        start.line, start.column
    )]
    Statements {
        /// The file.
        file: String,
        /// Where the block begins.
        start: Position,
        /// Its statements at first.
        before: u64,
        /// Its statements later.
        after: u64,
    },
    /// One profile counts, another one does not.
    #[error(
        "mode {before:?} and mode {after:?} do not mix: one counts how often a block ran, the other one only whether it did"
    )]
    Modes {
        /// The mode at first.
        before: String,
        /// The mode later.
        after: String,
    },
}

/// The statements before and after, and where, if they differ.
type Differing = (Position, u64, u64);

/// Sorts blocks by place and makes one of those in the same place.
pub(super) fn merge_blocks(blocks: &mut Vec<Block>, is_set: bool) -> Result<(), Differing> {
    if !blocks.is_sorted_by(|one, next| one.place() < next.place()) {
        // Stable: of two that differ, the first one is the one that came first.
        blocks.sort_by_key(Block::place);
    }
    let mut differing = None;
    blocks.dedup_by(|later, kept| {
        if later.place() != kept.place() {
            return false;
        }
        if later.statements != kept.statements {
            differing.get_or_insert((kept.start, kept.statements, later.statements));
        }
        kept.count = if is_set { kept.count | later.count } else { kept.count.wrapping_add(later.count) };
        true
    });
    differing.map_or(Ok(()), Err)
}

pub(super) fn statements_error(file: &str, (start, before, after): Differing) -> MergeError {
    MergeError::Statements { file: file.to_owned(), start, before, after }
}

impl CoverageProfile {
    /// Adds what ran in another run: counts of the same block are added up.
    ///
    /// # Errors
    /// If the modes do not mix, or a block is not the same in both.
    pub fn merge(&mut self, other: Self) -> Result<(), MergeError> {
        self.mode = match (self.mode.take(), other.mode) {
            (Some(before), Some(after)) => Some(before.with(&after).ok_or_else(|| MergeError::Modes {
                before: before.word().to_owned(),
                after: after.word().to_owned(),
            })?),
            (before, after) => before.or(after),
        };
        let is_set = self.mode.as_ref().is_some_and(Mode::is_set);
        let before = std::mem::take(&mut self.files);
        let (mut left, mut right) = (before.into_iter().peekable(), other.files.into_iter().peekable());
        loop {
            let order = match (left.peek(), right.peek()) {
                (None, None) => return Ok(()),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(one), Some(other)) => one.name.cmp(&other.name),
            };
            let mut file = match order {
                Ordering::Greater => right.next(),
                _ => left.next(),
            };
            if let (Ordering::Equal, Some(file)) = (order, &mut file) {
                file.blocks.extend(right.next().map(|other| other.blocks).unwrap_or_default());
                merge_blocks(&mut file.blocks, is_set).map_err(|what| statements_error(&file.name, what))?;
            }
            self.files.extend(file);
        }
    }

    /// The profile as a text profile, in the order of `go test` and `go tool covdata textfmt`: by package, file, and line.
    pub fn write_text(&self, out: &mut dyn std::io::Write) -> std::io::Result<()> {
        writeln!(out, "mode: {}", self.mode.as_ref().map_or("set", Mode::word))?;
        let mut files: Vec<&FileCoverage> = self.files.iter().collect();
        files.sort_by_key(|file| split_name(&file.name));
        for file in files {
            let mut blocks: Vec<&Block> = file.blocks.iter().collect();
            blocks.sort_by_key(|block| {
                (block.start.line, block.end.line, block.start.column, block.end.column)
            });
            for block in blocks {
                let Block { start, end, statements, count } = block;
                writeln!(
                    out,
                    "{}:{}.{},{}.{} {statements} {count}",
                    printable(&file.name),
                    start.line,
                    start.column,
                    end.line,
                    end.column
                )?;
            }
        }
        Ok(())
    }
}

/// A file's package and its name in there.
pub(super) fn split_name(name: &str) -> (&str, &str) {
    name.rsplit_once('/').unwrap_or(("", name))
}
