//! Laws of answers on traces that are made up at random: whatever a program does, paths tile their instances, answers add
//! up, and the number of threads does not show. A failure names the seed of its trace.

use goscope_analysis::testing::trace_text;
use goscope_analysis::trace::answers::blame::{BlameScope, blame};
use goscope_analysis::trace::answers::cohort::{CohortQuestion, cohort};
use goscope_analysis::trace::answers::cpu_widths::cpu_widths;
use goscope_analysis::trace::answers::gc_bill::gc_bill;
use goscope_analysis::trace::answers::population::Population;
use goscope_analysis::trace::answers::scheduler::scheduler;
use goscope_analysis::trace::answers::slow::SlowRule;
use goscope_analysis::trace::answers::what_if::{WhatIfQuestion, what_if};
use goscope_analysis::trace::answers::why::why;
use goscope_analysis::trace::model::TraceModel;
use rayon::ThreadPoolBuilder;

use crate::made_up::{MadeUp, made_up};
use crate::trace_answers::{all_answers, check_blame, check_why, populations, question};

/// Seeds of the traces, and how many events each has, about.
const SEEDS: std::ops::Range<u64> = 0..150;
const EVENTS: usize = 400;

/// Few spans a block, so that everything crosses from one to the next.
fn model(made: &MadeUp) -> TraceModel {
    trace_text(&made.text).model(16)
}

#[test]
fn paths_tile_and_answers_add_up_whatever_a_program_does() {
    let mut instances = 0;
    for seed in SEEDS {
        let made = made_up(seed, EVENTS);
        let model = model(&made);
        for population in populations(&model) {
            let name = format!("seed {seed}: {}", population.text());
            let found = why(&model, &question(population.clone()));
            check_why(&name, &found);
            instances += found.wall.count();
            check_blame(&name, &blame(&model, &BlameScope::Of(population.clone()), None));
            let function = "main.f1".to_owned();
            for percent in [0, 50, 100] {
                let function = function.clone();
                let shorter =
                    WhatIfQuestion { population: population.clone(), range: None, function, percent };
                let found = what_if(&model, &shorter);
                let [before, after, bound] =
                    [&found.before, &found.after, &found.bound].map(|it| it.total_nanos());
                assert!(after <= before && bound <= before, "{name}: {before} {after} {bound}");
                assert!(
                    percent > 0 || (after == before && bound == before),
                    "{name}: {before} {after} {bound}"
                );
            }
        }
        for scope in [BlameScope::All, BlameScope::Sync] {
            check_blame(&format!("seed {seed}"), &blame(&model, &scope, None));
        }
    }
    assert!(instances > 2_000, "only {instances} instances were looked at");
}

#[test]
fn widths_add_up_to_the_time_that_goroutines_ran() {
    let mut samples = 0;
    for seed in SEEDS {
        let made = made_up(seed, EVENTS);
        let model = model(&made);
        let found = cpu_widths(&model, &model.range(), None);
        assert_eq!(found.running_nanos, made.running_nanos, "seed {seed}");
        assert_eq!(
            found.rows.iter().map(|row| row.running_nanos).sum::<u64>(),
            made.running_nanos,
            "seed {seed}"
        );
        for row in &found.rows {
            let widths: u64 = row.stacks.iter().map(|stack| stack.nanos).sum();
            assert_eq!(widths + row.unsampled_nanos, row.running_nanos, "seed {seed}: {row:?}");
        }
        samples += found.samples;
    }
    assert!(samples > 500, "only {samples} samples");
}

#[test]
fn what_is_in_the_way_of_the_runnable_adds_up() {
    for seed in SEEDS {
        let model = model(&made_up(seed, EVENTS));
        let found = scheduler(&model, None);
        let runnable: u64 = found.latency.total_nanos().try_into().unwrap_or(u64::MAX);
        assert_eq!(found.runnable.nanos(), runnable, "seed {seed}");
        assert!(found.busy_nanos <= found.proc_nanos, "seed {seed}: {found:?}");
    }
}

/// All answers as one text.
fn as_text(model: &TraceModel) -> String {
    let mut text = format!("{:?}\n", all_answers(model));
    text += &format!("{:?}\n{:?}\n", scheduler(model, None), cpu_widths(model, &model.range(), None));
    for population in populations(model) {
        text += &format!("{:?}\n", gc_bill(model, Some(&population), None));
        let alike = CohortQuestion { population: population.clone(), range: None, slow: SlowRule::Auto };
        text += &format!("{:?}\n", cohort(model, &alike));
        let function = "main.f1".to_owned();
        text += &format!(
            "{:?}\n",
            what_if(model, &WhatIfQuestion { population, range: None, function, percent: 30 })
        );
    }
    text + &format!("{:?}\n", gc_bill(model, None, None))
}

#[test]
fn answers_are_the_same_for_any_number_of_threads() {
    for seed in SEEDS.step_by(3) {
        let made = made_up(seed, EVENTS);
        let asked = [1, 2, 3, 8].map(|threads| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| as_text(&model(&made)))
        });
        assert!(asked.iter().all(|text| *text == asked[0]), "seed {seed}");
    }
}

#[test]
fn a_range_of_time_leaves_no_answer_that_does_not_add_up() {
    for seed in SEEDS.step_by(3) {
        let model = model(&made_up(seed, EVENTS));
        let whole = model.range();
        let third = (whole.end - whole.start) / 3;
        let range = whole.start + third..whole.end - third;
        for population in [Population::Tasks(None), Population::Regions(None)] {
            let name = format!("seed {seed}: {}", population.text());
            let mut asked = question(population.clone());
            asked.range = Some(range.clone());
            check_why(&name, &why(&model, &asked));
            check_blame(&name, &blame(&model, &BlameScope::Of(population), Some(&range)));
        }
    }
}
