//! One profile as one Parquet file, for DuckDB, Polars and everything else that reads columns: a row for each value of a sample.
//!
//! Nothing is merged, and the frames are in each row: easy to ask, and large. A store is for many profiles.

use std::io::{self, Write};
use std::sync::Arc;

use goscope_parsers::pprof::{Profile, StringId};
use parquet::errors::{ParquetError, Result};
use parquet::schema::parser::parse_message_type;

use crate::column::coded::Interner;
use crate::column::write::{Column, GROUP_ROWS, TableWriter, Values};

/// What a file says of itself.
const LABEL: &str = "profile/1";

const COLUMNS: &str = "message profile {
    required binary type (STRING);
    required int64 value;
    required group stack (LIST) { repeated group list { required binary element (STRING); } }
    required group labels (MAP) { repeated group key_value {
        required binary key (STRING); required binary value (STRING); } }
    required group num_labels (MAP) { repeated group key_value {
        required binary key (STRING); required int64 value; } } }";

/// Writes a row for each sample and type: `cpu/nanoseconds`, the value, the names of the functions (leaf first), labels. Values of
/// 0 are left out.
///
/// # Errors
/// Those of `out`.
pub fn write_parquet(profile: &Profile, out: &mut dyn Write) -> io::Result<()> {
    let bytes = packed(profile).map_err(|error| match error {
        ParquetError::External(error) => io::Error::other(error),
        error => io::Error::other(error.to_string()),
    })?;
    out.write_all(&bytes)
}

fn packed(profile: &Profile) -> Result<Vec<u8>> {
    let mut writer = TableWriter::with_schema(Arc::new(parse_message_type(COLUMNS)?), LABEL, Vec::new())?;
    let n_types = profile.sample_types.len();
    let all = (0..profile.samples.len()).flat_map(|sample| (0..n_types).map(move |kind| (sample, kind)));
    let rows: Vec<(usize, usize)> =
        all.filter(|&(sample, kind)| profile.samples.value(sample, kind) != 0).collect();
    // Files without a group of rows exist; some readers do not expect them.
    if rows.is_empty() {
        Rows::default().write(&mut writer)?;
    }
    for rows in rows.chunks(GROUP_ROWS) {
        Rows::of(profile, rows).write(&mut writer)?;
    }
    writer.finish()
}

/// Some rows, as columns.
#[derive(Default)]
struct Rows {
    texts: Interner<String>,
    types: Vec<u32>,
    values: Vec<i64>,
    frames: Vec<u32>,
    frame_ends: Vec<usize>,
    keys: Vec<u32>,
    label_texts: Vec<u32>,
    label_ends: Vec<usize>,
    number_keys: Vec<u32>,
    numbers: Vec<i64>,
    number_ends: Vec<usize>,
}

impl Rows {
    fn of(profile: &Profile, rows: &[(usize, usize)]) -> Self {
        let mut columns = Self::default();
        for &(sample, kind) in rows {
            let of = profile.sample_types[kind];
            let name = format!("{}/{}", profile.text(of.kind), profile.text(of.unit));
            let code = columns.texts.code(&name);
            columns.types.push(code);
            columns.values.push(profile.samples.value(sample, kind));
            columns.push_stack(profile, sample);
            columns.push_labels(profile, sample);
        }
        columns
    }

    fn code(&mut self, profile: &Profile, id: StringId) -> u32 {
        self.texts.code(&profile.text(id).into_owned())
    }

    fn push_stack(&mut self, profile: &Profile, sample: usize) {
        for &location in profile.samples.stack(sample) {
            for line in profile.locations.lines(location) {
                let name = profile.functions.get(line.function.index()).map(|it| it.name).unwrap_or_default();
                let code = self.code(profile, name);
                self.frames.push(code);
            }
            if profile.locations.lines(location).is_empty() {
                let code = self.texts.code(&format!("{:#x}", profile.locations.address(location)));
                self.frames.push(code);
            }
        }
        self.frame_ends.push(self.frames.len());
    }

    fn push_labels(&mut self, profile: &Profile, sample: usize) {
        for label in profile.samples.labels(sample) {
            let key = self.code(profile, label.key);
            if label.is_numeric() {
                self.number_keys.push(key);
                self.numbers.push(label.num);
            } else {
                self.keys.push(key);
                let text = self.code(profile, label.str);
                self.label_texts.push(text);
            }
        }
        self.label_ends.push(self.keys.len());
        self.number_ends.push(self.numbers.len());
    }

    fn write(&self, writer: &mut TableWriter<Vec<u8>>) -> Result<()> {
        let texts = self.texts.values();
        let nested = |values, ends| Column { values, ends: Some(ends) };
        writer.group(&[
            Values::Text(&self.types, texts).into(),
            Values::Int64(&self.values).into(),
            nested(Values::Text(&self.frames, texts), &self.frame_ends),
            nested(Values::Text(&self.keys, texts), &self.label_ends),
            nested(Values::Text(&self.label_texts, texts), &self.label_ends),
            nested(Values::Text(&self.number_keys, texts), &self.number_ends),
            nested(Values::Int64(&self.numbers), &self.number_ends),
        ])
    }
}
