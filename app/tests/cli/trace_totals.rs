//! One answer per question: what goroutines spent in each state, and for each reason, is the same number wherever
//! goscope says it, to the nanosecond.
//!
//! ```text
//! command line   trace latency │ trace summary │ trace goroutines │ trace profile --kind wall, block
//! window         breakdown     │ flame graph: wall, blocked, sched │ table of goroutines │ counters
//! ```
//!
//! Latency, profiles, breakdown and flame graph are asked twice: with all goroutines (`--idle show`), and without those
//! that only waited during the whole trace (`--idle hide`).
//!
//! Every sample and every trace of the corpus is asked. Where a report says less than state and reason, what it says
//! is compared: `goroutines` and the table do not tell reasons apart, no flame graph shows time of which nothing is
//! known, the table and the counters have the runtime's own goroutines too. `summary --like-go` counts as Go does,
//! which is more or less than there is (see `Counting::LikeGo`), but never another running time.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use goscope::document::{Document, Source};
use goscope::query::trace::counters::CountersQuery;
use goscope::query::trace::flame_profile::FlameProfileQuery;
use goscope::query::trace::latency::LatencyQuery;
use goscope::query::trace::selection::{Flame, TraceSelection};
use goscope::query::trace::table::TraceTableQuery;
use goscope::query::trace::table_columns::{ColumnId, TraceTable};
use goscope::query::{Documents, Question, answer};
use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::profile::FlameKind;
use goscope_parsers::pprof::{ParseOptions, Profile, parse_profile};
use goscope_parsers::{FileKind, Progress, detect};
use goscope_test_support::{corpus, sample};
use serde_json::Value;

/// Nanoseconds by state and reason; the reason is empty for states other than waiting.
type Totals = BTreeMap<(String, String), u128>;

fn add(totals: &mut Totals, state: &str, reason: &str, nanos: u128) {
    if nanos > 0 {
        *totals.entry((state.to_owned(), reason.to_owned())).or_default() += nanos;
    }
}

/// What a part of the states has, or of which reasons do not matter.
fn by_state(totals: &Totals, is_wanted: impl Fn(&str) -> bool) -> Totals {
    let mut found = Totals::new();
    for ((state, _), nanos) in totals.iter().filter(|((state, _), _)| is_wanted(state)) {
        add(&mut found, state, "", *nanos);
    }
    found
}

fn only(totals: &Totals, is_wanted: impl Fn(&str) -> bool) -> Totals {
    totals.clone().into_iter().filter(|((state, _), _)| is_wanted(state)).collect()
}

const UNKNOWN: &str = SpanState::Unknown.name();
const RUNNING: &str = SpanState::Running.name();
const RUNNABLE: &str = SpanState::Runnable.name();
const WAITING: &str = SpanState::Waiting.name();
const SYSCALL: &str = SpanState::Syscall.name();
const SYSCALL_BLOCKED: &str = SpanState::SyscallBlocked.name();

fn is_blocked(state: &str) -> bool {
    [WAITING, SYSCALL, SYSCALL_BLOCKED].contains(&state)
}

/// One trace, and what was found to differ.
struct Trace {
    path: PathBuf,
    name: String,
    differences: String,
}

impl Trace {
    fn goscope(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goscope"));
        command.args(["trace"]).args(arguments).arg(&self.path).output().expect("goscope starts")
    }

    /// The report as JSON; `None` if there is nothing to report.
    fn json(&self, arguments: &[&str]) -> Option<Value> {
        let output = self.goscope(arguments);
        match output.status.code() {
            Some(0) => Some(serde_json::from_slice(&output.stdout).expect("JSON")),
            Some(4) => None,
            code => panic!(
                "{}: trace {arguments:?} ends with {code:?}: {}",
                self.name,
                String::from_utf8_lossy(&output.stderr)
            ),
        }
    }

    fn latency(&self, more: &[&str]) -> Totals {
        let report = self.json(&[&["latency", "--json", "--slowest=0", "--stacks=0"], more].concat());
        let mut totals = Totals::new();
        for row in rows(report.as_ref(), "rows") {
            let sums = ["spans", "per_instance"].map(|sum| number(&row[sum]["total_nanos"]));
            assert_eq!(sums[0], sums[1], "{}: {row}", self.name);
            add(&mut totals, text(&row["state"]), text(&row["reason"]), sums[0]);
        }
        totals
    }

    fn summary(&self, more: &[&str]) -> Totals {
        let report = self.json(&[&["summary", "--json"], more].concat());
        let mut totals = Totals::new();
        for measure in rows(report.as_ref(), "groups").iter().flat_map(|group| rows(Some(group), "measures"))
        {
            let state = match text(&measure["measure"]) {
                "exec" => RUNNING,
                "sched_wait" => RUNNABLE,
                "block" => WAITING,
                "syscall" => SYSCALL,
                "syscall_block" => SYSCALL_BLOCKED,
                "unknown" => UNKNOWN,
                _ => continue,
            };
            add(&mut totals, state, text(&measure["reason"]), number(&measure["total_nanos"]));
        }
        totals
    }

    fn goroutines(&self, more: &[&str]) -> Totals {
        let report = self.json(&[&["goroutines", "--json", "--limit=0"], more].concat());
        let mut totals = Totals::new();
        for row in rows(report.as_ref(), "goroutines") {
            let states = [
                (UNKNOWN, "unknown_nanos"),
                (RUNNABLE, "runnable_nanos"),
                (RUNNING, "running_nanos"),
                (WAITING, "waiting_nanos"),
                (SYSCALL, "syscall_nanos"),
                (SYSCALL_BLOCKED, "syscall_blocked_nanos"),
            ];
            states.iter().for_each(|(state, key)| add(&mut totals, state, "", number(&row[key])));
        }
        totals
    }

    /// By the labels of the samples.
    fn profile(&self, kind: &str, idle: &str) -> Totals {
        let output = self.goscope(&["profile", "--kind", kind, "--idle", idle]);
        match output.status.code() {
            Some(0) => labeled(&parse_profile(&output.stdout, &ParseOptions::default()).expect("a profile")),
            Some(4) => Totals::new(),
            code => panic!("{}: {code:?} {}", self.name, String::from_utf8_lossy(&output.stderr)),
        }
    }

    #[track_caller]
    fn same(&mut self, expected: (&str, &Totals), found: (&str, &Totals)) {
        if expected.1 == found.1 {
            return;
        }
        let _ = writeln!(self.differences, "{}: {} and {} differ", self.name, expected.0, found.0);
        let mut keys: Vec<_> = expected.1.keys().chain(found.1.keys()).collect();
        keys.sort();
        keys.dedup();
        for key in keys {
            let nanos = [expected.1, found.1].map(|totals| totals.get(key).copied().unwrap_or(0));
            if nanos[0] != nanos[1] {
                let _ =
                    writeln!(self.differences, "  {:?} {:?}: {} and {} ns", key.0, key.1, nanos[0], nanos[1]);
            }
        }
    }
}

fn rows<'v>(report: Option<&'v Value>, key: &str) -> &'v [Value] {
    report.map_or(&[], |report| report[key].as_array().expect("rows"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn number(value: &Value) -> u128 {
    u128::from(value.as_u64().expect("a number"))
}

/// Time by the labels `state` and `reason`.
fn labeled(profile: &Profile) -> Totals {
    let mut totals = Totals::new();
    for sample in 0..profile.samples.len() {
        let label = |key: &str| {
            let labels = profile.samples.labels(sample).iter();
            let found = labels.filter(|label| profile.strings.text(label.key) == key);
            found.map(|label| profile.text(label.str).into_owned()).next().unwrap_or_default()
        };
        add(&mut totals, &label("state"), &label("reason"), profile.samples.values(sample)[1] as u128);
    }
    totals
}

/// Time by the outermost frame, `waiting: sync`.
fn by_outermost_frame(profile: &Profile) -> Totals {
    let mut totals = Totals::new();
    for sample in 0..profile.samples.len() {
        let outermost = profile.samples.stack(sample).last().expect("a state");
        let line = profile.locations.lines(*outermost)[0];
        let name = profile.text(profile.functions[line.function.index()].name).into_owned();
        let (state, reason) = name.split_once(": ").unwrap_or((&name, ""));
        add(&mut totals, state, reason, profile.samples.values(sample)[1] as u128);
    }
    totals
}

/// What the window shows.
struct Window(Vec<Arc<Document>>);

impl Window {
    fn open(path: &Path) -> Self {
        let document = Document::load(&Source::File(path.to_owned()), &Progress::new()).expect("it opens");
        Self(vec![Arc::new(document)])
    }

    fn ask<Q: Question>(&self, question: &Q) -> Q::Answer {
        answer(question, Documents::of_tab(&self.0)).expect("an answer")
    }

    fn breakdown(&self, with_idle: bool) -> Totals {
        let selection = TraceSelection { with_idle, ..TraceSelection::default() };
        let latency = self.ask(&LatencyQuery::of_selection(&selection));
        let tables = self.0[0].trace().expect("a trace").model.tables();
        let mut totals = Totals::new();
        for row in &latency.breakdown.rows {
            let reason = tables.string_lossy(row.key.reason);
            add(&mut totals, row.key.state.name(), &reason, row.per_instance.total_nanos());
        }
        totals
    }

    fn flame_graph(&self, kind: FlameKind, with_idle: bool) -> Totals {
        let (flame, selection) =
            (Flame::Time(kind), TraceSelection { with_idle, ..TraceSelection::default() });
        let document = self.ask(&FlameProfileQuery { selection, flame });
        by_outermost_frame(&document.profile().expect("a profile").profile)
    }

    /// The table does not tell system calls with a P from those without.
    fn table(&self) -> Totals {
        let query = TraceTableQuery {
            table: TraceTable::Goroutines,
            selection: TraceSelection::default(),
            sort: TraceTable::Goroutines.first_sort(),
            containing: String::new(),
        };
        let (rows, model) = (self.ask(&query), &self.0[0].trace().expect("a trace").model);
        let mut totals = Totals::new();
        let columns = [
            (ColumnId::Running, RUNNING),
            (ColumnId::Runnable, RUNNABLE),
            (ColumnId::Blocked, WAITING),
            (ColumnId::Syscall, SYSCALL),
        ];
        for (id, state) in columns {
            let number = |row| rows.number(model, row, id).expect("a column");
            let nanos = (0..rows.len()).map(|row| number(row) as u128).sum();
            add(&mut totals, state, "", nanos);
        }
        totals
    }

    /// The sums that counters are made from, of the whole trace.
    fn sums(&self) -> Totals {
        let model = &self.0[0].trace().expect("a trace").model;
        let mut totals = Totals::new();
        let Some(last) = model.state_sums().last() else { return totals };
        for state in SpanState::ALL {
            add(&mut totals, state.name(), "", last.nanos[state.index()] as u128);
        }
        totals
    }

    /// The mean number of goroutines that run, are runnable, wait, or are in a system call, in the whole trace.
    fn counters(&self) -> [f32; 4] {
        let counters = self.ask(&CountersQuery { range: None, n_columns: 1 });
        [&counters.running, &counters.runnable, &counters.waiting, &counters.in_syscall].map(|means| means[0])
    }
}

fn with_syscalls_joined(totals: &Totals) -> Totals {
    let mut joined = Totals::new();
    for ((state, reason), nanos) in totals.iter().filter(|((state, _), _)| state != UNKNOWN) {
        add(&mut joined, if state == SYSCALL_BLOCKED { SYSCALL } else { state }, reason, *nanos);
    }
    joined
}

/// Asks all; what differs, and whether the trace could be read.
fn differences(path: &Path) -> (String, bool) {
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    let mut trace = Trace { path: path.to_owned(), name, differences: String::new() };
    if trace.goscope(&["summary", "--json", "--system"]).status.code() == Some(3) {
        return (String::new(), false);
    }
    let latency = trace.latency(&[]);
    let states = by_state(&latency, |_| true);
    let summary = trace.summary(&[]);
    trace.same(("latency", &latency), ("summary", &summary));
    let goroutines = trace.goroutines(&[]);
    trace.same(("latency", &states), ("goroutines", &goroutines));
    let like_go = trace.summary(&["--like-go"]);
    let is_running = |state: &str| state == RUNNING;
    trace.same(("latency", &only(&latency, is_running)), ("summary --like-go", &only(&like_go, is_running)));

    let window = Window::open(path);
    for (with_idle, idle) in [(true, "show"), (false, "hide")] {
        with_pictures(&mut trace, &window, with_idle, idle);
    }
    let sched = window.flame_graph(FlameKind::Sched, true);
    trace.same(("latency", &only(&latency, |state| state == RUNNABLE)), ("the flame graph, sched", &sched));
    with_system(&mut trace, &window);
    (trace.differences, true)
}

/// What profiles, breakdown and flame graphs say, with or without goroutines that only waited.
fn with_pictures(trace: &mut Trace, window: &Window, with_idle: bool, idle: &str) {
    let latency = trace.latency(&["--idle", idle]);
    let (known, blocked) = (only(&latency, |state| state != UNKNOWN), only(&latency, is_blocked));
    let name = format!("latency --idle {idle}");
    for (kind, of_kind) in [("wall", &known), ("block", &blocked)] {
        trace.same((&name, of_kind), (&format!("profile --kind {kind}"), &trace.profile(kind, idle)));
    }
    trace.same((&name, &latency), ("the breakdown", &window.breakdown(with_idle)));
    for (kind, of_kind) in [(FlameKind::Wall, &known), (FlameKind::Blocked, &blocked)] {
        let found = window.flame_graph(kind, with_idle);
        trace.same((&name, of_kind), (&format!("the flame graph, {}", kind.text()), &found));
    }
}

/// The same with the runtime's own goroutines.
fn with_system(trace: &mut Trace, window: &Window) {
    let latency = trace.latency(&["--system"]);
    let states = by_state(&latency, |_| true);
    let (summary, goroutines) = (trace.summary(&["--system"]), trace.goroutines(&["--system"]));
    trace.same(("latency --system", &latency), ("summary --system", &summary));
    trace.same(("latency --system", &states), ("goroutines --system", &goroutines));
    trace.same(("latency --system", &with_syscalls_joined(&states)), ("the table", &window.table()));
    trace.same(("latency --system", &states), ("the sums by state", &window.sums()));
    let joined = with_syscalls_joined(&states);
    let nanos = window.0[0].trace().expect("a trace").model.duration_nanos();
    for (state, mean) in [RUNNING, RUNNABLE, WAITING, SYSCALL].into_iter().zip(window.counters()) {
        let of_state = joined.get(&(state.to_owned(), String::new())).copied().unwrap_or(0);
        let expected = (of_state as f64 / nanos.max(1) as f64) as f32;
        if (mean - expected).abs() > expected * 1e-5 {
            let _ =
                writeln!(trace.differences, "{}: counters of {state}: {mean}, not {expected}", trace.name);
        }
    }
}

#[track_caller]
fn assert_equal_totals(traces: &[PathBuf], at_least: usize) {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || {
        let mut found = Vec::new();
        loop {
            let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let Some(path) = traces.get(at) else { return found };
            found.push((at, differences(path)));
        }
    };
    let n_threads = std::thread::available_parallelism().map_or(2, usize::from);
    let mut found: Vec<(usize, (String, bool))> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..n_threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a report")).collect()
    });
    found.sort();
    let n_read = found.iter().filter(|(_, (_, is_read))| *is_read).count();
    let all: String = found.into_iter().map(|(_, (differences, _))| differences).collect();
    assert!(all.is_empty(), "\n{all}");
    assert!(n_read >= at_least, "only {n_read} of {} could be read", traces.len());
}

/// The traces below a folder, by their first bytes.
fn traces_in(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).expect("it is readable");
            if detect(&bytes).is_ok_and(|detected| matches!(detected.kind, FileKind::Trace { .. })) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_sample_has_one_total_for_each_state_and_reason() {
    assert_equal_totals(&traces_in(&sample("trace")), 8);
}

#[test]
fn every_trace_of_the_corpus_has_one_total_for_each_state_and_reason() {
    let folders = ["trace", "real", "reports", "truths", "trace-conformance"];
    let folders: Option<Vec<PathBuf>> = folders.into_iter().map(corpus).collect();
    let Some(folders) = folders else { return };
    let traces: Vec<PathBuf> = folders.iter().flat_map(|folder| traces_in(folder)).collect();
    assert_equal_totals(&traces, 100);
}
