//! The benchmarks of a test binary: each runs once, so that sub-benchmarks are known, and those that cannot run.

use std::ffi::OsString;

use anyhow::anyhow;
use goscope_parsers::bench::{OutputResult, ProblemKind, read_output};

use super::binaries::{Binary, run};
use super::stopped::Stop;
use crate::cli::failure::Failure;

/// Benchmarks of a binary that may panic; each time the others run again.
const MOST_PANICS: usize = 20;

/// A benchmark that takes longer for a single operation hangs.
const LIMIT: &str = "-test.timeout=10m";

/// What a binary has.
#[derive(Clone, Debug, Default)]
pub(super) struct Listing {
    /// Names without the word `Benchmark` and the number of processors: `Encode/json`.
    pub(super) names: Vec<String>,
    /// What cannot run.
    pub(super) problems: Vec<Broken>,
}

/// A benchmark that did not end with a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) name: String,
    /// What happened: `panicked: boom`.
    pub(super) why: String,
    /// Whether that is a failure; to be skipped is none.
    pub(super) is_failure: bool,
}

/// Lists benchmarks that match, by running each once.
pub(super) fn list(binary: &Binary, pattern: &str, stop: &Stop) -> Result<Listing, Failure> {
    let mut listing = Listing::default();
    let mut skipped: Vec<String> = Vec::new();
    loop {
        let mut words: Vec<OsString> =
            ["-test.run=^$", "-test.benchtime=1x", "-test.v", LIMIT].map(OsString::from).to_vec();
        words.push(format!("-test.bench={pattern}").into());
        if !skipped.is_empty() {
            words.push(format!("-test.skip=^({})$", skipped.join("|")).into());
        }
        let finished = run(binary.program.as_os_str(), &words, &binary.folder, stop)?;
        let text = String::from_utf8_lossy(&finished.printed).into_owned();
        let said = format!("{text}\n{}", finished.said);
        let found = read(&text);
        let panicked = panic_of(&said, found.last.as_deref()).filter(|_| finished.status == Some(2));
        listing.names = found.names;
        if let Some((name, why)) = panicked
            && skipped.len() < MOST_PANICS
        {
            let root = name.split('/').next().unwrap_or(&name);
            skipped.push(format!("Benchmark{}", regex::escape(root)));
            listing.problems.push(Broken { name, why: format!("panicked: {why}"), is_failure: true });
            continue;
        }
        listing.problems.extend(found.problems);
        if finished.status != Some(0) && listing.names.is_empty() && listing.problems.is_empty() {
            let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
            let folder = binary.folder.display();
            return Err(Failure::NoData(anyhow!("the benchmarks in {folder} do not run: {last}")));
        }
        return Ok(listing);
    }
}

/// What a verbose run says.
#[derive(Debug, Default)]
struct Read {
    names: Vec<String>,
    problems: Vec<Broken>,
    /// The benchmark that began last.
    last: Option<String>,
}

fn read(text: &str) -> Read {
    let mut read = Read::default();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            // Verbose: the name alone, before the benchmark runs; then its result, with the number of processors.
            [name] if line.starts_with("Benchmark") => {
                read.last = name.strip_prefix("Benchmark").map(str::to_owned);
            }
            [name, n, ..] if n.parse::<u64>().is_ok() && line.starts_with("Benchmark") => {
                let name = name.strip_prefix("Benchmark").unwrap_or(name);
                let of_last = read.last.as_deref().filter(|last| name.starts_with(*last));
                let name = of_last.unwrap_or(name).to_owned();
                if !read.names.contains(&name) {
                    read.names.push(name);
                }
            }
            _ => {}
        }
    }
    let output = read_output(text.as_bytes());
    let is_told = |kind| matches!(kind, ProblemKind::Failed | ProblemKind::Skipped);
    for problem in output.problems.iter().filter(|problem| is_told(problem.what)) {
        let name = problem.name.strip_prefix("Benchmark").unwrap_or(&problem.name);
        let why = log_beside(text, problem.line);
        read.problems.push(Broken {
            name: name.to_owned(),
            why: format!("{}{why}", problem.what.text()),
            is_failure: problem.what == ProblemKind::Failed,
        });
    }
    read
}

/// What the benchmark said to it: the line below, or above where output comes as it is printed. Lines count from 1.
fn log_beside(text: &str, line: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let beside = [Some(line), line.checked_sub(2)].into_iter().flatten().filter_map(|at| lines.get(at));
    match beside.copied().find(|log| log.starts_with("    ")) {
        Some(log) => format!(": {}", log.trim()),
        None => String::new(),
    }
}

/// Which benchmark panicked, and why.
fn panic_of(said: &str, last: Option<&str>) -> Option<(String, String)> {
    let why = said.lines().find_map(|line| line.split_once("panic: ").map(|(_, why)| why))?;
    Some((last?.to_owned(), why.trim_end_matches(" [recovered]").to_owned()))
}

/// The pattern that only this benchmark matches: part by part.
pub(super) fn pattern_of(name: &str) -> String {
    let parts = format!("Benchmark{name}");
    let parts: Vec<String> = parts.split('/').map(|part| format!("^{}$", regex::escape(part))).collect();
    parts.join("/")
}

/// The result of a benchmark in the output of a process that ran it alone.
pub(super) fn only_result(printed: &[u8]) -> Option<OutputResult> {
    read_output(printed).results.into_iter().next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_without_processors() {
        let text = "goos: linux\nBenchmarkSub\nBenchmarkSub/n-2\nBenchmarkSub/n-2-4 \t 1\t 5 ns/op\nBenchmarkB\n\
                    --- SKIP: BenchmarkB\n    x_test.go:3: not here\nBenchmarkC\nBenchmarkC-4 1 9 ns/op\nPASS\n";
        let found = read(text);
        assert_eq!(found.names, ["Sub/n-2", "C"]);
        let skipped = "was skipped: x_test.go:3: not here".to_owned();
        assert_eq!(found.problems, [Broken { name: "B".to_owned(), why: skipped, is_failure: false }]);
    }

    #[test]
    fn patterns_match_one_benchmark_part_by_part() {
        assert_eq!(pattern_of("Sub/n=1.5"), r"^BenchmarkSub$/^n=1\.5$");
    }
}
