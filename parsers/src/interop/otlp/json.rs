//! JSON to a profile: what names say here, numbers say in protobuf.

use serde::Deserialize;

use super::FORMAT;
use super::build::build;
use super::collect::{Collector, Sample};
use super::dictionary::Dictionary;
use super::header::{Header, KeyValue, TypeRow};
use super::integers::{integer, integers};
use crate::error::ParseError;
use crate::interop::content::{Content, malformed};
use crate::pprof::Profile;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Data<'a> {
    #[serde(borrow)]
    resource_profiles: Vec<ResourceProfiles<'a>>,
    #[serde(borrow)]
    dictionary: Dictionary<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ResourceProfiles<'a> {
    #[serde(borrow)]
    resource: Resource<'a>,
    scope_profiles: Vec<ScopeProfiles>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Resource<'a> {
    #[serde(borrow)]
    attributes: Vec<KeyValue<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ScopeProfiles {
    profiles: Vec<OneProfile>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct OneProfile {
    sample_type: TypeRow,
    // `sample` up to 1.8.
    #[serde(alias = "sample")]
    samples: Vec<OneSample>,
    #[serde(deserialize_with = "integer")]
    time_unix_nano: u64,
    #[serde(deserialize_with = "integer")]
    duration_nano: u64,
    period_type: Option<TypeRow>,
    #[serde(deserialize_with = "integer")]
    period: i64,
    #[serde(deserialize_with = "integers")]
    attribute_indices: Vec<u32>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct OneSample {
    #[serde(deserialize_with = "integer")]
    stack_index: u32,
    #[serde(deserialize_with = "integers")]
    attribute_indices: Vec<u32>,
    #[serde(deserialize_with = "integer")]
    link_index: u32,
    #[serde(deserialize_with = "integers")]
    values: Vec<i64>,
    #[serde(deserialize_with = "integers")]
    timestamps_unix_nano: Vec<u64>,
}

/// Reads OTLP profiles from JSON.
///
/// # Errors
/// [`ParseError::Foreign`] for what breaks the format, [`ParseError::Memory`], [`ParseError::Cancelled`].
pub(crate) fn parse_otlp_json(
    content: &Content<'_>,
    warnings: &mut Vec<String>,
) -> Result<Profile, ParseError> {
    content.allow_json()?;
    // A collector's file exporter writes an object a line.
    let mut lines = serde_json::Deserializer::from_slice(content.bytes).into_iter::<Data<'_>>();
    let mut all = Vec::new();
    loop {
        match lines.next() {
            None => break,
            Some(Ok(data)) => all.push(data),
            // The last line of a file that is still being written.
            Some(Err(error)) if error.is_eof() && !all.is_empty() => {
                warnings
                    .push("the file is cut off: what comes before its last line has been read".to_owned());
                break;
            }
            Some(Err(error)) => return Err(malformed(FORMAT, error.to_string())),
        }
    }
    let mut collector = Collector::new(content);
    for data in &all {
        let tables = collector.add_tables(&data.dictionary);
        for resource in &data.resource_profiles {
            collector.add_resource(tables, &resource.resource.attributes);
            for scope in &resource.scope_profiles {
                for profile in &scope.profiles {
                    let group = collector.group(tables, &profile.header())?;
                    let mut sample = Sample::default();
                    for one in &profile.samples {
                        one.copy_to(&mut sample)?;
                        collector.add(group, &mut sample)?;
                    }
                }
                collector.end_scope();
            }
        }
    }
    build(&collector)
}

impl OneProfile {
    fn header(&self) -> Header {
        Header {
            sample_type: self.sample_type,
            time_nanos: self.time_unix_nano,
            duration_nanos: self.duration_nano,
            period_type: self.period_type,
            period: self.period,
            attribute_rows: self.attribute_indices.clone(),
        }
    }
}

impl OneSample {
    fn copy_to(&self, sample: &mut Sample) -> Result<(), ParseError> {
        sample.clear();
        sample.stack = self.stack_index;
        sample.attributes.extend_from_slice(&self.attribute_indices);
        sample.link = self.link_index;
        let sum = self.values.iter().try_fold(0_i64, |sum, &value| sum.checked_add(value));
        let times = i64::try_from(self.timestamps_unix_nano.len()).ok();
        let value = if self.values.is_empty() { times } else { sum };
        sample.value =
            value.ok_or_else(|| malformed(FORMAT, "the values of a sample add up to more than 64 bits"))?;
        Ok(())
    }
}
