//! Puts it all together: from two recordings, or one, to what explains a benchmark.

use std::sync::Arc;

use super::answer::{Answer, Reason};
use super::costs::{Costs, Sum};
use super::explanation::{Explanation, SideFigures};
use super::iterations::{is_fixed_for_all, iterations};
use super::judge::answer;
use super::key::BenchmarkKey;
use super::owner::Part;
use super::recording::Recording;
use super::remarks::notes;
use super::rows::{Change, Scale, rows};
use super::wall::Wall;

/// Explains a benchmark. It never fails: what is missing is the answer then.
pub fn explain(base: Option<&Recording<'_>>, head: &Recording<'_>, key: &BenchmarkKey) -> Explanation {
    let read = |recording: &Recording<'_>| {
        let place = recording.results.place(key);
        let costs = place.map_or_else(Costs::default, |place| Costs::of(recording, place, key));
        let figures = figures(recording, key, &costs);
        (costs, figures)
    };
    let mut before = base.map(read);
    let (costs, mut figures) = read(head);
    let sides = || before.iter().map(|(_, figures)| figures).chain([&figures]);
    let is_exact = sides().all(|side| side.iterations.all().is_some());
    let scale = |(costs, figures): (&Costs, &SideFigures)| scale(costs, figures, is_exact);
    let before_scale = before.as_ref().map(|(costs, figures)| scale((costs, figures)));
    let after_scale = scale((&costs, &figures));
    let missing_reason = sides().zip(sides_of(base.is_some())).find_map(|(side, name)| missing(side, name));
    let mut table = match (&before, before_scale, after_scale) {
        (Some((before, _)), Some(Some(before_scale)), Some(scale)) => {
            rows(Some((before, &before_scale)), (&costs, &scale))
        }
        (None, None, Some(scale)) => rows(None, (&costs, &scale)),
        _ => Vec::new(),
    };
    figures.per_op_factor = after_scale.map(|scale| scale.factor);
    if let (Some((_, figures)), Some(scale)) = (&mut before, before_scale) {
        figures.per_op_factor = scale.map(|scale| scale.factor);
    }
    let is_alone = base.into_iter().chain([head]).all(|recording| recording.benchmarks().len() <= 1);
    // What is beside is of all benchmarks in the profile: per operation of this one it would say nothing.
    table.retain(|row| is_alone || matches!(row.part, Part::Operation | Part::Setup));
    let change = before.as_ref().and_then(|(_, before)| total_change(before, &figures, is_exact));
    let mut explanation = Explanation {
        key: key.clone(),
        answer: Answer::CannotTell(Reason::NoTime),
        base: before.map(|(_, figures)| figures),
        head: figures,
        is_exact,
        change,
        rows: table,
        notes: Vec::new(),
        is_alone,
    };
    explanation.answer = match missing_reason {
        Some(reason) => Answer::CannotTell(reason),
        None => answer(&explanation),
    };
    explanation.notes = notes(&explanation);
    explanation
}

/// What the sides are called.
fn sides_of(has_base: bool) -> [&'static str; 2] {
    if has_base { ["base", "head"] } else { ["", ""] }
}

/// What a side lacks.
fn missing(side: &SideFigures, name: &'static str) -> Option<Reason> {
    if side.names.is_empty() {
        return Some(Reason::NotInResults { side: name });
    }
    if side.samples == 0.0 {
        return Some(Reason::NotInProfile { side: name });
    }
    (side.iterations.all().is_none() && side.wall.is_none()).then_some(Reason::NoTime)
}

fn figures(recording: &Recording<'_>, key: &BenchmarkKey, costs: &Costs) -> SideFigures {
    let results = recording.results.of(key);
    let for_all = is_fixed_for_all(recording.results.all());
    let iterations = iterations(&results, costs.is_loop, for_all);
    let names = recording.results.names(key);
    let n_of = |name: &Arc<str>| {
        let of_name = results.iter().filter(|it| it.name == *name);
        of_name.map(|it| it.iterations as f64).sum::<f64>()
    };
    let all: f64 = names.iter().map(n_of).sum();
    let all_wall: f64 = recording
        .results
        .all()
        .filter_map(|it| Wall::of(&[it]).map(|wall| wall.mean * it.iterations as f64))
        .sum();
    let durations: Vec<f64> =
        recording.profiles.iter().map(|read| read.profile.duration_nanos as f64).collect();
    let is_known = durations.iter().all(|&duration| duration > 0.0);
    let dispersion = dispersion(recording, key, costs);
    let cpu_per_op = iterations.all().map(|all| {
        Scale { factor: 1.0 / all, period: costs.period, whole: None, dispersion }.cost(costs.operation)
    });
    SideFigures {
        mix: names.iter().map(|name| n_of(name) / all.max(1.0)).collect(),
        names,
        samples: costs.operation.count,
        n_profiles: recording.profiles.len(),
        iterations,
        cpu_per_op,
        wall: Wall::of(&results),
        setup_samples: costs.beside(Part::Setup).count,
        has_timer: costs.has_timer,
        dispersion,
        per_op_factor: None,
        seconds: if is_known { [all_wall, durations.iter().sum()] } else { [0.0; 2] },
    }
}

/// How many times as much as Poisson numbers the samples of profiles differ, where outputs and profiles are pairs: then
/// what each stands for is known.
fn dispersion(recording: &Recording<'_>, key: &BenchmarkKey, costs: &Costs) -> f64 {
    let n_of = |(pair, sum): (usize, &Sum)| {
        let n: f64 = recording.results.in_output(pair, key).iter().map(|it| it.iterations as f64).sum();
        (n > 0.0).then_some((sum.count, n))
    };
    if !recording.is_paired() {
        return 1.0;
    }
    let Some(pairs) = costs.by_profile.iter().enumerate().map(n_of).collect::<Option<Vec<_>>>() else {
        return 1.0;
    };
    let (samples, n) = pairs.iter().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
    if pairs.len() < 2 || samples == 0.0 {
        return 1.0;
    }
    let squares = pairs.iter().map(|(count, of)| {
        let expected = samples * of / n;
        (count - expected).powi(2) / expected
    });
    (squares.sum::<f64>() / (pairs.len() - 1) as f64).max(1.0)
}

/// `None` if neither iterations nor times are known.
fn scale(costs: &Costs, figures: &SideFigures, is_exact: bool) -> Option<Scale> {
    let (factor, whole) = match figures.iterations.all().filter(|_| is_exact) {
        Some(all) => (1.0 / all, None),
        None => {
            let wall = figures.wall.as_ref()?.mean;
            let worth = costs.operation.worth;
            (if worth > 0.0 { wall / worth } else { 0.0 }, Some(costs.operation.count))
        }
    };
    Some(Scale { factor, period: costs.period, whole, dispersion: figures.dispersion })
}

fn total_change(base: &SideFigures, head: &SideFigures, is_exact: bool) -> Option<Change> {
    if is_exact {
        return Some(Change::of(&base.cpu_per_op?, &head.cpu_per_op?));
    }
    let [before, after] = [base, head].map(|side| side.wall.as_ref());
    let (before, after) = (before?, after?);
    let sigma = before.error().hypot(after.error());
    Some(Change { delta: after.mean - before.mean, sigma })
}
