//! A verdict for a terminal: the line, its evidence, what the sides are, notes, the table.

use std::fmt::Write as _;

use goscope_analysis::verdict::Verdict;

use super::escape::terminal;
use super::evidence::{basis, evidence, line, notes, sides};
use super::rows::{noun, table_rows, titles};
use crate::text::Table;

/// The verdict as text, with at most `max_rows` rows of its table.
pub fn verdict_text(verdict: &Verdict, max_rows: usize) -> String {
    let mut text = terminal(&line(verdict).text) + "\n";
    for sentence in evidence(verdict) {
        let _ = writeln!(text, "  {}", terminal(&sentence.text));
    }
    for side in sides(verdict) {
        let _ = writeln!(text, "{}", terminal(&side));
    }
    for (kind, note) in notes(verdict) {
        let _ = writeln!(text, "{kind}: {}", terminal(&note));
    }
    text + &table(verdict, max_rows)
}

fn table(verdict: &Verdict, max_rows: usize) -> String {
    let rows = table_rows(verdict);
    let mut text = format!("\nType: {}; {}\n", terminal(&verdict.subject.kind), terminal(&basis(verdict)));
    if rows.len() > max_rows {
        let _ = writeln!(text, "Showing {max_rows} of {} {}s", rows.len(), noun(verdict));
    }
    let [numbers @ .., _] = titles(verdict);
    let name = match noun(verdict) {
        "quantile" => "<quantile",
        "benchmark" => "<benchmark",
        _ => "<function",
    };
    let mut table = Table::new(&[&numbers[..], &[name]].concat());
    for shown in rows.iter().take(max_rows) {
        let name = if shown.remark.is_empty() {
            shown.row.name.to_string()
        } else {
            format!("{} ({})", shown.row.name, shown.remark)
        };
        table.row(shown.numbers().into_iter().map(str::to_owned).chain([name]).collect());
    }
    text + &table.text()
}
