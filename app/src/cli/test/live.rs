//! Results of tests that run now.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use goscope_analysis::test_results::{Collector, TestRun};
use goscope_parsers::test_events::TestEvent;
use goscope_remote::program::Ended;

use super::args::TestArgs;
use super::go_test::go_test;
use super::printed::finish;
use super::rerun;
use crate::cli::cover::{Depth, Generated, Scope, tree_text};
use crate::cli::failure::Failure;
use crate::report::test_results::text::package_line;

/// Runs the tests; lines of packages are printed as they end.
pub(super) fn run(args: &TestArgs) -> Result<TestRun, Failure> {
    if !args.folder.is_dir() {
        return Err(Failure::Usage(anyhow!("-C {}: there is no such folder", args.folder.display())));
    }
    let scratch = tempfile::tempdir().context("no temporary folder").map_err(Failure::Input)?;
    let profile = scratch.path().join("cover.out");
    let mut result = Err(Failure::BrokenPipe);
    args.output.write(|out| {
        let mut printer = Printer { out, error: None, is_silent: args.json };
        result = all_runs(args, &profile, &mut printer);
        let Printer { out, error, .. } = printer;
        error.map_or(Ok(()), Err)?;
        let Ok(run) = &result else { return Ok(()) };
        finish(args, run, out)?;
        if args.cover && !args.json && profile.is_file() {
            match coverage(args, profile) {
                Ok(text) => write!(out, "\n{text}")?,
                Err(failure) => result = Err(failure),
            }
        }
        Ok(())
    })?;
    result
}

/// Prints lines while tests run; remembers what went wrong with that.
pub(super) struct Printer<'a> {
    out: &'a mut dyn Write,
    error: Option<io::Error>,
    is_silent: bool,
}

impl Printer<'_> {
    fn print(&mut self, text: &str) {
        if self.is_silent || self.error.is_some() {
            return;
        }
        let printed = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        self.error = printed.err();
    }
}

fn all_runs(
    args: &TestArgs,
    profile: &std::path::Path,
    printer: &mut Printer<'_>,
) -> Result<TestRun, Failure> {
    let mut words: Vec<OsString> = ["test", "-json"].map(OsString::from).to_vec();
    if args.cover {
        words.push("-coverprofile".into());
        words.push(profile.into());
    }
    words.extend(args.flags.iter().map(OsString::from));
    let packages = if args.names.is_empty() { vec!["./...".to_owned()] } else { args.names.clone() };
    words.extend(packages.iter().map(OsString::from));
    let mut collector = Collector::default();
    let ended = go_test(args, &words, &mut |event| {
        if let Some(package) = collector.add(event) {
            printer.print(&package_line(package));
        }
    })?;
    add_said(&mut collector, &ended);
    let run = collector.snapshot();
    if run.packages.is_empty() {
        return Err(refused(&ended));
    }
    rerun::failed_tests(args, collector, run)
}

/// Why `go test` ran nothing.
fn refused(ended: &Ended) -> Failure {
    let said =
        ended.said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it printed nothing");
    Failure::Input(anyhow!("go test ran no package: {said}"))
}

/// What go says on standard error: build errors of Go before 1.24, downloads, warnings of the linker.
fn add_said(collector: &mut Collector, ended: &Ended) {
    for line in ended.said.lines() {
        collector.add(&TestEvent::output("".into(), format!("{line}\n").into()));
    }
}

fn coverage(args: &TestArgs, profile: PathBuf) -> Result<String, Failure> {
    let scope = Scope::of_folder(&args.folder, &args.input);
    let tree = scope.load(&[profile], Generated::Keep)?.tree();
    Ok(tree_text(&tree, Depth::Package))
}
