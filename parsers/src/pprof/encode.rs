//! Tables to profile.proto: what `go tool pprof` reads, and what decodes to the same tables again.
//!
//! Fields go out in the order of their numbers, samples one by one through a recycled buffer. Ids are those of the
//! file that the tables came from.

use std::io::{self, Write};

use flate2::GzBuilder;
use prost::Message;
use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint};

use super::profile::{Label, LocationId, Profile, StringId, ValueType};
use super::proto::{
    FunctionMessage, LabelMessage, LineMessage, LocationMessage, MappingMessage, ValueTypeMessage,
};

/// Encodes a profile as plain profile.proto.
pub fn encode_profile(profile: &Profile) -> Vec<u8> {
    let mut out = Vec::new();
    for &sample_type in &profile.sample_types {
        put_message(1, &value_type_message(sample_type), &mut out);
    }
    put_samples(profile, &mut out);
    put_mappings(profile, &mut out);
    put_locations(profile, &mut out);
    put_functions(profile, &mut out);
    for (_, text) in profile.strings.iter() {
        put_bytes(6, text, &mut out);
    }
    put_header(profile, &mut out);
    out
}

/// Writes a profile as Go's own tools do: profile.proto, gzipped. The same profile gives the same bytes.
///
/// # Errors
/// Those of `out`.
pub fn write_profile_gzip(profile: &Profile, out: impl Write) -> io::Result<()> {
    let mut gzip = GzBuilder::new().write(out, flate2::Compression::default());
    gzip.write_all(&encode_profile(profile))?;
    gzip.finish()?.flush()
}

fn put_header(profile: &Profile, out: &mut Vec<u8>) {
    put_integer(7, index(profile.drop_frames), out);
    put_integer(8, index(profile.keep_frames), out);
    put_integer(9, profile.time_nanos, out);
    put_integer(10, profile.duration_nanos, out);
    if let Some(period_type) = profile.period_type {
        put_message(11, &value_type_message(period_type), out);
    }
    put_integer(12, profile.period, out);
    put_packed(13, profile.comments.iter().map(|&id| u64::from(id.0)), out);
    put_integer(14, index(profile.default_sample_type), out);
    put_integer(15, index(profile.doc_url), out);
}

fn put_samples(profile: &Profile, out: &mut Vec<u8>) {
    let samples = &profile.samples;
    let location_id = |&location: &LocationId| profile.locations.id(location);
    let mut message = Vec::new();
    for sample in 0..samples.len() {
        message.clear();
        put_packed(1, samples.stack(sample).iter().map(location_id), &mut message);
        put_packed(2, samples.values(sample).iter().map(|value| value.cast_unsigned()), &mut message);
        for label in samples.labels(sample) {
            put_message(3, &label_message(label), &mut message);
        }
        put_bytes(2, &message, out);
    }
}

fn put_mappings(profile: &Profile, out: &mut Vec<u8>) {
    for mapping in &profile.mappings {
        let message = MappingMessage {
            id: mapping.id,
            memory_start: mapping.memory_start,
            memory_limit: mapping.memory_limit,
            file_offset: mapping.file_offset,
            filename: index(mapping.filename),
            build_id: index(mapping.build_id),
            has_functions: mapping.flags.has_functions,
            has_filenames: mapping.flags.has_filenames,
            has_line_numbers: mapping.flags.has_line_numbers,
            has_inline_frames: mapping.flags.has_inline_frames,
        };
        put_message(3, &message, out);
    }
}

fn put_locations(profile: &Profile, out: &mut Vec<u8>) {
    let locations = &profile.locations;
    let mut message = LocationMessage::default();
    for location in locations.iter() {
        message.id = locations.id(location);
        let mapping = locations.mapping(location).and_then(|mapping| profile.mappings.get(mapping.index()));
        message.mapping_id = mapping.map_or(0, |mapping| mapping.id);
        message.address = locations.address(location);
        message.is_folded = locations.is_folded(location);
        message.line.clear();
        message.line.extend(locations.lines(location).iter().map(|line| LineMessage {
            function_id: profile.functions.get(line.function.index()).map_or(0, |function| function.id),
            line: line.line,
            column: line.column,
        }));
        put_message(4, &message, out);
    }
}

fn put_functions(profile: &Profile, out: &mut Vec<u8>) {
    for function in &profile.functions {
        let message = FunctionMessage {
            id: function.id,
            name: index(function.name),
            system_name: index(function.system_name),
            filename: index(function.filename),
            start_line: function.start_line,
        };
        put_message(5, &message, out);
    }
}

fn value_type_message(value_type: ValueType) -> ValueTypeMessage {
    ValueTypeMessage { r#type: index(value_type.kind), unit: index(value_type.unit) }
}

fn label_message(label: &Label) -> LabelMessage {
    LabelMessage {
        key: index(label.key),
        str: index(label.str),
        num: label.num,
        num_unit: index(label.num_unit),
    }
}

fn index(id: StringId) -> i64 {
    i64::from(id.0)
}

fn put_message(number: u32, message: &impl Message, out: &mut Vec<u8>) {
    encode_key(number, WireType::LengthDelimited, out);
    encode_varint(message.encoded_len() as u64, out);
    message.encode_raw(out);
}

fn put_bytes(number: u32, bytes: &[u8], out: &mut Vec<u8>) {
    encode_key(number, WireType::LengthDelimited, out);
    encode_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// A field that 0 leaves out.
fn put_integer(number: u32, value: i64, out: &mut Vec<u8>) {
    if value != 0 {
        encode_key(number, WireType::Varint, out);
        encode_varint(value.cast_unsigned(), out);
    }
}

fn put_packed(number: u32, values: impl Iterator<Item = u64> + Clone, out: &mut Vec<u8>) {
    let len: usize = values.clone().map(encoded_len_varint).sum();
    if len > 0 {
        encode_key(number, WireType::LengthDelimited, out);
        encode_varint(len as u64, out);
        values.for_each(|value| encode_varint(value, out));
    }
}
