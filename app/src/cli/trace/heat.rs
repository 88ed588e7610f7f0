//! `goscope trace heat`: CPU samples or running Ps as a heat map, second beside second.

use std::fmt::Write as _;

use clap::ValueEnum;
use serde::Serialize;

use super::about::Narrow;
use super::json::HeadJson;
use super::read::{ModelFacts, ReadArgs};
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::query::trace::heat::{HeatMap, HeatOf, HeatQuery, N_ROWS};
use crate::text;

const MORE_HELP: &str = "\
A column is a second (or another power of ten that fits the trace), a row a fiftieth
of it: time goes down a column, and on at the top of the next one. What repeats is a
line across; what happens once is a dark spot, to be looked at with --range of any
other report. From light to dark: . : - = + * # % @ in equal steps to the largest.

Examples:
  goscope trace heat trace.out
  goscope trace heat trace.out --of running --json";

/// From nothing to the largest value.
const SHADES: [char; 10] = [' ', '.', ':', '-', '=', '+', '*', '#', '%', '@'];

/// What is counted.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum HeatOfArg {
    /// CPU samples
    Samples,
    /// Ps that run goroutines, on average
    Running,
}

impl From<HeatOfArg> for HeatOf {
    fn from(of: HeatOfArg) -> Self {
        match of {
            HeatOfArg::Samples => Self::Samples,
            HeatOfArg::Running => Self::Running,
        }
    }
}

/// Arguments of `goscope trace heat`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct HeatArgs {
    #[command(flatten)]
    read: ReadArgs,
    /// What is counted (default: CPU samples, or running Ps if the trace has none)
    #[arg(long, value_enum, value_name = "WHAT")]
    of: Option<HeatOfArg>,
    /// Print JSON (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints the map.
pub(super) fn run(args: &HeatArgs) -> Result<(), Failure> {
    let facts = args.read.model(Narrow::Time)?;
    if facts.range().is_some() {
        return Err(args.read.wrong_usage("the heat map is of the whole trace: leave out the time"));
    }
    let map = facts.ask(&HeatQuery { of: args.of.map(HeatOf::from) })?;
    if map.most == 0.0 {
        facts.warn();
        return Err(args.read.no_data(match map.of {
            HeatOf::Samples => {
                "there are no CPU samples: a trace has them if the CPU profiler ran at the same time"
            }
            HeatOf::Running => "no goroutine ran",
        }));
    }
    if args.json {
        args.output.write_json(&json(&facts, &map))?;
    } else {
        args.output.write_text(&map_text(&map))?;
    }
    facts.warn();
    Ok(())
}

/// The sentence over the map.
fn sentence(map: &HeatMap) -> String {
    let hottest = map.hottest().map(|cell| map.range(cell, cell).start_nanos).unwrap_or_default();
    let most = match map.of {
        HeatOf::Samples => format!("{:.0}", map.most),
        HeatOf::Running => format!("{:.1}", map.most),
    };
    format!(
        "{} over {}: a column is {}, a row {}. The darkest has {most}, at {}.",
        match map.of {
            HeatOf::Samples => "CPU samples",
            HeatOf::Running => "Running Ps",
        },
        text::duration(map.trace_nanos),
        text::duration(map.column_nanos()),
        text::duration(map.cell_nanos),
        text::duration(hottest),
    )
}

fn map_text(map: &HeatMap) -> String {
    let mut text = format!("{}\n\n", sentence(map));
    for row in 0..N_ROWS {
        let cells = (0..map.n_columns())
            .map(|column| map.column(column).get(row).map_or(' ', |&cell| shade(map, cell)));
        let cells: String = cells.collect();
        let offset = if row % 10 == 0 { text::duration(map.cell_nanos * row as i64) } else { String::new() };
        let _ = writeln!(text, "{offset:>8} |{cells}|");
    }
    text
}

fn shade(map: &HeatMap, cell: f32) -> char {
    let last = SHADES.len() - 1;
    let step = (cell / map.most * last as f32).ceil() as usize;
    SHADES[step.min(last)]
}

/// What `--json` prints.
#[derive(Serialize)]
struct HeatJson<'a> {
    #[serde(flatten)]
    head: HeadJson,
    of: HeatOf,
    column_nanos: i64,
    cell_nanos: i64,
    most: f32,
    columns: Vec<&'a [f32]>,
}

fn json<'a>(facts: &ModelFacts, map: &'a HeatMap) -> HeatJson<'a> {
    HeatJson {
        head: facts.head("goscope.trace_heat/1"),
        of: map.of,
        column_nanos: map.column_nanos(),
        cell_nanos: map.cell_nanos,
        most: map.most,
        columns: (0..map.n_columns()).map(|column| map.column(column)).collect(),
    }
}
