//! Tests that need a process of their own: its memory, or a folder that files may come into.

use std::process::Command;

/// Set in the process that a test has for itself.
const INSIDE: &str = "GOSCOPE_TEST_ELSEWHERE";

/// Runs a test of this program, by its full name, in another process whose folder and home are temporary. False in that
/// process: there the test goes on.
pub(crate) fn has_run_elsewhere(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return false;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let program = std::env::current_exe().expect("this program");
    let mut process = Command::new(program);
    process.args([test, "--exact", "--nocapture"]).env(INSIDE, "1").env("HOME", folder.path());
    let output = process.current_dir(folder.path()).output().expect("it starts");
    let [out, error] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    assert!(out.contains("1 passed") && output.status.success(), "{out}\n{error}");
    true
}
