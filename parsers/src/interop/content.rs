//! What a reader of a foreign format gets: the inflated bytes, somebody to tell, and how much memory its tables may take.

use serde::Deserialize;

use crate::error::ParseError;
use crate::progress::Progress;

/// What the reading of JSON takes for an object, and for whatever stands before a comma: about the largest of our structs
/// and numbers. Real files come to less than ten times their size.
const OBJECT_BYTES: u64 = 128;
const ITEM_BYTES: u64 = 16;

/// Rows between two looks at the limit.
const ROWS_A_CHECK: u32 = 1024;

/// The content of a file, and the limits of whoever reads it.
pub(crate) struct Content<'a> {
    /// Inflated.
    pub(crate) bytes: &'a [u8],
    /// Told how far reading is, asked whether to stop.
    pub(crate) progress: Option<&'a Progress>,
    /// The most that the tables may take.
    pub(crate) max_table_bytes: u64,
}

impl<'a> Content<'a> {
    /// Reads JSON, unless what it would become is out of proportion: `{},` a hundred million times.
    pub(super) fn json<T: Deserialize<'a>>(&self, format: &'static str) -> Result<T, ParseError> {
        self.allow_json()?;
        serde_json::from_slice(self.bytes).map_err(|error| malformed(format, error.to_string()))
    }

    /// An error if reading JSON would take too much.
    pub(super) fn allow_json(&self) -> Result<(), ParseError> {
        let count = |wanted: u8| memchr::memchr_iter(wanted, self.bytes).count() as u64;
        self.allow(count(b'{') * OBJECT_BYTES + count(b',') * ITEM_BYTES)
    }

    /// An error unless the tables may take so much, and nobody wants to stop.
    pub(super) fn allow(&self, table_bytes: u64) -> Result<(), ParseError> {
        if table_bytes > self.max_table_bytes {
            return Err(ParseError::Memory { limit_bytes: self.max_table_bytes });
        }
        match self.progress {
            Some(progress) if progress.is_cancelled() => Err(ParseError::Cancelled),
            _ => Ok(()),
        }
    }
}

/// The sentence about a file that breaks the rules of its format.
pub(super) fn malformed(format: &'static str, what: impl Into<String>) -> ParseError {
    ParseError::Foreign { format, what: what.into() }
}

/// Counts what tables take while they are filled.
pub(super) struct Budget<'c> {
    content: &'c Content<'c>,
    bytes: u64,
    unchecked: u32,
}

impl<'c> Budget<'c> {
    pub(super) fn new(content: &'c Content<'c>) -> Self {
        Self { content, bytes: 0, unchecked: 0 }
    }

    /// Takes some bytes for a row.
    pub(super) fn take(&mut self, bytes: usize) -> Result<(), ParseError> {
        self.bytes += bytes as u64;
        self.unchecked += 1;
        // A single row may be large.
        if self.unchecked >= ROWS_A_CHECK || bytes > 1 << 16 {
            self.unchecked = 0;
            self.content.allow(self.bytes)?;
        }
        Ok(())
    }
}
