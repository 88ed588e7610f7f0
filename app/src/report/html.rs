//! A verdict as one page for a browser: it needs nothing from elsewhere and runs no script.

use std::fmt::Write as _;

use goscope_analysis::verdict::{Outcome, SideInfo, Verdict};

use super::escape::{unbroken, xml};
use super::evidence::{basis, detectable, evidence, line, method, notes, run_text, sides};
use super::page::{END, begin};
use super::rows::{ShownRow, changed_rows, class, noun, shifts_text, table_rows, titles};

const STYLE: &str = include_str!("html.css");

/// The verdict as a page. `flame_graph` is a still differential flame graph, an `<svg>` element.
pub fn verdict_html(verdict: &Verdict, flame_graph: Option<&str>) -> String {
    let title = xml(&line(verdict).text);
    let mut page = begin(&title, STYLE);
    let _ = writeln!(page, "<h1 class=\"{}\">{}</h1>", outcome_class(&verdict.outcome), unbroken(&title));
    let sentences = evidence(verdict);
    list(&mut page, sentences.iter().map(|sentence| sentence.text.clone()));
    list(&mut page, notes(verdict).into_iter().map(|(kind, note)| format!("{kind}: {note}")));
    page += &tables(verdict);
    if let Some(svg) = flame_graph {
        let _ = writeln!(page, "<h2>Differential flame graph</h2>\n<figure>\n{svg}</figure>");
    }
    page + &decided(verdict) + END
}

const fn outcome_class(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Regression => "regressed",
        Outcome::NoRegression => "fine",
        Outcome::Undecided(_) | Outcome::NothingComparable(_) => "unclear",
    }
}

fn list(page: &mut String, sentences: impl Iterator<Item = String>) {
    let items: Vec<String> =
        sentences.map(|sentence| format!("<li>{}</li>\n", unbroken(&xml(&sentence)))).collect();
    if !items.is_empty() {
        let _ = writeln!(page, "<ul>\n{}</ul>", items.concat());
    }
}

/// What changed, and all else folded away.
fn tables(verdict: &Verdict) -> String {
    let (changed, all) = (changed_rows(verdict), table_rows(verdict));
    let mut text = format!("<h2>{}</h2>\n", xml(&basis(verdict)));
    if changed.is_empty() {
        text += "<p>Of no function can a change be said.</p>\n";
    } else {
        text += &table(verdict, &changed);
    }
    if let Some(shifts) = shifts_text(verdict) {
        let _ = writeln!(text, "<p>{}</p>", xml(&shifts));
    }
    let (n_rows, noun) = (all.len(), noun(verdict));
    let _ = writeln!(
        text,
        "<details><summary>All {n_rows} {noun}s that were compared</summary>\n{}</details>",
        table(verdict, &all)
    );
    text
}

fn table(verdict: &Verdict, rows: &[ShownRow<'_>]) -> String {
    let mut text = String::from("<div class=\"wide\"><table>\n<thead><tr>");
    for title in titles(verdict) {
        let _ = write!(text, "<th>{title}</th>");
    }
    text += "</tr></thead>\n<tbody>\n";
    for shown in rows {
        text += &row(shown);
    }
    text + "</tbody>\n</table></div>\n"
}

fn row(shown: &ShownRow<'_>) -> String {
    let mut text = format!("<tr class=\"{}\">", class(shown.row));
    for cell in shown.numbers() {
        let _ = write!(text, "<td>{}</td>", xml(cell));
    }
    let _ = write!(text, "<td>{}", xml(&shown.row.name));
    if !shown.remark.is_empty() {
        let _ = write!(text, " <small>{}</small>", xml(&shown.remark));
    }
    text + "</td></tr>\n"
}

fn decided(verdict: &Verdict) -> String {
    let mut text = "<h2>How it was decided</h2>\n".to_owned();
    list(&mut text, method(verdict).into_iter());
    let rows: Vec<String> = detectable(verdict)
        .into_iter()
        .map(|[share, slowdown]| format!("<tr><td>{share}</td><td>{slowdown}</td></tr>\n"))
        .collect();
    if !rows.is_empty() {
        let _ = writeln!(
            text,
            "<table>\n<caption>What would have shown in 9 of 10 comparisons like this one</caption>\n\
             <thead><tr><th>share of the function</th><th>slowdown</th></tr></thead>\n<tbody>\n{}</tbody>\n</table>",
            rows.concat()
        );
    }
    for (title, side) in sides(verdict).iter().zip([&verdict.base, &verdict.head]) {
        text += &runs(title, side);
    }
    text
}

fn runs(title: &str, side: &SideInfo) -> String {
    let mut text = format!("<details><summary>{}</summary>\n", xml(title));
    list(&mut text, side.runs.iter().map(run_text));
    text + "</details>\n"
}
