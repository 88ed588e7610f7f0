//! Columns into a Parquet file.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, GzipLevel};
use parquet::column::writer::ColumnWriterImpl;
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType, Int32Type,
    Int64Type,
};
use parquet::errors::Result;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::TypePtr;

use crate::id::Id;
use crate::schema::Table;

/// Rows of a group: larger ones pack better, and are what a reader can skip at once.
pub(crate) const GROUP_ROWS: usize = 1 << 20;

/// As many ids as may repeat in a group: without a dictionary, ids take three times the space.
const DICTIONARY_BYTES: usize = 4 << 20;

/// Values that are encoded at a time.
const BATCH_ROWS: usize = 8192;

/// How hard gzip tries: 6 packs ids and values better than zstd's 3, and is Rust alone.
const GZIP_LEVEL: u32 = 6;

/// The values of one column.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Values<'a> {
    Int64(&'a [i64]),
    Int32(&'a [i32]),
    Bool(&'a [bool]),
    /// The same text in all of so many rows.
    OneText(&'a str, usize),
    /// Codes and texts.
    Text(&'a [u32], &'a [String]),
    /// Codes and ids.
    Id(&'a [u32], &'a [Id]),
}

/// One column: flat, or with the end of each row's list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column<'a> {
    pub(crate) values: Values<'a>,
    pub(crate) ends: Option<&'a [usize]>,
}

impl<'a> From<Values<'a>> for Column<'a> {
    fn from(values: Values<'a>) -> Self {
        Self { values, ends: None }
    }
}

/// Writes the rows of a table, a group at a time.
pub(crate) struct TableWriter<W: Write + Send> {
    file: SerializedFileWriter<W>,
}

impl<W: Write + Send> TableWriter<W> {
    /// Begins a file.
    pub(crate) fn new(table: Table, out: W) -> Result<Self> {
        Self::with_schema(table.schema()?, &table.label(), out)
    }

    /// Begins a file that is no table of a store.
    pub(crate) fn with_schema(schema: TypePtr, label: &str, out: W) -> Result<Self> {
        let about = [("goscope.schema", label.to_owned()), ("goscope.writer", writer())];
        let about = about.map(|(key, value)| KeyValue::new(key.to_owned(), value));
        let properties = WriterProperties::builder()
            .set_writer_version(WriterVersion::PARQUET_1_0)
            .set_compression(Compression::GZIP(GzipLevel::try_new(GZIP_LEVEL)?))
            .set_dictionary_page_size_limit(DICTIONARY_BYTES)
            .set_created_by(writer())
            .set_key_value_metadata(Some(about.to_vec()))
            .build();
        Ok(Self { file: SerializedFileWriter::new(out, schema, Arc::new(properties))? })
    }

    /// Writes a group of rows: the columns in the order of the schema.
    pub(crate) fn group(&mut self, columns: &[Column<'_>]) -> Result<()> {
        let mut group = self.file.next_row_group()?;
        columns.iter().try_for_each(|column| write_column(&mut group, column))?;
        group.close()?;
        Ok(())
    }

    /// Ends the file.
    pub(crate) fn finish(self) -> Result<W> {
        self.file.into_inner()
    }
}

fn writer() -> String {
    format!("goscope/{}", env!("CARGO_PKG_VERSION"))
}

fn write_column<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    column: &Column<'_>,
) -> Result<()> {
    let Some(mut writer) = group.next_column()? else { return Ok(()) };
    let ends = column.ends;
    match column.values {
        Values::Int64(values) => write(writer.typed::<Int64Type>(), values.len(), ends, |row| values[row])?,
        Values::Int32(values) => write(writer.typed::<Int32Type>(), values.len(), ends, |row| values[row])?,
        Values::Bool(values) => write(writer.typed::<BoolType>(), values.len(), ends, |row| values[row])?,
        Values::OneText(text, n_rows) => {
            let text = ByteArray::from(text);
            write(writer.typed::<ByteArrayType>(), n_rows, ends, |_| text.clone())?;
        }
        Values::Text(codes, texts) => {
            let texts: Vec<ByteArray> = texts.iter().map(|text| ByteArray::from(text.as_str())).collect();
            write(writer.typed::<ByteArrayType>(), codes.len(), ends, |row| {
                texts[codes[row] as usize].clone()
            })?;
        }
        Values::Id(codes, ids) => {
            let ids: Vec<FixedLenByteArray> =
                ids.iter().map(|id| FixedLenByteArray::from(id.0.to_vec())).collect();
            write(writer.typed::<FixedLenByteArrayType>(), codes.len(), ends, |row| {
                ids[codes[row] as usize].clone()
            })?;
        }
    }
    writer.close()
}

/// Writes all values of a column, some rows at a time.
fn write<T: DataType>(
    writer: &mut ColumnWriterImpl<'_, T>,
    n_values: usize,
    ends: Option<&[usize]>,
    value: impl Fn(usize) -> T::T,
) -> Result<()> {
    let Some(ends) = ends else {
        for first in (0..n_values).step_by(BATCH_ROWS) {
            let values: Vec<T::T> = (first..n_values.min(first + BATCH_ROWS)).map(&value).collect();
            writer.write_batch(&values, None, None)?;
        }
        return Ok(());
    };
    let mut first = 0;
    for rows in ends.chunks(BATCH_ROWS) {
        let (mut definitions, mut repetitions) = (Vec::new(), Vec::new());
        let begin = first;
        for &end in rows {
            // A row without items is said by a level of its own; of the others the first item begins the row.
            if end == first {
                definitions.push(0);
                repetitions.push(0);
            }
            for at in first..end {
                definitions.push(1);
                repetitions.push(i16::from(at > first));
            }
            first = end;
        }
        let values: Vec<T::T> = (begin..first).map(&value).collect();
        writer.write_batch(&values, Some(&definitions), Some(&repetitions))?;
    }
    Ok(())
}
