//! Protobuf to a profile: once over everything for the headers and the order of fields, once more for the samples.

use super::FORMAT;
use super::build::build;
use super::collect::{Collector, Group, Sample};
use super::dictionary::Dictionary;
use super::fields::{CutOff, Fields, Value};
use super::header::{Header, KeyValue, TypeRow};
use super::sample_layout::{Hints, Layout};
use super::shape::framed;
use crate::error::ParseError;
use crate::interop::content::{Budget, Content, malformed};
use crate::pprof::Profile;

/// Messages in a file that a collector wrote, one after the other.
const MAX_MESSAGES: usize = 100_000;

/// Reads OTLP profiles from protobuf.
///
/// # Errors
/// [`ParseError::Foreign`] for what breaks the format, [`ParseError::Memory`], [`ParseError::Cancelled`].
pub(crate) fn parse_otlp(content: &Content<'_>, warnings: &mut Vec<String>) -> Result<Profile, ParseError> {
    let cut_off = CutOff::default();
    let messages = messages(content.bytes, &cut_off);
    let mut data = Vec::new();
    let mut budget = Budget::new(content);
    for message in messages {
        data.push(Data::decode(message, &mut budget)?);
    }
    if cut_off.is_set() {
        warnings.push("the file is cut off: what comes before its end has been read".to_owned());
    }
    let mut collector = Collector::new(content);
    for data in &data {
        data.collect(&mut collector)?;
    }
    build(&collector)
}

/// The messages in a file: one, or several with their lengths before them.
fn messages<'a>(bytes: &'a [u8], cut_off: &'a CutOff) -> Vec<Fields<'a>> {
    // No message begins with a field 0, and no length of less than 16 MiB with anything else.
    if bytes.first() != Some(&0) {
        return vec![Fields::of_message(bytes, 0, cut_off)];
    }
    let mut messages = Vec::new();
    let mut rest = bytes;
    while let (Some(after), true) = (framed(rest), messages.len() < MAX_MESSAGES) {
        let len = rest.first_chunk::<4>().map_or(0, |len| u32::from_be_bytes(*len) as usize);
        let (message, next) = after.split_at_checked(len).unwrap_or((after, &[]));
        messages.push(Fields::of_message(message, next.len(), cut_off));
        rest = next;
    }
    messages
}

/// A message `ProfilesData`: its dictionary, its resources, and how its samples are written.
struct Data<'a> {
    dictionary: Dictionary<'a>,
    resources: Vec<Resource<'a>>,
    layout: Layout,
}

struct Resource<'a> {
    attributes: Vec<KeyValue<'a>>,
    /// For each scope its profiles.
    scopes: Vec<Vec<OneProfile<'a>>>,
}

struct OneProfile<'a> {
    header: Header,
    /// Their fields.
    fields: Fields<'a>,
}

impl<'a> Data<'a> {
    fn decode(message: Fields<'a>, budget: &mut Budget<'_>) -> Result<Self, ParseError> {
        let mut dictionary = Dictionary::default();
        let mut resources = Vec::new();
        for field in message {
            match field? {
                (1, Value::Bytes(resource) | Value::Cut(resource)) => {
                    resources.push(Resource::decode(resource, budget)?);
                }
                (2, Value::Bytes(tables) | Value::Cut(tables)) => dictionary.decode(tables, budget)?,
                (3..=8, _) => return Err(too_old()),
                _ => {}
            }
        }
        let mut hints = Hints::default();
        let scopes = resources.iter().flat_map(|resource: &Resource<'_>| &resource.scopes);
        for profile in scopes.flatten() {
            for field in profile.fields {
                match field? {
                    (2, Value::Bytes(sample)) => hints.note(sample, dictionary.attribute_table.len())?,
                    (8, Value::Bytes(_)) => hints.note_old(),
                    _ => {}
                }
            }
        }
        Ok(Self { dictionary, resources, layout: hints.layout() })
    }

    fn collect(&'a self, collector: &mut Collector<'a>) -> Result<(), ParseError> {
        let tables = collector.add_tables(&self.dictionary);
        for resource in &self.resources {
            collector.add_resource(tables, &resource.attributes);
            for scope in &resource.scopes {
                for profile in scope {
                    let group = collector.group(tables, &profile.header)?;
                    profile.collect(self.layout, group, collector)?;
                }
                collector.end_scope();
            }
        }
        Ok(())
    }
}

impl<'a> Resource<'a> {
    fn decode(message: Fields<'a>, budget: &mut Budget<'_>) -> Result<Self, ParseError> {
        budget.take(size_of::<Self>())?;
        let (mut attributes, mut scopes) = (Vec::new(), Vec::new());
        for field in message {
            match field? {
                (1, Value::Bytes(resource)) => attributes = KeyValue::decode_all(resource, budget)?,
                (2, Value::Bytes(scope) | Value::Cut(scope)) => scopes.push(profiles(scope, budget)?),
                _ => {}
            }
        }
        Ok(Self { attributes, scopes })
    }
}

fn profiles<'a>(scope: Fields<'a>, budget: &mut Budget<'_>) -> Result<Vec<OneProfile<'a>>, ParseError> {
    budget.take(size_of::<Vec<OneProfile<'_>>>())?;
    let mut profiles = Vec::new();
    for field in scope {
        if let (2, Value::Bytes(fields) | Value::Cut(fields)) = field? {
            budget.take(size_of::<OneProfile<'_>>())?;
            profiles.push(OneProfile { header: header(fields)?, fields });
        }
    }
    Ok(profiles)
}

fn header(fields: Fields<'_>) -> Result<Header, ParseError> {
    let mut header = Header::default();
    for field in fields {
        match field? {
            (1, Value::Bytes(row)) => header.sample_type = TypeRow::decode(row)?,
            (3, Value::Bytes(_)) => return Err(too_old()),
            (3, value) => header.time_nanos = value.integer(),
            (4, value) => header.duration_nanos = value.integer(),
            (5, Value::Bytes(row)) => header.period_type = Some(TypeRow::decode(row)?),
            (6, value) => header.period = value.integer().cast_signed(),
            // 12 up to 1.8, where 11 was the bytes of another format.
            (11, value) => value.each_row(&mut header.attribute_rows),
            _ => {}
        }
    }
    Ok(header)
}

impl OneProfile<'_> {
    fn collect(&self, layout: Layout, group: Group, collector: &mut Collector<'_>) -> Result<(), ParseError> {
        let mut sample = Sample::default();
        for field in self.fields {
            if let (2, Value::Bytes(message)) = field? {
                decode_sample(message, layout, &mut sample)?;
                collector.add(group, &mut sample)?;
            }
        }
        Ok(())
    }
}

fn decode_sample(message: Fields<'_>, layout: Layout, sample: &mut Sample) -> Result<(), ParseError> {
    sample.clear();
    let mut n_values = 0_u64;
    let mut sum = Some(0_i64);
    let mut n_times = 0_u64;
    let (attributes, link, values) = match layout {
        Layout::Old => (3, 4, 2),
        Layout::New => (2, 3, 4),
    };
    for field in message {
        match field? {
            (1, value) => sample.stack = value.row(),
            (number, value) if number == attributes => value.each_row(&mut sample.attributes),
            (number, value) if number == link => sample.link = value.row(),
            (number, value) if number == values => value.each_integer(|value| {
                n_values += 1;
                sum = sum.and_then(|sum| sum.checked_add(value.cast_signed()));
            }),
            (5, Value::Bytes(times)) => n_times += times.rest().len() as u64 / 8,
            (5, _) => n_times += 1,
            _ => {}
        }
    }
    let times = i64::try_from(n_times).ok();
    let value = if n_values > 0 { sum } else { times };
    sample.value =
        value.ok_or_else(|| malformed(FORMAT, "the values of a sample add up to more than 64 bits"))?;
    Ok(())
}

fn too_old() -> ParseError {
    malformed(FORMAT, "it is of proto 1.7 or earlier; goscope reads 1.8 and later")
}
