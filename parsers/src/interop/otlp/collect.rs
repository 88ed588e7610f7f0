//! Samples of many profiles as rows of one: equal identities meet, each sample type has a column.

use std::collections::HashMap;

use super::FORMAT;
use super::dictionary::Dictionary;
use super::header::{Header, KeyValue};
use crate::error::ParseError;
use crate::interop::content::{Budget, Content, malformed};

/// Sample types in a file; more are no profile of anything.
const MAX_TYPES: usize = 64;

/// A sample as it comes.
#[derive(Default)]
pub(super) struct Sample {
    pub(super) stack: u32,
    pub(super) attributes: Vec<u32>,
    pub(super) link: u32,
    pub(super) value: i64,
}

impl Sample {
    pub(super) fn clear(&mut self) {
        (self.stack, self.link, self.value) = (0, 0, 0);
        self.attributes.clear();
    }
}

/// Where the samples of a profile go: which column, and which other samples they may meet.
#[derive(Clone, Copy)]
pub(super) struct Group {
    column: usize,
    moment: (u64, u64),
}

/// What makes two samples of a scope the same one.
#[derive(PartialEq, Eq, Hash)]
struct Identity {
    moment: (u64, u64),
    stack: u32,
    link: u32,
    attributes: Vec<u32>,
}

/// A row of the profile that will be.
pub(super) struct Row {
    pub(super) tables: usize,
    pub(super) resource: usize,
    pub(super) stack: u32,
    pub(super) link: u32,
    /// Of `Collector::attributes`.
    attributes: std::ops::Range<usize>,
    /// One a column, as far as the columns were known.
    pub(super) values: Vec<i64>,
}

/// A resource: which tables its attributes mean, and these.
pub(super) struct Resource<'a> {
    pub(super) tables: usize,
    pub(super) attributes: &'a [KeyValue<'a>],
}

/// Collects the samples of all profiles.
pub(super) struct Collector<'a> {
    pub(super) content: &'a Content<'a>,
    pub(super) tables: Vec<&'a Dictionary<'a>>,
    pub(super) resources: Vec<Resource<'a>>,
    /// Types and units, in order of appearance.
    pub(super) types: Vec<(String, String)>,
    /// The first header, with its tables.
    pub(super) first_header: Option<(usize, Header)>,
    /// Of all profiles, as far as they are known.
    pub(super) first_nanos: Option<u64>,
    pub(super) longest_nanos: u64,
    pub(super) rows: Vec<Row>,
    attributes: Vec<u32>,
    budget: Budget<'a>,
    /// Rows of the scope that is being read.
    known: HashMap<Identity, usize>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(content: &'a Content<'a>) -> Self {
        Self {
            content,
            tables: Vec::new(),
            resources: Vec::new(),
            types: Vec::new(),
            first_header: None,
            first_nanos: None,
            longest_nanos: 0,
            rows: Vec::new(),
            attributes: Vec::new(),
            budget: Budget::new(content),
            known: HashMap::new(),
        }
    }

    /// The number of a message's tables.
    pub(super) fn add_tables(&mut self, tables: &'a Dictionary<'a>) -> usize {
        self.tables.push(tables);
        self.tables.len() - 1
    }

    /// Adds a resource, to which all samples belong that come next.
    pub(super) fn add_resource(&mut self, tables: usize, attributes: &'a [KeyValue<'a>]) {
        self.resources.push(Resource { tables, attributes });
    }

    /// Where the samples of a profile with this header go.
    pub(super) fn group(&mut self, tables: usize, header: &Header) -> Result<Group, ParseError> {
        let text = |row| self.tables[tables].string(row).to_owned();
        let wanted = (text(header.sample_type.type_strindex), text(header.sample_type.unit_strindex));
        let known = self.types.iter().position(|known| *known == wanted);
        let column = known.unwrap_or_else(|| {
            self.types.push(wanted);
            self.types.len() - 1
        });
        if self.types.len() > MAX_TYPES {
            return Err(malformed(FORMAT, format!("it has more than {MAX_TYPES} sample types")));
        }
        self.first_header.get_or_insert_with(|| (tables, header.clone()));
        let time = Some(header.time_nanos).filter(|&time| time > 0);
        self.first_nanos = self.first_nanos.into_iter().chain(time).min();
        self.longest_nanos = self.longest_nanos.max(header.duration_nanos);
        Ok(Group { column, moment: (header.time_nanos, header.duration_nanos) })
    }

    /// Adds a sample of the resource and the tables that were added last.
    pub(super) fn add(&mut self, group: Group, sample: &mut Sample) -> Result<(), ParseError> {
        sample.attributes.retain(|&row| row != 0);
        sample.attributes.sort_unstable();
        let identity = Identity {
            moment: group.moment,
            stack: sample.stack,
            link: sample.link,
            attributes: sample.attributes.clone(),
        };
        let row = match self.known.get(&identity) {
            Some(&row) => row,
            None => {
                self.push(sample)?;
                self.known.insert(identity, self.rows.len() - 1);
                self.rows.len() - 1
            }
        };
        let values = &mut self.rows[row].values;
        values.resize(values.len().max(group.column + 1), 0);
        let sum = values[group.column].checked_add(sample.value);
        values[group.column] =
            sum.ok_or_else(|| malformed(FORMAT, "the values of equal samples add up to more than 64 bits"))?;
        Ok(())
    }

    fn push(&mut self, sample: &Sample) -> Result<(), ParseError> {
        let start = self.attributes.len();
        self.attributes.extend_from_slice(&sample.attributes);
        self.rows.push(Row {
            tables: self.tables.len().saturating_sub(1),
            resource: self.resources.len().saturating_sub(1),
            stack: sample.stack,
            link: sample.link,
            attributes: start..self.attributes.len(),
            values: Vec::new(),
        });
        let row_bytes = size_of::<Row>() + 2 * size_of_val(&*sample.attributes) + size_of::<Identity>();
        self.budget.take(row_bytes + 8 * self.types.len())
    }

    /// The attributes of a row.
    pub(super) fn attributes(&self, row: &Row) -> &[u32] {
        self.attributes.get(row.attributes.clone()).unwrap_or(&[])
    }

    /// Samples of different scopes are never the same one.
    pub(super) fn end_scope(&mut self) {
        self.known.clear();
    }
}
