//! `goscope trace latency`: where the wall time of goroutines, tasks or regions went, and what made the slow ones slow.

use std::sync::Arc;

use goscope_analysis::trace::goroutines::GoroutineFilter;
use goscope_analysis::trace::instances::InstanceKind;

use super::about::{Narrow, handle_in};
use super::goroutine_args::{GoroutineFilterArgs, LengthArgs};
use super::latency_json::json;
use super::latency_report::LatencyReport;
use super::latency_text::text;
use super::read::{ModelFacts, ReadArgs};
use crate::cli::args::IdleArg;
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::query::trace::blocked_stacks::BlockedStacksQuery;
use crate::query::trace::idle::count_idle;
use crate::query::trace::latency::LatencyQuery;
use crate::query::trace::selection::TimeRange;
use crate::query::trace::subject::Subject;

const MORE_HELP: &str = "\
Without --task and --region it is about goroutines: their lives in the range. Of
a task, the goroutine that began it is followed: what it waited for is what the
caller waited for. Tasks and regions that are not complete in the trace are left
out; those that overlap the range count as long as they are.

Per instance is the sum of each task, region or goroutine (0 where it has none);
each time is every span by itself. The slowest 1 % are those that took as long
as the 99th percentile or longer.

Examples:
  goscope trace latency trace.out --task checkout        why is it slow?
  goscope trace latency trace.out --task checkout --min 20ms
  goscope trace latency trace.out --region search --range 1s..2s --stacks 3
  goscope trace latency trace.out --goroutine-func main.worker
  goscope trace latency trace.out --idle hide            without who only waited";

/// Arguments of `goscope trace latency`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct LatencyArgs {
    #[command(flatten)]
    read: ReadArgs,
    /// Report on user tasks of this type; `*` for all
    #[arg(long, value_name = "TYPE", conflicts_with = "region")]
    task: Option<String>,
    /// Report on user regions with this name; `*` for all
    #[arg(long, value_name = "NAME")]
    region: Option<String>,
    #[command(flatten)]
    length: LengthArgs,
    /// List the N slowest
    #[arg(long, value_name = "N", default_value_t = 5)]
    slowest: usize,
    /// Show the N stacks with the most blocked time, and what unblocked them
    #[arg(long, value_name = "N", default_value_t = 5)]
    stacks: usize,
    /// Show no more than N frames of a stack; 0 shows all
    #[arg(long, value_name = "N", default_value_t = 8)]
    frames: usize,
    /// Print JSON with raw integers (docs/json.md)
    #[arg(long)]
    json: bool,
    /// Whether goroutines that did next to nothing count; hide is what the window does
    #[arg(long, value_enum, value_name = "WHETHER", default_value_t = IdleArg::Show, conflicts_with_all = ["task", "region"])]
    idle: IdleArg,
    #[command(flatten)]
    which: GoroutineFilterArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints the breakdown.
pub(super) fn run(args: &LatencyArgs) -> Result<(), Failure> {
    let facts = args.read.model(Narrow::Goroutines)?;
    let subject = args.subject(&facts)?;
    let title = args.title(&subject, &facts);
    let question = LatencyQuery { subject, n_slowest: args.slowest };
    let latency = Arc::new(facts.ask(&question)?);
    if latency.breakdown.wall.is_empty() {
        facts.warn();
        return Err(args.read.no_data(&format!("no {title} fit")));
    }
    let blocked = BlockedStacksQuery { latency: question, limit: args.stacks };
    let report = LatencyReport {
        title,
        stacks: facts.ask_with(&blocked, Arc::clone(&latency))?.stacks,
        latency,
        frames: if args.frames == 0 { usize::MAX } else { args.frames },
        facts,
    };
    if args.json {
        args.output.write_json(&json(&report))?;
    } else {
        args.output.write_text(&text(&report))?;
    }
    report.facts.warn();
    Ok(())
}

impl LatencyArgs {
    /// What is looked at. Of one task or region it is its own goroutine meanwhile.
    fn subject(&self, facts: &ModelFacts) -> Result<Subject, Failure> {
        let one = self.task.as_deref().or(self.region.as_deref()).and_then(handle_in);
        let named = one.map(|handle| facts.find(&handle)).transpose()?;
        let kind = if named.is_some() { InstanceKind::Goroutines } else { self.kind() };
        let range = named.as_ref().and_then(|named| named.range.clone());
        let range = range.map(|range| TimeRange {
            start_nanos: facts.part.since_start(range.start),
            end_nanos: facts.part.since_start(range.end),
        });
        Ok(Subject {
            kind,
            range: range.or_else(|| facts.range()),
            goroutines: GoroutineFilter {
                idle: self.idle.into(),
                ..self.which.filter(named.as_ref().unwrap_or(&facts.about))
            },
            nanos: self.length.nanos(),
        })
    }

    fn kind(&self) -> InstanceKind {
        let named = |name: &String| (name != "*").then(|| name.clone());
        match (&self.task, &self.region) {
            (Some(task), _) => InstanceKind::Tasks(named(task)),
            (None, Some(region)) => InstanceKind::Regions(named(region)),
            (None, None) => InstanceKind::Goroutines,
        }
    }

    /// What the report covers, in words.
    fn title(&self, subject: &Subject, facts: &ModelFacts) -> String {
        let named = |name: &Option<String>, what: &str| match name {
            Some(name) => format!("{what} \"{name}\""),
            None => what.to_owned(),
        };
        match &subject.kind {
            InstanceKind::Goroutines if subject.goroutines.leaves_out_idle() => {
                format!("goroutines without {}", crate::text::counted(count_idle(facts.model()), "idle one"))
            }
            InstanceKind::Goroutines => {
                let one = self.task.as_deref().or(self.region.as_deref());
                one.map_or("goroutines".to_owned(), |handle| format!("the goroutine of {handle}"))
            }
            InstanceKind::Tasks(name) => named(name, "complete tasks"),
            InstanceKind::Regions(name) => named(name, "complete regions"),
        }
    }
}
