//! The program as a script meets it: arguments in; text, JSON, one sentence, an exit code out.

use std::process::{Command, Output};

use serde_json::Value;

/// A file of `samples/` as an argument.
pub(crate) fn sample(name: &str) -> String {
    goscope_test_support::sample(name).display().to_string()
}

/// The sample trace with the latencies of tasks.
pub(crate) fn latency() -> String {
    sample("trace/latency-go1.27.trace")
}

pub(crate) fn goscope(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_goscope")).args(arguments).output().expect("goscope starts")
}

/// Standard output of a command that must succeed.
#[track_caller]
pub(crate) fn stdout(arguments: &[&str]) -> String {
    let output = goscope(arguments);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "goscope {arguments:?}: {message}");
    String::from_utf8(output.stdout).expect("text")
}

#[track_caller]
pub(crate) fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&stdout(arguments)).expect("JSON")
}

/// The one sentence on standard error of a command that must fail with `code` and print nothing else.
#[track_caller]
pub(crate) fn failure(code: i32, arguments: &[&str]) -> String {
    let output = goscope(arguments);
    let message = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(code), "goscope {arguments:?}: {message}");
    assert!(output.stdout.is_empty(), "nothing on standard output");
    message
}
