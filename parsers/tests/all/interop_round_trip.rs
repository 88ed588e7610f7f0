//! What is written for another tool and read again has the same stacks with the same values.

use std::collections::BTreeMap;

use goscope_parsers::interop::{FrameCategory, write_firefox, write_otlp, write_speedscope};
use goscope_parsers::pprof::{LocationId, Profile};
use goscope_parsers::{FileKind, detect};
use goscope_test_support::{files_below, sample};
use proptest::prelude::*;

use crate::pprof_round_trip::built_profile;
use crate::support::{parse, small_profile};

/// Writes a profile into memory.
type Write = fn(&Profile) -> Vec<u8>;

const FORMATS: [(FileKind, Write); 3] =
    [(FileKind::Speedscope, speedscope), (FileKind::Firefox, firefox), (FileKind::Otlp, otlp)];

pub(crate) fn speedscope(profile: &Profile) -> Vec<u8> {
    let mut out = Vec::new();
    write_speedscope(profile, &mut out).expect("memory takes everything");
    out
}

pub(crate) fn firefox(profile: &Profile) -> Vec<u8> {
    let mut out = Vec::new();
    write_firefox(profile, &|_, _| FrameCategory::Other, &mut out).expect("memory takes everything");
    out
}

pub(crate) fn otlp(profile: &Profile) -> Vec<u8> {
    let mut out = Vec::new();
    write_otlp(profile, &mut out).expect("memory takes everything");
    out
}

/// Stacks of names, root first, with their sums, for each sample type that has some.
type Sums = BTreeMap<String, BTreeMap<Vec<String>, i128>>;

fn sums(profile: &Profile) -> Sums {
    let mut sums = Sums::new();
    for (column, of) in profile.sample_types.iter().enumerate() {
        let of_type = sums.entry(profile.text(of.kind).into_owned()).or_default();
        for row in 0..profile.samples.len() {
            let stack = profile.samples.stack(row).iter().rev();
            let names = stack.flat_map(|&location| names(profile, location)).collect();
            *of_type.entry(names).or_default() += i128::from(profile.samples.value(row, column));
        }
    }
    for of_type in sums.values_mut() {
        of_type.retain(|_, sum| *sum != 0);
    }
    sums
}

/// The frames of a location, root first.
fn names(profile: &Profile, location: LocationId) -> Vec<String> {
    let lines = profile.locations.lines(location);
    if lines.is_empty() {
        let mapping = profile.locations.mapping(location);
        let file = mapping.map_or_else(String::new, |mapping| {
            profile.text(profile.mappings[mapping.index()].filename).into_owned()
        });
        let base = file.rsplit('/').next().unwrap_or_default();
        return vec![if base.is_empty() { "<unknown>".to_owned() } else { format!("[{base}]") }];
    }
    let name = |line: &goscope_parsers::pprof::Line| {
        profile.text(profile.functions[line.function.index()].name).into_owned()
    };
    lines.iter().rev().map(name).collect()
}

/// What a format keeps: Firefox has no samples without a stack, and times in units of its own.
fn kept(kind: FileKind, profile: &Profile) -> Sums {
    let mut sums = sums(profile);
    if kind == FileKind::Firefox {
        sums.values_mut().for_each(|of_type| of_type.retain(|stack, _| !stack.is_empty()));
    }
    sums
}

fn assert_same(kind: FileKind, write: Write, profile: &Profile, name: &str) {
    let bytes = write(profile);
    assert_eq!(detect(&bytes).map(|found| found.kind).ok(), Some(kind), "{name}");
    let again = parse(&bytes).unwrap_or_else(|error| panic!("{name} as {}: {error}", kind.name()));
    assert_eq!(kept(kind, &again), kept(kind, profile), "{name} as {}", kind.name());
    assert_eq!(write(profile), bytes, "{name}: the same bytes each time");
}

#[test]
fn real_profiles_have_the_same_stacks_when_they_are_read_again() {
    let files = files_below(&sample(""), &[".pb.gz"]);
    assert!(!files.is_empty());
    for file in files {
        let profile = parse(&std::fs::read(&file).expect("a sample")).expect("a profile");
        for (kind, write) in FORMATS {
            assert_same(kind, write, &profile, &file.display().to_string());
        }
    }
}

#[test]
fn otlp_keeps_labels_times_and_all_header_fields() {
    let mut profile = small_profile();
    // What adds up to more than 64 bits is for another test.
    profile.samples.all_values_mut().iter_mut().for_each(|value| *value %= 1_000_000_007);
    let again = parse(&otlp(&profile)).expect("an OTLP profile");
    assert_eq!((again.time_nanos, again.duration_nanos), (profile.time_nanos, profile.duration_nanos));
    assert_eq!(again.period, profile.period);
    let texts = |profile: &Profile| {
        [profile.default_sample_type, profile.drop_frames, profile.keep_frames, profile.doc_url]
            .map(|id| profile.text(id).into_owned())
    };
    assert_eq!(texts(&again), texts(&profile));
    let comments = |profile: &Profile| -> Vec<String> {
        profile.comments.iter().map(|&id| profile.text(id).into_owned()).collect()
    };
    assert_eq!(comments(&again), comments(&profile));
    let build_id = again.mappings.first().map(|mapping| again.text(mapping.build_id).into_owned());
    assert_eq!(build_id.as_deref(), Some("abc123"));
    insta::assert_snapshot!(crate::pprof_text::dump(&again));
}

#[test]
fn a_trace_and_a_span_are_a_link_and_come_back_as_labels() {
    let mut builder = goscope_parsers::pprof::ProfileBuilder::new(&[("cpu", "nanoseconds")]);
    let trace = builder.string_label("trace_id", "0102030405060708090a0b0c0d0e0f10");
    let span = builder.string_label("span_id", "0102030405060708");
    let not_a_span = builder.string_label("span_id", "7");
    let [one, other] = ["/cart", "/pay"].map(|text| builder.string_label("endpoint", text));
    builder.sample(&[1], &[], &[trace, span]);
    builder.sample(&[2], &[], &[trace, not_a_span]);
    builder.sample(&[3], &[], &[one, other]);
    let again = parse(&otlp(&builder.finish())).expect("an OTLP profile");
    insta::assert_snapshot!(crate::pprof_text::dump(&again), @r"
        cpu/nanoseconds period 0 
        1:  trace_id=0102030405060708090a0b0c0d0e0f10 span_id=0102030405060708
        2:  trace_id=0102030405060708090a0b0c0d0e0f10 span_id=7
        3:  endpoint=/cart endpoint=/pay
        ");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_profile_has_the_same_stacks_when_it_is_read_again(mut profile in built_profile()) {
        profile.samples.all_values_mut().iter_mut().for_each(|value| *value %= 1_000_000_007);
        // Types of one name cannot be told apart by it.
        let kinds: Vec<_> = profile.sample_types.iter().map(|of| profile.text(of.kind).into_owned()).collect();
        prop_assume!((1..kinds.len()).all(|at| !kinds[..at].contains(&kinds[at])));
        prop_assume!(kinds.iter().all(|kind| !kind.is_empty()));
        for (kind, write) in FORMATS {
            assert_same(kind, write, &profile, "made up");
        }
    }
}
