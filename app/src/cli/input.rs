//! Reads files into profiles and traces; on a terminal, with a progress bar after half a second.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::anyhow;
use goscope_analysis::profile::info::overflow_warnings;
use goscope_parsers::pprof::{ParseOptions, Profile, parse_with_warnings};
use goscope_parsers::trace::{TraceContent, TraceOptions, TraceReader, TraceVersion};
use goscope_parsers::{Detected, FileBytes, FileKind, ParseError, Progress, detect};
use indicatif::{ProgressBar, ProgressStyle};

use super::failure::{Failure, tell, warn};
use crate::document::{Document, Source};
use crate::input_bytes::{Wishes, open_input, shown_name};
use crate::live::LiveInput;

/// How long a file may take before a progress bar appears.
const QUIET: Duration = Duration::from_millis(500);

/// How often the bar is drawn.
const REDRAW: Duration = Duration::from_millis(100);

/// Positions of the bar: enough for a step to be less than a character.
const STEPS: u64 = 1000;

/// What was read, and what is odd about it, a sentence each.
type Warned<T> = Result<(T, Vec<String>), Failure>;

/// Options of every command that reads a file.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = None)]
pub(super) struct InputArgs {
    /// Refuse compressed files that inflate to more than this many bytes
    #[arg(long, value_name = "BYTES", default_value_t = ParseOptions::default().max_inflated_bytes)]
    pub(super) max_inflated_bytes: u64,
}

impl InputArgs {
    /// Reads one profile.
    pub(super) fn profile(&self, path: &Path) -> Result<Profile, Failure> {
        self.profile_in(path, &self.open(path)?)
    }

    /// Reads the profile in bytes that have been opened.
    pub(super) fn profile_in(&self, path: &Path, bytes: &FileBytes) -> Result<Profile, Failure> {
        let (profile, warnings) = below_bar(path, |progress| self.parse(path, bytes, progress))?;
        warn(&warnings);
        Ok(profile)
    }

    /// A profile, and what is odd about it.
    fn parse(&self, path: &Path, bytes: &FileBytes, progress: &Progress) -> Warned<Profile> {
        let max_inflated_bytes = self.max_inflated_bytes;
        let parsed =
            parse_with_warnings(bytes, &ParseOptions { max_inflated_bytes, progress: Some(progress) })
                .map_err(|error| Failure::from_parse(error, path))?;
        let odd = parsed.warnings.into_iter().chain(overflow_warnings(&parsed.profile));
        let warnings = odd.map(|warning| format!("{}: {warning}", shown_name(path))).collect();
        Ok((parsed.profile, warnings))
    }

    /// Reads one profile, to ask questions of it.
    pub(super) fn document(&self, path: &Path) -> Result<Arc<Document>, Failure> {
        Ok(document(path, self.profile(path)?))
    }

    /// Opens several files. One after the other: opening may ask a server, and says so.
    pub(super) fn open_all(&self, paths: &[PathBuf]) -> Result<Vec<FileBytes>, Failure> {
        paths.iter().map(|path| self.open(path)).collect()
    }

    /// Reads several profiles, as many at a time as there are cores, and keeps what `make` makes of each: the profile
    /// itself may be dropped. What is said about them comes in the order of their paths.
    pub(super) fn each_profile<T: Send>(
        &self,
        paths: &[PathBuf],
        opened: &[FileBytes],
        make: impl Fn(usize, Profile) -> T + Sync,
    ) -> Result<Vec<T>, Failure> {
        let read = |at: usize, progress: &Progress| {
            let (profile, warnings) = self.parse(&paths[at], &opened[at], progress)?;
            Ok((make(at, profile), warnings))
        };
        let mut made = Vec::with_capacity(paths.len());
        for result in read_at_once(paths, read) {
            let (result, warnings) = result?;
            warn(&warnings);
            made.push(result);
        }
        Ok(made)
    }

    /// Opens a file, standard input (`-`) or an address, without looking at what it is.
    pub(super) fn open(&self, path: &Path) -> Result<FileBytes, Failure> {
        if LiveInput::of(path).is_some() {
            return Err(live_input(path));
        }
        open_input(path, &Wishes::default(), tell).map_err(|error| Failure::from_parse(error, path))
    }

    /// The trace in a file, inflated if it is compressed; of a damaged file, the part that could be inflated.
    pub(super) fn trace<'a>(&self, path: &Path, file: &'a FileBytes) -> Result<TraceContent<'a>, Failure> {
        let content = TraceContent::new(file, self.max_inflated_bytes, None);
        let checked = content.and_then(|content| TraceVersion::from_header(&content).map(|_| content));
        checked.map_err(|error| no_trace(error, file, path))
    }

    /// Does something with the content of a trace, with a progress bar.
    pub(super) fn with_trace<T>(
        &self,
        path: &Path,
        file: &FileBytes,
        work: impl FnOnce(&TraceContent<'_>, &Progress) -> T,
    ) -> Result<T, Failure> {
        let content = self.trace(path, file)?;
        Ok(below_bar(path, |progress| work(&content, progress)))
    }

    /// Reads the trace in a file, with a progress bar.
    pub(super) fn read_trace<T>(
        &self,
        path: &Path,
        file: &FileBytes,
        read: impl FnOnce(TraceReader<'_>) -> Result<T, ParseError>,
    ) -> Result<T, Failure> {
        let content = self.trace(path, file)?;
        let read = |progress: &Progress| {
            let options = TraceOptions { progress: Some(progress), ..TraceOptions::default() };
            content.reader(&options).and_then(read)
        };
        below_bar(path, read).map_err(|error| no_trace(error, file, path))
    }
}

/// A debugger is no file: one command asks it.
pub(super) fn live_input(path: &Path) -> Failure {
    let name = path.display().to_string();
    let word = crate::text::shell_word(&name);
    Failure::Usage(anyhow!("{name} is a program in a debugger: `goscope goroutines {word}` asks it"))
}

/// Why there is no trace in a file: where it does not begin as one does, what it is instead.
fn no_trace(error: ParseError, file: &FileBytes, path: &Path) -> Failure {
    let ParseError::TraceHeader { .. } = error else { return Failure::from_parse(error, path) };
    let kind = match detect(file) {
        Ok(Detected { kind: FileKind::Trace { .. }, .. }) => return Failure::from_parse(error, path),
        Ok(Detected { kind, .. }) => kind,
        Err(unknown) => return Failure::from_parse(unknown, path),
    };
    let article = match kind {
        FileKind::FoldedStacks
        | FileKind::Benchmark
        | FileKind::Coverage
        | FileKind::TestEvents
        | FileKind::TestText => "",
        _ => "a ",
    };
    let hint = if kind.is_profile() { "; see goscope top" } else { "" };
    let (path, kind) = (shown_name(path), kind.name());
    Failure::Input(anyhow!("{path}: this is {article}{kind}, not an execution trace{hint}"))
}

/// Reads files, as many at a time as there are cores: whoever has read one takes the next. Results come in the order of
/// the files, and end with the last that was begun before one failed.
fn read_at_once<T: Send>(
    paths: &[PathBuf],
    read: impl Fn(usize, &Progress) -> Warned<T> + Sync,
) -> Vec<Warned<T>> {
    let n_at_once = thread::available_parallelism().map_or(1, usize::from).min(paths.len());
    below_bar_of_several(paths, |progress| {
        let (next, has_failed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let reader = || {
            let mut results = Vec::new();
            while !has_failed.load(Ordering::Relaxed) {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(progress) = progress.get(at) else { break };
                let result = read(at, progress);
                has_failed.fetch_or(result.is_err(), Ordering::Relaxed);
                results.push((at, result));
            }
            results
        };
        let mut results = thread::scope(|scope| {
            let readers: Vec<_> = (0..n_at_once).map(|_| scope.spawn(reader)).collect();
            let results = readers
                .into_iter()
                .map(|reader| reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            results.flatten().collect::<Vec<_>>()
        });
        results.sort_unstable_by_key(|(at, _)| *at);
        results.into_iter().map(|(_, result)| result).collect()
    })
}

fn document(path: &Path, profile: Profile) -> Arc<Document> {
    Arc::new(Document::from_profile(Source::File(path.to_owned()), profile))
}

/// Runs long work on a file, with a progress bar if standard error is a terminal.
pub(super) fn below_bar<T>(path: &Path, work: impl FnOnce(&Progress) -> T) -> T {
    below_bar_of_several(&[path], |progress| work(&progress[0]))
}

/// The same for work on several files at once: one bar for all of them. `work` gets a progress for each.
fn below_bar_of_several<T>(paths: &[impl AsRef<Path>], work: impl FnOnce(&[Progress]) -> T) -> T {
    let progress: Vec<Progress> = paths.iter().map(|_| Progress::new()).collect();
    if !std::io::stderr().is_terminal() {
        return work(&progress);
    }
    const MOST_NAMES: usize = 3;
    let names = match paths.len() {
        0..=MOST_NAMES => {
            let names: Vec<String> = paths.iter().map(|path| shown_name(path.as_ref())).collect();
            names.join(", ")
        }
        n_files => format!("{n_files} files"),
    };
    thread::scope(|scope| {
        let (done, is_done) = mpsc::channel::<()>();
        let seen = &progress;
        scope.spawn(move || show_progress(seen, names, &is_done));
        let result = work(&progress);
        drop(done);
        result
    })
}

/// Draws the bar until the other end of `is_done` is dropped, and clears it.
fn show_progress(progress: &[Progress], names: String, is_done: &mpsc::Receiver<()>) {
    if is_done.recv_timeout(QUIET) != Err(RecvTimeoutError::Timeout) {
        return;
    }
    let style = ProgressStyle::with_template("reading {msg} [{wide_bar}] {percent:>3} %");
    let bar = ProgressBar::new(STEPS).with_message(names);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
    loop {
        bar.set_position((fraction(progress) * STEPS as f64) as u64);
        if is_done.recv_timeout(REDRAW) != Err(RecvTimeoutError::Timeout) {
            break bar.finish_and_clear();
        }
    }
}

/// The part of all files that has been read, in 0..=1.
fn fraction(progress: &[Progress]) -> f64 {
    let sum = |bytes: fn(&Progress) -> u64| progress.iter().map(bytes).sum::<u64>() as f64;
    let total = sum(Progress::total_bytes);
    if total == 0.0 { 0.0 } else { (sum(Progress::done_bytes) / total).min(1.0) }
}
