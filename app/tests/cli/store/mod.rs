//! `goscope store` and `goscope query` from outside, and stores as inputs of reports.

mod inputs;
mod killed;

use std::path::Path;
use std::process::{Command, Output};

use goscope_test_support::sample;

/// Runs goscope in a folder.
fn goscope(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_goscope"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("goscope starts")
}

/// What a command prints that must succeed.
#[track_caller]
fn printed(folder: &Path, arguments: &[&str]) -> String {
    let output = goscope(folder, arguments);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {message}");
    String::from_utf8(output.stdout).expect("text")
}

/// The exit code and the sentence of a command.
fn said(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = goscope(folder, arguments);
    (output.status.code(), String::from_utf8_lossy(&output.stderr).trim_end().to_owned())
}

/// The runs of the shop before and after a change, as two versions.
fn shop(folder: &Path) {
    for version in ["base", "head"] {
        let files = (1..=3).flat_map(|run| {
            ["cpu", "heap"]
                .map(|kind| sample(&format!("diff/{version}{run}.{kind}.pb.gz")).display().to_string())
        });
        let files: Vec<String> = files.collect();
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let version = format!("version={version}");
        let labels = ["--label", "service=shop", "--label", &version];
        let said = printed(folder, &[&["store", "add", "profiles"], &*files, &labels].concat());
        assert_eq!(said, "6 profiles added\n");
    }
}
