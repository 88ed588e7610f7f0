//! `goscope trace stw`: every stop-the-world (STW) pause.

use std::fmt::Write as _;

use goscope_analysis::trace::stw::{Pause, StwLog, pause_kinds};
use serde::Serialize;

use super::json::HeadJson;
use super::read::{ReadArgs, TraceFacts};
use super::time_range::start_function;
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::query::trace::times::Times;
use crate::text::{self, Table, column};

/// Arguments of `goscope trace stw`.
#[derive(Debug, clap::Args)]
pub(super) struct StwArgs {
    #[command(flatten)]
    read: ReadArgs,
    /// Show only the N longest pauses, longest first
    #[arg(long, value_name = "N")]
    longest: Option<usize>,
    /// Print JSON with raw integers (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints the pauses.
pub(super) fn run(args: &StwArgs) -> Result<(), Failure> {
    let mut log = StwLog::default();
    let facts = args.read.read(|event, tables| log.event(event, tables))?;
    let mut pauses = log.finish();
    pauses.retain(|pause| pause.begin < facts.part.range.end && pause.end > facts.part.range.start);
    let listed = listed(&pauses, args.longest);
    if args.json {
        args.output.write_json(&json(&facts, &pauses, &listed))?;
    } else {
        args.output.write_text(&text(&facts, &pauses, &listed))?;
    }
    facts.warn();
    Ok(())
}

fn listed(pauses: &[Pause], longest: Option<usize>) -> Vec<Pause> {
    let mut listed = pauses.to_vec();
    if let Some(count) = longest {
        listed.sort_by_key(|pause| std::cmp::Reverse(pause.nanos()));
        listed.truncate(count);
    }
    listed
}

/// The start function of the goroutine that stopped the world.
fn function(facts: &TraceFacts, pause: &Pause) -> String {
    start_function(&facts.tables, pause.stack)
}

/// Time stopped in the range, in nanoseconds.
fn stopped_nanos(facts: &TraceFacts, pauses: &[Pause]) -> u64 {
    pauses.iter().map(|pause| pause.nanos_in(&facts.part.range)).sum()
}

fn text(facts: &TraceFacts, pauses: &[Pause], listed: &[Pause]) -> String {
    let stopped = stopped_nanos(facts, pauses);
    let percent = text::fine_percent(stopped as f64 / facts.part.range_nanos() as f64);
    let mut text = format!(
        "{} stop-the-world pauses, stopped for {} ({percent}) of {}\n\n",
        pauses.len(),
        column::duration(stopped),
        facts.part.range_text(),
    );
    let mut kinds = Table::new(&["count", "total", "p50", "p90", "p99", "max", "<kind"]);
    for row in pause_kinds(pauses) {
        let p = row.durations.percentiles();
        let total = column::duration_sum(row.durations.total_nanos());
        let mut cells = vec![row.durations.count().to_string(), total];
        cells.extend([p.p50, p.p90, p.p99, p.max].map(column::duration));
        cells.push(facts.tables.string_lossy(row.kind).into_owned());
        kinds.row(cells);
    }
    let mut rows = Table::new(&["at", "length", "<kind", "goroutine", "<function"]);
    for pause in listed {
        rows.row(vec![
            column::moment(facts.part.since_start(pause.begin)),
            column::duration(pause.nanos()),
            facts.tables.string_lossy(pause.kind).into_owned(),
            facts.goid(pause.goroutine).map_or(String::new(), |goid| goid.to_string()),
            function(facts, pause),
        ]);
    }
    let _ = write!(text, "{}\n{}", kinds.text(), rows.text());
    text
}

/// What `--json` prints.
#[derive(Serialize)]
struct StwJson {
    #[serde(flatten)]
    head: HeadJson,
    stopped_nanos: u64,
    kinds: Vec<KindJson>,
    pauses: Vec<PauseJson>,
}

#[derive(Serialize)]
struct KindJson {
    kind: String,
    is_by_gc: bool,
    count: u64,
    total_nanos: u128,
    p50_nanos: u64,
    p90_nanos: u64,
    p99_nanos: u64,
    p99_9_nanos: u64,
    max_nanos: u64,
}

#[derive(Serialize)]
struct PauseJson {
    handle: String,
    begin_nanos: i64,
    length_nanos: u64,
    kind: String,
    is_by_gc: bool,
    goroutine: Option<i64>,
    function: String,
    stack: Vec<String>,
}

fn json(facts: &TraceFacts, pauses: &[Pause], listed: &[Pause]) -> StwJson {
    let kinds = pause_kinds(pauses).into_iter().map(|row| {
        let p = row.durations.percentiles();
        KindJson {
            kind: facts.tables.string_lossy(row.kind).into_owned(),
            is_by_gc: row.is_by_gc,
            count: row.durations.count(),
            total_nanos: row.durations.total_nanos(),
            p50_nanos: p.p50,
            p90_nanos: p.p90,
            p99_nanos: p.p99,
            p99_9_nanos: p.p99_9,
            max_nanos: p.max,
        }
    });
    let handle = |pause: &Pause| {
        let nanos = |time| facts.part.since_start(time);
        Times { begin_nanos: nanos(pause.begin), end_nanos: Some(nanos(pause.end)) }.to_string()
    };
    let rows = listed.iter().map(|pause| PauseJson {
        handle: handle(pause),
        begin_nanos: facts.part.since_start(pause.begin),
        length_nanos: pause.nanos(),
        kind: facts.tables.string_lossy(pause.kind).into_owned(),
        is_by_gc: pause.is_by_gc,
        goroutine: facts.goid(pause.goroutine),
        function: function(facts, pause),
        stack: facts.functions(pause.stack),
    });
    StwJson {
        head: facts.head("goscope.trace_stw/1"),
        stopped_nanos: stopped_nanos(facts, pauses),
        kinds: kinds.collect(),
        pauses: rows.collect(),
    }
}
