//! What several test files need: profiles made in code, and a profile as prost sees it.

use std::io::Write as _;

use goscope_parsers::pprof::proto::{
    FunctionMessage, LabelMessage, LineMessage, LocationMessage, MappingMessage, ProfileMessage,
    SampleMessage, ValueTypeMessage,
};
use goscope_parsers::pprof::{
    Line, LocationId, ParseOptions, Profile, ProfileBuilder, StringId, parse_profile,
};

/// Reads a profile with the usual options.
pub(crate) fn parse(bytes: &[u8]) -> Result<Profile, goscope_parsers::ParseError> {
    parse_profile(bytes, &ParseOptions::default())
}

/// Some content, gzipped.
pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).expect("a vector takes everything");
    encoder.finish().expect("a vector takes everything")
}

/// A small profile that uses everything: several types, inlined frames, labels of both kinds, all header fields.
pub(crate) fn small_profile() -> Profile {
    let mut builder = ProfileBuilder::new(&[("samples", "count"), ("cpu", "nanoseconds")]);
    let mapping = builder.mapping(0x40_0000, 0x80_0000, 0, "/bin/server", "abc123");
    let serve = builder.function("net/http.(*conn).serve", "net/http/server.go", 1900);
    let handle = builder.function("main.(*Server).handle", "main.go", 10);
    let encode = builder.function("encoding/json.Marshal", "encoding/json/encode.go", 150);
    let line = |function, line| Line { function, line, column: 0 };
    let inlined = builder.location(Some(mapping), 0x40_1000, &[line(encode, 160), line(handle, 15)]);
    let root = builder.location(Some(mapping), 0x40_2000, &[line(serve, 2000)]);
    let bare = builder.location(None, 0xffff_ffff_8000_1000, &[]);
    let path = builder.string_label("path", "/orders");
    let size = builder.numeric_label("request", 4096, "bytes");
    let plain_number = builder.numeric_label("attempt", -3, "");
    builder.sample(&[1, 10_000_000], &[inlined, root], &[path, size]);
    builder.sample(&[3, 30_000_000], &[bare, root], &[]);
    builder.sample(&[-1, i64::MIN], &[root], &[plain_number, plain_number]);
    builder.sample(&[i64::MAX, 0], &[], &[]);
    let strings = ["cpu", "^runtime\\..*", "runtime.main", "https://go.dev/doc", "made in a test"];
    let [cpu, drop, keep, doc, comment] = strings.map(|text| builder.string(text));
    let period_type = builder.value_type("cpu", "nanoseconds");
    let header = builder.header();
    header.default_sample_type = cpu;
    header.drop_frames = drop;
    header.keep_frames = keep;
    header.doc_url = doc;
    header.comments = vec![comment, StringId(0), comment];
    header.period_type = Some(period_type);
    header.period = 10_000_000;
    header.time_nanos = 1_700_000_000_000_000_000;
    header.duration_nanos = 30_000_000_000;
    builder.finish()
}

/// A profile as the messages that would encode it.
pub(crate) fn message_of(profile: &Profile) -> ProfileMessage {
    let index = |id: StringId| i64::from(id.0);
    let value_type = |value_type: &goscope_parsers::pprof::ValueType| ValueTypeMessage {
        r#type: index(value_type.kind),
        unit: index(value_type.unit),
    };
    let locations = &profile.locations;
    ProfileMessage {
        sample_type: profile.sample_types.iter().map(value_type).collect(),
        sample: (0..profile.samples.len()).map(|sample| sample_message(profile, sample)).collect(),
        mapping: profile.mappings.iter().map(mapping_message).collect(),
        location: locations.iter().map(|location| location_message(profile, location)).collect(),
        function: profile
            .functions
            .iter()
            .map(|function| FunctionMessage {
                id: function.id,
                name: index(function.name),
                system_name: index(function.system_name),
                filename: index(function.filename),
                start_line: function.start_line,
            })
            .collect(),
        string_table: profile.strings.iter().map(|(_, text)| text.to_vec()).collect(),
        drop_frames: index(profile.drop_frames),
        keep_frames: index(profile.keep_frames),
        time_nanos: profile.time_nanos,
        duration_nanos: profile.duration_nanos,
        period_type: profile.period_type.as_ref().map(value_type),
        period: profile.period,
        comment: profile.comments.iter().map(|&id| index(id)).collect(),
        default_sample_type: index(profile.default_sample_type),
        doc_url: index(profile.doc_url),
    }
}

fn sample_message(profile: &Profile, sample: usize) -> SampleMessage {
    let label = |label: &goscope_parsers::pprof::Label| LabelMessage {
        key: i64::from(label.key.0),
        str: i64::from(label.str.0),
        num: label.num,
        num_unit: i64::from(label.num_unit.0),
    };
    SampleMessage {
        location_id: profile.samples.stack(sample).iter().map(|&id| profile.locations.id(id)).collect(),
        value: profile.samples.values(sample).to_vec(),
        label: profile.samples.labels(sample).iter().map(label).collect(),
    }
}

fn mapping_message(mapping: &goscope_parsers::pprof::Mapping) -> MappingMessage {
    MappingMessage {
        id: mapping.id,
        memory_start: mapping.memory_start,
        memory_limit: mapping.memory_limit,
        file_offset: mapping.file_offset,
        filename: i64::from(mapping.filename.0),
        build_id: i64::from(mapping.build_id.0),
        has_functions: mapping.flags.has_functions,
        has_filenames: mapping.flags.has_filenames,
        has_line_numbers: mapping.flags.has_line_numbers,
        has_inline_frames: mapping.flags.has_inline_frames,
    }
}

fn location_message(profile: &Profile, location: LocationId) -> LocationMessage {
    let locations = &profile.locations;
    LocationMessage {
        id: locations.id(location),
        mapping_id: locations.mapping(location).map_or(0, |mapping| profile.mappings[mapping.index()].id),
        address: locations.address(location),
        line: locations
            .lines(location)
            .iter()
            .map(|line| LineMessage {
                function_id: profile.functions[line.function.index()].id,
                line: line.line,
                column: line.column,
            })
            .collect(),
        is_folded: locations.is_folded(location),
    }
}
