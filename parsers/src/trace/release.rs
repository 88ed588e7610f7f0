//! Gives the parts of a mapped trace that have been read back to the system, so that memory stays small however
//! large the file, and its generations, are.
//!
//! ```text
//! generation   | M1 batch | M2 batch | M1 batch | M1 batch | M2 batch |
//!                released   in use     released   in use     not yet
//! ```

use std::ops::Range;

use super::cursor::{Cursor, ThreadBatch};
use crate::FileBytes;

/// Events between two looks at what may go: about a quarter of a megabyte of them.
const EVENTS_BETWEEN: usize = 1 << 16;

/// What of a mapped file has been given back.
#[derive(Debug)]
pub(super) struct Release<'a> {
    file: &'a FileBytes,
    /// By cursor of the current generation: how many of its batches are gone.
    gone: Vec<usize>,
    events: usize,
}

impl<'a> Release<'a> {
    /// `None` unless `data` is the whole of `file`.
    pub(super) fn new(file: &'a FileBytes, data: &[u8]) -> Option<Self> {
        let is_same = std::ptr::eq::<[u8]>(&**file, data);
        is_same.then(|| Self { file, gone: Vec::new(), events: 0 })
    }

    /// Gives back the batches that the cursors have left behind, after that many more events.
    pub(super) fn after_events(&mut self, events: usize, cursors: &[Cursor<'_>], batches: &[ThreadBatch]) {
        self.events += events;
        if self.events < EVENTS_BETWEEN {
            return;
        }
        self.events = 0;
        self.gone.resize(cursors.len(), 0);
        for (cursor, gone) in cursors.iter().zip(&mut self.gone) {
            let left = cursor.batches_left_behind();
            for batch in batches.get(left.clone()).unwrap_or_default().iter().skip(*gone) {
                self.file.release(batch.batch.offset..batch.batch.end());
            }
            *gone = left.len();
        }
    }

    /// Gives back a whole generation, tables and all.
    pub(super) fn after_generation(&mut self, bytes: Range<usize>) {
        // The page that the generation before ended in went with neither of them.
        self.file.release(bytes.start.saturating_sub(4096)..bytes.end);
        self.gone.clear();
    }
}
