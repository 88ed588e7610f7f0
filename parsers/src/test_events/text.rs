//! The text of `go test` as events, by the rules of `cmd/internal/test2json` (Go 1.26).
//!
//! | line | event |
//! |---|---|
//! | `=== RUN   Name`, `PAUSE`, `CONT` | run, pause, cont; what is printed next is of this test |
//! | `=== NAME  Name` | what is printed next is of this test |
//! | `--- PASS: Name (0.01s)`, `FAIL`, `SKIP`, with four blanks for each level | the end of a test; logs stand behind it without `-v` |
//! | `ok`, `FAIL`, `?` and a tab, the package, a tab | the end of a package |

use std::borrow::Cow;

use super::event::{Action, TestEvent};

/// What marks a line of the test binary since Go 1.20, so that it can stand behind output without a line break.
const MARK: char = '\u{16}';

/// Turns lines into events.
#[derive(Debug, Default)]
pub(super) struct TextConverter {
    /// The test that printed last.
    current: String,
    /// Whether a test has begun since the last package ended.
    has_tests: bool,
    /// What the test binary said of all its tests: `PASS` or `FAIL`.
    verdict: Option<Action>,
}

impl TextConverter {
    /// The events of a line, which is without its line break.
    pub(super) fn line(&mut self, line: &str, take: &mut dyn FnMut(TestEvent<'_>)) {
        let framed = line
            .find(MARK)
            .filter(|&at| line[at..].trim_start_matches(MARK).trim_start().starts_with(['=', '-']));
        let Some(at) = framed else { return self.plain_line(line, take) };
        let (before, frame) = line.split_at(at);
        if !before.is_empty() {
            self.print(before, "", take);
        }
        self.plain_line(frame.trim_start_matches(MARK), take);
    }

    /// Nothing more comes. A test binary that ran by itself names no package, and says only how it ended.
    pub(super) fn finish(&self, take: &mut dyn FnMut(TestEvent<'_>)) {
        if let Some(verdict) = self.verdict.filter(|_| self.has_tests) {
            take(TestEvent::new(verdict, Cow::Borrowed("")));
        }
    }

    fn plain_line(&mut self, line: &str, take: &mut dyn FnMut(TestEvent<'_>)) {
        if let Some((word, name)) = line.strip_prefix("=== ").and_then(|rest| rest.split_once(' ')) {
            let action = match word {
                "RUN" => Some(Action::Run),
                "PAUSE" => Some(Action::Pause),
                "CONT" => Some(Action::Cont),
                "NAME" => None,
                _ => return self.print(line, "\n", take),
            };
            name.trim().clone_into(&mut self.current);
            if let Some(action) = action.filter(|_| !self.current.is_empty()) {
                self.has_tests = true;
                take(TestEvent::new(action, Cow::Borrowed(&self.current)));
            }
            return self.print(line, "\n", take);
        }
        if let Some((action, name, seconds)) = end_of_test(line) {
            name.clone_into(&mut self.current);
            self.has_tests = true;
            self.print(line, "\n", take);
            let mut event = TestEvent::new(action, Cow::Borrowed(name));
            event.elapsed_seconds = seconds;
            return take(event);
        }
        if let Some((action, package, seconds)) = end_of_package(line) {
            self.current.clear();
            (self.has_tests, self.verdict) = (false, None);
            let mut event = TestEvent::output(Cow::Borrowed(""), Cow::Owned(format!("{line}\n")));
            event.package = Cow::Borrowed(package);
            take(event);
            let mut event = TestEvent::new(action, Cow::Borrowed(""));
            (event.package, event.elapsed_seconds) = (Cow::Borrowed(package), seconds);
            return take(event);
        }
        let verdict = match line {
            "PASS" => Some(Action::Pass),
            "FAIL" => Some(Action::Fail),
            _ => None,
        };
        if verdict.is_some() || line.starts_with("exit status ") {
            self.current.clear();
            self.verdict = verdict.or(self.verdict);
        }
        self.print(line, "\n", take);
    }

    fn print(&self, line: &str, end: &str, take: &mut dyn FnMut(TestEvent<'_>)) {
        take(TestEvent::output(Cow::Borrowed(&self.current), Cow::Owned(format!("{line}{end}"))));
    }
}

/// The end of a test in `--- FAIL: Name (0.01s)`.
fn end_of_test(line: &str) -> Option<(Action, &str, Option<f64>)> {
    let rest = line.trim_start_matches(' ').strip_prefix("--- ")?;
    let (word, rest) = rest.split_once(": ")?;
    let action = match word {
        "PASS" => Action::Pass,
        "FAIL" => Action::Fail,
        "SKIP" => Action::Skip,
        "BENCH" => Action::Bench,
        _ => return None,
    };
    let (name, seconds) = match rest.rsplit_once(" (") {
        Some((name, seconds)) => (name, seconds.strip_suffix("s)").and_then(seconds_of)),
        None => (rest, None),
    };
    (!name.is_empty()).then_some((action, name, seconds))
}

/// The end of a package in `ok  \tpackage\t0.01s`.
fn end_of_package(line: &str) -> Option<(Action, &str, Option<f64>)> {
    let (word, rest) = line.split_once('\t')?;
    let action = match word.trim_end() {
        "ok" => Action::Pass,
        "FAIL" => Action::Fail,
        "?" => Action::Skip,
        _ => return None,
    };
    let (package, rest) = rest.split_once(['\t', ' ']).unwrap_or((rest, ""));
    let seconds = rest.split('\t').next().and_then(|word| word.strip_suffix('s')).and_then(seconds_of);
    (!package.is_empty()).then_some((action, package, seconds))
}

fn seconds_of(word: &str) -> Option<f64> {
    word.parse().ok().filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0)
}
