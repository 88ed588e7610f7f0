//! The report of `go tool cover -func`, byte for byte (Go 1.26).

use super::statements::Statements;

/// A function in the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FuncRow {
    /// As the profile names it.
    pub file: String,
    /// The line of the word `func`.
    pub line: u32,
    /// Without its receiver.
    pub name: String,
    /// Its statements.
    pub statements: Statements,
}

/// Functions by file, and what they come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FuncReport {
    /// By name of the file, then in the order of its source.
    pub rows: Vec<FuncRow>,
}

/// Go's tool aligns by tabs of this width.
const TAB: usize = 8;

impl FuncReport {
    /// The sum over functions. Literals that initialize variables of a package are in none: Go's tool leaves them out, too.
    pub fn total(&self) -> Statements {
        self.rows.iter().map(|row| row.statements).sum()
    }

    /// The text. The last row, with the total, is left out where the report ends in an error.
    pub fn text(&self, with_total: bool) -> String {
        let percent = |statements: Statements| format!("{:.1}%", statements.percent());
        let row = |row: &FuncRow| {
            [format!("{}:{}:", row.file, row.line), row.name.clone(), percent(row.statements)]
        };
        let mut rows: Vec<[String; 3]> = self.rows.iter().map(row).collect();
        if with_total {
            rows.push(["total:".to_owned(), "(statements)".to_owned(), percent(self.total())]);
        }
        let width = |column: usize| {
            let longest = rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
            (longest + 1).next_multiple_of(TAB)
        };
        let widths = [width(0), width(1)];
        let mut text = String::new();
        for row in &rows {
            for (cell, width) in row.iter().zip(widths) {
                text += cell;
                let n_tabs = (width - cell.chars().count()).div_ceil(TAB);
                text.extend(std::iter::repeat_n('\t', n_tabs));
            }
            text += &row[2];
            text.push('\n');
        }
        text
    }
}
