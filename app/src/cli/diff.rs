//! `goscope diff`: what changed between two profiles, or two sets of profiles, of the same type.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::anyhow;
use clap::ValueEnum;
use goscope_analysis::profile::diff::{DiffRow, DiffScale, DiffTable};
use goscope_analysis::value::ValueFormat;
use goscope_flamegraph::flame_tree::DiffWidth;
use goscope_flamegraph::svg::write_diff_svg;
use serde::Serialize;

use super::args::QueryArgs;
use super::failure::{Failure, warn};
use super::input::InputArgs;
use super::json::FrameJson;
use super::output::OutputArgs;
use super::svg::LooksArgs;
use crate::input_bytes::shown_name;
use crate::query::call_tree::{CallTreeQuery, TreeKind};
use crate::query::diff_table::{Diff, DiffTableQuery};
use crate::query::{Documents, answer};
use crate::text;

/// Arguments of `goscope diff`.
#[derive(Debug, clap::Args)]
pub(super) struct DiffArgs {
    /// Profile from before the change
    #[arg(value_name = "BASE", required_unless_present = "base_files", conflicts_with = "base_files")]
    base: Option<PathBuf>,
    /// Profile from after the change
    #[arg(value_name = "HEAD", required_unless_present = "head_files", conflicts_with = "head_files")]
    head: Option<PathBuf>,
    /// Profiles from before the change, merged
    #[arg(long = "base", value_name = "FILE", num_args = 1.., requires = "head_files")]
    base_files: Vec<PathBuf>,
    /// Profiles from after the change, merged
    #[arg(long = "head", value_name = "FILE", num_args = 1.., requires = "base_files")]
    head_files: Vec<PathBuf>,
    /// Compare values per second of run time instead of totals
    #[arg(long)]
    per_second: bool,
    /// Sort by change of the cumulative instead of the flat value
    #[arg(long)]
    cum: bool,
    /// Show at most N rows
    #[arg(long, short = 'n', value_name = "N", default_value_t = 40)]
    nodecount: usize,
    /// Print JSON with raw integers and all rows (docs/json.md)
    #[arg(long, conflicts_with = "svg")]
    json: bool,
    /// Draw a differential flame graph
    #[arg(long)]
    svg: bool,
    /// What the width of a box in the SVG means
    #[arg(long, value_enum, value_name = "SIDE", default_value = "both")]
    width_of: WidthArg,
    #[command(flatten)]
    looks: LooksArgs,
    #[command(flatten)]
    query: QueryArgs,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Which side gives the widths of a differential flame graph.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum WidthArg {
    /// The sum of both sides, so that new and removed functions both show
    Both,
    /// The base; new functions have no width
    Base,
    /// The head; removed functions have no width
    Head,
}

impl From<WidthArg> for DiffWidth {
    fn from(width: WidthArg) -> Self {
        match width {
            WidthArg::Both => Self::Both,
            WidthArg::Base => Self::Base,
            WidthArg::Head => Self::Head,
        }
    }
}

/// Compares and prints.
pub(super) fn run(args: &DiffArgs) -> Result<(), Failure> {
    let base_paths: Vec<PathBuf> = args.base.iter().chain(&args.base_files).cloned().collect();
    let head_paths: Vec<PathBuf> = args.head.iter().chain(&args.head_files).cloned().collect();
    // Both sides at once: reading them takes most of the time.
    let both = args.input.documents(&[&*base_paths, &*head_paths].concat())?;
    let (base, head) = both.split_at(base_paths.len());
    let documents = Documents::sides(base, head);
    let scale = if args.per_second { DiffScale::PerSecond } else { DiffScale::Totals };
    let stacks = args.query.query();
    if args.svg {
        let tree = answer(
            &CallTreeQuery { stacks, direction: args.looks.direction(), diff: Some(scale) },
            documents,
        )?;
        let TreeKind::Diff(boxes) = &tree.kind else { unreachable!("two sides make a differential tree") };
        warn(&tree.warnings);
        refuse_nothing(&tree.sample_type, tree.total, tree.head_total.unwrap_or(0))?;
        let title = format!("{}: {} → {}", tree.sample_type, names(&base_paths), names(&head_paths));
        let options = args.looks.options(&title, &tree.unit, None);
        return args.output.write(|out| write_diff_svg(boxes, args.width_of.into(), &options, out));
    }
    let diff = answer(&DiffTableQuery { stacks, scale }, documents)?;
    let Diff { table, sample_type, warnings, .. } = diff;
    warn(&warnings);
    refuse_nothing(&sample_type, table.base_total, table.head_total)?;
    let table = sorted(table, args.cum);
    if args.json {
        return args.output.write_json(&json(&sample_type, &table, args.per_second));
    }
    let heading =
        format!("Type: {sample_type}\nBase: {}\nHead: {}\n", names(&base_paths), names(&head_paths));
    args.output.write_text(&(heading + &table_text(&table, args)))
}

/// Refuses two sides without any value: there is nothing to say about them.
fn refuse_nothing(sample_type: &str, base_total: i64, head_total: i64) -> Result<(), Failure> {
    if base_total == 0 && head_total == 0 {
        let what = format!("nothing to compare: both sides hold no {sample_type} at all");
        return Err(Failure::NoData(anyhow!(what)));
    }
    Ok(())
}

fn names(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| shown_name(path)).collect::<Vec<_>>().join(", ")
}

fn sorted(mut table: DiffTable, is_by_cum: bool) -> DiffTable {
    if is_by_cum {
        // The sort is stable: rows of equal cum stay in order of their flat change.
        table.rows.sort_by_key(|row| std::cmp::Reverse(row.head_cum.abs_diff(row.base_cum)));
    }
    table
}

fn table_text(table: &DiffTable, args: &DiffArgs) -> String {
    let format = ValueFormat::auto(&table.unit);
    let change = |base: i64, head: i64| format.signed_text(head.saturating_sub(base));
    let basis = if args.per_second { ", head scaled to the run time of the base" } else { "" };
    let mut text = format!(
        "Total: {} to {}, {} ({}){basis}\n",
        format.text(table.base_total),
        format.text(table.head_total),
        change(table.base_total, table.head_total),
        text::change(table.base_total, table.head_total),
    );
    let is_changed = |row: &&DiffRow| row.base_flat != row.head_flat || row.base_cum != row.head_cum;
    let n_changed = table.rows.iter().filter(is_changed).count();
    let rows: Vec<&DiffRow> = table.rows.iter().filter(is_changed).take(args.nodecount).collect();
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
            text::change(row.base_flat, row.head_flat),
            format.text(row.base_cum),
            format.text(row.head_cum),
            change(row.base_cum, row.head_cum),
            text::change(row.base_cum, row.head_cum),
            table.frames.frame(row.frame).printable_name(),
        );
    }
    text
}

/// What `--json` prints.
#[derive(Serialize)]
struct DiffJson<'a> {
    schema: &'static str,
    sample_type: &'a str,
    unit: &'a str,
    scale: &'static str,
    base_total: i64,
    head_total: i64,
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

fn json<'a>(sample_type: &'a str, table: &'a DiffTable, is_per_second: bool) -> DiffJson<'a> {
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
        rows: rows.collect(),
    }
}
