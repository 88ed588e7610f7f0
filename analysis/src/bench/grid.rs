//! A grid of text: columns as wide as their cells, some of which span several.

use super::go_number::rune_count;

/// Where a cell's text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Center,
    Right,
}

#[derive(Clone, Debug)]
struct GridCell {
    row: usize,
    column: usize,
    span: usize,
    text: Vec<u8>,
    /// What stands left of the text.
    margin: &'static str,
    align: Align,
}

impl GridCell {
    fn is_blank(&self) -> bool {
        let is_blank = |text: &[u8]| String::from_utf8_lossy(text).trim().is_empty();
        is_blank(&self.text) && is_blank(self.margin.as_bytes())
    }
}

/// A grid, filled from left to right and from top to bottom.
#[derive(Debug, Default)]
pub(super) struct Grid {
    cells: Vec<GridCell>,
    columns: usize,
    is_narrow: Vec<bool>,
    row: usize,
    column: usize,
}

impl Grid {
    /// Begins a row.
    pub(super) fn row(&mut self) {
        self.row += usize::from(!self.cells.is_empty());
        self.column = 0;
    }

    /// Goes on at a column further right.
    pub(super) fn go_to(&mut self, column: usize) {
        self.column = column;
    }

    /// The column of the next cell.
    pub(super) fn column(&self) -> usize {
        self.column
    }

    /// Adds a cell, a blank away from the one before it if it has a text.
    pub(super) fn cell(&mut self, text: impl Into<Vec<u8>>, align: Align) {
        let text = text.into();
        let margin = if self.column == 0 || text.is_empty() { "" } else { " " };
        self.span(1, text, align, margin);
    }

    /// Adds a cell over several columns.
    pub(super) fn span(&mut self, span: usize, text: impl Into<Vec<u8>>, align: Align, margin: &'static str) {
        let (row, column, text) = (self.row, self.column, text.into());
        self.cells.push(GridCell { row, column, span, text, margin, align });
        self.column += span;
        self.columns = self.columns.max(self.column);
    }

    /// Keeps a column as narrow as its cells where others become wider.
    pub(super) fn keep_narrow(&mut self, column: usize) {
        self.is_narrow.resize(self.is_narrow.len().max(column + 1), false);
        self.is_narrow[column] = true;
    }

    /// The grid as text.
    pub(super) fn text(&self) -> Vec<u8> {
        let margins = self.margins();
        let widths = self.widths(&margins);
        let begins: Vec<usize> = (0..=self.columns).map(|column| widths[..column].iter().sum()).collect();
        let mut out = Vec::new();
        let (mut row, mut at) = (0, 0);
        for cell in self.cells.iter().filter(|cell| !cell.is_blank()) {
            while row < cell.row {
                out.push(b'\n');
                (row, at) = (row + 1, 0);
            }
            let margin = margins[cell.column];
            let begin = begins[cell.column] + margin;
            // A text may be longer than its columns: they are narrow. Then benchstat writes as many blanks as are
            // missing, where there should be none.
            let gap = begins[cell.column] as i64 - at;
            pad(&mut out, gap.unsigned_abs() as usize + margin - rune_count(cell.margin.as_bytes()));
            out.extend_from_slice(cell.margin.as_bytes());
            let length = rune_count(&cell.text);
            let free = begins[cell.column + cell.span] as i64 - (begin + length) as i64;
            let left = match cell.align {
                Align::Left => 0,
                Align::Center => free / 2,
                Align::Right => free.max(0),
            };
            pad(&mut out, left.unsigned_abs() as usize);
            out.extend_from_slice(&cell.text);
            at = begin as i64 + left.abs() + length as i64;
        }
        if !self.cells.is_empty() {
            out.push(b'\n');
        }
        out
    }

    /// The longest margin of each column.
    fn margins(&self) -> Vec<usize> {
        let mut margins = vec![0; self.columns];
        for cell in &self.cells {
            let margin = &mut margins[cell.column];
            *margin = rune_count(cell.margin.as_bytes()).max(*margin);
        }
        margins
    }

    /// The width of each column, with its margin. Cells over few columns come first.
    fn widths(&self, margins: &[usize]) -> Vec<usize> {
        let mut widths = vec![0; self.columns];
        let mut by_span: Vec<&GridCell> = self.cells.iter().collect();
        by_span.sort_by_key(|cell| cell.span);
        for cell in by_span {
            let width = rune_count(&cell.text) + margins[cell.column];
            let columns = cell.column..cell.column + cell.span;
            if cell.span == 1 {
                widths[cell.column] = width.max(widths[cell.column]);
            } else if widths[columns.clone()].iter().sum::<usize>() < width {
                self.widen(columns, width, &mut widths);
            }
        }
        widths
    }

    /// Shares out the missing width among the columns that may grow, so that they become as equal as they can.
    fn widen(&self, columns: std::ops::Range<usize>, width: usize, widths: &mut [usize]) {
        let is_narrow = |column: &usize| self.is_narrow.get(*column).copied().unwrap_or(false);
        let (narrow, mut wide): (Vec<usize>, Vec<usize>) = columns.partition(is_narrow);
        let mut rest = width.saturating_sub(narrow.iter().map(|column| widths[*column]).sum());
        wide.sort_by_key(|column| std::cmp::Reverse(widths[*column]));
        for (at, column) in wide.iter().enumerate() {
            let share = rest.div_ceil(wide.len() - at);
            widths[*column] = share.max(widths[*column]);
            rest = rest.saturating_sub(widths[*column]);
        }
    }
}

fn pad(out: &mut Vec<u8>, blanks: usize) {
    out.resize(out.len() + blanks, b' ');
}
