//! Test results as JUnit's XML: a suite for each package, a case for each test.

use std::fmt::Write as _;

use goscope_analysis::test_results::{Outcome, PackageRun, TestCase, TestOutcome, TestRun};

use crate::report::escape::xml;

/// The document. A flaky test is a failure with `flaky` as its type.
pub fn test_junit(run: &TestRun) -> String {
    let mut suites = String::new();
    let mut sums = [0; 4];
    for package in &run.packages {
        let counts = write_suite(&mut suites, package);
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    let [tests, failures, errors, skipped] = sums;
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">\n{suites}</testsuites>\n"
    )
}

/// Writes a suite and gives its numbers of tests, failures, errors and skipped tests.
fn write_suite(text: &mut String, package: &PackageRun) -> [usize; 4] {
    let counts = package.counts();
    // What is wrong with a package and with none of its tests is a case of its own.
    let own = own_error(package);
    let errors = usize::from(own.is_some());
    let numbers = [counts.total() + errors, counts.failed + counts.flaky, errors, counts.skipped];
    let [tests, failures, errors, skipped] = numbers;
    let _ = writeln!(
        text,
        "<testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"{}\">",
        xml(&package.path),
        seconds(package.elapsed_nanos)
    );
    if let Some((message, output)) = own {
        let _ = writeln!(
            text,
            "<testcase classname=\"{}\" name=\"package\" time=\"0.000\"><error message=\"{}\">{}</error></testcase>",
            xml(&package.path),
            xml(message),
            lines(output)
        );
    }
    for test in &package.tests {
        write_case(text, package, test);
    }
    *text += "</testsuite>\n";
    numbers
}

fn own_error(package: &PackageRun) -> Option<(&'static str, String)> {
    let output = || package.output.text().into_owned();
    match package.outcome {
        Some(Outcome::BuildFailed) if package.build_output.is_empty() => Some(("build failed", output())),
        Some(Outcome::BuildFailed) => Some(("build failed", package.build_output.clone())),
        None | Some(Outcome::Unfinished) => Some(("did not finish", output())),
        Some(Outcome::Fail) if package.failed_by_itself() => Some(("failed outside of tests", output())),
        _ => None,
    }
}

fn write_case(text: &mut String, package: &PackageRun, test: &TestCase) {
    let _ = write!(
        text,
        "<testcase classname=\"{}\" name=\"{}\" time=\"{}\"",
        xml(&package.path),
        xml(&test.name),
        seconds(test.active_nanos())
    );
    let output = || lines(test.shown_run().map(|run| run.output.text().into_owned()).unwrap_or_default());
    let result = match package.outcome_of(test) {
        TestOutcome::Passed => {
            *text += "/>\n";
            return;
        }
        TestOutcome::Skipped => format!("<skipped>{}</skipped>", output()),
        TestOutcome::Failed => format!("<failure type=\"failed\" message=\"failed\">{}</failure>", output()),
        TestOutcome::Unfinished => {
            format!("<failure type=\"unfinished\" message=\"did not finish\">{}</failure>", output())
        }
        TestOutcome::Flaky => {
            let (failed, runs) = (test.count(Outcome::Fail), test.runs.len());
            format!(
                "<failure type=\"flaky\" message=\"failed {failed} of {runs} times\">{}</failure>",
                output()
            )
        }
    };
    let _ = writeln!(text, ">{result}</testcase>");
}

/// Output line by line: line breaks stay, all else that XML cannot hold is escaped.
fn lines(text: impl AsRef<str>) -> String {
    let escaped: Vec<String> = text
        .as_ref()
        .split('\n')
        .map(|line| line.split('\t').map(xml).collect::<Vec<_>>().join("\t"))
        .collect();
    escaped.join("\n")
}

fn seconds(nanos: u64) -> String {
    format!("{:.3}", nanos as f64 / 1e9)
}
