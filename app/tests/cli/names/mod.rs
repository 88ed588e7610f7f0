//! Names are not trusted: functions, files, labels, tasks, tests. One list of nasty ones goes through every output, and each
//! output is read as its readers read it.

mod checks;
pub(crate) mod commands;
pub(crate) mod inputs;
mod typed;

use std::path::Path;
use std::process::{Command, Output};

use goscope_test_support::nasty;
use tempfile::TempDir;

use commands::{Kind, LINES};

pub(crate) fn output_in(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_goscope"));
    command.args(words).current_dir(folder).output().expect("goscope starts")
}

/// What a command prints; it must not fail for any reason but what it found.
fn run_in(folder: &Path, words: &[&str]) -> Output {
    let output = output_in(folder, words);
    let code = output.status.code();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(code, Some(0 | 1 | 4)), "goscope {words:?}: exit {code:?}: {said}");
    output
}

/// The words of a line, with the runs of a side for `BASE` and `HEAD`.
pub(crate) fn words_of(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in line.split(' ') {
        match word {
            "BASE" | "HEAD" => {
                let side = word.to_lowercase();
                words.extend((0..inputs::N_RUNS).map(|run| format!("{side}{run}.pb.gz")));
            }
            word => words.push(word.to_owned()),
        }
    }
    words
}

#[test]
fn no_name_breaks_out_of_any_output() {
    let folder = TempDir::new().expect("a folder");
    inputs::write_inputs(folder.path());
    let mut faults = Vec::new();
    for (kind, line) in LINES {
        let words = words_of(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let output = output_in(folder.path(), &words);
        let mut found = Vec::new();
        if !matches!(output.status.code(), Some(0 | 1 | 4)) {
            let said = String::from_utf8_lossy(&output.stderr);
            found.push(format!("exit {:?}: {said:?}", output.status.code()));
        }
        found.extend(checks::terminal(&output.stderr).into_iter().map(|fault| format!("stderr: {fault}")));
        if !output.stdout.is_empty() {
            found.extend(check(*kind, &output.stdout, folder.path()));
        }
        // Where there is nothing to say of the data, standard error says so.
        if output.stdout.is_empty() && output.status.code() != Some(4) {
            found.push("nothing is printed".to_owned());
        }
        faults.extend(found.into_iter().map(|fault| format!("goscope {line}: {fault}")));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert!(!folder.path().join(nasty::INJECTED).exists(), "a name was run");
}

fn check(kind: Kind, bytes: &[u8], folder: &Path) -> Vec<String> {
    match kind {
        Kind::Terminal => checks::terminal(bytes),
        Kind::Comments => checks::lines_of_text(bytes),
        Kind::Json => checks::json(bytes),
        Kind::JsonLines => bytes
            .split(|&byte| byte == b'\n')
            .filter(|line| !line.is_empty())
            .flat_map(checks::json)
            .collect(),
        Kind::Html => checks::html(bytes),
        Kind::Svg => checks::svg(bytes),
        Kind::Markdown => checks::markdown(bytes),
        Kind::Xml => checks::xml(bytes),
        Kind::Csv => checks::csv(bytes),
        Kind::Dot => checks::dot(bytes),
        Kind::Lines => checks::lines(bytes),
        Kind::Readable => read_back(bytes, folder),
        Kind::Bytes => Vec::new(),
    }
}

/// What goscope wrote is read by it again.
fn read_back(bytes: &[u8], folder: &Path) -> Vec<String> {
    std::fs::write(folder.join("again"), bytes).expect("a file is written");
    let output = output_in(folder, &["info", "again"]);
    match output.status.code() {
        Some(0) => Vec::new(),
        code => vec![format!("is not read again: {code:?}: {}", String::from_utf8_lossy(&output.stderr))],
    }
}
