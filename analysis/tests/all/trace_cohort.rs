//! What slow instances have in common: on a trace that one can count by hand.

use std::fmt::Write as _;

use goscope_analysis::statistics::fisher::fisher_exact;
use goscope_analysis::testing::trace;
use goscope_analysis::trace::answers::cohort::{Cohort, CohortQuestion, FeatureRow, cohort};
use goscope_analysis::trace::answers::instances::{AnswerInstance, AnswerOf};
use goscope_analysis::trace::answers::population::Population;
use goscope_analysis::trace::answers::slow::SlowRule;
use goscope_analysis::trace::model::TraceModel;

/// Tasks one after the other on one goroutine: which log `tenant north` if `is_north` says so of their number, and take
/// 1,000 ns if they are slow, else 100 and their number.
fn tasks(count: usize, is_slow: impl Fn(usize) -> bool, is_north: impl Fn(usize) -> bool) -> TraceModel {
    let mut text = String::from("procs: 0 1\nG1 main.serve: 0 was running P0\n");
    let mut now = 10;
    for task in 1..=count {
        let length = if is_slow(task) { 1_000 } else { 100 + task };
        let tenant = if is_north(task) { "north" } else { "south" };
        let _ = writeln!(text, "task {task} \"job\" G1: {now}..{}", now + length);
        let _ = writeln!(text, "log G1 task {task}: {} \"tenant\" \"{tenant}\"", now + 5);
        now += length + 10;
    }
    let _ = writeln!(text, "end: {now}");
    trace(&text)
}

fn ask(model: &TraceModel) -> Cohort {
    let question = CohortQuestion { population: Population::Tasks(None), range: None, slow: SlowRule::Auto };
    cohort(model, &question)
}

fn row<'c>(model: &TraceModel, found: &'c Cohort, value: &str) -> Option<&'c FeatureRow> {
    let population = Population::Tasks(None);
    found.features.iter().find(|row| row.feature.text(model, &population).1 == value)
}

fn numbers(model: &TraceModel, instances: &[AnswerInstance]) -> Vec<u64> {
    let task = |it: &AnswerInstance| match it.of {
        AnswerOf::Task(task) => model.tables().task_number(task),
        _ => 0,
    };
    instances.iter().map(task).collect()
}

#[test]
fn a_log_that_tells_slow_from_typical_ones_is_found_with_its_counts_and_counter_examples() {
    // Each fifth of 50 is slow. All slow ones but task 5 are of the north, of the others only task 12 and 13.
    let model =
        tasks(50, |task| task % 5 == 0, |task| (task % 5 == 0 && task != 5) || [12, 13].contains(&task));
    let found = ask(&model);
    assert_eq!((found.slow, found.typical), (10, 22), "typical: those between the quartiles of the other 40");
    let north = row(&model, &found, "north").expect("it is found");
    assert_eq!((north.slow, north.typical), (9.0, 2.0));
    assert_eq!(numbers(&model, &north.examples), [10, 15, 20]);
    assert_eq!(numbers(&model, &north.counter_examples), [5, 12, 13]);
    assert!((north.effect - (0.9 - 2.0 / 22.0)).abs() < 1e-12, "{}", north.effect);
    assert!(row(&model, &found, "south").is_none(), "only one slow one is of the south: too few to show");
}

#[test]
fn p_is_corrected_for_all_that_was_looked_at() {
    let model = tasks(50, |task| task % 5 == 0, |task| task % 5 == 0 && task != 5);
    let found = ask(&model);
    let north = row(&model, &found, "north").expect("it is found");
    let alone = fisher_exact([9, 1, 0, 22]);
    assert!(found.looked_at >= 10, "the tenths of the trace are looked at, too: {}", found.looked_at);
    assert!(north.p > alone, "{} {alone}", north.p);
    // The two of the tenant are the most significant ones, of equal p: the correction is that of the second.
    let corrected = alone * found.looked_at as f64 / 2.0;
    assert!((north.p - corrected).abs() < corrected * 1e-9, "{} {corrected}", north.p);
}

#[test]
fn what_chance_explains_is_not_shown() {
    // Half of the slow ones and half of the others.
    let model = tasks(50, |task| task % 5 == 0, |task| task % 2 == 0);
    let found = ask(&model);
    assert!(row(&model, &found, "north").is_none(), "{:?}", found.features);
    // Four slow ones are too few, however well they are told.
    let model = tasks(44, |task| task % 11 == 0, |task| task % 11 == 0);
    let found = ask(&model);
    assert_eq!(found.slow, 4);
    assert!(row(&model, &found, "north").is_none(), "{:?}", found.features);
}

#[test]
fn without_typical_ones_nothing_is_compared() {
    let model = tasks(3, |_| true, |_| true);
    let found = ask(&model);
    assert_eq!((found.slow, found.typical, found.features.len(), found.looked_at), (3, 0, 0, 0));
    assert_eq!(found.cohorts.rule, "none");
}
