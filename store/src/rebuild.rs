//! Rows back into a profile, so that every report, filter, comparison and view works on it as on a file.
//!
//! The header is made as pprof merges profiles: the earliest time, the sum of the durations, the greatest period, all comments,
//! and the rest of the first profile.

use goscope_parsers::pprof::{Label, Line, LocationId, MappingId, Profile, ProfileBuilder, ValueType};

use crate::engine::sums::{SumKey, Sums};
use crate::rows::{Dictionary, Frame, LabelSet, ProfileRow};

/// Makes one profile of some sums. `profiles` are those that were added up, by time; `rows` the sums that are meant.
pub(crate) fn rebuild(
    profiles: &[&ProfileRow],
    types: &[String],
    sums: &Sums,
    rows: &[usize],
    dictionary: &Dictionary,
) -> Profile {
    let types: Vec<(&str, &str)> =
        types.iter().map(|name| name.split_once('/').unwrap_or((name, ""))).collect();
    let mut builder = ProfileBuilder::new(&types);
    let mut rebuild = Rebuild {
        program: header(&mut builder, profiles, &types),
        builder,
        dictionary,
        locations: vec![None; dictionary.frames.len()],
        stacks: vec![None; dictionary.stacks.len()],
        labels: vec![None; sums.labels.values().len()],
    };
    for &row in rows {
        let SumKey { stack, labels, .. } = sums.keys[row];
        let stack = rebuild.stack(stack);
        let labels = rebuild.labels(labels, &sums.labels.values()[labels as usize]);
        rebuild.builder.sample(sums.values(row), &stack, &labels);
    }
    rebuild.builder.finish()
}

/// A mapping, and the binary that it is of.
struct Program {
    mapping: Option<MappingId>,
    file: String,
}

/// What the profile says about itself; gives the mapping of its program.
fn header(builder: &mut ProfileBuilder, profiles: &[&ProfileRow], types: &[(&str, &str)]) -> Program {
    let empty = ProfileRow::default();
    let first = profiles.first().copied().unwrap_or(&empty);
    let default_type = profiles.iter().map(|row| row.default_type.as_str()).find(|name| !name.is_empty());
    let default_type =
        default_type.filter(|name| types.iter().any(|(kind, _)| kind == name)).unwrap_or_default();
    let default_type = builder.string(default_type);
    let (drop_frames, keep_frames) = (builder.string(&first.drop_frames), builder.string(&first.keep_frames));
    let period_type = first.period_type.split_once('/');
    let period_type: Option<ValueType> = period_type.map(|(kind, unit)| builder.value_type(kind, unit));
    let mut comments: Vec<_> = Vec::new();
    for comment in profiles.iter().flat_map(|row| &row.comments) {
        let comment = builder.string(comment);
        if !comments.contains(&comment) {
            comments.push(comment);
        }
    }
    let header = builder.header();
    header.default_sample_type = default_type;
    (header.drop_frames, header.keep_frames) = (drop_frames, keep_frames);
    header.time_nanos = profiles.iter().map(|row| row.time_nanos).find(|&nanos| nanos != 0).unwrap_or(0);
    header.duration_nanos = profiles.iter().fold(0, |sum: i64, row| sum.saturating_add(row.duration_nanos));
    header.period_type = period_type;
    header.period = profiles.iter().map(|row| row.period).max().unwrap_or(0);
    header.comments = comments;
    let is_known = !first.program.is_empty() || !first.build_id.is_empty();
    let mapping = is_known.then(|| builder.mapping(0, 0, 0, &first.program, &first.build_id));
    Program { mapping, file: first.program.clone() }
}

struct Rebuild<'a> {
    builder: ProfileBuilder,
    program: Program,
    dictionary: &'a Dictionary,
    /// By code of a frame that was not inlined and stands alone.
    locations: Vec<Option<LocationId>>,
    stacks: Vec<Option<Box<[LocationId]>>>,
    labels: Vec<Option<Box<[Label]>>>,
}

impl Rebuild<'_> {
    fn stack(&mut self, stack: u32) -> Box<[LocationId]> {
        if let Some(known) = &self.stacks[stack as usize] {
            return known.clone();
        }
        let dictionary = self.dictionary;
        let frames = &dictionary.stacks[stack as usize];
        // Inlined frames lie in the same place as the function that they were inlined into.
        let places = frames.chunk_by(|&frame, _| dictionary.frames[frame as usize].is_inlined);
        let made: Box<[LocationId]> = places.map(|frames| self.location(frames)).collect();
        self.stacks[stack as usize] = Some(made.clone());
        made
    }

    fn location(&mut self, frames: &[u32]) -> LocationId {
        let alone = match frames {
            &[frame] => Some(frame as usize),
            _ => None,
        };
        if let Some(known) = alone.and_then(|frame| self.locations[frame]) {
            return known;
        }
        let dictionary = self.dictionary;
        let of = |&frame: &u32| &dictionary.frames[frame as usize];
        let location = match frames.first().map(of) {
            Some(frame) if frames.len() == 1 && frame.function.is_empty() && frame.system_name.is_empty() => {
                let mapping = self.mapping_of(&frame.file);
                self.builder.location(mapping, 0, &[])
            }
            _ => {
                let lines: Vec<Line> = frames.iter().map(of).map(|frame| self.line(frame)).collect();
                self.builder.location(self.program.mapping, 0, &lines)
            }
        };
        if let Some(frame) = alone {
            self.locations[frame] = Some(location);
        }
        location
    }

    fn line(&mut self, frame: &Frame) -> Line {
        let function = self.builder.function_of_system(
            &frame.function,
            &frame.system_name,
            &frame.file,
            frame.start_line,
        );
        Line { function, line: frame.line, column: frame.column }
    }

    /// The mapping of a binary that has no names for its places.
    fn mapping_of(&mut self, file: &str) -> Option<MappingId> {
        if file.is_empty() || file == self.program.file {
            return self.program.mapping;
        }
        let name = self.builder.string(file);
        let known = (0..).zip(&self.builder.header().mappings).find(|(_, mapping)| mapping.filename == name);
        match known.map(|(at, _)| MappingId(at)) {
            Some(known) => Some(known),
            None => Some(self.builder.mapping(0, 0, 0, file, "")),
        }
    }

    fn labels(&mut self, code: u32, set: &LabelSet) -> Box<[Label]> {
        if let Some(known) = &self.labels[code as usize] {
            return known.clone();
        }
        let builder = &mut self.builder;
        let texts: Vec<Label> = set.texts.iter().map(|(key, text)| builder.string_label(key, text)).collect();
        let numbers = set.numbers.iter().map(|(key, number)| {
            let (key, unit) = key.rsplit_once('/').unwrap_or((key, ""));
            builder.numeric_label(key, *number, unit)
        });
        let made: Box<[Label]> = texts.into_iter().chain(numbers).collect();
        self.labels[code as usize] = Some(made.clone());
        made
    }
}
