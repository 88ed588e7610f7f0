//! The frames of every location at a granularity, looked up by location id alone.
//!
//! ```text
//! entries  | 7 | M 0 | 3 | …     one u32 a location: a frame id, or (top bit M set) where its list is in `lists`
//! lists    | 2, 9, 7 | 0 | …     a count, then that many frames, outermost function first
//! ```
//!
//! Most locations are one frame, so the usual lookup is one load. Frames are interned by numbers: a function's
//! texts are hashed once, not once a location.

use std::borrow::Cow;

use goscope_parsers::pprof::{Function, FunctionId, Line, LocationId, Profile, StringId};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::filter::{LocationFilter, flag};
use super::frame::{Frame, FrameId, FrameTable, Granularity, HashedFrame};
use super::query::Inlines;
use super::source_paths::SourcePaths;

const IS_LIST: u32 = 1 << 31;

/// Functions whose frames a thread makes at once: enough to drown the cost of handing them out.
const FUNCTIONS_AT_ONCE: usize = 1 << 10;

/// The entry of a location that has not been looked at.
const NOT_YET: FrameId = FrameId(u32::MAX);

/// The frames of every location, outermost function first.
#[derive(Clone, Debug, Default)]
pub(crate) struct LocationFrames {
    entries: Vec<FrameId>,
    lists: Vec<FrameId>,
}

impl LocationFrames {
    /// The frames of a location; all but the first are inlined. Empty if filters hide the location.
    #[inline]
    pub(crate) fn of(&self, location: LocationId) -> &[FrameId] {
        let entry = &self.entries[location.index()];
        if entry.0 & IS_LIST == 0 {
            return std::slice::from_ref(entry);
        }
        let at = (entry.0 & !IS_LIST) as usize;
        let len = self.lists[at].0 as usize;
        &self.lists[at + 1..][..len]
    }

    /// Visits the frames of a location. As [`of`](Self::of), but faster where there is much to visit: the usual location
    /// has one frame, and no list is made of it.
    #[inline(always)]
    pub(crate) fn each(&self, location: LocationId, mut visit: impl FnMut(FrameId)) {
        let entry = self.entries[location.index()];
        if entry.0 & IS_LIST == 0 {
            return visit(entry);
        }
        self.of(location).iter().copied().for_each(visit);
    }

    /// Locations without frames, which are set one by one.
    pub(crate) fn of_none(n_locations: usize) -> Self {
        Self { entries: vec![NOT_YET; n_locations], lists: Vec::new() }
    }

    /// Whether the frames of a location have been set.
    pub(crate) fn has(&self, location: LocationId) -> bool {
        self.entries[location.index()] != NOT_YET
    }

    pub(crate) fn set(&mut self, location: LocationId, frames: &[FrameId]) {
        let entry = &mut self.entries[location.index()];
        if let [frame] = frames {
            *entry = *frame;
            return;
        }
        let at = u32::try_from(self.lists.len()).expect("fewer than 2^31 inlined frames");
        *entry = FrameId(at | IS_LIST);
        self.lists.push(FrameId(u32::try_from(frames.len()).expect("a location has few lines")));
        self.lists.extend_from_slice(frames);
    }

    /// The same locations with other numbers for the frames.
    pub(crate) fn map(&self, new_id: impl Fn(FrameId) -> FrameId) -> Self {
        let mut mapped = Self { entries: self.entries.clone(), lists: self.lists.clone() };
        let mut at = 0;
        while let Some(len) = mapped.lists.get(at) {
            let len = len.0 as usize;
            mapped.lists[at + 1..][..len].iter_mut().for_each(|frame| *frame = new_id(*frame));
            at += 1 + len;
        }
        let single = mapped.entries.iter_mut().filter(|entry| entry.0 & IS_LIST == 0);
        single.for_each(|frame| *frame = new_id(*frame));
        mapped
    }
}

/// What tells frames apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identity<'o> {
    pub(super) granularity: Granularity,
    pub(super) inlines: Inlines,
    /// Whether columns do, where lines do.
    pub(super) by_column: bool,
    /// Whether binaries and the lines where functions start do, also where a name is known.
    pub(super) by_object: bool,
    /// What file names lose before they are compared.
    pub(super) paths: Option<&'o SourcePaths>,
}

/// Interns the frames of all locations, of the lines that filters left.
pub(super) fn location_frames(
    profile: &Profile,
    identity: Identity<'_>,
    filter: &LocationFilter<'_>,
) -> (LocationFrames, FrameTable) {
    let inlines = identity.inlines;
    let mut interner = Interner::new(profile, identity);
    let mut frames = LocationFrames::of_none(profile.locations.len());
    let mut scratch = Vec::new();
    for location in hot_locations(profile).chain(profile.locations.iter()) {
        if frames.has(location) {
            continue;
        }
        scratch.clear();
        let is_hidden = filter.flags.get(location.index()).is_some_and(|flags| flags & flag::HIDDEN != 0);
        if is_hidden {
            // No frame at all.
        } else if profile.locations.lines(location).is_empty() {
            scratch.push(interner.unsymbolized(location));
        } else {
            let outermost_first = filter.lines.lines(location).rev();
            let shown = if inlines == Inlines::Hide { 1 } else { usize::MAX };
            scratch.extend(outermost_first.take(shown).map(|line| interner.frame(location, line)));
        }
        frames.set(location, &scratch);
    }
    (frames, interner.table)
}

/// The locations of some samples from all over the profile. Their frames get the first numbers: what most stacks hold
/// then lies close together in every column that is indexed by frame, which halves the time of a pass over stacks.
pub(crate) fn hot_locations(profile: &Profile) -> impl Iterator<Item = LocationId> {
    const N_SAMPLES: usize = 1 << 10;
    let stride = (profile.samples.len() / N_SAMPLES).max(1);
    (0..profile.samples.len()).step_by(stride).flat_map(|sample| profile.samples.stack(sample)).copied()
}

/// The numbers that identify a frame: equal keys, equal frames.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct FrameKey {
    function: u32,
    object: u32,
    line: i64,
    column: i64,
    address: u64,
}

/// What of a function is part of a frame's identity.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct FunctionKey {
    name: u32,
    file: u32,
    start_line: i64,
}

/// The frames of functions, where name and file alone identify a frame: made and hashed on all cores. None where more is
/// needed.
fn function_frames(profile: &Profile, identity: Identity<'_>) -> Vec<Option<HashedFrame>> {
    let has_file = match identity.granularity {
        Granularity::Functions => false,
        Granularity::FileFunctions => true,
        _ => return Vec::new(),
    };
    if identity.by_object {
        return Vec::new();
    }
    let frame = |function: &Function| {
        let file =
            if has_file { file_name(profile, function.filename, identity.paths) } else { String::new() };
        let frame = Frame { name: profile.text(function.name).into_owned(), file, ..Frame::default() };
        has_name(profile, function).then(|| frame.into())
    };
    profile.functions.par_iter().with_min_len(FUNCTIONS_AT_ONCE).map(frame).collect()
}

fn has_name(profile: &Profile, function: &Function) -> bool {
    function.name.0 != 0 && !profile.strings.bytes(function.name).is_empty()
}

struct Interner<'p, 'o> {
    profile: &'p Profile,
    granularity: Granularity,
    identity: Identity<'o>,
    /// Texts by content: a string table may hold the same text twice. Number 0 is the empty text.
    texts: FxHashMap<Cow<'p, str>, u32>,
    /// Number of the text of each string and of its cleaned path; `u32::MAX` if not asked for yet.
    text_of_string: Vec<u32>,
    path_of_string: Vec<u32>,
    /// Number of the key of each function; `u32::MAX` if not asked for yet.
    key_of_function: Vec<u32>,
    function_keys: FxHashMap<FunctionKey, u32>,
    /// The frame of each function where nothing else tells frames apart, until it is interned.
    function_frames: Vec<Option<HashedFrame>>,
    /// And once it is.
    frame_of_function: Vec<FrameId>,
    frames: FxHashMap<FrameKey, FrameId>,
    table: FrameTable,
}

const UNKNOWN: u32 = u32::MAX;

/// The function number of frames without a function.
const NO_FUNCTION: u32 = u32::MAX;

impl<'p, 'o> Interner<'p, 'o> {
    fn new(profile: &'p Profile, identity: Identity<'o>) -> Self {
        let n_functions = profile.functions.len();
        let function_frames = function_frames(profile, identity);
        let mut table = FrameTable::default();
        table.reserve(function_frames.len());
        Self {
            profile,
            granularity: identity.granularity,
            identity,
            texts: std::iter::once((Cow::Borrowed(""), 0)).collect(),
            text_of_string: vec![UNKNOWN; profile.strings.len()],
            path_of_string: vec![UNKNOWN; profile.strings.len()],
            key_of_function: vec![UNKNOWN; n_functions],
            function_keys: FxHashMap::default(),
            function_frames,
            frame_of_function: vec![FrameId(UNKNOWN); n_functions],
            frames: FxHashMap::default(),
            table,
        }
    }

    /// The frame of a location without lines: its address, where that counts, and its binary.
    fn unsymbolized(&mut self, location: LocationId) -> FrameId {
        let address = self.address(location);
        let (object, object_name) = self.object(location);
        let key = FrameKey { function: NO_FUNCTION, object, line: 0, column: 0, address };
        self.intern(key, || Frame { address, object: object_name.into_owned(), ..Frame::default() })
    }

    fn frame(&mut self, location: LocationId, line: &Line) -> FrameId {
        let known = self.frame_of_function[line.function.index()];
        if known.0 != UNKNOWN {
            return known;
        }
        let Some(frame) = self.function_frames.get_mut(line.function.index()).and_then(Option::take) else {
            return self.intern_line(location, line);
        };
        let frame = self.table.intern_hashed(frame);
        self.frame_of_function[line.function.index()] = frame;
        frame
    }

    fn intern_line(&mut self, location: LocationId, line: &Line) -> FrameId {
        let function = self.function_number(line.function);
        let shows_lines = matches!(self.granularity, Granularity::Lines | Granularity::Addresses);
        // pprof keeps columns unasked where it erases nothing at all.
        let shows_columns = shows_lines && self.identity.by_column
            || self.granularity == Granularity::Addresses && self.identity.inlines == Inlines::Show;
        let by_object = self.by_object(line.function);
        let (object, object_name) = if by_object { self.object(location) } else { (0, Cow::Borrowed("")) };
        let key = FrameKey {
            function,
            object,
            line: if shows_lines { line.line } else { 0 },
            column: if shows_columns { line.column } else { 0 },
            address: self.address(location),
        };
        let (profile, granularity, paths) = (self.profile, self.granularity, self.identity.paths);
        let has_name = self.has_name(line.function);
        self.intern(key, || {
            let source = &profile.functions[line.function.index()];
            Frame {
                name: if has_name { profile.text(source.name).into_owned() } else { String::new() },
                file: if granularity == Granularity::Functions {
                    String::new()
                } else {
                    file_name(profile, source.filename, paths)
                },
                line: key.line,
                column: key.column,
                address: key.address,
                object: object_name.into_owned(),
                start_line: if by_object { source.start_line } else { 0 },
            }
        })
    }

    fn intern(&mut self, key: FrameKey, frame: impl FnOnce() -> Frame) -> FrameId {
        let table = &mut self.table;
        *self.frames.entry(key).or_insert_with(|| table.intern(frame()))
    }

    fn has_name(&self, function: FunctionId) -> bool {
        self.granularity != Granularity::Files
            && has_name(self.profile, &self.profile.functions[function.index()])
    }

    /// Whether binary and start line tell frames of a function apart.
    fn by_object(&self, function: FunctionId) -> bool {
        self.identity.by_object || !self.has_name(function)
    }

    fn address(&self, location: LocationId) -> u64 {
        if self.granularity == Granularity::Addresses { self.profile.locations.address(location) } else { 0 }
    }

    /// Number and text of the path of a location's binary.
    fn object(&mut self, location: LocationId) -> (u32, Cow<'p, str>) {
        let Some(mapping) = self.profile.locations.mapping(location) else { return (0, Cow::Borrowed("")) };
        let file = self.profile.mappings[mapping.index()].filename;
        (self.text_number(file), self.profile.text(file))
    }

    fn function_number(&mut self, function: FunctionId) -> u32 {
        let known = self.key_of_function[function.index()];
        if known != UNKNOWN {
            return known;
        }
        let source = self.profile.functions[function.index()];
        let has_name = self.has_name(function);
        let key = FunctionKey {
            name: if has_name { self.text_number(source.name) } else { 0 },
            file: if self.granularity == Granularity::Functions {
                0
            } else {
                self.path_number(source.filename)
            },
            start_line: if self.by_object(function) { source.start_line } else { 0 },
        };
        let next = u32::try_from(self.function_keys.len()).expect("functions have u32 ids");
        let number = *self.function_keys.entry(key).or_insert(next);
        self.key_of_function[function.index()] = number;
        number
    }

    fn text_number(&mut self, string: StringId) -> u32 {
        let known = self.text_of_string[string.index()];
        if known != UNKNOWN {
            return known;
        }
        let number = number_of(&mut self.texts, self.profile.text(string));
        self.text_of_string[string.index()] = number;
        number
    }

    fn path_number(&mut self, string: StringId) -> u32 {
        let known = self.path_of_string[string.index()];
        if known != UNKNOWN {
            return known;
        }
        let number =
            number_of(&mut self.texts, Cow::Owned(file_name(self.profile, string, self.identity.paths)));
        self.path_of_string[string.index()] = number;
        number
    }
}

fn number_of<'p>(texts: &mut FxHashMap<Cow<'p, str>, u32>, text: Cow<'p, str>) -> u32 {
    let next = u32::try_from(texts.len()).expect("texts have u32 ids");
    *texts.entry(text).or_insert(next)
}

/// The cleaned path of a source file; empty stays empty.
fn file_name(profile: &Profile, string: StringId, paths: Option<&SourcePaths>) -> String {
    let path = profile.text(string);
    let path = paths.map_or(&*path, |paths| paths.trimmed(&path));
    if path.is_empty() { String::new() } else { clean_path(path) }
}

/// A path without `.`, `//` and (where something precedes it) `..`, by the words of it alone.
pub(crate) fn clean_path(path: &str) -> String {
    let is_rooted = path.starts_with('/');
    let mut elements: Vec<&str> = Vec::new();
    for element in path.split('/') {
        match element {
            "" | "." => {}
            ".." if elements.last().is_some_and(|&last| last != "..") => {
                elements.pop();
            }
            ".." if is_rooted => {}
            element => elements.push(element),
        }
    }
    let joined = elements.join("/");
    match (is_rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::clean_path;

    #[test]
    fn paths_are_cleaned_by_their_words_alone() {
        for (path, clean) in [
            ("/a//b/./c.go", "/a/b/c.go"),
            ("/a/../../b.go", "/b.go"),
            ("a/../..", ".."),
            ("../a/..", ".."),
            ("a/..", "."),
            ("/", "/"),
            ("C:\\x\\y.go", "C:\\x\\y.go"),
            ("<autogenerated>", "<autogenerated>"),
        ] {
            assert_eq!(clean_path(path), clean, "{path}");
        }
    }
}
