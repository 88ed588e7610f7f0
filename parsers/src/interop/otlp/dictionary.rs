//! The tables that all profiles of a message share.

use std::borrow::Cow;

use serde::Deserialize;

use super::any_value::{AnyValue, hex};
use super::fields::{Fields, Value};
use super::integers::{integer, integers};
use crate::error::ParseError;
use crate::interop::content::Budget;

/// `ProfilesDictionary`. Row 0 of each table stands for none.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Dictionary<'a> {
    pub(super) mapping_table: Vec<Mapping>,
    pub(super) location_table: Vec<Location>,
    pub(super) function_table: Vec<Function>,
    #[serde(borrow)]
    pub(super) link_table: Vec<Link<'a>>,
    #[serde(borrow)]
    pub(super) string_table: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) attribute_table: Vec<Attribute<'a>>,
    pub(super) stack_table: Vec<Stack>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Mapping {
    #[serde(deserialize_with = "integer")]
    pub(super) memory_start: u64,
    #[serde(deserialize_with = "integer")]
    pub(super) memory_limit: u64,
    #[serde(deserialize_with = "integer")]
    pub(super) file_offset: u64,
    #[serde(deserialize_with = "integer")]
    pub(super) filename_strindex: u32,
    #[serde(deserialize_with = "integers")]
    pub(super) attribute_indices: Vec<u32>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Location {
    #[serde(deserialize_with = "integer")]
    pub(super) mapping_index: u32,
    #[serde(deserialize_with = "integer")]
    pub(super) address: u64,
    // `line` up to 1.8.
    #[serde(alias = "line")]
    pub(super) lines: Vec<LineRow>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct LineRow {
    #[serde(deserialize_with = "integer")]
    pub(super) function_index: u32,
    #[serde(deserialize_with = "integer")]
    pub(super) line: i64,
    #[serde(deserialize_with = "integer")]
    pub(super) column: i64,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Function {
    #[serde(deserialize_with = "integer")]
    pub(super) name_strindex: u32,
    #[serde(deserialize_with = "integer")]
    pub(super) system_name_strindex: u32,
    #[serde(deserialize_with = "integer")]
    pub(super) filename_strindex: u32,
    #[serde(deserialize_with = "integer")]
    pub(super) start_line: i64,
}

/// Ids in hex.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Link<'a> {
    #[serde(borrow)]
    pub(super) trace_id: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) span_id: Cow<'a, str>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Attribute<'a> {
    #[serde(deserialize_with = "integer")]
    pub(super) key_strindex: u32,
    #[serde(borrow)]
    pub(super) value: AnyValue<'a>,
    #[serde(deserialize_with = "integer")]
    pub(super) unit_strindex: u32,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Stack {
    #[serde(deserialize_with = "integers")]
    pub(super) location_indices: Vec<u32>,
}

/// What a row of a table takes that has so many bytes in the file: strings are lent, a packed number has a byte there and
/// four here, a line six and 24.
fn row_bytes(table: u64, len: usize) -> usize {
    match table {
        1 => size_of::<Mapping>() + 4 * len,
        2 => size_of::<Location>() + 4 * len,
        3 => size_of::<Function>(),
        4 => size_of::<Link<'_>>() + 2 * len,
        5 => size_of::<Cow<'_, str>>(),
        6 => size_of::<Attribute<'_>>() + 2 * len,
        _ => size_of::<Stack>() + 4 * len,
    }
}

impl<'a> Dictionary<'a> {
    /// Adds what a message holds.
    pub(super) fn decode(&mut self, fields: Fields<'a>, budget: &mut Budget<'_>) -> Result<(), ParseError> {
        for field in fields {
            // The row that the file ends in is left out.
            let (number, Value::Bytes(row)) = field? else { continue };
            budget.take(row_bytes(number, row.rest().len()))?;
            match number {
                1 => self.mapping_table.push(mapping(row)?),
                2 => self.location_table.push(location(row)?),
                3 => self.function_table.push(function(row)?),
                4 => self.link_table.push(link(row)?),
                5 => self.string_table.push(String::from_utf8_lossy(row.rest())),
                6 => self.attribute_table.push(attribute(row)?),
                7 => self.stack_table.push(stack(row)?),
                _ => {}
            }
        }
        Ok(())
    }

    /// A string; empty if there is none.
    pub(super) fn string(&self, row: u32) -> &str {
        self.string_table.get(row as usize).map_or("", |text| text)
    }
}

fn mapping(fields: Fields<'_>) -> Result<Mapping, ParseError> {
    let mut mapping = Mapping::default();
    for field in fields {
        match field? {
            (1, value) => mapping.memory_start = value.integer(),
            (2, value) => mapping.memory_limit = value.integer(),
            (3, value) => mapping.file_offset = value.integer(),
            (4, value) => mapping.filename_strindex = value.row(),
            (5, value) => value.each_row(&mut mapping.attribute_indices),
            _ => {}
        }
    }
    Ok(mapping)
}

fn location(fields: Fields<'_>) -> Result<Location, ParseError> {
    let mut location = Location::default();
    for field in fields {
        match field? {
            (1, value) => location.mapping_index = value.row(),
            (2, value) => location.address = value.integer(),
            (3, Value::Bytes(row)) => location.lines.push(line(row)?),
            _ => {}
        }
    }
    Ok(location)
}

fn line(fields: Fields<'_>) -> Result<LineRow, ParseError> {
    let mut line = LineRow::default();
    for field in fields {
        match field? {
            (1, value) => line.function_index = value.row(),
            (2, value) => line.line = value.integer().cast_signed(),
            (3, value) => line.column = value.integer().cast_signed(),
            _ => {}
        }
    }
    Ok(line)
}

fn function(fields: Fields<'_>) -> Result<Function, ParseError> {
    let mut function = Function::default();
    for field in fields {
        match field? {
            (1, value) => function.name_strindex = value.row(),
            (2, value) => function.system_name_strindex = value.row(),
            (3, value) => function.filename_strindex = value.row(),
            (4, value) => function.start_line = value.integer().cast_signed(),
            _ => {}
        }
    }
    Ok(function)
}

fn link(fields: Fields<'_>) -> Result<Link<'static>, ParseError> {
    let mut link = Link::default();
    for field in fields {
        match field? {
            (1, Value::Bytes(id)) => link.trace_id = Cow::Owned(hex(id.rest())),
            (2, Value::Bytes(id)) => link.span_id = Cow::Owned(hex(id.rest())),
            _ => {}
        }
    }
    Ok(link)
}

fn attribute(fields: Fields<'_>) -> Result<Attribute<'_>, ParseError> {
    let mut attribute = Attribute::default();
    for field in fields {
        match field? {
            (1, value) => attribute.key_strindex = value.row(),
            (2, Value::Bytes(value)) => attribute.value = AnyValue::decode(value, 0)?,
            (3, value) => attribute.unit_strindex = value.row(),
            _ => {}
        }
    }
    Ok(attribute)
}

fn stack(fields: Fields<'_>) -> Result<Stack, ParseError> {
    let mut stack = Stack::default();
    for field in fields {
        if let (1, value) = field? {
            value.each_row(&mut stack.location_indices);
        }
    }
    Ok(stack)
}
