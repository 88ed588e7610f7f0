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
    /// The file became shorter while it was read: what came of it is not what is in it.
    #[error("the file became shorter while it was read; try again when nobody writes to it")]
    CutWhileRead,
    /// There is nothing to read.
    #[error("the file is empty")]
    Empty,
    /// The first bytes belong to no format that goscope reads.
    #[error(
        "unknown kind of file: it begins with {seen}; goscope reads pprof profiles, Go execution traces, Go's text profiles and goroutine dumps, profiles of OTLP, speedscope, Firefox, V8 and perf script, folded stacks, go test -bench and -coverprofile output (plain, gzip or zstd)"
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
    /// The tables of a small file would take a lot of memory: a bomb, or the limit is too low for this machine's use.
    #[error(
        "the profile would take more than {limit_bytes} bytes of memory; raise the limit with --max-inflated-bytes if the file can be trusted"
    )]
    Memory {
        /// The limit that was met.
        limit_bytes: u64,
    },
    /// The file is of a kind that holds no profile.
    #[error("expected a profile, found: {kind}")]
    NotAProfile {
        /// What it is.
        kind: &'static str,
    },
    /// A line of a text profile is none that pprof knows.
    #[error("malformed text profile: {what} (line {line})")]
    Text {
        /// What is wrong with it.
        what: String,
        /// Which one, counted from 1.
        line: u64,
    },
    /// What began as a text has a line without an end.
    #[error("this is no text: line {line} is longer than {limit_bytes} bytes")]
    NoText {
        /// The longest a line may be.
        limit_bytes: u64,
        /// Which one, counted from 1.
        line: u64,
    },
    /// A line of a coverage profile is none, or contradicts another one.
    #[error("malformed coverage profile: {what}{}", in_line(*line))]
    Coverage {
        /// What is wrong with it.
        what: String,
        /// Which one, counted from 1; 0 if it is none alone.
        line: u64,
    },
    /// A file of `GOCOVERDIR` breaks its format.
    #[error("malformed coverage data: {what} (byte {offset})")]
    CoverageData {
        /// What is wrong.
        what: String,
        /// Where in the file.
        offset: u64,
    },
    /// There is no event of a test run.
    #[error("this is no output of go test: it has no events of go test -json and no lines of go test -v")]
    NotTestEvents,
    /// A profile of another tool breaks the rules of its format.
    #[error("malformed {format}: {what}")]
    Foreign {
        /// Which format.
        format: &'static str,
        /// What is wrong, and where.
        what: String,
    },
    /// The caller asked to stop, through [`crate::Progress::cancel`].
    #[error("cancelled")]
    Cancelled,
    /// A field of profile.proto breaks the wire format or the rules of pprof.
    #[error("malformed profile: {what} (byte {offset} of the inflated data)")]
    Profile {
        /// Which field, which id, what is wrong.
        what: String,
        /// Where the field begins in the (inflated) data.
        offset: u64,
    },
    /// The first bytes are not the header of an execution trace.
    #[error("not a Go execution trace: it begins with {seen} instead of \"go 1.N trace\"")]
    TraceHeader {
        /// The first bytes, quoted.
        seen: String,
    },
    /// The header names a version that no Go ever wrote.
    #[error(
        "\"go 1.{minor} trace\" is not a version that any Go wrote (they are 5, 7 to 11, 19, 21 to 23, 25, 26)"
    )]
    TraceVersion {
        /// The N of `go 1.N trace`.
        minor: u32,
    },
    /// Nothing of an execution trace could be read.
    #[error("malformed trace: {what} (byte {offset})")]
    Trace {
        /// What is wrong.
        what: String,
        /// Where in the trace.
        offset: u64,
    },
}

impl ParseError {
    /// Bytes that do not begin as a trace does.
    pub(crate) fn trace_header(bytes: &[u8]) -> Self {
        let head = &bytes[..bytes.len().min(16)];
        let seen = match std::str::from_utf8(head) {
            Ok(text) if !text.contains(char::is_control) => format!("{text:?}"),
            _ => {
                let hex: Vec<String> = head.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
                format!("the bytes {}", hex.join(" "))
            }
        };
        Self::TraceHeader { seen }
    }

    /// A rule of profile.proto broken at `offset`.
    pub(crate) fn profile(offset: u64, what: impl Into<String>) -> Self {
        Self::Profile { what: what.into(), offset }
    }
}

/// Where something is wrong, if it is in one line.
fn in_line(line: u64) -> String {
    if line == 0 { String::new() } else { format!(" (line {line})") }
}
