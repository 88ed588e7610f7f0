//! The table of totals: what each function has on both sides, added up over all runs. It judges nothing.

use std::fmt::Write as _;

use goscope_analysis::profile::diff::{DiffRow, DiffTable};
use goscope_analysis::value::ValueFormat;
use goscope_analysis::verdict::Verdict;
use serde::Serialize;

use crate::cli::json::FrameJson;
use crate::report::json::VerdictJson;
use crate::text;

/// The table in the order in which it is printed.
pub(super) fn sorted(mut table: DiffTable, is_by_cum: bool) -> DiffTable {
    if is_by_cum {
        // The sort is stable: rows of equal cum stay in order of their flat change.
        table.rows.sort_by_key(|row| std::cmp::Reverse(row.head_cum.abs_diff(row.base_cum)));
    }
    table
}

/// The table as text, with at most `max_rows` rows.
pub(super) fn table_text(table: &DiffTable, is_per_second: bool, max_rows: usize) -> String {
    let format = ValueFormat::auto(&table.unit);
    let change = |base: i64, head: i64| format.signed_text(head.saturating_sub(base));
    let basis = if is_per_second { ", head scaled to the run time of the base" } else { "" };
    let mut text = format!(
        "Total: {} to {}, {} ({}){basis}\n",
        format.text(table.base_total),
        format.text(table.head_total),
        change(table.base_total, table.head_total),
        text::column::change(table.base_total, table.head_total),
    );
    let is_changed = |row: &&DiffRow| row.base_flat != row.head_flat || row.base_cum != row.head_cum;
    let n_changed = table.rows.iter().filter(is_changed).count();
    let rows: Vec<&DiffRow> = table.rows.iter().filter(is_changed).take(max_rows).collect();
    if rows.len() < n_changed {
        let _ = writeln!(text, "Showing {} of {n_changed} functions that changed", rows.len());
    }
    let _ = writeln!(
        text,
        "{:>10} {:>10} {:>10} {:>8} | {:>10} {:>10} {:>10} {:>8}",
        "base flat", "head flat", "change", "%", "base cum", "head cum", "change", "%"
    );
    for row in rows {
        let _ = writeln!(
            text,
            "{:>10} {:>10} {:>10} {:>8} | {:>10} {:>10} {:>10} {:>8}  {}",
            format.text(row.base_flat),
            format.text(row.head_flat),
            change(row.base_flat, row.head_flat),
            text::column::change(row.base_flat, row.head_flat),
            format.text(row.base_cum),
            format.text(row.head_cum),
            change(row.base_cum, row.head_cum),
            text::column::change(row.base_cum, row.head_cum),
            table.frames.frame(row.frame).printable_name(),
        );
    }
    text
}

/// What `--json` prints.
#[derive(Serialize)]
pub(super) struct DiffJson<'a> {
    schema: &'static str,
    sample_type: &'a str,
    unit: &'a str,
    scale: &'static str,
    base_total: i64,
    head_total: i64,
    /// `null` where none was asked for, or the sides cannot be judged.
    verdict: Option<VerdictJson<'a>>,
    rows: Vec<DiffRowJson>,
}

#[derive(Serialize)]
struct DiffRowJson {
    #[serde(flatten)]
    frame: FrameJson,
    base_flat: i64,
    base_cum: i64,
    head_flat: i64,
    head_cum: i64,
}

/// The table and the verdict as JSON.
pub(super) fn json<'a>(
    sample_type: &'a str,
    table: &'a DiffTable,
    is_per_second: bool,
    verdict: Option<&'a Verdict>,
) -> DiffJson<'a> {
    let rows = table.rows.iter().map(|row| DiffRowJson {
        frame: FrameJson::from(table.frames.frame(row.frame)),
        base_flat: row.base_flat,
        base_cum: row.base_cum,
        head_flat: row.head_flat,
        head_cum: row.head_cum,
    });
    DiffJson {
        schema: "goscope.diff/1",
        sample_type,
        unit: &table.unit,
        scale: if is_per_second { "per_second" } else { "total" },
        base_total: table.base_total,
        head_total: table.head_total,
        verdict: verdict.map(VerdictJson::from),
        rows: rows.collect(),
    }
}
