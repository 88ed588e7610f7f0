//! The sixteen bytes every trace begins with, and what the version in them means for the reader.

use crate::ParseError;

/// Length of the header: `go 1.N trace`, padded with NUL.
pub const HEADER_LEN: usize = 16;

/// The minor Go version written in the header of a trace.
///
/// It names the *format*, not the Go that wrote it: Go 1.27 still writes `go 1.26 trace`, Go 1.24 writes 1.23.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceVersion(pub u32);

/// The two families of trace formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Go 1.5 to 1.21: one stream of events per P, no generations.
    V1,
    /// Go 1.22 and later: batches per thread, grouped into generations.
    V2,
}

impl TraceVersion {
    /// The newest format whose rules this reader knows (written by Go 1.26 and 1.27).
    pub const NEWEST: Self = Self(26);

    /// Reads the header at the start of `bytes`.
    ///
    /// # Errors
    /// When the bytes are no trace header, or one of a version that no Go ever wrote (6, 12 to 18, …).
    /// Versions newer than [`NEWEST`](Self::NEWEST) are accepted here; the reader reports them as a problem.
    pub fn from_header(bytes: &[u8]) -> Result<Self, ParseError> {
        let header = bytes.get(..HEADER_LEN).ok_or_else(|| ParseError::trace_header(bytes))?;
        let digits = header.strip_prefix(b"go 1.").ok_or_else(|| ParseError::trace_header(bytes))?;
        let digit_count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = digits.split_at(digit_count);
        let padding = rest.strip_prefix(b" trace").ok_or_else(|| ParseError::trace_header(bytes))?;
        if digits.is_empty() || digits.len() > 4 || padding.iter().any(|&byte| byte != 0) {
            return Err(ParseError::trace_header(bytes));
        }
        let minor = digits.iter().fold(0, |minor, &digit| minor * 10 + u32::from(digit - b'0'));
        match minor {
            5 | 7..=11 | 19 | 21..=23 | 25.. => Ok(Self(minor)),
            _ => Err(ParseError::TraceVersion { minor }),
        }
    }

    /// Which of the two readers is responsible.
    pub fn family(self) -> Family {
        if self.0 < 22 { Family::V1 } else { Family::V2 }
    }

    /// Whether the version is newer than all the reader knows.
    pub fn is_unknown(self) -> bool {
        self > Self::NEWEST
    }

    /// Since Go 1.25 one Sync batch holds frequency and clock snapshot; before, a lone Frequency batch.
    pub(crate) fn has_sync_batch(self) -> bool {
        self.0 >= 25
    }

    /// Since Go 1.26 a byte of its own ends a generation; before, only the next generation's number told.
    pub(crate) fn has_end_of_generation(self) -> bool {
        self.0 >= 26
    }
}

impl std::fmt::Display for TraceVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "go 1.{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_headers_that_go_wrote_or_will_write_are_accepted() {
        assert_eq!(TraceVersion::from_header(b"go 1.5 trace\0\0\0\0").ok(), Some(TraceVersion(5)));
        assert_eq!(TraceVersion::from_header(b"go 1.26 trace\0\0\0rest").ok(), Some(TraceVersion(26)));
        assert_eq!(TraceVersion::from_header(b"go 1.31 trace\0\0\0").ok(), Some(TraceVersion(31)));
        for bad in
            [&b"go 1.6 trace\0\0\0\0"[..], b"go 1.20 trace\0\0\0", b"go 1. trace\0\0\0\0\0", b"go 1.26 trace"]
        {
            assert!(TraceVersion::from_header(bad).is_err(), "{bad:?}");
        }
    }
}
