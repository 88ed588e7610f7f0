//! `goscope test`: runs tests, or reads what `go test` printed, and says what failed, what is flaky, and what is slow.

mod args;
mod go_test;
mod live;
mod printed;
mod recorded;
mod rerun;

use std::fs;

use anyhow::anyhow;
use goscope_analysis::test_results::TestRun;

use super::failure::Failure;
use super::output::OutputArgs;
use crate::report::test_results::junit::test_junit;

pub(super) use args::TestArgs;
use printed::{finish, write_packages};

/// Runs or reads, reports, and fails if something failed.
pub(super) fn run(args: &TestArgs) -> Result<(), Failure> {
    let run = if is_recorded(&args.names) {
        recorded::refuse_live_options(args)?;
        let run = recorded::read(args)?;
        args.output.write(|out| {
            if args.json { Ok(()) } else { write_packages(&run, out) }.and_then(|()| finish(args, &run, out))
        })?;
        run
    } else {
        live::run(args)?
    };
    if let Some(path) = &args.junit {
        OutputArgs { output: Some(path.clone()) }.write_text(&test_junit(&run))?;
    }
    verdict(args, &run)
}

/// Files, and not packages: all names are files or standard input.
fn is_recorded(names: &[String]) -> bool {
    let is_file = |name: &String| name == "-" || fs::metadata(name).is_ok_and(|found| !found.is_dir());
    !names.is_empty() && names.iter().all(is_file)
}

/// The exit code: failed tests before packages that were not built.
fn verdict(args: &TestArgs, run: &TestRun) -> Result<(), Failure> {
    let counts = run.counts();
    let is_bad = counts.failed > 0 || counts.flaky > 0 && !args.allow_flaky;
    // A package of flaky tests has failed as such, too.
    let n_failed_without_tests = run.packages.iter().filter(|package| package.failed_by_itself()).count();
    let is_open = run.packages.iter().any(|package| package.outcome.is_none());
    if is_bad || n_failed_without_tests > 0 {
        return Err(Failure::Gate(1));
    }
    if run.n_build_failed() > 0 {
        return Err(Failure::Gate(3));
    }
    if is_open {
        return Err(Failure::Input(anyhow!("the output ends before all packages do; was go test stopped?")));
    }
    Ok(())
}
