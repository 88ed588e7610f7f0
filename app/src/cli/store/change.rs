//! `goscope store rm`, `compact` and `export`: what is in a store is taken away, brought together, or taken elsewhere.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use goscope_parsers::pprof::write_profile_gzip;
use goscope_store::{Place, StoreError, Writer};

use crate::cli::failure::{Failure, warn};
use crate::cli::output::OutputArgs;
use crate::store_input::{read_store, store_and_selection};
use crate::text::{bytes, counted};
use crate::whole_file::write_whole_file;

/// Arguments of `goscope store rm`.
#[derive(Debug, clap::Args)]
pub(super) struct RemoveArgs {
    /// The store, and which profiles after a `?`: 'DIR?service=shop&until=30d'; 'DIR?' alone would be all, and needs --all
    #[arg(value_name = "STORE?SELECTION")]
    store: String,
    /// Take away all that is in it
    #[arg(long)]
    all: bool,
    /// Only say what would be taken away
    #[arg(long)]
    dry_run: bool,
}

/// Arguments of `goscope store compact`.
#[derive(Debug, clap::Args)]
pub(super) struct CompactArgs {
    /// The store
    #[arg(value_name = "STORE")]
    store: String,
}

/// Arguments of `goscope store export`.
#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    /// The store, and which profiles after a `?`
    #[arg(value_name = "STORE?SELECTION")]
    store: String,
    /// Where to: a folder for each profile as a file, FILE.pb.gz for all as one, store:DIR or clickhouse://HOST:8123/DATABASE
    #[arg(value_name = "TARGET")]
    target: String,
}

fn print(text: &str) -> Result<(), Failure> {
    OutputArgs { output: None }.write_text(&format!("{text}\n"))
}

/// Takes profiles away.
pub(super) fn remove(args: &RemoveArgs) -> Result<(), Failure> {
    let (place, selector) = store_and_selection(&args.store).map_err(|error| Failure::from_store(&error))?;
    if selector.to_string().is_empty() && !args.all {
        return Err(Failure::Usage(anyhow!(
            "no selection: this would take all profiles away; say which after a ?, or give --all"
        )));
    }
    let work = || {
        // A store that is not there is not made to take something away.
        let store = read_store(&place)?;
        if args.dry_run {
            let n_traces = store.trace_rows(&selector)?.value.len();
            return store.whole_profiles(&selector).map(|rows| rows.len() + n_traces);
        }
        Writer::open(&place)?.remove(&selector)
    };
    let n_removed = work().map_err(|error| Failure::from_store(&error))?;
    if n_removed == 0 {
        let place = place.shown();
        return Err(Failure::NoData(anyhow!(
            "no profile in {place} matches {selector} (a label that only samples have chooses no profile)"
        )));
    }
    let what = if args.dry_run { "would be removed" } else { "removed" };
    print(&format!("{} {what}", counted(n_removed, "profile")))
}

/// Brings what is scattered together.
pub(super) fn compact(args: &CompactArgs) -> Result<(), Failure> {
    let place = Place::named(&args.store);
    let work = || {
        read_store(&place)?;
        Writer::open(&place)?.compact()
    };
    let done = work().map_err(|error| Failure::from_store(&error))?;
    let text = |at: usize| format!("{} ({})", counted(done.n_files[at], "file"), bytes(done.n_bytes[at]));
    print(&format!("{} before, {} now", text(0), text(1)))
}

/// Takes profiles elsewhere; they stay in the store.
pub(super) fn export(args: &ExportArgs) -> Result<(), Failure> {
    let (place, selector) = store_and_selection(&args.store).map_err(|error| Failure::from_store(&error))?;
    let failure = |error: StoreError| Failure::from_store(&error);
    let store = read_store(&place).map_err(failure)?;
    if Place::of_input(&args.target).is_some() {
        let copy = || Writer::open(&Place::named(&args.target))?.copy(&store, &selector);
        let added = copy().map_err(failure)?;
        warn(&added.warnings);
        let known =
            if added.n_known > 0 { format!(", {} known already", added.n_known) } else { String::new() };
        let traces = if added.n_traces > 0 {
            format!(", sums of {} too", counted(added.n_traces, "trace"))
        } else {
            String::new()
        };
        return print(&format!("{} copied{traces}{known}", counted(added.n_new, "profile")));
    }
    let target = PathBuf::from(&args.target);
    if [".pb.gz", ".pprof", ".pb"].iter().any(|end| args.target.ends_with(end)) {
        let taken = store.merged(&selector).map_err(failure)?;
        warn(&taken.warnings);
        return write(&target, &taken.value);
    }
    let taken = store.runs(&selector).map_err(failure)?;
    warn(&taken.warnings);
    std::fs::create_dir_all(&target).map_err(|error| Failure::from_write(error, &args.target))?;
    for run in &taken.value {
        write(&target.join(format!("{}.pb.gz", run.row.id)), &run.profile)?;
    }
    print(&format!("{} written to {}", counted(taken.value.len(), "profile"), target.display()))
}

fn write(path: &Path, profile: &goscope_parsers::pprof::Profile) -> Result<(), Failure> {
    let written = write_whole_file(path, |out| write_profile_gzip(profile, out));
    written.map_err(|error| Failure::from_write(error, &path.display().to_string()))
}
