//! `--rerun-fails`: what failed runs again, by whole tests: a subtest cannot run without the code before it.

use std::collections::BTreeSet;
use std::ffi::OsString;

use goscope_analysis::test_results::{Collector, TestOutcome, TestRun};

use super::args::TestArgs;
use super::go_test::go_test;
use crate::cli::failure::{Failure, say};

/// Runs failed tests again until they passed or have run often enough; results are added to those that are there.
pub(super) fn failed_tests(
    args: &TestArgs,
    mut collector: Collector,
    mut run: TestRun,
) -> Result<TestRun, Failure> {
    for round in 1..=args.rerun_fails {
        let failed = failed_roots(&run);
        if failed.is_empty() {
            break;
        }
        for (package, test) in failed {
            say(&format!("goscope: run {round} of {} again: {package} {test}", args.rerun_fails));
            let mut words: Vec<OsString> = ["test", "-json"].map(OsString::from).to_vec();
            // The user's flags, but for what would choose other tests or count on several runs.
            words.extend(args.flags.iter().map(OsString::from));
            words.extend(["-count=1".into(), "-run".into(), format!("^{}$", regex::escape(&test)).into()]);
            words.push(package.into());
            go_test(args, &words, &mut |event| {
                collector.add(event);
            })?;
        }
        run = collector.snapshot();
    }
    Ok(run)
}

/// Package and name of tests, without what is inside them, that failed and never passed.
fn failed_roots(run: &TestRun) -> BTreeSet<(String, String)> {
    let mut roots = BTreeSet::new();
    for package in &run.packages {
        for test in &package.tests {
            let is_failed = matches!(package.outcome_of(test), TestOutcome::Failed | TestOutcome::Unfinished);
            if is_failed && !test.is_benchmark() {
                roots.insert((package.path.clone(), test.root().to_owned()));
            }
        }
    }
    roots
}
