//! The dictionary on its way out: each row once, equal rows found by their bytes.

use std::collections::HashMap;

use super::build::BUILD_ID;
use crate::interop::message::Message;
use crate::pprof::{Label, LocationId, Profile, StringId, ValueType};

/// One table: its rows, encoded, row 0 being empty.
struct Table {
    number: u32,
    rows: Message,
    n_rows: u32,
    known: HashMap<Box<[u8]>, u32>,
}

impl Table {
    fn new(number: u32) -> Self {
        let mut table = Self { number, rows: Message::default(), n_rows: 0, known: HashMap::new() };
        table.row(&[]);
        table
    }

    /// The number of a row.
    fn row(&mut self, bytes: &[u8]) -> u32 {
        if let Some(&row) = self.known.get(bytes) {
            return row;
        }
        let row = self.push(bytes);
        self.known.insert(bytes.into(), row);
        row
    }

    /// Appends a row without looking for an equal one.
    fn push(&mut self, bytes: &[u8]) -> u32 {
        self.rows.put(self.number, bytes);
        self.n_rows += 1;
        self.n_rows - 1
    }
}

/// All tables of the dictionary.
pub(super) struct Tables<'p> {
    profile: &'p Profile,
    mappings: Table,
    locations: Table,
    functions: Table,
    links: Table,
    strings: Table,
    attributes: Table,
    stacks: Table,
    /// The attributes of labels that have been seen.
    of_label: HashMap<Label, u32>,
}

impl<'p> Tables<'p> {
    /// Tables with the mappings, functions and locations of a profile, each one row further than there.
    pub(super) fn of(profile: &'p Profile) -> Self {
        let mut tables = Self {
            profile,
            mappings: Table::new(1),
            locations: Table::new(2),
            functions: Table::new(3),
            links: Table::new(4),
            strings: Table::new(5),
            attributes: Table::new(6),
            stacks: Table::new(7),
            of_label: HashMap::new(),
        };
        tables.put_mappings();
        tables.put_functions();
        tables.put_locations();
        tables
    }

    /// The dictionary.
    pub(super) fn finish(self) -> Message {
        let mut dictionary = Message::default();
        for table in [
            self.mappings,
            self.locations,
            self.functions,
            self.links,
            self.strings,
            self.attributes,
            self.stacks,
        ] {
            dictionary.append(&table.rows);
        }
        dictionary
    }

    fn put_mappings(&mut self) {
        for mapping in &self.profile.mappings {
            let build_id = self.profile.text(mapping.build_id);
            let attribute = (!build_id.is_empty()).then(|| {
                // The linker's is a number, Go's has several parts.
                let kind = if build_id.bytes().all(|byte| byte.is_ascii_hexdigit()) { "gnu" } else { "go" };
                self.texts_attribute(&format!("{BUILD_ID}{kind}"), &[mapping.build_id])
            });
            let mut row = Message::default();
            row.integer(1, mapping.memory_start)
                .integer(2, mapping.memory_limit)
                .integer(3, mapping.file_offset)
                .integer(4, self.string(mapping.filename).into())
                .packed(5, attribute.into_iter().map(u64::from));
            self.mappings.push(row.bytes());
        }
    }

    fn put_functions(&mut self) {
        for function in &self.profile.functions {
            let mut row = Message::default();
            row.integer(1, self.string(function.name).into())
                .integer(2, self.string(function.system_name).into())
                .integer(3, self.string(function.filename).into())
                .signed(4, function.start_line);
            self.functions.push(row.bytes());
        }
    }

    fn put_locations(&mut self) {
        let locations = &self.profile.locations;
        for location in locations.iter() {
            let mapping = locations.mapping(location).map_or(0, |mapping| u64::from(mapping.0) + 1);
            let mut row = Message::default();
            row.integer(1, mapping).integer(2, locations.address(location));
            for line in locations.lines(location) {
                let mut message = Message::default();
                message
                    .integer(1, u64::from(line.function.0) + 1)
                    .signed(2, line.line)
                    .signed(3, line.column);
                row.message(3, &message);
            }
            self.locations.push(row.bytes());
        }
    }

    fn string(&mut self, id: StringId) -> u32 {
        let profile = self.profile;
        self.text(&profile.text(id))
    }

    fn text(&mut self, text: &str) -> u32 {
        self.strings.row(text.as_bytes())
    }

    /// A message `ValueType`.
    pub(super) fn value_type(&mut self, value_type: ValueType) -> Message {
        let mut message = Message::default();
        message
            .integer(1, self.string(value_type.kind).into())
            .integer(2, self.string(value_type.unit).into());
        message
    }

    /// The row of a stack.
    pub(super) fn stack(&mut self, stack: &[LocationId]) -> u32 {
        let mut row = Message::default();
        row.packed(1, stack.iter().map(|location| u64::from(location.0) + 1));
        self.stacks.row(row.bytes())
    }

    /// An attribute with one text, or with a list of several.
    pub(super) fn texts_attribute(&mut self, key: &str, texts: &[StringId]) -> u32 {
        let profile = self.profile;
        let values: Vec<Message> = texts.iter().map(|&text| text_value(&profile.text(text))).collect();
        self.attribute(key, &values, "")
    }

    fn attribute(&mut self, key: &str, values: &[Message], unit: &str) -> u32 {
        let mut row = Message::default();
        row.integer(1, self.text(key).into());
        match values {
            [value] => row.message(2, value),
            values => {
                let (mut list, mut value) = (Message::default(), Message::default());
                for one in values {
                    list.message(1, one);
                }
                value.message(5, &list);
                row.message(2, &value)
            }
        };
        row.integer(3, self.text(unit).into());
        self.attributes.row(row.bytes())
    }

    /// The attributes and the link that the labels of a sample stand for.
    pub(super) fn labels(&mut self, labels: &[Label]) -> (Vec<u32>, u32) {
        let link = self.link(labels);
        let is_in_link = |label: &Label| link != 0 && LINK_KEYS.contains(&&*self.profile.text(label.key));
        let labels: Vec<Label> = labels.iter().copied().filter(|label| !is_in_link(label)).collect();
        let mut attributes = Vec::with_capacity(labels.len());
        for (at, label) in labels.iter().enumerate() {
            let same_key: Vec<Label> =
                labels.iter().copied().filter(|other| other.key == label.key).collect();
            // A key stands for all of its values, at the place of the first one.
            if labels.iter().take(at).any(|before| before.key == label.key) {
                continue;
            }
            attributes.push(self.label_attribute(&same_key));
        }
        attributes.sort_unstable();
        attributes.dedup();
        (attributes, link)
    }

    fn label_attribute(&mut self, labels: &[Label]) -> u32 {
        let [first, others @ ..] = labels else { return 0 };
        if let (true, Some(&known)) = (others.is_empty(), self.of_label.get(first)) {
            return known;
        }
        let profile = self.profile;
        let values: Vec<Message> = labels.iter().map(|label| label_value(profile, label)).collect();
        let attribute = self.attribute(&profile.text(first.key), &values, &profile.text(first.num_unit));
        if others.is_empty() {
            self.of_label.insert(*first, attribute);
        }
        attribute
    }

    /// The row of the link that labels name; 0 if they name none.
    fn link(&mut self, labels: &[Label]) -> u32 {
        let id = |key: &str, n_bytes: usize| {
            let mut labels =
                labels.iter().filter(|label| self.profile.strings.bytes(label.key) == key.as_bytes());
            let label = labels.next().filter(|_| labels.next().is_none());
            label.and_then(|label| from_hex(&self.profile.text(label.str), n_bytes))
        };
        let [trace_key, span_key] = LINK_KEYS;
        let (Some(trace), Some(span)) = (id(trace_key, 16), id(span_key, 8)) else { return 0 };
        let mut row = Message::default();
        row.put(1, &trace).put(2, &span);
        self.links.row(row.bytes())
    }
}

/// Keys of labels that name a trace and a span of it.
const LINK_KEYS: [&str; 2] = ["trace_id", "span_id"];

fn label_value(profile: &Profile, label: &Label) -> Message {
    if !label.is_numeric() {
        return text_value(&profile.text(label.str));
    }
    let mut value = Message::default();
    value.explicit_integer(3, label.num.cast_unsigned());
    value
}

fn text_value(text: &str) -> Message {
    let mut value = Message::default();
    value.put(1, text.as_bytes());
    value
}

/// Lower-case digits as bytes; `None` if they are others, not so many, or all 0.
fn from_hex(text: &str, n_bytes: usize) -> Option<Vec<u8>> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let is_id =
        text.len() == 2 * n_bytes && text.bytes().all(is_digit) && text.bytes().any(|byte| byte != b'0');
    let pairs = text.as_bytes().chunks(2).filter(|_| is_id);
    let bytes: Option<Vec<u8>> =
        pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
    bytes.filter(|bytes| bytes.len() == n_bytes)
}

/// The attribute of a resource that a comment like `service.name=shop` stands for: what the reader made of one.
pub(super) fn resource_attribute(comment: &str) -> Option<Message> {
    let (key, text) = comment.split_once('=')?;
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    if !key.contains('.') || !key.bytes().all(is_name) {
        return None;
    }
    let mut attribute = Message::default();
    attribute.text(1, key).message(2, &text_value(text));
    Some(attribute)
}
