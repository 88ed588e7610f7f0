//! speedscope's JSON: frames once, then profiles of samples or of opening and closing frames.
//!
//! ```text
//! { "$schema", "shared": { "frames": [{ name, file?, line?, col? }] },
//!   "profiles": [ { type: "sampled", name, unit, samples: [[frame, root first]], weights: [n] }
//!               | { type: "evented", name, unit, events: [{ type: "O" | "C", frame, at }] } ],
//!   "activeProfileIndex"? }
//! ```
//!
//! Each profile becomes a sample type with its name. Profiles of the same samples share their rows; of several threads
//! (more profiles than anybody would choose a column from) each has a label instead.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

use super::assembly::{Assembly, Frame, StackTree};
use super::content::{Content, malformed};
use super::number::{Number, unit};
use crate::error::ParseError;
use crate::pprof::{LocationId, Profile};

const FORMAT: &str = "speedscope profile";

/// Profiles that become a column each. More of them are threads or goroutines.
const MAX_COLUMNS: usize = 32;

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    shared: Shared<'a>,
    #[serde(borrow)]
    profiles: Vec<OneProfile<'a>>,
    #[serde(default, rename = "activeProfileIndex")]
    active: Option<Number>,
}

#[derive(Deserialize)]
struct Shared<'a> {
    #[serde(borrow)]
    frames: Vec<SharedFrame<'a>>,
}

#[derive(Deserialize)]
struct SharedFrame<'a> {
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    file: Option<Cow<'a, str>>,
    #[serde(default)]
    line: Number,
    #[serde(default)]
    col: Number,
}

#[derive(Deserialize)]
struct OneProfile<'a> {
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    unit: Cow<'a, str>,
    #[serde(default)]
    samples: Lists,
    #[serde(default)]
    weights: Vec<Number>,
    #[serde(default)]
    events: Vec<OneEvent>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Sampled,
    Evented,
}

#[derive(Deserialize)]
struct OneEvent {
    #[serde(rename = "type")]
    kind: EventKind,
    frame: u32,
    at: Number,
}

#[derive(Clone, Copy, Deserialize)]
enum EventKind {
    #[serde(rename = "O")]
    Open,
    #[serde(rename = "C")]
    Close,
}

/// Lists of frames, one after the other in one column.
#[derive(Default, PartialEq, Eq)]
struct Lists {
    frames: Vec<u32>,
    ends: Vec<usize>,
}

impl Lists {
    fn iter(&self) -> impl Iterator<Item = &[u32]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let list = self.frames.get(start..end).unwrap_or(&[]);
            start = end;
            list
        })
    }
}

impl<'de> Deserialize<'de> for Lists {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// Appends one list, so that no list is made by itself.
        struct One<'l>(&'l mut Lists);
        impl<'de> Visitor<'de> for One<'_> {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of frames")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
                while let Some(frame) = list.next_element()? {
                    self.0.frames.push(frame);
                }
                self.0.ends.push(self.0.frames.len());
                Ok(())
            }
        }
        impl<'de> serde::de::DeserializeSeed<'de> for One<'_> {
            type Value = ();

            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
                deserializer.deserialize_seq(self)
            }
        }
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Lists;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of lists of frames")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Lists, A::Error> {
                let mut lists = Lists::default();
                while all.next_element_seed(One(&mut lists))?.is_some() {}
                Ok(lists)
            }
        }
        deserializer.deserialize_seq(All)
    }
}

/// Reads a file of speedscope.
///
/// # Errors
/// [`ParseError::Foreign`] for what breaks the format, [`ParseError::Memory`], [`ParseError::Cancelled`].
pub(crate) fn parse_speedscope(content: &Content<'_>, _: &mut Vec<String>) -> Result<Profile, ParseError> {
    let file: File<'_> = content.json(FORMAT)?;
    if file.profiles.is_empty() {
        return Err(malformed(FORMAT, "it has no profiles"));
    }
    let columns = Columns::of(&file);
    let types: Vec<(&str, &str)> = columns.types.iter().map(|(name, unit)| (name.as_str(), *unit)).collect();
    let mut assembly = Assembly::new(content, &types);
    let frames = &file.shared.frames;
    let locations: Vec<LocationId> = frames.iter().map(|frame| location(&mut assembly, frame)).collect();
    let mut reader = Reader { file: &file, columns: &columns, locations, assembly };
    for (at, profile) in file.profiles.iter().enumerate() {
        let read = match profile.kind {
            Kind::Sampled if columns.rows_of[at] != at => Ok(()),
            Kind::Sampled => reader.sampled(at),
            Kind::Evented => reader.evented(at),
        };
        read.map_err(|wrong| match wrong {
            Wrong::Here(what) => malformed(FORMAT, format!("profile {at}: {what}")),
            Wrong::Stopped(error) => error,
        })?;
    }
    let mut assembly = reader.assembly;
    let active = file.active.and_then(Number::index).unwrap_or(0) as usize;
    if let Some(name) = columns.column_of.get(active).and_then(|&column| columns.types.get(column)) {
        assembly.set_default_type(&name.0);
    }
    Ok(assembly.finish())
}

fn location(assembly: &mut Assembly<'_>, frame: &SharedFrame<'_>) -> LocationId {
    let whole = |number: Number| number.scaled(1).unwrap_or(0);
    assembly.frame(&Frame {
        name: &frame.name,
        file: frame.file.as_deref().unwrap_or(""),
        start_line: 0,
        line: whole(frame.line),
        column: whole(frame.col),
    })
}

/// Which column each profile fills, and which rows.
struct Columns {
    types: Vec<(String, &'static str)>,
    column_of: Vec<usize>,
    /// How many of the column's unit one of the profile's is.
    scale_of: Vec<i64>,
    /// The profile whose rows a profile fills, too: the first one with the same samples, often itself.
    rows_of: Vec<usize>,
    /// Whether the name of a profile is a label of its samples.
    has_labels: bool,
}

impl Columns {
    fn of(file: &File<'_>) -> Self {
        let profiles = &file.profiles;
        let has_labels = profiles.len() > MAX_COLUMNS;
        let mut columns = Self {
            types: Vec::new(),
            column_of: Vec::new(),
            scale_of: Vec::new(),
            rows_of: Vec::new(),
            has_labels,
        };
        for (at, profile) in profiles.iter().enumerate() {
            let (unit, scale) = scale(profile);
            columns.scale_of.push(scale);
            let name = match (has_labels, unit) {
                (true, "nanoseconds") => "time",
                (true, "bytes") => "space",
                (true, _) => "samples",
                (false, _) if profile.name.is_empty() => "samples",
                (false, _) => &profile.name,
            };
            let known = columns.types.iter().position(|known| *known == (name.to_owned(), unit));
            let column = known.filter(|_| has_labels).unwrap_or_else(|| columns.add(name, unit));
            columns.column_of.push(column);
            let has_same_samples = |&before: &usize| {
                let before = &profiles[before];
                before.kind == Kind::Sampled && before.samples == profile.samples
            };
            let can_share = profile.kind == Kind::Sampled && !has_labels;
            columns.rows_of.push((0..at).find(has_same_samples).filter(|_| can_share).unwrap_or(at));
        }
        columns
    }

    /// Adds a column; a name that is taken gets a number.
    fn add(&mut self, name: &str, unit: &'static str) -> usize {
        let is_taken = |name: &str| self.types.iter().any(|(taken, _)| taken == name);
        let numbered = (2..).map(|number| format!("{name} {number}"));
        let name = std::iter::once(name.to_owned()).chain(numbered).find(|name| !is_taken(name));
        self.types.push((name.unwrap_or_default(), unit));
        self.types.len() - 1
    }
}

/// The unit of a profile in our tables, and how many of it one of its own is. Weights without a unit may have fractions.
fn scale(profile: &OneProfile<'_>) -> (&'static str, i64) {
    match unit(&profile.unit) {
        ("count", 1) if profile.weights.iter().any(|weight| weight.is_fraction()) => {
            ("millionths", 1_000_000)
        }
        known => known,
    }
}

/// What may go wrong within a profile.
enum Wrong {
    Here(String),
    Stopped(ParseError),
}

impl From<ParseError> for Wrong {
    fn from(error: ParseError) -> Self {
        Self::Stopped(error)
    }
}

struct Reader<'r> {
    file: &'r File<'r>,
    columns: &'r Columns,
    locations: Vec<LocationId>,
    assembly: Assembly<'r>,
}

impl Reader<'_> {
    /// A profile of samples, with the weights of all that have the same samples.
    fn sampled(&mut self, at: usize) -> Result<(), Wrong> {
        let profiles = &self.file.profiles;
        let sharing: Vec<usize> =
            (at..profiles.len()).filter(|&other| self.columns.rows_of[other] == at).collect();
        for &other in &sharing {
            let (n_samples, n_weights) = (profiles[other].samples.ends.len(), profiles[other].weights.len());
            if n_samples != n_weights {
                return Err(Wrong::Here(format!("{n_samples} samples have {n_weights} weights")));
            }
        }
        let label = self.label(at);
        let (mut stack, mut values) = (Vec::new(), Vec::new());
        for (sample, frames) in profiles[at].samples.iter().enumerate() {
            stack.clear();
            for &frame in frames.iter().rev() {
                stack.push(self.location(frame, || format!("sample {sample}"))?);
            }
            values.clear();
            values.resize(self.columns.types.len(), 0);
            for &other in &sharing {
                let value = profiles[other].weights[sample].scaled(self.columns.scale_of[other]);
                values[self.columns.column_of[other]] = value.ok_or_else(|| {
                    Wrong::Here(format!("weight {sample} of profile {other} is too large for 64 bits"))
                })?;
            }
            self.assembly.sample(&values, &stack, &label)?;
        }
        Ok(())
    }

    /// A profile of opening and closing frames: the time between two events is that of the frames that are open.
    fn evented(&mut self, at: usize) -> Result<(), Wrong> {
        let profile = &self.file.profiles[at];
        let scale = self.columns.scale_of[at];
        let mut tree = StackTree::default();
        let mut times: Vec<i64> = Vec::new();
        let (mut open, mut last) = (None, None);
        for (index, event) in profile.events.iter().enumerate() {
            let now = event.at.scaled(scale).ok_or_else(|| too_large(index))?;
            let passed = last.map_or(Some(0), |last: i64| now.checked_sub(last));
            let passed = passed.ok_or_else(|| too_large(index))?;
            if passed < 0 {
                return Err(Wrong::Here(format!("event {index} is before the one ahead of it")));
            }
            last = Some(now);
            if let Some(sum) = open.and_then(|node: u32| times.get_mut(node as usize)) {
                *sum = sum.checked_add(passed).ok_or_else(|| too_large(index))?;
            }
            let location = self.location(event.frame, || format!("event {index}"))?;
            match (event.kind, open) {
                (EventKind::Open, _) => {
                    open = Some(tree.child(open, location));
                    times.resize(tree.len(), 0);
                }
                (EventKind::Close, Some(node)) if tree.location(node) == Some(location) => {
                    open = tree.parent(node);
                }
                (EventKind::Close, _) => {
                    let frame = event.frame;
                    return Err(Wrong::Here(format!(
                        "event {index} closes frame {frame}, which is not the innermost open one"
                    )));
                }
            }
        }
        if open.is_some() {
            return Err(Wrong::Here("it ends with frames that are still open".to_owned()));
        }
        self.add_tree(at, &tree, &times)
    }

    fn add_tree(&mut self, at: usize, tree: &StackTree, times: &[i64]) -> Result<(), Wrong> {
        let label = self.label(at);
        let mut values = vec![0; self.columns.types.len()];
        let mut stack = Vec::new();
        for (node, &time) in (0..).zip(times).filter(|(_, time)| **time != 0) {
            values[self.columns.column_of[at]] = time;
            tree.stack(node, &mut stack);
            self.assembly.sample(&values, &stack, &label)?;
        }
        Ok(())
    }

    fn location(&self, frame: u32, place: impl Fn() -> String) -> Result<LocationId, Wrong> {
        let found = self.locations.get(frame as usize).copied();
        found.ok_or_else(|| {
            let n_frames = self.locations.len();
            Wrong::Here(format!("{} has frame {frame}, and there are {n_frames}", place()))
        })
    }

    fn label(&mut self, at: usize) -> Vec<crate::pprof::Label> {
        let name = &self.file.profiles[at].name;
        let is_wanted = self.columns.has_labels;
        is_wanted.then(|| self.assembly.builder.string_label("profile", name)).into_iter().collect()
    }
}

fn too_large(event: usize) -> Wrong {
    Wrong::Here(format!("the time of event {event} is too large for 64 bits"))
}
