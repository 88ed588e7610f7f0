//! How to read a trace, and how much of it at a time.

use super::problem::Strictness;
use crate::{FileBytes, Progress};

/// How to read a trace.
#[derive(Clone, Copy, Debug, Default)]
pub struct TraceOptions<'a> {
    /// How far to go when the trace is damaged.
    pub strictness: Strictness,
    /// Told how many bytes of the trace have been read, asked whether to stop.
    pub progress: Option<&'a Progress>,
    /// The file that the bytes are: the memory of parts that have been read is given back to the system.
    pub release: Option<&'a FileBytes>,
    /// How many bytes of generations are read together when a trace is read in pieces; by default so many that a
    /// piece is worth it. What comes out does not depend on it.
    pub piece_bytes: Option<usize>,
}

/// Bytes of a piece: less would be more seams than work.
const PIECE_BYTES: usize = 4 << 20;

impl TraceOptions<'_> {
    /// How many bytes of generations are read together.
    pub(super) fn piece_bytes(&self) -> usize {
        self.piece_bytes.unwrap_or(PIECE_BYTES)
    }
}

/// Events that are put together before the consumer sees them: few enough to stay in the cache.
pub(super) const CHUNK_EVENTS: usize = 2048;
