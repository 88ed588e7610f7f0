//! The writers of test results: text for people, JSON for scripts, JUnit's XML for CI systems.

pub mod json;
pub mod junit;
pub mod text;

use goscope_analysis::test_results::{PackageRun, TestCase};

use crate::text::shell_word;

/// The command that runs a test again: each part of its name by itself, with what a pattern would take for its own escaped.
pub fn rerun_command(package: &PackageRun, test: &TestCase) -> String {
    let parts: Vec<String> = test.name.split('/').map(|part| format!("^{}$", regex::escape(part))).collect();
    let flag = if test.is_benchmark() { "-run '^$' -bench" } else { "-run" };
    format!("go test {flag} {} {}", shell_word(&parts.join("/")), shell_word(&package.path))
}
