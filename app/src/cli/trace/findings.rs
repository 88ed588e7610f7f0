//! `goscope trace findings`: what stands out, most severe first.

use std::fmt::Write as _;

use clap::ValueEnum;
use goscope_analysis::trace::answers::population::Population;
use goscope_parsers::trace::StringId;
use serde::Serialize;

use super::about::Narrow;
use super::json::HeadJson;
use super::read::{ModelFacts, ReadArgs};
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::query::trace::answers::finding_sentence::finding_sentence;
use crate::query::trace::answers::findings::{About, Example, Finding, FindingsQuery, Severity};
use crate::text::column;

const MORE_HELP: &str = "\
Looks at all tasks (else regions, else HTTP requests) by type, at locks, wake-ups,
finalizers and the scheduler, and says what stands out, with where to look. When
nothing does, it says so. Exits with 1 if there is a finding of at least --severity,
else with 0, so that a pipeline can use it.

Examples:
  goscope trace findings trace.out
  goscope trace findings trace.out --severity medium --markdown >> \"$GITHUB_STEP_SUMMARY\"";

/// How severe a finding must be to fail.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum SeverityArg {
    /// All
    Low,
    /// What costs time, and may be meant so
    Medium,
    /// Faults
    High,
}

impl From<SeverityArg> for Severity {
    fn from(severity: SeverityArg) -> Self {
        match severity {
            SeverityArg::Low => Self::Low,
            SeverityArg::Medium => Self::Medium,
            SeverityArg::High => Self::High,
        }
    }
}

/// Arguments of `goscope trace findings`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct FindingsArgs {
    #[command(flatten)]
    read: ReadArgs,
    /// Exit with 1 if there is a finding at least as severe
    #[arg(long, value_enum, default_value = "high")]
    severity: SeverityArg,
    /// List no more than N findings
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Print JSON with raw integers (docs/json.md)
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Print Markdown, for a comment or a summary
    #[arg(long)]
    markdown: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints the findings.
pub(super) fn run(args: &FindingsArgs) -> Result<(), Failure> {
    let facts = args.read.model(Narrow::Time)?;
    let findings = facts.ask(&FindingsQuery { range: facts.range() })?;
    let report = FindingsReport { facts, findings, limit: args.limit };
    if args.json {
        args.output.write_json(&json(&report))?;
    } else if args.markdown {
        args.output.write_text(&markdown(&report))?;
    } else {
        args.output.write_text(&text(&report))?;
    }
    report.facts.warn();
    let least = Severity::from(args.severity);
    if report.findings.iter().any(|finding| finding.id.severity() >= least) {
        return Err(Failure::Gate(1));
    }
    Ok(())
}

struct FindingsReport {
    facts: ModelFacts,
    findings: Vec<Finding>,
    limit: usize,
}

impl FindingsReport {
    fn listed(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().take(self.limit)
    }

    fn left_out(&self) -> usize {
        self.findings.len().saturating_sub(self.limit)
    }

    fn sentence(&self, finding: &Finding) -> String {
        finding_sentence(self.facts.model(), finding).text()
    }

    /// What is said where nothing stands out.
    fn nothing(&self) -> String {
        let model = self.facts.model();
        let what = match Population::of_trace(model) {
            Some(population) => format!("{} and locks were looked at", population.text()),
            None => "it has no tasks, regions or HTTP requests: only locks were looked at".to_owned(),
        };
        format!("Nothing stands out in {}: {what}.", self.facts.part.range_text())
    }

    fn place(&self, example: &Example) -> String {
        let handle = self.facts.handle_of_stretch(example.goroutine, &(example.begin..example.end));
        let at = column::moment(self.facts.part.since_start(example.begin));
        format!("{handle} (at {at} for {})", column::duration(example.end.abs_diff(example.begin)))
    }

    /// The command that shows more of a finding.
    fn command(&self, finding: &Finding) -> Option<String> {
        let About::Group(population) = &finding.about else { return None };
        let name = population.name()?;
        let option = match population {
            Population::Tasks(_) => "--task",
            Population::Regions(_) => "--region",
            Population::Requests(_) => "--http",
            Population::Goroutines(_) => "--function",
            Population::One(_) => return None,
        };
        Some(format!("trace why FILE {option} '{name}'"))
    }
}

fn text(report: &FindingsReport) -> String {
    if report.findings.is_empty() {
        return format!("{}\n", report.nothing());
    }
    let mut text = String::new();
    for finding in report.listed() {
        let _ = writeln!(text, "{:<6} {}", finding.id.severity().name(), report.sentence(finding));
        if let Some(example) = finding.examples.first() {
            let _ = writeln!(text, "       look at {}", report.place(example));
        }
        if let Some(command) = report.command(finding) {
            let _ = writeln!(text, "       more: goscope {command}");
        }
        if let Some(remedy) = finding.id.remedy() {
            let _ = writeln!(text, "       {remedy}");
        }
    }
    if report.left_out() > 0 {
        let _ = writeln!(text, "… {} more (--limit)", report.left_out());
    }
    text
}

fn markdown(report: &FindingsReport) -> String {
    if report.findings.is_empty() {
        return format!("**{}**\n", report.nothing());
    }
    let mut text = String::from("| | finding | look at |\n|---|---|---|\n");
    for finding in report.listed() {
        let place = finding.examples.first().map_or(String::new(), |example| report.place(example));
        let sentence = report.sentence(finding).replace('|', "\\|");
        let _ = writeln!(text, "| {} | {sentence} | {place} |", finding.id.severity().name());
    }
    if report.left_out() > 0 {
        let _ = writeln!(text, "\n… {} more", report.left_out());
    }
    text
}

/// What `--json` prints.
#[derive(Serialize)]
struct FindingsJson {
    #[serde(flatten)]
    head: HeadJson,
    findings: Vec<FindingJson>,
    findings_left_out: usize,
}

#[derive(Serialize)]
struct FindingJson {
    id: &'static str,
    severity: &'static str,
    about: String,
    text: String,
    nanos: u64,
    share: f64,
    count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    function: Option<String>,
    path: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reader: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    writer: Option<String>,
    remedy: Option<&'static str>,
    examples: Vec<ExampleJson>,
}

#[derive(Serialize)]
struct ExampleJson {
    handle: String,
    goroutine: Option<i64>,
    begin_nanos: i64,
    end_nanos: i64,
}

fn json(report: &FindingsReport) -> FindingsJson {
    let facts = &report.facts;
    let named = |name: Option<StringId>| name.map(|name| facts.text(name));
    let example = |it: &Example| ExampleJson {
        handle: facts.handle_of_stretch(it.goroutine, &(it.begin..it.end)),
        goroutine: facts.goid(it.goroutine),
        begin_nanos: facts.part.since_start(it.begin),
        end_nanos: facts.part.since_start(it.end),
    };
    let rows = report.listed().map(|finding| FindingJson {
        id: finding.id.name(),
        severity: finding.id.severity().name(),
        about: match &finding.about {
            About::Group(population) => population.name().unwrap_or_default().to_owned(),
            About::Function(name) => facts.text(*name),
            About::Process => "process".to_owned(),
        },
        text: report.sentence(finding),
        nanos: finding.nanos,
        share: finding.share,
        count: finding.count,
        function: named(finding.function),
        path: finding.path.iter().map(|name| facts.text(*name)).collect(),
        by: named(finding.by),
        branch: named(finding.branch),
        waiter: named(finding.answer.as_ref().map(|it| it.waiter).filter(|it| *it != StringId::NONE)),
        waker: named(finding.answer.as_ref().map(|it| it.waker).filter(|it| *it != StringId::NONE)),
        reader: named(finding.reader_writer.map(|pair| pair.0)),
        writer: named(finding.reader_writer.map(|pair| pair.1)),
        remedy: finding.id.remedy(),
        examples: finding.examples.iter().map(example).collect(),
    });
    FindingsJson {
        head: facts.head("goscope.trace_findings/1"),
        findings: rows.collect(),
        findings_left_out: report.left_out(),
    }
}
