//! Builds a [`Profile`] piece by piece, giving equal pieces equal ids: for text formats, conversions and tests.

use std::collections::HashMap;

use super::profile::{
    Function, FunctionId, Label, Line, LocationId, Mapping, MappingFlags, MappingId, Profile, StringId,
    ValueType,
};

/// What makes two locations the same one: mapping, address and frames.
type LocationKey = (Option<MappingId>, u64, Vec<Line>);

/// Collects a profile. Its maps are keyed by untrusted text, hence std's keyed hash and not a faster one.
/// Strings, functions and locations are interned; samples are kept as they come.
#[derive(Debug, Default)]
pub struct ProfileBuilder {
    profile: Profile,
    strings: HashMap<Box<[u8]>, StringId>,
    functions: HashMap<(StringId, StringId, StringId, i64), FunctionId>,
    locations: HashMap<LocationKey, LocationId>,
}

impl ProfileBuilder {
    /// Starts a profile with the given `(type, unit)` columns.
    pub fn new(sample_types: &[(&str, &str)]) -> Self {
        let mut builder = Self::default();
        builder.strings.insert(Box::default(), StringId(0));
        for (kind, unit) in sample_types {
            let value_type = builder.value_type(kind, unit);
            builder.profile.sample_types.push(value_type);
        }
        builder.profile.samples.n_types = sample_types.len();
        builder
    }

    /// The profile as built so far, to set what has no function of its own (time, duration, period…).
    pub fn header(&mut self) -> &mut Profile {
        &mut self.profile
    }

    /// The id of a string.
    pub fn string(&mut self, text: &str) -> StringId {
        self.string_from_bytes(text.as_bytes())
    }

    /// The id of a string that need not be UTF-8.
    pub fn string_from_bytes(&mut self, text: &[u8]) -> StringId {
        if let Some(&id) = self.strings.get(text) {
            return id;
        }
        let id = self.profile.strings.push(text);
        self.strings.insert(text.into(), id);
        id
    }

    /// A value type made of two strings.
    pub fn value_type(&mut self, kind: &str, unit: &str) -> ValueType {
        ValueType { kind: self.string(kind), unit: self.string(unit) }
    }

    /// The id of a function; its system name is its name.
    pub fn function(&mut self, name: &str, filename: &str, start_line: i64) -> FunctionId {
        self.function_of_system(name, name, filename, start_line)
    }

    /// The id of a function that the linker has another name for.
    pub fn function_of_system(
        &mut self,
        name: &str,
        system_name: &str,
        filename: &str,
        start_line: i64,
    ) -> FunctionId {
        let (name, system_name, filename) =
            (self.string(name), self.string(system_name), self.string(filename));
        let table = &mut self.profile.functions;
        *self.functions.entry((name, system_name, filename, start_line)).or_insert_with(|| {
            let index = u32::try_from(table.len()).unwrap_or(u32::MAX);
            table.push(Function { id: u64::from(index) + 1, name, system_name, filename, start_line });
            FunctionId(index)
        })
    }

    /// Adds a mapping of a binary.
    pub fn mapping(
        &mut self,
        memory_start: u64,
        memory_limit: u64,
        file_offset: u64,
        filename: &str,
        build_id: &str,
    ) -> MappingId {
        let filename = self.string(filename);
        let build_id = self.string(build_id);
        let index = u32::try_from(self.profile.mappings.len()).unwrap_or(u32::MAX);
        self.profile.mappings.push(Mapping {
            id: u64::from(index) + 1,
            memory_start,
            memory_limit,
            file_offset,
            filename,
            build_id,
            flags: MappingFlags::default(),
        });
        MappingId(index)
    }

    /// The id of a location: `lines` innermost first, empty if the address has no symbol.
    pub fn location(&mut self, mapping: Option<MappingId>, address: u64, lines: &[Line]) -> LocationId {
        let key = (mapping, address, lines.to_vec());
        if let Some(&id) = self.locations.get(&key) {
            return id;
        }
        let id = self.profile.locations.len() as u64 + 1;
        let location = self.profile.locations.push(id, address, mapping, false, lines);
        self.locations.insert(key, location);
        location
    }

    /// A label with a text value.
    pub fn string_label(&mut self, key: &str, value: &str) -> Label {
        Label { key: self.string(key), str: self.string(value), ..Label::default() }
    }

    /// A label with a number and its unit.
    pub fn numeric_label(&mut self, key: &str, num: i64, unit: &str) -> Label {
        Label { key: self.string(key), num, num_unit: self.string(unit), ..Label::default() }
    }

    /// Adds a sample: one value a type, stack leaf first. A label without text, number and unit is left out, as
    /// profile.proto cannot tell it from none.
    ///
    /// # Panics
    /// If the number of values is not the number of sample types: the caller's mistake.
    pub fn sample(&mut self, values: &[i64], stack: &[LocationId], labels: &[Label]) {
        assert_eq!(values.len(), self.profile.sample_types.len(), "one value a sample type");
        self.profile.samples.push(values, stack, labels);
    }

    /// The finished profile.
    pub fn finish(self) -> Profile {
        self.profile
    }
}
