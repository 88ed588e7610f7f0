//! A store in a folder.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use rayon::prelude::*;

use super::selection::Selection;
use super::sums::Sums;
use super::{Compacted, Engine, Warnings};
use crate::batch::File;
use crate::error::StoreError;
use crate::folder::layout::SUFFIX;
use crate::folder::parts::{PartId, dictionary_files, parts, put, read_file};
use crate::folder::rewrite;
use crate::id::Id;
use crate::rows::{Dictionary, Frame, ProfileRow, SummaryRow};
use crate::schema::Table;
use crate::selector::Selector;
use crate::table::dictionary::{read_frames, read_stacks};
use crate::table::profiles::{read_ids, read_profiles};
use crate::table::samples::read_samples;
use crate::table::summaries::{read_summaries, read_trace_ids};

/// The folder of a store.
#[derive(Clone, Debug)]
pub(crate) struct FolderEngine {
    pub(crate) root: PathBuf,
}

impl Engine for FolderEngine {
    fn profiles(&self, selector: &Selector, warnings: &mut Warnings) -> Result<Vec<ProfileRow>, StoreError> {
        let parts = parts(&self.root, Table::Profiles, |date, service| selector.may_be_in(date, service))?;
        let read = |part: &PartId| {
            let rows = read_file(&part.path(&self.root, Table::Profiles), read_profiles)?.unwrap_or_default();
            let part = Arc::new(part.clone());
            let meant = rows.into_iter().filter(|row| selector.is_profile(row));
            Ok(meant
                .map(|row| ProfileRow { part: Some(Arc::clone(&part)), ..row })
                .collect::<Vec<ProfileRow>>())
        };
        let mut found: Vec<ProfileRow> = each(&parts, read, warnings)?.into_iter().flatten().collect();
        // While parts are compacted, a profile is in two of them: its samples are taken from the first.
        found.sort_by(|a, b| (a.time_nanos, a.id, &a.part).cmp(&(b.time_nanos, b.id, &b.part)));
        found.dedup_by_key(|row| row.id);
        Ok(found)
    }

    fn sums(
        &self,
        selector: &Selector,
        selection: &Selection,
        by_profile: bool,
        warnings: &mut Warnings,
    ) -> Result<Option<Sums>, StoreError> {
        let mut own: BTreeMap<&PartId, HashMap<Id, u32>> = BTreeMap::new();
        for (place, row) in (0..).zip(&selection.profiles) {
            if let Some(part) = &row.part {
                own.entry(part).or_default().insert(row.id, place);
            }
        }
        let parts: Vec<(&PartId, HashMap<Id, u32>)> = own.into_iter().collect();
        let n_types = selection.types.len();
        let read = |(part, own): &(&PartId, HashMap<Id, u32>)| {
            let mut sums = Sums::new(n_types);
            let add = |bytes: Bytes| {
                read_samples(bytes, |rows| {
                    sums.add_rows(rows, selector, selection, by_profile, &|id| own.get(id).copied());
                })
            };
            let is_there = read_file(&part.path(&self.root, Table::Samples), add)?.is_some();
            Ok(is_there.then_some(sums))
        };
        let mut all = Sums::new(n_types);
        for sums in each(&parts, read, warnings)? {
            let Some(sums) = sums else { return Ok(None) };
            all.merge(&sums);
        }
        Ok(Some(all))
    }

    fn dictionary(&self, stacks: &[Id], warnings: &mut Warnings) -> Result<Dictionary, StoreError> {
        let wanted: HashSet<Id> = stacks.iter().copied().collect();
        let mut known: HashMap<Id, Box<[Id]>> = HashMap::new();
        let of_file = |path: &PathBuf| {
            let mut stacks: Vec<(Id, Box<[Id]>)> = Vec::new();
            read_file(path, |bytes| {
                read_stacks(bytes, &|id| wanted.contains(id), |id, frames| {
                    stacks.push((id, frames.collect()));
                })
            })?;
            Ok(stacks)
        };
        let files = dictionary_files(&self.root, Table::Stacks)?;
        known.extend(each(&files, of_file, warnings)?.into_iter().flatten());
        let wanted: HashSet<Id> = known.values().flat_map(|frames| frames.iter().copied()).collect();
        let mut frames: HashMap<Id, Frame> = HashMap::new();
        let of_file = |path: &PathBuf| {
            let mut frames: Vec<(Id, Frame)> = Vec::new();
            read_file(path, |bytes| {
                read_frames(bytes, &|id| wanted.contains(id), |id, frame| frames.push((id, frame)))
            })?;
            Ok(frames)
        };
        let files = dictionary_files(&self.root, Table::Frames)?;
        frames.extend(each(&files, of_file, warnings)?.into_iter().flatten());
        Ok(Dictionary::of(stacks, &known, frames, warnings))
    }

    fn summaries(&self, selector: &Selector, warnings: &mut Warnings) -> Result<Vec<SummaryRow>, StoreError> {
        let parts = parts(&self.root, Table::Summaries, |date, service| selector.may_be_in(date, service))?;
        let read = |part: &PartId| {
            let rows =
                read_file(&part.path(&self.root, Table::Summaries), read_summaries)?.unwrap_or_default();
            Ok(rows
                .into_iter()
                .filter(|row| selector.is_whole_profile(&row.trace))
                .collect::<Vec<SummaryRow>>())
        };
        let mut rows: Vec<SummaryRow> = each(&parts, read, warnings)?.into_iter().flatten().collect();
        rows.sort_by(|a, b| a.key().cmp(&b.key()));
        rows.dedup_by(|a, b| a.key() == b.key());
        Ok(rows)
    }

    fn known(&self) -> Result<HashSet<Id>, StoreError> {
        let traces = parts(&self.root, Table::Summaries, |_, _| true)?;
        let read = |part: &PartId| read_file(&part.path(&self.root, Table::Summaries), read_trace_ids);
        let traces = each(&traces, read, &mut Vec::new())?;
        let parts = parts(&self.root, Table::Profiles, |_, _| true)?;
        // Of a part that cannot be read nothing is known: its profiles are added once more.
        let ids = each(
            &parts,
            |part| read_file(&part.path(&self.root, Table::Profiles), read_ids),
            &mut Vec::new(),
        )?;
        Ok(ids.into_iter().chain(traces).flatten().flatten().collect())
    }

    fn n_bytes(&self) -> Option<u64> {
        rewrite::size(&self.root).ok().map(|(_, n_bytes)| n_bytes)
    }

    fn put(&self, files: &[File]) -> Result<(), StoreError> {
        // Files of one table do not point to each other; tables are written in their order.
        for files in files.chunk_by(|a, b| a.table == b.table) {
            files.par_iter().try_for_each(|file| {
                let name = format!("{}{SUFFIX}", file.name);
                let folder = match &file.partition {
                    Some(partition) => partition.folder(&self.root, file.table),
                    None => self.root.join(file.table.name()),
                };
                put(&folder.join(name), &file.bytes)
            })?;
        }
        Ok(())
    }

    fn remove(&self, profiles: &[ProfileRow]) -> Result<(), StoreError> {
        rewrite::remove_profiles(self, &self.root, profiles)
    }

    fn remove_traces(&self, traces: &[ProfileRow]) -> Result<(), StoreError> {
        rewrite::remove_traces(&self.root, traces)
    }

    fn compact(&self) -> Result<Compacted, StoreError> {
        rewrite::compact(self, &self.root)
    }
}

/// Does something with each on all cores, in order. A file that is damaged is said and left out.
fn each<P: Sync, T: Send>(
    parts: &[P],
    read: impl Fn(&P) -> Result<T, StoreError> + Sync + Send,
    warnings: &mut Warnings,
) -> Result<Vec<T>, StoreError> {
    let results: Vec<Result<T, StoreError>> = parts.par_iter().map(read).collect();
    let mut sound = Vec::with_capacity(parts.len());
    for result in results {
        match result {
            Ok(value) => sound.push(value),
            Err(error @ StoreError::Damaged { .. }) => warnings.push(format!("{error}; it is left out")),
            Err(error) => return Err(error),
        }
    }
    Ok(sound)
}
