//! An event of a test run.

use std::borrow::Cow;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// A package begins.
    Start,
    /// A test begins.
    Run,
    /// A test waits for its parallel siblings.
    Pause,
    /// It goes on.
    Cont,
    /// A test or a package passed.
    Pass,
    /// A test or a package failed.
    Fail,
    /// A test was skipped, or a package has no tests.
    Skip,
    /// A benchmark printed a log.
    Bench,
    /// A line that was printed, or a piece of one.
    Output,
    /// The compiler printed something.
    BuildOutput,
    /// A package was not built.
    BuildFail,
    /// Anything else: attributes, artifacts, what later versions add.
    Other,
}

impl Action {
    /// The action that a word names.
    pub(super) fn new(word: &str) -> Self {
        match word {
            "start" => Self::Start,
            "run" => Self::Run,
            "pause" => Self::Pause,
            "cont" => Self::Cont,
            "pass" => Self::Pass,
            "fail" => Self::Fail,
            "skip" => Self::Skip,
            "bench" => Self::Bench,
            "output" => Self::Output,
            "build-output" => Self::BuildOutput,
            "build-fail" => Self::BuildFail,
            _ => Self::Other,
        }
    }

    /// Whether a test or a package ends with it.
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Pass | Self::Fail | Self::Skip)
    }
}

/// An event. Texts are empty where the event has none.
#[derive(Clone, Debug, PartialEq)]
pub struct TestEvent<'a> {
    /// Nanoseconds since 1970.
    pub time_nanos: Option<i64>,
    /// What happened.
    pub action: Action,
    /// Import path. In text it is known at the end of a package only: events before have none.
    pub package: Cow<'a, str>,
    /// Name of the test; empty for the package itself.
    pub test: Cow<'a, str>,
    /// Seconds, rounded to 10 ms, without pauses.
    pub elapsed_seconds: Option<f64>,
    /// What was printed, with its line break.
    pub output: Cow<'a, str>,
    /// What was built, `pkg [pkg.test]`.
    pub import_path: Cow<'a, str>,
    /// What was not built, so that the package failed.
    pub failed_build: Cow<'a, str>,
}

impl<'a> TestEvent<'a> {
    /// An event of a package or test, without anything else.
    pub fn new(action: Action, test: Cow<'a, str>) -> Self {
        const NONE: Cow<'_, str> = Cow::Borrowed("");
        Self {
            time_nanos: None,
            action,
            package: NONE,
            test,
            elapsed_seconds: None,
            output: NONE,
            import_path: NONE,
            failed_build: NONE,
        }
    }

    /// A line that was printed.
    pub fn output(test: Cow<'a, str>, output: Cow<'a, str>) -> Self {
        let mut event = Self::new(Action::Output, test);
        event.output = output;
        event
    }
}
