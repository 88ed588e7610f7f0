//! `goscope capture --watch FOLDER`: names of files that a program writes by itself, a line each as they come.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::anyhow;

use super::super::failure::{Failure, say};
use super::super::output::OutputArgs;
use super::args::CaptureArgs;
use crate::capture::board::Board;
use crate::capture::watch::{Folder, LOOK_EVERY};

/// Waits for files until there are as many as wanted, or until it is ended; gives those that came.
pub(super) fn watch(args: &CaptureArgs, path: &Path, board: &Board) -> Result<Vec<PathBuf>, Failure> {
    let shown = goscope_parsers::printable(&path.display().to_string()).into_owned();
    let failed = |error: std::io::Error| Failure::Input(anyhow!("{shown}: {error}"));
    let mut folder = Folder::new(path, args.as_kind()?).map_err(failed)?;
    say(&format!("Waiting for new files in {shown}; Ctrl-C ends it"));
    let wanted = args.count.map(|count| count as usize);
    let (mut came, mut last): (Vec<PathBuf>, _) = (Vec::new(), Instant::now());
    while wanted.is_none_or(|wanted| came.len() < wanted) {
        if !board.wait(LOOK_EVERY) {
            break;
        }
        for file in folder.look().map_err(failed)? {
            let name = file.display().to_string();
            OutputArgs { output: None }.write_text(&format!("{}\n", goscope_parsers::printable(&name)))?;
            came.push(file);
            last = Instant::now();
        }
        if let Some(wait) = args.wait().filter(|wait| last.elapsed() > *wait) {
            return Err(Failure::Input(anyhow!("no new file came into {shown} within {} s", wait.as_secs())));
        }
    }
    Ok(came)
}
