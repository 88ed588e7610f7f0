//! `goscope trace tasks`: how long user tasks take by type, the tasks that match a filter, or one task in full.

use std::fmt::Write as _;

use goscope_analysis::trace::answers::population::{One, Population};
use goscope_analysis::trace::model::nanos_between;
use goscope_analysis::trace::names::{BEGUN_BEFORE, given_name, task_name};
use goscope_analysis::trace::tasks::{TaskEvent, TaskEventKind, TaskType};
use goscope_parsers::trace::TaskId;
use serde::Serialize;

use super::about::{Narrow, task_arg};
use super::goroutine_args::ListArgs;
use super::json::{DurationsJson, HeadJson, buckets_json};
use super::read::{ModelFacts, ReadArgs};
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::query::trace::task_facts::{TaskFacts, TaskMoment, TaskQuery};
use crate::query::trace::task_types::TaskTypesQuery;
use crate::query::trace::tasks::{ListedTask, TasksQuery};
use crate::text::{self, Table, column};

const MORE_HELP: &str = "\
Without a filter: one row per type, with the lengths of its complete tasks. With
one, or with --list: one row per task, the longest first. With task:N or --id: the
tree of a task, its goroutines, and all that happened in it, in order.

Examples:
  goscope trace tasks trace.out
  goscope trace tasks trace.out --type checkout --min 20ms
  goscope trace tasks trace.out --containing tenant-7
  goscope trace tasks trace.out task:412";

/// Arguments of `goscope trace tasks`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct TasksArgs {
    #[command(flatten)]
    read: ReadArgs,
    /// Only tasks of this type
    #[arg(long = "type", value_name = "TYPE")]
    name: Option<String>,
    #[command(flatten)]
    list: ListArgs,
    /// Only tasks with this text in their type, regions or logs
    #[arg(long, value_name = "TEXT")]
    containing: Option<String>,
    /// Show the task with this number in full
    #[arg(long, value_name = "NUMBER", value_parser = task_arg, conflicts_with_all = ["name", "min", "max", "complete", "incomplete", "containing", "list"])]
    id: Option<u64>,
    /// Print JSON with raw integers (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints types, tasks or one task.
pub(super) fn run(args: &TasksArgs) -> Result<(), Failure> {
    let facts = args.read.model(Narrow::Goroutines)?;
    let report = args.report(&facts)?;
    if args.json {
        args.output.write_json(&report.json())?;
    } else {
        args.output.write_text(&report.text())?;
    }
    facts.warn();
    Ok(())
}

impl TasksArgs {
    fn report<'a>(&self, facts: &'a ModelFacts) -> Result<Report<'a>, Failure> {
        let mut report = Report { facts, types: Vec::new(), found: 0, tasks: None, task: None };
        if let Some(number) = self.id(facts) {
            if facts.model().task_by_number(number).is_none() {
                return Err(self.read.wrong_usage(&format!("there is no task {number} in this trace")));
            }
            report.task = Some(facts.ask(&TaskQuery { number })?);
            return Ok(report);
        }
        report.types = facts.ask(&TaskTypesQuery)?.types;
        let has = |it: &TaskType, name: &String| it.is_named && *name == facts.text(it.name);
        report.types.retain(|it| self.name.as_ref().is_none_or(|name| has(it, name)));
        if self.is_list() {
            let mut tasks = facts.ask(&self.question(facts))?.rows;
            let is_begun_by = |task: &ListedTask| {
                let by = facts.model().task(task.id).map(|row| row.begin_goroutine).unwrap_or_default();
                facts.about.goroutine.is_none_or(|goid| facts.goid(by) == Some(goid))
                    && facts.about.function.as_ref().is_none_or(|name| *name == facts.function(by))
            };
            tasks.retain(is_begun_by);
            report.found = self.list.cut(&mut tasks);
            report.tasks = Some(tasks);
        }
        if report.types.is_empty() || report.tasks.as_ref().is_some_and(Vec::is_empty) {
            return Err(no_task(&self.read, facts));
        }
        Ok(report)
    }

    /// The one task that is shown in full.
    fn id(&self, facts: &ModelFacts) -> Option<u64> {
        self.id.or(match facts.about.population {
            Some(Population::One(One::Task(number))) => Some(number),
            _ => None,
        })
    }

    fn is_list(&self) -> bool {
        self.list.is_given() || self.containing.is_some() || self.read.is_narrowed()
    }

    /// Which tasks are listed.
    fn question(&self, facts: &ModelFacts) -> TasksQuery {
        TasksQuery {
            range: facts.range(),
            name: self.name.clone(),
            is_complete: self.list.is_complete(),
            nanos: self.list.nanos(),
            containing: self.containing.clone(),
        }
    }
}

/// Says that there is no such task, or none at all.
pub(super) fn no_task(read: &ReadArgs, facts: &ModelFacts) -> Failure {
    facts.warn();
    let has_tasks = facts.model().task_ids().next().is_some();
    read.no_data(if has_tasks { "no task fits" } else { "there is no task in this trace" })
}

struct Report<'a> {
    facts: &'a ModelFacts,
    types: Vec<TaskType>,
    found: usize,
    tasks: Option<Vec<ListedTask>>,
    task: Option<TaskFacts>,
}

impl Report<'_> {
    fn number(&self, id: TaskId) -> u64 {
        self.facts.model().tables().task_number(id)
    }

    fn name(&self, id: TaskId) -> String {
        task_name(self.facts.model(), id)
    }

    fn text(&self) -> String {
        match (&self.task, &self.tasks) {
            (Some(task), _) => self.task_text(task),
            (None, Some(tasks)) => self.list_text(tasks),
            (None, None) => self.types_text(),
        }
    }

    fn types_text(&self) -> String {
        let mut table =
            Table::new(&["count", "complete", "total", "p50", "p90", "p99", "p99.9", "max", "<type"]);
        for it in &self.types {
            let p = it.durations.percentiles();
            let mut cells = vec![it.count.to_string(), it.durations.count().to_string()];
            cells.push(column::duration_sum(it.durations.total_nanos()));
            cells.extend([p.p50, p.p90, p.p99, p.p99_9, p.max].map(column::duration));
            let name = || given_name(self.facts.model().tables(), it.name);
            cells.push(if it.is_named { name() } else { BEGUN_BEFORE.to_owned() });
            table.row(cells);
        }
        table.text()
    }

    fn list_text(&self, tasks: &[ListedTask]) -> String {
        let mut table =
            Table::new(&["task", "begin", "took", "<complete", "goroutine", "regions", "logs", "<type"]);
        for &ListedTask { id, elapsed, n_regions, n_logs } in tasks {
            let goroutine =
                self.facts.model().task(id).and_then(|task| self.facts.goid(task.begin_goroutine));
            table.row(vec![
                self.number(id).to_string(),
                column::moment(self.facts.part.since_start(elapsed.begin)),
                column::duration(elapsed.nanos()),
                if elapsed.is_complete { "yes" } else { "no" }.to_owned(),
                goroutine.map_or(String::new(), |goid| goid.to_string()),
                n_regions.to_string(),
                n_logs.to_string(),
                self.name(id),
            ]);
        }
        let listed = if self.found > tasks.len() {
            format!(", {} of them listed", tasks.len())
        } else {
            String::new()
        };
        format!("{}{listed}\n\n{}", column::counted(self.found, "task"), table.text())
    }

    fn task_text(&self, facts: &TaskFacts) -> String {
        let mut text = String::new();
        for &(ListedTask { id, elapsed, .. }, depth) in &facts.tree {
            let indent = "  ".repeat(depth as usize);
            let (number, name) = (self.number(id), text::name(&self.name(id)));
            let cut = if elapsed.is_complete { "" } else { ", not complete" };
            let took = column::duration(elapsed.nanos());
            let at = column::moment(self.facts.part.since_start(elapsed.begin));
            let _ = writeln!(text, "{indent}task {number} {name}: {took} from {at}{cut}");
        }
        text.push_str("\ngoroutines\n");
        for &goid in &facts.goroutines {
            let id = self.facts.model().goroutine_by_number(goid);
            let _ = writeln!(text, "  {goid} {}", text::name(&self.facts.function(id.unwrap_or_default())));
        }
        let _ = write!(text, "\n{}", self.events_text(&facts.events));
        text
    }

    fn events_text(&self, events: &[TaskMoment]) -> String {
        let mut table = Table::new(&["at", "since", "goroutine", "<"]);
        let mut before = None;
        for TaskMoment { event, .. } in events {
            let since = nanos_between(before.unwrap_or(event.time), event.time);
            before = Some(event.time);
            table.row(vec![
                column::moment(self.facts.part.since_start(event.time)),
                column::duration(since),
                self.facts.goid(event.goroutine).map_or(String::new(), |goid| goid.to_string()),
                self.event_text(event),
            ]);
        }
        table.text()
    }

    fn event_text(&self, event: &TaskEvent) -> String {
        let region = |row: usize| self.facts.text(self.facts.model().regions()[row].name);
        match event.what {
            TaskEventKind::Begin => "task begins".to_owned(),
            TaskEventKind::End => "task ends".to_owned(),
            TaskEventKind::Log { category, message } => match self.facts.text(category) {
                category if category.is_empty() => format!("log {}", self.facts.text(message)),
                category => format!("log {category}: {}", self.facts.text(message)),
            },
            TaskEventKind::RegionBegin { row } => format!("region {} begins", region(row)),
            TaskEventKind::RegionEnd { row } => format!("region {} ends", region(row)),
        }
    }

    fn json(&self) -> TasksJson {
        let types = self.types.iter().map(|it| TypeJson {
            name: self.facts.text(it.name),
            is_named: it.is_named,
            count: it.count,
            complete: (&it.durations).into(),
            buckets: buckets_json(&it.durations),
        });
        TasksJson {
            head: self.facts.head("goscope.trace_tasks/1"),
            types: types.collect(),
            count: self.tasks.as_ref().map(|_| self.found),
            tasks: self.tasks.as_ref().map(|tasks| tasks.iter().map(|task| self.task_json(task)).collect()),
            task: self.task.as_ref().map(|facts| DetailJson {
                tree: facts.tree.iter().map(|(task, _)| self.task_json(task)).collect(),
                goroutines: facts.goroutines.clone(),
                events: facts.events.iter().map(|it| self.event_json(&it.event)).collect(),
            }),
        }
    }

    fn task_json(&self, task: &ListedTask) -> TaskJson {
        let ListedTask { id, elapsed, n_regions, n_logs } = *task;
        let row = self.facts.model().task(id).copied().unwrap_or_default();
        TaskJson {
            handle: self.facts.handle_of(One::Task(self.number(id))),
            id: self.number(id),
            name: self.facts.text(row.name),
            parent: (row.parent.is_some() && row.parent != TaskId::BACKGROUND)
                .then(|| self.number(row.parent)),
            begin_nanos: self.facts.part.since_start(elapsed.begin),
            end_nanos: self.facts.part.since_start(elapsed.end),
            is_complete: elapsed.is_complete,
            goroutine: self.facts.goid(row.begin_goroutine),
            regions: n_regions,
            logs: n_logs,
        }
    }

    fn event_json(&self, event: &TaskEvent) -> EventJson {
        EventJson {
            at_nanos: self.facts.part.since_start(event.time),
            goroutine: self.facts.goid(event.goroutine),
            text: self.event_text(event),
        }
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct TasksJson {
    #[serde(flatten)]
    head: HeadJson,
    types: Vec<TypeJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tasks: Option<Vec<TaskJson>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<DetailJson>,
}

#[derive(Serialize)]
struct TypeJson {
    #[serde(rename = "type")]
    name: String,
    is_named: bool,
    count: u64,
    complete: DurationsJson,
    buckets: Vec<[u64; 3]>,
}

#[derive(Serialize)]
struct TaskJson {
    handle: String,
    id: u64,
    #[serde(rename = "type")]
    name: String,
    parent: Option<u64>,
    begin_nanos: i64,
    end_nanos: i64,
    is_complete: bool,
    goroutine: Option<i64>,
    regions: usize,
    logs: usize,
}

#[derive(Serialize)]
struct DetailJson {
    tree: Vec<TaskJson>,
    goroutines: Vec<i64>,
    events: Vec<EventJson>,
}

#[derive(Serialize)]
struct EventJson {
    at_nanos: i64,
    goroutine: Option<i64>,
    text: String,
}
