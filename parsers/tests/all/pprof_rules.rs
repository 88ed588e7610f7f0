//! The rules of profile.proto, one per case: what is malformed is named with its place, what is odd is read.
//! The rules are those that `go tool pprof` (Go 1.27) applies.

use goscope_parsers::pprof::proto::{
    FunctionMessage, LabelMessage, LineMessage, LocationMessage, MappingMessage, ProfileMessage,
    SampleMessage, ValueTypeMessage,
};
use goscope_parsers::pprof::{ParseOptions, parse_profile};
use goscope_parsers::{ParseError, Progress};
use prost::Message as _;

use crate::support::{gzip, parse};

/// A sound profile of one sample: `samples/count`, location 1 with a line of function 1 in mapping 1.
fn sound() -> ProfileMessage {
    let strings = ["", "samples", "count", "main.main", "main.go", "key", "value"];
    ProfileMessage {
        sample_type: vec![ValueTypeMessage { r#type: 1, unit: 2 }],
        sample: vec![SampleMessage { location_id: vec![1], value: vec![7], label: vec![] }],
        mapping: vec![MappingMessage { id: 1, ..MappingMessage::default() }],
        location: vec![LocationMessage {
            id: 1,
            mapping_id: 1,
            address: 0x1000,
            line: vec![LineMessage { function_id: 1, line: 3, column: 0 }],
            is_folded: false,
        }],
        function: vec![FunctionMessage { id: 1, name: 3, system_name: 3, filename: 4, start_line: 1 }],
        string_table: strings.map(|text| text.as_bytes().to_vec()).to_vec(),
        ..ProfileMessage::default()
    }
}

/// A change to the sound profile.
type Change<'a> = &'a dyn Fn(&mut ProfileMessage);

/// What is said about the sound profile after each of the changes, one line each.
fn verdicts(changes: &[(&str, Change<'_>)]) -> String {
    changes.iter().map(|(what, change)| format!("{what}: {}\n", verdict(change))).collect()
}

fn verdict(change: impl Fn(&mut ProfileMessage)) -> String {
    let mut message = sound();
    change(&mut message);
    verdict_on(&message.encode_to_vec())
}

fn verdict_on(bytes: &[u8]) -> String {
    match parse(bytes) {
        Ok(_) => "read".to_owned(),
        Err(error) => {
            error.to_string().replace("malformed profile: ", "").replace(" of the inflated data", "")
        }
    }
}

/// The sound profile followed by raw bytes.
fn sound_then(bytes: &[u8]) -> Vec<u8> {
    let mut encoded = sound().encode_to_vec();
    encoded.extend_from_slice(bytes);
    encoded
}

#[test]
fn the_sound_profile_is_read() {
    assert_eq!(verdict(|_| {}), "read");
    assert_eq!(sound().encode_to_vec().len(), 95, "offsets below count on it");
}

#[test]
fn references_that_lead_nowhere_are_malformed() {
    let label = |key, str, num, num_unit| vec![LabelMessage { key, str, num, num_unit }];
    insta::assert_snapshot!(verdicts(&[
        ("unknown location", &|p| p.sample[0].location_id[0] = 9),
        ("location 0", &|p| p.sample[0].location_id[0] = 0),
        ("far location", &|p| p.sample[0].location_id[0] = u64::MAX),
        ("unknown function", &|p| p.location[0].line[0].function_id = 9),
        ("function 0", &|p| p.location[0].line[0].function_id = 0),
        ("function name", &|p| p.function[0].name = 70),
        ("file name", &|p| p.function[0].filename = -1),
        ("unit", &|p| p.sample_type[0].unit = 1 << 40),
        ("drop frames", &|p| p.drop_frames = 7),
        ("third comment", &|p| p.comment = vec![1, 2, 99]),
        ("label text", &|p| p.sample[0].label = label(5, 77, 0, 0)),
        ("label unit", &|p| p.sample[0].label = label(5, 0, 1, 77)),
        ("key of a dropped label", &|p| p.sample[0].label = label(77, 0, 0, 0)),
    ]), @r#"
    unknown location: sample #0: it names location id 9, which is not in the profile (byte 6)
    location 0: sample #0: it names location id 0, which is not in the profile (byte 6)
    far location: sample #0: it names location id 18446744073709551615, which is not in the profile (byte 6)
    unknown function: location #0: a line names function id 9, which is not in the profile (byte 29)
    function 0: location #0: a line names function id 0, which is not in the profile (byte 29)
    function name: function #0: Function.name is string 70, which is not in the string table (byte 37)
    file name: function #0: Function.filename is string -1, which is not in the string table (byte 41)
    unit: sample type #0: ValueType.unit is string 1099511627776, which is not in the string table (byte 4)
    drop frames: Profile.drop_frames is string 7, which is not in the string table (byte 95)
    third comment: Profile.comment is string 99, which is not in the string table (byte 95)
    label text: sample #0: Label.str is string 77, which is not in the string table (byte 18)
    label unit: sample #0: Label.num_unit is string 77, which is not in the string table (byte 20)
    key of a dropped label: sample #0: Label.key is string 77, which is not in the string table (byte 16)
    "#);
}

#[test]
fn ids_are_neither_zero_nor_given_twice() {
    insta::assert_snapshot!(verdicts(&[
        ("location 0", &|p| p.location[0].id = 0),
        ("function 0", &|p| p.function[0].id = 0),
        ("mapping 0", &|p| p.mapping[0].id = 0),
        ("location twice", &|p| p.location.push(p.location[0].clone())),
        ("function twice", &|p| p.function.push(p.function[0])),
        ("mapping twice", &|p| p.mapping.push(p.mapping[0])),
    ]), @r#"
    location 0: location #0: location id 0 is reserved (byte 20)
    function 0: function #0: function id 0 is reserved (byte 35)
    mapping 0: mapping #0: mapping id 0 is reserved (byte 16)
    location twice: location #1: location id 1 is already in use (byte 35)
    function twice: function #1: function id 1 is already in use (byte 47)
    mapping twice: mapping #1: mapping id 1 is already in use (byte 20)
    "#);
}

#[test]
fn every_sample_has_a_value_for_every_type() {
    let two_values = SampleMessage { value: vec![1, 2], ..SampleMessage::default() };
    insta::assert_snapshot!(verdicts(&[
        ("too many", &|p| p.sample[0].value.push(1)),
        ("none", &|p| p.sample[0].value.clear()),
        ("no types", &|p| p.sample_type.clear()),
        ("samples differ", &|p| p.sample.push(two_values.clone())),
    ]), @r#"
    too many: sample #0: it has values for 2 types, the profile has 1 (byte 6)
    none: sample #0: it has values for 0 types, the profile has 1 (byte 6)
    no types: there are samples but no sample types (byte 0)
    samples differ: sample #1: it has values for 2 types, the first sample for 1 (byte 14)
    "#);
}

#[test]
fn the_string_table_is_there_and_begins_with_the_empty_string() {
    insta::assert_snapshot!(verdicts(&[
        ("no strings", &|p| p.string_table.clear()),
        ("first string", &|p| p.string_table[0] = b"x".to_vec()),
    ]), @r#"
    no strings: there is no string table (byte 45)
    first string: string #0: the first string must be empty (byte 45)
    "#);
}

#[test]
fn the_wire_format_is_kept() {
    let cases: [(&str, &[u8]); 10] = [
        ("group", b"\x13\x08"),
        ("number for message", b"\x10\x08"),
        ("message for number", b"\x4a\x01\x08"),
        ("fixed for ids", b"\x12\x05\x0d\x01\x02\x03\x04"),
        ("packed values cut off", b"\x12\x03\x12\x01\x80"),
        ("sample cut off", b"\x12\x7f\x08\x01"),
        ("eleven bytes of varint", b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"),
        ("no length", b"\x12"),
        ("unknown field cut off", b"\xfa\x01\x7f"),
        ("line cut off", b"\x22\x04\x08\x02\x22\x09"),
    ];
    let verdicts: String =
        cases.iter().map(|(what, bytes)| format!("{what}: {}\n", verdict_on(&sound_then(bytes)))).collect();
    insta::assert_snapshot!(verdicts, @r#"
    group: field 2 has wire type 3, which pprof does not know (byte 95)
    number for message: sample #1: Profile.sample has the wrong wire type 0 (byte 95)
    message for number: Profile.time_nanos has the wrong wire type 2 (byte 95)
    fixed for ids: sample #1: Sample.location_id has the wrong wire type 5 (byte 97)
    packed values cut off: sample #1: a varint is cut off (byte 99)
    sample cut off: field 2 announces 127 bytes where 2 are left (byte 95)
    eleven bytes of varint: a varint is longer than 10 bytes (byte 95)
    no length: the data ends in the middle of a field's key or length (byte 95)
    unknown field cut off: field 31 announces 127 bytes where 0 are left (byte 95)
    line cut off: location #1: a field announces 9 bytes where 0 are left (byte 99)
    "#);
}

#[test]
fn two_profiles_one_after_the_other_are_noticed() {
    let twice =
        |message: &ProfileMessage| verdict_on(&[message.encode_to_vec(), message.encode_to_vec()].concat());
    insta::assert_snapshot!(twice(&ProfileMessage { time_nanos: 5, ..sound() }), @"a second time_nanos: this is two profiles one after the other (byte 192)");
    // Without a time it is the second set of types that gives them away.
    insta::assert_snapshot!(twice(&sound()), @"sample #0: it has values for 1 types, the profile has 2 (byte 6)");
}

#[test]
fn what_is_merely_odd_is_read() {
    let odd: [(&str, Change<'_>); 12] = [
        ("no samples", &|p| p.sample.clear()),
        ("no samples, no types", &|p| (p.sample.clear(), p.sample_type.clear()).0),
        ("a sample without a stack", &|p| p.sample[0].location_id.clear()),
        ("a negative value", &|p| p.sample[0].value[0] = i64::MIN),
        ("a location without lines", &|p| p.location[0].line.clear()),
        ("a mapping that is not there", &|p| p.location[0].mapping_id = u64::MAX),
        ("no mapping", &|p| (p.mapping.clear(), p.location[0].mapping_id = 0).0),
        ("an unused location with the highest id", &|p| {
            p.location.push(LocationMessage { id: u64::MAX, ..LocationMessage::default() });
        }),
        ("a negative line", &|p| p.location[0].line[0].line = -5),
        ("a label without anything", &|p| {
            p.sample[0].label = vec![LabelMessage { key: 5, ..Default::default() }];
        }),
        ("a text label with a unit that is not there", &|p| {
            p.sample[0].label = vec![LabelMessage { key: 5, str: 6, num: 3, num_unit: 99 }];
        }),
        ("a name that is not UTF-8", &|p| p.string_table[3] = vec![0xff, 0xfe]),
    ];
    for (what, change) in odd {
        assert_eq!(verdict(change), "read", "{what}");
    }
}

#[test]
fn odd_encodings_mean_the_same() {
    let plain = parse(&sound().encode_to_vec()).unwrap();
    // Unknown fields of every wire type, at the top and inside a sample.
    let unknown = b"\xf8\x7f\x01\xf9\x7f12345678\xfa\x7f\x03abc\xfd\x7f1234\x00\x00";
    assert_eq!(parse(&sound_then(unknown)).unwrap(), plain);
    // One sample more: its two locations not packed, then packed, between them a tenth byte full of bits.
    let more = b"\x12\x10\x08\x01\x0a\x01\x01\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f";
    let profile = parse(&sound_then(more)).unwrap();
    assert_eq!(profile.samples.stack(1).len(), 2);
    assert_eq!(profile.samples.values(1), [-1]);
    // A period type given twice: the last one counts, nothing of the first is kept.
    let profile = parse(&sound_then(b"\x5a\x04\x08\x01\x10\x02\x5a\x02\x08\x03")).unwrap();
    let period_type = profile.period_type.unwrap();
    assert_eq!((period_type.kind.0, period_type.unit.0), (3, 0));
}

#[test]
fn a_label_that_says_nothing_is_dropped_and_a_unit_alone_is_something() {
    let mut message = sound();
    let label = |num, num_unit| LabelMessage { key: 5, str: 0, num, num_unit };
    message.sample[0].label = vec![label(0, 0), label(0, 2), label(4, 0)];
    let profile = parse(&message.encode_to_vec()).unwrap();
    let read: Vec<(i64, u32)> =
        profile.samples.labels(0).iter().map(|label| (label.num, label.num_unit.0)).collect();
    assert_eq!(read, [(0, 2), (4, 0)]);
}

#[test]
fn a_profile_without_mappings_gets_one_only_if_asked() {
    let mut message = sound();
    message.mapping.clear();
    let mut profile = parse(&message.encode_to_vec()).unwrap();
    let location = profile.samples.stack(0)[0];
    assert_eq!(profile.locations.mapping(location), None);
    profile.add_missing_mapping();
    assert_eq!(profile.locations.mapping(location).map(|mapping| mapping.0), Some(0));
    assert_eq!(profile.mappings.len(), 1);
}

fn zstd(content: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(content, ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn gzip_members_and_zstd_frames_are_one_file() {
    let bytes = sound().encode_to_vec();
    let plain = parse(&bytes).unwrap();
    let (first, second) = bytes.split_at(40);
    assert_eq!(parse(&gzip(&bytes)).unwrap(), plain);
    let members = [gzip(first), gzip(b""), gzip(second)].concat();
    assert_eq!(parse(&members).unwrap(), plain, "three members, one of them empty");
    assert_eq!(parse(&zstd(&bytes)).unwrap(), plain);
    let skippable = b"\x51\x2a\x4d\x18\x03\0\0\0abc";
    let frames = [skippable.to_vec(), zstd(first), skippable.to_vec(), zstd(second)].concat();
    assert_eq!(parse(&frames).unwrap(), plain, "two frames and two that are skipped");
}

#[test]
fn damage_of_the_compressed_layer_is_told_with_how_far_it_got() {
    let bytes = sound().encode_to_vec();
    let (zipped, framed) = (gzip(&bytes), zstd(&bytes));
    let mut wrong_sum = zipped.clone();
    let at = wrong_sum.len() - 6;
    wrong_sum[at] ^= 1;
    let cases: [(&str, &[u8]); 9] = [
        ("gzip cut in its data", &zipped[..zipped.len() - 9]),
        ("gzip cut in its header", &zipped[..8]),
        ("gzip followed by garbage", &[&zipped[..], b"garbage"].concat()),
        ("gzip with a wrong checksum", &wrong_sum),
        ("gzip in gzip", &gzip(&zipped)),
        ("empty gzip", &gzip(b"")),
        ("nothing", b""),
        ("zstd cut in its data", &framed[..framed.len() - 9]),
        ("zstd cut in its header", &framed[..6]),
    ];
    let verdicts: String =
        cases.iter().map(|(what, bytes)| format!("{what}: {}\n", verdict_on(bytes))).collect();
    insta::assert_snapshot!(verdicts, @r#"
    gzip cut in its data: gzip data is damaged after 95 inflated bytes: incomplete deflate stream
    gzip cut in its header: gzip data is damaged after 0 inflated bytes: unexpected end of file
    gzip followed by garbage: gzip data is damaged after 95 inflated bytes: unexpected end of file
    gzip with a wrong checksum: gzip data is damaged after 95 inflated bytes: corrupt gzip stream does not have a matching checksum
    gzip in gzip: unknown kind of file: it begins with gzip data, and inside it the bytes 1f 8b 08 00 00 00 00 00 (gzip inside gzip: unpack it once); goscope reads pprof profiles, Go execution traces, Go's text profiles and goroutine dumps, profiles of OTLP, speedscope, Firefox, V8 and perf script, folded stacks, go test -bench and -coverprofile output (plain, gzip or zstd)
    empty gzip: the file is empty
    nothing: the file is empty
    zstd cut in its data: zstd data is damaged after 0 inflated bytes: Failed to parse block header: Error while reading bytes for Raw: failed to fill whole buffer
    zstd cut in its header: zstd data is damaged after 0 inflated bytes: Failed to parse/decode block body: Error while reading the block header
    "#);
}

#[test]
fn a_bomb_stops_at_the_limit_and_names_the_option_that_raises_it() {
    let options = ParseOptions { max_inflated_bytes: 1 << 20, ..ParseOptions::default() };
    // 64 MiB of a field that nobody knows: nothing to keep, but too much to inflate.
    let unknown = [b"\xfa\x7f\x80\x80\x80\x20".to_vec(), vec![0; 64 << 20]].concat();
    let error = parse_profile(&gzip(&unknown), &options).unwrap_err();
    assert!(matches!(error, ParseError::InflateLimit { limit_bytes: 0x10_0000, .. }), "{error}");
    assert!(error.to_string().contains("--max-inflated-bytes"), "{error}");
    let error = parse_profile(&zstd(&unknown), &options).unwrap_err();
    assert!(matches!(error, ParseError::InflateLimit { .. }), "{error}");
    // Empty strings take two bytes in the file and eight in the table: stopped before the inflated limit.
    let options = ParseOptions { max_inflated_bytes: 32 << 20, ..ParseOptions::default() };
    let bomb = gzip(&b"a;b 1\n".repeat(2 << 20));
    let error = parse_profile(&bomb, &options).unwrap_err();
    assert!(matches!(error, ParseError::InflateLimit { .. }), "{error}");
    let bomb = gzip(&b"\x32\x00".repeat(8 << 20));
    let error = parse_profile(&bomb, &options).unwrap_err();
    assert!(matches!(error, ParseError::Memory { .. }), "{error}");
    assert!(error.to_string().contains("--max-inflated-bytes"), "{error}");
}

#[test]
fn zeros_are_no_profile_however_many_there_are() {
    // A limit that is met at once if more than the beginning is inflated.
    let options = ParseOptions { max_inflated_bytes: 1 << 20, ..ParseOptions::default() };
    let zeros = vec![0; 8 << 20];
    for bomb in [gzip(&zeros), zstd(&zeros), zeros.clone()] {
        let error = parse_profile(&bomb, &options).unwrap_err();
        assert!(matches!(error, ParseError::UnknownFormat { .. }), "{error}");
    }
    // Behind a plausible first field they are padding, and too much of it.
    let padded = [&b"\x0a\x04\x08\x01\x10\x02"[..], &zeros].concat();
    for bomb in [gzip(&padded), zstd(&padded), padded.clone()] {
        let error = parse_profile(&bomb, &options).unwrap_err().to_string();
        assert!(error.contains("padding"), "{error}");
    }
    // As a string they would be kept: refused by the length that the field announces.
    let announced = [&b"\x0a\x04\x08\x01\x10\x02\x32\x80\x80\x80\x04"[..], &zeros].concat();
    for bomb in [gzip(&announced), zstd(&announced)] {
        let error = parse_profile(&bomb, &options).unwrap_err();
        assert!(matches!(error, ParseError::Memory { .. }), "{error}");
    }
}

#[test]
fn some_zeros_behind_a_profile_are_passed_over_as_pprof_does() {
    let sound = sound_then(b"");
    let padded = sound_then(&[0; 1000]);
    assert_eq!(parse(&padded).unwrap(), parse(&sound).unwrap());
}

#[test]
fn reading_tells_how_far_it_is_and_stops_when_asked() {
    let bytes =
        sound_then(&b"\xfa\x7f\x7e".iter().copied().chain([b'x'; 126]).collect::<Vec<u8>>().repeat(100_000));
    for bytes in [gzip(&bytes), bytes] {
        let progress = Progress::new();
        let options = ParseOptions { progress: Some(&progress), ..ParseOptions::default() };
        parse_profile(&bytes, &options).unwrap();
        assert_eq!((progress.done_bytes(), progress.total_bytes()), (bytes.len() as u64, bytes.len() as u64));
        progress.cancel();
        assert!(matches!(parse_profile(&bytes, &options), Err(ParseError::Cancelled)));
    }
}
