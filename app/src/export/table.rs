//! A table as a file: CSV (RFC 4180) or Markdown, with the texts that are shown.

use csv::{Terminator, WriterBuilder};
use goscope_parsers::csv_cell;

use crate::report::escape::{markdown as text, markdown_cell};

/// What a table becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TableForm {
    /// Fields with commas between them, lines that end in CR LF.
    Csv,
    /// A table of GitHub's Markdown.
    Markdown,
}

impl TableForm {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Csv, Self::Markdown];

    /// Its name on the window.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Markdown => "Markdown",
        }
    }

    /// How the names of its files end.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Markdown => "md",
        }
    }

    /// A table, titles first. All rows have as many cells as there are titles; the first column holds names, and all others
    /// numbers, which stand on the right.
    pub fn write(self, titles: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
        match self {
            Self::Csv => csv(titles, rows),
            Self::Markdown => markdown(titles, rows),
        }
    }
}

fn csv(titles: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    let titles = titles.iter().map(|&title| title.to_owned()).collect();
    for record in [titles].into_iter().chain(rows) {
        let record: Vec<_> = record.iter().map(|cell| csv_cell(cell)).collect();
        writer
            .write_record(record.iter().map(|cell| cell.as_bytes()))
            .expect("memory takes everything, and all records have the same length");
    }
    let bytes = writer.into_inner().expect("memory takes everything");
    String::from_utf8(bytes).expect("all fields are text")
}

fn markdown(titles: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut table = line(titles.iter().map(|title| text(title)).collect());
    let rule = titles.iter().enumerate().map(|(at, _)| if at == 0 { "---" } else { "--:" });
    table.push_str(&format!("|{}|\n", rule.collect::<Vec<_>>().join("|")));
    for row in rows {
        let cells = row.iter().enumerate();
        let shown = cells.map(|(at, cell)| if at == 0 { markdown_cell(cell) } else { text(cell) });
        table.push_str(&line(shown.collect()));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> impl Iterator<Item = Vec<String>> {
        let rows = [["main.(*Shop).find|all", "1,204"], ["a \"b\"\nc", "3 ms"]];
        rows.into_iter().map(|row| row.map(str::to_owned).to_vec())
    }

    #[test]
    fn fields_with_commas_quotes_and_line_breaks_are_quoted() {
        let text = TableForm::Csv.write(&["function", "count"], rows());
        assert_eq!(text, "function,count\r\nmain.(*Shop).find|all,\"1,204\"\r\n\"a \"\"b\"\"\\nc\",3 ms\r\n");
    }

    #[test]
    fn cells_of_markdown_stay_cells() {
        let text = TableForm::Markdown.write(&["function", "count"], rows());
        assert_eq!(
            text,
            "| function | count |\n|---|--:|\n| `main.(*Shop).find\\|all` | 1,204 |\n| `a \"b\"\\nc` | 3 ms |\n"
        );
    }
}
