//! Go's debugger `dlv`, of one version, installed below `target/` where it is kept between runs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::{Need, has_programs, is_live, root, skip};

/// The version that tests talk to.
const VERSION: &str = "1.27.2";

/// The program `dlv`. Where it is not there yet, Go fetches its source and compiles it, which takes a minute. `None`, said
/// aloud, where Go's tools are not to be run or not there.
///
/// # Panics
///
/// If it can be neither found nor installed, and `GOSCOPE_REQUIRE` names Go.
#[must_use]
#[track_caller]
pub fn dlv() -> Option<&'static Path> {
    static INSTALLED: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    if !is_live() {
        skip(Need::Go, "GOSCOPE_LIVE=1 debugs live programs");
        return None;
    }
    if !has_programs(Need::Go, &["go"]) {
        return None;
    }
    match INSTALLED.get_or_init(install) {
        Ok(path) => Some(path),
        Err(reason) => {
            skip(Need::Go, reason);
            None
        }
    }
}

fn install() -> Result<PathBuf, String> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let folder = target.join(format!("dlv-{VERSION}"));
    let path = folder.join(if cfg!(windows) { "dlv.exe" } else { "dlv" });
    if path.is_file() {
        return Ok(path);
    }
    let module = format!("github.com/go-delve/delve/cmd/dlv@v{VERSION}");
    let mut go = Command::new("go");
    let output = go.args(["install", &module]).env("GOBIN", &folder).current_dir(root()).output();
    let output = output.map_err(|error| format!("go does not start: {error}"))?;
    if output.status.success() && path.is_file() {
        return Ok(path);
    }
    Err(format!("go install {module} failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
}
