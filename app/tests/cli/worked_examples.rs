//! What the worked examples in `docs/` print is what goscope prints.

use std::path::Path;
use std::process::Command;

use goscope_test_support::root;
use tempfile::TempDir;

/// A command of an example and what stands below it, if anything does.
struct Example {
    command: String,
    printed: Option<String>,
}

/// The `sh` blocks of a page, line by line; the `text` block behind one belongs to its last line.
fn examples(page: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    // Odd parts stand between a line of three backticks and the next.
    for block in page.split("\n```").skip(1).step_by(2) {
        let (language, text) = block.split_once('\n').unwrap_or_default();
        match language {
            "sh" => {
                let commands = text.lines().map(str::to_owned);
                examples.extend(commands.map(|command| Example { command, printed: None }));
            }
            "text" => {
                examples.last_mut().expect("a command before the text").printed = Some(text.to_owned());
            }
            _ => panic!("a block of {language}"),
        }
    }
    examples
}

/// Runs an example where it writes no file into the project and opens no window; it has to end with this exit code.
fn run(status: i32, command: &str, folder: &Path) -> String {
    let words: Vec<&str> = command.split_whitespace().collect();
    let ([program, arguments @ ..], true) = (words.as_slice(), words.len() > 1) else {
        panic!("no command: {command}")
    };
    assert_eq!(*program, "goscope", "examples run goscope only");
    let sample = |word: &str| match word.strip_prefix("samples/") {
        Some(_) => root().join(word).display().to_string(),
        None => word.trim_matches('\'').to_owned(),
    };
    let arguments = arguments.iter().map(|word| sample(word));
    let output = Command::new(env!("CARGO_BIN_EXE_goscope"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("goscope starts");
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{command}: {message}");
    String::from_utf8(output.stdout).expect("text")
}

/// Whether a text holds what is printed, in order, where a line `…` stands for any lines.
fn is_printed(actual: &str, printed: &str) -> bool {
    let mut rest: Vec<&str> = actual.lines().map(str::trim_end).collect();
    let mut may_skip = false;
    for line in printed.lines().map(str::trim_end) {
        if line == "…" {
            may_skip = true;
            continue;
        }
        let found = rest.iter().position(|actual| *actual == line);
        match found {
            Some(at) if at == 0 || may_skip => rest.drain(..=at),
            _ => return false,
        };
        may_skip = false;
    }
    may_skip || rest.is_empty()
}

/// Runs all examples of a page in one folder, and compares what they print; `status` is the exit code that a command shall end
/// with, `None` for one that is not run.
#[track_caller]
fn walk(page: &str, n_printed: usize, status: impl Fn(&str) -> Option<i32>) -> TempDir {
    let page = std::fs::read_to_string(root().join("docs").join(page)).expect("the page");
    let folder = tempfile::tempdir().expect("a folder");
    let examples = examples(&page);
    assert_eq!(examples.iter().filter(|example| example.printed.is_some()).count(), n_printed);
    for Example { command, printed } in &examples {
        let Some(status) = status(command) else { continue };
        let actual = run(status, command, folder.path());
        if let Some(printed) = printed {
            assert!(is_printed(&actual, printed), "{command} prints\n{actual}\nand not\n{printed}");
        }
    }
    folder
}

/// Whether the examples have written these files.
#[track_caller]
fn assert_written(folder: &TempDir, files: &[&str]) {
    for file in files {
        assert!(folder.path().join(file).exists(), "{file} is written");
    }
}

#[test]
fn the_walk_from_p99_to_the_lock_prints_what_it_says() {
    // The last command opens the window.
    let opens_window = |command: &str| command.split_whitespace().count() == 2;
    let folder = walk("slow-p99.md", 4, |command| (!opens_window(command)).then_some(0));
    assert_written(&folder, &["search.svg"]);
}

#[test]
fn answers_print_what_their_page_says() {
    walk("answers.md", 5, |_| Some(0));
}

#[test]
fn the_walk_from_a_schedule_to_the_dearer_version_prints_what_it_says() {
    assert_written(&walk("fleet.md", 6, |_| Some(0)), &["after.svg"]);
}

#[test]
fn tests_print_what_their_page_says() {
    // The run that is read has a flaky test, and the gate finds the slower benchmark.
    let finds = |command: &str| command.starts_with("goscope test ") || command.contains("--fail-on");
    let folder = walk("testing.md", 7, |command| Some(i32::from(finds(command))));
    assert_written(&folder, &["cover.html", "merged.out", "lcov.info", "cobertura.xml"]);
}

#[test]
fn conversions_print_what_their_page_says() {
    let folder = walk("formats.md", 2, |_| Some(0));
    assert_written(&folder, &["shop.perfetto", "shop.firefox.json", "cpu.firefox.json", "samples.csv"]);
}

#[test]
fn dumps_print_what_their_page_says() {
    walk("debugging.md", 6, |_| Some(0));
}

#[test]
fn lines_left_out_are_marked() {
    assert!(is_printed("a\nb\nc\n", "a\nb\nc"));
    assert!(is_printed("a\nb\nc\n", "…\nb\n…"));
    assert!(!is_printed("a\nb\nc\n", "a\nc"), "a line is missing");
    assert!(!is_printed("a\nb\nc\n", "a\nb"), "the end is missing");
    assert!(!is_printed("a\nb\n", "…\nx\n…"));
}
