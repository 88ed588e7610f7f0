//! Walks little-endian bytes of coverage data, with the offset for errors.

use std::sync::Arc;

use crate::error::ParseError;

/// A place in the bytes of a file.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the bytes begin in the file.
    base: u64,
}

type Read<T> = Result<T, ParseError>;

impl<'a> Cursor<'a> {
    pub(super) const fn new(bytes: &'a [u8], base: u64) -> Self {
        Self { bytes, at: 0, base }
    }

    pub(super) const fn position(&self) -> usize {
        self.at
    }

    pub(super) fn seek(&mut self, at: usize) -> Read<()> {
        if at > self.bytes.len() {
            return Err(self.error("an offset leads behind the end"));
        }
        self.at = at;
        Ok(())
    }

    pub(super) fn error(&self, what: impl Into<String>) -> ParseError {
        ParseError::CoverageData { what: what.into(), offset: self.base + self.at as u64 }
    }

    pub(super) fn take(&mut self, n_bytes: usize) -> Read<&'a [u8]> {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        let (taken, _) =
            rest.split_at_checked(n_bytes).ok_or_else(|| self.error("the data ends too early"))?;
        self.at += n_bytes;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        let taken = self.take(N)?;
        taken.first_chunk().copied().ok_or_else(|| self.error("the data ends too early"))
    }

    pub(super) fn byte(&mut self) -> Read<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn u32(&mut self) -> Read<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u32_big_endian(&mut self) -> Read<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Read<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// An unsigned LEB128 number.
    pub(super) fn uleb(&mut self) -> Read<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.error("a number goes on for too long"))
    }

    /// An unsigned LEB128 number that fits 32 bits; a larger one is cut to the largest.
    pub(super) fn uleb32(&mut self) -> Read<u32> {
        Ok(u32::try_from(self.uleb()?).unwrap_or(u32::MAX))
    }

    /// A string table: their number, then each with its length. Every string takes a byte of the file at least.
    pub(super) fn string_table(&mut self) -> Read<Vec<Arc<str>>> {
        let n_strings = self.uleb()?;
        let mut strings = Vec::new();
        for _ in 0..n_strings {
            let len = self.uleb()?;
            let bytes = self.take(usize::try_from(len).unwrap_or(usize::MAX))?;
            strings.push(String::from_utf8_lossy(bytes).into());
        }
        Ok(strings)
    }
}
