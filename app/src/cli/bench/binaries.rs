//! Packages and their test binaries, one for each side.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use goscope_remote::running::{Finished, run_unless};

use super::side::Side;
use super::stopped::{STOPPED, Stop};
use crate::cli::failure::Failure;

/// Lines of the compiler that are shown, at most.
const MOST_LINES: usize = 20;

/// A package with tests.
#[derive(Clone, Debug)]
pub(super) struct Package {
    pub(super) path: String,
    /// Where its tests run: they read files below it.
    pub(super) folder: PathBuf,
}

/// A test binary.
#[derive(Clone, Debug)]
pub(super) struct Binary {
    pub(super) program: PathBuf,
    pub(super) folder: PathBuf,
}

/// Runs a program to its end; a user who stops it stops all.
pub(super) fn run(name: &OsStr, words: &[OsString], folder: &Path, stop: &Stop) -> Result<Finished, Failure> {
    match run_unless(name, words, folder, &mut || stop.is_set()) {
        // Ctrl-C in a terminal ends the program as well, and it may be first.
        Ok(Some(finished)) if finished.status != Some(0) && stop.is_set_soon() => Err(Failure::Gate(STOPPED)),
        Ok(Some(finished)) => Ok(finished),
        Ok(None) => Err(Failure::Gate(STOPPED)),
        Err(error) => Err(Failure::Input(error.into())),
    }
}

/// The packages of a side that have tests. Those that it does not have are left out if `may_miss`.
pub(super) fn packages(
    side: &Side,
    names: &[String],
    may_miss: bool,
    stop: &Stop,
) -> Result<Vec<Package>, Failure> {
    const FORMAT: &str = "{{.ImportPath}}\t{{.Dir}}\t{{len .TestGoFiles}}\t{{len .XTestGoFiles}}";
    let mut words: Vec<OsString> = vec!["list".into()];
    if may_miss {
        words.push("-e".into());
    }
    words.extend(["-f".into(), FORMAT.into(), "--".into()]);
    words.extend(names.iter().map(OsString::from));
    let listed = run(OsStr::new("go"), &words, &side.folder, stop)?;
    if listed.status != Some(0) && !may_miss {
        return Err(Failure::Input(anyhow!("go list: {}", first_lines(&listed.said))));
    }
    let text = String::from_utf8_lossy(&listed.printed).into_owned();
    let package = |line: &str| {
        let [path, folder, tests, outside] = line.split('\t').collect::<Vec<_>>()[..] else { return None };
        let has_tests = tests != "0" || outside != "0";
        (has_tests && !folder.is_empty()).then(|| Package { path: path.to_owned(), folder: folder.into() })
    };
    Ok(text.lines().filter_map(package).collect())
}

/// Builds the test binary of a package.
pub(super) fn build(
    side: &Side,
    package: &Package,
    flags: &[String],
    to: PathBuf,
    stop: &Stop,
) -> Result<Binary, Failure> {
    let mut words: Vec<OsString> = vec!["test".into(), "-c".into(), "-o".into(), to.clone().into()];
    words.extend(flags.iter().map(OsString::from));
    words.push(OsString::from(&package.path));
    let built = run(OsStr::new("go"), &words, &side.folder, stop)?;
    if built.status != Some(0) {
        let said = format!("{}{}", built.said, String::from_utf8_lossy(&built.printed));
        let (name, path) = (side.name, &package.path);
        return Err(Failure::Input(anyhow!("{name}: {path} does not build:\n{}", first_lines(&said))));
    }
    Ok(Binary { program: to, folder: package.folder.clone() })
}

fn first_lines(said: &str) -> String {
    let mut lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    if lines.is_empty() {
        return "it said nothing".to_owned();
    }
    if lines.len() > MOST_LINES {
        lines.truncate(MOST_LINES);
        lines.push("…");
    }
    lines.join("\n")
}
