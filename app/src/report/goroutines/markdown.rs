//! Goroutine dumps as a comment on a change or an incident: the findings, and the groups folded away.

use std::fmt::Write as _;

use super::amount::Amount;
use super::stack::stack_lines;
use super::text::{group_title, kind_text, minutes_text};
use super::variables::{variables_of, write_variables};
use crate::query::dumps::Dumps;
use crate::report::escape::{markdown, markdown_block, markdown_cell, markdown_code};
use crate::text::{count, counted};

/// All that is said about the dumps, as GitHub's and GitLab's Markdown.
pub fn dumps_markdown(dumps: &Dumps, amount: Amount) -> String {
    let mut text = String::new();
    let Some(last) = dumps.texts.last() else { return text };
    let shown = last.shown();
    let goroutines = shown.map_or(0, |(dump, _)| dump.goroutines.len());
    let _ = writeln!(
        text,
        "### goscope: {} in {}\n",
        counted(goroutines, "goroutine"),
        markdown_code(&last.text.name)
    );
    if dumps.findings.is_empty() {
        text.push_str("Nothing stands out.\n");
    }
    for finding in &dumps.findings {
        let (kind, certainty) = (finding.kind.title(), finding.certainty.word());
        let _ = writeln!(text, "* **{kind}** ({certainty}): {}", markdown(&finding.text));
        for line in &finding.evidence {
            let _ = writeln!(text, "  * {}", markdown(line));
        }
        if !finding.advice.is_empty() {
            let _ = writeln!(text, "  * next: {}", markdown(&finding.advice));
        }
    }
    let Some((dump, groups)) = shown else { return text };
    let most = amount.groups.unwrap_or(usize::MAX);
    let _ = writeln!(
        text,
        "\n<details><summary>{} ({})</summary>\n",
        counted(groups.len(), "group"),
        markdown(&kind_text(dump))
    );
    text.push_str("| count | state | minutes | where |\n|--:|:--|:--|:--|\n");
    for group in groups.iter().take(most) {
        let lines = stack_lines(last.tables(), group.stack, false);
        let is_named = |line: &&super::stack::StackLine| !line.place.is_empty();
        let first = goscope_analysis::dump::user_frame(last.tables(), group.stack);
        let place = first.map_or_else(
            || lines.iter().find(is_named).map_or_else(String::new, |line| markdown_cell(&line.function)),
            |frame| {
                let function = markdown_cell(last.tables().function(frame));
                format!("{function} {}", markdown(&super::stack::place_text(last.tables(), frame)))
            },
        );
        let minutes = if group.minutes.max > 0 { minutes_text(group.minutes) } else { String::new() };
        let title = markdown(&group_title(group, last.tables()));
        let _ = writeln!(text, "| {} | {title} | {minutes} | {place} |", count(group.count()));
    }
    if groups.len() > most {
        let _ = writeln!(text, "\nand {}", counted(groups.len() - most, "more group"));
    }
    text.push_str("\n</details>\n");
    if let Some(live) = last.text.live.as_deref() {
        let shown = groups.iter().take(most);
        for (variables, group) in shown.filter_map(|group| Some((variables_of(live, group, dump)?, group))) {
            let mut lines = String::new();
            write_variables(variables, last.tables(), group.stack, &mut lines);
            let _ = writeln!(text, "\n{}", markdown_block(&lines));
        }
    }
    text
}
