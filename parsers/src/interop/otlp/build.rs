//! Collected rows to a profile: tables of the dictionary become ours, attributes become labels and comments.

use std::collections::{BTreeMap, HashMap};

use super::FORMAT;
use super::any_value::AnyValue;
use super::collect::{Collector, Row};
use super::dictionary::{Attribute, Dictionary};
use crate::error::ParseError;
use crate::interop::assembly::Assembly;
use crate::interop::content::malformed;
use crate::pprof::{Label, Line, LocationId, MappingId, Profile, StringId};

/// Attributes of a profile that stand for fields of profile.proto, as semantic conventions name them.
pub(super) const COMMENT: &str = "pprof.profile.comment";
pub(super) const DROP_FRAMES: &str = "pprof.profile.drop_frames";
pub(super) const KEEP_FRAMES: &str = "pprof.profile.keep_frames";
pub(super) const DOC_URL: &str = "pprof.profile.doc_url";
/// The beginning of the keys under which mappings have their build ids.
pub(super) const BUILD_ID: &str = "process.executable.build_id.";

/// Builds the profile.
///
/// # Errors
/// [`ParseError::Foreign`] for a row that is not there, [`ParseError::Memory`], [`ParseError::Cancelled`].
pub(super) fn build(collector: &Collector<'_>) -> Result<Profile, ParseError> {
    if collector.types.is_empty() {
        return Err(malformed(FORMAT, "there is no profile in it"));
    }
    let order = order(&collector.types);
    let in_file: Vec<(&str, &str)> =
        collector.types.iter().map(|(kind, unit)| (kind.as_str(), unit.as_str())).collect();
    let types: Vec<(&str, &str)> = order.iter().map(|&column| in_file[column]).collect();
    let mut builder = Builder {
        collector,
        assembly: Assembly::new(collector.content, &types),
        mappings: HashMap::new(),
        locations: HashMap::new(),
    };
    let labels = builder.resources();
    let (mut values, mut stack, mut sample_labels) = (Vec::new(), Vec::new(), Vec::new());
    for row in &collector.rows {
        values.clear();
        values.extend(order.iter().map(|&column| row.values.get(column).copied().unwrap_or(0)));
        builder.stack(row, &mut stack)?;
        sample_labels.clear();
        builder.labels(row, &mut sample_labels)?;
        sample_labels.extend_from_slice(labels.get(row.resource).map_or(&[], Vec::as_slice));
        builder.assembly.sample(&values, &stack, &sample_labels)?;
    }
    builder.header();
    builder.assembly.set_default_type(in_file.first().map_or("", |first| first.0));
    Ok(builder.assembly.finish())
}

/// The orders in which Go's profiles have their types. In OTLP the one to show comes first; but a mean is what the second one
/// is divided by the first.
const GO_ORDERS: [&[&str]; 3] = [
    &["samples", "cpu"],
    &["contentions", "delay"],
    &["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"],
];

/// Which column of the file each column of the profile is.
fn order(types: &[(String, String)]) -> Vec<usize> {
    let column = |kind: &&str| types.iter().position(|(known, _)| known == kind);
    let known = GO_ORDERS.iter().filter(|order| order.len() == types.len());
    let mut orders = known.filter_map(|order| order.iter().map(column).collect());
    orders.next().unwrap_or_else(|| (0..types.len()).collect())
}

struct Builder<'b> {
    collector: &'b Collector<'b>,
    assembly: Assembly<'b>,
    /// By tables and row.
    mappings: HashMap<(usize, u32), MappingId>,
    locations: HashMap<(usize, u32), LocationId>,
}

impl Builder<'_> {
    /// Makes comments of what all resources share, and gives for each the labels that tell it apart.
    fn resources(&mut self) -> Vec<Vec<Label>> {
        let resources = &self.collector.resources;
        let texts: Vec<BTreeMap<String, String>> = resources
            .iter()
            .map(|resource| {
                let tables = self.collector.tables[resource.tables];
                let key = |attribute: &super::header::KeyValue<'_>| match attribute.key.is_empty() {
                    true => tables.string(attribute.key_strindex).to_owned(),
                    false => attribute.key.clone().into_owned(),
                };
                let text = |value: &AnyValue<'_>| joined(value, tables);
                resource.attributes.iter().map(|attribute| (key(attribute), text(&attribute.value))).collect()
            })
            .collect();
        let is_shared = |key: &str, text: &str| {
            texts.iter().all(|other| other.get(key).is_some_and(|other| other == text))
        };
        if let Some(first) = texts.first() {
            for (key, text) in first.iter().filter(|(key, text)| is_shared(key, text)) {
                let comment = self.assembly.builder.string(&format!("{key}={text}"));
                self.assembly.builder.header().comments.push(comment);
            }
        }
        let builder = &mut self.assembly.builder;
        let mut labels = Vec::new();
        for resource in &texts {
            let own = resource.iter().filter(|(key, text)| !is_shared(key, text));
            labels.push(own.map(|(key, text)| builder.string_label(key, text)).collect());
        }
        labels
    }

    fn stack(&mut self, row: &Row, stack: &mut Vec<LocationId>) -> Result<(), ParseError> {
        stack.clear();
        let tables = self.collector.tables[row.tables];
        if row.stack == 0 {
            return Ok(());
        }
        let found = tables.stack_table.get(row.stack as usize);
        let found = found.ok_or_else(|| missing("stack", row.stack, tables.stack_table.len()))?;
        for &location in found.location_indices.iter().filter(|&&location| location != 0) {
            stack.push(self.location(row.tables, location)?);
        }
        Ok(())
    }

    fn location(&mut self, number: usize, row: u32) -> Result<LocationId, ParseError> {
        if let Some(&location) = self.locations.get(&(number, row)) {
            return Ok(location);
        }
        let tables = self.collector.tables[number];
        let found = tables.location_table.get(row as usize);
        let found = found.ok_or_else(|| missing("location", row, tables.location_table.len()))?;
        let mapping = self.mapping(number, found.mapping_index)?;
        let mut lines = Vec::with_capacity(found.lines.len());
        for line in found.lines.iter().filter(|line| line.function_index != 0) {
            let function = tables.function_table.get(line.function_index as usize);
            let function = function
                .ok_or_else(|| missing("function", line.function_index, tables.function_table.len()))?;
            let name = match tables.string(function.name_strindex) {
                "" => tables.string(function.system_name_strindex),
                name => name,
            };
            let file = tables.string(function.filename_strindex);
            let function = self.assembly.builder.function(name, file, function.start_line);
            lines.push(Line { function, line: line.line, column: line.column });
        }
        let location = self.assembly.builder.location(mapping, found.address, &lines);
        self.locations.insert((number, row), location);
        Ok(location)
    }

    fn mapping(&mut self, number: usize, row: u32) -> Result<Option<MappingId>, ParseError> {
        if row == 0 {
            return Ok(None);
        }
        if let Some(&mapping) = self.mappings.get(&(number, row)) {
            return Ok(Some(mapping));
        }
        let tables = self.collector.tables[number];
        let found = tables.mapping_table.get(row as usize);
        let found = found.ok_or_else(|| missing("mapping", row, tables.mapping_table.len()))?;
        let mut build_id = String::new();
        for &attribute in &found.attribute_indices {
            let attribute = self.attribute(tables, attribute)?;
            if tables.string(attribute.key_strindex).starts_with(BUILD_ID) && build_id.is_empty() {
                build_id = joined(&attribute.value, tables);
            }
        }
        let file = tables.string(found.filename_strindex);
        let (start, limit, offset) = (found.memory_start, found.memory_limit, found.file_offset);
        let mapping = self.assembly.builder.mapping(start, limit, offset, file, &build_id);
        self.mappings.insert((number, row), mapping);
        Ok(Some(mapping))
    }

    fn attribute<'d>(&self, tables: &'d Dictionary<'d>, row: u32) -> Result<&'d Attribute<'d>, ParseError> {
        let found = tables.attribute_table.get(row as usize);
        found.ok_or_else(|| missing("attribute", row, tables.attribute_table.len()))
    }

    fn labels(&mut self, row: &Row, labels: &mut Vec<Label>) -> Result<(), ParseError> {
        let tables = self.collector.tables[row.tables];
        for &attribute in self.collector.attributes(row) {
            let attribute = self.attribute(tables, attribute)?;
            let (key, unit) = (tables.string(attribute.key_strindex), tables.string(attribute.unit_strindex));
            let builder = &mut self.assembly.builder;
            attribute.value.each(&mut |value| {
                labels.push(match value {
                    AnyValue::Int(number) => builder.numeric_label(key, *number, unit),
                    AnyValue::StringRow(row) => builder.string_label(key, tables.string(*row)),
                    AnyValue::Text(text) => builder.string_label(key, text),
                    AnyValue::Empty | AnyValue::List(_) => Label::default(),
                });
            });
        }
        if row.link != 0 {
            let link = tables.link_table.get(row.link as usize);
            let link = link.ok_or_else(|| missing("link", row.link, tables.link_table.len()))?;
            for (key, id) in [("trace_id", &link.trace_id), ("span_id", &link.span_id)] {
                if id.bytes().any(|digit| digit != b'0') {
                    labels.push(self.assembly.builder.string_label(key, id));
                }
            }
        }
        Ok(())
    }

    /// Time, period, and what semantic conventions keep of profile.proto.
    fn header(&mut self) {
        let builder = &mut self.assembly.builder;
        let nanos = |nanos: u64| i64::try_from(nanos).unwrap_or(0);
        builder.header().time_nanos = self.collector.first_nanos.map_or(0, nanos);
        builder.header().duration_nanos = nanos(self.collector.longest_nanos);
        let Some((tables, first)) = &self.collector.first_header else { return };
        let tables = self.collector.tables[*tables];
        if let Some(period_type) = first.period_type {
            let (kind, unit) =
                (tables.string(period_type.type_strindex), tables.string(period_type.unit_strindex));
            builder.header().period_type = Some(builder.value_type(kind, unit));
        }
        builder.header().period = first.period;
        for &row in &first.attribute_rows {
            let Some(attribute) = tables.attribute_table.get(row as usize) else { continue };
            let mut texts: Vec<StringId> = Vec::new();
            attribute.value.each(&mut |value| texts.push(builder.string(&joined(value, tables))));
            let header = builder.header();
            let last = texts.last().copied().unwrap_or_default();
            match tables.string(attribute.key_strindex) {
                COMMENT => header.comments.extend(texts),
                DROP_FRAMES => header.drop_frames = last,
                KEEP_FRAMES => header.keep_frames = last,
                DOC_URL => header.doc_url = last,
                _ => {}
            }
        }
    }
}

/// A value as one text.
fn joined(value: &AnyValue<'_>, tables: &Dictionary<'_>) -> String {
    let mut texts = Vec::new();
    value.each(&mut |value| {
        texts.push(match value {
            AnyValue::Text(text) => text.clone().into_owned(),
            AnyValue::StringRow(row) => tables.string(*row).to_owned(),
            AnyValue::Int(number) => number.to_string(),
            AnyValue::Empty | AnyValue::List(_) => String::new(),
        });
    });
    texts.join(", ")
}

fn missing(table: &str, row: u32, len: usize) -> ParseError {
    malformed(
        FORMAT,
        format!("{table} {row} is not there: the table has {len} rows; the file may be cut off"),
    )
}
