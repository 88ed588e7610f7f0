//! `goscope trace cpu`: where goroutines ran, CPU samples in the exact running time of the trace.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::about::Narrow;
use super::answer_args::RowLimitArgs;
use super::json::HeadJson;
use super::read::{ModelFacts, ReadArgs};
use super::time_range::named;
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::input_bytes::shown_name;
use crate::query::trace::answers::cpu_widths::{
    CpuAnswer, CpuWidthsQuery, ProfileSamples, WidthRow, WidthStack,
};
use crate::text::{self, Table, column};

/// Stacks of a function that are listed as text.
const MOST_STACKS: usize = 5;
/// Labels of a profile that are listed as text.
const MOST_LABELS: usize = 10;

const MORE_HELP: &str = "\
A trace says exactly how long each goroutine ran; CPU samples say where it was.
The running time of a region, else of a goroutine, else of all goroutines of a
function (with 5 samples or more) is divided among its samples, so widths add up
to the running time to the nanosecond. Time without a sample stays unsampled.
The error of a width of k samples is 1/√k of it.

Samples are in the trace if a CPU profile ran while it was recorded. For a trace
without them, --profile takes them from a profile of the same time (80 % of the
longer of the two must be in both; traces of Go 1.25 and later say when they were
recorded).

Examples:
  goscope trace cpu trace.out
  goscope trace cpu trace.out --range 1s..2s
  goscope trace cpu trace.out --profile cpu.pb.gz --json";

/// Arguments of `goscope trace cpu`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct CpuArgs {
    #[command(flatten)]
    read: ReadArgs,
    /// CPU profile of the same time, for a trace without CPU samples; else its samples are counted beside those
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
pub(super) fn run(args: &CpuArgs) -> Result<(), Failure> {
    let facts = args.read.model(Narrow::Goroutines)?;
    let profile = args.profile.as_deref().map(|path| args.samples(path)).transpose()?;
    let goroutines = facts.about.goroutines();
    let answer = facts.ask(&CpuWidthsQuery { range: facts.range(), goroutines, profile })?;
    if let Some(why) = answer.no_join.as_ref().filter(|_| facts.model().samples().is_empty()) {
        facts.warn();
        return Err(args.read.no_data(&why.to_string()));
    }
    if args.json {
        args.output.write_json(&json(&facts, &answer, args.limit.of_json()))?;
    } else {
        args.output.write_text(&text(&facts, &answer, args.limit.of_text()))?;
    }
    facts.warn();
    Ok(())
}

impl CpuArgs {
    /// The samples of the profile.
    fn samples(&self, path: &Path) -> Result<Arc<ProfileSamples>, Failure> {
        let samples = ProfileSamples::new(&self.read.read_profile(path)?);
        let no_cpu_profile = || self.read.wrong_usage(&format!("{} is no CPU profile", shown_name(path)));
        samples.map(Arc::new).ok_or_else(no_cpu_profile)
    }
}

/// What is said before any number.
fn sentence(facts: &ModelFacts, answer: &CpuAnswer) -> String {
    let widths = &answer.widths;
    let ran = text::duration(i64::try_from(widths.running_nanos).unwrap_or(i64::MAX));
    let unsampled: u64 = widths.rows.iter().map(|row| row.unsampled_nanos).sum();
    let share = column::percent(u128::from(unsampled), u128::from(widths.running_nanos));
    let source = if answer.is_of_profile { "the profile" } else { "the trace" };
    let what = match widths.rows.first() {
        None => return format!("No goroutine ran in {}.", facts.part.range_text()),
        Some(row) => text::name(&named(facts.text(row.function))),
    };
    let most = column::percent(u128::from(widths.rows[0].running_nanos), u128::from(widths.running_nanos));
    format!(
        "Goroutines ran {ran}, {most} of it those of {what}; of {share} no sample says where ({} samples in {source}).",
        widths.samples
    )
}

/// What cannot be told, and what was lost.
fn notes(facts: &ModelFacts, answer: &CpuAnswer) -> Vec<String> {
    let mut notes = Vec::new();
    if answer.widths.samples == 0 {
        notes.push(
            "There are no CPU samples: how long goroutines ran is exact, where they ran is not known (record with a \
             CPU profile running, or give one with --profile)."
                .to_owned(),
        );
    }
    if let Some(why) = &answer.no_join {
        notes.push(format!("{why}."));
    } else if let Some(count) = answer.profile_samples.filter(|_| !answer.is_of_profile) {
        let own = facts.model().samples().len() as u64;
        notes.push(match count.checked_sub(own).filter(|lost| *lost > 0) {
            Some(lost) => {
                format!("The profile has {count} samples, the trace {own}: {lost} are not in the trace.")
            }
            None => format!("The profile has {count} samples, the trace {own}."),
        });
    }
    notes
}

fn text(facts: &ModelFacts, answer: &CpuAnswer, limit: usize) -> String {
    let widths = &answer.widths;
    let mut text = format!("{}\n", sentence(facts, answer));
    for note in notes(facts, answer) {
        let _ = writeln!(text, "{note}");
    }
    let mut table = Table::new(&["running", "share", "goroutines", "samples", "unsampled", "<goroutines of"]);
    for row in widths.rows.iter().take(limit) {
        table.row(vec![
            column::duration(row.running_nanos),
            column::percent(u128::from(row.running_nanos), u128::from(widths.running_nanos)),
            row.goroutines.to_string(),
            row.samples.to_string(),
            column::duration(row.unsampled_nanos),
            named(facts.text(row.function)),
        ]);
    }
    let _ = write!(text, "\n{}", table.text());
    if widths.rows.len() > limit {
        let _ = writeln!(text, "… {} more (--limit)", widths.rows.len() - limit);
    }
    if !answer.labels.is_empty() {
        let _ = write!(text, "\n{}", labels_table(answer));
    }
    for row in widths.rows.iter().take(limit).filter(|row| !row.stacks.is_empty()) {
        let _ = write!(text, "\n{}\n{}", text::name(&named(facts.text(row.function))), stacks_table(row));
    }
    text
}

/// What the labels of the profile account for: its samples have no goroutine, so that they meet tasks by name alone.
fn labels_table(answer: &CpuAnswer) -> String {
    let all = answer.profile_samples.unwrap_or(0);
    let mut table = Table::new(&["samples", "share", "<label", "<in the trace"]);
    for row in answer.labels.iter().take(MOST_LABELS) {
        let share = column::percent(u128::from(row.samples), u128::from(all));
        let task = if row.is_task { "tasks of this type" } else { "" };
        table.row(vec![
            row.samples.to_string(),
            share,
            format!("{}={}", row.key, row.value),
            task.to_owned(),
        ]);
    }
    let mut text = table.text();
    if answer.labels.len() > MOST_LABELS {
        let _ = writeln!(text, "… {}", text::counted(answer.labels.len() - MOST_LABELS, "more label"));
    }
    text
}

fn stacks_table(row: &WidthRow) -> String {
    let mut table = Table::new(&["running", "error", "samples", "<innermost", "<called by"]);
    for stack in row.stacks.iter().take(MOST_STACKS) {
        let callers = stack.functions.iter().skip(1).take(2).map(String::as_str).collect::<Vec<_>>();
        table.row(vec![
            column::duration(stack.nanos),
            format!("±{}", text::percent(stack.error())),
            stack.samples.to_string(),
            stack.functions.first().cloned().unwrap_or_default(),
            callers.join(" ← "),
        ]);
    }
    let mut text = table.text();
    if row.stacks.len() > MOST_STACKS {
        let _ = writeln!(text, "… {} more", text::counted(row.stacks.len() - MOST_STACKS, "stack"));
    }
    text
}

/// What `--json` prints.
#[derive(Serialize)]
struct CpuJson {
    #[serde(flatten)]
    head: HeadJson,
    sentence: String,
    notes: Vec<String>,
    running_nanos: u64,
    samples: u64,
    samples_from: &'static str,
    profile_samples: Option<u64>,
    labels: Vec<LabelJson>,
    rows: Vec<RowJson>,
    rows_left_out: usize,
}

#[derive(Serialize)]
struct RowJson {
    goroutine_function: String,
    goroutines: u64,
    running_nanos: u64,
    samples: u64,
    unsampled_nanos: u64,
    stacks: Vec<StackJson>,
}

#[derive(Serialize)]
struct LabelJson {
    key: String,
    value: String,
    samples: u64,
    is_task: bool,
}

#[derive(Serialize)]
struct StackJson {
    stack: Vec<String>,
    nanos: u64,
    samples: u64,
    error_share: f64,
}

fn json(facts: &ModelFacts, answer: &CpuAnswer, limit: usize) -> CpuJson {
    let stack = |it: &WidthStack| StackJson {
        stack: it.functions.clone(),
        nanos: it.nanos,
        samples: it.samples,
        error_share: it.error(),
    };
    let labels = answer.labels.iter().map(|row| LabelJson {
        key: row.key.clone(),
        value: row.value.clone(),
        samples: row.samples,
        is_task: row.is_task,
    });
    let listed = answer.widths.rows.iter().take(limit);
    let rows = listed.map(|row| RowJson {
        goroutine_function: facts.text(row.function),
        goroutines: row.goroutines,
        running_nanos: row.running_nanos,
        samples: row.samples,
        unsampled_nanos: row.unsampled_nanos,
        stacks: row.stacks.iter().map(stack).collect(),
    });
    CpuJson {
        head: facts.head("goscope.trace_cpu/1"),
        sentence: sentence(facts, answer),
        notes: notes(facts, answer),
        running_nanos: answer.widths.running_nanos,
        samples: answer.widths.samples,
        samples_from: if answer.is_of_profile { "profile" } else { "trace" },
        profile_samples: answer.profile_samples,
        labels: labels.collect(),
        rows: rows.collect(),
        rows_left_out: answer.widths.rows.len().saturating_sub(limit),
    }
}
