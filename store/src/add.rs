//! Files into a store: in parallel, each once, and whole or not at all.

use std::path::Path;
use std::sync::Mutex;

use goscope_parsers::pprof::{ParseOptions, parse_with_warnings};
use goscope_parsers::{FileBytes, FileKind, ParseError, Progress, detect, inflate_all, printable};
use rayon::prelude::*;

use crate::address::Place;
use crate::batch::{Batch, Kept};
use crate::engine::clickhouse::ClickHouseEngine;
use crate::engine::folder::FolderEngine;
use crate::engine::{Compacted, Engine, whole_rows};
use crate::error::StoreError;
use crate::folder::lock::{Lock, lock};
use crate::folder::marker;
use crate::folder::parts::sweep;
use crate::id::{Id, profile_id, trace_id};
use crate::rows::{ProfileRow, SummaryRow};
use crate::selector::Selector;
use crate::shred::{Shredded, shred};
use crate::store::{Store, traces_of};
use crate::summarize::summarize;

/// Samples that wait in memory until they are written: some 60 MB with what belongs to them.
const BATCH_SAMPLES: usize = 1 << 20;

/// Profiles that are copied at once.
const PROFILES_AT_ONCE: usize = 1000;

/// Files that are read at once, for each core: enough to keep all busy, few enough to hold.
const FILES_A_CORE: usize = 8;

/// What is said of all files that are added.
#[derive(Clone, Debug, Default)]
pub struct AddOptions {
    /// Labels of the profiles; `service` and `version` name the columns of these names.
    pub labels: Vec<(String, String)>,
    /// When profiles were taken that do not say so themselves, in ns since 1970.
    pub time_nanos: Option<i64>,
    /// The most bytes that a compressed file may inflate to.
    pub max_inflated_bytes: u64,
}

/// What became of the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// Profiles that are in the store now and were not.
    pub n_new: usize,
    /// Traces whose sums are in it now and were not.
    pub n_traces: usize,
    /// Profiles and traces that were in it already.
    pub n_known: usize,
    /// Files that are something else and were found, not named.
    pub n_other: usize,
    /// Rows of samples that were written.
    pub n_samples: u64,
    /// Bytes that were written.
    pub n_bytes: u64,
    /// Files that could not be read: name and reason.
    pub failed: Vec<(String, String)>,
    /// What is odd about files that were added, a sentence each.
    pub warnings: Vec<String>,
}

/// A file that is to be added: its name, and what opens it.
pub struct Input<'a> {
    /// Its name, as people know it.
    pub name: String,
    /// Whether it is left out without a word if it is no profile: one of many files in a folder.
    pub may_be_other: bool,
    /// Opens it; the error is a sentence.
    pub open: Box<dyn Fn() -> Result<FileBytes, String> + Sync + Send + 'a>,
}

/// A store that is open to be written, by nobody else meanwhile.
pub struct Writer {
    engine: Box<dyn Engine>,
    known: std::collections::HashSet<Id>,
    /// What of the dictionaries this writer has written. Two programs may write to a server, which never forgets any.
    kept: Kept,
    _lock: Option<Lock>,
}

impl Writer {
    /// Opens a store to write to it, and makes one where there is none. What a writer left that was stopped is taken away.
    ///
    /// # Errors
    /// If the place is something else, cannot be written, or is being written by another program.
    pub fn open(place: &Place) -> Result<Self, StoreError> {
        match place {
            Place::Folder(root) => Self::open_folder(root),
            Place::ClickHouse(address) => {
                let engine = ClickHouseEngine::new(address)?;
                engine.create()?;
                let known = engine.known()?;
                Ok(Self { engine: Box::new(engine), known, kept: Kept::default(), _lock: None })
            }
        }
    }

    fn open_folder(root: &Path) -> Result<Self, StoreError> {
        marker::prepare(root)?;
        let lock = lock(root)?;
        sweep(root)?;
        marker::create(root)?;
        let engine = FolderEngine { root: root.to_owned() };
        let known = engine.known()?;
        Ok(Self { engine: Box::new(engine), known, kept: Kept::default(), _lock: Some(lock) })
    }

    /// Adds files. Those that cannot be read are named, the others are in. `progress` is told how many files are done, and
    /// ends it after what has been begun.
    ///
    /// # Errors
    /// If the store cannot be written. What was written before is in it.
    pub fn add(
        &mut self,
        inputs: &[Input<'_>],
        options: &AddOptions,
        progress: &Progress,
    ) -> Result<Added, StoreError> {
        let mut added = Added::default();
        let mut batch = Batch::default();
        let at_once = FILES_A_CORE * rayon::current_num_threads();
        progress.begin(inputs.len() as u64);
        for (at, inputs) in inputs.chunks(at_once).enumerate() {
            // What was read is written, also of who is asked to stop.
            if progress.advance_to((at * at_once) as u64).is_err() {
                break;
            }
            let (known, seen) = (&self.known, Mutex::new(std::collections::HashSet::new()));
            let is_new = |id: Id| {
                let mut seen = seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                !known.contains(&id) && seen.insert(id)
            };
            let read: Vec<Result<Read, String>> =
                inputs.par_iter().map(|input| read(input, options, &is_new)).collect();
            for (input, read) in inputs.iter().zip(read) {
                match read {
                    Ok(Read::New(shredded, warnings)) => {
                        added.warnings.extend(warnings);
                        self.known.insert(shredded.row.id);
                        batch.absorb(&shredded);
                    }
                    Ok(Read::Trace(rows, warnings)) => {
                        added.warnings.extend(warnings);
                        self.known.extend(rows.first().map(|row| row.trace.id));
                        added.n_traces += 1;
                        batch.summaries.extend(rows);
                    }
                    Ok(Read::Known) => added.n_known += 1,
                    Ok(Read::Other) => added.n_other += 1,
                    Err(reason) => added.failed.push((input.name.clone(), reason)),
                }
            }
            if batch.samples.len() >= BATCH_SAMPLES {
                self.write(std::mem::take(&mut batch), &mut added)?;
            }
        }
        self.write(batch, &mut added)?;
        Ok(added)
    }

    /// Copies profiles and sums of traces of another store that are not in this one. Whole profiles: a label that only samples have chooses none.
    ///
    /// # Errors
    /// If a store cannot be read or written. What was written before is in it.
    pub fn copy(&mut self, from: &Store, selector: &Selector) -> Result<Added, StoreError> {
        let mut added = Added::default();
        let mut profiles = from.engine.profiles(selector, &mut added.warnings)?;
        profiles.retain(|row| selector.is_whole_profile(row));
        let n_all = profiles.len();
        profiles.retain(|row| !self.known.contains(&row.id));
        added.n_known = n_all - profiles.len();
        let mut summaries = from.engine.summaries(selector, &mut added.warnings)?;
        let n_all = traces_of(&summaries).len();
        summaries.retain(|row| !self.known.contains(&row.trace.id));
        added.n_traces = traces_of(&summaries).len();
        added.n_known += n_all - added.n_traces;
        self.known.extend(summaries.iter().map(|row| row.trace.id));
        self.write(Batch { summaries, ..Batch::default() }, &mut added)?;
        for rows in profiles.chunks(PROFILES_AT_ONCE) {
            let Some(batch) = whole_rows(&*from.engine, rows, &mut added.warnings)? else {
                return Err(from.samples_are_gone());
            };
            self.known.extend(rows.iter().map(|row| row.id));
            self.write(batch, &mut added)?;
        }
        Ok(added)
    }

    /// Forgets the profiles that are meant with all their samples, and the sums of traces; gives how many.
    ///
    /// # Errors
    /// If the store cannot be read or written.
    pub fn remove(&mut self, selector: &Selector) -> Result<usize, StoreError> {
        let mut profiles = self.engine.profiles(selector, &mut Vec::new())?;
        profiles.retain(|row| selector.is_whole_profile(row));
        self.engine.remove(&profiles)?;
        let traces = traces_of(&self.engine.summaries(selector, &mut Vec::new())?);
        self.engine.remove_traces(&traces)?;
        for row in profiles.iter().chain(&traces) {
            self.known.remove(&row.id);
        }
        Ok(profiles.len() + traces.len())
    }

    /// Brings what is scattered together.
    ///
    /// # Errors
    /// If the store cannot be read or written. Nothing is lost then.
    pub fn compact(&mut self) -> Result<Compacted, StoreError> {
        // Compacting forgets stacks that nothing has any more.
        self.kept = Kept::default();
        self.engine.compact()
    }

    fn write(&mut self, batch: Batch, added: &mut Added) -> Result<(), StoreError> {
        let (n_profiles, n_samples) = (batch.profiles.len(), batch.samples.len() as u64);
        let files =
            batch.files(Some(&mut self.kept)).map_err(StoreError::damaged("while rows were packed"))?;
        // What was not written is not kept.
        self.engine.put(&files).inspect_err(|_| self.kept = Kept::default())?;
        added.n_new += n_profiles;
        added.n_samples += n_samples;
        added.n_bytes += files.iter().map(|file| file.bytes.len() as u64).sum::<u64>();
        Ok(())
    }
}

/// What became of a file.
enum Read {
    /// A profile that is new.
    New(Box<Shredded>, Vec<String>),
    /// A trace that is new.
    Trace(Vec<SummaryRow>, Vec<String>),
    /// It is in the store, or was read a moment ago.
    Known,
    /// It is something else, and nobody named it.
    Other,
}

/// Reads a file.
fn read(
    input: &Input<'_>,
    options: &AddOptions,
    is_new: &(dyn Fn(Id) -> bool + Sync),
) -> Result<Read, String> {
    let bytes = (input.open)()?;
    let kind = detect(&bytes).map(|found| found.kind);
    let is_trace = matches!(kind, Ok(FileKind::Trace { .. }));
    if input.may_be_other && !is_trace && !kind.is_ok_and(|kind| kind.is_profile()) {
        return Ok(Read::Other);
    }
    let said = |error: goscope_parsers::ParseError| error.to_string();
    let content = inflate_all(&bytes, options.max_inflated_bytes).map_err(said)?;
    let id = if is_trace { trace_id(&content) } else { profile_id(&content) };
    if !is_new(id) {
        return Ok(Read::Known);
    }
    if is_trace {
        return read_trace(id, &content, input, options).map_err(said);
    }
    let parse = ParseOptions { max_inflated_bytes: options.max_inflated_bytes, progress: None };
    let parsed = parse_with_warnings(&content, &parse).map_err(said)?;
    let mut warnings: Vec<String> =
        parsed.warnings.iter().map(|warning| format!("{}: {warning}", input.name)).collect();
    let mut shredded = shred(&parsed.profile);
    describe(&mut shredded.row, id, input, options, &mut warnings);
    Ok(Read::New(Box::new(shredded), warnings))
}

/// Sums a trace up.
fn read_trace(id: Id, content: &[u8], input: &Input<'_>, options: &AddOptions) -> Result<Read, ParseError> {
    let (mut trace, mut rows, warnings) = summarize(content)?;
    let mut warnings: Vec<String> =
        warnings.iter().map(|warning| format!("{}: {warning}", input.name)).collect();
    describe(&mut trace, id, input, options, &mut warnings);
    rows.iter_mut().for_each(|row| row.trace = trace.clone());
    Ok(Read::Trace(rows, warnings))
}

/// Says what the profile or trace itself does not: its id, its service and version, where it came from.
fn describe(
    row: &mut ProfileRow,
    id: Id,
    input: &Input<'_>,
    options: &AddOptions,
    warnings: &mut Vec<String>,
) {
    row.id = id;
    row.source = printable(&input.name).into_owned();
    for (key, value) in &options.labels {
        row.labels.retain(|(known, _)| known != key);
        row.labels.push((key.clone(), value.clone()));
    }
    let said = |keys: &[&str]| {
        let label = keys.iter().find_map(|key| row.label(key));
        // What OTLP says of a resource is a comment of the profile.
        let comment = || {
            let of_key =
                |key: &&str| row.comments.iter().find_map(|text| text.strip_prefix(key)?.strip_prefix('='));
            keys.iter().find_map(of_key)
        };
        label.or_else(comment).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let program = row.program.rsplit(['/', '\\']).next().filter(|name| !name.is_empty()).map(str::to_owned);
    let service = said(&["service", "service.name", "service_name"])
        .or(program)
        .unwrap_or_else(|| "unknown".to_owned());
    let given =
        options.labels.iter().rev().find(|(key, _)| key == "version").map(|(_, version)| version.clone());
    let version = given.or_else(|| said(&["service.version", "service_version", "vcs.revision"]));
    let version = version.unwrap_or_else(|| row.build_id.clone());
    (row.service, row.version) = (service, version);
    row.labels.retain(|(key, _)| !matches!(key.as_str(), "service" | "version"));
    if row.time_nanos == 0 {
        match options.time_nanos {
            Some(nanos) => row.time_nanos = nanos,
            None => warnings.push(format!(
                "{}: it does not say when it was taken: it counts as of 1970; --time says it",
                input.name
            )),
        }
    }
}
