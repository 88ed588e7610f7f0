//! The profiles of several programs as one, as pprof adds them up.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use goscope_analysis::profile::info::profile_info;
use goscope_analysis::profile::merge::merge;
use goscope_parsers::FileBytes;
use goscope_parsers::pprof::{ParseOptions, parse_with_warnings, write_profile_gzip};
use goscope_remote::PartFile;

/// The merged profile, and how many different builds are in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Where it is.
    pub path: PathBuf,
    /// Different build ids; 0 if none is known.
    pub n_builds: usize,
}

/// Writes the sum of profiles.
///
/// # Errors
/// A sentence: one cannot be read, they have nothing in common, or the disk is full.
pub fn write_merged(profiles: &[&Path], target: &Path) -> Result<Merged, String> {
    let mut read = Vec::with_capacity(profiles.len());
    let mut builds: Vec<String> = Vec::new();
    for path in profiles {
        let bytes = FileBytes::open(path).map_err(|error| error.to_string())?;
        let parsed =
            parse_with_warnings(&bytes, &ParseOptions::default()).map_err(|error| error.to_string())?;
        builds.push(profile_info(&parsed.profile).build_id);
        read.push(parsed.profile);
    }
    builds.retain(|build| !build.is_empty());
    builds.sort_unstable();
    builds.dedup();
    let merged = merge(read).map_err(|error| error.to_string())?;
    let write = || -> io::Result<PathBuf> {
        let mut part = PartFile::create(target)?;
        write_profile_gzip(&merged, &mut part)?;
        part.flush()?;
        part.finish()
    };
    let path = write().map_err(|error| format!("{}: {error}", target.display()))?;
    Ok(Merged { path, n_builds: builds.len() })
}
