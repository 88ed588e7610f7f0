//! The two states of the code: the work tree as it is, and a commit in a work tree of its own that is removed again.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use goscope_remote::program::{ProgramError, output};
use tempfile::TempDir;

use crate::cli::failure::{Failure, warn};

/// A state of the code.
#[derive(Debug)]
pub(super) struct Side {
    /// `base` or `head`; `results` if there is one only.
    pub(super) name: &'static str,
    /// The folder in which packages are named.
    pub(super) folder: PathBuf,
}

/// A commit in a temporary folder. Whatever happens, git forgets it again when this is dropped.
#[derive(Debug)]
pub(super) struct WorkTree {
    repository: PathBuf,
    /// The work tree, in a folder of its own.
    path: PathBuf,
    /// What the user's folder is in it.
    pub(super) folder: PathBuf,
    _scratch: TempDir,
}

impl WorkTree {
    /// Checks a commit out, beside the user's own work tree.
    pub(super) fn add(reference: &str, folder: &Path) -> Result<Self, Failure> {
        let git = |words: &[&str]| {
            output("git", words, folder).map(|bytes| String::from_utf8_lossy(&bytes).trim_end().to_owned())
        };
        let top = git(&["rev-parse", "--show-toplevel"]).map_err(|error| match error {
            ProgramError::Failed { .. } => {
                let folder = folder.display();
                Failure::Input(anyhow!("--base {reference}: {folder} is in no git repository"))
            }
            error => Failure::Input(error.into()),
        })?;
        let prefix = git(&["rev-parse", "--show-prefix"]).map_err(|error| Failure::Input(error.into()))?;
        if reference.starts_with('-') {
            return Err(Failure::Usage(anyhow!("--base: {reference:?} is no name of a commit")));
        }
        let commit = format!("{reference}^{{commit}}");
        let commit = git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &commit]).map_err(|error| {
            match error {
                ProgramError::Failed { .. } => Failure::Input(anyhow!(
                    "--base {reference}: git knows no such commit, branch or tag here (in CI, fetch more history)"
                )),
                error => Failure::Input(error.into()),
            }
        })?;
        // `--end-of-options` is printed by some versions of git.
        let commit = commit.lines().last().unwrap_or_default().to_owned();
        let scratch = tempfile::Builder::new()
            .prefix("goscope-base-")
            .tempdir()
            .context("no temporary folder")
            .map_err(Failure::Usage)?;
        let path = scratch.path().join("tree");
        let path_text = path.to_string_lossy().into_owned();
        let tree = Self { repository: top.into(), folder: path.join(prefix), path, _scratch: scratch };
        // Hooks are for people who check out.
        let words =
            ["-c", "core.hooksPath=/dev/null", "worktree", "add", "--quiet", "--detach", &path_text, &commit];
        git(&words).map_err(|error| Failure::Input(error.into()))?;
        if !tree.folder.is_dir() {
            return Err(Failure::Input(anyhow!("--base {reference}: it has no folder {}", folder.display())));
        }
        Ok(tree)
    }
}

impl Drop for WorkTree {
    fn drop(&mut self) {
        let path = self.path.to_string_lossy().into_owned();
        let removed = output("git", &["worktree", "remove", "--force", "--force", &path], &self.repository);
        if removed.is_err() {
            // A folder that is gone is forgotten by this.
            let _ = fs::remove_dir_all(&self.path);
            if let Err(error) = output("git", &["worktree", "prune"], &self.repository) {
                warn(&[format!("{error}; `git worktree prune` forgets {path}")]);
            }
        }
    }
}
