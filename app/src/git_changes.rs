//! What changed since a commit, by git's command line.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use goscope_analysis::coverage::{FileChange, parse_hunks};
use goscope_remote::program::{ProgramError, output};

/// Go files that changed, by their paths below the repository.
#[derive(Debug)]
pub struct Changes {
    /// The folder of the repository.
    pub root: PathBuf,
    /// The lines of each.
    pub files: BTreeMap<String, FileChange>,
}

/// Why there are no changes to be had, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GitError {
    /// What was asked for cannot be.
    Usage(String),
    /// Git cannot be asked, or does not know it.
    Input(String),
}

impl std::fmt::Display for GitError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Usage(sentence) | Self::Input(sentence) => f.write_str(sentence),
        }
    }
}

/// References that are offered, at most.
const MOST_REFERENCES: &str = "--count=20";

/// What the work tree may be compared with: the last commits, and branches by when they last changed.
pub fn references(folder: &Path) -> Vec<String> {
    let words = [
        "for-each-ref",
        MOST_REFERENCES,
        "--sort=-committerdate",
        "--format=%(refname:short)",
        "refs/heads",
        "refs/remotes",
    ];
    let branches = output("git", &words, folder).unwrap_or_default();
    let branches = String::from_utf8_lossy(&branches).lines().map(str::to_owned).collect::<Vec<_>>();
    ["HEAD", "HEAD~1"].map(str::to_owned).into_iter().chain(branches).collect()
}

/// The changes of the work tree since it left `reference`, with new files that git does not know yet.
///
/// # Errors
/// There is no repository, git does not know the reference, or there is no git.
pub fn changes(reference: &str, folder: &Path) -> Result<Changes, GitError> {
    let git = |words: &[&str]| {
        output("git", words, folder).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    };
    let root = git(&["rev-parse", "--show-toplevel"]).map_err(|error| input(&error))?;
    let root = PathBuf::from(root.trim_end_matches(['\n', '\r']));
    if reference.starts_with('-') {
        return Err(GitError::Usage(format!("{reference:?} is no name of a commit")));
    }
    let unresolved = |error: &ProgramError| match error {
        ProgramError::Failed { .. } => GitError::Input(format!(
            "git does not know where this change left {reference}; fetch more history (git fetch --unshallow, or \
             fetch-depth: 0 in CI)"
        )),
        error => input(error),
    };
    let base = git(&["merge-base", reference, "HEAD"]).map_err(|error| unresolved(&error))?;
    let words = [
        "diff",
        "-U0",
        "--no-color",
        "--no-ext-diff",
        "--src-prefix=a/",
        "--dst-prefix=b/",
        "-M",
        "--diff-filter=d",
        base.trim(),
        "--",
        ":(top)*.go",
    ];
    let mut files = parse_hunks(&git(&words).map_err(|error| input(&error))?);
    let words = ["ls-files", "--others", "--exclude-standard", "--full-name", "-z", "--", ":(top)*.go"];
    let new = git(&words).map_err(|error| input(&error))?;
    for path in new.split('\0').filter(|path| !path.is_empty()) {
        let n_lines = fs::read(root.join(path)).map_or(0, |text| text.split(|&byte| byte == b'\n').count());
        let last = u32::try_from(n_lines).unwrap_or(u32::MAX);
        files.insert(path.to_owned(), FileChange { ranges: vec![[1, last]] });
    }
    Ok(Changes { root, files })
}

fn input(error: &ProgramError) -> GitError {
    GitError::Input(error.to_string())
}
