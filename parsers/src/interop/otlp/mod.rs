//! Profiles of OpenTelemetry's protocol (OTLP), proto 1.8 and later, as protobuf and as JSON.
//!
//! ```text
//! ProfilesData ─┬─ dictionary: strings, functions, locations, stacks, attributes, links     row 0 of each: not set
//!               └─ resource ── scope ── profile: one sample type ── samples: stack, attributes, link, values, times
//! ```
//!
//! The signal is still in development and nothing in the bytes names its version: `Sample` had its fields in another order
//! up to 1.9, which is told from the wire types of all samples together. Decoding is by hand, as of pprof: libraries refuse a
//! file where a known field has another wire type, and the recordings of the eBPF profiler are such files.
//!
//! All profiles of a file become one: a column for each sample type, a row for each identity (stack, attributes, link). What
//! all resources share are comments, what tells them apart are labels. The encoder writes 1.10 and later.

mod any_value;
mod build;
mod collect;
mod decode;
mod dictionary;
mod encode;
mod encode_tables;
mod fields;
mod header;
mod integers;
mod json;
mod sample_layout;
mod shape;

pub(crate) use decode::parse_otlp;
pub use encode::write_otlp;
pub(crate) use json::parse_otlp_json;
pub(crate) use shape::has_otlp_shape;

/// What its errors call the format.
const FORMAT: &str = "OTLP profile";
