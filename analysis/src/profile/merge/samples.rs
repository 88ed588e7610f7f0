//! Samples of several profiles as one list: those of equal stack and labels become one, in first-seen order.

use std::hash::Hasher as _;

use goscope_parsers::pprof::{Label, LocationId, MappingId, Profile, SampleTable, StringId};
use hashbrown::HashTable;
use rustc_hash::FxHasher;

use super::header::merged_header;
use super::tables::{Rows, Tables};
use crate::profile::stacks::BASE_KEY;

/// What happens to the label of a base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BaseLabel {
    /// Labels stay as they are.
    Keep,
    /// Every sample gets `pprof::base=true` in place of any other value.
    Set,
}

/// The merged profile in the making.
pub(super) struct SampleMerger {
    merged: Profile,
    tables: Tables,
    /// Rows of the merged samples, by stack and labels.
    rows: HashTable<u32>,
    /// The sample that is being added.
    stack: Vec<LocationId>,
    labels: Vec<Label>,
}

impl SampleMerger {
    pub(super) fn new(inputs: &[(Profile, BaseLabel)]) -> Self {
        let mut tables = Tables::default();
        let mut merged = merged_header(inputs.iter().map(|(profile, _)| profile), &mut tables.strings);
        merged.samples = SampleTable::new(merged.sample_types.len());
        Self { merged, tables, rows: HashTable::new(), stack: Vec::new(), labels: Vec::new() }
    }

    /// Adds all samples of a profile that have a value.
    pub(super) fn add(&mut self, profile: &Profile, base_label: BaseLabel) {
        let mut source = Rows::of(profile);
        if self.merged.mappings.is_empty() && !profile.mappings.is_empty() {
            // The first mapping is the main binary, whatever the samples use first.
            self.tables.mapping(&source, MappingId(0), &mut self.merged);
        }
        self.rows.reserve(profile.samples.len(), |&row| hash_of_row(&self.merged.samples, row));
        for sample in 0..profile.samples.len() {
            let values = profile.samples.values(sample);
            if values.iter().all(|&value| value == 0) {
                continue;
            }
            self.read_stack(&mut source, sample);
            self.read_labels(&mut source, sample, base_label);
            self.add_sample(values);
        }
    }

    pub(super) fn finish(self) -> Profile {
        self.merged
    }

    fn read_stack(&mut self, source: &mut Rows<'_>, sample: usize) {
        let Self { merged, tables, stack, .. } = self;
        stack.clear();
        for &location in source.profile.samples.stack(sample) {
            stack.push(tables.location(source, location, merged));
        }
    }

    /// The labels as pprof keeps them: text first, then numbers, each by key; values of a key in their order.
    fn read_labels(&mut self, source: &mut Rows<'_>, sample: usize, base_label: BaseLabel) {
        let Self { merged, tables, labels, .. } = self;
        labels.clear();
        for label in source.profile.samples.labels(sample) {
            labels.push(Label {
                key: tables.string(source, label.key, merged),
                str: tables.string(source, label.str, merged),
                num: label.num,
                num_unit: tables.string(source, label.num_unit, merged),
            });
        }
        if base_label == BaseLabel::Set {
            let key = tables.strings.intern(BASE_KEY, merged);
            let value = tables.strings.intern(b"true", merged);
            labels.retain(|label| label.key != key || label.is_numeric());
            labels.push(Label { key, str: value, num: 0, num_unit: StringId(0) });
        }
        if labels.len() > 1 {
            let text = |id: StringId| merged.strings.bytes(id);
            labels.sort_by(|a, b| {
                a.is_numeric().cmp(&b.is_numeric()).then_with(|| text(a.key).cmp(text(b.key)))
            });
        }
    }

    fn add_sample(&mut self, values: &[i64]) {
        let Self { merged, rows, stack, labels, .. } = self;
        let samples = &mut merged.samples;
        let hash = hash(stack, labels);
        let is_same =
            |&row: &u32| samples.stack(row as usize) == &**stack && samples.labels(row as usize) == &**labels;
        if let Some(&row) = rows.find(hash, is_same) {
            let start = row as usize * values.len();
            let sums = &mut samples.all_values_mut()[start..start + values.len()];
            for (sum, &value) in sums.iter_mut().zip(values) {
                *sum = sum.wrapping_add(value);
            }
            return;
        }
        let row = u32::try_from(samples.len()).expect("fewer than 2^32 samples fit into memory");
        samples.push(values, stack, labels);
        rows.insert_unique(hash, row, |&row| hash_of_row(samples, row));
    }
}

/// Whether some sample has no value at all.
pub(super) fn has_empty_row(profile: &Profile) -> bool {
    let n_types = profile.sample_types.len().max(1);
    profile.samples.all_values().chunks_exact(n_types).any(|row| row.iter().all(|&value| value == 0))
}

fn hash_of_row(samples: &SampleTable, row: u32) -> u64 {
    hash(samples.stack(row as usize), samples.labels(row as usize))
}

fn hash(stack: &[LocationId], labels: &[Label]) -> u64 {
    let mut hasher = FxHasher::default();
    let mut pairs = stack.chunks_exact(2);
    for pair in &mut pairs {
        hasher.write_u64(u64::from(pair[0].0) << 32 | u64::from(pair[1].0));
    }
    for location in pairs.remainder() {
        hasher.write_u64(u64::from(location.0) | 1 << 63);
    }
    for label in labels {
        hasher.write_u64(u64::from(label.key.0) << 32 | u64::from(label.str.0));
        hasher.write_u64(label.num.cast_unsigned() ^ u64::from(label.num_unit.0));
    }
    hasher.finish()
}
