//! Text profiles: `mode: set|count|atomic`, then lines `FILE:L0.C0,L1.C1 STATEMENTS COUNT`.
//!
//! A line is read from its end, because file names may hold anything. `-coverpkg` repeats every block once for each test
//! binary: blocks are merged while they are read, so that memory grows with the source and not with the file. Errors are
//! those of `golang.org/x/tools/cover` (Go 1.26), with the number of the line.

use std::collections::HashMap;

use super::profile::{Block, CoverageProfile, FileCoverage, Mode, Position, merge_blocks, statements_error};
use crate::error::ParseError;
use crate::text_lines::{TextOptions, for_each_line};

/// Blocks of a file that may wait to be merged.
const LEAST_UNMERGED: usize = 256;

/// Reads a text profile.
///
/// # Errors
/// [`ParseError::Coverage`] for a line that is none, and for a block that comes with different numbers of statements.
pub fn read_text_profile(bytes: &[u8], options: &TextOptions<'_>) -> Result<CoverageProfile, ParseError> {
    let mut builder = Builder::default();
    for_each_line(bytes, options, |line, number| {
        builder.line(line).map_err(|what| ParseError::Coverage { what, line: number })
    })?;
    builder.finish()
}

#[derive(Default)]
struct Builder {
    mode: Option<Mode>,
    is_set: bool,
    // Keyed by untrusted text, hence std's keyed hash; asked only where the file changes.
    numbers: HashMap<String, usize>,
    files: Vec<OpenFile>,
    /// The file of the line before.
    last: usize,
}

struct OpenFile {
    name: String,
    blocks: Vec<Block>,
    /// How many of them were merged.
    n_merged: usize,
}

impl Builder {
    fn line(&mut self, line: &[u8]) -> Result<(), String> {
        if self.mode.is_none() {
            return self.mode_line(line);
        }
        let (name, block) = parse_line(line).map_err(|what| {
            format!("line {:?} doesn't match expected format: {what}", String::from_utf8_lossy(line))
        })?;
        let file = self.file(name);
        file.blocks.push(block);
        if file.blocks.len() >= (2 * file.n_merged).max(LEAST_UNMERGED) {
            let is_set = self.is_set;
            let file = &mut self.files[self.last];
            file.merge(is_set)?;
        }
        Ok(())
    }

    fn mode_line(&mut self, line: &[u8]) -> Result<(), String> {
        // Line ends that were converted more than once leave several carriage returns.
        let end = line.iter().rposition(|&byte| byte != b'\r').map_or(0, |last| last + 1);
        let word = line[..end].strip_prefix(b"mode: ").filter(|word| !word.is_empty());
        let word = word.ok_or_else(|| format!("bad mode line: {}", crate::printable_bytes(line)))?;
        let mode = Mode::new(String::from_utf8_lossy(word));
        self.is_set = mode.is_set();
        self.mode = Some(mode);
        Ok(())
    }

    fn file(&mut self, name: &[u8]) -> &mut OpenFile {
        let is_last = self.files.get(self.last).is_some_and(|file| file.name.as_bytes() == name);
        if !is_last {
            let name = String::from_utf8_lossy(name);
            self.last = self.numbers.get(&*name).copied().unwrap_or_else(|| {
                self.numbers.insert(name.to_string(), self.files.len());
                self.files.push(OpenFile { name: name.into_owned(), blocks: Vec::new(), n_merged: 0 });
                self.files.len() - 1
            });
        }
        &mut self.files[self.last]
    }

    fn finish(self) -> Result<CoverageProfile, ParseError> {
        let mut files = Vec::with_capacity(self.files.len());
        for mut file in self.files {
            file.merge(self.is_set).map_err(|what| ParseError::Coverage { what, line: 0 })?;
            file.blocks.shrink_to_fit();
            files.push(FileCoverage { name: file.name, blocks: file.blocks });
        }
        files.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(CoverageProfile { mode: self.mode, files })
    }
}

impl OpenFile {
    fn merge(&mut self, is_set: bool) -> Result<(), String> {
        merge_blocks(&mut self.blocks, is_set)
            .map_err(|what| statements_error(&self.name, what).to_string())?;
        self.n_merged = self.blocks.len();
        Ok(())
    }
}

/// The file and the block of a line.
fn parse_line(line: &[u8]) -> Result<(&[u8], Block), String> {
    let (rest, count) = number_behind(line, b' ', "Count")?;
    let (rest, statements) = number_behind(rest, b' ', "NumStmt")?;
    let (rest, end_column) = number_behind(rest, b'.', "EndCol")?;
    let (rest, end_line) = number_behind(rest, b',', "EndLine")?;
    let (rest, start_column) = number_behind(rest, b'.', "StartCol")?;
    let (name, start_line) = number_behind(rest, b':', "StartLine")?;
    if name.is_empty() {
        return Err("a FileName cannot be blank".to_owned());
    }
    let short = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    let position = |line, column| Position { line: short(line), column: short(column) };
    let block = Block {
        start: position(start_line, start_column),
        end: position(end_line, end_column),
        statements: statements.unsigned_abs(),
        count,
    };
    Ok((name, block))
}

/// The number behind the last separator, 0 or more, and what is before it.
fn number_behind<'a>(text: &'a [u8], separator: u8, what: &str) -> Result<(&'a [u8], i64), String> {
    let mut number: i64 = 0;
    let mut scale: Option<i64> = Some(1);
    for (at, &byte) in text.iter().enumerate().rev() {
        if byte == separator {
            let digits = text.get(at + 1..).unwrap_or(&[]);
            let before = text.get(..at).unwrap_or(&[]);
            return match digits.len() {
                1..=18 => Ok((before, number)),
                _ => Ok((before, uncommon_number(digits, what)?)),
            };
        }
        match (byte, scale) {
            (b'0'..=b'9', Some(place)) => {
                number = number.wrapping_add(i64::from(byte - b'0').wrapping_mul(place));
                scale = Some(place.wrapping_mul(10));
            }
            _ => break,
        }
    }
    let at = text
        .iter()
        .rposition(|&byte| byte == separator)
        .ok_or_else(|| format!("couldn't find a {} before {what}", char::from(separator)))?;
    let (before, digits) = text.split_at(at);
    Ok((before, uncommon_number(digits.get(1..).unwrap_or(&[]), what)?))
}

/// A number as Go's `strconv.Atoi` reads it, with its words about one that is none.
fn uncommon_number(digits: &[u8], what: &str) -> Result<i64, String> {
    let text = String::from_utf8_lossy(digits);
    let wrong = |reason: &str| format!("couldn't parse {what:?}: strconv.Atoi: parsing {text:?}: {reason}");
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(&text);
    if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong("invalid syntax"));
    }
    match text.strip_prefix('+').unwrap_or(&text).parse::<i64>() {
        Ok(number) if number < 0 => {
            Err(format!("negative values are not allowed for {what}, found {number}"))
        }
        Ok(number) => Ok(number),
        Err(_) => Err(wrong("value out of range")),
    }
}
