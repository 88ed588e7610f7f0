//! What is written at once: the rows of many profiles over one dictionary, cut into parts by day and service.

use std::collections::{BTreeMap, HashSet};

use parquet::errors::Result;
use rayon::prelude::*;

use crate::column::coded::Interner;
use crate::engine::selection::Selection;
use crate::engine::sums::Sums;
use crate::folder::layout::Partition;
use crate::id::{Id, part_name};
use crate::rows::{Dictionary, LabelSet, ProfileRow, SampleRow, SummaryRow};
use crate::schema::Table;
use crate::shred::Shredded;
use crate::table::dictionary::{write_frames, write_stacks};
use crate::table::profiles::write_profiles;
use crate::table::samples::{Part, write_samples};
use crate::table::summaries::write_summaries;

/// A file that is to be written.
pub(crate) struct File {
    pub(crate) table: Table,
    /// `None` for a dictionary.
    pub(crate) partition: Option<Partition>,
    /// Its name without the end.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// What of the dictionaries a writer has written already, while nobody else may take it away.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    frames: HashSet<Id>,
    stacks: HashSet<Id>,
}

/// Rows that wait to be written.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) dictionary: Dictionary,
    pub(crate) types: Interner<String>,
    pub(crate) labels: Interner<LabelSet>,
    pub(crate) profiles: Vec<ProfileRow>,
    pub(crate) samples: Vec<SampleRow>,
    pub(crate) summaries: Vec<SummaryRow>,
}

impl Batch {
    /// Takes the rows of a profile in.
    pub(crate) fn absorb(&mut self, shredded: &Shredded) {
        let stacks = self.absorb_dictionary(&shredded.dictionary);
        let types: Vec<u32> = shredded.row.types.iter().map(|name| self.types.code(name)).collect();
        let labels: Vec<u32> = shredded.labels.values().iter().map(|set| self.labels.code(set)).collect();
        let profile = u32::try_from(self.profiles.len()).unwrap_or(u32::MAX);
        self.profiles.push(shredded.row.clone());
        self.samples.extend(shredded.samples.iter().map(|row| SampleRow {
            profile,
            kind: types[row.kind as usize],
            stack: stacks[row.stack as usize],
            labels: labels[row.labels as usize],
            value: row.value,
        }));
    }

    /// The rows of profiles that were read from a store.
    pub(crate) fn of_sums(selection: Selection, sums: Sums, dictionary: Dictionary) -> Self {
        let mut rows: Vec<usize> = (0..sums.keys.len()).collect();
        rows.sort_unstable_by_key(|&row| sums.keys[row].profile);
        let mut samples = Vec::new();
        for row in rows {
            let key = sums.keys[row];
            for (kind, &value) in (0..).zip(sums.values(row)).filter(|(_, value)| **value != 0) {
                samples.push(SampleRow {
                    profile: key.profile,
                    kind,
                    stack: key.stack,
                    labels: key.labels,
                    value,
                });
            }
        }
        let mut types = Interner::default();
        for name in &selection.types {
            types.code(name);
        }
        Self {
            dictionary,
            types,
            labels: sums.labels,
            profiles: selection.profiles,
            samples,
            summaries: Vec::new(),
        }
    }

    /// Takes frames and stacks in; gives the new code of each stack.
    fn absorb_dictionary(&mut self, other: &Dictionary) -> Vec<u32> {
        let stack = |(id, frames): (&Id, &[u32])| {
            self.dictionary.stack(*id, |dictionary| {
                let frame = |&code: &u32| {
                    let code = code as usize;
                    dictionary.frame(other.frame_ids.values()[code], || other.frames[code].clone())
                };
                frames.iter().map(frame).collect()
            })
        };
        other.stack_ids.values().iter().zip(other.stacks.iter().map(|frames| &**frames)).map(stack).collect()
    }

    /// The files of all rows, in the order in which they have to be written: dictionaries, samples, profiles. Of the dictionary
    /// what is not `kept` already, which is kept from then on; nothing of it where `kept` is `None`, as for rows that come from
    /// the same store.
    pub(crate) fn files(self, kept: Option<&mut Kept>) -> Result<Vec<File>> {
        let summaries = self.summary_files()?;
        if self.profiles.is_empty() {
            return Ok(summaries);
        }
        let mut files = kept.map_or(Ok(Vec::new()), |kept| self.dictionary_files(kept))?;
        let parts = self.parts();
        let samples: Vec<File> = parts
            .par_iter()
            .map(|(partition, part)| part.samples_file(partition, &self))
            .collect::<Result<_>>()?;
        let profiles: Vec<File> = parts
            .par_iter()
            .map(|(partition, part)| part.profiles_file(partition, &self))
            .collect::<Result<_>>()?;
        files.extend(samples);
        files.extend(summaries);
        files.extend(profiles);
        Ok(files)
    }

    /// The files of frames and stacks that are not kept.
    fn dictionary_files(&self, kept: &mut Kept) -> Result<Vec<File>> {
        let name = part_name(self.profiles.iter().map(|profile| profile.id));
        let file = |table: Table, bytes: Vec<u8>| File { table, partition: None, name: name.clone(), bytes };
        let mut files = Vec::new();
        let (frames, stacks) = (self.dictionary.frame_ids.values(), self.dictionary.stack_ids.values());
        if frames.iter().any(|id| !kept.frames.contains(id)) {
            files.push(file(Table::Frames, write_frames(&self.dictionary, &kept.frames, Vec::new())?));
        }
        if stacks.iter().any(|id| !kept.stacks.contains(id)) {
            files.push(file(Table::Stacks, write_stacks(&self.dictionary, &kept.stacks, Vec::new())?));
        }
        kept.frames.extend(frames);
        kept.stacks.extend(stacks);
        Ok(files)
    }

    /// The files of what traces are summed up to.
    fn summary_files(&self) -> Result<Vec<File>> {
        let mut parts: BTreeMap<Partition, Vec<&SummaryRow>> = BTreeMap::new();
        for row in &self.summaries {
            parts.entry(Partition::of(row.trace.time_nanos, &row.trace.service)).or_default().push(row);
        }
        let file = |(partition, rows): (Partition, Vec<&SummaryRow>)| {
            let mut ids: Vec<Id> = rows.iter().map(|row| row.trace.id).collect();
            ids.sort_unstable();
            ids.dedup();
            let bytes = write_summaries(&rows, Vec::new())?;
            Ok(File { table: Table::Summaries, partition: Some(partition), name: part_name(ids), bytes })
        };
        parts.into_iter().map(file).collect()
    }

    /// Profiles and samples by day and service.
    fn parts(&self) -> BTreeMap<Partition, Rows> {
        let mut parts: BTreeMap<Partition, Rows> = BTreeMap::new();
        let mut samples = self.samples.as_slice();
        for (at, profile) in (0..).zip(&self.profiles) {
            let n_samples = samples.iter().take_while(|row| row.profile == at).count();
            let (own, rest) = samples.split_at(n_samples);
            samples = rest;
            let part = parts.entry(Partition::of(profile.time_nanos, &profile.service)).or_default();
            part.profiles.push(at);
            part.samples.extend_from_slice(own);
        }
        parts
    }
}

/// What of a batch goes into one part.
#[derive(Default)]
struct Rows {
    profiles: Vec<u32>,
    samples: Vec<SampleRow>,
}

impl Rows {
    fn name(&self, batch: &Batch) -> String {
        part_name(self.profiles.iter().map(|&at| batch.profiles[at as usize].id))
    }

    fn samples_file(&self, partition: &Partition, batch: &Batch) -> Result<File> {
        let service = self.profiles.first().map_or("", |&at| batch.profiles[at as usize].service.as_str());
        let part = Part {
            service,
            profiles: &batch.profiles,
            types: batch.types.values(),
            stacks: batch.dictionary.stack_ids.values(),
            labels: batch.labels.values(),
        };
        let bytes = write_samples(&part, self.samples.clone(), Vec::new())?;
        Ok(File { table: Table::Samples, partition: Some(partition.clone()), name: self.name(batch), bytes })
    }

    fn profiles_file(&self, partition: &Partition, batch: &Batch) -> Result<File> {
        let rows: Vec<&ProfileRow> = self.profiles.iter().map(|&at| &batch.profiles[at as usize]).collect();
        let bytes = write_profiles(&rows, Vec::new())?;
        Ok(File { table: Table::Profiles, partition: Some(partition.clone()), name: self.name(batch), bytes })
    }
}
