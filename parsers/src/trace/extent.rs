//! How far the bytes of a trace can be read, known while they are still being inflated.
//!
//! A few kilobytes of gzip may hold gigabytes of zeros. So the first sixteen bytes decide whether there is a trace at
//! all, and behind bytes that end it (nothing behind a broken batch can be read) no more are asked for:
//!
//! ```text
//! "go 1.26 trace" │ batch │ batch │ …   │ 00 00 00 00 00 …
//!                                checked ┘   └ broken: a little more is inflated, so that small files are
//!                                              told apart to the byte; the rest is not
//! ```

use super::TraceVersion;
use super::batch::{MAX_BATCH_BYTES, batch_at};
use super::v1;
use super::version::{Family, HEADER_LEN};
use crate::ParseError;

/// Bytes behind the place where a trace breaks off that are inflated all the same.
const BEHIND_BREAK: usize = 16 << 20;

/// A batch with its header is shorter than this.
const BATCH_BYTES: usize = MAX_BATCH_BYTES as usize + 64;

/// How far the bytes of a trace can be read.
#[derive(Debug, Default)]
pub(super) struct Extent {
    version: Option<TraceVersion>,
    /// Up to here there are whole batches (v2) or events (v1).
    checked: usize,
    broken_at: Option<usize>,
}

impl Extent {
    /// Looks at the content so far, of which more may come: whether more is of use.
    ///
    /// # Errors
    /// When it does not begin as a trace does.
    pub(super) fn wants_more(&mut self, content: &[u8]) -> Result<bool, ParseError> {
        let version = match self.version {
            Some(version) => version,
            None if content.len() < HEADER_LEN => return Ok(true),
            None => TraceVersion::from_header(content)?,
        };
        if self.version.replace(version).is_none() {
            self.checked = HEADER_LEN;
        }
        while self.broken_at.is_none() {
            let most = if version.family() == Family::V1 { v1::MAX_EVENT_BYTES } else { BATCH_BYTES };
            if content.len() < self.checked.saturating_add(most) {
                break;
            }
            match end_of_piece(content, self.checked, version) {
                Some(end) => self.checked = end,
                None => self.broken_at = Some(self.checked),
            }
        }
        Ok(self.broken_at.is_none_or(|at| content.len() < at + BEHIND_BREAK))
    }

    /// Where the trace breaks off, if it does.
    pub(super) fn broken_at(&self) -> Option<usize> {
        self.broken_at
    }
}

/// The end of the batch or event at `offset`, all of which is there; `None` if that is none.
fn end_of_piece(content: &[u8], offset: usize, version: TraceVersion) -> Option<usize> {
    match version.family() {
        Family::V1 => v1::end_of_event(content, offset, version),
        Family::V2 => Some(batch_at(content, offset, version).ok()??.end()),
    }
}
