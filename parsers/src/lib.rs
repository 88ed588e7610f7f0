//! Reads Go profiles and execution traces: bytes in, plain tables out.
//!
//! ```text
//! path ──► FileBytes ──► detect ──┬─► pprof::parse_profile ──► Profile ──► interop: files of other tools
//!                                 ├─► trace::TraceReader ────► events, tables
//!                                 ├─► coverage ──────────────► CoverageProfile
//!                                 ├─► dump ──────────────────► goroutines, races
//!                                 └─► test_events ───────────► events of go test
//! ```
//!
//! This crate knows bytes and nothing else: no analysis, no drawing, no terminal.
//! Whatever the bytes are, it returns a value or a [`ParseError`]; it never panics, hangs or
//! takes memory out of proportion to the file.

pub mod bench;
mod chunks;
pub mod coverage;
mod detect;
pub mod dump;
pub mod error;
mod file_bytes;
mod inflate;
pub mod interop;
mod json_text;
#[cfg(unix)]
mod map_guard;
#[cfg(unix)]
mod pipe;
pub mod pprof;
mod printable;
mod progress;
pub mod test_events;
mod text_lines;
pub mod trace;

pub use detect::{Detected, FileKind, detect};
pub use error::ParseError;
pub use file_bytes::FileBytes;
pub use inflate::{Compression, inflate_all, inflate_prefix, inflate_sound};
pub use json_text::{write_json, write_json_indented};
pub use printable::{csv_cell, printable, printable_bytes, printable_cut, printable_lines};
pub use progress::Progress;
pub use text_lines::{LineCutter, TextOptions};
