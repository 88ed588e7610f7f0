//! A test or a package: how it ended, what it printed with the places in it, its runs, and how to run it again.

use std::ops::Range;

use goscope_analysis::test_results::{PackageRun, TestCase, place_in};
use goscope_parsers::printable;

use super::code_place::CodePlace;
use super::test_rows::{TestKey, TestState};
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};
use crate::report::test_results::rerun_command;
use crate::text::shell_word;

/// The most letters of one line that are shown.
const MAX_LETTERS: usize = 2_000;

/// Asks for one test or package.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TestFactsQuery {
    /// Which.
    pub key: TestKey,
}

/// A test or a package.
#[derive(Clone, Debug, PartialEq)]
pub struct TestFacts {
    /// Which.
    pub key: TestKey,
    /// How it ended.
    pub state: TestState,
    /// How long it was active, all runs together, in ns.
    pub active_nanos: u64,
    /// How long it took, likewise.
    pub wall_nanos: u64,
    /// Every run, in order; none of a package.
    pub runs: Vec<RunFacts>,
    /// How long it had run when the time was up, as Go says it.
    pub unfinished_after: Option<String>,
    /// What `go test -cover` says of a package, in percent.
    pub coverage_percent: Option<f64>,
    /// The command that runs it again.
    pub command: String,
    /// What it printed, line by line; of a test that passed, nothing is kept.
    pub output: Vec<OutputLine>,
}

/// One run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunFacts {
    /// How it ended.
    pub state: TestState,
    /// How long it was active, in ns.
    pub active_nanos: u64,
    /// How long it took, in ns.
    pub wall_nanos: u64,
}

/// A line that was printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputLine {
    /// Without what colors a terminal; tabs as blanks.
    pub text: String,
    /// The place in Go source that it names, and where in the text.
    pub place: Option<(CodePlace, Range<usize>)>,
}

impl Question for TestFactsQuery {
    type Answer = TestFacts;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<TestFacts, QuestionError> {
        let missing = || {
            let TestKey { package, test } = &self.key;
            let what = if test.is_empty() { package.clone() } else { format!("{test} of {package}") };
            QuestionError::NotInResults { what }
        };
        let run = documents.tests()?;
        let package =
            run.packages.iter().find(|package| package.path == self.key.package).ok_or_else(missing)?;
        if self.key.test.is_empty() {
            return Ok(package_facts(package, &run.noise.text()));
        }
        let test = package.tests.iter().find(|test| test.name == self.key.test).ok_or_else(missing)?;
        Ok(test_facts(package, test))
    }
}

fn package_facts(package: &PackageRun, noise: &str) -> TestFacts {
    let output = match &*package.build_output {
        // Before Go 1.24 the compiler's words are no events.
        "" if TestState::of_package(package) == TestState::NotBuilt => noise.to_owned(),
        "" => package.output.text().into_owned(),
        build => build.to_owned(),
    };
    TestFacts {
        key: TestKey::of_package(package),
        state: TestState::of_package(package),
        active_nanos: package.elapsed_nanos,
        wall_nanos: package.elapsed_nanos,
        runs: Vec::new(),
        unfinished_after: None,
        coverage_percent: package.coverage_percent,
        command: format!("go test {}", shell_word(&package.path)),
        output: lines(&output, package),
    }
}

fn test_facts(package: &PackageRun, test: &TestCase) -> TestFacts {
    let runs = test.runs.iter().map(|run| RunFacts {
        state: TestState::of_run(run.outcome),
        active_nanos: run.active_nanos,
        wall_nanos: run.wall_nanos,
    });
    let running = package.running.iter().find(|(running, _)| *running == test.name);
    let output = test.shown_run().map(|run| run.output.text()).unwrap_or_default();
    TestFacts {
        key: TestKey::of(package, test),
        state: TestState::of(package.outcome_of(test)),
        active_nanos: test.active_nanos(),
        wall_nanos: test.wall_nanos(),
        runs: runs.collect(),
        unfinished_after: running.map(|(_, time)| printable(time).into_owned()),
        coverage_percent: None,
        command: rerun_command(package, test),
        output: lines(&output, package),
    }
}

fn lines(output: &str, package: &PackageRun) -> Vec<OutputLine> {
    output.lines().map(|line| output_line(line, &package.path)).collect()
}

fn output_line(line: &str, package: &str) -> OutputLine {
    let mut text = String::new();
    for (at, piece) in without_colors(line).split('\t').map(printable).enumerate() {
        if at > 0 {
            text.push_str("    ");
        }
        text.push_str(&piece);
    }
    if let Some((at, _)) = text.char_indices().nth(MAX_LETTERS) {
        text.truncate(at);
        text.push('…');
    }
    let text = text.trim_end().to_owned();
    let place = place_in(&text).map(|place| {
        let code = CodePlace { package: package.to_owned(), file: place.file.to_owned(), line: place.line };
        (code, place.at)
    });
    OutputLine { text, place }
}

/// A line without the sequences by which terminals are told colors: `ESC [ 31 m`.
fn without_colors(line: &str) -> String {
    let mut pieces = line.split("\u{1b}[");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let rest = piece.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == ';');
        match rest.strip_prefix(|letter: char| letter.is_ascii_alphabetic()) {
            Some(rest) => text.push_str(rest),
            None => {
                text.push_str("\u{1b}[");
                text.push_str(piece);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_loses_its_colors_and_keeps_its_place() {
        let line = output_line("\t\u{1b}[31mcart_test.go:19\u{1b}[0m: no\u{7}", "shop");
        assert_eq!(line.text, "    cart_test.go:19: no\\x07");
        let (place, at) = line.place.expect("a place");
        assert_eq!((&*place.package, &*place.file, place.line), ("shop", "cart_test.go", 19));
        assert_eq!(&line.text[at], "cart_test.go:19");
        assert_eq!(output_line("a\tb", "").text, "a    b");
        assert_eq!(output_line(&"é".repeat(3_000), "").text.chars().count(), MAX_LETTERS + 1);
    }
}
