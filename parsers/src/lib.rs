//! Reads Go profiles and execution traces: bytes in, plain tables out.
//!
//! This crate knows bytes and nothing else: no analysis, no drawing, no terminal.
//! Whatever the bytes are, it returns a value or a [`ParseError`]; it never panics, hangs or
//! takes memory out of proportion to the file.

pub mod error;
pub mod pprof;

pub use error::ParseError;
