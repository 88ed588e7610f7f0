//! Test results for a terminal: a line for each package as it ends, then what is slow, what is flaky, what failed, and the sum.

use std::fmt::Write as _;

use goscope_analysis::test_results::{Counts, Outcome, PackageRun, TestCase, TestOutcome, TestRun};

use super::rerun_command;
use crate::text::{self, column};

/// Lines of what a test printed.
const MAX_OUTPUT_LINES: usize = 200;

/// The line of a package.
pub fn package_line(package: &PackageRun) -> String {
    let word = match package.outcome {
        Some(Outcome::Pass) => "ok",
        Some(Outcome::Fail) => "FAIL",
        Some(Outcome::BuildFailed) => "BUILD",
        Some(Outcome::Skip) => "-",
        None | Some(Outcome::Unfinished) => "OPEN",
    };
    let time = match package.outcome {
        _ if package.is_cached => "cached".to_owned(),
        Some(Outcome::Pass | Outcome::Fail) => column::duration(package.elapsed_nanos),
        _ => String::new(),
    };
    let mut facts: Vec<String> = match package.outcome {
        Some(Outcome::BuildFailed) => vec!["does not build".to_owned()],
        None | Some(Outcome::Unfinished) => vec!["did not finish".to_owned()],
        Some(Outcome::Skip) => vec!["no test files".to_owned()],
        _ if package.tests.is_empty() => vec!["no tests".to_owned()],
        _ => vec![counts_text(package.counts())],
    };
    facts.extend(package.coverage_percent.map(|percent| format!("{percent:.1}% covered")));
    let name = if package.path.is_empty() { "(package not named)".into() } else { text::name(&package.path) };
    format!("{word:<5} {time:>8}  {name}  {}\n", facts.join(", "))
}

fn counts_text(counts: Counts) -> String {
    let mut parts = Vec::new();
    for (number, word) in [
        (counts.failed, "failed"),
        (counts.flaky, "flaky"),
        (counts.skipped, "skipped"),
        (counts.passed, "passed"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {word}"));
        }
    }
    parts.join(", ")
}

/// What stands below the lines of packages. `n_slowest` tests are listed by the time they were active.
pub fn summary(run: &TestRun, n_slowest: usize) -> String {
    let mut printed = slowest(run, n_slowest);
    for package in &run.packages {
        write_failures(&mut printed, package);
    }
    if run.n_build_failed() > 0 && run.packages.iter().all(|package| package.build_output.is_empty()) {
        // Before Go 1.24 the compiler's words are no events.
        write_output(&mut printed, &run.noise.text());
    }
    printed += &flaky(run);
    if printed.is_empty() {
        return last_line(run);
    }
    format!("\n{}\n{}", printed.trim_start_matches('\n'), last_line(run))
}

fn slowest(run: &TestRun, n_slowest: usize) -> String {
    let tests = run.slowest();
    let mut printed = String::new();
    for (package, test) in tests.iter().take(n_slowest) {
        let (active, wall) = (test.active_nanos(), test.wall_nanos());
        // Where a test waited for its siblings, both are worth knowing.
        let waited = if wall > active + active / 10 {
            format!("  ({} wall)", column::duration(wall))
        } else {
            String::new()
        };
        let name = text::name(&test.name);
        let _ = writeln!(
            printed,
            "{:>8}  {} {name}{waited}",
            column::duration(active),
            text::name(&package.path)
        );
    }
    if printed.is_empty() { printed } else { format!("slowest:\n{printed}") }
}

fn write_failures(printed: &mut String, package: &PackageRun) {
    if package.outcome == Some(Outcome::BuildFailed) && !package.build_output.is_empty() {
        let _ = writeln!(printed, "\nBUILD {}", text::name(&package.path));
        write_output(printed, &package.build_output);
    }
    if package.failed_by_itself() {
        let _ = writeln!(printed, "\nFAIL {} outside of its tests", text::name(&package.path));
        write_output(printed, &package.output.text());
    }
    for (test, outcome) in package.failures().filter(|(_, outcome)| *outcome != TestOutcome::Flaky) {
        let _ = writeln!(printed, "\n{}", failure_line(package, test, outcome));
        if let Some(run) = test.shown_run() {
            write_output(printed, &run.output.text());
        }
        let _ = writeln!(printed, "    {}", rerun_command(package, test));
    }
}

fn failure_line(package: &PackageRun, test: &TestCase, outcome: TestOutcome) -> String {
    let (package_name, name) = (text::name(&package.path), text::name(&test.name));
    if outcome == TestOutcome::Unfinished {
        let running = package.running.iter().find(|(running, _)| *running == test.name);
        let how_long = running.map_or_else(String::new, |(_, time)| format!(" after {}", text::name(time)));
        return format!("UNFINISHED {package_name} {name}: did not finish{how_long}");
    }
    let time = test.shown_run().map_or(0, |run| run.active_nanos);
    let times = if test.runs.len() > 1 {
        format!(", {} of {} runs", test.count(Outcome::Fail), test.runs.len())
    } else {
        String::new()
    };
    format!("FAIL {package_name} {name} ({}{times})", column::duration(time))
}

/// What was printed, with nothing that a terminal would obey.
fn write_output(printed: &mut String, output: &str) {
    let n_lines = output.lines().count();
    let skipped = n_lines.saturating_sub(MAX_OUTPUT_LINES);
    if skipped > 0 {
        let _ = writeln!(printed, "    … {skipped} lines left out; --json has all that is kept …");
    }
    for line in output.lines().skip(skipped) {
        let _ = writeln!(printed, "{}", goscope_parsers::printable_lines(line).trim_end());
    }
}

fn flaky(run: &TestRun) -> String {
    let mut printed = String::new();
    for package in &run.packages {
        for (test, _) in package.failures().filter(|(_, outcome)| *outcome == TestOutcome::Flaky) {
            let (failed, runs) = (test.count(Outcome::Fail), test.runs.len());
            let _ = writeln!(
                printed,
                "FLAKY {} {}: failed {failed} of {runs} runs\n    {}",
                text::name(&package.path),
                text::name(&test.name),
                rerun_command(package, test)
            );
        }
    }
    if printed.is_empty() { printed } else { format!("\n{printed}") }
}

/// All tests in a line.
fn last_line(run: &TestRun) -> String {
    sum_sentence(run) + "\n"
}

/// All tests in a sentence: how many, and what became of them.
pub fn sum_sentence(run: &TestRun) -> String {
    let counts = run.counts();
    let mut parts = vec![if counts.total() == 0 { "no tests".to_owned() } else { counts_text(counts) }];
    if run.n_build_failed() > 0 {
        parts.push(format!("{} not built", column::counted(run.n_build_failed(), "package")));
    }
    format!(
        "{} in {}: {}",
        column::counted(counts.total(), "test"),
        column::counted(run.packages.len(), "package"),
        parts.join(", ")
    )
}
