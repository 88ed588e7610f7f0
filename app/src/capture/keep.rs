//! Where what is captured goes: names that sort by time, files by themselves or in a bundle.
//!
//! ```text
//! localhost_6060.20261127-024502.heap.pb.gz         one kind of one program
//! 20261127-024502.localhost_6060.heap.pb.gz         one kind of several programs: they sort together
//! 20261127-024502.merged.heap.pb.gz                 their sum
//! localhost_6060.20261127-024502.goscope.zip        several kinds
//! ```

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use goscope_parsers::FileBytes;
use goscope_remote::{PartFile, Target};
use serde::Serialize;
use tempfile::TempDir;

use super::index::Listed;
use super::kind::Kind;
use super::manifest::{Manifest, Merged};
use super::merged::write_merged;
use super::take::{Host, Member, Taken};
use crate::bundle::{sha256, write_bundle};

/// What came of one capture.
#[derive(Debug, Serialize)]
pub struct Captured {
    /// The files as they are printed: a bundle, or each by itself.
    pub files: Vec<String>,
    /// When it began, RFC 3339.
    pub started: String,
    /// What came of each program.
    pub hosts: Vec<Taken>,
    /// The bundle, if it is one.
    #[serde(skip)]
    pub bundle: Option<PathBuf>,
    /// What to know about sums, a sentence each.
    #[serde(skip)]
    pub notes: Vec<String>,
}

impl Captured {
    /// The members that somebody looks at, the most telling first; of those that were taken twice, the last.
    pub fn to_look_at(&self) -> Vec<&Member> {
        let members = || self.hosts.iter().flat_map(|taken| &taken.members);
        let last = |kind: &str| members().rfind(|member| member.kind == kind);
        let known: Vec<&Member> = LOOKED_AT.into_iter().filter_map(last).collect();
        if known.is_empty() { members().collect() } else { known }
    }

    /// Where a member is that can be opened: in the bundle, or a file of its own.
    pub fn place_of(&self, member: &Member) -> PathBuf {
        match &self.bundle {
            Some(bundle) => PathBuf::from(format!("{}:{}", bundle.display(), member.file)),
            None => member.path.clone(),
        }
    }

    /// Sentences about what failed and what to know, each once; where there are several programs, with their names.
    pub fn sentences(&self) -> Vec<String> {
        let mut kept: Vec<String> = Vec::new();
        for taken in &self.hosts {
            let named = |sentence: &str| match self.hosts.len() {
                1 => sentence.to_owned(),
                _ if sentence.contains(&taken.host) => sentence.to_owned(),
                _ => format!("{}: {sentence}", taken.host),
            };
            let failed = taken.failed.iter().map(|failed| named(&failed.reason));
            let all = failed.chain(taken.notes.iter().map(|note| named(note)));
            for sentence in all {
                if !kept.contains(&sentence) {
                    kept.push(sentence);
                }
            }
        }
        kept.extend(self.notes.iter().cloned());
        kept
    }
}

/// Why nothing could be kept.
#[derive(Debug)]
pub enum KeepError {
    /// A place cannot be written to.
    Write(io::Error, String),
    /// Something else, in a sentence.
    Other(String),
}

impl std::fmt::Display for KeepError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Write(error, place) => write!(f, "{place} cannot be written: {error}"),
            Self::Other(sentence) => f.write_str(sentence),
        }
    }
}

/// Kinds that are looked at.
const LOOKED_AT: [&str; 6] = ["cpu", "trace", "heap", "goroutine", "mutex", "block"];

/// What begins the names of sums.
const MERGED: &str = "merged";

/// Where files go.
#[derive(Debug)]
pub struct Place {
    /// The folder of the results.
    folder: PathBuf,
    /// `20261127-024502`.
    stamp: String,
    /// The name that was asked for.
    name: Option<String>,
    /// Where members of a bundle are until it is written.
    staging: Option<TempDir>,
    n_hosts: usize,
    /// What the names of a single program begin with.
    host: String,
}

impl Place {
    /// Of a capture that began at a time (RFC 3339).
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn new(
        output: Option<&Path>,
        started: &str,
        targets: &[Target],
        is_bundle: bool,
    ) -> Result<Self, KeepError> {
        let output = output.unwrap_or(Path::new(""));
        let text = output.to_string_lossy();
        let is_folder =
            text.is_empty() || text.ends_with(['/', std::path::MAIN_SEPARATOR]) || output.is_dir();
        let is_one_file = targets.len() == 1 || is_bundle;
        let (folder, name) = match output.file_name() {
            Some(name) if !is_folder && is_one_file => {
                let name = name.to_string_lossy().into_owned();
                (output.parent().unwrap_or(Path::new("")).to_owned(), Some(name))
            }
            _ => (output.to_owned(), None),
        };
        let cannot = |error| KeepError::Write(error, shown(&folder));
        if !folder.as_os_str().is_empty() {
            fs::create_dir_all(&folder).map_err(cannot)?;
        }
        let here = if folder.as_os_str().is_empty() { Path::new(".") } else { &folder };
        let staging = match is_bundle {
            true => {
                Some(tempfile::Builder::new().prefix(".goscope-capture-").tempdir_in(here).map_err(cannot)?)
            }
            false => None,
        };
        // Digits of the date and of the time, to the second.
        let digits: String = started.chars().filter(char::is_ascii_digit).take(14).collect();
        let (date, time) = digits.split_at_checked(8).unwrap_or((&digits, ""));
        let host = targets.first().map(Target::file_name).unwrap_or_default();
        Ok(Self { stamp: format!("{date}-{time}"), folder, name, staging, n_hosts: targets.len(), host })
    }

    /// Where the files of a program go.
    pub fn of_host(&self, target: Target, listed: Vec<Listed>) -> Host {
        let (folder, prefix) = self.folder_and_prefix(&target);
        let name = self.name.clone().filter(|_| self.staging.is_none());
        Host { target, listed, folder, prefix, name }
    }

    /// The folder of a program's files, and what their names begin with.
    fn folder_and_prefix(&self, target: &Target) -> (PathBuf, String) {
        let host = target.file_name();
        match &self.staging {
            Some(staging) if self.n_hosts == 1 => (staging.path().to_owned(), String::new()),
            Some(staging) => {
                let folder = staging.path().join(host);
                // If it cannot be made, nothing can be written into it, and that is said.
                let _ = fs::create_dir_all(&folder);
                (folder, String::new())
            }
            None if self.n_hosts == 1 => (self.folder.clone(), format!("{host}.{}.", self.stamp)),
            None => (self.folder.clone(), format!("{}.{host}.", self.stamp)),
        }
    }

    fn bundle(&self) -> PathBuf {
        let usual = match self.n_hosts {
            1 => format!("{}.{}.goscope.zip", self.host, self.stamp),
            _ => format!("{}.{}-hosts.goscope.zip", self.stamp, self.n_hosts),
        };
        self.folder.join(self.name.clone().unwrap_or(usual))
    }
}

/// Adds up what adds up, and writes the bundle if there is to be one.
///
/// # Errors
/// The bundle cannot be written; what was captured is kept beside it.
pub fn keep(
    place: Place,
    started: String,
    mut taken: Vec<Taken>,
    is_side_by_side: bool,
) -> Result<Captured, KeepError> {
    if taken.iter().all(|taken| taken.members.is_empty()) {
        return Ok(Captured { files: Vec::new(), started, hosts: taken, bundle: None, notes: Vec::new() });
    }
    let mut notes = Vec::new();
    let merged = if is_side_by_side { Vec::new() } else { merged(&place, &taken, &mut notes) };
    let Some(staging) = &place.staging else {
        let paths: Vec<PathBuf> = taken
            .iter()
            .flat_map(|taken| &taken.members)
            .map(|member| member.path.clone())
            .chain(merged)
            .collect();
        return Ok(Captured { files: shown_all(&paths), started, hosts: taken, bundle: None, notes });
    };
    let name_of = |path: &Path| {
        let inside = path.strip_prefix(staging.path()).unwrap_or(path);
        inside.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
    };
    let mut files = Vec::new();
    for member in taken.iter_mut().flat_map(|taken| &mut taken.members) {
        member.file = name_of(&member.path);
        files.push((member.file.clone(), member.path.clone()));
    }
    files.extend(merged.iter().map(|path| (name_of(path), path.clone())));
    let sum = |path: &PathBuf| {
        let bytes = FileBytes::open(path).map_err(|error| KeepError::Other(error.to_string()))?;
        Ok(Merged { file: name_of(path), bytes: bytes.len() as u64, sha256: sha256(&bytes) })
    };
    let merged: Vec<Merged> = merged.iter().map(sum).collect::<Result<_, _>>()?;
    let manifest = serde_json::to_vec_pretty(&Manifest::new(&started, &taken, &merged)).unwrap_or_default();
    let target = place.bundle();
    let write = || {
        let mut part = PartFile::create(&target)?;
        let mut out = std::io::BufWriter::new(&mut part);
        write_bundle(&mut out, &manifest, &files)?;
        out.flush()?;
        drop(out);
        part.finish()
    };
    match write() {
        Ok(path) => {
            let files = vec![shown(&path)];
            Ok(Captured { files, started, hosts: taken, bundle: Some(path), notes })
        }
        Err(error) => {
            // What was captured is not thrown away for that.
            let kept = place.staging.map(TempDir::keep);
            let kept =
                kept.map_or(String::new(), |folder| format!("; what was captured is in {}", shown(&folder)));
            Err(KeepError::Other(format!("{} cannot be written: {error}{kept}", shown(&target))))
        }
    }
}

/// The sums of what several programs have.
fn merged(place: &Place, taken: &[Taken], notes: &mut Vec<String>) -> Vec<PathBuf> {
    let mut written = Vec::new();
    let members = || taken.iter().flat_map(|taken| &taken.members);
    let mut stems: Vec<&str> = Vec::new();
    for member in members().filter(|_| place.n_hosts > 1) {
        let adds_up = Kind::NAMED.iter().any(|kind| kind.name() == member.kind && kind.adds_up());
        if adds_up && !stems.contains(&member.stem.as_str()) {
            stems.push(&member.stem);
        }
    }
    for stem in stems {
        let paths: Vec<&Path> =
            members().filter(|member| member.stem == stem).map(|member| member.path.as_path()).collect();
        if paths.len() < 2 {
            continue;
        }
        let target = match &place.staging {
            Some(staging) => {
                let folder = staging.path().join(MERGED);
                let _ = fs::create_dir_all(&folder);
                folder.join(stem)
            }
            None => place.folder.join(format!("{}.{MERGED}.{stem}", place.stamp)),
        };
        match write_merged(&paths, &target) {
            Ok(sum) => {
                if sum.n_builds > 1 {
                    let n_hosts = paths.len();
                    notes.push(format!(
                        "{stem}: {} builds among {n_hosts} programs are added up by the names of functions",
                        sum.n_builds
                    ));
                }
                written.push(sum.path);
            }
            Err(error) => {
                notes.push(format!("the {stem} of {} programs do not add up: {error}", paths.len()));
            }
        }
    }
    written
}

/// The name of a file as it is printed.
fn shown(path: &Path) -> String {
    goscope_parsers::printable(&path.display().to_string()).into_owned()
}

/// Paths as they are printed.
fn shown_all(paths: &[PathBuf]) -> Vec<String> {
    paths.iter().map(|path| shown(path)).collect()
}
