//! Benchmarks written as text, verdicts as text.

use std::fmt::Write as _;

use goscope_parsers::bench::read_output;

use super::compare;
use crate::verdict::{Fraction, Gate, Verdict, change_text, interval_text, p_text};

/// Lines of a benchmark: values of one unit, in turns with some noise that both sides have.
fn lines(name: &str, unit: &str, values: impl IntoIterator<Item = f64>) -> String {
    values.into_iter().fold(String::new(), |mut text, value| {
        let _ = writeln!(text, "Benchmark{name} 100 {value} {unit}");
        text
    })
}

/// Ten values around a middle, two percent to either side.
fn around(middle: f64) -> impl Iterator<Item = f64> {
    [-20, 3, -7, 11, 20, -13, 0, 6, -2, 15]
        .into_iter()
        .map(move |off| middle * (1.0 + f64::from(off) / 1000.0))
}

fn verdict(base: &str, head: &str, gate: &Gate, unit: Option<&str>) -> Verdict {
    let [base, head] = [base, head].map(|text| read_output(text.as_bytes()));
    compare(&[&base], &[&head], gate, unit).expect("comparable")
}

/// The line, the rows that were judged, and the notes.
fn shown(verdict: &Verdict) -> String {
    let mut text = verdict.line() + "\n";
    for row in &verdict.rows {
        let values = [row.base.normalized, row.head.normalized].map(|value| verdict.value_of(row, value));
        let interval = row.interval.map_or_else(String::new, |it| interval_text(it, " … "));
        let p = row.test.map_or_else(String::new, |test| p_text(test.holm));
        let _ = writeln!(
            text,
            "{:?} | {} → {} | {} | {interval} | {p} | {}",
            row.significance,
            values[0],
            values[1],
            change_text(row),
            row.title(),
        );
    }
    verdict.notes.iter().for_each(|note| text += &(note.text() + "\n"));
    text
}

#[test]
fn a_slower_benchmark_fails_and_a_faster_one_does_not() {
    let base = lines("A-8", "ns/op", around(100.0))
        + &lines("B-8", "ns/op", around(50.0))
        + &lines("C-8", "MB/s", around(300.0));
    let head = lines("A-8", "ns/op", around(120.0))
        + &lines("B-8", "ns/op", around(40.0))
        + &lines("C-8", "MB/s", around(240.0));
    insta::assert_snapshot!(shown(&verdict(&base, &head, &Gate::default(), None)), @r"
    regression: C-8, B/s −20% (286.5 MiB → 229.2 MiB; 95%: −21 … −19%), p 2e-5 after 3 tests, 10 v 10 runs
    Regressed | 100.2 ns → 120.2 ns | +20% | +18 … +22% | 2e-5 | A-8, sec/op
    Fell | 50.08 ns → 40.06 ns | −20% | −21 … −19% | 1.000 | B-8, sec/op
    Regressed | 286.5 MiB → 229.2 MiB | −20% | −21 … −19% | 2e-5 | C-8, B/s
    ");
}

#[test]
fn the_same_is_no_regression() {
    let base = lines("A", "ns/op", around(100.0));
    let head = lines("A", "ns/op", around(100.2));
    insta::assert_snapshot!(shown(&verdict(&base, &head, &Gate::default(), None)), @r"
    no regression found; a growth of 2% would have shown (9 in 10) in half of the benchmarks
    Unclear | 100.2 ns → 100.4 ns | 0% | −1 … +2% | 0.370 | A, sec/op
    ");
}

#[test]
fn what_does_not_depend_on_chance_is_not_tested() {
    let base = lines("A", "allocs/op", [3.0; 3]) + &lines("Z", "B/op", [0.0; 3]);
    let head = lines("A", "allocs/op", [4.0; 3]) + &lines("Z", "B/op", [16.0; 3]);
    insta::assert_snapshot!(shown(&verdict(&base, &head, &Gate::default(), None)), @r"
    regression: Z, B/op from 0 (0.000 B → 16.00 B), the same in every run, 3 v 3 runs
    Regressed | 3.000 → 4.000 | +33% |  | 0 | A, allocs/op
    Regressed | 0.000 B → 16.00 B | from 0 |  | 0 | Z, B/op
    ");
}

#[test]
fn few_runs_decide_nothing() {
    let base = lines("A", "ns/op", [100.0, 101.0, 99.0]);
    let head = lines("A", "ns/op", [130.0, 131.0, 129.0]);
    insta::assert_snapshot!(shown(&verdict(&base, &head, &Gate::default(), None)), @r"
    nothing compared: a benchmark is judged from 5 runs a side on: the noise of fewer is not known
    Unclear | 100.0 ns → 130.0 ns | +30% |  | 0.050 | A, sec/op
    ");
}

#[test]
fn what_is_on_one_side_is_listed() {
    let base = "pkg: a\ncpu: X\n".to_owned()
        + &lines("A-8", "ns/op", around(100.0))
        + &lines("Old-8", "ns/op", [1.0]);
    let head = "pkg: a\ncpu: Y\n".to_owned()
        + &lines("A-8", "ns/op", around(100.0))
        + &lines("New-8", "ns/op", [1.0])
        + "--- FAIL: BenchmarkBad\n";
    insta::assert_snapshot!(shown(&verdict(&base, &head, &Gate::default(), None)), @r"
    no regression found; a growth of 2% would have shown (9 in 10) in half of the benchmarks
    Unclear | 100.2 ns → 100.2 ns | 0% | −1 … +1% | 0.530 | A-8, sec/op
    The sides differ in cpu: base X, head Y.
    In the head Bad failed.
    Only in the base, not compared: Old-8.
    Only in the head, not compared: New-8.
    ");
    insta::assert_snapshot!(shown(&verdict(&base, "pkg: a\nPASS\n", &Gate::default(), None)), @r"
    nothing compared: the sides have no benchmark in common
    Only in the base, not compared: A-8, Old-8.
    ");
}

#[test]
fn only_one_unit_is_judged_if_it_is_asked_for() {
    let base = lines("A", "ns/op", around(100.0)) + &lines("A", "B/op", around(100.0));
    let head = lines("A", "ns/op", around(150.0)) + &lines("A", "B/op", around(100.0));
    let gate = Gate { fail_on_at_least: Some(Fraction(0.6)), ..Gate::default() };
    let by_bytes = verdict(&base, &head, &Gate::default(), Some("B/op"));
    assert_eq!(by_bytes.exit_status(), 0, "{}", by_bytes.line());
    let by_time = verdict(&base, &head, &Gate::default(), Some("sec/op"));
    assert_eq!(by_time.exit_status(), 1, "{}", by_time.line());
    let by_much = verdict(&base, &head, &gate, Some("sec/op"));
    assert_eq!(by_much.exit_status(), 0, "{}", by_much.line());
}
