//! Reading and writing agree with each other and with prost's own reading of the same messages.

use goscope_parsers::pprof::proto::{
    FunctionMessage, LabelMessage, LineMessage, LocationMessage, MappingMessage, ProfileMessage,
    SampleMessage, ValueTypeMessage,
};
use goscope_parsers::pprof::{
    FunctionId, Label, Line, LocationId, MappingId, Profile, ProfileBuilder, encode_profile,
    write_profile_gzip,
};
use goscope_test_support::{corpus, files_below, sample};
use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message as _;

use crate::support::{message_of, parse, small_profile};

#[test]
fn what_is_written_is_read_again() {
    let profile = small_profile();
    assert_eq!(parse(&encode_profile(&profile)).unwrap(), profile);
    let mut zipped = Vec::new();
    write_profile_gzip(&profile, &mut zipped).unwrap();
    assert_eq!(parse(&zipped).unwrap(), profile, "gzipped");
}

#[test]
fn what_is_compressed_in_pieces_is_read_again() {
    let mut profile = small_profile();
    let (samples, n_rows) = (profile.samples.clone(), 150_000);
    for row in 0..n_rows {
        let sample = row % samples.len();
        profile.samples.push(
            samples.values(sample),
            &samples.stack(sample).repeat(8),
            samples.labels(sample),
        );
    }
    for number in 0..150_000 {
        profile.strings.push(format!("a string of its own, number {number}").as_bytes());
    }
    let mut zipped = Vec::new();
    write_profile_gzip(&profile, &mut zipped).unwrap();
    let plain = encode_profile(&profile);
    assert!(plain.len() > 8 << 20, "{} bytes are too few for several pieces", plain.len());
    assert_eq!(goscope_parsers::inflate_all(&zipped, u64::MAX).unwrap(), plain);
    assert_eq!(parse(&zipped).unwrap(), profile);
}

#[test]
fn prost_reads_what_is_written() {
    let profile = small_profile();
    let message = ProfileMessage::decode(&*encode_profile(&profile)).unwrap();
    assert_eq!(message, message_of(&profile));
}

#[test]
fn every_real_profile_reads_like_prost_reads_it_and_survives_being_written() {
    let mut files = files_below(&sample(""), &[".pb.gz"]);
    for (folder, endings) in [("pprof", [".pb.gz", ".pprof"].as_slice()), ("real", &[".pb.gz"])] {
        files.extend(corpus(folder).map(|folder| files_below(&folder, endings)).unwrap_or_default());
    }
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let profile = parse(&bytes).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let content = goscope_parsers::inflate_all(&bytes, u64::MAX).unwrap();
        let message = ProfileMessage::decode(&*content).unwrap();
        assert_eq!(message_of(&profile), message, "{}", file.display());
        assert_eq!(parse(&encode_profile(&profile)).unwrap(), profile, "{}", file.display());
    }
}

/// Strings, some of them not UTF-8.
fn text() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => "[a-z./()*]{0,12}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..6),
    ]
}

/// A value at the edges as often as in the middle.
fn number() -> impl Strategy<Value = i64> {
    prop_oneof![Just(0), Just(1), Just(-1), Just(i64::MIN), Just(i64::MAX), any::<i64>()]
}

/// Key, text, number, unit.
type LabelPlan = (Vec<u8>, Option<Vec<u8>>, i64, Vec<u8>);

#[derive(Clone, Debug)]
struct SamplePlan {
    values: Vec<i64>,
    stack: Vec<prop::sample::Index>,
    labels: Vec<LabelPlan>,
}

fn sample_plan(n_types: usize) -> impl Strategy<Value = SamplePlan> {
    let label = (text(), prop::option::of(text()), number(), text());
    (vec(number(), n_types), vec(any::<prop::sample::Index>(), 0..8), vec(label, 0..3))
        .prop_map(|(values, stack, labels)| SamplePlan { values, stack, labels })
}

prop_compose! {
    /// Any profile that can be built.
    pub(crate) fn built_profile()(n_types in 1usize..4)(
        types in vec(("[a-z]{0,6}", "[a-z]{0,6}"), n_types),
        mappings in vec((any::<u64>(), any::<u64>(), any::<u64>(), "[a-z/]{0,8}"), 0..3),
        functions in vec(("[a-zA-Z.()*]{0,8}", "[a-z/]{0,8}", number()), 1..6),
        locations in vec((any::<prop::sample::Index>(), any::<u64>(),
            vec((any::<prop::sample::Index>(), number(), number()), 0..3)), 1..8),
        samples in vec(sample_plan(n_types), 0..12),
        header in (text(), text(), text(), text(), vec(text(), 0..3)),
        numbers in (number(), number(), number(), prop::option::of(("[a-z]{0,4}", "[a-z]{0,4}"))),
    ) -> Profile {
        let types: Vec<(&str, &str)> = types.iter().map(|(kind, unit)| (&**kind, &**unit)).collect();
        let mut builder = ProfileBuilder::new(&types);
        let mappings: Vec<MappingId> = mappings
            .iter()
            .map(|(start, limit, offset, file)| builder.mapping(*start, *limit, *offset, file, "id"))
            .collect();
        let functions: Vec<FunctionId> =
            functions.iter().map(|(name, file, line)| builder.function(name, file, *line)).collect();
        let locations: Vec<LocationId> = locations
            .iter()
            .map(|(mapping, address, lines)| {
                let lines: Vec<Line> = lines
                    .iter()
                    .map(|(function, line, column)| Line {
                        function: *function.get(&functions),
                        line: *line,
                        column: *column,
                    })
                    .collect();
                let mapping = mapping.index(mappings.len() + 1);
                builder.location(mappings.get(mapping).copied(), *address, &lines)
            })
            .collect();
        for sample in &samples {
            let stack: Vec<LocationId> = sample.stack.iter().map(|index| *index.get(&locations)).collect();
            let labels: Vec<Label> = sample.labels.iter().map(|label| built_label(&mut builder, label)).collect();
            builder.sample(&sample.values, &stack, &labels);
        }
        let (drop, keep, doc, default, comments) = &header;
        let [drop, keep, doc, default] = [drop, keep, doc, default].map(|text| builder.string_from_bytes(text));
        let comments = comments.iter().map(|text| builder.string_from_bytes(text)).collect();
        let (time, duration, period, period_type) = &numbers;
        let period_type = period_type.as_ref().map(|(kind, unit)| builder.value_type(kind, unit));
        let profile = builder.header();
        (profile.drop_frames, profile.keep_frames) = (drop, keep);
        (profile.doc_url, profile.default_sample_type) = (doc, default);
        profile.comments = comments;
        (profile.time_nanos, profile.duration_nanos, profile.period) = (*time, *duration, *period);
        profile.period_type = period_type;
        builder.finish()
    }
}

/// A text label, or a number with its unit.
fn built_label(builder: &mut ProfileBuilder, (key, text, num, unit): &LabelPlan) -> Label {
    let key = builder.string_from_bytes(key);
    match text.as_ref().map(|text| builder.string_from_bytes(text)) {
        Some(str) if str.0 != 0 => Label { key, str, ..Label::default() },
        _ => Label { key, num: *num, num_unit: builder.string_from_bytes(unit), ..Label::default() },
    }
}

/// Ids as a hostile or merely different producer gives them: unique, in any order, anywhere in 64 bits.
fn ids(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<u64>> {
    let in_order = count.clone().prop_flat_map(|n| Just((1..=n as u64).collect::<Vec<u64>>()));
    let id = prop_oneof![1u64..20, Just(1 << 31), Just((1 << 31) + 1), Just(u64::MAX), 1..u64::MAX];
    let anywhere = vec(id, count).prop_map(|mut ids| {
        let mut seen = std::collections::HashSet::new();
        ids.retain(|&id| seen.insert(id));
        ids
    });
    prop_oneof![in_order, anywhere]
}

prop_compose! {
    /// Any valid profile as messages; references are good, except to mappings.
    fn valid_message()(
        n_types in 1usize..3,
        strings in vec(text(), 0..6),
        mapping_ids in ids(0..3),
        function_ids in ids(1..5),
        location_ids in ids(1..8),
    )(
        sample_type in vec(value_type_message(strings.len()), n_types),
        mapping in mapping_messages(mapping_ids.clone(), strings.len()),
        location in location_messages(location_ids.clone(), mapping_ids, &function_ids),
        function in function_messages(function_ids, strings.len()),
        sample in vec(sample_message(n_types, location_ids, strings.len()), 0..8),
        period_type in prop::option::of(value_type_message(strings.len())),
        strings in Just(strings),
        numbers in (number(), number(), number()),
        comment in vec(0..=6i64, 0..3),
    ) -> ProfileMessage {
        let n_strings = strings.len() as i64;
        ProfileMessage {
            sample_type, sample, mapping, location, function,
            string_table: std::iter::once(Vec::new()).chain(strings).collect(),
            time_nanos: numbers.0,
            duration_nanos: numbers.1,
            period_type,
            period: numbers.2,
            comment: comment.into_iter().map(|index| index.min(n_strings)).collect(),
            ..ProfileMessage::default()
        }
    }
}

fn string_index(n_strings: usize) -> impl Strategy<Value = i64> {
    0..=n_strings as i64
}

fn value_type_message(n_strings: usize) -> impl Strategy<Value = ValueTypeMessage> {
    (string_index(n_strings), string_index(n_strings))
        .prop_map(|(r#type, unit)| ValueTypeMessage { r#type, unit })
}

fn mapping_messages(ids: Vec<u64>, n_strings: usize) -> impl Strategy<Value = Vec<MappingMessage>> {
    ids.into_iter()
        .map(|id| {
            (any::<[u64; 3]>(), string_index(n_strings), any::<[bool; 4]>()).prop_map(
                move |(addresses, filename, flags)| MappingMessage {
                    id,
                    memory_start: addresses[0],
                    memory_limit: addresses[1],
                    file_offset: addresses[2],
                    filename,
                    build_id: 0,
                    has_functions: flags[0],
                    has_filenames: flags[1],
                    has_line_numbers: flags[2],
                    has_inline_frames: flags[3],
                },
            )
        })
        .collect::<Vec<_>>()
}

fn function_messages(ids: Vec<u64>, n_strings: usize) -> impl Strategy<Value = Vec<FunctionMessage>> {
    ids.into_iter()
        .map(|id| {
            (string_index(n_strings), string_index(n_strings), string_index(n_strings), number()).prop_map(
                move |(name, system_name, filename, start_line)| FunctionMessage {
                    id,
                    name,
                    system_name,
                    filename,
                    start_line,
                },
            )
        })
        .collect::<Vec<_>>()
}

fn location_messages(
    ids: Vec<u64>,
    mapping_ids: Vec<u64>,
    function_ids: &[u64],
) -> impl Strategy<Value = Vec<LocationMessage>> + use<> {
    let mapping_ids: Vec<u64> = std::iter::once(0).chain(mapping_ids).collect();
    ids.into_iter()
        .map(|id| {
            let line = (prop::sample::select(function_ids.to_vec()), number(), number())
                .prop_map(|(function_id, line, column)| LineMessage { function_id, line, column });
            (prop::sample::select(mapping_ids.clone()), any::<u64>(), vec(line, 0..4), any::<bool>())
                .prop_map(move |(mapping_id, address, line, is_folded)| LocationMessage {
                    id,
                    mapping_id,
                    address,
                    line,
                    is_folded,
                })
        })
        .collect::<Vec<_>>()
}

fn sample_message(
    n_types: usize,
    location_ids: Vec<u64>,
    n_strings: usize,
) -> impl Strategy<Value = SampleMessage> {
    let text = (string_index(n_strings), string_index(n_strings));
    let label = (text, number(), string_index(n_strings)).prop_filter_map(
        "a label with neither text nor number nor unit is not read",
        |((key, str), num, num_unit)| match (str, num, num_unit) {
            (0, 0, 0) => None,
            (0, ..) => Some(LabelMessage { key, str, num, num_unit }),
            _ => Some(LabelMessage { key, str, num: 0, num_unit: 0 }),
        },
    );
    (vec(prop::sample::select(location_ids), 0..10), vec(number(), n_types), vec(label, 0..3))
        .prop_map(|(location_id, value, label)| SampleMessage { location_id, value, label })
}

proptest! {
    #[test]
    fn decoding_undoes_encoding(profile in built_profile()) {
        prop_assert_eq!(parse(&encode_profile(&profile)).unwrap(), profile);
    }

    #[test]
    fn decoding_gives_what_prost_gives(message in valid_message()) {
        let profile = parse(&message.encode_to_vec()).unwrap();
        prop_assert_eq!(message_of(&profile), message);
    }
}
