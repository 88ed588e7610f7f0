//! All of a benchmark output: results with the keys that hold for them, and what went wrong.
//!
//! More is understood here than benchstat does: a line that the program tore apart by printing between name and numbers is
//! put together again, and failed, skipped and unfinished benchmarks are told of instead of missing.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::line::{BenchLine, BenchResult, UnitLine, read_line, read_torn};
use super::unit::tidy;
use crate::test_events::{Action, TestEvent, TestEventReader};

/// Keys that hold at once, at most; more are dropped. Each result has its own copy where they change with every line.
const MOST_KEYS: usize = 16;

/// Keys with their values.
pub type Config = Arc<[(Arc<str>, Arc<str>)]>;

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BenchOutput {
    /// Results, in the order of the file.
    pub results: Vec<OutputResult>,
    /// What went wrong, in the order of the file.
    pub problems: Vec<OutputProblem>,
    /// What is known of units: unit without prefixes, key, value. The first of a key holds.
    pub units: Vec<(Arc<str>, Arc<str>, Arc<str>)>,
}

/// A benchmark ran.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputResult {
    /// Its name without the word `Benchmark`, with the number of processors.
    pub name: Arc<str>,
    /// Keys that hold for it with their values: `pkg`, `goos`, `cpu`.
    pub config: Config,
    /// How often its loop ran.
    pub iterations: i64,
    /// Values with their units without prefixes: `sec/op`.
    pub values: Vec<(f64, Arc<str>)>,
    /// The number of its line, from 1.
    pub line: usize,
}

impl OutputResult {
    /// The value of a key.
    pub fn config(&self, key: &str) -> Option<&str> {
        self.config.iter().find(|(known, _)| **known == *key).map(|(_, value)| &**value)
    }
}

/// Something went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputProblem {
    /// The number of the line, from 1.
    pub line: usize,
    /// The benchmark or package.
    pub name: Arc<str>,
    /// What happened to it.
    pub what: ProblemKind,
}

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// The benchmark failed.
    Failed,
    /// It was skipped.
    Skipped,
    /// It began and never ended: it panicked, or the output is cut.
    Unfinished,
    /// The package failed: what it would have run after that is missing.
    PackageFailed,
}

impl ProblemKind {
    /// What happened, in a word or two.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Skipped => "was skipped",
            Self::Unfinished => "did not finish",
            Self::PackageFailed => "failed as a package",
        }
    }
}

/// Text of any of the encodings that `go test … > file` makes: UTF-8, with or without a byte order mark, UTF-16 of
/// Windows' shells.
pub fn decoded(bytes: &[u8]) -> Cow<'_, [u8]> {
    let wide = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        let text: String =
            char::decode_utf16(units).map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        Cow::Owned(text.into_bytes())
    };
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(rest),
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => Cow::Borrowed(bytes),
    }
}

/// What the packages of a `go test -json` stream printed, one after the other; the text itself if it is none. An event is
/// a piece of a line, so that events say nothing by themselves.
fn printed(text: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    if text.trim_ascii_start().first() != Some(&b'{') {
        return text;
    }
    let mut packages: Vec<Vec<u8>> = Vec::new();
    let mut places: FxHashMap<String, usize> = FxHashMap::default();
    let mut take = |event: TestEvent<'_>| {
        if event.action == Action::Output {
            let place = *places.entry(event.package.into_owned()).or_insert(packages.len());
            packages.resize_with(packages.len().max(place + 1), Vec::new);
            packages[place].extend_from_slice(event.output.as_bytes());
        }
    };
    let mut reader = TestEventReader::default();
    reader.push(&text, &mut take);
    reader.finish(&mut take);
    Cow::Owned(packages.concat())
}

/// Reads a whole output, as text or as the events of `go test -json`.
pub fn read_output(bytes: &[u8]) -> BenchOutput {
    let text = printed(decoded(bytes));
    let mut reader = OutputReader::default();
    for (at, line) in text.split(|byte| *byte == b'\n').enumerate() {
        reader.line(at + 1, line.strip_suffix(b"\r").unwrap_or(line));
    }
    reader.give_up();
    reader.output
}

#[derive(Debug, Default)]
struct OutputReader {
    output: BenchOutput,
    words: FxHashMap<Box<[u8]>, Arc<str>>,
    /// By the units as they are written.
    tidied: FxHashMap<Box<[u8]>, (Arc<str>, f64)>,
    config: Vec<(Arc<str>, Arc<str>)>,
    /// The same, shared by results; none if it has changed.
    shared: Option<Config>,
    /// A name whose numbers did not follow it.
    torn: Option<(usize, Arc<str>)>,
}

impl OutputReader {
    fn line(&mut self, number: usize, line: &[u8]) {
        match read_line(line) {
            BenchLine::Result(result) => {
                self.give_up();
                let name = self.word(result.name.0);
                self.add(number, name, &result);
            }
            BenchLine::Problem(_) => {
                self.give_up();
                let name = line.strip_prefix(b"Benchmark").unwrap_or(line);
                let end = name.iter().position(|byte| byte.is_ascii_whitespace()).unwrap_or(name.len());
                self.torn = Some((number, self.word(&name[..end])));
            }
            BenchLine::Unit(unit) => self.unit(&unit),
            BenchLine::Config { key, value } => self.set(key, value),
            BenchLine::Other => self.other(number, line),
        }
    }

    fn other(&mut self, number: usize, line: &[u8]) {
        if let Some((begin, name)) = self.torn.take() {
            if let Some(result) = read_torn(line) {
                return self.add(begin, name, &result);
            }
            self.torn = Some((begin, name));
        }
        let after = |mark: &str| {
            let text = std::str::from_utf8(line.strip_prefix(mark.as_bytes())?).ok()?;
            Some(text.split_whitespace().next()?.to_owned())
        };
        let found =
            [("--- FAIL: Benchmark", ProblemKind::Failed), ("--- SKIP: Benchmark", ProblemKind::Skipped)]
                .into_iter()
                .chain([("FAIL\t", ProblemKind::PackageFailed)])
                .find_map(|(mark, what)| Some((after(mark)?, what)));
        if let Some((name, what)) = found {
            if self
                .torn
                .as_ref()
                .is_some_and(|(_, torn)| without_processors(torn) == without_processors(&name))
            {
                self.torn = None;
            }
            if what == ProblemKind::PackageFailed {
                self.give_up();
            }
            self.output.problems.push(OutputProblem { line: number, name: name.into(), what });
        }
    }

    /// The numbers of a torn line never came.
    fn give_up(&mut self) {
        if let Some((line, name)) = self.torn.take() {
            self.output.problems.push(OutputProblem { line, name, what: ProblemKind::Unfinished });
        }
    }

    fn add(&mut self, line: usize, name: Arc<str>, result: &BenchResult<'_>) {
        let values = result.measurements.iter().map(|it| {
            let (unit, factor) = self.tidied(it.unit);
            (it.value * factor, unit)
        });
        let values = values.collect();
        let config = self.shared.get_or_insert_with(|| self.config.as_slice().into());
        let config = Arc::clone(config);
        self.output.results.push(OutputResult { name, config, iterations: result.iterations, values, line });
    }

    fn set(&mut self, key: &[u8], value: &[u8]) {
        let key = self.word(key);
        let value = self.word(value.trim_ascii_end());
        self.shared = None;
        self.config.retain(|(known, _)| *known != key);
        if !value.is_empty() && self.config.len() < MOST_KEYS {
            self.config.push((key, value));
        }
    }

    fn unit(&mut self, line: &UnitLine<'_>) {
        let Some(unit) = line.unit else { return };
        let (unit, _) = self.tidied(unit);
        for (key, value) in line.settings.iter().flatten() {
            let (key, value) = (self.word(key), self.word(value));
            let is_known = self.output.units.iter().any(|known| known.0 == unit && known.1 == key);
            if !is_known {
                self.output.units.push((Arc::clone(&unit), key, value));
            }
        }
    }

    fn tidied(&mut self, unit: &[u8]) -> (Arc<str>, f64) {
        if let Some(known) = self.tidied.get(unit) {
            return known.clone();
        }
        let tidied = tidy(unit);
        let known = (self.word(&tidied.unit), tidied.factor);
        self.tidied.insert(unit.into(), known.clone());
        known
    }

    fn word(&mut self, bytes: &[u8]) -> Arc<str> {
        if let Some(word) = self.words.get(bytes) {
            return Arc::clone(word);
        }
        let word: Arc<str> = String::from_utf8_lossy(bytes).into();
        self.words.insert(bytes.into(), Arc::clone(&word));
        word
    }
}

fn without_processors(name: &str) -> &str {
    let digits = name.trim_end_matches(|rune: char| rune.is_ascii_digit());
    digits.strip_suffix('-').filter(|_| digits.len() < name.len()).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &[u8]) -> String {
        let output = read_output(text);
        let result = |it: &OutputResult| {
            let values: Vec<String> =
                it.values.iter().map(|(value, unit)| format!("{value:.3e} {unit}")).collect();
            format!("{}: {} ×{} {}\n", it.line, it.name, it.iterations, values.join(", "))
        };
        let problem = |it: &OutputProblem| format!("{}: {} {}\n", it.line, it.name, it.what.text());
        output.results.iter().map(result).chain(output.problems.iter().map(problem)).collect()
    }

    #[test]
    fn torn_lines_are_put_together() {
        let text =
            "BenchmarkPrints-2    \thello\nworld\n  216489\t        30.70 ns/op\nBenchmarkB-2 10 5 ns/op\n";
        assert_eq!(
            shown(text.as_bytes()),
            "1: Prints-2 ×216489 3.070e-8 sec/op\n4: B-2 ×10 5.000e-9 sec/op\n"
        );
    }

    #[test]
    fn what_did_not_run_is_told() {
        let text = "pkg: a\n--- FAIL: BenchmarkBad\n    x_test.go:5: no\n--- SKIP: BenchmarkLater-8\nBenchmarkBoom-2 \t\
                    panic: boom\ngoroutine 1 [running]:\nexit status 2\nFAIL\ta\t1.7s\nFAIL\n";
        assert_eq!(
            shown(text.as_bytes()),
            "2: Bad failed\n4: Later-8 was skipped\n5: Boom-2 did not finish\n8: a failed as a package\n"
        );
    }

    #[test]
    fn windows_shells_write_utf_16() {
        let text = "BenchmarkA 1 2 ns/op\r\n";
        let wide: Vec<u8> =
            [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert_eq!(shown(&wide), "1: A ×1 2.000e-9 sec/op\n");
        assert_eq!(shown(&[b"\xef\xbb\xbf", text.as_bytes()].concat()), "1: A ×1 2.000e-9 sec/op\n");
    }

    #[test]
    fn events_are_pieces_of_lines() {
        let event = |package: &str, output: &str| {
            format!("{{\"Action\":\"output\",\"Package\":\"{package}\",\"Output\":\"{output}\"}}\n")
        };
        let pieces = [
            event("a", "pkg: a\\n"),
            event("a", "BenchmarkA-2 \\t"),
            event("b", "pkg: b\\nBenchmarkB-2 \\t 3 \\t 4 ns/op\\n"),
            event("a", " 10 \\t 5 ns/op\\n"),
        ];
        let output = read_output(pieces.concat().as_bytes());
        let shown: Vec<(Option<&str>, &str)> =
            output.results.iter().map(|it| (it.config("pkg"), &*it.name)).collect();
        assert_eq!(shown, [(Some("a"), "A-2"), (Some("b"), "B-2")]);
    }

    #[test]
    fn keys_hold_until_they_change() {
        let output = read_output(
            b"pkg: a\ngoos: linux\nBenchmarkA 1 2 x\npkg: b\nBenchmarkA 1 2 x\npkg:\nBenchmarkA 1 2 x\n",
        );
        let packages: Vec<Option<&str>> = output.results.iter().map(|it| it.config("pkg")).collect();
        assert_eq!(packages, [Some("a"), Some("b"), None]);
    }
}
