//! Comparisons of traces that chance made, and of some that are written as text.

use std::fmt::Write as _;

use goscope_parsers::{FileBytes, Progress};
use goscope_test_support::{Random, sample};
use rayon::prelude::*;

use super::group::Measured;
use super::{TraceRun, compare};
use crate::testing::trace;
use crate::trace::load::trace_model;
use crate::verdict::{
    Fraction, Gate, Incomparable, Measure, Normalization, Note, Options, Outcome, Presence, Row, RunContext,
    Significance, Standing, Unjudged, Untested, Verdict,
};

/// A program that serves tasks, one after the other, each on a goroutine of its own.
#[derive(Clone, Copy)]
struct Program {
    /// Tasks of each type.
    tasks: usize,
    /// Standard deviation between runs of the logarithm of a task's time; a half of it is common to all of its parts.
    drift: f64,
    /// How much longer the slowest fifth of checkouts waits for a lock.
    slow_lock: f64,
}

const STEADY: Program = Program { tasks: 200, drift: 0.1, slow_lock: 1.0 };

/// Type, and typical nanoseconds: waiting for a P, running, waiting for a lock.
const TYPES: [(&str, [f64; 3]); 3] =
    [("checkout", [20e3, 300e3, 400e3]), ("search", [10e3, 900e3, 30e3]), ("browse", [5e3, 50e3, 10e3])];

/// A number of the standard normal distribution, nearly: a sum of twelve uniform ones.
fn normal(random: &mut Random) -> f64 {
    (0..12).map(|_| random.below(1 << 20) as f64 / f64::from(1 << 20)).sum::<f64>() - 6.0
}

impl Program {
    /// A run of it, by the seed of its chance.
    fn run(self, seed: usize) -> TraceRun {
        let name = format!("run-{seed}");
        TraceRun::of(&trace(&self.text(seed)), RunContext { name, ..RunContext::default() })
    }

    fn text(self, seed: usize) -> String {
        let random = &mut Random(seed as u64 * 0x1_0001);
        let factors = TYPES.map(|(_, parts)| {
            let common = normal(random);
            parts.map(|nanos| nanos * (self.drift * f64::midpoint(common, normal(random))).exp())
        });
        let (mut text, mut now, mut id) = (String::new(), 0, 1);
        for _ in 0..self.tasks {
            for ((name, _), parts) in TYPES.iter().zip(factors) {
                let [wait, run, mut lock] = parts.map(|nanos| (nanos * (0.5 * normal(random)).exp()) as u64);
                if *name == "checkout" && random.below(5) == 0 {
                    lock = (lock as f64 * self.slow_lock) as u64;
                }
                let (start, blocked) = (now + wait, now + wait + run / 2);
                let (ready, end) = (blocked + lock, blocked + lock + run / 2);
                let _ = writeln!(
                    text,
                    "G{id} main.serve: {now} runnable, {start} running P0, {blocked} waiting \"sync\", {ready} \
                     runnable, {ready} running P0, {end} end\ntask {id} \"{name}\" G{id}: {now}..{end}"
                );
                (now, id) = (end + 1000, id + 1);
            }
        }
        text
    }

    fn runs(self, seeds: std::ops::Range<usize>) -> Vec<TraceRun> {
        seeds.map(|seed| self.run(seed)).collect()
    }
}

fn judged(base: &[TraceRun], head: &[TraceRun]) -> Verdict {
    compare(base, head, &Options::default()).expect("comparable")
}

fn with_gate(gate: Gate) -> Options {
    Options { gate, ..Options::default() }
}

fn row<'v>(verdict: &'v Verdict, title: &str) -> &'v Row {
    let found = verdict.rows.iter().find(|row| row.title() == title);
    found.unwrap_or_else(|| panic!("no {title} among {:?}", titles(&verdict.rows)))
}

fn titles(rows: &[Row]) -> Vec<String> {
    rows.iter().map(Row::title).collect()
}

#[test]
fn runs_of_one_program_raise_no_alarm() {
    let verdicts = (0..500_usize).into_par_iter().map(|at| {
        let seed = at * 6 + 1;
        let verdict = judged(&STEADY.runs(seed..seed + 3), &STEADY.runs(seed + 3..seed + 6));
        assert!(verdict.method.n_hypotheses > 15, "{:?}", verdict.method);
        verdict
    });
    let (alarms, undecided) = verdicts
        .map(|verdict| match verdict.outcome {
            Outcome::Regression => (1, 0),
            Outcome::Undecided(_) => (0, 1),
            _ => (0, 0),
        })
        .reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    assert!(alarms <= 5, "{alarms} alarms in 500 comparisons");
    assert!(undecided <= 75, "{undecided} of 500 undecided: nobody would heed it");
}

#[test]
fn a_longer_tail_of_one_task_is_found() {
    let slow = Program { slow_lock: 4.0, ..STEADY };
    let found = (0..50_usize).into_par_iter().filter(|&at| {
        let seed = 10_000 + at * 10;
        let verdict = judged(&STEADY.runs(seed..seed + 5), &slow.runs(seed + 5..seed + 10));
        verdict.failures().next().is_some_and(|first| first.row.title() == "task checkout, p90 of latency")
    });
    let found = found.count();
    assert!(found >= 45, "{found} of 50");
}

#[test]
fn the_verdict_says_where_and_why() {
    let slow = Program { slow_lock: 6.0, ..STEADY };
    let verdict = judged(&STEADY.runs(1..6), &slow.runs(6..11));
    insta::assert_snapshot!(verdict.line(), @"regression: task checkout, p90 of latency +109% (1.21ms → 2.54ms; 95%: +79 … +143%), p 3e-7 after 32 tests, 5 v 5 runs");
    let first = &verdict.regressions[0];
    assert_eq!(first.chain.iter().map(|it| &**it).collect::<Vec<_>>(), ["blocked (sync)"]);
    assert_eq!((first.standing.clone(), verdict.exit_status()), (Standing::Fails, 1));
    assert_eq!(row(&verdict, "task search, p90 of latency").significance, Significance::Unclear);
    assert!(verdict.notes.contains(&Note::PerInstance));
    // Half of the goroutines that serve are no checkout, their median does not move.
    assert!(row(&verdict, "goroutine main.serve, p50 of latency").change().abs() < 0.2);
}

#[test]
fn filters_select_by_group_and_measure() {
    let slow = Program { slow_lock: 6.0, ..STEADY };
    let (base, head) = (STEADY.runs(1..6), slow.runs(6..11));
    let with = |gate| compare(&base, &head, &with_gate(gate)).expect("comparable");
    let focused = with(Gate { focus: Some("^task search, .* of latency".into()), ..Gate::default() });
    assert_eq!((focused.method.n_hypotheses, focused.exit_status()), (2, 0));
    assert!(matches!(focused.outcome, Outcome::NoRegression | Outcome::Undecided(_)), "{}", focused.line());
    let allowed = with(Gate { allow: Some("checkout|main.serve".into()), ..Gate::default() });
    assert_ne!(allowed.exit_status(), 1);
    assert!(allowed.notes.iter().any(|note| matches!(note, Note::Allowed { .. })));
    let none = with(Gate { focus: Some("nothing".into()), ..Gate::default() });
    assert_eq!(none.outcome, Outcome::NothingComparable(Unjudged::NoQuantile));
    assert_eq!(none.exit_status(), 4);
    let more = with(Gate { fail_on_at_least: Some(Fraction(9.0)), ..Gate::default() });
    assert_ne!(more.exit_status(), 1, "nothing takes ten times as long");
}

#[test]
fn the_order_of_files_shows_nowhere() {
    let (mut base, mut head) = (STEADY.runs(1..5), Program { slow_lock: 6.0, ..STEADY }.runs(5..9));
    let first = format!("{:?}", judged(&base, &head));
    base.reverse();
    head.swap(0, 2);
    assert_eq!(format!("{:?}", judged(&base, &head)), first);
}

#[test]
fn one_trace_a_side_never_fails() {
    let many = Program { tasks: 600, ..STEADY };
    let slow = Program { slow_lock: 20.0, ..many };
    let mut n_grown = 0;
    for seed in 1..11 {
        let verdict = judged(&many.runs(seed..seed + 1), &slow.runs(seed + 100..seed + 101));
        assert_eq!(verdict.exit_status(), 0, "{}", verdict.line());
        assert!(verdict.regressions.is_empty());
        assert_eq!(verdict.notes[0], Note::WithinRecordings { recordings: 2 });
        n_grown += usize::from(matches!(verdict.outcome, Outcome::Undecided(_)));
    }
    assert!(n_grown >= 9, "{n_grown} of 10");
    let grown = judged(&many.runs(1..2), &slow.runs(2..3)).line();
    insta::assert_snapshot!(grown, @"within these two recordings: task checkout, p90 of latency +696% (+553…+871%); more traces a side would tell whether other runs do the same");
    let alike = Program { drift: 0.0, ..many };
    let equal = judged(&alike.runs(1..2), &alike.runs(2..3)).line();
    insta::assert_snapshot!(equal, @"within these two recordings nothing grew by more than chance");
}

/// Alarms of the table within two recordings of independent instances: the interval holds what it says.
#[test]
fn intervals_within_recordings_are_not_too_narrow() {
    let program = Program { tasks: 520, drift: 0.0, slow_lock: 1.0 };
    let counts = (0..50_usize).into_par_iter().map(|at| {
        let verdict = judged(&program.runs(2 * at + 1..2 * at + 2), &program.runs(2 * at + 2..2 * at + 3));
        let tests: Vec<f64> = verdict.rows.iter().filter_map(|row| Some(row.test?.p_two_sided)).collect();
        (tests.len(), tests.iter().filter(|p| **p <= 0.05).count())
    });
    let (tests, alarms) = counts.reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    assert!(alarms * 100 <= tests * 6, "{alarms} of {tests} at 5%");
}

#[test]
fn one_against_several_and_one_against_two() {
    let runs = STEADY.runs(1..5);
    let several = judged(&runs[..1], &runs[1..]);
    assert_eq!(several.method.df_runs, 2.0);
    assert!(several.notes.contains(&Note::FewRuns { runs: 1 }));
    let many = Program { tasks: 600, ..STEADY }.runs(1..4);
    let two = judged(&many[..1], &many[1..]);
    assert_eq!(two.notes[0], Note::WithinRecordings { recordings: 3 });
    assert!(two.rows.iter().filter_map(|row| row.test).all(|test| test.df == 57.0));
}

#[test]
fn what_is_rare_needs_more() {
    let verdict = judged(&STEADY.runs(1..4), &STEADY.runs(4..7));
    let untested = |title: &str| row(&verdict, title).significance;
    assert!(row(&verdict, "task checkout, p90 of latency").test.is_some(), "600 a side");
    let needs_more = Significance::Untested(Untested::NeedsMore);
    assert_eq!(untested("task checkout, p99 of latency"), needs_more);
    let single = judged(&STEADY.runs(1..2), &STEADY.runs(2..3));
    assert_eq!(row(&single, "task checkout, p90 of latency").significance, needs_more, "200 a side");
    assert!(row(&single, "task checkout, p50 of latency").test.is_some());
}

#[test]
fn quantiles_are_those_of_each_instance() {
    let run = TraceRun::of(
        &trace(
            "G1 main.f: 0 runnable, 10 running P0, 40 waiting \"sync\", 90 runnable, 100 running P0, 140 end\n\
             G2 main.f[go.shape.int]: 200 runnable, 201 running P0, 210 syscall, 230 end\n\
             G3 main.old: 0 was waiting, 20 runnable\n\
             task 1 \"t\" G1: 5..120\n\
             task 2 \"t\" G1: 130..\n\
             region \"r\" G1: 10..40\n\
             assist G1 P0: 20..30\n\
             end: 400",
        ),
        RunContext::default(),
    );
    let mut text = String::new();
    for group in &run.groups {
        let _ = writeln!(text, "{} {}", group.count, group.group.text());
        for (measured, times) in &group.measures {
            let quantiles = times.quantiles.map(|quantile| quantile.nanos);
            let _ = writeln!(text, "  {} {quantiles:?} of {}", measured.text(), times.total_nanos);
        }
    }
    insta::assert_snapshot!(text, @r"
    1 task t
      latency [115, 115, 115] of 115
      running [50, 50, 50] of 50
      scheduler wait [15, 15, 15] of 15
      blocked (sync) [50, 50, 50] of 50
      GC assist [10, 10, 10] of 10
    1 region r
      latency [30, 30, 30] of 30
      running [30, 30, 30] of 30
      GC assist [10, 10, 10] of 10
    1 goroutine main.f
      latency [140, 140, 140] of 140
      running [70, 70, 70] of 70
      scheduler wait [20, 20, 20] of 20
      blocked (sync) [50, 50, 50] of 50
      GC assist [10, 10, 10] of 10
    1 goroutine main.f[…]
      latency [30, 30, 30] of 30
      running [9, 9, 9] of 9
      scheduler wait [1, 1, 1] of 1
      system calls [20, 20, 20] of 20
    ");
    assert!(run.group(&run.groups[0].group).is_some_and(|it| it.times(&Measured::Latency).is_some()));
}

#[test]
fn groups_of_one_side_are_new_or_gone() {
    let with_name = |name: &str, seed| {
        let text = STEADY.text(seed).replace("search", name);
        TraceRun::of(&trace(&text), RunContext::default())
    };
    let base = [1, 2, 3].map(|seed| with_name("search", seed));
    let head = [4, 5, 6].map(|seed| with_name("find", seed));
    let verdict = judged(&base, &head);
    let presence = |title| (row(&verdict, title).presence, row(&verdict, title).test.is_some());
    assert_eq!(presence("task find, p50 of latency"), (Presence::New, false));
    assert_eq!(presence("task search, p50 of latency"), (Presence::Gone, false));
    assert_ne!(verdict.exit_status(), 1);
}

#[test]
fn what_cannot_be_compared_is_said() {
    let runs = STEADY.runs(1..3);
    let error = |base: &[TraceRun], head: &[TraceRun], options: &Options| {
        compare(base, head, options).expect_err("nothing to compare").to_string()
    };
    let plain = Options::default();
    assert_eq!(error(&[], &runs, &plain), "the base side of the comparison holds no run");
    let per_second = Options { normalization: Normalization::PerSecond, ..Options::default() };
    assert_eq!(
        error(&runs[..1], &runs[1..], &per_second),
        "traces are compared per instance, not per second: leave that option out"
    );
    let mut dated = runs[0].clone();
    dated.info.time_nanos = 1;
    let same = compare(&[dated.clone()], &[dated], &plain);
    assert!(matches!(same, Err(Incomparable::SameRun { .. })));
    let empty = TraceRun::of(&trace("end: 100"), RunContext::default());
    let verdict = judged(std::slice::from_ref(&empty), std::slice::from_ref(&empty));
    assert_eq!(verdict.outcome, Outcome::NothingComparable(Unjudged::Empty));
    assert_eq!(verdict.exit_status(), 4);
}

/// Without a time, nothing says that two equal traces are one: then they do not differ.
#[test]
fn copies_do_not_differ() {
    let run = Program { tasks: 600, ..STEADY }.run(1);
    let copies = |n: usize| vec![run.clone(); n];
    let single = judged(&copies(1), &copies(1));
    assert_eq!(single.outcome, Outcome::NoRegression, "{}", single.line());
    assert!(single.rows.iter().all(|row| row.change() == 0.0 && !row.is_significant()));
    assert!(single.notes.iter().any(|note| matches!(note, Note::SameNumbers { .. })));
    let several = judged(&copies(3), &copies(3));
    assert_eq!(several.outcome, Outcome::NothingComparable(Unjudged::NoQuantile), "nothing varies");
}

#[test]
fn bundled_traces() {
    let names = [
        "flight-go1.27.trace",
        "latency-go1.27.trace",
        "shop-go1.21.trace",
        "shop-go1.22.trace",
        "shop-go1.24.trace",
        "shop-go1.25.trace",
        "shop-go1.27.trace",
        "truncated-go1.27.trace",
    ];
    let run = |name: &str| {
        let bytes = FileBytes::open(sample(&format!("trace/{name}"))).expect("a sample");
        let model = trace_model(&bytes, &Progress::default()).expect("a trace");
        TraceRun::of(&model, RunContext { name: name.to_owned(), ..RunContext::default() })
    };
    let runs: Vec<TraceRun> = names.iter().map(|name| run(name)).collect();
    let mut text = String::new();
    for run in &runs {
        let other =
            TraceRun { info: crate::verdict::RunInfo { time_nanos: 0, ..run.info.clone() }, ..run.clone() };
        let same = judged(std::slice::from_ref(&other), std::slice::from_ref(&other));
        assert!(same.rows.iter().all(|row| row.change() == 0.0 && !row.is_significant()));
        let n_instances: u64 = run.groups.iter().map(|group| group.count).sum();
        let _ = writeln!(
            text,
            "{}: {} groups, {n_instances} instances, {} tests; {}",
            run.info.context.name,
            run.groups.len(),
            same.method.n_hypotheses,
            same.line()
        );
    }
    for head in &runs[4..7] {
        let _ = writeln!(text, "{}", judged(&runs[3..4], std::slice::from_ref(head)).line());
    }
    let _ = writeln!(text, "{}", judged(&runs[2..4], &runs[4..6]).line());
    insta::assert_snapshot!(text, @r"
    flight-go1.27.trace: 19 groups, 2579 instances, 41 tests; within these two recordings nothing grew by more than chance
    latency-go1.27.trace: 19 groups, 4525 instances, 49 tests; within these two recordings nothing grew by more than chance
    shop-go1.21.trace: 19 groups, 2822 instances, 40 tests; within these two recordings nothing grew by more than chance
    shop-go1.22.trace: 19 groups, 3247 instances, 45 tests; within these two recordings nothing grew by more than chance
    shop-go1.24.trace: 19 groups, 2550 instances, 33 tests; within these two recordings nothing grew by more than chance
    shop-go1.25.trace: 19 groups, 3300 instances, 44 tests; within these two recordings nothing grew by more than chance
    shop-go1.27.trace: 19 groups, 3413 instances, 46 tests; within these two recordings nothing grew by more than chance
    truncated-go1.27.trace: 19 groups, 2493 instances, 46 tests; within these two recordings nothing grew by more than chance
    within these two recordings nothing grew by more than chance
    within these two recordings nothing grew by more than chance
    within these two recordings nothing grew by more than chance
    no regression found; a growth of 146% would have shown (9 in 10) in half of the latencies
    ");
    assert!(
        row(&judged(&runs[3..4], &runs[6..7]), "task checkout, p50 of latency").measure
            == Measure::Quantile { of: "latency".to_owned(), percent: 50 }
    );
}
