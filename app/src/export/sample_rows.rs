//! The samples of a profile as rows for other programs: CSV and JSON.
//!
//! A row is a sample as it is in the file, nothing is merged: values of all types, labels, and the stack, root first.

use std::io::{self, Write};

use csv::{Terminator, Writer, WriterBuilder};
use goscope_parsers::csv_cell;
use goscope_parsers::pprof::{Label, Profile, StringId};
use serde::Serialize;
use serde::ser::{SerializeSeq as _, Serializer};

/// Writes a column for each sample type (`cpu/nanoseconds`), one for each key of labels, and the stack.
///
/// # Errors
/// Those of `out`.
pub fn write_csv(profile: &Profile, out: &mut dyn Write) -> io::Result<()> {
    let keys = label_keys(profile);
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out);
    let types =
        profile.sample_types.iter().map(|of| format!("{}/{}", profile.text(of.kind), profile.text(of.unit)));
    let titles = keys.iter().map(|&key| profile.text(key).into_owned());
    write_cells(&mut writer, types.chain(titles).chain(["stack".to_owned()]))?;
    for sample in 0..profile.samples.len() {
        let values = profile.samples.values(sample).iter().map(i64::to_string);
        let labels = profile.samples.labels(sample);
        let label = |&key: &StringId| {
            let values =
                labels.iter().filter(|label| label.key == key).map(|label| label_text(profile, label));
            values.collect::<Vec<_>>().join(",")
        };
        // As in folded stacks: Go's generic types have semicolons, which would be frames.
        let frames: Vec<String> =
            frames(profile, sample).map(|frame| frame.function.replace(';', ":")).collect();
        write_cells(&mut writer, values.chain(keys.iter().map(label)).chain([frames.join(";")]))?;
    }
    writer.flush()
}

/// What the writer said, not wrapped: a closed pipe or a full disk is told apart by its kind.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn write_cells(writer: &mut Writer<impl Write>, cells: impl Iterator<Item = String>) -> io::Result<()> {
    let mut cells = cells.map(|cell| csv_cell(&cell).into_owned());
    cells.try_for_each(|cell| writer.write_field(cell)).map_err(io_error)?;
    writer.write_record(None::<&[u8]>).map_err(io_error)
}

/// The keys of all labels, in order of appearance.
fn label_keys(profile: &Profile) -> Vec<StringId> {
    let mut is_known = vec![false; profile.strings.len()];
    let mut keys = Vec::new();
    for label in (0..profile.samples.len()).flat_map(|sample| profile.samples.labels(sample)) {
        if !std::mem::replace(&mut is_known[label.key.index()], true) {
            keys.push(label.key);
        }
    }
    keys
}

fn label_text(profile: &Profile, label: &Label) -> String {
    if label.is_numeric() {
        return format!("{}{}", label.num, profile.text(label.num_unit));
    }
    profile.text(label.str).into_owned()
}

/// Writes an object with the sample types and all samples.
///
/// # Errors
/// Those of `out`.
pub fn write_json(profile: &Profile, out: &mut dyn Write) -> io::Result<()> {
    goscope_parsers::write_json(out, &ProfileJson::of(profile))?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct ProfileJson<'p> {
    schema: &'static str,
    sample_types: Vec<TypeJson>,
    default_sample_type: String,
    time_nanos: i64,
    duration_nanos: i64,
    period: i64,
    samples: Samples<'p>,
}

impl<'p> ProfileJson<'p> {
    fn of(profile: &'p Profile) -> Self {
        let text = |id: StringId| profile.text(id).into_owned();
        Self {
            schema: "goscope.profile/1",
            sample_types: profile
                .sample_types
                .iter()
                .map(|of| TypeJson { kind: text(of.kind), unit: text(of.unit) })
                .collect(),
            default_sample_type: text(profile.default_sample_type),
            time_nanos: profile.time_nanos,
            duration_nanos: profile.duration_nanos,
            period: profile.period,
            samples: Samples(profile),
        }
    }
}

#[derive(Serialize)]
struct TypeJson {
    #[serde(rename = "type")]
    kind: String,
    unit: String,
}

/// All samples, made one at a time while they are written.
struct Samples<'p>(&'p Profile);

impl Serialize for Samples<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.samples.len()))?;
        for sample in 0..self.0.samples.len() {
            let labels = self.0.samples.labels(sample).iter();
            list.serialize_element(&SampleJson {
                values: self.0.samples.values(sample),
                labels: labels.map(|label| LabelJson::of(self.0, label)).collect(),
                stack: frames(self.0, sample).collect(),
            })?;
        }
        list.end()
    }
}

#[derive(Serialize)]
struct SampleJson<'p> {
    values: &'p [i64],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<LabelJson>,
    stack: Vec<FrameJson>,
}

#[derive(Serialize)]
struct LabelJson {
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<i64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    unit: String,
}

impl LabelJson {
    fn of(profile: &Profile, label: &Label) -> Self {
        let text = |id: StringId| profile.text(id).into_owned();
        Self {
            key: text(label.key),
            text: (!label.is_numeric()).then(|| text(label.str)),
            number: label.is_numeric().then_some(label.num),
            unit: text(label.num_unit),
        }
    }
}

#[derive(Serialize)]
struct FrameJson {
    function: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    file: String,
    #[serde(skip_serializing_if = "is_zero")]
    line: i64,
    #[serde(skip_serializing_if = "is_zero")]
    address: u64,
}

fn is_zero<T: Default + PartialEq>(number: &T) -> bool {
    *number == T::default()
}

/// The frames of a sample, root first. Where no function is known there is an address.
fn frames(profile: &Profile, sample: usize) -> impl Iterator<Item = FrameJson> {
    let text = |id: StringId| profile.text(id).into_owned();
    let root_first = profile.samples.stack(sample).iter().rev();
    root_first.flat_map(move |&location| {
        let address = profile.locations.address(location);
        let lines = profile.locations.lines(location);
        let bare = lines.is_empty().then(|| FrameJson {
            function: format!("{address:#x}"),
            file: String::new(),
            line: 0,
            address,
        });
        let named = lines.iter().rev().map(move |line| {
            let function = &profile.functions[line.function.index()];
            FrameJson {
                function: text(function.name),
                file: text(function.filename),
                line: line.line,
                address,
            }
        });
        bare.into_iter().chain(named)
    })
}
