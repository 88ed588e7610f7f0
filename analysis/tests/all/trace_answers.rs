//! Laws of answers that hold for every trace: paths tile their instances, answers add up to their time, causes to
//! their waits; and all of it is the same for any number of threads.

use goscope_analysis::trace::answers::blame::{Blame, BlameScope, blame};
use goscope_analysis::trace::answers::findings::{Finding, findings};
use goscope_analysis::trace::answers::population::Population;
use goscope_analysis::trace::answers::slow::SlowRule;
use goscope_analysis::trace::answers::what_if::{WhatIfQuestion, what_if};
use goscope_analysis::trace::answers::why::{Why, WhyQuestion, why};
use goscope_analysis::trace::load::trace_model;
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::Progress;
use goscope_test_support::{Random, corpus, files_below, root};
use rayon::ThreadPoolBuilder;

use crate::support::content;

/// Traces with their names: samples, recordings of planted causes, and some of other versions.
fn traces() -> Vec<(String, Vec<u8>)> {
    let samples = files_below(&root().join("samples/trace"), &["trace"]);
    let truths = corpus("truths").map(|folder| files_below(&folder, &["trace.gz"]));
    let others = corpus("trace-conformance").map(|folder| files_below(&folder, &["trace", "trace.gz"]));
    let others = others.unwrap_or_default().into_iter().step_by(12);
    let paths = samples.into_iter().chain(truths.unwrap_or_default()).chain(others);
    paths.map(|path| (path.display().to_string(), content(&path))).collect()
}

fn model(bytes: &[u8]) -> Option<TraceModel> {
    trace_model(bytes, &Progress::default()).ok()
}

pub(crate) fn question(population: Population) -> WhyQuestion {
    WhyQuestion { population, range: None, slow: SlowRule::Auto, limit: 50 }
}

/// What a trace can be asked about: what it has by itself, all its regions, and goroutines of some functions.
pub(crate) fn populations(model: &TraceModel) -> Vec<Population> {
    let mut names: Vec<String> = model
        .goroutine_ids()
        .map(|id| model.tables().string_lossy(model.start_function(id)).into_owned())
        .collect();
    names.sort_unstable();
    names.dedup();
    let goroutines = names.into_iter().step_by(3).take(5).map(Population::Goroutines);
    let mut all = vec![Population::Tasks(None), Population::Regions(None), Population::Requests(None)];
    all.extend(goroutines);
    all
}

pub(crate) fn check_why(name: &str, found: &Why) {
    let sum = |of: fn(&goscope_analysis::trace::answers::why::Answer) -> u64| -> u64 {
        found.answers.iter().map(of).sum()
    };
    assert_eq!(u128::from(sum(|it| it.total_nanos)), found.wall.total_nanos(), "{name}: all");
    assert_eq!(sum(|it| it.slow_nanos), found.slow.1, "{name}: slow");
    assert_eq!(sum(|it| it.typical_nanos), found.typical.1, "{name}: typical");
    for path in &found.slowest {
        let mut at = path.instance.begin;
        for segment in &path.segments {
            assert_eq!(segment.begin, at, "{name}: {:?}", path.instance);
            assert!(segment.end > at, "{name}: {:?}", path.instance);
            at = segment.end;
        }
        assert_eq!(at, path.instance.end, "{name}: {:?}", path.instance);
    }
}

pub(crate) fn check_blame(name: &str, found: &Blame) {
    assert_eq!(found.rows.iter().map(|row| row.nanos).sum::<u64>(), found.total_nanos, "{name}");
    for row in &found.rows {
        assert_eq!(
            row.causes.iter().map(|cause| cause.nanos).sum::<u64>(),
            row.nanos,
            "{name}: {:?}",
            row.key
        );
        assert!(row.max_nanos <= row.nanos && row.count > 0, "{name}: {:?}", row.key);
    }
}

#[test]
fn answers_add_up_to_the_time_of_what_was_asked_about() {
    let mut instances = 0;
    for (name, bytes) in traces() {
        let Some(model) = model(&bytes) else { continue };
        for population in populations(&model) {
            let found = why(&model, &question(population.clone()));
            check_why(&format!("{name}: {}", population.text()), &found);
            check_blame(&name, &blame(&model, &BlameScope::Of(population), None));
            instances += found.wall.count();
        }
        for scope in [BlameScope::All, BlameScope::Sync] {
            check_blame(&name, &blame(&model, &scope, None));
        }
    }
    assert!(instances > 1_000, "only {instances} instances were looked at");
}

#[test]
fn nothing_changes_if_nothing_becomes_shorter() {
    for (name, bytes) in traces() {
        let Some(model) = model(&bytes) else { continue };
        let Some(population) = Population::of_trace(&model) else { continue };
        for percent in [0, 100] {
            let function = "main.main".to_owned();
            let question = WhatIfQuestion { population: population.clone(), range: None, function, percent };
            let found = what_if(&model, &question);
            let totals = [&found.bound, &found.after, &found.before].map(|it| it.total_nanos());
            assert!(totals[1] <= totals[2] && totals[0] <= totals[2], "{name}: {totals:?}");
            assert!(percent > 0 || totals[0] == totals[2] && totals[1] == totals[2], "{name}: {totals:?}");
        }
    }
}

/// All answers to a trace as one text, to compare.
pub(crate) fn all_answers(model: &TraceModel) -> (Vec<Finding>, String) {
    let mut text = String::new();
    for population in populations(model) {
        let found = why(model, &question(population.clone()));
        text += &format!("{:?} {:?} {:?}\n", found.answers, found.slowest, found.cohorts);
        text += &format!("{:?}\n", blame(model, &BlameScope::Of(population), None).rows);
    }
    (findings(model, None), text)
}

#[test]
fn answers_are_the_same_for_any_number_of_threads_and_never_fail_on_damage() {
    let mut random = Random(15);
    for (name, bytes) in traces().into_iter().step_by(5) {
        let cut = bytes[..bytes.len() * 2 / 3].to_vec();
        let mut damaged = bytes.clone();
        for _ in 0..20 {
            let at = random.below(damaged.len());
            damaged[at] ^= 1 << random.below(8);
        }
        for bytes in [bytes, cut, damaged] {
            let asked = [1, 2, 3, 8].map(|threads| {
                let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
                pool.install(|| model(&bytes).map(|model| all_answers(&model)))
            });
            assert!(asked.iter().all(|answers| *answers == asked[0]), "{name}");
        }
    }
}
