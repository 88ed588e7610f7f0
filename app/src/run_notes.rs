//! What is known of runs beside their profiles: units of work above all, from a number, a table or what a benchmark printed.
//! Both faces read it here.
//!
//! | `--per` | is |
//! |---|---|
//! | `10000` | the units of every run |
//! | `runs.tsv` | a table with a header, of tabs or commas: a column `run`, which names a file or the folder it is in, and one of units |
//! | `bench.txt` | a file of this name beside each profile: a number, or what `go test -bench` printed |

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use goscope_analysis::verdict::{Fraction, RunContext};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::input_bytes::shown_name;

/// Columns that hold units of work, unless another one is named.
const UNIT_COLUMNS: [&str; 7] = ["units", "requests", "ops", "operations", "iterations", "items", "jobs"];

/// The table that `goscope record` writes into the folder of its runs.
const RECORDED: &str = "runs.tsv";

/// What `--per` was given.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Per {
    /// The same for all runs.
    Number(Fraction),
    /// A table, or the name of files beside the profiles.
    File(PathBuf),
}

/// Where it is noted what is known of runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RunNotes {
    /// Where their units of work are.
    pub per: Option<Per>,
    /// What a unit of work is called, if the user says so.
    pub unit: Option<String>,
    /// A table of what else is known.
    pub table: Option<PathBuf>,
}

/// Why notes on runs cannot be used, in one sentence.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NotesError {
    /// They are not what they should be.
    #[error("{0}")]
    Wrong(String),
    /// They cannot be read.
    #[error("{0}")]
    Unreadable(String),
}

impl FromStr for Per {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() && number > 0.0 => Ok(Self::Number(Fraction(number))),
            Ok(_) => Err("units of work are a number above 0".to_owned()),
            Err(_) => Ok(Self::File(PathBuf::from(text))),
        }
    }
}

/// What is known of all runs, and what a unit of work is called, in the singular.
#[derive(Clone, Debug)]
pub struct Known {
    /// What is known of each run.
    pub contexts: Vec<RunContext>,
    /// What a unit of work is called.
    pub unit: String,
}

impl RunNotes {
    /// Notes that nobody has named: a table of runs as `goscope record` writes it, in the folder of the first run or in
    /// one of the two above it.
    pub fn beside(paths: &[PathBuf]) -> Option<Self> {
        let folders = paths.first()?.ancestors().skip(1).take(3);
        let table = folders.map(|folder| folder.join(RECORDED)).find(|table| table.is_file())?;
        Some(Self { per: Some(Per::File(table)), ..Self::default() })
    }
}

/// What is known of the runs in these files.
///
/// # Errors
/// A table cannot be read, is none, or does not say of a run what it is asked.
pub fn known(paths: &[PathBuf], notes: &RunNotes) -> Result<Known, NotesError> {
    let unit = notes.unit.as_deref();
    let mut contexts: Vec<RunContext> =
        paths.iter().map(|path| RunContext { name: shown_name(path), ..RunContext::default() }).collect();
    if let Some(table) = &notes.table {
        RunTable::read(table)?.tell(paths, &mut contexts)?;
    }
    let name = |default: &str| unit.unwrap_or(default).to_owned();
    let unit = match &notes.per {
        None => name("unit"),
        Some(Per::Number(Fraction(number))) => {
            contexts.iter_mut().for_each(|context| context.units = Some(*number));
            name("unit")
        }
        Some(Per::File(file)) if is_beside(paths, file) => {
            for (context, path) in contexts.iter_mut().zip(paths) {
                context.units = Some(units_beside(path, file)?);
            }
            name("op")
        }
        Some(Per::File(file)) => {
            let table = RunTable::read(file)?;
            let column = table.unit_column(unit)?;
            table.tell(paths, &mut contexts)?;
            for (context, path) in contexts.iter_mut().zip(paths) {
                context.units = Some(table.number(path, column)?);
            }
            let title = &table.titles[column];
            title.strip_suffix('s').unwrap_or(title).to_owned()
        }
    };
    Ok(Known { contexts, unit })
}

const fn usage(sentence: String) -> NotesError {
    NotesError::Wrong(sentence)
}

fn read(path: &Path) -> Result<String, NotesError> {
    fs::read_to_string(path).map_err(|error| NotesError::Unreadable(format!("{}: {error}", shown_name(path))))
}

/// The file of this name beside a profile.
fn beside(path: &Path, file: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).join(file)
}

/// Whether a file of this name is meant that lies beside each profile, and not one table for all: it is not the same file
/// for all profiles, or it is no table.
fn is_beside(paths: &[PathBuf], file: &Path) -> bool {
    let files: Vec<PathBuf> = paths.iter().map(|path| beside(path, file)).collect();
    let is_one = files.iter().all(|other| *other == files[0]);
    file.is_relative() && files.iter().all(|file| file.is_file()) && !is_one
}

/// The units of work in a file beside a profile.
fn units_beside(profile: &Path, file: &Path) -> Result<f64, NotesError> {
    let path = beside(profile, file);
    let text = read(&path)?;
    let number = text.trim().parse().ok().or_else(|| iterations(&text));
    number.filter(|number| *number > 0.0 && f64::is_finite(*number)).ok_or_else(|| {
        let path = shown_name(&path);
        usage(format!(
            "{path} holds neither a number of units nor the output of one benchmark of go test -bench"
        ))
    })
}

/// The iterations of the one benchmark that was run, of all times it was.
fn iterations(text: &str) -> Option<f64> {
    let mut name = None;
    let mut sum = None;
    for line in text.lines().filter(|line| line.starts_with("Benchmark")) {
        let mut words = line.split_whitespace();
        let (benchmark, count) = (words.next()?, words.next());
        // A name alone is the beginning of a line that a log interrupted.
        let Some(count) = count.and_then(|count| count.parse::<u64>().ok()) else { continue };
        if name.is_some_and(|name| name != benchmark) {
            return None;
        }
        name = Some(benchmark);
        sum = Some(sum.unwrap_or(0.0) + count as f64);
    }
    sum
}

/// A table with a row for each run.
struct RunTable {
    file: String,
    titles: Vec<String>,
    rows: Vec<Vec<String>>,
    run: usize,
}

impl RunTable {
    fn read(path: &Path) -> Result<Self, NotesError> {
        let text = read(path)?;
        let file = shown_name(path);
        let header = text.lines().next().unwrap_or_default();
        let separator = if header.contains('\t') { b'\t' } else { b',' };
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator)
            .comment(Some(b'#'))
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let broken = |error: csv::Error| usage(format!("{file} is no table: {error}"));
        let titles: Vec<String> = reader.headers().map_err(broken)?.iter().map(str::to_owned).collect();
        let mut rows = Vec::new();
        for row in reader.records() {
            rows.push(row.map_err(broken)?.iter().map(str::to_owned).collect());
        }
        let run = titles.iter().position(|title| title == "run").ok_or_else(|| {
            usage(format!(
                "{file} has no column \"run\": a table of runs begins with a line such as run,requests"
            ))
        })?;
        Ok(Self { file, titles, rows, run })
    }

    /// The column of units: the one that was named, in the singular or plural, or one that is called as such are.
    fn unit_column(&self, unit: Option<&str>) -> Result<usize, NotesError> {
        let position = |wanted: &str| self.titles.iter().position(|title| title == wanted);
        let found = match unit {
            Some(unit) => position(unit).or_else(|| position(&format!("{unit}s"))),
            None => UNIT_COLUMNS.iter().find_map(|title| position(title)),
        };
        found.ok_or_else(|| {
            let (file, titles) = (&self.file, self.titles.join(", "));
            usage(match unit {
                Some(unit) => format!("{file} has no column \"{unit}\", but {titles}"),
                None => format!("which column of {file} holds units of work? Name it with --unit: {titles}"),
            })
        })
    }

    /// Tells what the table knows besides units of work. An empty field is not known.
    fn tell(&self, paths: &[PathBuf], contexts: &mut [RunContext]) -> Result<(), NotesError> {
        let column = |wanted: &str| self.titles.iter().position(|title| title == wanted);
        // `goscope record` calls it by the other name.
        let cpu_seconds = column("cpu_seconds").or_else(|| column("cpu_s"));
        for (context, path) in contexts.iter_mut().zip(paths) {
            if let Some(column) = self.filled(path, cpu_seconds)? {
                context.cpu_seconds = Some(self.number(path, column)?);
            }
            if let Some(column) = self.filled(path, column("gomaxprocs"))? {
                context.gomaxprocs = Some(self.number(path, column)? as u32);
            }
            if let Some(column) = self.filled(path, column("go_version"))? {
                context.go_version = Some(self.row(path)?[column].clone());
            }
        }
        Ok(())
    }

    /// The column, if there is one and the run's field in it is not empty.
    fn filled(&self, path: &Path, column: Option<usize>) -> Result<Option<usize>, NotesError> {
        let Some(column) = column else { return Ok(None) };
        Ok((!self.row(path)?[column].is_empty()).then_some(column))
    }

    fn number(&self, path: &Path, column: usize) -> Result<f64, NotesError> {
        let cell = &self.row(path)?[column];
        cell.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0).ok_or_else(|| {
            let (file, title, path) = (&self.file, &self.titles[column], shown_name(path));
            usage(format!("{file}: \"{cell}\" in column {title} of {path} is no number above 0"))
        })
    }

    /// The row of a run: it names the file, as it was given or from any folder on, or without endings, or its folder.
    fn row(&self, path: &Path) -> Result<&[String], NotesError> {
        for name in names(path) {
            let mut rows = self.rows.iter().filter(|row| row[self.run] == name);
            if let Some(row) = rows.next() {
                return match rows.next() {
                    None => Ok(row),
                    Some(_) => Err(usage(format!("{} has more than one row for \"{name}\"", self.file))),
                };
            }
        }
        Err(usage(format!("{} has no row for {}", self.file, shown_name(path))))
    }
}

/// What a run in this file may be called, the most exact name first.
fn names(path: &Path) -> Vec<String> {
    let parts: Vec<String> =
        path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    let mut names = vec![shown_name(path)];
    names.extend((0..parts.len()).map(|from| parts[from..].join("/")));
    if let Some(file) = parts.last() {
        names.extend(file.split('.').next().map(str::to_owned));
    }
    if let Some(folder) = parts.len().checked_sub(2) {
        names.push(parts[folder].clone());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iterations_are_those_of_one_benchmark() {
        let text = "goos: linux\nBenchmarkParse-8\t1000\t12 ns/op\nBenchmarkParse-8\t2000\t12 ns/op\nPASS\n";
        assert_eq!(iterations(text), Some(3000.0));
        assert_eq!(iterations("BenchmarkA 5 1 ns/op\nBenchmarkB 5 1 ns/op"), None, "two of them");
        assert_eq!(iterations("PASS"), None);
    }

    #[test]
    fn a_run_is_called_by_its_file_or_its_folder() {
        assert_eq!(
            names(Path::new("out/base-1/cpu.pb.gz")),
            [
                "out/base-1/cpu.pb.gz",
                "out/base-1/cpu.pb.gz",
                "base-1/cpu.pb.gz",
                "cpu.pb.gz",
                "cpu",
                "base-1"
            ]
        );
    }
}
