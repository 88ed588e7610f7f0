//! `goscope trace goroutines`: one row per goroutine, or one goroutine with those that created and unblocked it.

use std::cmp::Reverse;
use std::fmt::Write as _;

use clap::ValueEnum;
use goscope_analysis::trace::answers::population::One;
use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::goroutines::{GoroutineFilter, GoroutineRow};
use goscope_parsers::trace::GoId;
use serde::Serialize;

use super::about::Narrow;
use super::goroutine_args::{GoroutineFilterArgs, LengthArgs, StateArg};
use super::json::HeadJson;
use super::read::{ModelFacts, ReadArgs};
use super::time_range::named;
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::query::trace::goroutines::{FirstGoroutines, FirstGoroutinesQuery, GoroutineOrder};
use crate::query::trace::relations::{Relations, RelationsQuery};
use crate::text::{self, Table, column};

const MORE_HELP: &str = "\
With --goroutine also who created it, who created that one, and the goroutines
that are related to it as in `go tool trace`: those that woke it, and those that
woke these.

Examples:
  goscope trace goroutines trace.out --sort blocked --limit 10
  goscope trace goroutines trace.out --state syscall-blocked --range 1s..1.1s
  goscope trace goroutines trace.out g:52
  goscope trace goroutines trace.out task:51       the one that began it, meanwhile";

/// Arguments of `goscope trace goroutines`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct GoroutinesArgs {
    #[command(flatten)]
    read: ReadArgs,
    /// Only goroutines that were in this state at some time
    #[arg(long, value_enum, value_name = "STATE")]
    state: Option<StateArg>,
    #[command(flatten)]
    length: LengthArgs,
    /// The order of the rows
    #[arg(long, value_enum, value_name = "KEY", default_value = "total")]
    sort: SortArg,
    /// Show the first N rows; 0 shows all
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    /// Print JSON with raw integers (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: GoroutineFilterArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// The most goroutines of a function to list by number.
const NUMBERS: usize = 5;

/// What rows are sorted by, most first.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum SortArg {
    /// Time alive in the range
    Total,
    /// Time running
    Running,
    /// Time waiting for a P
    Runnable,
    /// Time waiting for anything else, or in system calls that lost their P
    Blocked,
    /// Time in system calls
    Syscall,
    /// Start, earliest first
    Start,
}

/// Prints the rows.
pub(super) fn run(args: &GoroutinesArgs) -> Result<(), Failure> {
    let facts = args.read.model(Narrow::Goroutines)?;
    let goroutines = GoroutineFilter {
        state: args.state.map(SpanState::from),
        nanos: args.length.nanos(),
        ..args.which.filter(&facts.about)
    };
    let limit = Some(args.limit).filter(|&limit| limit > 0);
    let question = FirstGoroutinesQuery { range: facts.range(), goroutines, order: args.sort.into(), limit };
    let found = facts.ask(&question)?;
    if found.count == 0 {
        facts.warn();
        return Err(args.read.no_data("no goroutine fits"));
    }
    let relations = |goid| facts.ask(&RelationsQuery { goid });
    let detail = args.which.goroutine(&facts.about).map(relations).transpose()?;
    if args.json {
        args.output.write_json(&json(&facts, &found, detail.as_ref()))?;
    } else {
        let mut text = table_text(&facts, &found);
        detail.iter().for_each(|detail| write_relations(&facts, detail, &mut text));
        args.output.write_text(&text)?;
    }
    facts.warn();
    Ok(())
}

impl From<SortArg> for GoroutineOrder {
    fn from(sort: SortArg) -> Self {
        match sort {
            SortArg::Total => Self::Total,
            SortArg::Running => Self::Running,
            SortArg::Runnable => Self::Runnable,
            SortArg::Blocked => Self::Blocked,
            SortArg::Syscall => Self::Syscall,
            SortArg::Start => Self::Start,
        }
    }
}

/// The state of a goroutine at the end of the range.
fn last_text(facts: &ModelFacts, row: &GoroutineRow) -> String {
    let is_over = row.goroutine.is_ended && row.goroutine.end <= facts.part.range.end;
    if is_over { "ended".to_owned() } else { facts.model().cause(row.last).text(facts.model().tables()) }
}

fn table_text(facts: &ModelFacts, found: &FirstGoroutines) -> String {
    let mut table = Table::new(&[
        "goroutine",
        "begin",
        "total",
        "running",
        "runnable",
        "waiting",
        "syscall",
        "blocked there",
        "<at the end",
        "<function",
    ]);
    for row in &found.rows {
        let begin = if row.goroutine.is_created {
            column::moment(facts.part.since_start(row.goroutine.creation))
        } else {
            "before".to_owned()
        };
        let states = [
            SpanState::Running,
            SpanState::Runnable,
            SpanState::Waiting,
            SpanState::Syscall,
            SpanState::SyscallBlocked,
        ];
        let mut cells = vec![row.goroutine.goid.to_string(), begin, column::duration(row.total_nanos)];
        cells.extend(states.map(|state| column::duration(row.nanos(state))));
        cells.push(last_text(facts, row));
        cells.push(named(facts.text(row.function)));
        table.row(cells);
    }
    let n_listed = found.rows.len();
    let listed = if found.count > n_listed { format!(", {n_listed} of them listed") } else { String::new() };
    format!(
        "{} in {}{listed}\n\n{}",
        column::counted(found.count, "goroutine"),
        facts.part.range_text(),
        table.text()
    )
}

fn write_relations(facts: &ModelFacts, relations: &Relations, text: &mut String) {
    text.push_str("\ncreated by\n");
    for pair in relations.chain.windows(2) {
        let (created, creator) = (&pair[0], &pair[1]);
        let at = column::moment(facts.part.since_start(created.creation));
        let _ = writeln!(text, "  {} {} at {at}", creator.goid, text::name(&facts.function(creator.id)));
    }
    if relations.chain.last().is_some_and(|oldest| !oldest.is_created) {
        text.push_str("  what was before the trace\n");
    }
    text.push_str("\nunblocked by, directly or through another goroutine\n");
    text.push_str(&related_text(facts, &relations.related));
}

/// The functions of related goroutines, the most frequent first, with some of their numbers.
fn related_text(facts: &ModelFacts, related: &[GoId]) -> String {
    let mut functions: Vec<(String, Vec<GoId>)> = Vec::new();
    for &id in related {
        let name = named(facts.function(id));
        match functions.iter_mut().find(|(known, _)| *known == name) {
            Some((_, ids)) => ids.push(id),
            None => functions.push((name, vec![id])),
        }
    }
    functions.sort_by_key(|(_, ids)| Reverse(ids.len()));
    let mut table = Table::new(&["count", "<function", "<goroutines"]);
    for (name, ids) in functions {
        let mut numbers: Vec<String> =
            ids.iter().take(NUMBERS).filter_map(|&id| facts.goid(id)).map(|it| it.to_string()).collect();
        if ids.len() > NUMBERS {
            numbers.push("…".to_owned());
        }
        table.row(vec![ids.len().to_string(), name, numbers.join(", ")]);
    }
    table.text()
}

/// What `--json` prints.
#[derive(Serialize)]
struct GoroutinesJson {
    #[serde(flatten)]
    head: HeadJson,
    count: usize,
    goroutines: Vec<GoroutineJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<Vec<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    related: Option<Vec<i64>>,
}

#[derive(Serialize)]
struct GoroutineJson {
    handle: String,
    goroutine: i64,
    function: String,
    begin_nanos: i64,
    end_nanos: i64,
    is_created: bool,
    is_ended: bool,
    parent: Option<i64>,
    total_nanos: u64,
    running_nanos: u64,
    runnable_nanos: u64,
    waiting_nanos: u64,
    syscall_nanos: u64,
    syscall_blocked_nanos: u64,
    unknown_nanos: u64,
    last_state: &'static str,
    last_reason: String,
    start_stack: Vec<String>,
}

fn json(facts: &ModelFacts, found: &FirstGoroutines, detail: Option<&Relations>) -> GoroutinesJson {
    let row = |row: &GoroutineRow| {
        let last = facts.model().cause(row.last);
        GoroutineJson {
            handle: facts.handle_of(One::Goroutine(row.goroutine.goid)),
            goroutine: row.goroutine.goid,
            function: facts.text(row.function),
            begin_nanos: facts.part.since_start(row.goroutine.creation),
            end_nanos: facts.part.since_start(row.goroutine.end),
            is_created: row.goroutine.is_created,
            is_ended: row.goroutine.is_ended,
            parent: facts.goid(row.goroutine.parent),
            total_nanos: row.total_nanos,
            running_nanos: row.nanos(SpanState::Running),
            runnable_nanos: row.nanos(SpanState::Runnable),
            waiting_nanos: row.nanos(SpanState::Waiting),
            syscall_nanos: row.nanos(SpanState::Syscall),
            syscall_blocked_nanos: row.nanos(SpanState::SyscallBlocked),
            unknown_nanos: row.nanos(SpanState::Unknown),
            last_state: last.state.name(),
            last_reason: facts.text(last.reason),
            start_stack: facts.functions(row.goroutine.start_stack),
        }
    };
    let numbers = |ids: &mut dyn Iterator<Item = GoId>| ids.filter_map(|id| facts.goid(id)).collect();
    GoroutinesJson {
        head: facts.head("goscope.trace_goroutines/1"),
        count: found.count,
        goroutines: found.rows.iter().map(row).collect(),
        created_by: detail.map(|it| numbers(&mut it.chain.iter().skip(1).map(|goroutine| goroutine.id))),
        related: detail.map(|it| numbers(&mut it.related.iter().copied())),
    }
}
