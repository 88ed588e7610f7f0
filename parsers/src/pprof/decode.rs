//! profile.proto to tables, in one pass over the fields as they arrive.
//!
//! Go writes the string table last, so no reference can be checked when it is read. They are checked at the end, by
//! table sizes; should one lead nowhere, the file is decoded a second time with the sizes known, and the same code
//! then stops at the field that is wrong and knows its offset. Good files pay nothing for good messages.
//!
//! The rules of what is malformed are those of google/pprof's `proto.go`, `encode.go` and `CheckValid`.

use std::collections::HashSet;

use super::feed::{Feed, Payload, TopField};
use super::ids::References;
use super::packed::for_each_packed;
use super::profile::{LocationId, Profile, StringId, StringTable};
use super::stacks::{StackColumn, StackSink, with_stacks_beside};
use super::wire::{Fault, varint};
use crate::chunks::{Chunks, with_chunks};
use crate::error::ParseError;
use crate::progress::Progress;

/// How to read a file.
#[derive(Clone, Copy, Debug)]
pub struct ParseOptions<'a> {
    /// Inflated bytes after which a compressed file is given up: `--max-inflated-bytes`.
    pub max_inflated_bytes: u64,
    /// Told how far reading is, asked whether to stop.
    pub progress: Option<&'a Progress>,
}

impl Default for ParseOptions<'_> {
    /// 8 GiB, no progress.
    fn default() -> Self {
        Self { max_inflated_bytes: 8 << 30, progress: None }
    }
}

impl ParseOptions<'_> {
    /// The most that compressed text may inflate to, as it is inflated as a whole and its tables take up to five times
    /// as much.
    pub(super) fn max_text_bytes(&self, file_bytes: usize) -> u64 {
        self.max_table_bytes(file_bytes) / 4
    }

    /// The most that tables may take: an eighth of the inflated limit, or 64 times the file if that is more.
    /// Real profiles stay below 25 times their compressed size; only a bomb of empty messages comes near.
    pub(super) fn max_table_bytes(&self, file_bytes: usize) -> u64 {
        (self.max_inflated_bytes / 8).max((file_bytes as u64).saturating_mul(64))
    }
}

/// Zeros behind or between fields that are passed over, as pprof does: they read as fields with the number 0, which
/// no message may have. More of them are a bomb.
const MAX_PADDING_BYTES: usize = 64 << 10;

/// Files up to this size are decoded by one thread: another one costs more than it saves.
const BESIDE_FROM_BYTES: usize = 256 << 10;

/// Decodes profile.proto: plain, gzip or zstd.
///
/// # Errors
/// What [`ParseError`] lists; a malformed profile is named by field, id and byte.
pub(super) fn decode_profile(bytes: &[u8], options: &ParseOptions<'_>) -> Result<Profile, ParseError> {
    let max_table_bytes = options.max_table_bytes(bytes.len());
    let pass = |decoder: Decoder| {
        with_chunks(bytes, options.max_inflated_bytes, options.progress, |chunks| {
            decoder.decode(chunks, max_table_bytes)
        })
    };
    let beside = (bytes.len() > BESIDE_FROM_BYTES).then(|| {
        with_stacks_beside(max_table_bytes, |stacks| pass(Decoder { stacks, ..Decoder::default() }))
    });
    let decoder = match beside.flatten() {
        Some(result) => {
            let (mut decoder, column) = result?;
            decoder.adopt(column);
            decoder
        }
        None => pass(Decoder::default())?,
    };
    match decoder.finish() {
        Ok(profile) => Ok(profile),
        Err(known) => {
            pass(Decoder::knowing(known))?;
            Err(ParseError::profile(0, "a reference leads nowhere"))
        }
    }
}

/// Sizes and ids of all tables: what a second pass knows.
#[derive(Debug, Default)]
pub(super) struct Known {
    n_strings: u64,
    location_ids: HashSet<u64>,
    function_ids: HashSet<u64>,
}

/// Tables as far as they are filled.
pub(super) struct Decoder {
    pub(super) profile: Profile,
    /// Ids of locations in stacks; until the end of the data with `stacks`.
    locations: References,
    pub(super) stacks: StackSink,
    /// How many ids went into `stacks`.
    pub(super) n_stack_entries: usize,
    mappings: References,
    functions: References,
    /// The highest string index in use.
    max_string: u32,
    /// Values of the first sample and its offset: all others must have as many.
    n_values: Option<(usize, u64)>,
    /// Length of the string table; unlimited in the first pass, which checks `max_string` in the end.
    n_strings: u64,
    /// Only in the second pass.
    known: Option<Known>,
    seen_ids: [HashSet<u64>; 3],
}

impl Default for Decoder {
    fn default() -> Self {
        Self {
            profile: Profile { strings: StringTable::without_rows(), ..Profile::default() },
            locations: References::default(),
            stacks: StackSink::default(),
            n_stack_entries: 0,
            mappings: References::default(),
            functions: References::default(),
            max_string: 0,
            n_values: None,
            n_strings: u64::from(u32::MAX),
            known: None,
            seen_ids: Default::default(),
        }
    }
}

/// Tables whose rows have ids.
#[derive(Clone, Copy)]
pub(super) enum Table {
    Mapping,
    Location,
    Function,
}

impl Table {
    const fn name(self) -> &'static str {
        match self {
            Self::Mapping => "mapping",
            Self::Location => "location",
            Self::Function => "function",
        }
    }
}

impl Decoder {
    /// A decoder for the second pass.
    fn knowing(known: Known) -> Self {
        Self { n_strings: known.n_strings, known: Some(known), ..Self::default() }
    }

    fn decode(mut self, chunks: Chunks<'_>, max_table_bytes: u64) -> Result<Self, ParseError> {
        let mut feed = Feed::new(chunks, max_table_bytes);
        let mut chunks_taken = 0;
        let mut padding_bytes = 0;
        while let Some(field) = feed.next()? {
            if field.number == 0 {
                padding_bytes += field.len;
                if padding_bytes > MAX_PADDING_BYTES {
                    return Err(ParseError::profile(
                        field.start_offset(),
                        "the rest is no profile but padding",
                    ));
                }
            }
            self.decode_top_field(&field)
                .map_err(|fault| self.error(field.number, field.end_offset, &fault))?;
            if feed.chunks_taken() != chunks_taken {
                chunks_taken = feed.chunks_taken();
                if self.table_bytes() > max_table_bytes {
                    return Err(ParseError::Memory { limit_bytes: max_table_bytes });
                }
            }
        }
        self.check_whole(feed.offset())?;
        if let Some(column) = std::mem::take(&mut self.stacks).finish() {
            self.adopt(column);
        }
        Ok(self)
    }

    /// Takes the stacks, once they are decoded.
    fn adopt(&mut self, column: StackColumn) {
        self.profile.samples.stacks = column.stacks;
        self.locations = column.references;
    }

    /// The fault as an error: which row of which table, and where.
    #[cold]
    fn error(&self, number: u64, end_offset: u64, fault: &Fault) -> ParseError {
        let profile = &self.profile;
        let what = match number {
            1 => format!("sample type #{}: {}", profile.sample_types.len(), fault.what()),
            2 => format!("sample #{}: {}", profile.samples.len(), fault.what()),
            3 => format!("mapping #{}: {}", profile.mappings.len(), fault.what()),
            4 => format!("location #{}: {}", profile.locations.len(), fault.what()),
            5 => format!("function #{}: {}", profile.functions.len(), fault.what()),
            6 => format!("string #{}: {}", profile.strings.len(), fault.what()),
            _ => fault.what().to_owned(),
        };
        ParseError::profile(end_offset.saturating_sub(fault.left() as u64), what)
    }

    /// Dispatches on number and wire type. What falls through has a known number with a wrong wire type, or is
    /// unknown and passes.
    fn decode_top_field(&mut self, field: &TopField<'_>) -> Result<(), Fault> {
        match (field.number, field.payload) {
            (2, Payload::Bytes(message)) => {
                let n_values = self.decode_sample(message)?;
                self.check_sample(n_values, field)?;
                self.profile.samples.end_sample_at(self.n_stack_entries);
                Ok(())
            }
            (4, Payload::Bytes(message)) => self.decode_location(message),
            (5, Payload::Bytes(message)) => self.decode_function(message),
            (6, Payload::Bytes(text)) => self.push_string(text, field.len),
            (3, Payload::Bytes(message)) => self.decode_mapping(message),
            (1, Payload::Bytes(message)) => {
                let value_type = self.decode_value_type(message)?;
                self.profile.sample_types.push(value_type);
                Ok(())
            }
            // Given twice, the last one counts; other protobuf readers would merge the two.
            (11, Payload::Bytes(message)) => {
                self.profile.period_type = Some(self.decode_value_type(message)?);
                Ok(())
            }
            (13, Payload::Bytes(packed)) => self.decode_comments(packed, field.len),
            (number, Payload::Varint(value)) => self.decode_number(number, value, field.len),
            (1..=15, _) => Err(wrong_wire_type(field)),
            _ => Ok(()),
        }
    }

    /// A top-level integer that has `left` bytes with its key.
    fn decode_number(&mut self, number: u64, value: u64, left: usize) -> Result<(), Fault> {
        let is_second_time = number == 9 && self.profile.time_nanos != 0;
        let mut string = |name| self.string_from_index(value, left, name);
        match number {
            7 => self.profile.drop_frames = string("Profile.drop_frames")?,
            8 => self.profile.keep_frames = string("Profile.keep_frames")?,
            9 if is_second_time => {
                return Err(Fault::new(
                    left,
                    "a second time_nanos: this is two profiles one after the other",
                ));
            }
            9 => self.profile.time_nanos = value.cast_signed(),
            10 => self.profile.duration_nanos = value.cast_signed(),
            12 => self.profile.period = value.cast_signed(),
            13 => {
                let comment = string("Profile.comment")?;
                self.profile.comments.push(comment);
            }
            14 => self.profile.default_sample_type = string("Profile.default_sample_type")?,
            15 => self.profile.doc_url = string("Profile.doc_url")?,
            1..=15 => return Err(Fault::new(left, format!("{} has the wrong wire type 0", name_of(number)))),
            _ => {}
        }
        Ok(())
    }

    fn push_string(&mut self, text: &[u8], left: usize) -> Result<(), Fault> {
        if self.profile.strings.is_empty() && !text.is_empty() {
            return Err(Fault::new(left, "the first string must be empty"));
        }
        if self.profile.strings.len() >= u32::MAX as usize {
            return Err(Fault::new(left, "there are more than 4294967295 strings"));
        }
        self.profile.strings.push(text);
        Ok(())
    }

    fn decode_comments(&mut self, packed: &[u8], left: usize) -> Result<(), Fault> {
        let mut fault = Ok(());
        for_each_packed(packed, |index| match self.string_from_index(index, left, "Profile.comment") {
            Ok(id) => self.profile.comments.push(id),
            Err(found) => fault = Err(found),
        })?;
        fault
    }

    /// The value of a field that is an index into the string table. The field began with `left` bytes to go.
    #[inline]
    pub(super) fn string(&mut self, rest: &mut &[u8], left: usize, name: &str) -> Result<StringId, Fault> {
        self.string_from_index(varint(rest)?, left, name)
    }

    /// The same for an index that has been read already.
    #[inline]
    pub(super) fn string_from_index(
        &mut self,
        index: u64,
        left: usize,
        name: &str,
    ) -> Result<StringId, Fault> {
        if index >= self.n_strings {
            return Err(string_out_of_range(index, left, name));
        }
        // Below 2^32, as the table's length is.
        let index = index as u32;
        self.max_string = self.max_string.max(index);
        Ok(StringId(index))
    }

    /// Takes note of a row's id, which may be neither 0 nor one of an earlier row.
    pub(super) fn check_id(&mut self, id: u64, table: Table, left: usize) -> Result<(), Fault> {
        if id == 0 {
            return Err(Fault::new(left, format!("{} id 0 is reserved", table.name())));
        }
        // In the first pass, `References::rows` finds duplicates at less cost.
        if self.known.is_some() {
            let [mappings, locations, functions] = &mut self.seen_ids;
            let seen = match table {
                Table::Mapping => mappings,
                Table::Location => locations,
                Table::Function => functions,
            };
            if !seen.insert(id) {
                return Err(Fault::new(left, format!("{} id {id} is already in use", table.name())));
            }
        }
        Ok(())
    }

    /// What stands for a mapping id; [`u32::MAX`] for none.
    pub(super) fn mapping_stand_in(&mut self, id: u64) -> u32 {
        if id == 0 { u32::MAX } else { self.mappings.stand_in(id) }
    }

    /// What stands for a function id, which the second pass knows to be in the table.
    pub(super) fn function_stand_in(&mut self, id: u64, left: usize) -> Result<u32, Fault> {
        if self.known.as_ref().is_some_and(|known| !known.function_ids.contains(&id)) {
            return Err(Fault::new(
                left,
                format!("a line names function id {id}, which is not in the profile"),
            ));
        }
        Ok(self.functions.stand_in(id))
    }

    #[inline]
    fn check_sample(&mut self, n_values: usize, field: &TopField<'_>) -> Result<(), Fault> {
        let (expected, _) = *self.n_values.get_or_insert((n_values, field.start_offset()));
        if n_values != expected {
            let what = format!("it has values for {n_values} types, the first sample for {expected}");
            return Err(Fault::new(field.len, what));
        }
        if let (Some(known), StackSink::Here(column)) = (&self.known, &self.stacks) {
            let start = self.profile.samples.stack_ends.last().copied().unwrap_or(0);
            for stand_in in column.stacks.get(start..).unwrap_or(&[]) {
                let id = column.references.id(stand_in.0);
                if !known.location_ids.contains(&id) {
                    let what = format!("it names location id {id}, which is not in the profile");
                    return Err(Fault::new(field.len, what));
                }
            }
        }
        Ok(())
    }

    /// Rules about the profile as a whole that need no second pass.
    fn check_whole(&mut self, end_offset: u64) -> Result<(), ParseError> {
        if end_offset == 0 {
            return Err(ParseError::Empty);
        }
        if self.profile.strings.is_empty() {
            return Err(ParseError::profile(end_offset, "there is no string table"));
        }
        let n_types = self.profile.sample_types.len();
        self.profile.samples.n_types = n_types;
        match self.n_values {
            Some((_, offset)) if n_types == 0 => {
                Err(ParseError::profile(offset, "there are samples but no sample types"))
            }
            Some((n_values, offset)) if n_values != n_types => {
                let what =
                    format!("sample #0: it has values for {n_values} types, the profile has {n_types}");
                Err(ParseError::profile(offset, what))
            }
            _ => Ok(()),
        }
    }

    /// Turns stand-ins into rows. On failure, returns what a second pass has to know to find the place.
    fn finish(mut self) -> Result<Profile, Known> {
        if self.resolve().is_some() {
            self.profile.samples.shrink_to_fit();
            Ok(self.profile)
        } else {
            Err(Known {
                n_strings: self.profile.strings.len() as u64,
                location_ids: self.profile.locations.ids.iter().copied().collect(),
                function_ids: self.profile.functions.iter().map(|function| function.id).collect(),
            })
        }
    }

    /// `None` if a reference leads nowhere or an id appears twice.
    fn resolve(&mut self) -> Option<()> {
        let profile = &mut self.profile;
        if self.max_string as usize >= profile.strings.len() {
            return None;
        }
        let locations = self.locations.rows(&profile.locations.ids).ok()?;
        let mapping_ids: Vec<u64> = profile.mappings.iter().map(|mapping| mapping.id).collect();
        let mappings = self.mappings.rows(&mapping_ids).ok()?;
        let function_ids: Vec<u64> = profile.functions.iter().map(|function| function.id).collect();
        let functions = self.functions.rows(&function_ids).ok()?;
        for mapping in profile.locations.mappings.iter_mut().filter(|mapping| **mapping != u32::MAX) {
            // Odd but read, as pprof does: a mapping that does not exist is no mapping.
            *mapping = mappings.row(*mapping).unwrap_or(u32::MAX);
        }
        let are_functions_known =
            functions.replace(profile.locations.lines.iter_mut().map(|line| &mut line.function.0));
        let are_locations_known = locations.replace(profile.samples.stacks.iter_mut().map(|id| &mut id.0));
        (are_functions_known && are_locations_known).then_some(())
    }

    /// Memory that the tables take, in bytes, near enough.
    fn table_bytes(&self) -> u64 {
        let references = self.stacks.reference_bytes() + self.mappings.bytes() + self.functions.bytes();
        let stack_bytes = self.n_stack_entries * size_of::<LocationId>();
        (self.profile.table_bytes() + stack_bytes + references) as u64
    }
}

#[cold]
fn string_out_of_range(index: u64, left: usize, name: &str) -> Fault {
    let index = index.cast_signed();
    Fault::new(left, format!("{name} is string {index}, which is not in the string table"))
}

#[cold]
fn wrong_wire_type(field: &TopField<'_>) -> Fault {
    let wire_type = if matches!(field.payload, Payload::Bytes(_)) { "2" } else { "for fixed sizes" };
    Fault::new(field.len, format!("{} has the wrong wire type {wire_type}", name_of(field.number)))
}

/// What profile.proto calls a top-level field.
fn name_of(number: u64) -> &'static str {
    const NAMES: [&str; 15] = [
        "Profile.sample_type",
        "Profile.sample",
        "Profile.mapping",
        "Profile.location",
        "Profile.function",
        "Profile.string_table",
        "Profile.drop_frames",
        "Profile.keep_frames",
        "Profile.time_nanos",
        "Profile.duration_nanos",
        "Profile.period_type",
        "Profile.period",
        "Profile.comment",
        "Profile.default_sample_type",
        "Profile.doc_url",
    ];
    usize::try_from(number).ok().and_then(|number| NAMES.get(number.wrapping_sub(1))).unwrap_or(&"a field")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pprof::{Line, ProfileBuilder, encode_profile};

    /// Decodes plain bytes that arrive in pieces.
    fn decode_in_pieces(bytes: &[u8], piece_bytes: usize) -> Result<Profile, String> {
        let pass = |decoder: Decoder| decoder.decode(Chunks::of_plain(bytes, piece_bytes, None), u64::MAX);
        let first = pass(Decoder::default()).map_err(|error| error.to_string())?;
        first.finish().map_err(|known| {
            let second = pass(Decoder::knowing(known));
            second.err().map_or_else(String::new, |error| error.to_string())
        })
    }

    fn profile() -> Vec<u8> {
        let mut builder = ProfileBuilder::new(&[("samples", "count")]);
        let function = builder.function("main.a_name_longer_than_one_piece", "main.go", 1);
        let location = builder.location(None, 1 << 40, &[Line { function, ..Line::default() }]);
        let label = builder.string_label("key", "value");
        builder.sample(&[1], &[location, location], &[label]);
        builder.sample(&[i64::MIN], &[location], &[]);
        let mut bytes = encode_profile(&builder.finish());
        // An unknown field, whose payload is skipped over.
        bytes.extend_from_slice(b"\xfa\x7f\x0aunknown...");
        bytes
    }

    /// Miri, which takes minutes for what takes a millisecond, tries a few.
    const STEP: usize = if cfg!(miri) { 97 } else { 1 };

    #[test]
    fn pieces_of_any_size_make_the_same_profile() {
        let bytes = profile();
        let whole = decode_in_pieces(&bytes, usize::MAX).unwrap();
        for piece_bytes in (1..bytes.len()).step_by(STEP) {
            assert_eq!(decode_in_pieces(&bytes, piece_bytes).as_ref(), Ok(&whole), "pieces of {piece_bytes}");
        }
    }

    #[test]
    fn pieces_of_any_size_make_the_same_errors() {
        let bytes = profile();
        for at in (0..bytes.len()).step_by(STEP) {
            for damaged in [bytes.get(..at).unwrap().to_vec(), flipped(&bytes, at)] {
                let whole = decode_in_pieces(&damaged, usize::MAX);
                for piece_bytes in [1, 2, 3, 7, 31] {
                    assert_eq!(
                        decode_in_pieces(&damaged, piece_bytes),
                        whole,
                        "byte {at}, pieces of {piece_bytes}"
                    );
                }
            }
        }
    }

    #[test]
    fn stacks_decoded_beside_make_the_same_profile_and_the_same_errors() {
        let mut builder = ProfileBuilder::new(&[("samples", "count")]);
        let function = builder.function("f", "f.go", 1);
        let locations: Vec<LocationId> = (1..=300)
            .map(|address| builder.location(None, address, &[Line { function, ..Line::default() }]))
            .collect();
        for sample in 0..20_000 {
            builder.sample(&[1], locations.get(sample % 270..sample % 270 + sample % 30).unwrap(), &[]);
        }
        let sound = encode_profile(&builder.finish());
        assert!(sound.len() > BESIDE_FROM_BYTES);
        let sample = |message: &[u8]| [&[0x12, message.len() as u8], message].concat();
        let far_id =
            sample(&[0x0a, 10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x12, 1, 1]);
        let not_packed = sample(&[0x08, 7, 0x0a, 1, 8, 0x08, 9, 0x12, 1, 1]);
        let long_varint = sample(&[&[0x0a, 11], &[0x80; 10][..], &[0x01, 0x12, 1, 1]].concat());
        let cut_varint = sample(&[0x0a, 2, 1, 0x80, 0x12, 1, 1]);
        let no_value = sample(&[0x0a, 1, 1]);
        for tail in [
            vec![],
            not_packed.clone(),
            far_id.clone(),
            [&*not_packed, &*cut_varint].concat(),
            // What is wrong first is found last.
            [&*long_varint, &*sound, &*no_value].concat(),
            [&*far_id, &*no_value].concat(),
        ] {
            let bytes = [&*sound, &*tail].concat();
            let beside = decode_profile(&bytes, &ParseOptions::default()).map_err(|error| error.to_string());
            assert!(beside == decode_in_pieces(&bytes, usize::MAX), "{tail:x?}: {:?}", beside.err());
        }
    }

    fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 0x81;
        bytes
    }
}
