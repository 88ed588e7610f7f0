//! Tables as text of fixed width.

use super::go_number::{signed, superscript};
use super::grid::{Align, Grid};
use super::scale::Scale;
use super::table::{Table, Tables};

/// Columns of the grid for a column of the table: center, interval, notes.
const CENTER: usize = 3;
/// And for all but the first: change, chance, notes.
const DELTA: usize = 3;

/// The tables, a blank line between two.
pub fn text(tables: &Tables) -> Vec<u8> {
    let mut out = Vec::new();
    for (at, table) in tables.tables.iter().enumerate() {
        if at > 0 {
            out.push(b'\n');
        }
        for heading in tables.headings(at) {
            out.extend_from_slice(&heading);
            out.push(b'\n');
        }
        TextTable { tables, table, grid: Grid::default(), notes: Vec::new() }.write(&mut out);
    }
    out
}

struct TextTable<'t> {
    tables: &'t Tables,
    table: &'t Table,
    grid: Grid,
    /// Footnotes, by number.
    notes: Vec<Vec<u8>>,
}

/// The first column of the grid for a column of the table.
fn first_of(column: usize) -> usize {
    if column == 0 { 1 } else { 1 + CENTER + (column - 1) * (CENTER + DELTA) }
}

impl TextTable<'_> {
    fn write(mut self, out: &mut Vec<u8>) {
        let fields = self.tables.layout.column.columns();
        self.header(&fields, 0..self.table.columns.len());
        self.units();
        (0..self.table.rows.len()).for_each(|row| self.row(row));
        if self.table.rows.len() > 1 {
            self.summary();
        }
        out.extend_from_slice(&self.grid.text());
        for (at, note) in self.notes.iter().enumerate() {
            out.extend_from_slice(format!("{} ", superscript(at + 1)).as_bytes());
            out.extend_from_slice(note);
            out.push(b'\n');
        }
    }

    /// A line for each key of the columns; equal neighbors with equal keys above them are one cell.
    fn header(&mut self, fields: &[usize], columns: std::ops::Range<usize>) {
        let mut groups = vec![columns];
        for &field in fields {
            self.grid.row();
            let mut parts = Vec::new();
            for group in groups {
                let value = |column: usize| self.tables.column_value(self.table.columns[column], field);
                let mut begin = group.start;
                while begin < group.end {
                    let end = (begin..group.end).find(|at| value(*at) != value(begin)).unwrap_or(group.end);
                    parts.push(begin..end);
                    begin = end;
                }
            }
            for part in &parts {
                let (left, right) = (first_of(part.start), first_of(part.end));
                let text = self.tables.column_value(self.table.columns[part.start], field).to_vec();
                self.grid.go_to(left);
                self.grid.span(right - left, text, Align::Center, " │ ");
            }
            self.right_edge();
            groups = parts;
        }
    }

    fn units(&mut self) {
        self.grid.row();
        let unit = self.tables.words.bytes(self.table.unit);
        for column in 0..self.table.columns.len() {
            let left = first_of(column);
            self.grid.go_to(left);
            self.grid.span(CENTER, unit, Align::Center, " │ ");
            if column > 0 {
                self.grid.span(DELTA, "vs base", Align::Left, "  ");
            }
            (left + 1..self.grid.column()).for_each(|column| self.grid.keep_narrow(column));
        }
        self.right_edge();
    }

    fn right_edge(&mut self) {
        self.grid.go_to(first_of(self.table.columns.len()));
        self.grid.span(1, "", Align::Left, " │");
    }

    fn row(&mut self, row: usize) {
        let (table, tables) = (self.table, self.tables);
        self.grid.row();
        self.grid.cell(tables.row_label(table.rows[row]), Align::Left);
        let cells = || (0..table.columns.len()).filter_map(|column| Some((column, table.cell(row, column)?)));
        let scale = Scale::common(cells().map(|(_, cell)| cell.summary.center), table.class);
        for (column, cell) in cells() {
            let center = cell.summary.center;
            self.grid.go_to(first_of(column));
            self.grid.cell(scale.text(center), Align::Right);
            self.grid.span(1, cell.summary.range_text(), Align::Right, " ± ");
            let warning = cell.summary.warning.as_ref().map(String::as_bytes);
            self.notes(cell.mixed.as_deref().into_iter().chain(warning));
            if let Some((base, comparison)) = &cell.comparison {
                self.grid.cell(comparison.delta_text(*base, center), Align::Right);
                self.grid.cell(format!("({})", comparison.text()), Align::Left);
                self.notes(comparison.warning.as_ref().map(String::as_bytes).into_iter());
            }
        }
    }

    fn summary(&mut self) {
        let table = self.table;
        self.grid.row();
        self.grid.cell("geomean", Align::Left);
        for (column, summary) in table.summaries.iter().enumerate() {
            if let Some(mean) = summary.mean {
                self.grid.go_to(first_of(column));
                let scale = Scale::common([mean].into_iter(), table.class);
                self.grid.cell(scale.text(mean), Align::Right);
            }
            if column > 0 {
                self.grid.go_to(first_of(column) + CENTER);
                match summary.ratio {
                    Some(ratio) => self.grid.cell(signed((ratio - 1.0) * 100.0) + "%", Align::Right),
                    None => self.grid.cell("?", Align::Left),
                }
            }
            self.grid.go_to(first_of(column + 1) - 1);
            self.notes(summary.warnings.iter().map(|warning| warning.as_bytes()));
        }
    }

    /// A cell with the numbers of some footnotes.
    fn notes<'n>(&mut self, notes: impl Iterator<Item = &'n [u8]>) {
        let number = |note: &[u8]| {
            let known = self.notes.iter().position(|it| it == note);
            let place = known.unwrap_or_else(|| {
                self.notes.push(note.to_vec());
                self.notes.len() - 1
            });
            superscript(place + 1)
        };
        let numbers: Vec<String> = notes.map(number).collect();
        self.grid.cell(numbers.join(" "), Align::Left);
    }
}
