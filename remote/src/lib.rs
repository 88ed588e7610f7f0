//! Fetches profiles and traces from running programs, and runs `go` and `git`: the only crate that opens sockets.
//!
//! ```text
//! http://host:6060/debug/pprof/heap ──► Address ──► get ──► bytes, or one sentence
//! ```
//!
//! What the bytes mean is for `parsers` to say. A crate of its own, so that its TLS is built by nothing but the app.

mod address;
mod http;
pub mod program;
pub mod running;

pub use address::Address;
pub use http::{HttpError, MAX_BODY_BYTES, Request, Trust, get};
