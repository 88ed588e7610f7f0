//! Parts written anew: without some profiles, or several as one.
//!
//! ```text
//! old parts  a b c          new part in place  a b c ABC          profiles of the old ones away  then their samples
//! ```
//!
//! At every moment each profile is in a part that is whole. While it is in two, readers take the first.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::batch::Batch;
use crate::engine::{Compacted, Engine, whole_rows};
use crate::error::StoreError;
use crate::folder::layout::{Partition, SUFFIX};
use crate::folder::parts::{PartId, dictionary_files, parts, put, read_file, remove};
use crate::id::{Id, part_name};
use crate::rows::{Dictionary, Frame, ProfileRow, SummaryRow};
use crate::schema::Table;
use crate::selector::Selector;
use crate::table::dictionary::{read_frames, read_stacks, write_frames, write_stacks};
use crate::table::samples::read_stack_ids;
use crate::table::summaries::{read_summaries, write_summaries};

/// Profiles that are held at once while parts are written anew.
const PROFILES_AT_ONCE: usize = 1000;

/// Forgets profiles.
pub(crate) fn remove_profiles(
    engine: &dyn Engine,
    root: &Path,
    profiles: &[ProfileRow],
) -> Result<(), StoreError> {
    let gone: HashSet<Id> = profiles.iter().map(|row| row.id).collect();
    // A profile may be in several parts, if compacting was stopped: all are looked at.
    let partitions: BTreeSet<&Partition> =
        profiles.iter().filter_map(|row| row.part.as_ref()).map(|part| &part.partition).collect();
    let mut warnings = Vec::new();
    let all = engine.profiles(&Selector::default(), &mut warnings)?;
    refuse_damage(&warnings)?;
    let mut by_partition: BTreeMap<&Partition, Vec<ProfileRow>> =
        partitions.into_iter().map(|it| (it, Vec::new())).collect();
    for row in &all {
        let Some(part) = &row.part else { continue };
        if let Some(kept) = by_partition.get_mut(&part.partition)
            && !gone.contains(&row.id)
        {
            kept.push(row.clone());
        }
    }
    by_partition.into_iter().try_for_each(|(partition, kept)| rewrite(engine, root, partition, &kept))
}

/// Brings the parts of each day and service together, and the dictionaries; forgets stacks that nothing has any more.
pub(crate) fn compact(engine: &dyn Engine, root: &Path) -> Result<Compacted, StoreError> {
    let before = size(root)?;
    let mut warnings = Vec::new();
    let rows = engine.profiles(&Selector::default(), &mut warnings)?;
    // What cannot be read would be lost by writing the rest of it anew.
    refuse_damage(&warnings)?;
    let mut by_partition: BTreeMap<Partition, Vec<ProfileRow>> = BTreeMap::new();
    for row in rows {
        if let Some(part) = &row.part {
            by_partition.entry(part.partition.clone()).or_default().push(row);
        }
    }
    let mut n_parts: BTreeMap<Partition, usize> = BTreeMap::new();
    for part in parts(root, Table::Profiles, |_, _| true)? {
        *n_parts.entry(part.partition).or_default() += 1;
    }
    for (partition, rows) in &by_partition {
        let least = rows.len().div_ceil(PROFILES_AT_ONCE);
        // What has no samples any more is forgotten, so that it can be added again.
        let kept: Vec<ProfileRow> = rows.iter().filter(|row| has_samples(root, row)).cloned().collect();
        if kept.len() < rows.len() || n_parts.get(partition).is_some_and(|&n| n > least) {
            rewrite(engine, root, partition, &kept)?;
        }
    }
    for partition in parts(root, Table::Summaries, |_, _| true)?
        .into_iter()
        .map(|part| part.partition)
        .collect::<BTreeSet<_>>()
    {
        rewrite_summaries(root, &partition, &HashSet::new())?;
    }
    compact_dictionaries(root)?;
    let after = size(root)?;
    Ok(Compacted { n_files: [before.0, after.0], n_bytes: [before.1, after.1] })
}

/// Whether the file with the samples of a profile is there.
fn has_samples(root: &Path, row: &ProfileRow) -> bool {
    row.part.as_ref().is_some_and(|part| part.path(root, Table::Samples).exists())
}

fn refuse_damage(warnings: &[String]) -> Result<(), StoreError> {
    match warnings.first() {
        Some(warning) => Err(StoreError::Damaged {
            place: warning.clone(),
            reason: "nothing was changed; take the damaged file away first".to_owned(),
        }),
        None => Ok(()),
    }
}

/// Makes these rows all that a partition holds.
fn rewrite(
    engine: &dyn Engine,
    root: &Path,
    partition: &Partition,
    kept: &[ProfileRow],
) -> Result<(), StoreError> {
    let is_of = |date: &str, service: Option<&str>| {
        date == partition.date && service.is_none_or(|it| it == partition.service)
    };
    let old: Vec<PartId> = parts(root, Table::Profiles, is_of)?;
    let mut new: HashSet<String> = HashSet::new();
    for rows in kept.chunks(PROFILES_AT_ONCE) {
        let name = part_name(rows.iter().map(|row| row.id));
        let is_alone = |row: &ProfileRow| row.part.as_ref().is_some_and(|part| part.name == name);
        // A part that holds these and nothing else stays as it is.
        if !rows.iter().all(is_alone) {
            let mut warnings = Vec::new();
            let batch = whole_rows(engine, rows, &mut warnings)?;
            refuse_damage(&warnings)?;
            let Some(batch) = batch else {
                let reason = "samples of its profiles are missing; nothing of it was changed".to_owned();
                let place = partition.folder(root, Table::Samples).display().to_string();
                return Err(StoreError::Damaged { place, reason });
            };
            write(engine, batch)?;
        }
        new.insert(name);
    }
    let old: Vec<&PartId> = old.iter().filter(|part| !new.contains(&part.name)).collect();
    for table in [Table::Profiles, Table::Samples] {
        old.iter().try_for_each(|part| remove(&part.path(root, table)))?;
    }
    Ok(())
}

/// Forgets the sums of traces.
pub(crate) fn remove_traces(root: &Path, traces: &[ProfileRow]) -> Result<(), StoreError> {
    let gone: HashSet<Id> = traces.iter().map(|row| row.id).collect();
    let partitions: BTreeSet<Partition> =
        traces.iter().map(|row| Partition::of(row.time_nanos, &row.service)).collect();
    partitions.iter().try_for_each(|partition| rewrite_summaries(root, partition, &gone))
}

/// Brings the sums of a partition together, without those of some traces.
fn rewrite_summaries(root: &Path, partition: &Partition, gone: &HashSet<Id>) -> Result<(), StoreError> {
    let is_of = |date: &str, service: Option<&str>| {
        date == partition.date && service.is_none_or(|it| it == partition.service)
    };
    let old = parts(root, Table::Summaries, is_of)?;
    if old.len() <= 1 && gone.is_empty() {
        return Ok(());
    }
    let mut rows: Vec<SummaryRow> = Vec::new();
    for part in &old {
        rows.extend(read_file(&part.path(root, Table::Summaries), read_summaries)?.unwrap_or_default());
    }
    rows.retain(|row| !gone.contains(&row.trace.id));
    rows.sort_by(|a, b| a.key().cmp(&b.key()));
    rows.dedup_by(|a, b| a.key() == b.key());
    let kept: BTreeSet<Id> = rows.iter().map(|row| row.trace.id).collect();
    let new = PartId { partition: partition.clone(), name: part_name(kept) };
    if !rows.is_empty() {
        let rows: Vec<&SummaryRow> = rows.iter().collect();
        let bytes =
            write_summaries(&rows, Vec::new()).map_err(StoreError::damaged("while rows were packed"))?;
        put(&new.path(root, Table::Summaries), &bytes)?;
    }
    let is_new = |part: &PartId| !rows.is_empty() && part.name == new.name;
    old.iter().filter(|part| !is_new(part)).try_for_each(|part| remove(&part.path(root, Table::Summaries)))
}

fn write(engine: &dyn Engine, batch: Batch) -> Result<(), StoreError> {
    let files = batch.files(None).map_err(StoreError::damaged("while rows were packed"))?;
    engine.put(&files)
}

/// One file of stacks and one of frames, of what samples have.
fn compact_dictionaries(root: &Path) -> Result<(), StoreError> {
    let (old_stacks, old_frames) =
        (dictionary_files(root, Table::Stacks)?, dictionary_files(root, Table::Frames)?);
    if old_stacks.len() <= 1 && old_frames.len() <= 1 {
        return Ok(());
    }
    let used = used_stacks(root)?;
    let mut warnings = Vec::new();
    let dictionary = read_dictionary(&old_stacks, &old_frames, &used, &mut warnings)?;
    let name = part_name(dictionary.stack_ids.values().iter().copied());
    let damaged = || StoreError::damaged("while rows were packed");
    let stacks = root.join(Table::Stacks.name()).join(format!("{name}{SUFFIX}"));
    let frames = root.join(Table::Frames.name()).join(format!("{name}{SUFFIX}"));
    put(&frames, &write_frames(&dictionary, &HashSet::new(), Vec::new()).map_err(damaged())?)?;
    put(&stacks, &write_stacks(&dictionary, &HashSet::new(), Vec::new()).map_err(damaged())?)?;
    for (old, new) in [(old_stacks, stacks), (old_frames, frames)] {
        old.iter().filter(|path| **path != new).try_for_each(|path| remove(path))?;
    }
    Ok(())
}

/// The ids of all stacks that samples have.
fn used_stacks(root: &Path) -> Result<Vec<Id>, StoreError> {
    let mut used: HashSet<Id> = HashSet::new();
    for part in parts(root, Table::Samples, |_, _| true)? {
        let path = part.path(root, Table::Samples);
        used.extend(read_file(&path, read_stack_ids)?.unwrap_or_default());
    }
    let mut used: Vec<Id> = used.into_iter().collect();
    used.sort_unstable();
    Ok(used)
}

/// The dictionary of these stacks out of files that must all be sound.
fn read_dictionary(
    stacks: &[PathBuf],
    frames: &[PathBuf],
    used: &[Id],
    warnings: &mut Vec<String>,
) -> Result<Dictionary, StoreError> {
    let mut known: HashMap<Id, Box<[Id]>> = HashMap::new();
    for path in stacks {
        let read = |bytes: Bytes| {
            read_stacks(bytes, &|_| true, |id, frames| drop(known.insert(id, frames.collect())))
        };
        read_file(path, read)?;
    }
    let mut rows: HashMap<Id, Frame> = HashMap::new();
    for path in frames {
        read_file(path, |bytes| read_frames(bytes, &|_| true, |id, frame| drop(rows.insert(id, frame))))?;
    }
    let used: Vec<Id> = used.iter().copied().filter(|id| known.contains_key(id)).collect();
    Ok(Dictionary::of(&used, &known, rows, warnings))
}

/// How many files a store has, and how many bytes they take.
pub(crate) fn size(root: &Path) -> Result<(usize, u64), StoreError> {
    let (mut n_files, mut n_bytes) = (0, 0);
    let mut count = |path: &Path| {
        n_files += 1;
        n_bytes += fs::metadata(path).map_or(0, |metadata| metadata.len());
    };
    for table in Table::ALL {
        match table {
            Table::Frames | Table::Stacks => {
                dictionary_files(root, table)?.iter().for_each(|path| count(path));
            }
            _ => parts(root, table, |_, _| true)?.iter().for_each(|part| count(&part.path(root, table))),
        }
    }
    Ok((n_files, n_bytes))
}
