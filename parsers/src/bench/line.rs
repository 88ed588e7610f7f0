//! What a line of benchmark output says.

use super::fields::{first_rune, is_space, split_field};
use super::name::BenchName;
use super::number::{NumberError, parse_go_float, parse_go_int};

/// What a line says.
#[derive(Clone, Debug, PartialEq)]
pub enum BenchLine<'a> {
    /// A benchmark ran.
    Result(BenchResult<'a>),
    /// Something is known of a unit.
    Unit(UnitLine<'a>),
    /// From here on a key has a value; none if that is empty.
    Config {
        /// The key.
        key: &'a [u8],
        /// The value, which may end in blanks.
        value: &'a [u8],
    },
    /// It begins as a result does, and is none.
    Problem(LineProblem),
    /// Nothing.
    Other,
}

/// A benchmark ran.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchResult<'a> {
    /// Its name without the word `Benchmark`.
    pub name: BenchName<'a>,
    /// How often its loop ran.
    pub iterations: i64,
    /// At least one.
    pub measurements: Vec<Measurement<'a>>,
}

/// A value as it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measurement<'a> {
    /// How much.
    pub value: f64,
    /// Of what, as it was written: `ns/op`.
    pub unit: &'a [u8],
}

/// What is known of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitLine<'a> {
    /// The unit, as it was written; `None` if it is missing.
    pub unit: Option<&'a [u8]>,
    /// Keys and their values; `None` for a field that is no `key=value`.
    pub settings: Vec<Option<(&'a [u8], &'a [u8])>>,
}

/// Why a line that begins as a result does is none, in the words of benchstat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineProblem {
    /// A name is all.
    #[error("missing iteration count")]
    NoIterations,
    /// The second field is no whole number.
    #[error("parsing iteration count: {0}")]
    Iterations(NumberError),
    /// There is no value.
    #[error("missing measurements")]
    NoMeasurements,
    /// A value is no number.
    #[error("parsing measurement: {0}")]
    Measurement(NumberError),
    /// The last value has no unit.
    #[error("missing units")]
    NoUnit,
}

/// Reads a line, which has no line feed at its end.
pub fn read_line(line: &[u8]) -> BenchLine<'_> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if let Some(rest) = line.strip_prefix(b"Benchmark") {
        return read_result(rest);
    }
    if line.first() == Some(&b'U')
        && let (b"Unit", rest) = split_field(line)
    {
        return BenchLine::Unit(read_unit(rest));
    }
    read_config(line)
}

/// Reads what follows the word `Benchmark`.
fn read_result(text: &[u8]) -> BenchLine<'_> {
    let (name, rest) = split_field(text);
    // `go test -v` prints the name alone where the benchmark starts.
    if name.len() == text.len() {
        return BenchLine::Other;
    }
    match read_measurements(rest) {
        Ok((iterations, measurements)) => {
            BenchLine::Result(BenchResult { name: BenchName(name), iterations, measurements })
        }
        Err(problem) => BenchLine::Problem(problem),
    }
}

/// Reads the numbers of a result whose name stands in a line before: a count at the beginning, a tab, values.
pub(super) fn read_torn(line: &[u8]) -> Option<BenchResult<'_>> {
    let digits = line.trim_ascii_start();
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (count > 0 && digits.get(count) == Some(&b'\t')).then_some(())?;
    let (iterations, measurements) = read_measurements(digits).ok()?;
    Some(BenchResult { name: BenchName(b""), iterations, measurements })
}

fn read_measurements(rest: &[u8]) -> Result<(i64, Vec<Measurement<'_>>), LineProblem> {
    let (field, mut rest) = split_field(rest);
    if field.is_empty() {
        return Err(LineProblem::NoIterations);
    }
    let iterations = parse_go_int(field).map_err(LineProblem::Iterations)?;
    let mut measurements = Vec::with_capacity(4);
    loop {
        let (field, later) = split_field(rest);
        if field.is_empty() {
            break;
        }
        let value = parse_go_float(field).map_err(LineProblem::Measurement)?;
        let (unit, later) = split_field(later);
        if unit.is_empty() {
            return Err(LineProblem::NoUnit);
        }
        measurements.push(Measurement { value, unit });
        rest = later;
    }
    if measurements.is_empty() { Err(LineProblem::NoMeasurements) } else { Ok((iterations, measurements)) }
}

/// Reads what follows the word `Unit`.
fn read_unit(rest: &[u8]) -> UnitLine<'_> {
    let (unit, mut rest) = split_field(rest);
    let mut settings = Vec::new();
    if unit.is_empty() {
        return UnitLine { unit: None, settings };
    }
    loop {
        let (field, later) = split_field(rest);
        if field.is_empty() {
            return UnitLine { unit: Some(unit), settings };
        }
        let equals = field.iter().position(|byte| *byte == b'=').filter(|at| *at > 0);
        settings.push(equals.map(|at| (&field[..at], &field[at + 1..])));
        rest = later;
    }
}

/// Reads `key: value`. The key begins with a small letter, and has neither capital letters nor white space.
fn read_config(line: &[u8]) -> BenchLine<'_> {
    let mut at = 0;
    loop {
        let Some((rune, length)) = first_rune(&line[at..]) else { return BenchLine::Other };
        if at == 0 && !rune.is_lowercase() || is_space(rune) || rune.is_uppercase() {
            return BenchLine::Other;
        }
        if at > 0 && rune == ':' {
            break;
        }
        at += length;
    }
    let (key, rest) = (&line[..at], &line[at + 1..]);
    let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    if blanks == 0 && !rest.is_empty() {
        return BenchLine::Other;
    }
    BenchLine::Config { key, value: &rest[blanks..] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match read_line(line.as_bytes()) {
            BenchLine::Result(result) => {
                let values = result.measurements.iter().map(|it| format!(" {}·{}", it.value, text(it.unit)));
                format!("{} ×{}{}", text(result.name.0), result.iterations, values.collect::<String>())
            }
            BenchLine::Unit(UnitLine { unit, settings }) => {
                let setting = |it: &Option<(&[u8], &[u8])>| {
                    it.map_or_else(
                        || " ?".to_owned(),
                        |(key, value)| format!(" {}={}", text(key), text(value)),
                    )
                };
                let settings: String = settings.iter().map(setting).collect();
                format!("unit {}{settings}", unit.map_or_else(|| "?".to_owned(), text))
            }
            BenchLine::Config { key, value } => format!("{} = {:?}", text(key), text(value)),
            BenchLine::Problem(problem) => problem.to_string(),
            BenchLine::Other => "-".to_owned(),
        }
    }

    #[test]
    fn lines_are_read_as_benchstat_reads_them() {
        let cases = [
            ("BenchmarkA/b=c-8 \t 10\t 5.5 ns/op\t 0 B/op\r", "A/b=c-8 ×10 5.5·ns/op 0·B/op"),
            ("Benchmarklower 1 2 x", "lower ×1 2·x"),
            ("Benchmark 1 2 x", " ×1 2·x"),
            ("BenchmarkA", "-"),
            ("BenchmarkA ", "missing iteration count"),
            ("BenchmarkA ten 5 ns/op", "parsing iteration count: invalid syntax"),
            ("BenchmarkA 99999999999999999999 5 ns/op", "parsing iteration count: value out of range"),
            ("BenchmarkA 10", "missing measurements"),
            ("BenchmarkA 10 5", "missing units"),
            ("BenchmarkA 10 5x ns/op", "parsing measurement: invalid syntax"),
            ("BenchmarkA 10 5 ns/op 6", "missing units"),
            ("Unit ns/op assume=exact better= =x y", "unit ns/op assume=exact better= ? ?"),
            ("Unit", "unit ?"),
            ("UnitX ns/op assume=exact", "-"),
            ("Unitary: no", "-"),
            ("goos: linux", "goos = \"linux\""),
            ("branch:\tmain ", "branch = \"main \""),
            ("commit:", "commit = \"\""),
            ("über: ja", "über = \"ja\""),
            ("a:b", "-"),
            ("aB: c", "-"),
            ("a b: c", "-"),
            (": x", "-"),
            ("PASS", "-"),
            (" BenchmarkA 1 2 x", "-"),
            ("", "-"),
        ];
        for (line, expected) in cases {
            assert_eq!(shown(line), expected, "{line:?}");
        }
    }
}
