//! From a report to the window: `-http`, and `web` at the prompt.

use std::env;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Command as Process, Stdio};

use goscope_parsers::pprof::{Profile, write_profile_gzip};

use super::flags::Inputs;
use super::outlet::new_file;
use super::settings::Mode;
use crate::cli::failure::Failure;
use crate::cli::open::open_window;
use crate::document::Source;
use crate::session::look::{Opened, Opening};

/// Opens the profile in the window; from the prompt in a process of its own, since the prompt goes on.
pub(super) fn open(profile: &Profile, inputs: &Inputs, mode: Mode) -> Result<(), Failure> {
    let file = file_to_open(profile, inputs)?;
    if mode == Mode::Once {
        let what = vec![Opened::Source(Source::File(file))];
        return open_window(Opening { what, look: None });
    }
    let failed = |error| Failure::from_write(error, "to a window");
    let program = env::current_exe().map_err(failed)?;
    let window =
        Process::new(program).arg("open").arg(file).stdin(Stdio::null()).stdout(Stdio::null()).spawn();
    window.map(|_| ()).map_err(failed)
}

/// The user's own file if there is only one; otherwise a new file with the combined profile.
fn file_to_open(profile: &Profile, inputs: &Inputs) -> Result<PathBuf, Failure> {
    if let ([source], []) = (&*inputs.sources, &*inputs.bases) {
        let path = PathBuf::from(source);
        if path.exists() {
            return Ok(path);
        }
    }
    let folder = env::var_os("PPROF_TMPDIR").map_or_else(env::temp_dir, PathBuf::from);
    let path = new_file(&folder, "goscope", "pb.gz")?;
    let failed = |error| Failure::from_write(error, &path.display().to_string());
    write_profile_gzip(profile, File::create(&path).map_err(failed)?).map_err(failed)?;
    Ok(path)
}
