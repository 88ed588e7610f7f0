//! Tables as CSV, in one sheet, and what is to be said of cells, apart from it.

use goscope_parsers::csv_cell;

use super::go_number::{shortest, signed};
use super::table::{Table, Tables};

/// Fields for a column of the table: center, interval.
const CENTER: usize = 2;
/// And for all but the first: change, chance.
const DELTA: usize = 2;

/// The tables, and warnings, a line each, that begin with the name of a cell.
pub fn csv(tables: &Tables) -> (Vec<u8>, Vec<u8>) {
    let mut sheet = Sheet::default();
    for (at, table) in tables.tables.iter().enumerate() {
        if at > 0 {
            sheet.field(b"");
            sheet.end_row();
        }
        for heading in tables.headings(at) {
            sheet.field(&heading);
            sheet.end_row();
        }
        write_table(tables, table, &mut sheet);
    }
    (sheet.out, sheet.warnings)
}

fn first_of(column: usize) -> usize {
    if column == 0 { 1 } else { 1 + CENTER + (column - 1) * (CENTER + DELTA) }
}

fn write_table(tables: &Tables, table: &Table, sheet: &mut Sheet) {
    let n_columns = table.columns.len();
    for field in tables.layout.column.columns() {
        for (at, column) in table.columns.iter().enumerate() {
            sheet.go_to(first_of(at));
            sheet.field(tables.column_value(*column, field));
        }
        sheet.go_to(first_of(n_columns));
        sheet.end_row();
    }
    for column in 0..n_columns {
        sheet.go_to(first_of(column));
        sheet.field(tables.words.bytes(table.unit));
        sheet.field(b"CI");
        if column > 0 {
            sheet.field(b"vs base");
            sheet.field(b"P");
        }
    }
    sheet.end_row();
    (0..table.rows.len()).for_each(|row| write_row(tables, table, row, sheet));
    write_summary(table, sheet);
}

fn write_row(tables: &Tables, table: &Table, row: usize, sheet: &mut Sheet) {
    sheet.field(&tables.row_label(table.rows[row]));
    for column in 0..table.columns.len() {
        let Some(cell) = table.cell(row, column) else { continue };
        sheet.go_to(first_of(column));
        sheet.warn(cell.mixed.as_deref());
        sheet.warn(cell.summary.warning.as_ref().map(String::as_bytes));
        sheet.field(shortest(cell.summary.center).as_bytes());
        sheet.field(cell.summary.range_text().as_bytes());
        if let Some((base, comparison)) = &cell.comparison {
            sheet.warn(comparison.warning.as_ref().map(String::as_bytes));
            sheet.field(comparison.delta_text(*base, cell.summary.center).as_bytes());
            sheet.field(comparison.text().as_bytes());
        }
    }
    sheet.end_row();
}

fn write_summary(table: &Table, sheet: &mut Sheet) {
    sheet.field(b"geomean");
    for (column, summary) in table.summaries.iter().enumerate() {
        sheet.go_to(first_of(column));
        summary.warnings.iter().for_each(|warning| sheet.warn(Some(warning.as_bytes())));
        if let Some(mean) = summary.mean {
            sheet.field(shortest(mean).as_bytes());
        }
        if column > 0 {
            sheet.go_to(first_of(column) + CENTER);
            let ratio = summary.ratio.map_or_else(|| "?".to_owned(), |it| signed((it - 1.0) * 100.0) + "%");
            sheet.field(ratio.as_bytes());
        }
    }
    sheet.go_to(first_of(table.columns.len()));
    sheet.end_row();
}

/// A sheet, field by field.
#[derive(Debug, Default)]
struct Sheet {
    out: Vec<u8>,
    warnings: Vec<u8>,
    /// Fields of the row at hand.
    fields: usize,
    rows: usize,
}

impl Sheet {
    /// Adds a field that no spreadsheet takes for a formula, in quotes where Go's encoding/csv puts them.
    fn field(&mut self, text: &[u8]) {
        let safe = std::str::from_utf8(text).map(csv_cell);
        let text = safe.as_ref().map_or(text, |cell| cell.as_bytes());
        if self.fields > 0 {
            self.out.push(b',');
        }
        self.fields += 1;
        let begins_blank = String::from_utf8_lossy(text).starts_with(char::is_whitespace);
        let needs_quotes = text == br"\."
            || begins_blank
            || text.iter().any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n'));
        if !needs_quotes {
            return self.out.extend_from_slice(text);
        }
        self.out.push(b'"');
        for &byte in text {
            self.out.extend(std::iter::repeat_n(byte, if byte == b'"' { 2 } else { 1 }));
        }
        self.out.push(b'"');
    }

    /// Adds empty fields up to a place.
    fn go_to(&mut self, field: usize) {
        while self.fields < field {
            self.field(b"");
        }
    }

    fn end_row(&mut self) {
        self.out.push(b'\n');
        self.fields = 0;
        self.rows += 1;
    }

    /// Says something of the next field, by the name that benchstat gives it: of columns beyond Z it is not the usual one.
    fn warn(&mut self, text: Option<&[u8]>) {
        let Some(text) = text else { return };
        let mut letters = Vec::new();
        let mut rest = self.fields;
        while rest > 0 {
            letters.push(b'A' + (rest % 26) as u8);
            rest /= 26;
        }
        if letters.is_empty() {
            letters.push(b'A');
        }
        letters.reverse();
        self.warnings.extend_from_slice(&letters);
        self.warnings.extend_from_slice(format!("{}: ", self.rows + 1).as_bytes());
        self.warnings.extend_from_slice(text);
        self.warnings.push(b'\n');
    }
}
