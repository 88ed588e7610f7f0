//! `goscope bench explain`: which functions made a benchmark slower, from files.

use std::path::PathBuf;

use anyhow::anyhow;
use goscope_analysis::explain::{Answer, BenchmarkKey, Explanation, Recording, explain};
use serde::Serialize;

use super::recorded::Recorded;
use crate::cli::failure::{Failure, warn};
use crate::cli::input::InputArgs;
use crate::cli::open::open_window;
use crate::cli::output::OutputArgs;
use crate::document::Source;
use crate::query::comparison::{Comparison, Scale};
use crate::report::explanation::json::ExplanationJson;
use crate::report::explanation::markdown::explanation_markdown;
use crate::report::explanation::text::explanation_text;
use crate::session::look::{Opened, Opening};

const MORE_HELP: &str = "\
A side is the output of `go test -bench` and the CPU profile of the same run, in any order; several runs may be given, as
results and profiles in the same order. What a side needs is best recorded with a fixed number of iterations, the same for
both sides:

  go test -run '^$' -bench '^BenchmarkEncode$' -benchtime 200000x -count 3 -cpuprofile cpu.pb.gz > results.txt

Iterations are known of such runs, and of b.Loop. Of b.N loops that run for a time they are not: then the printed ns/op is
split by shares of samples, marked ≈. Times are CPU time; what the clock says stands beside it. ± is one standard error of
counting samples. `~` stands where a change is within two of them.

Examples:
  goscope bench explain results.txt cpu.pb.gz
  goscope bench explain new.txt new.cpu.pb.gz --base old.txt old.cpu.pb.gz --bench Encode
  goscope bench explain new.txt new.cpu.pb.gz --base old.txt old.cpu.pb.gz --window

Exit codes: 0 success, 2 wrong usage, 3 unreadable input, 4 of no benchmark anything can be told.";

/// Arguments of `goscope bench explain`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct ExplainArgs {
    /// Output and CPU profile of `go test -bench`, from after the change if there is a base
    #[arg(value_name = "FILE", required_unless_present = "head")]
    files: Vec<PathBuf>,
    /// Output and CPU profile from before the change
    #[arg(long, value_name = "FILE", num_args = 1..)]
    base: Vec<PathBuf>,
    /// Output and CPU profile from after the change; the same as without `--head`
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "files")]
    head: Vec<PathBuf>,
    /// Explain this benchmark only: Encode, BenchmarkEncode
    #[arg(long, value_name = "NAME")]
    bench: Option<String>,
    /// Show at most N functions of a benchmark
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: usize,
    /// Print JSON
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Print Markdown, for a comment on a change
    #[arg(long)]
    markdown: bool,
    /// Open the files in the window
    #[arg(long, conflicts_with_all = ["json", "markdown", "output", "bench"])]
    window: bool,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// What `--json` prints.
#[derive(Serialize)]
struct ExplainJson {
    schema: &'static str,
    benchmarks: Vec<ExplanationJson>,
}

/// Explains all benchmarks of the files, or one.
pub(super) fn run(args: &ExplainArgs) -> Result<(), Failure> {
    let files = if args.head.is_empty() { &args.files } else { &args.head };
    let has_base = !args.base.is_empty();
    if args.window {
        return open_window(opening(&args.base, files));
    }
    let head = Recorded::read(&args.input, files, if has_base { "head" } else { "" })?;
    let base = if has_base { Some(Recorded::read(&args.input, &args.base, "base")?) } else { None };
    let head = head.recording();
    let base = base.as_ref().map(Recorded::recording);
    let keys = wanted(args.bench.as_deref(), base.as_ref(), &head)?;
    let explanations: Vec<Explanation> = keys.iter().map(|key| explain(base.as_ref(), &head, key)).collect();
    write(args, &explanations)?;
    let is_told = |explanation: &Explanation| !matches!(explanation.answer, Answer::CannotTell(_));
    if explanations.iter().any(is_told) { Ok(()) } else { Err(Failure::Gate(4)) }
}

/// The same files as the window is told; of one side they are those of the base.
fn opening(base: &[PathBuf], head: &[PathBuf]) -> Opening {
    let (base, head) = if base.is_empty() { (head, base) } else { (base, head) };
    let sources = |files: &[PathBuf]| files.iter().cloned().map(Source::named).collect();
    let comparison = Comparison { base: sources(base), head: sources(head), ..Comparison::default() };
    Opening { what: vec![Opened::Comparison(Box::new(comparison), Scale::default(), None)], look: None }
}

fn write(args: &ExplainArgs, explanations: &[Explanation]) -> Result<(), Failure> {
    if args.json {
        let benchmarks = explanations.iter().map(ExplanationJson::from).collect();
        return args.output.write_json(&ExplainJson { schema: "goscope.bench.explain/1", benchmarks });
    }
    let text = if args.markdown { explanation_markdown } else { explanation_text };
    let texts: Vec<String> = explanations.iter().map(|it| text(it, args.limit)).collect();
    args.output.write_text(&texts.join("\n"))
}

/// The benchmarks that are explained: the one that is asked for, or all that have samples.
fn wanted(
    name: Option<&str>,
    base: Option<&Recording<'_>>,
    head: &Recording<'_>,
) -> Result<Vec<BenchmarkKey>, Failure> {
    if head.keys().is_empty() {
        return Err(Failure::NoData(anyhow!(
            "the output of go test -bench has no result: no benchmark matched, or none finished"
        )));
    }
    let Some(name) = name else {
        let keys: Vec<BenchmarkKey> = head.benchmarks().into_iter().map(|benchmark| benchmark.key).collect();
        if keys.is_empty() {
            return Err(Failure::NoData(nothing_in_common(head)));
        }
        let left_out: Vec<String> =
            head.keys().iter().filter(|key| !keys.contains(key)).map(ToString::to_string).collect();
        if !left_out.is_empty() {
            warn(&[format!("the profile has no sample of {}", left_out.join(", "))]);
        }
        return Ok(keys);
    };
    let name = name.strip_prefix("Benchmark").unwrap_or(name);
    let function = name.split('/').next().unwrap_or(name);
    let is_named = |key: &&BenchmarkKey| key.name == name || key.name == function;
    let of_base = base.map_or(&[][..], Recording::keys);
    let mut found: Vec<BenchmarkKey> = head.keys().iter().chain(of_base).filter(is_named).cloned().collect();
    found.dedup();
    if found.is_empty() {
        let names: Vec<String> = head.keys().iter().map(|key| key.name.clone()).collect();
        return Err(Failure::Usage(anyhow!(
            "--bench {name}: the results have no such benchmark, but {}",
            names.join(", ")
        )));
    }
    Ok(found)
}

/// Results and profiles are of different runs.
fn nothing_in_common(head: &Recording<'_>) -> anyhow::Error {
    let list = |keys: &[BenchmarkKey]| keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let (results, profile) = (list(head.keys()), head.unknown());
    if profile.is_empty() {
        return anyhow!(
            "the profile has no sample of {results}: it is of other runs, or they were too short"
        );
    }
    anyhow!("results and profile are of different runs: {results} here, {} there", list(&profile))
}
