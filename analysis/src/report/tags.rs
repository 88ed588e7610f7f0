//! The text of `-tags`: what each label accounts for.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

use goscope_parsers::pprof::Profile;

use super::numbers::Numbers;
use super::options::{Kind, ReportOptions, Warnings};
use super::put;
use super::selection::{Subject, numbers};
use crate::profile::label_pivot::printed_values;
use crate::profile::labels::labels;
use crate::profile::query::QueryError;

/// All labels by key, with the values of their samples.
///
/// # Errors
/// A filter or sample type that does not fit, or the sink's failure.
pub fn tags_text(
    profile: &Profile,
    options: &ReportOptions,
    out: &mut dyn fmt::Write,
) -> Result<Warnings, QueryError> {
    let subject = Subject::new(profile, options)?;
    let stacks = subject.stacks(options, Kind::Tags)?;
    let numbers = numbers(&stacks, options);
    for (key, (_, values)) in printed_values(labels(&stacks), &options.unit) {
        let values = values.into_iter().map(|(text, sum)| (text, sum.weight)).collect();
        put_key(out, &key, values, stacks.total(), &numbers)?;
    }
    Ok(subject.warnings(&stacks))
}

/// One key: a title and a row a value, in columns that are aligned on the right.
fn put_key(
    out: &mut dyn fmt::Write,
    key: &str,
    values: BTreeMap<String, i64>,
    total: i64,
    numbers: &Numbers,
) -> Result<(), QueryError> {
    let share =
        |value: i64| if total > 0 { format!(" ({})", numbers.share(value, total)) } else { String::new() };
    let sum = values.values().fold(0_i64, |sum, value| sum.wrapping_add(*value));
    let title = format!("{key}:");
    let key_width = title.chars().count() + 1;
    put(
        out,
        format_args!(" {title} Total {} of {}{}\n", numbers.text(sum), numbers.text(total), share(sum)),
    )?;
    let mut rows: Vec<(String, i64)> = values.into_iter().collect();
    rows.sort_by_key(|&(_, value)| Reverse(value.wrapping_abs()));
    let cells: Vec<String> =
        rows.iter().map(|&(_, value)| format!("{}{}:", numbers.text(value), share(value))).collect();
    let width = cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0) + 1;
    for ((text, _), cell) in rows.iter().zip(cells) {
        put(out, format_args!("{:key_width$}{cell:>width$} {text}\n", ""))?;
    }
    put(out, format_args!("\n"))
}
