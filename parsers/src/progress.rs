//! How far a reader is, and the wish to stop: shared between the thread that reads and whoever waits for it.
//!
//! Counted in bytes of the file as it is (compressed if it is), because only their total is known beforehand.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::error::ParseError;

/// Progress of one reader. The reader writes the counts, the waiting side writes the cancel flag.
#[derive(Debug, Default)]
pub struct Progress {
    done_bytes: AtomicU64,
    total_bytes: AtomicU64,
    is_cancelled: AtomicBool,
}

impl Progress {
    /// Nothing read yet; the reader sets the total when it starts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes of the file that have been read.
    pub fn done_bytes(&self) -> u64 {
        self.done_bytes.load(Ordering::Relaxed)
    }

    /// Bytes of the file; 0 before reading starts.
    pub fn total_bytes(&self) -> u64 {
        self.total_bytes.load(Ordering::Relaxed)
    }

    /// The part that has been read, in 0..=1.
    pub fn fraction(&self) -> f64 {
        let total = self.total_bytes();
        if total == 0 { 0.0 } else { (self.done_bytes() as f64 / total as f64).min(1.0) }
    }

    /// Asks the reader to stop; it answers with [`ParseError::Cancelled`] soon after.
    pub fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked the reader to stop.
    pub fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Relaxed)
    }

    /// Sets the total, at the start of reading.
    pub fn begin(&self, total_bytes: u64) {
        self.total_bytes.store(total_bytes, Ordering::Relaxed);
    }

    /// Notes that all before `done_bytes` has been read.
    ///
    /// # Errors
    /// [`ParseError::Cancelled`] if somebody asked to stop.
    pub fn advance_to(&self, done_bytes: u64) -> Result<(), ParseError> {
        self.done_bytes.store(done_bytes, Ordering::Relaxed);
        if self.is_cancelled() { Err(ParseError::Cancelled) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_hears_that_it_is_cancelled() {
        let progress = Progress::new();
        assert_eq!(progress.fraction(), 0.0, "no total yet");
        progress.begin(200);
        assert!(progress.advance_to(50).is_ok());
        assert_eq!(progress.fraction(), 0.25);
        progress.cancel();
        assert!(matches!(progress.advance_to(60), Err(ParseError::Cancelled)));
    }
}
