//! Columns out of a Parquet file, whoever wrote it.
//!
//! A column is found by its name, and what is missing is empty: a newer or another writer may have other columns. Numbers may
//! be narrower than ours, ids may be texts of 16 bytes, and values that are null are empty.

use bytes::Bytes;
use parquet::basic::Repetition;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{FileReader as _, RowGroupReader};
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::schema::types::ColumnDescriptor;
use rustc_hash::FxHashMap;

use super::coded::{Coded, Interner, Nested};
use crate::id::Id;
use crate::schema::{Table, VERSION};

/// Rows that are decoded at a time.
const BATCH_ROWS: usize = 1 << 16;

/// A file of a table.
pub(crate) struct TableReader {
    file: SerializedFileReader<Bytes>,
}

impl TableReader {
    /// Reads the end of the file, which says what is where.
    pub(crate) fn new(table: Table, bytes: Bytes) -> Result<Self> {
        let n_bytes = bytes.len();
        let file = SerializedFileReader::new(bytes)?;
        check_places(file.metadata(), n_bytes)?;
        let about = file.metadata().file_metadata().key_value_metadata();
        let label = about.into_iter().flatten().find(|about| about.key == "goscope.schema");
        if let Some(label) = label.and_then(|label| label.value.as_deref()) {
            check_label(table, label)?;
        }
        Ok(Self { file })
    }

    /// Groups of rows.
    pub(crate) fn n_groups(&self) -> usize {
        self.file.num_row_groups()
    }

    /// One of them.
    pub(crate) fn group(&self, group: usize) -> Result<Group<'_>> {
        let reader = self.file.get_row_group(group)?;
        let n_rows = usize::try_from(reader.metadata().num_rows()).unwrap_or(0);
        Ok(Group { reader, n_rows })
    }
}

/// Refuses a file whose end says that columns are where no bytes are: the library would panic over it.
fn check_places(metadata: &ParquetMetaData, n_bytes: usize) -> Result<()> {
    let n_bytes = i64::try_from(n_bytes).unwrap_or(i64::MAX);
    let is_place = |column: &ColumnChunkMetaData| {
        let begin = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
        let is_in_file = |offset: i64| (0..=n_bytes).contains(&offset);
        let end = begin.checked_add(column.compressed_size());
        [begin, column.data_page_offset(), column.compressed_size()].into_iter().all(is_in_file)
            && end.is_some_and(is_in_file)
            && column.num_values() >= 0
    };
    let is_sound = |group: &RowGroupMetaData| group.num_rows() >= 0 && group.columns().iter().all(is_place);
    if metadata.row_groups().iter().all(is_sound) {
        return Ok(());
    }
    Err(ParquetError::General("its end says that columns are where none can be".to_owned()))
}

/// Refuses tables of a newer goscope.
fn check_label(table: Table, label: &str) -> Result<()> {
    let (name, version) = label.split_once('/').unwrap_or((label, "1"));
    if name != table.name() {
        return Err(ParquetError::General(format!("it holds the table {name:?}, not {:?}", table.name())));
    }
    match version.parse::<u32>() {
        Ok(version) if version <= VERSION => Ok(()),
        _ => Err(ParquetError::General(format!(
            "it was written by a newer goscope (version {version} of the table, this program knows {VERSION}); update goscope"
        ))),
    }
}

/// A group of rows.
pub(crate) struct Group<'a> {
    reader: Box<dyn RowGroupReader + 'a>,
    pub(crate) n_rows: usize,
}

impl Group<'_> {
    /// A column of numbers.
    pub(crate) fn int64(&self, name: &str) -> Result<Vec<i64>> {
        let mut numbers = match self.leaf(name, 0) {
            Some(at) => self.numbers(at)?.0,
            None => Vec::new(),
        };
        numbers.resize(self.n_rows, 0);
        Ok(numbers)
    }

    /// A column of texts. What is not UTF-8 shows as U+FFFD.
    pub(crate) fn texts(&self, name: &str) -> Result<Coded<String>> {
        Ok(match self.leaf(name, 0) {
            Some(at) => texts(self.coded(at)?.0),
            None => Coded::empty_rows(self.n_rows),
        })
    }

    /// A column of ids.
    pub(crate) fn ids(&self, name: &str) -> Result<Coded<Id>> {
        match self.leaf(name, 0) {
            Some(at) => ids(self.coded(at)?.0),
            None => Err(ParquetError::General(format!("it has no column {name:?}"))),
        }
    }

    /// A column of lists of ids.
    pub(crate) fn id_lists(&self, name: &str) -> Result<Nested<Coded<Id>>> {
        let Some(at) = self.leaf(name, 0) else {
            return Err(ParquetError::General(format!("it has no column {name:?}")));
        };
        let (items, ends) = self.coded(at)?;
        Ok(Nested { ends, items: ids(items)? })
    }

    /// A column of lists of texts, or the keys (0) or values (1) of maps.
    pub(crate) fn text_lists(&self, name: &str, leaf: usize) -> Result<Nested<Coded<String>>> {
        let Some(at) = self.leaf(name, leaf) else { return Ok(self.no_items()) };
        let (items, ends) = self.coded(at)?;
        Ok(Nested { ends, items: texts(items) })
    }

    /// A column of lists of numbers, or the keys (0) or values (1) of maps.
    pub(crate) fn int64_lists(&self, name: &str, leaf: usize) -> Result<Nested<Vec<i64>>> {
        let Some(at) = self.leaf(name, leaf) else { return Ok(self.no_items()) };
        let (items, ends) = self.numbers(at)?;
        Ok(Nested { ends, items })
    }

    fn no_items<T: Default>(&self) -> Nested<T> {
        Nested { ends: vec![0; self.n_rows], items: T::default() }
    }

    /// The leaf of a column: a column that holds lists has one, one that holds maps two.
    fn leaf(&self, name: &str, leaf: usize) -> Option<usize> {
        let columns = self.reader.metadata().columns();
        let is_of = |path: &[String]| path.first().is_some_and(|root| root == name);
        let mut leaves = (0..columns.len()).filter(|&at| is_of(columns[at].column_path().parts()));
        leaves.nth(leaf)
    }

    fn numbers(&self, at: usize) -> Result<(Vec<i64>, Vec<usize>)> {
        let descriptor = self.reader.metadata().column(at).column_descr();
        let mut numbers = Vec::new();
        let ends = match self.reader.get_column_reader(at)? {
            ColumnReader::Int64ColumnReader(reader) => {
                levels(reader, descriptor, |value| numbers.push(value.copied().unwrap_or(0)))?
            }
            ColumnReader::Int32ColumnReader(reader) => {
                levels(reader, descriptor, |value| numbers.push(value.map_or(0, |value| i64::from(*value))))?
            }
            ColumnReader::BoolColumnReader(reader) => levels(reader, descriptor, |value| {
                numbers.push(i64::from(value.is_some_and(|value| *value)));
            })?,
            _ => return Err(wrong_type(descriptor, "numbers")),
        };
        Ok((numbers, ends))
    }

    fn coded(&self, at: usize) -> Result<(Coded<ByteArray>, Vec<usize>)> {
        let descriptor = self.reader.metadata().column(at).column_descr();
        let mut codes = Codes::default();
        let ends = match self.reader.get_column_reader(at)? {
            ColumnReader::ByteArrayColumnReader(reader) => {
                levels(reader, descriptor, |value| codes.push(value))?
            }
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                levels(reader, descriptor, |value| codes.push(value.map(|value| &**value)))?
            }
            _ => return Err(wrong_type(descriptor, "texts")),
        };
        Ok((codes.finish(), ends))
    }
}

fn wrong_type(descriptor: &ColumnDescriptor, wanted: &str) -> ParquetError {
    ParquetError::General(format!("its column {:?} holds no {wanted}", descriptor.path().string()))
}

/// Reads all values of a column, those that are missing too; gives where the list of each row ends, if it holds lists.
fn levels<T: DataType>(
    mut reader: ColumnReaderImpl<T>,
    descriptor: &ColumnDescriptor,
    mut push: impl FnMut(Option<&T::T>),
) -> Result<Vec<usize>> {
    let is_list = descriptor.max_rep_level() > 0;
    let max_definition = descriptor.max_def_level();
    let item_definition = item_definition(descriptor);
    let (mut ends, mut n_items) = (Vec::new(), 0);
    loop {
        let (mut values, mut definitions, mut repetitions) = (Vec::new(), Vec::new(), Vec::new());
        let (n_rows, n_values, n_levels) =
            reader.read_records(BATCH_ROWS, Some(&mut definitions), Some(&mut repetitions), &mut values)?;
        if n_rows == 0 {
            break;
        }
        if max_definition == 0 {
            values.iter().take(n_values).for_each(|value| push(Some(value)));
            continue;
        }
        let mut values = values.iter();
        for level in 0..n_levels {
            if is_list && repetitions.get(level) == Some(&0) {
                ends.push(n_items);
            }
            let definition = definitions.get(level).copied().unwrap_or(0);
            if definition >= item_definition {
                push(if definition == max_definition { values.next() } else { None });
                n_items += 1;
            }
        }
    }
    if is_list && !ends.is_empty() {
        // Each row's begin was noted: its end is the begin of the next.
        ends.remove(0);
        ends.push(n_items);
    }
    Ok(ends)
}

/// The level from which on there is an item in a row: below it the list is empty, or null. 0 for a column without lists,
/// where a value that is null is an item as well.
fn item_definition(descriptor: &ColumnDescriptor) -> i16 {
    if descriptor.max_rep_level() == 0 {
        return 0;
    }
    // Optional and repeated levels below the repeated one only say whether the item itself is null.
    let is_optional = descriptor.self_type().get_basic_info().repetition() == Repetition::OPTIONAL;
    descriptor.max_def_level() - i16::from(is_optional)
}

/// Gives equal bytes equal codes.
#[derive(Default)]
struct Codes {
    codes: Vec<u32>,
    distinct: Interner<Vec<u8>>,
    values: Vec<ByteArray>,
    /// Codes by the place of the bytes in memory: values of a dictionary are read once, and lie where they lay. It is a
    /// guess, since pages that are done with give their memory to the next one.
    by_place: FxHashMap<usize, u32>,
}

impl Codes {
    fn push(&mut self, value: Option<&ByteArray>) {
        let Some(value) = value else {
            let code = self.look_up(0, &ByteArray::from(""));
            return self.codes.push(code);
        };
        let place = value.data().as_ptr().addr();
        let guess = self.by_place.get(&place).copied();
        let is_right =
            |code: &u32| self.values.get(*code as usize).is_some_and(|known| known.data() == value.data());
        let code = guess.filter(is_right).unwrap_or_else(|| self.look_up(place, value));
        self.codes.push(code);
    }

    fn look_up(&mut self, place: usize, value: &ByteArray) -> u32 {
        let code = self.distinct.code(&value.data().to_vec());
        if code as usize == self.values.len() {
            self.values.push(value.clone());
        }
        self.by_place.insert(place, code);
        code
    }

    fn finish(self) -> Coded<ByteArray> {
        Coded { codes: self.codes, dictionary: self.values }
    }
}

fn texts(coded: Coded<ByteArray>) -> Coded<String> {
    let text = |bytes: &ByteArray| String::from_utf8_lossy(bytes.data()).into_owned();
    Coded { codes: coded.codes, dictionary: coded.dictionary.iter().map(text).collect() }
}

fn ids(coded: Coded<ByteArray>) -> Result<Coded<Id>> {
    let id = |bytes: &ByteArray| match bytes.data().try_into() {
        Ok(bytes) => Ok(Id(bytes)),
        Err(_) => Err(ParquetError::General(format!("an id has {} bytes, not 16", bytes.len()))),
    };
    Ok(Coded { codes: coded.codes, dictionary: coded.dictionary.iter().map(id).collect::<Result<_>>()? })
}
