//! `goscope top`: the table of functions, as text like `go tool pprof -top` or as JSON.

use std::path::PathBuf;
use std::slice;

use goscope_analysis::profile::top::{InlineMark, TopOptions};
use goscope_analysis::report::top_text;
use serde::Serialize;

use super::args::QueryArgs;
use super::failure::{Failure, warn};
use super::input::InputArgs;
use super::json::FrameJson;
use super::output::OutputArgs;
use super::report::print;
use super::report_args::ReportArgs;
use crate::query::top::{Top, TopQuery};
use crate::query::{Documents, answer};

/// Arguments of `goscope top`.
#[derive(Debug, clap::Args)]
pub(super) struct TopArgs {
    /// Profile to read
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print JSON with raw integers (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    query: QueryArgs,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// What `--json` prints.
#[derive(Serialize)]
struct TopJson<'a> {
    schema: &'static str,
    sample_type: &'a str,
    unit: &'a str,
    total: i64,
    rows: Vec<TopRowJson>,
}

#[derive(Serialize)]
struct TopRowJson {
    #[serde(flatten)]
    frame: FrameJson,
    flat: i64,
    cum: i64,
    inlined: &'static str,
}

/// Prints the table.
pub(super) fn run(args: &TopArgs) -> Result<(), Failure> {
    let document = args.input.document(&args.file)?;
    let documents = Documents::of_tab(slice::from_ref(&document));
    let options = args.report.options(&args.query);
    if !args.json {
        let profile = documents.profile_in_front()?.profile.printable();
        return print(&args.output, |out| top_text(&profile, &options, out));
    }
    let is_trimmed = options.trim;
    let rows = TopOptions {
        sort: options.sort,
        node_count: if is_trimmed { options.node_count.unwrap_or(0) } else { 0 },
        node_fraction: if is_trimmed { options.node_fraction } else { 0.0 },
        edge_fraction: if is_trimmed { options.edge_fraction } else { 0.0 },
    };
    let top = answer(&TopQuery { stacks: options.query, rows }, documents)?;
    warn(&top.warnings);
    args.output.write_json(&json(&top))
}

fn json(top: &Top) -> TopJson<'_> {
    let rows = top.table.rows.iter().map(|row| TopRowJson {
        frame: FrameJson::from(top.table.frames.frame(row.frame)),
        flat: row.flat,
        cum: row.cum,
        inlined: match row.inline {
            InlineMark::None => "never",
            InlineMark::Partial => "partly",
            InlineMark::All => "always",
        },
    });
    TopJson {
        schema: "goscope.top/1",
        sample_type: &top.sample_type,
        unit: &top.unit,
        total: top.table.total,
        rows: rows.collect(),
    }
}
