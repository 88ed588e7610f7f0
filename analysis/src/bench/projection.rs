//! Results by some of their keys: which table, row or column they belong to.
//!
//! Keys that one projection names are left out of `.config` and `.fullname` of all.

use std::cmp::Ordering;

use rustc_hash::{FxHashMap, FxHashSet};

use super::filter::Filter;
use super::key_order::KeyOrder;
use super::projection_syntax::{FieldSyntax, OrderSyntax, read_fields};
use super::record::{Key, Record};
use super::token::SyntaxError;
use super::words::{Word, Words};

/// Keys that projections name.
#[derive(Debug, Default)]
pub(super) struct NamedKeys {
    settings: FxHashSet<Word>,
    parts: Vec<Vec<u8>>,
    has_name: bool,
    has_config: bool,
    has_full_name: bool,
}

impl NamedKeys {
    /// The name without what is named elsewhere; `*` stands for the base.
    fn rest_of_name(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        out.clear();
        if self.parts.is_empty() && !self.has_name {
            out.extend_from_slice(record.name.0);
            return;
        }
        out.extend_from_slice(if self.has_name { b"*" } else { record.name.head() });
        let is_processors = |part: &[u8]| part.first() == Some(&b'-');
        let is_named = |part: &[u8]| {
            self.parts.iter().any(|key| {
                part.strip_prefix(&key[..]).is_some_and(|rest| rest.first() == Some(&b'='))
                    || key == b"/gomaxprocs" && is_processors(part)
            })
        };
        record.name.parts().filter(|part| !is_named(part)).for_each(|part| out.extend_from_slice(part));
    }
}

/// A row of values of a projection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct KeyId(u32);

/// Where a column of a projection comes from.
#[derive(Debug)]
enum Source {
    /// Keys of the file that nothing else names. Each becomes a column when it is first met.
    Config(FxHashMap<Word, usize>, KeyOrder),
    FullName(usize),
    Key(Key, usize),
    Unit(usize),
}

/// A column of a projection.
#[derive(Debug)]
struct Column {
    name: Word,
    order: KeyOrder,
    /// One of `.config`: the order in which its values are met is not kept (an oversight of benchstat's: tables of
    /// packages come in alphabetical order).
    is_in_group: bool,
}

/// Some keys of results.
#[derive(Debug)]
pub(super) struct Projection {
    sources: Vec<Source>,
    columns: Vec<Column>,
    keys: FxHashMap<Box<[Word]>, KeyId>,
    rows: Vec<Box<[Word]>>,
    row: Vec<Word>,
    text: Vec<u8>,
}

impl Projection {
    fn empty() -> Self {
        Self {
            sources: Vec::new(),
            columns: Vec::new(),
            keys: FxHashMap::default(),
            rows: Vec::new(),
            row: Vec::new(),
            text: Vec::new(),
        }
    }

    /// Reads a projection, and adds to the filter which values it takes.
    pub(super) fn new(
        query: &str,
        named: &mut NamedKeys,
        filter: &mut Filter,
        words: &mut Words,
    ) -> Result<Self, SyntaxError> {
        let mut projection = Self::empty();
        let mut restrictions: Vec<(Key, Vec<Vec<u8>>)> = Vec::new();
        for field in read_fields(query)? {
            let wrong =
                |offset: usize, message: String| SyntaxError { query: query.to_owned(), offset, message };
            let order = match &field.order {
                OrderSyntax::Named(name) => KeyOrder::named(name)
                    .ok_or_else(|| wrong(field.order_offset, format!("unknown order {name:?}")))?,
                OrderSyntax::Fixed(values) => {
                    let numbered = values.iter().enumerate();
                    KeyOrder::Fixed(
                        numbered.map(|(at, value)| (words.number(value.as_bytes()), at)).collect(),
                    )
                }
            };
            projection
                .add_field(&field, order, named, words)
                .map_err(|(offset, text)| wrong(offset, text))?;
            if let OrderSyntax::Fixed(values) = field.order {
                let values = values.into_iter().map(String::into_bytes).collect();
                restrictions.push((Key::new(&field.key, words), values));
            }
        }
        for (key, values) in restrictions {
            filter.restrict(&key, &values);
        }
        Ok(projection)
    }

    /// What no projection names.
    pub(super) fn residue(named: &NamedKeys, words: &mut Words) -> Self {
        let mut residue = Self::empty();
        let first = || KeyOrder::First(FxHashMap::default());
        if !named.has_config {
            residue.sources.push(Source::Config(FxHashMap::default(), first()));
        }
        if !named.has_full_name {
            let column = residue.add_column(words.number(b".fullname"), first(), false);
            residue.sources.push(Source::FullName(column));
        }
        residue
    }

    fn add_field(
        &mut self,
        field: &FieldSyntax,
        order: KeyOrder,
        named: &mut NamedKeys,
        words: &mut Words,
    ) -> Result<(), (usize, String)> {
        match field.key.as_str() {
            ".config" if matches!(order, KeyOrder::Fixed(_)) => {
                return Err((field.order_offset, "fixed order not allowed for .config".to_owned()));
            }
            ".unit" => return Err((field.key_offset, ".unit is only allowed in filters".to_owned())),
            "" => return Err((field.key_offset, "key must not be empty".to_owned())),
            ".config" => {
                named.has_config = true;
                self.sources.push(Source::Config(FxHashMap::default(), order));
            }
            ".fullname" => {
                named.has_full_name = true;
                let column = self.add_column(words.number(b".fullname"), order, false);
                self.sources.push(Source::FullName(column));
            }
            name => {
                let key = Key::new(name, words);
                match &key {
                    Key::Part(part) => named.parts.push(part.clone()),
                    Key::Setting(setting) => _ = named.settings.insert(*setting),
                    Key::Name | Key::FullName => named.has_name = true,
                }
                let column = self.add_column(words.number(name.as_bytes()), order, false);
                self.sources.push(Source::Key(key, column));
            }
        }
        Ok(())
    }

    /// Adds the unit of values as the last key.
    pub(super) fn with_unit(mut self, words: &mut Words) -> Self {
        let order = KeyOrder::First(FxHashMap::default());
        let column = self.add_column(words.number(b".unit"), order, false);
        self.sources.push(Source::Unit(column));
        self
    }

    fn add_column(&mut self, name: Word, order: KeyOrder, is_in_group: bool) -> usize {
        self.columns.push(Column { name, order, is_in_group });
        self.row.push(Word::EMPTY);
        self.columns.len() - 1
    }

    /// The key of a result.
    pub(super) fn project(&mut self, record: &Record<'_>, named: &NamedKeys, words: &mut Words) -> KeyId {
        self.fill(record, named, words);
        self.key()
    }

    /// The key of each value of a result, by its unit.
    pub(super) fn project_values(
        &mut self,
        record: &Record<'_>,
        named: &NamedKeys,
        words: &mut Words,
    ) -> Vec<KeyId> {
        self.fill(record, named, words);
        let unit = self.unit_column();
        let key_of = |unit_word: Word| {
            if let Some(unit) = unit {
                self.row[unit] = unit_word;
            }
            self.key()
        };
        record.values.iter().map(|value| value.unit).map(key_of).collect()
    }

    fn unit_column(&self) -> Option<usize> {
        self.sources.iter().find_map(|source| match source {
            Source::Unit(column) => Some(*column),
            _ => None,
        })
    }

    fn fill(&mut self, record: &Record<'_>, named: &NamedKeys, words: &mut Words) {
        self.row.fill(Word::EMPTY);
        for at in 0..self.sources.len() {
            match &self.sources[at] {
                Source::Config(..) => self.fill_config(at, record, named),
                Source::FullName(column) => {
                    named.rest_of_name(record, &mut self.text);
                    self.row[*column] = words.number(&self.text);
                }
                Source::Key(Key::Setting(key), column) => self.row[*column] = record.config.value(*key),
                Source::Key(key, column) => {
                    self.text.clear();
                    self.text.extend_from_slice(key.of(record, words));
                    self.row[*column] = words.number(&self.text);
                }
                Source::Unit(_) => {}
            }
        }
    }

    fn fill_config(&mut self, source: usize, record: &Record<'_>, named: &NamedKeys) {
        for setting in record.config.settings().iter().filter(|setting| setting.is_of_file) {
            let Source::Config(columns, order) = &self.sources[source] else { return };
            let column = match columns.get(&setting.key) {
                Some(&column) => column,
                None if named.settings.contains(&setting.key) => continue,
                None => {
                    let order = order.clone();
                    let column = self.add_column(setting.key, order, true);
                    if let Source::Config(columns, _) = &mut self.sources[source] {
                        columns.insert(setting.key, column);
                    }
                    column
                }
            };
            self.row[column] = setting.value;
        }
    }

    /// The number of the row at hand. Empty values at its end do not count: the columns may become more.
    fn key(&mut self) -> KeyId {
        let used = self.row.iter().rposition(|word| *word != Word::EMPTY).map_or(0, |last| last + 1);
        if let Some(&key) = self.keys.get(&self.row[..used]) {
            return key;
        }
        for (column, &value) in self.columns.iter_mut().zip(&self.row) {
            if !column.is_in_group {
                column.order.meet(value);
            }
        }
        let key = KeyId(self.rows.len() as u32);
        let row: Box<[Word]> = self.row[..used].into();
        self.rows.push(row.clone());
        self.keys.insert(row, key);
        key
    }

    /// The value of a key in a column.
    pub(super) fn value(&self, key: KeyId, column: usize) -> Word {
        self.rows[key.0 as usize].get(column).copied().unwrap_or(Word::EMPTY)
    }

    /// The name of a column.
    pub(super) fn name(&self, column: usize) -> Word {
        self.columns[column].name
    }

    /// The unit of a key.
    pub(super) fn unit(&self, key: KeyId) -> Word {
        self.unit_column().map_or(Word::EMPTY, |column| self.value(key, column))
    }

    /// All columns but the unit, in the order in which they were asked for; those of `.config` as they were met.
    pub(super) fn columns(&self) -> Vec<usize> {
        let mut columns = self.all_columns();
        let unit = self.unit_column();
        columns.retain(|column| Some(*column) != unit);
        columns
    }

    fn all_columns(&self) -> Vec<usize> {
        let of = |source: &Source| match source {
            Source::Config(columns, _) => {
                let mut columns: Vec<usize> = columns.values().copied().collect();
                columns.sort_unstable();
                columns
            }
            Source::FullName(column) | Source::Key(_, column) | Source::Unit(column) => vec![*column],
        };
        self.sources.iter().flat_map(of).collect()
    }

    /// Puts keys in order.
    pub(super) fn sort(&self, keys: &mut [KeyId], words: &Words) {
        let columns = self.all_columns();
        let by_column = |a: KeyId, b: KeyId| {
            columns.iter().fold(Ordering::Equal, |order, &column| {
                let compare = || {
                    self.columns[column].order.compare(self.value(a, column), self.value(b, column), words)
                };
                order.then_with(compare)
            })
        };
        keys.sort_by(|a, b| by_column(*a, *b));
    }

    /// The columns in which some keys differ.
    pub(super) fn differing(&self, keys: &[KeyId]) -> Vec<usize> {
        let differ = |column: &usize| {
            let mut values = keys.iter().map(|key| self.value(*key, *column));
            let first = values.next();
            values.any(|value| Some(value) != first)
        };
        self.all_columns().into_iter().filter(differ).collect()
    }
}
