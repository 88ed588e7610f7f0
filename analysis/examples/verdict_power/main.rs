//! Prints how often a slowdown of a function of 20% is found, by the formula and by simulated comparisons; and draws it.
//!
//! `cargo run --release --example verdict_power -- [REPETITIONS [FILE.svg]]`

mod picture;

use std::process::ExitCode;

use goscope_analysis::verdict::profiles::{RunCounts, compare};
use goscope_analysis::verdict::{Fraction, Gate, Options, PowerPlan, RunContext, Verdict};
use goscope_parsers::pprof::{Line, Profile, ProfileBuilder};
use goscope_test_support::Random;
use rayon::prelude::*;

const SHARE: f64 = 0.2;
const SLOWDOWNS: [f64; 5] = [0.0, 0.05, 0.1, 0.15, 0.2];

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]
fn main() -> ExitCode {
    let repetitions: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(200);
    let mut curves = Vec::new();
    println!("function of 20%, slower by                    0%     5%    10%    15%    20%");
    for (runs, samples, drift) in
        [(3, 3000, 0.0), (5, 3000, 0.0), (10, 3000, 0.0), (5, 3000, 0.03), (5, 24_000, 0.0)]
    {
        let mut plan = PowerPlan { runs, samples: f64::from(samples), hypotheses: 1, alpha: 0.01, drift };
        plan.hypotheses = u32::try_from(simulated(0, &plan, 0.0).method.n_hypotheses).expect("few");
        let name = format!("{runs} × {samples}, drift {:.0}%, {} tests", drift * 100.0, plan.hypotheses);
        let line = |chances: [f64; 5]| chances.map(|chance| format!("{chance:6.2}")).join(" ");
        println!("{name:<30} formula   {}", line(SLOWDOWNS.map(|slowdown| plan.chance(SHARE, slowdown))));
        let found = SLOWDOWNS.map(|slowdown| {
            let is_found = |&seed: &u64| is_found(seed, &plan, slowdown);
            let n_found = (0..repetitions).into_par_iter().filter(is_found).count();
            n_found as f64 / repetitions as f64
        });
        println!("{:<30} simulated {}", "", line(found));
        curves.push(Curve { plan, found });
    }
    let Some(file) = std::env::args().nth(2) else { return ExitCode::SUCCESS };
    match std::fs::write(&file, picture::power_svg(&curves)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{file}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What was found of one plan.
struct Curve {
    plan: PowerPlan,
    /// By simulation, at each of [`SLOWDOWNS`].
    found: [f64; 5],
}

/// Whether a simulated comparison names the function.
fn is_found(seed: u64, plan: &PowerPlan, slowdown: f64) -> bool {
    simulated(seed, plan, slowdown).failures().any(|found| &*found.row.name == "main.target")
}

/// A simulated comparison, in which any significant growth fails.
fn simulated(seed: u64, plan: &PowerPlan, slowdown: f64) -> Verdict {
    let mut random = Random(seed * 1_000_003 + (slowdown * 1000.0) as u64);
    let mut side = |slowdown: f64| -> Vec<RunCounts> {
        let run = |_| {
            let profile = run(&mut random, plan, slowdown);
            RunCounts::of(profile, None, RunContext::default()).expect("a run")
        };
        (0..plan.runs).map(run).collect()
    };
    let (base, head) = (side(0.0), side(slowdown));
    // A slowdown of 5% makes less than 5% of a share.
    let gate = Gate { fail_on: Fraction(0.0), ..Gate::default() };
    compare(&base, &head, &Options { gate, ..Options::default() }).expect("comparable")
}

/// A run of 100 functions: the target, and others whose shares fall as those of real programs do.
fn run(random: &mut Random, plan: &PowerPlan, slowdown: f64) -> Profile {
    let mut builder = ProfileBuilder::new(&[("samples", "count"), ("cpu", "nanoseconds")]);
    let others: f64 = (1..100).map(|at| 1.0 / f64::from(at + 3)).sum();
    let mut weights: Vec<f64> = vec![SHARE * (1.0 + slowdown)];
    weights.extend((1..100).map(|at| (1.0 - SHARE) / (f64::from(at + 3) * others)));
    weights.iter_mut().for_each(|weight| *weight *= (plan.drift * student(random)).exp());
    let mut ends = Vec::with_capacity(weights.len());
    let total = weights.iter().fold(0.0, |sum, weight| {
        ends.push(sum + weight);
        sum + weight
    });
    let mut counts = vec![0_i64; weights.len()];
    for _ in 0..plan.samples as usize {
        let at = uniform(random) * total;
        counts[ends.partition_point(|&end| end <= at).min(weights.len() - 1)] += 1;
    }
    for (at, &count) in counts.iter().enumerate().filter(|&(_, &count)| count > 0) {
        let name = if at == 0 { "main.target".to_owned() } else { format!("main.other{at}") };
        let function = builder.function(&name, "main.go", 1);
        let location = builder.location(None, at as u64, &[Line { function, line: 1, column: 0 }]);
        builder.sample(&[count, count * 10_000_000], &[location], &[]);
    }
    builder.finish()
}

fn uniform(random: &mut Random) -> f64 {
    (random.below(1 << 52) as f64 + 0.5) / (1_u64 << 52) as f64
}

fn normal(random: &mut Random) -> f64 {
    (-2.0 * uniform(random).ln()).sqrt() * (std::f64::consts::TAU * uniform(random)).cos()
}

/// A number with the tails of t at 3 degrees of freedom, of variance 1.
fn student(random: &mut Random) -> f64 {
    let squares: f64 = (0..3).map(|_| normal(random).powi(2)).sum();
    normal(random) / (squares / 3.0).sqrt() / 3_f64.sqrt()
}
