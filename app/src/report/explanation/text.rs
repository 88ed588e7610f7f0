//! An explanation for a terminal: the answer, what the sides are, notes, the table.

use std::fmt::Write as _;

use goscope_analysis::explain::Explanation;

use super::shown::{shown_rows, side_line};
use crate::report::escape::terminal;
use crate::text::Table;

/// The explanation as text, with at most `max_rows` functions.
pub fn explanation_text(explanation: &Explanation, max_rows: usize) -> String {
    let unit = explanation.unit();
    let mut text = terminal(&explanation.line()) + "\n";
    let name = if explanation.base.is_some() { "head" } else { "" };
    let sides = explanation.base.iter().map(|side| ("base", side)).chain([(name, &explanation.head)]);
    for (name, side) in sides {
        let _ = writeln!(text, "  {}", terminal(&side_line(unit, name, side)));
    }
    for note in &explanation.notes {
        let _ = writeln!(text, "note: {}", terminal(&note.text(unit)));
    }
    if explanation.rows.is_empty() {
        return text;
    }
    let about = if explanation.is_exact { "CPU time" } else { "≈ parts of the printed time" };
    let _ = writeln!(text, "\nType: {about}; {}", unit.name());
    let has_base = explanation.base.is_some();
    let mut table = Table::new(if has_base {
        &["base", "head", "change", "±", "samples", "<function"]
    } else {
        &["time", "±", "samples", "<function"]
    });
    for row in shown_rows(explanation, max_rows) {
        table.row(if has_base {
            vec![row.base, row.head, row.change, row.sigma, row.samples, row.name]
        } else {
            vec![row.head, row.sigma, row.samples, row.name]
        });
    }
    text + &table.text()
}
