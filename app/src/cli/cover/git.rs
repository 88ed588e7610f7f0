//! What changed since a commit, by git's command line.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use goscope_analysis::coverage::{FileChange, parse_hunks};
use goscope_remote::program::{ProgramError, output};

use crate::cli::failure::Failure;

/// Go files that changed, by their paths below the repository.
pub(super) struct Changes {
    /// The folder of the repository.
    pub(super) root: PathBuf,
    pub(super) files: BTreeMap<String, FileChange>,
}

/// The changes of the work tree since it left `reference`, with new files that git does not know yet.
pub(super) fn changes(reference: &str, folder: &Path) -> Result<Changes, Failure> {
    let git = |words: &[&str]| {
        output("git", words, folder).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    };
    let root = git(&["rev-parse", "--show-toplevel"]).map_err(|error| input(&error))?;
    let root = PathBuf::from(root.trim_end_matches(['\n', '\r']));
    if reference.starts_with('-') {
        return Err(Failure::Usage(anyhow!("{reference:?} is no name of a commit")));
    }
    let unresolved = |error: &ProgramError| match error {
        ProgramError::Failed { .. } => Failure::Input(anyhow!(
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

fn input(error: &ProgramError) -> Failure {
    Failure::Input(anyhow!("{error}"))
}
