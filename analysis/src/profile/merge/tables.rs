//! Strings, mappings, functions and locations of several profiles as one: equal pieces get equal ids.
//!
//! Nothing is stored twice: the hash tables hold rows of the merged profile, and the rows are the keys. Addresses are
//! compared relative to their mapping, so that two runs of a program at different addresses fall together.

use std::hash::{BuildHasher as _, Hash as _, Hasher as _, RandomState};

use goscope_parsers::pprof::{Function, FunctionId, Line, LocationId, Mapping, MappingId, Profile, StringId};
use hashbrown::HashTable;
use rustc_hash::{FxHashMap, FxHasher};

/// Bytes of a page: mappings whose size differs by less are the same.
const PAGE_BYTES: u64 = 0x1000;

/// The strings of the merged profile. Keyed by untrusted text, hence std's keyed hash.
#[derive(Default)]
pub(super) struct Strings {
    rows: HashTable<StringId>,
    hasher: RandomState,
}

impl Strings {
    /// The id of a text in the merged profile.
    pub(super) fn intern(&mut self, text: &[u8], merged: &mut Profile) -> StringId {
        if text.is_empty() {
            return StringId(0);
        }
        let hash = self.hasher.hash_one(text);
        if let Some(&id) = self.rows.find(hash, |&id| merged.strings.bytes(id) == text) {
            return id;
        }
        let id = merged.strings.push(text);
        self.rows.insert_unique(hash, id, |&id| self.hasher.hash_one(merged.strings.bytes(id)));
        id
    }
}

/// Size in pages, offset in the binary, build id or else path.
type MappingKey = (u64, u64, StringId);
/// First line, name, system name, file.
type FunctionKey = (i64, StringId, StringId, StringId);

/// The tables of the merged profile, by their content.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) strings: Strings,
    mappings: FxHashMap<MappingKey, MappingId>,
    functions: FxHashMap<FunctionKey, FunctionId>,
    locations: HashTable<LocationId>,
    lines: Vec<Line>,
}

/// Rows of one input to rows of the merged profile, as far as they are known.
pub(super) struct Rows<'p> {
    pub(super) profile: &'p Profile,
    strings: Vec<u32>,
    functions: Vec<u32>,
    locations: Vec<u32>,
}

/// Not known yet.
const UNKNOWN: u32 = u32::MAX;

impl<'p> Rows<'p> {
    pub(super) fn of(profile: &'p Profile) -> Self {
        Self {
            profile,
            strings: vec![UNKNOWN; profile.strings.len()],
            functions: vec![UNKNOWN; profile.functions.len()],
            locations: vec![UNKNOWN; profile.locations.len()],
        }
    }
}

impl Tables {
    /// The merged id of a string.
    pub(super) fn string(&mut self, rows: &mut Rows<'_>, id: StringId, merged: &mut Profile) -> StringId {
        match rows.strings.get(id.index()) {
            Some(&UNKNOWN) => {
                let text = self.strings.intern(rows.profile.strings.bytes(id), merged);
                rows.strings[id.index()] = text.0;
                text
            }
            Some(&known) => StringId(known),
            None => StringId(0),
        }
    }

    /// The merged id of a location.
    #[inline]
    pub(super) fn location(
        &mut self,
        rows: &mut Rows<'_>,
        id: LocationId,
        merged: &mut Profile,
    ) -> LocationId {
        match rows.locations[id.index()] {
            UNKNOWN => self.new_location(rows, id, merged),
            known => LocationId(known),
        }
    }

    fn new_location(&mut self, rows: &mut Rows<'_>, id: LocationId, merged: &mut Profile) -> LocationId {
        let locations = &rows.profile.locations;
        let mut address = locations.address(id);
        let mapping = locations.mapping(id).map(|source| {
            let mapping = self.mapping(rows, source, merged);
            let start = |profile: &Profile, id: MappingId| {
                profile.mappings.get(id.index()).map_or(0, |mapping| mapping.memory_start)
            };
            address = address.wrapping_add(start(merged, mapping)).wrapping_sub(start(rows.profile, source));
            mapping
        });
        let mut lines = std::mem::take(&mut self.lines);
        lines.clear();
        for line in rows.profile.locations.lines(id) {
            lines.push(Line { function: self.function(rows, line.function, merged), ..*line });
        }
        let is_folded = rows.profile.locations.is_folded(id);
        let key = LocationKey { mapping, address, is_folded, lines: &lines };
        let hash = key.hash();
        let known = self.locations.find(hash, |&row| LocationKey::of(merged, row) == key).copied();
        let location = known.unwrap_or_else(|| {
            let new_id = merged.locations.len() as u64 + 1;
            let location = merged.locations.push(new_id, address, mapping, is_folded, &lines);
            self.locations.insert_unique(hash, location, |&row| LocationKey::of(merged, row).hash());
            location
        });
        self.lines = lines;
        rows.locations[id.index()] = location.0;
        location
    }

    /// The merged id of a mapping: few, so looked up each time.
    pub(super) fn mapping(&mut self, rows: &Rows<'_>, id: MappingId, merged: &mut Profile) -> MappingId {
        let source = rows.profile.mappings.get(id.index()).copied().unwrap_or_default();
        let filename = self.strings.intern(rows.profile.strings.bytes(source.filename), merged);
        let build_id = self.strings.intern(rows.profile.strings.bytes(source.build_id), merged);
        let size = source.memory_limit.wrapping_sub(source.memory_start).wrapping_add(PAGE_BYTES - 1);
        let binary = if build_id.0 == 0 { filename } else { build_id };
        let key = (size - size % PAGE_BYTES, source.file_offset, binary);
        *self.mappings.entry(key).or_insert_with(|| {
            let row = u32::try_from(merged.mappings.len()).unwrap_or(u32::MAX);
            merged.mappings.push(Mapping { id: u64::from(row) + 1, filename, build_id, ..source });
            MappingId(row)
        })
    }

    fn function(&mut self, rows: &mut Rows<'_>, id: FunctionId, merged: &mut Profile) -> FunctionId {
        let known = rows.functions.get(id.index()).copied().unwrap_or(UNKNOWN);
        if known != UNKNOWN {
            return FunctionId(known);
        }
        let source = rows.profile.functions.get(id.index()).copied().unwrap_or_default();
        let name = self.string(rows, source.name, merged);
        let system_name = self.string(rows, source.system_name, merged);
        let filename = self.string(rows, source.filename, merged);
        let key = (source.start_line, name, system_name, filename);
        let function = *self.functions.entry(key).or_insert_with(|| {
            let row = u32::try_from(merged.functions.len()).unwrap_or(u32::MAX);
            let id = u64::from(row) + 1;
            merged.functions.push(Function {
                id,
                name,
                system_name,
                filename,
                start_line: source.start_line,
            });
            FunctionId(row)
        });
        if let Some(known) = rows.functions.get_mut(id.index()) {
            *known = function.0;
        }
        function
    }
}

/// What makes two locations of the merged profile the same. All addresses are relocated to the merged mapping, so
/// comparing them is comparing distances from its start.
struct LocationKey<'a> {
    mapping: Option<MappingId>,
    address: u64,
    is_folded: bool,
    lines: &'a [Line],
}

impl<'a> LocationKey<'a> {
    fn of(merged: &'a Profile, row: LocationId) -> Self {
        let table = &merged.locations;
        Self {
            mapping: table.mapping(row),
            address: table.address(row),
            is_folded: table.is_folded(row),
            lines: table.lines(row),
        }
    }

    fn hash(&self) -> u64 {
        let mut hasher = FxHasher::default();
        (self.mapping, self.address, self.is_folded).hash(&mut hasher);
        for line in self.lines {
            (line.function, line.line).hash(&mut hasher);
        }
        self.last_column().hash(&mut hasher);
        hasher.finish()
    }

    /// Of all columns pprof compares the last only.
    fn last_column(&self) -> i64 {
        self.lines.last().map_or(0, |line| line.column)
    }
}

impl PartialEq for LocationKey<'_> {
    fn eq(&self, other: &Self) -> bool {
        let places =
            |lines: &'_ [Line]| lines.iter().map(|line| (line.function, line.line)).collect::<Vec<_>>();
        self.mapping == other.mapping
            && self.address == other.address
            && self.is_folded == other.is_folded
            && self.last_column() == other.last_column()
            && self.lines.len() == other.lines.len()
            && places(self.lines) == places(other.lines)
    }
}
