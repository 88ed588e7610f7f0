//! Files into profiles, with a progress bar on a terminal for what takes longer than half a second.

use std::borrow::Cow;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use anyhow::Context as _;
use goscope_parsers::pprof::{ParseOptions, Profile, parse_profile};
use goscope_parsers::{FileBytes, Progress, inflate_all};

use super::failure::Failure;

/// How long a file may take before a progress bar appears.
const QUIET: Duration = Duration::from_millis(500);

/// Options of every command that reads a file.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct InputArgs {
    /// Refuse compressed files that inflate to more than this many bytes
    #[arg(long, value_name = "BYTES", default_value_t = ParseOptions::default().max_inflated_bytes)]
    pub(super) max_inflated_bytes: u64,
}

impl InputArgs {
    /// Reads one profile.
    pub(super) fn profile(&self, path: &Path) -> Result<Profile, Failure> {
        self.read(path).with_context(|| path.display().to_string()).map_err(Failure::Input)
    }

    /// Reads several profiles.
    pub(super) fn profiles(&self, paths: &[PathBuf]) -> Result<Vec<Profile>, Failure> {
        paths.iter().map(|path| self.profile(path)).collect()
    }

    /// Opens a file without reading it.
    pub(super) fn open(&self, path: &Path) -> Result<FileBytes, Failure> {
        FileBytes::open(path).map_err(|error| Failure::from_parse(error, path))
    }

    /// The content of a file, without the compressed layer around it.
    pub(super) fn content<'a>(&self, path: &Path, file: &'a FileBytes) -> Result<Cow<'a, [u8]>, Failure> {
        inflate_all(file, self.max_inflated_bytes).map_err(|error| Failure::from_parse(error, path))
    }

    fn read(&self, path: &Path) -> anyhow::Result<Profile> {
        let bytes = FileBytes::open(path)?;
        let progress = Progress::new();
        let options = ParseOptions { max_inflated_bytes: self.max_inflated_bytes, progress: Some(&progress) };
        if !std::io::stderr().is_terminal() {
            return Ok(parse_profile(&bytes, &options)?);
        }
        std::thread::scope(|scope| {
            let (done, is_done) = mpsc::channel::<()>();
            let bar = &progress;
            scope.spawn(move || show_progress(bar, path, &is_done));
            let profile = parse_profile(&bytes, &options);
            drop(done);
            Ok(profile?)
        })
    }
}

/// Draws the bar until the other end of `is_done` is dropped, and wipes it.
fn show_progress(progress: &Progress, path: &Path, is_done: &mpsc::Receiver<()>) {
    let mut is_shown = false;
    let mut wait = QUIET;
    let mut err = std::io::stderr();
    while is_done.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
        // What cannot be drawn on a terminal is not worth failing for.
        let _ = write!(err, "\r\x1b[Kreading {} {:3.0} %", path.display(), progress.fraction() * 100.0);
        let _ = err.flush();
        is_shown = true;
        wait = Duration::from_millis(100);
    }
    if is_shown {
        let _ = write!(err, "\r\x1b[K");
    }
}
