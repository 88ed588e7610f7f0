//! Values of attributes: texts, numbers and lists of them.

use std::borrow::Cow;

use serde::Deserialize;

use super::fields::{Fields, Value};
use super::integers::some_integer;
use crate::error::ParseError;

/// Lists in lists that are looked into.
const MAX_DEPTH: usize = 4;

/// A value as far as labels can hold it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum AnyValue<'a> {
    #[default]
    Empty,
    Text(Cow<'a, str>),
    /// A row of the table of strings.
    StringRow(u32),
    Int(i64),
    List(Vec<Self>),
}

impl<'a> AnyValue<'a> {
    /// Calls `take` for the value, or for each one of a list.
    pub(super) fn each(&self, take: &mut impl FnMut(&Self)) {
        match self {
            Self::Empty => {}
            Self::List(values) => values.iter().for_each(|value| value.each(take)),
            value => take(value),
        }
    }

    /// Reads a message.
    pub(super) fn decode(fields: Fields<'a>, depth: usize) -> Result<Self, ParseError> {
        let mut found = Self::Empty;
        for field in fields {
            let (number, value) = field?;
            found = match (number, value) {
                (1, Value::Bytes(text)) => Self::Text(String::from_utf8_lossy(text.rest())),
                (2, Value::Varint(number)) => Self::Text(Cow::Borrowed(truth(number != 0))),
                (3, Value::Varint(number)) => Self::Int(number.cast_signed()),
                (4, Value::Fixed64(bits)) => Self::Text(Cow::Owned(f64::from_bits(bits).to_string())),
                (5, Value::Bytes(list)) if depth < MAX_DEPTH => Self::decode_list(list, depth)?,
                (7, Value::Bytes(bytes)) => Self::Text(Cow::Owned(hex(bytes.rest()))),
                (8, Value::Varint(row)) => Self::StringRow(u32::try_from(row).unwrap_or(0)),
                _ => continue,
            };
        }
        Ok(found)
    }

    fn decode_list(fields: Fields<'a>, depth: usize) -> Result<Self, ParseError> {
        let mut list = Vec::new();
        for field in fields {
            if let (1, Value::Bytes(value)) = field? {
                list.push(Self::decode(value, depth + 1)?);
            }
        }
        Ok(Self::List(list))
    }
}

fn truth(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// Bytes as lower-case digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The same in JSON: an object with one member.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Json<'a> {
    #[serde(borrow)]
    string_value: Option<Cow<'a, str>>,
    bool_value: Option<bool>,
    #[serde(deserialize_with = "some_integer")]
    int_value: Option<i64>,
    double_value: Option<f64>,
    #[serde(borrow)]
    bytes_value: Option<Cow<'a, str>>,
    #[serde(deserialize_with = "some_integer")]
    string_value_strindex: Option<u32>,
    #[serde(borrow)]
    array_value: Option<JsonList<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct JsonList<'a> {
    #[serde(borrow)]
    values: Vec<AnyValue<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for AnyValue<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        let text = json.string_value.or(json.bytes_value).map(Self::Text);
        let number = json.int_value.map(Self::Int);
        let row = json.string_value_strindex.map(Self::StringRow);
        let truth = json.bool_value.map(|value| Self::Text(Cow::Borrowed(truth(value))));
        let real = json.double_value.map(|value| Self::Text(Cow::Owned(value.to_string())));
        let list = json.array_value.map(|list| Self::List(list.values));
        Ok(text.or(number).or(row).or(truth).or(real).or(list).unwrap_or_default())
    }
}
