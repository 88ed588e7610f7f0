//! Comparisons of profiles that are written as text.

use std::fmt::Write as _;

use super::{RunCounts, compare};
use crate::testing::profile;
use crate::verdict::{
    Gate, Incomparable, Kind, Measure, Normalization, Note, Options, Outcome, Presence, Row, RunContext,
    Significance, Standing, Unjudged, Untested, Verdict,
};

/// Stacks with their samples in each run.
type Lines<'t> = &'t [(&'t str, i64)];

/// Runs of the same stacks, their samples a little different in each, as if chance had made them.
fn runs(name: &str, n: usize, lines: Lines<'_>, header: &str) -> Vec<RunCounts> {
    let run = |at: usize| {
        let mut text = format!("{header}\n");
        for (line, (stack, samples)) in lines.iter().enumerate() {
            let noise =
                ((*samples as f64).sqrt() * [0.0, 0.9, -1.1, 0.6, -0.4][(at + 2 * line) % 5]).round() as i64;
            let _ = writeln!(text, "{stack} {}", (samples + noise).max(0));
        }
        let context =
            RunContext { name: format!("{name}-{at}"), units: Some(1000.0), ..RunContext::default() };
        RunCounts::of(profile(&text), None, context).expect("a run")
    };
    (0..n).map(run).collect()
}

fn verdict_of(base: Lines<'_>, head: Lines<'_>, options: &Options) -> Verdict {
    compare(&runs("base", 5, base, ""), &runs("head", 5, head, ""), options).expect("comparable")
}

fn verdict(base: Lines<'_>, head: Lines<'_>) -> Verdict {
    verdict_of(base, head, &Options::default())
}

fn row<'v>(verdict: &'v Verdict, name: &str, measure: &Measure) -> &'v Row {
    let found = verdict.rows.iter().find(|row| &*row.name == name && row.measure == *measure);
    found.unwrap_or_else(|| panic!("{name} is not among {:?}", names(verdict)))
}

fn names(verdict: &Verdict) -> Vec<&str> {
    verdict.rows.iter().map(|row| &*row.name).collect()
}

fn gate(gate: Gate) -> Options {
    Options { gate, ..Options::default() }
}

/// What the other tests change: half of the samples elsewhere.
const ELSE: (&str, i64) = ("runtime.mstart;runtime.gcBgMarkWorker", 1500);

#[test]
fn a_function_whose_own_code_is_slower() {
    let verdict = verdict(
        &[ELSE, ("main.main;main.serve;main.parse", 400), ("main.main;main.serve;main.write", 1100)],
        &[ELSE, ("main.main;main.serve;main.parse", 700), ("main.main;main.serve;main.write", 1100)],
    );
    let first = &verdict.regressions[0];
    assert_eq!(
        (&*first.row.name, &first.kind, &first.standing),
        ("main.parse", &Kind::OwnCode, &Standing::Fails)
    );
    assert!(first.explains > 0.8 && first.chain.is_empty());
    assert_eq!(verdict.exit_status(), 1);
    assert!(
        verdict.line().starts_with("regression: main.parse +59% (13.3% → 21.2% of CPU; 95%: "),
        "{}",
        verdict.line()
    );
    let shift = row(&verdict, "main.write", &Measure::Cum);
    assert!(shift.significance != Significance::Fell || shift.is_shift, "it only makes room");
}

#[test]
fn own_code_is_named_for_what_its_library_does() {
    let verdict = verdict(
        &[ELSE, ("main.main;main.score;regexp.Match;regexp.step", 400), ("main.main;main.write", 1100)],
        &[ELSE, ("main.main;main.score;regexp.Match;regexp.step", 800), ("main.main;main.write", 1100)],
    );
    let first = &verdict.regressions[0];
    assert_eq!(&*first.row.name, "main.score");
    assert_eq!(first.chain.iter().map(|name| &**name).collect::<Vec<_>>(), ["regexp.Match", "regexp.step"]);
    assert_eq!(first.kind, Kind::MoreOfTheSame);
    // All four hold the same samples: one hypothesis, shown under the innermost own code.
    let shown: Vec<&str> = verdict
        .rows
        .iter()
        .filter(|shown| shown.is_shown && shown.hypothesis == first.row.hypothesis)
        .map(|row| &*row.name)
        .collect();
    assert_eq!(shown, ["main.score"]);
}

#[test]
fn one_callee_of_several_is_named() {
    let verdict = verdict(
        &[
            ELSE,
            ("main.main;main.f;sort.Sort", 400),
            ("main.main;main.f;bytes.Equal", 400),
            ("main.main;main.g", 700),
        ],
        &[
            ELSE,
            ("main.main;main.f;sort.Sort", 900),
            ("main.main;main.f;bytes.Equal", 400),
            ("main.main;main.g", 700),
        ],
    );
    assert_eq!(&*verdict.regressions[0].row.name, "main.f");
    assert_eq!(verdict.regressions[0].kind, Kind::Callee("sort.Sort".into()));
}

#[test]
fn work_that_moved_below_one_caller_fails_only_if_strict() {
    let base: Lines<'_> = &[
        ELSE,
        ("main.main;main.serve;main.old", 500),
        ("main.main;main.serve;main.new", 60),
        ("main.main;main.x", 900),
    ];
    let head: Lines<'_> = &[
        ELSE,
        ("main.main;main.serve;main.old", 60),
        ("main.main;main.serve;main.new", 500),
        ("main.main;main.x", 900),
    ];
    let found = verdict(base, head);
    assert_eq!(found.regressions[0].standing, Standing::Moved { from: "main.old".into() });
    assert_eq!(found.exit_status(), 0, "{}", found.line());
    assert!(found.notes.contains(&Note::Moved { from: "main.old".into(), to: "main.new".into() }));
    let strict = verdict_of(base, head, &gate(Gate { strict: true, ..Gate::default() }));
    assert_eq!(strict.exit_status(), 1);
}

#[test]
fn a_function_that_takes_the_place_of_all_others_has_not_moved() {
    let verdict = verdict(
        &[("main.main;main.a", 2400), ("main.main;main.b", 600)],
        &[("main.main;main.a", 1700), ("main.main;main.b", 1300)],
    );
    assert_eq!(&*verdict.regressions[0].row.name, "main.b");
    assert_eq!(verdict.regressions[0].standing, Standing::Fails);
}

#[test]
fn what_got_faster_makes_no_regression_of_the_rest() {
    let rest: [(&str, i64); 4] =
        [("main.main;main.a", 800), ("main.main;main.b", 500), ("main.main;main.c", 400), ELSE];
    let side = |samples: i64| [&rest[..], &[("main.main;main.hot", samples)]].concat();
    let verdict = verdict(&side(1500), &side(500));
    assert_eq!(verdict.exit_status(), 0, "{}", verdict.line());
    assert_eq!(&*verdict.improvements[0].row.name, "main.hot");
    let grown = row(&verdict, "main.a", &Measure::Cum);
    assert!(grown.ratio > 1.15 && grown.is_shift);
}

#[test]
fn a_slowdown_of_everything_is_seen_by_rates_alone() {
    let base: Lines<'_> = &[ELSE, ("main.main;main.a", 800), ("main.main;main.b", 700)];
    let head: Lines<'_> = &[(ELSE.0, 2250), ("main.main;main.a", 1200), ("main.main;main.b", 1050)];
    let shares = verdict(base, head);
    assert!(matches!(shares.outcome, Outcome::NoRegression), "{}", shares.line());
    assert!(shares.notes.contains(&Note::SharesAreBlind));
    assert!(shares.notes.iter().any(|note| note.text().contains("cannot see a slowdown of everything")));
    let unit = "request".to_owned();
    let options = Options { normalization: Normalization::PerUnit { unit }, ..Options::default() };
    let rates = verdict_of(base, head, &options);
    assert_eq!(rates.exit_status(), 1);
    let total = row(&rates, "total", &Measure::Total);
    assert_eq!(total.significance, Significance::Regressed);
    assert!((total.ratio - 1.5).abs() < 0.02, "{}", total.ratio);
}

#[test]
fn small_growth_is_significant_and_passes() {
    let lines = |samples: i64| [ELSE, ("main.main;main.a", samples), ("main.main;main.b", 15_000)];
    let options = |fail_on: f64| gate(Gate { fail_on: crate::verdict::Fraction(fail_on), ..Gate::default() });
    assert_eq!(verdict_of(&lines(10_000), &lines(10_900), &options(0.02)).exit_status(), 1);
    let passed = verdict_of(&lines(10_000), &lines(10_900), &options(0.2));
    assert_eq!(passed.exit_status(), 0);
    assert_eq!(row(&passed, "main.a", &Measure::Cum).significance, Significance::Grew);
    // More than 5%, but not significantly so.
    let at_least = Gate { fail_on_at_least: Some(crate::verdict::Fraction(0.05)), ..Gate::default() };
    assert_eq!(verdict_of(&lines(10_000), &lines(10_900), &gate(at_least)).exit_status(), 0);
}

#[test]
fn new_and_gone_functions() {
    let verdict = verdict(
        &[ELSE, ("main.v;main.old", 300), ("main.main;main.x", 1200)],
        &[ELSE, ("main.w;main.new", 300), ("main.main;main.x", 1200)],
    );
    let new = row(&verdict, "main.new", &Measure::Cum);
    assert_eq!((new.presence, new.ratio), (Presence::New, f64::INFINITY));
    assert!(new.interval.expect("tested").low > 10.0);
    let old = row(&verdict, "main.old", &Measure::Cum);
    assert_eq!((old.presence, old.ratio), (Presence::Gone, 0.0));
    assert_eq!(verdict.exit_status(), 1, "{}", verdict.line());
}

#[test]
fn names_that_builds_change_are_matched() {
    let verdict = verdict(
        &[
            ELSE,
            ("main.main;main.Map[go.shape.int];main.f-fm", 400),
            ("main.main;main.g;main.g.func1@main.go:12#10", 400),
            ("main.main;main.parse@parse.go:22#20", 400),
        ],
        &[
            ELSE,
            ("main.main;main.Map[go.shape.string];main.f", 400),
            ("main.main;main.g;main.g.func2@main.go:18#16", 400),
            ("main.main;main.parseAll@parse.go:24#22", 400),
        ],
    );
    assert!(verdict.rows.iter().all(|row| row.presence == Presence::Both), "{:?}", names(&verdict));
    let named = |name: &str| row(&verdict, name, &Measure::Cum).base_name.clone();
    assert_eq!(named("main.Map[…]"), None);
    assert_eq!(named("main.g.func2").as_deref(), Some("main.g.func1"));
    assert_eq!(named("main.parseAll").as_deref(), Some("main.parse"));
}

#[test]
fn closures_that_cannot_be_told_apart_are_added_up() {
    let verdict = verdict(
        &[ELSE, ("main.g;main.g.func1;main.g.func2", 300), ("main.g;main.g.func2", 300), ("main.x", 900)],
        &[ELSE, ("main.g;main.g.func3;main.g.func4", 300), ("main.g;main.g.func4", 300), ("main.x", 900)],
    );
    let sum = row(&verdict, "main.g.func*", &Measure::Cum);
    let outer = row(&verdict, "main.g", &Measure::Cum);
    assert_eq!(sum.base.samples, outer.base.samples, "a stack with two of them counts once");
    assert_eq!(verdict.exit_status(), 0);
}

#[test]
fn a_preemption_is_its_loop() {
    let verdict = verdict(
        &[
            ELSE,
            ("main.main;main.loop", 700),
            ("main.main;main.loop;runtime.asyncPreempt", 10),
            ("main.x", 900),
        ],
        &[
            ELSE,
            ("main.main;main.loop", 500),
            ("main.main;main.loop;runtime.asyncPreempt", 210),
            ("main.x", 900),
        ],
    );
    assert!(!names(&verdict).contains(&"runtime.asyncPreempt"));
    assert_eq!(verdict.exit_status(), 0);
    let flat = row(&verdict, "main.loop", &Measure::Flat);
    assert!((flat.ratio - 1.0).abs() < 0.02, "{}", flat.ratio);
}

#[test]
fn units_of_time_are_brought_together() {
    let side = |unit: &str, factor: i64, samples: i64| {
        let other = 400;
        let text = format!(
            "types: samples/count cpu/{unit}\nmain.a {samples} {}\nmain.b {other} {}",
            samples * factor,
            other * factor
        );
        RunCounts::of(profile(&text), None, RunContext::default()).expect("a run")
    };
    let base = [side("milliseconds", 10, 300), side("milliseconds", 10, 310)];
    let head = [side("nanoseconds", 10_000_000, 305), side("nanoseconds", 10_000_000, 299)];
    let verdict = compare(&base, &head, &Options::default()).expect("comparable");
    assert_eq!(verdict.subject.unit, "nanoseconds");
    assert_eq!(row(&verdict, "main.a", &Measure::Cum).base.total, 6.1e9);
}

#[test]
fn what_cannot_be_compared() {
    let one = |text: &str| {
        RunCounts::of(profile(text), None, RunContext { name: "a.pb.gz".to_owned(), ..RunContext::default() })
    };
    let run = |text: &str| one(text).expect("a run");
    let error = |base: &[RunCounts], head: &[RunCounts], options: &Options| {
        compare(base, head, options).expect_err("not comparable").to_string()
    };
    let cpu = || run("types: samples/count cpu/nanoseconds\nmain 3 30");
    let options = Options::default();
    assert_eq!(error(&[], &[cpu()], &options), "the base side of the comparison holds no run");
    assert_eq!(
        error(&[cpu()], &[run("types: contentions/count delay/nanoseconds\nmain 3 30")], &options),
        "cannot compare cpu/nanoseconds of a.pb.gz with delay/nanoseconds of a.pb.gz: choose the same sample type"
    );
    assert_eq!(
        one("main -3").expect_err("negative").to_string(),
        "a.pb.gz holds negative values: a difference of profiles cannot be judged, give the profiles themselves"
    );
    let second = Options { normalization: Normalization::PerSecond, ..Options::default() };
    assert_eq!(
        error(&[cpu()], &[cpu()], &second),
        "cannot compare per second: a.pb.gz does not say how long it ran"
    );
    let pattern = gate(Gate { focus: Some("(".to_owned()), ..Gate::default() });
    assert!(error(&[cpu()], &[cpu()], &pattern).starts_with("--focus: \"(\" is not a regular expression"));
    let alpha = gate(Gate { alpha: crate::verdict::Fraction(f64::NAN), ..Gate::default() });
    assert!(matches!(compare(&[cpu()], &[cpu()], &alpha), Err(Incomparable::Range { option: "alpha", .. })));
    let same = || run("time: 5\nmain 300");
    assert_eq!(
        error(&[same()], &[same()], &options),
        "a.pb.gz and a.pb.gz are the same run: each run counts once, on one side"
    );
}

#[track_caller]
fn check_unjudged(base: &[RunCounts], head: &[RunCounts], expected: &Unjudged) {
    let verdict = compare(base, head, &Options::default()).expect("comparable");
    let Outcome::NothingComparable(reason) = &verdict.outcome else { panic!("{}", verdict.line()) };
    assert_eq!(reason, expected);
    assert_eq!(verdict.exit_status(), 4);
    assert!(verdict.rows.iter().all(|row| matches!(row.significance, Significance::Untested(_))));
    assert!(!verdict.rows.is_empty() || *expected == Unjudged::Empty);
}

#[test]
fn what_is_not_judged() {
    let few = |name| runs(name, 2, &[("main.a", 12), ("main.b", 4)], "");
    let verdict = compare(&few("base"), &few("head"), &Options::default()).expect("comparable");
    assert!(matches!(verdict.outcome, Outcome::NothingComparable(Unjudged::FewSamples { .. })));
    let lines: Lines<'_> = &[("main.a", 200), ("main.b", 400)];
    let goroutines = |name| runs(name, 5, lines, "types: goroutine/count");
    check_unjudged(&goroutines("base"), &goroutines("head"), &Unjudged::Instant);
    let mutex = |name, n| runs(name, n, &[("main.a 3", 200)], "types: contentions/count delay/nanoseconds");
    check_unjudged(
        &mutex("base", 1),
        &mutex("head", 3),
        &Unjudged::TooFewRuns { what: "a mutex or block profile", needs: 2 },
    );
    let heap = |name, n| {
        runs(
            name,
            n,
            &[("main.a 3", 200)],
            "types: inuse_objects/count inuse_space/bytes\nperiod: space/bytes 512",
        )
    };
    let snapshot = Unjudged::TooFewRuns { what: "a snapshot of the heap", needs: 5 };
    check_unjudged(&heap("base", 4), &heap("head", 5), &snapshot);
    let empty = |name| runs(name, 2, &[("main.a", 0)], "");
    check_unjudged(&empty("base"), &empty("head"), &Unjudged::Empty);
}

#[test]
fn filters_that_leave_nothing_compared_nothing() {
    let lines: Lines<'_> = &[ELSE, ("main.a", 800)];
    let focus = gate(Gate { focus: Some("nowhere".to_owned()), ..Gate::default() });
    let verdict = verdict_of(lines, lines, &focus);
    assert_eq!(verdict.outcome, Outcome::NothingComparable(Unjudged::NoHypothesis));
    let excluded = row(&verdict, "main.a", &Measure::Cum).significance;
    assert_eq!(excluded, Significance::Untested(Untested::Excluded));
}

#[test]
fn contention_is_judged_by_its_spread_between_runs() {
    let header = "types: contentions/count delay/nanoseconds\ndefault: contentions";
    let side = |name: &str, of_a: i64| {
        let mut side = Vec::new();
        for (at, noise) in [0.9, 1.0, 1.1, 1.05, 0.97].into_iter().enumerate() {
            let text = format!(
                "{header}\nmain.a {} 5\nmain.b {} 5\nmain.c {} 5",
                (of_a as f64 * noise) as i64,
                (400.0 * (2.0 - noise)) as i64,
                (700.0 * (1.5 - noise / 2.0)) as i64
            );
            let context =
                RunContext { name: format!("{name}-{at}"), units: Some(100.0), ..RunContext::default() };
            side.push(RunCounts::of(profile(&text), None, context).expect("a run"));
        }
        side
    };
    let unit = "op".to_owned();
    let options = Options { normalization: Normalization::PerUnit { unit }, ..Options::default() };
    let verdict = compare(&side("base", 300), &side("head", 900), &options).expect("comparable");
    assert_eq!(&*verdict.regressions[0].row.name, "main.a");
    assert_eq!(row(&verdict, "main.b", &Measure::Cum).significance, Significance::Unclear);
}
