//! `covmeta.HASH`: packages, functions and blocks of a program that was built with `-cover`.
//!
//! ```text
//! 0    magic 00 63 76 6d, u32 version 1, u64 bytes, u64 packages, 16 bytes of hash
//! 40   u32 offset and u32 length of the string table, u8 mode, u8 granularity, 6 bytes of nothing
//! 56   u64 offset of each package, u64 length of each package, strings, packages
//!
//! package   u32 length, u32 name, path, module (strings of the package), 16 bytes of hash, 4 of nothing,
//!           u32 files, u32 functions, u32 offset of each function, strings
//! function  uleb blocks, name, file, then start line and column, end line and column, statements of each block, then
//!           whether it is a literal
//! ```
//!
//! Source: `internal/coverage/defs.go` and `encodemeta` of Go 1.20 to 1.26.

use std::sync::Arc;

use super::binary::Cursor;
use super::profile::{Mode, Position};
use crate::error::ParseError;

const MAGIC: [u8; 4] = [0x00, 0x63, 0x76, 0x6d];

/// The version of the format that all of Go 1.20 to 1.27 write.
pub(super) const VERSION: u32 = 1;

/// What a program could have run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageMeta {
    /// Names the program: its counters name the same.
    pub hash: [u8; 16],
    /// What counts mean.
    pub mode: Mode,
    /// Whether there is one counter for a whole function.
    pub is_by_function: bool,
    /// In the order of their numbers in counter files.
    pub packages: Vec<MetaPackage>,
}

/// A package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetaPackage {
    /// Its import path.
    pub path: Arc<str>,
    /// The module it belongs to.
    pub module: Arc<str>,
    /// In the order of their numbers in counter files.
    pub functions: Vec<MetaFunction>,
}

/// A function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetaFunction {
    /// Its name.
    pub name: Arc<str>,
    /// Import path and file name.
    pub file: Arc<str>,
    /// Its blocks, in the order of their counters.
    pub units: Vec<MetaUnit>,
    /// Whether it is a function literal.
    pub is_literal: bool,
}

/// A block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetaUnit {
    /// Its first byte.
    pub start: Position,
    /// The byte behind its last one.
    pub end: Position,
    /// Statements that begin in it.
    pub statements: u32,
}

/// Reads a `covmeta` file.
///
/// # Errors
/// [`ParseError::CoverageData`] with what is wrong and where.
pub fn read_meta(bytes: &[u8]) -> Result<CoverageMeta, ParseError> {
    let mut cursor = Cursor::new(bytes, 0);
    if cursor.array::<4>()? != MAGIC {
        return Err(ParseError::CoverageData { what: "this is no covmeta file".to_owned(), offset: 0 });
    }
    let version = cursor.u32()?;
    if version != VERSION {
        return Err(cursor.error(format!("version {version} is not known; goscope reads version {VERSION}")));
    }
    let _total_bytes = cursor.u64()?;
    let n_packages = cursor.u64()?;
    let hash = cursor.array::<16>()?;
    let (_strings_offset, _strings_bytes) = (cursor.u32()?, cursor.u32()?);
    let mode = match cursor.byte()? {
        1 => Mode::new("set"),
        2 => Mode::new("count"),
        3 => Mode::new("atomic"),
        mode => return Err(cursor.error(format!("mode {mode} is not known"))),
    };
    let is_by_function = cursor.byte()? == 2;
    cursor.take(6)?;
    let n_packages = usize::try_from(n_packages).unwrap_or(usize::MAX);
    let table_bytes = n_packages.saturating_mul(8);
    let offsets = numbers(cursor.take(table_bytes)?);
    let lengths = numbers(cursor.take(table_bytes)?);
    let mut packages = Vec::new();
    // Packages do not overlap: damaged offsets must not make a large program of a small file.
    let mut bytes_left = bytes.len() as u64;
    for (offset, length) in offsets.zip(lengths) {
        let begin = usize::try_from(offset).unwrap_or(usize::MAX);
        let end = begin.saturating_add(usize::try_from(length).unwrap_or(usize::MAX));
        let payload = bytes.get(begin..end).filter(|_| length <= bytes_left);
        let payload = payload.ok_or_else(|| cursor.error("a package is not where the file says"))?;
        bytes_left -= length;
        packages.push(read_package(payload, offset)?);
    }
    Ok(CoverageMeta { hash, mode, is_by_function, packages })
}

/// The little-endian numbers of a table.
fn numbers(table: &[u8]) -> impl Iterator<Item = u64> {
    table.chunks_exact(8).map(|bytes| bytes.iter().rev().fold(0, |sum, &byte| sum << 8 | u64::from(byte)))
}

fn read_package(payload: &[u8], base: u64) -> Result<MetaPackage, ParseError> {
    let mut cursor = Cursor::new(payload, base);
    let _length = cursor.u32()?;
    let [_name, path, module] = [cursor.u32()?, cursor.u32()?, cursor.u32()?];
    cursor.take(16 + 4)?;
    let _n_files = cursor.u32()?;
    let n_functions = cursor.u32()? as usize;
    let offsets = cursor.take(n_functions.saturating_mul(4))?;
    let strings = cursor.string_table()?;
    let string = |cursor: &Cursor<'_>, number: u64| {
        let found = usize::try_from(number).ok().and_then(|number| strings.get(number));
        found.cloned().ok_or_else(|| cursor.error(format!("there is no string {number}")))
    };
    let (path, module) = (string(&cursor, path.into())?, string(&cursor, module.into())?);
    let mut functions = Vec::new();
    // Functions do not overlap either.
    let mut bytes_left = payload.len();
    for offset in offsets.chunks_exact(4) {
        let offset = offset.iter().rev().fold(0_usize, |sum, &byte| sum << 8 | usize::from(byte));
        cursor.seek(offset)?;
        let n_units = cursor.uleb()?;
        let (name, file) = (cursor.uleb()?, cursor.uleb()?);
        let (name, file) = (string(&cursor, name)?, string(&cursor, file)?);
        let mut units = Vec::new();
        for _ in 0..n_units {
            units.push(read_unit(&mut cursor)?);
            if cursor.position() - offset > bytes_left {
                break;
            }
        }
        let is_literal = cursor.uleb()? != 0;
        bytes_left = bytes_left
            .checked_sub(cursor.position() - offset)
            .ok_or_else(|| cursor.error("functions overlap"))?;
        functions.push(MetaFunction { name, file, units, is_literal });
    }
    Ok(MetaPackage { path, module, functions })
}

fn read_unit(cursor: &mut Cursor<'_>) -> Result<MetaUnit, ParseError> {
    let mut position = || Ok::<_, ParseError>(Position { line: cursor.uleb32()?, column: cursor.uleb32()? });
    let (start, end) = (position()?, position()?);
    Ok(MetaUnit { start, end, statements: cursor.uleb32()? })
}
