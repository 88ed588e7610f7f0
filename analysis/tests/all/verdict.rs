//! The verdict on real runs of which the truth is known (`corpus/verdict`), and on runs without any change.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use goscope_analysis::verdict::profiles::{RunCounts, compare};
use goscope_analysis::verdict::{
    Gate, Kind, Measure, Normalization, Note, Options, Outcome, Row, RunContext, Significance, Standing,
    Verdict,
};
use goscope_parsers::FileBytes;
use goscope_parsers::pprof::{ParseOptions, Profile, parse_profile};
use goscope_test_support::{Random, corpus};
use rayon::prelude::*;

/// Base and regressed runs of one type.
struct Runs {
    base: Vec<RunCounts>,
    regressed: Vec<RunCounts>,
}

fn read(file: &str, sample_type: &str) -> Option<Runs> {
    let folder = corpus("verdict")?;
    let table = std::fs::read_to_string(folder.join("runs.tsv")).expect("runs.tsv");
    let known: BTreeMap<&str, [f64; 2]> = table
        .lines()
        .skip(1)
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .map(|cells| (cells[0], [5, 3].map(|column: usize| cells[column].parse().expect("a number"))))
        .collect();
    let run = |name: String| {
        let bytes = FileBytes::open(folder.join(&name).join(file)).expect("a run");
        let profile = parse_profile(&bytes, &ParseOptions::default()).expect("a profile");
        let [requests, cpu_samples] = known[&*name];
        let (units, cpu_seconds) = (Some(requests), Some(cpu_samples / 100.0));
        let context = RunContext { units, cpu_seconds, name, ..RunContext::default() };
        RunCounts::of(profile, Some(sample_type), context).expect("a run")
    };
    Some(Runs {
        base: (1..=8).map(|at| run(format!("base-{at}"))).collect(),
        regressed: (1..=5).map(|at| run(format!("regress-{at}"))).collect(),
    })
}

fn cpu() -> Option<&'static Runs> {
    static CPU: OnceLock<Option<Runs>> = OnceLock::new();
    CPU.get_or_init(|| read("cpu.pb.gz", "cpu")).as_ref()
}

fn allocs(sample_type: &str) -> Option<Runs> {
    read("allocs.pb.gz", sample_type)
}

fn per_request() -> Options {
    Options { normalization: Normalization::PerUnit { unit: "request".to_owned() }, ..Options::default() }
}

fn judged(runs: &Runs, options: &Options) -> Verdict {
    compare(&runs.base, &runs.regressed, options).expect("comparable")
}

fn row<'v>(verdict: &'v Verdict, name: &str, measure: &Measure) -> &'v Row {
    verdict.rows.iter().find(|row| &*row.name == name && row.measure == *measure).expect("a row")
}

fn culprits(verdict: &Verdict) -> Vec<&str> {
    verdict.failures().map(|regression| &*regression.row.name).collect()
}

/// Asserts that a number is the expected one in as many digits as that has.
#[track_caller]
fn assert_digits(found: f64, expected: &str) {
    let limit = match expected.split_once('e') {
        Some((digits, exponent)) => {
            let decimals = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            0.5 * 10_f64
                .powi(exponent.parse::<i32>().expect("an exponent") - i32::try_from(decimals).expect("few"))
        }
        None => {
            let decimals = expected.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            0.5 * 10_f64.powi(-i32::try_from(decimals).expect("few"))
        }
    };
    let expected: f64 = expected.parse().expect("a number");
    assert!((found - expected).abs() <= limit * 1.000_001, "{found} is not {expected}");
}

#[test]
fn the_whole_chain_on_real_runs() {
    let Some(runs) = cpu() else { return };
    let verdict = judged(runs, &Options::default());
    assert_eq!((verdict.base.exposure(), verdict.head.exposure()), (3537.0, 2563.0));
    let tested: Vec<&Row> = verdict.rows.iter().filter(|row| row.test.is_some()).collect();
    assert_eq!(tested.len(), 162);
    let method = verdict.method;
    assert_eq!((method.n_hypotheses, method.df_runs, method.df_prior), (137, 11.0, 50.0));
    assert_digits(method.prior_dispersion, "1.159501");
    let hypotheses = || tested.iter().filter(|row| row.is_shown).filter_map(|row| row.test);
    assert_eq!(hypotheses().count(), 137);
    assert_eq!(hypotheses().filter(|test| test.holm <= 0.01).count(), 17);
    assert_eq!(hypotheses().filter(|test| test.q <= 0.05).count(), 83);
    #[rustfmt::skip]
    let expected = [
        ("main.scoreDocument", Measure::Cum, 1521., 1511., "1.105121", "11.699555", "1.56966e-17", "2.11904e-15", "1.299581", "1.446225"),
        ("main.(*Server).search", Measure::Cum, 1584., 1559., "1.099792", "11.800520", "1.0885e-17", "1.48036e-15", "1.290212", "1.429827"),
        ("regexp.(*Regexp).FindAllString", Measure::Cum, 1471., 1450., "1.103395", "11.009023", "1.9839e-16", "2.61875e-14", "1.286932", "1.437867"),
        ("regexp.(*Regexp).tryBacktrack", Measure::Cum, 716., 705., "1.064354", "6.420919", "1.13404e-08", "1.40622e-06", "1.235070", "1.494941"),
        ("regexp.(*Regexp).tryBacktrack", Measure::Flat, 347., 308., "1.153630", "2.558152", "0.00651128", "0.742285", "1.045245", "1.435218"),
        ("internal/runtime/syscall/linux.Syscall6", Measure::Flat, 450., 186., "1.255342", "-6.153522", "0.99999997", "1", "0.473165", "0.686690"),
        ("main.(*Server).report", Measure::Cum, 597., 385., "1.259288", "-1.736038", "0.956197", "1", "0.777624", "1.017796"),
    ];
    for (name, measure, base, head, dispersion, statistic, p, holm, low, high) in expected {
        let row = row(&verdict, name, &measure);
        assert_eq!((row.base.samples, row.head.samples), (base, head), "{name}");
        let test = row.test.expect("tested");
        assert_eq!(test.df, 61.0);
        assert_digits(test.dispersion, dispersion);
        assert_digits(test.statistic, statistic);
        assert_digits(test.p, p);
        assert_digits(test.holm, holm);
        let interval = row.interval.expect("tested");
        assert_digits(interval.low, low);
        assert_digits(interval.high, high);
    }
}

#[test]
fn the_line_names_the_culprit() {
    let Some(runs) = cpu() else { return };
    let verdict = judged(runs, &Options::default());
    assert_eq!(
        verdict.line(),
        "regression: main.scoreDocument +37% (43.0% → 59.0% of CPU; 95%: +30 … +45%; ×1.9 if all else stayed the \
         same), p 2e-15 after 137 tests, 8 v 5 runs"
    );
    assert_eq!(verdict.exit_status(), 1);
    let first = &verdict.regressions[0];
    assert_eq!(first.kind, Kind::MoreOfTheSame);
    assert_eq!(&*first.chain[0], "regexp.(*Regexp).FindAllString");
    assert_eq!(first.row.base.runs.len(), 8);
    assert!(verdict.notes.contains(&Note::SharesAreBlind));
}

#[test]
fn per_request_shows_the_true_factor() {
    let Some(runs) = cpu() else { return };
    let verdict = judged(runs, &per_request());
    assert_eq!(culprits(&verdict)[0], "main.scoreDocument");
    let change = row(&verdict, "main.scoreDocument", &Measure::Cum);
    assert!((2.3..3.3).contains(&change.ratio), "{}", change.ratio);
    let total = row(&verdict, "total", &Measure::Total);
    assert_eq!(total.significance, Significance::Regressed, "the total is a hypothesis of its own");
}

#[test]
fn what_got_faster_fails_nothing() {
    let Some(runs) = cpu() else { return };
    let verdict = compare(&runs.regressed, &runs.base, &Options::default()).expect("comparable");
    assert_eq!(culprits(&verdict), Vec::<&str>::new());
    assert_eq!(&*verdict.improvements[0].row.name, "main.scoreDocument");
    assert_eq!(verdict.exit_status(), 0, "{}", verdict.line());
}

#[test]
fn what_is_allowed_fails_nothing() {
    let Some(runs) = cpu() else { return };
    let allow = Some("scoreDocument|compress/flate".to_owned());
    let options = Options { gate: Gate { allow, ..Gate::default() }, ..Options::default() };
    let verdict = judged(runs, &options);
    assert_eq!(verdict.regressions[0].standing, Standing::Allowed);
    assert_eq!(verdict.exit_status(), 0, "{}", verdict.line());
}

#[test]
fn a_focus_tests_less() {
    let Some(runs) = cpu() else { return };
    let focus = Some("^main\\.scoreDocument$".to_owned());
    let options = Options { gate: Gate { focus, ..Gate::default() }, ..Options::default() };
    let verdict = judged(runs, &options);
    assert_eq!((verdict.method.n_hypotheses, culprits(&verdict)), (2, vec!["main.scoreDocument"]));
    let options = Options {
        gate: Gate { ignore: Some("main|regexp|net".to_owned()), ..Gate::default() },
        ..Options::default()
    };
    assert!(!culprits(&judged(runs, &options)).contains(&"main.scoreDocument"));
}

#[test]
fn allocated_bytes_per_request_name_both_culprits() {
    let Some(runs) = allocs("alloc_space") else { return };
    let verdict = judged(&runs, &per_request());
    let names = culprits(&verdict);
    assert!(
        names.contains(&"main.(*Server).renderReport") || names.contains(&"main.renderReport"),
        "{names:?}"
    );
    let found =
        verdict.regressions.iter().find(|found| found.row.name.contains("renderReport")).expect("named");
    assert!((4.0..9.0).contains(&found.row.ratio), "{}", found.row.ratio);
    assert_eq!(verdict.exit_status(), 1);
}

/// All ways to take `n` of the numbers below `of`.
fn combinations(of: usize, n: usize) -> Vec<Vec<usize>> {
    (0_u32..1 << of)
        .filter(|set| set.count_ones() as usize == n)
        .map(|set| (0..of).filter(|at| set & (1 << at) != 0).collect())
        .collect()
}

fn chosen<'r>(runs: &'r [RunCounts], of: &[usize]) -> Vec<&'r RunCounts> {
    of.iter().map(|&at| &runs[at]).collect()
}

#[test]
fn every_three_against_three_names_the_culprit() {
    let Some(runs) = cpu() else { return };
    let bases = combinations(8, 3);
    let heads = combinations(5, 3);
    assert_eq!(bases.len() * heads.len(), 560);
    let wrong: Vec<String> = bases
        .par_iter()
        .flat_map_iter(|base| heads.iter().map(move |head| (base, head)))
        .filter_map(|(base, head)| {
            let (base, head) = (chosen(&runs.base, base), chosen(&runs.regressed, head));
            let verdict = compare(&base, &head, &Options::default()).expect("comparable");
            (culprits(&verdict).first() != Some(&"main.scoreDocument")).then(|| verdict.line())
        })
        .collect();
    assert!(wrong.is_empty(), "{} of 560: {wrong:#?}", wrong.len());
}

#[test]
fn base_against_base_is_no_regression_however_it_is_split() {
    let Some(runs) = cpu() else { return };
    let mut splits: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
    for n in 1..8 {
        for base in combinations(8, n) {
            let head = (0..8).filter(|at| !base.contains(at)).collect();
            splits.push((base, head));
        }
    }
    for base in combinations(8, 3) {
        let left: Vec<usize> = (0..8).filter(|at| !base.contains(at)).collect();
        let heads = combinations(5, 3).into_iter().map(|head| head.iter().map(|&at| left[at]).collect());
        splits.extend(heads.map(|head| (base.clone(), head)));
    }
    assert_eq!(splits.len(), 254 + 560);
    let alarms: Vec<String> = splits
        .par_iter()
        .filter_map(|(base, head)| {
            let (base, head) = (chosen(&runs.base, base), chosen(&runs.base, head));
            let verdict = compare(&base, &head, &Options::default()).expect("comparable");
            (verdict.exit_status() == 1).then(|| verdict.line())
        })
        .collect();
    assert!(alarms.is_empty(), "{} of {}: {alarms:#?}", alarms.len(), splits.len());
}

/// One in four of the ways to compare three base runs with three others, of the base or of `n_heads` heads.
fn some_of_three(n_heads: Option<usize>) -> Vec<(Vec<usize>, Vec<usize>)> {
    let mut all = Vec::new();
    for base in combinations(8, 3) {
        let left: Vec<usize> = match n_heads {
            Some(n_heads) => (0..n_heads).collect(),
            None => (0..8).filter(|at| !base.contains(at)).collect(),
        };
        for head in combinations(5, 3) {
            all.push((base.clone(), head.iter().map(|&at| left[at]).collect()));
        }
    }
    assert_eq!(all.len(), 560);
    all.into_iter().step_by(4).collect()
}

#[test]
fn at_most_one_alarm_in_a_hundred_without_a_change_in_every_normalization() {
    let Some(cpu) = cpu() else { return };
    let (bytes, objects) = (allocs("alloc_space"), allocs("alloc_objects"));
    let [bytes, objects] = [&bytes, &objects].map(|runs| runs.as_ref().expect("as there is CPU"));
    let options = |normalization: Normalization| Options { normalization, ..Options::default() };
    let per_request = || per_request().normalization;
    for (what, runs, normalization) in [
        ("CPU per request", cpu, per_request()),
        ("CPU per second", cpu, Normalization::PerSecond),
        ("share of bytes", bytes, Normalization::Share),
        ("bytes per request", bytes, per_request()),
        ("bytes per CPU second", bytes, Normalization::PerCpuSecond),
        ("share of objects", objects, Normalization::Share),
        ("objects per request", objects, per_request()),
        ("objects per CPU second", objects, Normalization::PerCpuSecond),
    ] {
        let options = options(normalization);
        let alarms: Vec<String> = some_of_three(None)
            .par_iter()
            .filter_map(|(base, head)| {
                let verdict = compare(&chosen(&runs.base, base), &chosen(&runs.base, head), &options);
                let verdict = verdict.expect("comparable");
                (verdict.exit_status() == 1).then(|| verdict.line())
            })
            .collect();
        assert!(alarms.len() <= 1, "{what}: {} of 140: {alarms:#?}", alarms.len());
    }
}

#[test]
fn three_against_three_find_what_allocates_more() {
    let Some(bytes) = allocs("alloc_space") else { return };
    for options in [Options::default(), per_request()] {
        let found = |(base, head): &(Vec<usize>, Vec<usize>)| {
            let verdict = compare(&chosen(&bytes.base, base), &chosen(&bytes.regressed, head), &options);
            let verdict = verdict.expect("comparable");
            let names = culprits(&verdict);
            names.contains(&"main.scoreDocument") && names.contains(&"main.(*Server).renderReport")
        };
        let missed: Vec<_> = some_of_three(Some(5)).into_par_iter().filter(|split| !found(split)).collect();
        assert!(missed.is_empty(), "{:?}: {missed:?}", options.normalization);
    }
}

#[test]
fn most_comparisons_without_a_change_say_so() {
    let Some(runs) = cpu() else { return };
    let ends: Vec<Outcome> = some_of_three(None)
        .par_iter()
        .map(|(base, head)| {
            let verdict = compare(&chosen(&runs.base, base), &chosen(&runs.base, head), &Options::default());
            verdict.expect("comparable").outcome
        })
        .collect();
    let undecided = ends.iter().filter(|end| matches!(end, Outcome::Undecided(_))).count();
    let none = ends.iter().filter(|end| **end == Outcome::NoRegression).count();
    assert!(undecided <= 14 && none > 70, "{undecided} undecided and {none} without of {}", ends.len());
}

#[test]
fn four_base_runs_against_the_other_four_pass() {
    let Some(runs) = cpu() else { return };
    for base in combinations(8, 4) {
        let head: Vec<usize> = (0..8).filter(|at| !base.contains(at)).collect();
        let verdict = compare(&chosen(&runs.base, &base), &chosen(&runs.base, &head), &Options::default());
        let verdict = verdict.expect("comparable");
        assert_eq!(verdict.exit_status(), 0, "{base:?}: {}", verdict.line());
    }
}

#[test]
fn the_order_of_files_does_not_matter() {
    let Some(runs) = cpu() else { return };
    let allocs = allocs("alloc_space").expect("as there is CPU");
    let mut random = Random(1);
    for (runs, options) in [(runs, Options::default()), (runs, per_request()), (&allocs, per_request())] {
        let expected = judged(runs, &options);
        for _ in 0..5 {
            let mut shuffled =
                [chosen(&runs.base, &[0, 1, 2, 3, 4, 5, 6, 7]), chosen(&runs.regressed, &[0, 1, 2, 3, 4])];
            for side in &mut shuffled {
                for at in (1..side.len()).rev() {
                    side.swap(at, random.below(at + 1));
                }
            }
            let found = compare(&shuffled[0], &shuffled[1], &options).expect("comparable");
            assert_eq!(format!("{found:?}"), format!("{expected:?}"));
        }
    }
}

#[test]
fn one_run_a_side_says_so() {
    let Some(runs) = cpu() else { return };
    let verdict = compare(&runs.base[..1], &runs.regressed[..1], &Options::default()).expect("comparable");
    assert!(verdict.notes.contains(&Note::OneRun));
    assert!(matches!(verdict.outcome, Outcome::NothingComparable(_)), "{}", verdict.line());
    assert_eq!(verdict.exit_status(), 4);
}

#[test]
fn a_run_is_not_compared_with_itself() {
    let Some(runs) = cpu() else { return };
    let error = compare(&runs.base[..2], &runs.base[1..3], &Options::default()).expect_err("the same run");
    assert_eq!(error.to_string(), "base-2 and base-2 are the same run: each run counts once, on one side");
}

/// Runs of one program without any change: functions of a few callers, their shares disturbed by `spread` from run to run
/// with the tails of t₃.
fn made_up(random: &mut Random, n_samples: usize, spread: f64) -> Profile {
    let mut builder =
        goscope_parsers::pprof::ProfileBuilder::new(&[("samples", "count"), ("cpu", "nanoseconds")]);
    let mut location = |name: &str| {
        let function = builder.function(name, "shop/main.go", 1);
        let line = goscope_parsers::pprof::Line { function, line: 1, column: 0 };
        builder.location(None, 0, &[line])
    };
    let callers: Vec<_> = (0..12).map(|at| location(&format!("main.caller{at}"))).collect();
    let leaves: Vec<_> = (0..90).map(|at| location(&format!("main.leaf{at}"))).collect();
    // Shares fall as 1/rank, as those of real programs do.
    let weights: Vec<f64> =
        (0..leaves.len()).map(|at| (spread * student(random)).exp() / (at as f64 + 3.0)).collect();
    let total: f64 = weights.iter().sum();
    let mut counts = vec![0_i64; leaves.len()];
    for _ in 0..n_samples {
        let mut left = uniform(random) * total;
        let at = weights.iter().position(|weight| {
            left -= weight;
            left < 0.0
        });
        counts[at.unwrap_or(0)] += 1;
    }
    for (at, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        builder.sample(&[count, count * 10_000_000], &[leaves[at], callers[at % 12], callers[at % 3]], &[]);
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

#[test]
fn made_up_runs_without_a_change_raise_at_most_one_alarm_in_a_hundred() {
    let mut random = Random(14);
    let runs: Vec<RunCounts> = (0..240)
        .map(|at| {
            let context = RunContext { name: format!("run-{at}"), ..RunContext::default() };
            RunCounts::of(made_up(&mut random, 3000, 0.06), None, context).expect("a run")
        })
        .collect();
    for n in [3, 5] {
        let choices: Vec<Vec<usize>> = (0..1000)
            .map(|_| {
                let mut left: Vec<usize> = (0..runs.len()).collect();
                (0..2 * n).map(|_| left.swap_remove(random.below(left.len()))).collect()
            })
            .collect();
        let alarms = choices
            .par_iter()
            .filter(|choice| {
                let (base, head) = choice.split_at(n);
                let verdict = compare(&chosen(&runs, base), &chosen(&runs, head), &Options::default());
                verdict.expect("comparable").exit_status() == 1
            })
            .count();
        assert!(alarms <= 10, "{alarms} of 1,000 at {n} v {n}");
    }
}
