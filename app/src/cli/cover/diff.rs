//! `goscope cover diff`: the changed lines that did not run.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::anyhow;
use clap::ValueEnum;
use goscope_analysis::coverage::{ChangedLines, Statements};
use goscope_parsers::printable;
use serde::Serialize;

use super::gate::{is_below, percent};
use super::input::{Generated, Loaded, Scope};
use crate::cli::failure::{Failure, warn};
use crate::cli::output::OutputArgs;
use crate::git_changes::{Changes, GitError, changes};
use crate::query::testing::changed::{changed_files, changed_sentence, nodes};
use crate::text;

/// Arguments of `goscope cover diff`.
#[derive(Debug, clap::Args)]
pub(super) struct DiffArgs {
    /// Commit, branch or tag that the change is to be merged into
    #[arg(value_name = "REF")]
    reference: String,
    /// Coverage profiles and folders of GOCOVERDIR; several are added up
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    scope: Scope,
    /// Fail with exit code 1 if fewer of the changed lines are covered
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    min: Option<f64>,
    /// Print remarks for a code review
    #[arg(long, value_enum, value_name = "FOR", conflicts_with = "json")]
    annotate: Option<Annotate>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Whose remarks.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Annotate {
    /// Workflow commands of GitHub Actions
    Github,
}

#[derive(Serialize)]
struct DiffJson<'a> {
    schema: &'static str,
    base: &'a str,
    lines: u64,
    covered: u64,
    files: Vec<FileJson<'a>>,
}

#[derive(Serialize)]
struct FileJson<'a> {
    path: &'a str,
    lines: u64,
    covered: u64,
    uncovered: &'a [[u32; 2]],
    in_profile: bool,
}

/// Prints the lines.
pub(super) fn run(args: &DiffArgs) -> Result<(), Failure> {
    let changes = changes(&args.reference, &args.scope.folder).map_err(|error| match error {
        GitError::Usage(sentence) => Failure::Usage(anyhow!(sentence)),
        GitError::Input(sentence) => Failure::Input(anyhow!(sentence)),
    })?;
    let loaded = args.scope.load(&args.files, Generated::Keep)?;
    let files = changed(args, &changes, &loaded);
    let sum: Statements = files.iter().map(|file| file.lines).sum();
    let text = match (args.json, args.annotate) {
        (true, _) => return args.output.write_json(&json(args, &files, sum)).and_then(|()| gate(args, sum)),
        (_, Some(Annotate::Github)) => annotations(&files),
        _ => report(args, &files, sum),
    };
    args.output.write_text(&text)?;
    gate(args, sum)
}

fn gate(args: &DiffArgs, sum: Statements) -> Result<(), Failure> {
    let Some(least) = args.min.filter(|&least| is_below(sum, least)) else { return Ok(()) };
    let share = text::fine_percent(sum.percent() / 100.0);
    let (covered, total) = (sum.covered, sum.total);
    warn(&[format!("{share} of changed lines covered ({covered} of {total}), below --min {least}")]);
    Err(Failure::Gate(1))
}

/// What the change leaves uncovered, by path.
fn changed(args: &DiffArgs, changes: &Changes, loaded: &Loaded) -> Vec<ChangedLines> {
    let tree = loaded.tree();
    let nodes = nodes(loaded, tree.files(), changes);
    let drops = args.scope.drops_generated(Generated::Drop);
    changed_files(changes, &nodes, |path, is_generated| {
        let name = nodes.get(path).map(|node| &*node.name);
        args.scope.excludes(path)
            || name.is_some_and(|name| args.scope.excludes(name))
            || drops && is_generated
    })
}

fn lines_text([first, last]: [u32; 2]) -> String {
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

fn report(args: &DiffArgs, files: &[ChangedLines], sum: Statements) -> String {
    let sentence = changed_sentence(sum, &args.reference);
    if sum.total == 0 {
        return sentence + "\n";
    }
    let mut printed = String::new();
    for file in files {
        for range in &file.uncovered {
            let _ = writeln!(printed, "{}:{}", text::name(&file.path), lines_text(*range));
        }
        if file.is_missing {
            let _ = writeln!(
                printed,
                "{}: not in the profile; did the tests of its package run?",
                text::name(&file.path)
            );
        }
    }
    printed + &sentence + "\n"
}

/// Workflow commands: GitHub shows them beside the lines.
fn annotations(files: &[ChangedLines]) -> String {
    let mut printed = String::new();
    for file in files {
        for [first, last] in &file.uncovered {
            let _ = writeln!(
                printed,
                "::warning file={},line={first},endLine={last},title=Not covered by tests::{}",
                property(&file.path),
                data(&sentence(*first, *last, file.is_missing))
            );
        }
    }
    printed
}

fn sentence(first: u32, last: u32, is_missing: bool) -> String {
    let lines = if first == last { format!("line {first}") } else { format!("lines {first} to {last}") };
    let why = if is_missing { ": the coverage profile does not have this file" } else { "" };
    format!("No test runs {lines}{why}.")
}

/// Data of a workflow command, with what would end it escaped.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The same of a property.
fn property(text: &str) -> String {
    data(&printable(text)).replace(':', "%3A").replace(',', "%2C")
}

fn json<'a>(args: &'a DiffArgs, files: &'a [ChangedLines], sum: Statements) -> DiffJson<'a> {
    let file = |file: &'a ChangedLines| FileJson {
        path: &file.path,
        lines: file.lines.total,
        covered: file.lines.covered,
        uncovered: &file.uncovered,
        in_profile: !file.is_missing,
    };
    DiffJson {
        schema: "goscope.cover.diff/1",
        base: &args.reference,
        lines: sum.total,
        covered: sum.covered,
        files: files.iter().map(file).collect(),
    }
}
