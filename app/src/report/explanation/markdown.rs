//! An explanation for a comment on a change.

use std::fmt::Write as _;

use goscope_analysis::explain::Explanation;

use super::shown::{shown_rows, side_line};
use crate::report::escape::{markdown, markdown_cell};

/// The explanation in Markdown, with at most `max_rows` functions.
pub fn explanation_markdown(explanation: &Explanation, max_rows: usize) -> String {
    let unit = explanation.unit();
    let mut text = format!("**{}**\n\n", markdown(&explanation.line()));
    let has_base = explanation.base.is_some();
    if !explanation.rows.is_empty() {
        let before = if has_base { "base | head | change | " } else { "time | " };
        let columns = if has_base { 5 } else { 3 };
        let _ = writeln!(text, "| {before}± | samples | {} |", unit.name());
        let _ = writeln!(text, "|{}---|", "--:|".repeat(columns));
        for row in shown_rows(explanation, max_rows) {
            let times =
                if has_base { format!("{} | {} | {}", row.base, row.head, row.change) } else { row.head };
            let (indent, name) = match row.name.strip_prefix("  → ") {
                Some(name) if row.is_part => ("→ ", name),
                _ => ("", row.name.as_str()),
            };
            let name = markdown_cell(name);
            let _ = writeln!(text, "| {times} | {} | {} | {indent}{name} |", row.sigma, row.samples);
        }
        text.push('\n');
    }
    let name = if has_base { "head" } else { "" };
    let sides = explanation.base.iter().map(|side| ("base", side)).chain([(name, &explanation.head)]);
    for (name, side) in sides {
        let _ = writeln!(text, "* {}", markdown(&side_line(unit, name, side)));
    }
    for note in &explanation.notes {
        let _ = writeln!(text, "* note: {}", markdown(&note.text(unit)));
    }
    text
}
