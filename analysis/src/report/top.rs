//! The text of `-top`: header, titles and one row a frame.

use std::fmt::Write as _;

use super::ReportOptions;
use super::header::{Numbers, Shown, report_labels};
use crate::profile::stacks::Stacks;
use crate::profile::top::{InlineMark, TopOptions, TopTable, top_with};
use crate::value::{common_unit, percentage};

/// The report as pprof prints it, with its final newline.
pub fn top_text(stacks: &Stacks<'_>, options: &ReportOptions) -> String {
    let table = top_with(
        stacks,
        &TopOptions {
            sort: options.sort,
            node_count: options.node_count,
            node_fraction: options.node_fraction,
            edge_fraction: options.edge_fraction,
        },
    );
    let shown_unit = shown_unit(&table, stacks.unit(), &options.unit);
    let numbers = Numbers { unit: stacks.unit(), shown_unit: &shown_unit };
    let shown = Shown {
        flat: table.rows.iter().fold(0, |sum, row| sum.wrapping_add(row.flat)),
        n_rows: table.rows.len(),
        n_before_limit: table.n_before_limit,
        n_dropped: table.n_dropped,
        node_fraction: options.node_fraction,
    };
    let mut text = report_labels(stacks, &numbers, &shown).join("\n");
    let titles = format!("\n{:>10} {:>5}% {:>5}% {:>10} {:>5}%\n", "flat", "flat", "sum", "cum", "cum");
    text.push_str(&titles);
    push_rows(&mut text, &table, &numbers);
    text
}

/// The unit of all numbers: for `minimum` one that suits all of them.
fn shown_unit(table: &TopTable, unit: &str, wanted: &str) -> String {
    if wanted != "minimum" || table.rows.is_empty() {
        return wanted.to_owned();
    }
    let magnitude = |row: &crate::profile::top::TopRow| {
        if row.flat == 0 { row.cum.wrapping_abs() } else { row.flat.wrapping_abs() }
    };
    let smallest = table.rows.iter().map(magnitude).filter(|&magnitude| magnitude > 0).min();
    common_unit(smallest.unwrap_or(0), table.total, unit)
}

fn push_rows(text: &mut String, table: &TopTable, numbers: &Numbers<'_>) {
    let mut sum = 0_i64;
    for row in &table.rows {
        sum = sum.wrapping_add(row.flat);
        let mark = match row.inline {
            InlineMark::None => "",
            InlineMark::Partial => " (partial-inline)",
            InlineMark::All => " (inline)",
        };
        writeln!(
            text,
            "{:>10} {} {} {:>10} {}  {}{mark}",
            numbers.text(row.flat),
            percentage(row.flat, table.total),
            percentage(sum, table.total),
            numbers.text(row.cum),
            percentage(row.cum, table.total),
            table.frames.frame(row.frame).printable_name()
        )
        .expect("writing to a string cannot fail");
    }
}
