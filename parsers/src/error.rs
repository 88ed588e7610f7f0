//! What can be wrong with a file: one sentence that says what, where and, where there is a way out, what to do.

use std::io;

/// Why bytes could not be read as what they claim to be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The file could not be opened, mapped or read.
    #[error("{context}: {source}")]
    Io {
        /// What was tried.
        context: String,
        /// What the system said.
        source: io::Error,
    },
    /// There is nothing to read.
    #[error("the file is empty")]
    Empty,
    /// The first bytes belong to no format that goscope reads.
    #[error(
        "unknown kind of file: it begins with {seen}; goscope reads pprof profiles (plain, gzip, zstd) and Go execution traces"
    )]
    UnknownFormat {
        /// The first bytes, quoted.
        seen: String,
    },
    /// The compressed layer is damaged.
    #[error("{format} data is damaged after {inflated_bytes} inflated bytes: {reason}")]
    Inflate {
        /// `gzip` or `zstd`.
        format: &'static str,
        /// Bytes that came out before the damage.
        inflated_bytes: u64,
        /// What the decoder said.
        reason: String,
    },
    /// The compressed layer holds more than the caller allows.
    #[error(
        "{format} data inflates to more than {limit_bytes} bytes; raise the limit with --max-inflated-bytes if the file can be trusted"
    )]
    InflateLimit {
        /// `gzip` or `zstd`.
        format: &'static str,
        /// The limit that was met.
        limit_bytes: u64,
    },
    /// A field of profile.proto breaks the wire format or the rules of pprof.
    #[error("malformed profile: {what} (byte {offset} of the inflated data)")]
    Profile {
        /// Which field, which id, what is wrong.
        what: String,
        /// Where the field begins in the (inflated) data.
        offset: u64,
    },
}

impl ParseError {
    /// A rule of profile.proto broken at `offset`.
    pub(crate) fn profile(offset: u64, what: impl Into<String>) -> Self {
        Self::Profile { what: what.into(), offset }
    }
}
