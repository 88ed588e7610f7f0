//! A result of a benchmark with the keys that held where it stood.

use goscope_parsers::bench::BenchName;
use rustc_hash::FxHashMap;

use super::words::{Word, Words};

/// A key of a file and its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) key: Word,
    pub(super) value: Word,
    /// Whether it stands in the file; `.file` does not.
    pub(super) is_of_file: bool,
}

/// The keys that hold at a place of a file.
#[derive(Debug, Default)]
pub(super) struct Config {
    settings: Vec<Setting>,
    places: FxHashMap<Word, usize>,
}

impl Config {
    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.settings.clear();
        self.places.clear();
    }

    /// Sets a key; an empty value takes it away.
    pub(super) fn set(&mut self, key: Word, value: Word, is_of_file: bool) {
        if value == Word::EMPTY {
            return self.remove(key);
        }
        let setting = Setting { key, value, is_of_file };
        if let Some(&place) = self.places.get(&key) {
            self.settings[place] = setting;
        } else {
            self.places.insert(key, self.settings.len());
            self.settings.push(setting);
        }
    }

    /// The last key takes the place of one that is taken away: the order of keys in tables depends on it.
    fn remove(&mut self, key: Word) {
        let Some(place) = self.places.remove(&key) else { return };
        self.settings.swap_remove(place);
        if let Some(moved) = self.settings.get(place) {
            self.places.insert(moved.key, place);
        }
    }

    /// The value of a key; empty if it has none.
    pub(super) fn value(&self, key: Word) -> Word {
        self.places.get(&key).map_or(Word::EMPTY, |place| self.settings[*place].value)
    }

    /// All keys with their values.
    pub(super) fn settings(&self) -> &[Setting] {
        &self.settings
    }
}

/// A value with its unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value {
    pub(super) value: f64,
    /// Without prefixes.
    pub(super) unit: Word,
    /// As it was written, where that differs.
    pub(super) written_unit: Word,
}

/// A result of a benchmark.
#[derive(Clone, Debug)]
pub(super) struct Record<'a> {
    pub(super) name: BenchName<'a>,
    pub(super) config: &'a Config,
    pub(super) values: Vec<Value>,
}

/// Something that a record has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// `.name`: the base of the name.
    Name,
    /// `.fullname`: all of it.
    FullName,
    /// `/key`: the value of a part of the name.
    Part(Vec<u8>),
    /// A key of the file, or `.file`.
    Setting(Word),
}

impl Key {
    pub(super) fn new(name: &str, words: &mut Words) -> Self {
        match name {
            ".name" => Self::Name,
            ".fullname" => Self::FullName,
            part if part.starts_with('/') => Self::Part(part.as_bytes().to_vec()),
            key => Self::Setting(words.number(key.as_bytes())),
        }
    }

    /// What the record has; empty if it has none.
    pub(super) fn of<'w>(&self, record: &Record<'w>, words: &'w Words) -> &'w [u8] {
        match self {
            Self::Name => record.name.base(),
            Self::FullName => record.name.0,
            Self::Part(key) => record.name.value(key).unwrap_or_default(),
            Self::Setting(key) => words.bytes(record.config.value(*key)),
        }
    }
}
