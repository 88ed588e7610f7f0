//! Labels as frames: pprof's `-tagroot` and `-tagleaf`.
//!
//! Every sample gets one frame a key, named by the values that it has for the key, in a file named as the key; a
//! sample without the label gets a frame without a name. So all filters and reports see labels as functions.

use goscope_parsers::pprof::{Function, FunctionId, Label, Line, LocationId, Profile, SampleTable, StringId};
use rustc_hash::FxHashMap;

use super::filtered::without_dropped_frames;
use super::query::QueryError;
use super::tag_filter::is_number;
use crate::value::format_value;

/// A profile with label frames.
pub(crate) struct LabelFrames {
    pub(crate) profile: Profile,
    /// Whether any sample has any of the labels.
    pub(crate) has_root: bool,
    pub(crate) has_leaf: bool,
}

/// A copy of the profile whose samples have frames for the keys of `root` (the first one outermost) and `leaf` (the
/// last one innermost). Numbers are printed in `unit`.
pub(crate) fn with_label_frames(
    profile: &Profile,
    root: &[String],
    leaf: &[String],
    unit: &str,
) -> Result<LabelFrames, QueryError> {
    // The profile's own drop_frames are applied first, as pprof does when it reads a profile.
    let (mut result, samples) = without_dropped_frames(profile)?;
    // Only what the profile brings along gets one: label frames are in no binary.
    result.add_missing_mapping();
    let mut frames = Frames::new(&mut result, unit);
    let root: Vec<StringId> = root.iter().map(|key| frames.string(key)).collect();
    let leaf: Vec<StringId> = leaf.iter().map(|key| frames.string(key)).collect();
    let mut with_frames = SampleTable::new(samples.n_types());
    let (mut has_root, mut has_leaf) = (false, false);
    let (mut stack, mut above): (Vec<LocationId>, Vec<LocationId>) = (Vec::new(), Vec::new());
    for sample in 0..samples.len() {
        let labels = samples.labels(sample);
        stack.clear();
        above.clear();
        // Those at the root first: the order in which frames get their ids.
        above.extend(root.iter().rev().map(|&key| frames.location(labels, key, &mut has_root)));
        stack.extend(leaf.iter().rev().map(|&key| frames.location(labels, key, &mut has_leaf)));
        stack.extend_from_slice(samples.stack(sample));
        stack.extend_from_slice(&above);
        with_frames.push(samples.values(sample), &stack, samples.labels(sample));
    }
    result.samples = with_frames;
    Ok(LabelFrames { profile: result, has_root, has_leaf })
}

/// Adds the frames of label values to a profile, each once.
struct Frames<'p, 'u> {
    profile: &'p mut Profile,
    unit: &'u str,
    /// The frame of a name and a key.
    known: FxHashMap<(String, StringId), LocationId>,
    /// Which keys are written as which: a string table may hold a text twice.
    names: FxHashMap<StringId, String>,
    next_function_id: u64,
    next_location_id: u64,
}

impl<'p, 'u> Frames<'p, 'u> {
    fn new(profile: &'p mut Profile, unit: &'u str) -> Self {
        let last_function = profile.functions.iter().map(|function| function.id).max().unwrap_or(0);
        let last_location = profile.locations.iter().map(|row| profile.locations.id(row)).max().unwrap_or(0);
        Self {
            profile,
            unit,
            known: FxHashMap::default(),
            names: FxHashMap::default(),
            next_function_id: last_function.wrapping_add(1),
            next_location_id: last_location.wrapping_add(1),
        }
    }

    fn string(&mut self, text: &str) -> StringId {
        let id = self.profile.strings.push(text.as_bytes());
        self.names.insert(id, text.to_owned());
        id
    }

    fn location(&mut self, labels: &[Label], key: StringId, has_values: &mut bool) -> LocationId {
        let values = self.values(labels, key);
        *has_values |= !values.is_empty();
        let name = values.join(",");
        if let Some(&location) = self.known.get(&(name.clone(), key)) {
            return location;
        }
        let profile = &mut *self.profile;
        let name_id = profile.strings.push(name.as_bytes());
        let function = FunctionId(u32::try_from(profile.functions.len()).expect("functions have u32 ids"));
        profile.functions.push(Function {
            id: self.next_function_id,
            name: name_id,
            filename: key,
            ..Function::default()
        });
        let line = Line { function, line: 0, column: 0 };
        let location = profile.locations.push(self.next_location_id, 0, None, false, &[line]);
        self.next_function_id = self.next_function_id.wrapping_add(1);
        self.next_location_id = self.next_location_id.wrapping_add(1);
        self.known.insert((name, key), location);
        location
    }

    /// The values of a key: texts first, then numbers.
    fn values(&self, labels: &[Label], key: StringId) -> Vec<String> {
        let wanted = self.names[&key].as_str();
        let is_wanted = |label: &&Label| self.profile.text(label.key) == wanted;
        let texts = labels.iter().filter(|label| !label.is_numeric()).filter(is_wanted);
        let mut values: Vec<String> = texts.map(|label| self.profile.text(label.str).into_owned()).collect();
        let numbers = || labels.iter().filter(|label| is_number(label)).filter(is_wanted);
        // Without any unit a number is printed as it is.
        let has_units = numbers().any(|label| label.num_unit.0 != 0);
        values.extend(numbers().map(|label| {
            let unit = self.profile.text(label.num_unit);
            format_value(label.num, &unit, if has_units { self.unit } else { "" })
        }));
        values
    }
}
