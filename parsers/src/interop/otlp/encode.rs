//! A profile to OTLP, proto 1.10 and later: the dictionary, then one `Profile` for each sample type, the default one first.
//!
//! Samples of equal identity are added up, and rows that count nothing of a type are left out of its `Profile`. Flags of
//! mappings and folded locations have no place in the format.

use std::collections::HashMap;
use std::io::{self, Write};

use prost::encoding::{WireType, encode_key, encode_varint};

use super::build::{COMMENT, DOC_URL, DROP_FRAMES, KEEP_FRAMES};
use super::encode_tables::{Tables, resource_attribute};
use crate::interop::message::Message;
use crate::pprof::{Profile, StringId};

/// Writes a profile as OTLP profiles (`ProfilesData`, protobuf, not compressed).
///
/// # Errors
/// Those of `out`.
pub fn write_otlp(profile: &Profile, out: &mut dyn Write) -> io::Result<()> {
    let mut tables = Tables::of(profile);
    let rows = Rows::of(profile, &mut tables);
    let mut resource = Message::default();
    let mut comments = Vec::new();
    for &comment in &profile.comments {
        match resource_attribute(&profile.text(comment)) {
            Some(attribute) => {
                resource.message(1, &attribute);
            }
            None => comments.push(comment),
        }
    }
    let end = end_of_profiles(profile, &comments, &mut tables);
    let types: Vec<Message> = profile.sample_types.iter().map(|&row| tables.value_type(row)).collect();
    put(2, &tables.finish(), out)?;
    let mut scope = Message::default();
    for column in order(profile) {
        let mut message = Message::default();
        message.message(1, &types[column]);
        rows.put_samples(column, &mut message);
        message.append(&end);
        scope.message(2, &message);
    }
    let mut resource_profiles = Message::default();
    resource_profiles.message(1, &resource).message(2, &scope);
    put(1, &resource_profiles, out)
}

fn put(number: u32, message: &Message, out: &mut dyn Write) -> io::Result<()> {
    let mut head = Vec::new();
    encode_key(number, WireType::LengthDelimited, &mut head);
    encode_varint(message.bytes().len() as u64, &mut head);
    out.write_all(&head)?;
    out.write_all(message.bytes())
}

/// The columns, the default one first: viewers show the first profile.
fn order(profile: &Profile) -> Vec<usize> {
    let types = &profile.sample_types;
    let wanted = profile.text(profile.default_sample_type);
    let default = types.iter().position(|row| !wanted.is_empty() && profile.text(row.kind) == wanted);
    let default = default.unwrap_or(types.len().saturating_sub(1));
    let others = (0..types.len()).filter(|&column| column != default);
    std::iter::once(default).filter(|&column| column < types.len()).chain(others).collect()
}

/// What stands behind the samples of each profile.
fn end_of_profiles(profile: &Profile, comments: &[StringId], tables: &mut Tables<'_>) -> Message {
    let mut end = Message::default();
    end.fixed64(3, profile.time_nanos.max(0).cast_unsigned());
    end.integer(4, profile.duration_nanos.max(0).cast_unsigned());
    if let Some(period_type) = profile.period_type {
        let row = tables.value_type(period_type);
        end.message(5, &row);
    }
    end.signed(6, profile.period);
    let mut attributes = Vec::new();
    if !comments.is_empty() {
        attributes.push(tables.texts_attribute(COMMENT, comments));
    }
    for (key, text) in
        [(DROP_FRAMES, profile.drop_frames), (KEEP_FRAMES, profile.keep_frames), (DOC_URL, profile.doc_url)]
    {
        if text.0 != 0 {
            attributes.push(tables.texts_attribute(key, &[text]));
        }
    }
    end.packed(11, attributes.into_iter().map(u64::from));
    end
}

/// Samples by identity.
struct Rows {
    /// The fields of each but its values.
    heads: Vec<Message>,
    /// Row-major.
    values: Vec<i64>,
    n_types: usize,
}

impl Rows {
    fn of(profile: &Profile, tables: &mut Tables<'_>) -> Self {
        let samples = &profile.samples;
        let n_types = samples.n_types();
        let mut rows = Self { heads: Vec::new(), values: Vec::new(), n_types };
        let mut known: HashMap<(u32, Vec<u32>, u32), usize> = HashMap::new();
        for sample in 0..samples.len() {
            let stack = tables.stack(samples.stack(sample));
            let (attributes, link) = tables.labels(samples.labels(sample));
            let identity = (stack, attributes, link);
            let row = match known.get(&identity) {
                Some(&row) if rows.add(row, samples.values(sample)) => continue,
                // What 64 bits do not hold together stays apart: readers add as they can.
                _ => rows.heads.len(),
            };
            let mut head = Message::default();
            head.integer(1, stack.into())
                .packed(2, identity.1.iter().map(|&row| row.into()))
                .integer(3, link.into());
            rows.heads.push(head);
            rows.values.extend_from_slice(samples.values(sample));
            known.insert(identity, row);
        }
        rows
    }

    /// Adds values to a row; `false` if that is not possible.
    fn add(&mut self, row: usize, values: &[i64]) -> bool {
        let Some(sums) = self.values.get_mut(row * self.n_types..(row + 1) * self.n_types) else {
            return false;
        };
        if sums.iter().zip(values).any(|(sum, value)| sum.checked_add(*value).is_none()) {
            return false;
        }
        sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        true
    }

    fn put_samples(&self, column: usize, out: &mut Message) {
        let mut sample = Message::default();
        let values = self.values.chunks(self.n_types.max(1)).map(|row| row.get(column).copied().unwrap_or(0));
        for (head, value) in self.heads.iter().zip(values).filter(|(_, value)| *value != 0) {
            sample.clear();
            sample.append(head).packed(4, std::iter::once(value.cast_unsigned()));
            out.message(2, &sample);
        }
    }
}
