//! `goscope store add`: files into a store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::anyhow;
use goscope_parsers::pprof::ParseOptions;
use goscope_parsers::{FileBytes, Progress};
use goscope_store::{AddOptions, Added, Input, Place, Writer};
use rayon::ThreadPoolBuilder;

use crate::allocator;
use crate::archive::Archive;
use crate::cli::failure::{Failure, tell, warn};
use crate::cli::input::below_bar;
use crate::cli::output::OutputArgs;
use crate::input_bytes::{Wishes, open_input, shown_name};
use crate::text::counted;

/// Arguments of `goscope store add`.
#[derive(Debug, clap::Args)]
pub(super) struct AddArgs {
    /// The store: a folder, which is made if it is not there, or clickhouse://HOST:8123/DATABASE
    #[arg(value_name = "STORE")]
    store: String,
    /// Profiles, and traces, of which sums are kept: files, folders and archives with all that is in them, members of archives, addresses
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// A label of all of them; service= and version= say what was measured
    #[arg(long, value_name = "KEY=VALUE", value_parser = label)]
    label: Vec<(String, String)>,
    /// When profiles were taken that do not say so: RFC 3339, a date, or seconds since 1970
    #[arg(long, value_name = "TIME", value_parser = moment)]
    time: Option<i64>,
    /// Threads that read and pack; as many as there are cores if not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Refuse compressed files that inflate to more than this many bytes
    #[arg(long, value_name = "BYTES", default_value_t = ParseOptions::default().max_inflated_bytes)]
    max_inflated_bytes: u64,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) fn label(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write it as KEY=VALUE".to_owned()),
    }
}

fn moment(text: &str) -> Result<i64, String> {
    goscope_store::moment(text)
        .ok_or_else(|| "write 2026-11-25T10:00:00Z, 2026-11-25, or seconds since 1970".to_owned())
}

/// Adds the files.
pub(super) fn run(args: &AddArgs) -> Result<(), Failure> {
    allocator::use_pool_per_core();
    let inputs = inputs(&args.files)?;
    let options = AddOptions {
        labels: args.label.clone(),
        time_nanos: args.time,
        max_inflated_bytes: args.max_inflated_bytes,
    };
    let work = |progress: &Progress| {
        let mut writer = Writer::open(&Place::named(&args.store))?;
        writer.add(&inputs, &options, progress)
    };
    let jobs = args.jobs.map(usize::from).unwrap_or(0);
    let pool = ThreadPoolBuilder::new().num_threads(jobs).build();
    let pool = pool.map_err(|error| Failure::Usage(anyhow!("cannot start threads: {error}")))?;
    let added = below_bar(Path::new(&args.store), |progress| pool.install(|| work(progress)))
        .map_err(|error| Failure::from_store(&error))?;
    report(args, &added)
}

/// Says what became of the files. Some that could not be read make it fail, though the others are in.
fn report(args: &AddArgs, added: &Added) -> Result<(), Failure> {
    warn(&added.warnings);
    let failed: Vec<String> = added.failed.iter().map(|(name, reason)| format!("{name}: {reason}")).collect();
    warn(&failed);
    let mut text = format!("{} added", counted(added.n_new, "profile"));
    if added.n_traces > 0 {
        text += &format!(", {} summed up", counted(added.n_traces, "trace"));
    }
    if added.n_known > 0 {
        text += &format!(", {} known already", added.n_known);
    }
    if added.n_other > 0 {
        text += &format!(", {} left out", counted(added.n_other, "other file"));
    }
    if !failed.is_empty() {
        text += &format!(", {} not readable", failed.len());
    }
    args.output.write_text(&format!("{text}\n"))?;
    if failed.is_empty() { Ok(()) } else { Err(Failure::Gate(3)) }
}

/// All files that the arguments stand for: those in folders and archives, too.
fn inputs(arguments: &[PathBuf]) -> Result<Vec<Input<'_>>, Failure> {
    let mut inputs = Vec::new();
    for argument in arguments {
        let archive = Archive::at(argument).map_err(|error| Failure::from_parse(error, argument))?;
        if argument.is_dir() {
            files_below(argument, &mut inputs)?;
        } else if let Some(archive) = archive {
            members(argument, archive, &mut inputs);
        } else {
            inputs.push(input(argument.clone(), false));
        }
    }
    Ok(inputs)
}

/// A file that was named, or that `may_be_other`.
pub(crate) fn input<'a>(path: PathBuf, may_be_other: bool) -> Input<'a> {
    let name = shown_name(&path);
    Input { name, may_be_other, open: Box::new(move || open(&path)) }
}

fn open(path: &Path) -> Result<FileBytes, String> {
    open_input(path, &Wishes::default(), tell).map_err(|error| error.to_string())
}

/// The files in an archive.
fn members(path: &Path, archive: Archive, inputs: &mut Vec<Input<'_>>) {
    let shown = shown_name(path);
    warn(archive.damage().map(|damage| format!("{shown}: {damage}")).as_slice());
    let archive = Arc::new(archive);
    for member in archive.members() {
        let (archive, member) = (Arc::clone(&archive), member.clone());
        let name = format!("{shown}:{}", member.name);
        let open = move || archive.content(&member).map(|content| FileBytes::from(content.into_owned()));
        inputs.push(Input { name, may_be_other: true, open: Box::new(open) });
    }
}

/// The files in a folder and in the folders in it, in order; what is hidden is left out.
fn files_below(folder: &Path, inputs: &mut Vec<Input<'_>>) -> Result<(), Failure> {
    let unreadable = |error| Failure::Input(anyhow::Error::new(error).context(shown_name(folder)));
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let kind = entry.file_type().map_err(unreadable)?;
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        // Links may lead in circles.
        if !is_hidden && !kind.is_symlink() {
            paths.push((entry.path(), kind.is_dir()));
        }
    }
    paths.sort();
    for (path, is_folder) in paths {
        if is_folder {
            files_below(&path, inputs)?;
        } else {
            inputs.push(input(path, true));
        }
    }
    Ok(())
}
