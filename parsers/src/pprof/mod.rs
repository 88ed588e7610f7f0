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
mod parse;
mod printable_profile;
mod profile;
pub mod proto;
mod shape;
mod stacks;
mod wire;

pub use builder::ProfileBuilder;
pub use decode::ParseOptions;
pub use encode::{encode_profile, write_profile_gzip};
pub(crate) use legacy::is_binary_cpu_profile;
pub(crate) use lines::{Lines, without_byte_order_mark};
pub use parse::{ParsedProfile, parse_profile, parse_with_warnings};
pub use profile::{
    Function, FunctionId, Label, Line, LocationId, LocationTable, Mapping, MappingFlags, MappingId, Profile,
    SampleTable, StringId, StringTable, ValueType,
};
pub(crate) use shape::has_profile_shape;
pub(crate) use wire::wire_varint;
