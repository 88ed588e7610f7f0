//! From files to tables: benchstat's command line without its words.

use goscope_parsers::bench::{BenchLine, BenchName, Tidied, UnitLine, read_line, tidy};
use rustc_hash::{FxHashMap, FxHashSet};

use super::filter::Filter;
use super::projection::{NamedKeys, Projection};
use super::record::{Config, Record, Value};
use super::table::{Layout, TableBuilder, TableRules, Tables};
use super::token::SyntaxError;
use super::words::{Word, Words};

/// Bytes that benchstat takes a line for, and no more.
const MOST_LINE_BYTES: usize = 64 << 10;

/// What benchstat's flags say.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchstatOptions {
    /// What makes a table: `.config`.
    pub table: String,
    /// What makes a row: `.fullname`.
    pub row: String,
    /// What makes a column: `.file`.
    pub column: String,
    /// What is left out.
    pub ignore: String,
    /// What is taken: `*`.
    pub filter: String,
    /// From which chance on a difference counts, in 0..=1.
    pub alpha: f64,
    /// How sure intervals are, in 0..=1.
    pub confidence: f64,
}

impl Default for BenchstatOptions {
    fn default() -> Self {
        let text = str::to_owned;
        Self {
            table: text(".config"),
            row: text(".fullname"),
            column: text(".file"),
            ignore: String::new(),
            filter: text("*"),
            alpha: 0.05,
            confidence: 0.95,
        }
    }
}

/// What is wrong with options, in benchstat's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// A query cannot be read.
    #[error("parsing -{flag}: {error}")]
    Syntax {
        /// The flag without its dash.
        flag: &'static str,
        /// What is wrong.
        error: SyntaxError,
    },
    /// A number is out of its range.
    #[error("-{0} must be in range [0, 1]")]
    Range(&'static str),
}

/// Why a file is not read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// A line is longer than benchstat takes.
    #[error("{line}: bufio.Scanner: token too long")]
    LongLine {
        /// The number of the line before it.
        line: usize,
    },
}

/// Collects results of files.
#[derive(Debug)]
pub struct Benchstat {
    words: Words,
    filter: Filter,
    builder: TableBuilder,
    rules: TableRules,
    config: Config,
    /// What is known of units: unit without prefixes and key.
    units: FxHashMap<(Word, Word), Word>,
    tidied: FxHashMap<Word, (Word, f64)>,
}

impl Benchstat {
    /// Begins with no results.
    ///
    /// # Errors
    /// [`OptionError`] for what benchstat would not take either.
    pub fn new(options: &BenchstatOptions) -> Result<Self, OptionError> {
        let mut words = Words::default();
        let syntax = |flag: &'static str| move |error: SyntaxError| OptionError::Syntax { flag, error };
        let mut filter = Filter::new(&options.filter, &mut words).map_err(syntax("filter"))?;
        let mut named = NamedKeys::default();
        let mut read = |flag: &'static str, query: &str| {
            Projection::new(query, &mut named, &mut filter, &mut words).map_err(syntax(flag))
        };
        let table = read("table", &options.table)?;
        let row = read("row", &options.row)?;
        let column = read("col", &options.column)?;
        read("ignore", &options.ignore)?;
        let residue = Projection::residue(&named, &mut words);
        let table = table.with_unit(&mut words);
        let is_part = |number: f64| (0.0..=1.0).contains(&number);
        let wrong = [("alpha", options.alpha), ("confidence", options.confidence)];
        if let Some((flag, _)) = wrong.into_iter().find(|(_, number)| !is_part(*number)) {
            return Err(OptionError::Range(flag));
        }
        let rules =
            TableRules { confidence: options.confidence, alpha: options.alpha, exact: FxHashSet::default() };
        Ok(Self {
            filter,
            builder: TableBuilder::new(Layout { table, row, column, residue, named }),
            rules,
            config: Config::default(),
            units: FxHashMap::default(),
            tidied: FxHashMap::default(),
            words,
        })
    }

    /// Adds the results of a file. `label` is its `.file`; `warn` gets the number of a line and what is wrong with it.
    ///
    /// # Errors
    /// [`ReadError`], where benchstat gives up.
    pub fn add(
        &mut self,
        label: &[u8],
        content: &[u8],
        mut warn: impl FnMut(usize, &[u8]),
    ) -> Result<(), ReadError> {
        self.config.clear();
        let file = self.words.number(b".file");
        let label = self.words.number(label);
        self.config.set(file, label, false);
        let content = content.strip_suffix(b"\n").unwrap_or(content);
        for (at, line) in content.split(|byte| *byte == b'\n').enumerate() {
            if line.len() >= MOST_LINE_BYTES {
                return Err(ReadError::LongLine { line: at });
            }
            match read_line(line) {
                BenchLine::Result(result) => {
                    let values = result.measurements.iter().map(|it| self.value(it.value, it.unit)).collect();
                    self.add_result(result.name, values);
                }
                BenchLine::Unit(unit) => self.set_unit(&unit, |message| warn(at + 1, message)),
                BenchLine::Config { key, value } => {
                    let (key, value) = (self.words.number(key), self.words.number(value));
                    self.config.set(key, value, true);
                }
                BenchLine::Problem(problem) => warn(at + 1, problem.to_string().as_bytes()),
                BenchLine::Other => {}
            }
        }
        Ok(())
    }

    /// The tables of all files.
    pub fn finish(mut self) -> Tables {
        let assume = self.words.number(b"assume");
        let exact = self.words.number(b"exact");
        let is_exact = |unit: Word| self.units.get(&(unit, assume)) == Some(&exact);
        // Also of the tables whose unit kept its prefix.
        let units = self.tidied.iter().filter(|(_, (unit, _))| is_exact(*unit));
        self.rules.exact = units.flat_map(|(written, (unit, _))| [*written, *unit]).collect();
        self.builder.finish(self.words, &self.rules)
    }

    fn add_result(&mut self, name: BenchName<'_>, values: Vec<Value>) {
        let mut record = Record { name, config: &self.config, values };
        if self.filter.apply(&mut record, &self.words) {
            self.builder.add(&record, &mut self.words);
        }
    }

    /// A value without prefixes. One that stays the same, such as 0, keeps its unit: benchstat puts `0 ns/op` into a
    /// table of its own.
    fn value(&mut self, value: f64, unit: &[u8]) -> Value {
        let written_unit = self.words.number(unit);
        let (unit, factor) = self.tidied(written_unit);
        let tidied = value * factor;
        if tidied == value {
            return Value { value, unit: written_unit, written_unit: Word::EMPTY };
        }
        Value { value: tidied, unit, written_unit }
    }

    fn tidied(&mut self, unit: Word) -> (Word, f64) {
        if let Some(&tidied) = self.tidied.get(&unit) {
            return tidied;
        }
        let Tidied { unit: bytes, factor } = tidy(self.words.bytes(unit));
        let tidied = (self.words.number(&bytes), factor);
        self.tidied.insert(unit, tidied);
        tidied
    }

    /// What is said of a unit first holds, for all files.
    fn set_unit(&mut self, line: &UnitLine<'_>, mut warn: impl FnMut(&[u8])) {
        let Some(unit) = line.unit else { return warn(b"missing unit") };
        let written = self.words.number(unit);
        let (tidied, _) = self.tidied(written);
        for setting in &line.settings {
            let Some((key, value)) = *setting else {
                warn(b"expected key=value");
                continue;
            };
            let (key_word, value) = (self.words.number(key), self.words.number(value));
            let known = *self.units.entry((tidied, key_word)).or_insert(value);
            if known != value {
                let known = self.words.bytes(known);
                warn(&[b"metadata ", key, b" of unit ", unit, b" already set to ", known].concat());
            }
        }
    }
}
