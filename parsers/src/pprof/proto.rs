//! The messages of profile.proto, as prost sees them.
//!
//! The encoder writes the small ones with these; the tests hold the hand-written decoder against all of them.
//! Field names and numbers are those of github.com/google/pprof/proto/profile.proto; strings are indices into
//! `string_table`.

use prost::Message;

/// The whole file.
#[derive(Clone, PartialEq, Message)]
pub struct ProfileMessage {
    /// What the values mean.
    #[prost(message, repeated, tag = "1")]
    pub sample_type: Vec<ValueTypeMessage>,
    /// The samples.
    #[prost(message, repeated, tag = "2")]
    pub sample: Vec<SampleMessage>,
    /// Pieces of binaries in memory.
    #[prost(message, repeated, tag = "3")]
    pub mapping: Vec<MappingMessage>,
    /// Addresses with their frames.
    #[prost(message, repeated, tag = "4")]
    pub location: Vec<LocationMessage>,
    /// Functions.
    #[prost(message, repeated, tag = "5")]
    pub function: Vec<FunctionMessage>,
    /// All strings; bytes, since Go does not promise UTF-8.
    #[prost(bytes = "vec", repeated, tag = "6")]
    pub string_table: Vec<Vec<u8>>,
    /// Regular expression of frames to drop.
    #[prost(int64, tag = "7")]
    pub drop_frames: i64,
    /// Regular expression of frames to keep.
    #[prost(int64, tag = "8")]
    pub keep_frames: i64,
    /// Time of collection, ns since 1970.
    #[prost(int64, tag = "9")]
    pub time_nanos: i64,
    /// Length of collection, ns.
    #[prost(int64, tag = "10")]
    pub duration_nanos: i64,
    /// What `period` counts.
    #[prost(message, optional, tag = "11")]
    pub period_type: Option<ValueTypeMessage>,
    /// Events between samples.
    #[prost(int64, tag = "12")]
    pub period: i64,
    /// Free text.
    #[prost(int64, repeated, tag = "13")]
    pub comment: Vec<i64>,
    /// Type to show first.
    #[prost(int64, tag = "14")]
    pub default_sample_type: i64,
    /// Where this kind of profile is explained.
    #[prost(int64, tag = "15")]
    pub doc_url: i64,
}

/// Type and unit of a value.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct ValueTypeMessage {
    /// Type.
    #[prost(int64, tag = "1")]
    pub r#type: i64,
    /// Unit.
    #[prost(int64, tag = "2")]
    pub unit: i64,
}

/// A sample.
#[derive(Clone, PartialEq, Message)]
pub struct SampleMessage {
    /// Stack, leaf first.
    #[prost(uint64, repeated, tag = "1")]
    pub location_id: Vec<u64>,
    /// One value a sample type.
    #[prost(int64, repeated, tag = "2")]
    pub value: Vec<i64>,
    /// Labels.
    #[prost(message, repeated, tag = "3")]
    pub label: Vec<LabelMessage>,
}

/// A label of a sample.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct LabelMessage {
    /// Key.
    #[prost(int64, tag = "1")]
    pub key: i64,
    /// Text, or 0.
    #[prost(int64, tag = "2")]
    pub str: i64,
    /// Number, if there is no text.
    #[prost(int64, tag = "3")]
    pub num: i64,
    /// Unit of the number.
    #[prost(int64, tag = "4")]
    pub num_unit: i64,
}

/// A piece of a binary in memory.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct MappingMessage {
    /// Not 0, unique.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    /// First address.
    #[prost(uint64, tag = "2")]
    pub memory_start: u64,
    /// First address after it.
    #[prost(uint64, tag = "3")]
    pub memory_limit: u64,
    /// Offset of the first address in the binary.
    #[prost(uint64, tag = "4")]
    pub file_offset: u64,
    /// Path of the binary.
    #[prost(int64, tag = "5")]
    pub filename: i64,
    /// Build id of the binary.
    #[prost(int64, tag = "6")]
    pub build_id: i64,
    /// Function names are resolved.
    #[prost(bool, tag = "7")]
    pub has_functions: bool,
    /// File names are resolved.
    #[prost(bool, tag = "8")]
    pub has_filenames: bool,
    /// Line numbers are resolved.
    #[prost(bool, tag = "9")]
    pub has_line_numbers: bool,
    /// Inlined frames are resolved.
    #[prost(bool, tag = "10")]
    pub has_inline_frames: bool,
}

/// An address with its frames.
#[derive(Clone, PartialEq, Message)]
pub struct LocationMessage {
    /// Not 0, unique.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    /// Mapping of the address, 0 for none.
    #[prost(uint64, tag = "2")]
    pub mapping_id: u64,
    /// The address.
    #[prost(uint64, tag = "3")]
    pub address: u64,
    /// Frames, innermost first.
    #[prost(message, repeated, tag = "4")]
    pub line: Vec<LineMessage>,
    /// Several symbols share the address.
    #[prost(bool, tag = "5")]
    pub is_folded: bool,
}

/// A frame.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct LineMessage {
    /// Its function.
    #[prost(uint64, tag = "1")]
    pub function_id: u64,
    /// Its line.
    #[prost(int64, tag = "2")]
    pub line: i64,
    /// Its column.
    #[prost(int64, tag = "3")]
    pub column: i64,
}

/// A function.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct FunctionMessage {
    /// Not 0, unique.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    /// Name for humans.
    #[prost(int64, tag = "2")]
    pub name: i64,
    /// Name for the linker.
    #[prost(int64, tag = "3")]
    pub system_name: i64,
    /// Source file.
    #[prost(int64, tag = "4")]
    pub filename: i64,
    /// First line.
    #[prost(int64, tag = "5")]
    pub start_line: i64,
}
