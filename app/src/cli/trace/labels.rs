//! `goscope trace labels`: what user tasks log, by category and message, and how long the tasks take that do.

use std::fmt::Write as _;

use goscope_analysis::trace::names::given_name;
use goscope_analysis::trace::task_labels::{TaskLabelKey, TaskSums};
use serde::Serialize;

use super::about::Narrow;
use super::goroutine_args::LengthArgs;
use super::json::{DurationsJson, HeadJson, buckets_json};
use super::read::{ModelFacts, ReadArgs};
use super::tasks::no_task;
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::query::trace::task_labels::{LabeledTasks, TaskLabelsQuery};
use crate::query::trace::tasks::TasksQuery;
use crate::text::{self, Table, column};

const MORE_HELP: &str = "\
A label is a log with a category, as trace.Log(ctx, \"tenant\", \"north\"): the category
is the key, the message the value. Values are in order of the time that their tasks
took together; total% is its part of the time of all tasks. A task that logs two
values of a key counts for both.

Examples:
  goscope trace labels trace.out
  goscope trace labels trace.out --type checkout --key tenant
  goscope trace labels trace.out --min 20ms             what slow tasks log
  goscope trace tasks trace.out --containing north      one by one";

/// What is said of tasks without a label of a key.
const NO_LABEL: &str = "(no label)";

/// Arguments of `goscope trace labels`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct LabelsArgs {
    #[command(flatten)]
    read: ReadArgs,
    /// Only tasks of this type
    #[arg(long = "type", value_name = "TYPE")]
    name: Option<String>,
    /// Only logs of this category
    #[arg(long, value_name = "CATEGORY")]
    key: Option<String>,
    #[command(flatten)]
    length: LengthArgs,
    /// Show the first N values of each key; 0 shows all
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Print JSON with raw integers (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints a table for each key.
pub(super) fn run(args: &LabelsArgs) -> Result<(), Failure> {
    let facts = args.read.model(Narrow::Time)?;
    let tasks = TasksQuery {
        range: facts.range(),
        name: args.name.clone(),
        nanos: args.length.nanos(),
        ..TasksQuery::default()
    };
    let found = facts.ask(&TaskLabelsQuery { tasks: tasks.clone(), key: args.key.clone() })?;
    if found.n_tasks == 0 {
        return Err(no_task(&args.read, &facts));
    }
    if found.labels.keys.is_empty() {
        let all = facts.ask(&TaskLabelsQuery { tasks, key: None })?;
        return Err(args.no_label(&facts, &all));
    }
    let report =
        Report { facts: &facts, found, limit: if args.limit == 0 { usize::MAX } else { args.limit } };
    if args.json {
        args.output.write_json(&report.json())?;
    } else {
        args.output.write_text(&report.text())?;
    }
    facts.warn();
    Ok(())
}

impl LabelsArgs {
    /// What these tasks log, if it is nothing of the key.
    fn no_label(&self, facts: &ModelFacts, all: &LabeledTasks) -> Failure {
        facts.warn();
        let names = all.labels.keys.iter().map(|it| text::name(&facts.text(it.category)));
        let names = names.collect::<Vec<_>>().join(", ");
        match &self.key {
            Some(key) if !names.is_empty() => {
                self.read.wrong_usage(&format!("no task logs anything as {key:?}; what they log: {names}"))
            }
            _ => self.read.no_data(
                "these tasks log nothing with a category, as trace.Log(ctx, \"tenant\", \"north\") does",
            ),
        }
    }
}

struct Report<'a> {
    facts: &'a ModelFacts,
    found: LabeledTasks,
    limit: usize,
}

impl Report<'_> {
    fn text(&self) -> String {
        let keys = self.found.labels.keys.iter().map(|key| self.key_text(key));
        let mut text = keys.collect::<Vec<_>>().join("\n");
        let more = self.found.labels.n_left_out;
        if more > 0 {
            let _ = writeln!(text, "\nkeys that fewer tasks log: {more}");
        }
        text
    }

    fn key_text(&self, key: &TaskLabelKey) -> String {
        let tables = self.facts.model().tables();
        let with = self.found.n_tasks as u64 - key.without.count;
        let all = column::counted(self.found.n_tasks, "task");
        let mut text = format!("{}: logged by {with} of {all}\n\n", given_name(tables, key.category));
        let mut table =
            Table::new(&["tasks", "complete", "total", "total%", "p50", "p90", "p99", "max", "<value"]);
        for value in key.values.iter().take(self.limit) {
            self.row(&mut table, &value.tasks, given_name(tables, value.message));
        }
        if key.without.count > 0 {
            self.row(&mut table, &key.without, NO_LABEL.to_owned());
        }
        text.push_str(&table.text());
        let more = key.n_left_out + key.values.len().saturating_sub(self.limit);
        if more > 0 {
            let _ = write!(text, "\n{} more\n", column::counted(more, "value"));
        }
        text
    }

    fn row(&self, table: &mut Table, tasks: &TaskSums, name: String) {
        let p = tasks.durations.percentiles();
        let total = tasks.durations.total_nanos();
        let mut cells = vec![tasks.count.to_string(), tasks.durations.count().to_string()];
        cells.extend([column::duration_sum(total), column::percent(total, self.found.total_nanos)]);
        cells.extend([p.p50, p.p90, p.p99, p.max].map(column::duration));
        cells.push(name);
        table.row(cells);
    }

    fn json(&self) -> LabelsJson {
        let key = |key: &TaskLabelKey| KeyJson {
            key: self.facts.text(key.category),
            values: key
                .values
                .iter()
                .take(self.limit)
                .map(|it| self.sums_json(Some(self.facts.text(it.message)), &it.tasks))
                .collect(),
            without: self.sums_json(None, &key.without),
            more: key.n_left_out + key.values.len().saturating_sub(self.limit),
        };
        LabelsJson {
            head: self.facts.head("goscope.trace_labels/1"),
            tasks: self.found.n_tasks,
            keys: self.found.labels.keys.iter().map(key).collect(),
            more: self.found.labels.n_left_out,
        }
    }

    fn sums_json(&self, value: Option<String>, tasks: &TaskSums) -> SumsJson {
        SumsJson {
            value,
            tasks: tasks.count,
            complete: (&tasks.durations).into(),
            buckets: buckets_json(&tasks.durations),
        }
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct LabelsJson {
    #[serde(flatten)]
    head: HeadJson,
    tasks: usize,
    keys: Vec<KeyJson>,
    more: usize,
}

#[derive(Serialize)]
struct KeyJson {
    key: String,
    values: Vec<SumsJson>,
    without: SumsJson,
    more: usize,
}

#[derive(Serialize)]
struct SumsJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    tasks: u64,
    complete: DurationsJson,
    buckets: Vec<[u64; 3]>,
}
