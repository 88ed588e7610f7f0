//! Runs benchmarks in turns, each time as a process of its own, with the same number of iterations on both sides.
//!
//! ```text
//! round 1   Encode base, Encode head, Hash base, Hash head       machines drift: in turns, and the other way round
//! round 2   Encode head, Encode base, Hash head, Hash base       every second time, drift is the same for both sides
//! ```

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::binaries::{Binary, run};
use super::listing::{Broken, only_result, pattern_of};
use super::progress::Line;
use super::stopped::Stop;
use crate::cli::failure::Failure;

/// How long a run is that finds out how long an operation takes, at most.
const CALIBRATION: Duration = Duration::from_millis(100);

/// A run that takes so many times as long as it should has hung; and this much more, for set-up.
const HUNG: f64 = 100.0;
const HUNG_SECONDS: f64 = 60.0;

/// The slower side of a benchmark takes so many times as long as a run should, at most.
const MOST_SLOWER: f64 = 5.0;

/// How long a run under a profile is, at least: a hundred samples.
const PROFILED: Duration = Duration::from_secs(1);

/// Runs under a profile of each side, at least; and at most, where a busy machine gives few samples.
pub(super) const PROFILED_RUNS: u32 = 3;
const MOST_PROFILED_RUNS: u32 = 10;

/// A benchmark on all sides.
#[derive(Clone, Debug)]
pub(super) struct Bench {
    /// Which of all it is.
    pub(super) number: usize,
    pub(super) package: String,
    /// Without the word `Benchmark`.
    pub(super) name: String,
    /// The binary of each side.
    pub(super) binaries: Vec<Binary>,
    /// Iterations of a run.
    pub(super) count: u64,
    /// How long a run of the slower side takes, about.
    pub(super) run_time: Duration,
}

/// What a run left.
enum Ran {
    Text(Vec<u8>),
    Broken(String),
}

impl Bench {
    /// How often it runs in a time: so that the faster side takes that long, and the slower one not much longer.
    pub(super) fn calibrated(mut self, time: Duration, stop: &Stop) -> Result<Result<Self, Broken>, Failure> {
        let [mut fastest, mut slowest] = [f64::INFINITY, 0.0_f64];
        for side in 0..self.binaries.len() {
            let words = vec![format!("-test.benchtime={}ns", CALIBRATION.min(time).as_nanos()).into()];
            let text = match self.run(side, words, time, stop)? {
                Ran::Text(text) => text,
                Ran::Broken(why) => return Ok(Err(self.broken(why))),
            };
            let result = only_result(&text);
            let seconds = result.as_ref().and_then(|result| {
                let is_time = |unit: &str| unit == "sec/op" || unit == "ns/op";
                result.values.iter().find(|(_, unit)| is_time(unit)).map(|(seconds, _)| *seconds)
            });
            // Without ns/op (b.ReportMetric may hide it) the time of the calibration is all that is known.
            let n = result.map_or(1, |result| result.iterations.max(1)) as f64;
            let seconds = seconds.unwrap_or(CALIBRATION.as_secs_f64() / n).max(1e-10);
            (fastest, slowest) = (fastest.min(seconds), slowest.max(seconds));
        }
        let count = (time.as_secs_f64() / fastest.max(slowest / MOST_SLOWER)).clamp(1.0, 1e9);
        self.count = two_digits(count);
        self.run_time = Duration::from_secs_f64((self.count as f64 * slowest).clamp(0.0, 1e6));
        Ok(Ok(self))
    }

    fn broken(&self, why: String) -> Broken {
        Broken { name: self.name.clone(), is_failure: !why.starts_with(SKIPPED), why }
    }

    /// One run with its number of iterations: what it printed, or why it broke.
    fn run(
        &self,
        side: usize,
        mut words: Vec<OsString>,
        time: Duration,
        stop: &Stop,
    ) -> Result<Ran, Failure> {
        let binary = &self.binaries[side];
        let limit = time.as_secs_f64() * HUNG + HUNG_SECONDS;
        words.extend(["-test.run=^$".into(), "-test.count=1".into()]);
        words.push(format!("-test.timeout={limit:.0}s").into());
        words.push(format!("-test.bench={}", pattern_of(&self.name)).into());
        let finished = run(binary.program.as_os_str(), &words, &binary.folder, stop)?;
        if finished.status == Some(0) && only_result(&finished.printed).is_some() {
            return Ok(Ran::Text(finished.printed));
        }
        let text = format!("{}\n{}", String::from_utf8_lossy(&finished.printed), finished.said);
        Ok(Ran::Broken(why(&text)))
    }
}

/// What is said of a benchmark that was skipped.
const SKIPPED: &str = "was skipped";

/// Why a benchmark has no result: a panic, a failure, or the last thing that it said.
fn why(text: &str) -> String {
    let lines = || text.lines().map(str::trim_end).filter(|line| !line.is_empty());
    if let Some((_, panic)) = lines().find_map(|line| line.split_once("panic: ")) {
        return format!("panicked: {panic}");
    }
    for (mark, word) in [("--- FAIL: ", "failed"), ("--- SKIP: ", SKIPPED)] {
        let mut from = lines().skip_while(|line| !line.contains(mark));
        if from.next().is_some() {
            let log =
                from.next().filter(|line| line.starts_with(' ')).map(|line| format!(": {}", line.trim()));
            return format!("{word}{}", log.unwrap_or_default());
        }
    }
    match lines().rfind(|line| *line != "FAIL" && *line != "PASS") {
        Some(last) => format!("printed no result: {last}"),
        None => "printed no result".to_owned(),
    }
}

/// A number with two digits at most before its zeros, as people choose them.
fn two_digits(number: f64) -> u64 {
    let scale = 10.0_f64.powf(number.log10().floor() - 1.0).max(1.0);
    ((number / scale).floor() * scale) as u64
}

/// What rounds left.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    /// What each side printed in rounds that are complete.
    pub(super) texts: Vec<Vec<u8>>,
    /// How many are.
    pub(super) complete: u32,
    pub(super) broken: Vec<Broken>,
    /// Whether the user stopped them.
    pub(super) is_stopped: bool,
}

/// Keeps what each side printed in a round that is complete.
pub(super) type Keep<'a> = &'a mut dyn FnMut(&[Vec<u8>]) -> Result<(), Failure>;

/// Runs all rounds, or those before the user stops them.
pub(super) fn rounds(
    benches: &[Bench],
    sides: &[&'static str],
    count: u32,
    line: &mut Line,
    stop: &Stop,
    keep: Keep<'_>,
) -> Result<Rounds, Failure> {
    let mut rounds = Rounds { texts: vec![Vec::new(); sides.len()], ..Rounds::default() };
    line.begin(benches.len() * sides.len() * count as usize);
    let mut left_out: Vec<usize> = Vec::new();
    for round in 1..=count {
        let mut texts = vec![Vec::new(); sides.len()];
        for bench in benches {
            if left_out.contains(&bench.number) {
                continue;
            }
            match in_turn(bench, sides, round, count, line, stop) {
                Ok(Ok(printed)) => {
                    texts.iter_mut().zip(printed).for_each(|(text, printed)| text.extend(printed));
                }
                Ok(Err(broken)) => {
                    left_out.push(bench.number);
                    rounds.broken.push(broken);
                }
                Err(_) if stop.is_set() => {
                    rounds.is_stopped = true;
                    return Ok(rounds);
                }
                Err(failure) => return Err(failure),
            }
        }
        keep(&texts)?;
        rounds.texts.iter_mut().zip(texts).for_each(|(all, text)| all.extend(text));
        rounds.complete = round;
    }
    Ok(rounds)
}

/// A benchmark on all sides, once; what each printed.
fn in_turn(
    bench: &Bench,
    sides: &[&'static str],
    round: u32,
    count: u32,
    line: &mut Line,
    stop: &Stop,
) -> Result<Result<Vec<Vec<u8>>, Broken>, Failure> {
    let mut printed = vec![Vec::new(); sides.len()];
    for side in order_of(round, sides.len()) {
        line.step(&format!("{round}/{count} rounds"), &format!("Benchmark{} {}", bench.name, sides[side]));
        let words = vec![format!("-test.benchtime={}x", bench.count).into()];
        match bench.run(side, words, bench.run_time, stop)? {
            Ran::Text(text) => printed[side] = text,
            Ran::Broken(why) => {
                let why = format!("{why} ({}, round {round})", sides[side]);
                return Ok(Err(bench.broken(why)));
            }
        }
    }
    Ok(Ok(printed))
}

/// Which side runs first in a round, counted from 1.
fn order_of(round: u32, n_sides: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n_sides).collect();
    if round.is_multiple_of(2) {
        order.reverse();
    }
    order
}

/// Runs of a benchmark under a profile: of each side, what was printed and where the profile is.
pub(super) type Profiled = Vec<Vec<(Vec<u8>, PathBuf)>>;

/// Runs a benchmark under a CPU profile, in turns, until there are enough samples. What it prints and its profiles are left
/// in a folder.
pub(super) fn profiled(
    bench: &Bench,
    sides: &[&'static str],
    folder: &Path,
    has_enough: &dyn Fn(&Profiled) -> Result<bool, Failure>,
    line: &mut Line,
    stop: &Stop,
) -> Result<Result<Profiled, Broken>, Failure> {
    let longer = (PROFILED.as_secs_f64() / bench.run_time.as_secs_f64().max(1e-6)).max(1.0);
    let bench = Bench {
        count: two_digits((bench.count as f64 * longer).min(1e9)),
        run_time: bench.run_time.mul_f64(longer.min(1e6)),
        ..bench.clone()
    };
    let mut all: Profiled = vec![Vec::new(); sides.len()];
    for round in 1..=MOST_PROFILED_RUNS {
        if round > PROFILED_RUNS && has_enough(&all)? {
            break;
        }
        for side in order_of(round, sides.len()) {
            let what = format!("Benchmark{} {}", bench.name, sides[side]);
            let of = PROFILED_RUNS.max(round);
            line.step(&format!("profile {round}/{of}"), &what);
            let name = format!("{}-{}-{round}", sides[side], file_name(&bench));
            let profile = folder.join(format!("{name}.cpu.pb.gz"));
            let mut option = OsString::from("-test.cpuprofile=");
            option.push(&profile);
            let words = vec![format!("-test.benchtime={}x", bench.count).into(), option];
            match bench.run(side, words, bench.run_time, stop)? {
                Ran::Text(text) => {
                    let path = folder.join(format!("{name}.txt"));
                    let written = std::fs::write(&path, &text);
                    written.map_err(|error| Failure::from_write(error, &path.display().to_string()))?;
                    all[side].push((text, profile));
                }
                Ran::Broken(why) => return Ok(Err(bench.broken(why))),
            }
        }
    }
    Ok(Ok(all))
}

/// Records all allocations of a benchmark, once a side: at this rate it takes many times as long, so it runs less often.
pub(super) fn allocations(
    bench: &Bench,
    sides: &[&'static str],
    folder: &Path,
    stop: &Stop,
) -> Result<(), Failure> {
    const LESS_OFTEN: u64 = 30;
    for (side, name) in sides.iter().enumerate() {
        let profile = folder.join(format!("{name}-{}.mem.pb.gz", file_name(bench)));
        let mut option = OsString::from("-test.memprofile=");
        option.push(&profile);
        let count = (bench.count / LESS_OFTEN).max(1);
        let words = vec![format!("-test.benchtime={count}x").into(), "-test.memprofilerate=1".into(), option];
        if let Ran::Text(text) = bench.run(side, words, bench.run_time, stop)? {
            let path = folder.join(format!("{name}-{}.mem.txt", file_name(bench)));
            let written = std::fs::write(&path, &text);
            written.map_err(|error| Failure::from_write(error, &path.display().to_string()))?;
        }
    }
    Ok(())
}

/// A name for files: the package's last part and the benchmark, without what file systems take for their own.
fn file_name(bench: &Bench) -> String {
    let package = bench.package.rsplit('/').next().unwrap_or_default();
    let name = format!("{package}.{}", bench.name);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '=' | '-');
    if name.len() <= 100 && name.chars().all(is_plain) {
        return name;
    }
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).take(100).collect();
    format!("{plain}_{}", bench.number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_side_is_first_in_every_second_round() {
        let order: Vec<usize> = (1..=4).flat_map(|round| order_of(round, 2)).collect();
        assert_eq!(order, [0, 1, 1, 0, 0, 1, 1, 0]);
    }

    #[test]
    fn counts_are_round() {
        assert_eq!(
            [1.0, 7.9, 99.0, 123.4, 118_263.0, 1e9].map(two_digits),
            [1, 7, 99, 120, 110_000, 1_000_000_000]
        );
    }

    #[test]
    fn what_went_wrong_is_told_in_a_line() {
        assert_eq!(why("BenchmarkA \tpanic: boom\n\ngoroutine 1"), "panicked: boom");
        assert_eq!(why("--- FAIL: BenchmarkA\n    x_test.go:3: no\nFAIL\n"), "failed: x_test.go:3: no");
        assert_eq!(why("goos: linux\nPASS\n"), "printed no result: goos: linux");
        assert_eq!(why(""), "printed no result");
    }
}
