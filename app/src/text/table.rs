//! Tables as text, with aligned columns.

use super::name;

/// Rows of cells below titles. Columns whose title starts with `<` are aligned left, others right.
#[derive(Debug)]
pub struct Table {
    titles: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table.
    pub fn new(titles: &[&'static str]) -> Self {
        Self { titles: titles.to_vec(), rows: Vec::new() }
    }

    /// Adds a row. Cells are shown as [`name`] shows names, so that none leaves its line.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells.into_iter().map(|cell| name(&cell)).collect());
    }

    /// The text, one line per row.
    pub fn text(&self) -> String {
        let titles: Vec<String> =
            self.titles.iter().map(|title| title.trim_start_matches('<').to_owned()).collect();
        let width = |column: usize| {
            let cells = self.rows.iter().chain([&titles]).filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..titles.len()).map(width).collect();
        let mut text = String::new();
        for row in [&titles].into_iter().chain(&self.rows) {
            let mut line = String::new();
            for ((cell, width), title) in row.iter().zip(&widths).zip(&self.titles) {
                let space = " ".repeat(width - cell.chars().count());
                let (before, after) =
                    if title.starts_with('<') { ("", space) } else { (space.as_str(), String::new()) };
                line.push_str(&format!("{before}{cell}{after}  "));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(&["count", "total", "<name"]);
        table.row(vec!["7".to_owned(), "1.20s".to_owned(), "µ".to_owned()]);
        table.row(vec!["1200".to_owned(), "3ms".to_owned(), "b".to_owned()]);
        insta::assert_snapshot!(table.text(), @r"
        count  total  name
            7  1.20s  µ
         1200    3ms  b
        ");
    }

    #[test]
    fn cells_hold_nothing_that_a_terminal_obeys_and_are_cut_where_they_are_long() {
        let mut table = Table::new(&["<name", "count"]);
        table.row(vec!["a\x1b[31m\nb\u{202e}".to_owned(), "1".to_owned()]);
        table.row(vec!["x".repeat(1000), "1".to_owned()]);
        let text = table.text();
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        assert!(lines[1].starts_with(r"a\x1b[31m\nb\u202e "), "{text}");
        assert!(lines.len() == 3 && lines[2].chars().count() == 120 + 2 + 5, "{text}");
    }
}
