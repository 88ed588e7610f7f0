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
}

/// Events that are put together before the consumer sees them: few enough to stay in the cache.
pub(super) const CHUNK_EVENTS: usize = 2048;
