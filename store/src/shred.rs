//! A profile into rows: frames and stacks with ids that depend on nothing but what they are, and a row for each value.
//!
//! Samples with equal stack and labels are added up, because an engine that replaces rows of equal keys would eat them, and
//! values of 0 are left out. What is lost: addresses, ranges of mappings, the order of samples, samples that are 0 in all types.

use std::borrow::Cow;
use std::collections::BTreeSet;

use goscope_analysis::profile::info::{ProfileKind, profile_kind};
use goscope_parsers::pprof::{Label, LocationId, Profile, StringId, ValueType};
use rustc_hash::FxHashMap;

use crate::column::coded::Interner;
use crate::id::{FrameKey, Id, frame_id, stack_id};
use crate::rows::{Dictionary, Frame, LabelSet, ProfileRow, SampleRow};

/// The rows of one profile. Its samples point into its own tables.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shredded {
    pub(crate) row: ProfileRow,
    pub(crate) dictionary: Dictionary,
    pub(crate) labels: Interner<LabelSet>,
    pub(crate) samples: Vec<SampleRow>,
}

/// Makes the rows of a profile. Id, service, version, labels that were given and where it came from are the caller's to say.
pub(crate) fn shred(profile: &Profile) -> Shredded {
    let mut shredded = Shredded { row: profile_row(profile), ..Shredded::default() };
    let frames = frames_of_locations(profile, &mut shredded.dictionary);
    let mut label_codes: FxHashMap<&[Label], u32> = FxHashMap::default();
    let mut stack_codes: FxHashMap<&[LocationId], u32> = FxHashMap::default();
    let n_types = shredded.row.types.len();
    let mut sums: FxHashMap<(u32, u32), usize> = FxHashMap::default();
    let mut values: Vec<i64> = Vec::new();
    let mut keys: Vec<(u32, u32)> = Vec::new();
    for sample in 0..profile.samples.len() {
        let (locations, labels) = (profile.samples.stack(sample), profile.samples.labels(sample));
        let stack = *stack_codes
            .entry(locations)
            .or_insert_with(|| stack_of(locations, &frames, &mut shredded.dictionary));
        let labels =
            *label_codes.entry(labels).or_insert_with(|| shredded.labels.code(&label_set(profile, labels)));
        let at = *sums.entry((stack, labels)).or_insert_with(|| {
            keys.push((stack, labels));
            values.resize(values.len() + n_types, 0);
            keys.len() - 1
        });
        for (sum, value) in values[at * n_types..].iter_mut().zip(profile.samples.values(sample)) {
            *sum = sum.wrapping_add(*value);
        }
    }
    for (at, &(stack, labels)) in keys.iter().enumerate() {
        for kind in 0..n_types {
            let value = values[at * n_types + kind];
            if value != 0 {
                let kind = u32::try_from(kind).unwrap_or(u32::MAX);
                shredded.samples.push(SampleRow { profile: 0, kind, stack, labels, value });
            }
        }
    }
    shredded.row.totals = totals(&shredded.samples, n_types);
    shredded.row.labels = shared_labels(&keys, shredded.labels.values());
    shredded
}

fn totals(samples: &[SampleRow], n_types: usize) -> Vec<i64> {
    let mut totals = vec![0_i64; n_types];
    for sample in samples {
        let total = &mut totals[sample.kind as usize];
        *total = total.wrapping_add(sample.value);
    }
    totals
}

fn profile_row(profile: &Profile) -> ProfileRow {
    let text = |id: StringId| profile.text(id).into_owned();
    let mapping = profile.mappings.first();
    ProfileRow {
        time_nanos: profile.time_nanos,
        duration_nanos: profile.duration_nanos,
        kind: kind_name(profile_kind(profile)).to_owned(),
        types: type_names(profile),
        default_type: text(profile.default_sample_type),
        period_type: profile.period_type.map(|it| type_name(profile, it)).unwrap_or_default(),
        period: profile.period,
        n_samples: i64::try_from(profile.samples.len()).unwrap_or(i64::MAX),
        build_id: mapping.map(|mapping| text(mapping.build_id)).unwrap_or_default(),
        program: mapping.map(|mapping| text(mapping.filename)).unwrap_or_default(),
        drop_frames: text(profile.drop_frames),
        keep_frames: text(profile.keep_frames),
        comments: profile.comments.iter().map(|&comment| text(comment)).collect(),
        ..ProfileRow::default()
    }
}

/// The names of the sample types; one that stands twice gets its number.
fn type_names(profile: &Profile) -> Vec<String> {
    let mut known = BTreeSet::new();
    let mut name = |(at, &value_type): (usize, &ValueType)| {
        let mut name = type_name(profile, value_type);
        if !known.insert(name.clone()) {
            name = format!("{name}#{at}");
            known.insert(name.clone());
        }
        name
    };
    profile.sample_types.iter().enumerate().map(&mut name).collect()
}

fn type_name(profile: &Profile, value_type: ValueType) -> String {
    let (kind, unit) = (profile.text(value_type.kind), profile.text(value_type.unit));
    format!("{kind}/{unit}")
}

const fn kind_name(kind: ProfileKind) -> &'static str {
    match kind {
        ProfileKind::Cpu => "cpu",
        ProfileKind::Heap => "heap",
        ProfileKind::Allocs => "allocs",
        ProfileKind::Goroutine => "goroutine",
        ProfileKind::GoroutineLeak => "goroutineleak",
        ProfileKind::ThreadCreate => "threadcreate",
        ProfileKind::Contention => "contention",
        ProfileKind::Other => "other",
    }
}

/// The frames of each location, by code.
fn frames_of_locations(profile: &Profile, dictionary: &mut Dictionary) -> Vec<Box<[u32]>> {
    profile.locations.iter().map(|location| frames_of(profile, location, dictionary)).collect()
}

fn frames_of(profile: &Profile, location: LocationId, dictionary: &mut Dictionary) -> Box<[u32]> {
    let lines = profile.locations.lines(location);
    let bytes = |id: StringId| profile.strings.bytes(id);
    if lines.is_empty() {
        let mapping = profile.locations.mapping(location).and_then(|id| profile.mappings.get(id.index()));
        let file = mapping.map(|mapping| mapping.filename).unwrap_or_default();
        let key = FrameKey { file: bytes(file), ..FrameKey::NOTHING };
        return [frame(&key, dictionary)].into();
    }
    let last = lines.len() - 1;
    let of_line = |(at, line): (usize, &goscope_parsers::pprof::Line)| {
        let function = profile.functions.get(line.function.index()).copied().unwrap_or_default();
        let key = FrameKey {
            function: bytes(function.name),
            system_name: bytes(function.system_name),
            file: bytes(function.filename),
            start_line: function.start_line,
            line: line.line,
            column: line.column,
            is_inlined: at < last,
        };
        frame(&key, dictionary)
    };
    lines.iter().enumerate().map(of_line).collect()
}

fn frame(key: &FrameKey<'_>, dictionary: &mut Dictionary) -> u32 {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    dictionary.frame(frame_id(key), || Frame {
        function: text(key.function),
        system_name: text(key.system_name),
        file: text(key.file),
        start_line: key.start_line,
        line: key.line,
        column: key.column,
        is_inlined: key.is_inlined,
    })
}

fn stack_of(locations: &[LocationId], frames: &[Box<[u32]>], dictionary: &mut Dictionary) -> u32 {
    let of_location =
        |location: &LocationId| frames.get(location.index()).map_or(&[][..], |frames| &**frames);
    let codes: Box<[u32]> = locations.iter().flat_map(of_location).copied().collect();
    let ids = dictionary.frame_ids.values();
    let id: Id = stack_id(codes.iter().map(|&code| ids[code as usize]));
    dictionary.stack(id, |_| codes)
}

fn label_set(profile: &Profile, labels: &[Label]) -> LabelSet {
    let mut set = LabelSet::default();
    for label in labels {
        let key = profile.text(label.key);
        if label.is_numeric() {
            set.numbers.push((number_key(&key, &profile.text(label.num_unit)).into_owned(), label.num));
        } else {
            set.texts.push((key.into_owned(), profile.text(label.str).into_owned()));
        }
    }
    set
}

/// The key of a label with a number: with its unit after a `/`, if it has one, or if the key itself holds one.
fn number_key<'a>(key: &'a str, unit: &str) -> Cow<'a, str> {
    if unit.is_empty() && !key.contains('/') { Cow::Borrowed(key) } else { format!("{key}/{unit}").into() }
}

/// Labels that all samples share, if they have each once.
fn shared_labels(keys: &[(u32, u32)], sets: &[LabelSet]) -> Vec<(String, String)> {
    let used: BTreeSet<u32> = keys.iter().map(|&(_, labels)| labels).collect();
    let mut sets = used.iter().filter_map(|&code| sets.get(code as usize));
    let Some(first) = sets.next() else { return Vec::new() };
    let is_once = |set: &LabelSet, key: &str| set.texts.iter().filter(|(known, _)| known == key).count() == 1;
    let mut shared: Vec<(String, String)> =
        first.texts.iter().filter(|(key, _)| is_once(first, key)).cloned().collect();
    for set in sets {
        shared.retain(|label| set.texts.contains(label) && is_once(set, &label.0));
    }
    shared
}
