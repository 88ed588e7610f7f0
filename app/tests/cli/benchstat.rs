//! `goscope benchstat` prints benchstat's bytes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use goscope_test_support::{Need, corpus, skip};

use crate::program::failure;

/// A row of the corpus: what is called, and what benchstat of x/perf v0.0.0-20260908200009 printed.
struct Row {
    id: String,
    arguments: Vec<String>,
    stdout: Option<PathBuf>,
    stderr: Option<PathBuf>,
}

/// Splits a line as a shell does: words, with single or double quotes around some.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut is_word) = (Vec::new(), String::new(), None, false);
    for rune in line.chars() {
        match (quote, rune) {
            (None, '\'' | '"') => (quote, is_word) = (Some(rune), true),
            (Some(open), close) if open == close => quote = None,
            (None, ' ') => {
                if std::mem::take(&mut is_word) {
                    words.push(std::mem::take(&mut word));
                }
            }
            _ => (word, is_word) = (word + &rune.to_string(), true),
        }
    }
    words.extend(is_word.then_some(word));
    words
}

fn rows(folder: &Path) -> Vec<Row> {
    let index = fs::read_to_string(folder.join("index.tsv")).expect("the index");
    let file = |name: &str| (name != "-").then(|| folder.join(name));
    let row = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [id, arguments, files, stdout, stderr, ..] = fields[..] else { panic!("{line:?} is a row") };
        let arguments = if arguments == "-" { "" } else { arguments };
        let arguments = words(arguments).into_iter().chain(words(files)).collect();
        Row { id: id.to_owned(), arguments, stdout: file(stdout), stderr: file(stderr) }
    };
    index.lines().skip(1).map(row).collect()
}

#[test]
fn tables_and_warnings_are_those_of_benchstat() {
    let Some(folder) = corpus("testing/bench") else { return skip(Need::Corpus, "benchmarks") };
    let rows = rows(&folder);
    assert!(rows.len() > 100, "the corpus is there");
    let read = |file: &Option<PathBuf>| {
        file.as_ref().map_or_else(Vec::new, |file| fs::read(file).expect("a golden file"))
    };
    for row in rows {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goscope"));
        let output = command
            .arg("benchstat")
            .args(&row.arguments)
            .current_dir(&folder)
            .output()
            .expect("goscope starts");
        let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let place = format!("{}: {:?}", row.id, row.arguments);
        assert_eq!(shown(&output.stdout), shown(&read(&row.stdout)), "{place}");
        // The words for a pattern that is wrong are those of another engine.
        let expected = shown(&read(&row.stderr));
        if !expected.contains("error parsing regexp") {
            assert_eq!(shown(&output.stderr), expected, "{place}");
        }
        let is_failure = expected.lines().any(|line| line.starts_with("benchstat: "));
        assert_eq!(output.status.success(), !is_failure, "{place}");
    }
}

#[test]
fn what_is_wrong_ends_with_a_code_of_its_own() {
    assert_eq!(
        failure(2, &["benchstat", "-filter", "a:", "x"]),
        "benchstat: parsing -filter: syntax error: expected key:value\n\ta:\n\t^\n"
    );
    assert_eq!(failure(2, &["benchstat", "-alpha", "2", "x"]), "benchstat: -alpha must be in range [0, 1]\n");
    assert_eq!(
        failure(3, &["benchstat", "no-such-file"]),
        "benchstat: open no-such-file: no such file or directory\n"
    );
    assert!(failure(2, &["benchstat"]).starts_with("Usage: goscope benchstat"));
    assert!(
        failure(2, &["benchstat", "-nosuch"]).starts_with("flag provided but not defined: -nosuch\nUsage")
    );
}
