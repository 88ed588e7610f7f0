//! `covcounters.HASH.PID.NANOS`: what one run of a program ran.
//!
//! ```text
//! head      magic 00 63 77 6d, u32 version 1, 16 bytes of the program's hash, u8 flavor (1 raw, 2 uleb),
//!           u8 big-endian, 6 bytes of nothing
//! segment   u64 functions, u32 length of the string table, u32 length of the arguments, strings, arguments (uleb
//!           pairs, then key and value of each), up to a multiple of 4; functions: counters, package, function, counts
//! footer    magic, 4 bytes of nothing, u32 segments, 4 bytes of nothing: the last 16 bytes of the file
//! ```
//!
//! Source: `internal/coverage/defs.go` and `encodecounter` of Go 1.20 to 1.26.

use std::ops::Range;
use std::sync::Arc;

use super::binary::Cursor;
use super::meta::VERSION;
use crate::error::ParseError;

const MAGIC: [u8; 4] = [0x00, 0x63, 0x77, 0x6d];

const FOOTER_BYTES: usize = 16;

/// The counters of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CoverageCounters {
    /// The hash of the program's `covmeta` file.
    pub meta_hash: [u8; 16],
    /// `GOOS`, `GOARCH`, `argc`, `argv0` …
    pub arguments: Vec<(Arc<str>, Arc<str>)>,
    /// Functions that ran.
    pub entries: Vec<CounterEntry>,
    /// The counts of all entries.
    pub counts: Vec<u32>,
}

/// The counters of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterEntry {
    /// Number of the package.
    pub package: u32,
    /// Number of the function in the package.
    pub function: u32,
    /// Its counts in [`CoverageCounters::counts`], in the order of its blocks.
    pub counts: Range<usize>,
}

/// How numbers are written.
#[derive(Clone, Copy)]
enum Flavor {
    Raw { is_big_endian: bool },
    Uleb,
}

/// Reads a `covcounters` file.
///
/// # Errors
/// [`ParseError::CoverageData`] with what is wrong and where.
pub fn read_counters(bytes: &[u8]) -> Result<CoverageCounters, ParseError> {
    let mut cursor = Cursor::new(bytes, 0);
    if cursor.array::<4>()? != MAGIC {
        return Err(ParseError::CoverageData { what: "this is no covcounters file".to_owned(), offset: 0 });
    }
    let version = cursor.u32()?;
    if version != VERSION {
        return Err(cursor.error(format!("version {version} is not known; goscope reads version {VERSION}")));
    }
    let meta_hash = cursor.array::<16>()?;
    let (flavor, is_big_endian) = (cursor.byte()?, cursor.byte()? != 0);
    let flavor = match flavor {
        1 => Flavor::Raw { is_big_endian },
        2 => Flavor::Uleb,
        other => return Err(cursor.error(format!("flavor {other} is not known"))),
    };
    cursor.take(6)?;
    let n_segments = n_segments(bytes)?;
    let mut counters = CoverageCounters { meta_hash, ..CoverageCounters::default() };
    for _ in 0..n_segments {
        read_segment(&mut cursor, flavor, &mut counters)?;
    }
    Ok(counters)
}

/// What the footer says: a file without one was not written to its end.
fn n_segments(bytes: &[u8]) -> Result<u32, ParseError> {
    let at = bytes.len().saturating_sub(FOOTER_BYTES);
    let mut footer = Cursor::new(bytes.get(at..).unwrap_or(&[]), at as u64);
    if footer.array::<4>()? != MAGIC {
        return Err(footer.error("the footer is missing: the file was not written to its end"));
    }
    footer.take(4)?;
    footer.u32()
}

fn read_segment(
    cursor: &mut Cursor<'_>,
    flavor: Flavor,
    counters: &mut CoverageCounters,
) -> Result<(), ParseError> {
    let n_functions = cursor.u64()?;
    let (strings_bytes, arguments_bytes) = (cursor.u32()? as usize, cursor.u32()? as usize);
    let begin = cursor.position();
    let strings = if strings_bytes == 0 { Vec::new() } else { cursor.string_table()? };
    cursor.seek(begin.saturating_add(strings_bytes))?;
    if arguments_bytes > 0 {
        read_arguments(cursor, &strings, counters)?;
    }
    let end = begin.saturating_add(strings_bytes).saturating_add(arguments_bytes);
    cursor.seek(end.next_multiple_of(4))?;
    let number = |cursor: &mut Cursor<'_>| match flavor {
        Flavor::Raw { is_big_endian: false } => cursor.u32(),
        Flavor::Raw { is_big_endian: true } => cursor.u32_big_endian(),
        Flavor::Uleb => cursor.uleb32(),
    };
    for _ in 0..n_functions {
        let n_counts = number(cursor)?;
        let (package, function) = (number(cursor)?, number(cursor)?);
        let first = counters.counts.len();
        for _ in 0..n_counts {
            counters.counts.push(number(cursor)?);
        }
        counters.entries.push(CounterEntry { package, function, counts: first..counters.counts.len() });
    }
    Ok(())
}

fn read_arguments(
    cursor: &mut Cursor<'_>,
    strings: &[Arc<str>],
    counters: &mut CoverageCounters,
) -> Result<(), ParseError> {
    let n_pairs = cursor.uleb()?;
    let string = |cursor: &Cursor<'_>, number: u64| {
        let found = usize::try_from(number).ok().and_then(|number| strings.get(number));
        found.cloned().ok_or_else(|| cursor.error(format!("there is no string {number}")))
    };
    for _ in 0..n_pairs {
        let (key, value) = (cursor.uleb()?, cursor.uleb()?);
        counters.arguments.push((string(cursor, key)?, string(cursor, value)?));
    }
    Ok(())
}
