//! The tables of a profile: what profile.proto says, as columns and index-typed ids.
//!
//! ```text
//! SampleTable  values  | 3 30 | 1 10 |        row-major, one row a sample
//!              stacks  | L0 L1 L2 | L3 |      leaf first; stack_ends says where each stops
//!                         │
//! locations    lines   | f0 f1 | f2 | …       innermost inlined function first
//!                         │
//! functions    name, file ──► strings
//! ```
//!
//! Ids of the file (`id: u64` fields) are kept to be written back; inside the tables everything points by
//! index, so no lookup happens after decoding.

use std::borrow::Cow;
use std::ops::Range;

/// An index-typed id: a `u32` that names a row of one table.
macro_rules! index_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// The row that this id names.
            #[inline]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index_id! {
    /// A row of [`StringTable`]; 0 is always the empty string.
    StringId
}
index_id! {
    /// A row of [`Profile::mappings`].
    MappingId
}
index_id! {
    /// A row of [`Profile::functions`].
    FunctionId
}
index_id! {
    /// A row of [`LocationTable`].
    LocationId
}

/// All strings of a profile in one allocation. Bytes, because names may be invalid UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StringTable {
    bytes: Vec<u8>,
    /// End of each string in `bytes`.
    ends: Vec<usize>,
}

impl Default for StringTable {
    fn default() -> Self {
        Self { bytes: Vec::new(), ends: vec![0] }
    }
}

impl StringTable {
    /// A table without any row, not even the empty string: for the decoder, which reads row 0 from the file.
    pub(crate) fn without_rows() -> Self {
        Self { bytes: Vec::new(), ends: Vec::new() }
    }

    /// Number of strings, the empty one included.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no row at all (only while decoding).
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Appends a string without looking for an equal one.
    pub fn push(&mut self, text: &[u8]) -> StringId {
        let id = StringId(u32::try_from(self.ends.len()).unwrap_or(u32::MAX));
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
        id
    }

    /// The bytes of a string; empty for an id outside the table.
    pub fn bytes(&self, id: StringId) -> &[u8] {
        let index = id.index();
        let Some(&end) = self.ends.get(index) else { return &[] };
        let start = index.checked_sub(1).and_then(|previous| self.ends.get(previous)).copied().unwrap_or(0);
        self.bytes.get(start..end).unwrap_or(&[])
    }

    /// A string as text; bytes that are not UTF-8 show as U+FFFD.
    pub fn text(&self, id: StringId) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes(id))
    }

    /// All strings with their ids, in table order.
    pub fn iter(&self) -> impl Iterator<Item = (StringId, &[u8])> {
        (0..self.ends.len()).map(|index| {
            let id = StringId(u32::try_from(index).unwrap_or(u32::MAX));
            (id, self.bytes(id))
        })
    }
}

/// What a column of values means: its type (`cpu`, `inuse_space`) and unit (`nanoseconds`, `bytes`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ValueType {
    /// Name of the type.
    pub kind: StringId,
    /// Name of the unit.
    pub unit: StringId,
}

/// One label of a sample. A label with `str` is a string label, any other is numeric.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Label {
    /// Key; several labels of one sample may share it, in order.
    pub key: StringId,
    /// String value; row 0 for a numeric label.
    pub str: StringId,
    /// Numeric value, if `str` is empty.
    pub num: i64,
    /// Unit of `num`; row 0 where none is given.
    pub num_unit: StringId,
}

impl Label {
    /// Whether the value is a number.
    pub const fn is_numeric(&self) -> bool {
        self.str.0 == 0
    }

    /// Whether there is neither text nor number nor unit: pprof reads such a label as none.
    pub(crate) const fn is_void(&self) -> bool {
        self.str.0 == 0 && self.num == 0 && self.num_unit.0 == 0
    }
}

/// All samples, in file order, as columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampleTable {
    /// Values a sample: equals the number of sample types.
    pub(crate) n_types: usize,
    /// Row-major: sample `s`, type `t` is at `s * n_types + t`.
    pub(crate) values: Vec<i64>,
    /// Where the stack of each sample ends in `stacks`.
    pub(crate) stack_ends: Vec<usize>,
    /// All stacks one after the other, each leaf first.
    pub(crate) stacks: Vec<LocationId>,
    /// Where the labels of each sample end in `labels`; empty when no sample has labels.
    pub(crate) label_ends: Vec<usize>,
    pub(crate) labels: Vec<Label>,
}

impl SampleTable {
    /// Forgets all labels, for who needs stacks and values alone.
    pub fn drop_labels(&mut self) {
        (self.label_ends, self.labels) = (Vec::new(), Vec::new());
    }

    /// A table without samples.
    pub fn new(n_types: usize) -> Self {
        Self { n_types, ..Self::default() }
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.stack_ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.stack_ends.is_empty()
    }

    /// Values a sample: the number of sample types.
    pub fn n_types(&self) -> usize {
        self.n_types
    }

    /// The values of a sample, one a sample type.
    #[inline]
    pub fn values(&self, sample: usize) -> &[i64] {
        self.values.get(sample * self.n_types..(sample + 1) * self.n_types).unwrap_or(&[])
    }

    /// One value of a sample; 0 outside the table.
    #[inline]
    pub fn value(&self, sample: usize, sample_type: usize) -> i64 {
        self.values.get(sample * self.n_types + sample_type).copied().unwrap_or(0)
    }

    /// The stack of a sample, leaf first; empty if it has none.
    #[inline]
    pub fn stack(&self, sample: usize) -> &[LocationId] {
        self.stacks.get(range_before_end(&self.stack_ends, sample)).unwrap_or(&[])
    }

    /// The labels of a sample, in file order.
    #[inline]
    pub fn labels(&self, sample: usize) -> &[Label] {
        self.labels.get(range_before_end(&self.label_ends, sample)).unwrap_or(&[])
    }

    /// Whether any sample has a label.
    pub fn has_labels(&self) -> bool {
        !self.labels.is_empty()
    }

    /// Frames of all stacks together: the length of the longest column.
    pub fn n_stack_entries(&self) -> usize {
        self.stacks.len()
    }

    /// All values, row-major: sample `s`, type `t` is at `s * n_types + t`.
    pub fn all_values(&self) -> &[i64] {
        &self.values
    }

    /// All values to be changed, row-major.
    pub fn all_values_mut(&mut self) -> &mut [i64] {
        &mut self.values
    }

    /// Replaces all values by `n_types` new ones a sample, row-major.
    ///
    /// # Panics
    /// If there are not `n_types` values a sample: the caller's mistake.
    pub fn replace_values(&mut self, n_types: usize, values: Vec<i64>) {
        assert_eq!(values.len(), self.len() * n_types, "{n_types} values a sample");
        self.n_types = n_types;
        self.values = values;
    }

    /// Makes room for the samples of another table.
    pub fn reserve_for(&mut self, other: &Self) {
        self.values.reserve(other.values.len());
        self.stack_ends.reserve(other.stack_ends.len());
        self.stacks.reserve(other.stacks.len());
    }

    /// Appends a sample. `values` must hold one value a sample type.
    pub fn push(&mut self, values: &[i64], stack: &[LocationId], labels: &[Label]) {
        debug_assert_eq!(values.len(), self.n_types, "one value a sample type");
        self.values.extend_from_slice(values);
        self.stacks.extend_from_slice(stack);
        self.labels.extend(labels.iter().filter(|label| !label.is_void()));
        self.end_sample();
    }

    /// Ends a sample whose stack and labels have been appended to the columns.
    #[inline]
    pub(crate) fn end_sample(&mut self) {
        self.end_sample_at(self.stacks.len());
    }

    /// The same for a sample whose stack ends there, wherever it is yet.
    #[inline]
    pub(crate) fn end_sample_at(&mut self, stack_end: usize) {
        if !self.labels.is_empty() {
            // Samples before the first labeled one end at 0.
            self.label_ends.resize(self.stack_ends.len(), 0);
            self.label_ends.push(self.labels.len());
        }
        self.stack_ends.push(stack_end);
    }

    /// Gives back memory that growing has reserved.
    pub(crate) fn shrink_to_fit(&mut self) {
        self.values.shrink_to_fit();
        self.stack_ends.shrink_to_fit();
        self.stacks.shrink_to_fit();
        self.label_ends.shrink_to_fit();
        self.labels.shrink_to_fit();
    }

    fn bytes(&self) -> usize {
        size_of_val(&*self.values)
            + size_of_val(&*self.stack_ends)
            + size_of_val(&*self.stacks)
            + size_of_val(&*self.label_ends)
            + size_of_val(&*self.labels)
    }
}

/// The range of row `row` in a column that is cut up by `ends`.
#[inline]
fn range_before_end(ends: &[usize], row: usize) -> Range<usize> {
    let Some(&end) = ends.get(row) else { return 0..0 };
    let start = if row == 0 { 0 } else { ends.get(row - 1).copied().unwrap_or(end) };
    start..end
}

/// A piece of a binary mapped into the program's memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// Id in the file; never 0.
    pub id: u64,
    /// First address.
    pub memory_start: u64,
    /// First address after it.
    pub memory_limit: u64,
    /// Offset of `memory_start` in the binary.
    pub file_offset: u64,
    /// Path of the binary.
    pub filename: StringId,
    /// Build id of the binary.
    pub build_id: StringId,
    /// What has been resolved already.
    pub flags: MappingFlags,
}

/// Which symbols of a mapping's locations have been resolved by the producer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MappingFlags {
    /// Function names.
    pub has_functions: bool,
    /// File names.
    pub has_filenames: bool,
    /// Line numbers.
    pub has_line_numbers: bool,
    /// Inlined frames.
    pub has_inline_frames: bool,
}

/// A function as its compiler names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Function {
    /// Id in the file; never 0.
    pub id: u64,
    /// Name for humans.
    pub name: StringId,
    /// Name for the linker.
    pub system_name: StringId,
    /// Source file.
    pub filename: StringId,
    /// Line where the function starts; 0 if not known.
    pub start_line: i64,
}

/// A place in a function: one frame of a (possibly inlined) location.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Line {
    /// Which function.
    pub function: FunctionId,
    /// Line number in the function's file; 0 or less if not known.
    pub line: i64,
    /// Column; 0 if not known.
    pub column: i64,
}

/// All locations as columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocationTable {
    pub(crate) ids: Vec<u64>,
    pub(crate) addresses: Vec<u64>,
    /// `u32::MAX` stands for no mapping.
    pub(crate) mappings: Vec<u32>,
    pub(crate) folded: Vec<bool>,
    pub(crate) line_ends: Vec<usize>,
    pub(crate) lines: Vec<Line>,
}

impl LocationTable {
    /// Number of locations.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Ids of all rows.
    pub fn iter(&self) -> impl Iterator<Item = LocationId> + use<> {
        (0..u32::try_from(self.len()).unwrap_or(u32::MAX)).map(LocationId)
    }

    /// The id in the file; never 0.
    pub fn id(&self, location: LocationId) -> u64 {
        self.ids.get(location.index()).copied().unwrap_or(0)
    }

    /// The instruction's address; 0 if the producer gives none.
    pub fn address(&self, location: LocationId) -> u64 {
        self.addresses.get(location.index()).copied().unwrap_or(0)
    }

    /// The mapping that holds the address, if any.
    pub fn mapping(&self, location: LocationId) -> Option<MappingId> {
        self.mappings.get(location.index()).copied().filter(|&index| index != u32::MAX).map(MappingId)
    }

    /// Whether several symbols were folded into this location by the linker.
    pub fn is_folded(&self, location: LocationId) -> bool {
        self.folded.get(location.index()).copied().unwrap_or(false)
    }

    /// The frames of a location, innermost inlined function first, the real function last; empty if unsymbolized.
    #[inline]
    pub fn lines(&self, location: LocationId) -> &[Line] {
        self.lines.get(range_before_end(&self.line_ends, location.index())).unwrap_or(&[])
    }

    /// Appends a location: `lines` innermost first.
    pub fn push(
        &mut self,
        id: u64,
        address: u64,
        mapping: Option<MappingId>,
        is_folded: bool,
        lines: &[Line],
    ) -> LocationId {
        let location = LocationId(u32::try_from(self.ids.len()).unwrap_or(u32::MAX));
        self.lines.extend_from_slice(lines);
        self.end_location(id, address, mapping.map_or(u32::MAX, |mapping| mapping.0), is_folded);
        location
    }

    /// Ends a location whose lines have been appended. Its mapping (and its lines' functions) may still be
    /// stand-ins for ids.
    #[inline]
    pub(crate) fn end_location(&mut self, id: u64, address: u64, mapping: u32, is_folded: bool) {
        self.ids.push(id);
        self.addresses.push(address);
        self.mappings.push(mapping);
        self.folded.push(is_folded);
        self.line_ends.push(self.lines.len());
    }

    fn bytes(&self) -> usize {
        self.len() * (8 + 8 + 4 + 1 + 8) + size_of_val(&*self.lines)
    }
}

/// A profile: everything that profile.proto holds, as tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// All strings; every [`StringId`] of this profile points here.
    pub strings: StringTable,
    /// What each value of a sample means.
    pub sample_types: Vec<ValueType>,
    /// Name of the type to show first; row 0 if the producer has no wish.
    pub default_sample_type: StringId,
    /// The samples.
    pub samples: SampleTable,
    /// The mappings, in file order.
    pub mappings: Vec<Mapping>,
    /// The locations, in file order.
    pub locations: LocationTable,
    /// The functions, in file order.
    pub functions: Vec<Function>,
    /// Regular expression of frames to cut away with all below them; row 0 if none.
    pub drop_frames: StringId,
    /// Regular expression of frames that `drop_frames` spares; row 0 if none.
    pub keep_frames: StringId,
    /// When the profile was taken, in ns since 1970 (UTC); 0 if not known.
    pub time_nanos: i64,
    /// How long it was taken, in ns; 0 if not known.
    pub duration_nanos: i64,
    /// What `period` counts; `None` if the file says nothing.
    pub period_type: Option<ValueType>,
    /// Events between two samples.
    pub period: i64,
    /// Free text.
    pub comments: Vec<StringId>,
    /// Where this profile's kind is explained; row 0 if nowhere.
    pub doc_url: StringId,
}

impl Profile {
    /// A string as text.
    pub fn text(&self, id: StringId) -> Cow<'_, str> {
        self.strings.text(id)
    }

    /// Gives a profile that has no mapping at all one empty mapping (id 1) for all its locations.
    ///
    /// `go tool pprof` does so to every profile that it loads; reading alone keeps a profile as it is.
    pub fn add_missing_mapping(&mut self) {
        if self.mappings.is_empty() {
            self.mappings.push(Mapping { id: 1, ..Mapping::default() });
            self.locations.mappings.fill(0);
        }
    }

    /// Memory that the tables take, in bytes, not counting room to grow.
    pub fn table_bytes(&self) -> usize {
        self.strings.bytes.len()
            + size_of_val(&*self.strings.ends)
            + size_of_val(&*self.sample_types)
            + self.samples.bytes()
            + size_of_val(&*self.mappings)
            + self.locations.bytes()
            + size_of_val(&*self.functions)
            + size_of_val(&*self.comments)
    }
}
