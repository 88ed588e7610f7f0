//! What is said of a profile and of a resource beside their samples.

use std::borrow::Cow;

use serde::Deserialize;

use super::any_value::AnyValue;
use super::fields::{Fields, Value};
use super::integers::integer;
use crate::error::ParseError;
use crate::interop::content::Budget;

/// Type and unit of values, as rows of the table of strings.
#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct TypeRow {
    #[serde(deserialize_with = "integer")]
    pub(super) type_strindex: u32,
    #[serde(deserialize_with = "integer")]
    pub(super) unit_strindex: u32,
}

impl TypeRow {
    pub(super) fn decode(fields: Fields<'_>) -> Result<Self, ParseError> {
        let mut row = Self::default();
        for field in fields {
            match field? {
                (1, value) => row.type_strindex = value.row(),
                (2, value) => row.unit_strindex = value.row(),
                _ => {}
            }
        }
        Ok(row)
    }
}

/// A profile without its samples.
#[derive(Clone, Default)]
pub(super) struct Header {
    pub(super) sample_type: TypeRow,
    pub(super) time_nanos: u64,
    pub(super) duration_nanos: u64,
    pub(super) period_type: Option<TypeRow>,
    pub(super) period: i64,
    pub(super) attribute_rows: Vec<u32>,
}

/// An attribute of a resource.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct KeyValue<'a> {
    #[serde(borrow)]
    pub(super) key: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) value: AnyValue<'a>,
    #[serde(deserialize_with = "integer")]
    pub(super) key_strindex: u32,
}

impl<'a> KeyValue<'a> {
    /// The attributes of a resource.
    pub(super) fn decode_all(fields: Fields<'a>, budget: &mut Budget<'_>) -> Result<Vec<Self>, ParseError> {
        let mut all = Vec::new();
        for field in fields {
            if let (1, Value::Bytes(attribute)) = field? {
                budget.take(size_of::<Self>())?;
                all.push(Self::decode(attribute)?);
            }
        }
        Ok(all)
    }

    fn decode(fields: Fields<'a>) -> Result<Self, ParseError> {
        let mut found = Self::default();
        for field in fields {
            match field? {
                (1, Value::Bytes(key)) => found.key = String::from_utf8_lossy(key.rest()),
                (2, Value::Bytes(value)) => found.value = AnyValue::decode(value, 0)?,
                (3, value) => found.key_strindex = value.row(),
                _ => {}
            }
        }
        Ok(found)
    }
}
