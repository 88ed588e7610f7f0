//! Puts the events of a test run together.

use std::collections::HashMap;

use goscope_parsers::test_events::{Action, TestEvent};

use super::kept_output::KeptOutput;
use super::outcome::Outcome;
use super::run::{PackageRun, TestCase, TestOutcome, TestRun, TestRunOnce};

/// Takes events, in order.
#[derive(Debug, Default)]
pub struct Collector {
    run: TestRun,
    // Keyed by untrusted text, hence std's keyed hash.
    packages: HashMap<String, usize>,
    states: Vec<PackageState>,
    /// What the compiler printed, by what was built.
    builds: HashMap<String, String>,
}

/// A package that is not over yet.
#[derive(Debug, Default)]
struct PackageState {
    tests: HashMap<String, usize>,
    /// For each test, its run that has not ended.
    open: Vec<Option<OpenRun>>,
    /// The last time that an event named.
    last_nanos: Option<i64>,
}

#[derive(Clone, Copy, Debug, Default)]
struct OpenRun {
    begin: Option<i64>,
    paused_at: Option<i64>,
    paused_nanos: i64,
}

impl Collector {
    /// Takes an event. Returns the package, if it is over now.
    pub fn add(&mut self, event: &TestEvent<'_>) -> Option<&PackageRun> {
        match event.action {
            Action::BuildOutput => {
                let output = self.builds.entry(event.import_path.to_string()).or_default();
                output.push_str(&event.output);
                return None;
            }
            Action::Output
                if event.package.is_empty() && event.test.is_empty() && !self.packages.contains_key("") =>
            {
                self.run.noise.push(&event.output);
                return None;
            }
            Action::BuildFail | Action::Bench | Action::Other => return None,
            _ => {}
        }
        let number = self.package(&event.package);
        self.states[number].last_nanos = event.time_nanos.or(self.states[number].last_nanos);
        if !event.test.is_empty() {
            self.test_event(number, event);
            return None;
        }
        self.package_event(number, event);
        event.action.is_end().then(|| &self.run.packages[number])
    }

    /// All packages up to now; more events may come.
    pub fn snapshot(&mut self) -> TestRun {
        for number in 0..self.run.packages.len() {
            self.close(number);
        }
        let mut run = self.run.clone();
        Self::conclude(&mut run);
        run
    }

    /// All packages; those that are not over stay so.
    pub fn finish(mut self) -> TestRun {
        for number in 0..self.run.packages.len() {
            self.close(number);
        }
        Self::conclude(&mut self.run);
        self.run
    }

    /// What is known at the end alone.
    fn conclude(run: &mut TestRun) {
        for package in &mut run.packages {
            mark_parents(package);
            package.tests.iter_mut().for_each(TestCase::find_place);
            package.find_running();
            // A test that passed when it ran again alone does not make up for the others.
            let is_failed = |test: &TestCase| package.outcome_of(test) == TestOutcome::Failed;
            if package.outcome == Some(Outcome::Pass) && package.tests.iter().any(is_failed) {
                package.outcome = Some(Outcome::Fail);
            }
        }
    }

    /// The number of a package. In text, the name comes with the result: what came before gets it then.
    fn package(&mut self, path: &str) -> usize {
        if let Some(&number) = self.packages.get(path) {
            return number;
        }
        let nameless = self.packages.remove("");
        let number = nameless.unwrap_or_else(|| {
            self.run.packages.push(PackageRun::default());
            self.states.push(PackageState::default());
            self.run.packages.len() - 1
        });
        path.clone_into(&mut self.run.packages[number].path);
        self.packages.insert(path.to_owned(), number);
        number
    }

    fn package_event(&mut self, number: usize, event: &TestEvent<'_>) {
        let package = &mut self.run.packages[number];
        match event.action {
            Action::Output => package_line(package, &event.output),
            Action::Pass | Action::Fail | Action::Skip => {
                let outcome = match event.action {
                    Action::Pass => Outcome::Pass,
                    Action::Skip => Outcome::Skip,
                    _ if package.outcome == Some(Outcome::BuildFailed) => Outcome::BuildFailed,
                    _ if !event.failed_build.is_empty() => Outcome::BuildFailed,
                    _ => Outcome::Fail,
                };
                // A package that runs again replaces its result.
                package.outcome = Some(outcome);
                package.elapsed_nanos =
                    package.elapsed_nanos.saturating_add(event.elapsed_seconds.map_or(0, nanos));
                if let Some(output) = self.builds.get(&*event.failed_build) {
                    output.clone_into(&mut package.build_output);
                }
                self.close(number);
            }
            _ => {}
        }
    }

    fn test_event(&mut self, number: usize, event: &TestEvent<'_>) {
        let test = self.test(number, &event.test);
        let (package, state) = (&mut self.run.packages[number], &mut self.states[number]);
        let runs = &mut package.tests[test].runs;
        let time = event.time_nanos;
        match event.action {
            Action::Run => begin(runs, &mut state.open[test], time),
            Action::Pause => {
                if let Some(open) = &mut state.open[test] {
                    open.paused_at = time;
                }
            }
            Action::Cont => {
                if let Some(open) = &mut state.open[test] {
                    open.go_on(time);
                }
            }
            Action::Output => {
                if runs.is_empty() {
                    begin(runs, &mut state.open[test], time);
                }
                if let Some(run) = runs.last_mut() {
                    run.output.push(&event.output);
                }
            }
            Action::Pass | Action::Fail | Action::Skip => {
                if state.open[test].is_none()
                    && runs.last().is_none_or(|run| run.outcome != Outcome::Unfinished)
                {
                    begin(runs, &mut state.open[test], time);
                }
                let open = state.open[test].take().unwrap_or_default();
                if let Some(run) = runs.last_mut() {
                    run.end(event, open);
                }
            }
            _ => {}
        }
    }

    fn test(&mut self, number: usize, name: &str) -> usize {
        let (package, state) = (&mut self.run.packages[number], &mut self.states[number]);
        if let Some(&test) = state.tests.get(name) {
            return test;
        }
        state.tests.insert(name.to_owned(), package.tests.len());
        state.open.push(None);
        package.tests.push(TestCase {
            name: name.to_owned(),
            runs: Vec::new(),
            place: None,
            has_failed_child: false,
        });
        package.tests.len() - 1
    }

    /// Ends the runs that have not ended: they take until the last event.
    fn close(&mut self, number: usize) {
        let (package, state) = (&mut self.run.packages[number], &mut self.states[number]);
        for (test, open) in package.tests.iter_mut().zip(&mut state.open) {
            let Some(open) = open.take() else { continue };
            if let Some(run) = test.runs.last_mut() {
                (run.active_nanos, run.wall_nanos) = open.durations(state.last_nanos).unwrap_or_default();
            }
        }
        if package.is_cached {
            // The times are those of the replay.
            for run in package.tests.iter_mut().flat_map(|test| &mut test.runs) {
                (run.active_nanos, run.wall_nanos) = (run.elapsed_nanos, run.elapsed_nanos);
            }
        }
    }
}

fn begin(runs: &mut Vec<TestRunOnce>, open: &mut Option<OpenRun>, time: Option<i64>) {
    runs.push(TestRunOnce {
        outcome: Outcome::Unfinished,
        active_nanos: 0,
        wall_nanos: 0,
        elapsed_nanos: 0,
        output: KeptOutput::default(),
    });
    *open = Some(OpenRun { begin: time, ..OpenRun::default() });
}

impl OpenRun {
    fn go_on(&mut self, time: Option<i64>) {
        if let Some((begin, end)) = self.paused_at.take().zip(time) {
            self.paused_nanos = self.paused_nanos.saturating_add(end.saturating_sub(begin).max(0));
        }
    }

    /// Active and wall time up to a moment.
    fn durations(mut self, end: Option<i64>) -> Option<(u64, u64)> {
        self.go_on(end);
        let wall = end?.saturating_sub(self.begin?).max(0);
        let active = wall.saturating_sub(self.paused_nanos).max(0);
        Some((active.unsigned_abs(), wall.unsigned_abs()))
    }
}

impl TestRunOnce {
    fn end(&mut self, event: &TestEvent<'_>, open: OpenRun) {
        self.outcome = match event.action {
            Action::Pass => Outcome::Pass,
            Action::Skip => Outcome::Skip,
            _ => Outcome::Fail,
        };
        self.elapsed_nanos = event.elapsed_seconds.map_or(0, nanos);
        let measured = open.durations(event.time_nanos);
        (self.active_nanos, self.wall_nanos) = measured.unwrap_or((self.elapsed_nanos, self.elapsed_nanos));
        if self.outcome == Outcome::Pass {
            self.output.forget();
        }
    }
}

fn nanos(seconds: f64) -> u64 {
    // Larger numbers are cut to the largest one.
    (seconds * 1e9).round() as u64
}

/// A line that the package printed: some say how it ended.
fn package_line(package: &mut PackageRun, line: &str) {
    if line.starts_with("ok  \t")
        || line.starts_with("FAIL\t")
        || line.starts_with("?   \t")
        || line.starts_with('\t')
    {
        package.is_cached |= line.contains("\t(cached)");
        package.has_no_tests |= line.contains("[no test files]") || line.contains("[no tests to run]");
        if line.contains("[build failed]") || line.contains("[setup failed]") {
            package.outcome = Some(Outcome::BuildFailed);
        }
    }
    if let Some(percent) = line.split("coverage: ").nth(1).and_then(|rest| rest.split('%').next()) {
        package.coverage_percent = percent.parse().ok().or(package.coverage_percent);
    }
    package.output.push(line);
}

/// Notes which tests have tests inside them that failed.
fn mark_parents(package: &mut PackageRun) {
    let bad: Vec<String> = package
        .tests
        .iter()
        .filter(|test| package.outcome_of(test).is_bad())
        .map(|test| test.name.clone())
        .collect();
    let mut parents: std::collections::BTreeSet<&str> = std::collections::BTreeSet::new();
    for name in &bad {
        let mut name = &**name;
        while let Some((parent, _)) = name.rsplit_once('/') {
            if !parents.insert(parent) {
                break;
            }
            name = parent;
        }
    }
    for test in &mut package.tests {
        test.has_failed_child = parents.contains(&*test.name);
    }
}
