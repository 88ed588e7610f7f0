//! pprof's profile.proto: reading it into tables, building and writing it.
//!
//! ```text
//! Profile { sample_type*  sample*  mapping*  location*  function*  string_table*  header fields }
//! Sample  { location_id*  value*  label* }        stack leaf first, one value a sample type
//! Location{ id  mapping_id  address  line* }      innermost inlined function first
//! Line    { function_id  line  column }
//! ```
//!
//! All strings are indices into `string_table`, ids are whatever the producer likes. [`parse_profile`] turns
//! both into rows of [`Profile`]'s tables.

mod builder;
mod decode;
mod decode_samples;
mod decode_tables;
mod encode;
mod feed;
mod folded;
mod ids;
mod legacy;
mod lines;
mod packed;
mod parallel_gzip;
mod profile;
pub mod proto;
mod shape;
mod wire;

pub use builder::ProfileBuilder;
pub use decode::ParseOptions;
pub use encode::{encode_profile, write_profile_gzip};
pub(crate) use legacy::is_binary_cpu_profile;
pub use profile::{
    Function, FunctionId, Label, Line, LocationId, LocationTable, Mapping, MappingFlags, MappingId, Profile,
    SampleTable, StringId, StringTable, ValueType,
};
pub(crate) use shape::has_profile_shape;

use crate::detect::{Detected, FileKind, detect};
use crate::error::ParseError;
use crate::inflate::inflate_all;

/// Reads a profile: profile.proto, folded stacks, Go's text profiles and the old binary CPU profile, each plain,
/// gzipped or in zstd.
///
/// # Errors
/// What [`ParseError`] lists; a malformed profile is named by field, id and byte of the inflated data, malformed text
/// by line.
pub fn parse_profile(bytes: &[u8], options: &ParseOptions<'_>) -> Result<Profile, ParseError> {
    let detected = detect(bytes);
    let parse_text = match &detected {
        Ok(Detected { kind, .. }) => match kind {
            FileKind::Profile => return decode::decode_profile(bytes, options),
            FileKind::FoldedStacks => folded::parse_folded,
            FileKind::CountText => legacy::parse_count,
            FileKind::HeapText => legacy::parse_heap,
            FileKind::ContentionText => legacy::parse_contention,
            FileKind::BinaryCpuProfile => legacy::parse_cpu,
            kind => return Err(ParseError::NotAProfile { kind: kind.name() }),
        },
        // Profiles may begin with fields that nobody knows yet, so an unusual shape proves nothing.
        Err(_) => {
            return decode::decode_profile(bytes, options).map_err(|error| match (error, detected) {
                (ParseError::Profile { offset: 0, .. }, Err(unknown)) => unknown,
                (error, _) => error,
            });
        }
    };
    parse_text(&inflate_all(bytes, options.max_text_bytes(bytes.len()))?, options.progress)
}
