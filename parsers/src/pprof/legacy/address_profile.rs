//! A profile on its way from addresses to locations: stacks and comments as the rows come, then mappings and names.

use std::collections::HashMap;

use super::maps::{MappedRange, MappingFinder};
use super::symbols::Symbols;
use crate::pprof::builder::ProfileBuilder;
use crate::pprof::profile::{Label, Line, LocationId, Mapping, MappingFlags, Profile};

/// A profile whose stacks are still addresses.
pub(super) struct AddressProfile {
    pub(super) builder: ProfileBuilder,
    pub(super) values: Vec<i64>,
    /// All stacks one after the other, and where each ends.
    pub(super) addresses: Vec<u64>,
    pub(super) address_ends: Vec<usize>,
    pub(super) labels: Vec<Label>,
    pub(super) label_ends: Vec<usize>,
    pub(super) symbols: Symbols,
    pub(super) hidden_leaves: HiddenLeaves,
}

impl AddressProfile {
    pub(super) fn new(sample_types: &[(&str, &str)], period_type: (&str, &str), period: i64) -> Self {
        let mut builder = ProfileBuilder::new(sample_types);
        let period_type = builder.value_type(period_type.0, period_type.1);
        builder.header().period_type = Some(period_type);
        builder.header().period = period;
        Self {
            builder,
            values: Vec::new(),
            addresses: Vec::new(),
            address_ends: Vec::new(),
            labels: Vec::new(),
            label_ends: Vec::new(),
            symbols: Symbols::default(),
            hidden_leaves: HiddenLeaves::Kept,
        }
    }

    /// Ends a sample whose addresses have been appended.
    pub(super) fn end_sample(&mut self, values: &[i64]) {
        self.values.extend_from_slice(values);
        self.address_ends.push(self.addresses.len());
        self.label_ends.push(self.labels.len());
    }

    /// Adds a label to the last sample.
    pub(super) fn label_last(&mut self, label: Label) {
        if let Some(end) = self.label_ends.last_mut() {
            self.labels.push(label);
            *end = self.labels.len();
        }
    }

    /// Matches the comments that were read with the last sample, which they are about.
    pub(super) fn end_comments(&mut self) {
        if !self.symbols.is_pending() {
            return;
        }
        let start = self.address_ends.iter().rev().nth(1).copied().unwrap_or(0);
        let n_hidden = self.symbols.end_sample(self.addresses.get(start..).unwrap_or(&[]));
        if self.hidden_leaves == HiddenLeaves::Dropped {
            self.addresses.drain(start..start + n_hidden);
            if let Some(end) = self.address_ends.last_mut() {
                *end = self.addresses.len();
            }
        }
    }

    /// Gives each address a location, in order of appearance, and each location its mapping and frames.
    pub(super) fn finish(mut self, mut ranges: Vec<MappedRange>, keep: KeepAddresses) -> Profile {
        let mut mapping_of = MappingFinder::new(&mut ranges);
        let mut location_of: HashMap<u64, LocationId> = HashMap::new();
        let mut stack = Vec::new();
        let (mut address_start, mut label_start) = (0, 0);
        let n_types = self.builder.header().sample_types.len();
        for (sample, &address_end) in self.address_ends.iter().enumerate() {
            stack.clear();
            for &address in self.addresses.get(address_start..address_end).unwrap_or(&[]) {
                let location = *location_of.entry(address).or_insert_with(|| {
                    let lines: Vec<Line> = self.symbols.lines(address, &mut self.builder);
                    let (address, mapping) = match keep {
                        KeepAddresses::Always => (address, mapping_of.mapping(address)),
                        KeepAddresses::Never if lines.is_empty() => (0, mapping_of.mapping(address)),
                        KeepAddresses::Never => (0, None),
                    };
                    let locations = &mut self.builder.header().locations;
                    let id = locations.len() as u64 + 1;
                    locations.push(id, address, mapping, false, &lines)
                });
                stack.push(location);
            }
            let label_end = self.label_ends.get(sample).copied().unwrap_or(label_start);
            let values = self.values.get(sample * n_types..(sample + 1) * n_types).unwrap_or(&[]);
            let labels = self.labels.get(label_start..label_end).unwrap_or(&[]);
            self.builder.sample(values, &stack, labels);
            (address_start, label_start) = (address_end, label_end);
        }
        for (range, id) in ranges.iter().zip(1..) {
            let filename = self.builder.string(&range.file);
            let build_id = self.builder.string(&range.build_id);
            self.builder.header().mappings.push(Mapping {
                id,
                memory_start: range.start,
                memory_limit: range.limit,
                file_offset: range.offset,
                filename,
                build_id,
                flags: MappingFlags::default(),
            });
        }
        self.builder.finish()
    }
}

/// Whether locations keep their addresses. Java's mean nothing outside the process.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum KeepAddresses {
    Always,
    Never,
}

/// What becomes of the runtime's frames at the leaf, whose names Go does not list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum HiddenLeaves {
    /// They stay as bare addresses.
    Kept,
    /// They go, as they do in the binary form of the same profile.
    Dropped,
}
