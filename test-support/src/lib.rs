//! What the tests of all crates need from outside the project: samples, the corpus, Go's own tools, a browser, a display.
//!
//! What is not there is skipped, and a skip is seen: one line `skipped: TEST: REASON` on standard error, which the test
//! harness neither swallows nor sorts away, so that lines can be counted. `GOSCOPE_REQUIRE=go,corpus,browser,display,python` turns the
//! skip of what it names into a failure.
//!
//! | variable | meaning |
//! |---|---|
//! | `GOSCOPE_CORPUS=FOLDER` | where the corpus is; without it `../shared/corpus` beside the project |
//! | `GOSCOPE_LIVE=1` | run Go's own tools and compare with what they print now, besides the golden files |
//! | `GOSCOPE_PYTHON=PROGRAM` | the interpreter whose packages read what is written for other tools; `python3` without it |
//! | `GOSCOPE_REQUIRE=LIST` | what must be there |

mod delve;
pub mod made;
pub mod nasty;
mod random;
mod usage;
pub mod wire;

pub use delve::dlv;
pub use random::Random;
pub use usage::{LongRun, Usage};

use std::collections::BTreeSet;
use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

/// What a test may need that is no part of the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Go's own tools, run live.
    Go,
    /// The folder of real and broken inputs.
    Corpus,
    /// Chromium, which shows pages without a display.
    Browser,
    /// A virtual display with the programs that press its keys and take its pictures.
    Display,
    /// A Python with the readers of other tools.
    Python,
    /// Viewers of other tools, which node and a browser run.
    Viewers,
}

impl Need {
    const ALL: [Self; 6] =
        [Self::Go, Self::Corpus, Self::Browser, Self::Display, Self::Python, Self::Viewers];

    fn word(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::Corpus => "corpus",
            Self::Browser => "browser",
            Self::Display => "display",
            Self::Python => "python",
            Self::Viewers => "viewers",
        }
    }
}

/// A word of `GOSCOPE_REQUIRE` that names nothing.
#[derive(Debug, PartialEq, Eq)]
struct UnknownNeed(String);

impl fmt::Display for UnknownNeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GOSCOPE_REQUIRE knows go, corpus, browser, display, python and viewers, not {:?}", self.0)
    }
}

/// Whether a list like `go,corpus` names a need.
fn is_named(list: &str, need: Need) -> Result<bool, UnknownNeed> {
    let words = list.split(',').map(str::trim).filter(|word| !word.is_empty());
    let mut found = false;
    for word in words {
        if !Need::ALL.iter().any(|need| need.word() == word) {
            return Err(UnknownNeed(word.to_owned()));
        }
        found |= word == need.word();
    }
    Ok(found)
}

/// Says that the running test leaves something out; once for each test and reason.
///
/// # Panics
///
/// If `GOSCOPE_REQUIRE` names the need.
#[track_caller]
pub fn skip(need: Need, reason: impl fmt::Display) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let required = std::env::var("GOSCOPE_REQUIRE").unwrap_or_default();
    let is_required = is_named(&required, need).unwrap_or_else(|error| panic!("{error}"));
    assert!(!is_required, "GOSCOPE_REQUIRE names {}, but {reason}", need.word());
    let thread = std::thread::current();
    // The harness names the thread of a test after the test.
    let line = format!("skipped: {}: {reason}\n", thread.name().unwrap_or("a thread of a test"));
    if SAID.lock().unwrap_or_else(PoisonError::into_inner).insert(line.clone()) {
        // The harness keeps what `eprint!` prints and shows it for failed tests only; it does not see this. If standard
        // error is closed, nobody reads it.
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
}

/// The folder of the whole project.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate has a folder above it").to_owned()
}

/// A file or folder below `samples/`.
#[must_use]
pub fn sample(name: &str) -> PathBuf {
    root().join("samples").join(name)
}

/// A file or folder of the corpus; `None`, said aloud, where it is not.
#[must_use]
#[track_caller]
pub fn corpus(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("GOSCOPE_CORPUS")
        .map_or_else(|| root().join("../shared/corpus"), PathBuf::from)
        .join(name);
    if folder.exists() {
        return Some(folder);
    }
    skip(Need::Corpus, format_args!("there is no {}", folder.display()));
    None
}

/// All files below a folder, or the file itself, whose names end in one of `endings`, sorted.
///
/// # Panics
///
/// If the folder is not there or cannot be listed: a test that looks at nothing must not pass.
#[must_use]
pub fn files_below(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries =
            std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries {
            let path = entry.unwrap_or_else(|error| panic!("{}: {error}", folder.display())).path();
            if path.is_dir() {
                folders.push(path);
            } else if endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Whether tests run Go's own tools: `GOSCOPE_LIVE=1`, or `GOSCOPE_BLESS`, which renews what they said.
#[must_use]
pub fn is_live() -> bool {
    std::env::var_os("GOSCOPE_LIVE").is_some_and(|value| value == "1")
        || std::env::var_os("GOSCOPE_BLESS").is_some()
}

/// The program behind `go tool NAME`, to be run by itself: through `go tool` it costs ten times as much as most reports.
/// `None`, said aloud, where Go's tools are not to be run or not there.
#[must_use]
#[track_caller]
pub fn go_tool(name: GoTool) -> Option<&'static Path> {
    static PPROF: OnceLock<Option<PathBuf>> = OnceLock::new();
    static TRACE: OnceLock<Option<PathBuf>> = OnceLock::new();
    if !is_live() {
        skip(Need::Go, "GOSCOPE_LIVE=1 compares with Go's own tool");
        return None;
    }
    let found = match name {
        GoTool::Pprof => PPROF.get_or_init(|| find_go_tool("pprof")),
        GoTool::Trace => TRACE.get_or_init(|| find_go_tool("trace")),
    };
    if found.is_none() {
        skip(Need::Go, "there is no `go` on the PATH");
    }
    found.as_deref()
}

/// Go's tools that goscope is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoTool {
    /// `go tool pprof`
    Pprof,
    /// `go tool trace`
    Trace,
}

fn find_go_tool(name: &str) -> Option<PathBuf> {
    // Go builds its tools when they are first run, and says where they are only then.
    let run = Command::new("go").args(["tool", name, "-h"]).output().ok()?;
    let output = Command::new("go").args(["tool", "-n", name]).output().ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    (run.status.code().is_some() && path.is_file()).then_some(path)
}

/// Whether all programs that a test needs are on the PATH; says which are not.
#[must_use]
#[track_caller]
pub fn has_programs(need: Need, programs: &[&str]) -> bool {
    let is_there = |program: &&&str| {
        let command = format!("command -v {program}");
        let found = Command::new("sh").args(["-c", &command]).stdout(Stdio::null()).status();
        found.is_ok_and(|status| status.success())
    };
    let missing: Vec<&&str> = programs.iter().filter(|program| !is_there(program)).collect();
    if !missing.is_empty() {
        skip(need, format_args!("there is no {missing:?}"));
    }
    missing.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_need_is_required_where_the_list_names_it() {
        assert_eq!(is_named("", Need::Go), Ok(false));
        assert_eq!(is_named("corpus", Need::Go), Ok(false));
        assert_eq!(is_named("go,corpus, display", Need::Display), Ok(true));
    }

    #[test]
    fn a_list_with_a_slip_of_the_pen_is_refused() {
        assert_eq!(is_named("go,corpsu", Need::Go), Err(UnknownNeed("corpsu".to_owned())));
    }

    #[test]
    fn the_root_is_where_the_samples_are() {
        assert!(root().join("Cargo.lock").is_file());
        assert!(!files_below(&sample("pprof"), &[".pb.gz"]).is_empty());
    }

    #[test]
    fn a_folder_that_is_not_there_is_no_empty_folder() {
        assert!(std::panic::catch_unwind(|| files_below(&sample("nowhere"), &[""])).is_err());
    }
}
