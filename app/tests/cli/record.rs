//! `goscope record`: two commands in turn, folders that can be compared, and what happens when a command fails.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs goscope; exit code and what it said to who waits.
fn record(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_goscope")).arg("record").args(arguments).output();
    let output = output.expect("goscope starts");
    assert!(output.stdout.is_empty(), "standard output is nobody's");
    (output.status.code(), String::from_utf8(output.stderr).expect("text"))
}

/// The first columns of `runs.tsv`: run, side, order, samples.
fn rows(folder: &Path) -> Vec<String> {
    let log = fs::read_to_string(folder.join("runs.tsv")).expect("a log");
    log.lines().skip(1).map(|line| line.split('\t').take(4).collect::<Vec<_>>().join(" ")).collect()
}

/// A shell command that leaves a sample as the profile of the run.
fn copies(sample: &str) -> String {
    let sample = goscope_test_support::sample(sample);
    format!("cp '{}' \"$GOSCOPE_RUN/cpu.pb.gz\"; echo $GOSCOPE_RUN_NUMBER", sample.display())
}

#[test]
#[cfg(unix)]
fn sides_are_recorded_in_turn_each_run_in_a_folder_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let runs = folder.path().join("runs");
    let (base, head) = (copies("diff/base1.cpu.pb.gz"), copies("diff/head1.cpu.pb.gz"));
    let base = format!("{base}; echo 250 > \"$GOSCOPE_RUN/units\"");
    let per_run = "echo $GOSCOPE_SIDE >> \"$GOSCOPE_RUN/../sides\"";
    let output = runs.display().to_string();
    let (code, said) = record(&[
        "--runs",
        "3",
        "--base-cmd",
        &base,
        "--head-cmd",
        &head,
        "--per-run",
        per_run,
        "--output",
        &output,
    ]);
    assert_eq!(code, Some(0), "{said}");
    let [base_samples, head_samples] = ["diff/base1.cpu.pb.gz", "diff/head1.cpu.pb.gz"].map(samples_of);
    let expected = [
        format!("base-1 base 1 {base_samples}"),
        format!("head-1 head 2 {head_samples}"),
        format!("head-2 head 3 {head_samples}"),
        format!("base-2 base 4 {base_samples}"),
        format!("base-3 base 5 {base_samples}"),
        format!("head-3 head 6 {head_samples}"),
    ];
    assert_eq!(rows(&runs), expected);
    assert_eq!(fs::read_to_string(runs.join("base-3/stdout.txt")).expect("its output"), "3\n");
    assert_eq!(
        fs::read_to_string(runs.join("sides")).expect("sides"),
        "base\nhead\nhead\nbase\nbase\nhead\n"
    );
    assert!(said.contains("base-1: ") && said.contains(", 250 units"), "{said}");
    let next = format!("goscope diff --base {output}/base-*/cpu.pb.gz --head {output}/head-*/cpu.pb.gz\n");
    assert!(said.ends_with(&next), "{said}");
}

/// The samples of a profile, as its summary says.
fn samples_of(sample: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_goscope"))
        .args(["top", "--sample-index", "samples", "-n", "1"])
        .arg(goscope_test_support::sample(sample))
        .output()
        .expect("goscope starts");
    let text = String::from_utf8(output.stdout).expect("text");
    let total = text.split(" of ").nth(1).and_then(|rest| rest.split(' ').next());
    total.map(|total| total.trim_end_matches(',').to_owned()).unwrap_or_else(|| panic!("a total: {text}"))
}

#[test]
#[cfg(unix)]
fn what_is_complete_stays_when_a_command_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    let runs = folder.path().join("runs");
    let output = runs.display().to_string();
    let base = copies("diff/base1.cpu.pb.gz");
    let head = "echo first; echo 'panic: no such table' >&2; exit 7";
    let (code, said) = record(&["--base-cmd", &base, "--head-cmd", head, "--output", &output]);
    assert_eq!(code, Some(4));
    let said = said.lines().last().unwrap_or_default();
    let expected = format!(
        "goscope: --head-cmd, run 1 of head: exit status: 7: panic: no such table (all of it: {})",
        runs.canonicalize().expect("it is there").join("head-1/stderr.txt").display()
    );
    assert_eq!(said, expected);
    assert_eq!(rows(&runs).len(), 1, "the run of the base is complete");

    let (code, said) = record(&["--base-cmd", &base, "--head-cmd", head, "--output", &output]);
    assert_eq!(
        (code, said),
        (Some(2), format!("goscope: {output} is not empty; name a new folder with --output\n"))
    );
}

#[test]
#[cfg(unix)]
fn a_run_without_a_profile_is_said_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().display().to_string();
    // What is printed may look like stacks; only files of profiles count.
    let (code, said) = record(&["--base-cmd", "echo 'a;b 12'", "--head-cmd", "true", "--output", &output]);
    assert_eq!(code, Some(4));
    assert!(
        said.starts_with("goscope: base-1: the command has written no profile or trace to $GOSCOPE_RUN"),
        "{said}"
    );
}
