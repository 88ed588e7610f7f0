//! `goscope capture --store`: what is captured goes into a store, and nowhere else unless `-o` says so.

use std::path::PathBuf;

use anyhow::anyhow;
use goscope_parsers::Progress;
use goscope_parsers::pprof::ParseOptions;
use goscope_store::{AddOptions, Place, StoreError, Writer};
use tempfile::TempDir;

use super::CaptureArgs;
use crate::capture::keep::Captured;
use crate::cli::failure::{Failure, say, warn};
use crate::cli::store::add::input;
use crate::text::counted;

/// Captures after which what is scattered over small files is brought together.
const CAPTURES_A_COMPACTION: u32 = 60;

/// The label that says which of several programs a profile is of.
const INSTANCE: &str = "instance";

/// Where captures go.
pub(super) struct IntoStore {
    place: Place,
    labels: Vec<(String, String)>,
    /// Holds each capture until it is in the store.
    passing: Option<TempDir>,
    n_captures: u32,
}

impl IntoStore {
    /// What the command line says; `None` without `--store`.
    ///
    /// # Errors
    /// If the store cannot be opened: better said before than after half a minute.
    pub(super) fn of(args: &CaptureArgs) -> Result<Option<Self>, Failure> {
        let Some(name) = &args.store else { return Ok(None) };
        let place = Place::named(name);
        Writer::open(&place).map_err(|error| Failure::from_store(&error))?;
        let passing = match args.output {
            Some(_) => None,
            None => {
                Some(TempDir::new().map_err(|error| Failure::from_write(error, "a folder for captures"))?)
            }
        };
        Ok(Some(Self { place, labels: args.label.clone(), passing, n_captures: 0 }))
    }

    /// The folder that captures are written to before they are in the store.
    pub(super) fn passing(&self) -> Option<PathBuf> {
        self.passing.as_ref().map(|folder| folder.path().to_owned())
    }

    /// Adds a capture. A store that cannot be written this time (its server is away, another program compacts it) is said, and the next capture goes on.
    pub(super) fn add(&mut self, captured: &Captured) -> Result<(), Failure> {
        let added = self.add_members(captured);
        self.empty_passing();
        match added {
            Ok(()) => Ok(()),
            Err(error @ (StoreError::Server(_) | StoreError::Busy(_) | StoreError::Io { .. })) => {
                warn(&[format!("{error}; what was captured this time is not in the store")]);
                Ok(())
            }
            Err(error) => Err(Failure::from_store(&error)),
        }
    }

    /// Makes room for the next capture. What cannot be taken away now is gone with the folder.
    fn empty_passing(&self) {
        let Some(entries) = self.passing.as_ref().and_then(|folder| std::fs::read_dir(folder.path()).ok())
        else {
            return;
        };
        for entry in entries.flatten() {
            let _ = std::fs::remove_file(entry.path());
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }

    fn add_members(&mut self, captured: &Captured) -> Result<(), StoreError> {
        let mut writer = Writer::open(&self.place)?;
        let (mut n_new, mut n_bytes) = (0, 0);
        for taken in &captured.hosts {
            let inputs: Vec<_> =
                taken.members.iter().map(|member| input(captured.place_of(member), true)).collect();
            let own = [(INSTANCE.to_owned(), taken.host.clone())];
            let options = AddOptions {
                labels: own.into_iter().chain(self.labels.iter().cloned()).collect(),
                time_nanos: None,
                max_inflated_bytes: ParseOptions::default().max_inflated_bytes,
            };
            let added = writer.add(&inputs, &options, &Progress::new())?;
            warn(&added.warnings);
            let failed: Vec<String> =
                added.failed.iter().map(|(name, reason)| format!("{name}: {reason}")).collect();
            warn(&failed);
            n_new += added.n_new;
            n_bytes += added.n_bytes;
        }
        self.n_captures += 1;
        if self.n_captures.is_multiple_of(CAPTURES_A_COMPACTION) {
            writer.compact()?;
        }
        let size = crate::text::bytes(n_bytes);
        say(&format!("{} added to {}, {size}", counted(n_new, "profile"), self.place.shown()));
        Ok(())
    }
}

/// What goes together with `--store`.
pub(super) fn check(args: &CaptureArgs) -> Result<(), Failure> {
    if args.store.is_none() && !args.label.is_empty() {
        return Err(Failure::Usage(anyhow!("--label goes with --store")));
    }
    if args.store.is_none() && args.every.is_some() && args.count.is_none() {
        return Err(Failure::Usage(anyhow!(
            "--every goes with --count N, or with --store, which takes any number"
        )));
    }
    Ok(())
}
