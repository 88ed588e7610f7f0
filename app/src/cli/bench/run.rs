//! `goscope bench`: from packages to a verdict, and the functions that explain it.
//!
//! ```text
//! packages ─► a test binary a side ─► listed, calibrated ─► rounds in turns ─► verdict
//!                                                                └► significant ones: runs under a profile ─► explained
//! ```

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use goscope_analysis::bench::{Benchstat, BenchstatOptions, text};
use goscope_analysis::explain::{Explanation, Recording, explain};
use goscope_analysis::verdict::benchmarks::compare;
use goscope_analysis::verdict::{Fraction, Gate, Measure, Outcome, Significance, Verdict};
use goscope_parsers::FileBytes;
use goscope_parsers::bench::{BenchOutput, read_output};
use goscope_parsers::pprof::{ParseOptions, Profile, parse_profile};
use serde::Serialize;
use tempfile::TempDir;

use super::args::{Recorded, RunArgs};
use super::binaries::{Binary, Package, build, packages};
use super::listing::{Broken, list};
use super::progress::Line;
use super::rounds::{Bench, PROFILED_RUNS, Profiled, Rounds, allocations, profiled, rounds};
use super::side::{Side, WorkTree};
use super::stopped::{STOPPED, Stop};
use crate::cli::failure::{Failure, say, warn};
use crate::cli::output::OutputArgs;
use crate::report::explanation::json::ExplanationJson;
use crate::report::explanation::text::explanation_text;
use crate::report::json::VerdictJson;
use crate::report::text::verdict_text;

/// The part of rows believed changed by this limit of which it may be wrong: worth a look by CPU time.
const SUSPICIOUS: f64 = 0.2;

/// Samples of a benchmark that tell its functions by 10%.
const ENOUGH_SAMPLES: u64 = 100;

/// What `--json` prints.
#[derive(Serialize)]
struct BenchJson<'v> {
    schema: &'static str,
    rounds: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<VerdictJson<'v>>,
    explanations: Vec<ExplanationJson>,
    broken: Vec<String>,
}

/// Runs benchmarks and says what they came to.
pub(super) fn run(args: &RunArgs) -> Result<(), Failure> {
    if !args.folder.is_dir() {
        return Err(Failure::Usage(anyhow!("-C {}: there is no such folder", args.folder.display())));
    }
    let folder = fs::canonicalize(&args.folder).context("-C").map_err(Failure::Usage)?;
    let place = Place::new(args)?;
    let stop = Stop::listen()?;
    let mut line = Line::new();
    let tree = args.base.as_deref().map(|reference| WorkTree::add(reference, &folder)).transpose();
    let tree = tree.map_err(|failure| if stop.is_set() { Failure::Gate(STOPPED) } else { failure })?;
    let mut sides = Vec::new();
    if let Some(tree) = &tree {
        sides.push(Side { name: "base", folder: tree.folder.clone() });
    }
    sides.push(Side { name: if tree.is_some() { "head" } else { "results" }, folder });
    let mut session = Session { args, place, stop, sides };
    let (benches, mut broken) = session.benches(&mut line)?;
    let rounds = session.rounds(&benches, &mut line)?;
    broken.extend(rounds.broken.iter().cloned());
    let result = session.report(&benches, &rounds, &broken, &mut line);
    drop(line);
    result
}

/// Where files go.
#[derive(Debug)]
struct Place {
    /// What is kept; `None` if nothing is.
    kept: Option<PathBuf>,
    scratch: TempDir,
}

impl Place {
    fn new(args: &RunArgs) -> Result<Self, Failure> {
        let scratch = tempfile::Builder::new().prefix("goscope-bench-").tempdir();
        let scratch = scratch.context("no temporary folder").map_err(Failure::Usage)?;
        if args.output.is_none() && args.records(Recorded::Mem) {
            return Err(Failure::Usage(anyhow!(
                "--profile mem leaves profiles: name a folder for them with -o"
            )));
        }
        let Some(path) = &args.output else { return Ok(Self { kept: None, scratch }) };
        let cannot = |error| Failure::from_write(error, &path.display().to_string());
        fs::create_dir_all(path).map_err(cannot)?;
        if fs::read_dir(path).map_err(cannot)?.next().is_some() {
            let path = path.display();
            return Err(Failure::Usage(anyhow!("{path} is not empty; name a new folder with -o")));
        }
        Ok(Self { kept: Some(fs::canonicalize(path).map_err(cannot)?), scratch })
    }

    fn profiles(&self) -> Result<PathBuf, Failure> {
        let path = self.kept.as_deref().unwrap_or_else(|| self.scratch.path()).join("profiles");
        let made = fs::create_dir_all(&path);
        made.map_err(|error| Failure::from_write(error, &path.display().to_string()))?;
        Ok(path)
    }
}

struct Session<'a> {
    args: &'a RunArgs,
    place: Place,
    stop: Stop,
    /// Base, if there is one, and head.
    sides: Vec<Side>,
}

impl Session<'_> {
    fn names(&self) -> Vec<&'static str> {
        self.sides.iter().map(|side| side.name).collect()
    }

    /// The benchmarks that all sides have, calibrated; and those that cannot run.
    fn benches(&mut self, line: &mut Line) -> Result<(Vec<Bench>, Vec<Broken>), Failure> {
        let names =
            if self.args.packages.is_empty() { vec![".".to_owned()] } else { self.args.packages.clone() };
        let Some((head, before)) = self.sides.split_last() else { return Ok(Default::default()) };
        line.say("listing packages");
        let found = packages(head, &names, false, &self.stop)?;
        if found.is_empty() {
            return Err(Failure::NoData(anyhow!("{}: no package with tests", names.join(" "))));
        }
        let paths: Vec<String> = found.iter().map(|package| package.path.clone()).collect();
        let mut of_sides: Vec<(&Side, Vec<Package>)> = Vec::new();
        for side in before {
            of_sides.push((side, packages(side, &paths, true, &self.stop)?));
        }
        of_sides.push((head, found.clone()));
        let (mut benches, mut broken) = (Vec::new(), Vec::new());
        for package in &found {
            self.of_package(package, &of_sides, &mut benches, &mut broken, line)?;
        }
        if benches.is_empty() {
            return Err(nothing_runs(&self.args.bench, &broken));
        }
        let mut calibrated = Vec::new();
        for bench in benches {
            line.say(&format!("calibrating Benchmark{}", bench.name));
            match bench.calibrated(self.args.time, &self.stop)? {
                Ok(bench) => calibrated.push(bench),
                Err(it) => broken.push(it),
            }
        }
        if calibrated.is_empty() {
            return Err(nothing_runs(&self.args.bench, &broken));
        }
        Ok((calibrated, broken))
    }

    /// Adds the benchmarks of a package that all sides have.
    fn of_package(
        &self,
        package: &Package,
        of_sides: &[(&Side, Vec<Package>)],
        benches: &mut Vec<Bench>,
        broken: &mut Vec<Broken>,
        line: &Line,
    ) -> Result<(), Failure> {
        let mut listed: Vec<(Binary, Vec<String>)> = Vec::new();
        for (at, (side, packages)) in of_sides.iter().enumerate() {
            let Some(own) = packages.iter().find(|own| own.path == package.path) else {
                warn(&[format!("{} is not in the {}: it is not compared", package.path, side.name)]);
                return Ok(());
            };
            line.say(&format!("building {} {}", package.path, side.name));
            let to = self.place.scratch.path().join(format!(
                "{at}-{}.test{}",
                benches.len(),
                std::env::consts::EXE_SUFFIX
            ));
            let binary = build(side, own, &self.args.flags, to, &self.stop)?;
            if !binary.program.is_file() {
                return Ok(());
            }
            line.say(&format!("listing {} {}", package.path, side.name));
            let listing = list(&binary, &self.args.bench, &self.stop)?;
            for mut problem in listing.problems {
                if of_sides.len() > 1 {
                    problem.why += &format!(" ({})", side.name);
                }
                broken.push(problem);
            }
            listed.push((binary, listing.names));
        }
        let Some((_, names)) = listed.last() else { return Ok(()) };
        let all: Vec<&String> = listed.iter().flat_map(|(_, names)| names).collect();
        let is_everywhere = |name: &String| listed.iter().all(|(_, names)| names.contains(name));
        let mut alone: Vec<String> =
            all.iter().filter(|name| !is_everywhere(name)).map(|name| format!("Benchmark{name}")).collect();
        alone.dedup();
        if !alone.is_empty() {
            warn(&[format!("on one side alone, and not compared: {}", alone.join(", "))]);
        }
        for name in names.iter().filter(|name| is_everywhere(name)) {
            benches.push(Bench {
                number: benches.len(),
                package: package.path.clone(),
                name: name.clone(),
                binaries: listed.iter().map(|(binary, _)| binary.clone()).collect(),
                count: 1,
                run_time: self.args.time,
            });
        }
        Ok(())
    }

    /// All rounds; what each side printed is kept as they end.
    fn rounds(&self, benches: &[Bench], line: &mut Line) -> Result<Rounds, Failure> {
        let names = self.names();
        let mut keep = |texts: &[Vec<u8>]| {
            let Some(folder) = &self.place.kept else { return Ok(()) };
            names
                .iter()
                .zip(texts)
                .try_for_each(|(name, text)| append(&folder.join(format!("{name}.txt")), text))
        };
        rounds(benches, &names, self.args.count, line, &self.stop, &mut keep)
    }

    fn report(
        &self,
        benches: &[Bench],
        rounds: &Rounds,
        broken: &[Broken],
        line: &mut Line,
    ) -> Result<(), Failure> {
        if rounds.complete == 0 {
            return Err(if rounds.is_stopped {
                say("goscope: stopped before the first round was complete");
                Failure::Gate(STOPPED)
            } else {
                nothing_runs(&self.args.bench, broken)
            });
        }
        let outputs: Vec<BenchOutput> = rounds.texts.iter().map(|text| read_output(text)).collect();
        let verdict = self.verdict(&outputs)?;
        let mut is_stopped = rounds.is_stopped;
        let mut explanations = Vec::new();
        if !is_stopped {
            match self.explained(benches, verdict.as_ref(), line) {
                Ok(found) => explanations = found,
                Err(_) if self.stop.is_set() => is_stopped = true,
                Err(failure) => return Err(failure),
            }
        }
        line.say("");
        let has_failed = broken.iter().any(|it| it.is_failure);
        let broken: Vec<String> =
            broken.iter().map(|it| format!("Benchmark{} {}", it.name, it.why)).collect();
        self.print(rounds, verdict.as_ref(), &explanations, &broken)?;
        if is_stopped {
            return Err(Failure::Gate(STOPPED));
        }
        let status = verdict.as_ref().map_or(0, Verdict::exit_status);
        match status {
            4 => Err(Failure::Gate(4)),
            1 if self.args.fail_on.is_some() => Err(Failure::Gate(1)),
            _ if has_failed => Err(Failure::Gate(1)),
            _ => Ok(()),
        }
    }

    fn verdict(&self, outputs: &[BenchOutput]) -> Result<Option<Verdict>, Failure> {
        let [base, head] = outputs else { return Ok(None) };
        let default = Gate::default();
        let gate = Gate { fail_on: self.args.fail_on.map_or(default.fail_on, Fraction), ..default };
        let verdict = compare(&[base], &[head], &gate, None);
        Ok(Some(verdict.map_err(|error| Failure::Usage(error.into()))?))
    }

    /// What explains the benchmarks whose times changed, or may have; all of them if there is no base, or no verdict.
    fn explained(
        &self,
        benches: &[Bench],
        verdict: Option<&Verdict>,
        line: &mut Line,
    ) -> Result<Vec<Explanation>, Failure> {
        let chosen: Vec<&Bench> = benches.iter().filter(|bench| is_explained(bench, verdict)).collect();
        let names = self.names();
        let mut explanations = Vec::new();
        if self.args.records(Recorded::Mem) {
            let folder = self.place.profiles()?;
            for bench in benches {
                line.say(&format!("allocations of Benchmark{}", bench.name));
                allocations(bench, &names, &folder, &self.stop)?;
            }
        }
        if !self.args.records(Recorded::Cpu) || chosen.is_empty() {
            return Ok(explanations);
        }
        let folder = self.place.profiles()?;
        line.begin(chosen.len() * names.len() * PROFILED_RUNS as usize);
        for bench in chosen {
            match profiled(bench, &names, &folder, &has_enough, line, &self.stop)? {
                Ok(profiled) => explanations.extend(explanation(bench, &profiled)?),
                Err(broken) => warn(&[format!("Benchmark{} {} under a profile", broken.name, broken.why)]),
            }
        }
        Ok(explanations)
    }

    fn print(
        &self,
        rounds: &Rounds,
        verdict: Option<&Verdict>,
        explanations: &[Explanation],
        broken: &[String],
    ) -> Result<(), Failure> {
        let output = OutputArgs { output: None };
        if self.args.json {
            return output.write_json(&BenchJson {
                schema: "goscope.bench/1",
                rounds: rounds.complete,
                verdict: verdict.map(VerdictJson::from),
                explanations: explanations.iter().map(ExplanationJson::from).collect(),
                broken: broken.to_vec(),
            });
        }
        let mut text = match verdict {
            Some(verdict) => verdict_text(verdict, self.args.limit),
            None => table(rounds),
        };
        for explanation in explanations {
            text += "\n";
            text += &explanation_text(explanation, self.args.limit);
        }
        output.write_text(&text)?;
        warn(broken);
        if rounds.is_stopped || rounds.complete < self.args.count {
            say(&format!("goscope: {} of {} rounds are complete", rounds.complete, self.args.count));
        }
        if let Some(folder) = &self.args.output {
            let files: Vec<String> = self
                .names()
                .iter()
                .map(|name| folder.join(format!("{name}.txt")).display().to_string())
                .collect();
            say(&format!("goscope: what was printed is in {}", files.join(" and ")));
        }
        Ok(())
    }
}

/// Whether a benchmark is to be explained.
fn is_explained(bench: &Bench, verdict: Option<&Verdict>) -> bool {
    let Some(verdict) = verdict else { return true };
    if matches!(verdict.outcome, Outcome::NothingComparable(_)) {
        return true;
    }
    let is_of_bench = |name: &str| {
        // With several packages, names begin with theirs; at their end is the number of processors.
        let name = name.strip_prefix(&bench.package).and_then(|rest| rest.strip_prefix('.')).unwrap_or(name);
        let end = name.strip_prefix(&bench.name).map(|end| end.strip_prefix('-').unwrap_or(end));
        end.is_some_and(|end| end.bytes().all(|byte| byte.is_ascii_digit()))
    };
    verdict.rows.iter().any(|row| {
        let is_time = matches!(&row.measure, Measure::Unit { unit, .. } if unit == "sec/op");
        let is_changed =
            matches!(row.significance, Significance::Regressed | Significance::Grew | Significance::Fell);
        // On a busy machine the clock may not decide where CPU time does.
        let is_suspicious = row.test.is_some_and(|test| test.q <= SUSPICIOUS);
        is_time && (is_changed || is_suspicious) && is_of_bench(&row.name)
    })
}

/// What runs under a profile left, of each side.
struct Sides(Vec<(Vec<BenchOutput>, Vec<Profile>)>);

impl Sides {
    fn read(profiled: &Profiled) -> Result<Self, Failure> {
        let mut sides = Vec::new();
        for runs in profiled {
            let outputs = runs.iter().map(|(text, _)| read_output(text)).collect();
            let profiles = runs.iter().map(|(_, path)| read_profile(path)).collect::<Result<_, _>>()?;
            sides.push((outputs, profiles));
        }
        Ok(Self(sides))
    }

    fn recordings(&self) -> Vec<Recording<'_>> {
        fn recording((outputs, profiles): &(Vec<BenchOutput>, Vec<Profile>)) -> Recording<'_> {
            Recording::new(outputs.iter().collect(), &profiles.iter().collect::<Vec<_>>())
        }
        self.0.iter().map(recording).collect()
    }
}

/// Whether each side has so many samples that functions can be told.
fn has_enough(profiled: &Profiled) -> Result<bool, Failure> {
    let sides = Sides::read(profiled)?;
    let samples = |recording: &Recording<'_>| recording.benchmarks().first().map_or(0, |it| it.samples);
    Ok(sides.recordings().iter().all(|recording| samples(recording) >= ENOUGH_SAMPLES))
}

/// What explains a benchmark by its runs under a profile.
fn explanation(bench: &Bench, profiled: &Profiled) -> Result<Option<Explanation>, Failure> {
    let sides = Sides::read(profiled)?;
    let recordings = sides.recordings();
    let Some((head, before)) = recordings.split_last() else { return Ok(None) };
    let key = head.keys().first().cloned();
    if key.is_none() {
        warn(&[format!("Benchmark{} printed no result under a profile", bench.name)]);
    }
    Ok(key.map(|key| explain(before.first(), head, &key)))
}

fn read_profile(path: &Path) -> Result<Profile, Failure> {
    let failed = |error| Failure::from_parse(error, path);
    let bytes = FileBytes::open(path).map_err(failed)?;
    parse_profile(&bytes, &ParseOptions::default()).map_err(failed)
}

/// Benchstat's table of the results.
fn table(rounds: &Rounds) -> String {
    let Ok(mut benchstat) = Benchstat::new(&BenchstatOptions::default()) else { return String::new() };
    for printed in &rounds.texts {
        // A line that benchstat gives up at is longer than any that go test prints.
        let _ = benchstat.add(b"results", printed, |_, _| ());
    }
    String::from_utf8_lossy(&text(&benchstat.finish())).into_owned()
}

fn append(path: &Path, text: &[u8]) -> Result<(), Failure> {
    let written =
        fs::OpenOptions::new().create(true).append(true).open(path).and_then(|mut file| file.write_all(text));
    written.map_err(|error| Failure::from_write(error, &path.display().to_string()))
}

/// Why there is nothing to run: all are broken, or there is none.
fn nothing_runs(pattern: &str, broken: &[Broken]) -> Failure {
    if broken.is_empty() {
        return Failure::NoData(anyhow!("no benchmark matches {pattern:?}"));
    }
    let broken: Vec<String> = broken.iter().map(|it| format!("Benchmark{} {}", it.name, it.why)).collect();
    Failure::NoData(anyhow!("no benchmark ends with a result: {}", broken.join("; ")))
}
