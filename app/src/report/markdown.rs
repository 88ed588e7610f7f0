//! A verdict as a comment on a change: the sentence, what changed, and everything else folded away.

use std::fmt::Write as _;

use goscope_analysis::verdict::{Outcome, Verdict};

use super::escape::{markdown, markdown_cell, markdown_with_name, unbroken};
use super::evidence::{Sentence, basis, detectable, evidence, line, method, notes, run_text, sides};
use super::rows::{NOTHING, ShownRow, changed_rows, noun, shifts_text, table_rows, titles};

/// Rows of the short table.
const MOST_SHORT: usize = 10;
/// Rows of the long table: comments have a longest length.
const MOST_LONG: usize = 100;

/// The verdict as GitHub's and GitLab's Markdown.
pub fn verdict_markdown(verdict: &Verdict) -> String {
    let mut text =
        format!("### goscope: {}\n\n{}\n", headline(verdict), sentence(&line(verdict), "**", "**"));
    for sentence_of in evidence(verdict) {
        let _ = write!(text, "\n* {}", sentence(&sentence_of, "", ""));
    }
    for (kind, note) in notes(verdict).iter().filter(|(kind, _)| *kind == "warning") {
        let _ = write!(text, "\n* {kind}: {}", markdown(note));
    }
    text.push('\n');
    let changed = changed_rows(verdict);
    if !changed.is_empty() {
        text += &table(verdict, &changed, MOST_SHORT);
    }
    if let Some(shifts) = shifts_text(verdict) {
        let _ = writeln!(text, "\n{}", markdown(&shifts));
    }
    text + &details(verdict)
}

/// The outcome in two words.
fn headline(verdict: &Verdict) -> &'static str {
    match verdict.outcome {
        Outcome::Regression => "regression",
        Outcome::NoRegression => "no regression",
        Outcome::Undecided(_) => "undecided",
        Outcome::NothingComparable(_) => "nothing compared",
    }
}

fn sentence(sentence: &Sentence, before: &str, after: &str) -> String {
    format!("{before}{}{after}", markdown_with_name(&sentence.text, sentence.name.as_deref()))
}

fn table(verdict: &Verdict, rows: &[ShownRow<'_>], max_rows: usize) -> String {
    let mut text = String::from("\n|");
    for title in titles(verdict) {
        let _ = write!(text, " {title} |");
    }
    text += "\n|--:|--:|--:|--:|--:|:--|\n";
    for shown in rows.iter().take(max_rows) {
        text.push('|');
        for cell in shown.numbers() {
            // Two tildes in a line would cross out what is between them.
            let cell = if cell == NOTHING { "\\~".to_owned() } else { unbroken(cell).replace(' ', "\u{a0}") };
            let _ = write!(text, " {cell} |");
        }
        let remark =
            if shown.remark.is_empty() { String::new() } else { format!(" ({})", markdown(&shown.remark)) };
        let _ = writeln!(text, " {}{remark} |", markdown_cell(&shown.row.name));
    }
    if rows.len() > max_rows {
        let _ = writeln!(text, "\nand {} more", rows.len() - max_rows);
    }
    text
}

fn details(verdict: &Verdict) -> String {
    let rows = table_rows(verdict);
    let (n_rows, noun) = (rows.len(), noun(verdict));
    let mut text = format!(
        "\n<details><summary>All {n_rows} {noun}s that were compared, and how it was decided</summary>\n\n{}.\n",
        markdown(&basis(verdict))
    );
    if !rows.is_empty() {
        text += &table(verdict, &rows, MOST_LONG);
    }
    text.push('\n');
    for sentence in method(verdict) {
        let _ = writeln!(text, "* {}", markdown(&sentence));
    }
    for (kind, note) in notes(verdict).iter().filter(|(kind, _)| *kind != "warning") {
        let _ = writeln!(text, "* {kind}: {}", markdown(note));
    }
    let detectable = detectable(verdict);
    if !detectable.is_empty() {
        let shares: Vec<String> =
            detectable.iter().map(|[share, slowdown]| format!("{share}: {slowdown}")).collect();
        let _ = writeln!(
            text,
            "* slowdowns that would have shown in 9 of 10, by share of the function: {}",
            shares.join(", ")
        );
    }
    for (side, of) in sides(verdict).iter().zip([&verdict.base, &verdict.head]) {
        let _ = writeln!(text, "* {}", markdown(side));
        for run in &of.runs {
            let _ = writeln!(text, "  * {}", markdown(&run_text(run)));
        }
    }
    text + "\n</details>\n"
}
