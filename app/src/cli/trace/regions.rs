//! `goscope trace regions`: how long user regions take by type, and the regions that match a filter.

use std::cmp::Reverse;

use goscope_analysis::trace::answers::population::One;
use goscope_analysis::trace::model::nanos_between;
use goscope_analysis::trace::names::given_name;
use goscope_analysis::trace::regions::{RegionType, is_complete};
use goscope_analysis::trace::rows::RegionRow;
use goscope_parsers::trace::TaskId;
use serde::Serialize;

use super::about::Narrow;
use super::goroutine_args::{GoroutineFilterArgs, ListArgs};
use super::json::{DurationsJson, HeadJson, buckets_json};
use super::read::{ModelFacts, ReadArgs};
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::query::trace::region_types::RegionTypesQuery;
use crate::query::trace::regions::RegionsQuery;
use crate::text::{Table, column};

const MORE_HELP: &str = "\
Without a filter: one row per type, which is a name and the function that began
it. With one, or with --list: one row per region, the longest first. Ends that are
not in the trace are those of the goroutine or the trace.

Examples:
  goscope trace regions trace.out
  goscope trace regions trace.out --name search --min 20ms
  goscope trace regions trace.out g:52";

/// Arguments of `goscope trace regions`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct RegionsArgs {
    #[command(flatten)]
    read: ReadArgs,
    /// Only regions with this name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    list: ListArgs,
    /// Print JSON with raw integers (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: GoroutineFilterArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints types or regions.
pub(super) fn run(args: &RegionsArgs) -> Result<(), Failure> {
    let facts = args.read.model(Narrow::Goroutines)?;
    let mut types = facts.ask(&RegionTypesQuery)?.types;
    types.retain(|it| args.name.as_ref().is_none_or(|name| *name == facts.text(it.key.name)));
    let mut regions = if args.is_list(&facts) { Some(args.regions(&facts)?) } else { None };
    let found = regions.as_mut().map(|regions| args.list.cut(regions));
    if types.is_empty() || found == Some(0) {
        facts.warn();
        return Err(args.read.no_data("no region fits"));
    }
    let report = Report { facts: &facts, types, found, regions };
    if args.json {
        args.output.write_json(&report.json())?;
    } else {
        args.output.write_text(&report.text())?;
    }
    facts.warn();
    Ok(())
}

impl RegionsArgs {
    fn is_list(&self, facts: &ModelFacts) -> bool {
        self.list.is_given() || self.read.is_narrowed() || self.which.is_given(&facts.about)
    }

    /// The regions that match, as rows of the model, longest first.
    fn regions(&self, facts: &ModelFacts) -> Result<Vec<usize>, Failure> {
        let mut rows = facts.ask(&RegionsQuery {
            range: facts.range(),
            name: self.name.clone(),
            is_complete: self.list.is_complete(),
            nanos: self.list.nanos(),
            goroutines: self.which.is_given(&facts.about).then(|| self.which.filter(&facts.about)),
        })?;
        let regions = facts.model().regions();
        let nanos = |row: &usize| nanos_between(regions[*row].begin, regions[*row].end);
        rows.rows.sort_by_key(|row| (Reverse(nanos(row)), regions[*row].begin));
        Ok(rows.rows)
    }
}

struct Report<'a> {
    facts: &'a ModelFacts,
    types: Vec<RegionType>,
    found: Option<usize>,
    regions: Option<Vec<usize>>,
}

impl Report<'_> {
    /// The regions with their handles.
    fn rows(&self) -> impl Iterator<Item = (String, &RegionRow)> {
        let places = self.regions.iter().flatten();
        places.map(|&place| {
            let handle = self.facts.handle_of(One::Region(u32::try_from(place).unwrap_or(u32::MAX)));
            (handle, &self.facts.model().regions()[place])
        })
    }

    fn place(&self, it: &RegionType) -> String {
        self.facts.text(it.key.function)
    }

    fn text(&self) -> String {
        if self.regions.is_some() { self.list_text() } else { self.types_text() }
    }

    fn types_text(&self) -> String {
        let titles =
            ["count", "complete", "total", "p50", "p90", "p99", "p99.9", "max", "<name", "<on goroutines of"];
        let mut table = Table::new(&titles);
        for it in &self.types {
            let p = it.durations.percentiles();
            let mut cells = vec![it.durations.count().to_string(), it.complete.to_string()];
            cells.push(column::duration_sum(it.durations.total_nanos()));
            cells.extend([p.p50, p.p90, p.p99, p.p99_9, p.max].map(column::duration));
            cells.extend([given_name(self.facts.model().tables(), it.key.name), self.place(it)]);
            table.row(cells);
        }
        table.text()
    }

    fn list_text(&self) -> String {
        let mut table =
            Table::new(&["<region", "begin", "took", "<complete", "goroutine", "task", "<name", "<function"]);
        for (handle, row) in self.rows() {
            table.row(vec![
                handle,
                column::moment(self.facts.part.since_start(row.begin)),
                column::duration(nanos_between(row.begin, row.end)),
                if is_complete(row) { "yes" } else { "no" }.to_owned(),
                self.facts.goid(row.goroutine).map_or(String::new(), |goid| goid.to_string()),
                self.task(row.task).map_or(String::new(), |number| number.to_string()),
                given_name(self.facts.model().tables(), row.name),
                self.facts.function(row.goroutine),
            ]);
        }
        let (found, listed) = (self.found.unwrap_or(0), self.rows().count());
        let listed = if found > listed { format!(", {listed} of them listed") } else { String::new() };
        format!("{}{listed}\n\n{}", column::counted(found, "region"), table.text())
    }

    fn task(&self, id: TaskId) -> Option<u64> {
        let is_one = id.is_some() && id != TaskId::BACKGROUND;
        is_one.then(|| self.facts.model().tables().task_number(id))
    }

    fn json(&self) -> RegionsJson {
        let types = self.types.iter().map(|it| TypeJson {
            name: self.facts.text(it.key.name),
            function: self.place(it),
            complete: it.complete,
            durations: (&it.durations).into(),
            buckets: buckets_json(&it.durations),
        });
        let region = |(handle, row): (String, &RegionRow)| RegionJson {
            handle,
            name: self.facts.text(row.name),
            begin_nanos: self.facts.part.since_start(row.begin),
            end_nanos: self.facts.part.since_start(row.end),
            is_complete: is_complete(row),
            goroutine: self.facts.goid(row.goroutine),
            function: self.facts.function(row.goroutine),
            task: self.task(row.task),
            begin_stack: self.facts.functions(row.begin_stack),
        };
        RegionsJson {
            head: self.facts.head("goscope.trace_regions/1"),
            types: types.collect(),
            count: self.found,
            regions: self.regions.is_some().then(|| self.rows().map(region).collect()),
        }
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct RegionsJson {
    #[serde(flatten)]
    head: HeadJson,
    types: Vec<TypeJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    regions: Option<Vec<RegionJson>>,
}

#[derive(Serialize)]
struct TypeJson {
    name: String,
    function: String,
    complete: u64,
    durations: DurationsJson,
    buckets: Vec<[u64; 3]>,
}

#[derive(Serialize)]
struct RegionJson {
    handle: String,
    name: String,
    begin_nanos: i64,
    end_nanos: i64,
    is_complete: bool,
    goroutine: Option<i64>,
    function: String,
    task: Option<u64>,
    begin_stack: Vec<String>,
}
