//! What can go wrong with a store, in one sentence each: what, where, what to do.

use std::io;
use std::path::Path;

/// Why a store cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// What was asked for makes no sense, or fits nothing.
    #[error("{0}")]
    Usage(String),
    /// Nothing in the store matches.
    #[error("{0}")]
    Empty(String),
    /// Another program has the right to write for longer than is waited.
    #[error("{0}")]
    Busy(String),
    /// The system says no.
    #[error("{place}: {source}")]
    Io {
        /// Which file.
        place: String,
        /// What the system says.
        source: io::Error,
    },
    /// A file of the store is not what it should be.
    #[error("{place}: {reason}")]
    Damaged {
        /// Which file.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A server does not answer as it should.
    #[error("{0}")]
    Server(String),
}

impl StoreError {
    /// The system's refusal, with the file that it is about.
    pub(crate) fn io(place: &Path) -> impl FnOnce(io::Error) -> Self {
        let place = place.display().to_string();
        move |source| Self::Io { place, source }
    }

    /// Damage of a file.
    pub(crate) fn damaged(place: &str) -> impl Fn(parquet::errors::ParquetError) -> Self {
        let place = place.to_owned();
        move |error| Self::Damaged { place: place.clone(), reason: sentence(&error) }
    }
}

/// What the library says, without the name of its error type.
fn sentence(error: &parquet::errors::ParquetError) -> String {
    let text = error.to_string();
    let text = text.split_once(": ").map_or(text.as_str(), |(_, rest)| rest);
    format!("this is no sound Parquet file: {text}")
}
