//! The functions of a profile by the names under which they are compared, with numbers.

use std::borrow::Cow;

use goscope_parsers::pprof::{Function, LocationId, Profile};
use rustc_hash::FxHashMap;

use super::kept_functions::{FileId, RunFunctions};
use super::names::compared_name;
use crate::profile::frame::FrameId;
use crate::profile::location_frames::{LocationFrames, hot_locations};

/// A function while the profile is there to hold its texts.
#[derive(Clone)]
pub(super) struct Named<'p> {
    pub(super) name: Cow<'p, str>,
    file: Cow<'p, str>,
    line: i64,
}

/// The functions of all locations. Those that many stacks hold come first: what is added up for them lies close together.
pub(super) struct Numbering<'p> {
    /// By number.
    pub(super) functions: Vec<Named<'p>>,
    /// The numbers of each location, outermost function first.
    pub(super) functions_at: LocationFrames,
}

impl<'p> Numbering<'p> {
    pub(super) fn of(profile: &'p Profile) -> Self {
        let mut table = NameTable::of(profile);
        let mut functions_at = LocationFrames::of_none(profile.locations.len());
        let mut functions: Vec<Named<'p>> = Vec::new();
        let mut number_of: Vec<Option<FrameId>> = Vec::new();
        let mut list = Vec::new();
        for location in hot_locations(profile).chain(profile.locations.iter()) {
            if functions_at.has(location) {
                continue;
            }
            list.clear();
            table.names_at(location, &mut list);
            number_of.resize(table.names.len(), None);
            for name in &mut list {
                *name = *number_of[name.index()].get_or_insert_with(|| {
                    functions.push(table.names[name.index()].clone());
                    FrameId(id(functions.len() - 1))
                });
            }
            functions_at.set(location, &list);
        }
        Self { functions, functions_at }
    }

    /// The functions that are wanted, in the order of their names.
    pub(super) fn sorted(&self, is_wanted: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut order: Vec<usize> =
            (0..self.functions.len()).filter(|&function| is_wanted(function)).collect();
        order.sort_unstable_by(|&a, &b| self.functions[a].name.cmp(&self.functions[b].name));
        order
    }
}

impl Numbering<'_> {
    /// Functions as they are kept, in this order, which is that of their names.
    pub(super) fn finished(&self, order: &[usize]) -> RunFunctions {
        let functions = order.iter().map(|&function| &self.functions[function]);
        let name_bytes = functions.clone().map(|function| function.name.len()).sum();
        let mut finished = RunFunctions::with_capacity(order.len(), name_bytes);
        let mut files: FxHashMap<&str, FileId> = FxHashMap::default();
        for Named { name, file, line } in functions {
            let file = *files.entry(file).or_insert_with(|| finished.add_file(file));
            finished.push(name, file, *line);
        }
        finished
    }
}

fn id(index: usize) -> u32 {
    u32::try_from(index).expect("functions have u32 ids")
}

impl<'p> Named<'p> {
    fn new(name: Cow<'p, str>, file: Cow<'p, str>, line: i64) -> Self {
        Self { name, file, line: line.max(0) }
    }

    /// Meets another function of the same name: the first place counts, whatever the order of the file.
    fn meet(&mut self, file: Cow<'p, str>, line: i64) {
        if (&*file, line.max(0)) < (&*self.file, self.line) {
            (self.file, self.line) = (file, line.max(0));
        }
    }
}

/// All names of a profile, each once.
struct NameTable<'p> {
    profile: &'p Profile,
    names: Vec<Named<'p>>,
    rows: FxHashMap<Cow<'p, str>, FrameId>,
    /// The row of each function of the profile.
    of_function: Vec<FrameId>,
}

impl<'p> NameTable<'p> {
    fn of(profile: &'p Profile) -> Self {
        let mut table =
            Self { profile, names: Vec::new(), rows: FxHashMap::default(), of_function: Vec::new() };
        table.of_function.reserve(profile.functions.len());
        for function in &profile.functions {
            let file = profile.text(function.filename);
            let row = table.row(compared(name_of(profile, function)), file, function.start_line);
            table.of_function.push(row);
        }
        table
    }

    fn row(&mut self, name: Cow<'p, str>, file: Cow<'p, str>, line: i64) -> FrameId {
        let new = FrameId(id(self.names.len()));
        let row = *self.rows.entry(name.clone()).or_insert(new);
        if row == new {
            self.names.push(Named::new(name, file, line));
        } else {
            self.names[row.index()].meet(file, line);
        }
        row
    }

    /// Appends the names of a location, outermost function first.
    fn names_at(&mut self, location: LocationId, names: &mut Vec<FrameId>) {
        let lines = self.profile.locations.lines(location);
        if lines.is_empty() {
            names.push(self.row(object_name(self.profile, location).into(), "".into(), 0));
        }
        names.extend(lines.iter().rev().map(|line| self.of_function[line.function.index()]));
    }
}

fn compared(name: Cow<'_, str>) -> Cow<'_, str> {
    match name {
        Cow::Borrowed(name) => compared_name(name),
        Cow::Owned(name) => Cow::Owned(compared_name(&name).into_owned()),
    }
}

fn name_of<'p>(profile: &'p Profile, function: &Function) -> Cow<'p, str> {
    let name = profile.text(function.name);
    if name.is_empty() { profile.text(function.system_name) } else { name }
}

/// What stands for a location without a function: addresses differ between builds, so its binary.
fn object_name(profile: &Profile, location: LocationId) -> String {
    let mapping = profile.locations.mapping(location).and_then(|id| profile.mappings.get(id.index()));
    let path = mapping.map(|mapping| profile.text(mapping.filename)).unwrap_or_default();
    match path.rsplit('/').next().filter(|name| !name.is_empty()) {
        Some(name) => format!("[{name}]"),
        None => "<unknown>".to_owned(),
    }
}
