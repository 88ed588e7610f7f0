//! `goscope trace gcbill`: who pays for the garbage collector, and who causes it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::about::Narrow;
use super::answer_args::{PopulationArgs, RowLimitArgs};
use super::json::HeadJson;
use super::read::{ModelFacts, ReadArgs};
use super::time_range::named;
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::input_bytes::shown_name;
use crate::query::trace::answers::gc_bill::{
    AllocSite, AllocSites, BillRow, FEW_RISES, GcBillAnswer, GcBillQuery, gc_bill_notes, gc_bill_sentence,
};
use crate::query::trace::answers::why_sentence::nothing_complete;
use crate::text::{self, Table, column};

/// Functions of a profile, and rows with such, that are listed as text.
const MOST_SITES: usize = 5;

const MORE_HELP: &str = "\
Who pays: assists (marking before one may allocate, running or not), waits for
something to assist with, sweeping before allocations, pauses of the collector,
and time in which all Ps were in use, one by a worker of the collector (stolen).
On path is the part of the pauses that lay on critical paths. They overlap and are
never added up.

Who causes it: the heap is noted whenever a P takes a fresh span of memory, so a
rise belongs to the goroutine that ran there. Spans are 8 KiB and more: what
allocates little or rarely comes out too low.

Without --task, --region, --function and --http it is about tasks, else regions,
else requests, else goroutines by the function that they run.

Examples:
  goscope trace gcbill trace.out
  goscope trace gcbill trace.out --http --range 1s..2s
  goscope trace gcbill trace.out --profile allocs.pb.gz
  goscope trace gcbill trace.out --json | jq '.rows[0]'";

/// Arguments of `goscope trace gcbill`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct GcBillArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    population: PopulationArgs,
    /// Heap or allocation profile of the same run: which functions allocate, of all of it
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    #[command(flatten)]
    limit: RowLimitArgs,
    /// Print JSON with raw integers (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints the answer.
pub(super) fn run(args: &GcBillArgs) -> Result<(), Failure> {
    let facts = args.read.model(Narrow::Instances)?;
    let profile = args.profile.as_deref().map(|path| args.sites(path)).transpose()?;
    let population = args.population.population(&args.read, &facts)?;
    let query = GcBillQuery { population, range: facts.range(), profile };
    let answer = facts.ask(&query)?;
    if answer.bill.rows.is_empty() {
        facts.warn();
        let what =
            answer.population.as_ref().map_or("there is no goroutine of the program".to_owned(), |it| {
                nothing_complete(it, answer.bill.incomplete, facts.range().is_some())
            });
        return Err(args.read.no_data(&what));
    }
    if args.json {
        args.output.write_json(&json(&facts, &answer, args.limit.of_json()))?;
    } else {
        args.output.write_text(&text(&facts, &answer, args.limit.of_text()))?;
    }
    facts.warn();
    Ok(())
}

impl GcBillArgs {
    /// The sites of the profile.
    fn sites(&self, path: &Path) -> Result<Arc<AllocSites>, Failure> {
        let sites = AllocSites::new(&self.read.read_profile(path)?);
        let no_heap_profile =
            || self.read.wrong_usage(&format!("{} is no heap or allocation profile", shown_name(path)));
        sites.map(Arc::new).ok_or_else(no_heap_profile)
    }
}

fn about(answer: &GcBillAnswer) -> String {
    answer.population.as_ref().map_or("goroutines by function".to_owned(), |it| it.text())
}

fn text(facts: &ModelFacts, answer: &GcBillAnswer, limit: usize) -> String {
    let (model, bill) = (facts.model(), &answer.bill);
    let sentence = gc_bill_sentence(model, answer).map_or(String::new(), |sentence| sentence.text());
    let mut text = format!("{sentence}.\n");
    for note in gc_bill_notes(answer) {
        let _ = writeln!(text, "{note}");
    }
    let titles =
        ["assists", "assist waits", "sweeps", "pauses", "on path", "stolen", "│ allocated", "share", "count"];
    let mut table = Table::new(&[&titles[..], &["took", "<name"]].concat());
    for row in bill.rows.iter().take(limit) {
        let paid = [
            row.assist_nanos,
            row.assist_wait_nanos,
            row.sweep_nanos,
            row.stw_nanos,
            row.stw_on_path_nanos,
            row.stolen_nanos,
        ];
        let about = if row.rises > 0 && row.rises < FEW_RISES { "~" } else { "" };
        let mut cells: Vec<String> = paid.map(column::duration).to_vec();
        cells.push(format!("│ {about}{}", text::column::bytes(row.alloc_bytes)));
        cells.push(column::percent(u128::from(row.alloc_bytes), u128::from(bill.alloc_bytes)));
        cells.push(row.instances.to_string());
        cells.push(column::duration(row.wall_nanos));
        cells.push(named(answer.name(model, row)));
        table.row(cells);
    }
    let _ = write!(text, "\n{} in {}\n{}", about(answer), facts.part.range_text(), table.text());
    if bill.rows.len() > limit {
        let _ = writeln!(text, "… {} more (--limit)", bill.rows.len() - limit);
    }
    if let Some(profile) = &answer.profile {
        write_sites(facts, answer, profile, &mut text);
    }
    text
}

/// What the profile says: who allocates in all, and below the functions that rows are named after.
fn write_sites(facts: &ModelFacts, answer: &GcBillAnswer, profile: &AllocSites, text: &mut String) {
    let all = profile.bytes();
    let table = |sites: &[AllocSite]| {
        let mut table = Table::new(&["allocated", "share", "<in"]);
        for site in sites.iter().take(MOST_SITES) {
            let share = column::percent(u128::from(site.bytes), u128::from(all));
            table.row(vec![text::column::bytes(site.bytes), share, site.function.clone()]);
        }
        table.text()
    };
    let head = format!("by the profile, of the whole run ({})", text::column::bytes(all));
    let _ = write!(text, "\n{head}\n{}", table(&profile.sites(None)));
    for row in answer.bill.rows.iter().take(MOST_SITES) {
        let sites = answer.sites(facts.model(), row);
        if !sites.is_empty() {
            let name = text::name(&named(answer.name(facts.model(), row)));
            let _ = write!(text, "\nbelow {name}\n{}", table(&sites));
        }
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct GcBillJson {
    #[serde(flatten)]
    head: HeadJson,
    about: String,
    sentence: String,
    notes: Vec<String>,
    alloc_bytes: u64,
    alloc_events: u64,
    incomplete: u64,
    rows: Vec<RowJson>,
    rows_left_out: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    sites: Option<Vec<SiteJson>>,
}

#[derive(Serialize)]
struct RowJson {
    name: String,
    instances: u64,
    wall_nanos: u64,
    assist_nanos: u64,
    assist_wait_nanos: u64,
    sweep_nanos: u64,
    stw_nanos: u64,
    stw_on_path_nanos: u64,
    stolen_nanos: u64,
    alloc_bytes: u64,
    alloc_events: u64,
    alloc_share: f64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sites: Vec<SiteJson>,
}

#[derive(Serialize)]
struct SiteJson {
    function: String,
    bytes: u64,
    share: f64,
}

fn json(facts: &ModelFacts, answer: &GcBillAnswer, limit: usize) -> GcBillJson {
    let (model, bill) = (facts.model(), &answer.bill);
    let row = |row: &BillRow| RowJson {
        name: answer.name(model, row),
        instances: row.instances,
        wall_nanos: row.wall_nanos,
        assist_nanos: row.assist_nanos,
        assist_wait_nanos: row.assist_wait_nanos,
        sweep_nanos: row.sweep_nanos,
        stw_nanos: row.stw_nanos,
        stw_on_path_nanos: row.stw_on_path_nanos,
        stolen_nanos: row.stolen_nanos,
        alloc_bytes: row.alloc_bytes,
        alloc_events: row.rises,
        alloc_share: row.alloc_bytes as f64 / bill.alloc_bytes.max(1) as f64,
        sites: sites_json(answer.profile.as_deref(), answer.sites(model, row)),
    };
    GcBillJson {
        head: facts.head("goscope.trace_gcbill/1"),
        about: about(answer),
        sentence: gc_bill_sentence(model, answer).map_or(String::new(), |sentence| sentence.text()),
        notes: gc_bill_notes(answer),
        alloc_bytes: bill.alloc_bytes,
        alloc_events: bill.rises,
        incomplete: bill.incomplete,
        rows: bill.rows.iter().take(limit).map(row).collect(),
        rows_left_out: bill.rows.len().saturating_sub(limit),
        sites: answer.profile.as_deref().map(|profile| sites_json(Some(profile), profile.sites(None))),
    }
}

fn sites_json(profile: Option<&AllocSites>, sites: Vec<AllocSite>) -> Vec<SiteJson> {
    let all = profile.map_or(1, AllocSites::bytes).max(1) as f64;
    let site = |AllocSite { function, bytes }| SiteJson { function, bytes, share: bytes as f64 / all };
    sites.into_iter().map(site).collect()
}
